/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kernels/s2s-kernels.h"
#include "kernels/s2s-panels.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sCompute:
 *
 * What a layer needs to compute beside its weights: the kernels of this processor and the room that
 * the products work in. One a stream.
 */
typedef struct {
  const S2sKernels *kernels;
  S2sPanelsScratch scratch;
} S2sCompute;

/* max_inputs: the widest matrix that will be multiplied. */
void s2s_compute_init (S2sCompute *self, guint max_inputs);
void s2s_compute_clear (S2sCompute *self);

/* n floats of undefined content, aligned to 64 bytes; NULL when n is 0. Each buffer is an
 * allocation of its own, so that a checker sees an overrun. Free with g_aligned_free(). */
float *s2s_floats_new (gsize n);

/* Row parents[i] of rows [n][width] becomes row i, for n_rows rows, through spare of the same size.
 * As reorder of S2sArch; rows that stay where they are cost nothing. */
void s2s_floats_move_rows (guint n_rows, const guint *parents, gsize width, float *rows,
                           float *spare);

/* The same of the slots of the rows; slots and spare change places. */
void s2s_slots_move_rows (guint n_rows, const guint *parents, guint **slots, guint **spare);

G_END_DECLS
