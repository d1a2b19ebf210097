/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the element asks of a bundle beside the text: how long the result is to be, what was said
 * before, and that nothing is lost. What comes out then is what the library makes of it. */

#include "s2s-element-fixture.h"
#include "s2s-step-clock.h"

#include <string.h>

#define UTF8 "text/x-raw, format=utf8"
#define MAX_STEPS 4

#define CONTEXT(turns) "\"context\": {\"separator_token\": 9, \"turns\": " #turns "}"
#define LENGTHS                                                                                    \
  "\"length_tokens\": [{\"ratio\": 0.4, \"token\": 5}, {\"ratio\": 0.7, \"token\": 6}, "           \
  "{\"ratio\": 1.0, \"token\": 7}]"

/* Weights whose babble is another one for each text, whatever is before it. */
#define WEIGHTS .architecture = "transformer", .has_words = TRUE, .seed = 8

static const S2sTestBundle reads_two = {WEIGHTS, .keys = CONTEXT (2)};
static const S2sTestBundle replies = {WEIGHTS, .task = "reply", .keys = CONTEXT (4)};
static const S2sTestBundle has_lengths = {WEIGHTS, .keys = LENGTHS};
static const S2sTestBundle keeps_numbers = {
    WEIGHTS,
    .task = "condense",
    .target_language = "en",
    .keys = "\"keeps\": {\"numbers\": true}",
};

static void
setup (ElementFixture *self, gconstpointer data)
{
  element_fixture_init (self, data);
  g_object_set (self->element, "beam-search-size", 1, NULL);
  element_fixture_play (self);
  element_fixture_start (self, UTF8);
}

static void
greedy (S2sTranslatorOptions *options)
{
  options->beam_size = 1;
}

/* ---- History ---- */

/* What the library makes of a text after others, with "|" between these. */
static char *
expect_after (ElementFixture *self, const char *text, const char *before)
{
  g_auto (GStrv) context = g_strsplit (before, "|", -1);
  const S2sInput input = {
      .text = text,
      .length = -1,
      .context = (const char *const *)context,
      .n_context = g_strv_length (context),
  };

  return translate_input_directly (self->bundle, &input, greedy);
}

static char *
say (ElementFixture *self, const char *text)
{
  g_assert_cmpint (element_fixture_push (self, text), ==, GST_FLOW_OK);
  return element_fixture_pull (self);
}

/* Says text, which the bundle has to read after the others, and no other way. */
static void
check_after (ElementFixture *self, const char *text, const char *before)
{
  g_autofree char *expected = expect_after (self, text, before);
  g_autofree char *alone = expect_after (self, text, "");
  g_autofree char *got = say (self, text);

  g_assert_cmpstr (got, ==, expected);
  if (*before != '\0')
    g_assert_cmpstr (got, !=, alone);
}

typedef struct {
  const char *name;
  const S2sTestBundle *bundle;
  gint size;
  const char *before[MAX_STEPS]; /* each of the texts; =N is what became of text N */
} HistoryRow;

static const char *const texts[MAX_STEPS] = {"Hello.", "Is it far?", "Good night.", "We go home."};

static const HistoryRow history_rows[] = {
    {"bundle", &reads_two, -1, {"", "=Hello.", "=Hello.|=Is it far?", "=Is it far?|=Good night."}},
    {"none", &reads_two, 0, {"", "", "", ""}},
    {"fewer", &reads_two, 1, {"", "=Hello.", "=Is it far?", "=Good night."}},
    {"more", &reads_two, 16, {"", "=Hello.", "=Hello.|=Is it far?", "=Is it far?|=Good night."}},
    {"reply",
     &replies,
     -1,
     {"", "=Hello.|0", "=Hello.|0|=Is it far?|1", "=Is it far?|1|=Good night.|2"}},
    {"reply-odd", &replies, 3, {"", "=Hello.|0", "0|=Is it far?|1", "1|=Good night.|2"}},
};

/* Puts in what became of the texts. */
static char *
expand_before (const char *before, char *const *answers)
{
  g_auto (GStrv) pieces = g_strsplit (before, "|", -1);

  for (guint i = 0; pieces[i]; i++) {
    char *piece = g_strdup (*pieces[i] == '=' ? pieces[i] + 1
                                              : answers[g_ascii_strtoull (pieces[i], NULL, 10)]);

    g_free (pieces[i]);
    pieces[i] = piece;
  }
  return g_strjoinv ("|", pieces);
}

static void
test_history (gconstpointer data)
{
  const HistoryRow *row = data;
  char *answers[MAX_STEPS + 1] = {NULL};
  ElementFixture self;

  setup (&self, row->bundle);
  g_object_set (self.element, "history-size", row->size, NULL);
  for (guint i = 0; i < MAX_STEPS; i++) {
    g_autofree char *before = expand_before (row->before[i], answers);

    answers[i] = expect_after (&self, texts[i], before);
    check_after (&self, texts[i], before);
  }
  for (guint i = 0; i < MAX_STEPS; i++)
    g_free (answers[i]);
  element_fixture_clear (&self);
}

/* Each line is said by another, and the second has heard the first. */
static void
test_lines (ElementFixture *self, gconstpointer data)
{
  g_autofree char *first = expect_after (self, "Is it far?", "");
  g_autofree char *before_second = g_strjoin ("|", "Is it far?", first, NULL);
  g_autofree char *second = expect_after (self, "A mile.", before_second);
  g_autofree char *before_next = g_strjoin ("|", before_second, "A mile.", second, NULL);
  g_autofree char *expected = g_strconcat ("- ", first, "\n- ", second, NULL);
  g_autofree char *got = say (self, "- Is it far?\n- A mile.");

  g_assert_cmpstr (got, ==, expected);
  check_after (self, "We walk.", before_next);
}

/* What has no words says nothing. */
static void
test_sounds (ElementFixture *self, gconstpointer data)
{
  g_autofree char *sound = NULL;

  check_after (self, "Hello.", "");
  sound = say (self, "[MUSIC]");
  check_after (self, "Is it far?", "Hello.");
}

static void
test_modes (ElementFixture *self, gconstpointer data)
{
  g_autofree char *passed = NULL;

  gst_util_set_object_arg (G_OBJECT (self->element), "mode", "passthrough");
  passed = say (self, "Hello.");
  g_assert_cmpstr (passed, ==, "Hello.");
  gst_util_set_object_arg (G_OBJECT (self->element), "mode", "mute");
  element_fixture_push (self, "Is it far?");
  gst_util_set_object_arg (G_OBJECT (self->element), "mode", "translate");
  check_after (self, "Good night.", "Hello.|Is it far?");
}

/* An answer that is not good enough was never given. */
static void
test_rejected (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GError) warning = NULL;
  g_autofree char *passed = NULL;

  g_object_set (self->element, "min-confidence", 1.0, NULL);
  passed = say (self, "Hello.");
  g_assert_cmpstr (passed, ==, "Hello.");
  warning = element_fixture_pop_problem (self, GST_MESSAGE_WARNING);
  g_object_set (self->element, "min-confidence", 0.0, NULL);
  check_after (self, "Is it far?", "Hello.");
}

/* Neither was one that came too late. */
static void
test_late (ElementFixture *self, gconstpointer data)
{
  StepClock *clock = step_clock_new ();
  g_autoptr (GError) warning = NULL;

  gst_util_set_object_arg (G_OBJECT (self->element), "late-policy", "drop");
  gst_element_set_clock (self->element, GST_CLOCK (clock));
  gst_element_set_base_time (self->element, 0);
  gst_harness_set_live (self->harness, TRUE);
  gst_element_set_state (self->element, GST_STATE_PAUSED);
  gst_element_set_state (self->element, GST_STATE_PLAYING);
  step_clock_set (clock, 60 * GST_SECOND);
  element_fixture_push (self, "Hello.");
  element_fixture_check_stats (self, "received 1, dropped 1, late 1");
  warning = element_fixture_pop_problem (self, GST_MESSAGE_WARNING);
  gst_util_set_object_arg (G_OBJECT (self->element), "late-policy", "keep");
  check_after (self, "Is it far?", "Hello.");
  gst_object_unref (clock);
}

/* Nor was one that had no place any more beside the text before. */
static void
test_no_place (ElementFixture *self, gconstpointer data)
{
  g_autofree char *first = expect_after (self, "Hello.", "");
  g_autofree char *before = g_strjoin ("|", "Hello.", first, "Is it far?", NULL);
  g_autofree char *expected = expect_after (self, "Good night.", before);
  g_autofree char *out = g_strconcat (first, " 0-5000; ", expected, " 5000-6000;", NULL);

  g_object_set (self->element, "max-lateness", 500, NULL);
  gst_harness_set_live (self->harness, TRUE);
  element_fixture_start (self, NULL);
  element_fixture_push_at (self, "Hello.", 0, 5000);
  element_fixture_push_at (self, "Is it far?", 1000, 1000);
  element_fixture_push_at (self, "Good night.", 5000, 1000);
  element_fixture_check_stats (self, "received 3, sentences 2, dropped 1, late 1");
  element_fixture_check_output (self, out);
}

static void
flush (ElementFixture *self)
{
  gst_harness_push_event (self->harness, gst_event_new_flush_start ());
  gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE));
  element_fixture_start (self, NULL);
}

static void
start_stream (ElementFixture *self)
{
  gst_harness_push_event (self->harness, gst_event_new_stream_start ("another"));
  element_fixture_start (self, NULL);
}

static void
stop (ElementFixture *self)
{
  gst_element_set_state (self->element, GST_STATE_READY);
  element_fixture_restart (self, UTF8);
}

/* Another bundle, which here has the same name. */
static void
swap (ElementFixture *self)
{
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
  g_object_set (self->element, "model-path", self->bundle, NULL);
  element_fixture_push_gap (self);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
}

typedef struct {
  const char *name;
  void (*act) (ElementFixture *self);
} ForgetRow;

static const ForgetRow forget_rows[] = {
    {"flush", flush},
    {"stream-start", start_stream},
    {"ready", stop},
    {"swap", swap},
};

static void
test_forget (gconstpointer data)
{
  const ForgetRow *row = data;
  ElementFixture self;

  setup (&self, &replies);
  check_after (&self, "Hello.", "");
  row->act (&self);
  check_after (&self, "Is it far?", "");
  element_fixture_clear (&self);
}

/* A segment goes on with what was said, and so do other settings. */
static void
test_keep (ElementFixture *self, gconstpointer data)
{
  check_after (self, "Hello.", "");
  element_fixture_start (self, NULL);
  g_object_set (self->element, "length-penalty", 0.5, NULL);
  check_after (self, "Is it far?", "Hello.");
}

/* ---- Length ---- */

typedef struct {
  guint duration; /* ms */
  double ratio;   /* of the bundle that is asked for */
} LengthRow;

/* Of a text of 20 characters, of which one is read in a second */
static const LengthRow length_rows[] = {
    {2000, 0.4}, {8000, 0.4}, {13900, 0.4}, {14000, 0.7}, {19900, 0.7}, {20000, 1.0}, {90000, 1.0},
};

static char *
expect_ratio (ElementFixture *self, const char *text, double ratio)
{
  const S2sInput input = {.text = text, .length = -1, .length_ratio = ratio};

  return translate_input_directly (self->bundle, &input, greedy);
}

static void
test_length (ElementFixture *self, gconstpointer data)
{
  const char *text = "The ferry is so late";
  g_autofree char *shortest = expect_ratio (self, text, 0.4);
  g_autofree char *middle = expect_ratio (self, text, 0.7);
  g_autofree char *longest = expect_ratio (self, text, 1.0);
  guint start = 0;

  g_assert_cmpstr (shortest, !=, middle);
  g_assert_cmpstr (shortest, !=, longest);
  g_assert_cmpstr (middle, !=, longest);
  g_object_set (self->element, "max-cps", 1.0, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (length_rows); i++) {
    const LengthRow *row = &length_rows[i];
    g_autofree char *expected = expect_ratio (self, text, row->ratio);
    g_autofree char *got = NULL;

    element_fixture_push_at (self, text, start, row->duration);
    got = element_fixture_pull (self);
    g_assert_cmpstr (got, ==, expected);
    start += row->duration;
  }
}

/* Of so few tokens and so many hypotheses, that they differ from the first word on. */
#define FEW_TOKENS 2
#define MANY_HYPOTHESES 8

static S2sTranslator *
make_wide_translator (const char *bundle)
{
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (bundle, NULL);
  S2sTranslatorOptions options;

  s2s_translator_options_init (&options, model);
  options.max_length = FEW_TOKENS;
  options.beam_size = MANY_HYPOTHESES;
  options.n_best = MANY_HYPOTHESES;
  return s2s_translator_new (model, &options, NULL);
}

/* The element as that translator */
static void
search_widely (ElementFixture *self, double max_cps)
{
  g_object_set (self->element, "beam-search-size", MANY_HYPOTHESES, "max-length", FEW_TOKENS,
                "max-cps", max_cps, NULL);
}

static const S2sHypothesis *
find_longest (const S2sTranslation *translation, guint unwanted)
{
  const S2sHypothesis *longest = NULL;

  for (guint i = 0; i < translation->n_hypotheses; i++) {
    const S2sHypothesis *one = &translation->hypotheses[i];

    if (!(one->flags & unwanted) && (!longest || strlen (one->text) > strlen (longest->text)))
      longest = one;
  }
  return longest;
}

/* What the search of a text finds when it is asked for a ratio */
static S2sTranslation *
search (S2sTranslator *translator, const char *text, double ratio)
{
  const S2sInput input = {.text = text, .length = -1, .length_ratio = ratio};
  S2sTranslation *translation = NULL;

  g_assert_true (s2s_translator_translate_batch (translator, &input, 1, &translation, NULL));
  return translation;
}

/* Says text from second i on, for a second, and has this hypothesis shown. */
static void
check_shown (ElementFixture *self, const char *text, guint i, const S2sHypothesis *hypothesis)
{
  g_autofree char *got = NULL;

  element_fixture_push_at (self, text, 1000 * i, 1000);
  got = element_fixture_pull (self);
  g_assert_cmpstr (got, ==, hypothesis->text);
}

/* What was asked for so long is the best of the search, not the longest, where both can be read. */
static void
test_length_best (ElementFixture *self, gconstpointer data)
{
  g_autoptr (S2sTranslator) translator = make_wide_translator (self->bundle);
  guint n_longer = 0;

  search_widely (self, 1000);
  for (guint i = 0; i < 20; i++) {
    g_autofree char *text = g_strdup_printf ("It is w%u now.", i);
    g_autoptr (S2sTranslation) translation = search (translator, text, 1.0);

    check_shown (self, text, i, &translation->hypotheses[0]);
    n_longer += find_longest (translation, S2S_FLAG_NONE) != &translation->hypotheses[0];
  }
  /* Else the longest would be as good. */
  g_assert_cmpuint (n_longer, >, 0);
}

/* Of those that can be read, where the best cannot. */
static void
test_length_readable (ElementFixture *self, gconstpointer data)
{
  g_autoptr (S2sTranslator) translator = make_wide_translator (self->bundle);
  const glong room = 8;
  guint n_other = 0;

  search_widely (self, room);
  for (guint i = 0; i < 40; i++) {
    g_autofree char *text = g_strdup_printf ("It is w%u now.", i);
    g_autoptr (S2sTranslation) translation = search (translator, text, 0.4);
    guint best = 0;

    while (best < translation->n_hypotheses &&
           g_utf8_strlen (translation->hypotheses[best].text, -1) > room)
      best++;
    best %= translation->n_hypotheses;
    check_shown (self, text, i, &translation->hypotheses[best]);
    n_other += best > 0;
  }
  g_assert_cmpuint (n_other, >, 0);
}

/* Who speaks less has no more time for it. */
static void
test_length_of_lines (ElementFixture *self, gconstpointer data)
{
  g_autofree char *first = expect_ratio (self, "No.", 0.7);
  g_autofree char *second = expect_ratio (self, "It was far too cold.", 0.7);
  g_autofree char *expected = g_strconcat ("- ", first, "\n- ", second, NULL);
  g_autofree char *got = NULL;

  g_object_set (self->element, "max-cps", 2.0, NULL);
  /* 23 characters, of which 18 can be read */
  element_fixture_push_at (self, "- No.\n- It was far too cold.", 0, 9000);
  got = element_fixture_pull (self);
  g_assert_cmpstr (got, ==, expected);
}

/* Without a reading speed it is what the bundle says, which is the longest. */
static void
test_no_length (ElementFixture *self, gconstpointer data)
{
  g_autofree char *expected = expect_ratio (self, "The ferry is so late", 1.0);
  g_autofree char *got = NULL;

  element_fixture_push_at (self, "The ferry is so late", 0, 2000);
  got = element_fixture_pull (self);
  g_assert_cmpstr (got, ==, expected);
}

/* ---- What is lost ---- */

static void
test_lost (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GError) warning = NULL;
  g_autofree char *said = NULL;
  g_autofree char *passed = NULL;

  said = translate_directly (self->bundle, "It is 7 now.", greedy);
  g_assert_null (strstr (said, "7"));
  passed = say (self, "It is 7 now.");
  g_assert_cmpstr (passed, ==, "It is 7 now.");
  warning = element_fixture_pop_problem (self, GST_MESSAGE_WARNING);
  g_assert_error (warning, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
  g_assert_nonnull (
      strstr (warning->message, "what the model says has lost a name, a number or a negation"));
}

static void
test_not_lost (ElementFixture *self, gconstpointer data)
{
  g_autofree char *expected = translate_directly (self->bundle, "It is late now.", greedy);
  g_autofree char *got = say (self, "It is late now.");

  g_assert_cmpstr (got, ==, expected);
  g_assert_false (element_fixture_has_problem (self));
}

/* What can be read is worth nothing if it has lost the number, which the babble has by chance, in
 * fewer letters than other words. */
static void
test_longest_kept (ElementFixture *self, gconstpointer data)
{
  g_autoptr (S2sTranslator) translator = make_wide_translator (self->bundle);
  guint n_longer = 0;

  search_widely (self, 1000);
  for (guint i = 0; i < 100; i++) {
    g_autofree char *text = g_strdup_printf ("It is w%u now.", i);
    g_autoptr (S2sTranslation) translation = s2s_translator_translate (translator, text, -1, NULL);
    const S2sHypothesis *kept = find_longest (translation, S2S_FLAG_LOST);

    if (kept && kept != find_longest (translation, S2S_FLAG_NONE)) {
      g_autofree char *got = say (self, text);

      g_assert_cmpstr (got, ==, kept->text);
      n_longer++;
    }
  }
  /* Else a flag that nobody looks at would go unseen. */
  g_assert_cmpuint (n_longer, >, 0);
}

/* ---- Several sentences ---- */

/* What s2saccumulate gathers is one text, which lasts as long as all of it. */
static void
test_window (void)
{
  char *bundle = s2s_test_bundle_new (&has_lengths);
  g_autofree char *line =
      g_strdup_printf ("s2saccumulate window-sentences=2 ! s2stransform model-path=%s "
                       "max-length=%d beam-search-size=1",
                       bundle, FIXTURE_MAX_LENGTH);
  g_autofree char *expected = translate_directly (bundle, "No. We go home.", greedy);
  g_autofree char *got = NULL;
  GstHarness *harness = gst_harness_new_parse (line);
  g_autoptr (GstBuffer) buffer = NULL;

  gst_harness_set_src_caps_str (harness, UTF8);
  gst_harness_push (harness, timed_buffer_new ("No.", 1000, 500));
  gst_harness_push (harness, timed_buffer_new ("We go", 4000, 500));
  gst_harness_push (harness, timed_buffer_new ("home.", 4500, 2500));
  buffer = gst_harness_pull (harness);
  got = buffer_get_text (buffer);
  g_assert_cmpstr (got, ==, expected);
  g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==, 1000 * GST_MSECOND);
  g_assert_cmpuint (GST_BUFFER_DURATION (buffer), ==, 6000 * GST_MSECOND);
  gst_harness_push_event (harness, gst_event_new_eos ());
  g_assert_cmpuint (gst_harness_buffers_received (harness), ==, 1);
  gst_harness_teardown (harness);
  s2s_test_bundle_remove (bundle);
}

static void
teardown (ElementFixture *self, gconstpointer data)
{
  element_fixture_clear (self);
}

static void
add (const char *path, const S2sTestBundle *bundle, void (*test) (ElementFixture *, gconstpointer))
{
  g_autofree char *full = g_strconcat ("/s2stransform-context/", path, NULL);

  g_test_add (full, ElementFixture, bundle, setup, test, teardown);
}

static void
add_rows (const char *folder, gconstpointer rows, gsize n, gsize size, GTestDataFunc test)
{
  for (gsize i = 0; i < n; i++) {
    gconstpointer row = (const char *)rows + i * size;
    g_autofree char *path =
        g_strconcat ("/s2stransform-context/", folder, "/", *(const char *const *)row, NULL);

    g_test_add_data_func (path, row, test);
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add_rows ("history", history_rows, G_N_ELEMENTS (history_rows), sizeof history_rows[0],
            test_history);
  add ("history/lines", &replies, test_lines);
  add ("history/sounds", &reads_two, test_sounds);
  add ("history/modes", &reads_two, test_modes);
  add ("history/rejected", &replies, test_rejected);
  add ("history/late", &replies, test_late);
  add ("history/no-place", &replies, test_no_place);
  add_rows ("forget", forget_rows, G_N_ELEMENTS (forget_rows), sizeof forget_rows[0], test_forget);
  add ("keep", &reads_two, test_keep);
  add ("length/max-cps", &has_lengths, test_length);
  add ("length/best", &has_lengths, test_length_best);
  add ("length/readable", &has_lengths, test_length_readable);
  add ("length/lines", &has_lengths, test_length_of_lines);
  add ("length/bundle", &has_lengths, test_no_length);
  add ("lost", &keeps_numbers, test_lost);
  add ("lost/not", &keeps_numbers, test_not_lost);
  add ("lost/longest", &keeps_numbers, test_longest_kept);
  g_test_add_func ("/s2stransform-context/window", test_window);
  return g_test_run ();
}
