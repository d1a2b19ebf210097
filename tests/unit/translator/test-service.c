/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-service.h"

#include "s2s-test-shortlist.h"
#include "s2s-test-translator.h"
#include "s2s-test-weights.h"
#include "s2s-toy.h"

#define VOCABULARY 43
#define MAX_SOURCE 14
#define N_SENTENCES 20
#define N_THREADS 4

/* ---- Of a network, to the bit ---- */

typedef struct {
  S2sSearchModel model;
  S2sShortlist *shortlist;
  S2sTranslatorOptions options;
  gint32 ids[N_SENTENCES][MAX_SOURCE];
  S2sSearchInput inputs[N_SENTENCES];
  S2sSearchResult alone[N_SENTENCES];
  S2sService *service;
} Network;

static void
make_sentences (Network *self)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < N_SENTENCES; i++) {
    guint n = (guint)g_rand_int_range (rand, 1, MAX_SOURCE + 1);

    for (guint j = 0; j < n; j++)
      self->ids[i][j] = j + 1 == n ? 3 : g_rand_int_range (rand, 4, VOCABULARY);
    self->inputs[i] = (S2sSearchInput){.ids = self->ids[i], .n_ids = n};
  }
}

static void
decode_alone (Network *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sSearch) search = s2s_search_new (&self->model, &self->options, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < N_SENTENCES; i++) {
    g_assert_true (s2s_search_run (search, &self->inputs[i], 1));
    s2s_search_get_result (search, 0, 0, TRUE, &self->alone[i]);
  }
}

static void
network_init (Network *self, const S2sHparams *hparams, const char *dtype, guint beam_size,
              gboolean use_shortlist)
{
  g_autoptr (S2sTestWeights) source = s2s_test_weights_new (1);
  g_autoptr (GError) error = NULL;

  s2s_test_weights_add_network (source, hparams, 0.9);
  g_autoptr (GBytes) bytes = s2s_test_weights_to_bytes (source, dtype);
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, &error);
  g_assert_no_error (error);

  *self = (Network){
      .model = {.arch = s2s_arch_get (hparams->architecture),
                .n_logits = VOCABULARY,
                .max_source = MAX_SOURCE,
                .vocabulary = {.special = {0, 1, 2, 3}, .n_tokens = VOCABULARY}},
      .options = {.beam_size = beam_size,
                  .n_best = 1,
                  .batch_size = 1,
                  .length_normalization = S2S_LENGTH_NORMALIZATION_AVERAGE,
                  .length_penalty = 1,
                  .max_length_factor = 1.5,
                  .max_length_constant = 4,
                  .use_shortlist = use_shortlist},
  };
  self->model.net = self->model.arch->load (hparams, weights, &error);
  g_assert_no_error (error);
  self->model.has_attention = self->model.arch->has_attention (self->model.net);
  self->model.shortlist = self->shortlist = s2s_test_shortlist_new_any (VOCABULARY);
  make_sentences (self);
  decode_alone (self);
}

static void
network_clear (Network *self)
{
  for (guint i = 0; i < N_SENTENCES; i++)
    s2s_search_result_clear (&self->alone[i]);
  self->model.arch->free ((gpointer)self->model.net);
  s2s_shortlist_free (self->shortlist);
}

typedef struct {
  const Network *network;
  guint first; /* of the inputs of a call */
  guint n_taken;
} Caller;

static void
check_same (const S2sSearch *search, guint slot, guint index, gpointer user_data)
{
  Caller *self = user_data;
  const S2sSearchInput *input = &self->network->inputs[self->first + index];
  const S2sSearchResult *expected = &self->network->alone[self->first + index];
  guint n = expected->n_tokens;
  S2sSearchResult result;

  self->n_taken++;
  s2s_search_get_result (search, slot, 0, TRUE, &result);
  g_assert_cmpmem (result.tokens, result.n_tokens * sizeof (gint32), expected->tokens,
                   n * sizeof (gint32));
  g_assert_cmpmem (result.log_probs, n * sizeof (float), expected->log_probs, n * sizeof (float));
  g_assert_cmpmem (&result.score, sizeof result.score, &expected->score, sizeof expected->score);
  if (self->network->model.has_attention)
    g_assert_cmpmem (result.attention, n * input->n_ids * sizeof (float), expected->attention,
                     n * input->n_ids * sizeof (float));
  s2s_search_result_clear (&result);
}

/* All sentences in calls of one to five. */
static gpointer
call_often (gpointer user_data)
{
  const Network *network = user_data;

  for (guint first = 0, n = 1; first < N_SENTENCES; first += n, n = 1 + (n + 2) % 5) {
    guint n_inputs = MIN (n, N_SENTENCES - first);
    Caller caller = {network, first, 0};

    g_assert_true (
        s2s_service_run (network->service, &(S2sServiceCall){.inputs = network->inputs + first,
                                                             .n_inputs = n_inputs,
                                                             .take = check_same,
                                                             .take_data = &caller}));
    g_assert_cmpuint (caller.n_taken, ==, n_inputs);
  }
  return NULL;
}

/* Stops or hurries in the middle, at another step each time. */
typedef struct {
  guint n_left;
  S2sControl answer;
} Whim;

static S2sControl
follow_whim (gpointer user_data)
{
  Whim *self = user_data;

  if (self->n_left == 0)
    return self->answer;
  self->n_left--;
  return S2S_CONTROL_CONTINUE;
}

static void
look_away (const S2sSearch *search, guint slot, guint index, gpointer user_data)
{
}

static gpointer
call_badly (gpointer user_data)
{
  const Network *network = user_data;

  for (guint i = 0; i < N_SENTENCES; i++) {
    Whim whim = {i % 7, i % 3 == 0 ? S2S_CONTROL_NARROW : S2S_CONTROL_STOP};

    s2s_service_run (network->service, &(S2sServiceCall){.inputs = network->inputs + i,
                                                         .n_inputs = MIN (9, N_SENTENCES - i),
                                                         .control = follow_whim,
                                                         .control_data = &whim,
                                                         .take = look_away});
  }
  return NULL;
}

static void
check_network (const S2sHparams *hparams, const char *dtype, guint beam_size,
               gboolean use_shortlist)
{
  g_autofree Network *network = g_new (Network, 1);
  g_autoptr (GError) error = NULL;
  GThread *threads[N_THREADS];

  network_init (network, hparams, dtype, beam_size, use_shortlist);
  network->service = s2s_service_claim (&network->model, &network->options, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("caller", i == 2 ? call_badly : call_often, network);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  s2s_service_release (network->service);
  network_clear (network);
}

/* Whoever decodes beside it, stops or hurries, a sentence is decoded as alone: tokens, scores,
 * log-probabilities and attention have the same bits. */
static void
test_same_bits (gconstpointer dtype)
{
  S2sHparams hparams = {.architecture = "rnn",
                        .rnn.cell = "lstm",
                        .source_vocabulary_size = VOCABULARY,
                        .target_vocabulary_size = VOCABULARY,
                        .rnn.embedding_size = 12,
                        .rnn.hidden_size = 36,
                        .encoder_layers = 1,
                        .decoder_layers = 2,
                        .rnn.encoder_direction = S2S_DIRECTION_BIDIRECTIONAL,
                        .rnn.attention_size = 10,
                        .rnn.output_size = 12};

  if (s2s_test_skip_bits ())
    return;
  for (guint kind = S2S_ATTENTION_NONE; kind <= S2S_ATTENTION_ADDITIVE; kind++) {
    hparams.rnn.attention = kind;
    hparams.rnn.input_feeding = kind % 2 == 0;
    hparams.rnn.cell = kind == S2S_ATTENTION_DOT ? "gru" : "lstm";
    check_network (&hparams, dtype, 1, FALSE);
    check_network (&hparams, dtype, 4, FALSE);
    check_network (&hparams, dtype, kind % 2 == 0 ? 1 : 4, TRUE);
  }
}

static void
test_same_bits_of_transformers (gconstpointer dtype)
{
  S2sHparams hparams = {
      .architecture = "transformer",
      .source_vocabulary_size = VOCABULARY,
      .target_vocabulary_size = VOCABULARY,
      .encoder_layers = 2,
      .decoder_layers = 2,
      .transformer = {
          .model_size = 36, .feed_forward_size = 50, .heads = 4, .layer_norm_epsilon = 1e-5}};

  if (s2s_test_skip_bits ())
    return;
  for (guint i = 0; i < 2; i++) {
    hparams.transformer.norm = i;
    hparams.transformer.activation = 1 + i;
    check_network (&hparams, dtype, 1, FALSE);
    check_network (&hparams, dtype, 4, FALSE);
    check_network (&hparams, dtype, 4, TRUE);
  }
}

/* ---- Of a toy: who comes, goes, and is in a hurry ---- */

#define TOY_TOKENS 8

typedef struct {
  ToyNet net;
  ToyCounts counts;
  S2sSearchModel model;
  S2sTranslatorOptions options;
  S2sService *service;
} Fixture;

static const gint32 toy_ids[] = {5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, TOY_EOS};

static void
setup (Fixture *self, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  self->net = (ToyNet){1, TOY_TOKENS, 4, -5, &self->counts};
  self->model = (S2sSearchModel){
      .arch = &toy_arch,
      .net = &self->net,
      .n_logits = TOY_TOKENS,
      .has_attention = TRUE,
      .max_source = MAX_SOURCE,
      .vocabulary = {.special = {TOY_PAD, TOY_UNK, TOY_BOS, TOY_EOS}, .n_tokens = TOY_TOKENS}};
  self->options = (S2sTranslatorOptions){
      .beam_size = 3,
      .n_best = 1,
      .length_normalization = S2S_LENGTH_NORMALIZATION_AVERAGE,
      .length_penalty = 1,
      .max_length_factor = 2,
      .max_length_constant = 30,
  };
  self->service = s2s_service_claim (&self->model, &self->options, &error);
  g_assert_no_error (error);
}

static void
teardown (Fixture *self, gconstpointer user_data)
{
  s2s_service_release (self->service);
}

static S2sSearchInput
get_input (guint n_ids)
{
  return (S2sSearchInput){.ids = toy_ids + G_N_ELEMENTS (toy_ids) - n_ids, .n_ids = n_ids};
}

/* A call in a thread of its own */
typedef struct {
  S2sService *service;
  const S2sSearchInput *inputs;
  guint n_inputs;
  S2sControl answer; /* from the call `after` of the control function on */
  gint after;
  gint n_asked; /* atomic */
  gint n_taken; /* atomic */
  guint flags;  /* of all results */
  gboolean done;
  GThread *thread;
} Call;

static S2sControl
answer (gpointer user_data)
{
  Call *self = user_data;

  return g_atomic_int_add (&self->n_asked, 1) >= self->after ? self->answer : S2S_CONTROL_CONTINUE;
}

static void
count_result (const S2sSearch *search, guint slot, guint index, gpointer user_data)
{
  Call *self = user_data;
  S2sSearchResult result;

  g_assert_cmpuint (index, <, self->n_inputs);
  s2s_search_get_result (search, slot, 0, FALSE, &result);
  self->flags |= result.flags;
  s2s_search_result_clear (&result);
  g_atomic_int_inc (&self->n_taken);
}

static gpointer
run_call (gpointer user_data)
{
  Call *self = user_data;

  self->done = s2s_service_run (self->service, &(S2sServiceCall){.inputs = self->inputs,
                                                                 .n_inputs = self->n_inputs,
                                                                 .control = answer,
                                                                 .control_data = self,
                                                                 .take = count_result,
                                                                 .take_data = self});
  return NULL;
}

static void
begin (Call *self)
{
  self->thread = g_thread_new ("call", run_call, self);
}

/* Until the service has asked it so often, which it does once a step. */
static void
wait_for_steps (Call *self, gint n)
{
  while (g_atomic_int_get (&self->n_asked) < n)
    g_thread_yield ();
}

/* Who stops gets nothing more, and the others all. More sentences are stopped than there are slots,
 * so they must come back. */
static void
test_stop (Fixture *self, gconstpointer user_data)
{
  S2sSearchInput inputs[] = {get_input (12), get_input (9), get_input (5)};
  Call other = {.service = self->service, .inputs = inputs, .n_inputs = 3};
  Call stopping = {
      .service = self->service, .inputs = inputs, .n_inputs = 3, .answer = S2S_CONTROL_STOP};

  for (gint i = 0; i < 60; i++) {
    stopping.after = i % 20;
    stopping.n_asked = stopping.n_taken = other.n_taken = 0;
    begin (&other);
    begin (&stopping);
    g_thread_join (stopping.thread);
    g_thread_join (other.thread);
    g_assert_false (stopping.done);
    g_assert_cmpint (stopping.n_asked, ==, stopping.after + 1);
    g_assert_true (other.done);
    g_assert_cmpint (other.n_taken, ==, 3);
  }
}

/* Who is in a hurry is narrowed, and the others not. */
static void
test_narrow (Fixture *self, gconstpointer user_data)
{
  S2sSearchInput inputs[] = {get_input (12), get_input (9), get_input (5)};
  Call other = {.service = self->service, .inputs = inputs, .n_inputs = 3};
  Call hurried = {.service = self->service,
                  .inputs = inputs,
                  .n_inputs = 3,
                  .answer = S2S_CONTROL_NARROW,
                  .after = 2};

  begin (&other);
  begin (&hurried);
  g_thread_join (hurried.thread);
  g_thread_join (other.thread);
  g_assert_cmpint (hurried.n_taken, ==, 3);
  g_assert_true ((hurried.flags & S2S_FLAG_NARROWED) != 0);
  g_assert_true ((other.flags & S2S_FLAG_NARROWED) == 0);
}

#define N_HURRIED 60

/* What a search of one's own makes of a sentence in a hurry */
typedef struct {
  S2sSearchInput inputs[N_HURRIED];
  S2sSearchResult alone[N_HURRIED];
} Hurried;

static S2sControl
say_narrow (gpointer user_data)
{
  return S2S_CONTROL_NARROW;
}

static void
check_hurried (const S2sSearch *search, guint slot, guint index, gpointer user_data)
{
  const S2sSearchResult *expected = &((Hurried *)user_data)->alone[index];
  S2sSearchResult result;

  s2s_search_get_result (search, slot, 0, FALSE, &result);
  g_assert_cmpmem (result.tokens, result.n_tokens * sizeof (gint32), expected->tokens,
                   expected->n_tokens * sizeof (gint32));
  g_assert_cmpuint (result.flags, ==, expected->flags);
  s2s_search_result_clear (&result);
}

/* Who is in a hurry from the start gets what a search of one's own gives, also of sentences that
 * had to wait for a slot. */
static void
test_narrow_from_start (Fixture *self, gconstpointer user_data)
{
  g_autofree Hurried *hurried = g_new0 (Hurried, 1);

  self->net.eos_bias = 1;
  self->options.batch_size = 1;
  g_autoptr (S2sSearch) search = s2s_search_new (&self->model, &self->options, NULL);
  s2s_search_set_control (search, say_narrow, NULL);
  for (guint i = 0; i < N_HURRIED; i++) {
    hurried->inputs[i] = get_input (1 + i % G_N_ELEMENTS (toy_ids));
    g_assert_true (s2s_search_run (search, &hurried->inputs[i], 1));
    s2s_search_get_result (search, 0, 0, FALSE, &hurried->alone[i]);
  }
  g_assert_true (s2s_service_run (self->service, &(S2sServiceCall){.inputs = hurried->inputs,
                                                                   .n_inputs = N_HURRIED,
                                                                   .control = say_narrow,
                                                                   .take = check_hurried,
                                                                   .take_data = hurried}));
  for (guint i = 0; i < N_HURRIED; i++)
    s2s_search_result_clear (&hurried->alone[i]);
}

/* A sentence that comes while a thousand of another caller wait takes as many steps as alone: it
 * joins at the next one. */
static void
test_no_queue (Fixture *self, gconstpointer user_data)
{
  enum { MANY = 1000 };
  g_autofree S2sSearchInput *inputs = g_new (S2sSearchInput, MANY);
  S2sSearchInput input = get_input (3);
  Call many = {.service = self->service, .inputs = inputs, .n_inputs = MANY};
  Call alone = {.service = self->service, .inputs = &input, .n_inputs = 1}, one = alone;

  run_call (&alone);
  for (guint i = 0; i < MANY; i++)
    inputs[i] = get_input (12);
  begin (&many);
  wait_for_steps (&many, 8); /* it has all slots that it gets */
  begin (&one);
  g_thread_join (one.thread);
  g_assert_cmpint (g_atomic_int_get (&many.n_taken), <, MANY);
  g_assert_cmpint (one.n_asked, ==, alone.n_asked);
  g_thread_join (many.thread);
  g_assert_cmpint (many.n_taken, ==, MANY);
  g_assert_cmpint (one.n_taken, ==, 1);
}

/* Begins to take the first result, and lies still until the service has stopped the call. */
typedef struct {
  guint n_steps; /* after which there are results */
  gint n_taken;  /* atomic */
  gint is_over;  /* atomic */
} Slow;

static S2sControl
stop_once_taken (gpointer user_data)
{
  Slow *self = user_data;

  if (self->n_steps-- > 0)
    return S2S_CONTROL_CONTINUE;
  while (g_atomic_int_get (&self->n_taken) == 0)
    g_thread_yield ();
  g_atomic_int_set (&self->is_over, TRUE);
  return S2S_CONTROL_STOP;
}

static void
take_slowly (const S2sSearch *search, guint slot, guint index, gpointer user_data)
{
  Slow *self = user_data;

  g_atomic_int_inc (&self->n_taken);
  while (!g_atomic_int_get (&self->is_over))
    g_thread_yield ();
  g_usleep (1000); /* until it has heard of it, most likely */
}

/* What a caller has not taken when it stops is given back: there are slots for as many after it. */
static void
test_untaken (Fixture *self, gconstpointer user_data)
{
  enum { N = 20 };
  guint n_steps = s2s_search_get_limit (s2s_service_get_search (self->service), 1);
  S2sSearchInput inputs[N];
  Call after = {.service = self->service, .inputs = inputs, .n_inputs = N - 1};

  /* those that end in the same step, and a longer one that is stopped: none ends by itself */
  self->net.eos_bias = -INFINITY;
  for (guint i = 0; i < N; i++)
    inputs[i] = get_input (i + 1 == N ? 12 : 1);
  for (guint i = 0; i < 8; i++) {
    Slow slow = {.n_steps = n_steps};

    g_assert_false (s2s_service_run (self->service, &(S2sServiceCall){.inputs = inputs,
                                                                      .n_inputs = N,
                                                                      .control = stop_once_taken,
                                                                      .control_data = &slow,
                                                                      .take = take_slowly,
                                                                      .take_data = &slow}));
  }
  run_call (&after);
  g_assert_cmpint (after.n_taken, ==, N - 1);
  g_assert_cmpint (after.n_asked, ==, (gint)n_steps); /* all at once */
}

static void
test_nothing (Fixture *self, gconstpointer user_data)
{
  Call call = {.service = self->service};

  run_call (&call);
  g_assert_true (call.done);
  g_assert_cmpint (call.n_asked, ==, 0);
}

/* It sleeps when there is nothing to do, and works again after that. */
static void
test_idle (Fixture *self, gconstpointer user_data)
{
  S2sSearchInput input = get_input (4);

  for (guint i = 1; i <= 3; i++) {
    Call call = {.service = self->service, .inputs = &input, .n_inputs = 1};

    run_call (&call);
    g_assert_true (call.done);
    g_assert_cmpint (call.n_taken, ==, 1);
    g_assert_cmpuint (self->counts.n_encodes, ==, i);
    g_assert_cmpuint (self->counts.n_steps, ==, (guint)call.n_asked);
  }
}

static void
assert_other (Fixture *self, const S2sTranslatorOptions *options)
{
  S2sService *service = s2s_service_claim (&self->model, options, NULL);

  g_assert_nonnull (service);
  g_assert_true (service != self->service);
  s2s_service_release (service);
}

/* Each option of decoding makes another one. */
static void
test_other_options (Fixture *self, gconstpointer user_data)
{
  const S2sTranslatorOptions same = self->options;
  S2sTranslatorOptions options[] = {same, same, same, same, same, same, same, same, same};

  options[0].beam_size++;
  options[1].n_best++;
  options[2].length_normalization = S2S_LENGTH_NORMALIZATION_GNMT;
  options[3].length_penalty = 0.5;
  options[4].max_length_factor = 3;
  options[5].max_length_constant++;
  options[6].max_length = 9;
  options[7].use_shortlist = TRUE;
  options[8].search_end = S2S_SEARCH_END_FULL;
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    assert_other (self, &options[i]);
}

/* One service for all that decode alike, and no other. */
static void
test_claims (Fixture *self, gconstpointer user_data)
{
  static const gint32 banned[] = {TOY_A};
  S2sTranslatorOptions options = self->options;
  ToyNet net = self->net;
  S2sSearchModel model = self->model;

  options.batch_size = 7;
  S2sService *same = s2s_service_claim (&self->model, &options, NULL);
  g_assert_true (same == self->service);

  options.beam_size = 2;
  S2sService *narrower = s2s_service_claim (&self->model, &options, NULL);
  g_assert_true (narrower != self->service);

  options = self->options;
  options.banned_tokens = banned;
  options.n_banned_tokens = 1;
  S2sService *banning = s2s_service_claim (&self->model, &options, NULL);
  g_assert_true (banning != self->service && banning != narrower);
  g_assert_false (s2s_search_is_allowed (s2s_service_get_search (banning), TOY_A));

  model.net = &net;
  S2sService *other = s2s_service_claim (&model, &self->options, NULL);
  g_assert_true (other != self->service);

  s2s_service_release (same);
  s2s_service_release (narrower);
  s2s_service_release (banning);
  s2s_service_release (other);
  test_idle (self, NULL); /* it is still there for whom is left */
}

/* What no machine has the memory for is an error, and leaves nothing behind. */
static void
test_too_much (void)
{
  ToyCounts counts;
  ToyNet net = {1, TOY_TOKENS, 4, 0, &counts};
  S2sSearchModel model = {
      .arch = &toy_arch,
      .net = &net,
      .n_logits = 1 << 30,
      .max_source = MAX_SOURCE,
      .vocabulary = {.special = {TOY_PAD, TOY_UNK, TOY_BOS, TOY_EOS}, .n_tokens = TOY_TOKENS}};
  S2sTranslatorOptions options = {.beam_size = 4, .n_best = 1, .max_length_factor = 1};
  g_autoptr (GError) error = NULL;

  g_assert_null (s2s_service_claim (&model, &options, &error));
  g_assert_error (error, S2S_ERROR, S2S_ERROR_OPTIONS);
}

/* What is too much for all slots is not for fewer. */
static void
test_fewer_slots (void)
{
  ToyCounts counts;
  ToyNet net = {1, TOY_TOKENS, 4, 0, &counts};
  S2sSearchModel model = {
      .arch = &toy_huge_arch,
      .net = &net,
      .n_logits = TOY_TOKENS,
      .max_source = MAX_SOURCE,
      .vocabulary = {.special = {TOY_PAD, TOY_UNK, TOY_BOS, TOY_EOS}, .n_tokens = TOY_TOKENS}};
  S2sTranslatorOptions options = {.beam_size = 4, .n_best = 1, .max_length_factor = 1};
  g_autoptr (GError) error = NULL;
  S2sService *service = s2s_service_claim (&model, &options, &error);

  g_assert_no_error (error);
  g_assert_nonnull (service);
  g_assert_cmpuint (s2s_search_get_n_free (s2s_service_get_search (service)), ==,
                    TOY_MAX_HUGE_ROWS / 4);
  s2s_service_release (service);
}

static void
add (const char *path, void (*test) (Fixture *self, gconstpointer user_data))
{
  g_test_add (path, Fixture, NULL, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/service/same-bits/f32", "F32", test_same_bits);
  g_test_add_data_func ("/service/same-bits/f16", "F16", test_same_bits);
  g_test_add_data_func ("/service/same-bits/i8", "I8", test_same_bits);
  g_test_add_data_func ("/service/same-bits/transformer/f32", "F32",
                        test_same_bits_of_transformers);
  g_test_add_data_func ("/service/same-bits/transformer/i8", "I8", test_same_bits_of_transformers);
  add ("/service/stop", test_stop);
  add ("/service/narrow", test_narrow);
  add ("/service/narrow-from-start", test_narrow_from_start);
  add ("/service/no-queue", test_no_queue);
  add ("/service/untaken", test_untaken);
  add ("/service/nothing", test_nothing);
  add ("/service/idle", test_idle);
  add ("/service/other-options", test_other_options);
  add ("/service/claims", test_claims);
  g_test_add_func ("/service/too-much", test_too_much);
  g_test_add_func ("/service/fewer-slots", test_fewer_slots);
  return g_test_run ();
}
