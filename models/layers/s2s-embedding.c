/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-embedding.h"

gboolean
s2s_embedding_load (S2sEmbedding *self, S2sLoader *loader, const char *scope, guint n_tokens,
                    guint n_units, GError **error)
{
  S2sTensor table;

  if (!s2s_loader_get_matrix (loader, scope, "weight", n_tokens, n_units, &table, error))
    return FALSE;

  s2s_panels_init (&self->own, &table, 1, FALSE);
  self->table = &self->own;
  loader->n_bytes += self->own.n_bytes;
  return TRUE;
}

void
s2s_embedding_share (S2sEmbedding *self, const S2sPanels *table)
{
  self->table = table;
}

void
s2s_embedding_clear (S2sEmbedding *self)
{
  s2s_panels_clear (&self->own);
  self->table = NULL;
}

void
s2s_embedding_forward (const S2sEmbedding *self, guint n, const gint32 *ids, float *y,
                       gsize y_stride)
{
  for (guint i = 0; i < n; i++)
    s2s_panels_get_row (self->table, (guint)ids[i], y + i * y_stride);
}
