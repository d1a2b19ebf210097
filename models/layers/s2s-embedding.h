/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kernels/s2s-panels.h"
#include "layers/s2s-loader.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sEmbedding:
 *
 * y_r = table[id_r]. The table is its own, or the matrix of another layer when embeddings are tied.
 */
typedef struct {
  S2sPanels own;
  const S2sPanels *table; /* [V][E] */
} S2sEmbedding;

/* Binds `scope.weight`. self must not move afterwards. */
gboolean s2s_embedding_load (S2sEmbedding *self, S2sLoader *loader, const char *scope,
                             guint n_tokens, guint n_units, GError **error);

/* table is borrowed for the life of self. */
void s2s_embedding_share (S2sEmbedding *self, const S2sPanels *table);
void s2s_embedding_clear (S2sEmbedding *self);

/* ids [n], each 0 to V − 1; y [n][E], rows y_stride floats apart */
void s2s_embedding_forward (const S2sEmbedding *self, guint n, const gint32 *ids, float *y,
                            gsize y_stride);

G_END_DECLS
