/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench-speech.h"

#define TOKENS_PER_WORD 1.3

/* Words of a sentence: the quantiles in steps of a twentieth of 409,237 sentences in the
 * conversations of the Self-dialogue corpus (Edina, University of Edinburgh), mean 7.8 */
static const double words[] = {1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 9, 10, 11, 12, 14, 17, 40};

guint
s2s_bench_draw_words (GRand *rand)
{
  double place = g_rand_double (rand) * (G_N_ELEMENTS (words) - 1);
  guint i = (guint)place;

  return (guint)(words[i] + (place - i) * (words[i + 1] - words[i]) + 0.5);
}

guint
s2s_bench_count_ids (guint n_words)
{
  guint n_ids = (guint)(n_words * TOKENS_PER_WORD + 1.5);

  return MIN (n_ids, S2S_BENCH_MAX_SPOKEN);
}
