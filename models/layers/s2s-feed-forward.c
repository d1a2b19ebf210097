/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-feed-forward.h"

gboolean
s2s_feed_forward_load (S2sFeedForward *self, S2sLoader *loader, const char *scope,
                       S2sActivation activation, guint n_units, guint n_inner, GError **error)
{
  g_autofree char *inner = g_strconcat (scope, ".inner", NULL);
  g_autofree char *outer = g_strconcat (scope, ".outer", NULL);

  self->activation = activation;
  return s2s_linear_load (&self->inner, loader, inner, n_inner, n_units, error) &&
         s2s_linear_load (&self->outer, loader, outer, n_units, n_inner, error);
}

void
s2s_feed_forward_clear (S2sFeedForward *self)
{
  s2s_linear_clear (&self->inner);
  s2s_linear_clear (&self->outer);
}

static void
activate (S2sActivation activation, const S2sKernels *kernels, gsize n, float *x)
{
  switch (activation) {
  case S2S_ACTIVATION_RELU:
    kernels->relu (n, x, x);
    break;
  case S2S_ACTIVATION_GELU:
    kernels->gelu (n, x, x);
    break;
  case S2S_ACTIVATION_SWISH:
    kernels->swish (n, x, x);
    break;
  }
}

void
s2s_feed_forward_forward (const S2sFeedForward *self, S2sCompute *compute, guint n_rows,
                          const float *x, float *inner, float *y)
{
  gsize n_units = self->outer.weight.n_outputs, n_inner = self->inner.weight.n_outputs;

  s2s_linear_forward (&self->inner, compute, n_rows, x, n_units, inner, n_inner);
  activate (self->activation, compute->kernels, n_rows * n_inner, inner);
  s2s_linear_forward (&self->outer, compute, n_rows, inner, n_inner, y, n_units);
}
