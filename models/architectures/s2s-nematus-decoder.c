/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architectures/s2s-nematus-decoder.h"

#include <string.h>

/* The first layer reads the context, those above the one below. */
static gboolean
load_layer (S2sNematusDecoder *self, S2sLoader *loader, const S2sNematusHparams *hparams,
            guint layer, GError **error)
{
  const S2sCellType *type = s2s_cell_type_get (hparams->decoder_cell);
  g_autofree char *scope = g_strdup_printf ("decoder.layers.%u", layer);
  guint n_inputs = layer == 0 ? self->n_memory : self->n_units;
  guint n_transitions =
      layer == 0 ? hparams->decoder_cell_base_depth - 2 : hparams->decoder_cell_high_depth - 1;

  return s2s_cell_load_normed (&self->layers[layer].cell, loader, type, hparams->layer_norm,
                               hparams->layer_norm_epsilon, scope, n_inputs, self->n_units,
                               error) &&
         s2s_transitions_load (&self->layers[layer].transitions, loader, type, hparams->layer_norm,
                               hparams->layer_norm_epsilon, scope, n_transitions, self->n_units,
                               error);
}

static gboolean
load_output (S2sNematusDecoder *self, S2sLoader *loader, const S2sNematusHparams *hparams,
             GError **error)
{
  const struct {
    const char *scope;
    guint n_inputs;
  } terms[S2S_NEMATUS_N_TERMS] = {
      [S2S_NEMATUS_TOKEN] = {"output.token", self->n_embedding},
      [S2S_NEMATUS_STATE] = {"output.state", self->n_units},
      [S2S_NEMATUS_CONTEXT] = {"output.context", self->n_memory},
  };

  for (guint i = 0; i < S2S_NEMATUS_N_TERMS; i++)
    if (!s2s_projection_load (&self->terms[i], loader, terms[i].scope, self->n_embedding,
                              terms[i].n_inputs, hparams->layer_norm != S2S_CELL_NORM_NONE,
                              hparams->layer_norm_epsilon, error))
      return FALSE;
  return TRUE;
}

gboolean
s2s_nematus_decoder_load (S2sNematusDecoder *self, S2sLoader *loader, const S2sHparams *hparams,
                          guint n_memory, GError **error)
{
  const S2sNematusHparams *own = &hparams->nematus;
  gboolean is_normed = own->layer_norm != S2S_CELL_NORM_NONE;

  self->n_units = own->hidden_size;
  self->n_embedding = own->embedding_size;
  self->n_memory = n_memory;
  self->residual = own->residual;
  self->n_layers = hparams->decoder_layers;

  if (!s2s_projection_load (&self->start, loader, "start", self->n_units, n_memory, is_normed,
                            own->layer_norm_epsilon, error) ||
      !s2s_cell_load_normed (&self->first, loader, s2s_cell_type_get (own->decoder_cell),
                             own->layer_norm, own->layer_norm_epsilon, "decoder.first",
                             self->n_embedding, self->n_units, error) ||
      !s2s_attention_load_additive (&self->attention, loader, n_memory, self->n_units,
                                    own->attention_size, is_normed, own->layer_norm_epsilon, error))
    return FALSE;
  for (guint l = 0; l < self->n_layers; l++)
    if (!load_layer (self, loader, own, l, error))
      return FALSE;
  return load_output (self, loader, own, error) &&
         s2s_generator_load (&self->generator, loader, hparams->tied_embeddings,
                             hparams->target_vocabulary_size, self->n_embedding, self->n_embedding,
                             &self->embedding, error);
}

void
s2s_nematus_decoder_clear (S2sNematusDecoder *self)
{
  s2s_embedding_clear (&self->embedding);
  s2s_projection_clear (&self->start);
  s2s_cell_clear (&self->first);
  s2s_attention_clear (&self->attention);
  for (guint l = 0; l < self->n_layers; l++) {
    s2s_cell_clear (&self->layers[l].cell);
    s2s_transitions_clear (&self->layers[l].transitions);
  }
  for (guint i = 0; i < S2S_NEMATUS_N_TERMS; i++)
    s2s_projection_clear (&self->terms[i]);
  s2s_generator_clear (&self->generator);
}

void
s2s_nematus_decoder_state_init (S2sNematusDecoderState *self, const S2sNematusDecoder *decoder,
                                const S2sMemory *memory, const S2sArchLimits *limits)
{
  guint max_rows = limits->max_rows;
  const S2sCellType *type = decoder->first.type;
  gsize n_states = (gsize)max_rows * decoder->n_units;
  gsize n_embedded = (gsize)max_rows * decoder->n_embedding;

  memset (self, 0, sizeof *self);
  self->memory = memory;
  self->slots = g_new (guint, max_rows);
  self->spare_slots = g_new (guint, max_rows);
  for (guint l = 0; l < decoder->n_layers; l++) {
    self->h[l] = s2s_floats_new (n_states);
    self->c[l] = type->has_cell_state ? s2s_floats_new (n_states) : NULL;
  }
  self->mean = s2s_floats_new (decoder->n_memory);
  self->y = s2s_floats_new (n_embedded);
  self->a = s2s_floats_new (n_states * type->n_gates);
  self->context = s2s_floats_new ((gsize)max_rows * decoder->n_memory);
  self->sum = decoder->residual ? s2s_floats_new (n_states) : NULL;
  self->o = s2s_floats_new (n_embedded);
  self->term = s2s_floats_new (n_embedded);
  self->spare = s2s_floats_new (n_states);
  s2s_cell_scratch_init (&self->scratch, type, max_rows, decoder->n_units);
  s2s_attention_state_init (&self->attention, &decoder->attention, memory, limits->max_sentences,
                            max_rows);
  s2s_generator_state_init (&self->generator, &decoder->generator, limits->max_sentences,
                            limits->max_shortlist, limits->n_always);
}

void
s2s_nematus_decoder_state_clear (S2sNematusDecoderState *self)
{
  g_clear_pointer (&self->slots, g_free);
  g_clear_pointer (&self->spare_slots, g_free);
  for (guint l = 0; l < S2S_MAX_LAYERS; l++) {
    g_clear_pointer (&self->h[l], g_aligned_free);
    g_clear_pointer (&self->c[l], g_aligned_free);
  }
  g_clear_pointer (&self->mean, g_aligned_free);
  g_clear_pointer (&self->y, g_aligned_free);
  g_clear_pointer (&self->a, g_aligned_free);
  g_clear_pointer (&self->context, g_aligned_free);
  g_clear_pointer (&self->sum, g_aligned_free);
  g_clear_pointer (&self->o, g_aligned_free);
  g_clear_pointer (&self->term, g_aligned_free);
  g_clear_pointer (&self->spare, g_aligned_free);
  s2s_cell_scratch_clear (&self->scratch);
  s2s_attention_state_clear (&self->attention);
  s2s_generator_state_clear (&self->generator);
}

/* mean [C] of the positions of a slot */
static void
take_mean (const S2sNematusDecoder *self, const S2sCompute *compute,
           const S2sNematusDecoderState *state, guint slot)
{
  guint length = state->memory->lengths[slot];
  const float *memory = s2s_memory_get (state->memory, slot);

  memset (state->mean, 0, self->n_memory * sizeof (float));
  for (gsize j = 0; j < length; j++)
    compute->kernels->add (self->n_memory, memory + j * self->n_memory, state->mean);
  for (guint i = 0; i < self->n_memory; i++)
    state->mean[i] /= (float)length;
}

/* Every layer starts from tanh (N (mean·Wᵀ + b)), the cell state too. */
static void
start_row (const S2sNematusDecoder *self, S2sCompute *compute, S2sNematusDecoderState *state,
           guint row, guint slot)
{
  gsize n = self->n_units;
  float *h = state->h[0] + row * n;

  take_mean (self, compute, state, slot);
  s2s_projection_forward (&self->start, compute, 1, state->mean, self->n_memory, h);
  compute->kernels->tanh (n, h, h);
  for (guint l = 0; l < self->n_layers; l++) {
    if (l > 0)
      memcpy (state->h[l] + row * n, h, n * sizeof (float));
    if (state->c[l] != NULL)
      memcpy (state->c[l] + row * n, h, n * sizeof (float));
  }
}

void
s2s_nematus_decoder_start (const S2sNematusDecoder *self, S2sCompute *compute,
                           S2sNematusDecoderState *state, guint n_sentences, const guint *slots)
{
  for (guint i = 0; i < n_sentences; i++) {
    start_row (self, compute, state, state->n_rows, slots[i]);
    state->slots[state->n_rows++] = slots[i];
    s2s_attention_forward (&self->attention, compute, &state->attention, slots[i]);
    s2s_generator_start (&self->generator, &state->generator, slots[i]);
  }
}

/* The layers from the context on; returns what the top puts out [n_rows][H]. */
static const float *
run_layers (const S2sNematusDecoder *self, S2sCompute *compute, S2sNematusDecoderState *state)
{
  guint n_rows = state->n_rows;
  gsize n = self->n_units, x_stride = self->n_memory;
  const float *x = state->context;

  for (guint l = 0; l < self->n_layers; l++) {
    const S2sNematusLayer *layer = &self->layers[l];

    s2s_cell_step (&layer->cell, compute, &state->scratch, n_rows, x, x_stride, state->a,
                   state->h[l], state->c[l]);
    s2s_transitions_advance (&layer->transitions, compute, &state->scratch, n_rows, state->a,
                             state->h[l], state->c[l]);
    x = state->h[l];
    x_stride = n;
    if (!self->residual)
      continue;
    if (l == 0)
      memcpy (state->sum, x, n_rows * n * sizeof (float));
    else
      compute->kernels->add (n_rows * n, x, state->sum);
    x = state->sum;
  }
  return x;
}

/* o = tanh (Σ of the terms) */
static void
put_out (const S2sNematusDecoder *self, S2sCompute *compute, S2sNematusDecoderState *state,
         const float *top)
{
  const struct {
    const float *x;
    gsize width;
  } inputs[S2S_NEMATUS_N_TERMS] = {
      [S2S_NEMATUS_TOKEN] = {state->y, self->n_embedding},
      [S2S_NEMATUS_STATE] = {top, self->n_units},
      [S2S_NEMATUS_CONTEXT] = {state->context, self->n_memory},
  };
  gsize n = (gsize)state->n_rows * self->n_embedding;

  for (guint i = 0; i < S2S_NEMATUS_N_TERMS; i++) {
    float *term = i == 0 ? state->o : state->term;

    s2s_projection_forward (&self->terms[i], compute, state->n_rows, inputs[i].x, inputs[i].width,
                            term);
    if (i > 0)
      compute->kernels->add (n, term, state->o);
  }
  compute->kernels->tanh (n, state->o, state->o);
}

void
s2s_nematus_decoder_step (const S2sNematusDecoder *self, S2sCompute *compute,
                          S2sNematusDecoderState *state, const gint32 *previous, float *logits,
                          gsize logits_stride)
{
  guint n_rows = state->n_rows;

  s2s_embedding_forward (&self->embedding, n_rows, previous, state->y, self->n_embedding);
  s2s_cell_step (&self->first, compute, &state->scratch, n_rows, state->y, self->n_embedding,
                 state->a, state->h[0], state->c[0]);
  s2s_attention_step (&self->attention, compute, &state->attention, n_rows, state->slots,
                      state->h[0], self->n_units, state->context, self->n_memory);
  put_out (self, compute, state, run_layers (self, compute, state));
  s2s_generator_step (&self->generator, compute, &state->generator, n_rows, state->slots, state->o,
                      logits, logits_stride);
}

void
s2s_nematus_decoder_reorder (const S2sNematusDecoder *self, S2sNematusDecoderState *state,
                             guint n_rows, const guint *parents)
{
  s2s_slots_move_rows (n_rows, parents, &state->slots, &state->spare_slots);

  for (guint l = 0; l < self->n_layers; l++) {
    s2s_floats_move_rows (n_rows, parents, self->n_units, state->h[l], state->spare);
    if (state->c[l] != NULL)
      s2s_floats_move_rows (n_rows, parents, self->n_units, state->c[l], state->spare);
  }
  state->n_rows = n_rows;
}
