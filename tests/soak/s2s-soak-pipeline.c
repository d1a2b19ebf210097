/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-soak-pipeline.h"

#include "s2s-soak-fail.h"
#include "s2s-watchdog.h"

#include <string.h>

/* ---- The bus ---- */

static void
take_warning (SoakPipeline *self, GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  gst_message_parse_warning (message, &error, NULL);
  if (error->domain == GST_RESOURCE_ERROR)
    g_atomic_int_inc (&self->n_resource_warnings);
  else
    SOAK_CHECK (error->domain == GST_STREAM_ERROR ||
                    g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_CLOCK),
                "a warning of %s: %s", g_quark_to_string (error->domain), error->message);
}

static void
take_error (SoakPipeline *self, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *debug = NULL;

  gst_message_parse_error (message, &error, &debug);
  SOAK_CHECK (g_atomic_int_get (&self->may_fail), "an error: %s (%s)", error->message, debug);
  g_atomic_int_inc (&self->n_errors);
  g_mutex_lock (&self->sink.lock);
  g_cond_broadcast (&self->sink.changed);
  g_mutex_unlock (&self->sink.lock);
}

static void
take_progress (SoakPipeline *self, GstMessage *message)
{
  GstProgressType type;

  gst_message_parse_progress (message, &type, NULL, NULL);
  if (type == GST_PROGRESS_TYPE_START)
    g_atomic_int_inc (&self->n_loads_begun);
  else if (type != GST_PROGRESS_TYPE_CONTINUE)
    g_atomic_int_inc (&self->n_loads_ended);
}

static GstBusSyncReply
take_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  SoakPipeline *self = user_data;

  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_WARNING:
    take_warning (self, message);
    break;
  case GST_MESSAGE_ERROR:
    take_error (self, message);
    break;
  case GST_MESSAGE_PROGRESS:
    take_progress (self, message);
    break;
  case GST_MESSAGE_QOS:
    g_atomic_int_inc (&self->n_qos);
    break;
  case GST_MESSAGE_ELEMENT:
    if (gst_message_has_name (message, "s2stransform/raw"))
      g_atomic_int_inc (&self->n_translations);
    break;
  case GST_MESSAGE_LATENCY:
    g_atomic_int_set (&self->latency_changed, TRUE);
    break;
  default:
    break;
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

/* ---- The source ---- */

static gboolean
answer_position (SoakPipeline *self, GstQuery *query)
{
  GstFormat format;
  gint64 position;

  gst_query_parse_position (query, &format, NULL);
  if (!self->tells_position || format != GST_FORMAT_TIME)
    return FALSE;
  g_mutex_lock (&self->sink.lock);
  position = self->position;
  g_mutex_unlock (&self->sink.lock);
  gst_query_set_position (query, format, position);
  return TRUE;
}

static gboolean
handle_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  SoakPipeline *self = gst_pad_get_element_private (pad);

  switch (GST_QUERY_TYPE (query)) {
  case GST_QUERY_LATENCY:
    gst_query_set_latency (query, self->live, self->live ? self->latency : 0, GST_CLOCK_TIME_NONE);
    return TRUE;
  case GST_QUERY_POSITION:
    return answer_position (self, query);
  default:
    return gst_pad_query_default (pad, parent, query);
  }
}

static gboolean
handle_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  SoakPipeline *self = gst_pad_get_element_private (pad);
  GstSeekFlags flags;

  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK) {
    gst_event_parse_seek (event, NULL, NULL, &flags, NULL, NULL, NULL, NULL);
    self->seek (self->seek_data, (flags & GST_SEEK_FLAG_FLUSH) != 0);
  }
  gst_event_unref (event);
  return TRUE;
}

/* ---- The pipeline ---- */

static GstPadProbeReturn
count_arrival (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  SoakPipeline *self = user_data;

  watchdog_feed ();
  g_atomic_int_inc (&self->n_arrived);
  return GST_PAD_PROBE_OK;
}

static GstElement *
add (SoakPipeline *self, const char *factory)
{
  GstElement *element = gst_element_factory_make (factory, factory);

  SOAK_CHECK (element != NULL, "there is no %s", factory);
  gst_bin_add (GST_BIN (self->pipeline), element);
  return element;
}

static void
make_source (SoakPipeline *self)
{
  self->source = soak_end_new (GST_PAD_SRC, "soaksource");
  self->pad = soak_end_get_pad (self->source);
  gst_pad_set_element_private (self->pad, self);
  gst_pad_set_query_function (self->pad, handle_query);
  gst_pad_set_event_function (self->pad, handle_event);
  gst_bin_add (GST_BIN (self->pipeline), self->source);
}

static void
link (SoakPipeline *self, guint queue_size)
{
  GstElement *last = self->source;

  if (self->accumulate) {
    SOAK_CHECK (gst_element_link (last, self->accumulate), "s2saccumulate cannot be linked");
    last = self->accumulate;
  }
  if (queue_size > 0) {
    GstElement *queue = add (self, "queue");

    g_object_set (queue, "max-size-time", (guint64)0, "max-size-buffers", queue_size, NULL);
    SOAK_CHECK (gst_element_link (last, queue), "the queue cannot be linked");
    last = queue;
  }
  SOAK_CHECK (gst_element_link_many (last, self->transform, self->sink.element, NULL),
              "s2stransform cannot be linked");
}

void
soak_pipeline_init (SoakPipeline *self, gboolean accumulate, guint queue_size)
{
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstPad) sinkpad = NULL;

  memset (self, 0, sizeof *self);
  self->clock = soak_clock_new ();
  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  /* A load that is given up may say so when the pipeline is in NULL already. */
  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (self->pipeline), FALSE);
  gst_pipeline_use_clock (GST_PIPELINE (self->pipeline), GST_CLOCK (self->clock));
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, take_message, self, NULL);

  soak_sink_init (&self->sink);
  gst_bin_add (GST_BIN (self->pipeline), self->sink.element);
  make_source (self);
  if (accumulate)
    self->accumulate = add (self, "s2saccumulate");
  self->transform = add (self, "s2stransform");
  link (self, queue_size);
  sinkpad = gst_element_get_static_pad (self->transform, "sink");
  gst_pad_add_probe (sinkpad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST,
                     count_arrival, self, NULL);
}

/* Threads that load may still be about to say so. */
static void
wait_for_loads (SoakPipeline *self)
{
  watchdog_note ("waiting for the end of each load that was announced");
  while (g_atomic_int_get (&self->n_loads_ended) != g_atomic_int_get (&self->n_loads_begun))
    g_usleep (1000);
  watchdog_note ("waiting for the last who holds the pipeline");
  while (GST_OBJECT_REFCOUNT_VALUE (self->pipeline) > 1)
    g_usleep (1000);
}

void
soak_pipeline_clear (SoakPipeline *self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

  wait_for_loads (self);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (self->pipeline);
  gst_object_unref (self->clock);
  soak_sink_clear (&self->sink);
}

void
soak_pipeline_set_state (SoakPipeline *self, GstState state)
{
  GstStateChangeReturn result;

  watchdog_note (gst_element_state_get_name (state));
  result = gst_element_set_state (self->pipeline, state);
  SOAK_CHECK (result == GST_STATE_CHANGE_SUCCESS, "the change to %s gave %s",
              gst_element_state_get_name (state),
              gst_element_state_change_return_get_name (result));
}

GstClockTime
soak_pipeline_get_running_time (SoakPipeline *self)
{
  GstClockTime now = gst_element_get_current_running_time (self->pipeline);

  return GST_CLOCK_TIME_IS_VALID (now) ? now : 0;
}

void
soak_pipeline_advance_to (SoakPipeline *self, GstClockTime running_time)
{
  soak_clock_advance_to (self->clock, gst_element_get_base_time (self->pipeline) + running_time);
}

void
soak_pipeline_push_caps (SoakPipeline *self, const char *caps)
{
  g_autoptr (GstCaps) parsed = gst_caps_from_string (caps);

  gst_pad_push_event (self->pad, gst_event_new_caps (parsed));
}

gboolean
soak_pipeline_push_segment (SoakPipeline *self, const GstSegment *segment)
{
  GstEvent *event = gst_event_new_segment (segment);
  guint32 seqnum = gst_event_get_seqnum (event);

  watchdog_note ("waiting for a segment to come out");
  gst_pad_push_event (self->pad, event);
  g_mutex_lock (&self->sink.lock);
  while (self->sink.segment_seqnum != seqnum && g_atomic_int_get (&self->n_errors) == 0)
    g_cond_wait (&self->sink.changed, &self->sink.lock);
  g_mutex_unlock (&self->sink.lock);
  return g_atomic_int_get (&self->n_errors) == 0;
}

void
soak_pipeline_get_stats (SoakPipeline *self, SoakStats *ret_stats)
{
  g_autoptr (GstStructure) stats = NULL;

  g_object_get (self->transform, "stats", &stats, NULL);
  SOAK_CHECK (gst_structure_get (stats, "received", G_TYPE_UINT64, &ret_stats->received,
                                 "sentences", G_TYPE_UINT64, &ret_stats->sentences, "gaps",
                                 G_TYPE_UINT64, &ret_stats->gaps, "late", G_TYPE_UINT64,
                                 &ret_stats->late, "dropped", G_TYPE_UINT64, &ret_stats->dropped,
                                 "discarded", G_TYPE_UINT64, &ret_stats->discarded, "clipped",
                                 G_TYPE_UINT64, &ret_stats->clipped, NULL),
              "stats lack a field: %" GST_PTR_FORMAT, (gpointer)stats);
}
