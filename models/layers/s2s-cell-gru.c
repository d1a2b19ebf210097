/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-cell.h"

/* `gru`: r gates the recurrent product of n, so a and r stay apart. */

static void
gru_bind (S2sCell *self, S2sLoader *loader, const S2sTensor *weight_hh, float *bias_ih,
          float *bias_hh)
{
  s2s_linear_init (&self->recurrent, loader, weight_hh, bias_hh);
}

static void
gru_advance (const S2sCell *self, S2sCompute *compute, S2sCellScratch *scratch, guint n_rows,
             float *a, float *h, float *c)
{
  gsize n = self->n_units;
  float *r = scratch->recurrent;

  s2s_linear_forward (&self->recurrent, compute, n_rows, h, n, r, 3 * n);
  if (s2s_layer_norm_is_bound (&self->recurrent_norm))
    s2s_layer_norm_forward (&self->recurrent_norm, compute, n_rows, r, r);
  for (gsize i = 0; i < n_rows; i++)
    compute->kernels->gru (n, a + i * 3 * n, r + i * 3 * n, h + i * n);
}

/* `gru-reset-before`: r gates h itself, so the block n of W_hh is a second product, over r⊙h. */

static S2sTensor
get_rows (const S2sTensor *matrix, guint first, guint n)
{
  S2sTensor rows = *matrix;

  rows.data =
      (const guint8 *)matrix->data + s2s_dtype_get_size (matrix->dtype) * first * matrix->dims[1];
  rows.dims[0] = n;
  if (matrix->scales != NULL)
    rows.scales = (const guint8 *)matrix->scales + first * sizeof (float);
  return rows;
}

static void
gru_reset_before_bind (S2sCell *self, S2sLoader *loader, const S2sTensor *weight_hh, float *bias_ih,
                       float *bias_hh)
{
  guint n = self->n_units;
  S2sTensor weight_rz = get_rows (weight_hh, 0, 2 * n);
  S2sTensor weight_n = get_rows (weight_hh, 2 * n, n);

  for (guint i = 0; i < 3 * n; i++)
    bias_ih[i] += bias_hh[i];
  g_aligned_free (bias_hh);

  s2s_linear_init (&self->recurrent, loader, &weight_rz, NULL);
  s2s_linear_init (&self->candidate, loader, &weight_n, NULL);
}

static void
gru_reset_before_advance (const S2sCell *self, S2sCompute *compute, S2sCellScratch *scratch,
                          guint n_rows, float *a, float *h, float *c)
{
  gsize n = self->n_units;
  float *r = scratch->recurrent;
  float *rh = scratch->reset;

  s2s_linear_forward (&self->recurrent, compute, n_rows, h, n, r, 2 * n);
  for (gsize i = 0; i < n_rows; i++)
    compute->kernels->gru_reset (n, a + i * 3 * n, r + i * 2 * n, h + i * n, rh + i * n);

  s2s_linear_accumulate (&self->candidate, compute, n_rows, rh, n, a + 2 * n, 3 * n);
  for (gsize i = 0; i < n_rows; i++)
    compute->kernels->gru_update (n, a + i * 3 * n + n, a + i * 3 * n + 2 * n, h + i * n);
}

const S2sCellType s2s_cell_gru = {
    .name = "gru",
    .n_gates = 3,
    .bind = gru_bind,
    .advance = gru_advance,
};

const S2sCellType s2s_cell_gru_reset_before = {
    .name = "gru-reset-before",
    .n_gates = 3,
    .bind = gru_reset_before_bind,
    .advance = gru_reset_before_advance,
};
