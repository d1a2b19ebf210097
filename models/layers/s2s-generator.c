/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-generator.h"

gboolean
s2s_generator_load (S2sGenerator *self, S2sLoader *loader, S2sTiedEmbeddings tied, guint n_tokens,
                    guint n_inputs, guint n_embedding, S2sEmbedding *embedding, GError **error)
{
  gboolean is_tied = tied != S2S_TIED_NONE;
  S2sTensor weight;

  if (!s2s_loader_get_matrix (loader, is_tied ? "target_embedding" : "generator", "weight",
                              n_tokens, n_inputs, &weight, error))
    return FALSE;
  float *bias = s2s_loader_get_vector (loader, "generator", "bias", n_tokens, error);
  if (bias == NULL)
    return FALSE;
  s2s_linear_init (&self->outputs, loader, &weight, bias);

  if (!is_tied)
    return s2s_embedding_load (embedding, loader, "target_embedding", n_tokens, n_embedding, error);
  s2s_embedding_share (embedding, &self->outputs.weight);
  return TRUE;
}

void
s2s_generator_clear (S2sGenerator *self)
{
  s2s_linear_clear (&self->outputs);
}

void
s2s_generator_state_init (S2sGeneratorState *self, const S2sGenerator *generator,
                          guint max_sentences, guint max_shortlist, guint n_always)
{
  self->n_always = n_always;
  self->n_subsets = max_shortlist > 0 ? max_sentences : 0;
  self->is_restricted = g_new0 (gboolean, self->n_subsets);
  self->subsets = g_new0 (S2sLinear, self->n_subsets);
  for (guint slot = 0; slot < self->n_subsets; slot++)
    s2s_linear_subset_init (&self->subsets[slot], &generator->outputs,
                            MAX (max_shortlist - n_always, 1));
}

void
s2s_generator_state_clear (S2sGeneratorState *self)
{
  for (guint slot = 0; slot < self->n_subsets; slot++)
    s2s_linear_clear (&self->subsets[slot]);
  g_clear_pointer (&self->subsets, g_free);
  g_clear_pointer (&self->is_restricted, g_free);
}

guint64
s2s_generator_get_state_size (const S2sGenerator *self, guint max_sentences, guint max_shortlist,
                              guint n_always)
{
  const S2sPanels *weight = &self->outputs.weight;
  guint64 n_listed = weight->n_inputs * s2s_dtype_get_size (weight->dtype) + 2 * sizeof (float);

  return (guint64)max_sentences * (max_shortlist - n_always) * n_listed;
}

void
s2s_generator_start (const S2sGenerator *self, S2sGeneratorState *state, guint slot)
{
  if (state->n_subsets > 0)
    state->is_restricted[slot] = FALSE;
}

void
s2s_generator_restrict (const S2sGenerator *self, S2sGeneratorState *state, guint slot,
                        const gint32 *tokens, guint n)
{
  guint n_always = state->n_always;

  g_assert (n >= n_always);
  state->is_restricted[slot] = TRUE;
  s2s_linear_gather (&state->subsets[slot], &self->outputs, tokens + n_always, n - n_always);
}

/* The rows from first on whose sentence has that subset, or none like the first: where they end */
static guint
find_end (const S2sGeneratorState *state, guint n_rows, const guint *slots, guint first)
{
  gboolean restricted = state->is_restricted[slots[first]];
  guint end = first + 1;

  while (end < n_rows &&
         (restricted ? slots[end] == slots[first] : !state->is_restricted[slots[end]]))
    end++;
  return end;
}

/* What all lists begin with, in one product for all rows; then the rest of each list, or all
 * outputs of a sentence that has none. */
static void
make_restricted (const S2sGenerator *self, S2sCompute *compute, const S2sGeneratorState *state,
                 guint n_rows, const guint *slots, const float *x, float *logits,
                 gsize logits_stride)
{
  gsize n_inputs = self->outputs.weight.n_inputs;
  S2sLinear always = self->outputs;

  always.weight.n_outputs = state->n_always;
  s2s_linear_forward (&always, compute, n_rows, x, n_inputs, logits, logits_stride);
  for (guint first = 0, end; first < n_rows; first = end) {
    gboolean restricted = state->is_restricted[slots[first]];

    end = find_end (state, n_rows, slots, first);
    s2s_linear_forward (restricted ? &state->subsets[slots[first]] : &self->outputs, compute,
                        end - first, x + first * n_inputs, n_inputs,
                        logits + first * logits_stride + (restricted ? state->n_always : 0),
                        logits_stride);
  }
}

void
s2s_generator_step (const S2sGenerator *self, S2sCompute *compute, const S2sGeneratorState *state,
                    guint n_rows, const guint *slots, const float *x, float *logits,
                    gsize logits_stride)
{
  if (state->n_subsets > 0)
    make_restricted (self, compute, state, n_rows, slots, x, logits, logits_stride);
  else
    s2s_linear_forward (&self->outputs, compute, n_rows, x, self->outputs.weight.n_inputs, logits,
                        logits_stride);
}
