/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-terms.h"

#include <math.h>
#include <string.h>

void
s2s_term_state_init (S2sTermState *self)
{
  *self = (S2sTermState){0, -1, 0};
}

void
s2s_term_state_advance (S2sTermState *self, const S2sTerms *terms, gint term)
{
  if (term < 0)
    return;
  self->at = self->current == term ? self->at + 1 : 1;
  self->begun |= 1u << term;
  self->current = self->at < terms->list[term].n_tokens ? term : -1;
}

guint
s2s_term_state_count_begun (const S2sTermState *self)
{
  guint n = 0;

  for (guint32 bits = self->begun; bits != 0; bits &= bits - 1)
    n++;
  return n;
}

static gboolean
has_begun (const S2sTermState *state, guint term)
{
  return (state->begun >> term & 1) != 0;
}

guint
s2s_terms_count_left (const S2sTerms *self, const S2sTermState *state)
{
  guint n = 0;

  for (guint i = 0; i < self->n; i++)
    if (!has_begun (state, i))
      n += self->list[i].n_tokens;
  return n;
}

guint
s2s_terms_get_openings (const S2sTerms *self, const S2sTermState *state, guint *ret_terms)
{
  guint n = 0;

  for (guint i = 0; i < self->n; i++) {
    gboolean is_new = !has_begun (state, i);

    for (guint j = 0; j < n && is_new; j++)
      is_new = self->list[ret_terms[j]].tokens[0] != self->list[i].tokens[0];
    if (is_new)
      ret_terms[n++] = i;
  }
  return n;
}

void
s2s_terms_block_again (const S2sTerms *self, const gint32 *history, guint n_history, float *logits)
{
  for (guint i = 0; i < self->n; i++) {
    const S2sTermTokens *term = &self->list[i];
    guint n_before = term->n_tokens - 1;

    if (n_history >= n_before &&
        memcmp (history + n_history - n_before, term->tokens, n_before * sizeof *history) == 0)
      logits[term->tokens[n_before]] = -INFINITY;
  }
}
