/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "layers/s2s-history.h"
#include "layers/s2s-linear.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sMultiHead:
 *
 * Attention of several heads, each with its own D/heads of the D values of q, k and v:
 *
 *   q = x·W_qᵀ + b_q, k = m·W_kᵀ + b_k, v = m·W_vᵀ + b_v
 *   α = softmax_j (q·k_j / √(D/heads)), context = Σ_j α_j·v_j, one after another for all heads
 *   y = context·W_oᵀ + b_o
 *
 * m is x itself of self-attention: the positions of the sentence, or the steps of the row so far.
 * Of cross-attention it is the memory. Vaswani et al. 2017, section 3.2. Matrices that read the
 * same are one product.
 */
typedef struct {
  guint n_units; /* D */
  guint n_heads;
  S2sLinear input;  /* self [3D][D]: q, k and v; cross [D][D]: q */
  S2sLinear memory; /* cross [2D][D]: k and v */
  S2sLinear output; /* [D][D] */
} S2sMultiHead;

/* Room for a forward or a step, of one layer after another */
typedef struct {
  float *input;   /* [max_rows][3D] */
  float *context; /* [max_rows][D] */
  float *weights; /* [max_keys] of one head */
} S2sMultiHeadScratch;

/* Binds weight and bias of `scope.query`, `.key`, `.value` and `.output`. */
gboolean s2s_multi_head_load (S2sMultiHead *self, S2sLoader *loader, const char *scope,
                              guint n_units, guint n_heads, gboolean is_cross, GError **error);
void s2s_multi_head_clear (S2sMultiHead *self);

/* max_keys: the most that a row looks at */
void s2s_multi_head_scratch_init (S2sMultiHeadScratch *self, guint n_units, guint max_rows,
                                  guint max_keys);
void s2s_multi_head_scratch_clear (S2sMultiHeadScratch *self);

/* Self-attention of whole sentences, which lie one after another: x, y [Σ lengths][D] */
void s2s_multi_head_forward (const S2sMultiHead *self, S2sCompute *compute,
                             S2sMultiHeadScratch *scratch, guint n_sentences, const guint *lengths,
                             const float *x, float *y);

/* Self-attention of the last step of each row of the history. kept [n_entries][2D]: k and v of each
 * entry; those of this step are written. x, y [n_rows][D] */
void s2s_multi_head_step (const S2sMultiHead *self, S2sCompute *compute,
                          S2sMultiHeadScratch *scratch, const S2sHistory *history, float *kept,
                          const float *x, float *y);

/* k and v of a memory, made once a sentence: memory [n][D] → kept [n][2D] */
void s2s_multi_head_read (const S2sMultiHead *self, S2sCompute *compute, guint n,
                          const float *memory, float *kept);

/* Cross-attention: row i looks at the lengths[slots[i]] first of kept [slots[i]][max_source][2D].
 * weights (nullable) [n_rows][max_source]: the mean of α over the heads */
void s2s_multi_head_look (const S2sMultiHead *self, S2sCompute *compute,
                          S2sMultiHeadScratch *scratch, guint n_rows, const guint *slots,
                          const guint *lengths, guint max_source, const float *kept, const float *x,
                          float *y, float *weights);

G_END_DECLS
