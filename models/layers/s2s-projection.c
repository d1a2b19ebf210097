/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-projection.h"

gboolean
s2s_projection_load (S2sProjection *self, S2sLoader *loader, const char *scope, guint n_outputs,
                     guint n_inputs, gboolean is_normed, double epsilon, GError **error)
{
  g_autofree char *norm = g_strconcat (scope, ".norm", NULL);

  if (!s2s_linear_load (&self->linear, loader, scope, n_outputs, n_inputs, error))
    return FALSE;
  return !is_normed || s2s_layer_norm_load (&self->norm, loader, norm, n_outputs, epsilon, error);
}

void
s2s_projection_clear (S2sProjection *self)
{
  s2s_linear_clear (&self->linear);
  s2s_layer_norm_clear (&self->norm);
}

void
s2s_projection_forward (const S2sProjection *self, S2sCompute *compute, guint n_rows,
                        const float *x, gsize x_stride, float *y)
{
  s2s_linear_forward (&self->linear, compute, n_rows, x, x_stride, y,
                      self->linear.weight.n_outputs);
  if (s2s_layer_norm_is_bound (&self->norm))
    s2s_layer_norm_forward (&self->norm, compute, n_rows, y, y);
}
