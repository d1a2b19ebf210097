/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-cell.h"

#include <string.h>

const S2sCellType *const *
s2s_cell_type_list (void)
{
  static const S2sCellType *const types[] = {
      &s2s_cell_lstm,
      &s2s_cell_gru,
      &s2s_cell_gru_reset_before,
      NULL,
  };

  return types;
}

const S2sCellType *
s2s_cell_type_get (const char *name)
{
  for (const S2sCellType *const *type = s2s_cell_type_list (); *type != NULL; type++)
    if (g_str_equal ((*type)->name, name))
      return *type;
  return NULL;
}

static gboolean
load_norm (S2sLayerNorm *self, S2sLoader *loader, const S2sCellType *type, S2sCellNorm norm,
           double epsilon, const char *scope, const char *leaf, guint n_units, GError **error)
{
  g_autofree char *name = g_strconcat (scope, ".", leaf, NULL);

  if (!s2s_layer_norm_load (self, loader, name, type->n_gates * n_units, epsilon, error))
    return FALSE;
  if (norm == S2S_CELL_NORM_APART)
    self->n_first = (type->n_gates - 1) * n_units;
  return TRUE;
}

static gboolean
load_biases (S2sLoader *loader, const char *scope, guint n, float **ret_ih, float **ret_hh,
             GError **error)
{
  float *bias_ih = s2s_loader_get_vector (loader, scope, "bias_ih", n, error);
  if (bias_ih == NULL)
    return FALSE;
  float *bias_hh = s2s_loader_get_vector (loader, scope, "bias_hh", n, error);
  if (bias_hh == NULL) {
    g_aligned_free (bias_ih);
    return FALSE;
  }
  *ret_ih = bias_ih;
  *ret_hh = bias_hh;
  return TRUE;
}

gboolean
s2s_cell_load_normed (S2sCell *self, S2sLoader *loader, const S2sCellType *type, S2sCellNorm norm,
                      double epsilon, const char *scope, guint n_inputs, guint n_units,
                      GError **error)
{
  guint n_gates = type->n_gates * n_units;
  S2sTensor weight_ih, weight_hh;
  float *bias_ih, *bias_hh;

  if (n_inputs > 0 &&
      !s2s_loader_get_matrix (loader, scope, "weight_ih", n_gates, n_inputs, &weight_ih, error))
    return FALSE;
  if (!s2s_loader_get_matrix (loader, scope, "weight_hh", n_gates, n_units, &weight_hh, error))
    return FALSE;
  if (norm != S2S_CELL_NORM_NONE && n_inputs > 0 &&
      !load_norm (&self->input_norm, loader, type, norm, epsilon, scope, "norm_ih", n_units, error))
    return FALSE;
  if (norm != S2S_CELL_NORM_NONE && !load_norm (&self->recurrent_norm, loader, type, norm, epsilon,
                                                scope, "norm_hh", n_units, error))
    return FALSE;
  if (!load_biases (loader, scope, n_gates, &bias_ih, &bias_hh, error))
    return FALSE;

  self->type = type;
  self->n_units = n_units;
  type->bind (self, loader, &weight_hh, bias_ih, bias_hh);
  if (n_inputs > 0) {
    s2s_linear_init (&self->input, loader, &weight_ih, bias_ih);
  } else {
    self->constant = bias_ih;
    loader->n_bytes += n_gates * sizeof (float);
  }
  return TRUE;
}

gboolean
s2s_cell_load (S2sCell *self, S2sLoader *loader, const S2sCellType *type, const char *scope,
               guint n_inputs, guint n_units, GError **error)
{
  return s2s_cell_load_normed (self, loader, type, S2S_CELL_NORM_NONE, 0, scope, n_inputs, n_units,
                               error);
}

void
s2s_cell_clear (S2sCell *self)
{
  s2s_linear_clear (&self->input);
  g_clear_pointer (&self->constant, g_aligned_free);
  s2s_layer_norm_clear (&self->input_norm);
  s2s_layer_norm_clear (&self->recurrent_norm);
  s2s_linear_clear (&self->recurrent);
  s2s_linear_clear (&self->candidate);
}

void
s2s_cell_read (const S2sCell *self, S2sCompute *compute, guint n_rows, const float *x,
               gsize x_stride, float *a)
{
  gsize n = (gsize)self->type->n_gates * self->n_units;

  if (self->constant != NULL) {
    for (gsize i = 0; i < n_rows; i++)
      memcpy (a + i * n, self->constant, n * sizeof (float));
    return;
  }
  s2s_linear_forward (&self->input, compute, n_rows, x, x_stride, a, n);
  if (s2s_layer_norm_is_bound (&self->input_norm))
    s2s_layer_norm_forward (&self->input_norm, compute, n_rows, a, a);
}

void
s2s_cell_step (const S2sCell *self, S2sCompute *compute, S2sCellScratch *scratch, guint n_rows,
               const float *x, gsize x_stride, float *a, float *h, float *c)
{
  s2s_cell_read (self, compute, n_rows, x, x_stride, a);
  self->type->advance (self, compute, scratch, n_rows, a, h, c);
}

void
s2s_cell_scratch_init (S2sCellScratch *self, const S2sCellType *type, guint max_rows,
                       guint max_units)
{
  self->recurrent = s2s_floats_new ((gsize)max_rows * type->n_gates * max_units);
  self->reset = s2s_floats_new ((gsize)max_rows * max_units);
}

void
s2s_cell_scratch_clear (S2sCellScratch *self)
{
  g_clear_pointer (&self->recurrent, g_aligned_free);
  g_clear_pointer (&self->reset, g_aligned_free);
}
