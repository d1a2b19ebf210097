/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-spm.h"
#include "text/s2s-tokenizer.h"

#include "s2s-test-error.h"

#include <string.h>

/* The pieces into which models cut these texts are told by SentencePiece's own Python package; see
 * make-spm.py. The vocabularies are made up. */

#define VOCABULARY                                                                                      \
  "{\"</s>\": 0, \"<unk>\": 1, \"▁the\": 2, \"▁Th\": 3, \"e\": 4, \"☃猫\": 5, \"▁x▁y\": 6, " \
  "\"▁\": 7, \"s\": 8, \"<s>\": 9, \"<0xE2>\": 10, \"#\": 11, \"</\": 12, \"<pad>\": 13}"
static const S2sSpecialTokens special = {13, 1, 13, 0};

static S2sTokenizer *
try_mapped (const char *name, const char *json, const S2sSpecialTokens *ids, GError **error)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "text", "data", name, NULL);
  g_autoptr (GBytes) vocabulary = g_bytes_new_static (json, strlen (json));
  g_autoptr (GError) local = NULL;
  char *data;
  gsize length;

  g_file_get_contents (path, &data, &length, &local);
  g_assert_no_error (local);
  g_autoptr (GBytes) model = g_bytes_new_take (data, length);
  S2sSpm *spm = s2s_spm_new (model, &local);
  g_assert_no_error (local);
  return s2s_tokenizer_new_mapped (spm, vocabulary, ids, error);
}

static S2sTokenizer *
new_mapped (const char *name, const char *json, const S2sSpecialTokens *ids)
{
  g_autoptr (GError) error = NULL;
  S2sTokenizer *tokenizer = try_mapped (name, json, ids, &error);

  g_assert_no_error (error);
  return tokenizer;
}

static void
assert_encodes (const S2sTokenizer *tokenizer, const char *text, gsize length,
                const gint32 *expected, gsize n_expected)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GError) error = NULL;

  s2s_tokenizer_encode (tokenizer, text, length, ids, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (ids->data, ids->len * sizeof (gint32), expected, n_expected * sizeof (gint32));
}

#define ASSERT_ENCODES(tokenizer, text, ...)                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    const gint32 expected[] = {__VA_ARGS__};                                                       \
    assert_encodes (tokenizer, text, sizeof text - 1, expected, G_N_ELEMENTS (expected));          \
  }                                                                                                \
  G_STMT_END

static void
assert_decodes (const S2sTokenizer *tokenizer, const gint32 *ids, gsize n, const char *expected)
{
  g_autofree char *text = s2s_tokenizer_decode (tokenizer, ids, n, NULL);

  g_assert_cmpstr (text, ==, expected);
}

#define ASSERT_DECODES(tokenizer, expected, ...)                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    const gint32 tokens[] = {__VA_ARGS__};                                                         \
    assert_decodes (tokenizer, tokens, G_N_ELEMENTS (tokens), expected);                           \
  }                                                                                                \
  G_STMT_END

/* “c”, “a” and “t” are pieces of the model that the vocabulary does not have, “☃猫” and “#” are
 * tokens that the model does not have, “$” is nowhere. */
static void
test_encode (void)
{
  g_autoptr (S2sTokenizer) tokenizer = new_mapped ("closed.spm", VOCABULARY, &special);

  g_assert_cmpuint (s2s_tokenizer_get_size (tokenizer), ==, 14);
  ASSERT_ENCODES (tokenizer, "The cat", 3, 4, 7, 1, 1, 1);
  ASSERT_ENCODES (tokenizer, "The the ☃猫 #s", 3, 4, 2, 7, 5, 7, 11, 8);
  ASSERT_ENCODES (tokenizer, "$s", 7, 1, 8);
  ASSERT_ENCODES (tokenizer, "#\0#s", 7, 1, 8);
  assert_encodes (tokenizer, "", 0, NULL, 0);
}

/* With the name of a special token in it a text does not end, whether the model knows the name or
 * not. */
static void
test_special (void)
{
  static const char json[] = "{\"#\": 0, \"<unk>\": 1, \"▁\": 2, \"s\": 3, \"e\": 4}";
  g_autoptr (S2sTokenizer) tokenizer =
      new_mapped ("closed.spm", json, &(S2sSpecialTokens){4, 1, 4, 0});
  g_autoptr (S2sTokenizer) strict =
      new_mapped ("closed.spm", json, &(S2sSpecialTokens){4, -1, 4, 0});
  g_autoptr (S2sTokenizer) usual = new_mapped ("closed.spm", VOCABULARY, &special);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GError) error = NULL;

  ASSERT_ENCODES (tokenizer, "#ses", 2, 1, 3, 1, 3);
  ASSERT_ENCODES (usual, "</s>", 7, 12, 8, 1);
  g_assert_false (s2s_tokenizer_encode (strict, "#", 1, ids, NULL, &error));
  s2s_test_assert_error (error, S2S_ERROR_INPUT, "“#” is not in the vocabulary");
  g_clear_error (&error);
  g_assert_false (s2s_tokenizer_encode (strict, "cat", 3, ids, NULL, &error));
  s2s_test_assert_error (error, S2S_ERROR_INPUT, "“c” is not in the vocabulary");
  g_assert_cmpuint (ids->len, ==, 0);
}

/* Blanks at both ends go, whoever knows the piece that they are in. */
static void
test_decode (void)
{
  g_autoptr (S2sTokenizer) tokenizer = new_mapped ("closed.spm", VOCABULARY, &special);

  ASSERT_DECODES (tokenizer, "The the", 13, 3, 4, 1, 2, 0, 99, -1);
  ASSERT_DECODES (tokenizer, "The x y☃猫 the", 3, 4, 6, 5, 2);
  ASSERT_DECODES (tokenizer, "x y", 6);
  ASSERT_DECODES (tokenizer, "x y the", 6, 2, 7, 7);
  ASSERT_DECODES (tokenizer, "<0xE2>s", 10, 8);
  ASSERT_DECODES (tokenizer, "", 7, 7);
  ASSERT_DECODES (tokenizer, "s", 9, 8); /* <s> is a control symbol of the model */
  assert_decodes (tokenizer, NULL, 0, "");
  g_assert_cmpstr (s2s_tokenizer_get_piece (tokenizer, 6), ==, "▁x▁y");
}

static void
test_spans (void)
{
  g_autoptr (S2sTokenizer) tokenizer = new_mapped ("closed.spm", VOCABULARY, &special);
  static const gint32 tokens[] = {7, 6, 0, 2, 7};
  static const gsize ends[] = {0, 3, 3, 7, 7};
  S2sSpan spans[G_N_ELEMENTS (tokens)];
  g_autofree char *text = s2s_tokenizer_decode (tokenizer, tokens, G_N_ELEMENTS (tokens), spans);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (S2sSpan));

  g_assert_cmpstr (text, ==, "x y the");
  for (gsize i = 0; i < G_N_ELEMENTS (tokens); i++) {
    g_assert_cmpuint (spans[i].start, ==, i > 0 ? ends[i - 1] : 0);
    g_assert_cmpuint (spans[i].end, ==, ends[i]);
  }

  g_assert_true (s2s_tokenizer_encode (tokenizer, "The #s", 6, ids, places, NULL));
  g_assert_cmpuint (places->len, ==, 5); /* ▁Th, e, ▁, #, s */
  g_assert_cmpuint (g_array_index (places, S2sSpan, 3).start, ==, 4);
  g_assert_cmpuint (g_array_index (places, S2sSpan, 3).end, ==, 5);
}

/* A token is a byte when the model says so, not by its name. */
static void
test_bytes (void)
{
  static const char json[] = "{\"<0x0A>\": 0, \"a\": 1, \"<unk>\": 2, \"</s>\": 3, \"<0xC3>\": 4, "
                             "\"<0xA9>\": 5, \"b\": 6}";
  const S2sSpecialTokens ids = {-1, 2, -1, 3};
  g_autoptr (S2sTokenizer) bytes = new_mapped ("identity.spm", json, &ids);
  g_autoptr (S2sTokenizer) none = new_mapped ("closed.spm", VOCABULARY, &special);

  g_assert_cmpint (s2s_tokenizer_get_byte (bytes, 0), ==, 0x0a);
  g_assert_cmpint (s2s_tokenizer_get_byte (bytes, 4), ==, 0xc3);
  g_assert_cmpint (s2s_tokenizer_get_byte (bytes, 1), ==, -1);
  g_assert_cmpint (s2s_tokenizer_get_byte (none, 10), ==, -1);
  ASSERT_ENCODES (bytes, "aéb", 1, 4, 5, 6);
  ASSERT_DECODES (bytes, "éb", 4, 5, 6);
  ASSERT_DECODES (bytes,
                  "a\xef\xbf\xbd"
                  "b",
                  1, 4, 6);
}

static void
test_broken (void)
{
  static const struct {
    const char *json;
    gint32 eos;
    const char *message;
  } rows[] = {
      {"", 0, "not JSON"},
      {"{\"a\": 0, \"b\": 2}", 0, "the id of token “b” is not a whole number from 0 to 1"},
      {"{\"a\": 0, \"b\": 0}", 0, "tokens “a” and “b” have the same id 0"},
      {"{\"a\": 0, \"b\": 1}", 2, "“eos” is 2, expected -1 to 1"},
      {"{}", 0, "“eos” is 0"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    S2sSpecialTokens ids = {-1, -1, -1, rows[i].eos};
    g_autoptr (GError) error = NULL;

    g_assert_null (try_mapped ("closed.spm", rows[i].json, &ids, &error));
    s2s_test_assert_error (error, S2S_ERROR_FORMAT, rows[i].message);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mapped/encode", test_encode);
  g_test_add_func ("/mapped/special", test_special);
  g_test_add_func ("/mapped/decode", test_decode);
  g_test_add_func ("/mapped/spans", test_spans);
  g_test_add_func ("/mapped/bytes", test_bytes);
  g_test_add_func ("/mapped/broken", test_broken);
  return g_test_run ();
}
