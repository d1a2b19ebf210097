/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The element in a live pipeline: deadlines, what becomes of late text, and the LATENCY query. */

#include "s2s-element-fixture.h"
#include "s2s-step-clock.h"

#include <string.h>

#define UTF8 "text/x-raw, format=utf8"
#define TEXT "Hello there."

/* Text with a PTS of 1000 ms is due at 1000 + UPSTREAM + LATENCY. */
#define UPSTREAM 200
#define LATENCY 300
#define DUE 1500

static const S2sTestBundle to_chinese = {.target_language = "zh-CN", .seed = 1};

typedef struct {
  ElementFixture element;
  StepClock *clock;
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  self->clock = step_clock_new ();
  element_fixture_init (&self->element, &to_chinese);
  g_object_set (self->element.element, "latency", LATENCY, NULL);
  element_fixture_play (&self->element);
  gst_element_set_clock (self->element.element, GST_CLOCK (self->clock));
  gst_element_set_base_time (self->element.element, 0);
  gst_harness_set_upstream_latency (self->element.harness, UPSTREAM * GST_MSECOND);
  gst_harness_set_live (self->element.harness, TRUE);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_assert_false (element_fixture_has_problem (&self->element));
  element_fixture_clear (&self->element);
  gst_object_unref (self->clock);
}

static void
set_time (Fixture *self, guint ms)
{
  step_clock_set (self->clock, ms * GST_MSECOND);
}

/* TEXT from 1000 to 4000 ms */
static void
push (Fixture *self)
{
  g_assert_cmpint (element_fixture_push_at (&self->element, TEXT, 1000, 3000), ==, GST_FLOW_OK);
}

static void
check (Fixture *self, const char *pattern)
{
  element_fixture_check_output (&self->element, pattern);
}

static void
check_stats (Fixture *self, const char *expected)
{
  element_fixture_check_stats (&self->element, expected);
}

static void
pop_late_warning (Fixture *self, const char *word)
{
  g_autoptr (GError) warning = element_fixture_pop_problem (&self->element, GST_MESSAGE_WARNING);

  g_assert_error (warning, GST_CORE_ERROR, GST_CORE_ERROR_CLOCK);
  g_assert_nonnull (strstr (warning->message, word));
}

/* ---- Late text ---- */

static void
greedy (S2sTranslatorOptions *options)
{
  options->beam_size = 1;
}

typedef struct {
  const char *name;
  const char *policy;
  guint now;
  const char *out; /* [] is what the greedy search makes of TEXT */
  const char *stats;
  gboolean qos;
} LateRow;

static const LateRow late_rows[] = {
    {"early", "shift", 0, "«" TEXT "» 1000-4000;", "received 1, sentences 1", FALSE},
    {"just-in-time", "shift", DUE, "«" TEXT "» 1000-4000;", "received 1, sentences 1", FALSE},
    {"just-in-time-drop", "drop", DUE, "«" TEXT "» 1000-4000;", "received 1, sentences 1", FALSE},
    {"shift", "shift", DUE + 1, "[] 1001-4000;", "received 1, sentences 1, late 1", TRUE},
    {"shift-more", "shift", DUE + 2000, "[] 3000-4000;", "received 1, sentences 1, late 1", TRUE},
    {"shift-past-the-end", "shift", DUE + 2500, "[] 3500-4500;", "received 1, sentences 1, late 1",
     TRUE},
    {"shift-bound", "shift", DUE + 5000, "[] 6000-7000;", "received 1, sentences 1, late 1", TRUE},
    {"shift-too-late", "shift", DUE + 5001, "gap 1000-4000;", "received 1, dropped 1, late 1",
     TRUE},
    {"drop", "drop", DUE + 1, "gap 1000-4000;", "received 1, dropped 1, late 1", TRUE},
    {"passthrough", "passthrough", DUE + 1, TEXT " 1000-4000;", "received 1, sentences 1, late 1",
     FALSE},
    {"keep", "keep", DUE + 1, "[] 1000-4000;", "received 1, sentences 1, late 1", FALSE},
    {"keep-forever", "keep", DUE + 1000000, "[] 1000-4000;", "received 1, sentences 1, late 1",
     FALSE},
};

static void
check_qos (Fixture *self, gboolean expected, GstClockTime lateness, guint64 n_dropped)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (
      self->element.bus, GST_MESSAGE_QOS | GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
  guint64 running_time;
  guint64 stream_time;
  guint64 timestamp;
  guint64 duration;
  guint64 dropped;
  gint64 jitter;
  gboolean live;

  g_assert_cmpint (message != NULL, ==, expected);
  if (!message)
    return;
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_QOS);
  gst_message_parse_qos (message, &live, &running_time, &stream_time, &timestamp, &duration);
  gst_message_parse_qos_values (message, &jitter, NULL, NULL);
  gst_message_parse_qos_stats (message, NULL, NULL, &dropped);
  g_assert_true (live);
  g_assert_cmpuint (running_time, ==, GST_SECOND);
  g_assert_cmpuint (stream_time, ==, GST_SECOND);
  g_assert_cmpuint (timestamp, ==, GST_SECOND);
  g_assert_cmpuint (duration, ==, 3 * GST_SECOND);
  g_assert_cmpint (jitter, ==, lateness);
  g_assert_cmpuint (dropped, ==, n_dropped);
}

static char *
expand_greedy (Fixture *self, const char *pattern)
{
  g_autofree char *text = translate_directly (self->element.bundle, TEXT, greedy);
  g_auto (GStrv) pieces = g_strsplit (pattern, "[]", 2);

  return g_strjoinv (text, pieces);
}

static void
test_late (Fixture *self, gconstpointer data)
{
  const LateRow *row = data;
  g_autofree char *out = expand_greedy (self, row->out);

  gst_util_set_object_arg (G_OBJECT (self->element.element), "late-policy", row->policy);
  element_fixture_start (&self->element, UTF8);
  set_time (self, row->now);
  push (self);
  check (self, out);
  check_stats (self, row->stats);
  if (row->now > DUE)
    pop_late_warning (self, "with a latency of 300 ms");
  check_qos (self, row->qos, (row->now - DUE) * GST_MSECOND,
             element_fixture_get_stat (&self->element, "dropped"));
}

/* ---- Late while it is translated ---- */

/* The readings of the clock for one text: when it arrives, before each step, and at its end. */
static guint
count_readings (Fixture *self)
{
  set_time (self, 0);
  step_clock_take_count (self->clock);
  push (self);
  g_string_truncate (self->element.output, 0);
  return step_clock_take_count (self->clock);
}

typedef struct {
  guint n_polls;
  guint first; /* to narrow */
} Narrowing;

static S2sControl
narrow_at (gpointer user_data)
{
  Narrowing *narrowing = user_data;

  return narrowing->n_polls++ >= narrowing->first ? S2S_CONTROL_NARROW : S2S_CONTROL_CONTINUE;
}

/* What the library makes of TEXT if it is narrowed before that step. */
static char *
translate_narrowed (const char *bundle, guint step)
{
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (bundle, NULL);
  g_autoptr (S2sTranslator) translator = NULL;
  g_autoptr (S2sTranslation) translation = NULL;
  S2sTranslatorOptions options;
  Narrowing narrowing = {.first = step};

  s2s_translator_options_init (&options, model);
  options.max_length = FIXTURE_MAX_LENGTH;
  translator = s2s_translator_new (model, &options, NULL);
  s2s_translator_set_control (translator, narrow_at, &narrowing);
  translation = s2s_translator_translate (translator, TEXT, -1, NULL);
  return g_strdup (translation->hypotheses[0].text);
}

/* At each step the time may come, and each gives the text that the search makes of it. */
static void
test_narrow (Fixture *self, gconstpointer data)
{
  guint n;

  gst_util_set_object_arg (G_OBJECT (self->element.element), "late-policy", "keep");
  element_fixture_start (&self->element, UTF8);
  n = count_readings (self);
  g_assert_cmpuint (n, >, 4);
  for (guint i = 1; i < n - 1; i++) {
    g_autofree char *text = translate_narrowed (self->element.bundle, i - 1);
    g_autofree char *out = g_strdup_printf ("%s %u-%u;", text, 4000 * i, 4000 * i + 3000);

    set_time (self, 4000 * i);
    step_clock_set_later (self->clock, i, (4000 * i + 600) * GST_MSECOND);
    element_fixture_push_at (&self->element, TEXT, 4000 * i, 3000);
    check (self, out);
  }
  g_assert_cmpuint (element_fixture_get_stat (&self->element, "late"), ==, n - 2);
  pop_late_warning (self, " 100 ms late");
}

/* The search is stopped before that step: the clock is not read for another one. */
static void
check_stop (Fixture *self, const char *policy, const char *out)
{
  gst_util_set_object_arg (G_OBJECT (self->element.element), "late-policy", policy);
  set_time (self, 0);
  step_clock_set_later (self->clock, 3, (DUE + 1) * GST_MSECOND);
  step_clock_take_count (self->clock);
  push (self);
  check (self, out);
  /* On arrival, before three steps, and for how late it is. */
  g_assert_cmpuint (step_clock_take_count (self->clock), ==, 5);
}

static void
test_stop_to_drop (Fixture *self, gconstpointer data)
{
  element_fixture_start (&self->element, UTF8);
  check_stop (self, "drop", "gap 1000-4000;");
  check_stats (self, "received 1, dropped 1, late 1");
  pop_late_warning (self, " 1 ms late");
  check_qos (self, TRUE, GST_MSECOND, 1);
}

static void
test_stop_to_pass (Fixture *self, gconstpointer data)
{
  element_fixture_start (&self->element, UTF8);
  check_stop (self, "passthrough", TEXT " 1000-4000;");
  check_stats (self, "received 1, sentences 1, late 1");
  pop_late_warning (self, " 1 ms late");
  check_qos (self, FALSE, 0, 0);
}

/* The time comes after the last step. */
static void
check_late_at_the_end (Fixture *self, const char *policy, guint now, const char *out)
{
  guint n;

  gst_util_set_object_arg (G_OBJECT (self->element.element), "late-policy", policy);
  element_fixture_start (&self->element, UTF8);
  n = count_readings (self);
  step_clock_set_later (self->clock, n - 1, now * GST_MSECOND);
  push (self);
  check (self, out);
}

static void
test_drop_at_the_end (Fixture *self, gconstpointer data)
{
  check_late_at_the_end (self, "drop", DUE + 1, "");
  check_stats (self, "received 2, sentences 1, dropped 1, late 1");
  pop_late_warning (self, " 1 ms late");
}

static void
test_pass_at_the_end (Fixture *self, gconstpointer data)
{
  check_late_at_the_end (self, "passthrough", DUE + 1, "«" TEXT "» 4000-5000;");
  check_stats (self, "received 2, sentences 2, late 1");
  pop_late_warning (self, " 1 ms late");
}

static void
test_shift_at_the_end (Fixture *self, gconstpointer data)
{
  check_late_at_the_end (self, "shift", DUE + 5000, "«" TEXT "» 6000-7000;");
  pop_late_warning (self, " 5000 ms late");
}

static void
test_shift_too_far_at_the_end (Fixture *self, gconstpointer data)
{
  check_late_at_the_end (self, "shift", DUE + 5001, "");
  check_stats (self, "received 2, sentences 1, dropped 1, late 1");
  pop_late_warning (self, " 5001 ms late");
}

/* ---- One after the other ---- */

/* What comes after a shifted text makes room for it, and nobody is warned twice. */
static void
test_shift_on (Fixture *self, gconstpointer data)
{
  g_autofree char *out =
      expand_greedy (self, "[] 2500-4000; «Two.» 4000-5000; «Three.» 5000-6000;");

  element_fixture_start (&self->element, UTF8);
  set_time (self, DUE + 1500);
  push (self);
  element_fixture_push_at (&self->element, "Two.", 3500, 1500);
  element_fixture_push_at (&self->element, "Three.", 5000, 1000);
  check (self, out);
  check_stats (self, "received 3, sentences 3, late 1");
  pop_late_warning (self, " 1500 ms late");
}

/* A text that is on time, but not the one before. */
static void
test_moved_too_far (Fixture *self, gconstpointer data)
{
  g_object_set (self->element.element, "max-lateness", 2000, NULL);
  element_fixture_start (&self->element, UTF8);
  element_fixture_push_at (&self->element, TEXT, 0, 3001);
  element_fixture_push_at (&self->element, TEXT, 1000, 3000);
  element_fixture_push_at (&self->element, TEXT, 1001, 3000);
  check (self, "«" TEXT "» 0-3001; gap 3001-4000; «" TEXT "» 3001-4001;");
  check_stats (self, "received 3, sentences 2, dropped 1, late 1");
  pop_late_warning (self, " 2001 ms late");
  check_qos (self, TRUE, 2001 * GST_MSECOND, 1);
}

static void
test_one_warning (Fixture *self, gconstpointer data)
{
  gst_util_set_object_arg (G_OBJECT (self->element.element), "late-policy", "drop");
  element_fixture_start (&self->element, UTF8);
  for (guint i = 1; i <= 3; i++) {
    set_time (self, DUE + 10 * i);
    push (self);
    if (i == 1)
      pop_late_warning (self, " 10 ms late");
    check_qos (self, TRUE, 10 * i * GST_MSECOND, i);
  }
  check (self, "gap 1000-4000; gap 1000-4000; gap 1000-4000;");
  check_stats (self, "received 3, dropped 3, late 3");
}

static void
test_max_lateness (Fixture *self, gconstpointer data)
{
  g_autofree char *out = expand_greedy (self, "[] 1100-4000;");

  g_object_set (self->element.element, "max-lateness", 100, NULL);
  element_fixture_start (&self->element, UTF8);
  set_time (self, DUE + 100);
  push (self);
  set_time (self, DUE + 101);
  push (self);
  check (self, out);
  pop_late_warning (self, " 100 ms late");
}

static void
test_other_latency (Fixture *self, gconstpointer data)
{
  element_fixture_start (&self->element, UTF8);
  g_object_set (self->element.element, "latency", LATENCY + 1000, NULL);
  set_time (self, DUE + 1000);
  push (self);
  check (self, "«" TEXT "» 1000-4000;");
  check_stats (self, "received 1, sentences 1");
}

/* Only who translates needs time. */
static void
test_passthrough (Fixture *self, gconstpointer data)
{
  gst_util_set_object_arg (G_OBJECT (self->element.element), "mode", "passthrough");
  element_fixture_start (&self->element, UTF8);
  set_time (self, DUE + 1000);
  push (self);
  check (self, TEXT " 1000-4000;");
  check_stats (self, "received 1, sentences 1");
}

/* What came without a time is due from when it came. */
static void
test_no_start (Fixture *self, gconstpointer data)
{
  gst_util_set_object_arg (G_OBJECT (self->element.element), "late-policy", "drop");
  element_fixture_start (&self->element, UTF8);
  set_time (self, 10000);
  element_fixture_push_at (&self->element, TEXT, -1, -1);
  check (self, "«" TEXT "» 0-10000;");
  step_clock_set_later (self->clock, 2, (10000 + LATENCY) * GST_MSECOND);
  element_fixture_push_at (&self->element, TEXT, -1, -1);
  check (self, "«" TEXT "» 10000-11000;");
  step_clock_set_later (self->clock, 2, (10000 + 2 * LATENCY + 1) * GST_MSECOND);
  element_fixture_push_at (&self->element, TEXT, -1, -1);
  check (self, "gap 11000-12000;");
  pop_late_warning (self, " 1 ms late");
}

/* ---- No deadline ---- */

/* The clock is read when text arrives, and not again. */
static void
check_no_deadline (Fixture *self, guint n_readings)
{
  set_time (self, 1000000);
  step_clock_take_count (self->clock);
  push (self);
  check (self, "«" TEXT "» 1000-4000;");
  check_stats (self, "received 1, sentences 1");
  g_assert_cmpuint (step_clock_take_count (self->clock), ==, n_readings);
}

static void
test_not_live (Fixture *self, gconstpointer data)
{
  gst_util_set_object_arg (G_OBJECT (self->element.element), "late-policy", "drop");
  gst_harness_set_live (self->element.harness, FALSE);
  element_fixture_start (&self->element, UTF8);
  check_no_deadline (self, 1);
}

/* The running time stands still. */
static void
test_paused (Fixture *self, gconstpointer data)
{
  gst_util_set_object_arg (G_OBJECT (self->element.element), "late-policy", "drop");
  element_fixture_start (&self->element, UTF8);
  gst_element_set_state (self->element.element, GST_STATE_PAUSED);
  check_no_deadline (self, 0);
}

static void
test_no_clock (Fixture *self, gconstpointer data)
{
  gst_element_set_clock (self->element.element, NULL);
  element_fixture_start (&self->element, UTF8);
  check_no_deadline (self, 0);
}

/* Upstream may say otherwise once the pipeline has settled on a latency. */
static void
test_live_later (Fixture *self, gconstpointer data)
{
  gst_harness_set_live (self->element.harness, FALSE);
  element_fixture_start (&self->element, UTF8);
  gst_harness_set_live (self->element.harness, TRUE);
  gst_harness_push_upstream_event (self->element.harness, gst_event_new_latency (GST_SECOND));
  gst_util_set_object_arg (G_OBJECT (self->element.element), "late-policy", "drop");
  set_time (self, DUE + 1);
  push (self);
  check (self, "gap 1000-4000;");
  pop_late_warning (self, " 1 ms late");
}

/* ---- Cancellation ---- */

static gpointer
push_in_thread (gpointer user_data)
{
  Fixture *self = user_data;

  return GINT_TO_POINTER (element_fixture_push_at (&self->element, TEXT, 1000, 3000));
}

static void
flush (Fixture *self)
{
  gst_harness_push_event (self->element.harness, gst_event_new_flush_start ());
}

static gpointer
stop_in_thread (gpointer user_data)
{
  Fixture *self = user_data;

  return GINT_TO_POINTER (gst_element_set_state (self->element.element, GST_STATE_NULL));
}

/* A text is held before its second step; what is done then ends it after that step. */
static GThread *
push_and_hold (Fixture *self)
{
  GThread *thread;

  set_time (self, 0);
  element_fixture_start (&self->element, UTF8);
  step_clock_hold (self->clock, 2);
  thread = g_thread_new ("push", push_in_thread, self);
  step_clock_await_reader (self->clock);
  step_clock_take_count (self->clock);
  return thread;
}

static void
check_interrupted (Fixture *self, GThread *thread)
{
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, GST_FLOW_FLUSHING);
  check (self, "");
  check_stats (self, "received 1, discarded 1");
  /* For how late it is; none for another step. */
  g_assert_cmpuint (step_clock_take_count (self->clock), ==, 1);
}

static void
test_flush (Fixture *self, gconstpointer data)
{
  GThread *thread = push_and_hold (self);

  flush (self);
  step_clock_release (self->clock);
  check_interrupted (self, thread);
  gst_harness_push_event (self->element.harness, gst_event_new_flush_stop (TRUE));
  element_fixture_start (&self->element, NULL);
  push (self);
  check (self, "«" TEXT "» 1000-4000;");
}

/* Nobody is told that something was late that was not to be shown any more. */
static void
test_flush_late (Fixture *self, gconstpointer data)
{
  GThread *thread;

  gst_util_set_object_arg (G_OBJECT (self->element.element), "late-policy", "keep");
  thread = push_and_hold (self);
  flush (self);
  set_time (self, DUE + 1);
  step_clock_release (self->clock);
  check_interrupted (self, thread);
}

/* The flag is there before the pads are stopped, which waits for the text. */
static void
test_stop (Fixture *self, gconstpointer data)
{
  GThread *thread = push_and_hold (self);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element.element, "src");
  GThread *stopping = g_thread_new ("stop", stop_in_thread, self);

  while (!GST_PAD_IS_FLUSHING (pad))
    g_usleep (100);
  step_clock_release (self->clock);
  check_interrupted (self, thread);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (stopping)), ==, GST_STATE_CHANGE_SUCCESS);
}

/* ---- The LATENCY query ---- */

typedef struct {
  const char *name;
  gboolean live;
  guint64 min;
  guint64 max;
  guint64 expected_min;
  guint64 expected_max;
} LatencyRow;

#define NONE GST_CLOCK_TIME_NONE

static const LatencyRow latency_rows[] = {
    {"not-live", FALSE, 0, NONE, 0, NONE},
    {"not-live-but-latency", FALSE, 70 * GST_MSECOND, 90 * GST_MSECOND, 70 * GST_MSECOND,
     90 * GST_MSECOND},
    {"live", TRUE, 0, 0, 300 * GST_MSECOND, 300 * GST_MSECOND},
    {"live-no-max", TRUE, 70 * GST_MSECOND, NONE, 370 * GST_MSECOND, NONE},
    {"live-max", TRUE, 70 * GST_MSECOND, 90 * GST_MSECOND, 370 * GST_MSECOND, 390 * GST_MSECOND},
};

static GstPadProbeReturn
answer_latency (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  const LatencyRow *row = user_data;
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return GST_PAD_PROBE_OK;
  gst_query_set_latency (query, row->live, row->min, row->max);
  return GST_PAD_PROBE_HANDLED;
}

/* In PAUSED, before caps, a segment and text. */
static void
test_latency (Fixture *self, gconstpointer data)
{
  const LatencyRow *row = data;
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element.element, "src");
  GstClockTime min;
  GstClockTime max;
  gboolean live;

  gst_element_set_state (self->element.element, GST_STATE_PAUSED);
  gst_pad_add_probe (self->element.harness->srcpad,
                     GST_PAD_PROBE_TYPE_QUERY_UPSTREAM | GST_PAD_PROBE_TYPE_PUSH, answer_latency,
                     (gpointer)row, NULL);
  g_assert_true (gst_pad_query (pad, query));
  gst_query_parse_latency (query, &live, &min, &max);
  g_assert_cmpint (live, ==, row->live);
  g_assert_cmpuint (min, ==, row->expected_min);
  g_assert_cmpuint (max, ==, row->expected_max);
}

static void
add (const char *path, gconstpointer data, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, data, setup, test, teardown);
}

static void
add_rows (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (late_rows); i++) {
    g_autofree char *path = g_strconcat ("/late/", late_rows[i].name, NULL);

    add (path, &late_rows[i], test_late);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (latency_rows); i++) {
    g_autofree char *path = g_strconcat ("/latency/", latency_rows[i].name, NULL);

    add (path, &latency_rows[i], test_latency);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  add_rows ();
  add ("/steps/narrow", NULL, test_narrow);
  add ("/steps/stop-to-drop", NULL, test_stop_to_drop);
  add ("/steps/stop-to-pass", NULL, test_stop_to_pass);
  add ("/end/drop", NULL, test_drop_at_the_end);
  add ("/end/passthrough", NULL, test_pass_at_the_end);
  add ("/end/shift", NULL, test_shift_at_the_end);
  add ("/end/shift-too-far", NULL, test_shift_too_far_at_the_end);
  add ("/late/shift-on", NULL, test_shift_on);
  add ("/late/moved-too-far", NULL, test_moved_too_far);
  add ("/late/one-warning", NULL, test_one_warning);
  add ("/late/max-lateness", NULL, test_max_lateness);
  add ("/late/other-latency", NULL, test_other_latency);
  add ("/late/mode-passthrough", NULL, test_passthrough);
  add ("/late/no-start", NULL, test_no_start);
  add ("/no-deadline/not-live", NULL, test_not_live);
  add ("/no-deadline/paused", NULL, test_paused);
  add ("/no-deadline/no-clock", NULL, test_no_clock);
  add ("/no-deadline/live-later", NULL, test_live_later);
  add ("/cancel/flush", NULL, test_flush);
  add ("/cancel/flush-late", NULL, test_flush_late);
  add ("/cancel/stop", NULL, test_stop);
  return g_test_run ();
}
