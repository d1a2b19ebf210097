/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* People who speak: 150 words a minute, sentence after sentence */

#define S2S_BENCH_WORDS_PER_SECOND 2.5

/* Source tokens of the longest sentence that is drawn, with EOS */
#define S2S_BENCH_MAX_SPOKEN 54

/* Latency that is good enough for live captions, in seconds, of 99 sentences in 100 */
#define S2S_BENCH_MAX_LATENCY 0.3

/* Words of the next sentence */
guint s2s_bench_draw_words (GRand *rand);

/* Source tokens of so many words, with EOS */
guint s2s_bench_count_ids (guint n_words);

G_END_DECLS
