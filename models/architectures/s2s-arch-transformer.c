/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architectures/s2s-arch-transformer.h"

static void
transformer_free (gpointer net)
{
  S2sTransformerNet *self = net;

  s2s_transformer_encoder_clear (&self->encoder);
  s2s_transformer_decoder_clear (&self->decoder);
  g_free (self);
}

static gboolean
load (S2sTransformerNet *self, S2sLoader *loader, const S2sHparams *hparams, GError **error)
{
  S2sEmbedding *source = &self->encoder.positional.embedding;

  if (!s2s_transformer_decoder_load (&self->decoder, loader, hparams, error) ||
      !s2s_transformer_encoder_load (&self->encoder, loader, hparams, error))
    return FALSE;

  if (hparams->tied_embeddings != S2S_TIED_ALL)
    return s2s_embedding_load (source, loader, "source_embedding", hparams->source_vocabulary_size,
                               hparams->transformer.model_size, error);
  s2s_embedding_share (source, self->decoder.positional.embedding.table);
  return TRUE;
}

static gpointer
transformer_load (const S2sHparams *hparams, S2sWeights *weights, GError **error)
{
  S2sTransformerNet *self = g_new0 (S2sTransformerNet, 1);
  S2sLoader loader = {.weights = weights};

  if (!load (self, &loader, hparams, error)) {
    transformer_free (self);
    return NULL;
  }
  self->n_bytes = loader.n_bytes;
  return self;
}

static gsize
transformer_get_n_bytes (gconstpointer net)
{
  const S2sTransformerNet *self = net;

  return self->n_bytes;
}

static gboolean
transformer_has_attention (gconstpointer net)
{
  return TRUE;
}

/* Floats of a step of a row, a position of a source and a row, buffer by buffer as the states have
 * them. Keys and values are nearly all of it; they are resident as far as outputs have grown. An
 * SSRU has none of its steps. */
static guint64
transformer_get_state_size (gconstpointer net, const S2sArchLimits *limits)
{
  const S2sTransformerNet *self = net;
  const S2sTransformerDecoder *decoder = &self->decoder;
  guint64 d = decoder->n_units, n_kept = decoder->n_layers * 2 * d;
  gboolean is_ssru = decoder->autoregression == S2S_AUTOREGRESSION_SSRU;
  guint64 n_step = (is_ssru ? 0 : n_kept) + 4; /* and the numbers of the history */
  guint64 n_past = is_ssru ? (decoder->n_layers + 3) * d : 0;
  guint64 n_row = 7 * d + n_past + decoder->n_inner + limits->max_source + 6;

  return ((guint64)limits->max_rows * (limits->max_target * n_step + n_row) +
          (guint64)limits->max_sentences * limits->max_source * (n_kept + d) +
          s2s_transformer_encoder_get_state_size (&self->encoder, limits->max_source) +
          s2s_positional_get_state_size (&decoder->positional, limits->max_target) +
          MAX (limits->max_source, limits->max_target)) *
             sizeof (float) +
         s2s_generator_get_state_size (&decoder->generator, limits->max_sentences,
                                       limits->max_shortlist, limits->n_always);
}

static gpointer
transformer_reserve (gconstpointer net, const S2sArchLimits *limits)
{
  S2sTransformerNetState *state = g_new0 (S2sTransformerNetState, 1);
  const S2sTransformerNet *self = net;

  state->net = self;
  s2s_compute_init (&state->compute, MAX (self->decoder.n_units, self->decoder.n_inner));
  s2s_memory_init (&state->memory, self->decoder.n_units, limits->max_sentences,
                   limits->max_source);
  s2s_transformer_encoder_state_init (&state->encoder, &self->encoder, limits->max_source);
  s2s_transformer_decoder_state_init (&state->decoder, &self->decoder, &state->memory, limits);
  return state;
}

static void
transformer_state_free (gpointer state)
{
  S2sTransformerNetState *self = state;

  s2s_compute_clear (&self->compute);
  s2s_memory_clear (&self->memory);
  s2s_transformer_encoder_state_clear (&self->encoder);
  s2s_transformer_decoder_state_clear (&self->decoder);
  g_free (self);
}

static void
transformer_reorder (gpointer state, guint n_rows, const guint *parents)
{
  S2sTransformerNetState *self = state;

  s2s_transformer_decoder_reorder (&self->net->decoder, &self->decoder, n_rows, parents);
}

static void
transformer_reset (gpointer state)
{
  transformer_reorder (state, 0, NULL);
}

static gboolean
transformer_encode (gpointer state, guint n_sentences, const guint *slots, const gint32 *ids,
                    const guint *lengths, S2sControlFunc control, gpointer user_data)
{
  S2sTransformerNetState *self = state;

  if (!s2s_transformer_encoder_forward (&self->net->encoder, &self->compute, &self->encoder,
                                        n_sentences, slots, ids, lengths, &self->memory, control,
                                        user_data))
    return FALSE;
  s2s_transformer_decoder_start (&self->net->decoder, &self->compute, &self->decoder, n_sentences,
                                 slots);
  return TRUE;
}

static void
transformer_restrict_logits (gpointer state, guint slot, const gint32 *tokens, guint n)
{
  S2sTransformerNetState *self = state;

  s2s_generator_restrict (&self->net->decoder.generator, &self->decoder.generator, slot, tokens, n);
}

static void
transformer_step (gpointer state, const gint32 *previous, float *logits, gsize logits_stride)
{
  S2sTransformerNetState *self = state;

  s2s_transformer_decoder_step (&self->net->decoder, &self->compute, &self->decoder, previous,
                                logits, logits_stride);
}

static const float *
transformer_get_attention (gconstpointer state, guint row, guint *ret_n)
{
  const S2sTransformerNetState *self = state;

  *ret_n = self->memory.lengths[self->decoder.slots[row]];
  return self->decoder.weights + (gsize)row * self->memory.max_source;
}

static const float *
transformer_get_memory (gconstpointer state, guint slot, guint *ret_n)
{
  const S2sTransformerNetState *self = state;

  *ret_n = self->memory.lengths[slot];
  return s2s_memory_get (&self->memory, slot);
}

const S2sArch s2s_arch_transformer = {
    .name = "transformer",
    .load = transformer_load,
    .free = transformer_free,
    .get_n_bytes = transformer_get_n_bytes,
    .has_attention = transformer_has_attention,
    .get_state_size = transformer_get_state_size,
    .reserve = transformer_reserve,
    .state_free = transformer_state_free,
    .reset = transformer_reset,
    .encode = transformer_encode,
    .restrict_logits = transformer_restrict_logits,
    .step = transformer_step,
    .reorder = transformer_reorder,
    .get_attention = transformer_get_attention,
    .get_memory = transformer_get_memory,
};
