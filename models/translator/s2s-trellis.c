/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-trellis.h"

void
s2s_trellis_init (S2sTrellis *self, guint n_slots, guint max_steps, guint width, guint max_source,
                  gboolean has_attention)
{
  gsize n_nodes = (gsize)n_slots * max_steps * width;

  self->max_steps = max_steps;
  self->width = width;
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

static gsize
get_index (const S2sTrellis *self, guint slot, guint step, guint place)
{
  return ((gsize)slot * self->max_steps + step) * self->width + place;
}

S2sNode *
s2s_trellis_get_node (const S2sTrellis *self, guint slot, guint step, guint place)
{
  return self->nodes + get_index (self, slot, step, place);
}

float *
s2s_trellis_get_attention (const S2sTrellis *self, guint slot, guint step, guint place)
{
  return self->attention + get_index (self, slot, step, place) * self->max_source;
}

void
s2s_trellis_get_tokens (const S2sTrellis *self, guint slot, guint n_steps, guint place,
                        gint32 *ret_tokens)
{
  for (guint step = n_steps; step-- > 0;) {
    const S2sNode *node = s2s_trellis_get_node (self, slot, step, place);

    ret_tokens[step] = node->token;
    place = node->parent;
  }
}
