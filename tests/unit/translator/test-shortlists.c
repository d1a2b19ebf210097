/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-search.h"
#include "translator/s2s-shortlists.h"

#include "s2s-test-shortlist.h"
#include "s2s-toy-search.h"

/* What the search makes of lists, beside the plain search that may say nothing else. */

#define N_SOURCE 6
#define MAX_SOURCE 5
#define N_TOKENS 26
#define N_LOGITS 28 /* two rows of the network are no tokens */
#define TOLERANCE 1e-4

static const gint32 common[] = {0, 1, 2, 3, 4, 5}; /* all of them at the beginning */
static const gint32 starts[] = {0, 2, 2, 6, 6, 8, 18};
static const gint32 tokens[] = {5, 9, 4, 7, 9, 27, 11, 12, 4, 5, 6, 8, 10, 13, 14, 15, 16, 17};

static const gint32 banned = 9;

static const S2sTargetVocabulary vocabulary = {
    .special = {TOY_PAD, TOY_UNK, TOY_BOS, TOY_EOS},
    .n_tokens = N_TOKENS,
};

typedef struct {
  S2sShortlist *shortlist;
  ToyNet net;
  ToyCounts counts;
  S2sTranslatorOptions options;
  ToyOptions toy;
  gboolean allowed[N_LOGITS];
  S2sSearch *search;
} Fixture;

static void
setup_seed (Fixture *self, guint seed, guint beam_size)
{
  static const S2sTestShortlist lists = {
      common, G_N_ELEMENTS (common), starts, G_N_ELEMENTS (starts), tokens, G_N_ELEMENTS (tokens)};
  g_autoptr (GError) error = NULL;

  *self = (Fixture){
      .shortlist = s2s_test_shortlist_load (&lists, N_SOURCE, N_LOGITS),
      .net = {seed, N_LOGITS, 4, 0, NULL},
      .options = {.beam_size = beam_size,
                  .n_best = 1,
                  .batch_size = 3,
                  .banned_tokens = &banned,
                  .n_banned_tokens = 1,
                  .length_normalization = S2S_LENGTH_NORMALIZATION_AVERAGE,
                  .length_penalty = 1,
                  .max_length_factor = 1,
                  .max_length_constant = 4,
                  .use_shortlist = TRUE},
      .toy = {.beam_size = beam_size,
              .n_best = 1,
              .mode = S2S_LENGTH_NORMALIZATION_AVERAGE,
              .alpha = 1,
              .vocabulary = &vocabulary,
              .banned = banned},
  };
  self->net.counts = &self->counts;
  S2sSearchModel model = {&toy_arch,  &self->net, N_LOGITS,       TRUE,
                          MAX_SOURCE, vocabulary, self->shortlist};
  self->search = s2s_search_new (&model, &self->options, &error);
  g_assert_no_error (error);
}

static void
teardown (Fixture *self)
{
  s2s_search_free (self->search);
  s2s_shortlist_free (self->shortlist);
}

/* By the tables above, without the code in question */
static void
allow (Fixture *self, const gint32 *ids, guint n_ids, const gint32 *must, guint n_must)
{
  memset (self->allowed, 0, sizeof self->allowed);
  self->allowed[TOY_EOS] = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (common); i++)
    self->allowed[common[i]] = TRUE;
  for (guint i = 0; i < n_must; i++)
    self->allowed[must[i]] = TRUE;
  for (guint i = 0; i < n_ids; i++)
    for (gint32 j = starts[ids[i]]; j < starts[ids[i] + 1]; j++)
      self->allowed[tokens[j]] = TRUE;
  self->toy.allowed = self->allowed;
}

static void
check_result (Fixture *self, guint slot, const gint32 *ids, guint n_ids)
{
  self->toy.limit = s2s_search_get_limit (self->search, n_ids);
  g_autoptr (GArray) expected = toy_search (&self->net, ids, n_ids, &self->toy);
  const ToyHypothesis *best = &g_array_index (expected, ToyHypothesis, 0);
  S2sSearchResult result;

  s2s_search_get_result (self->search, slot, 0, FALSE, &result);
  g_assert_cmpmem (result.tokens, result.n_tokens * sizeof (gint32), best->tokens,
                   best->n * sizeof (gint32));
  g_assert_cmpfloat_with_epsilon (result.score, best->score, TOLERANCE);
  s2s_search_result_clear (&result);
}

/* Three sentences with different lists, in one batch. That of the second has a row of the network
 * that is no token; the third has more tokens than half of the vocabulary, and is not restricted.
 */
static void
test_lists (void)
{
  static const gint32 first[] = {0, 4, TOY_EOS}, second[] = {2, TOY_EOS},
                      third[] = {2, 5, 0, 4, TOY_EOS};

  for (guint seed = 0; seed < 60; seed++) {
    Fixture fixture;

    setup_seed (&fixture, seed, 1 + seed % 4);
    S2sSearchInput inputs[] = {{.ids = first, .n_ids = 3, .no_repeat_ngram_size = 1},
                               {.ids = second, .n_ids = 2},
                               {.ids = third, .n_ids = 5}};
    g_assert_true (s2s_search_run (fixture.search, inputs, 3));
    allow (&fixture, second, 2, NULL, 0);
    check_result (&fixture, 1, second, 2);
    allow (&fixture, first, 3, NULL, 0);
    fixture.toy.no_repeat_ngram_size = 1;
    check_result (&fixture, 0, first, 3);
    fixture.toy.no_repeat_ngram_size = 0;
    fixture.toy.allowed = NULL;
    check_result (&fixture, 2, third, 5);
    teardown (&fixture);
  }
}

/* What the output is forced to begin with is in the list, and stays in it for the rest. */
static void
test_prefix (void)
{
  static const gint32 ids[] = {4, 0, TOY_EOS}, prefix[] = {24, 6};

  for (guint seed = 0; seed < 20; seed++) {
    Fixture fixture;

    setup_seed (&fixture, seed, 3);
    S2sSearchInput input = {.ids = ids, .n_ids = 3, .prefix = prefix, .n_prefix = 2};
    g_assert_true (s2s_search_run (fixture.search, &input, 1));
    allow (&fixture, ids, 3, prefix, 2);
    fixture.toy.prefix = prefix;
    fixture.toy.n_prefix = 2;
    check_result (&fixture, 0, ids, 3);
    teardown (&fixture);
  }
}

static void
assert_as_alone (Fixture *self, const S2sSearchInput *input, const S2sSearchResult *beside)
{
  S2sSearchResult alone;

  g_assert_true (s2s_search_run (self->search, input, 1));
  s2s_search_get_result (self->search, 0, 0, FALSE, &alone);
  g_assert_cmpmem (alone.tokens, alone.n_tokens * sizeof (gint32), beside->tokens,
                   beside->n_tokens * sizeof (gint32));
  s2s_search_result_clear (&alone);
}

/* Terms come out, and beside them nothing that is not in the list, whatever another sentence may
 * say. */
static void
test_terms (void)
{
  static const gint32 ids[] = {1, TOY_EOS}, other[] = {2, 4, 0, TOY_EOS},
                      term_tokens[] = {24, 18, 23};
  const S2sTermTokens term = {term_tokens, 3};

  for (guint seed = 0; seed < 100; seed++) {
    Fixture fixture;
    S2sSearchResult result;
    guint n_terms = 0;

    setup_seed (&fixture, seed, 1 + seed % 4);
    S2sSearchInput inputs[] = {{.ids = other, .n_ids = 4},
                               {.ids = ids, .n_ids = 2, .terms = {&term, 1}}};
    g_assert_true (s2s_search_run (fixture.search, inputs, 2));
    allow (&fixture, ids, 2, term_tokens, 3);
    s2s_search_get_result (fixture.search, 1, 0, FALSE, &result);
    for (guint i = 0; i < result.n_tokens; i++)
      g_assert_true (fixture.allowed[result.tokens[i]]);
    for (guint i = 0; i + 3 <= result.n_tokens; i++)
      n_terms += memcmp (result.tokens + i, term_tokens, sizeof term_tokens) == 0;
    g_assert_cmpuint (n_terms, ==, 1);
    assert_as_alone (&fixture, &inputs[1], &result);
    s2s_search_result_clear (&result);
    teardown (&fixture);
  }
}

/* A sentence of whose tokens none has a list may come to what is common, and to nothing else. */
static void
test_common_alone (void)
{
  static const gint32 ids[] = {1, TOY_EOS};

  for (guint seed = 0; seed < 20; seed++) {
    Fixture fixture;

    setup_seed (&fixture, seed, 2);
    S2sSearchInput input = {.ids = ids, .n_ids = 2};
    g_assert_true (s2s_search_run (fixture.search, &input, 1));
    allow (&fixture, ids, 2, NULL, 0);
    check_result (&fixture, 0, ids, 2);
    teardown (&fixture);
  }
}

/* With it alone the lists say nothing. */
static void
test_not_asked_for (void)
{
  static const gint32 ids[] = {0, 4, TOY_EOS};
  Fixture fixture;

  setup_seed (&fixture, 5, 2);
  s2s_search_free (fixture.search);
  fixture.options.use_shortlist = FALSE;
  S2sSearchModel model = {&toy_arch,  &fixture.net, N_LOGITS,         TRUE,
                          MAX_SOURCE, vocabulary,   fixture.shortlist};
  fixture.search = s2s_search_new (&model, &fixture.options, NULL);
  S2sSearchInput input = {.ids = ids, .n_ids = 3};
  g_assert_true (s2s_search_run (fixture.search, &input, 1));
  check_result (&fixture, 0, ids, 3);
  teardown (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shortlists/lists", test_lists);
  g_test_add_func ("/shortlists/common-alone", test_common_alone);
  g_test_add_func ("/shortlists/prefix", test_prefix);
  g_test_add_func ("/shortlists/terms", test_terms);
  g_test_add_func ("/shortlists/not-asked-for", test_not_asked_for);
  return g_test_run ();
}
