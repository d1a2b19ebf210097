/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the element starts, stops, flushes and waits. */

#include "s2s-accumulate-fixture.h"
#include "s2s-accumulate-gate.h"

#include <string.h>

#define N_CYCLES 100
#define N_OFTEN 2000
/* More than the element lets wait. */
#define N_MANY 200

static void
setup (AccumulateFixture *self, gconstpointer data)
{
  accumulate_fixture_init (self);
  accumulate_fixture_start (self, UTF8);
}

static void
setup_live (AccumulateFixture *self, gconstpointer data)
{
  accumulate_fixture_init_live (self, 0);
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

static void
push_segment (AccumulateFixture *self)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_assert_true (gst_harness_push_event (self->harness, gst_event_new_segment (&segment)));
}

/* ---- Flushes ---- */

static void
test_flush (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;

  watchdog_start (&watchdog);
  push (self, "we went", 0, 500);
  g_assert_true (gst_harness_push_event (self->harness, gst_event_new_flush_start ()));
  g_assert_cmpint (push (self, "flushed", 500, 500), ==, GST_FLOW_FLUSHING);
  g_assert_true (gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE)));
  push_segment (self);
  push (self, "Home.", 0, 1000);
  accumulate_fixture_finish (self, "flush-start; flush-stop; segment; Home. 0-1000; eos;");
  watchdog_stop (&watchdog);
}

/* The task waits for the clock, and has to be back for the flush. */
static void
test_flush_live (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstTestClock) clock = gst_harness_get_testclock (self->harness);
  Watchdog watchdog;

  watchdog_start (&watchdog);
  push (self, "we went", 0, 500);
  gst_test_clock_wait_for_next_pending_id (clock, NULL);
  g_assert_true (gst_harness_push_event (self->harness, gst_event_new_flush_start ()));
  g_assert_cmpuint (gst_test_clock_peek_id_count (clock), ==, 0);
  g_assert_true (gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE)));
  push_segment (self);
  accumulate_fixture_wait_for (self, "segment");
  accumulate_fixture_check (self, "flush-start@0; flush-stop@0; segment@0;");
  accumulate_fixture_advance (self, 3100);
  accumulate_fixture_wait_for (self, "gap 0-100@3100");
  watchdog_stop (&watchdog);
}

static gpointer
push_many (gpointer data)
{
  AccumulateFixture *self = data;
  GstFlowReturn flow = GST_FLOW_OK;

  for (guint i = 0; i < N_MANY && flow == GST_FLOW_OK; i++)
    flow = push (self, "Go.", i * 100, 100);
  return GINT_TO_POINTER (flow);
}

/* Upstream waits for room, and has to be back for the flush. */
static void
test_flush_full (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;
  GThread *pusher;

  watchdog_start (&watchdog);
  gate_close (self->harness);
  pusher = g_thread_new ("pusher", push_many, self);
  gate_wait ();
  g_usleep (20000);
  gate_open (GST_FLOW_FLUSHING);
  g_assert_true (gst_harness_push_event (self->harness, gst_event_new_flush_start ()));
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (pusher)), ==, GST_FLOW_FLUSHING);
  g_assert_true (gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE)));
  gate_open (GST_FLOW_OK);
  push_segment (self);
  g_assert_cmpint (push (self, "Home.", 0, 1000), ==, GST_FLOW_OK);
  accumulate_fixture_wait_for (self, "Home. 0-1000");
  watchdog_stop (&watchdog);
}

/* Who flushes keeps what a pad keeps. */
static void
test_flush_tags (AccumulateFixture *self, gconstpointer data)
{
  push (self, "we went", 0, 500);
  gst_harness_push_event (self->harness,
                          gst_event_new_tag (gst_tag_list_new (GST_TAG_TITLE, "held", NULL)));
  gst_harness_push_event (self->harness, gst_event_new_flush_start ());
  gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE));
  push_segment (self);
  push (self, "Home.", 0, 1000);
  accumulate_fixture_finish (self, "flush-start; flush-stop; segment; tag; Home. 0-1000; eos;");
}

static GstPadProbeReturn
log_task (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  g_string_append_printf (data, "%s %s; ", GST_EVENT_TYPE_NAME (event),
                          gst_pad_get_task_state (pad) == GST_TASK_STARTED ? "runs" : "stands");
  return GST_PAD_PROBE_OK;
}

/* Downstream flushes before the task is stopped, and no more once it starts. */
static void
test_flush_order (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element, "src");
  g_autoptr (GString) log = g_string_new (NULL);
  gulong probe = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_FLUSH, log_task, log, NULL);

  gst_harness_push_event (self->harness, gst_event_new_flush_start ());
  gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE));
  gst_pad_remove_probe (pad, probe);
  g_assert_cmpstr (log->str, ==, "flush-start runs; flush-stop stands; ");
  g_assert_cmpint (gst_pad_get_task_state (pad), ==, GST_TASK_STARTED);
}

/* It has no business without a start, but what is held is of the segment that it ends. */
static void
test_flush_stop_alone (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;

  watchdog_start (&watchdog);
  push (self, "we went", 0, 500);
  g_assert_true (gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE)));
  push_segment (self);
  push (self, "Home.", 0, 1000);
  accumulate_fixture_finish (self, "flush-stop; segment; Home. 0-1000; eos;");
  watchdog_stop (&watchdog);
}

/* The caps are not sent again, but hold on. */
static void
test_flush_markup (AccumulateFixture *self, gconstpointer data)
{
  gst_harness_set_src_caps_str (self->harness, MARKUP);
  gst_harness_push_event (self->harness, gst_event_new_flush_start ());
  gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE));
  push_segment (self);
  push (self, "<i>Home.</i>", 0, 1000);
  accumulate_fixture_wait_for (self, "; Home. 0-1000");
}

/* ---- Room ---- */

static void
test_room (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;
  GThread *pusher;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element, "sink");

  watchdog_start (&watchdog);
  gate_close (self->harness);
  pusher = g_thread_new ("pusher", push_many, self);
  gate_wait ();
  g_usleep (50000);
  g_assert_cmpuint (gate_count (), ==, 1);
  /* The pusher is in its chain, so it holds the lock of the pad. */
  g_assert_false (GST_PAD_STREAM_TRYLOCK (pad));
  gate_open (GST_FLOW_OK);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (pusher)), ==, GST_FLOW_OK);
  gst_harness_push_event (self->harness, gst_event_new_eos ());
  accumulate_fixture_wait_for (self, "eos");
  g_assert_cmpuint (gate_count (), ==, N_MANY);
  watchdog_stop (&watchdog);
}

/* A live source never waits. */
static void
test_room_live (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;

  watchdog_start (&watchdog);
  gate_close (self->harness);
  g_assert_cmpint (GPOINTER_TO_INT (push_many (self)), ==, GST_FLOW_OK);
  gate_open (GST_FLOW_OK);
  watchdog_stop (&watchdog);
}

static gpointer
push_empty (gpointer data)
{
  AccumulateFixture *self = data;
  GstFlowReturn flow = GST_FLOW_OK;
  gint n_pushed = 0;

  for (; n_pushed < N_MANY && flow == GST_FLOW_OK; n_pushed++)
    flow = push (self, "", n_pushed * 100, 100);
  return GINT_TO_POINTER (n_pushed);
}

/* What gives no text needs room, too. */
static void
test_room_empty (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;
  GThread *pusher;

  watchdog_start (&watchdog);
  gate_close (self->harness);
  push (self, "Go.", 0, 100);
  gate_wait ();
  pusher = g_thread_new ("pusher", push_empty, self);
  g_usleep (50000);
  gate_open (GST_FLOW_FLUSHING);
  gst_harness_push_event (self->harness, gst_event_new_flush_start ());
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (pusher)), <, N_MANY);
  watchdog_stop (&watchdog);
}

/* ---- Flow ---- */

static void
push_until (AccumulateFixture *self, GstFlowReturn expected)
{
  GstFlowReturn flow;
  guint i = 0;

  do {
    flow = push (self, "Go.", 100 * i++, 100);
    g_usleep (1000);
  } while (flow == GST_FLOW_OK);
  g_assert_cmpint (flow, ==, expected);
}

static void
test_flow (AccumulateFixture *self, gconstpointer data)
{
  GstFlowReturn flow = GPOINTER_TO_INT (data);
  Watchdog watchdog;

  watchdog_start (&watchdog);
  gate_close (self->harness);
  gate_open (flow);
  push_until (self, flow);
  g_assert_cmpint (push (self, "Go.", 0, 100), ==, flow);
  watchdog_stop (&watchdog);
}

/* What ended one stream does not end the next. */
static void
test_flow_resumes (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;

  watchdog_start (&watchdog);
  gate_close (self->harness);
  gate_open (GPOINTER_TO_INT (data));
  push_until (self, GPOINTER_TO_INT (data));
  gate_open (GST_FLOW_OK);
  g_assert_true (gst_harness_push_event (self->harness, gst_event_new_stream_start ("next")));
  push_segment (self);
  g_assert_cmpint (push (self, "Home.", 0, 1000), ==, GST_FLOW_OK);
  accumulate_fixture_wait_for (self, "Home. 0-1000");
  watchdog_stop (&watchdog);
}

static void
test_flow_reconfigure (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;

  watchdog_start (&watchdog);
  gate_close (self->harness);
  gate_open (GST_FLOW_NOT_LINKED);
  push_until (self, GST_FLOW_NOT_LINKED);
  gate_open (GST_FLOW_OK);
  gst_pad_push_event (self->harness->sinkpad, gst_event_new_reconfigure ());
  g_assert_cmpint (push (self, "Home.", 0, 1000), ==, GST_FLOW_OK);
  accumulate_fixture_wait_for (self, "Home. 0-1000");
  watchdog_stop (&watchdog);
}

/* Whatever the task is about to do when its peer is back, it goes on. */
static void
test_flow_reconfigure_often (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;
  GstFlowReturn flow;

  watchdog_start (&watchdog);
  gate_close (self->harness);
  for (guint i = 0; i < N_OFTEN; i++) {
    gate_open (GST_FLOW_NOT_LINKED);
    do
      flow = push (self, "Go.", 0, 100);
    while (flow == GST_FLOW_OK);
    gate_open (GST_FLOW_OK);
    gate_reset ();
    gst_pad_push_event (self->harness->sinkpad, gst_event_new_reconfigure ());
    g_assert_cmpint (push (self, "Home.", 0, 1000), ==, GST_FLOW_OK);
    gate_wait ();
  }
  watchdog_stop (&watchdog);
}

/* After EOS nobody upstream learns of a failure but from the bus. */
static void
test_failure_after_eos (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstMessage) message = NULL;
  Watchdog watchdog;

  watchdog_start (&watchdog);
  gate_close (self->harness);
  push (self, "Go.", 0, 100);
  gate_wait ();
  gst_harness_push_event (self->harness, gst_event_new_eos ());
  gate_open (GST_FLOW_ERROR);
  accumulate_fixture_wait_for (self, "eos");
  message = gst_bus_timed_pop_filtered (self->bus, 10 * GST_SECOND, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  watchdog_stop (&watchdog);
}

static void
test_failure_before_eos (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;

  watchdog_start (&watchdog);
  gate_close (self->harness);
  gate_open (GST_FLOW_ERROR);
  push_until (self, GST_FLOW_ERROR);
  g_assert_false (gst_harness_push_event (self->harness, gst_event_new_eos ()));
  g_assert_true (accumulate_fixture_has_message (self, GST_MESSAGE_ERROR));
  watchdog_stop (&watchdog);
}

/* ---- States ---- */

static void
test_cycling (AccumulateFixture *self, gconstpointer data)
{
  static const GstState states[] = {GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED};
  Watchdog watchdog;

  watchdog_start (&watchdog);
  for (guint i = 0; i < N_CYCLES; i++) {
    push (self, "we went", 0, 500);
    if (i % 2 == 0)
      push (self, "home.", 500, 500);
    g_assert_cmpint (gst_element_set_state (self->element, states[i % G_N_ELEMENTS (states)]), ==,
                     GST_STATE_CHANGE_SUCCESS);
    g_assert_cmpint (gst_element_set_state (self->element, GST_STATE_PLAYING), ==,
                     GST_STATE_CHANGE_SUCCESS);
    gst_harness_push_event (self->harness, gst_event_new_stream_start ("again"));
    push_segment (self);
  }
  watchdog_stop (&watchdog);
}

/* Upstream waits for room, and the state change must not wait for it. */
static void
test_stop_full (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;
  GThread *pusher;

  watchdog_start (&watchdog);
  gate_close (self->harness);
  pusher = g_thread_new ("pusher", push_many, self);
  gate_wait ();
  g_usleep (20000);
  gate_open (GST_FLOW_FLUSHING);
  g_assert_cmpint (gst_element_set_state (self->element, GST_STATE_NULL), ==,
                   GST_STATE_CHANGE_SUCCESS);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (pusher)), ==, GST_FLOW_FLUSHING);
  watchdog_stop (&watchdog);
}

/* Nothing of one run shows in the next. */
static void
test_restart (AccumulateFixture *self, gconstpointer data)
{
  push (self, "we went", 0, 500);
  gst_element_set_state (self->element, GST_STATE_READY);
  gst_element_set_state (self->element, GST_STATE_PLAYING);
  gst_harness_push_event (self->harness, gst_event_new_stream_start ("again"));
  push_segment (self);
  push (self, "Home.", 0, 1000);
  accumulate_fixture_finish (self, "stream-start; caps; segment; Home. 0-1000; eos;");
}

/* ---- Threads ---- */

static void
test_stress (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;
  GstHarnessThread *setter;
  GstHarnessThread *querier;
  GValue value = G_VALUE_INIT;

  watchdog_start (&watchdog);
  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, 10);
  setter = gst_harness_stress_property_start_full (self->harness, "latency", &value, 500);
  querier = gst_harness_stress_push_upstream_event_start_full (self->harness,
                                                               gst_event_new_reconfigure (), 500);
  for (guint i = 0; i < 50; i++) {
    push_many (self);
    g_object_set (self->element, "latency", 3000 + i, NULL);
    gst_harness_query_latency (self->harness);
    if (i % 5 == 0) {
      gst_harness_push_event (self->harness, gst_event_new_flush_start ());
      gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE));
      push_segment (self);
    }
  }
  gst_harness_stress_thread_stop (setter);
  gst_harness_stress_thread_stop (querier);
  g_value_unset (&value);
  gst_harness_push_event (self->harness, gst_event_new_eos ());
  accumulate_fixture_wait_for (self, "eos");
  watchdog_stop (&watchdog);
}

static gpointer
flush_many (gpointer data)
{
  AccumulateFixture *self = data;

  for (guint i = 0; i < N_MANY; i++) {
    gst_harness_push_event (self->harness, gst_event_new_flush_start ());
    gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE));
    gst_harness_push_event (self->harness, gst_event_new_stream_start ("again"));
    gst_pad_push_event (self->harness->sinkpad, gst_event_new_reconfigure ());
  }
  return NULL;
}

/* A flush and a change of state both stop and start the task. */
static void
test_flush_cycling (AccumulateFixture *self, gconstpointer data)
{
  Watchdog watchdog;
  GThread *flusher;

  watchdog_start (&watchdog);
  flusher = g_thread_new ("flusher", flush_many, self);
  for (guint i = 0; i < N_MANY; i++) {
    gst_element_set_state (self->element, GST_STATE_READY);
    gst_element_set_state (self->element, GST_STATE_PLAYING);
  }
  g_thread_join (flusher);
  /* The end of a flush may not have come through. */
  gst_harness_push_event (self->harness, gst_event_new_flush_start ());
  gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE));
  gst_harness_push_event (self->harness, gst_event_new_stream_start ("last"));
  push_segment (self);
  push (self, "Home.", 0, 1000);
  accumulate_fixture_wait_for (self, "Home. 0-1000");
  watchdog_stop (&watchdog);
}

static void
add (const char *path, void (*start) (AccumulateFixture *, gconstpointer), GstFlowReturn flow,
     void (*test) (AccumulateFixture *, gconstpointer))
{
  g_autofree char *full = g_strconcat ("/s2saccumulate-control/", path, NULL);

  g_test_add (full, AccumulateFixture, GINT_TO_POINTER (flow), start, test, teardown);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add ("flush", setup, GST_FLOW_OK, test_flush);
  add ("flush-live", setup_live, GST_FLOW_OK, test_flush_live);
  add ("flush-full", setup, GST_FLOW_OK, test_flush_full);
  add ("flush-tags", setup, GST_FLOW_OK, test_flush_tags);
  add ("flush-markup", setup, GST_FLOW_OK, test_flush_markup);
  add ("flush-order", setup, GST_FLOW_OK, test_flush_order);
  add ("flush-order-live", setup_live, GST_FLOW_OK, test_flush_order);
  add ("flush-stop-alone", setup, GST_FLOW_OK, test_flush_stop_alone);
  add ("flush-cycling", setup, GST_FLOW_OK, test_flush_cycling);
  add ("flush-cycling-live", setup_live, GST_FLOW_OK, test_flush_cycling);
  add ("room", setup, GST_FLOW_OK, test_room);
  add ("room-live", setup_live, GST_FLOW_OK, test_room_live);
  add ("room-empty", setup, GST_FLOW_OK, test_room_empty);
  add ("flow/error", setup, GST_FLOW_ERROR, test_flow);
  add ("flow/eos", setup, GST_FLOW_EOS, test_flow);
  add ("flow/not-linked", setup, GST_FLOW_NOT_LINKED, test_flow);
  add ("flow/not-negotiated", setup, GST_FLOW_NOT_NEGOTIATED, test_flow);
  add ("flow-resumes/eos", setup, GST_FLOW_EOS, test_flow_resumes);
  add ("flow-resumes/not-linked", setup, GST_FLOW_NOT_LINKED, test_flow_resumes);
  add ("flow-reconfigure", setup, GST_FLOW_OK, test_flow_reconfigure);
  add ("flow-reconfigure-often", setup, GST_FLOW_OK, test_flow_reconfigure_often);
  add ("failure-after-eos", setup, GST_FLOW_OK, test_failure_after_eos);
  add ("failure-before-eos", setup, GST_FLOW_OK, test_failure_before_eos);
  add ("cycling", setup, GST_FLOW_OK, test_cycling);
  add ("cycling-live", setup_live, GST_FLOW_OK, test_cycling);
  add ("stop-full", setup, GST_FLOW_OK, test_stop_full);
  add ("restart", setup, GST_FLOW_OK, test_restart);
  add ("stress", setup, GST_FLOW_OK, test_stress);
  add ("stress-live", setup_live, GST_FLOW_OK, test_stress);
  return g_test_run ();
}
