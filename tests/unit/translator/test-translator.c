/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s.h"

#include "s2s-test-shortlist.h"
#include "s2s-test-translator.h"

#include <float.h>
#include <string.h>

/* Random bundles babble, but the same each time. */

static S2sTranslator *
new_translator (const S2sTestModel *self)
{
  return s2s_test_translator_new (self->model, &self->options);
}

static const char *const texts[] = {
    "Good morning.",
    "The train leaves at nine. Do not be late! Why not?",
    "",
    "a",
    "   ",
    "Please hold the door for the lady with the two large suitcases and the small brown dog.",
    "你好，世界！再见。",
};
#define N_TEXTS G_N_ELEMENTS (texts)

static void
translate_all (S2sTranslator *translator, S2sTranslation **ret_translations)
{
  g_autoptr (GError) error = NULL;
  S2sInput inputs[N_TEXTS];

  for (guint i = 0; i < N_TEXTS; i++)
    inputs[i] = (S2sInput){.text = texts[i], .length = -1};
  g_assert_true (
      s2s_translator_translate_batch (translator, inputs, N_TEXTS, ret_translations, &error));
  g_assert_no_error (error);
}

/* The same call gives the same bits, from another translator and after other work too. */
static void
test_repeat (S2sTestModel *self, gconstpointer bundle)
{
  S2sTranslation *first[N_TEXTS], *second[N_TEXTS];

  self->options.n_best = 3;
  g_autoptr (S2sTranslator) translator = new_translator (self);
  g_autoptr (S2sTranslator) other = new_translator (self);
  translate_all (translator, first);
  s2s_translation_free (s2s_test_translate_text (translator, "Something else.", -1));
  for (guint turn = 0; turn < 2; turn++) {
    translate_all (turn == 0 ? translator : other, second);
    for (guint i = 0; i < N_TEXTS; i++) {
      s2s_test_assert_same (second[i], first[i]);
      s2s_translation_free (second[i]);
    }
  }
  for (guint i = 0; i < N_TEXTS; i++)
    s2s_translation_free (first[i]);
}

/* A batch gives the tokens that its texts give one by one, greedily and with a beam. */
static void
test_batch_is_singles (S2sTestModel *self, gconstpointer bundle)
{
  for (guint beam = 1; beam <= 4; beam += 3) {
    S2sTranslation *batch[N_TEXTS];

    self->options.beam_size = beam;
    g_autoptr (S2sTranslator) translator = new_translator (self);
    translate_all (translator, batch);
    for (guint i = 0; i < N_TEXTS; i++) {
      g_autoptr (S2sTranslation) single = s2s_test_translate_text (translator, texts[i], -1);

      g_assert_cmpstr (batch[i]->hypotheses[0].text, ==, single->hypotheses[0].text);
      g_assert_cmpstrv (batch[i]->hypotheses[0].tokens, single->hypotheses[0].tokens);
      s2s_translation_free (batch[i]);
    }
  }
}

/* Sentences are decoded each for itself: the attention of one is 0 in the columns of the others. */
static void
test_sentences_are_joined (S2sTestModel *self, gconstpointer bundle)
{
  g_autoptr (S2sTranslator) translator = new_translator (self);
  g_autoptr (S2sTranslation) one = s2s_test_translate_text (translator, "Good morning.", -1);
  g_autoptr (S2sTranslation) two = s2s_test_translate_text (translator, "Are you well?", -1);
  g_autoptr (S2sTranslation) both =
      s2s_test_translate_text (translator, " Good morning.  Are you well?\n", -1);
  const S2sHypothesis *a = one->hypotheses, *b = two->hypotheses, *joined = both->hypotheses;
  g_autofree char *text = g_strconcat (a->text, b->text, NULL);
  guint width = a->n_source_tokens + b->n_source_tokens;

  g_assert_cmpstr (joined->text, ==, text);
  g_assert_cmpfloat_with_epsilon (joined->score, a->score + b->score, 1e-6);
  g_assert_cmpuint (joined->n_tokens, ==, a->n_tokens + b->n_tokens);
  g_assert_cmpuint (joined->n_source_tokens, ==, width);
  g_assert_cmpstr (joined->tokens[a->n_tokens], ==, b->tokens[0]);
  g_assert_cmpstr (joined->source_tokens[a->n_source_tokens], ==, "<0x41>");
  for (guint t = 0; t < joined->n_tokens; t++) {
    gboolean is_first = t < a->n_tokens;
    const float *row = joined->attention + (gsize)t * width;
    double own = 0, foreign = 0;

    for (guint i = 0; i < width; i++)
      *(is_first == (i < a->n_source_tokens) ? &own : &foreign) += row[i];
    g_assert_cmpfloat_with_epsilon (own, 1, 1e-5);
    g_assert_cmpfloat (foreign, <=, 0);
  }
}

/* The target language has blanks between sentences; and no attention, no matrix. */
static void
test_joined_with_blanks (S2sTestModel *self, gconstpointer bundle)
{
  g_autoptr (S2sTranslator) translator = new_translator (self);
  g_autoptr (S2sTranslation) one = s2s_test_translate_text (translator, "Good morning.", -1);
  g_autoptr (S2sTranslation) two = s2s_test_translate_text (translator, "Are you well?", -1);
  g_autoptr (S2sTranslation) both =
      s2s_test_translate_text (translator, "Good morning. Are you well?", -1);
  g_autofree char *text = g_strconcat (one->hypotheses->text, " ", two->hypotheses->text, NULL);

  g_assert_cmpstr (one->hypotheses->text, !=, "");
  g_assert_cmpstr (both->hypotheses->text, ==, text);
  g_assert_null (both->hypotheses->attention);
}

/* n-best of two sentences: rank by rank. */
static void
test_n_best (S2sTestModel *self, gconstpointer bundle)
{
  self->options.n_best = 4;
  g_autoptr (S2sTranslator) translator = new_translator (self);
  g_autoptr (S2sTranslation) one = s2s_test_translate_text (translator, "Good morning.", -1);
  g_autoptr (S2sTranslation) two = s2s_test_translate_text (translator, "Are you well?", -1);
  g_autoptr (S2sTranslation) both =
      s2s_test_translate_text (translator, "Good morning. Are you well?", -1);

  g_assert_cmpuint (both->n_hypotheses, ==, MAX (one->n_hypotheses, two->n_hypotheses));
  g_assert_cmpuint (both->n_hypotheses, >, 1);
  for (guint i = 0; i < both->n_hypotheses; i++) {
    const S2sHypothesis *a = &one->hypotheses[MIN (i, one->n_hypotheses - 1)];
    const S2sHypothesis *b = &two->hypotheses[MIN (i, two->n_hypotheses - 1)];
    g_autofree char *text = g_strconcat (a->text, b->text, NULL);

    g_assert_cmpstr (both->hypotheses[i].text, ==, text);
    g_assert_cmpfloat_with_epsilon (both->hypotheses[i].score, a->score + b->score, 1e-6);
  }
}

static void
test_empty (S2sTestModel *self, gconstpointer bundle)
{
  static const char *const empty[] = {"", " ", "\n\t \r\n", "\302\240\343\200\200", NULL};
  g_autoptr (S2sTranslator) translator = new_translator (self);

  for (guint i = 0; i < G_N_ELEMENTS (empty); i++) {
    g_autoptr (S2sTranslation) translation = s2s_test_translate_text (translator, empty[i], -1);

    g_assert_cmpuint (translation->n_hypotheses, ==, 1);
    g_assert_cmpstr (translation->hypotheses->text, ==, "");
    g_assert_cmpuint (translation->hypotheses->n_tokens, ==, 0);
    g_assert_cmpuint (translation->hypotheses->n_source_tokens, ==, 0);
    g_assert_cmpuint (translation->hypotheses->flags, ==, S2S_FLAG_NONE);
  }
}

static void
assert_refused (S2sTranslator *translator, const char *text, gssize length, const char *byte)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (s2s_translator_translate (translator, text, length, &error));
  g_assert_error (error, S2S_ERROR, S2S_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, byte));
}

static void
test_invalid_utf8 (S2sTestModel *self, gconstpointer bundle)
{
  g_autoptr (S2sTranslator) translator = new_translator (self);
  g_autoptr (GError) error = NULL;
  S2sInput inputs[] = {{.text = "fine", .length = -1}, {.text = "b\303d", .length = -1}};
  S2sTranslation *untouched[2] = {NULL, NULL};

  assert_refused (translator, "\377", -1, "byte 0");
  assert_refused (translator, "ab\355\240\200", -1, "byte 2"); /* a surrogate */
  assert_refused (translator, "ab\300\200", -1, "byte 2");     /* overlong */
  assert_refused (translator, "ab\0cd\342\202", 7, "byte 5");  /* cut short */
  assert_refused (translator, "\364\220\200\200", -1, "byte 0");
  g_assert_false (s2s_translator_translate_batch (translator, inputs, 2, untouched, &error));
  g_assert_error (error, S2S_ERROR, S2S_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "input 1: "));
  g_assert_null (untouched[0]);

  /* and it still works */
  s2s_translation_free (s2s_test_translate_text (translator, "fine", -1));
}

/* No text is too odd. */
static void
test_odd_texts (S2sTestModel *self, gconstpointer bundle)
{
  static const char *const odd[] = {
      "👩\342\200\215👩\342\200\215👧 🏳️\342\200\215🌈 e\314\201 \357\277\275",
      "שלום, עולם!",
      "مرحبا بالعالم؟",
      "......!!!???",
      "<b>&amp;</b>",
      "\001\002\177",
      "x\r\ny\nz",
  };
  g_autoptr (S2sTranslator) translator = new_translator (self);

  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    s2s_translation_free (s2s_test_translate_text (translator, odd[i], -1));

  g_autoptr (S2sTranslation) with_nul = s2s_test_translate_text (translator, "a\0b", 3);
  g_assert_cmpuint (with_nul->hypotheses->n_source_tokens, ==, 4);
  g_autoptr (S2sTranslation) only_nul = s2s_test_translate_text (translator, "\0", 1);
  g_assert_cmpuint (only_nul->n_hypotheses, ==, 1);
}

/* A megabyte without a blank: cut into sources of the bundle's length, nothing left out. */
static void
test_long_line (S2sTestModel *self, gconstpointer bundle)
{
  enum { N = 1000000 };
  g_autofree char *line = g_strnfill (N, 'x');

  self->options.beam_size = 1;
  self->options.max_length = 1;
  self->options.batch_size = 256;
  g_autoptr (S2sTranslator) translator = new_translator (self);
  g_autoptr (S2sTranslation) translation = s2s_test_translate_text (translator, line, N);
  guint n_units = translation->hypotheses->n_source_tokens - N;

  g_assert_cmpuint (n_units, >=, N / 127);
  g_assert_cmpuint (translation->hypotheses->n_tokens, ==, n_units);
  g_assert_null (translation->hypotheses->attention);
}

static void
test_prefix (S2sTestModel *self, gconstpointer bundle)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sTranslation) translation = NULL;
  g_autoptr (S2sTranslator) translator = new_translator (self);
  S2sInput input = {.text = "Good morning. Are you well?", .length = -1, .prefix = "你好 ok"};
  S2sInput blank = {.text = " ", .length = -1, .prefix = "你好"};

  g_assert_true (s2s_translator_translate_batch (translator, &input, 1, &translation, &error));
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (translation->hypotheses->text, input.prefix));
  g_clear_pointer (&translation, s2s_translation_free);

  g_assert_true (s2s_translator_translate_batch (translator, &blank, 1, &translation, &error));
  g_assert_cmpstr (translation->hypotheses->text, ==, "");
}

static void
test_refused_prefixes (S2sTestModel *self, gconstpointer bundle)
{
  static const char *const prefixes[] = {"\377", "more than twenty-four bytes", "x"};
  static const char *const messages[] = {"byte 0", "27 tokens", "never put out"};
  static const gint32 banned[] = {4 + 'x'};

  self->options.banned_tokens = banned;
  self->options.n_banned_tokens = 1;
  g_autoptr (S2sTranslator) translator = new_translator (self);
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++) {
    S2sInput input = {.text = "Good morning.", .length = -1, .prefix = prefixes[i]};
    g_autoptr (GError) error = NULL;
    S2sTranslation *translation = NULL;

    g_assert_false (s2s_translator_translate_batch (translator, &input, 1, &translation, &error));
    g_assert_error (error, S2S_ERROR, S2S_ERROR_INPUT);
    g_assert_nonnull (strstr (error->message, messages[i]));
  }
}

static void
assert_options_refused (const S2sTestModel *self, const S2sTranslatorOptions *options,
                        const char *name)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (s2s_translator_new (self->model, options, &error));
  g_assert_error (error, S2S_ERROR, S2S_ERROR_OPTIONS);
  g_assert_nonnull (strstr (error->message, name));
}

static void
test_options (S2sTestModel *self, gconstpointer bundle)
{
  static const gint32 eos[] = {3}, beyond[] = {260}, negative[] = {-1};
  S2sTranslatorOptions defaults;

  s2s_translator_options_init (&defaults, self->model);
#define REFUSE(field, value)                                                                       \
  do {                                                                                             \
    S2sTranslatorOptions options = defaults;                                                       \
    options.field = value;                                                                         \
    assert_options_refused (self, &options, #field);                                               \
  } while (0)
  REFUSE (beam_size, 0);
  REFUSE (beam_size, 33);
  REFUSE (n_best, 0);
  REFUSE (n_best, defaults.beam_size + 1);
  REFUSE (batch_size, 0);
  REFUSE (batch_size, 257);
  REFUSE (length_normalization, 4);
  REFUSE (length_penalty, -0.1);
  REFUSE (search_end, 3);
  REFUSE (length_penalty, 0.0 / 0.0);
  REFUSE (max_length_factor, 101);
  REFUSE (max_length_constant, 4097);
#undef REFUSE
  for (guint i = 0; i < 3; i++) {
    S2sTranslatorOptions options = defaults;

    options.banned_tokens = i == 0 ? eos : i == 1 ? beyond : negative;
    options.n_banned_tokens = 1;
    assert_options_refused (self, &options, "cannot be banned");
  }
  g_autoptr (S2sTranslator) translator = s2s_test_translator_new (self->model, NULL);
  g_assert_nonnull (translator);
}

typedef struct {
  guint n_calls;
  guint stop_at;
  float product;
  GThread *thread; /* that asked */
} Control;

static S2sControl
control (gpointer user_data)
{
  Control *self = user_data;
  volatile float tiny = FLT_MIN;

  self->product = tiny * 0.5f;
  self->thread = g_thread_self ();
  return ++self->n_calls == self->stop_at ? S2S_CONTROL_STOP : S2S_CONTROL_CONTINUE;
}

/* STOP at any call ends the translation there; the next one is none the worse. */
static void
test_cancel (S2sTestModel *self, gconstpointer bundle)
{
  const char *text = "Good morning. Are you well?";
  Control all = {0};

  self->options.max_length = 6;
  self->options.batch_size = 1;
  g_autoptr (S2sTranslator) translator = new_translator (self);
  s2s_translator_set_control (translator, control, &all);
  g_autoptr (S2sTranslation) before = s2s_test_translate_text (translator, text, -1);
  for (guint stop_at = 1; stop_at <= all.n_calls; stop_at++) {
    Control stop = {.stop_at = stop_at};
    g_autoptr (GError) error = NULL;

    s2s_translator_set_control (translator, control, &stop);
    g_assert_null (s2s_translator_translate (translator, text, -1, &error));
    g_assert_error (error, S2S_ERROR, S2S_ERROR_CANCELLED);
    g_assert_cmpuint (stop.n_calls, ==, stop_at);
  }
  s2s_translator_set_control (translator, NULL, NULL);
  g_autoptr (S2sTranslation) after = s2s_test_translate_text (translator, text, -1);
  s2s_test_assert_same (after, before);
}

/* Denormals are zero inside and themselves again outside, after an error too; and on the thread
 * that decodes for several. */
static void
test_denormals (S2sTestModel *self, gconstpointer bundle)
{
  volatile float tiny = FLT_MIN;

  for (guint i = 0; i < 2; i++) {
    Control stop = {.stop_at = 2, .product = 1};

    self->options.shared = i == 1;
    g_autoptr (S2sTranslator) translator = new_translator (self);
    s2s_translator_set_control (translator, control, &stop);
    g_assert_null (s2s_translator_translate (translator, "Good morning.", -1, NULL));
#if defined(__SSE__) || defined(__aarch64__)
    g_assert_cmpfloat (stop.product, <=, 0);
#endif
    g_assert_cmpfloat (tiny * 0.5f, >, 0);
  }
}

typedef struct {
  const S2sTestModel *fixture;
  S2sTranslation *const *expected;
} Job;

static gpointer
work (gpointer data)
{
  const Job *job = data;
  g_autoptr (S2sTranslator) translator = new_translator (job->fixture);

  for (guint turn = 0; turn < 3; turn++) {
    S2sTranslation *translations[N_TEXTS];

    translate_all (translator, translations);
    for (guint i = 0; i < N_TEXTS; i++) {
      s2s_test_assert_same (translations[i], job->expected[i]);
      s2s_translation_free (translations[i]);
    }
  }
  return NULL;
}

/* Threads that share a model do not see each other. */
static void
test_threads (S2sTestModel *self, gconstpointer bundle)
{
  S2sTranslation *expected[N_TEXTS];
  Job job = {self, expected};
  GThread *threads[3];

  g_autoptr (S2sTranslator) translator = new_translator (self);
  translate_all (translator, expected);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("translator", work, &job);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < N_TEXTS; i++)
    s2s_translation_free (expected[i]);
}

/* The model goes when its last translator goes; a translation outlives both. */
static void
test_lifetimes (S2sTestModel *self, gconstpointer bundle)
{
  S2sTranslator *translator = new_translator (self);

  s2s_model_unref (self->model);
  g_autoptr (S2sTranslation) translation =
      s2s_test_translate_text (translator, "Good morning.", -1);
  self->model = s2s_test_load (self->path);
  s2s_translator_free (translator);
  g_assert_cmpuint (strlen (translation->hypotheses->text), >, 0);
  s2s_translator_free (NULL);
  s2s_translation_free (NULL);
}

/* ---- Shortlist ---- */

static gboolean
says_listed_words (const S2sTranslation *translation)
{
  static const char *const listed[] = {"w5", "w7", "w9", NULL};
  g_auto (GStrv) words = g_strsplit (translation->hypotheses[0].text, " ", 0);

  g_assert_cmpuint (g_strv_length (words), >, 3);
  for (guint i = 0; words[i] != NULL; i++)
    if (!g_strv_contains (listed, words[i]))
      return FALSE;
  return TRUE;
}

static void
reload (S2sTestModel *self)
{
  s2s_model_unref (self->model);
  self->model = s2s_test_load (self->path);
}

/* Only when asked for it; a bundle that has none is told of. */
static void
test_shortlist (S2sTestModel *self, gconstpointer bundle)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (s2s_model_has_shortlist (self->model));
  self->options.use_shortlist = TRUE;
  g_assert_null (s2s_translator_new (self->model, &self->options, &error));
  g_assert_error (error, S2S_ERROR, S2S_ERROR_OPTIONS);
  g_assert_nonnull (strstr (error->message, "shortlist"));

  s2s_test_shortlist_add_any (self->path);
  reload (self);
  g_assert_true (s2s_model_has_shortlist (self->model));
  for (guint i = 0; i < 4; i++) {
    self->options.use_shortlist = i % 2 == 0;
    self->options.shared = i / 2 == 1;
    g_autoptr (S2sTranslator) translator = new_translator (self);
    g_autoptr (S2sTranslation) translation =
        s2s_test_translate_text (translator, "Good morning.", -1);

    g_assert_true (says_listed_words (translation) == self->options.use_shortlist);
  }
}

/* A bundle may ask for it. */
static void
test_shortlist_by_default (S2sTestModel *self, gconstpointer bundle)
{
  S2sTranslatorOptions options;

  s2s_test_shortlist_add_any (self->path);
  reload (self);
  s2s_translator_options_init (&options, self->model);
  g_assert_false (options.use_shortlist);

  s2s_test_shortlist_use (self->path);
  reload (self);
  s2s_translator_options_init (&options, self->model);
  g_assert_true (options.use_shortlist);
  g_autoptr (S2sTranslator) translator = s2s_test_translator_new (self->model, NULL);
  g_autoptr (S2sTranslation) translation =
      s2s_test_translate_text (translator, "Good morning.", -1);
  g_assert_true (says_listed_words (translation));
}

/* ---- Shared decoding ---- */

/* Of one thread: all texts, alone and in one call, as the other translator has them. */
typedef struct {
  S2sTestModel *fixture;
  S2sTranslation *expected[N_TEXTS];
} Shared;

static gpointer
translate_shared (gpointer user_data)
{
  Shared *self = user_data;
  S2sTranslation *batch[N_TEXTS];
  g_autoptr (S2sTranslator) translator = new_translator (self->fixture);

  translate_all (translator, batch);
  for (guint i = 0; i < N_TEXTS; i++) {
    g_autoptr (S2sTranslation) single = s2s_test_translate_text (translator, texts[i], -1);

    s2s_test_assert_same (batch[i], self->expected[i]);
    s2s_test_assert_same (single, self->expected[i]);
    s2s_translation_free (batch[i]);
  }
  return NULL;
}

/* Threads that decode in one batch get what each gets by itself. */
static void
test_shared (S2sTestModel *self, gconstpointer bundle)
{
  Shared shared = {.fixture = self};
  GThread *threads[4];

  if (s2s_test_skip_bits ())
    return;
  self->options.n_best = self->options.beam_size;
  g_autoptr (S2sTranslator) alone = new_translator (self);
  translate_all (alone, shared.expected);
  self->options.shared = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("shared", translate_shared, &shared);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < N_TEXTS; i++)
    s2s_translation_free (shared.expected[i]);
}

static S2sControl
narrow_once (gpointer user_data)
{
  guint *n_calls = user_data;

  return (*n_calls)++ == 0 ? S2S_CONTROL_NARROW : S2S_CONTROL_CONTINUE;
}

/* The control function of one is asked on the thread that they share and does not touch another;
 * NARROW holds for the rest of its call. */
static void
test_shared_control (S2sTestModel *self, gconstpointer bundle)
{
  g_autoptr (GError) error = NULL;
  Control stop = {.stop_at = 9};
  guint n_calls = 0;

  self->options.shared = TRUE;
  g_autoptr (S2sTranslator) translator = new_translator (self);
  g_autoptr (S2sTranslator) other = new_translator (self);
  g_autoptr (S2sTranslation) expected = s2s_test_translate_text (other, texts[5], -1);

  s2s_translator_set_control (translator, control, &stop);
  g_assert_null (s2s_translator_translate (translator, texts[5], -1, &error));
  g_assert_error (error, S2S_ERROR, S2S_ERROR_CANCELLED);
  g_assert_cmpuint (stop.n_calls, ==, 9);
  g_assert_true (stop.thread != g_thread_self ());
  g_autoptr (S2sTranslation) again = s2s_test_translate_text (other, texts[5], -1);
  s2s_test_assert_same (again, expected);

  s2s_translator_set_control (translator, narrow_once, &n_calls);
  g_autoptr (S2sTranslation) narrowed = s2s_test_translate_text (translator, texts[1], -1);
  g_assert_cmpuint (narrowed->hypotheses[0].flags & S2S_FLAG_NARROWED, !=, 0);
  g_autoptr (S2sTranslation) whole = s2s_test_translate_text (other, texts[1], -1);
  g_assert_cmpuint (whole->hypotheses[0].flags & S2S_FLAG_NARROWED, ==, 0);
}

static void
add (const char *path, const S2sTestBundle *bundle,
     void (*test) (S2sTestModel *self, gconstpointer bundle))
{
  g_test_add (path, S2sTestModel, bundle, s2s_test_model_setup, test, s2s_test_model_teardown);
}

int
main (int argc, char **argv)
{
  static const S2sTestBundle gru = {.cell = "gru", .attention = "additive", .layers = 2, .seed = 2};
  static const S2sTestBundle words = {.has_words = TRUE, .target_language = "fr", .seed = 1};
  static const S2sTestBundle nematus = {.architecture = "nematus", .layers = 2, .seed = 4};
  static const S2sTestBundle transformer = {.architecture = "transformer", .layers = 2, .seed = 4};
  static const S2sTestBundle bare = {.attention = "none", .target_language = "fr", .seed = 3};

  g_test_init (&argc, &argv, NULL);
  add ("/translator/repeat", NULL, test_repeat);
  add ("/translator/repeat-gru", &gru, test_repeat);
  add ("/translator/batch-is-singles", NULL, test_batch_is_singles);
  add ("/translator/batch-is-singles-gru", &gru, test_batch_is_singles);
  add ("/translator/batch-is-singles-bare", &bare, test_batch_is_singles);
  add ("/translator/repeat-transformer", &transformer, test_repeat);
  add ("/translator/batch-is-singles-transformer", &transformer, test_batch_is_singles);
  add ("/translator/repeat-nematus", &nematus, test_repeat);
  add ("/translator/batch-is-singles-nematus", &nematus, test_batch_is_singles);
  add ("/translator/sentences-are-joined", NULL, test_sentences_are_joined);
  add ("/translator/joined-with-blanks", &bare, test_joined_with_blanks);
  add ("/translator/n-best", NULL, test_n_best);
  add ("/translator/n-best-transformer", &transformer, test_n_best);
  add ("/translator/n-best-nematus", &nematus, test_n_best);
  add ("/translator/empty", NULL, test_empty);
  add ("/translator/invalid-utf8", NULL, test_invalid_utf8);
  add ("/translator/odd-texts", NULL, test_odd_texts);
  add ("/translator/long-line", NULL, test_long_line);
  add ("/translator/prefix", NULL, test_prefix);
  add ("/translator/refused-prefixes", NULL, test_refused_prefixes);
  add ("/translator/options", NULL, test_options);
  add ("/translator/prefix-transformer", &transformer, test_prefix);
  add ("/translator/prefix-nematus", &nematus, test_prefix);
  add ("/translator/cancel", NULL, test_cancel);
  add ("/translator/denormals", NULL, test_denormals);
  add ("/translator/threads", NULL, test_threads);
  add ("/translator/lifetimes", NULL, test_lifetimes);
  add ("/translator/shortlist", &words, test_shortlist);
  add ("/translator/shortlist-by-default", &words, test_shortlist_by_default);
  add ("/translator/shared", NULL, test_shared);
  add ("/translator/shared-gru", &gru, test_shared);
  add ("/translator/shared-bare", &bare, test_shared);
  add ("/translator/shared-transformer", &transformer, test_shared);
  add ("/translator/shared-nematus", &nematus, test_shared);
  add ("/translator/shared-control", NULL, test_shared_control);
  return g_test_run ();
}
