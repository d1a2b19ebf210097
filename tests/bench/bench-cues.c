/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench-torch.h"
#include "s2s-bench.h"

#include "model/s2s-bundle.h"
#include "model/s2s-model-private.h"
#include "translator/s2s-denormals.h"
#include "translator/s2s-translator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One cue after another, as captions come: bench-cues BUNDLE SENTENCES [bench-torch.py].
 *
 * First how much longer the slowest of a hundred takes than the middle one, with random weights of
 * the reference size, so that all have as many tokens. Then a bundle, from text to text. */

#define N_RUNS 5
#define N_CUES 200
#define N_ROUNDS 5
#define N_COMPARED 20 /* sentences that PyTorch decodes, too: it takes its time */

/* ---- The slowest of a hundred ---- */

typedef struct {
  double middle;
  double slowest; /* of a hundred */
} Tail;

static Tail
get_tail (guint n, double *times)
{
  S2sBenchSpread spread = s2s_bench_get_spread (n, times);

  return (Tail){spread.median, times[(n - 1) * 99 / 100]};
}

static double
get_ratio (Tail tail)
{
  return tail.slowest / tail.middle;
}

/* Times on the wall, and those of the processor */
static void
run_cues (S2sSearch *search, const S2sBenchSentences *sentences, Tail *ret_wall, Tail *ret_thread)
{
  double wall[N_CUES], thread[N_CUES];

  for (guint i = 0; i < N_CUES; i++) {
    double wall_start = s2s_bench_get_wall (), start = s2s_bench_get_seconds ();

    s2s_bench_decode (search, sentences, i, 1);
    thread[i] = s2s_bench_get_seconds () - start;
    wall[i] = s2s_bench_get_wall () - wall_start;
  }
  *ret_wall = get_tail (N_CUES, wall);
  *ret_thread = get_tail (N_CUES, thread);
}

static void
measure_tail (const S2sBenchWeights *weights, const S2sBenchSentences *sentences,
              const S2sBenchType *type)
{
  Tail best = {0, 0}, best_thread = {0, 0}, wall, thread;
  S2sBenchNet net;

  s2s_bench_net_init (&net, weights, type);
  S2sSearch *search =
      s2s_bench_search_new (&net, S2S_BENCH_BEAM, 1, S2S_BENCH_SOURCE, S2S_BENCH_TARGET);

  s2s_bench_decode (search, sentences, 0, 1);
  for (guint i = 0; i < N_RUNS; i++) {
    run_cues (search, sentences, &wall, &thread);
    if (i > 0 && get_ratio (wall) >= get_ratio (best))
      continue;
    best = wall;
    best_thread = thread;
  }
  printf ("%-4s %10.2f %8.2f %6.2f %18.2f %8.2f %6.2f\n", type->name, 1000 * best.middle,
          1000 * best.slowest, get_ratio (best), 1000 * best_thread.middle,
          1000 * best_thread.slowest, get_ratio (best_thread));
  s2s_search_free (search);
  s2s_bench_net_clear (&net);
}

static void
measure_tails (void)
{
  S2sBenchWeights *weights = s2s_bench_weights_new (S2S_BENCH_VOCABULARY, S2S_BENCH_LAYERS);
  S2sBenchSentences sentences;

  s2s_bench_sentences_init (&sentences, N_CUES, S2S_BENCH_SOURCE, S2S_BENCH_VOCABULARY);
  printf ("ms a cue of %d tokens with a beam of %d: the middle and the slowest of a hundred of %d\n"
          "cues, in the best of %d runs\n",
          S2S_BENCH_SOURCE, S2S_BENCH_BEAM, N_CUES, N_RUNS);
  printf ("%-4s %10s %8s %6s %18s %8s %6s\n", "", "wall: p50", "p99", "ratio", "processor: p50",
          "p99", "ratio");
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    measure_tail (weights, &sentences, &s2s_bench_types[t]);
  s2s_bench_sentences_clear (&sentences);
  s2s_bench_weights_free (weights);
}

/* ---- A bundle ---- */

typedef struct {
  const char *name;
  guint beam; /* 0: that of the bundle */
  guint batch;
} Mode;

static const Mode modes[] = {
    {"greedy", 1, 1}, {"beam", 0, 1}, {"greedy", 1, S2S_BENCH_BATCH}, {"beam", 0, S2S_BENCH_BATCH}};
#define N_MODES G_N_ELEMENTS (modes)
#define N_ALONE 2 /* of them, the first, with one sentence at a time */

static const char *const torch_decoders[] = {"modules", "by-hand", "int8"};
#define N_TORCH G_N_ELEMENTS (torch_decoders)

typedef struct {
  S2sModel *model;
  S2sInput *inputs;
  guint n_inputs;
  S2sTranslator *translators[N_MODES];
  gsize n_bytes; /* of weights that a step touches */
  float *weights;
  S2sBenchTorch *torch;  /* nullable */
  double n_torch_tokens; /* of the sentences that are compared */
  GArray *times;         /* of double: seconds on the wall of each cue with the beam */
} Bench;

/* Target tokens a second; steps a second for the read */
typedef struct {
  double read;
  double ours[N_MODES];
  double compared[N_ALONE];
  double torch[N_TORCH][N_ALONE];
} Round;

/* Returns: target tokens */
static guint
translate (S2sTranslator *translator, const S2sInput *inputs, guint n)
{
  g_autofree S2sTranslation **translations = g_new0 (S2sTranslation *, n);
  g_autoptr (GError) error = NULL;
  guint n_tokens = 0;

  s2s_translator_translate_batch (translator, inputs, n, translations, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < n; i++) {
    n_tokens += translations[i]->hypotheses[0].n_tokens;
    s2s_translation_free (translations[i]);
  }
  return n_tokens;
}

static double
measure_ours (Bench *self, guint mode, guint n, gboolean keeps_times)
{
  double start = s2s_bench_get_seconds ();
  guint n_tokens = 0, batch = modes[mode].batch;

  for (guint i = 0; i < n; i += batch) {
    double wall = s2s_bench_get_wall ();

    n_tokens += translate (self->translators[mode], self->inputs + i, MIN (batch, n - i));
    wall = s2s_bench_get_wall () - wall;
    if (keeps_times)
      g_array_append_val (self->times, wall);
  }
  return n_tokens / (s2s_bench_get_seconds () - start);
}

static double
measure_read (const Bench *self)
{
  double start = s2s_bench_get_seconds ();

  for (guint i = 0; i < N_COMPARED; i++)
    s2s_bench_read (self->n_bytes, self->weights);
  return N_COMPARED / (s2s_bench_get_seconds () - start);
}

static void
run_round (Bench *self, Round *round)
{
  s2s_bench_read (self->n_bytes, self->weights);
  round->read = measure_read (self);
  for (guint m = 0; m < N_MODES; m++)
    round->ours[m] = measure_ours (self, m, self->n_inputs, m == 1);
  for (guint m = 0; m < N_ALONE; m++) {
    round->compared[m] = measure_ours (self, m, N_COMPARED, FALSE);
    for (guint d = 0; self->torch != NULL && d < N_TORCH; d++)
      round->torch[d][m] =
          self->n_torch_tokens / s2s_bench_torch_run (self->torch, torch_decoders[d],
                                                      m == 0 ? 1 : S2S_BENCH_BEAM, N_COMPARED, 1);
  }
}

static S2sBenchSpread
get_spread (const Round *rounds, gsize offset)
{
  double values[N_ROUNDS];

  for (guint i = 0; i < N_ROUNDS; i++)
    values[i] = G_STRUCT_MEMBER (double, &rounds[i], offset);
  return s2s_bench_get_spread (N_ROUNDS, values);
}

static double
get_share (const Round *rounds, gsize offset, gsize other)
{
  double values[N_ROUNDS];

  for (guint i = 0; i < N_ROUNDS; i++)
    values[i] =
        G_STRUCT_MEMBER (double, &rounds[i], offset) / G_STRUCT_MEMBER (double, &rounds[i], other);
  return s2s_bench_get_spread (N_ROUNDS, values).median;
}

static void
print_rates (const Bench *self, const Round *rounds)
{
  printf ("%-7s %5s %9s %18s %8s %9s %9s %9s\n", "", "batch", "tokens/s", "", "of read", "×PyTorch",
          "by hand", "int8");
  for (guint m = 0; m < N_MODES; m++) {
    gsize offset = G_STRUCT_OFFSET (Round, ours) + m * sizeof (double);
    S2sBenchSpread spread = get_spread (rounds, offset);

    printf ("%-7s %5u %9.0f (%6.0f to %6.0f)", modes[m].name, modes[m].batch, spread.median,
            spread.low, spread.high);
    if (m < N_ALONE)
      printf (" %7.0f%%", 100 * get_share (rounds, offset, G_STRUCT_OFFSET (Round, read)));
    for (guint d = 0; m < N_ALONE && self->torch != NULL && d < N_TORCH; d++)
      printf (" %9.2f",
              get_share (rounds, G_STRUCT_OFFSET (Round, compared) + m * sizeof (double),
                         G_STRUCT_OFFSET (Round, torch) + (d * N_ALONE + m) * sizeof (double)));
    printf ("\n");
  }
}

/* ---- What PyTorch gets ---- */

static GHashTable *
list_pieces (const S2sTokenizer *tokenizer)
{
  GHashTable *ids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint id = 0; id < s2s_tokenizer_get_size (tokenizer); id++)
    g_hash_table_insert (ids, (char *)s2s_tokenizer_get_piece (tokenizer, (gint32)id),
                         GUINT_TO_POINTER (id));
  return ids;
}

static void
append_source (GString *text, const S2sTokenizer *tokenizer, const char *sentence)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (S2sSpan));
  gint32 eos = s2s_tokenizer_get_special_tokens (tokenizer)->eos;
  g_autoptr (GError) error = NULL;

  s2s_tokenizer_encode (tokenizer, sentence, strlen (sentence), ids, spans, &error);
  g_assert_no_error (error);
  g_array_append_val (ids, eos);
  s2s_bench_append_ids (text, ids->len, (const gint32 *)(gpointer)ids->data);
}

/* All tokens but EOS, which PyTorch does not put out here. Returns: how many */
static guint
append_target (Bench *self, GString *text, GHashTable *pieces, guint input)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sTranslation) translation =
      s2s_translator_translate (self->translators[0], self->inputs[input].text, -1, &error);

  g_assert_no_error (error);
  const S2sHypothesis *hypothesis = &translation->hypotheses[0];
  guint n = hypothesis->n_tokens - 1;
  g_autofree gint32 *ids = g_new (gint32, n);

  for (guint i = 0; i < n; i++)
    ids[i] = GPOINTER_TO_INT (g_hash_table_lookup (pieces, hypothesis->tokens[i]));
  s2s_bench_append_ids (text, n, ids);
  return n;
}

static void
start_torch (Bench *self, const char *bundle, const char *script)
{
  g_autoptr (GString) source = g_string_new (NULL), greedy = g_string_new (NULL);
  g_autoptr (GHashTable) pieces = list_pieces (s2s_model_get_target_tokenizer (self->model));
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) weights =
      s2s_bundle_read (bundle, S2S_BUNDLE_WEIGHTS, S2S_BUNDLE_MAX_WEIGHTS, &error);
  g_autofree char *path = g_build_filename (bundle, S2S_BUNDLE_CONFIG, NULL);
  g_autofree char *config = NULL;

  g_file_get_contents (path, &config, NULL, error == NULL ? &error : NULL);
  g_assert_no_error (error);
  for (guint i = 0; i < N_COMPARED; i++) {
    append_source (source, s2s_model_get_source_tokenizer (self->model), self->inputs[i].text);
    self->n_torch_tokens += append_target (self, greedy, pieces, i);
  }
  S2sBenchTask task = {config, weights, source->str, greedy->str, ""};
  self->torch = s2s_bench_torch_new (script, &task);
}

/* ---- The run ---- */

static void
make_translators (Bench *self)
{
  g_autoptr (GError) error = NULL;

  for (guint m = 0; m < N_MODES; m++) {
    S2sTranslatorOptions options;

    s2s_translator_options_init (&options, self->model);
    if (modes[m].beam > 0)
      options.beam_size = modes[m].beam;
    options.batch_size = modes[m].batch;
    self->translators[m] = s2s_translator_new (self->model, &options, &error);
    g_assert_no_error (error);
  }
}

static void
bench_init (Bench *self, const char *bundle, char **lines)
{
  g_autoptr (GError) error = NULL;

  self->model = s2s_model_new_from_dir (bundle, &error);
  g_assert_no_error (error);
  self->n_inputs = g_strv_length (lines);
  g_assert_cmpuint (self->n_inputs, >=, N_COMPARED);
  self->inputs = g_new0 (S2sInput, self->n_inputs);
  for (guint i = 0; i < self->n_inputs; i++)
    self->inputs[i] = (S2sInput){.text = lines[i], .length = -1};
  make_translators (self);
  self->n_bytes = s2s_bench_count_step (s2s_model_get_hparams (self->model)) * sizeof (guint16);
  self->weights = s2s_bench_buffer_new (self->n_bytes);
  self->times = g_array_new (FALSE, FALSE, sizeof (double));
}

static void
bench_clear (Bench *self)
{
  s2s_bench_torch_free (self->torch);
  for (guint m = 0; m < N_MODES; m++)
    s2s_translator_free (self->translators[m]);
  g_aligned_free (self->weights);
  g_array_unref (self->times);
  g_free (self->inputs);
  s2s_model_unref (self->model);
}

static void
measure_bundle (const char *bundle, char **lines, const char *script)
{
  Round rounds[N_ROUNDS + 1] = {0};
  Bench bench = {0};

  bench_init (&bench, bundle, lines);
  printf ("\n%s (F16), from text to text, %u sentences; target tokens a second: median of %d "
          "rounds\n",
          s2s_model_get_name (bench.model), bench.n_inputs, N_ROUNDS);
  start_torch (&bench, bundle, script);
  for (guint i = 0; i <= N_ROUNDS; i++)
    run_round (&bench, &rounds[i]);
  print_rates (&bench, rounds + 1);
  Tail tail = get_tail (bench.times->len, (double *)(gpointer)bench.times->data);
  printf ("ms a cue with the beam, on the wall: the middle %.2f, the slowest of a hundred %.2f, of "
          "%u\n",
          1000 * tail.middle, 1000 * tail.slowest, bench.times->len);
  bench_clear (&bench);
}

int
main (int argc, char **argv)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;

  if (argc < 3) {
    g_printerr ("usage: bench-cues BUNDLE SENTENCES [bench-torch.py]\n");
    return EXIT_FAILURE;
  }
  g_file_get_contents (argv[2], &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (g_strchomp (text), "\n", -1);

  guint64 denormals = s2s_denormals_begin ();
  measure_tails ();
  measure_bundle (argv[1], lines, argc > 3 ? argv[3] : NULL);
  s2s_denormals_end (denormals);
  return EXIT_SUCCESS;
}
