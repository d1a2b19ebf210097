/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench-memory.h"
#include "s2s-bench-torch.h"
#include "s2s-bench.h"

#include "s2s.h"
#include "translator/s2s-denormals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A Transformer of the size of an opus-mt model, with random weights, on one thread: sentences of
 * 15 tokens in, 16 out. Beside it stand CTranslate2 and transformers with the same weights and
 * sentences, measured in turn with it, where there is a Python that has both
 * (bench-opus [bench-opus.py]). What is asked of it is a time of the processor; loading is on the
 * wall, in a process of its own, with the files in the cache of the system. */

#define VOCABULARY 58000
#define N_ROUNDS 3
#define N_READS 4 /* one after another, as tokens read the weights */
#define N_STARTS 5
#define FLAG "--start"

static const char config_format[] =
    "{\"format_version\": 1, \"name\": \"opus\", \"task\": \"translate\","
    " \"source_language\": \"en\", \"target_language\": \"de\", \"architecture\": \"transformer\","
    " \"hyperparameters\": {\"source_vocabulary_size\": %d, \"target_vocabulary_size\": %d,"
    " \"model_size\": 512, \"feed_forward_size\": 2048, \"heads\": 8, \"encoder_layers\": 6,"
    " \"decoder_layers\": 6, \"norm\": \"post\", \"activation\": \"swish\","
    " \"positions\": \"sinusoidal-half-split\", \"scale_embeddings\": true,"
    " \"tied_embeddings\": \"all\"},"
    " \"source_tokenizer\": {\"type\": \"plain\", \"file\": \"words.json\", \"bos\": 2, \"eos\": "
    "3},"
    " \"target_tokenizer\": {\"type\": \"plain\", \"file\": \"words.json\", \"bos\": 2, \"eos\": "
    "3},"
    " \"decoding\": {\"max_source_length\": 512, \"max_length_factor\": 1}}";

/* A way of decoding, and what is decoded so in a round */
typedef struct {
  const char *name;
  guint beam;
  guint batch;
  guint n_sentences;
} Mode;

static const Mode modes[] = {{"greedy", 1, 1, 3},
                             {"beam 4", S2S_BENCH_BEAM, 1, 3},
                             {"greedy", 1, S2S_BENCH_BATCH, 32},
                             {"beam 4", S2S_BENCH_BEAM, S2S_BENCH_BATCH, 32}};
#define N_MODES G_N_ELEMENTS (modes)

static const char *const peers[] = {"float32", "int8", "transformers"};
enum { PEER_FLOAT32, PEER_INT8, PEER_TRANSFORMERS, N_PEERS };

/* Seconds */
typedef struct {
  double read[S2S_BENCH_N_TYPES]; /* of one step */
  double ours[S2S_BENCH_N_TYPES][N_MODES];
  double peers[N_PEERS][N_MODES];
} Round;

typedef struct {
  S2sBenchNet net;
  S2sSearch *searches[N_MODES];
  gsize n_bytes; /* of a step */
  float *read;
  char *bundle;
} Subject;

typedef struct {
  char *dir;
  S2sBenchSentences sentences;
  Subject subjects[S2S_BENCH_N_TYPES];
  S2sBenchTorch *peers; /* nullable */
} Bench;

/* ---- A process that loads ---- */

typedef struct {
  double load;
  double first;  /* translation */
  double before; /* resident bytes before both */
  double after;
} Report;

static int
report (const char *bundle)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  S2sTranslatorOptions options;
  gsize before = s2s_bench_get_memory ("Rss");
  double start = s2s_bench_get_wall ();
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (bundle, &error);
  double loaded = s2s_bench_get_wall ();

  g_assert_no_error (error);
  for (guint i = 4; i < 4 + S2S_BENCH_SOURCE - 1; i++)
    g_string_append_printf (text, "w%u ", i);
  s2s_translator_options_init (&options, model);
  options.batch_size = 1;
  options.beam_size = S2S_BENCH_BEAM;
  options.max_length = S2S_BENCH_TARGET;
  g_autoptr (S2sTranslator) translator = s2s_translator_new (model, &options, &error);
  g_assert_no_error (error);
  s2s_translation_free (s2s_translator_translate (translator, text->str, -1, &error));
  g_assert_no_error (error);
  printf ("%g %g %zu %zu\n", loaded - start, s2s_bench_get_wall () - loaded, before,
          s2s_bench_get_memory ("Rss"));
  return EXIT_SUCCESS;
}

/* The medians of some starts */
static gboolean
start (const char *const *argv, Report *ret_report)
{
  double values[4][N_STARTS];

  for (guint i = 0; i < N_STARTS; i++) {
    g_autofree char *output = NULL;
    int status = 1;

    if (!g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                       NULL, NULL, &output, NULL, &status, NULL) ||
        status != 0 ||
        sscanf (output, "%lf %lf %lf %lf", &values[0][i], &values[1][i], &values[2][i],
                &values[3][i]) != 4)
      return FALSE;
  }
  *ret_report = (Report){s2s_bench_get_spread (N_STARTS, values[0]).median,
                         s2s_bench_get_spread (N_STARTS, values[1]).median,
                         s2s_bench_get_spread (N_STARTS, values[2]).median,
                         s2s_bench_get_spread (N_STARTS, values[3]).median};
  return TRUE;
}

static void
print_start (const char *name, const char *const *argv)
{
  Report self;

  if (!start (argv, &self)) {
    printf ("%-20s does not start\n", name);
    return;
  }
  printf ("%-20s %9.0f %9.0f %12.0f %12.0f\n", name, 1e3 * self.load, 1e3 * self.first,
          self.before / 1e6, self.after / 1e6);
}

static void
print_starts (const Bench *self, const char *program, const char *script)
{
  printf ("\n%-20s %9s %9s %12s %12s\n", "of a process", "load ms", "first ms", "MB before",
          "MB after");
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++) {
    const char *argv[] = {program, FLAG, self->subjects[t].bundle, NULL};

    print_start (s2s_bench_types[t].name, argv);
  }
  for (guint p = 0; self->peers != NULL && p <= PEER_INT8; p++) {
    g_autofree char *folder =
        g_build_filename (s2s_bench_torch_get_dir (self->peers), peers[p], NULL);
    g_autofree char *name = g_strconcat ("CTranslate2 ", peers[p], NULL);
    const char *argv[] = {s2s_bench_get_python (), script, FLAG, folder, NULL};

    print_start (name, argv);
  }
}

/* ---- A round ---- */

static double
measure_read (const Subject *subject)
{
  s2s_bench_read (subject->n_bytes, subject->read);
  double begin = s2s_bench_get_seconds ();

  for (guint i = 0; i < N_READS; i++)
    s2s_bench_read (subject->n_bytes, subject->read);
  return (s2s_bench_get_seconds () - begin) / N_READS;
}

static double
measure_ours (const Bench *self, const Subject *subject, guint m)
{
  double begin = s2s_bench_get_seconds ();

  for (guint i = 0; i < modes[m].n_sentences; i += modes[m].batch)
    s2s_bench_decode (subject->searches[m], &self->sentences, i, modes[m].batch);
  return s2s_bench_get_seconds () - begin;
}

static void
run_round (Bench *self, Round *round)
{
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    round->read[t] = measure_read (&self->subjects[t]);
  for (guint m = 0; m < N_MODES; m++) {
    for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
      round->ours[t][m] = measure_ours (self, &self->subjects[t], m);
    for (guint p = 0; self->peers != NULL && p < N_PEERS; p++)
      round->peers[p][m] = s2s_bench_torch_run (self->peers, peers[p], modes[m].beam,
                                                modes[m].n_sentences, modes[m].batch);
  }
}

/* ---- The tables ---- */

static void
print_rates (const char *name, const Round *rounds, gsize offset, guint m)
{
  double rates[N_ROUNDS];

  for (guint i = 0; i < N_ROUNDS; i++)
    rates[i] =
        modes[m].n_sentences * S2S_BENCH_TARGET / G_STRUCT_MEMBER (double, &rounds[i], offset);
  S2sBenchSpread spread = s2s_bench_get_spread (N_ROUNDS, rates);
  printf ("%-20s %-7s %5u %9.1f (%7.1f to %7.1f)", name, modes[m].name, modes[m].batch,
          spread.median, spread.low, spread.high);
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
get_peer (guint p, guint m)
{
  return G_STRUCT_OFFSET (Round, peers) + (p * N_MODES + m) * sizeof (double);
}

static void
print_ours (const Bench *self, const Round *rounds)
{
  printf ("\n%-20s %-7s %5s %9s %20s %8s %9s %9s %9s\n", "", "", "batch", "tokens/s", "", "of read",
          "× CT2", "× CT2 i8", "× transf.");
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    for (guint m = 0; m < N_MODES; m++) {
      gsize ours = G_STRUCT_OFFSET (Round, ours) + (t * N_MODES + m) * sizeof (double);
      gsize read = G_STRUCT_OFFSET (Round, read) + t * sizeof (double);
      double n_steps = (double)modes[m].n_sentences * S2S_BENCH_TARGET / modes[m].batch;

      print_rates (s2s_bench_types[t].name, rounds, ours, m);
      printf (" %6.0f %%", 100 * n_steps * get_ratio (rounds, ours, read));
      for (guint p = 0; self->peers != NULL && p < N_PEERS; p++)
        printf (" %9.2f", get_ratio (rounds, ours, get_peer (p, m)));
      printf ("\n");
    }
}

static void
print_peers (const Round *rounds)
{
  for (guint p = 0; p < N_PEERS; p++)
    for (guint m = 0; m < N_MODES; m++) {
      print_rates (peers[p], rounds, get_peer (p, m), m);
      printf ("\n");
    }
}

/* ---- The run ---- */

static char *
make_words (void)
{
  GString *text = g_string_new ("{");

  for (guint i = 0; i < VOCABULARY; i++)
    g_string_append_printf (text, "%s\"w%u\": %u", i > 0 ? ", " : "", i, i);
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

static void
write_bundle (Subject *self, const S2sBenchWeights *weights, const char *dir, const char *words)
{
  const char *type = self->net.type->name;
  g_autoptr (GBytes) file = s2s_test_weights_to_bytes (weights->values, type);

  self->bundle = g_build_filename (dir, type, NULL);
  g_assert_cmpint (g_mkdir_with_parents (self->bundle, 0700), ==, 0);
  s2s_bench_write (self->bundle, "config.json", weights->json, strlen (weights->json));
  s2s_bench_write (self->bundle, "words.json", words, strlen (words));
  s2s_bench_write (self->bundle, "model.safetensors", g_bytes_get_data (file, NULL),
                   g_bytes_get_size (file));
}

/* Weights that each target token is multiplied with */
static gsize
count_step (const S2sHparams *hparams)
{
  const S2sTransformerHparams *own = &hparams->transformer;
  gsize d = own->model_size;

  return hparams->decoder_layers * (6 * d * d + 2 * d * own->feed_forward_size) +
         hparams->target_vocabulary_size * d;
}

static void
subject_init (Subject *self, const S2sBenchWeights *weights, const S2sBenchType *type,
              const char *dir, const char *words)
{
  s2s_bench_net_init (&self->net, weights, type);
  for (guint m = 0; m < N_MODES; m++)
    self->searches[m] = s2s_bench_search_new (&self->net, modes[m].beam, modes[m].batch,
                                              S2S_BENCH_SOURCE, S2S_BENCH_TARGET);
  self->n_bytes = count_step (self->net.hparams) * type->size;
  self->read = s2s_bench_buffer_new (self->n_bytes);
  write_bundle (self, weights, dir, words);
}

static void
subject_clear (Subject *self)
{
  for (guint m = 0; m < N_MODES; m++)
    s2s_search_free (self->searches[m]);
  s2s_bench_net_clear (&self->net);
  g_aligned_free (self->read);
  g_free (self->bundle);
}

static void
start_peers (Bench *self, const S2sBenchWeights *weights, const char *script)
{
  g_autoptr (GBytes) file = s2s_test_weights_to_bytes (weights->values, "F32");
  g_autoptr (GString) source = g_string_new (NULL), greedy = g_string_new (NULL),
                      beam = g_string_new (NULL);
  const S2sBenchSentences *sentences = &self->sentences;
  S2sSearch *const *searches = self->subjects[S2S_BENCH_F32].searches;

  for (gsize i = 0; i < sentences->n; i++)
    s2s_bench_append_ids (source, sentences->n_ids, sentences->ids + i * sentences->n_ids);
  s2s_bench_decode (searches[2], sentences, 0, modes[2].batch);
  s2s_bench_append_outputs (greedy, searches[2], modes[2].batch);
  s2s_bench_decode (searches[3], sentences, 0, modes[3].batch);
  s2s_bench_append_outputs (beam, searches[3], modes[3].batch);

  S2sBenchTask task = {weights->json, file, source->str, greedy->str, beam->str};
  self->peers = s2s_bench_torch_new (script, &task);
}

static void
bench_init (Bench *self, const S2sBenchWeights *weights)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *words = make_words ();

  self->dir = g_dir_make_tmp ("s2s-bench-XXXXXX", &error);
  g_assert_no_error (error);
  s2s_bench_sentences_init (&self->sentences, S2S_BENCH_BATCH, S2S_BENCH_SOURCE, VOCABULARY);
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    subject_init (&self->subjects[t], weights, &s2s_bench_types[t], self->dir, words);
}

static void
bench_clear (Bench *self)
{
  s2s_bench_torch_free (self->peers);
  s2s_bench_sentences_clear (&self->sentences);
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    subject_clear (&self->subjects[t]);
  s2s_bench_remove (self->dir);
  g_free (self->dir);
}

int
main (int argc, char **argv)
{
  const char *script = argc > 1 ? argv[1] : NULL;
  Round rounds[N_ROUNDS + 1] = {0};
  Bench bench = {0};

  if (argc == 3 && g_str_equal (argv[1], FLAG))
    return report (argv[2]);
  S2sBenchWeights *weights =
      s2s_bench_weights_new_of (g_strdup_printf (config_format, VOCABULARY, VOCABULARY));
  printf ("%s, one thread; target tokens a second: median of %d rounds (lowest to highest)\n",
          s2s_kernels_get (NULL)->name, N_ROUNDS);
  bench_init (&bench, weights);
  guint64 denormals = s2s_denormals_begin ();
  start_peers (&bench, weights, script);
  s2s_bench_weights_free (weights);
  for (guint i = 0; i <= N_ROUNDS; i++)
    run_round (&bench, &rounds[i]);
  s2s_denormals_end (denormals);

  /* the first round is to warm up */
  print_ours (&bench, rounds + 1);
  if (bench.peers != NULL)
    print_peers (rounds + 1);
  print_starts (&bench, argv[0], script);
  bench_clear (&bench);
  return EXIT_SUCCESS;
}
