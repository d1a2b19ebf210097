/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/s2s-error.h"
#include "text/s2s-spm.h"
#include "text/s2s-tokenizer-private.h"
#include "text/s2s-vocabulary.h"

#include <string.h>

/* How SentencePiece writes a blank in its pieces */
#define BLANK "\xe2\x96\x81"

/* SentencePiece cuts and joins the text; what its pieces are as tokens is in a vocabulary. */
typedef struct {
  S2sTokenizer base;
  S2sSpm *spm;
  S2sVocabulary vocabulary;
  gint32 *tokens; /* [pieces of the model] their tokens, or -1 */
  gint32 *pieces; /* [size] the pieces of the tokens, or -1 */
} MappedTokenizer;

static void
mapped_free (S2sTokenizer *base)
{
  MappedTokenizer *self = (MappedTokenizer *)base;

  g_clear_pointer (&self->spm, s2s_spm_free);
  s2s_vocabulary_clear (&self->vocabulary);
  g_free (self->tokens);
  g_free (self->pieces);
  g_free (self);
}

static const char *
mapped_get_piece (const S2sTokenizer *base, gint32 id)
{
  return s2s_vocabulary_get_piece (&((const MappedTokenizer *)base)->vocabulary, id);
}

static gint
mapped_get_byte (const S2sTokenizer *base, gint32 id)
{
  const MappedTokenizer *self = (const MappedTokenizer *)base;

  return self->pieces[id] < 0 ? -1 : s2s_spm_get_byte (self->spm, self->pieces[id]);
}

/* Ids of the model become tokens. What the model does not know may be a token all the same. */
static gboolean
map_pieces (const MappedTokenizer *self, gint32 *ids, gsize n_ids, const GPtrArray *unknown,
            GError **error)
{
  gint32 unknown_piece = s2s_spm_get_special (self->spm).unk;
  guint n_unknown = 0;

  for (gsize i = 0; i < n_ids; i++) {
    const char *text = s2s_spm_get_piece (self->spm, ids[i]);
    gint32 id = self->tokens[ids[i]];

    if (ids[i] == unknown_piece) {
      text = g_ptr_array_index (unknown, n_unknown++);
      id = text != NULL ? s2s_vocabulary_find (&self->vocabulary, text) : -1;
    }
    if (!s2s_tokenizer_can_say (&self->base, id))
      id = self->base.special.unk;
    if (id < 0) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT,
                   "“%s” is not in the vocabulary, nor is an unknown token",
                   text != NULL ? text : "\\0");
      return FALSE;
    }
    ids[i] = id;
  }
  return TRUE;
}

static gboolean
mapped_encode (const S2sTokenizer *base, const char *text, gsize length, GArray *ids, GArray *spans,
               GError **error)
{
  const MappedTokenizer *self = (const MappedTokenizer *)base;
  g_autoptr (GPtrArray) unknown = g_ptr_array_new_with_free_func (g_free);
  guint n_before = ids->len;

  return s2s_spm_encode (self->spm, text, length, ids, spans, unknown, error) &&
         map_pieces (self, (gint32 *)(gpointer)ids->data + n_before, ids->len - n_before, unknown,
                     error);
}

/* A piece that the model does not know is put out as it is, so its blanks are made here. */
static char *
make_text (const MappedTokenizer *self, gint32 id)
{
  const char *piece = mapped_get_piece (&self->base, id);
  g_auto (GStrv) words = NULL;

  if (self->pieces[id] >= 0)
    return g_strdup (piece);
  words = g_strsplit (piece, BLANK, -1);
  return g_strjoinv (" ", words);
}

/* The text without the blanks at its ends; spans move along. */
static void
strip (GString *text, gsize from, GArray *spans)
{
  gsize n = strspn (text->str + from, " ");

  g_string_erase (text, (gssize)from, (gssize)n);
  while (text->len > from && text->str[text->len - 1] == ' ')
    g_string_truncate (text, text->len - 1);
  for (guint i = 0; i < spans->len; i++) {
    S2sSpan *span = &g_array_index (spans, S2sSpan, i);

    span->start = MIN (span->start - MIN (span->start, n), text->len);
    span->end = MIN (span->end - MIN (span->end, n), text->len);
  }
}

static void
mapped_decode (const S2sTokenizer *base, const gint32 *ids, gsize n_ids, GString *text,
               GArray *spans)
{
  const MappedTokenizer *self = (const MappedTokenizer *)base;
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func (g_free);
  gsize from = text->len;

  for (gsize i = 0; i < n_ids; i++)
    g_ptr_array_add (pieces, make_text (self, ids[i]));
  s2s_spm_decode_pieces (self->spm, (const char *const *)pieces->pdata, n_ids, text, spans);
  strip (text, from, spans);
}

static void
map (MappedTokenizer *self)
{
  guint n_pieces = s2s_spm_get_size (self->spm), size = self->base.size;

  self->tokens = g_new (gint32, n_pieces);
  self->pieces = g_new (gint32, size);
  for (guint piece = 0; piece < n_pieces; piece++)
    self->tokens[piece] = -1;
  for (gint32 id = 0; id < (gint32)size; id++) {
    self->pieces[id] = s2s_spm_find (self->spm, mapped_get_piece (&self->base, id));
    if (self->pieces[id] >= 0)
      self->tokens[self->pieces[id]] = id;
  }
}

/**
 * s2s_tokenizer_new_mapped:
 * @spm: (transfer full): a SentencePiece model
 * @vocabulary_json: a JSON object `{"piece": id, …}`, ids from 0 without a gap
 * @special: ids with a meaning of their own, of the vocabulary
 * @error: return location
 *
 * A tokenizer whose ids are those of the vocabulary, not of the model. A piece of a text that the
 * vocabulary does not have is the unknown token, and so is one with the name of PAD, BOS or EOS. A
 * token that the model does not have stands for its own text.
 *
 * Returns: (transfer full) (nullable): a tokenizer, or %NULL with %S2S_ERROR_FORMAT, which is about
 * the vocabulary
 */
S2sTokenizer *
s2s_tokenizer_new_mapped (S2sSpm *spm, GBytes *vocabulary_json, const S2sSpecialTokens *special,
                          GError **error)
{
  static const S2sTokenizerClass klass = {
      .free = mapped_free,
      .get_piece = mapped_get_piece,
      .get_byte = mapped_get_byte,
      .encode = mapped_encode,
      .decode = mapped_decode,
  };
  g_autoptr (S2sSpm) owned = spm;
  S2sVocabulary vocabulary;

  if (!s2s_vocabulary_init (&vocabulary, vocabulary_json, error))
    return NULL;

  MappedTokenizer *self = g_new0 (MappedTokenizer, 1);
  g_autoptr (S2sTokenizer) base = &self->base;

  *base = (S2sTokenizer){&klass, *special, s2s_vocabulary_get_size (&vocabulary)};
  self->spm = g_steal_pointer (&owned);
  self->vocabulary = vocabulary;
  if (!s2s_tokenizer_check_special (special, base->size, error))
    return NULL;
  map (self);
  return g_steal_pointer (&base);
}
