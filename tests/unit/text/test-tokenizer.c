/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-spm-check.h"
#include "text/s2s-tokenizer.h"

#include "s2s-test-error.h"

#include <string.h>

/* The ids of test models by SentencePiece's own Python package; see make-spm.py. */
static const S2sSpecialTokens identity_special = {0, 1, 2, 3};
static const S2sSpecialTokens folded_special = {-1, 0, -1, 2};

static GBytes *
read_data (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "text", "data", name, NULL);
  g_autoptr (GError) error = NULL;
  char *data;
  gsize length;

  g_file_get_contents (path, &data, &length, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (data, length);
}

static S2sTokenizer *
new_spm (const char *name, const S2sSpecialTokens *special)
{
  g_autoptr (GBytes) bytes = read_data (name);
  g_autoptr (GError) error = NULL;
  S2sTokenizer *tokenizer = s2s_tokenizer_new_sentencepiece (bytes, special, &error);

  g_assert_no_error (error);
  return tokenizer;
}

static S2sTokenizer *
new_plain (const char *json, gboolean characters, const S2sSpecialTokens *special)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (json, strlen (json));
  g_autoptr (GError) error = NULL;
  S2sTokenizer *tokenizer = s2s_tokenizer_new_plain (bytes, characters, special, &error);

  g_assert_no_error (error);
  return tokenizer;
}

static GArray *
encode (const S2sTokenizer *tokenizer, const char *text, gsize length)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GError) error = NULL;

  g_assert_true (s2s_tokenizer_encode (tokenizer, text, length, ids, NULL, &error));
  g_assert_no_error (error);
  return ids;
}

static void
assert_encodes (const S2sTokenizer *tokenizer, const char *text, gsize length,
                const gint32 *expected, gsize n_expected)
{
  g_autoptr (GArray) ids = encode (tokenizer, text, length);

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

static void
assert_round_trip (const S2sTokenizer *tokenizer, const char *text)
{
  g_autoptr (GArray) ids = encode (tokenizer, text, strlen (text));

  assert_decodes (tokenizer, (const gint32 *)ids->data, ids->len, text);
}

static void
test_bytes (void)
{
  g_autoptr (S2sTokenizer) tokenizer = s2s_tokenizer_new_bytes ();
  const S2sSpecialTokens *special = s2s_tokenizer_get_special_tokens (tokenizer);
  static const gint32 broken[] = {2, 4 + 'a', 4 + 0xe7, 4 + 0x8c, 1, 0, 260, -1, 4 + 'b', 3};

  g_assert_cmpuint (s2s_tokenizer_get_size (tokenizer), ==, 260);
  g_assert_cmpint (special->pad, ==, 0);
  g_assert_cmpint (special->unk, ==, 1);
  g_assert_cmpint (special->bos, ==, 2);
  g_assert_cmpint (special->eos, ==, 3);
  ASSERT_ENCODES (tokenizer, "a\0é", 4 + 'a', 4, 4 + 0xc3, 4 + 0xa9);
  assert_round_trip (tokenizer, "Naïve 猫 😀\n");
  assert_decodes (tokenizer, broken, G_N_ELEMENTS (broken),
                  "a\xef\xbf\xbd\xef\xbf\xbd"
                  "b");
  g_assert_cmpint (s2s_tokenizer_get_byte (tokenizer, 4), ==, 0);
  g_assert_cmpint (s2s_tokenizer_get_byte (tokenizer, 259), ==, 255);
  g_assert_cmpint (s2s_tokenizer_get_byte (tokenizer, 3), ==, -1);
  g_assert_cmpint (s2s_tokenizer_get_byte (tokenizer, 260), ==, -1);
  g_assert_cmpstr (s2s_tokenizer_get_piece (tokenizer, 3), ==, "</s>");
  g_assert_cmpstr (s2s_tokenizer_get_piece (tokenizer, 4 + 'J'), ==, "<0x4A>");
  g_assert_cmpstr (s2s_tokenizer_get_piece (tokenizer, -5), ==, "");
}

static void
test_plain_words (void)
{
  static const S2sSpecialTokens special = {-1, 1, -1, 0};
  g_autoptr (S2sTokenizer) tokenizer = new_plain (
      "{\"</s>\": 0, \"<unk>\": 1, \"a\": 2, \"naïve\": 4, \"cat\": 3}", FALSE, &special);
  static const gint32 ids[] = {2, 1, 4, 3, 0};

  g_assert_cmpuint (s2s_tokenizer_get_size (tokenizer), ==, 5);
  ASSERT_ENCODES (tokenizer, " a  naïve\tcat \n", 2, 4, 3);
  ASSERT_ENCODES (tokenizer, "a dog\0 cat a\0", 2, 1, 3, 1);
  ASSERT_ENCODES (tokenizer, "cats", 1);
  assert_encodes (tokenizer, "  ", 2, NULL, 0);
  assert_decodes (tokenizer, ids, G_N_ELEMENTS (ids), "a naïve cat");
  g_assert_cmpstr (s2s_tokenizer_get_piece (tokenizer, 4), ==, "naïve");
  g_assert_cmpint (s2s_tokenizer_get_byte (tokenizer, 4), ==, -1);
}

/* A text that has the name of a special token in it does not end there. */
static void
test_plain_special (void)
{
  static const char json[] = "{\"<pad>\": 0, \"<unk>\": 1, \"<s>\": 2, \"</s>\": 3, \"a\": 4}";
  g_autoptr (S2sTokenizer) tokenizer = new_plain (json, FALSE, &identity_special);
  g_autoptr (S2sTokenizer) strict = new_plain (json, FALSE, &(S2sSpecialTokens){0, -1, 2, 3});
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GError) error = NULL;

  ASSERT_ENCODES (tokenizer, "a </s> a <s> <pad> <unk>", 4, 1, 4, 1, 1, 1);
  g_assert_false (s2s_tokenizer_encode (strict, "a </s>", 6, ids, NULL, &error));
  s2s_test_assert_error (error, S2S_ERROR_INPUT, "“</s>” is not in the vocabulary");
}

static void
test_plain_characters (void)
{
  static const S2sSpecialTokens special = {-1, -1, -1, 0};
  g_autoptr (S2sTokenizer) tokenizer =
      new_plain ("{\"</s>\": 0, \"猫\": 1, \" \": 2, \"b\": 3}", TRUE, &special);
  g_autoptr (GArray) ids = NULL;
  g_autoptr (GError) error = NULL;

  ASSERT_ENCODES (tokenizer, "b 猫b", 3, 2, 1, 3);
  assert_round_trip (tokenizer, "猫 b猫");

  ids = encode (tokenizer, "b", 1);
  g_assert_false (s2s_tokenizer_encode (tokenizer, "bb狗", 5, ids, NULL, &error));
  s2s_test_assert_error (error, S2S_ERROR_INPUT, "“狗” is not in the vocabulary");
  g_assert_cmpuint (ids->len, ==, 1);
}

static void
test_plain_broken (void)
{
  static const struct {
    const char *json;
    gint32 eos;
    const char *message;
  } rows[] = {
      {"", 0, "not JSON"},
      {"[\"a\"]", 0, "not JSON"},
      {"{\"a\": 0, \"a\": 1}", 0, "“a” is there twice"},
      {"{\"a\": 0, \"b\": 2}", 0, "the id of token “b” is not a whole number from 0 to 1"},
      {"{\"a\": 0, \"b\": -1}", 0, "the id of token “b”"},
      {"{\"a\": 0, \"b\": \"1\"}", 0, "the id of token “b”"},
      {"{\"a\": 0, \"b\": null}", 0, "the id of token “b”"},
      {"{\"a\": 0, \"b\": 0}", 0, "tokens “a” and “b” have the same id 0"},
      {"{\"a\": 0, \"b\": 1}", 2, "“eos” is 2, expected -1 to 1"},
      {"{}", 0, "“eos” is 0"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    S2sSpecialTokens special = {-1, -1, -1, rows[i].eos};
    g_autoptr (GBytes) bytes = g_bytes_new_static (rows[i].json, strlen (rows[i].json));
    g_autoptr (GError) error = NULL;

    g_assert_null (s2s_tokenizer_new_plain (bytes, FALSE, &special, &error));
    s2s_test_assert_error (error, S2S_ERROR_FORMAT, rows[i].message);
  }
}

static void
test_spm_identity (void)
{
  g_autoptr (S2sTokenizer) tokenizer = new_spm ("identity.spm", &identity_special);
  static const gint32 with_special[] = {2, 270, 262, 1, 0, 3, 1000, -7};
  static const gint32 cut[] = {270, 243, 192};

  g_assert_cmpuint (s2s_tokenizer_get_size (tokenizer), ==, 420);
  ASSERT_ENCODES (tokenizer, "The cat sleeps.", 270, 262, 293, 339, 273, 333, 262, 283, 263, 264);
  ASSERT_ENCODES (tokenizer, "猫在睡觉。", 358, 275, 317, 318, 267);
  ASSERT_ENCODES (tokenizer, "x→y 😀", 124, 230, 138, 150, 274, 260, 244, 163, 156, 132);
  ASSERT_ENCODES (tokenizer, "a\0b", 280, 4, 338);
  assert_encodes (tokenizer, "", 0, NULL, 0);
  assert_round_trip (tokenizer, "“ＴＨＥ” 猫—x→y 😀 שלום");
  assert_decodes (tokenizer, with_special, G_N_ELEMENTS (with_special), "The");
  assert_decodes (tokenizer, cut, G_N_ELEMENTS (cut), "Th\xef\xbf\xbd\xef\xbf\xbd");

  g_assert_cmpint (s2s_tokenizer_get_byte (tokenizer, 4), ==, 0);
  g_assert_cmpint (s2s_tokenizer_get_byte (tokenizer, 259), ==, 255);
  g_assert_cmpint (s2s_tokenizer_get_byte (tokenizer, 3), ==, -1);
  g_assert_cmpint (s2s_tokenizer_get_byte (tokenizer, 270), ==, -1);
  g_assert_cmpstr (s2s_tokenizer_get_piece (tokenizer, 293), ==, "▁c");
  g_assert_cmpstr (s2s_tokenizer_get_piece (tokenizer, 420), ==, "");
}

static void
test_spm_folded (void)
{
  g_autoptr (S2sTokenizer) tokenizer = new_spm ("folded.spm", &folded_special);

  g_assert_cmpuint (s2s_tokenizer_get_size (tokenizer), ==, 413);
  ASSERT_ENCODES (tokenizer, "THE CAT Sleeps．", 259, 292, 334, 266, 305, 262, 271, 260, 261);
  ASSERT_ENCODES (tokenizer, "猫在睡觉。", 258, 400, 273, 314, 315, 265);
  ASSERT_ENCODES (tokenizer, "a\0b", 276, 1, 333);
}

static void
test_spm_special (void)
{
  static const struct {
    S2sSpecialTokens special;
    const char *message;
  } rows[] = {
      {{0, 1, 2, 2}, "“eos” is 2 in config.json, but 3 in the SentencePiece model"},
      {{-1, 1, 2, 3}, "“pad” is -1 in config.json, but 0 in"},
      {{0, 0, 2, 3}, "“unk” is 0 in config.json, but 1 in"},
      {{0, 1, 420, 3}, "“bos” is 420, expected -1 to 419"},
  };
  g_autoptr (GBytes) bytes = read_data ("identity.spm");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (s2s_tokenizer_new_sentencepiece (bytes, &rows[i].special, &error));
    s2s_test_assert_error (error, S2S_ERROR_FORMAT, rows[i].message);
  }

  /* the model has no BOS and no PAD, so these may be any of its pieces */
  g_autoptr (S2sTokenizer) tokenizer = new_spm ("folded.spm", &(S2sSpecialTokens){412, 0, 411, 2});
  g_assert_cmpint (s2s_tokenizer_get_special_tokens (tokenizer)->bos, ==, 411);
}

static void
test_spm_broken (void)
{
  static const struct {
    const char *data;
    gsize n;
    const char *message;
  } rows[] = {
      {"", 0, "an empty file"},
      {"\x80", 1, "a broken field"},
      {"\x9a\x80\x80\x80\x10\0", 6, "a broken field"},
      {"\x0a\x05x", 3, "a field longer than the file"},
      {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, "a field longer than the file"},
      {"\x0b", 1, "an unknown type of field"},
      {"\x0a\x03\x0a\x01\xff", 5, "a piece that is not valid UTF-8"},
      {"\x0a\x05\x0a\x03x\0y", 7, "a piece that is not valid UTF-8"},
      {"\x0a\x05\x15\0\0\xc0\x7f", 7, "a piece whose score is NaN or infinite"},
      {"\x1a\x04\x12\x02zz", 6, "a normalisation table too short"},
      {"\x1a\x06\x12\x04\xff\xff\0\0", 8, "a normalisation table of a wrong size"},
      {"\x1a\x0b\x12\x09\4\0\0\0\0\0\0\0x", 13, "too long or not valid UTF-8"},
      {"\x1a\x0b\x12\x09\4\0\0\0\0\xfc\xff\x7f\0", 13, "points outside"},
      {"\x2a\x0b\x12\x09\4\0\0\0\0\xfc\xff\x7f\0", 13, "points outside"},
      {"\x0a\x03\x0a\x01x", 5, "not a SentencePiece model: "},
      {"not a model at all", 18, "not a SentencePiece model: "},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GBytes) bytes = g_bytes_new_static (rows[i].data, rows[i].n);
    g_autoptr (GError) error = NULL;

    g_assert_null (s2s_tokenizer_new_sentencepiece (bytes, &identity_special, &error));
    s2s_test_assert_error (error, S2S_ERROR_FORMAT, rows[i].message);
  }
}

static void
try_mutation (GBytes *bytes, const S2sSpecialTokens *special)
{
  static const char text[] = "The CAT ｓleeps。 猫在睡觉 x→y\0 😀";
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sTokenizer) tokenizer = s2s_tokenizer_new_sentencepiece (bytes, special, &error);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));

  if (tokenizer == NULL) {
    g_assert_cmpint (error->code, ==, S2S_ERROR_FORMAT);
    return;
  }
  if (s2s_tokenizer_encode (tokenizer, text, sizeof text - 1, ids, NULL, &error)) {
    g_autofree char *decoded =
        s2s_tokenizer_decode (tokenizer, (const gint32 *)ids->data, ids->len, NULL);

    g_assert_true (g_utf8_validate (decoded, -1, NULL));
  }
}

/* A cut or flipped model is refused or works somehow; it must not take the process with it. */
static void
test_spm_mutations (gconstpointer name)
{
  gboolean is_folded = g_str_equal (name, "folded.spm");
  const S2sSpecialTokens *special = is_folded ? &folded_special : &identity_special;
  g_autoptr (GBytes) good = read_data (name);
  gsize size = g_bytes_get_size (good);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < 600; i++) {
    g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (good, NULL), size);

    copy[g_rand_int_range (rand, 0, (gint32)size)] ^= (guint8)(1 << g_rand_int_range (rand, 0, 8));
    g_autoptr (GBytes) bytes = g_bytes_new (copy, size);
    try_mutation (bytes, special);
  }
  for (gsize n = 0; n < size; n += 197) {
    g_autoptr (GBytes) bytes = g_bytes_new_from_bytes (good, 0, n);

    try_mutation (bytes, special);
  }
}

/* The root of the trie marked as a value: its link is followed all the same. */
static void
test_spm_root (void)
{
  g_autoptr (GBytes) good = read_data ("folded.spm");
  gsize size = g_bytes_get_size (good);
  g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (good, NULL), size);
  g_autoptr (GError) error = NULL;

  copy[6287] ^= 0x80;
  g_assert_false (s2s_spm_check (copy, size, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "points outside");
}

static void
append_varint (GByteArray *array, guint value)
{
  for (; value >= 0x80; value >>= 7)
    g_byte_array_append (array, &(guint8){(guint8)(value | 0x80)}, 1);
  g_byte_array_append (array, &(guint8){(guint8)value}, 1);
}

/* The check of a model of nothing but a normalisation table */
static gboolean
check_table (const guint32 *units, guint n_units, const char *texts, guint texts_size,
             GError **error)
{
  g_autoptr (GByteArray) table = g_byte_array_new ();
  g_autoptr (GByteArray) model = g_byte_array_new ();
  g_autoptr (GByteArray) size = g_byte_array_new ();

  for (guint i = 0; i <= n_units; i++) {
    guint32 unit = GUINT32_TO_LE (i > 0 ? units[i - 1] : n_units * 4);

    g_byte_array_append (table, (const guint8 *)&unit, sizeof unit);
  }
  g_byte_array_append (table, (const guint8 *)texts, texts_size);
  append_varint (size, table->len);
  g_byte_array_append (model, (const guint8 *)"\x1a", 1);
  append_varint (model, 1 + size->len + table->len);
  g_byte_array_append (model, (const guint8 *)"\x12", 1);
  g_byte_array_append (model, size->data, size->len);
  g_byte_array_append (model, table->data, table->len);
  return s2s_spm_check (model->data, model->len, error);
}

/* The keys a, aa, … up to n letters, or as many letters of one key; the children of the k-th unit
 * are in the k-th block of 256. */
static gboolean
check_chain (guint n, gboolean keys, gboolean cycle, GError **error)
{
  guint n_units = 256 * (n + 2);
  g_autofree guint32 *units = g_new (guint32, n_units);
  guint place = 0;

  for (guint i = 0; i < n_units; i++)
    units[i] = 0x80000000;
  for (guint k = 0; k <= n; k++) {
    guint base = 256 * (cycle && k == n ? k : k + 1);

    units[place] = (place ^ base) << 10 | (k > 0 ? 'a' : 0) | (k > 0 && keys ? 0x100 : 0);
    place = base ^ 'a';
  }
  return check_table (units, n_units, "b", 2, error);
}

static void
test_spm_nesting (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (check_chain (32, TRUE, FALSE, &error));
  g_assert_no_error (error);
  g_assert_false (check_chain (33, TRUE, FALSE, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "nested too deep");
  g_clear_error (&error);
  g_assert_false (check_chain (1, TRUE, TRUE, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "nested too deep");
  g_clear_error (&error);
  g_assert_true (check_chain (256, FALSE, FALSE, &error));
  g_assert_no_error (error);
  g_assert_false (check_chain (257, FALSE, FALSE, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "nested too deep");
}

static void
test_spm_long_text (void)
{
  g_autofree guint32 *root = g_new (guint32, 256);
  g_autofree char *text = g_strnfill (257, 'b');
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 256; i++)
    root[i] = 0x80000000;
  root[0] = 1 << 10;
  g_assert_true (check_table (root, 256, text + 1, 257, &error));
  g_assert_no_error (error);
  g_assert_false (check_table (root, 256, text, 258, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "too long");
}

/* A megabyte in one line, as words and as one word */
static void
test_spm_long (void)
{
  g_autoptr (S2sTokenizer) tokenizer = new_spm ("identity.spm", &identity_special);
  const gsize length = 1024 * 1024;
  g_autofree char *words = g_malloc (length + 1);
  g_autofree char *word = g_strnfill (length, 'e');

  for (gsize i = 0; i < length; i++)
    words[i] = "the cat "[i % 8];
  words[length - 1] = 's';
  words[length] = '\0';
  assert_round_trip (tokenizer, words);
  assert_round_trip (tokenizer, word);
}

static void
test_too_long (void)
{
  g_autoptr (S2sTokenizer) tokenizer = s2s_tokenizer_new_bytes ();
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GError) error = NULL;

  g_assert_false (s2s_tokenizer_encode (tokenizer, "", 64 * 1024 * 1024 + 1, ids, NULL, &error));
  s2s_test_assert_error (error, S2S_ERROR_INPUT, "67108865 bytes of text, expected at most");
}

static gpointer
encode_often (gpointer data)
{
  const S2sTokenizer *tokenizer = data;

  for (guint i = 0; i < 200; i++) {
    ASSERT_ENCODES (tokenizer, "The cat sleeps.", 270, 262, 293, 339, 273, 333, 262, 283, 263, 264);
    assert_round_trip (tokenizer, "猫在睡觉 😀");
  }
  return NULL;
}

static void
test_spm_threads (void)
{
  g_autoptr (S2sTokenizer) tokenizer = new_spm ("identity.spm", &identity_special);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("encode", encode_often, tokenizer);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokenizer/bytes", test_bytes);
  g_test_add_func ("/tokenizer/plain/words", test_plain_words);
  g_test_add_func ("/tokenizer/plain/characters", test_plain_characters);
  g_test_add_func ("/tokenizer/plain/special", test_plain_special);
  g_test_add_func ("/tokenizer/plain/broken", test_plain_broken);
  g_test_add_func ("/tokenizer/spm/identity", test_spm_identity);
  g_test_add_func ("/tokenizer/spm/folded", test_spm_folded);
  g_test_add_func ("/tokenizer/spm/special", test_spm_special);
  g_test_add_func ("/tokenizer/spm/broken", test_spm_broken);
  g_test_add_data_func ("/tokenizer/spm/mutations/identity", "identity.spm", test_spm_mutations);
  g_test_add_data_func ("/tokenizer/spm/mutations/folded", "folded.spm", test_spm_mutations);
  g_test_add_func ("/tokenizer/spm/root", test_spm_root);
  g_test_add_func ("/tokenizer/spm/nesting", test_spm_nesting);
  g_test_add_func ("/tokenizer/spm/long-text", test_spm_long_text);
  g_test_add_func ("/tokenizer/spm/long", test_spm_long);
  g_test_add_func ("/tokenizer/spm/threads", test_spm_threads);
  g_test_add_func ("/tokenizer/too-long", test_too_long);
  return g_test_run ();
}
