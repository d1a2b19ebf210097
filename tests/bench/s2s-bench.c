/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define SCALE 0.06
#define BOS 2
#define EOS 3
#define HUGE_PAGE ((gsize)2 << 20)

const S2sBenchType s2s_bench_types[S2S_BENCH_N_TYPES] = {{"F32", 4}, {"F16", 2}, {"I8", 1}};

/* ---- Time ---- */

static double
get_time (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double
s2s_bench_get_seconds (void)
{
  return get_time (CLOCK_THREAD_CPUTIME_ID);
}

double
s2s_bench_get_wall (void)
{
  return get_time (CLOCK_MONOTONIC);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

S2sBenchSpread
s2s_bench_get_spread (guint n, double *values)
{
  qsort (values, n, sizeof *values, compare);
  return (S2sBenchSpread){values[0], values[n / 2], values[n - 1]};
}

/* ---- Networks ---- */

static char *
make_config (guint vocabulary, guint layers)
{
  return g_strdup_printf (
      "{\"format_version\": 1, \"name\": \"bench\", \"task\": \"translate\","
      " \"source_language\": \"en\", \"target_language\": \"zh\", \"architecture\": \"rnn\","
      " \"hyperparameters\": {\"source_vocabulary_size\": %u, \"target_vocabulary_size\": %u,"
      " \"embedding_size\": 256, \"hidden_size\": 512, \"cell\": \"lstm\", \"encoder_layers\": 1,"
      " \"decoder_layers\": %u, \"encoder_direction\": \"bidirectional\", \"input_feeding\": true,"
      " \"attention\": \"general\", \"output_size\": 512},"
      " \"source_tokenizer\": {\"type\": \"bytes\"}, \"target_tokenizer\": {\"type\": \"bytes\"}}",
      vocabulary, vocabulary, layers);
}

S2sBenchWeights *
s2s_bench_weights_new (guint vocabulary, guint layers)
{
  return s2s_bench_weights_new_of (make_config (vocabulary, layers));
}

S2sBenchWeights *
s2s_bench_weights_new_of (char *json_text)
{
  S2sBenchWeights *self = g_new0 (S2sBenchWeights, 1);
  g_autoptr (GError) error = NULL;

  self->json = json_text;
  g_autoptr (GBytes) json = g_bytes_new_static (self->json, strlen (self->json));
  self->config = s2s_config_new_from_bytes (json, &error);
  g_assert_no_error (error);
  self->values = s2s_test_weights_new (1);
  s2s_test_weights_add_network (self->values, &self->config->hparams, SCALE);
  return self;
}

void
s2s_bench_weights_free (S2sBenchWeights *self)
{
  s2s_test_weights_free (self->values);
  s2s_config_free (self->config);
  g_free (self->json);
  g_free (self);
}

void
s2s_bench_net_init (S2sBenchNet *self, const S2sBenchWeights *weights, const S2sBenchType *type)
{
  g_autoptr (GBytes) file = s2s_test_weights_to_bytes (weights->values, type->name);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sWeights) tensors = s2s_weights_new_from_bytes (file, &error);

  g_assert_no_error (error);
  self->hparams = &weights->config->hparams;
  self->arch = s2s_arch_get (self->hparams->architecture);
  self->type = type;
  self->shortlist = NULL;
  self->net = self->arch->load (self->hparams, tensors, &error);
  g_assert_no_error (error);
}

void
s2s_bench_net_clear (S2sBenchNet *self)
{
  self->arch->free (self->net);
  s2s_shortlist_free (self->shortlist);
}

/* What the generator reads */
static gsize
get_output_size (const S2sHparams *hparams)
{
  return hparams->rnn.output_size > 0 ? hparams->rnn.output_size : hparams->rnn.hidden_size;
}

gsize
s2s_bench_count_step (const S2sHparams *hparams)
{
  gsize h = hparams->rnn.hidden_size, o = get_output_size (hparams);
  gsize fed = hparams->rnn.input_feeding ? o : 0;
  gsize first = 4 * h * (hparams->rnn.embedding_size + fed + h);
  gsize others = (hparams->decoder_layers - 1) * 4 * h * 2 * h;

  return first + others + o * 2 * h + hparams->target_vocabulary_size * o;
}

gsize
s2s_bench_count_source (const S2sHparams *hparams)
{
  gsize h = hparams->rnn.hidden_size, units = h / 2;

  return 2 * 4 * units * (hparams->rnn.embedding_size + units) + h * h;
}

/* ---- Memory that is read ---- */

float *
s2s_bench_buffer_new (gsize n_bytes)
{
  gsize n_pages = n_bytes / HUGE_PAGE + 1;
  float *buffer = g_aligned_alloc (n_pages, HUGE_PAGE, HUGE_PAGE);

  madvise (buffer, n_pages * HUGE_PAGE, MADV_HUGEPAGE);
  for (gsize i = 0; i < n_bytes / sizeof (float); i++)
    buffer[i] = (float)(i % 7);
  return buffer;
}

void
s2s_bench_read (gsize n_bytes, const float *buffer)
{
  volatile float sink = s2s_kernels_get (NULL)->dot (n_bytes / sizeof (float), buffer, buffer);
  (void)sink;
}

/* ---- Decoding ---- */

void
s2s_bench_sentences_init (S2sBenchSentences *self, guint n, guint n_ids, guint vocabulary)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  *self = (S2sBenchSentences){n, n_ids, g_new (gint32, (gsize)n * n_ids)};
  for (guint i = 0; i < n * n_ids; i++)
    self->ids[i] =
        (i + 1) % n_ids == 0 ? EOS : g_rand_int_range (rand, EOS + 1, (gint32)vocabulary);
}

void
s2s_bench_sentences_clear (S2sBenchSentences *self)
{
  g_free (self->ids);
}

static S2sSearchModel
get_model (const S2sBenchNet *net, guint n_source)
{
  return (S2sSearchModel){
      .arch = net->arch,
      .net = net->net,
      .n_logits = net->hparams->target_vocabulary_size,
      .has_attention = TRUE,
      .max_source = n_source,
      .vocabulary = {.special = {-1, -1, BOS, EOS},
                     .n_tokens = net->hparams->target_vocabulary_size},
      .shortlist = net->shortlist,
  };
}

static S2sTranslatorOptions
get_options (const S2sBenchNet *net, guint beam, guint n_target)
{
  static const gint32 banned[] = {EOS};

  return (S2sTranslatorOptions){
      .beam_size = beam,
      .n_best = 1,
      .length_normalization = S2S_LENGTH_NORMALIZATION_NONE,
      .max_length_factor = n_target > 0 ? 0 : 1,
      .max_length_constant = n_target > 0 ? n_target : 1,
      .banned_tokens = banned,
      .n_banned_tokens = G_N_ELEMENTS (banned),
      .use_shortlist = net->shortlist != NULL,
  };
}

S2sSearch *
s2s_bench_search_new (const S2sBenchNet *net, guint beam, guint batch, guint n_source,
                      guint n_target)
{
  S2sSearchModel model = get_model (net, n_source);
  S2sTranslatorOptions options = get_options (net, beam, n_target);
  g_autoptr (GError) error = NULL;

  options.batch_size = batch;
  S2sSearch *search = s2s_search_new (&model, &options, &error);
  g_assert_no_error (error);
  return search;
}

S2sService *
s2s_bench_service_claim (const S2sBenchNet *net, guint beam, guint n_source)
{
  S2sSearchModel model = get_model (net, n_source);
  S2sTranslatorOptions options = get_options (net, beam, 0);
  g_autoptr (GError) error = NULL;
  S2sService *service = s2s_service_claim (&model, &options, &error);

  g_assert_no_error (error);
  return service;
}

void
s2s_bench_decode (S2sSearch *search, const S2sBenchSentences *sentences, guint first, guint n)
{
  g_autofree S2sSearchInput *inputs = g_new0 (S2sSearchInput, n);

  for (gsize i = 0; i < n; i++)
    inputs[i] = (S2sSearchInput){.ids = sentences->ids + (first + i) * sentences->n_ids,
                                 .n_ids = sentences->n_ids};
  g_assert_true (s2s_search_run (search, inputs, n));
}

void
s2s_bench_append_ids (GString *text, guint n, const gint32 *ids)
{
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%d%c", ids[i], i < n - 1 ? ' ' : '\n');
}

void
s2s_bench_append_outputs (GString *text, const S2sSearch *search, guint n)
{
  for (guint i = 0; i < n; i++) {
    S2sSearchResult result;

    s2s_search_get_result (search, i, 0, FALSE, &result);
    s2s_bench_append_ids (text, result.n_tokens, result.tokens);
    s2s_search_result_clear (&result);
  }
}
