/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-config-hparams.h"

#include "base/s2s-error.h"
#include "layers/s2s-cell.h"
#include "model/s2s-config-words.h"

#define MAX_SIZE 8192   /* of a layer */
#define MAX_INNER 32768 /* of the inner layer of a feed-forward */
#define MAX_POSITIONS 65536
#define MIN_EPSILON 1e-12 /* below it a single-precision square root gives nothing to divide by */

static guint
read_size (S2sConfigReader *reader, const char *key, guint min, guint max)
{
  return (guint)s2s_config_reader_integer (reader, key, min, max, S2S_CONFIG_REQUIRED);
}

/* What all architectures have */
static void
read_common (S2sConfigReader *reader, S2sHparams *hparams, guint max_layers)
{
  hparams->source_vocabulary_size =
      read_size (reader, "source_vocabulary_size", 2, S2S_CONFIG_MAX_VOCABULARY);
  hparams->target_vocabulary_size =
      read_size (reader, "target_vocabulary_size", 2, S2S_CONFIG_MAX_VOCABULARY);
  hparams->encoder_layers = read_size (reader, "encoder_layers", 1, max_layers);
  hparams->decoder_layers = read_size (reader, "decoder_layers", 1, max_layers);
  hparams->tied_embeddings =
      s2s_config_reader_choice (reader, "tied_embeddings", s2s_tied_words, "none");
  if (hparams->tied_embeddings == S2S_TIED_ALL &&
      hparams->source_vocabulary_size != hparams->target_vocabulary_size)
    s2s_config_reader_fail (
        reader, S2S_ERROR_FORMAT,
        "“target_vocabulary_size” is %u, expected %u as of the source with tied embeddings",
        hparams->target_vocabulary_size, hparams->source_vocabulary_size);
}

static void
read_rnn_choices (S2sConfigReader *reader, S2sRnnHparams *rnn)
{
  const S2sCellType *const *types = s2s_cell_type_list ();
  g_autoptr (GPtrArray) cells = g_ptr_array_new ();

  for (guint i = 0; types[i] != NULL; i++)
    g_ptr_array_add (cells, (gpointer)types[i]->name);
  g_ptr_array_add (cells, NULL);

  rnn->cell =
      types[s2s_config_reader_choice (reader, "cell", (const char *const *)cells->pdata, NULL)]
          ->name;
  rnn->encoder_direction =
      s2s_config_reader_choice (reader, "encoder_direction", s2s_direction_words, NULL);
  rnn->bridge = s2s_config_reader_choice (reader, "bridge", s2s_bridge_words, "copy");
  rnn->bridge_from =
      s2s_config_reader_choice (reader, "bridge_from", s2s_bridge_from_words, "same");
  rnn->attention = s2s_config_reader_choice (reader, "attention", s2s_attention_words, NULL);
  rnn->output_activation =
      s2s_config_reader_choice (reader, "output_activation", s2s_output_words, "tanh");
}

/* What no single key tells */
static void
check_rnn (S2sConfigReader *reader, const S2sHparams *hparams)
{
  const S2sRnnHparams *rnn = &hparams->rnn;
  gboolean has_attention = rnn->attention != S2S_ATTENTION_NONE;
  guint n_output = rnn->output_size > 0 ? rnn->output_size : rnn->hidden_size;

  if (rnn->encoder_direction != S2S_DIRECTION_FORWARD && rnn->hidden_size % 2 != 0)
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“hidden_size” is %u, expected an even one of a bidirectional encoder",
                            rnn->hidden_size);
  if (has_attention && rnn->output_size == 0)
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“output_size” is 0, expected at least 1 with attention");
  if (rnn->output_size == 0 && s2s_config_reader_has (reader, "output_activation"))
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“output_activation” is there, expected it of an “output_size” from 1");
  if (rnn->attention != S2S_ATTENTION_ADDITIVE && s2s_config_reader_has (reader, "attention_size"))
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“attention_size” belongs to additive attention alone");
  if (hparams->tied_embeddings != S2S_TIED_NONE && n_output != rnn->embedding_size)
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "the generator reads %u values, expected %u with tied embeddings",
                            n_output, rnn->embedding_size);
}

static void
read_rnn (S2sConfigReader *reader, S2sHparams *hparams)
{
  S2sRnnHparams *rnn = &hparams->rnn;

  read_common (reader, hparams, S2S_MAX_LAYERS);
  rnn->embedding_size = read_size (reader, "embedding_size", 1, MAX_SIZE);
  rnn->hidden_size = read_size (reader, "hidden_size", 1, MAX_SIZE);
  rnn->output_size = read_size (reader, "output_size", 0, MAX_SIZE);
  read_rnn_choices (reader, rnn);
  rnn->residual = s2s_config_reader_boolean (reader, "residual");
  rnn->reverse_source = s2s_config_reader_boolean (reader, "reverse_source");
  rnn->input_feeding = s2s_config_reader_boolean (reader, "input_feeding");
  rnn->attention_size =
      (guint)s2s_config_reader_integer (reader, "attention_size", 1, MAX_SIZE, rnn->hidden_size);
  check_rnn (reader, hparams);
}

/* What no single key tells */
static void
check_transformer (S2sConfigReader *reader, const S2sTransformerHparams *self)
{
  gboolean is_marian = self->positions == S2S_POSITIONS_SINUSOIDAL_MARIAN;
  gboolean is_learned = self->positions == S2S_POSITIONS_LEARNED;

  if (self->heads > 0 && self->model_size % self->heads != 0)
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“model_size” is %u, expected a multiple of “heads”, %u",
                            self->model_size, self->heads);
  if (!is_learned && (self->model_size % 2 != 0 || (is_marian && self->model_size < 4)))
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“model_size” is %u, expected an even one, from %u on, of %s positions",
                            self->model_size, is_marian ? 4 : 2,
                            s2s_positions_words[self->positions]);
  if (!is_learned && s2s_config_reader_has (reader, "max_positions"))
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“max_positions” is there, expected it of learned positions alone");
}

static void
read_transformer (S2sConfigReader *reader, S2sHparams *hparams)
{
  S2sTransformerHparams *self = &hparams->transformer;

  read_common (reader, hparams, S2S_MAX_TRANSFORMER_LAYERS);
  self->model_size = read_size (reader, "model_size", 1, MAX_SIZE);
  self->feed_forward_size = read_size (reader, "feed_forward_size", 1, MAX_INNER);
  self->heads = read_size (reader, "heads", 1, MAX_SIZE);
  self->norm = s2s_config_reader_choice (reader, "norm", s2s_norm_words, NULL);
  self->activation = s2s_config_reader_choice (reader, "activation", s2s_activation_words, NULL);
  self->decoder_autoregression = s2s_config_reader_choice (reader, "decoder_autoregression",
                                                           s2s_autoregression_words, "attention");
  self->positions = s2s_config_reader_choice (reader, "positions", s2s_positions_words, NULL);
  if (self->positions == S2S_POSITIONS_LEARNED)
    self->max_positions = read_size (reader, "max_positions", 2, MAX_POSITIONS);
  self->scale_embeddings = s2s_config_reader_boolean (reader, "scale_embeddings");
  self->layer_norm_epsilon =
      s2s_config_reader_number (reader, "layer_norm_epsilon", MIN_EPSILON, 1, 1e-5);
  check_transformer (reader, self);
}

static const char *
read_nematus_cell (S2sConfigReader *reader, const char *key)
{
  static const char *const words[] = {"gru", "lstm", NULL};

  return words[s2s_config_reader_choice (reader, key, words, NULL)];
}

/* Apart means the candidate, which lstm has no block of its own for. */
static void
check_nematus (S2sConfigReader *reader, const S2sNematusHparams *self)
{
  gboolean is_gru =
      g_str_equal (self->encoder_cell, "gru") && g_str_equal (self->decoder_cell, "gru");

  if (self->layer_norm == S2S_CELL_NORM_APART && !is_gru)
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“layer_norm” is “apart”, expected cells “gru” with it");
  if (self->layer_norm == S2S_CELL_NORM_NONE &&
      s2s_config_reader_has (reader, "layer_norm_epsilon"))
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“layer_norm_epsilon” is there, expected a “layer_norm” with it");
}

static void
read_nematus (S2sConfigReader *reader, S2sHparams *hparams)
{
  S2sNematusHparams *self = &hparams->nematus;
  guint n_memory;

  read_common (reader, hparams, S2S_MAX_LAYERS);
  self->embedding_size = read_size (reader, "embedding_size", 1, MAX_SIZE);
  self->hidden_size = read_size (reader, "hidden_size", 1, MAX_SIZE);
  self->encoder_cell = read_nematus_cell (reader, "encoder_cell");
  self->decoder_cell = read_nematus_cell (reader, "decoder_cell");
  self->encoder_direction =
      s2s_config_reader_choice (reader, "encoder_direction", s2s_stacks_words, NULL);
  self->encoder_cell_depth =
      (guint)s2s_config_reader_integer (reader, "encoder_cell_depth", 1, S2S_MAX_LAYERS, 1);
  self->decoder_cell_base_depth =
      (guint)s2s_config_reader_integer (reader, "decoder_cell_base_depth", 2, S2S_MAX_LAYERS, 2);
  self->decoder_cell_high_depth =
      (guint)s2s_config_reader_integer (reader, "decoder_cell_high_depth", 1, S2S_MAX_LAYERS, 1);
  self->residual = s2s_config_reader_boolean (reader, "residual");
  n_memory =
      self->encoder_direction == S2S_STACKS_FIRST_BIDIRECTIONAL && hparams->encoder_layers > 1
          ? self->hidden_size
          : 2 * self->hidden_size;
  self->attention_size =
      (guint)s2s_config_reader_integer (reader, "attention_size", 1, MAX_SIZE, n_memory);
  self->layer_norm = s2s_config_reader_choice (reader, "layer_norm", s2s_cell_norm_words, "none");
  self->layer_norm_epsilon =
      s2s_config_reader_number (reader, "layer_norm_epsilon", MIN_EPSILON, 1, 1e-5);
  check_nematus (reader, self);
}

/* One row an architecture, by its name */
static const struct {
  const char *architecture;
  void (*read) (S2sConfigReader *reader, S2sHparams *hparams);
} readers[] = {
    {"rnn", read_rnn},
    {"transformer", read_transformer},
    {"nematus", read_nematus},
};

/**
 * s2s_config_read_hparams:
 * @object: the hyperparameters
 * @hparams: whose architecture is known; the rest is filled in
 * @error: return location
 *
 * Returns: %FALSE with %S2S_ERROR_FORMAT or %S2S_ERROR_UNSUPPORTED
 */
gboolean
s2s_config_read_hparams (JsonObject *object, S2sHparams *hparams, GError **error)
{
  S2sConfigReader reader;

  s2s_config_reader_init (&reader, object, "hyperparameters");
  for (gsize i = 0; i < G_N_ELEMENTS (readers); i++)
    if (g_str_equal (readers[i].architecture, hparams->architecture))
      readers[i].read (&reader, hparams);
  return s2s_config_reader_finish (&reader, error);
}

/**
 * s2s_config_get_max_positions:
 * @hparams: hyperparameters that were read
 *
 * Returns: the tokens that a source may have; %G_MAXUINT when the network sets no limit
 */
guint
s2s_config_get_max_positions (const S2sHparams *hparams)
{
  gboolean is_limited = g_str_equal (hparams->architecture, "transformer") &&
                        hparams->transformer.positions == S2S_POSITIONS_LEARNED;

  return is_limited ? hparams->transformer.max_positions : G_MAXUINT;
}
