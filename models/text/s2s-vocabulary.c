/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-vocabulary.h"

#include "base/s2s-error.h"
#include "base/s2s-json.h"

/* Puts each piece at its id; all places are taken when each is taken once. */
static gboolean
fill (S2sVocabulary *self, JsonObject *object, GError **error)
{
  JsonObjectIter iter;
  const char *piece;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
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

gboolean
s2s_vocabulary_init (S2sVocabulary *self, GBytes *json, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (json, &length);
  g_autoptr (JsonNode) root = s2s_json_read_object (text, length, error);

  if (root == NULL)
    return FALSE;

  JsonObject *object = json_node_get_object (root);
  guint size = json_object_get_size (object);
  S2sVocabulary vocabulary = {
      .pieces = g_ptr_array_new_full (size, g_free),
      .ids = g_hash_table_new (g_str_hash, g_str_equal),
  };

  g_ptr_array_set_size (vocabulary.pieces, (gint)size);
  if (!fill (&vocabulary, object, error)) {
    s2s_vocabulary_clear (&vocabulary);
    return FALSE;
  }
  *self = vocabulary;
  return TRUE;
}

void
s2s_vocabulary_clear (S2sVocabulary *self)
{
  g_clear_pointer (&self->ids, g_hash_table_unref);
  g_clear_pointer (&self->pieces, g_ptr_array_unref);
}

guint
s2s_vocabulary_get_size (const S2sVocabulary *self)
{
  return self->pieces->len;
}

const char *
s2s_vocabulary_get_piece (const S2sVocabulary *self, gint32 id)
{
  return g_ptr_array_index (self->pieces, id);
}

gint32
s2s_vocabulary_find (const S2sVocabulary *self, const char *piece)
{
  gpointer value;

  if (!g_hash_table_lookup_extended (self->ids, piece, NULL, &value))
    return -1;
  return GPOINTER_TO_INT (value);
}
