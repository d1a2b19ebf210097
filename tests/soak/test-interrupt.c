/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a flush or a change of state in the middle of a translation leaves: no deadlock, and at most
 * one more step of the translator, counted, not timed. */

#include "s2s-soak-pipeline.h"
#include "s2s-soak-stream.h"
#include "s2s-step-hook.h"
#include "s2s-test-bundle.h"
#include "s2s-watchdog.h"

#include <string.h>

#define CYCLES 100
#define FLUSHES 1000
#define WATCHDOG_SECONDS 60
/* A translation of long_text takes more steps than this, encoder and decoder together, and of the
 * decoder more than that. */
#define MAX_STEP 40
#define MAX_SHARED_STEP 25
#define SHARED 0x100

static const char long_text[] = "We wait at the harbour until the last boat of the day comes home.";

typedef struct {
  char *bundle;
  SoakPipeline pipeline;
  GThread *pusher;
} Fixture;

/* data: of the test, the size of a queue, and whether decoding is shared */
static void
setup (Fixture *self, gconstpointer data)
{
  S2sTestBundle bundle = {.seed = 1};

  self->bundle = s2s_test_bundle_new (&bundle);
  soak_pipeline_init (&self->pipeline, FALSE, GPOINTER_TO_UINT (data) & ~SHARED);
  self->pipeline.live = TRUE;
  g_object_set (self->pipeline.transform, "model-path", self->bundle, "shared-decoding",
                (GPOINTER_TO_UINT (data) & SHARED) != 0, NULL);
}

static guint
get_max_step (gconstpointer data)
{
  return (GPOINTER_TO_UINT (data) & SHARED) != 0 ? MAX_SHARED_STEP : MAX_STEP;
}

static void
teardown (Fixture *self, gconstpointer data)
{
  soak_pipeline_set_state (&self->pipeline, GST_STATE_NULL);
  soak_pipeline_clear (&self->pipeline);
  s2s_test_bundle_remove (self->bundle);
  step_hook_disarm ();
}

static void
push_segment (Fixture *self)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_assert_true (soak_pipeline_push_segment (&self->pipeline, &segment));
}

static void
play (Fixture *self)
{
  soak_pipeline_set_state (&self->pipeline, GST_STATE_PLAYING);
  gst_pad_push_event (self->pipeline.pad, gst_event_new_stream_start ("interrupt"));
  soak_pipeline_push_caps (&self->pipeline, soak_source_caps[0]);
  push_segment (self);
}

static gpointer
push_text (gpointer user_data)
{
  Fixture *self = user_data;
  GstBuffer *buffer = gst_buffer_new_memdup (long_text, strlen (long_text));

  GST_BUFFER_PTS (buffer) = 0;
  GST_BUFFER_DURATION (buffer) = GST_SECOND;
  return GINT_TO_POINTER (gst_pad_push (self->pipeline.pad, buffer));
}

/* Begins a translation, and holds it at that step. */
static void
begin (Fixture *self, guint step)
{
  watchdog_note ("waiting for a step");
  step_hook_arm (step);
  self->pusher = g_thread_new ("push", push_text, self);
  step_hook_wait_until_held ();
}

/* Lets it go on, once it was cancelled. The step that was held was allowed before, and is the one
 * that may still run. */
static void
go_on_and_check (Fixture *self)
{
  GstFlowReturn flow;

  watchdog_note ("waiting for the end of a cancelled translation");
  step_hook_release ();
  flow = GPOINTER_TO_INT (g_thread_join (self->pusher));
  g_assert_cmpint (flow, ==, GST_FLOW_FLUSHING);
  g_assert_cmpuint (step_hook_get_steps (), ==, 1);
  g_assert_cmpuint (step_hook_get_stops (), ==, 1);
}

static void
flush (Fixture *self, gboolean start)
{
  watchdog_note (start ? "pushing FLUSH_START" : "pushing FLUSH_STOP");
  gst_pad_push_event (self->pipeline.pad,
                      start ? gst_event_new_flush_start () : gst_event_new_flush_stop (TRUE));
}

static void
check_stats (Fixture *self, guint64 discarded)
{
  SoakStats stats;

  soak_pipeline_get_stats (&self->pipeline, &stats);
  g_assert_cmpuint (stats.received, ==, discarded);
  g_assert_cmpuint (stats.discarded, ==, discarded);
  g_assert_cmpuint (self->pipeline.sink.n_texts, ==, 0);
}

/* ---- Counted ---- */

static void
test_flush_steps (Fixture *self, gconstpointer data)
{
  play (self);
  for (guint i = 0; i < FLUSHES; i++) {
    begin (self, i % get_max_step (data));
    flush (self, TRUE);
    go_on_and_check (self);
    flush (self, FALSE);
    push_segment (self);
  }
  check_stats (self, FLUSHES);
}

static gpointer
go_to_ready (gpointer user_data)
{
  Fixture *self = user_data;

  soak_pipeline_set_state (&self->pipeline, GST_STATE_READY);
  return NULL;
}

/* Pads are stopped after the element has been told to give up. */
static void
wait_until_stopped (GstPad *pad)
{
  gboolean stopped = FALSE;

  watchdog_note ("waiting for the pads to be stopped");
  while (!stopped) {
    g_usleep (100);
    GST_OBJECT_LOCK (pad);
    stopped = GST_PAD_IS_FLUSHING (pad);
    GST_OBJECT_UNLOCK (pad);
  }
}

static void
test_state_steps (Fixture *self, gconstpointer data)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->pipeline.transform, "sink");

  for (guint i = 0; i < CYCLES; i++) {
    GThread *stopper;

    play (self);
    begin (self, i % get_max_step (data));
    stopper = g_thread_new ("stop", go_to_ready, self);
    wait_until_stopped (pad);
    go_on_and_check (self);
    g_thread_join (stopper);
    g_assert_cmpint (GST_STATE (self->pipeline.transform), ==, GST_STATE_READY);
  }
  check_stats (self, CYCLES);
}

/* The property holds from the next text on, in either direction: the thread that pushes decodes, or
 * that which all share. */
static void
test_shared_toggled (Fixture *self, gconstpointer data)
{
  play (self);
  for (guint i = 0; i < 6; i++) {
    gboolean shared = i % 3 == 1;

    g_object_set (self->pipeline.transform, "shared-decoding", shared, NULL);
    g_assert_cmpint (GPOINTER_TO_INT (push_text (self)), ==, GST_FLOW_OK);
    g_assert_true ((step_hook_get_thread () == g_thread_self ()) == !shared);
  }
}

/* ---- As it comes ---- */

/* Texts in a queue, and flushes whenever they come. */
static void
test_flush_freely (Fixture *self, gconstpointer data)
{
  play (self);
  for (guint i = 0; i < FLUSHES; i++) {
    guint before = step_hook_get_total ();

    for (guint n = 0; n < 3; n++)
      g_assert_cmpint (GPOINTER_TO_INT (push_text (self)), ==, GST_FLOW_OK);
    while (step_hook_get_total () < before + 1 + i % get_max_step (data))
      g_thread_yield ();
    flush (self, TRUE);
    flush (self, FALSE);
    push_segment (self);
  }
}

static void
check_account (SoakPipeline *pipeline)
{
  SoakStats stats;

  soak_pipeline_get_stats (pipeline, &stats);
  g_assert_cmpuint (stats.received, ==, pipeline->n_arrived);
  g_assert_cmpuint (stats.received, ==,
                    stats.sentences + stats.gaps + stats.dropped + stats.discarded + stats.clipped);
}

/* From NULL to PLAYING and back while texts of all kinds come in. accumulate: the data of the test
 */
static void
test_cycles (gconstpointer accumulate)
{
  S2sTestBundle bundle = {.seed = 1};
  Fixture self = {.bundle = s2s_test_bundle_new (&bundle)};
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  soak_pipeline_init (&self.pipeline, GPOINTER_TO_INT (accumulate), 10);
  self.pipeline.live = TRUE;
  g_object_set (self.pipeline.transform, "model-path", self.bundle, NULL);
  for (guint i = 0; i < CYCLES; i++) {
    SoakStream stream;

    play (&self);
    soak_stream_start (&stream, &self.pipeline, i, &segment, soak_source_caps[0], G_MAXUINT, FALSE);
    soak_stream_wait_for (&stream, i % 20);
    soak_pipeline_set_state (&self.pipeline, i % 2 ? GST_STATE_NULL : GST_STATE_READY);
    soak_stream_join (&stream);
    g_assert_cmpint (stream.flow, ==, GST_FLOW_FLUSHING);
    check_account (&self.pipeline);
    soak_stream_clear (&stream);
  }
  teardown (&self, NULL);
}

/* ---- A model that is never there ---- */

/* Before the translator there is the wait for it, from which a flush and a change of state wake,
 * too; who loads is not waited for. */
static void
test_endless_load (Fixture *self, gconstpointer data)
{
  step_hook_hold_loads (TRUE);
  play (self);
  for (guint i = 0; i < CYCLES; i++) {
    self->pusher = g_thread_new ("push", push_text, self);
    while ((guint)g_atomic_int_get (&self->pipeline.n_arrived) <= i)
      g_thread_yield ();
    flush (self, TRUE);
    g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (self->pusher)), ==, GST_FLOW_FLUSHING);
    flush (self, FALSE);
    push_segment (self);
  }
  self->pusher = g_thread_new ("push", push_text, self);
  while (g_atomic_int_get (&self->pipeline.n_arrived) <= CYCLES)
    g_thread_yield ();
  soak_pipeline_set_state (&self->pipeline, GST_STATE_NULL);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (self->pusher)), ==, GST_FLOW_FLUSHING);
  check_stats (self, CYCLES + 1);
  g_assert_cmpint (g_atomic_int_get (&self->pipeline.n_loads_ended), ==, 1);
  step_hook_hold_loads (FALSE);
}

static gpointer
push_gap (gpointer user_data)
{
  Fixture *self = user_data;

  gst_pad_push_event (self->pipeline.pad, gst_event_new_gap (0, GST_SECOND));
  return NULL;
}

/* The first model is on its way when another is named that is none: it stays in use. */
static void
test_broken_while_loading (Fixture *self, gconstpointer data)
{
  GThread *thread;

  step_hook_hold_loads (TRUE);
  play (self);
  g_object_set (self->pipeline.transform, "model-path", "/no/such/bundle", NULL);
  thread = g_thread_new ("gap", push_gap, self);
  g_usleep (10000);
  step_hook_hold_loads (FALSE);
  g_thread_join (thread);
  watchdog_note ("waiting for the warning");
  while (g_atomic_int_get (&self->pipeline.n_resource_warnings) == 0)
    g_usleep (1000);
  g_assert_cmpint (GPOINTER_TO_INT (push_text (self)), ==, GST_FLOW_OK);
}

static void
add (const char *path, guint data, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, GUINT_TO_POINTER (data), setup, test, teardown);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  add ("/interrupt/steps/flush", 0, test_flush_steps);
  add ("/interrupt/steps/state", 0, test_state_steps);
  add ("/interrupt/freely/flush", 3, test_flush_freely);
  add ("/interrupt/shared/steps/flush", SHARED, test_flush_steps);
  add ("/interrupt/shared/steps/state", SHARED, test_state_steps);
  add ("/interrupt/shared/toggled", 0, test_shared_toggled);
  add ("/interrupt/shared/freely/flush", SHARED | 3, test_flush_freely);
  g_test_add_data_func ("/interrupt/freely/cycles", GINT_TO_POINTER (FALSE), test_cycles);
  g_test_add_data_func ("/interrupt/freely/cycles-accumulate", GINT_TO_POINTER (TRUE), test_cycles);
  add ("/interrupt/endless-load", 0, test_endless_load);
  add ("/interrupt/broken-while-loading", 0, test_broken_while_loading);
  watchdog_start (WATCHDOG_SECONDS);
  result = g_test_run ();
  watchdog_stop ();
  return result;
}
