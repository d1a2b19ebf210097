/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sVocabulary:
 * @pieces: the pieces by id
 * @ids: piece, borrowed → id
 *
 * A JSON object `{"piece": id, …}` with ids from 0 without a gap. Immutable after init.
 */
typedef struct {
  GPtrArray *pieces;
  GHashTable *ids;
} S2sVocabulary;

/* Fails with S2S_ERROR_FORMAT; then nothing is to be cleared. */
gboolean s2s_vocabulary_init (S2sVocabulary *self, GBytes *json, GError **error);
void s2s_vocabulary_clear (S2sVocabulary *self);

guint s2s_vocabulary_get_size (const S2sVocabulary *self);
const char *s2s_vocabulary_get_piece (const S2sVocabulary *self, gint32 id);

/* -1 when it is not there. */
gint32 s2s_vocabulary_find (const S2sVocabulary *self, const char *piece);

G_END_DECLS
