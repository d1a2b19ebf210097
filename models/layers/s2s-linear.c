/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-linear.h"

#include <string.h>

gboolean
s2s_linear_load (S2sLinear *self, S2sLoader *loader, const char *scope, guint n_outputs,
                 guint n_inputs, GError **error)
{
  S2sTensor weight;

  if (!s2s_loader_get_matrix (loader, scope, "weight", n_outputs, n_inputs, &weight, error))
    return FALSE;
  float *bias = s2s_loader_get_vector (loader, scope, "bias", n_outputs, error);
  if (bias == NULL)
    return FALSE;

  s2s_linear_init (self, loader, &weight, bias);
  return TRUE;
}

gboolean
s2s_linear_load_joined (S2sLinear *self, S2sLoader *loader, const char *prefix, guint n_names,
                        const char *const *names, guint n_outputs, guint n_inputs, GError **error)
{
  S2sTensor weights[S2S_LINEAR_MAX_JOINED];

  g_assert (n_names <= S2S_LINEAR_MAX_JOINED);
  self->bias = s2s_floats_new ((gsize)n_names * n_outputs);
  for (guint i = 0; i < n_names; i++) {
    g_autofree char *scope = g_strconcat (prefix, names[i], NULL);

    if (!s2s_loader_get_matrix (loader, scope, "weight", n_outputs, n_inputs, &weights[i], error))
      return FALSE;
    float *bias = s2s_loader_get_vector (loader, scope, "bias", n_outputs, error);
    if (bias == NULL)
      return FALSE;
    memcpy (self->bias + (gsize)i * n_outputs, bias, n_outputs * sizeof (float));
    g_aligned_free (bias);
  }
  s2s_panels_init (&self->weight, weights, n_names, FALSE);
  loader->n_bytes += self->weight.n_bytes + (gsize)n_names * n_outputs * sizeof (float);
  return TRUE;
}

void
s2s_linear_init (S2sLinear *self, S2sLoader *loader, const S2sTensor *weight, float *bias)
{
  s2s_panels_init (&self->weight, weight, 1, FALSE);
  self->bias = bias;
  loader->n_bytes += self->weight.n_bytes;
  if (bias != NULL)
    loader->n_bytes += self->weight.n_outputs * sizeof (float);
}

void
s2s_linear_subset_init (S2sLinear *self, const S2sLinear *of, guint max_outputs)
{
  s2s_panels_subset_init (&self->weight, &of->weight, max_outputs);
  self->bias = of->bias != NULL ? s2s_floats_new (max_outputs) : NULL;
}

void
s2s_linear_gather (S2sLinear *subset, const S2sLinear *of, const gint32 *outputs, guint n)
{
  s2s_panels_gather (&subset->weight, &of->weight, outputs, n);
  for (guint i = 0; i < n && of->bias != NULL; i++)
    subset->bias[i] = of->bias[outputs[i]];
}

void
s2s_linear_clear (S2sLinear *self)
{
  s2s_panels_clear (&self->weight);
  g_clear_pointer (&self->bias, g_aligned_free);
}

gboolean
s2s_linear_is_bound (const S2sLinear *self)
{
  return self->weight.data != NULL;
}

void
s2s_linear_forward (const S2sLinear *self, S2sCompute *compute, guint n_rows, const float *x,
                    gsize x_stride, float *y, gsize y_stride)
{
  s2s_panels_multiply (&self->weight, compute->kernels, &compute->scratch, n_rows, x, x_stride,
                       self->bias, FALSE, y, y_stride);
}

void
s2s_linear_accumulate (const S2sLinear *self, S2sCompute *compute, guint n_rows, const float *x,
                       gsize x_stride, float *y, gsize y_stride)
{
  g_assert (self->bias == NULL);

  s2s_panels_multiply (&self->weight, compute->kernels, &compute->scratch, n_rows, x, x_stride,
                       NULL, TRUE, y, y_stride);
}
