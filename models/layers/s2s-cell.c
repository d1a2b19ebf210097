/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-cell.h"

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

gboolean
s2s_cell_load (S2sCell *self, S2sLoader *loader, const S2sCellType *type, const char *scope,
               guint n_inputs, guint n_units, GError **error)
{
  guint n_gates = type->n_gates * n_units;
  S2sTensor weight_ih, weight_hh;

  if (!s2s_loader_get_matrix (loader, scope, "weight_ih", n_gates, n_inputs, &weight_ih, error) ||
      !s2s_loader_get_matrix (loader, scope, "weight_hh", n_gates, n_units, &weight_hh, error))
    return FALSE;
  float *bias_ih = s2s_loader_get_vector (loader, scope, "bias_ih", n_gates, error);
  if (bias_ih == NULL)
    return FALSE;
  float *bias_hh = s2s_loader_get_vector (loader, scope, "bias_hh", n_gates, error);
  if (bias_hh == NULL) {
    g_aligned_free (bias_ih);
    return FALSE;
  }

  self->type = type;
  self->n_units = n_units;
  type->bind (self, loader, &weight_hh, bias_ih, bias_hh);
  s2s_linear_init (&self->input, loader, &weight_ih, bias_ih);
  return TRUE;
}

void
s2s_cell_clear (S2sCell *self)
{
  s2s_linear_clear (&self->input);
  s2s_linear_clear (&self->recurrent);
  s2s_linear_clear (&self->candidate);
}

void
s2s_cell_step (const S2sCell *self, S2sCompute *compute, S2sCellScratch *scratch, guint n_rows,
               const float *x, gsize x_stride, float *a, float *h, float *c)
{
  s2s_linear_forward (&self->input, compute, n_rows, x, x_stride, a,
                      (gsize)self->type->n_gates * self->n_units);
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
