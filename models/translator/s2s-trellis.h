/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The last token of a hypothesis, and the row of the step before that it continues. */
typedef struct {
  gint32 token;
  guint parent;
  float log_prob;
  gint term; /* the term that it is a token of, or -1 */
} S2sNode;

/**
 * S2sTrellis:
 *
 * All hypotheses of a batch, as back pointers: node (step, row) is what stands in that row after
 * the step. Rows that were dropped stay readable until the next batch, so finished hypotheses need
 * no copy. The attention of (step, row) is that of the network in the step, before the rows were
 * regrouped: it belongs to the node whose parent the row is.
 */
typedef struct {
  guint max_rows;
  guint max_source;
  S2sNode *nodes;   /* [max_steps][max_rows] */
  float *attention; /* [max_steps][max_rows][max_source], NULL without */
} S2sTrellis;

void s2s_trellis_init (S2sTrellis *self, guint max_rows, guint max_steps, guint max_source,
                       gboolean has_attention);
void s2s_trellis_clear (S2sTrellis *self);

S2sNode *s2s_trellis_get_node (const S2sTrellis *self, guint step, guint row);
float *s2s_trellis_get_attention (const S2sTrellis *self, guint step, guint row);

/* ret_tokens [n_steps]: the tokens of the row after that many steps, oldest first. */
void s2s_trellis_get_tokens (const S2sTrellis *self, guint n_steps, guint row, gint32 *ret_tokens);

G_END_DECLS
