/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "text/s2s-tokenizer.h"
#include "translator/s2s-utf8.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sTargetVocabulary:
 * @special: ids with a meaning of their own; `bos` and `eos` are there
 * @n_tokens: ids of the vocabulary; the network may have more logits
 * @bytes: (nullable): [n_tokens], the byte that a token stands for, or -1; %NULL when no token does
 *
 * What decoding needs to know of the target tokenizer.
 */
typedef struct {
  S2sSpecialTokens special;
  guint n_tokens;
  const gint16 *bytes;
} S2sTargetVocabulary;

/**
 * S2sConstraints:
 *
 * Which tokens may come next (docs/numerics.md). What may not gets the logit −∞, so that the
 * softmax is over the others. Immutable after init.
 */
typedef struct {
  guint n_tokens;
  gboolean *banned; /* [n_tokens] never put out */
  gint16 *bytes;    /* [n_tokens] or NULL */
  guint n_byte_tokens;
  gint32 *byte_tokens; /* [n_byte_tokens] ids with a byte, banned ones left out, ascending */
  guint n_closed;
  gint32 *closed; /* [n_closed] what may never start: banned, or a byte inside a character */
} S2sConstraints;

/* ids that are out of range in banned are an error of the caller. Copies all. */
void s2s_constraints_init (S2sConstraints *self, const S2sTargetVocabulary *vocabulary,
                           const gint32 *banned, gsize n_banned);
void s2s_constraints_clear (S2sConstraints *self);

/* The state after token, which is allowed in `state`. */
S2sUtf8State s2s_constraints_advance (const S2sConstraints *self, S2sUtf8State state, gint32 token);

/* logits [n_tokens]: −∞ for what may not come next. */
void s2s_constraints_apply (const S2sConstraints *self, S2sUtf8State state, float *logits);

/* −∞ for what would end an n-gram that stands in history already. n is 1 or more. */
void s2s_constraints_block_repeats (const gint32 *history, guint n_history, guint n, float *logits);

G_END_DECLS
