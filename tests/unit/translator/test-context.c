/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s.h"

#include "s2s-test-error.h"
#include "s2s-test-translator.h"

#include <math.h>
#include <string.h>

/* Sources of bytes: the token of the byte b is 4 + b, so what a bundle makes of a text with a
 * length and with context is what the same network without them makes of all of it written out. */
#define KEYS                                                                                       \
  "\"length_tokens\": [{\"ratio\": 0.5, \"token\": 80}, {\"ratio\": 1, \"token\": 81}], "          \
  "\"context\": {\"separator_token\": 128, \"turns\": 2}"
#define SHORT "L"
#define LONG "M"

/* changes: of both bundles */
static void
setup (S2sTestPair *self, gconstpointer changes)
{
  static const S2sTestBundle none = {.seed = 1};
  const S2sTestBundle *plain = changes != NULL ? changes : &none;
  S2sTestBundle full = *plain;

  full.keys = KEYS;
  full.decoding = "\"length_ratio\": 1.5";
  s2s_test_pair_setup (self, plain, &full);
}

static S2sTranslator *
new_translator (const S2sTestPair *self, S2sModel *model)
{
  return s2s_test_translator_new (model, &self->options);
}

static const char *const turns[] = {"the first", "and then", "the third"};

typedef struct {
  S2sInput input;
  const char *written; /* the same for the plain bundle */
} Row;

static const Row rows[] = {
    {{.text = "hello", .length = -1}, LONG "hello"},
    {{.text = "hello", .length = -1, .length_ratio = 0.2}, SHORT "hello"},
    {{.text = "hello", .length = -1, .length_ratio = 0.99}, SHORT "hello"},
    {{.text = "hello", .length = -1, .length_ratio = 1}, LONG "hello"},
    {{.text = "hello", .length = -1, .length_ratio = INFINITY}, LONG "hello"},
    {{.text = "good day", .length = 4, .context = turns, .n_context = 1}, LONG "the first|good"},
    {{.text = "hello", .length = -1, .context = turns, .n_context = 2, .length_ratio = 0.5},
     SHORT "the first|and then|hello"},
    {{.text = "hello", .length = -1, .context = turns, .n_context = 3},
     LONG "and then|the third|hello"},
};
#define N_ROWS G_N_ELEMENTS (rows)

static void
test_written_out (S2sTestPair *self, gconstpointer changes)
{
  self->options.n_best = 3;
  g_autoptr (S2sTranslator) plain = new_translator (self, self->plain);
  g_autoptr (S2sTranslator) many = new_translator (self, self->full);

  for (gsize i = 0; i < N_ROWS; i++) {
    g_autoptr (S2sTranslation) got = s2s_test_translate (many, &rows[i].input);
    g_autoptr (S2sTranslation) expected = s2s_test_translate_text (plain, rows[i].written, -1);
    const S2sHypothesis *first = got->hypotheses;
    gsize n_before =
        strlen (rows[i].written) -
        (rows[i].input.length < 0 ? strlen (rows[i].input.text) : (gsize)rows[i].input.length);

    s2s_test_assert_same (got, expected);
    for (gsize k = 0; k < first->n_source_tokens; k++) {
      gsize place = k < n_before ? 0 : k - n_before;

      g_assert_cmpuint (first->source_spans[k].start, ==, place);
      g_assert_true (k >= n_before || first->source_spans[k].end == 0);
    }
  }
}

/* All at once, and in the batch of a service, with what each has around it */
static void
test_batch (S2sTestPair *self, gconstpointer changes)
{
  if (s2s_test_skip_bits ())
    return;
  for (guint shared = 0; shared < 2; shared++) {
    S2sInput inputs[N_ROWS];
    S2sTranslation *got[N_ROWS];
    g_autoptr (GError) error = NULL;
    g_autoptr (S2sTranslator) alone = new_translator (self, self->full);

    self->options.shared = shared == 1;
    g_autoptr (S2sTranslator) translator = new_translator (self, self->full);
    for (gsize i = 0; i < N_ROWS; i++)
      inputs[i] = rows[i].input;
    g_assert_true (s2s_translator_translate_batch (translator, inputs, N_ROWS, got, &error));
    g_assert_no_error (error);
    for (gsize i = 0; i < N_ROWS; i++) {
      g_autoptr (S2sTranslation) expected = s2s_test_translate (alone, &rows[i].input);

      s2s_test_assert_same (got[i], expected);
      s2s_translation_free (got[i]);
    }
    self->options.shared = FALSE;
  }
}

/* A bundle that has neither takes no notice. */
static void
test_without (S2sTestPair *self, gconstpointer changes)
{
  g_autoptr (S2sTranslator) plain = new_translator (self, self->plain);
  g_autoptr (S2sTranslation) expected = s2s_test_translate_text (plain, "hello", -1);
  g_autoptr (S2sTranslation) got =
      s2s_test_translate (plain, &(S2sInput){.text = "hello",
                                             .length = -1,
                                             .context = turns,
                                             .n_context = G_N_ELEMENTS (turns),
                                             .length_ratio = 0.5});

  s2s_test_assert_same (got, expected);
  g_assert_false (s2s_model_has_length_control (self->plain));
  g_assert_cmpuint (s2s_model_get_context_turns (self->plain), ==, 0);
  g_assert_true (s2s_model_has_length_control (self->full));
  g_assert_cmpuint (s2s_model_get_context_turns (self->full), ==, 2);
}

/* The limit is of the text, the length and EOS: four tokens, where the network would say more. */
static void
test_limit (S2sTestPair *self, gconstpointer changes)
{
  S2sInput input = {.text = "ab", .length = -1, .context = turns, .n_context = 2};
  g_autoptr (GError) error = NULL;
  S2sTranslation *none = NULL;

  self->options.max_length_factor = 1;
  self->options.max_length_constant = 0;
  self->options.max_length = 0;
  g_autoptr (S2sTranslator) plain = new_translator (self, self->plain);
  g_autoptr (S2sTranslator) many = new_translator (self, self->full);
  g_autoptr (S2sTranslation) written =
      s2s_test_translate_text (plain, LONG "the first|and then|ab", -1);
  g_autoptr (S2sTranslation) got = s2s_test_translate (many, &input);
  g_assert_cmpuint (written->hypotheses[0].n_tokens, >, 4);
  g_assert_cmpuint (got->hypotheses[0].n_tokens, ==, 4);
  g_assert_cmpuint (got->hypotheses[0].flags & S2S_FLAG_TRUNCATED, !=, 0);
  g_assert_cmpuint (got->hypotheses[0].flags & S2S_FLAG_LENGTH, !=, 0);

  input.prefix = "wxyz";
  g_assert_false (s2s_translator_translate_batch (many, &input, 1, &none, &error));
  s2s_test_assert_error (error, S2S_ERROR_INPUT,
                         "has 4 tokens, expected fewer than the longest output, 4");
}

/* A stand-in is in the place of its term, and what it makes too long goes before the text. */
static void
test_stand_ins (S2sTestPair *self, gconstpointer changes)
{
  static const S2sTerm term = {3, 4, "Ulm"};
  g_autofree char *longest = g_strnfill (100, 'y');
  g_autofree char *less = g_strnfill (99, 'y');
  const char *const old[] = {longest, less};
  S2sInput input = {
      .text = "in x", .length = -1, .terms = &term, .n_terms = 1, .context = old, .n_context = 1};
  g_autoptr (S2sTranslator) plain = new_translator (self, self->plain);
  g_autoptr (S2sTranslator) many = new_translator (self, self->full);

  for (guint i = 0; i < 2; i++) {
    g_autofree char *all =
        i == 0 ? g_strdup (LONG "in Paris") : g_strconcat (LONG, less, "|in Paris", NULL);
    input.context = &old[i];
    g_autoptr (S2sTranslation) got = s2s_test_translate (many, &input);
    g_autoptr (S2sTranslation) expected = s2s_test_translate_text (plain, all, -1);

    g_assert_cmpstrv (got->hypotheses[0].source_tokens, expected->hypotheses[0].source_tokens);
    g_assert_nonnull (strstr (got->hypotheses[0].text, "Ulm"));
  }
  /* without the term there is room for it */
  input.n_terms = 0;
  input.context = old;
  g_autoptr (S2sTranslation) got = s2s_test_translate (many, &input);
  g_assert_cmpuint (got->hypotheses[0].n_source_tokens, ==, 1 + 100 + 1 + 4 + 1);
}

static void
test_errors (S2sTestPair *self, gconstpointer changes)
{
  static const char *const broken[] = {"a", "b\377"};
  static const double ratios[] = {-0.5, -INFINITY, NAN};
  g_autoptr (S2sTranslator) many = new_translator (self, self->full);
  S2sInput inputs[] = {{.text = "a", .length = -1},
                       {.text = "b", .length = -1, .context = broken, .n_context = 2}};
  S2sTranslation *none[2] = {NULL, NULL};
  g_autoptr (GError) error = NULL;

  g_assert_false (s2s_translator_translate_batch (many, inputs, 2, none, &error));
  s2s_test_assert_error (error, S2S_ERROR_INPUT,
                         "input 1: context 1: the text is not valid UTF-8 at byte 1");
  for (gsize i = 0; i < G_N_ELEMENTS (ratios); i++) {
    g_clear_error (&error);
    inputs[0].length_ratio = ratios[i];
    g_assert_false (s2s_translator_translate_batch (many, inputs, 1, none, &error));
    s2s_test_assert_error (error, S2S_ERROR_OPTIONS, "length_ratio is ");
    s2s_test_assert_error (error, S2S_ERROR_OPTIONS, ", expected 0 or more");
  }
  g_assert_null (none[0]);
}

/* Both sentences are read at once, where sentences are not the unit. */
static void
test_whole_texts (void)
{
  static const char *const text = "Hello.  Good day.";
  static const S2sTestBundle sentences = {.seed = 1};
  static const S2sTestBundle whole = {.seed = 1, .keys = "\"source_unit\": \"text\""};
  S2sTestPair self;
  S2sTranslation *results[2];

  s2s_test_pair_setup (&self, &sentences, &whole);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (S2sTranslator) translator = new_translator (&self, i == 1 ? self.full : self.plain);

    results[i] = s2s_test_translate_text (translator, text, -1);
  }
  /* a token a byte, and an EOS for each unit; the blanks between two are in none */
  g_assert_cmpuint (results[0]->hypotheses[0].n_source_tokens, ==, strlen (text) - 2 + 2);
  g_assert_cmpuint (results[1]->hypotheses[0].n_source_tokens, ==, strlen (text) + 1);
  s2s_translation_free (results[0]);
  s2s_translation_free (results[1]);
  s2s_test_pair_teardown (&self, NULL);
}

static void
add (const char *path, const S2sTestBundle *changes,
     void (*test) (S2sTestPair *self, gconstpointer changes))
{
  g_test_add (path, S2sTestPair, changes, setup, test, s2s_test_pair_teardown);
}

int
main (int argc, char **argv)
{
  static const S2sTestBundle reversed = {.reverse_source = TRUE, .seed = 2};
  static const S2sTestBundle bare = {.bare_source = TRUE, .seed = 3};
  static const S2sTestBundle transformer = {.architecture = "transformer", .seed = 4};
  static const S2sTestBundle nematus = {.architecture = "nematus", .seed = 5};
  static const S2sTestBundle stands_in = {
      .stand_ins = "{\"Paris\": \"Pp\"}", .max_source_length = 110, .seed = 6};

  g_test_init (&argc, &argv, NULL);
  add ("/context/written-out", NULL, test_written_out);
  add ("/context/written-out/reversed", &reversed, test_written_out);
  add ("/context/written-out/bare", &bare, test_written_out);
  add ("/context/written-out/transformer", &transformer, test_written_out);
  add ("/context/written-out/nematus", &nematus, test_written_out);
  add ("/context/batch", NULL, test_batch);
  add ("/context/batch/transformer", &transformer, test_batch);
  add ("/context/without", NULL, test_without);
  add ("/context/limit", NULL, test_limit);
  add ("/context/stand-ins", &stands_in, test_stand_ins);
  add ("/context/errors", NULL, test_errors);
  g_test_add_func ("/context/whole-texts", test_whole_texts);
  return g_test_run ();
}
