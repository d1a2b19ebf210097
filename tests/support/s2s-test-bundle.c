/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-test-bundle.h"

#include "model/s2s-config.h"
#include "s2s-test-weights.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define VOCABULARY_SIZE 260 /* of bytes */
#define EMBEDDING_SIZE 12
#define OUTPUT_SIZE 10
#define SCALE 0.7
#define WORDS_FILE "target.json"

static const char *
or_default (const char *value, const char *fallback)
{
  return value != NULL ? value : fallback;
}

static const char *
get_attention (const S2sTestBundle *bundle)
{
  return or_default (bundle->attention, "general");
}

static guint
get_output_size (const S2sTestBundle *bundle)
{
  return g_str_equal (get_attention (bundle), "none") ? 0 : OUTPUT_SIZE;
}

static const char *
get_architecture (const S2sTestBundle *bundle)
{
  return or_default (bundle->architecture, "rnn");
}

static gboolean
is_nematus (const S2sTestBundle *bundle)
{
  return g_str_equal (get_architecture (bundle), "nematus");
}

static gboolean
is_transformer (const S2sTestBundle *bundle)
{
  return g_str_equal (get_architecture (bundle), "transformer");
}

/* What `rnn` has beside the sizes of the vocabularies and the layers */
static char *
make_rnn (const S2sTestBundle *bundle, guint hidden_size)
{
  static const char *const booleans[] = {"false", "true"};

  return g_strdup_printf (
      "\"embedding_size\": %d, \"hidden_size\": %u, \"cell\": \"%s\", "
      "\"encoder_direction\": \"%s\", \"bridge\": \"%s\", \"attention\": \"%s\", "
      "\"output_size\": %u, \"input_feeding\": %s, \"residual\": %s, \"reverse_source\": %s",
      EMBEDDING_SIZE, hidden_size, or_default (bundle->cell, "lstm"),
      or_default (bundle->encoder_direction, "bidirectional"), or_default (bundle->bridge, "copy"),
      get_attention (bundle), get_output_size (bundle), booleans[bundle->input_feeding],
      booleans[bundle->residual], booleans[bundle->reverse_source]);
}

/* And `transformer` */
static char *
make_transformer (const S2sTestBundle *bundle, guint model_size)
{
  return g_strdup_printf ("\"model_size\": %u, \"feed_forward_size\": %u, \"heads\": 4, "
                          "\"norm\": \"%s\", \"activation\": \"relu\", "
                          "\"positions\": \"sinusoidal-half-split\", "
                          "\"decoder_autoregression\": \"%s\"",
                          model_size, 2 * model_size, or_default (bundle->norm, "post"),
                          or_default (bundle->autoregression, "attention"));
}

/* And `nematus`, with deep transitions */
static char *
make_nematus (const S2sTestBundle *bundle, guint hidden_size)
{
  const char *cell = or_default (bundle->cell, "gru");

  return g_strdup_printf ("\"embedding_size\": %d, \"hidden_size\": %u, \"encoder_cell\": \"%s\", "
                          "\"decoder_cell\": \"%s\", \"encoder_direction\": \"%s\", "
                          "\"encoder_cell_depth\": 2, \"decoder_cell_base_depth\": 3, "
                          "\"layer_norm\": \"joint\", \"residual\": %s",
                          EMBEDDING_SIZE, hidden_size, cell, cell,
                          or_default (bundle->encoder_direction, "bidirectional"),
                          bundle->residual ? "true" : "false");
}

static char *
make_own (const S2sTestBundle *bundle, guint size)
{
  if (is_transformer (bundle))
    return make_transformer (bundle, size);
  return is_nematus (bundle) ? make_nematus (bundle, size) : make_rnn (bundle, size);
}

/* With a comma before it, or empty: the tests of others write their own. */
static char *
make_decoding (const S2sTestBundle *bundle)
{
  guint max = bundle->max_source_length;
  const char *more = bundle->decoding;
  g_autofree char *length =
      max > 0 ? g_strdup_printf ("\"max_source_length\": %u%s", max, more != NULL ? ", " : "")
              : g_strdup ("");

  if (max == 0 && more == NULL)
    return g_strdup ("");
  return g_strdup_printf (", \"decoding\": {%s%s}", length, or_default (more, ""));
}

static char *
make_config (const S2sTestBundle *bundle)
{
  guint layers = MAX (bundle->layers, 1);
  guint hidden_size = bundle->hidden_size > 0 ? bundle->hidden_size : 16;
  g_autofree char *decoding = make_decoding (bundle);
  g_autofree char *own = make_own (bundle, hidden_size);

  return g_strdup_printf (
      "{\"format_version\": 1, \"name\": \"test\", \"task\": \"%s\", "
      "\"source_language\": \"%s\", \"target_language\": \"%s\", "
      "\"target_language_tokens\": %s, \"architecture\": \"%s\", "
      "\"hyperparameters\": {\"source_vocabulary_size\": %d, \"target_vocabulary_size\": %d, "
      "\"encoder_layers\": %u, \"decoder_layers\": %u, %s}, "
      "\"source_tokenizer\": {\"type\": \"bytes\"%s}, "
      "\"target_tokenizer\": %s, \"stand_ins\": %s%s%s%s}\n",
      or_default (bundle->task, "translate"), or_default (bundle->source_language, "en"),
      or_default (bundle->target_language, "zh"), or_default (bundle->language_tokens, "{}"),
      get_architecture (bundle), VOCABULARY_SIZE, VOCABULARY_SIZE, layers, layers, own,
      bundle->bare_source ? ", \"eos\": -1" : "",
      bundle->has_words ? "{\"type\": \"plain\", \"file\": \"" WORDS_FILE "\", \"pad\": 0, "
                          "\"unk\": 1, \"bos\": 2, \"eos\": 3}"
                        : "{\"type\": \"bytes\"}",
      or_default (bundle->stand_ins, "{}"), decoding, bundle->keys != NULL ? ", " : "",
      or_default (bundle->keys, ""));
}

static void
write_file (const char *dir, const char *name, GBytes *bytes)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize)g_bytes_get_size (bytes),
                       &error);
  g_assert_no_error (error);
}

static void
write_words (const char *dir)
{
  GString *text = g_string_new ("{");

  for (guint i = 0; i < VOCABULARY_SIZE; i++)
    g_string_append_printf (text, "%s\"w%u\": %u", i > 0 ? ", " : "", i, i);
  g_string_append_c (text, '}');
  g_autoptr (GBytes) bytes = g_string_free_to_bytes (text);
  write_file (dir, WORDS_FILE, bytes);
}

static char *
make_dir (void)
{
  g_autoptr (GError) error = NULL;
  char *dir = g_dir_make_tmp ("s2s-test-XXXXXX", &error);

  g_assert_no_error (error);
  return dir;
}

static GBytes *
read_file (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;
  char *content;
  gsize size;

  g_file_get_contents (path, &content, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (content, size);
}

/* A trained bundle, with the languages that are asked for */
static GBytes *
change_languages (const S2sTestBundle *bundle, GBytes *config)
{
  gsize size;
  const char *text = g_bytes_get_data (config, &size);
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  char *changed;

  g_assert_true (json_parser_load_from_data (parser, text, (gssize)size, NULL));
  root = json_parser_steal_root (parser);
  json_object_set_string_member (json_node_get_object (root), "source_language",
                                 or_default (bundle->source_language, "en"));
  json_object_set_string_member (json_node_get_object (root), "target_language",
                                 or_default (bundle->target_language, "zh"));
  changed = json_to_string (root, FALSE);
  return g_bytes_new_take (changed, strlen (changed));
}

static char *
copy_trained (const S2sTestBundle *bundle, const char *from)
{
  g_autoptr (GDir) folder = g_dir_open (from, 0, NULL);
  char *dir = make_dir ();
  const char *name;

  g_assert_nonnull (folder);
  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autoptr (GBytes) bytes = read_file (from, name);
    g_autoptr (GBytes) config =
        g_str_equal (name, "config.json") ? change_languages (bundle, bytes) : NULL;

    write_file (dir, name, config != NULL ? config : bytes);
  }
  return dir;
}

char *
s2s_test_bundle_new (const S2sTestBundle *bundle)
{
  if (g_getenv ("S2S_TEST_BUNDLE") != NULL)
    return copy_trained (bundle, g_getenv ("S2S_TEST_BUNDLE"));

  g_autoptr (S2sTestWeights) weights = s2s_test_weights_new (bundle->seed);
  g_autoptr (GError) error = NULL;
  char *text = make_config (bundle);
  g_autoptr (GBytes) json = g_bytes_new_take (text, strlen (text));
  g_autoptr (S2sConfig) config = s2s_config_new_from_bytes (json, &error);
  g_autoptr (GBytes) file = NULL;
  char *dir;

  g_assert_no_error (error);
  s2s_test_weights_add_network (weights, &config->hparams, SCALE);
  file = s2s_test_weights_to_bytes (weights, or_default (bundle->dtype, "F32"));
  dir = make_dir ();
  write_file (dir, "config.json", json);
  write_file (dir, "model.safetensors", file);
  if (bundle->has_words)
    write_words (dir);
  return dir;
}

void
s2s_test_bundle_remove (char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    g_assert_cmpint (g_remove (file), ==, 0);
  }
  g_assert_cmpint (g_rmdir (path), ==, 0);
  g_free (path);
}
