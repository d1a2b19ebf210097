/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-model-private.h"

#include "s2s-test-bundle.h"
#include "s2s-test-error.h"
#include "s2s-test-shortlist.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static char *
read_file (const char *dir, const char *name, gsize *ret_length)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;
  char *data;

  g_file_get_contents (path, &data, ret_length, &error);
  g_assert_no_error (error);
  return data;
}

static void
write_file (const char *dir, const char *name, const char *data, gsize length)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, data, (gssize)length, &error);
  g_assert_no_error (error);
}

static void
copy_data (const char *dir, const char *name)
{
  g_autofree char *data_dir = g_test_build_filename (G_TEST_DIST, "text", "data", NULL);
  gsize length;
  g_autofree char *data = read_file (data_dir, name, &length);

  write_file (dir, name, data, length);
}

/* Replaces part by another. The text of weights begins behind the length of their header. */
static void
change_file (const char *dir, const char *name, const char *part, const char *other)
{
  gsize length;
  g_autofree char *data = read_file (dir, name, &length);
  gsize start = g_str_has_suffix (name, ".safetensors") ? 8 : 0;
  char *place = g_strstr_len (data + start, (gssize)(length - start), part);
  g_autoptr (GString) changed = g_string_new_len (data, (gssize)length);

  g_assert_nonnull (place);
  g_string_erase (changed, place - data, (gssize)strlen (part));
  g_string_insert (changed, place - data, other);
  write_file (dir, name, changed->str, changed->len);
}

static void
assert_probe_fails (const char *dir, S2sError code, const char *file, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *start = g_strdup_printf ("%s%s%s: ", dir, *file != '\0' ? "/" : "", file);
  char untouched[] = "";
  char *source = untouched, **targets = &source;

  g_assert_false (s2s_model_probe (dir, &source, &targets, &error));
  s2s_test_assert_error (error, code, message);
  g_assert_true (g_str_has_prefix (error->message, start));
  g_assert_true (source == untouched && targets == &source);
}

static void
assert_load_fails (const char *dir, S2sError code, const char *file, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *start = g_strdup_printf ("%s%s%s: ", dir, *file != '\0' ? "/" : "", file);

  g_assert_null (s2s_model_new_from_dir (dir, &error));
  s2s_test_assert_error (error, code, message);
  g_assert_true (g_str_has_prefix (error->message, start));
}

static void
test_load (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.source_language = "de", .seed = 7});
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (dir, &error);

  g_assert_no_error (error);
  s2s_test_bundle_remove (dir);

  g_assert_cmpstr (s2s_model_get_name (model), ==, "test");
  g_assert_cmpstr (s2s_model_get_task (model), ==, "translate");
  g_assert_cmpstr (s2s_model_get_source_language (model), ==, "de");
  g_assert_cmpstr (s2s_model_get_target_language (model), ==, "zh");
  g_assert_cmpstrv (s2s_model_get_target_languages (model), ((const char *const[]){"zh", NULL}));
  g_assert_cmpstr (s2s_model_get_arch (model)->name, ==, "rnn");
  g_assert_nonnull (s2s_model_get_net (model));
  g_assert_cmpuint (s2s_model_get_hparams (model)->rnn.hidden_size, ==, 16);
  g_assert_cmpuint (s2s_model_get_decoding_defaults (model)->beam_size, ==, 4);
  g_assert_cmpuint (s2s_tokenizer_get_size (s2s_model_get_source_tokenizer (model)), ==, 260);
  g_assert_cmpuint (s2s_tokenizer_get_size (s2s_model_get_target_tokenizer (model)), ==, 260);
  /* both embeddings and the generator alone */
  g_assert_cmpuint (s2s_model_get_weights_size (model), >, 260 * (12 + 12 + 10) * 2);
  g_assert_cmpuint (s2s_model_get_weights_size (model), <, 1024 * 1024);
}

static void
test_probe (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){
      .source_language = "de",
      .target_language = "fr",
      .language_tokens = "{\"es\": 7, \"fr\": 9}",
  });
  g_autofree char *weights = g_build_filename (dir, "model.safetensors", NULL);
  g_autofree char *source = NULL;
  g_auto (GStrv) targets = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (s2s_model_probe (dir, &source, &targets, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (source, ==, "de");
  g_assert_cmpstrv (targets, ((const char *const[]){"fr", "es", NULL}));
  g_assert_true (s2s_model_probe (dir, NULL, NULL, NULL));

  write_file (dir, "model.safetensors", "", 0); /* it is not read */
  g_assert_true (s2s_model_probe (dir, NULL, NULL, NULL));
  g_assert_cmpint (g_remove (weights), ==, 0);
  assert_probe_fails (dir, S2S_ERROR_NOT_FOUND, "model.safetensors", "no such file");
  g_assert_cmpint (g_mkdir (weights, 0700), ==, 0);
  assert_probe_fails (dir, S2S_ERROR_IO, "model.safetensors", "not a regular file");
  s2s_test_bundle_remove (dir);
}

static void
test_probe_missing (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 1});
  g_autofree char *nowhere = g_build_filename (dir, "nowhere", NULL);
  g_autofree char *config = g_build_filename (dir, "config.json", NULL);

  assert_probe_fails (nowhere, S2S_ERROR_NOT_FOUND, "", "no such directory");
  assert_probe_fails (config, S2S_ERROR_NOT_FOUND, "", "not a directory");
  g_assert_cmpint (g_remove (config), ==, 0);
  assert_probe_fails (dir, S2S_ERROR_NOT_FOUND, "config.json", "no such file");
  s2s_test_bundle_remove (dir);
}

static void
test_describe (void)
{
  static const char *const lines[] = {
      "name: test",
      "task: translate",
      "languages: en to zh",
      "architecture: rnn of gru cells",
      "embeddings: 12 values, tied: none",
      "encoder: layers: 2, units: 16, first-bidirectional, residual",
      "bridge: dense",
      "decoder: layers: 2, units: 16, output: 10, residual, input feeding",
      "attention: additive of 16 values",
      "source tokenizer: bytes, tokens: 260, rows of the embedding: 260",
      "target tokenizer: bytes, tokens: 260, rows of the embedding: 260",
      "beam: 4",
      "length normalization: average, penalty: 1",
      "end of the search: proven",
      "longest source: 128 tokens",
      "longest target: 3 × source + 10 tokens",
  };
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.cell = "gru",
                                                    .encoder_direction = "first-bidirectional",
                                                    .bridge = "dense",
                                                    .attention = "additive",
                                                    .layers = 2,
                                                    .input_feeding = TRUE,
                                                    .residual = TRUE});
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (dir, &error);

  s2s_test_bundle_remove (dir);
  g_assert_no_error (error);

  g_autofree char *text = s2s_model_describe (model);
  g_auto (GStrv) got = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (got), ==, G_N_ELEMENTS (lines) + 2);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    g_assert_cmpstr (got[i], ==, lines[i]);
  g_assert_true (g_str_has_prefix (got[G_N_ELEMENTS (lines)], "weights in memory: "));
  g_assert_cmpstr (got[G_N_ELEMENTS (lines) + 1], ==, "");
}

/* What a source has beside its text, and what is looked at */
static void
test_describe_source (void)
{
  static const char *const lines[] = {
      "decoded at once: whole texts",
      "lengths: 0.4 to 1.5, tokens: 2, unless asked for: 0.7",
      "earlier texts: 3, parted by token 128, <0x7C>",
      "results are looked at for what they have lost",
  };
  char *dir = s2s_test_bundle_new (
      &(S2sTestBundle){.target_language = "en",
                       .keys = "\"length_tokens\": [{\"ratio\": 0.4, \"token\": 5}, "
                               "{\"ratio\": 1.5, \"token\": 6}], \"source_unit\": \"text\", "
                               "\"context\": {\"separator_token\": 128, \"turns\": 3}, "
                               "\"keeps\": {\"names\": true}",
                       .decoding = "\"length_ratio\": 0.7"});
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (dir, &error);

  s2s_test_bundle_remove (dir);
  g_assert_no_error (error);
  g_autofree char *text = s2s_model_describe (model);
  g_auto (GStrv) got = g_strsplit (text, "\n", -1);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    g_assert_true (g_strv_contains ((const char *const *)got, lines[i]));
}

static void
test_describe_nematus (void)
{
  static const char *const lines[] = {
      "architecture: nematus of 16 units, layer norm: joint",
      "embeddings: 12 values, tied: none",
      "encoder: layers: 2 of 2 gru cells, alternating, residual",
      "decoder: layers: 2, the first of 3 gru cells, others of 1, residual",
      "attention: additive of 32 values",
      "source tokenizer: bytes, tokens: 260, rows of the embedding: 260",
  };
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.architecture = "nematus",
                                                    .encoder_direction = "alternating",
                                                    .residual = TRUE,
                                                    .layers = 2});
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (dir, &error);

  s2s_test_bundle_remove (dir);
  g_assert_no_error (error);

  g_autofree char *text = s2s_model_describe (model);
  g_auto (GStrv) got = g_strsplit (text, "\n", -1);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    g_assert_cmpstr (got[3 + i], ==, lines[i]);
}

static void
test_describe_transformer (void)
{
  static const char *const lines[] = {
      "languages: en to zh",
      "architecture: transformer of 16 values, heads: 4, norm: pre",
      "embeddings: tied: none, positions: sinusoidal-half-split",
      "layers: encoder: 2, decoder: 2, ssru",
      "feed-forward: 32 values, relu",
      "source tokenizer: bytes, tokens: 260, rows of the embedding: 260",
  };
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){
      .architecture = "transformer", .norm = "pre", .autoregression = "ssru", .layers = 2});
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (dir, &error);

  s2s_test_bundle_remove (dir);
  g_assert_no_error (error);
  g_assert_cmpstr (s2s_model_get_arch (model)->name, ==, "transformer");

  g_autofree char *text = s2s_model_describe (model);
  g_auto (GStrv) got = g_strsplit (text, "\n", -1);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    g_assert_cmpstr (got[2 + i], ==, lines[i]);
}

static void
test_dtypes (void)
{
  static const char *const dtypes[] = {"F32", "F16", "BF16"};

  for (gsize i = 0; i < G_N_ELEMENTS (dtypes); i++) {
    char *dir = s2s_test_bundle_new (&(S2sTestBundle){.dtype = dtypes[i]});
    g_autoptr (GError) error = NULL;
    g_autoptr (S2sModel) model = s2s_model_new_from_dir (dir, &error);

    s2s_test_bundle_remove (dir);
    g_assert_no_error (error);
    g_assert_nonnull (model);
  }
}

static gpointer
use_often (gpointer data)
{
  S2sModel *model = data;

  for (guint i = 0; i < 10000; i++) {
    S2sModel *mine = s2s_model_ref (model);

    g_assert_cmpstr (s2s_model_get_name (mine), ==, "test");
    s2s_model_unref (mine);
  }
  s2s_model_unref (model);
  return NULL;
}

static void
test_ref (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.layers = 1});
  S2sModel *model = s2s_model_new_from_dir (dir, NULL);
  GThread *threads[4];

  s2s_test_bundle_remove (dir);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("use", use_often, s2s_model_ref (model));
  s2s_model_unref (model);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static void
test_not_found (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 1});
  g_autofree char *missing = g_build_filename (dir, "nowhere", NULL);
  g_autofree char *file = g_build_filename (dir, "config.json", NULL);
  g_autofree char *weights = g_build_filename (dir, "model.safetensors", NULL);

  assert_load_fails (missing, S2S_ERROR_NOT_FOUND, "", "no such directory");
  assert_load_fails ("", S2S_ERROR_NOT_FOUND, "", "no such directory");
  assert_load_fails (file, S2S_ERROR_NOT_FOUND, "", "not a directory");
  g_assert_cmpint (g_remove (weights), ==, 0);
  assert_load_fails (dir, S2S_ERROR_NOT_FOUND, "model.safetensors", "no such file");
  g_assert_cmpint (g_mkdir (weights, 0700), ==, 0);
  assert_load_fails (dir, S2S_ERROR_IO, "model.safetensors", "not a regular file");
  g_assert_cmpint (g_remove (file), ==, 0);
  assert_load_fails (dir, S2S_ERROR_NOT_FOUND, "config.json", "no such file");
  s2s_test_bundle_remove (dir);
}

typedef struct {
  const char *name;
  const char *file;
  const char *part;
  const char *other;
  S2sError code;
  const char *message;
} Case;

/* In the weights the other part is as long as the one that it replaces. */
static const Case broken[] = {
    {"version", "config.json", "version\": 1", "version\": 9", S2S_ERROR_UNSUPPORTED,
     "“format_version” is 9"},
    {"architecture", "config.json", "\"rnn\"", "\"cnn\"", S2S_ERROR_UNSUPPORTED,
     "unknown architecture “cnn”"},
    {"not-json", "config.json", "{", "<", S2S_ERROR_FORMAT, "not JSON"},
    {"dtype", "model.safetensors", "F32", "U32", S2S_ERROR_UNSUPPORTED, "dtype is “U32”"},
    {"ids", "model.safetensors", "F32", "I32", S2S_ERROR_FORMAT,
     "tensor “source_embedding.weight”: dtype is I32, expected F32, F16, BF16 or I8"},
    {"shape", "model.safetensors", "[260,12]", "[12,260]", S2S_ERROR_FORMAT,
     "tensor “source_embedding.weight”: shape is [12, 260], expected [260, 12]"},
    {"missing", "model.safetensors", "\"output.bias\"", "\"output.bios\"", S2S_ERROR_FORMAT,
     "tensor “output.bias” of shape [10] is missing"},
    {"header", "model.safetensors", "{\"", "[\"", S2S_ERROR_FORMAT, "expected an object"},
};

static void
test_broken (gconstpointer data)
{
  const Case *row = data;
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 2});

  change_file (dir, row->file, row->part, row->other);
  if (g_str_equal (row->file, "config.json"))
    assert_probe_fails (dir, row->code, row->file, row->message);
  assert_load_fails (dir, row->code, row->file, row->message);
  s2s_test_bundle_remove (dir);
}

/* A smaller network asks for fewer tensors than there are. */
static void
test_extra (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.layers = 2});

  change_file (dir, "config.json", "\"decoder_layers\": 2", "\"decoder_layers\": 1");
  g_autoptr (GError) error = NULL;
  g_assert_null (s2s_model_new_from_dir (dir, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "4 tensors that do not belong here");
  g_assert_nonnull (strstr (error->message, "“decoder.layers.1.weight_ih”"));
  s2s_test_bundle_remove (dir);
}

static void
test_nan (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 3});
  gsize length;
  g_autofree char *data = read_file (dir, "model.safetensors", &length);

  memset (data + length - 4, 0xff, 4);
  write_file (dir, "model.safetensors", data, length);
  assert_load_fails (dir, S2S_ERROR_FORMAT, "model.safetensors",
                     "tensor “generator.bias”: element 259 is NaN or infinite");
  s2s_test_bundle_remove (dir);
}

static void
test_truncated (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 4});
  gsize length;
  g_autofree char *data = read_file (dir, "model.safetensors", &length);
  const gsize lengths[] = {0, 7, 8, 100, length / 2, length - 1};

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    write_file (dir, "model.safetensors", data, lengths[i]);
    assert_load_fails (dir, S2S_ERROR_FORMAT, "model.safetensors", "expected");
  }
  write_file (dir, "config.json", "", 0);
  assert_load_fails (dir, S2S_ERROR_FORMAT, "config.json", "not JSON");
  s2s_test_bundle_remove (dir);
}

/* Gives the test bundle, which has 260 rows, a plain vocabulary of n_tokens for its target. */
static char *
new_with_vocabulary (guint n_tokens)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 5});
  g_autoptr (GString) vocabulary = g_string_new ("{");

  for (guint i = 0; i < n_tokens; i++)
    g_string_append_printf (vocabulary, "%s\"t%u\": %u", i > 0 ? ", " : "", i, i);
  g_string_append (vocabulary, "}");
  write_file (dir, "words.json", vocabulary->str, vocabulary->len);
  change_file (dir, "config.json", "\"target_tokenizer\": {\"type\": \"bytes\"",
               "\"target_tokenizer\": {\"type\": \"plain\", \"file\": \"words.json\", \"bos\": 1, "
               "\"eos\": 2");
  return dir;
}

static void
test_vocabulary_size (void)
{
  static const guint sizes[] = {3, 259, 260};
  char *dir;

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GError) error = NULL;

    dir = new_with_vocabulary (sizes[i]);
    g_autoptr (S2sModel) model = s2s_model_new_from_dir (dir, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (s2s_tokenizer_get_size (s2s_model_get_target_tokenizer (model)), ==,
                      sizes[i]);
    s2s_test_bundle_remove (dir);
  }
  dir = new_with_vocabulary (261);
  assert_load_fails (dir, S2S_ERROR_FORMAT, "words.json",
                     "261 tokens, expected at most the 260 of target_vocabulary_size");
  s2s_test_bundle_remove (dir);

  dir = new_with_vocabulary (2);
  assert_load_fails (dir, S2S_ERROR_FORMAT, "words.json", "“eos” is 2, expected -1 to 1");
  s2s_test_bundle_remove (dir);
}

static void
test_bytes_size (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 6});

  change_file (dir, "config.json", "source_vocabulary_size\": 260",
               "source_vocabulary_size\": 259");
  assert_load_fails (dir, S2S_ERROR_FORMAT, "config.json",
                     "260 tokens, expected at most the 259 of source_vocabulary_size");
  s2s_test_bundle_remove (dir);
}

static void
test_spm (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 7});

  change_file (dir, "config.json", "\"source_tokenizer\": {\"type\": \"bytes\"",
               "\"source_tokenizer\": {\"type\": \"sentencepiece\", \"file\": \"identity.spm\", "
               "\"pad\": 0, \"unk\": 1, \"bos\": 2, \"eos\": 3");
  assert_load_fails (dir, S2S_ERROR_NOT_FOUND, "identity.spm", "no such file");
  assert_probe_fails (dir, S2S_ERROR_NOT_FOUND, "identity.spm", "no such file");
  copy_data (dir, "identity.spm");
  assert_load_fails (dir, S2S_ERROR_FORMAT, "identity.spm", "420 tokens, expected at most the 260");
  write_file (dir, "identity.spm", "\x0a\x09", 2);
  assert_load_fails (dir, S2S_ERROR_FORMAT, "identity.spm", "not a SentencePiece model");
  s2s_test_bundle_remove (dir);
}

static void
test_spm_vocabulary (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 7});

  change_file (dir, "config.json", "\"source_tokenizer\": {\"type\": \"bytes\"",
               "\"source_tokenizer\": {\"type\": \"sentencepiece\", \"file\": \"closed.spm\", "
               "\"vocabulary\": \"words.json\", \"unk\": 1, \"eos\": 0");
  copy_data (dir, "closed.spm");
  assert_load_fails (dir, S2S_ERROR_NOT_FOUND, "words.json", "no such file");
  assert_probe_fails (dir, S2S_ERROR_NOT_FOUND, "words.json", "no such file");
  write_file (dir, "words.json", "{\"</s>\": 0}", 11);
  assert_load_fails (dir, S2S_ERROR_FORMAT, "words.json", "“unk” is 1, expected -1 to 0");
  write_file (dir, "words.json", "{\"</s>\": 0, \"<unk>\": 1, \"e\": 2}", 31);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (dir, &error);
  g_assert_no_error (error);
  g_autofree char *text = s2s_model_describe (model);
  g_assert_nonnull (strstr (text, "\nsource tokenizer: sentencepiece closed.spm with words.json, "
                                  "tokens: 3, rows of the embedding: 260\n"));
  write_file (dir, "closed.spm", "\x0a\x09", 2);
  assert_load_fails (dir, S2S_ERROR_FORMAT, "closed.spm", "not a SentencePiece model");
  s2s_test_bundle_remove (dir);
}

/* 261 tokens are one too many of the vocabulary, whatever the model has. */
static void
test_spm_vocabulary_size (void)
{
  char *dir = new_with_vocabulary (261);

  copy_data (dir, "closed.spm");
  change_file (dir, "config.json", "\"plain\", \"file\": \"words.json\"",
               "\"sentencepiece\", \"file\": \"closed.spm\", \"vocabulary\": \"words.json\"");
  assert_load_fails (dir, S2S_ERROR_FORMAT, "words.json",
                     "261 tokens, expected at most the 260 of target_vocabulary_size");
  s2s_test_bundle_remove (dir);
}

static void
test_shortlist (void)
{
  static const gint32 source[] = {4, 259}, expected[] = {3, 4, 5, 6, 7, 8, 9};
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 8});
  g_autoptr (S2sModel) without = s2s_model_new_from_dir (dir, NULL);
  g_autoptr (GError) error = NULL;

  s2s_test_shortlist_add_any (dir);
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (dir, &error);
  g_assert_no_error (error);
  s2s_test_bundle_remove (dir);
  g_assert_null (s2s_model_get_shortlist (without));

  const S2sShortlist *list = s2s_model_get_shortlist (model);
  S2sShortlistScratch scratch;
  gint32 ids[260];
  s2s_shortlist_scratch_init (&scratch, list);
  /* all bytes, since some of the tokens are such */
  g_assert_cmpuint (s2s_shortlist_collect (list, &scratch, source, 2, NULL, 0, ids), ==, 257);
  g_assert_cmpmem (ids, sizeof expected, expected, sizeof expected);
  s2s_shortlist_scratch_clear (&scratch);

  g_autofree char *text = s2s_model_describe (model);
  g_assert_nonnull (
      strstr (text, "\nshortlist: common tokens: 2, of a source token: 2.0, used: no\n"));
}

static void
test_shortlist_broken (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 9});
  g_autofree char *path = g_build_filename (dir, "shortlist.safetensors", NULL);

  s2s_test_shortlist_add_any (dir);
  change_file (dir, "shortlist.safetensors", ", \"shape\": [261]", ",\"shape\":[261,1]");
  assert_load_fails (dir, S2S_ERROR_FORMAT, "shortlist.safetensors",
                     "tensor “starts”: shape is [261, 1], expected [261]");
  g_assert_true (s2s_model_probe (dir, NULL, NULL, NULL)); /* it is not read */
  g_assert_cmpint (truncate (path, 268435457), ==, 0);
  assert_load_fails (dir, S2S_ERROR_FORMAT, "shortlist.safetensors",
                     "268435457 bytes, expected at most 268435456");
  g_assert_cmpint (g_remove (path), ==, 0);
  assert_load_fails (dir, S2S_ERROR_NOT_FOUND, "shortlist.safetensors", "no such file");
  assert_probe_fails (dir, S2S_ERROR_NOT_FOUND, "shortlist.safetensors", "no such file");
  s2s_test_bundle_remove (dir);
}

/* Files of holes; the large ones are refused unread. */
static void
test_too_large (void)
{
  static const struct {
    const char *file;
    gint64 size;
    const char *message;
  } rows[] = {
      {"model.safetensors", G_GINT64_CONSTANT (8589934593), "8589934593 bytes, expected at most 8"},
      {"words.json", 67108865, "67108865 bytes, expected at most 67108864"},
      {"config.json", 1048577, "1048577 bytes, expected at most 1048576"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    char *dir = new_with_vocabulary (260);
    g_autofree char *path = g_build_filename (dir, rows[i].file, NULL);

    g_assert_cmpint (truncate (path, rows[i].size), ==, 0);
    assert_load_fails (dir, S2S_ERROR_FORMAT, rows[i].file, rows[i].message);
    assert_probe_fails (dir, S2S_ERROR_FORMAT, rows[i].file, rows[i].message);
    s2s_test_bundle_remove (dir);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/load", test_load);
  g_test_add_func ("/model/probe", test_probe);
  g_test_add_func ("/model/probe-missing", test_probe_missing);
  g_test_add_func ("/model/describe", test_describe);
  g_test_add_func ("/model/describe/source", test_describe_source);
  g_test_add_func ("/model/describe/transformer", test_describe_transformer);
  g_test_add_func ("/model/describe/nematus", test_describe_nematus);
  g_test_add_func ("/model/dtypes", test_dtypes);
  g_test_add_func ("/model/ref", test_ref);
  g_test_add_func ("/model/not-found", test_not_found);
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autofree char *path = g_strconcat ("/model/broken/", broken[i].name, NULL);

    g_test_add_data_func (path, &broken[i], test_broken);
  }
  g_test_add_func ("/model/broken/extra", test_extra);
  g_test_add_func ("/model/broken/nan", test_nan);
  g_test_add_func ("/model/broken/truncated", test_truncated);
  g_test_add_func ("/model/vocabulary-size", test_vocabulary_size);
  g_test_add_func ("/model/too-large", test_too_large);
  g_test_add_func ("/model/bytes-size", test_bytes_size);
  g_test_add_func ("/model/spm", test_spm);
  g_test_add_func ("/model/spm/vocabulary", test_spm_vocabulary);
  g_test_add_func ("/model/spm/vocabulary-size", test_spm_vocabulary_size);
  g_test_add_func ("/model/shortlist", test_shortlist);
  g_test_add_func ("/model/broken/shortlist", test_shortlist_broken);
  return g_test_run ();
}
