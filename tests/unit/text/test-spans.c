/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-tokenizer.h"

#include "s2s-test-spans.h"

#include <string.h>

static const S2sSpecialTokens identity_special = {0, 1, 2, 3};
static const S2sSpecialTokens folded_special = {-1, 0, -1, 2};

static S2sTokenizer *
new_spm (const char *path, const S2sSpecialTokens *special)
{
  g_autoptr (GError) error = NULL;
  char *data;
  gsize length;

  g_file_get_contents (path, &data, &length, &error);
  g_assert_no_error (error);

  g_autoptr (GBytes) bytes = g_bytes_new_take (data, length);
  S2sTokenizer *tokenizer = s2s_tokenizer_new_sentencepiece (bytes, special, &error);

  g_assert_no_error (error);
  return tokenizer;
}

static S2sTokenizer *
new_test_spm (const char *name, const S2sSpecialTokens *special)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "text", "data", name, NULL);

  return new_spm (path, special);
}

static S2sTokenizer *
new_plain (gboolean characters)
{
  static const char json[] =
      "{\"<unk>\": 0, \"a\": 1, \"bb\": 2, \"狗\": 3, \"<s>\": 4, \"</s>\": 5}";
  static const S2sSpecialTokens special = {-1, 0, 4, 5};
  g_autoptr (GBytes) bytes = g_bytes_new_static (json, strlen (json));
  g_autoptr (GError) error = NULL;
  S2sTokenizer *tokenizer = s2s_tokenizer_new_plain (bytes, characters, &special, &error);

  g_assert_no_error (error);
  return tokenizer;
}

typedef struct {
  GArray *ids;
  GArray *spans;
} Encoded;

static void
encoded_clear (Encoded *self)
{
  g_array_unref (self->ids);
  g_array_unref (self->spans);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Encoded, encoded_clear)

static const S2sSpan *
get_spans (const Encoded *self)
{
  return (const S2sSpan *)(gpointer)self->spans->data;
}

static gint32
get_id (const Encoded *self, guint i)
{
  return g_array_index (self->ids, gint32, i);
}

static Encoded
encode (const S2sTokenizer *tokenizer, const char *text, gsize length)
{
  Encoded encoded = {g_array_new (FALSE, FALSE, sizeof (gint32)),
                     g_array_new (FALSE, FALSE, sizeof (S2sSpan))};
  g_autoptr (GError) error = NULL;

  g_assert_true (
      s2s_tokenizer_encode (tokenizer, text, length, encoded.ids, encoded.spans, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (encoded.ids->len, ==, encoded.spans->len);
  s2s_test_assert_spans (text, length, get_spans (&encoded), encoded.spans->len);
  return encoded;
}

/* The stretches of a text that spans name, with “|” between them */
static char *
cut (const char *text, const S2sSpan *spans, gsize n_spans)
{
  GString *joined = g_string_new (NULL);

  for (gsize i = 0; i < n_spans; i++) {
    g_string_append (joined, i > 0 ? "|" : "");
    g_string_append_len (joined, text + spans[i].start, (gssize)(spans[i].end - spans[i].start));
  }
  return g_string_free (joined, FALSE);
}

static void
assert_cuts (const S2sTokenizer *tokenizer, const char *text, const char *expected)
{
  g_auto (Encoded) encoded = encode (tokenizer, text, strlen (text));
  g_autofree char *got = cut (text, get_spans (&encoded), encoded.spans->len);

  g_assert_cmpstr (got, ==, expected);
}

static void
assert_decodes (const S2sTokenizer *tokenizer, const gint32 *ids, gsize n_ids, const char *expected)
{
  g_autofree S2sSpan *spans = g_new (S2sSpan, n_ids);
  g_autofree char *text = s2s_tokenizer_decode (tokenizer, ids, n_ids, spans);
  g_autofree char *plain = s2s_tokenizer_decode (tokenizer, ids, n_ids, NULL);
  g_autofree char *got = cut (text, spans, n_ids);

  g_assert_cmpstr (text, ==, plain);
  s2s_test_assert_spans (text, strlen (text), spans, n_ids);
  g_assert_cmpstr (got, ==, expected);
}

#define ASSERT_DECODES(tokenizer, expected, ...)                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    const gint32 ids[] = {__VA_ARGS__};                                                            \
    assert_decodes (tokenizer, ids, G_N_ELEMENTS (ids), expected);                                 \
  }                                                                                                \
  G_STMT_END

static void
test_bytes (void)
{
  g_autoptr (S2sTokenizer) tokenizer = s2s_tokenizer_new_bytes ();
  g_auto (Encoded) nul = encode (tokenizer, "a\0b", 3);

  assert_cuts (tokenizer, "Hé 猫😀", "H||é| |||猫||||😀");
  g_assert_cmpuint (get_spans (&nul)[1].start, ==, 1);
  g_assert_cmpuint (get_spans (&nul)[1].end, ==, 2);

  /* BOS, H, é, EOS, an id too large, a blank, 猫 */
  ASSERT_DECODES (tokenizer, "|H||é||| |||猫", 2, 4 + 'H', 4 + 0xc3, 4 + 0xa9, 3, 260, 4 + ' ',
                  4 + 0xe7, 4 + 0x8c, 4 + 0xab);
  /* bytes that are no character: U+FFFD for each */
  ASSERT_DECODES (tokenizer, "�|H|�|�||é|�", 4 + 0xff, 4 + 'H', 4 + 0xe7, 4 + 0x8c, 4 + 0xc3,
                  4 + 0xa9, 4 + 0x00);
}

static void
test_plain (void)
{
  g_autoptr (S2sTokenizer) words = new_plain (FALSE);
  g_autoptr (S2sTokenizer) characters = new_plain (TRUE);

  assert_cuts (words, "  bb \ta　élan 狗 ", "bb|a|élan|狗");
  assert_cuts (characters, "a b狗😀", "a| |b|狗|😀");
  ASSERT_DECODES (words, "bb||狗||a", 2, 5, 3, -1, 1);
  ASSERT_DECODES (characters, "bb|狗||a", 2, 3, 4, 1);
}

static const char *const texts[] = {
    "The cat sleeps on the warm stone.",
    "THE CAT Sleeps On THE Warm Stone!",
    "A ﬁne ﬂag, eﬃcient oﬃces: ﬀ",
    "Ｗｈｅｒｅ ｉｓ ｔｈｅ ｋｅｙ？",
    "Ten cats 😀😀 and a 👩\u200d👧 here",
    "猫在温暖的石头上睡觉。狗也睡觉！",
    "Straße №5 costs 20€ … “maybe” – or ½ of it",
    "ｶﾞ が e\u0301 한 x²",
    "  blanks  all \t around   ",
    "𝔊𝔬𝔱𝔥 ㍿ ﷺ",
    "a",
    "",
    " ",
};

/* A piece without its blank, which in the text may be several */
static const char *
get_piece (const S2sTokenizer *tokenizer, gint32 id)
{
  const char *piece = s2s_tokenizer_get_piece (tokenizer, id);

  return g_str_has_prefix (piece, "▁") ? piece + strlen ("▁") : piece;
}

/* Each token against its piece in the vocabulary: without normalisation that is the text itself. */
static void
test_identity (void)
{
  g_autoptr (S2sTokenizer) tokenizer = new_test_spm ("identity.spm", &identity_special);
  guint n_bytes = 0, n_pieces = 0;

  for (gsize n = 0; n < G_N_ELEMENTS (texts); n++) {
    g_auto (Encoded) encoded = encode (tokenizer, texts[n], strlen (texts[n]));

    for (guint i = 0; i < encoded.ids->len; i++) {
      const S2sSpan *span = &get_spans (&encoded)[i];
      gint byte = s2s_tokenizer_get_byte (tokenizer, get_id (&encoded, i));
      g_autofree char *part = g_strndup (texts[n] + span->start, span->end - span->start);

      if (byte < 0) {
        n_pieces++;
        g_assert_cmpstr (g_strstrip (part), ==, get_piece (tokenizer, get_id (&encoded, i)));
      } else if (span->end > span->start) { /* the last byte of a character has all of it */
        n_bytes++;
        g_assert_cmpint ((guchar)texts[n][span->end - 1], ==, byte);
        g_assert_cmpint (g_utf8_strlen (part, -1), ==, 1);
      }
    }
  }
  g_assert_cmpuint (n_bytes, >, 20);
  g_assert_cmpuint (n_pieces, >, 50);
}

/* Each token against its piece, which says the text in the form that the model folds to */
static void
assert_folds (const S2sTokenizer *tokenizer, const char *text)
{
  g_auto (Encoded) encoded = encode (tokenizer, text, strlen (text));

  for (guint i = 0; i < encoded.ids->len; i++) {
    const S2sSpan *span = &get_spans (&encoded)[i];
    g_autofree char *part = g_strndup (text + span->start, span->end - span->start);
    g_autofree char *normalised = g_utf8_normalize (part, -1, G_NORMALIZE_ALL_COMPOSE);
    g_autofree char *folded = g_utf8_casefold (normalised, -1);

    g_assert_cmpint (s2s_tokenizer_get_byte (tokenizer, get_id (&encoded, i)), ==, -1);
    g_assert_cmpstr (g_strstrip (folded), ==, get_piece (tokenizer, get_id (&encoded, i)));
  }
}

static void
test_folded (void)
{
  g_autoptr (S2sTokenizer) tokenizer = new_test_spm ("folded.spm", &folded_special);

  assert_folds (tokenizer, "THE Cat Sleeps ON the stone.");
  assert_folds (tokenizer, "Where  is the KEY？");
  for (gsize n = 0; n < G_N_ELEMENTS (texts); n++) {
    g_auto (Encoded) encoded = encode (tokenizer, texts[n], strlen (texts[n]));

    g_assert_cmpuint (encoded.ids->len > 0, ==, n < G_N_ELEMENTS (texts) - 2);
  }
}

/* The vocabularies that ship, which fold by NFKC */
static void
test_shipped (void)
{
  g_autofree char *source_path = g_test_build_filename (G_TEST_DIST, "..", "..", "models",
                                                        "pretrained", "en-zh", "source.spm", NULL);
  g_autofree char *target_path = g_test_build_filename (G_TEST_DIST, "..", "..", "models",
                                                        "pretrained", "en-zh", "target.spm", NULL);
  g_autoptr (S2sTokenizer) source = new_spm (source_path, &identity_special);
  g_autoptr (S2sTokenizer) target = new_spm (target_path, &identity_special);

  assert_folds (source, "Where IS The Key of this House, please?");
  assert_folds (source, "Ｗｈｅｒｅ ｉｓ the ｋｅｙ？");
  for (gsize n = 0; n < G_N_ELEMENTS (texts); n++) {
    g_auto (Encoded) of_source = encode (source, texts[n], strlen (texts[n]));
    g_auto (Encoded) of_target = encode (target, texts[n], strlen (texts[n]));

    g_assert_cmpuint (of_source.ids->len > 0, ==, n < G_N_ELEMENTS (texts) - 2);
    g_assert_cmpuint (of_target.ids->len > 0, ==, n < G_N_ELEMENTS (texts) - 2);
  }
}

/* What is decoded, token by token: a piece is the text that it says. */
static void
assert_says (const S2sTokenizer *tokenizer, const char *text)
{
  g_auto (Encoded) encoded = encode (tokenizer, text, strlen (text));
  g_autofree S2sSpan *spans = g_new (S2sSpan, encoded.ids->len);
  g_autofree char *said = s2s_tokenizer_decode (
      tokenizer, (const gint32 *)(gpointer)encoded.ids->data, encoded.ids->len, spans);

  g_assert_cmpstr (said, ==, text);
  s2s_test_assert_spans (said, strlen (said), spans, encoded.ids->len);
  for (guint i = 0; i < encoded.ids->len; i++) {
    gint byte = s2s_tokenizer_get_byte (tokenizer, get_id (&encoded, i));
    g_autofree char *part = g_strndup (said + spans[i].start, spans[i].end - spans[i].start);

    if (byte < 0)
      g_assert_cmpstr (g_strstrip (part), ==, get_piece (tokenizer, get_id (&encoded, i)));
    else if (*part != '\0')
      g_assert_cmpint ((guchar)said[spans[i].end - 1], ==, byte);
  }
}

static void
test_decode (void)
{
  g_autoptr (S2sTokenizer) tokenizer = new_test_spm ("identity.spm", &identity_special);

  assert_says (tokenizer, "The cat sleeps 😀 on the Ωarm stone.");
  assert_says (tokenizer, "猫在温暖的石头上睡觉。😀狗也睡觉！");
  assert_says (tokenizer, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spans/bytes", test_bytes);
  g_test_add_func ("/spans/plain", test_plain);
  g_test_add_func ("/spans/identity", test_identity);
  g_test_add_func ("/spans/folded", test_folded);
  g_test_add_func ("/spans/shipped", test_shipped);
  g_test_add_func ("/spans/decode", test_decode);
  return g_test_run ();
}
