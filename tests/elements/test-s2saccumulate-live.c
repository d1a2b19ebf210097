/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The element in a live pipeline, on a test clock: deadlines, heartbeats, latency. */

#include "s2s-accumulate-fixture.h"

#include <string.h>

#define UPSTREAM (200 * GST_MSECOND)

static void
setup (AccumulateFixture *self, gconstpointer data)
{
  accumulate_fixture_init_live (self, UPSTREAM);
  g_object_set (self->element, "latency", 1000, NULL);
  accumulate_fixture_start (self, UTF8);
}

static void
teardown (AccumulateFixture *self, gconstpointer data)
{
  g_assert_false (accumulate_fixture_has_message (self, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR));
  accumulate_fixture_clear (self);
}

static void
push (AccumulateFixture *self, const char *text, gint64 start, gint64 duration)
{
  g_assert_cmpint (accumulate_fixture_push (self, text, start, duration), ==, GST_FLOW_OK);
}

static void
advance (AccumulateFixture *self, guint ms)
{
  accumulate_fixture_advance (self, ms);
}

/* ---- Deadlines ---- */

/* What is not ended goes out before 100 + 200 + 1000 ms are over, and not much before. */
static void
test_deadline (AccumulateFixture *self, gconstpointer data)
{
  push (self, "we went", 100, 300);
  advance (self, 1199);
  accumulate_fixture_check (self, "");
  advance (self, 1);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "we went 100-1100@1200;");
}

static void
test_best_break (AccumulateFixture *self, gconstpointer data)
{
  push (self, "we went home,", 100, 300);
  push (self, "it was", 400, 300);
  push (self, "so cold", 700, 300);
  advance (self, 1200);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "we went home, 100-400@1200;");
  advance (self, 300);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "it was 400-700@1500;");
}

static void
test_late (AccumulateFixture *self, gconstpointer data)
{
  advance (self, 5000);
  accumulate_fixture_wait_for (self, "3700-3800@5000");
  accumulate_fixture_forget (self);
  push (self, "too late", 100, 300);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "too late 100-1100@5000;");
}

/* Shifted text has more time. */
static void
test_lateness (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "lateness", 700, NULL);
  push (self, "we went", 100, 300);
  advance (self, 1899);
  accumulate_fixture_check (self, "gap 0-100@1300; gap 100-200@1400; gap 200-300@1500; "
                                  "gap 300-400@1600; gap 400-500@1700; gap 500-600@1800;");
  advance (self, 1);
  accumulate_fixture_wait_for (self, "we");
  accumulate_fixture_check (self, "we went 800-1800@1900;");
}

static void
test_no_limit (AccumulateFixture *self, gconstpointer data)
{
  g_autofree char *log = NULL;

  g_object_set (self->element, "latency", -1, NULL);
  push (self, "we went", 1050, 300);
  advance (self, 60000);
  log = accumulate_fixture_get_log (self);
  g_assert_null (strstr (log, "we went"));
  /* No heartbeat goes past what is held. */
  g_assert_true (g_str_has_suffix (log, "gap 900-1000@1200; gap 1000-1050@1300;"));
  push (self, "home.", 1350, 300);
  accumulate_fixture_wait_for (self, "we went home. 1050-2050@60000");
}

/* A window adds to the latency, and what is in it goes out when that is over. */
static void
test_window (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "window", 4000, NULL);
  push (self, "One.", 100, 1000);
  push (self, "Two.", 1100, 1000);
  push (self, "and", 2100, 300);
  advance (self, 5199);
  accumulate_fixture_check (self, "");
  advance (self, 1);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "One. Two. 100-2100@5200;");
}

/* A number of sentences adds nothing to the latency: what is there by then goes out. */
static void
test_window_sentences (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "window-sentences", 3, NULL);
  push (self, "One.", 100, 300);
  push (self, "Two.", 400, 300);
  push (self, "and", 700, 300);
  advance (self, 1199);
  accumulate_fixture_check (self, "");
  advance (self, 1);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "One. Two. 100-700@1200;");
}

/* So many sentences do not wait for the deadline. */
static void
test_window_sentences_full (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "window", 4000, "window-sentences", 2, NULL);
  push (self, "One.", 100, 300);
  push (self, "Two.", 400, 300);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "One. Two. 100-1100@0;");
}

static void
test_extend_deadline (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "extend-duration", TRUE, NULL);
  push (self, "One.", 100, 300);
  advance (self, 1199);
  accumulate_fixture_check (self, "");
  advance (self, 1);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "One. 100-1100@1200;");
}

/* A change while the element waits counts at once. */
static void
test_latency_change (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "latency", 10000, NULL);
  push (self, "we went", 100, 300);
  advance (self, 1200);
  accumulate_fixture_check (self, "");
  g_object_set (self->element, "latency", 1000, NULL);
  accumulate_fixture_wait_for (self, "we went 100-1100@1200");
}

/* In PAUSED the clock does not count. */
static void
test_paused (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstTestClock) clock = gst_harness_get_testclock (self->harness);

  gst_element_set_state (self->element, GST_STATE_PAUSED);
  push (self, "we went", 100, 300);
  gst_test_clock_set_time (clock, 60 * GST_SECOND);
  g_usleep (20000);
  g_assert_cmpuint (gst_test_clock_peek_id_count (clock), ==, 0);
  accumulate_fixture_check (self, "");
  gst_element_set_state (self->element, GST_STATE_PLAYING);
  accumulate_fixture_wait_for (self, "we went");
}

/* Recognised text comes when it was said. */
static void
test_no_times (AccumulateFixture *self, gconstpointer data)
{
  advance (self, 1350);
  accumulate_fixture_wait_for (self, "gap 0-100@1300");
  accumulate_fixture_check (self, "gap 0-100@1300;");
  push (self, "We went home.", -1, -1);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "We went home. 100-1350@1350;");
}

static void
test_typed (AccumulateFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  accumulate_fixture_wait_for (self, "segment");
  advance (self, 500);
  push (self, "It rains.\n", -1, -1);
  accumulate_fixture_wait_for (self, "It rains. 500-1500@500");
}

/* ---- Heartbeats ---- */

static void
test_heartbeat (AccumulateFixture *self, gconstpointer data)
{
  advance (self, 1500);
  accumulate_fixture_wait_for (self, "@1500");
  accumulate_fixture_check (self, "gap 0-100@1300; gap 100-200@1400; gap 200-300@1500;");
}

/* It starts after what was pushed, and ends before what is held. */
static void
test_heartbeat_text (AccumulateFixture *self, gconstpointer data)
{
  push (self, "One.", 0, 1050);
  push (self, "and", 1250, 300);
  advance (self, 2349);
  accumulate_fixture_check (self, "One. 0-1050@0; gap 1050-1100@2300;");
  advance (self, 1);
  accumulate_fixture_wait_for (self, "and");
  accumulate_fixture_check (self, "and 1250-2250@2350;");
}

static void
test_heartbeat_segment (AccumulateFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = segment.position = 10 * GST_SECOND;
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  accumulate_fixture_wait_for (self, "segment");
  advance (self, 1400);
  accumulate_fixture_wait_for (self, "@1400");
  accumulate_fixture_check (self, "segment@0; gap 10000-10100@1300; gap 10100-10200@1400;");
}

static void
push_segment_again (AccumulateFixture *self)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  accumulate_fixture_wait_for (self, "segment");
  accumulate_fixture_forget (self);
}

/* Who links anew or chooses another input gets a segment, but running time goes on. */
static void
test_heartbeat_segment_again (AccumulateFixture *self, gconstpointer data)
{
  advance (self, 1500);
  accumulate_fixture_wait_for (self, "gap 200-300@1500");
  push_segment_again (self);
  advance (self, 200);
  accumulate_fixture_wait_for (self, "@1700");
  accumulate_fixture_check (self, "gap 300-400@1600; gap 400-500@1700;");
}

/* Text without a time goes on after the text before, too. */
static void
test_no_times_segment_again (AccumulateFixture *self, gconstpointer data)
{
  advance (self, 1200);
  push (self, "We went home.", -1, -1);
  accumulate_fixture_wait_for (self, "We went home. 0-1200@1200;");
  push_segment_again (self);
  advance (self, 1100);
  push (self, "It rained.", -1, -1);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "It rained. 1200-2300@2300;");
  gst_harness_push_event (self->harness, gst_event_new_stream_start ("other"));
  push_segment_again (self);
  advance (self, 1100);
  push (self, "We slept.", -1, -1);
  accumulate_fixture_wait_for (self, ";");
  accumulate_fixture_check (self, "We slept. 2300-3400@3400;");
}

static void
test_heartbeat_after_eos (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstTestClock) clock = gst_harness_get_testclock (self->harness);

  gst_harness_push_event (self->harness, gst_event_new_eos ());
  accumulate_fixture_wait_for (self, "eos");
  gst_test_clock_set_time (clock, 9 * GST_SECOND);
  while (gst_test_clock_peek_id_count (clock) > 0)
    gst_test_clock_crank (clock);
  g_usleep (10000);
  accumulate_fixture_check (self, "eos@0;");
}

/* There is no segment to be silent in. */
static void
check_no_heartbeat (AccumulateFixture *self)
{
  g_autoptr (GstTestClock) clock = gst_harness_get_testclock (self->harness);

  accumulate_fixture_forget (self);
  gst_test_clock_set_time (clock, 9 * GST_SECOND);
  while (gst_test_clock_peek_id_count (clock) > 0)
    gst_test_clock_crank (clock);
  g_usleep (10000);
  accumulate_fixture_check (self, "");
}

static void
test_heartbeat_between_streams (AccumulateFixture *self, gconstpointer data)
{
  gst_harness_push_event (self->harness, gst_event_new_stream_start ("next"));
  accumulate_fixture_wait_for (self, "stream-start");
  check_no_heartbeat (self);
}

static void
test_heartbeat_after_segment (AccumulateFixture *self, gconstpointer data)
{
  gst_harness_push_event (self->harness, gst_event_new_segment_done (GST_FORMAT_TIME, 0));
  accumulate_fixture_wait_for (self, "segment-done");
  check_no_heartbeat (self);
}

/* Running time that has not begun will. */
static void
test_heartbeat_base_time (AccumulateFixture *self, gconstpointer data)
{
  gst_element_set_state (self->element, GST_STATE_PAUSED);
  gst_element_set_base_time (self->element, 5 * GST_SECOND);
  gst_element_set_state (self->element, GST_STATE_PLAYING);
  advance (self, 6400);
  accumulate_fixture_wait_for (self, "@1400");
  accumulate_fixture_check (self, "gap 0-100@1300; gap 100-200@1400;");
}

static void
test_not_live (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstTestClock) clock = gst_harness_get_testclock (self->harness);
  GstSegment segment;

  gst_harness_set_live (self->harness, FALSE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  accumulate_fixture_wait_for (self, "segment");
  push (self, "we went", 100, 300);
  gst_test_clock_set_time (clock, 60 * GST_SECOND);
  g_usleep (20000);
  g_assert_cmpuint (gst_test_clock_peek_id_count (clock), ==, 0);
  accumulate_fixture_check (self, "segment@0;");
  /* Once upstream is live, the deadline of what is held is over. */
  gst_harness_set_live (self->harness, TRUE);
  gst_harness_query_latency (self->harness);
  accumulate_fixture_wait_for (self, "we went 100-1100@60000");
}

/* ---- Latency ---- */

static GstQuery *
query_latency (AccumulateFixture *self)
{
  GstQuery *query = gst_query_new_latency ();
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element, "src");

  g_assert_true (gst_pad_query (pad, query));
  return query;
}

static void
check_latency (AccumulateFixture *self, gboolean live, GstClockTime min)
{
  g_autoptr (GstQuery) query = query_latency (self);
  gboolean result;
  GstClockTime result_min;
  GstClockTime result_max;

  gst_query_parse_latency (query, &result, &result_min, &result_max);
  g_assert_cmpint (result, ==, live);
  g_assert_cmpuint (result_min, ==, min);
  /* The harness says that there is no limit. */
  g_assert_cmpuint (result_max, ==, GST_CLOCK_TIME_NONE);
}

static void
test_latency (AccumulateFixture *self, gconstpointer data)
{
  check_latency (self, TRUE, 1200 * GST_MSECOND);
  g_object_set (self->element, "latency", -1, NULL);
  check_latency (self, TRUE, UPSTREAM);
  g_object_set (self->element, "latency", 1000, "window", 5000, NULL);
  check_latency (self, TRUE, 6200 * GST_MSECOND);
  g_object_set (self->element, "window", 0, "window-sentences", 5, NULL);
  check_latency (self, TRUE, 1200 * GST_MSECOND);
  gst_harness_set_live (self->harness, FALSE);
  check_latency (self, FALSE, UPSTREAM);
}

static GstPadProbeReturn
answer_latency (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return GST_PAD_PROBE_OK;
  gst_query_set_latency (query, TRUE, UPSTREAM, 2 * UPSTREAM);
  return GST_PAD_PROBE_HANDLED;
}

static void
test_latency_max (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstQuery) query = NULL;
  GstClockTime min;
  GstClockTime max;

  gst_pad_add_probe (self->harness->srcpad,
                     GST_PAD_PROBE_TYPE_QUERY_UPSTREAM | GST_PAD_PROBE_TYPE_PUSH, answer_latency,
                     NULL, NULL);
  query = query_latency (self);
  gst_query_parse_latency (query, NULL, &min, &max);
  g_assert_cmpuint (min, ==, 1200 * GST_MSECOND);
  g_assert_cmpuint (max, ==, 1400 * GST_MSECOND);
}

/* Whoever asks for or sets something from where the element calls him waits for no lock. */
static void
use_element (GstElement *element)
{
  gint latency;

  g_object_get (element, "latency", &latency, NULL);
  g_object_set (element, "latency", latency, NULL);
}

static GstPadProbeReturn
use_in_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  use_element (data);
  return GST_PAD_PROBE_OK;
}

static GstBusSyncReply
use_in_handler (GstBus *bus, GstMessage *message, gpointer data)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY)
    use_element (data);
  return GST_BUS_PASS;
}

static void
test_locks (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element, "src");

  gst_pad_add_probe (self->harness->srcpad,
                     GST_PAD_PROBE_TYPE_QUERY_UPSTREAM | GST_PAD_PROBE_TYPE_PUSH, use_in_probe,
                     self->element, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM, use_in_probe, self->element, NULL);
  gst_bus_set_sync_handler (self->bus, use_in_handler, self->element, NULL);
  g_object_set (self->element, "latency", 2000, NULL);
  check_latency (self, TRUE, 2200 * GST_MSECOND);
  push (self, "One.", 0, 1000);
  push (self, "and", 2000, 300);
  advance (self, 3400);
  accumulate_fixture_wait_for (self, "gap 1100-1200@3400");
  advance (self, 700);
  accumulate_fixture_wait_for (self, "and 2000-3000@4100");
  gst_bus_set_sync_handler (self->bus, NULL, NULL, NULL);
}

/* Before caps, a segment, and PLAYING. */
static void
test_latency_early (AccumulateFixture *self, gconstpointer data)
{
  accumulate_fixture_init_live (self, UPSTREAM);
  check_latency (self, TRUE, 3200 * GST_MSECOND);
  gst_element_set_state (self->element, GST_STATE_PAUSED);
  check_latency (self, TRUE, 3200 * GST_MSECOND);
}

static void
test_latency_unlinked (void)
{
  g_autoptr (GstElement) element =
      gst_object_ref_sink (gst_element_factory_make ("s2saccumulate", NULL));
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "src");
  g_autoptr (GstQuery) query = gst_query_new_latency ();

  g_assert_false (gst_pad_query (pad, query));
}

static void
test_latency_message (AccumulateFixture *self, gconstpointer data)
{
  g_assert_true (accumulate_fixture_has_message (self, GST_MESSAGE_LATENCY));
  g_assert_false (accumulate_fixture_has_message (self, GST_MESSAGE_LATENCY));
  g_object_set (self->element, "latency", 1000, "lateness", 7, "min-duration", 9, NULL);
  g_assert_false (accumulate_fixture_has_message (self, GST_MESSAGE_LATENCY));
  g_object_set (self->element, "latency", 1500, NULL);
  g_assert_true (accumulate_fixture_has_message (self, GST_MESSAGE_LATENCY));
  g_object_set (self->element, "window", 1500, NULL);
  g_assert_true (accumulate_fixture_has_message (self, GST_MESSAGE_LATENCY));
}

static void
add (const char *path, void (*test) (AccumulateFixture *, gconstpointer))
{
  g_autofree char *full = g_strconcat ("/s2saccumulate-live/", path, NULL);

  g_test_add (full, AccumulateFixture, NULL, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add ("deadline", test_deadline);
  add ("best-break", test_best_break);
  add ("late", test_late);
  add ("lateness", test_lateness);
  add ("no-limit", test_no_limit);
  add ("window", test_window);
  add ("window-sentences", test_window_sentences);
  add ("window-sentences-full", test_window_sentences_full);
  add ("extend-deadline", test_extend_deadline);
  add ("latency-change", test_latency_change);
  add ("paused", test_paused);
  add ("no-times", test_no_times);
  add ("typed", test_typed);
  add ("heartbeat", test_heartbeat);
  add ("heartbeat-text", test_heartbeat_text);
  add ("heartbeat-segment", test_heartbeat_segment);
  add ("heartbeat-segment-again", test_heartbeat_segment_again);
  add ("no-times-segment-again", test_no_times_segment_again);
  add ("heartbeat-after-eos", test_heartbeat_after_eos);
  add ("heartbeat-between-streams", test_heartbeat_between_streams);
  add ("heartbeat-after-segment", test_heartbeat_after_segment);
  add ("heartbeat-base-time", test_heartbeat_base_time);
  add ("not-live", test_not_live);
  add ("latency", test_latency);
  add ("latency-max", test_latency_max);
  add ("locks", test_locks);
  g_test_add ("/s2saccumulate-live/latency-early", AccumulateFixture, NULL, NULL,
              test_latency_early, teardown);
  g_test_add_func ("/s2saccumulate-live/latency-unlinked", test_latency_unlinked);
  add ("latency-message", test_latency_message);
  return g_test_run ();
}
