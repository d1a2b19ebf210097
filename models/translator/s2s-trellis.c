/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-trellis.h"

void
s2s_trellis_init (S2sTrellis *self, guint max_rows, guint max_steps, guint max_source,
                  gboolean has_attention)
{
  gsize n_nodes = (gsize)max_rows * max_steps;

  self->max_rows = max_rows;
  self->max_source = max_source;
  self->nodes = g_new (S2sNode, n_nodes);
  self->attention = has_attention ? g_new (float, n_nodes *max_source) : NULL;
}

void
s2s_trellis_clear (S2sTrellis *self)
{
  g_clear_pointer (&self->nodes, g_free);
  g_clear_pointer (&self->attention, g_free);
}

S2sNode *
s2s_trellis_get_node (const S2sTrellis *self, guint step, guint row)
{
  return self->nodes + (gsize)step * self->max_rows + row;
}

float *
s2s_trellis_get_attention (const S2sTrellis *self, guint step, guint row)
{
  return self->attention + ((gsize)step * self->max_rows + row) * self->max_source;
}

void
s2s_trellis_get_tokens (const S2sTrellis *self, guint n_steps, guint row, gint32 *ret_tokens)
{
  for (guint step = n_steps; step-- > 0;) {
    const S2sNode *node = s2s_trellis_get_node (self, step, row);

    ret_tokens[step] = node->token;
    row = node->parent;
  }
}
