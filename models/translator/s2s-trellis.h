/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The last token of a hypothesis, and the place of the one that it continues. */
typedef struct {
  gint32 token;
  guint parent;
  float log_prob;
  gint term; /* the term that it is a token of, or -1 */
} S2sNode;

/**
 * S2sTrellis:
 *
 * All hypotheses of the sentences at hand, as back pointers: node (slot, step, place) is what
 * stands in that place of the beam of that slot after the step. Those that were dropped stay
 * readable until the slot is used again, so finished hypotheses need no copy. The attention of
 * (slot, step, place) is that of the network in the step, before the places were dealt anew: it
 * belongs to the node whose parent the place is.
 */
typedef struct {
  guint max_steps;
  guint width;
  guint max_source;
  S2sNode *nodes;   /* [n_slots][max_steps][width] */
  float *attention; /* [n_slots][max_steps][width][max_source], NULL without */
} S2sTrellis;

void s2s_trellis_init (S2sTrellis *self, guint n_slots, guint max_steps, guint width,
                       guint max_source, gboolean has_attention);
void s2s_trellis_clear (S2sTrellis *self);

S2sNode *s2s_trellis_get_node (const S2sTrellis *self, guint slot, guint step, guint place);
float *s2s_trellis_get_attention (const S2sTrellis *self, guint slot, guint step, guint place);

/* ret_tokens [n_steps]: the tokens of a hypothesis after that many steps, oldest first. */
void s2s_trellis_get_tokens (const S2sTrellis *self, guint slot, guint n_steps, guint place,
                             gint32 *ret_tokens);

G_END_DECLS
