/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench-torch.h"
#include "s2s-bench.h"

#include "translator/s2s-denormals.h"

#include <stdio.h>
#include <string.h>

/* How the time of a decode grows with the length of a sentence, the sentences of a batch, the
 * hypotheses of a beam, the vocabulary and the layers of the decoder: one varied at a time around
 * the reference size, random weights, one thread. As many tokens come out as went in.
 *
 *   bench-growth [TABLE PICTURE]
 *
 * The table has columns parted by tabs; s2s_tools.plot_growth draws it, where there is a Python
 * that can. */

#define N_ROUNDS 9
#define MAX_VALUES 8

typedef struct {
  guint length;
  guint batch;
  guint beam;
  guint vocabulary;
  guint layers;
} Size;

static const Size reference = {S2S_BENCH_SOURCE, 1, 1, S2S_BENCH_VOCABULARY, S2S_BENCH_LAYERS};

/* What is varied, and through which values, up to a 0 */
typedef struct {
  const char *name;
  gsize offset;
  guint values[MAX_VALUES];
} Variable;

static const Variable variables[] = {
    {"source length", G_STRUCT_OFFSET (Size, length), {5, 10, 15, 20, 40, 60, 80}},
    {"batch", G_STRUCT_OFFSET (Size, batch), {1, 2, 4, 8, 16, 32, 64}},
    {"beam", G_STRUCT_OFFSET (Size, beam), {1, 2, 4, 8, 12, 16}},
    {"vocabulary", G_STRUCT_OFFSET (Size, vocabulary), {2000, 4000, 8000, 16000, 32000}},
    {"decoder layers", G_STRUCT_OFFSET (Size, layers), {1, 2, 3, 4}},
};

/* ms of a decode */
static double
measure (const S2sBenchNet *net, const Size *size)
{
  S2sSearch *search =
      s2s_bench_search_new (net, size->beam, size->batch, size->length, size->length);
  S2sBenchSentences sentences;
  double times[N_ROUNDS];

  s2s_bench_sentences_init (&sentences, size->batch, size->length, size->vocabulary);
  s2s_bench_decode (search, &sentences, 0, size->batch);
  for (guint i = 0; i < N_ROUNDS; i++) {
    double start = s2s_bench_get_seconds ();

    s2s_bench_decode (search, &sentences, 0, size->batch);
    times[i] = 1000 * (s2s_bench_get_seconds () - start);
  }
  s2s_bench_sentences_clear (&sentences);
  s2s_search_free (search);
  return s2s_bench_get_spread (N_ROUNDS, times).median;
}

/* A line of the screen, and one of the table for each type */
static void
print_row (GString *table, const Variable *variable, guint value, const Size *size,
           const double *times)
{
  guint n_tokens = size->batch * size->length;

  printf ("%-15s %6u", variable->name, value);
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++) {
    printf (" %12.2f %9.0f", times[t], 1000 * times[t] / n_tokens);
    g_string_append_printf (table, "%s\t%u\t%s\t%u\t%.4f\n", variable->name, value,
                            s2s_bench_types[t].name, n_tokens, times[t]);
  }
  printf ("\n");
  fflush (stdout);
}

/* Networks are made anew where the values differ in them, else they are those of the reference. */
static void
run_variable (GString *table, const Variable *variable, const S2sBenchNet *nets)
{
  for (guint i = 0; i < MAX_VALUES && variable->values[i] > 0; i++) {
    guint value = variable->values[i];
    Size size = reference;
    double times[S2S_BENCH_N_TYPES];

    G_STRUCT_MEMBER (guint, &size, variable->offset) = value;
    gboolean differs = size.vocabulary != reference.vocabulary || size.layers != reference.layers;
    S2sBenchWeights *weights =
        differs ? s2s_bench_weights_new (size.vocabulary, size.layers) : NULL;

    for (guint t = 0; t < S2S_BENCH_N_TYPES; t++) {
      S2sBenchNet own;

      if (differs)
        s2s_bench_net_init (&own, weights, &s2s_bench_types[t]);
      times[t] = measure (differs ? &own : &nets[t], &size);
      if (differs)
        s2s_bench_net_clear (&own);
    }
    print_row (table, variable, value, &size, times);
    g_clear_pointer (&weights, s2s_bench_weights_free);
  }
}

int
main (int argc, char **argv)
{
  S2sBenchWeights *weights = s2s_bench_weights_new (reference.vocabulary, reference.layers);
  g_autoptr (GString) table = g_string_new ("variable\tvalue\ttype\ttokens\tms\n");
  g_autoptr (GError) error = NULL;
  S2sBenchNet nets[S2S_BENCH_N_TYPES];

  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    s2s_bench_net_init (&nets[t], weights, &s2s_bench_types[t]);
  printf ("%s, one thread; ms of a decode and µs of a target token: medians of %d\n%-22s",
          s2s_kernels_get (NULL)->name, N_ROUNDS, "");
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    printf (" %4s:     ms %9s", s2s_bench_types[t].name, "µs/token");
  printf ("\n");

  guint64 denormals = s2s_denormals_begin ();
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    run_variable (table, &variables[i], nets);
  s2s_denormals_end (denormals);
  if (argc == 3 && g_file_set_contents (argv[1], table->str, (gssize)table->len, &error))
    s2s_bench_draw ("plot_growth", argv[1], argv[2]);
  g_assert_no_error (error);

  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    s2s_bench_net_clear (&nets[t]);
  s2s_bench_weights_free (weights);
  return 0;
}
