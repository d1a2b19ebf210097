/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-cell.h"

/* a and r meet only in sums, so one bias and one sum are enough: a ← a + h·W_hhᵀ in place. A norm
 * of r needs r by itself. */

static void
lstm_bind (S2sCell *self, S2sLoader *loader, const S2sTensor *weight_hh, float *bias_ih,
           float *bias_hh)
{
  if (s2s_layer_norm_is_bound (&self->recurrent_norm)) {
    s2s_linear_init (&self->recurrent, loader, weight_hh, bias_hh);
    return;
  }
  for (guint i = 0; i < 4 * self->n_units; i++)
    bias_ih[i] += bias_hh[i];
  g_aligned_free (bias_hh);

  s2s_linear_init (&self->recurrent, loader, weight_hh, NULL);
}

static void
lstm_advance (const S2sCell *self, S2sCompute *compute, S2sCellScratch *scratch, guint n_rows,
              float *a, float *h, float *c)
{
  gsize n = self->n_units;

  if (s2s_layer_norm_is_bound (&self->recurrent_norm)) {
    float *r = scratch->recurrent;

    s2s_linear_forward (&self->recurrent, compute, n_rows, h, n, r, 4 * n);
    s2s_layer_norm_forward (&self->recurrent_norm, compute, n_rows, r, r);
    compute->kernels->add (n_rows * 4 * n, r, a);
  } else {
    s2s_linear_accumulate (&self->recurrent, compute, n_rows, h, n, a, 4 * n);
  }
  for (gsize i = 0; i < n_rows; i++)
    compute->kernels->lstm (n, a + i * 4 * n, c + i * n, h + i * n);
}

const S2sCellType s2s_cell_lstm = {
    .name = "lstm",
    .n_gates = 4,
    .has_cell_state = TRUE,
    .bind = lstm_bind,
    .advance = lstm_advance,
};
