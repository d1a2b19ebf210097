/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/s2s-error.h"
#include "base/s2s-json.h"
#include "text/s2s-tokenizer-private.h"

#include <string.h>

typedef struct {
  S2sTokenizer base;
  gboolean characters;
  GPtrArray *pieces; /* by id */
  GHashTable *ids;   /* piece, borrowed → id */
} PlainTokenizer;

static void
plain_free (S2sTokenizer *base)
{
  PlainTokenizer *self = (PlainTokenizer *)base;

  g_hash_table_unref (self->ids);
  g_ptr_array_unref (self->pieces);
  g_free (self);
}

static const char *
plain_get_piece (const S2sTokenizer *base, gint32 id)
{
  return g_ptr_array_index (((const PlainTokenizer *)base)->pieces, id);
}

static gint
plain_get_byte (const S2sTokenizer *base, gint32 id)
{
  return -1;
}

static gboolean
is_special (const S2sSpecialTokens *special, gint32 id)
{
  return id == special->pad || id == special->bos || id == special->eos;
}

static gboolean
append_token (const PlainTokenizer *self, const char *token, gsize length, GArray *ids,
              GError **error)
{
  g_autofree char *key = g_strndup (token, length);
  gpointer value = NULL;
  gint32 id = self->base.special.unk;

  /* no token has a NUL inside, so what has one is unknown; a text cannot say a special token */
  if (strlen (key) == length && g_hash_table_lookup_extended (self->ids, key, NULL, &value) &&
      !is_special (&self->base.special, GPOINTER_TO_INT (value)))
    id = GPOINTER_TO_INT (value);
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

/* Puts each token at its id; all places are taken when each is taken once. */
static gboolean
fill_pieces (PlainTokenizer *self, JsonObject *vocabulary, GError **error)
{
  JsonObjectIter iter;
  const char *piece;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, vocabulary);
  while (json_object_iter_next_ordered (&iter, &piece, &node)) {
    gint64 id = json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : -1;

    if (id < 0 || id >= (gint64)self->pieces->len) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                   "the id of token “%s” is not a whole number from 0 to %u", piece,
                   self->pieces->len - 1);
      return FALSE;
    }
    if (g_ptr_array_index (self->pieces, id) != NULL) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "tokens “%s” and “%s” have the same id %d",
                   (const char *)g_ptr_array_index (self->pieces, id), piece, (gint)id);
      return FALSE;
    }
    g_ptr_array_index (self->pieces, id) = g_strdup (piece);
    g_hash_table_insert (self->ids, g_ptr_array_index (self->pieces, id), GINT_TO_POINTER (id));
  }
  return TRUE;
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
  gsize length;
  const char *text = g_bytes_get_data (vocabulary_json, &length);
  g_autoptr (JsonNode) root = s2s_json_read_object (text, length, error);
  g_autoptr (S2sTokenizer) base = NULL;

  if (root == NULL)
    return NULL;

  JsonObject *vocabulary = json_node_get_object (root);
  guint size = json_object_get_size (vocabulary);
  PlainTokenizer *self = g_new0 (PlainTokenizer, 1);

  base = &self->base;
  *base = (S2sTokenizer){&klass, *special, size};
  self->characters = characters;
  self->pieces = g_ptr_array_new_full (size, g_free);
  g_ptr_array_set_size (self->pieces, (gint)size);
  self->ids = g_hash_table_new (g_str_hash, g_str_equal);
  if (!s2s_tokenizer_check_special (special, size, error) || !fill_pieces (self, vocabulary, error))
    return NULL;
  return g_steal_pointer (&base);
}
