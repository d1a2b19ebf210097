/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-beam.h"

#include <math.h>
#include <string.h>

/* The three ends of a search, of a beam of 2 over the tokens EOS, a and b. What the network gives
 * is written down by what it has put out; the numbers in the tests are worked out by hand. */

enum { N_TOKENS = 3, WIDTH = 2, LIMIT = 10 };

/* Probabilities of EOS, a and b after a text; the first row that the text begins with is taken. */
typedef struct {
  const char *text;
  gboolean exactly; /* else whatever follows */
  double p[N_TOKENS];
} Row;

/* After two steps “b” and the empty output have ended, with −0.746 and −0.916. “aa” is −0.780 then,
 * and ends with −0.555. In the end “aaaaaaaa” gets −0.465. */
static const Row rows[] = {
    {"", TRUE, {0.4, 0.35, 0.25}},      {"a", TRUE, {0.3, 0.6, 0.1}},
    {"b", FALSE, {0.9, 0.05, 0.05}},    {"aa", TRUE, {0.9, 0.08, 0.02}},
    {"ab", FALSE, {0.9, 0.05, 0.05}},   {"aaaaaaaa", FALSE, {0.98, 0.01, 0.01}},
    {"aaa", FALSE, {0.01, 0.98, 0.01}}, {"aab", FALSE, {0.9, 0.05, 0.05}},
};

static const double *
find_row (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].exactly ? g_str_equal (rows[i].text, text) : g_str_has_prefix (text, rows[i].text))
      return rows[i].p;
  g_assert_not_reached ();
}

typedef struct {
  S2sBeam beam;
  S2sBeamContext context;
  S2sConstraints constraints;
  S2sLengthScale scale;
  S2sTrellis trellis;
  float logits[WIDTH * N_TOKENS];
  gint32 history[LIMIT];
  char texts[WIDTH][LIMIT + 1]; /* of the rows */
} Fixture;

static void
init (Fixture *self, S2sSearchEnd end, guint n_best)
{
  const S2sTargetVocabulary vocabulary = {{-1, -1, -1, 0}, N_TOKENS, NULL};

  memset (self, 0, sizeof *self);
  s2s_constraints_init (&self->constraints, &vocabulary, NULL, 0);
  s2s_length_scale_init (&self->scale, S2S_LENGTH_NORMALIZATION_AVERAGE, 1, LIMIT);
  s2s_trellis_init (&self->trellis, 1, LIMIT, WIDTH, 1, FALSE);
  self->context = (S2sBeamContext){
      .kernels = s2s_kernels_get (NULL),
      .constraints = &self->constraints,
      .scale = &self->scale,
      .trellis = &self->trellis,
      .eos = 0,
      .logits = self->logits,
      .logits_stride = N_TOKENS,
      .history = self->history,
  };
  self->beam = (S2sBeam){.width = WIDTH, .n_best = n_best, .end = end, .limit = LIMIT};
  s2s_beam_start (&self->beam, 0);
}

static void
clear (Fixture *self)
{
  s2s_constraints_clear (&self->constraints);
  s2s_length_scale_clear (&self->scale);
  s2s_trellis_clear (&self->trellis);
}

static void
step (Fixture *self)
{
  guint parents[WIDTH];
  gint32 tokens[WIDTH];
  char texts[WIDTH][LIMIT + 1];

  for (guint k = 0; k < self->beam.n_live; k++)
    for (guint id = 0; id < N_TOKENS; id++)
      self->logits[k * N_TOKENS + id] = (float)log (find_row (self->texts[k])[id]);
  memcpy (texts, self->texts, sizeof texts);
  s2s_beam_advance (&self->beam, &self->context, 0, parents, tokens);
  for (guint k = 0; k < self->beam.n_live; k++)
    g_snprintf (self->texts[k], LIMIT + 1, "%s%c", texts[parents[k]], "$ab"[tokens[k]]);
}

static guint
count_steps (Fixture *self)
{
  guint n = 0;

  for (; self->beam.n_live > 0; n++)
    step (self);
  return n;
}

static void
assert_finished (const Fixture *self, guint rank, guint n_tokens, double score)
{
  g_assert_cmpuint (self->beam.n_finished, >, rank);
  g_assert_cmpuint (self->beam.finished[rank].n_tokens, ==, n_tokens);
  g_assert_cmpfloat_with_epsilon (self->beam.finished[rank].score, score, 1e-4);
}

/* EOS after “b” fills the beam, with b·EOS = 0.25 · 0.9. */
static void
test_full (void)
{
  Fixture fixture;

  init (&fixture, S2S_SEARCH_END_FULL, 1);
  g_assert_cmpuint (count_steps (&fixture), ==, 2);
  assert_finished (&fixture, 0, 2, log (0.225) / 2);
  assert_finished (&fixture, 1, 1, log (0.4));
  clear (&fixture);
}

/* “aa” with ln 0.21 / 2 is better than ln 0.4, so there is a third step, after which the best is
 * “aaa” with ln 0.0168 / 3. */
static void
test_estimated (void)
{
  Fixture fixture;

  init (&fixture, S2S_SEARCH_END_ESTIMATED, 1);
  g_assert_cmpuint (count_steps (&fixture), ==, 3);
  assert_finished (&fixture, 0, 3, log (0.35 * 0.6 * 0.9) / 3);
  assert_finished (&fixture, 1, 2, log (0.225) / 2);
  clear (&fixture);
}

/* ln 0.0168 / 10 is above ln 0.189 / 3, so the search goes on, and is right. */
static void
test_proven (void)
{
  Fixture fixture;

  init (&fixture, S2S_SEARCH_END_PROVEN, 1);
  g_assert_cmpuint (count_steps (&fixture), ==, 9);
  g_assert_cmpuint (fixture.beam.n_finished, ==, 1);
  assert_finished (&fixture, 0, 9, log (0.35 * 0.6 * 0.08 * pow (0.98, 6)) / 9);
  clear (&fixture);
}

/* A beam that becomes one ends with the first that it finishes, whatever was to be waited for. */
static void
test_narrow (void)
{
  static const S2sSearchEnd ends[] = {S2S_SEARCH_END_PROVEN, S2S_SEARCH_END_ESTIMATED,
                                      S2S_SEARCH_END_FULL};

  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
    Fixture fixture;

    init (&fixture, ends[i], 2);
    step (&fixture);
    g_assert_cmpuint (fixture.beam.n_finished, ==, 1);
    s2s_beam_narrow (&fixture.beam);
    g_assert_cmpuint (fixture.beam.n_live, ==, 0);
    clear (&fixture);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/search-end/full", test_full);
  g_test_add_func ("/search-end/estimated", test_estimated);
  g_test_add_func ("/search-end/proven", test_proven);
  g_test_add_func ("/search-end/narrow", test_narrow);
  return g_test_run ();
}
