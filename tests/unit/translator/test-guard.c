/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s.h"

#include "s2s-test-translator.h"

#include <string.h>

/* Random bundles whose results are words w0, w1 … A source that names one of them has a number,
 * which the result has to keep. What a bundle without a guard says at each length is what is
 * expected. */

#define N_LENGTHS 7
#define N_SOURCES 256
#define BEAM 4
#define KEEPS "\"keeps\": {\"numbers\": true}"

/* (transfer full): members of config.json */
static char *
make_keys (const char *more)
{
  GString *keys = g_string_new ("\"length_tokens\": [");

  for (guint i = 0; i < N_LENGTHS; i++)
    g_string_append_printf (keys, "%s{\"ratio\": %u, \"token\": %u}", i > 0 ? ", " : "", i + 1,
                            200 + i);
  g_string_append_printf (keys, "]%s", more);
  return g_string_free (keys, FALSE);
}

static void
setup (S2sTestPair *self, gconstpointer data)
{
  g_autofree char *lengths = make_keys (""), *keeps = make_keys (", " KEEPS);
  S2sTestBundle plain = {.target_language = "en", .has_words = TRUE, .keys = lengths, .seed = 5};
  S2sTestBundle guarded = plain;

  guarded.keys = keeps;
  s2s_test_pair_setup (self, &plain, &guarded);
  self->options.beam_size = BEAM;
  self->options.n_best = BEAM;
  self->options.max_length = 30;
  self->options.no_repeat_ngram_size = 1; /* or loops would be decoded twice */
}

static S2sTranslator *
new_translator (const S2sTestPair *self, S2sModel *model)
{
  return s2s_test_translator_new (model, &self->options);
}

static gboolean
has_word (const char *text, const char *word)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  return g_strv_contains ((const char *const *)words, word);
}

static guint
count_with (const S2sTranslation *translation, const char *word)
{
  guint n = 0;

  for (guint i = 0; i < translation->n_hypotheses; i++)
    n += has_word (translation->hypotheses[i].text, word);
  return n;
}

/* got: as many of expected as there are, those with the word first */
static void
assert_ranked (const S2sTranslation *got, const S2sTranslation *expected, const char *word)
{
  guint rank = 0;

  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < expected->n_hypotheses && rank < got->n_hypotheses; i++) {
      S2sHypothesis wanted = expected->hypotheses[i];

      if (has_word (wanted.text, word) == (pass == 1))
        continue;
      if (pass == 1)
        wanted.flags |= S2S_FLAG_LOST;
      s2s_test_assert_same_hypothesis (&got->hypotheses[rank++], &wanted);
    }
  g_assert_cmpuint (rank, ==, got->n_hypotheses);
}

/* What the bundle without a guard says at the length where the guard stops, and which that is */
static S2sTranslation *
find_expected (S2sTranslator *translator, const char *text, const char *word, guint first,
               guint *ret_length)
{
  guint last = MIN (first + 4, N_LENGTHS - 1);

  for (*ret_length = first;; (*ret_length)++) {
    S2sTranslation *translation = s2s_test_translate (
        translator, &(S2sInput){.text = text, .length = -1, .length_ratio = *ret_length + 1});

    if (*ret_length == last || count_with (translation, word) > 0)
      return translation;
    s2s_translation_free (translation);
  }
}

/* Of many sources: those that keep it come first, else a greater length is asked for, four times or
 * up to the greatest; all of these happen. */
static void
test_choice (S2sTestPair *self, gconstpointer n_best)
{
  guint n_first = 0, n_moved = 0, n_longer = 0, n_lost = 0;
  g_autoptr (S2sTranslator) reference = new_translator (self, self->plain);

  self->options.n_best = GPOINTER_TO_UINT (n_best);
  g_autoptr (S2sTranslator) translator = new_translator (self, self->full);
  for (guint i = 0; i < N_SOURCES; i++) {
    guint first = i % N_LENGTHS, length;
    g_autofree char *word = g_strdup_printf ("w%u", i + 4);
    g_autofree char *text = g_strdup_printf ("say %s", word);
    g_autoptr (S2sTranslation) expected = find_expected (reference, text, word, first, &length);
    g_autoptr (S2sTranslation) got = s2s_test_translate (
        translator, &(S2sInput){.text = text, .length = -1, .length_ratio = first + 1});

    g_assert_cmpuint (got->n_hypotheses, ==, MIN (expected->n_hypotheses, self->options.n_best));
    assert_ranked (got, expected, word);
    n_first += length == first && has_word (expected->hypotheses[0].text, word);
    n_moved += count_with (expected, word) > 0 && !has_word (expected->hypotheses[0].text, word);
    n_longer += length > first && count_with (expected, word) > 0;
    n_lost += count_with (expected, word) == 0;
  }
  g_test_message ("first: %u, moved: %u, longer: %u, lost: %u", n_first, n_moved, n_longer, n_lost);
  g_assert_true (n_first > 0 && n_moved > 0 && n_longer > 0 && n_lost > 0);
}

/* The number is in no result: all tries are made, and each is of a batch with others. */
#define LOSES "say 777"

static void
test_batch (S2sTestPair *self, gconstpointer data)
{
  static const char *const texts[] = {LOSES, "say it", "say w4. say w5.", "", "say 8, 9 or 777."};

  if (s2s_test_skip_bits ())
    return;
  g_autoptr (S2sTranslator) alone = new_translator (self, self->full);
  for (guint shared = 0; shared < 2; shared++) {
    S2sInput inputs[G_N_ELEMENTS (texts)];
    S2sTranslation *got[G_N_ELEMENTS (texts)];
    g_autoptr (GError) error = NULL;

    self->options.shared = shared == 1;
    g_autoptr (S2sTranslator) translator = new_translator (self, self->full);
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
      inputs[i] = (S2sInput){.text = texts[i], .length = -1, .length_ratio = i + 1};
    g_assert_true (
        s2s_translator_translate_batch (translator, inputs, G_N_ELEMENTS (texts), got, &error));
    g_assert_no_error (error);
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
      g_autoptr (S2sTranslation) expected = s2s_test_translate (alone, &inputs[i]);

      s2s_test_assert_same (got[i], expected);
      s2s_translation_free (got[i]);
    }
  }
}

static S2sControl
narrow (gpointer user_data)
{
  return S2S_CONTROL_NARROW;
}

/* Who is in a hurry waits for one try. */
static void
test_narrowed (S2sTestPair *self, gconstpointer data)
{
  const S2sInput input = {.text = LOSES, .length = -1, .length_ratio = 1};
  g_autoptr (S2sTranslator) reference = new_translator (self, self->plain);
  g_autoptr (S2sTranslator) translator = new_translator (self, self->full);

  s2s_translator_set_control (reference, narrow, NULL);
  s2s_translator_set_control (translator, narrow, NULL);
  g_autoptr (S2sTranslation) expected = s2s_test_translate (reference, &input);
  g_autoptr (S2sTranslation) got = s2s_test_translate (translator, &input);
  g_assert_cmpstrv (got->hypotheses[0].source_tokens, expected->hypotheses[0].source_tokens);
  g_assert_cmpstr (got->hypotheses[0].text, ==, expected->hypotheses[0].text);
  g_assert_cmpuint (got->hypotheses[0].flags, ==, expected->hypotheses[0].flags | S2S_FLAG_LOST);
}

/* Nothing is to be kept, so nothing is changed. */
static void
test_nothing (S2sTestPair *self, gconstpointer data)
{
  const S2sInput input = {.text = "say it", .length = -1, .length_ratio = 1};
  g_autoptr (S2sTranslator) reference = new_translator (self, self->plain);
  g_autoptr (S2sTranslator) translator = new_translator (self, self->full);
  g_autoptr (S2sTranslation) expected = s2s_test_translate (reference, &input);
  g_autoptr (S2sTranslation) got = s2s_test_translate (translator, &input);

  s2s_test_assert_same (got, expected);
}

/* What a term is translated to has to be kept, not what stands in its place in the source. */
static void
test_terms (S2sTestPair *self, gconstpointer data)
{
  static const S2sTerm terms[] = {{4, 7, "w9"}, {8, 10, "w8"}};
  S2sInput input = {.text = "say 777 w5",
                    .length = -1,
                    .terms = terms,
                    .n_terms = G_N_ELEMENTS (terms),
                    .length_ratio = 1};
  g_autoptr (S2sTranslator) translator = new_translator (self, self->full);
  g_autoptr (S2sTranslation) got = s2s_test_translate (translator, &input);

  g_assert_true (has_word (got->hypotheses[0].text, "w9"));
  g_assert_cmpuint (got->hypotheses[0].flags & S2S_FLAG_LOST, ==, 0);

  input.text = "say 777 w5 777";
  g_autoptr (S2sTranslation) other = s2s_test_translate (translator, &input);
  g_assert_cmpuint (other->hypotheses[0].flags & S2S_FLAG_LOST, !=, 0);

  /* each sentence has its own */
  const S2sTerm apart[] = {{4, 7, "w9"}, {13, 15, "w8"}};
  input.text = "say 777. Say w5.";
  input.terms = apart;
  g_autoptr (S2sTranslation) sentences = s2s_test_translate (translator, &input);
  g_assert_cmpuint (sentences->hypotheses[0].flags & S2S_FLAG_LOST, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/guard/choice/all", S2sTestPair, GUINT_TO_POINTER (BEAM), setup, test_choice,
              s2s_test_pair_teardown);
  g_test_add ("/guard/choice/one", S2sTestPair, GUINT_TO_POINTER (1), setup, test_choice,
              s2s_test_pair_teardown);
  g_test_add ("/guard/batch", S2sTestPair, NULL, setup, test_batch, s2s_test_pair_teardown);
  g_test_add ("/guard/narrowed", S2sTestPair, NULL, setup, test_narrowed, s2s_test_pair_teardown);
  g_test_add ("/guard/nothing", S2sTestPair, NULL, setup, test_nothing, s2s_test_pair_teardown);
  g_test_add ("/guard/terms", S2sTestPair, NULL, setup, test_terms, s2s_test_pair_teardown);
  return g_test_run ();
}
