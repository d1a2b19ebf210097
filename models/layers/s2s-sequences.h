/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sSequences:
 *
 * Sentences of different lengths run side by side without padding. The sentences are put in slots,
 * the longest first, so that those still running at step t are slots 0 to n_active[t] − 1, and the
 * positions of one step lie together:
 *
 *   slot 0   A0 A1 A2 A3         by steps:     A0 B0 C0 A1 B1 A2 B2 A3
 *   slot 1   B0 B1 B2            by sentences: A0 A1 A2 A3 B0 B1 B2 C0 (in the order they were
 * given) slot 2   C0
 *
 * A network over time works by steps, attention by sentences.
 */
typedef struct {
  guint n_sentences;
  guint n_positions; /* of all sentences together */
  guint n_steps;     /* of the longest */
  guint *lengths;    /* [n_sentences] */
  guint *starts;     /* [n_sentences] first position of a sentence, by sentences */
  guint *order;      /* [n_sentences] the sentence in a slot */
  guint *n_active;   /* [n_steps + 1] the last is 0 */
  guint
      *step_starts; /* [n_steps + 1] first position of a step, by steps; the last is n_positions */
} S2sSequences;

void s2s_sequences_init (S2sSequences *self, guint max_sentences, guint max_steps);
void s2s_sequences_clear (S2sSequences *self);

/* lengths [n], each 1 to max_steps */
void s2s_sequences_set (S2sSequences *self, guint n, const guint *lengths);

G_END_DECLS
