/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-soak-stream.h"

#include "s2s-soak-cue.h"
#include "s2s-soak-fail.h"
#include "s2s-watchdog.h"

#include <string.h>

const char *const soak_source_caps[3] = {
    "text/x-raw, format=utf8",
    "text/x-raw, format=pango-markup",
    "text/plain",
};

static gboolean
one_in (SoakStream *self, gint n)
{
  return g_rand_int_range (self->rand, 0, n) == 0;
}

static GstClockTime
choose_time (SoakStream *self, guint max_ms)
{
  return (GstClockTime)g_rand_int_range (self->rand, 0, (gint)max_ms) * GST_MSECOND;
}

/* ---- Times ---- */

/* The next span; what comes next mostly starts where it ends, or later. */
static void
choose_span (SoakStream *self, GstBuffer *buffer)
{
  GstClockTime duration = 200 * GST_MSECOND + choose_time (self, 3000);
  GstClockTime pause = one_in (self, 3) ? choose_time (self, 2000) : 0;

  GST_BUFFER_DURATION (buffer) = duration;
  if (self->segment.rate < 0) {
    self->time -= MIN (self->time, duration + pause);
    GST_BUFFER_PTS (buffer) = self->time;
    return;
  }
  self->time += pause;
  GST_BUFFER_PTS (buffer) = self->time;
  self->time += one_in (self, 8) ? duration / 2 : duration;
}

/* What upstream must not do, and does. */
static void
spoil_span (SoakStream *self, GstBuffer *buffer)
{
  if (one_in (self, 25))
    GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_NONE;
  if (one_in (self, 15))
    GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
  if (one_in (self, 40))
    GST_BUFFER_PTS (buffer) = self->segment.start - MIN (self->segment.start, 4 * GST_SECOND);
  if (one_in (self, 40))
    GST_BUFFER_DURATION (buffer) = 0;
}

/* Live text is sent when it is to be seen. */
static void
let_time_pass (SoakStream *self)
{
  GstClockTime running = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, self->time);
  GstClockTime position = gst_segment_to_stream_time (&self->segment, GST_FORMAT_TIME, self->time);

  if (self->patient) {
    g_autoptr (GstQuery) query = gst_query_new_drain ();

    gst_pad_peer_query (self->pipeline->pad, query);
  }
  g_mutex_lock (&self->pipeline->sink.lock);
  if (GST_CLOCK_TIME_IS_VALID (position))
    self->pipeline->position = (gint64)position;
  g_mutex_unlock (&self->pipeline->sink.lock);
  if (GST_CLOCK_TIME_IS_VALID (running))
    soak_pipeline_advance_to (self->pipeline, running);
}

/* ---- What is pushed ---- */

static GstBuffer *
make_cue (SoakStream *self)
{
  GstBuffer *buffer = soak_cue_new (self->rand, self->caps == soak_source_caps[1]);

  choose_span (self, buffer);
  spoil_span (self, buffer);
  return buffer;
}

static GstFlowReturn
push_cue (SoakStream *self)
{
  GstBufferList *list;
  guint n_buffers;

  if (!one_in (self, 20)) {
    GstBuffer *buffer = make_cue (self);

    let_time_pass (self);
    return gst_pad_push (self->pipeline->pad, buffer);
  }
  list = gst_buffer_list_new ();
  n_buffers = (guint)g_rand_int_range (self->rand, 1, 4);
  for (guint i = 0; i < n_buffers; i++)
    gst_buffer_list_add (list, make_cue (self));
  let_time_pass (self);
  return gst_pad_push_list (self->pipeline->pad, list);
}

static void
push_tag (SoakStream *self)
{
  GstTagList *tags = gst_tag_list_new (GST_TAG_LANGUAGE_CODE, "en", GST_TAG_TITLE, "Soak", NULL);

  if (one_in (self, 2))
    gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  gst_pad_push_event (self->pipeline->pad, gst_event_new_tag (tags));
}

static void
push_custom (SoakStream *self)
{
  static const char *const names[] = {"rstranscribe/final-transcript",
                                      "rstranscribe/speaker-change", "soak/unknown"};
  GstStructure *structure =
      gst_structure_new_empty (names[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (names))]);

  gst_pad_push_event (self->pipeline->pad,
                      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM, structure));
}

static void
push_gap (SoakStream *self)
{
  GstClockTime duration = choose_time (self, 1000);

  if (self->segment.rate < 0)
    return;
  gst_pad_push_event (
      self->pipeline->pad,
      gst_event_new_gap (self->time, one_in (self, 5) ? GST_CLOCK_TIME_NONE : duration));
  self->time += duration;
}

static void
push_event (SoakStream *self)
{
  switch (g_rand_int_range (self->rand, 0, 24)) {
  case 0:
    push_tag (self);
    break;
  case 1:
    push_custom (self);
    break;
  case 2:
    push_gap (self);
    break;
  case 3:
    self->caps = soak_source_caps[g_rand_int_range (self->rand, 0, 3)];
    soak_pipeline_push_caps (self->pipeline, self->caps);
    break;
  default:
    break;
  }
}

/* ---- The thread ---- */

/* Returns: whether to go on */
static gboolean
note_push (SoakStream *self, GstFlowReturn flow)
{
  gboolean go_on;

  watchdog_feed ();
  g_mutex_lock (&self->lock);
  self->flow = flow;
  self->n_pushed += flow == GST_FLOW_OK;
  go_on = flow == GST_FLOW_OK && !self->stop && self->n_pushed < self->n_cues;
  self->ended = !go_on;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return go_on;
}

static gpointer
run (gpointer user_data)
{
  SoakStream *self = user_data;

  do
    push_event (self);
  while (note_push (self, push_cue (self)));
  return NULL;
}

void
soak_stream_start (SoakStream *self, SoakPipeline *pipeline, guint32 seed,
                   const GstSegment *segment, const char *caps, guint n_cues, gboolean patient)
{
  *self = (SoakStream){.pipeline = pipeline,
                       .rand = g_rand_new_with_seed (seed),
                       .segment = *segment,
                       .caps = caps,
                       .n_cues = n_cues,
                       .patient = patient};
  self->time = segment->rate < 0 ? segment->stop : segment->start;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->thread = g_thread_new ("stream", run, self);
}

void
soak_stream_wait_for (SoakStream *self, guint n_pushed)
{
  watchdog_note ("waiting for cues to be pushed");
  g_mutex_lock (&self->lock);
  while (!self->ended && self->n_pushed < n_pushed)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
soak_stream_stop (SoakStream *self)
{
  g_mutex_lock (&self->lock);
  self->stop = TRUE;
  g_mutex_unlock (&self->lock);
}

void
soak_stream_join (SoakStream *self)
{
  watchdog_note ("waiting for the end of the stream");
  g_clear_pointer (&self->thread, g_thread_join);
}

void
soak_stream_clear (SoakStream *self)
{
  soak_stream_join (self);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_rand_free (self->rand);
}
