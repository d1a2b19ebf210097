/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-hparams.h"
#include "layers/s2s-embedding.h"
#include "layers/s2s-linear.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sGenerator:
 *
 * logits = o·W_gᵀ + b_g. With tied embeddings W_g and the table of the target embedding are one.
 */
typedef struct {
  S2sLinear outputs; /* [Vt][n_inputs] */
} S2sGenerator;

/**
 * S2sGeneratorState:
 *
 * The outputs that the logits of each sentence are restricted to, if they are.
 */
typedef struct {
  guint n_always;          /* outputs of the generator that are in all lists */
  guint n_subsets;         /* max_sentences, or 0 where logits are never restricted */
  gboolean *is_restricted; /* [n_subsets] by slot */
  S2sLinear *subsets;      /* [n_subsets] by slot, what its list has beside n_always */
} S2sGeneratorState;

/* Binds `generator.weight`, or the table that is tied to it, `generator.bias`, and the target
 * embedding of n_embedding values, which borrows from self. */
gboolean s2s_generator_load (S2sGenerator *self, S2sLoader *loader, S2sTiedEmbeddings tied,
                             guint n_tokens, guint n_inputs, guint n_embedding,
                             S2sEmbedding *embedding, GError **error);
void s2s_generator_clear (S2sGenerator *self);

/* max_shortlist, n_always: as of S2sArchLimits */
void s2s_generator_state_init (S2sGeneratorState *self, const S2sGenerator *generator,
                               guint max_sentences, guint max_shortlist, guint n_always);
void s2s_generator_state_clear (S2sGeneratorState *self);

/* The bytes of what init claims */
guint64 s2s_generator_get_state_size (const S2sGenerator *self, guint max_sentences,
                                      guint max_shortlist, guint n_always);

/* Lifts the restriction of a slot. */
void s2s_generator_start (const S2sGenerator *self, S2sGeneratorState *state, guint slot);

/* As restrict_logits of S2sArch */
void s2s_generator_restrict (const S2sGenerator *self, S2sGeneratorState *state, guint slot,
                             const gint32 *tokens, guint n);

/* slots [n_rows]: the sentence of each row; x [n_rows][n_inputs] without gaps; logits as of step of
 * S2sArch */
void s2s_generator_step (const S2sGenerator *self, S2sCompute *compute,
                         const S2sGeneratorState *state, guint n_rows, const guint *slots,
                         const float *x, float *logits, gsize logits_stride);

G_END_DECLS
