/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-sentence.h"
#include "text/s2s-spm.h"
#include "text/s2s-tokenizer.h"

#include "s2s-fuzz.h"

#include <string.h>

/* The first byte says what vocabulary, three more how long it is (little-endian); then come the
 * vocabulary and a text. A SentencePiece model with a vocabulary is one after the other, the length
 * of the model before them. */
#define HEAD 4

static gsize
read_length (const guint8 *data)
{
  return data[0] | (gsize)data[1] << 8 | (gsize)data[2] << 16;
}

static S2sTokenizer *
make_mapped (GBytes *both, const S2sSpecialTokens *special)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (both, &size);

  if (size < 3)
    return NULL;

  gsize n = MIN (read_length (data), size - 3);
  g_autoptr (GBytes) model = g_bytes_new_from_bytes (both, 3, n);
  g_autoptr (GBytes) vocabulary = g_bytes_new_from_bytes (both, 3 + n, size - 3 - n);
  S2sSpm *spm = s2s_spm_new (model, NULL);

  return spm != NULL ? s2s_tokenizer_new_mapped (spm, vocabulary, special, NULL) : NULL;
}

static S2sTokenizer *
make_tokenizer (guint8 kind, GBytes *vocabulary)
{
  static const S2sSpecialTokens special = {-1, 0, -1, 2}, own = {0, 1, 2, 3};

  switch (kind % 6) {
  case 0:
    return s2s_tokenizer_new_bytes ();
  case 1:
  case 2:
    return s2s_tokenizer_new_plain (vocabulary, kind % 6 == 2, &special, NULL);
  case 3:
  case 4:
    return s2s_tokenizer_new_sentencepiece (vocabulary, kind % 6 == 3 ? &special : &own, NULL);
  default:
    return make_mapped (vocabulary, &special);
  }
}

/* Spans are in order and begin and end between characters. */
static void
check_spans (const char *text, gsize length, const S2sSpan *spans, gsize n_spans)
{
  gsize end = 0;

  for (gsize i = 0; i < n_spans; i++) {
    g_assert (spans[i].start >= end && spans[i].end >= spans[i].start && spans[i].end <= length);
    end = spans[i].end;
    g_assert (spans[i].start == length || (text[spans[i].start] & 0xc0) != 0x80);
    g_assert (end == length || (text[end] & 0xc0) != 0x80);
  }
}

static void
tokenize (const S2sTokenizer *tokenizer, const char *text, gsize length)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (S2sSpan));
  g_autofree S2sSpan *decoded_spans = NULL;
  g_autofree char *decoded = NULL;
  guint n_extra;

  for (gint32 id = -1; id <= (gint32)s2s_tokenizer_get_size (tokenizer); id++) {
    g_assert (g_utf8_validate (s2s_tokenizer_get_piece (tokenizer, id), -1, NULL));
    g_assert (s2s_tokenizer_get_byte (tokenizer, id) < 256);
    g_array_append_val (ids, id);
  }
  n_extra = ids->len;
  s2s_tokenizer_encode (tokenizer, text, length, ids, spans, NULL);
  g_assert (spans->len == ids->len - n_extra);
  check_spans (text, length, (const S2sSpan *)(gpointer)spans->data, spans->len);
  for (guint i = 0; i < ids->len; i++)
    g_assert (g_array_index (ids, gint32, i) <= (gint32)s2s_tokenizer_get_size (tokenizer));
  decoded_spans = g_new (S2sSpan, ids->len);
  decoded = s2s_tokenizer_decode (tokenizer, (const gint32 *)ids->data, ids->len, decoded_spans);
  g_assert (g_utf8_validate (decoded, -1, NULL));
  check_spans (decoded, strlen (decoded), decoded_spans, ids->len);
}

static void
split (const char *text, gsize length)
{
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (S2sSpan));
  gsize end = 0;

  s2s_sentence_split (text, length, spans);
  for (guint i = 0; i < spans->len; i++) {
    const S2sSpan *span = &g_array_index (spans, S2sSpan, i);

    g_assert (span->start >= end && span->end > span->start);
    end = span->end;
    g_assert (end <= length);
    g_assert (s2s_sentence_find_break (text + span->start, end - span->start) < end - span->start);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < HEAD)
    return 0;

  gsize rest = size - HEAD;
  gsize n = MIN (rest, read_length (data + 1));
  g_autoptr (GBytes) vocabulary = g_bytes_new (data + HEAD, n);
  g_autoptr (S2sTokenizer) tokenizer = make_tokenizer (data[0], vocabulary);
  g_autofree char *text = g_utf8_make_valid ((const char *)data + HEAD + n, (gssize)(rest - n));

  if (tokenizer != NULL)
    tokenize (tokenizer, text, strlen (text));
  split (text, strlen (text));
  return 0;
}
