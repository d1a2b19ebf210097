/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-ssru.h"

#include <string.h>

gboolean
s2s_ssru_load (S2sSsru *self, S2sLoader *loader, const char *scope, guint n_units, GError **error)
{
  g_autofree char *forget = g_strconcat (scope, ".forget", NULL);
  g_autofree char *candidate = g_strconcat (scope, ".candidate", NULL);
  S2sTensor weights[2];

  self->n_units = n_units;
  if (!s2s_loader_get_matrix (loader, forget, "weight", n_units, n_units, &weights[0], error) ||
      !s2s_loader_get_matrix (loader, candidate, "weight", n_units, n_units, &weights[1], error))
    return FALSE;
  float *bias = s2s_loader_get_vector (loader, forget, "bias", n_units, error);
  if (bias == NULL)
    return FALSE;

  self->input.bias = s2s_floats_new (2 * (gsize)n_units);
  memcpy (self->input.bias, bias, n_units * sizeof (float));
  memset (self->input.bias + n_units, 0, n_units * sizeof (float));
  g_aligned_free (bias);
  s2s_panels_init (&self->input.weight, weights, G_N_ELEMENTS (weights), FALSE);
  loader->n_bytes += self->input.weight.n_bytes + 2 * (gsize)n_units * sizeof (float);
  return TRUE;
}

void
s2s_ssru_clear (S2sSsru *self)
{
  s2s_linear_clear (&self->input);
}

/* c' = f⊙c + (1 − f)⊙z */
static void
mix (gsize n, const float *f, const float *z, float *c)
{
  for (gsize i = 0; i < n; i++)
    c[i] = f[i] * c[i] + (1 - f[i]) * z[i];
}

void
s2s_ssru_step (const S2sSsru *self, S2sCompute *compute, guint n_rows, const float *x, float *a,
               float *c, float *y)
{
  gsize n = self->n_units;

  s2s_linear_forward (&self->input, compute, n_rows, x, n, a, 2 * n);
  for (gsize i = 0; i < n_rows; i++) {
    float *f = a + i * 2 * n;

    compute->kernels->sigmoid (n, f, f);
    mix (n, f, f + n, c + i * n);
  }
  compute->kernels->relu (n_rows * n, c, y);
}
