/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench-products.h"
#include "s2s-bench-torch.h"

#include "translator/s2s-denormals.h"

#include <blis.h>
#include <stdio.h>

/* Random weights of the reference size on one thread: greedy search one sentence at a time, a beam
 * of 4 one sentence at a time, greedy search of 32 sentences together. Beside it stand limits that
 * are measured in turn with it:
 *
 *   read      weights that a step touches, read once and nothing else done
 *   products  the matrix products alone, at as many rows
 *   gemm      a large square bli_sgemm, at two operations a weight and row
 *
 * and peers: PyTorch with the same weights and sentences, where there is one (bench-decoder
 * [bench-torch.py]), and Marian, whose figures are quoted and not measured. */

#define N_ROUNDS 9
#define N_READS 8 /* one after another, as tokens read the weights */
#define GEMM_SIZE 1024

/* A way of decoding, and what is decoded so in a round */
typedef struct {
  const char *name;
  guint beam;
  guint batch;
  guint n_sentences;
} Mode;

static const Mode modes[] = {
    {"greedy", 1, 1, 3}, {"beam 4", S2S_BENCH_BEAM, 1, 3}, {"greedy", 1, S2S_BENCH_BATCH, 32}};
#define N_MODES G_N_ELEMENTS (modes)

/* Marian (the fork of browsermt) at this size: tokens a second on one thread of a Zen-4-class core
 * with AVX2 only, by type and mode; 0 is not there. */
static const double marian[S2S_BENCH_N_TYPES][N_MODES] = {
    {310, 184, 1216}, {0, 0, 0}, {1055, 430, 1804}};

static const char *const torch_decoders[] = {"modules", "by-hand", "int8"};
enum { TORCH_MODULES, TORCH_BY_HAND, TORCH_INT8, N_TORCH };

/* Seconds */
typedef struct {
  double gemm;
  double read[S2S_BENCH_N_TYPES]; /* of one step */
  double products[S2S_BENCH_N_TYPES][N_MODES], ours[S2S_BENCH_N_TYPES][N_MODES];
  double torch[N_TORCH][N_MODES];
} Round;

typedef struct {
  S2sBenchNet net;
  S2sBenchProducts products;
  S2sSearch *searches[N_MODES];
  gsize n_bytes; /* of a step */
  float *weights;
} Subject;

typedef struct {
  S2sBenchSentences sentences;
  Subject subjects[S2S_BENCH_N_TYPES];
  float *square[3];
  S2sBenchTorch *torch; /* nullable */
} Bench;

/* ---- A round ---- */

static void
multiply_squares (const Bench *self)
{
  float one = 1, zero = 0;

  bli_sgemm (BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, GEMM_SIZE, GEMM_SIZE, GEMM_SIZE, &one,
             self->square[0], GEMM_SIZE, 1, self->square[1], GEMM_SIZE, 1, &zero, self->square[2],
             GEMM_SIZE, 1);
}

static double
measure_gemm (const Bench *self)
{
  double start = s2s_bench_get_seconds ();

  multiply_squares (self);
  return s2s_bench_get_seconds () - start;
}

static double
measure_read (const Subject *subject)
{
  s2s_bench_read (subject->n_bytes, subject->weights);
  double start = s2s_bench_get_seconds ();

  for (guint i = 0; i < N_READS; i++)
    s2s_bench_read (subject->n_bytes, subject->weights);
  return (s2s_bench_get_seconds () - start) / N_READS;
}

static double
measure_products (Subject *subject, const Mode *mode)
{
  double start = s2s_bench_get_seconds ();

  for (guint i = 0; i < mode->n_sentences; i += mode->batch)
    s2s_bench_products_run (&subject->products, mode->batch, mode->batch * mode->beam);
  return s2s_bench_get_seconds () - start;
}

static double
measure_ours (const Bench *self, const Subject *subject, guint m)
{
  double start = s2s_bench_get_seconds ();

  for (guint i = 0; i < modes[m].n_sentences; i += modes[m].batch)
    s2s_bench_decode (subject->searches[m], &self->sentences, i, modes[m].batch);
  return s2s_bench_get_seconds () - start;
}

static void
run_round (Bench *self, Round *round)
{
  round->gemm = measure_gemm (self);
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++) {
    Subject *subject = &self->subjects[t];

    round->read[t] = measure_read (subject);
    for (guint m = 0; m < N_MODES; m++) {
      round->products[t][m] = measure_products (subject, &modes[m]);
      round->ours[t][m] = measure_ours (self, subject, m);
    }
  }
  for (guint d = 0; self->torch != NULL && d < N_TORCH; d++)
    for (guint m = 0; m < N_MODES; m++)
      round->torch[d][m] = s2s_bench_torch_run (self->torch, torch_decoders[d], modes[m].beam,
                                                modes[m].n_sentences, modes[m].batch);
}

/* ---- The tables ---- */

static double
get_tokens (guint m)
{
  return modes[m].n_sentences * S2S_BENCH_TARGET;
}

static S2sBenchSpread
get_rates (const Round *rounds, gsize offset, guint m)
{
  double rates[N_ROUNDS];

  for (guint i = 0; i < N_ROUNDS; i++)
    rates[i] = get_tokens (m) / G_STRUCT_MEMBER (double, &rounds[i], offset);
  return s2s_bench_get_spread (N_ROUNDS, rates);
}

/* How many times as long another thing took: the median of the rounds */
static double
get_ratio (const Round *rounds, gsize offset, gsize other)
{
  double ratios[N_ROUNDS];

  for (guint i = 0; i < N_ROUNDS; i++)
    ratios[i] =
        G_STRUCT_MEMBER (double, &rounds[i], other) / G_STRUCT_MEMBER (double, &rounds[i], offset);
  return s2s_bench_get_spread (N_ROUNDS, ratios).median;
}

static gsize
get_ours (guint t, guint m)
{
  return G_STRUCT_OFFSET (Round, ours) + (t * N_MODES + m) * sizeof (double);
}

static void
print_limits (const Bench *self, const Round *rounds)
{
  const S2sHparams *hparams = self->subjects[0].net.hparams;
  double weights = (double)s2s_bench_count_step (hparams) +
                   (double)s2s_bench_count_source (hparams) * S2S_BENCH_SOURCE / S2S_BENCH_TARGET;
  double operations = 2.0 * GEMM_SIZE * GEMM_SIZE * GEMM_SIZE;

  printf ("\n%-4s %-7s %5s %9s %18s %8s %9s %8s\n", "", "", "batch", "tokens/s", "", "of read",
          "of prod.", "of gemm");
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    for (guint m = 0; m < N_MODES; m++) {
      gsize ours = get_ours (t, m);
      gsize read = G_STRUCT_OFFSET (Round, read) + t * sizeof (double);
      gsize products = G_STRUCT_OFFSET (Round, products) + (t * N_MODES + m) * sizeof (double);
      S2sBenchSpread rates = get_rates (rounds, ours, m);
      double n_steps = get_tokens (m) / modes[m].batch;
      double n_rows = get_tokens (m) * modes[m].beam;

      printf ("%-4s %-7s %5u %9.0f (%6.0f to %6.0f) %7.0f%% %8.0f%% %7.0f%%\n",
              s2s_bench_types[t].name, modes[m].name, modes[m].batch, rates.median, rates.low,
              rates.high, 100 * n_steps * get_ratio (rounds, ours, read),
              100 * get_ratio (rounds, ours, products),
              100 * n_rows * 2 * weights / operations *
                  get_ratio (rounds, ours, G_STRUCT_OFFSET (Round, gemm)));
    }
}

static void
print_ratio (gboolean is_there, double ratio)
{
  if (is_there)
    printf (" %9.2f", ratio);
  else
    printf (" %9s", "-");
}

static gsize
get_torch (guint d, guint m)
{
  return G_STRUCT_OFFSET (Round, torch) + (d * N_MODES + m) * sizeof (double);
}

/* Ours, so many times as fast */
static void
print_peers (const Bench *self, const Round *rounds)
{
  printf ("\nTimes as fast as     %9s %9s %9s %9s %9s\n", "our F32", "PyTorch", "by hand", "int8",
          "Marian*");
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    for (guint m = 0; m < N_MODES; m++) {
      gsize ours = get_ours (t, m);

      printf ("%-4s %-7s %5u   ", s2s_bench_types[t].name, modes[m].name, modes[m].batch);
      print_ratio (t > 0, get_ratio (rounds, ours, get_ours (0, m)));
      for (guint d = 0; d < N_TORCH; d++)
        print_ratio (self->torch != NULL, get_ratio (rounds, ours, get_torch (d, m)));
      print_ratio (marian[t][m] > 0, get_rates (rounds, ours, m).median / marian[t][m]);
      printf ("\n");
    }
  printf ("* quoted, not measured here: once, with AVX2 only\n");
}

static void
print_torch (const Round *rounds)
{
  printf ("\n%-15s %5s %9s\n", "PyTorch", "batch", "tokens/s");
  for (guint d = 0; d < N_TORCH; d++)
    for (guint m = 0; m < N_MODES; m++) {
      S2sBenchSpread rates = get_rates (rounds, get_torch (d, m), m);

      printf ("%-7s %-7s %5u %9.0f (%6.0f to %6.0f)\n", torch_decoders[d], modes[m].name,
              modes[m].batch, rates.median, rates.low, rates.high);
    }
}

/* ---- The run ---- */

static void
subject_init (Subject *self, const S2sBenchWeights *weights, const S2sBenchType *type)
{
  s2s_bench_net_init (&self->net, weights, type);
  s2s_bench_products_init (&self->products, &self->net, S2S_BENCH_BATCH);
  for (guint m = 0; m < N_MODES; m++)
    self->searches[m] = s2s_bench_search_new (&self->net, modes[m].beam, modes[m].batch,
                                              S2S_BENCH_SOURCE, S2S_BENCH_TARGET);
  self->n_bytes = s2s_bench_count_step (self->net.hparams) * type->size;
  self->weights = s2s_bench_buffer_new (self->n_bytes);
}

static void
subject_clear (Subject *self)
{
  for (guint m = 0; m < N_MODES; m++)
    s2s_search_free (self->searches[m]);
  s2s_bench_products_clear (&self->products);
  s2s_bench_net_clear (&self->net);
  g_aligned_free (self->weights);
}

/* What the f32 network puts out, for PyTorch to compare with */
static void
append_all (Bench *self, GString *source, GString *greedy, GString *beam)
{
  const S2sBenchSentences *sentences = &self->sentences;
  S2sSearch *const *searches = self->subjects[S2S_BENCH_F32].searches;

  for (gsize i = 0; i < sentences->n; i++) {
    s2s_bench_append_ids (source, sentences->n_ids, sentences->ids + i * sentences->n_ids);
    s2s_bench_decode (searches[0], sentences, (guint)i, 1);
    s2s_bench_append_outputs (greedy, searches[0], 1);
    if (i >= modes[1].n_sentences)
      continue;
    s2s_bench_decode (searches[1], sentences, (guint)i, 1);
    s2s_bench_append_outputs (beam, searches[1], 1);
  }
}

static void
start_torch (Bench *self, const S2sBenchWeights *weights, const char *script)
{
  g_autoptr (GBytes) file = s2s_test_weights_to_bytes (weights->values, "F32");
  g_autoptr (GString) source = g_string_new (NULL), greedy = g_string_new (NULL),
                      beam = g_string_new (NULL);

  append_all (self, source, greedy, beam);
  S2sBenchTask task = {weights->json, file, source->str, greedy->str, beam->str};
  self->torch = s2s_bench_torch_new (script, &task);
}

static void
bench_init (Bench *self, const S2sBenchWeights *weights)
{
  s2s_bench_sentences_init (&self->sentences, S2S_BENCH_BATCH, S2S_BENCH_SOURCE,
                            S2S_BENCH_VOCABULARY);
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    subject_init (&self->subjects[t], weights, &s2s_bench_types[t]);
  for (guint i = 0; i < G_N_ELEMENTS (self->square); i++)
    self->square[i] = s2s_bench_buffer_new (GEMM_SIZE * GEMM_SIZE * sizeof (float));
}

static void
bench_clear (Bench *self)
{
  s2s_bench_torch_free (self->torch);
  s2s_bench_sentences_clear (&self->sentences);
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    subject_clear (&self->subjects[t]);
  for (guint i = 0; i < G_N_ELEMENTS (self->square); i++)
    g_aligned_free (self->square[i]);
}

int
main (int argc, char **argv)
{
  S2sBenchWeights *weights = s2s_bench_weights_new (S2S_BENCH_VOCABULARY, S2S_BENCH_LAYERS);
  Round rounds[N_ROUNDS + 1] = {0};
  Bench bench = {0};

  printf ("%s, one thread; target tokens a second: median of %d rounds (lowest to highest)\n",
          s2s_kernels_get (NULL)->name, N_ROUNDS);
  bench_init (&bench, weights);
  guint64 denormals = s2s_denormals_begin ();
  start_torch (&bench, weights, argc > 1 ? argv[1] : NULL);
  for (guint i = 0; i <= N_ROUNDS; i++)
    run_round (&bench, &rounds[i]);
  s2s_denormals_end (denormals);

  /* the first round is to warm up */
  print_limits (&bench, rounds + 1);
  print_peers (&bench, rounds + 1);
  if (bench.torch != NULL)
    print_torch (rounds + 1);
  bench_clear (&bench);
  s2s_bench_weights_free (weights);
  return 0;
}
