/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-hparams.h"
#include "layers/s2s-layer-norm.h"
#include "layers/s2s-linear.h"
#include "layers/s2s-memory.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sAttention:
 *
 * α = softmax (e), context = Σ_j α_j·M_j over the positions j of the row's own sentence, with
 *
 *   dot       e_j = M_j·h
 *   general   e_j = M_j·(W_q·h) = (M_j·W_q)·h, so that M·W_q is made once a sentence
 *   additive  e_j = v·tanh (W_q·h + k_j), k = M·W_kᵀ + b made once a sentence
 *
 * general and dot: Luong et al. 2015, section 3.1; additive: Bahdanau et al. 2015, appendix A.1.2.
 * Additive attention may have layer norms of W_q·h and of k.
 */
typedef struct {
  S2sAttentionKind kind;
  guint n_memory;  /* of M: H, or another size of additive */
  guint n_hidden;  /* H, of h */
  guint n_keys;    /* H, or A of additive */
  S2sLinear key;   /* general [H][H]: W_qᵀ; additive [A][n_memory] */
  S2sLinear query; /* additive [A][H] */
  float *v;        /* additive [A] */
  S2sLayerNorm key_norm;
  S2sLayerNorm query_norm;
} S2sAttention;

/**
 * S2sAttentionState:
 *
 * The keys of the sentences at hand, and the weights of the last step.
 */
typedef struct {
  const S2sMemory *memory; /* borrowed */
  float *keys;    /* [max_sentences][max_source][n_keys]; NULL when the memory is the keys */
  float *query;   /* [max_rows][n_keys], additive only */
  float *weights; /* [max_rows][max_source] */
} S2sAttentionState;

/* Binds what kind needs of `attention.query.weight`, `.key.weight`, `.key.bias` and `.v`. kind is
 * not none. n_attention: A, of additive only. */
gboolean s2s_attention_load (S2sAttention *self, S2sLoader *loader, S2sAttentionKind kind,
                             guint n_hidden, guint n_attention, GError **error);

/* Additive attention to a memory of n_memory values. With is_normed also
 * `attention.key_norm.weight`,
 * `.bias`, and `attention.query_norm`. */
gboolean s2s_attention_load_additive (S2sAttention *self, S2sLoader *loader, guint n_memory,
                                      guint n_hidden, guint n_attention, gboolean is_normed,
                                      double epsilon, GError **error);
void s2s_attention_clear (S2sAttention *self);

/* memory: where the encoder puts what it has read; borrowed for the life of the state */
void s2s_attention_state_init (S2sAttentionState *self, const S2sAttention *attention,
                               const S2sMemory *memory, guint max_sentences, guint max_rows);
void s2s_attention_state_clear (S2sAttentionState *self);

/* Makes the keys of a slot, whose memory has been written. */
void s2s_attention_forward (const S2sAttention *self, S2sCompute *compute, S2sAttentionState *state,
                            guint slot);

/* slots [n_rows]: the sentence of each row; h [n_rows][H] and context [n_rows][n_memory], rows
 * h_stride and context_stride floats apart */
void s2s_attention_step (const S2sAttention *self, S2sCompute *compute, S2sAttentionState *state,
                         guint n_rows, const guint *slots, const float *h, gsize h_stride,
                         float *context, gsize context_stride);

/* α of a row in the last step, over the positions of its sentence */
const float *s2s_attention_get_weights (const S2sAttentionState *state, guint row);

G_END_DECLS
