/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench.h"

#include "s2s-test-shortlist.h"
#include "translator/s2s-denormals.h"

#include <stdio.h>

/* What a shortlist of the target vocabulary gives, at the reference size and with four times its
 * vocabulary: greedy decoding with lists beside decoding without, in turn. The lists are as long as
 * those that s2s_tools.shortlist makes: the first tokens, and some for each source token. */

#define N_ROUNDS 9
#define N_COMMON 1024
#define PER_TOKEN 6 /* beside the common ones; no two source tokens share one */
#define N_ALONE 4   /* sentences of a round at batch 1 */

static const guint vocabularies[] = {8000, 32000};
static const guint batches[] = {1, S2S_BENCH_BATCH};

static S2sShortlist *
new_shortlist (guint vocabulary)
{
  guint stride = (vocabulary - N_COMMON) / PER_TOKEN;
  g_autofree gint32 *common = g_new (gint32, N_COMMON);
  g_autofree gint32 *starts = g_new (gint32, vocabulary + 1);
  g_autofree gint32 *tokens = g_new (gint32, (gsize)vocabulary * PER_TOKEN);
  S2sTestShortlist lists = {common,         N_COMMON, starts,
                            vocabulary + 1, tokens,   vocabulary * PER_TOKEN};

  for (guint i = 0; i < N_COMMON; i++)
    common[i] = (gint32)i;
  for (guint i = 0; i <= vocabulary; i++)
    starts[i] = (gint32)(i * PER_TOKEN);
  for (guint i = 0; i < vocabulary; i++)
    for (guint j = 0; j < PER_TOKEN; j++)
      tokens[i * PER_TOKEN + j] = (gint32)(N_COMMON + j * stride + (i * 31 + j * 7) % stride);
  return s2s_test_shortlist_load (&lists, vocabulary, vocabulary);
}

static double
measure (S2sSearch *search, const S2sBenchSentences *sentences, guint batch)
{
  guint n = batch == 1 ? N_ALONE : batch;
  double start = s2s_bench_get_seconds ();

  for (guint first = 0; first < n; first += batch)
    s2s_bench_decode (search, sentences, first, batch);
  return n * S2S_BENCH_TARGET / (s2s_bench_get_seconds () - start);
}

static void
run (S2sBenchNet *net, S2sShortlist *shortlist, const S2sBenchSentences *sentences, guint batch)
{
  S2sSearch *searches[2];
  double rates[2][N_ROUNDS], ratios[N_ROUNDS];

  for (guint i = 0; i < 2; i++) {
    net->shortlist = i == 1 ? shortlist : NULL;
    searches[i] = s2s_bench_search_new (net, 1, batch, S2S_BENCH_SOURCE, S2S_BENCH_TARGET);
    measure (searches[i], sentences, batch);
  }
  net->shortlist = NULL;
  for (guint round = 0; round < N_ROUNDS; round++) {
    for (guint i = 0; i < 2; i++)
      rates[i][round] = measure (searches[i], sentences, batch);
    ratios[round] = rates[1][round] / rates[0][round];
  }

  S2sBenchSpread ratio = s2s_bench_get_spread (N_ROUNDS, ratios);
  printf ("%10u %-4s %5u %10.0f %10.0f %6.2f (%.2f to %.2f)\n",
          net->hparams->target_vocabulary_size, net->type->name, batch,
          s2s_bench_get_spread (N_ROUNDS, rates[0]).median,
          s2s_bench_get_spread (N_ROUNDS, rates[1]).median, ratio.median, ratio.low, ratio.high);
  for (guint i = 0; i < 2; i++)
    s2s_search_free (searches[i]);
}

static void
run_vocabulary (guint vocabulary)
{
  S2sBenchWeights *weights = s2s_bench_weights_new (vocabulary, S2S_BENCH_LAYERS);
  g_autoptr (S2sShortlist) shortlist = new_shortlist (vocabulary);
  S2sBenchSentences sentences;

  s2s_bench_sentences_init (&sentences, S2S_BENCH_BATCH, S2S_BENCH_SOURCE, vocabulary);
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++) {
    S2sBenchNet net;

    s2s_bench_net_init (&net, weights, &s2s_bench_types[t]);
    for (guint i = 0; i < G_N_ELEMENTS (batches); i++)
      run (&net, shortlist, &sentences, batches[i]);
    s2s_bench_net_clear (&net);
  }
  s2s_bench_sentences_clear (&sentences);
  s2s_bench_weights_free (weights);
}

int
main (void)
{
  guint64 denormals = s2s_denormals_begin ();

  printf ("%s, one thread; target tokens/s with all tokens, and with lists of %u and %u a source "
          "token\n",
          s2s_kernels_get (NULL)->name, N_COMMON, PER_TOKEN);
  printf ("vocabulary      batch        all    listed  ratio (lowest to highest)\n");
  for (guint i = 0; i < G_N_ELEMENTS (vocabularies); i++)
    run_vocabulary (vocabularies[i]);
  s2s_denormals_end (denormals);
  return 0;
}
