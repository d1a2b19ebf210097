/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-positional.h"

#include <math.h>
#include <string.h>

gboolean
s2s_positional_load (S2sPositional *self, S2sLoader *loader, const char *scope,
                     const S2sTransformerHparams *hparams, GError **error)
{
  gsize n;
  S2sTensor table;

  self->kind = hparams->positions;
  self->n_units = hparams->model_size;
  self->scale = hparams->scale_embeddings ? sqrtf ((float)hparams->model_size) : 1;
  if (self->kind != S2S_POSITIONS_LEARNED)
    return TRUE;

  self->n_learned = hparams->max_positions;
  if (!s2s_loader_get_matrix (loader, scope, "weight", self->n_learned, self->n_units, &table,
                              error))
    return FALSE;
  n = s2s_tensor_get_n_elements (&table);
  self->learned = s2s_floats_new (n);
  s2s_tensor_to_f32 (&table, 0, n, self->learned);
  loader->n_bytes += n * sizeof (float);
  return TRUE;
}

void
s2s_positional_clear (S2sPositional *self)
{
  s2s_embedding_clear (&self->embedding);
  g_clear_pointer (&self->learned, g_aligned_free);
}

/* −log₁₀₀₀₀ f_k */
static double
get_exponent (const S2sPositional *self, guint k)
{
  double half = self->n_units / 2.0;

  return k / (self->kind == S2S_POSITIONS_SINUSOIDAL_MARIAN ? half - 1 : half);
}

static float *
make_sinusoids (const S2sPositional *self, guint n_rows)
{
  guint half = self->n_units / 2;
  float *rows = s2s_floats_new ((gsize)n_rows * self->n_units);
  g_autofree double *frequencies = g_new (double, half);

  for (guint k = 0; k < half; k++)
    frequencies[k] = pow (10000, -get_exponent (self, k));
  for (guint p = 0; p < n_rows; p++) {
    float *row = rows + (gsize)p * self->n_units;

    for (guint k = 0; k < half; k++) {
      row[k] = (float)sin (p * frequencies[k]);
      row[half + k] = (float)cos (p * frequencies[k]);
    }
  }
  return rows;
}

void
s2s_positional_state_init (S2sPositionalState *self, const S2sPositional *positional,
                           guint max_steps)
{
  gboolean is_learned = positional->kind == S2S_POSITIONS_LEARNED;

  self->n_rows = is_learned ? positional->n_learned : max_steps;
  self->own = is_learned ? NULL : make_sinusoids (positional, max_steps);
  self->rows = is_learned ? positional->learned : self->own;
  self->embedded = s2s_floats_new (positional->n_units);
}

void
s2s_positional_state_clear (S2sPositionalState *self)
{
  g_clear_pointer (&self->own, g_aligned_free);
  g_clear_pointer (&self->embedded, g_aligned_free);
}

guint64
s2s_positional_get_state_size (const S2sPositional *self, guint max_steps)
{
  guint64 n_rows = self->kind == S2S_POSITIONS_LEARNED ? 0 : max_steps;

  return (n_rows + 1) * self->n_units;
}

void
s2s_positional_forward (const S2sPositional *self, const S2sCompute *compute,
                        const S2sPositionalState *state, gint32 id, guint position, float *y)
{
  gsize n = self->n_units, row = MIN (position, state->n_rows - 1);

  memcpy (y, state->rows + row * n, n * sizeof (float));
  s2s_embedding_forward (&self->embedding, 1, &id, state->embedded, n);
  compute->kernels->axpy (n, self->scale, state->embedded, y);
}
