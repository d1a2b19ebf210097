/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* When what goes out is shown: times that are missing, overlap, or leave the segment. */

#include "s2s-element-fixture.h"
#include "s2s-step-clock.h"

#define UTF8 "text/x-raw, format=utf8"

static const S2sTestBundle to_chinese = {.target_language = "zh-CN", .seed = 1};

/* What the pads of a test do. */
typedef struct {
  ElementFixture element;
  gint64 position; /* ms, that upstream gives as its position; negative for none */
} Fixture;

static GstPadProbeReturn
answer_position (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  const Fixture *self = user_data;
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_POSITION || self->position < 0)
    return GST_PAD_PROBE_OK;
  gst_query_set_position (query, GST_FORMAT_TIME, self->position * (gint64)GST_MSECOND);
  return GST_PAD_PROBE_HANDLED;
}

static void
setup (Fixture *self, gconstpointer data)
{
  self->position = -1;
  element_fixture_init (&self->element, &to_chinese);
  element_fixture_play (&self->element);
  gst_harness_set_live (self->element.harness, FALSE);
  gst_pad_add_probe (self->element.harness->srcpad,
                     GST_PAD_PROBE_TYPE_QUERY_UPSTREAM | GST_PAD_PROBE_TYPE_PUSH, answer_position,
                     self, NULL);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_assert_false (element_fixture_has_problem (&self->element));
  element_fixture_clear (&self->element);
}

static void
start_segment (Fixture *self, gint64 start, gint64 stop, gint64 base)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.position = start * GST_MSECOND;
  segment.stop = stop < 0 ? GST_CLOCK_TIME_NONE : (GstClockTime)stop * GST_MSECOND;
  segment.base = base * GST_MSECOND;
  g_assert_true (gst_harness_push_event (self->element.harness, gst_event_new_segment (&segment)));
}

static void
push (Fixture *self, const char *text, gint64 start, gint64 duration)
{
  g_assert_cmpint (element_fixture_push_at (&self->element, text, start, duration), ==,
                   GST_FLOW_OK);
}

static void
check (Fixture *self, const char *pattern)
{
  element_fixture_check_output (&self->element, pattern);
}

/* ---- Tables ---- */

/* ms; none is negative */
typedef struct {
  const char *text; /* NULL after the last; "gap" is a GAP event */
  gint64 start;
  gint64 duration;
  gint64 position; /* of upstream; 0 is none */
} In;

typedef struct {
  const char *name;
  In in[4];
  const char *out;
  guint min_duration; /* 0 is the default */
} Row;

/* 45 characters */
#define LONG "The ferry leaves at dawn, whatever you say..."

static const Row rows[] = {
    /* Times that are there */
    {"kept",
     {{"One.", 500, 1500, 0}, {"Two.", 2000, 10, 0}},
     "«One.» 500-2000; «Two.» 2000-2010;",
     0},
    {"far", {{"One.", 86400000, 1500, 0}}, "«One.» 86400000-86401500;", 0},
    {"short-in-its-place", {{"One.", 500, 1, 0}}, "«One.» 500-501;", 0},
    /* Times that are not */
    {"no-duration", {{"One.", 500, -1, 0}}, "«One.» 500-1500;", 0},
    {"no-duration-long", {{LONG, 500, -1, 0}}, "«" LONG "» 500-3500;", 0},
    {"no-start",
     {{"One.", -1, -1, 3000}, {"Two.", -1, -1, 7000}},
     "«One.» 0-3000; «Two.» 3000-7000;",
     0},
    {"no-start-after-text",
     {{"One.", 1000, 1000, 0}, {"Two.", -1, -1, 7000}},
     "«One.» 1000-2000; «Two.» 2000-7000;",
     0},
    {"no-start-after-gap",
     {{"gap", 0, 4000, 0}, {"Two.", -1, -1, 7000}},
     "gap 0-4000; «Two.» 4000-7000;",
     0},
    {"no-start-after-gap-buffer",
     {{" ", 0, 4000, 0}, {"Two.", -1, -1, 7000}},
     "gap 0-4000; «Two.» 4000-7000;",
     0},
    {"no-start-but-duration", {{"One.", -1, 2000, 7000}}, "«One.» 5000-7000;", 0},
    {"no-start-but-long-duration",
     {{"One.", 0, 6000, 0}, {"Two.", -1, 2000, 7000}},
     "«One.» 0-6000; «Two.» 6000-7000;",
     0},
    {"no-start-behind",
     {{"One.", 0, 6000, 0}, {"Two.", -1, -1, 5000}},
     "«One.» 0-6000; «Two.» 6000-7000;",
     0},
    {"no-times-at-all",
     {{"One.", -1, -1, 0}, {LONG, -1, -1, 0}, {"Two.", -1, -1, 0}},
     "«One.» 0-1000; «" LONG "» 1000-4000; «Two.» 4000-5000;",
     0},
    /* Overlaps */
    {"overlap",
     {{"One.", 0, 2000, 0}, {"Two.", 1000, 3000, 0}},
     "«One.» 0-2000; «Two.» 2000-4000;",
     0},
    {"overlap-just-enough",
     {{"One.", 0, 2000, 0}, {"Two.", 1000, 2000, 0}},
     "«One.» 0-2000; «Two.» 2000-3000;",
     0},
    {"overlap-too-little-left",
     {{"One.", 0, 2000, 0}, {"Two.", 1000, 1999, 0}},
     "«One.» 0-2000; «Two.» 2000-3000;",
     0},
    {"overlap-min-duration",
     {{"One.", 0, 2000, 0}, {"Two.", 1000, 1500, 0}},
     "«One.» 0-2000; «Two.» 2000-2700;",
     700},
    {"overlap-inside",
     {{"One.", 0, 5000, 0}, {"Two.", 1000, 1000, 0}},
     "«One.» 0-5000; «Two.» 5000-6000;",
     0},
    /* by more than max-lateness, which is of live pipelines */
    {"overlap-far",
     {{"One.", 0, 8000, 0}, {"Two.", 1000, 1000, 0}},
     "«One.» 0-8000; «Two.» 8000-9000;",
     0},
    {"overlap-same",
     {{"One.", 0, 1000, 0}, {"Two.", 0, 1000, 0}, {"Three.", 0, 1000, 0}},
     "«One.» 0-1000; «Two.» 1000-2000; «Three.» 2000-3000;",
     0},
    {"overlap-over",
     {{"One.", 0, 2000, 0}, {"Two.", 1000, 1500, 0}, {"Three.", 2500, 1500, 0}},
     "«One.» 0-2000; «Two.» 2000-3000; «Three.» 3000-4000;",
     0},
    /* One does not push on the next, and it the one after. */
    {"overlap-short",
     {{"One.", 0, 1100, 0}, {"Two.", 1000, 300, 0}, {"Three.", 1300, 300, 0}},
     "«One.» 0-1100; «Two.» 1100-1400; «Three.» 1400-1700;",
     0},
    {"overlap-of-gap",
     {{"One.", 0, 2000, 0}, {"gap", 500, 1000, 0}, {"gap", 1500, 1500, 0}},
     "«One.» 0-2000; gap 2000-3000;",
     0},
    {"no-length", {{"One.", 5000, 0, 0}}, "«One.» 5000-6000;", 0},
    {"overlap-with-gap",
     {{"gap", 0, 2000, 0}, {"One.", 1000, 1500, 0}},
     "gap 0-2000; «One.» 1000-2500;",
     0},
    {"backwards",
     {{"One.", 5000, 1000, 0}, {"Two.", 1000, 1000, 0}},
     "«One.» 5000-6000; «Two.» 6000-7000;",
     0},
};

static void
push_in (Fixture *self, const In *in)
{
  self->position = in->position > 0 ? in->position : -1;
  if (g_str_equal (in->text, "gap"))
    gst_harness_push_event (self->element.harness, gst_event_new_gap (in->start * GST_MSECOND,
                                                                      in->duration * GST_MSECOND));
  else
    push (self, in->text, in->start, in->duration);
}

static void
test_row (Fixture *self, gconstpointer data)
{
  const Row *row = data;

  if (row->min_duration > 0)
    g_object_set (self->element.element, "min-duration", row->min_duration, NULL);
  element_fixture_start (&self->element, UTF8);
  for (gsize i = 0; i < G_N_ELEMENTS (row->in) && row->in[i].text; i++)
    push_in (self, &row->in[i]);
  check (self, row->out);
}

/* Of the segment from 1000 to 5000 ms */
typedef struct {
  const char *name;
  In in;
  const char *out;
  const char *stats;
} ClipRow;

static const ClipRow clip_rows[] = {
    {"inside", {"One.", 1000, 4000, 0}, "«One.» 1000-5000;", "received 1, sentences 1"},
    {"at-start", {"One.", 0, 2000, 0}, "«One.» 1000-2000;", "received 1, sentences 1"},
    {"at-end", {"One.", 4000, 4000, 0}, "«One.» 4000-5000;", "received 1, sentences 1"},
    {"both", {"One.", 0, 9000, 0}, "«One.» 1000-5000;", "received 1, sentences 1"},
    {"before", {"One.", 0, 500, 0}, "", "received 1, clipped 1"},
    {"just-before", {"One.", 0, 1000, 0}, "", "received 1, clipped 1"},
    {"after", {"One.", 6000, 500, 0}, "", "received 1, clipped 1"},
    {"just-after", {"One.", 5000, 500, 0}, "", "received 1, clipped 1"},
    {"guessed", {"One.", 4500, -1, 0}, "«One.» 4500-5000;", "received 1, sentences 1"},
    {"nothing-before", {" ", 0, 500, 0}, "", "received 1, clipped 1"},
    {"nothing-at-start", {" ", 0, 2000, 0}, "gap 1000-2000;", "received 1, gaps 1"},
};

static void
start_clipped (Fixture *self)
{
  gst_harness_set_src_caps_str (self->element.harness, UTF8);
  start_segment (self, 1000, 5000, 0);
}

static void
test_clip (Fixture *self, gconstpointer data)
{
  const ClipRow *row = data;

  start_clipped (self);
  push_in (self, &row->in);
  check (self, row->out);
  element_fixture_check_stats (&self->element, row->stats);
}

/* The same is true of what does not go through a model. */
static void
test_clip_passthrough (Fixture *self, gconstpointer data)
{
  g_object_set (self->element.element, "mode", 1, NULL);
  start_clipped (self);
  push (self, "One.", 0, 500);
  push (self, "Two.", 0, 2000);
  push (self, "Three.", 1500, 2000);
  check (self, "Two. 1000-2000; Three. 2000-3500;");
  element_fixture_check_stats (&self->element, "received 3, sentences 2, clipped 1");
}

static void
test_clip_mute (Fixture *self, gconstpointer data)
{
  g_object_set (self->element.element, "mode", 2, NULL);
  start_clipped (self);
  push (self, "One.", 0, 500);
  push (self, "Two.", 0, 2000);
  check (self, "gap 1000-2000;");
  element_fixture_check_stats (&self->element, "received 2, gaps 1, clipped 1");
}

/* What nobody can show does no harm to what comes after it. */
static void
test_absurd (Fixture *self, gconstpointer data)
{
  static const GstClockTime times[][2] = {
      {G_MAXUINT64 - 5, GST_SECOND}, {100, G_MAXUINT64 - 2}, {G_MAXUINT64 / 2, G_MAXUINT64 / 2}};

  element_fixture_start (&self->element, UTF8);
  for (gsize i = 0; i < G_N_ELEMENTS (times); i++) {
    gst_harness_push (self->element.harness,
                      text_buffer_new ("One.", -1, times[i][0], times[i][1]));
    gst_harness_push_event (self->element.harness, gst_event_new_flush_start ());
    gst_harness_push_event (self->element.harness, gst_event_new_flush_stop (TRUE));
    start_segment (self, 0, -1, 0);
  }
  g_string_truncate (self->element.output, 0);
  push (self, "Two.", 1000, 1000);
  check (self, "«Two.» 1000-2000;");
}

/* ---- Segments ---- */

/* The position is in stream time, and so not that of the segment. */
static void
test_position_of_stream (Fixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_harness_set_src_caps_str (self->element.harness, UTF8);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 10 * GST_SECOND;
  segment.time = 2 * GST_SECOND;
  gst_harness_push_event (self->element.harness, gst_event_new_segment (&segment));
  self->position = 5000;
  push (self, "One.", -1, -1);
  check (self, "«One.» 10000-13000;");
}

/* Text of the first segment ends at 5000 ms of running time, which is 2000 ms of the second. */
static void
test_second_segment (Fixture *self, gconstpointer data)
{
  element_fixture_start (&self->element, UTF8);
  push (self, "One.", 0, 5000);
  start_segment (self, 0, -1, 3000);
  push (self, "Two.", 1000, 3000);
  push (self, "Three.", 4000, 1000);
  check (self, "«One.» 0-5000; «Two.» 2000-4000; «Three.» 4000-5000;");
}

static void
test_second_segment_later (Fixture *self, gconstpointer data)
{
  element_fixture_start (&self->element, UTF8);
  push (self, "One.", 0, 5000);
  start_segment (self, 60000, -1, 5000);
  push (self, "Two.", 60000, 3000);
  self->position = 70000;
  push (self, "Three.", -1, -1);
  check (self, "«One.» 0-5000; «Two.» 60000-63000; «Three.» 63000-130000;");
}

static void
test_flush (Fixture *self, gconstpointer data)
{
  element_fixture_start (&self->element, UTF8);
  push (self, "One.", 0, 5000);
  gst_harness_push_event (self->element.harness, gst_event_new_flush_start ());
  gst_harness_push_event (self->element.harness, gst_event_new_flush_stop (TRUE));
  start_segment (self, 0, -1, 0);
  push (self, "Two.", 1000, 1000);
  check (self, "«One.» 0-5000; «Two.» 1000-2000;");
}

static void
test_restart (Fixture *self, gconstpointer data)
{
  element_fixture_start (&self->element, UTF8);
  push (self, "One.", 0, 5000);
  gst_element_set_state (self->element.element, GST_STATE_READY);
  element_fixture_restart (&self->element, UTF8);
  push (self, "Two.", 1000, 1000);
  check (self, "«One.» 0-5000; «Two.» 1000-2000;");
}

static void
test_reverse (Fixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_harness_set_src_caps_str (self->element.harness, UTF8);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = -1;
  segment.stop = 10 * GST_SECOND;
  gst_harness_push_event (self->element.harness, gst_event_new_segment (&segment));
  push (self, "One.", 9000, 2000);
  push (self, "Two.", 6000, 1000);
  push (self, "Three.", 5500, 1000);
  check (self, "«One.» 9000-10000; «Two.» 6000-7000; «Three.» 5500-6500;");
}

/* ---- Running time ---- */

static void
test_running_time (Fixture *self, gconstpointer data)
{
  g_autoptr (StepClock) clock = step_clock_new ();

  gst_element_set_clock (self->element.element, GST_CLOCK (clock));
  gst_element_set_base_time (self->element.element, 100 * GST_SECOND);
  element_fixture_start (&self->element, UTF8);
  step_clock_set (clock, 103 * GST_SECOND);
  push (self, "One.", -1, -1);
  step_clock_set (clock, 107 * GST_SECOND);
  push (self, "Two.", -1, 1000);
  self->position = 9000;
  push (self, "Three.", -1, -1);
  check (self, "«One.» 0-3000; «Two.» 6000-7000; «Three.» 7000-9000;");
}

/* A muted recogniser that sends no times must not stop the video either. */
static void
test_mute_without_times (Fixture *self, gconstpointer data)
{
  g_object_set (self->element.element, "mode", 2, NULL);
  element_fixture_start (&self->element, UTF8);
  self->position = 3000;
  push (self, "One.", -1, -1);
  self->position = 7000;
  push (self, "Two.", -1, -1);
  check (self, "gap 0-3000; gap 3000-7000;");
}

static void
add (const char *path, gconstpointer data, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, data, setup, test, teardown);
}

static void
add_rows (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = g_strconcat ("/times/", rows[i].name, NULL);

    add (path, &rows[i], test_row);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (clip_rows); i++) {
    g_autofree char *path = g_strconcat ("/clip/", clip_rows[i].name, NULL);

    add (path, &clip_rows[i], test_clip);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  add_rows ();
  add ("/clip/passthrough", NULL, test_clip_passthrough);
  add ("/clip/mute", NULL, test_clip_mute);
  add ("/times/absurd", NULL, test_absurd);
  add ("/segments/position-of-stream", NULL, test_position_of_stream);
  add ("/segments/second", NULL, test_second_segment);
  add ("/segments/second-later", NULL, test_second_segment_later);
  add ("/segments/flush", NULL, test_flush);
  add ("/segments/restart", NULL, test_restart);
  add ("/segments/reverse", NULL, test_reverse);
  add ("/running-time/no-start", NULL, test_running_time);
  add ("/running-time/mute", NULL, test_mute_without_times);
  return g_test_run ();
}
