/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architectures/s2s-rnn-decoder.h"

#include <string.h>

static gboolean
load_layers (S2sRnnDecoder *self, S2sLoader *loader, const S2sHparams *hparams,
             const S2sCellType *type, GError **error)
{
  guint n_fed = hparams->rnn.input_feeding ? self->n_output : 0;

  for (guint l = 0; l < self->n_layers; l++) {
    g_autofree char *scope = g_strdup_printf ("decoder.layers.%u", l);
    g_autofree char *bridge_scope = g_strdup_printf ("bridge.%u", l);
    guint n_inputs = l == 0 ? self->n_embedding + n_fed : self->n_units;

    if (!s2s_bridge_load (&self->bridges[l], loader, hparams->rnn.bridge, type->has_cell_state,
                          bridge_scope, self->n_units, error) ||
        !s2s_cell_load (&self->layers[l], loader, type, scope, n_inputs, self->n_units, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
s2s_rnn_decoder_load (S2sRnnDecoder *self, S2sLoader *loader, const S2sHparams *hparams,
                      const S2sCellType *type, GError **error)
{
  self->n_units = hparams->rnn.hidden_size;
  self->n_embedding = hparams->rnn.embedding_size;
  self->n_output =
      hparams->rnn.output_size > 0 ? hparams->rnn.output_size : hparams->rnn.hidden_size;
  self->residual = hparams->rnn.residual;
  self->input_feeding = hparams->rnn.input_feeding;
  self->starts_from_top = hparams->rnn.bridge_from == S2S_BRIDGE_FROM_TOP;
  self->output_activation = hparams->rnn.output_activation;
  self->has_attention = hparams->rnn.attention != S2S_ATTENTION_NONE;
  self->n_layers = hparams->decoder_layers;

  if (!load_layers (self, loader, hparams, type, error))
    return FALSE;
  if (self->has_attention &&
      !s2s_attention_load (&self->attention, loader, hparams->rnn.attention, self->n_units,
                           hparams->rnn.attention_size, error))
    return FALSE;
  if (hparams->rnn.output_size > 0 &&
      !s2s_linear_load (&self->output, loader, "output", self->n_output,
                        self->has_attention ? 2 * self->n_units : self->n_units, error))
    return FALSE;
  return s2s_generator_load (&self->generator, loader, hparams->tied_embeddings,
                             hparams->target_vocabulary_size, self->n_output, self->n_embedding,
                             &self->embedding, error);
}

void
s2s_rnn_decoder_clear (S2sRnnDecoder *self)
{
  s2s_embedding_clear (&self->embedding);
  for (guint l = 0; l < self->n_layers; l++) {
    s2s_bridge_clear (&self->bridges[l]);
    s2s_cell_clear (&self->layers[l]);
  }
  s2s_attention_clear (&self->attention);
  s2s_linear_clear (&self->output);
  s2s_generator_clear (&self->generator);
}

static gsize
get_input_width (const S2sRnnDecoder *self)
{
  return self->n_embedding + (self->input_feeding ? self->n_output : 0);
}

void
s2s_rnn_decoder_state_init (S2sRnnDecoderState *self, const S2sRnnDecoder *decoder,
                            const S2sMemory *memory, const S2sArchLimits *limits)
{
  guint max_rows = limits->max_rows;
  const S2sCellType *type = decoder->layers[0].type;
  gsize n_states = (gsize)max_rows * decoder->n_units;

  memset (self, 0, sizeof *self);
  self->slots = g_new (guint, max_rows);
  self->spare_slots = g_new (guint, max_rows);
  for (guint l = 0; l < decoder->n_layers; l++) {
    self->h[l] = s2s_floats_new (n_states);
    self->c[l] = type->has_cell_state ? s2s_floats_new (n_states) : NULL;
  }
  self->o = s2s_floats_new ((gsize)max_rows * decoder->n_output);
  self->input = s2s_floats_new (max_rows * get_input_width (decoder));
  self->a = s2s_floats_new (n_states * type->n_gates);
  self->spare = s2s_floats_new ((gsize)max_rows * MAX (decoder->n_units, decoder->n_output));
  if (decoder->residual)
    self->sum = s2s_floats_new (n_states);
  s2s_cell_scratch_init (&self->scratch, type, max_rows, decoder->n_units);
  if (decoder->has_attention) {
    self->joint = s2s_floats_new (2 * n_states);
    s2s_attention_state_init (&self->attention, &decoder->attention, memory, limits->max_sentences,
                              max_rows);
  }
  s2s_generator_state_init (&self->generator, &decoder->generator, limits->max_sentences,
                            limits->max_shortlist, limits->n_always);
}

void
s2s_rnn_decoder_state_clear (S2sRnnDecoderState *self)
{
  g_clear_pointer (&self->slots, g_free);
  g_clear_pointer (&self->spare_slots, g_free);
  for (guint l = 0; l < S2S_MAX_LAYERS; l++) {
    g_clear_pointer (&self->h[l], g_aligned_free);
    g_clear_pointer (&self->c[l], g_aligned_free);
  }
  g_clear_pointer (&self->o, g_aligned_free);
  g_clear_pointer (&self->input, g_aligned_free);
  g_clear_pointer (&self->a, g_aligned_free);
  g_clear_pointer (&self->sum, g_aligned_free);
  g_clear_pointer (&self->joint, g_aligned_free);
  g_clear_pointer (&self->spare, g_aligned_free);
  s2s_cell_scratch_clear (&self->scratch);
  s2s_attention_state_clear (&self->attention);
  s2s_generator_state_clear (&self->generator);
}

void
s2s_rnn_decoder_start (const S2sRnnDecoder *self, S2sCompute *compute, S2sRnnDecoderState *state,
                       guint n_encoder_layers, float *const *last_h, float *const *last_c,
                       guint n_sentences, const guint *slots)
{
  gsize first = state->n_rows, n_before = first * self->n_units;

  for (guint l = 0; l < self->n_layers; l++) {
    guint k = self->starts_from_top ? n_encoder_layers - 1 : MIN (l, n_encoder_layers - 1);

    s2s_bridge_forward (&self->bridges[l], compute, n_sentences, last_h[k], last_c[k],
                        state->h[l] + n_before,
                        state->c[l] != NULL ? state->c[l] + n_before : NULL);
  }
  memset (state->o + first * self->n_output, 0,
          (gsize)n_sentences * self->n_output * sizeof (float));
  for (guint i = 0; i < n_sentences; i++) {
    state->slots[first + i] = slots[i];
    if (self->has_attention)
      s2s_attention_forward (&self->attention, compute, &state->attention, slots[i]);
    s2s_generator_start (&self->generator, &state->generator, slots[i]);
  }
  state->n_rows += n_sentences;
}

/* to [n_rows][width], from without gaps */
static void
copy_rows (guint n_rows, gsize width, const float *from, float *to, gsize to_stride)
{
  for (gsize i = 0; i < n_rows; i++)
    memcpy (to + i * to_stride, from + i * width, width * sizeof (float));
}

/* Returns h, the output of the top layer. */
static const float *
run_layers (const S2sRnnDecoder *self, S2sCompute *compute, S2sRnnDecoderState *state)
{
  gsize n = self->n_units, n_states = state->n_rows * n;
  const float *x = state->input;
  gsize x_stride = get_input_width (self);

  for (guint l = 0; l < self->n_layers; l++) {
    s2s_cell_step (&self->layers[l], compute, &state->scratch, state->n_rows, x, x_stride, state->a,
                   state->h[l], state->c[l]);
    x = state->h[l];
    x_stride = n;
    if (!self->residual)
      continue;
    if (l == 0)
      memcpy (state->sum, x, n_states * sizeof (float));
    else
      compute->kernels->add (n_states, x, state->sum);
    x = state->sum;
  }
  return x;
}

/* o = f ([context ; h]·W_oᵀ + b_o), f (h·W_oᵀ + b_o) or h */
static void
put_out (const S2sRnnDecoder *self, S2sCompute *compute, S2sRnnDecoderState *state, const float *h)
{
  gsize n = self->n_units, x_stride = n;
  guint n_rows = state->n_rows;
  const float *x = h;

  if (self->has_attention) {
    x = state->joint;
    x_stride = 2 * n;
    s2s_attention_step (&self->attention, compute, &state->attention, n_rows, state->slots, h, n,
                        state->joint, x_stride);
    copy_rows (n_rows, n, h, state->joint + n, x_stride);
  }
  if (!s2s_linear_is_bound (&self->output)) {
    copy_rows (n_rows, n, x, state->o, n);
    return;
  }
  s2s_linear_forward (&self->output, compute, n_rows, x, x_stride, state->o, self->n_output);
  if (self->output_activation == S2S_OUTPUT_TANH)
    compute->kernels->tanh ((gsize)n_rows * self->n_output, state->o, state->o);
}

void
s2s_rnn_decoder_step (const S2sRnnDecoder *self, S2sCompute *compute, S2sRnnDecoderState *state,
                      const gint32 *previous, float *logits, gsize logits_stride)
{
  gsize width = get_input_width (self);

  s2s_embedding_forward (&self->embedding, state->n_rows, previous, state->input, width);
  if (self->input_feeding)
    copy_rows (state->n_rows, self->n_output, state->o, state->input + self->n_embedding, width);

  const float *h = run_layers (self, compute, state);
  put_out (self, compute, state, h);
  s2s_generator_step (&self->generator, compute, &state->generator, state->n_rows, state->slots,
                      state->o, logits, logits_stride);
}

void
s2s_rnn_decoder_reorder (const S2sRnnDecoder *self, S2sRnnDecoderState *state, guint n_rows,
                         const guint *parents)
{
  s2s_slots_move_rows (n_rows, parents, &state->slots, &state->spare_slots);

  for (guint l = 0; l < self->n_layers; l++) {
    s2s_floats_move_rows (n_rows, parents, self->n_units, state->h[l], state->spare);
    if (state->c[l] != NULL)
      s2s_floats_move_rows (n_rows, parents, self->n_units, state->c[l], state->spare);
  }
  if (self->input_feeding)
    s2s_floats_move_rows (n_rows, parents, self->n_output, state->o, state->spare);
  state->n_rows = n_rows;
}
