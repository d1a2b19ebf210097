/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s.h"

#include "s2s-test-spans.h"
#include "s2s-test-translator.h"
#include "s2s-toy.h"

/* A softmax in single precision for each token */
#define TOLERANCE 1e-4
#define N_TOKENS 8
#define MAX_SOURCE 6

static const S2sTargetVocabulary plain = {
    .special = {TOY_PAD, TOY_UNK, TOY_BOS, TOY_EOS},
    .n_tokens = N_TOKENS,
};

static const gint32 source_ids[] = {5, 4, 6, 3};

/* Terms: one of a token, one of two that begins with UNK, one of three */
static const gint32 one[] = {TOY_C}, two[] = {TOY_UNK, TOY_B}, three[] = {TOY_C, TOY_C, TOY_A};
static const S2sTermTokens term_list[] = {{one, 1}, {two, 2}, {three, 3}};

typedef struct {
  ToyNet net;
  ToyCounts counts;
  S2sTranslatorOptions options;
  S2sTerms terms;
} Toy;

static void
toy_init (Toy *self, guint seed)
{
  *self = (Toy){
      .net = {seed, N_TOKENS, 4, 0, &self->counts},
      .options = {.beam_size = 4,
                  .n_best = 2,
                  .batch_size = 4,
                  .length_normalization = S2S_LENGTH_NORMALIZATION_AVERAGE,
                  .length_penalty = 1,
                  .max_length_factor = 1,
                  .max_length_constant = 3},
      .terms = {term_list, G_N_ELEMENTS (term_list)},
  };
}

static S2sSearch *
new_search (const Toy *self)
{
  g_autoptr (GError) error = NULL;
  S2sSearchModel model = {&toy_arch, &self->net, N_TOKENS, TRUE, MAX_SOURCE, plain, NULL};
  S2sSearch *search = s2s_search_new (&model, &self->options, &error);

  g_assert_no_error (error);
  return search;
}

/* Each term stands there once, whole, and its tokens are marked as its. */
static void
assert_terms (const S2sTerms *terms, const S2sSearchResult *result)
{
  guint n_marked = 0, n_expected = 0;

  for (guint i = 0; i < terms->n; i++) {
    const S2sTermTokens *term = &terms->list[i];
    guint at = 0;

    while (at < result->n_tokens && result->terms[at] != (gint)i)
      at++;
    g_assert_cmpuint (at + term->n_tokens, <=, result->n_tokens);
    g_assert_cmpmem (result->tokens + at, term->n_tokens * sizeof (gint32), term->tokens,
                     term->n_tokens * sizeof (gint32));
    for (guint j = 0; j < term->n_tokens; j++)
      g_assert_cmpint (result->terms[at + j], ==, i);
    n_expected += term->n_tokens;
  }
  for (guint t = 0; t < result->n_tokens; t++)
    n_marked += result->terms[t] >= 0;
  g_assert_cmpuint (n_marked, ==, n_expected);
}

static S2sSearchInput
make_input (const Toy *self)
{
  return (S2sSearchInput){.ids = source_ids,
                          .n_ids = G_N_ELEMENTS (source_ids),
                          .no_repeat_ngram_size = self->options.no_repeat_ngram_size,
                          .terms = self->terms};
}

/* All results of a run of one input: the terms, and scores that add up. */
static void
check_results (const Toy *self, const S2sSearch *search, guint index, const S2sTerms *terms)
{
  for (guint rank = 0; rank < s2s_search_get_n_results (search, index); rank++) {
    S2sSearchResult result;
    double sum = 0;

    s2s_search_get_result (search, index, rank, FALSE, &result);
    assert_terms (terms, &result);
    for (guint t = 0; t < result.n_tokens; t++)
      sum += result.log_probs[t];
    g_assert_cmpfloat_with_epsilon (sum / result.n_tokens, result.score, TOLERANCE);
    s2s_search_result_clear (&result);
  }
}

/* Beams of every width, EOS that is always or never the best, and hardly any room. */
static void
test_always (void)
{
  for (guint seed = 0; seed < 400; seed++) {
    Toy toy;

    toy_init (&toy, seed);
    toy.net.eos_bias = (float)(seed % 5) * 4 - 8;
    toy.options.beam_size = 1 + seed % 7;
    toy.options.n_best = 1 + seed % toy.options.beam_size;
    toy.options.max_length = seed % 3 == 0 ? 1 + seed % 6 : 0;
    toy.options.no_repeat_ngram_size = seed % 4;
    toy.terms.n = 1 + seed % G_N_ELEMENTS (term_list);
    g_autoptr (S2sSearch) search = new_search (&toy);
    S2sSearchInput input = make_input (&toy);

    g_assert_true (s2s_search_run (search, &input, 1));
    check_results (&toy, search, 0, &toy.terms);
  }
}

typedef struct {
  gint32 tokens[TOY_MAX_TOKENS];
  guint n;
  double sum;
} Sequence;

typedef struct {
  const Toy *toy;
  guint32 source;
  guint limit;
  double best;
  guint n_found;
  Sequence winner;
} Enumeration;

static void enumerate (Enumeration *self, const Sequence *hypothesis, gboolean is_said);

static void
follow (Enumeration *self, const Sequence *hypothesis, gint32 token, double log_sum,
        gboolean is_said)
{
  Sequence next = *hypothesis;

  next.sum +=
      MIN (0, toy_get_logit (&self->toy->net, self->source, next.tokens, next.n, token) - log_sum);
  next.tokens[next.n++] = token;
  if (token != TOY_EOS) {
    enumerate (self, &next, is_said);
    return;
  }
  self->n_found++;
  if (next.sum / next.n <= self->best)
    return;
  self->best = next.sum / next.n;
  self->winner = next;
}

/* The term is UNK and B, other text A alone: A and EOS share the probability. */
static void
enumerate (Enumeration *self, const Sequence *hypothesis, gboolean is_said)
{
  const ToyNet *net = &self->toy->net;
  guint n = hypothesis->n;

  if (n == self->limit)
    return;
  double a = toy_get_logit (net, self->source, hypothesis->tokens, n, TOY_A);
  double eos = toy_get_logit (net, self->source, hypothesis->tokens, n, TOY_EOS);
  double log_sum = log (exp (a) + exp (eos));

  if (n > 0 && hypothesis->tokens[n - 1] == TOY_UNK)
    follow (self, hypothesis, TOY_B, log_sum, TRUE);
  else if (is_said) {
    follow (self, hypothesis, TOY_EOS, log_sum, TRUE);
    follow (self, hypothesis, TOY_A, log_sum, TRUE);
  } else {
    follow (self, hypothesis, TOY_UNK, log_sum, TRUE);
    if (a > eos && self->limit - n > 2 + S2S_TERM_ROOM)
      follow (self, hypothesis, TOY_A, log_sum, FALSE);
  }
}

/* A beam that holds every hypothesis finds the best of all that have the term, where it begins
 * before the sentence would end and the room for it is kept. */
static void
test_exhaustive (void)
{
  static const gint32 banned[] = {TOY_B, TOY_C, 7};
  static const S2sTermTokens term = {two, 2};
  const Sequence empty = {0};
  guint n_placed = 0;

  for (guint seed = 0; seed < 300; seed++) {
    Toy toy;
    S2sSearchResult result;

    toy_init (&toy, seed);
    toy.net.eos_bias = (float)(seed % 3) - 2;
    toy.options.beam_size = S2S_MAX_BEAM;
    toy.options.banned_tokens = banned;
    toy.options.n_banned_tokens = G_N_ELEMENTS (banned);
    toy.terms = (S2sTerms){&term, 1};
    g_autoptr (S2sSearch) search = new_search (&toy);
    S2sSearchInput input = make_input (&toy);
    Enumeration all = {.toy = &toy,
                       .source = toy_hash_ids (seed, source_ids, input.n_ids),
                       .limit = s2s_search_get_limit (search, input.n_ids) + term.n_tokens,
                       .best = -INFINITY};

    enumerate (&all, &empty, FALSE);
    g_assert_cmpuint (all.n_found, >, 1);
    g_assert_true (s2s_search_run (search, &input, 1));
    s2s_search_get_result (search, 0, 0, FALSE, &result);
    g_assert_cmpmem (result.tokens, result.n_tokens * sizeof (gint32), all.winner.tokens,
                     all.winner.n * sizeof (gint32));
    g_assert_cmpfloat_with_epsilon (result.score, all.best, TOLERANCE);
    n_placed += result.terms[0] < 0;
    s2s_search_result_clear (&result);
  }
  g_assert_cmpuint (n_placed, >, 0);
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

/* Whenever NARROW comes, the terms come too. */
static void
test_narrow (void)
{
  for (guint seed = 0; seed < 20; seed++)
    for (guint at = 1; at < 14; at++) {
      Toy toy;
      Control narrow = {.at = at, .answer = S2S_CONTROL_NARROW};

      toy_init (&toy, seed);
      g_autoptr (S2sSearch) search = new_search (&toy);
      S2sSearchInput input = make_input (&toy);

      s2s_search_set_control (search, control, &narrow);
      g_assert_true (s2s_search_run (search, &input, 1));
      check_results (&toy, search, 0, &toy.terms);
    }
}

/* Inputs with and without terms share a batch, and each gives the bits that it gives alone. */
static void
test_batch_is_singles (void)
{
  for (guint seed = 0; seed < 30; seed++) {
    Toy toy;
    S2sSearchInput inputs[4];
    S2sSearchResult batch[4], single;

    toy_init (&toy, seed);
    g_autoptr (S2sSearch) search = new_search (&toy);
    for (guint i = 0; i < 4; i++) {
      inputs[i] = make_input (&toy);
      inputs[i].terms.n = i;
    }
    g_assert_true (s2s_search_run (search, inputs, 4));
    for (guint i = 0; i < 4; i++)
      s2s_search_get_result (search, i, 0, FALSE, &batch[i]);
    for (guint i = 0; i < 4; i++) {
      g_assert_true (s2s_search_run (search, &inputs[i], 1));
      s2s_search_get_result (search, 0, 0, FALSE, &single);
      g_assert_cmpmem (single.tokens, single.n_tokens * sizeof (gint32), batch[i].tokens,
                       batch[i].n_tokens * sizeof (gint32));
      g_assert_cmpmem (&single.score, sizeof (double), &batch[i].score, sizeof (double));
      s2s_search_result_clear (&single);
      s2s_search_result_clear (&batch[i]);
    }
  }
}

/* By hand: all are equal, so greedy takes A, the lowest id but EOS, which is out of reach. The term
 * comes when only the room for it is left: EOS and three places. */
static void
test_greedy_by_hand (void)
{
  static const gint32 expected[] = {TOY_A, TOY_A, TOY_A, TOY_C, TOY_C,
                                    TOY_A, TOY_A, TOY_A, TOY_A, TOY_A};
  static const S2sTermTokens term = {three, 3};
  Toy toy;
  S2sSearchResult result;

  toy_init (&toy, 1);
  toy.net.scale = 0;
  toy.net.eos_bias = -1;
  toy.options.beam_size = toy.options.n_best = 1;
  toy.terms = (S2sTerms){&term, 1};
  g_autoptr (S2sSearch) search = new_search (&toy);
  S2sSearchInput input = make_input (&toy);
  g_assert_true (s2s_search_run (search, &input, 1));
  s2s_search_get_result (search, 0, 0, FALSE, &result);
  g_assert_cmpmem (result.tokens, result.n_tokens * sizeof (gint32), expected, sizeof expected);
  s2s_search_result_clear (&result);
}

/* What has been said is not said again by the model itself. */
static void
test_not_again (void)
{
  guint n_long = 0;

  for (guint seed = 0; seed < 60; seed++) {
    Toy toy;
    S2sSearchResult result;
    guint n = 0;

    toy_init (&toy, seed);
    toy.net.eos_bias = -4;
    toy.terms.n = 1;
    g_autoptr (S2sSearch) search = new_search (&toy);
    S2sSearchInput input = make_input (&toy);
    g_assert_true (s2s_search_run (search, &input, 1));
    s2s_search_get_result (search, 0, 0, FALSE, &result);
    for (guint t = 0; t < result.n_tokens; t++)
      n += result.tokens[t] == TOY_C;
    g_assert_cmpuint (n, ==, 1);
    n_long += result.n_tokens > 4;
    s2s_search_result_clear (&result);
  }
  g_assert_cmpuint (n_long, >, 0);
}

static S2sTranslation *
translate (const S2sTestModel *self, const S2sInput *input, GError **error)
{
  S2sTranslation *translation = NULL;
  g_autoptr (S2sTranslator) translator = s2s_translator_new (self->model, &self->options, error);

  if (translator != NULL)
    s2s_translator_translate_batch (translator, input, 1, &translation, error);
  return translation;
}

static guint
count (const char *text, const char *word)
{
  guint n = 0;

  for (const char *at = strstr (text, word); at != NULL; at = strstr (at + strlen (word), word))
    n++;
  return n;
}

static gboolean
stands_alone (const S2sHypothesis *hypothesis, const char *target)
{
  for (guint i = 0; i < hypothesis->n_tokens; i++) {
    const S2sSpan *span = &hypothesis->spans[i];

    if (span->end - span->start == strlen (target) &&
        g_str_has_prefix (hypothesis->text + span->start, target))
      return TRUE;
  }
  return FALSE;
}

/* The tokens cover both texts, and one has all of a term. */
static void
assert_spans (const S2sHypothesis *hypothesis, const S2sInput *input)
{
  s2s_test_assert_spans (hypothesis->text, strlen (hypothesis->text), hypothesis->spans,
                         hypothesis->n_tokens);
  s2s_test_assert_spans (input->text, strlen (input->text), hypothesis->source_spans,
                         hypothesis->n_source_tokens);
  for (gsize i = 0; i < input->n_terms; i++)
    g_assert_true (stands_alone (hypothesis, input->terms[i].target));
}

static const char places[] = "We went to Northgate with Marwood. Northgate is old.";
static const S2sTerm terms[] = {
    {11, 20, "北门"}, {26, 33, "M\303\244rwood & Co"}, {35, 44, "北门"}};

/* In every result, at every width, with a prefix and blocked repetition: at its own count. */
static void
test_verbatim (S2sTestModel *self, gconstpointer bundle)
{
  for (guint i = 0; i < 12; i++) {
    S2sInput input = {.text = places,
                      .length = -1,
                      .prefix = i % 3 == 1 ? "好 " : NULL,
                      .terms = terms,
                      .n_terms = G_N_ELEMENTS (terms)};
    g_autoptr (GError) error = NULL;

    self->options.beam_size = 1 + i % 4;
    self->options.n_best = self->options.beam_size;
    self->options.no_repeat_ngram_size = i % 2;
    g_autoptr (S2sTranslation) translation = translate (self, &input, &error);
    g_assert_no_error (error);
    for (guint rank = 0; rank < translation->n_hypotheses; rank++) {
      const char *text = translation->hypotheses[rank].text;

      g_assert_cmpuint (count (text, "北门"), >=, 2);
      g_assert_cmpuint (count (text, terms[1].target), >=, 1);
      g_assert_true (g_utf8_validate (text, -1, NULL));
      assert_spans (&translation->hypotheses[rank], &input);
      g_assert_true (input.prefix == NULL || g_str_has_prefix (text, "好"));
    }
  }
}

/* A term that stands in the prefix has been said. */
static void
test_prefix (S2sTestModel *self, gconstpointer bundle)
{
  S2sInput input = {.text = "Northgate",
                    .length = -1,
                    .prefix = "去北门。",
                    .terms = (S2sTerm[]){{0, 9, "北门"}},
                    .n_terms = 1};
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sTranslation) translation = translate (self, &input, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (translation->hypotheses->text, input.prefix));
  g_assert_cmpuint (count (translation->hypotheses->text, "北门"), ==, 1);
}

/* Once is enough: where it stands again in the prefix, it is text. */
static void
test_prefix_twice (S2sTestModel *self, gconstpointer bundle)
{
  S2sInput input = {.text = "Northgate",
                    .length = -1,
                    .prefix = "北门，北门",
                    .terms = (S2sTerm[]){{0, 9, "北门"}},
                    .n_terms = 1};
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sTranslation) translation = translate (self, &input, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (translation->hypotheses->text, input.prefix));
}

/* A stand-in is read in the place of a term, unless its word stands in the sentence already, and
 * what the model makes of it is not in the text. */
static void
test_stand_ins (S2sTestModel *self, gconstpointer bundle)
{
  S2sInput input = {.text = "ann saw Northgate.",
                    .length = -1,
                    .terms = (S2sTerm[]){{8, 17, "北门"}},
                    .n_terms = 1};
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sTranslation) translation = translate (self, &input, &error);
  g_assert_no_error (error);
  const S2sHypothesis *hypothesis = translation->hypotheses;

  g_assert_cmpuint (hypothesis->n_source_tokens, ==, strlen ("ann saw Bo.") + 1);
  g_assert_cmpstr (hypothesis->source_tokens[8], ==, "<0x42>");
  g_assert_cmpuint (hypothesis->source_spans[8].end, ==, 8);
  g_assert_cmpuint (hypothesis->source_spans[9].start, ==, 8);
  g_assert_cmpuint (hypothesis->source_spans[9].end, ==, 17);
  g_assert_cmpuint (hypothesis->source_spans[10].start, ==, 17);
  g_assert_cmpuint (hypothesis->source_spans[11].start, ==, 18);
  g_assert_cmpuint (count (hypothesis->text, "北门"), ==, 1);
  g_assert_cmpuint (count (hypothesis->text, "qz"), ==, 0);
}

static void
assert_refused (const S2sTestModel *self, const S2sTerm *refused, gsize n, const char *message)
{
  S2sInput input = {.text = "caf\303\251 at noon", .length = -1, .terms = refused, .n_terms = n};
  g_autoptr (GError) error = NULL;

  g_assert_null (translate (self, &input, &error));
  g_assert_error (error, S2S_ERROR, S2S_ERROR_OPTIONS);
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_refused (S2sTestModel *self, gconstpointer bundle)
{
  static const gint32 banned[] = {4 + 'x'};
  g_autofree char *large = g_strnfill (S2S_MAX_TERM_TOKENS + 1, 'a');
  S2sTerm many[S2S_MAX_TERMS + 1];

  self->options.banned_tokens = banned;
  self->options.n_banned_tokens = 1;
  assert_refused (self, &(S2sTerm){0, 14, "a"}, 1, "bytes 0 to 14, expected one or more from 0");
  assert_refused (self, &(S2sTerm){3, 3, "a"}, 1, "bytes 3 to 3");
  assert_refused (self, &(S2sTerm){0, 4, "a"}, 1, "parts of characters");
  assert_refused (self, &(S2sTerm){5, 6, "a"}, 1, "are blank");
  assert_refused (self, &(S2sTerm){0, 5, ""}, 1, "is empty");
  assert_refused (self, &(S2sTerm){0, 5, NULL}, 1, "is missing");
  assert_refused (self, &(S2sTerm){0, 5, "\303"}, 1, "not valid UTF-8");
  assert_refused (self, &(S2sTerm){0, 5, "a "}, 1, "a blank at an end");
  assert_refused (self, &(S2sTerm){0, 5, "axe"}, 1, "never put out");
  assert_refused (self, &(S2sTerm){0, 5, large}, 1, "1 terms of 129 tokens");
  assert_refused (self, (S2sTerm[]){{6, 8, "b"}, {0, 5, "a"}}, 2, "term 1: ");
  assert_refused (self, (S2sTerm[]){{0, 7, "b"}, {6, 8, "a"}}, 2, "term 1: ");

  for (guint i = 0; i < G_N_ELEMENTS (many); i++)
    many[i] = (S2sTerm){i, i + 1, "a"};
  S2sInput input = {
      .text = "aaaaaaaaaaaaaaaaaaaa", .length = -1, .terms = many, .n_terms = G_N_ELEMENTS (many)};
  g_autoptr (GError) error = NULL;
  g_assert_null (translate (self, &input, &error));
  g_assert_error (error, S2S_ERROR, S2S_ERROR_OPTIONS);
  g_assert_nonnull (strstr (error->message, "17 terms of 17 tokens"));
}

int
main (int argc, char **argv)
{
  static const S2sTestBundle blanks = {.seed = 2, .target_language = "fr", .attention = "none"};
  static const S2sTestBundle stand_ins = {.seed = 1,
                                          .stand_ins = "{\"Ann\": \"安\", \"Bo\": \"qz\"}"};

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/terms/always", test_always);
  g_test_add_func ("/terms/exhaustive", test_exhaustive);
  g_test_add_func ("/terms/narrow", test_narrow);
  g_test_add_func ("/terms/batch-is-singles", test_batch_is_singles);
  g_test_add_func ("/terms/greedy-by-hand", test_greedy_by_hand);
  g_test_add_func ("/terms/not-again", test_not_again);
#define ADD(path, data, func)                                                                      \
  g_test_add (path, S2sTestModel, data, s2s_test_model_setup, func, s2s_test_model_teardown)
  ADD ("/terms/verbatim", NULL, test_verbatim);
  ADD ("/terms/verbatim/without-attention", &blanks, test_verbatim);
  ADD ("/terms/prefix", NULL, test_prefix);
  ADD ("/terms/prefix-twice", NULL, test_prefix_twice);
  ADD ("/terms/verbatim/stand-ins", &stand_ins, test_verbatim);
  ADD ("/terms/stand-ins", &stand_ins, test_stand_ins);
  ADD ("/terms/refused", NULL, test_refused);
#undef ADD
  return g_test_run ();
}
