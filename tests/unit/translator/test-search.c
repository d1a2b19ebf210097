/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-search.h"

#include "s2s-toy-search.h"

/* The reference adds in double precision, the search takes its softmax from a float kernel. */
#define TOLERANCE 1e-4

#define MAX_SOURCE 6
#define N_TOKENS 8

static const S2sTargetVocabulary plain = {
    .special = {TOY_PAD, TOY_UNK, TOY_BOS, TOY_EOS},
    .n_tokens = N_TOKENS,
};

/* Two tokens of text, then bytes: of one to four bytes long characters, and what must not follow */
static const gint16 byte_values[] = {-1,   -1,   -1,   -1,   -1,   -1,   0x41, 0x00, 0xc3, 0xa9,
                                     0xe0, 0xa0, 0xe4, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xff};

static const S2sTargetVocabulary bytes = {
    .special = {TOY_PAD, TOY_UNK, TOY_BOS, TOY_EOS},
    .n_tokens = G_N_ELEMENTS (byte_values),
    .bytes = byte_values,
};

static const gint32 source_ids[] = {5, 4, 6, 3, 7, 3, 4, 4, 4, 4, 4, 3};
static const guint source_lengths[] = {4, 2, 6};
#define N_SENTENCES G_N_ELEMENTS (source_lengths)

typedef struct {
  ToyNet net;
  ToyCounts counts;
  S2sTranslatorOptions options;
  ToyOptions toy;
} Fixture;

static void
fixture_init (Fixture *self, guint seed, const S2sTargetVocabulary *vocabulary)
{
  *self = (Fixture){
      .net = {seed, vocabulary->n_tokens + 2, 4, 0, NULL},
      .options =
          {
              .beam_size = 4,
              .n_best = 2,
              .batch_size = N_SENTENCES,
              .length_normalization = S2S_LENGTH_NORMALIZATION_AVERAGE,
              .length_penalty = 1,
              .max_length_factor = 1.5,
              .max_length_constant = 2,
          },
      .toy = {.vocabulary = vocabulary, .banned = -1},
  };
}

static S2sSearch *
new_search (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  S2sSearchModel model = {
      &toy_arch, &self->net, self->net.n_logits, TRUE, MAX_SOURCE, *self->toy.vocabulary, NULL};

  self->net.counts = &self->counts;
  S2sSearch *search = s2s_search_new (&model, &self->options, &error);
  g_assert_no_error (error);
  return search;
}

/* n sentences, the i-th with prefix tokens forced */
static void
run (Fixture *self, S2sSearch *search, guint n)
{
  S2sSearchInput inputs[N_SENTENCES];
  const gint32 *ids = source_ids;

  for (guint i = 0; i < n; ids += source_lengths[i++])
    inputs[i] = (S2sSearchInput){.ids = ids,
                                 .n_ids = source_lengths[i],
                                 .prefix = self->toy.prefix,
                                 .n_prefix = self->toy.n_prefix,
                                 .no_repeat_ngram_size = self->options.no_repeat_ngram_size};
  g_assert_true (s2s_search_run (search, inputs, n));
}

static void
assert_attention (const Fixture *self, const S2sSearchResult *result, const gint32 *ids,
                  guint n_ids)
{
  guint32 source = toy_hash_ids (self->net.seed, ids, n_ids);

  for (guint t = 0; t < result->n_tokens; t++) {
    guint focus = toy_get_focus (source, n_ids, result->tokens, t);

    for (guint j = 0; j < n_ids; j++)
      g_assert_true ((result->attention[t * n_ids + j] > 0.5f) == (j == focus));
  }
}

static void
assert_result (const Fixture *self, const S2sSearchResult *result, const ToyHypothesis *expected,
               const gint32 *ids, guint n_ids)
{
  double sum = 0;

  g_assert_cmpmem (result->tokens, result->n_tokens * sizeof (gint32), expected->tokens,
                   expected->n * sizeof (gint32));
  g_assert_cmpfloat_with_epsilon (result->score, expected->score, TOLERANCE);
  g_assert_cmpuint (result->flags, ==, expected->truncated ? S2S_FLAG_TRUNCATED : S2S_FLAG_NONE);
  for (guint t = 0; t < result->n_tokens; t++) {
    g_assert_cmpfloat (result->log_probs[t], <=, 0);
    sum += result->log_probs[t];
  }
  g_assert_cmpfloat_with_epsilon (sum, expected->sum, TOLERANCE);
  assert_attention (self, result, ids, n_ids);
}

static const gint32 *
get_ids (guint sentence)
{
  const gint32 *ids = source_ids;

  for (guint i = 0; i < sentence; i++)
    ids += source_lengths[i];
  return ids;
}

/* Compares what is in a slot with the plain search of that sentence. */
static void
check_slot (Fixture *self, const S2sSearch *search, guint slot, guint sentence)
{
  const gint32 *ids = get_ids (sentence);
  guint n_ids = source_lengths[sentence];

  self->toy.limit = s2s_search_get_limit (search, n_ids);
  g_autoptr (GArray) expected = toy_search (&self->net, ids, n_ids, &self->toy);

  g_assert_cmpuint (s2s_search_get_n_results (search, slot), ==, expected->len);
  for (guint rank = 0; rank < expected->len; rank++) {
    S2sSearchResult result;

    s2s_search_get_result (search, slot, rank, TRUE, &result);
    assert_result (self, &result, &g_array_index (expected, ToyHypothesis, rank), ids, n_ids);
    s2s_search_result_clear (&result);
  }
}

static void
copy_options (Fixture *self)
{
  self->toy.beam_size = self->options.beam_size;
  self->toy.n_best = self->options.n_best;
  self->toy.mode = self->options.length_normalization;
  self->toy.alpha = self->options.length_penalty;
  self->toy.no_repeat_ngram_size = self->options.no_repeat_ngram_size;
}

/* Runs all sentences as one batch, and compares them with the plain search of each. */
static void
check (Fixture *self)
{
  g_autoptr (S2sSearch) search = new_search (self);

  copy_options (self);
  run (self, search, N_SENTENCES);
  for (guint i = 0; i < N_SENTENCES; i++)
    check_slot (self, search, i, i);
}

/* Every mode, width, number of results; sentences that end early, late or not at all. */
static void
test_against_reference (void)
{
  static const float biases[] = {-3, 0, 2};
  static const double alphas[] = {0, 0.6, 1, 3};

  for (guint seed = 0; seed < 60; seed++)
    for (guint mode = 0; mode <= S2S_LENGTH_NORMALIZATION_MARIAN; mode++)
      for (guint beam = 1; beam <= 7; beam += 1 + seed % 2) {
        Fixture fixture;

        fixture_init (&fixture, seed, &plain);
        fixture.net.eos_bias = biases[seed % G_N_ELEMENTS (biases)];
        fixture.options.beam_size = beam;
        fixture.options.n_best = 1 + seed % beam;
        fixture.options.length_normalization = mode;
        fixture.options.length_penalty = alphas[(seed + mode) % G_N_ELEMENTS (alphas)];
        check (&fixture);
      }
}

/* All are equal. Not with averages, where rounding would choose between the lengths. */
static void
test_ties (void)
{
  for (guint beam = 1; beam <= 6; beam++) {
    Fixture fixture;

    fixture_init (&fixture, 1, &plain);
    fixture.net.scale = 0;
    fixture.options.beam_size = beam;
    fixture.options.n_best = beam;
    fixture.options.length_normalization = S2S_LENGTH_NORMALIZATION_NONE;
    check (&fixture);
    fixture.net.eos_bias = -2;
    fixture.options.length_normalization = S2S_LENGTH_NORMALIZATION_GNMT;
    check (&fixture);
  }
}

/* By hand: all are equal, so the lowest ids win; EOS (3) is lower than all text. */
static void
test_tie_by_hand (void)
{
  static const gint32 expected[] = {TOY_A, TOY_A, TOY_A};
  Fixture fixture;
  S2sSearchResult result;

  fixture_init (&fixture, 1, &plain);
  fixture.net.scale = 0;
  fixture.options.beam_size = 1;
  fixture.options.n_best = 1;
  g_autoptr (S2sSearch) with_eos = new_search (&fixture);
  run (&fixture, with_eos, 1);
  s2s_search_get_result (with_eos, 0, 0, FALSE, &result);
  g_assert_cmpuint (result.n_tokens, ==, 1);
  g_assert_cmpint (result.tokens[0], ==, TOY_EOS);
  g_assert_null (result.attention);
  s2s_search_result_clear (&result);

  fixture.net.eos_bias = -1;
  fixture.options.max_length = 3;
  g_autoptr (S2sSearch) without_eos = new_search (&fixture);
  run (&fixture, without_eos, 1);
  s2s_search_get_result (without_eos, 0, 0, FALSE, &result);
  g_assert_cmpmem (result.tokens, result.n_tokens * sizeof (gint32), expected, sizeof expected);
  g_assert_cmpuint (result.flags, ==, S2S_FLAG_TRUNCATED);
  s2s_search_result_clear (&result);
}

/* A live hypothesis that can only come out equal is not waited for. */
static void
test_tie_ends (void)
{
  Fixture fixture;

  fixture_init (&fixture, 1, &plain);
  fixture.net.scale = 0;
  fixture.options.n_best = 1;
  fixture.options.length_normalization = S2S_LENGTH_NORMALIZATION_NONE;
  g_autoptr (S2sSearch) search = new_search (&fixture);
  run (&fixture, search, N_SENTENCES);
  g_assert_cmpuint (fixture.counts.n_steps, ==, 1);
}

/* More tokens than are compared at once, and some over */
static void
test_large_vocabulary (void)
{
  S2sTargetVocabulary large = plain;

  for (guint seed = 0; seed < 40; seed++) {
    Fixture fixture;

    large.n_tokens = 60 + seed;
    fixture_init (&fixture, seed, &large);
    fixture.net.scale = 8;
    fixture.options.beam_size = 1 + seed % 8;
    fixture.options.n_best = 1;
    check (&fixture);
  }
}

static void
test_prefix (void)
{
  static const gint32 prefix[] = {TOY_C, TOY_A, TOY_A};

  for (guint seed = 0; seed < 40; seed++) {
    Fixture fixture;

    fixture_init (&fixture, seed, &plain);
    fixture.toy.prefix = prefix;
    fixture.toy.n_prefix = 1 + seed % G_N_ELEMENTS (prefix);
    fixture.options.beam_size = 1 + seed % 5;
    fixture.options.n_best = 1;
    fixture.options.no_repeat_ngram_size = seed % 3;
    check (&fixture);
  }
}

static void
test_banned (void)
{
  gint32 banned = TOY_B;

  for (guint seed = 0; seed < 40; seed++) {
    Fixture fixture;

    fixture_init (&fixture, seed, &plain);
    fixture.options.banned_tokens = &banned;
    fixture.options.n_banned_tokens = 1;
    fixture.toy.banned = banned;
    check (&fixture);
  }
}

static void
test_no_repeat (void)
{
  for (guint seed = 0; seed < 60; seed++) {
    Fixture fixture;

    fixture_init (&fixture, seed, seed % 2 == 0 ? &plain : &bytes);
    fixture.net.eos_bias = -2;
    fixture.options.max_length_constant = 6;
    fixture.options.no_repeat_ngram_size = 1 + seed % 4;
    check (&fixture);
  }
}

static void
test_bytes (void)
{
  for (guint seed = 0; seed < 150; seed++) {
    Fixture fixture;

    fixture_init (&fixture, seed, &bytes);
    fixture.net.eos_bias = seed % 2 == 0 ? -2 : 1;
    fixture.options.beam_size = 1 + seed % 6;
    fixture.options.n_best = 1;
    check (&fixture);
  }
}

/* Nothing may come: the hypothesis ends where it stands. */
static void
test_dead_end (void)
{
  static const gint32 all_but_a[] = {5, 6, 7};
  Fixture fixture;
  S2sSearchResult result;

  fixture_init (&fixture, 1, &plain);
  fixture.net.eos_bias = -INFINITY;
  fixture.options.no_repeat_ngram_size = 1;
  fixture.options.banned_tokens = all_but_a;
  fixture.options.n_banned_tokens = G_N_ELEMENTS (all_but_a);
  g_autoptr (S2sSearch) search = new_search (&fixture);
  run (&fixture, search, 1);
  g_assert_cmpuint (s2s_search_get_n_results (search, 0), ==, 1);
  s2s_search_get_result (search, 0, 0, TRUE, &result);
  g_assert_cmpuint (result.n_tokens, ==, 1);
  g_assert_cmpint (result.tokens[0], ==, TOY_A);
  g_assert_cmpuint (result.flags, ==, S2S_FLAG_TRUNCATED);
  s2s_search_result_clear (&result);
}

/* Not a number, as of weights that overflow: an end, not a crash. */
static void
test_not_a_number (void)
{
  Fixture fixture;

  fixture_init (&fixture, 1, &plain);
  fixture.net.scale = NAN;
  g_autoptr (S2sSearch) search = new_search (&fixture);
  run (&fixture, search, N_SENTENCES);
  for (guint i = 0; i < N_SENTENCES; i++) {
    S2sSearchResult result;

    g_assert_cmpuint (s2s_search_get_n_results (search, i), ==, 1);
    s2s_search_get_result (search, i, 0, TRUE, &result);
    g_assert_cmpuint (result.n_tokens, ==, 0);
    g_assert_cmpuint (result.flags, ==, S2S_FLAG_TRUNCATED);
    s2s_search_result_clear (&result);
  }
}

typedef struct {
  const Fixture *fixture;
  guint32 source;
  GArray *found;
} Enumeration;

/* All complete hypotheses of up to `limit` tokens that begin with this one. */
static void
enumerate (Enumeration *self, const ToyHypothesis *hypothesis, guint limit)
{
  g_autoptr (GArray) next = g_array_new (FALSE, TRUE, sizeof (ToyHypothesis));

  if (hypothesis->n == limit)
    return;
  toy_expand (&self->fixture->net, self->source, &self->fixture->toy, hypothesis, next);
  for (guint i = 0; i < next->len; i++) {
    const ToyHypothesis *candidate = &g_array_index (next, ToyHypothesis, i);

    if (candidate->tokens[candidate->n - 1] == TOY_EOS)
      toy_finish (&self->fixture->toy, candidate, FALSE, self->found);
    else
      enumerate (self, candidate, limit);
  }
}

/* Two tokens of text and at most four places: a beam of 24 holds every candidate, so the best of
 * all must come out, however early the search ends. */
static void
check_exhaustive (guint seed, S2sLengthNormalization mode, double alpha, guint n_best)
{
  static const gint32 banned[] = {TOY_C, 7};
  const ToyHypothesis empty = {0};
  Fixture fixture;
  S2sSearchResult result;

  fixture_init (&fixture, seed, &plain);
  fixture.options.banned_tokens = banned;
  fixture.options.n_banned_tokens = G_N_ELEMENTS (banned);
  fixture.options.beam_size = 24;
  fixture.options.n_best = n_best;
  fixture.options.max_length = 4;
  fixture.options.length_normalization = fixture.toy.mode = mode;
  fixture.options.length_penalty = fixture.toy.alpha = alpha;
  fixture.toy.banned = TOY_C;
  S2sTargetVocabulary small = plain;
  small.n_tokens = 7; /* for the enumeration: id 7 is gone */
  g_autoptr (S2sSearch) search = new_search (&fixture);
  run (&fixture, search, 1);

  fixture.toy.vocabulary = &small;
  Enumeration all = {&fixture, toy_hash_ids (seed, source_ids, source_lengths[0]),
                     g_array_new (FALSE, TRUE, sizeof (ToyHypothesis))};
  enumerate (&all, &empty, 4);
  g_assert_cmpuint (all.found->len, ==, 1 + 2 + 4 + 8);
  g_array_sort (all.found, toy_compare_finished);
  for (guint rank = 0; rank < n_best; rank++) {
    s2s_search_get_result (search, 0, rank, TRUE, &result);
    assert_result (&fixture, &result, &g_array_index (all.found, ToyHypothesis, rank), source_ids,
                   source_lengths[0]);
    s2s_search_result_clear (&result);
  }
  g_array_unref (all.found);
}

static void
test_exhaustive (void)
{
  static const double alphas[] = {0.3, 1, 2};

  for (guint seed = 0; seed < 100; seed++)
    for (guint mode = 0; mode <= S2S_LENGTH_NORMALIZATION_MARIAN; mode++)
      check_exhaustive (seed, mode, alphas[seed % 3], 1 + seed % 5 * 3);
}

/* The same tokens and bits one by one, in a batch, and again. */
static void
test_batch_is_singles (void)
{
  Fixture fixture;

  fixture_init (&fixture, 9, &plain);
  g_autoptr (S2sSearch) search = new_search (&fixture);
  run (&fixture, search, N_SENTENCES);
  for (guint turn = 0; turn < 2; turn++) {
    const gint32 *ids = source_ids;
    S2sSearchResult batch[N_SENTENCES], single;

    for (guint i = 0; i < N_SENTENCES; i++)
      s2s_search_get_result (search, i, 1, TRUE, &batch[i]);
    for (guint i = 0; i < N_SENTENCES; ids += source_lengths[i++]) {
      S2sSearchInput input = {.ids = ids, .n_ids = source_lengths[i]};

      g_assert_true (s2s_search_run (search, &input, 1));
      s2s_search_get_result (search, 0, 1, TRUE, &single);
      g_assert_cmpmem (single.tokens, single.n_tokens * sizeof (gint32), batch[i].tokens,
                       batch[i].n_tokens * sizeof (gint32));
      g_assert_cmpmem (single.log_probs, single.n_tokens * sizeof (float), batch[i].log_probs,
                       batch[i].n_tokens * sizeof (float));
      s2s_search_result_clear (&single);
      s2s_search_result_clear (&batch[i]);
    }
    run (&fixture, search, N_SENTENCES);
  }
}

/* Greedy: a row a sentence from the first step on, and none for a sentence that has ended. */
static void
test_rows_leave (void)
{
  Fixture fixture;
  guint n_tokens = 0, longest = 0;

  fixture_init (&fixture, 3, &plain);
  fixture.net.eos_bias = 1;
  fixture.options.beam_size = 1;
  fixture.options.n_best = 1;
  g_autoptr (S2sSearch) search = new_search (&fixture);
  run (&fixture, search, N_SENTENCES);
  for (guint i = 0; i < N_SENTENCES; i++) {
    S2sSearchResult result;

    s2s_search_get_result (search, i, 0, FALSE, &result);
    n_tokens += result.n_tokens;
    longest = MAX (longest, result.n_tokens);
    s2s_search_result_clear (&result);
  }
  g_assert_cmpuint (n_tokens, <, N_SENTENCES * longest);
  g_assert_cmpuint (fixture.counts.n_row_steps, ==, n_tokens);
  g_assert_cmpuint (fixture.counts.n_steps, ==, longest);
}

/* The first step has one row a sentence, whatever the beam. */
static void
test_first_step (void)
{
  Fixture fixture;

  fixture_init (&fixture, 3, &plain);
  fixture.options.beam_size = 7;
  fixture.options.max_length = 1;
  g_autoptr (S2sSearch) search = new_search (&fixture);
  run (&fixture, search, N_SENTENCES);
  g_assert_cmpuint (fixture.counts.n_row_steps, ==, N_SENTENCES);
}

typedef struct {
  guint n_calls;
  guint at;
  S2sControl answer;
} Control;

static S2sControl
control (gpointer user_data)
{
  Control *self = user_data;

  return ++self->n_calls >= self->at ? self->answer : S2S_CONTROL_CONTINUE;
}

/* STOP ends the search before the next step; the search is good for another sentence. */
static void
test_stop (void)
{
  Fixture fixture;
  Control never = {.at = G_MAXUINT, .answer = S2S_CONTROL_STOP};

  fixture_init (&fixture, 3, &plain);
  g_autoptr (S2sSearch) search = new_search (&fixture);
  S2sSearchInput input = {.ids = source_ids, .n_ids = source_lengths[0]};
  s2s_search_set_control (search, control, &never);
  g_assert_true (s2s_search_run (search, &input, 1));
  g_assert_cmpuint (never.n_calls, ==, 1 + fixture.counts.n_steps); /* one is of the encoder */

  for (guint at = 1; at <= never.n_calls; at++) {
    Control stop = {.at = at, .answer = S2S_CONTROL_STOP};

    s2s_search_set_control (search, control, &stop);
    g_assert_false (s2s_search_run (search, &input, 1));
    g_assert_cmpuint (stop.n_calls, ==, at);
    g_assert_cmpuint (fixture.counts.n_steps, ==, at < 2 ? 0 : at - 2);
  }
  s2s_search_set_control (search, NULL, NULL);
  g_assert_true (s2s_search_run (search, &input, 1));
  g_assert_cmpuint (s2s_search_get_n_results (search, 0), ==, 2);
}

enum { N_SLOTS = 5, FREE = N_SENTENCES };

/* Takes the results of those that have ended, and drops what is in the slot `drop` if that has not.
 */
static void
empty_slots (Fixture *self, S2sSearch *search, guint drop, guint *sentences)
{
  for (guint slot = 0; slot < N_SLOTS; slot++) {
    if (sentences[slot] == FREE)
      continue;
    if (s2s_search_has_ended (search, slot))
      check_slot (self, search, slot, sentences[slot]);
    else if (slot != drop)
      continue;
    s2s_search_remove (search, slot);
    sentences[slot] = FREE;
  }
}

/* Sentences join at any step, some together, some in the place of one that was dropped; each comes
 * to what it comes to alone. */
static void
test_slots (void)
{
  for (guint seed = 0; seed < 40; seed++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
    guint sentences[N_SLOTS] = {FREE, FREE, FREE, FREE, FREE};
    Fixture fixture;

    fixture_init (&fixture, seed, &plain);
    fixture.options.batch_size = N_SLOTS;
    fixture.options.beam_size = 1 + seed % 4;
    fixture.options.n_best = 1;
    copy_options (&fixture);
    g_autoptr (S2sSearch) search = new_search (&fixture);
    for (guint step = 0; step < 60; step++) {
      guint n = (guint)g_rand_int_range (rand, 0, 4), slots[N_SLOTS];
      S2sSearchInput inputs[N_SLOTS] = {0};

      n = MIN (n, s2s_search_get_n_free (search));
      for (guint i = 0; i < n; i++) {
        guint sentence = (step + i) % N_SENTENCES;

        inputs[i] = (S2sSearchInput){.ids = get_ids (sentence), .n_ids = source_lengths[sentence]};
      }
      g_assert_true (n == 0 || s2s_search_add (search, inputs, n, slots));
      for (guint i = 0; i < n; i++) {
        g_assert_cmpuint (sentences[slots[i]], ==, FREE);
        sentences[slots[i]] = (step + i) % N_SENTENCES;
      }
      s2s_search_step (search);
      empty_slots (&fixture, search, (guint)g_rand_int_range (rand, 0, 2 * N_SLOTS), sentences);
    }
  }
}

/* NARROW from the start is greedy; later it follows the best so far. Rows fall to one a sentence.
 */
static void
test_narrow (void)
{
  for (guint seed = 0; seed < 30; seed++) {
    Fixture fixture, greedy;
    S2sSearchResult result, expected;
    Control narrow = {.at = 1, .answer = S2S_CONTROL_NARROW};

    fixture_init (&fixture, seed, &plain);
    g_autoptr (S2sSearch) search = new_search (&fixture);
    s2s_search_set_control (search, control, &narrow);
    run (&fixture, search, 1);
    s2s_search_get_result (search, 0, 0, FALSE, &result);

    fixture_init (&greedy, seed, &plain);
    greedy.options.beam_size = greedy.options.n_best = 1;
    g_autoptr (S2sSearch) greedy_search = new_search (&greedy);
    run (&greedy, greedy_search, 1);
    s2s_search_get_result (greedy_search, 0, 0, FALSE, &expected);

    g_assert_cmpmem (result.tokens, result.n_tokens * sizeof (gint32), expected.tokens,
                     expected.n_tokens * sizeof (gint32));
    g_assert_cmpuint (result.flags & S2S_FLAG_NARROWED, !=, 0);
    g_assert_cmpuint (fixture.counts.n_row_steps, ==, fixture.counts.n_steps);
    s2s_search_result_clear (&result);
    s2s_search_result_clear (&expected);
  }
}

/* The log-probability of each token after those before it, and what it looks at, computed anew;
 * from step `greedy` on each is the likeliest. */
static void
assert_consistent (Fixture *self, const S2sSearchResult *result, const gint32 *ids, guint n_ids,
                   guint greedy)
{
  guint32 source = toy_hash_ids (self->net.seed, ids, n_ids);
  ToyHypothesis prefix = {0};

  for (guint t = 0; t < result->n_tokens; t++) {
    g_autoptr (GArray) next = g_array_new (FALSE, TRUE, sizeof (ToyHypothesis));
    double best = -INFINITY, own = NAN;

    toy_expand (&self->net, source, &self->toy, &prefix, next);
    for (guint i = 0; i < next->len; i++) {
      const ToyHypothesis *candidate = &g_array_index (next, ToyHypothesis, i);

      best = MAX (best, candidate->sum);
      if (candidate->tokens[t] == result->tokens[t])
        own = candidate->sum;
    }
    g_assert_cmpfloat_with_epsilon (result->log_probs[t], own, TOLERANCE);
    if (t >= greedy)
      g_assert_cmpfloat_with_epsilon (own, best, TOLERANCE);
    prefix.tokens[prefix.n++] = result->tokens[t];
  }
  assert_attention (self, result, ids, n_ids);
}

/* Asked for before the third step: the rows of two steps are as many as without, then one each. */
static void
test_narrow_later (void)
{
  for (guint seed = 0; seed < 30; seed++) {
    Fixture fixture;
    Control narrow = {.at = 4, .answer = S2S_CONTROL_NARROW};
    const gint32 *ids = source_ids;
    guint n_steps = 0;

    fixture_init (&fixture, seed, &plain);
    fixture.net.eos_bias = -9;
    g_autoptr (S2sSearch) search = new_search (&fixture);
    s2s_search_set_control (search, control, &narrow);
    run (&fixture, search, N_SENTENCES);
    for (guint i = 0; i < N_SENTENCES; ids += source_lengths[i++]) {
      S2sSearchResult result;

      s2s_search_get_result (search, i, 0, TRUE, &result);
      assert_consistent (&fixture, &result, ids, source_lengths[i], 2);
      n_steps += result.n_tokens;
      s2s_search_result_clear (&result);
    }
    g_assert_cmpuint (fixture.counts.n_row_steps, ==,
                      N_SENTENCES + 4 * N_SENTENCES + n_steps - 2 * N_SENTENCES);
  }
}

/* With a result at hand there is nothing to wait for; and the next sentence is searched in full. */
static void
test_narrow_finished (void)
{
  Fixture fixture;
  Control narrow = {.at = 3, .answer = S2S_CONTROL_NARROW};
  S2sSearchResult result;

  fixture_init (&fixture, 4, &plain);
  fixture.net.eos_bias = 3;
  fixture.options.n_best = 1;
  fixture.options.length_penalty = 3;
  g_autoptr (S2sSearch) search = new_search (&fixture);
  run (&fixture, search, 1);
  guint n_steps = fixture.counts.n_steps;
  g_assert_cmpuint (n_steps, >, 1);

  s2s_search_set_control (search, control, &narrow);
  run (&fixture, search, 1);
  g_assert_cmpuint (fixture.counts.n_steps, ==, 1);
  s2s_search_set_control (search, NULL, NULL);
  run (&fixture, search, 1);
  g_assert_cmpuint (fixture.counts.n_steps, ==, n_steps);
  s2s_search_get_result (search, 0, 0, FALSE, &result);
  g_assert_cmpuint (result.flags, ==, S2S_FLAG_NONE);
  s2s_search_result_clear (&result);
}

static void
test_too_much_memory (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  S2sSearchModel model = {&toy_arch, &fixture.net, 1000000, TRUE, 4096, plain, NULL};

  fixture_init (&fixture, 1, &plain);
  fixture.options.max_length_factor = 100;
  fixture.options.batch_size = 256;
  fixture.options.beam_size = 32;
  g_assert_null (s2s_search_new (&model, &fixture.options, &error));
  g_assert_error (error, S2S_ERROR, S2S_ERROR_OPTIONS);
  g_assert_nonnull (strstr (error->message, "32 hypotheses"));
}

static void
test_allowed (void)
{
  gint32 banned = TOY_C;
  Fixture fixture;

  fixture_init (&fixture, 1, &plain);
  fixture.options.banned_tokens = &banned;
  fixture.options.n_banned_tokens = 1;
  g_autoptr (S2sSearch) search = new_search (&fixture);
  for (gint32 id = -1; id <= N_TOKENS; id++)
    g_assert_cmpint (s2s_search_is_allowed (search, id), ==,
                     id == TOY_EOS || id == TOY_A || id == TOY_B || id == 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/search/against-reference", test_against_reference);
  g_test_add_func ("/search/ties", test_ties);
  g_test_add_func ("/search/tie-by-hand", test_tie_by_hand);
  g_test_add_func ("/search/tie-ends", test_tie_ends);
  g_test_add_func ("/search/large-vocabulary", test_large_vocabulary);
  g_test_add_func ("/search/prefix", test_prefix);
  g_test_add_func ("/search/banned", test_banned);
  g_test_add_func ("/search/no-repeat", test_no_repeat);
  g_test_add_func ("/search/bytes", test_bytes);
  g_test_add_func ("/search/dead-end", test_dead_end);
  g_test_add_func ("/search/not-a-number", test_not_a_number);
  g_test_add_func ("/search/exhaustive", test_exhaustive);
  g_test_add_func ("/search/batch-is-singles", test_batch_is_singles);
  g_test_add_func ("/search/rows-leave", test_rows_leave);
  g_test_add_func ("/search/first-step", test_first_step);
  g_test_add_func ("/search/stop", test_stop);
  g_test_add_func ("/search/slots", test_slots);
  g_test_add_func ("/search/narrow", test_narrow);
  g_test_add_func ("/search/narrow-later", test_narrow_later);
  g_test_add_func ("/search/narrow-finished", test_narrow_finished);
  g_test_add_func ("/search/too-much-memory", test_too_much_memory);
  g_test_add_func ("/search/allowed", test_allowed);
  return g_test_run ();
}
