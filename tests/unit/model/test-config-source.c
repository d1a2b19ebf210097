/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-config.h"

#include "s2s-test-error.h"

#include <string.h>

/* What a source has beside its text, and what has to be kept of it. */

#define WHOLE                                                                                      \
  "{\"format_version\": 1, \"name\": \"short\", \"task\": \"condense\", "                          \
  "\"source_language\": \"en-US\", \"target_language\": \"%s\", \"architecture\": \"rnn\", "       \
  "\"hyperparameters\": {\"source_vocabulary_size\": 300, \"target_vocabulary_size\": 400, "       \
  "\"embedding_size\": 24, \"hidden_size\": 32, \"cell\": \"gru\", \"encoder_layers\": 1, "        \
  "\"decoder_layers\": 1, \"encoder_direction\": \"forward\", \"attention\": \"dot\", "            \
  "\"output_size\": 24}, \"source_tokenizer\": {\"type\": \"sentencepiece\", \"file\": \"a\"%s}, " \
  "\"target_tokenizer\": {\"type\": \"plain\", \"file\": \"b\", \"bos\": 2, \"eos\": 3}%s%s}"

static S2sConfig *
parse_with (const char *target_language, const char *eos, const char *keys, GError **error)
{
  g_autofree char *text =
      g_strdup_printf (WHOLE, target_language, eos, keys[0] != '\0' ? ", " : "", keys);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return s2s_config_new_from_bytes (bytes, error);
}

static S2sConfig *
parse (const char *keys, GError **error)
{
  return parse_with ("en", ", \"eos\": 3", keys, error);
}

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = parse ("", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (config->n_length_tokens, ==, 0);
  g_assert_cmpfloat (config->decoding.length_ratio, ==, 0);
  g_assert_cmpuint (config->context_turns, ==, 0);
  g_assert_cmpint (config->context_separator, ==, -1);
  g_assert_false (config->whole_texts);
  g_assert_null (config->keeper);
}

#define LENGTHS                                                                                    \
  "\"length_tokens\": [{\"ratio\": 0.4, \"token\": 299}, {\"token\": 0, \"ratio\": 1}, "           \
  "{\"ratio\": 10, \"token\": 5}]"

static void
test_lengths (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = parse (LENGTHS, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (config->n_length_tokens, ==, 3);
  g_assert_cmpfloat (config->length_tokens[0].ratio, ==, 0.4);
  g_assert_cmpint (config->length_tokens[0].token, ==, 299);
  g_assert_cmpfloat (config->length_tokens[1].ratio, ==, 1);
  g_assert_cmpint (config->length_tokens[1].token, ==, 0);
  g_assert_cmpint (config->length_tokens[2].token, ==, 5);
  g_assert_cmpfloat (config->decoding.length_ratio, ==, 10);

  g_autoptr (S2sConfig) other = parse (LENGTHS ", \"decoding\": {\"length_ratio\": 0.7}", &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (other->decoding.length_ratio, ==, 0.7);

  g_autoptr (S2sConfig) none = parse ("\"length_tokens\": []", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->n_length_tokens, ==, 0);
}

static void
test_context (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = parse (
      "\"context\": {\"separator_token\": 9, \"turns\": 16}, \"source_unit\": \"text\"", &error);

  g_assert_no_error (error);
  g_assert_cmpint (config->context_separator, ==, 9);
  g_assert_cmpuint (config->context_turns, ==, 16);
  g_assert_true (config->whole_texts);

  g_autoptr (S2sConfig) other = parse ("\"source_unit\": \"sentence\"", &error);
  g_assert_no_error (error);
  g_assert_false (other->whole_texts);
}

static gboolean
keeps (const S2sKeeper *keeper, const char *source, const char *output)
{
  g_autoptr (S2sKept) kept = s2s_keeper_note (keeper, source, strlen (source));

  return s2s_kept_is_in (kept, output, strlen (output));
}

static void
test_keeps (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = parse_with (
      "EN-gb", "",
      "\"keeps\": {\"numbers\": true, \"names\": true, \"openers\": [\"Well\"], \"words\": "
      "[\"Two\"], "
      "\"word_sets\": "
      "[{\"name\": \"negations\", \"words\": [\"not\", \"n't\"]}, {\"name\": \"none\", \"words\": "
      "[]}]}",
      &error);

  g_assert_no_error (error);
  g_assert_nonnull (config->keeper);
  g_assert_true (keeps (config->keeper, "Well, I don't.", "I do not."));
  g_assert_false (keeps (config->keeper, "Well, I don't.", "I do."));
  g_assert_false (keeps (config->keeper, "Anna left.", "She left."));
  g_assert_false (keeps (config->keeper, "at 5", "at 6"));
  g_assert_false (keeps (config->keeper, "at two", "at three"));

  g_autoptr (S2sConfig) empty = parse ("\"keeps\": {}", &error);
  g_assert_no_error (error);
  g_assert_true (keeps (empty->keeper, "Anna did not at 5.", ""));
}

typedef struct {
  const char *keys;
  S2sError code;
  const char *message;
} Case;

static void
assert_broken (const Case *rows, gsize n_rows)
{
  for (gsize i = 0; i < n_rows; i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (parse (rows[i].keys, &error));
    s2s_test_assert_error (error, rows[i].code, rows[i].message);
  }
}

static void
test_broken (void)
{
  static const Case rows[] = {
      {"\"length_tokens\": {}", S2S_ERROR_FORMAT, "“length_tokens” is not an array"},
      {"\"length_tokens\": [4]", S2S_ERROR_FORMAT, "item 0 of “length_tokens” is not an object"},
      {"\"length_tokens\": [{\"token\": 4}]", S2S_ERROR_FORMAT,
       "length_tokens: item 0: “ratio” is missing"},
      {"\"length_tokens\": [{\"ratio\": 1}]", S2S_ERROR_FORMAT,
       "length_tokens: item 0: “token” is missing"},
      {"\"length_tokens\": [{\"ratio\": 0, \"token\": 4}]", S2S_ERROR_FORMAT, "“ratio” is 0"},
      {"\"length_tokens\": [{\"ratio\": 10.5, \"token\": 4}]", S2S_ERROR_FORMAT, "“ratio” is 10.5"},
      {"\"length_tokens\": [{\"ratio\": \"1\", \"token\": 4}]", S2S_ERROR_FORMAT,
       "“ratio” is not a number"},
      {"\"length_tokens\": [{\"ratio\": 1, \"token\": 300}]", S2S_ERROR_FORMAT,
       "length_tokens: item 0: “token” is 300, expected 0 to 299"},
      {"\"length_tokens\": [{\"ratio\": 1, \"token\": -1}]", S2S_ERROR_FORMAT, "“token” is -1"},
      {"\"length_tokens\": [{\"ratio\": 1, \"token\": 4, \"name\": 1}]", S2S_ERROR_FORMAT,
       "length_tokens: item 0: unknown key “name”"},
      {"\"length_tokens\": [{\"ratio\": 1, \"token\": 4}, {\"ratio\": 1, \"token\": 5}]",
       S2S_ERROR_FORMAT, "length_tokens: item 1: “ratio” is 1, expected more than the 1 before"},
      {"\"decoding\": {\"length_ratio\": 1}", S2S_ERROR_FORMAT,
       "decoding: “length_ratio” is there, expected it with “length_tokens” alone"},
      {LENGTHS ", \"decoding\": {\"length_ratio\": 0}", S2S_ERROR_FORMAT, "“length_ratio” is 0"},
      {LENGTHS ", \"decoding\": {\"length_ratio\": 11}", S2S_ERROR_FORMAT, "“length_ratio” is 11"},
      {LENGTHS ", \"decoding\": {\"max_source_length\": 2}", S2S_ERROR_FORMAT,
       "“max_source_length” is 2, expected at least 3"},
      {LENGTHS ", \"target_language_tokens\": {\"en\": 1}, \"decoding\": {\"max_source_length\": "
               "3}",
       S2S_ERROR_FORMAT, "“max_source_length” is 3, expected at least 4"},
      {"\"context\": 1", S2S_ERROR_FORMAT, "“context” is not an object"},
      {"\"context\": {\"turns\": 1}", S2S_ERROR_FORMAT, "context: “separator_token” is missing"},
      {"\"context\": {\"separator_token\": 9}", S2S_ERROR_FORMAT, "context: “turns” is missing"},
      {"\"context\": {\"separator_token\": 300, \"turns\": 1}", S2S_ERROR_FORMAT,
       "context: “separator_token” is 300, expected 0 to 299"},
      {"\"context\": {\"separator_token\": 9, \"turns\": 0}", S2S_ERROR_FORMAT,
       "context: “turns” is 0, expected 1 to 16"},
      {"\"context\": {\"separator_token\": 9, \"turns\": 17}", S2S_ERROR_FORMAT, "“turns” is 17"},
      {"\"context\": {\"separator_token\": 9, \"turns\": 1, \"turn\": 1}", S2S_ERROR_FORMAT,
       "context: unknown key “turn”"},
      {"\"source_unit\": \"word\"", S2S_ERROR_UNSUPPORTED,
       "“source_unit” is “word”, expected one of: sentence, text"},
  };

  assert_broken (rows, G_N_ELEMENTS (rows));
}

static void
test_broken_keeps (void)
{
#define SETS(sets) "\"keeps\": {\"word_sets\": " sets "}"
  static const Case rows[] = {
      {"\"keeps\": []", S2S_ERROR_FORMAT, "“keeps” is not an object"},
      {"\"keeps\": {\"number\": true}", S2S_ERROR_FORMAT, "keeps: unknown key “number”"},
      {"\"keeps\": {\"numbers\": 1}", S2S_ERROR_FORMAT, "keeps: “numbers” is not true or false"},
      {"\"keeps\": {\"names\": \"yes\"}", S2S_ERROR_FORMAT, "keeps: “names” is not true or false"},
      {"\"keeps\": {\"openers\": \"well\"}", S2S_ERROR_FORMAT, "“openers” is not an array"},
      {"\"keeps\": {\"words\": [\"two \"]}", S2S_ERROR_FORMAT,
       "keeps: item 0 of “words” is “two ”, expected one word"},
      {"\"keeps\": {\"openers\": [\"well\", 1]}", S2S_ERROR_FORMAT,
       "keeps: item 1 of “openers” is not a string"},
      {"\"keeps\": {\"openers\": [\"well\", \"oh well\"]}", S2S_ERROR_FORMAT,
       "keeps: item 1 of “openers” is “oh well”, expected one word"},
      {SETS ("{}"), S2S_ERROR_FORMAT, "keeps: “word_sets” is not an array"},
      {SETS ("[1]"), S2S_ERROR_FORMAT, "keeps: item 0 of “word_sets” is not an object"},
      {SETS ("[{\"words\": []}]"), S2S_ERROR_FORMAT,
       "keeps: item 0 of “word_sets”: “name” is missing"},
      {SETS ("[{\"name\": \"a\"}]"), S2S_ERROR_FORMAT,
       "keeps: item 0 of “word_sets”: “words” is missing"},
      {SETS ("[{\"name\": \"a\", \"words\": [\"\"]}]"), S2S_ERROR_FORMAT,
       "keeps: item 0 of “word_sets”: item 0 of “words” is “”, expected one word"},
      {SETS ("[{\"name\": \"a\", \"words\": [], \"word\": 1}]"), S2S_ERROR_FORMAT,
       "keeps: item 0 of “word_sets”: unknown key “word”"},
  };

  assert_broken (rows, G_N_ELEMENTS (rows));
  g_autoptr (GError) error = NULL;
  g_assert_null (parse_with ("eng", "", "\"keeps\": {}", &error));
  s2s_test_assert_error (
      error, S2S_ERROR_FORMAT,
      "keeps: the target language is “eng”, expected the source language “en-US”");
}

/* Of the items of a list: as many are taken, and one more is not. */
static void
test_most (void)
{
  for (guint n = 32; n <= 33; n++) {
    g_autoptr (GString) lengths = g_string_new ("\"length_tokens\": [");
    g_autoptr (GString) sets = g_string_new ("\"keeps\": {\"word_sets\": [");
    g_autoptr (GError) error = NULL;

    for (guint i = 1; i <= n; i++) {
      const char *end = i < n ? ", " : "]";

      g_string_append_printf (lengths, "{\"ratio\": %u.%u, \"token\": 7}%s", i / 10, i % 10, end);
      g_string_append_printf (sets, "{\"name\": \"s\", \"words\": []}%s", end);
    }
    g_string_append_c (sets, '}');
    g_autoptr (S2sConfig) config = parse (lengths->str, &error);
    if (n == 32) {
      g_assert_no_error (error);
      g_assert_cmpuint (config->n_length_tokens, ==, 32);
    } else
      s2s_test_assert_error (error, S2S_ERROR_FORMAT,
                             "“length_tokens” has 33 items, expected at most 32");
    g_clear_error (&error);
    g_autoptr (S2sConfig) other = parse (sets->str, &error);
    g_assert_true ((other != NULL) == (n == 32));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config-source/defaults", test_defaults);
  g_test_add_func ("/config-source/lengths", test_lengths);
  g_test_add_func ("/config-source/context", test_context);
  g_test_add_func ("/config-source/keeps", test_keeps);
  g_test_add_func ("/config-source/broken", test_broken);
  g_test_add_func ("/config-source/broken/keeps", test_broken_keeps);
  g_test_add_func ("/config-source/most", test_most);
  return g_test_run ();
}
