/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sCpuFlags:
 * @S2S_CPU_AVX2: AVX2, FMA and F16C
 * @S2S_CPU_AVX512: AVX-512 F, BW, VL and DQ
 * @S2S_CPU_AVX512VNNI: AVX-512 VNNI: sums of four products of bytes
 *
 * What the processor and the operating system can both do.
 */
typedef enum {
  S2S_CPU_AVX2 = 1 << 0,
  S2S_CPU_AVX512 = 1 << 1,
  S2S_CPU_AVX512VNNI = 1 << 2,
} S2sCpuFlags;

guint s2s_cpu_get_flags (void);

G_END_DECLS
