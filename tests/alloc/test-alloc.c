/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architectures/s2s-arch.h"

#include "translator/s2s-search.h"

#include "s2s-counting.h"
#include "s2s-test-shortlist.h"
#include "s2s-test-weights.h"

#include <pthread.h>
#include <stdlib.h>

/* encode, step and reorder neither allocate nor lock, whatever the batch and the number of rows;
 * nor does BLIS in them, nor the search around them. */

#define VOCABULARY 203
#define MAX_SENTENCES 32
#define MAX_ROWS 128
#define MAX_SOURCE 20
#define MAX_TARGET (2 * MAX_ROWS)
#define MAX_SHORTLIST 50

typedef struct {
  const S2sArch *arch;
  gpointer net;
  gpointer state;
  gint32 ids[MAX_SENTENCES * MAX_SOURCE];
  guint slots[MAX_SENTENCES];
  guint lengths[MAX_SENTENCES];
  gint32 previous[MAX_ROWS];
  guint parents[MAX_ROWS];
  float logits[MAX_ROWS * VOCABULARY];
} Network;

static void
setup (Network *self, const S2sHparams *hparams, const char *dtype)
{
  g_autoptr (S2sTestWeights) source = s2s_test_weights_new (1);
  g_autoptr (GError) error = NULL;
  S2sArchLimits limits = {MAX_SENTENCES, MAX_ROWS, MAX_SOURCE, MAX_TARGET, MAX_SHORTLIST, 0};

  s2s_test_weights_add_network (source, hparams, 0.3);
  g_autoptr (GBytes) bytes = s2s_test_weights_to_bytes (source, dtype);
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  self->arch = s2s_arch_get (hparams->architecture);
  self->net = self->arch->load (hparams, weights, &error);
  g_assert_no_error (error);
  self->state = self->arch->reserve (self->net, &limits);

  for (guint i = 0; i < G_N_ELEMENTS (self->ids); i++)
    self->ids[i] = (gint32)(i * 31 % VOCABULARY);
  for (guint i = 0; i < MAX_SENTENCES; i++) {
    self->slots[i] = MAX_SENTENCES - 1 - i;
    self->lengths[i] = 1 + i * 7 % MAX_SOURCE;
  }
  for (guint i = 0; i < MAX_ROWS; i++)
    self->previous[i] = (gint32)(i * 17 % VOCABULARY);
}

static void
teardown (Network *self)
{
  self->arch->state_free (self->state);
  self->arch->free (self->net);
}

static void
encode (Network *self, guint n_sentences)
{
  self->arch->reset (self->state);
  self->arch->encode (self->state, n_sentences, self->slots, self->ids, self->lengths, NULL, NULL);
}

/* The number of rows goes up to MAX_ROWS and down again, as hypotheses come and go. */
static void
run_steps (Network *self, guint n_sentences)
{
  guint n_rows = n_sentences;

  for (guint i = 0; i < 2 * MAX_ROWS; i++) {
    guint n_next = i < MAX_ROWS ? MAX (n_sentences, i + 1) : 2 * MAX_ROWS - i;

    self->arch->step (self->state, self->previous, self->logits, VOCABULARY);
    for (guint row = 0; row < n_next; row++)
      self->parents[row] = row * 5 % n_rows;
    self->arch->reorder (self->state, n_next, self->parents);
    n_rows = n_next;
  }
}

static void
check_batch (Network *self, guint n_sentences)
{
  S2sCounts before = s2s_counting_get ();

  encode (self, n_sentences);
  S2sCounts encoded = s2s_counting_get ();
  run_steps (self, n_sentences);
  S2sCounts stepped = s2s_counting_get ();

  g_assert_cmpuint (encoded.n_allocations - before.n_allocations, ==, 0);
  g_assert_cmpuint (encoded.n_locks - before.n_locks, ==, 0);
  g_assert_cmpuint (stepped.n_allocations - encoded.n_allocations, ==, 0);
  g_assert_cmpuint (stepped.n_locks - encoded.n_locks, ==, 0);
}

/* Sentences join while others are under way, and one is dropped. */
static void
come_and_go (S2sSearch *search, const S2sSearchInput *inputs)
{
  guint slots[MAX_SENTENCES];

  for (guint slot = 0; slot < MAX_SENTENCES; slot++)
    s2s_search_remove (search, slot);
  for (guint i = 0; i + 3 <= MAX_SENTENCES; i += 3) {
    g_assert_true (s2s_search_add (search, inputs + i, 3, slots));
    s2s_search_step (search);
    s2s_search_remove (search, slots[1]);
    s2s_search_narrow (search, slots[2]);
    s2s_search_step (search);
  }
}

static void
check_search (Network *self, gboolean has_attention, guint beam_size, gboolean use_shortlist)
{
  g_autoptr (S2sShortlist) shortlist = s2s_test_shortlist_new_any (VOCABULARY);
  S2sSearchModel model = {
      .arch = self->arch,
      .net = self->net,
      .n_logits = VOCABULARY,
      .has_attention = has_attention,
      .max_source = MAX_SOURCE,
      .vocabulary = {.special = {.pad = 0, .unk = 1, .bos = 2, .eos = 3}, .n_tokens = VOCABULARY},
      .shortlist = shortlist,
  };
  S2sTranslatorOptions options = {.beam_size = beam_size,
                                  .n_best = beam_size,
                                  .batch_size = MAX_SENTENCES,
                                  .length_normalization = S2S_LENGTH_NORMALIZATION_AVERAGE,
                                  .length_penalty = 1,
                                  .max_length_factor = 1,
                                  .max_length_constant = 5,
                                  .use_shortlist = use_shortlist};
  g_autoptr (S2sSearch) search = s2s_search_new (&model, &options, NULL);
  S2sSearchInput inputs[MAX_SENTENCES] = {0};

  static const gint32 tokens[] = {5, 6};
  const S2sTermTokens term = {tokens, G_N_ELEMENTS (tokens)};

  for (guint i = 0; i < MAX_SENTENCES; i++) {
    inputs[i].terms = (S2sTerms){&term, i % 2};
    inputs[i].ids = self->ids;
    inputs[i].n_ids = self->lengths[i];
    inputs[i].n_context = self->lengths[i] / 3;
  }
  g_assert_true (s2s_search_run (search, inputs, MAX_SENTENCES));
  S2sCounts before = s2s_counting_get ();
  g_assert_true (s2s_search_run (search, inputs, 1));
  g_assert_true (s2s_search_run (search, inputs, MAX_SENTENCES));
  come_and_go (search, inputs);
  S2sCounts after = s2s_counting_get ();

  g_assert_cmpuint (after.n_allocations - before.n_allocations, ==, 0);
  g_assert_cmpuint (after.n_locks - before.n_locks, ==, 0);
}

/* reserve claims what get_state_size has said, where the limits are such that it matters. */
static void
check_state_size (Network *self, const S2sArchLimits *limits)
{
  S2sCounts before = s2s_counting_get ();
  gpointer state = self->arch->reserve (self->net, limits);
  S2sCounts after = s2s_counting_get ();

  double said = (double)self->arch->get_state_size (self->net, limits);
  g_assert_cmpfloat_with_epsilon ((after.n_bytes - before.n_bytes) / said, 1, 0.05);
  self->arch->state_free (state);
}

static void
check_network (const S2sHparams *hparams, const char *dtype)
{
  g_autofree Network *network = g_new0 (Network, 1);

  setup (network, hparams, dtype);
  gboolean has_attention = network->arch->has_attention (network->net);
  encode (network, MAX_SENTENCES); /* warm-up: BLIS sets itself up once */
  run_steps (network, MAX_SENTENCES);
  check_state_size (network, &(S2sArchLimits){.max_sentences = 256,
                                              .max_rows = 1024,
                                              .max_source = 64,
                                              .max_target = 40,
                                              .max_shortlist = 40});
  if (g_str_equal (hparams->architecture, "transformer"))
    check_state_size (network, &(S2sArchLimits){.max_sentences = 1,
                                                .max_rows = 1,
                                                .max_source = MAX_SOURCE,
                                                .max_target = 20000});
  check_batch (network, 1);
  check_batch (network, MAX_SENTENCES);
  check_search (network, has_attention, 1, TRUE);
  check_search (network, has_attention, 4, FALSE);
  check_search (network, has_attention, 4, TRUE);
  teardown (network);
}

static void
test_network (gconstpointer cell)
{
  S2sHparams hparams = {.architecture = "rnn",
                        .rnn.cell = cell,
                        .source_vocabulary_size = VOCABULARY,
                        .target_vocabulary_size = VOCABULARY,
                        .rnn.embedding_size = 24,
                        .rnn.hidden_size = 32,
                        .encoder_layers = 2,
                        .decoder_layers = 2,
                        .rnn.encoder_direction = S2S_DIRECTION_FIRST_BIDIRECTIONAL,
                        .rnn.residual = TRUE,
                        .rnn.bridge = S2S_BRIDGE_DENSE,
                        .rnn.attention_size = 20,
                        .rnn.input_feeding = TRUE,
                        .rnn.output_size = 24,
                        .tied_embeddings = S2S_TIED_DECODER};

  for (guint kind = S2S_ATTENTION_NONE; kind <= S2S_ATTENTION_ADDITIVE; kind++) {
    hparams.rnn.attention = kind;
    check_network (&hparams, "F32");
    check_network (&hparams, "F16");
    check_network (&hparams, "I8");
  }
}

static void
test_transformer (gconstpointer autoregression)
{
  S2sHparams hparams = {.architecture = "transformer",
                        .source_vocabulary_size = VOCABULARY,
                        .target_vocabulary_size = VOCABULARY,
                        .encoder_layers = 2,
                        .decoder_layers = 2,
                        .tied_embeddings = S2S_TIED_DECODER,
                        .transformer = {.model_size = 32,
                                        .feed_forward_size = 48,
                                        .heads = 4,
                                        .max_positions = MAX_SOURCE,
                                        .scale_embeddings = TRUE,
                                        .layer_norm_epsilon = 1e-5}};

  hparams.transformer.decoder_autoregression = GPOINTER_TO_UINT (autoregression);
  for (guint i = 0; i < 3; i++) {
    hparams.transformer.norm = i % 2;
    hparams.transformer.activation = i;
    hparams.transformer.positions = i;
    check_network (&hparams, (const char *[]){"F32", "F16", "I8"}[i]);
  }
}

static void
test_nematus (void)
{
  S2sHparams hparams = {.architecture = "nematus",
                        .source_vocabulary_size = VOCABULARY,
                        .target_vocabulary_size = VOCABULARY,
                        .encoder_layers = 2,
                        .decoder_layers = 2,
                        .tied_embeddings = S2S_TIED_DECODER,
                        .nematus = {.embedding_size = 24,
                                    .hidden_size = 32,
                                    .attention_size = 20,
                                    .encoder_cell_depth = 2,
                                    .decoder_cell_base_depth = 3,
                                    .decoder_cell_high_depth = 2,
                                    .residual = TRUE,
                                    .layer_norm_epsilon = 1e-5}};

  for (guint i = 0; i < 3; i++) {
    hparams.nematus.encoder_cell = hparams.nematus.decoder_cell = i == 1 ? "lstm" : "gru";
    hparams.nematus.encoder_direction = i;
    hparams.nematus.layer_norm = i;
    check_network (&hparams, (const char *[]){"F32", "F16", "I8"}[i]);
  }
}

/* The counters do count: each call once. */
static void
test_counters (void)
{
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  GMutex own;
  void *aligned = NULL;
  void *volatile grown; /* else a compiler may leave out what nobody reads */
  S2sCounts before = s2s_counting_get ();

  g_free (g_malloc (10));
  g_free (g_malloc0 (10));
  g_aligned_free (g_aligned_alloc (1, 10, 64));
  g_assert_cmpint (posix_memalign (&aligned, 64, 10), ==, 0);
  grown = realloc (aligned, 1000);
  free (grown);
  S2sCounts allocated = s2s_counting_get ();
  g_assert_cmpuint (allocated.n_allocations - before.n_allocations, ==, 5);

  pthread_mutex_lock (&mutex);
  pthread_mutex_unlock (&mutex);
  g_mutex_init (&own);
  g_mutex_lock (&own);
  g_mutex_unlock (&own);
  g_mutex_clear (&own);
  g_assert_cmpuint (s2s_counting_get ().n_locks - allocated.n_locks, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alloc/counters", test_counters);
  g_test_add_data_func ("/alloc/lstm", "lstm", test_network);
  g_test_add_data_func ("/alloc/gru", "gru", test_network);
  g_test_add_data_func ("/alloc/gru-reset-before", "gru-reset-before", test_network);
  g_test_add_data_func ("/alloc/transformer/attention",
                        GUINT_TO_POINTER (S2S_AUTOREGRESSION_ATTENTION), test_transformer);
  g_test_add_data_func ("/alloc/transformer/ssru", GUINT_TO_POINTER (S2S_AUTOREGRESSION_SSRU),
                        test_transformer);
  g_test_add_func ("/alloc/nematus", test_nematus);
  return g_test_run ();
}
