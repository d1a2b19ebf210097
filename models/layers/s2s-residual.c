/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-residual.h"

gboolean
s2s_residual_load (S2sResidual *self, S2sLoader *loader, const char *scope, guint n,
                   S2sNormPlace place, double epsilon, GError **error)
{
  self->place = place;
  return s2s_layer_norm_load (&self->norm, loader, scope, n, epsilon, error);
}

void
s2s_residual_clear (S2sResidual *self)
{
  s2s_layer_norm_clear (&self->norm);
}

const float *
s2s_residual_enter (const S2sResidual *self, const S2sCompute *compute, guint n_rows,
                    const float *x, float *spare)
{
  if (self->place == S2S_NORM_POST)
    return x;
  s2s_layer_norm_forward (&self->norm, compute, n_rows, x, spare);
  return spare;
}

void
s2s_residual_leave (const S2sResidual *self, const S2sCompute *compute, guint n_rows,
                    const float *y, float *x)
{
  compute->kernels->add ((gsize)n_rows * self->norm.n, y, x);
  if (self->place == S2S_NORM_POST)
    s2s_layer_norm_forward (&self->norm, compute, n_rows, x, x);
}
