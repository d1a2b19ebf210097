/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-config-words.h"
#include "model/s2s-model-private.h"

static void
describe_rnn (const S2sHparams *hparams, GString *text)
{
  const S2sRnnHparams *rnn = &hparams->rnn;

  g_string_append_printf (text, "architecture: %s of %s cells\n", hparams->architecture, rnn->cell);
  g_string_append_printf (text, "embeddings: %u values, tied: %s\n", rnn->embedding_size,
                          s2s_tied_words[hparams->tied_embeddings]);
  g_string_append_printf (text, "encoder: layers: %u, units: %u, %s%s%s\n", hparams->encoder_layers,
                          rnn->hidden_size, s2s_direction_words[rnn->encoder_direction],
                          rnn->residual ? ", residual" : "",
                          rnn->reverse_source ? ", source reversed" : "");
  g_string_append_printf (text, "bridge: %s%s\n", s2s_bridge_words[rnn->bridge],
                          rnn->bridge_from == S2S_BRIDGE_FROM_TOP ? ", from the top layer" : "");
  g_string_append_printf (text, "decoder: layers: %u, units: %u, output: %u%s%s%s\n",
                          hparams->decoder_layers, rnn->hidden_size, rnn->output_size,
                          rnn->output_activation == S2S_OUTPUT_LINEAR ? ", linear" : "",
                          rnn->residual ? ", residual" : "",
                          rnn->input_feeding ? ", input feeding" : "");
  g_string_append_printf (text, "attention: %s", s2s_attention_words[rnn->attention]);
  if (rnn->attention == S2S_ATTENTION_ADDITIVE)
    g_string_append_printf (text, " of %u values", rnn->attention_size);
  g_string_append_c (text, '\n');
}

static void
describe_transformer (const S2sHparams *hparams, GString *text)
{
  const S2sTransformerHparams *self = &hparams->transformer;

  g_string_append_printf (text, "architecture: %s of %u values, heads: %u, norm: %s\n",
                          hparams->architecture, self->model_size, self->heads,
                          s2s_norm_words[self->norm]);
  g_string_append_printf (
      text, "embeddings: tied: %s%s, positions: %s\n", s2s_tied_words[hparams->tied_embeddings],
      self->scale_embeddings ? ", scaled" : "", s2s_positions_words[self->positions]);
  g_string_append_printf (text, "layers: encoder: %u, decoder: %u%s\n", hparams->encoder_layers,
                          hparams->decoder_layers,
                          self->decoder_autoregression == S2S_AUTOREGRESSION_SSRU ? ", ssru" : "");
  g_string_append_printf (text, "feed-forward: %u values, %s\n", self->feed_forward_size,
                          s2s_activation_words[self->activation]);
}

/* Tokens of the source tokenizer */
static void
describe_languages (const S2sConfig *config, const S2sTokenizer *source, GString *text)
{
  char *const *languages = config->target_languages;

  g_string_append_printf (text, "languages: %s to %s\n", config->source_language, languages[0]);
  if (config->language_tokens[0] == S2S_NO_TOKEN)
    return;
  g_string_append (text, "target languages:");
  for (guint i = 0; languages[i] != NULL; i++)
    g_string_append_printf (text, "%s %s (token %d, %s)", i > 0 ? "," : "", languages[i],
                            config->language_tokens[i],
                            s2s_tokenizer_get_piece (source, config->language_tokens[i]));
  g_string_append_c (text, '\n');
}

static void
describe_nematus (const S2sHparams *hparams, GString *text)
{
  const S2sNematusHparams *self = &hparams->nematus;

  g_string_append_printf (text, "architecture: %s of %u units, layer norm: %s\n",
                          hparams->architecture, self->hidden_size,
                          s2s_cell_norm_words[self->layer_norm]);
  g_string_append_printf (text, "embeddings: %u values, tied: %s\n", self->embedding_size,
                          s2s_tied_words[hparams->tied_embeddings]);
  g_string_append_printf (text, "encoder: layers: %u of %u %s cells, %s%s\n",
                          hparams->encoder_layers, self->encoder_cell_depth, self->encoder_cell,
                          s2s_stacks_words[self->encoder_direction],
                          self->residual ? ", residual" : "");
  g_string_append_printf (text, "decoder: layers: %u, the first of %u %s cells, others of %u%s\n",
                          hparams->decoder_layers, self->decoder_cell_base_depth,
                          self->decoder_cell, self->decoder_cell_high_depth,
                          self->residual ? ", residual" : "");
  g_string_append_printf (text, "attention: additive of %u values\n", self->attention_size);
}

/* One row an architecture, by its name */
static const struct {
  const char *architecture;
  void (*describe) (const S2sHparams *hparams, GString *text);
} describers[] = {
    {"rnn", describe_rnn},
    {"transformer", describe_transformer},
    {"nematus", describe_nematus},
};

static void
describe_network (const S2sHparams *hparams, GString *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (describers); i++)
    if (g_str_equal (describers[i].architecture, hparams->architecture))
      describers[i].describe (hparams, text);
}

static void
describe_tokenizer (const char *side, const S2sTokenizerConfig *config,
                    const S2sTokenizer *tokenizer, guint n_rows, GString *text)
{
  g_string_append_printf (text, "%s tokenizer: %s", side, s2s_tokenizer_words[config->type]);
  if (config->file != NULL)
    g_string_append_printf (text, " %s", config->file);
  if (config->vocabulary != NULL)
    g_string_append_printf (text, " with %s", config->vocabulary);
  g_string_append_printf (text, ", tokens: %u, rows of the embedding: %u%s\n",
                          s2s_tokenizer_get_size (tokenizer), n_rows,
                          config->special.eos == S2S_NO_TOKEN ? ", without EOS" : "");
}

static void
describe_decoding (const S2sDecodingDefaults *decoding, GString *text)
{
  g_string_append_printf (text, "beam: %u\n", decoding->beam_size);
  g_string_append_printf (text, "length normalization: %s, penalty: %g\n",
                          s2s_length_normalization_words[decoding->length_normalization],
                          decoding->length_penalty);
  g_string_append_printf (text, "end of the search: %s\n",
                          s2s_search_end_words[decoding->search_end]);
  g_string_append_printf (text, "longest source: %u tokens\n", decoding->max_source_length);
  g_string_append_printf (text, "longest target: %g × source + %u tokens\n",
                          decoding->max_length_factor, decoding->max_length_constant);
}

static void
describe_source (const S2sConfig *config, const S2sTokenizer *source, GString *text)
{
  guint n = config->n_length_tokens;

  if (config->whole_texts)
    g_string_append (text, "decoded at once: whole texts\n");
  if (n > 0)
    g_string_append_printf (text, "lengths: %g to %g, tokens: %u, unless asked for: %g\n",
                            config->length_tokens[0].ratio, config->length_tokens[n - 1].ratio, n,
                            config->decoding.length_ratio);
  if (config->context_turns > 0)
    g_string_append_printf (text, "earlier texts: %u, parted by token %d, %s\n",
                            config->context_turns, config->context_separator,
                            s2s_tokenizer_get_piece (source, config->context_separator));
  if (config->keeper != NULL)
    g_string_append (text, "results are looked at for what they have lost\n");
}

static void
describe_shortlist (const S2sShortlist *shortlist, const S2sDecodingDefaults *decoding,
                    GString *text)
{
  if (shortlist == NULL)
    return;
  g_string_append_printf (text, "shortlist: common tokens: %u, of a source token: %.1f, used: %s\n",
                          s2s_shortlist_get_n_common (shortlist),
                          s2s_shortlist_get_mean (shortlist),
                          decoding->use_shortlist ? "yes" : "no");
}

/**
 * s2s_model_describe:
 * @self: a model
 *
 * Tells what the model is, for people to read, a line for each thing.
 *
 * Returns: (transfer full): the text; its last line is ended too
 */
char *
s2s_model_describe (const S2sModel *self)
{
  const S2sConfig *config = s2s_model_get_config (self);
  const S2sHparams *hparams = &config->hparams;
  g_autofree char *size = g_format_size (s2s_model_get_weights_size (self));
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "name: %s\n", config->name);
  g_string_append_printf (text, "task: %s\n", config->task);
  describe_languages (config, s2s_model_get_source_tokenizer (self), text);
  describe_network (hparams, text);
  describe_tokenizer ("source", &config->source_tokenizer, s2s_model_get_source_tokenizer (self),
                      hparams->source_vocabulary_size, text);
  describe_tokenizer ("target", &config->target_tokenizer, s2s_model_get_target_tokenizer (self),
                      hparams->target_vocabulary_size, text);
  describe_source (config, s2s_model_get_source_tokenizer (self), text);
  describe_decoding (&config->decoding, text);
  describe_shortlist (s2s_model_get_shortlist (self), &config->decoding, text);
  g_string_append_printf (text, "weights in memory: %s\n", size);
  return g_string_free (text, FALSE);
}
