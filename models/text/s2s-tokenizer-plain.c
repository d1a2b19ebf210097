/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/s2s-error.h"
#include "text/s2s-tokenizer-private.h"
#include "text/s2s-vocabulary.h"

#include <string.h>

typedef struct {
  S2sTokenizer base;
  gboolean characters;
  S2sVocabulary vocabulary;
} PlainTokenizer;

static void
plain_free (S2sTokenizer *base)
{
  PlainTokenizer *self = (PlainTokenizer *)base;

  s2s_vocabulary_clear (&self->vocabulary);
  g_free (self);
}

static const char *
plain_get_piece (const S2sTokenizer *base, gint32 id)
{
  return s2s_vocabulary_get_piece (&((const PlainTokenizer *)base)->vocabulary, id);
}

static gint
plain_get_byte (const S2sTokenizer *base, gint32 id)
{
  return -1;
}

static gboolean
append_token (const PlainTokenizer *self, const char *token, gsize length, GArray *ids,
              GError **error)
{
  g_autofree char *key = g_strndup (token, length);
  /* no token has a NUL inside, so what has one is unknown */
  gint32 id = strlen (key) == length ? s2s_vocabulary_find (&self->vocabulary, key) : -1;

  if (!s2s_tokenizer_can_say (&self->base, id))
    id = self->base.special.unk;
  if (id < 0) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT,
                 "“%s” is not in the vocabulary, nor is an unknown token", key);
    return FALSE;
  }
  g_array_append_val (ids, id);
  return TRUE;
}

/* The end of the token at p; without blanks before, which the caller skips */
static const char *
find_token_end (const PlainTokenizer *self, const char *p, const char *end)
{
  if (self->characters)
    return g_utf8_next_char (p);
  while (p < end && !g_unichar_isspace (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  return p;
}

static gboolean
plain_encode (const S2sTokenizer *base, const char *text, gsize length, GArray *ids, GArray *spans,
              GError **error)
{
  const PlainTokenizer *self = (const PlainTokenizer *)base;
  const char *end = text + length;

  for (const char *p = text; p < end;) {
    const char *token_end = find_token_end (self, p, end);
    S2sSpan span = {(gsize)(p - text), (gsize)(token_end - text)};

    if (token_end == p) {
      p = g_utf8_next_char (p);
      continue;
    }
    if (!append_token (self, p, (gsize)(token_end - p), ids, error))
      return FALSE;
    g_array_append_val (spans, span);
    p = token_end;
  }
  return TRUE;
}

static void
plain_decode (const S2sTokenizer *base, const gint32 *ids, gsize n_ids, GString *text,
              GArray *spans)
{
  const PlainTokenizer *self = (const PlainTokenizer *)base;

  for (gsize i = 0; i < n_ids; i++) {
    if (i > 0 && !self->characters)
      g_string_append_c (text, ' ');

    S2sSpan span = {.start = text->len};

    g_string_append (text, plain_get_piece (base, ids[i]));
    span.end = text->len;
    g_array_append_val (spans, span);
  }
}

/**
 * s2s_tokenizer_new_plain:
 * @vocabulary_json: a JSON object `{"token": id, …}`, ids from 0 without a gap
 * @characters: a token is one Unicode scalar value, else what stands between blanks
 * @special: ids with a meaning of their own
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a tokenizer, or %NULL with %S2S_ERROR_FORMAT
 */
S2sTokenizer *
s2s_tokenizer_new_plain (GBytes *vocabulary_json, gboolean characters,
                         const S2sSpecialTokens *special, GError **error)
{
  static const S2sTokenizerClass klass = {
      .free = plain_free,
      .get_piece = plain_get_piece,
      .get_byte = plain_get_byte,
      .encode = plain_encode,
      .decode = plain_decode,
  };
  S2sVocabulary vocabulary;
  g_autoptr (S2sTokenizer) base = NULL;

  if (!s2s_vocabulary_init (&vocabulary, vocabulary_json, error))
    return NULL;

  PlainTokenizer *self = g_new0 (PlainTokenizer, 1);

  base = &self->base;
  *base = (S2sTokenizer){&klass, *special, s2s_vocabulary_get_size (&vocabulary)};
  self->characters = characters;
  self->vocabulary = vocabulary;
  if (!s2s_tokenizer_check_special (special, base->size, error))
    return NULL;
  return g_steal_pointer (&base);
}
