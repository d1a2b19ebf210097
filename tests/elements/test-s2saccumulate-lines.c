/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the element makes of typed lines, and of other text that comes without times. */

#include "s2s-accumulate-fixture.h"

static void
setup (AccumulateFixture *self, gconstpointer data)
{
  accumulate_fixture_init (self);
}

static void
setup_started (AccumulateFixture *self, gconstpointer data)
{
  accumulate_fixture_init (self);
  accumulate_fixture_start (self, UTF8);
}

static void
teardown (AccumulateFixture *self, gconstpointer data)
{
  g_assert_false (accumulate_fixture_has_message (self, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR));
  accumulate_fixture_clear (self);
}

static GstFlowReturn
push (AccumulateFixture *self, const char *text, gint64 start, gint64 duration)
{
  return accumulate_fixture_push (self, text, start, duration);
}

/* ---- Text without times ---- */

static void
test_no_times (AccumulateFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (self->harness, gst_event_new_stream_start ("plain"));
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  accumulate_fixture_wait_for (self, "segment");
  accumulate_fixture_check (self, "stream-start; caps; segment;");
  gst_element_set_state (self->element, GST_STATE_PAUSED);
  push (self, "Late.", -1, -1);
  push (self, "We walked home along the dark river.", -1, -1);
  push (self, "Good.", -1, 2000);
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  push (self, "Fine.", -1, 2000);
  accumulate_fixture_finish (self, "Late. 0-1000; We walked home along the dark river. 1000-3400; "
                                   "Good. 3400-5400; segment; Fine. 5400-7400; eos;");
}

static GstPadProbeReturn
answer_position (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  const gint64 *position = data;

  if (GST_QUERY_TYPE (query) != GST_QUERY_POSITION)
    return GST_PAD_PROBE_OK;
  gst_query_set_position (query, GST_FORMAT_TIME, *position);
  return GST_PAD_PROBE_HANDLED;
}

static void
test_position (AccumulateFixture *self, gconstpointer data)
{
  gint64 position = 1500 * GST_MSECOND;

  gst_pad_add_probe (self->harness->srcpad,
                     GST_PAD_PROBE_TYPE_QUERY_UPSTREAM | GST_PAD_PROBE_TYPE_PUSH, answer_position,
                     &position, NULL);
  push (self, "Late.", -1, -1);
  position = 9000 * GST_MSECOND;
  push (self, "Good.", -1, -1);
  position = 12000 * GST_MSECOND;
  push (self, "Fine.", -1, 1000);
  accumulate_fixture_finish (self, "Late. 0-1500; Good. 1500-9000; Fine. 11000-12000; eos;");
}

static void
test_no_times_segment (AccumulateFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 10 * GST_SECOND;
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  gst_element_set_state (self->element, GST_STATE_PAUSED);
  push (self, "Late.", -1, -1);
  accumulate_fixture_finish (self, "segment; Late. 10000-11000; eos;");
}

/* ---- Lines ---- */

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static void
start_bytes (AccumulateFixture *self)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_push_event (self->harness, gst_event_new_stream_start ("bytes"));
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  accumulate_fixture_wait_for (self, "segment");
  accumulate_fixture_check (self, "stream-start; caps; segment;");
}

static void
test_bytes (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstEvent) event = NULL;
  const GstSegment *segment;

  start_bytes (self);
  event = gst_pad_get_sticky_event (self->harness->sinkpad, GST_EVENT_SEGMENT, 0);
  gst_event_parse_segment (event, &segment);
  g_assert_cmpint (segment->format, ==, GST_FORMAT_TIME);
  push (self, "It ra", -1, -1);
  push (self, "ins\nin the north.\r\n\xe4\xbd", -1, -1);
  push (self, "\xa0\xe5\xa5\xbd\xe3\x80", -1, -1);
  push (self, "\x82\nso we\n\nand", -1, -1);
  accumulate_fixture_finish (self, "It rains in the north. 0-2000; 你好。 2000-3000; "
                                   "so we 3000-4000; and 4000-5000; eos;");
}

static void
test_bytes_times (AccumulateFixture *self, gconstpointer data)
{
  start_bytes (self);
  push (self, "It rains.\n", 4000, -1);
  push (self, "We stay.\n", 8000, -1);
  accumulate_fixture_finish (self, "It rains. 4000-5000; We stay. 8000-9000; eos;");
}

static void
test_bytes_discont (AccumulateFixture *self, gconstpointer data)
{
  GstBuffer *buffer = accumulate_buffer_new ("home\n", -1, -1);

  start_bytes (self);
  push (self, "we went", -1, -1);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  gst_harness_push (self->harness, buffer);
  accumulate_fixture_finish (self, "we went 0-1000; home 1000-2000; eos;");
}

/* Who types waits for what becomes of a line, which is all of it and nothing else. */
static void
test_bytes_lines (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "drain-on-lines", TRUE, "window-sentences", 16, NULL);
  start_bytes (self);
  push (self, "we went", -1, -1);
  push (self, " home\n", -1, -1);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "we went home 0-1000;");
  push (self, "Good. Is it\n\nlate", -1, -1);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "Good. Is it 1000-2000;");
  accumulate_fixture_finish (self, "late 2000-3000; eos;");
}

/* A cue is no line that somebody types. */
static void
test_cue_lines (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "drain-on-lines", TRUE, NULL);
  push (self, "we went", 0, 1000);
  push (self, "home\n", 1000, 1000);
  accumulate_fixture_finish (self, "we went home 0-2000; eos;");
}

/* A line is over with its stream, though no line break ends it. */
static void
test_bytes_drains (AccumulateFixture *self, gconstpointer data)
{
  GstSegment segment;

  start_bytes (self);
  gst_segment_init (&segment, GST_FORMAT_BYTES);
  push (self, "one", -1, -1);
  gst_harness_push_event (self->harness, gst_event_new_segment_done (GST_FORMAT_BYTES, 3));
  push (self, "two", -1, -1);
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  push (self, "three", -1, -1);
  gst_harness_push_event (self->harness, gst_event_new_stream_start ("other"));
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  push (self, BYTE_ORDER_MARK "four", -1, -1);
  accumulate_fixture_finish (self, "one 0-1000; segment-done; two 1000-2000; segment; "
                                   "three 2000-3000; stream-start; segment; four 3000-4000; eos;");
}

static void
add (const char *path, void (*start) (AccumulateFixture *, gconstpointer), gconstpointer data,
     void (*test) (AccumulateFixture *, gconstpointer))
{
  g_autofree char *full = g_strconcat ("/s2saccumulate-lines/", path, NULL);

  g_test_add (full, AccumulateFixture, data, start, test, teardown);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add ("no-times", setup, NULL, test_no_times);
  add ("no-times-segment", setup_started, NULL, test_no_times_segment);
  add ("position", setup_started, NULL, test_position);
  add ("bytes", setup, NULL, test_bytes);
  add ("bytes-times", setup, NULL, test_bytes_times);
  add ("bytes-discont", setup, NULL, test_bytes_discont);
  add ("bytes-drains", setup, NULL, test_bytes_drains);
  add ("bytes-lines", setup, NULL, test_bytes_lines);
  add ("cue-lines", setup_started, NULL, test_cue_lines);
  return g_test_run ();
}
