/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-layer-norm.h"

gboolean
s2s_layer_norm_load (S2sLayerNorm *self, S2sLoader *loader, const char *scope, guint n,
                     double epsilon, GError **error)
{
  self->n = n;
  self->n_first = n;
  self->epsilon = (float)epsilon;
  self->weight = s2s_loader_get_vector (loader, scope, "weight", n, error);
  if (self->weight == NULL)
    return FALSE;
  self->bias = s2s_loader_get_vector (loader, scope, "bias", n, error);
  loader->n_bytes += 2 * n * sizeof (float);
  return self->bias != NULL;
}

void
s2s_layer_norm_clear (S2sLayerNorm *self)
{
  g_clear_pointer (&self->weight, g_aligned_free);
  g_clear_pointer (&self->bias, g_aligned_free);
}

gboolean
s2s_layer_norm_is_bound (const S2sLayerNorm *self)
{
  return self->weight != NULL;
}

void
s2s_layer_norm_forward (const S2sLayerNorm *self, const S2sCompute *compute, guint n_rows,
                        const float *x, float *y)
{
  gsize first = self->n_first, rest = self->n - first;

  for (gsize i = 0; i < (gsize)n_rows * self->n; i += self->n) {
    compute->kernels->layer_norm (first, x + i, self->weight, self->bias, self->epsilon, y + i);
    if (rest > 0)
      compute->kernels->layer_norm (rest, x + i + first, self->weight + first, self->bias + first,
                                    self->epsilon, y + i + first);
  }
}
