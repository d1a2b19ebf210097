/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "translator/s2s-constraints.h"
#include "translator/s2s-translator.h"

#include <glib.h>

G_BEGIN_DECLS

/* The tokens that stand for a term in the output, which come in one piece. */
typedef struct {
  const gint32 *tokens;
  guint n_tokens; /* 1 or more */
} S2sTermTokens;

/* The terms of a sentence: at most S2S_MAX_TERMS of at most S2S_MAX_TERM_TOKENS together.
 * Borrowed. */
typedef struct {
  const S2sTermTokens *list;
  guint n;
} S2sTerms;

/* Room that is kept behind the terms: for EOS, and before them for the rest of a character */
#define S2S_TERM_ROOM 4

/* Where a hypothesis stands. */
typedef struct {
  guint32 begun; /* one bit a term */
  gint current;  /* the term that has begun and goes on, or -1 */
  guint at;      /* its next token */
} S2sTermState;

void s2s_term_state_init (S2sTermState *self);

/* After a token of that term, or of none with -1. */
void s2s_term_state_advance (S2sTermState *self, const S2sTerms *terms, gint term);

guint s2s_term_state_count_begun (const S2sTermState *self);

/* The tokens of all that have not begun. */
guint s2s_terms_count_left (const S2sTerms *self, const S2sTermState *state);

/* The terms that may begin next: those that have not begun, of terms with the same first token the
 * first. ret_terms [S2S_MAX_TERMS]; returns how many. */
guint s2s_terms_get_openings (const S2sTerms *self, const S2sTermState *state, guint *ret_terms);

/* −∞ for what would say a term again that has been said, by itself. */
void s2s_terms_block_again (const S2sTerms *self, const gint32 *history, guint n_history,
                            float *logits);

G_END_DECLS
