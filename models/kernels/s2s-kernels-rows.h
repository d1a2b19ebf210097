/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kernels/s2s-kernels.h"

G_BEGIN_DECLS

/* The rows that the table in s2s-kernels.c lists: one a file s2s-kernels-<name>.c, but avx512vnni,
 * which is that of avx512 built with one flag more. */

extern const S2sKernels s2s_kernels_avx512vnni;
extern const S2sKernels s2s_kernels_avx512;
extern const S2sKernels s2s_kernels_avx2;
extern const S2sKernels s2s_kernels_c;

G_END_DECLS
