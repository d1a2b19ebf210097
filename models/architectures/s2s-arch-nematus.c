/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architectures/s2s-arch-nematus.h"

static void
nematus_free (gpointer net)
{
  S2sNematusNet *self = net;

  s2s_nematus_encoder_clear (&self->encoder);
  s2s_nematus_decoder_clear (&self->decoder);
  g_free (self);
}

static gboolean
load (S2sNematusNet *self, S2sLoader *loader, const S2sHparams *hparams, GError **error)
{
  if (!s2s_nematus_encoder_load (&self->encoder, loader, hparams, error) ||
      !s2s_nematus_decoder_load (&self->decoder, loader, hparams, self->encoder.n_outputs, error))
    return FALSE;

  if (hparams->tied_embeddings != S2S_TIED_ALL)
    return s2s_embedding_load (&self->encoder.embedding, loader, "source_embedding",
                               hparams->source_vocabulary_size, hparams->nematus.embedding_size,
                               error);
  s2s_embedding_share (&self->encoder.embedding, self->decoder.embedding.table);
  return TRUE;
}

static gpointer
nematus_load (const S2sHparams *hparams, S2sWeights *weights, GError **error)
{
  S2sLoader loader = {.weights = weights};
  S2sNematusNet *self = g_new0 (S2sNematusNet, 1);

  if (!load (self, &loader, hparams, error)) {
    nematus_free (self);
    return NULL;
  }
  self->n_bytes = loader.n_bytes;
  self->max_inputs = MAX (hparams->nematus.embedding_size, 2 * hparams->nematus.hidden_size);
  return self;
}

static gsize
nematus_get_n_bytes (gconstpointer net)
{
  const S2sNematusNet *self = net;

  return self->n_bytes;
}

static gboolean
nematus_has_attention (gconstpointer net)
{
  return TRUE;
}

/* Floats a position of a source, a sentence and a row, buffer by buffer as the states have them */
static guint64
nematus_get_state_size (gconstpointer net, const S2sArchLimits *limits)
{
  const S2sNematusEncoder *encoder = &((const S2sNematusNet *)net)->encoder;
  const S2sNematusDecoder *decoder = &((const S2sNematusNet *)net)->decoder;
  const S2sCellType *reads = encoder->layers[0][0].cell.type, *writes = decoder->first.type;
  guint64 h = decoder->n_units, e = decoder->n_embedding, c = decoder->n_memory;
  guint64 a = decoder->attention.n_keys;
  guint64 n_position = 1 + encoder->n_inputs + 4 * h + c + a;
  guint64 n_sentence = (1 + reads->has_cell_state + reads->n_gates + 1) * h;
  guint64 n_row = decoder->n_layers * (1 + writes->has_cell_state) * h + 3 * e + c +
                  (2 * writes->n_gates + 2 + decoder->residual) * h + limits->max_source + a;

  return ((guint64)limits->max_sentences * (limits->max_source * n_position + n_sentence) +
          limits->max_rows * n_row) *
             sizeof (float) +
         s2s_generator_get_state_size (&decoder->generator, limits->max_sentences,
                                       limits->max_shortlist, limits->n_always);
}

static gpointer
nematus_reserve (gconstpointer net, const S2sArchLimits *limits)
{
  S2sNematusNetState *state = g_new0 (S2sNematusNetState, 1);

  state->net = net;
  s2s_compute_init (&state->compute, state->net->max_inputs);
  s2s_memory_init (&state->memory, state->net->encoder.n_outputs, limits->max_sentences,
                   limits->max_source);
  s2s_nematus_encoder_state_init (&state->encoder, &state->net->encoder, limits->max_sentences,
                                  limits->max_source);
  s2s_nematus_decoder_state_init (&state->decoder, &state->net->decoder, &state->memory, limits);
  return state;
}

static void
nematus_state_free (gpointer state)
{
  S2sNematusNetState *self = state;

  s2s_compute_clear (&self->compute);
  s2s_memory_clear (&self->memory);
  s2s_nematus_encoder_state_clear (&self->encoder);
  s2s_nematus_decoder_state_clear (&self->decoder);
  g_free (self);
}

static void
nematus_reset (gpointer state)
{
  S2sNematusNetState *self = state;

  self->decoder.n_rows = 0;
}

static gboolean
nematus_encode (gpointer state, guint n_sentences, const guint *slots, const gint32 *ids,
                const guint *lengths, S2sControlFunc control, gpointer user_data)
{
  S2sNematusNetState *self = state;
  const S2sNematusNet *net = self->net;

  if (!s2s_nematus_encoder_forward (&net->encoder, &self->compute, &self->encoder, n_sentences,
                                    slots, ids, lengths, &self->memory, control, user_data))
    return FALSE;
  s2s_nematus_decoder_start (&net->decoder, &self->compute, &self->decoder, n_sentences, slots);
  return TRUE;
}

static void
nematus_restrict_logits (gpointer state, guint slot, const gint32 *tokens, guint n)
{
  S2sNematusNetState *self = state;

  s2s_generator_restrict (&self->net->decoder.generator, &self->decoder.generator, slot, tokens, n);
}

static void
nematus_step (gpointer state, const gint32 *previous, float *logits, gsize logits_stride)
{
  S2sNematusNetState *self = state;

  s2s_nematus_decoder_step (&self->net->decoder, &self->compute, &self->decoder, previous, logits,
                            logits_stride);
}

static void
nematus_reorder (gpointer state, guint n_rows, const guint *parents)
{
  S2sNematusNetState *self = state;

  s2s_nematus_decoder_reorder (&self->net->decoder, &self->decoder, n_rows, parents);
}

static const float *
nematus_get_attention (gconstpointer state, guint row, guint *ret_n)
{
  const S2sNematusNetState *self = state;

  *ret_n = self->memory.lengths[self->decoder.slots[row]];
  return s2s_attention_get_weights (&self->decoder.attention, row);
}

static const float *
nematus_get_memory (gconstpointer state, guint slot, guint *ret_n)
{
  const S2sNematusNetState *self = state;

  *ret_n = self->memory.lengths[slot];
  return s2s_memory_get (&self->memory, slot);
}

const S2sArch s2s_arch_nematus = {
    .name = "nematus",
    .load = nematus_load,
    .free = nematus_free,
    .get_n_bytes = nematus_get_n_bytes,
    .has_attention = nematus_has_attention,
    .get_state_size = nematus_get_state_size,
    .reserve = nematus_reserve,
    .state_free = nematus_state_free,
    .reset = nematus_reset,
    .encode = nematus_encode,
    .restrict_logits = nematus_restrict_logits,
    .step = nematus_step,
    .reorder = nematus_reorder,
    .get_attention = nematus_get_attention,
    .get_memory = nematus_get_memory,
};
