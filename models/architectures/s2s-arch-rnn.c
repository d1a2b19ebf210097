/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architectures/s2s-arch-rnn.h"

#include "base/s2s-error.h"

static void
rnn_free (gpointer net)
{
  S2sRnnNet *self = net;

  s2s_rnn_encoder_clear (&self->encoder);
  s2s_rnn_decoder_clear (&self->decoder);
  g_free (self);
}

static gboolean
load (S2sRnnNet *self, S2sLoader *loader, const S2sHparams *hparams, const S2sCellType *type,
      GError **error)
{
  if (!s2s_rnn_decoder_load (&self->decoder, loader, hparams, type, error) ||
      !s2s_rnn_encoder_load (&self->encoder, loader, hparams, type, error))
    return FALSE;

  if (hparams->tied_embeddings != S2S_TIED_ALL)
    return s2s_embedding_load (&self->encoder.embedding, loader, "source_embedding",
                               hparams->source_vocabulary_size, hparams->rnn.embedding_size, error);
  s2s_embedding_share (&self->encoder.embedding, self->decoder.embedding.table);
  return TRUE;
}

static gpointer
rnn_load (const S2sHparams *hparams, S2sWeights *weights, GError **error)
{
  const S2sCellType *type = s2s_cell_type_get (hparams->rnn.cell);
  S2sLoader loader = {.weights = weights};

  if (type == NULL) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_UNSUPPORTED, "unknown cell “%s”", hparams->rnn.cell);
    return NULL;
  }

  S2sRnnNet *self = g_new0 (S2sRnnNet, 1);
  if (!load (self, &loader, hparams, type, error)) {
    rnn_free (self);
    return NULL;
  }
  /* the widest are [y ; o], [context ; h] and what the generator reads */
  self->n_bytes = loader.n_bytes;
  self->max_inputs = MAX (hparams->rnn.embedding_size + self->decoder.n_output,
                          2 * MAX (hparams->rnn.hidden_size, self->decoder.n_output));
  return self;
}

static gsize
rnn_get_n_bytes (gconstpointer net)
{
  const S2sRnnNet *self = net;

  return self->n_bytes;
}

static gboolean
rnn_has_attention (gconstpointer net)
{
  const S2sRnnNet *self = net;

  return self->decoder.has_attention;
}

/* Floats a position of a source, a sentence and a row, buffer by buffer as the states have them */
static guint64
rnn_get_state_size (gconstpointer net, const S2sArchLimits *limits)
{
  const S2sRnnEncoder *encoder = &((const S2sRnnNet *)net)->encoder;
  const S2sRnnDecoder *decoder = &((const S2sRnnNet *)net)->decoder;
  guint64 h = encoder->n_units, o = decoder->n_output;
  guint64 n_states = encoder->has_cell_state ? 2 : 1;
  guint64 n_gates = decoder->layers[0].type->n_gates;
  guint64 n_position = 1 + 2 * MAX (encoder->n_inputs, h) + h;
  guint64 n_sentence = ((encoder->n_layers + 1) * n_states + n_gates + 1) * h;
  guint64 n_row = (decoder->n_layers * n_states + 2 * n_gates + 1) * h + MAX (h, o) + o +
                  decoder->n_embedding + (decoder->input_feeding ? o : 0) +
                  (decoder->residual ? h : 0);

  if (decoder->has_attention) {
    gboolean has_keys = s2s_linear_is_bound (&decoder->attention.key);
    gboolean has_query = s2s_linear_is_bound (&decoder->attention.query);

    n_position += has_keys ? decoder->attention.n_keys : 0;
    n_row += 2 * h + limits->max_source + (has_query ? decoder->attention.n_keys : 0);
  }
  return ((guint64)limits->max_sentences * (limits->max_source * n_position + n_sentence) +
          limits->max_rows * n_row) *
             sizeof (float) +
         s2s_generator_get_state_size (&decoder->generator, limits->max_sentences,
                                       limits->max_shortlist, limits->n_always);
}

static gpointer
rnn_reserve (gconstpointer net, const S2sArchLimits *limits)
{
  S2sRnnNetState *state = g_new0 (S2sRnnNetState, 1);

  state->net = net;
  s2s_compute_init (&state->compute, state->net->max_inputs);
  s2s_memory_init (&state->memory, state->net->encoder.n_units, limits->max_sentences,
                   limits->max_source);
  s2s_rnn_encoder_state_init (&state->encoder, &state->net->encoder, limits->max_sentences,
                              limits->max_source);
  s2s_rnn_decoder_state_init (&state->decoder, &state->net->decoder, &state->memory, limits);
  return state;
}

static void
rnn_state_free (gpointer state)
{
  S2sRnnNetState *self = state;

  s2s_compute_clear (&self->compute);
  s2s_memory_clear (&self->memory);
  s2s_rnn_encoder_state_clear (&self->encoder);
  s2s_rnn_decoder_state_clear (&self->decoder);
  g_free (self);
}

static void
rnn_reset (gpointer state)
{
  S2sRnnNetState *self = state;

  self->decoder.n_rows = 0;
}

static gboolean
rnn_encode (gpointer state, guint n_sentences, const guint *slots, const gint32 *ids,
            const guint *lengths, S2sControlFunc control, gpointer user_data)
{
  S2sRnnNetState *self = state;
  const S2sRnnNet *net = self->net;

  if (!s2s_rnn_encoder_forward (&net->encoder, &self->compute, &self->encoder, n_sentences, slots,
                                ids, lengths, &self->memory, control, user_data))
    return FALSE;
  s2s_rnn_decoder_start (&net->decoder, &self->compute, &self->decoder, net->encoder.n_layers,
                         self->encoder.last_h, self->encoder.last_c, n_sentences, slots);
  return TRUE;
}

static void
rnn_restrict_logits (gpointer state, guint slot, const gint32 *tokens, guint n)
{
  S2sRnnNetState *self = state;

  s2s_generator_restrict (&self->net->decoder.generator, &self->decoder.generator, slot, tokens, n);
}

static void
rnn_step (gpointer state, const gint32 *previous, float *logits, gsize logits_stride)
{
  S2sRnnNetState *self = state;

  s2s_rnn_decoder_step (&self->net->decoder, &self->compute, &self->decoder, previous, logits,
                        logits_stride);
}

static void
rnn_reorder (gpointer state, guint n_rows, const guint *parents)
{
  S2sRnnNetState *self = state;

  s2s_rnn_decoder_reorder (&self->net->decoder, &self->decoder, n_rows, parents);
}

static const float *
rnn_get_attention (gconstpointer state, guint row, guint *ret_n)
{
  const S2sRnnNetState *self = state;

  if (!self->net->decoder.has_attention)
    return NULL;
  *ret_n = self->memory.lengths[self->decoder.slots[row]];
  return s2s_attention_get_weights (&self->decoder.attention, row);
}

static const float *
rnn_get_memory (gconstpointer state, guint slot, guint *ret_n)
{
  const S2sRnnNetState *self = state;

  *ret_n = self->memory.lengths[slot];
  return s2s_memory_get (&self->memory, slot);
}

const S2sArch s2s_arch_rnn = {
    .name = "rnn",
    .load = rnn_load,
    .free = rnn_free,
    .get_n_bytes = rnn_get_n_bytes,
    .has_attention = rnn_has_attention,
    .get_state_size = rnn_get_state_size,
    .reserve = rnn_reserve,
    .state_free = rnn_state_free,
    .reset = rnn_reset,
    .encode = rnn_encode,
    .restrict_logits = rnn_restrict_logits,
    .step = rnn_step,
    .reorder = rnn_reorder,
    .get_attention = rnn_get_attention,
    .get_memory = rnn_get_memory,
};
