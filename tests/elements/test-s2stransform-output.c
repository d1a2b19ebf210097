/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How what goes out looks, what decides that nothing does, and what the bus is told. */

#include "s2s-element-fixture.h"
#include "s2s-step-clock.h"

#include <math.h>
#include <string.h>

#define UTF8 "text/x-raw, format=utf8"
#define MARKUP "text/x-raw, format=pango-markup"
#define TEXT "Hello there."

/* Of this one, without a limit the model goes in circles. */
#define LOOPING "We are all home now, and so is she."

static const S2sTestBundle to_chinese = {.target_language = "zh-CN", .seed = 2};

static void
setup (ElementFixture *self, gconstpointer data)
{
  element_fixture_init (self, &to_chinese);
  element_fixture_play (self);
}

static void
teardown (ElementFixture *self, gconstpointer data)
{
  g_assert_false (element_fixture_has_problem (self));
  element_fixture_clear (self);
}

static void
set (ElementFixture *self, const char *property, const char *value)
{
  gst_util_set_object_arg (G_OBJECT (self->element), property, value);
}

static void
push (ElementFixture *self, const char *text)
{
  g_assert_cmpint (element_fixture_push_at (self, text, 0, 1000), ==, GST_FLOW_OK);
}

static char *
write_glossary (ElementFixture *self, const char *content)
{
  char *path = g_build_filename (self->bundle, "terms.tsv", NULL);

  g_assert_true (g_file_set_contents (path, content, -1, NULL));
  g_object_set (self->element, "glossary", path, NULL);
  return path;
}

static void
restart_with_glossary (ElementFixture *self, const char *content)
{
  gst_element_set_state (self->element, GST_STATE_NULL);
  g_free (write_glossary (self, content));
  element_fixture_restart (self, UTF8);
}

/* ---- Layout ---- */

typedef struct {
  const char *name;
  const char *caps;        /* of what comes in */
  const char *downstream;  /* of what goes out */
  const char *settings[4]; /* names and values */
  const char *text;
  const char *out;
} LayoutRow;

#define OFF                                                                                        \
  {                                                                                                \
    "bilingual", "off", NULL, NULL                                                                 \
  }
#define ABOVE                                                                                      \
  {                                                                                                \
    "bilingual", "above", NULL, NULL                                                               \
  }
#define BELOW                                                                                      \
  {                                                                                                \
    "bilingual", "below", NULL, NULL                                                               \
  }

static const LayoutRow layout_rows[] = {
    {"off", UTF8, UTF8, OFF, TEXT, "«" TEXT "»"},
    {"above", UTF8, UTF8, ABOVE, TEXT, TEXT "\n«" TEXT "»"},
    {"below", UTF8, UTF8, BELOW, TEXT, "«" TEXT "»\n" TEXT},
    {"above-no-words", UTF8, UTF8, ABOVE, "10:30", "10:30"},
    {"above-name", UTF8, UTF8, ABOVE, "ANNA: Yes.", "ANNA: Yes.\nANNA: «Yes.»"},
    {"above-position", UTF8, UTF8, ABOVE, "{\\an8}Yes.", "{\\an8}Yes.\n«Yes.»"},
    {"above-dialogue", UTF8, UTF8, ABOVE, "- Yes?\n- No.", "- Yes?\n- No.\n- «Yes?»\n- «No.»"},
    {"above-markup", MARKUP, MARKUP, ABOVE, "<i>A &amp; B</i>", "<i>A &amp; B</i>\n<i>«A & B»</i>"},
    {"markup", MARKUP, MARKUP, OFF, "<i>" TEXT "</i>", "<i>«" TEXT "»</i>"},
    {"markup-lines", MARKUP, MARKUP, OFF, "- <i>Yes?</i>\n- <b>No.</b>",
     "- <i>«Yes?»</i>\n- <b>«No.»</b>"},
    {"markup-dropped", MARKUP, UTF8, OFF, "<i>" TEXT "</i>", "«" TEXT "»"},
    {"markup-escaped", UTF8, MARKUP, OFF, "<1>", "&lt;1&gt;"},
    {"markup-without-words", MARKUP, MARKUP, OFF, "<i>10 &lt; 30</i>", "<i>10 &lt; 30</i>"},
    {"bad-markup", MARKUP, MARKUP, OFF, "10 & <30", "10 &amp; &lt;30"},
    {"lines",
     UTF8,
     UTF8,
     {"max-line-length", "9", "mode", "passthrough"},
     "aaaa bbbb cccc dddd",
     "aaaa bbbb\ncccc dddd"},
    {"lines-enough",
     UTF8,
     UTF8,
     {"max-line-length", "19", "mode", "passthrough"},
     "aaaa bbbb cccc dddd",
     "aaaa bbbb cccc dddd"},
    {"lines-of-wide",
     UTF8,
     UTF8,
     {"max-line-length", "4", "mode", "passthrough"},
     "我们回家",
     "我们\n回家"},
    {"lines-again",
     UTF8,
     UTF8,
     {"max-line-length", "19", "mode", "passthrough"},
     "aaaa bbbb\ncccc dddd",
     "aaaa bbbb cccc dddd"},
    {"lines-of-markup",
     MARKUP,
     MARKUP,
     {"max-line-length", "9", "mode", "passthrough"},
     "aaaa <i>bbbb cccc</i> dddd",
     "aaaa <i>bbbb\ncccc</i> dddd"},
    {"two-lines",
     UTF8,
     UTF8,
     {"max-lines", "2", "max-line-length", "4"},
     "1111 2222 3333 4444",
     "1111 2222\n3333 4444"},
    {"passthrough", UTF8, UTF8, {"mode", "passthrough", NULL, NULL}, "One,\ntwo.\n", "One,\ntwo."},
    {"passthrough-once", UTF8, UTF8, {"mode", "passthrough", "bilingual", "above"}, TEXT, TEXT},
    {"passthrough-markup",
     MARKUP,
     MARKUP,
     {"mode", "passthrough", NULL, NULL},
     "<i>1 &lt; 2</i>",
     "<i>1 &lt; 2</i>"},
    {"passthrough-to-markup",
     UTF8,
     MARKUP,
     {"mode", "passthrough", NULL, NULL},
     "1 < 2",
     "1 &lt; 2"},
    {"passthrough-from-markup",
     MARKUP,
     UTF8,
     {"mode", "passthrough", NULL, NULL},
     "<b>1 &lt; 2</b>",
     "1 < 2"},
};

static void
test_layout (ElementFixture *self, gconstpointer data)
{
  const LayoutRow *row = data;
  g_autofree char *out = g_strconcat (row->out, " 0-1000;", NULL);

  set (self, row->settings[0], row->settings[1]);
  if (row->settings[2])
    set (self, row->settings[2], row->settings[3]);
  gst_harness_set_sink_caps_str (self->harness, row->downstream);
  element_fixture_start (self, row->caps);
  push (self, row->text);
  element_fixture_check_output (self, out);
}

/* Lines of a translation say what it says, and none is too long unless it is one word. */
static void
test_lines (ElementFixture *self, gconstpointer data)
{
  g_auto (GStrv) lines = NULL;
  g_autofree char *joined = NULL;

  g_object_set (self->element, "max-length", 45, "max-line-length", 12, NULL);
  restart_with_glossary (self, "ferry\tdie alte Fähre nach Sankt Peter\n");
  push (self, "and so we took the old ferry home");
  *strrchr (g_strchomp (self->output->str), ' ') = '\0';
  lines = g_strsplit (self->output->str, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), >, 2);
  for (guint i = 0; lines[i]; i++)
    g_assert_true (g_utf8_strlen (lines[i], -1) <= 12 || !strchr (lines[i], ' '));
  joined = g_strjoinv (" ", lines);
  g_assert_nonnull (strstr (joined, "die alte Fähre nach Sankt Peter"));
}

/* ---- Reading speed ---- */

static S2sTranslation *
translate_n_best (const char *bundle, const char *text)
{
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (bundle, NULL);
  g_autoptr (S2sTranslator) translator = NULL;
  S2sTranslatorOptions options;

  s2s_translator_options_init (&options, model);
  options.max_length = FIXTURE_MAX_LENGTH;
  options.n_best = options.beam_size;
  translator = s2s_translator_new (model, &options, NULL);
  return s2s_translator_translate (translator, text, -1, NULL);
}

/* The longest that has at most so many characters, the first of several, else the best. */
static const char *
choose (const S2sTranslation *translation, glong limit)
{
  const char *longest = NULL;

  for (guint i = 0; i < translation->n_hypotheses; i++) {
    const char *text = translation->hypotheses[i].text;
    glong n = g_utf8_strlen (text, -1);

    if (n <= limit && (!longest || n > g_utf8_strlen (longest, -1)))
      longest = text;
  }
  return longest ? longest : translation->hypotheses[0].text;
}

static void
test_max_cps (ElementFixture *self, gconstpointer data)
{
  static const char *const texts[] = {"Hello", "Good night", "Yes", "a",    "the",
                                      "ferry", "xyz",        "x",   "home", "dawn"};
  guint n_other = 0;

  g_object_set (self->element, "max-cps", 1.0, NULL);
  element_fixture_start (self, UTF8);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (S2sTranslation) translation = translate_n_best (self->bundle, texts[i]);

    for (guint limit = 1; limit <= FIXTURE_MAX_LENGTH; limit++) {
      const char *expected = choose (translation, limit);
      guint start = (i * FIXTURE_MAX_LENGTH + limit) * 10000;
      g_autofree char *out =
          g_strdup_printf ("%s %u-%u;", g_strchomp ((char *)expected), start, start + limit * 1000);

      element_fixture_push_at (self, texts[i], start, limit * 1000);
      element_fixture_check_output (self, out);
      n_other += expected != translation->hypotheses[0].text;
    }
  }
  /* Else a property without effect would go unseen. */
  g_assert_cmpuint (n_other, >, 0);
}

/* ---- Not good enough ---- */

typedef struct {
  const char *name;
  const char *on_error;
  GstFlowReturn flow;
  const char *out; /* [] is the source */
  const char *stats;
} ErrorRow;

static const ErrorRow error_rows[] = {
    {"passthrough", "passthrough", GST_FLOW_OK, "[] 0-1000;", "received 1, sentences 1"},
    {"drop", "drop", GST_FLOW_OK, "gap 0-1000;", "received 1, dropped 1"},
    {"fail", "fail", GST_FLOW_ERROR, "", "received 1, dropped 1"},
};

static void
check_stream_problem (ElementFixture *self, GstMessageType type, const char *word)
{
  g_autoptr (GError) error = element_fixture_pop_problem (self, type);

  g_assert_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, word));
}

static void
check_error (ElementFixture *self, const ErrorRow *row, const char *text, const char *word)
{
  g_auto (GStrv) pieces = g_strsplit (row->out, "[]", 2);
  g_autofree char *out = g_strjoinv (text, pieces);

  set (self, "on-error", row->on_error);
  element_fixture_start (self, UTF8);
  g_assert_cmpint (element_fixture_push_at (self, text, 0, 1000), ==, row->flow);
  element_fixture_check_output (self, out);
  element_fixture_check_stats (self, row->stats);
  check_stream_problem (self, row->flow == GST_FLOW_OK ? GST_MESSAGE_WARNING : GST_MESSAGE_ERROR,
                        word);
}

static void
test_confidence (ElementFixture *self, gconstpointer data)
{
  g_object_set (self->element, "min-confidence", 1.0, NULL);
  check_error (self, data, TEXT, "min-confidence");
}

static void
check_babble (ElementFixture *self, const ErrorRow *row, const char *text, guint flag,
              const char *word)
{
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (self->bundle, NULL);
  g_autoptr (S2sTranslator) translator = NULL;
  g_autoptr (S2sTranslation) translation = NULL;
  S2sTranslatorOptions options;

  s2s_translator_options_init (&options, model);
  translator = s2s_translator_new (model, &options, NULL);
  translation = s2s_translator_translate (translator, text, -1, NULL);
  g_assert_true (translation->hypotheses[0].flags & flag);
  g_object_set (self->element, "max-length", 0, NULL);
  check_error (self, row, text, word);
}

static void
test_endless (ElementFixture *self, gconstpointer data)
{
  check_babble (self, data, TEXT, S2S_FLAG_LENGTH, "absurdly long");
}

static void
test_loop (ElementFixture *self, gconstpointer data)
{
  check_babble (self, data, LOOPING, S2S_FLAG_REPETITIVE, "repeats itself");
}

/* The same warning is not there for each text. */
static void
test_one_warning (ElementFixture *self, gconstpointer data)
{
  g_object_set (self->element, "min-confidence", 1.0, NULL);
  set (self, "on-error", "drop");
  element_fixture_start (self, UTF8);
  for (guint i = 0; i < 3; i++)
    push (self, TEXT);
  check_stream_problem (self, GST_MESSAGE_WARNING, "was dropped");
  element_fixture_check_stats (self, "received 3, dropped 3");
}

static double
get_confidence (const char *bundle)
{
  g_autoptr (S2sTranslation) translation = translate_n_best (bundle, TEXT);
  const S2sHypothesis *best = &translation->hypotheses[0];
  double product = 1;

  for (guint i = 0; i < best->n_tokens; i++)
    product *= exp (best->log_probs[i]);
  return pow (product, 1.0 / best->n_tokens);
}

static void
test_min_confidence (ElementFixture *self, gconstpointer data)
{
  double confidence = get_confidence (self->bundle);

  set (self, "on-error", "drop");
  element_fixture_start (self, UTF8);
  g_object_set (self->element, "min-confidence", confidence * 0.999, NULL);
  push (self, TEXT);
  g_object_set (self->element, "min-confidence", confidence * 1.001, NULL);
  push (self, TEXT);
  element_fixture_check_output (self, "«" TEXT "» 0-1000;");
  check_stream_problem (self, GST_MESSAGE_WARNING, "min-confidence");
}

/* ---- Mode ---- */

static void
check_next_language (ElementFixture *self, const char *expected)
{
  g_autoptr (GstEvent) tag = element_fixture_pull_event (self, GST_EVENT_TAG);
  g_autofree char *code = NULL;
  GstTagList *tags;

  gst_event_parse_tag (tag, &tags);
  g_assert_true (gst_tag_list_get_string (tags, GST_TAG_LANGUAGE_CODE, &code));
  g_assert_cmpstr (code, ==, expected);
}

static void
test_mode (ElementFixture *self, gconstpointer data)
{
  static const char *const modes[] = {"translate", "passthrough", "mute", "passthrough",
                                      "translate"};

  element_fixture_start (self, UTF8);
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++) {
    set (self, "mode", modes[i]);
    element_fixture_push_at (self, TEXT, 1000 * (gint64)i, 1000);
  }
  element_fixture_check_output (self, "«" TEXT "» 0-1000; " TEXT " 1000-2000; gap 2000-3000; " TEXT
                                      " 3000-4000; «" TEXT "» 4000-5000;");
  g_assert_cmpstr (self->log->str, ==,
                   "stream-start caps segment tag buffer tag buffer tag gap tag buffer tag buffer");
  check_next_language (self, "zh");
  check_next_language (self, "en");
  check_next_language (self, "zh");
  check_next_language (self, "en");
  check_next_language (self, "zh");
  element_fixture_check_stats (self, "received 5, sentences 4, gaps 1");
}

/* Of text that passes, upstream knows the language. */
static void
test_language_of_source (ElementFixture *self, gconstpointer data)
{
  set (self, "mode", "passthrough");
  element_fixture_start (self, UTF8);
  element_fixture_push_at (self, TEXT, 0, 1000);
  gst_harness_push_event (self->harness,
                          gst_event_new_tag (gst_tag_list_new (GST_TAG_LANGUAGE_CODE, "fr", NULL)));
  element_fixture_push_at (self, TEXT, 1000, 1000);
  set (self, "mode", "translate");
  element_fixture_push_at (self, TEXT, 2000, 1000);
  g_assert_cmpstr (self->log->str, ==,
                   "stream-start caps segment tag tag buffer tag buffer tag buffer");
  check_next_language (self, "zh");
  check_next_language (self, "en");
  check_next_language (self, "fr");
  check_next_language (self, "zh");
}

static void
test_presets (ElementFixture *self, gconstpointer data)
{
  static const char *const names[] = {"live", "offline"};
  guint beam;
  guint length;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_assert_true (gst_preset_load_preset (GST_PRESET (self->element), names[i]));
    g_object_get (self->element, "beam-search-size", &beam, "max-line-length", &length, NULL);
    g_assert_cmpuint (length, ==, 42);
  }
  g_assert_cmpuint (beam, ==, 8);
}

/* ---- Glossary ---- */

static void
test_glossary (ElementFixture *self, gconstpointer data)
{
  g_object_set (self->element, "max-length", 40, NULL);
  restart_with_glossary (self, "Anna\tHanna\nXi'an\nferry\n");
  push (self, "Anna likes the Ferry to Xi'an.");
  g_assert_nonnull (strstr (self->output->str, "Hanna"));
  g_assert_nonnull (strstr (self->output->str, "Xi'an"));
  g_assert_nonnull (strstr (self->output->str, "Ferry"));
  g_printerr ("OUT %s\n", self->output->str);
}

static void
test_glossary_while_playing (ElementFixture *self, gconstpointer data)
{
  element_fixture_start (self, UTF8);
  push (self, "Anna is here.");
  g_assert_null (strstr (self->output->str, "Hanna"));
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
  g_free (write_glossary (self, "Anna\tHanna\n"));
  g_object_set (self->element, "max-length", 20, NULL);
  element_fixture_push_gap (self);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
  push (self, "Anna is here.");
  g_assert_nonnull (strstr (self->output->str, "Hanna"));
}

static void
check_glossary_problem (ElementFixture *self, GstMessageType type, gint code, const char *word)
{
  g_autoptr (GError) error = element_fixture_pop_problem (self, type);

  g_assert_error (error, GST_RESOURCE_ERROR, code);
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_no_glossary (ElementFixture *self, gconstpointer data)
{
  gst_element_set_state (self->element, GST_STATE_NULL);
  g_object_set (self->element, "glossary", "/no/such/terms.tsv", NULL);
  element_fixture_restart (self, UTF8);
  g_assert_cmpint (element_fixture_push_at (self, TEXT, 0, 1000), ==, GST_FLOW_ERROR);
  check_glossary_problem (self, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
                          "/no/such/terms.tsv");
  /* READY→PAUSED tries again if the first load has failed by then. */
  gst_bus_set_flushing (self->bus, TRUE);
  gst_bus_set_flushing (self->bus, FALSE);
}

static void
test_bad_glossary_while_playing (ElementFixture *self, gconstpointer data)
{
  g_autofree char *path = NULL;

  element_fixture_start (self, UTF8);
  push (self, TEXT);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
  path = write_glossary (self, "a\tb\tc\n");
  push (self, TEXT);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_ERROR);
  check_glossary_problem (self, GST_MESSAGE_WARNING, GST_RESOURCE_ERROR_READ, "terms.tsv:1:");
  element_fixture_push_at (self, TEXT, 2000, 1000);
  element_fixture_check_output (self,
                                "«" TEXT "» 0-1000; «" TEXT "» 1000-2000; «" TEXT "» 2000-3000;");
}

/* ---- Messages and statistics ---- */

static GstMessage *
pop_element_message (ElementFixture *self)
{
  return gst_bus_pop_filtered (self->bus, GST_MESSAGE_ELEMENT);
}

static void
test_message (ElementFixture *self, gconstpointer data)
{
  g_autoptr (StepClock) clock = step_clock_new ();
  g_autofree char *expected = translate_directly (self->bundle, TEXT, NULL);
  g_autoptr (GstMessage) message = NULL;
  const GstStructure *raw;
  guint64 start;
  guint64 duration;
  guint64 arrival;
  double confidence;
  gboolean late;

  gst_element_set_clock (self->element, GST_CLOCK (clock));
  gst_element_set_base_time (self->element, GST_SECOND);
  gst_harness_set_live (self->harness, FALSE);
  step_clock_set (clock, 8 * GST_SECOND);
  element_fixture_start (self, UTF8);
  element_fixture_push_at (self, "<b>No.</b> ", 0, 4000);
  gst_message_unref (pop_element_message (self));
  element_fixture_push_at (self, " " TEXT "\n", 3000, 3000);
  message = pop_element_message (self);
  raw = gst_message_get_structure (message);
  g_assert_true (gst_structure_has_name (raw, "s2stransform/raw"));
  g_assert_cmpint (gst_structure_n_fields (raw), ==, 8);
  g_assert_true (gst_structure_get (raw, "confidence", G_TYPE_DOUBLE, &confidence, "start-time",
                                    G_TYPE_UINT64, &start, "duration", G_TYPE_UINT64, &duration,
                                    "arrival-time", G_TYPE_UINT64, &arrival, "late", G_TYPE_BOOLEAN,
                                    &late, NULL));
  g_assert_cmpstr (gst_structure_get_string (raw, "source"), ==, TEXT);
  g_assert_cmpstr (gst_structure_get_string (raw, "translation"), ==, expected);
  g_assert_cmpstr (gst_structure_get_string (raw, "language-code"), ==, "zh");
  g_assert_cmpfloat_with_epsilon (confidence, get_confidence (self->bundle), 1e-9);
  g_assert_cmpuint (start, ==, 4 * GST_SECOND);
  g_assert_cmpuint (duration, ==, 2 * GST_SECOND);
  g_assert_cmpuint (arrival, ==, 7 * GST_SECOND);
  g_assert_false (late);
}

static void
test_no_messages (ElementFixture *self, gconstpointer data)
{
  g_object_set (self->element, "post-messages", FALSE, NULL);
  element_fixture_start (self, UTF8);
  push (self, TEXT);
  g_assert_null (pop_element_message (self));
}

/* Nothing has been said of what is not shown. */
static void
test_no_message_for_nothing (ElementFixture *self, gconstpointer data)
{
  element_fixture_start (self, UTF8);
  push (self, " ");
  set (self, "mode", "mute");
  push (self, TEXT);
  set (self, "mode", "passthrough");
  push (self, TEXT);
  g_assert_null (pop_element_message (self));
}

static void
test_stats (ElementFixture *self, gconstpointer data)
{
  guint64 last;
  guint64 mean;
  guint64 max;

  element_fixture_start (self, UTF8);
  g_assert_cmpuint (element_fixture_get_stat (self, "latency-max"), ==, 0);
  push (self, " ");
  g_assert_cmpuint (element_fixture_get_stat (self, "latency-last"), ==, 0);
  push (self, TEXT);
  last = element_fixture_get_stat (self, "latency-last");
  g_assert_cmpuint (last, >, 0);
  g_assert_cmpuint (element_fixture_get_stat (self, "latency-mean"), ==, last);
  g_assert_cmpuint (element_fixture_get_stat (self, "latency-max"), ==, last);
  push (self, "Yes.");
  mean = (last + element_fixture_get_stat (self, "latency-last")) / 2;
  max = MAX (last, element_fixture_get_stat (self, "latency-last"));
  g_assert_cmpuint (element_fixture_get_stat (self, "latency-mean"), ==, mean);
  g_assert_cmpuint (element_fixture_get_stat (self, "latency-max"), ==, max);
}

static void
add (const char *path, gconstpointer data, void (*test) (ElementFixture *, gconstpointer))
{
  g_test_add (path, ElementFixture, data, setup, test, teardown);
}

static void
add_rows (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (layout_rows); i++) {
    g_autofree char *path = g_strconcat ("/layout/", layout_rows[i].name, NULL);

    add (path, &layout_rows[i], test_layout);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (error_rows); i++) {
    g_autofree char *confidence = g_strconcat ("/error/confidence/", error_rows[i].name, NULL);
    g_autofree char *endless = g_strconcat ("/error/endless/", error_rows[i].name, NULL);
    g_autofree char *loop = g_strconcat ("/error/loop/", error_rows[i].name, NULL);

    add (confidence, &error_rows[i], test_confidence);
    add (endless, &error_rows[i], test_endless);
    add (loop, &error_rows[i], test_loop);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  add_rows ();
  add ("/layout/lines-of-translation", NULL, test_lines);
  add ("/speed/max-cps", NULL, test_max_cps);
  add ("/error/one-warning", NULL, test_one_warning);
  add ("/error/min-confidence", NULL, test_min_confidence);
  add ("/mode", NULL, test_mode);
  add ("/language-of-source", NULL, test_language_of_source);
  add ("/presets", NULL, test_presets);
  add ("/glossary/terms", NULL, test_glossary);
  add ("/glossary/while-playing", NULL, test_glossary_while_playing);
  add ("/glossary/none", NULL, test_no_glossary);
  add ("/glossary/bad-while-playing", NULL, test_bad_glossary_while_playing);
  add ("/messages/raw", NULL, test_message);
  add ("/messages/off", NULL, test_no_messages);
  add ("/messages/none-for-nothing", NULL, test_no_message_for_nothing);
  add ("/stats/latency", NULL, test_stats);
  return g_test_run ();
}
