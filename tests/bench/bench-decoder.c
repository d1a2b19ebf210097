/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-kernels.h"
#include "model/s2s-config.h"
#include "translator/s2s-denormals.h"
#include "translator/s2s-search.h"

#include "s2s-test-weights.h"

#include <blis.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* Greedy decoding of random weights on one thread, one sentence at a time and 32 together, beside
 * two limits measured in turn with it:
 *
 *   read  weights that a target token touches, read once and nothing else done
 *   gemm  a large square bli_sgemm, at two operations a weight and row
 *
 * and beside PyTorch with the same weights where there is one: bench-decoder [bench-torch.py].
 * Times are those of the processor in this thread, since others may use the machine. */

#define N_ROUNDS 7
#define N_ALONE 3 /* sentences of a round that are decoded one at a time */
#define BATCH 32
#define N_READS 8   /* one after another, as tokens read the weights */
#define N_SOURCE 15 /* with EOS */
#define N_TARGET 16
#define SCALE 0.06
#define BOS 2
#define EOS 3
#define GEMM_SIZE 1024
#define HUGE_PAGE ((gsize)2 << 20)

static const char config_json[] =
    "{\"format_version\": 1, \"name\": \"bench\", \"task\": \"translate\","
    " \"source_language\": \"en\", \"target_language\": \"zh\", \"architecture\": \"rnn\","
    " \"hyperparameters\": {\"source_vocabulary_size\": 8000, \"target_vocabulary_size\": 8000,"
    " \"embedding_size\": 256, \"hidden_size\": 512, \"cell\": \"lstm\", \"encoder_layers\": 1,"
    " \"decoder_layers\": 2, \"encoder_direction\": \"bidirectional\", \"input_feeding\": true,"
    " \"attention\": \"general\", \"output_size\": 512},"
    " \"source_tokenizer\": {\"type\": \"bytes\"}, \"target_tokenizer\": {\"type\": \"bytes\"}}";

/* Seconds of each round */
typedef struct {
  double read;
  double gemm;
  double alone;
  double batch;
} Round;

typedef gint32 Sentences[BATCH][N_SOURCE];

typedef struct {
  const S2sHparams *hparams;
  S2sSearch *search;
  const Sentences *sentences;
  float *weights; /* as many bytes as a token touches */
  gsize n_bytes;
  float *square[3];
} Bench;

static double
get_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Weights that each target token reads */
static gsize
count_step (const S2sHparams *hparams)
{
  gsize h = hparams->hidden_size, o = hparams->output_size;
  gsize first = 4 * h * (hparams->embedding_size + o + h);
  gsize others = (hparams->decoder_layers - 1) * 4 * h * 2 * h;

  return first + others + o * 2 * h + hparams->target_vocabulary_size * o;
}

/* Weights that each source token is multiplied with: both directions, and the attention's keys */
static gsize
count_source (const S2sHparams *hparams)
{
  gsize h = hparams->hidden_size, units = h / 2;

  return 2 * 4 * units * (hparams->embedding_size + units) + h * h;
}

static double
count_target (const S2sHparams *hparams)
{
  return (double)count_step (hparams) + (double)count_source (hparams) * N_SOURCE / N_TARGET;
}

/* The sum of squares with the widest vectors there are: a plain loop reads slower than our products
 * do, and would be no limit. */
static void
read_weights (const Bench *self)
{
  volatile float sink =
      s2s_kernels_get (NULL)->dot (self->n_bytes / sizeof (float), self->weights, self->weights);
  (void)sink;
}

static void
multiply_squares (const Bench *self)
{
  float one = 1, zero = 0;

  bli_sgemm (BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, GEMM_SIZE, GEMM_SIZE, GEMM_SIZE, &one,
             self->square[0], GEMM_SIZE, 1, self->square[1], GEMM_SIZE, 1, &zero, self->square[2],
             GEMM_SIZE, 1);
}

static void
decode (const Bench *self, guint first, guint n)
{
  S2sSearchInput inputs[BATCH] = {0};

  for (guint i = 0; i < n; i++)
    inputs[i] = (S2sSearchInput){.ids = (*self->sentences)[first + i], .n_ids = N_SOURCE};
  g_assert_true (s2s_search_run (self->search, inputs, n));
}

static Round
run_round (const Bench *self)
{
  Round round;
  read_weights (self);
  double start = get_seconds ();
  for (guint i = 0; i < N_READS; i++)
    read_weights (self);
  round.read = (get_seconds () - start) / N_READS;

  start = get_seconds ();
  multiply_squares (self);
  round.gemm = get_seconds () - start;

  start = get_seconds ();
  for (guint i = 0; i < N_ALONE; i++)
    decode (self, i, 1);
  round.alone = get_seconds () - start;

  start = get_seconds ();
  decode (self, 0, BATCH);
  round.batch = get_seconds () - start;
  return round;
}

static float *
make_buffer (gsize n_bytes)
{
  /* On huge pages, as the weights are, and written, so that it is there */
  gsize n_pages = n_bytes / HUGE_PAGE + 1;
  float *buffer = g_aligned_alloc (n_pages, HUGE_PAGE, HUGE_PAGE);

  madvise (buffer, n_pages * HUGE_PAGE, MADV_HUGEPAGE);
  for (gsize i = 0; i < n_bytes / sizeof (float); i++)
    buffer[i] = (float)(i % 7);
  return buffer;
}

static void
bench_init (Bench *self, const S2sHparams *hparams, const Sentences *sentences, gconstpointer net,
            gsize weight_size)
{
  g_autoptr (GError) error = NULL;
  S2sSearchModel model = {
      .arch = s2s_arch_get ("rnn"),
      .net = net,
      .n_logits = hparams->target_vocabulary_size,
      .has_attention = TRUE,
      .max_source = N_SOURCE,
      .vocabulary = {.special = {-1, -1, BOS, EOS}, .n_tokens = hparams->target_vocabulary_size}};
  S2sTranslatorOptions options = {.beam_size = 1,
                                  .n_best = 1,
                                  .batch_size = BATCH,
                                  .length_normalization = S2S_LENGTH_NORMALIZATION_NONE,
                                  .max_length_factor = 1,
                                  .max_length_constant = N_TARGET,
                                  .max_length = N_TARGET};

  self->hparams = hparams;
  self->search = s2s_search_new (&model, &options, &error);
  g_assert_no_error (error);
  self->sentences = sentences;
  self->n_bytes = count_step (hparams) * weight_size;
  self->weights = make_buffer (self->n_bytes);
  for (guint i = 0; i < G_N_ELEMENTS (self->square); i++)
    self->square[i] = make_buffer (GEMM_SIZE * GEMM_SIZE * sizeof (float));
}

static void
bench_clear (Bench *self)
{
  s2s_search_free (self->search);
  g_aligned_free (self->weights);
  for (guint i = 0; i < G_N_ELEMENTS (self->square); i++)
    g_aligned_free (self->square[i]);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* A row of the table: the median of the rounds, lowest and highest, and shares of both limits. */
static void
print_row (const char *dtype, guint batch, gsize n_tokens, gsize offset, const Round *rounds,
           const Bench *bench)
{
  double rates[N_ROUNDS], of_read[N_ROUNDS], of_gemm[N_ROUNDS];

  for (guint i = 0; i < N_ROUNDS; i++) {
    double seconds = G_STRUCT_MEMBER (double, &rounds[i], offset);
    double operations = 2.0 * GEMM_SIZE * GEMM_SIZE * GEMM_SIZE / rounds[i].gemm;

    rates[i] = (double)n_tokens / seconds;
    of_read[i] = rates[i] / (batch / rounds[i].read);
    of_gemm[i] = rates[i] / (operations / (2 * count_target (bench->hparams)));
  }
  qsort (rates, N_ROUNDS, sizeof *rates, compare);
  qsort (of_read, N_ROUNDS, sizeof *of_read, compare);
  qsort (of_gemm, N_ROUNDS, sizeof *of_gemm, compare);
  printf ("%-4s %5u %8.0f (%5.0f to %5.0f) %9.0f%% %9.0f%%\n", dtype, batch, rates[N_ROUNDS / 2],
          rates[0], rates[N_ROUNDS - 1], 100 * of_read[N_ROUNDS / 2], 100 * of_gemm[N_ROUNDS / 2]);
}

static void
append_sentence (GString *text, const gint32 *ids, guint n)
{
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%d%c", ids[i], i < n - 1 ? ' ' : '\n');
}

/* The tokens of the last batch */
static void
append_results (GString *text, const Bench *bench)
{
  for (guint i = 0; i < BATCH; i++) {
    S2sSearchResult result;

    s2s_search_get_result (bench->search, i, 0, FALSE, &result);
    g_assert_cmpuint (result.n_tokens, ==, N_TARGET);
    append_sentence (text, result.tokens, N_TARGET);
    s2s_search_result_clear (&result);
  }
}

/* results: the tokens that were decoded, one sentence a line */
static void
run_bench (const char *dtype, gsize weight_size, const S2sHparams *hparams,
           const Sentences *sentences, GBytes *file, GString *results)
{
  const S2sArch *arch = s2s_arch_get (hparams->architecture);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (file, &error);
  Round rounds[N_ROUNDS];
  Bench bench;

  g_assert_no_error (error);
  gpointer net = arch->load (hparams, weights, &error);
  g_assert_no_error (error);

  bench_init (&bench, hparams, sentences, net, weight_size);
  guint64 denormals = s2s_denormals_begin ();
  run_round (&bench);
  for (guint i = 0; i < N_ROUNDS; i++)
    rounds[i] = run_round (&bench);
  s2s_denormals_end (denormals);

  print_row (dtype, 1, N_ALONE * N_TARGET, G_STRUCT_OFFSET (Round, alone), rounds, &bench);
  print_row (dtype, BATCH, BATCH * N_TARGET, G_STRUCT_OFFSET (Round, batch), rounds, &bench);
  append_results (results, &bench);
  bench_clear (&bench);
  arch->free (net);
}

static void
write_file (const char *dir, const char *name, gconstpointer data, gsize size)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, data, (gssize)size, &error);
  g_assert_no_error (error);
}

static void
remove_files (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    g_remove (file);
  }
  g_rmdir (path);
}

/* The same weights and sentences in PyTorch, which prints its rows of the table. */
static void
run_torch (const char *script, const Sentences *sentences, GBytes *file, const GString *results)
{
  const char *python = g_getenv ("S2S_PYTHON") != NULL ? g_getenv ("S2S_PYTHON") : "python3";
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("s2s-bench-XXXXXX", &error);
  g_autoptr (GString) source = g_string_new (NULL);
  g_autofree char *output = NULL;
  int status = 1;

  g_assert_no_error (error);
  for (guint i = 0; i < BATCH; i++)
    append_sentence (source, (*sentences)[i], N_SOURCE);
  write_file (dir, "config.json", config_json, strlen (config_json));
  write_file (dir, "model.safetensors", g_bytes_get_data (file, NULL), g_bytes_get_size (file));
  write_file (dir, "source.txt", source->str, source->len);
  write_file (dir, "target.txt", results->str, results->len);

  const char *argv[] = {python, script, dir, NULL};
  if (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                    NULL, NULL, &output, NULL, &status, NULL) &&
      status == 0)
    printf ("%s", output);
  else
    printf ("No PyTorch: set S2S_PYTHON to a Python that has tools/requirements.txt\n");
  remove_files (dir);
}

static void
make_sentences (guint n_tokens, Sentences *ret_sentences)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < BATCH; i++) {
    for (guint j = 0; j < N_SOURCE - 1; j++)
      (*ret_sentences)[i][j] = g_rand_int_range (rand, EOS + 1, (gint32)n_tokens);
    (*ret_sentences)[i][N_SOURCE - 1] = EOS;
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (S2sTestWeights) weights = s2s_test_weights_new (1);
  g_autoptr (GBytes) json = g_bytes_new_static (config_json, strlen (config_json));
  g_autoptr (GString) results = g_string_new (NULL), others = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = s2s_config_new_from_bytes (json, &error);
  Sentences sentences;

  g_assert_no_error (error);
  s2s_test_weights_add_rnn (weights, &config->hparams, SCALE);
  make_sentences (config->hparams.source_vocabulary_size, &sentences);
  g_autoptr (GBytes) file = s2s_test_weights_to_bytes (weights, "F32");
  g_autoptr (GBytes) half = s2s_test_weights_to_bytes (weights, "F16");
  g_autoptr (GBytes) int8 = s2s_test_weights_to_bytes (weights, "I8");

  printf ("%s, one thread; target tokens a second: median of %d (lowest to highest)\n",
          s2s_kernels_get (NULL)->name, N_ROUNDS);
  printf ("     batch tokens/s %18s %10s %10s\n", "", "of read", "of gemm");
  run_bench ("F32", 4, &config->hparams, &sentences, file, results);
  run_bench ("F16", 2, &config->hparams, &sentences, half, others);
  run_bench ("I8", 1, &config->hparams, &sentences, int8, others);
  if (argc > 1)
    run_torch (argv[1], &sentences, file, results);
  return 0;
}
