/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-s2saccumulate
 * @title: s2saccumulate
 * @short_description: joins words and pieces of cues to sentences
 *
 * Takes words of a recogniser, cues that break sentences, or typed lines, and puts out one buffer
 * for each sentence, which is what a translator wants. A sentence starts with its first part and
 * lasts until its last one ends. The parts, with their times, are in the field `words` of the
 * buffer's meta `TextAccumulateSentenceMeta`. Markup is removed from what comes in, for a tag could
 * span several sentences.
 *
 * Sentences end with marks; text without marks ends in pauses, and when it gets long. In a live
 * pipeline text is let out in time for #GstS2sAccumulate:latency, and a GAP every 100 ms says that
 * there is none, so that muxers and overlays go on while nobody speaks.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 -q filesrc location=hello.srt ! subparse ! s2saccumulate ! s2stransform \
 *   ! webvttenc ! fdsink
 * ]|
 * Translates whole sentences, even where they are spread over several subtitles.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 -q fdsrc ! s2saccumulate ! webvttenc ! fdsink < examples/lines.txt
 * ]|
 * Makes subtitles of typed lines, each sentence shown for as long as it takes to read it.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 -q filesrc location=hello.srt ! subparse ! s2saccumulate window=10000 \
 *   ! fakesink
 * ]|
 * Puts the sentences of ten seconds into one buffer, as a summary wants them.
 */

#include "gsts2saccumulate.h"

#include "gsts2semitter.h"
#include "gsts2sinbox.h"
#include "gsts2sstream.h"

GST_DEBUG_CATEGORY_STATIC (gst_s2s_accumulate_debug);
#define GST_CAT_DEFAULT gst_s2s_accumulate_debug

#define CAPS_UTF8 "text/x-raw, format = (string) utf8"
#define CAPS_ANY "text/x-raw, format = (string) { utf8, pango-markup }; text/plain"

#define BEAT_INTERVAL (100 * GST_MSECOND)
/* How long before its deadline text is let out, at most; it takes time to arrive. */
#define MARGIN (100 * GST_MSECOND)

struct _GstS2sAccumulate {
  GstElement parent;

  GstPad *sinkpad;
  GstPad *srcpad;

  GstS2sReader reader; /* of the stream lock of the sink pad */

  /* Of the task, and of others while it does not run. */
  GstS2sEmitter emitter;
  GstClockTime next_beat; /* running time */

  GstS2sInbox inbox;
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS_ANY));

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS_UTF8));

G_DEFINE_TYPE (GstS2sAccumulate, gst_s2s_accumulate, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (
    s2saccumulate, "s2saccumulate", GST_RANK_NONE, GST_TYPE_S2S_ACCUMULATE,
    GST_DEBUG_CATEGORY_INIT (gst_s2s_accumulate_debug, "s2saccumulate", 0, "text accumulator"))

/* The running time, or none if it stands still. */
static GstClockTime
get_now (GstS2sAccumulate *self)
{
  gboolean playing;

  g_mutex_lock (&self->inbox.lock);
  playing = self->inbox.playing;
  g_mutex_unlock (&self->inbox.lock);
  return playing ? gst_element_get_current_running_time (GST_ELEMENT (self)) : GST_CLOCK_TIME_NONE;
}

static gboolean
is_live (GstS2sAccumulate *self)
{
  gboolean live;

  g_mutex_lock (&self->inbox.lock);
  live = self->inbox.live;
  g_mutex_unlock (&self->inbox.lock);
  return live;
}

/* ---- Latency ---- */

/* Asks upstream, and remembers what it says. */
static gboolean
answer_latency (GstS2sAccumulate *self, GstQuery *query)
{
  GstClockTime upstream;
  GstClockTime own;
  gboolean live;

  g_mutex_lock (&self->inbox.lock);
  own = gst_s2s_accumulate_settings_get_latency (&self->inbox.settings);
  g_mutex_unlock (&self->inbox.lock);
  if (!gst_s2s_stream_query_latency (self->sinkpad, query, own, &live, &upstream))
    return FALSE;
  gst_s2s_inbox_set_upstream (&self->inbox, live, upstream);
  return TRUE;
}

static void
refresh_latency (GstS2sAccumulate *self)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();

  answer_latency (self, query);
}

static gboolean
handle_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    return answer_latency (GST_S2S_ACCUMULATE (parent), query);
  return gst_pad_query_default (pad, parent, query);
}

/* A serialized query would overtake the text that is held. Nobody needs to ask one: the memory is
 * ours, and the end of the stream drains. */
static gboolean
handle_sink_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_IS_SERIALIZED (query))
    return FALSE;
  return gst_pad_query_default (pad, parent, query);
}

/* ---- The task ---- */

/* Under the lock. The running time by which text that is held has to go out, or none. */
static GstClockTime
get_deadline (GstS2sAccumulate *self)
{
  GstClockTime start = gst_s2s_emitter_get_held_start (&self->emitter);
  GstClockTime own = gst_s2s_accumulate_settings_get_latency (&self->inbox.settings);

  if (!GST_CLOCK_TIME_IS_VALID (start) || self->inbox.settings.latency < 0)
    return GST_CLOCK_TIME_NONE;
  return start + self->inbox.upstream_latency + own - MIN (MARGIN, own / 10);
}

static void
beat (GstS2sAccumulate *self, GstClockTime now, GstClockTime behind)
{
  self->next_beat = now + BEAT_INTERVAL;
  if (now > behind)
    gst_s2s_emitter_beat (&self->emitter, now - behind);
}

/* Under the lock, which it releases. There is nothing to take: waits, or does what is due. */
static GstFlowReturn
wait_or_act (GstS2sAccumulate *self)
{
  GstS2sInbox *inbox = &self->inbox;
  gboolean timed = inbox->live && inbox->playing;
  GstClockTime now =
      timed ? gst_element_get_current_running_time (GST_ELEMENT (self)) : GST_CLOCK_TIME_NONE;
  GstClockTime deadline = timed ? get_deadline (self) : GST_CLOCK_TIME_NONE;
  GstClockTime next_beat = GST_CLOCK_TIME_NONE;
  GstClockTime behind =
      inbox->upstream_latency + gst_s2s_accumulate_settings_get_latency (&inbox->settings);

  /* Running time starts later if the base time is still to come. */
  if (timed && gst_s2s_emitter_can_beat (&self->emitter))
    next_beat = MIN (self->next_beat, (GST_CLOCK_TIME_IS_VALID (now) ? now : 0) + BEAT_INTERVAL);
  if (!GST_CLOCK_TIME_IS_VALID (now) || now < MIN (deadline, next_beat)) {
    gst_s2s_inbox_wait_locked (inbox, GST_ELEMENT (self), MIN (deadline, next_beat));
    g_mutex_unlock (&inbox->lock);
    return GST_FLOW_OK;
  }
  g_mutex_unlock (&inbox->lock);
  if (now >= deadline)
    return gst_s2s_emitter_cut (&self->emitter);
  beat (self, now, behind);
  return GST_FLOW_OK;
}

static gboolean
is_failure (GstFlowReturn flow)
{
  return flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS;
}

/* Upstream that has sent its last buffer cannot say what went wrong. */
static void
report_failure (GstS2sAccumulate *self, GstFlowReturn flow)
{
  GST_ELEMENT_FLOW_ERROR (self, flow);
  gst_pad_push_event (self->srcpad, gst_event_new_eos ());
}

static void
fail (GstS2sAccumulate *self, GstFlowReturn flow)
{
  gboolean ended;

  GST_DEBUG_OBJECT (self, "pausing: %s", gst_flow_get_name (flow));
  ended = gst_s2s_inbox_fail (&self->inbox, flow);
  gst_s2s_emitter_drop (&self->emitter);
  if (ended && is_failure (flow))
    report_failure (self, flow);
}

static void
loop (gpointer data)
{
  GstS2sAccumulate *self = data;
  GstFlowReturn flow;
  GstS2sItem *item;

  g_mutex_lock (&self->inbox.lock);
  flow = self->inbox.flow;
  if (flow != GST_FLOW_OK) {
    /* Under the lock, or it would stop what somebody starts who just made the flow OK. */
    gst_pad_pause_task (self->srcpad);
    g_mutex_unlock (&self->inbox.lock);
    return;
  }
  gst_s2s_emitter_set_settings (&self->emitter, &self->inbox.settings);
  item = gst_s2s_inbox_pop_locked (&self->inbox);
  if (item) {
    g_mutex_unlock (&self->inbox.lock);
    flow = gst_s2s_emitter_handle (&self->emitter, item);
  } else {
    flow = wait_or_act (self);
  }
  if (flow != GST_FLOW_OK)
    fail (self, flow);
}

/* The pad may be deactivated meanwhile, by who has stopped the task that was there before. */
static void
start_task (GstS2sAccumulate *self)
{
  gst_pad_start_task (self->srcpad, loop, self, NULL);
  if (gst_pad_is_active (self->srcpad))
    return;
  gst_s2s_inbox_set_flow (&self->inbox, GST_FLOW_FLUSHING);
  gst_pad_stop_task (self->srcpad);
}

static gboolean
activate_src (GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
  GstS2sAccumulate *self = GST_S2S_ACCUMULATE (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  gst_s2s_inbox_set_flow (&self->inbox, active ? GST_FLOW_OK : GST_FLOW_FLUSHING);
  return active ? gst_pad_start_task (pad, loop, self, NULL) : gst_pad_stop_task (pad);
}

/* Of a new stream or a new peer: what stopped the task is over. */
static void
resume (GstS2sAccumulate *self)
{
  if (gst_s2s_inbox_resume (&self->inbox))
    start_task (self);
}

/* ---- What comes in ---- */

static GstFlowReturn
chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstS2sAccumulate *self = GST_S2S_ACCUMULATE (parent);
  GQueue items = G_QUEUE_INIT;

  gst_s2s_reader_read (&self->reader, buffer, get_now (self), is_live (self), &items);
  gst_buffer_unref (buffer);
  return gst_s2s_inbox_push (&self->inbox, &items, TRUE);
}

/* In order with the text. */
static gboolean
enqueue_event (GstS2sAccumulate *self, GstEvent *event)
{
  GQueue items = G_QUEUE_INIT;
  gboolean is_eos = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
  gboolean is_sticky = GST_EVENT_IS_STICKY (event);
  GstFlowReturn flow;

  if (is_eos || GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT_DONE)
    gst_s2s_reader_finish (&self->reader, get_now (self), is_live (self), &items);
  g_queue_push_tail (&items, gst_s2s_item_new_event (event));
  flow = gst_s2s_inbox_push (&self->inbox, &items, FALSE);
  if (is_eos && is_failure (flow))
    GST_ELEMENT_FLOW_ERROR (self, flow);
  /* What is wrong with a sticky event shows with the next buffer; after EOS there is none. */
  return flow == GST_FLOW_OK || (is_sticky && !is_eos);
}

/* What was typed before is over. */
static void
finish_lines (GstS2sAccumulate *self)
{
  GQueue items = G_QUEUE_INIT;

  gst_s2s_reader_finish (&self->reader, get_now (self), is_live (self), &items);
  gst_s2s_inbox_push (&self->inbox, &items, FALSE);
}

static gboolean
handle_segment (GstS2sAccumulate *self, GstEvent *event)
{
  const GstSegment *segment;
  GstFormat format;

  gst_event_parse_segment (event, &segment);
  format = segment->format;
  finish_lines (self);
  event = gst_s2s_reader_set_segment (&self->reader, event);
  if (!event) {
    GST_ELEMENT_ERROR (
        self, STREAM, FORMAT,
        ("Got a segment in %s, expected one in time or in bytes.", gst_format_get_name (format)),
        (NULL));
    return FALSE;
  }
  refresh_latency (self);
  resume (self);
  return enqueue_event (self, event);
}

static gboolean
handle_stream_start (GstS2sAccumulate *self, GstEvent *event)
{
  finish_lines (self);
  gst_s2s_reader_start_stream (&self->reader);
  resume (self);
  return enqueue_event (self, gst_s2s_stream_mark_sparse (event));
}

static gboolean
handle_caps (GstS2sAccumulate *self, GstEvent *event)
{
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  gst_s2s_reader_set_caps (&self->reader, caps);
  gst_event_unref (event);
  return TRUE;
}

/* Whoever waits is back then, and the task does nothing. */
static void
stop_streaming (GstS2sAccumulate *self)
{
  gst_s2s_inbox_set_flow (&self->inbox, GST_FLOW_FLUSHING);
  gst_pad_pause_task (self->srcpad);
}

static gboolean
handle_flush_start (GstS2sAccumulate *self, GstEvent *event)
{
  gboolean pushed = gst_pad_push_event (self->srcpad, event);

  stop_streaming (self);
  return pushed;
}

static gboolean
handle_flush_stop (GstS2sAccumulate *self, GstEvent *event)
{
  gboolean pushed;

  /* No FLUSH_START may have been there. */
  stop_streaming (self);
  pushed = gst_pad_push_event (self->srcpad, event);
  gst_s2s_reader_flush (&self->reader);
  gst_s2s_emitter_flush (&self->emitter);
  self->next_beat = 0;
  gst_s2s_inbox_reset (&self->inbox, self->srcpad);
  if (gst_pad_is_active (self->srcpad)) {
    gst_s2s_inbox_set_flow (&self->inbox, GST_FLOW_OK);
    start_task (self);
  }
  return pushed;
}

static gboolean
handle_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstS2sAccumulate *self = GST_S2S_ACCUMULATE (parent);

  GST_LOG_OBJECT (pad, "%" GST_PTR_FORMAT, event);
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_STREAM_START:
    return handle_stream_start (self, event);
  case GST_EVENT_CAPS:
    return handle_caps (self, event);
  case GST_EVENT_SEGMENT:
    return handle_segment (self, event);
  case GST_EVENT_FLUSH_START:
    return handle_flush_start (self, event);
  case GST_EVENT_FLUSH_STOP:
    return handle_flush_stop (self, event);
  default:
    if (GST_EVENT_IS_SERIALIZED (event))
      return enqueue_event (self, event);
    return gst_pad_event_default (pad, parent, event);
  }
}

static gboolean
handle_src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_RECONFIGURE)
    resume (GST_S2S_ACCUMULATE (parent));
  return gst_pad_event_default (pad, parent, event);
}

/* ---- Element ---- */

/* While nothing streams. */
static void
reset (GstS2sAccumulate *self)
{
  gst_s2s_reader_clear (&self->reader);
  gst_s2s_emitter_reset (&self->emitter);
  self->next_beat = 0;
  gst_s2s_inbox_reset (&self->inbox, NULL);
  gst_s2s_inbox_set_upstream (&self->inbox, FALSE, 0);
}

static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  GstS2sAccumulate *self = GST_S2S_ACCUMULATE (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    gst_s2s_inbox_set_playing (&self->inbox, FALSE);

  /* The pads are stopped there, the source pad first, which wakes all who wait. */
  result = GST_ELEMENT_CLASS (gst_s2s_accumulate_parent_class)->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    reset (self);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) {
    refresh_latency (self);
    gst_s2s_inbox_set_playing (&self->inbox, TRUE);
  }
  return result;
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  GstS2sAccumulate *self = GST_S2S_ACCUMULATE (object);
  GstClockTime before;
  GstClockTime after;
  gboolean known;

  g_mutex_lock (&self->inbox.lock);
  before = gst_s2s_accumulate_settings_get_latency (&self->inbox.settings);
  known = gst_s2s_accumulate_settings_set_property (&self->inbox.settings, id, value);
  after = gst_s2s_accumulate_settings_get_latency (&self->inbox.settings);
  gst_s2s_inbox_wake_locked (&self->inbox);
  g_mutex_unlock (&self->inbox.lock);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  if (before != after)
    gst_element_post_message (GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  GstS2sAccumulate *self = GST_S2S_ACCUMULATE (object);
  gboolean known;

  g_mutex_lock (&self->inbox.lock);
  known = gst_s2s_accumulate_settings_get_property (&self->inbox.settings, id, value);
  g_mutex_unlock (&self->inbox.lock);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
finalize (GObject *object)
{
  GstS2sAccumulate *self = GST_S2S_ACCUMULATE (object);

  reset (self);
  gst_s2s_emitter_clear (&self->emitter);
  gst_s2s_inbox_clear (&self->inbox);
  G_OBJECT_CLASS (gst_s2s_accumulate_parent_class)->finalize (object);
}

static void
gst_s2s_accumulate_init (GstS2sAccumulate *self)
{
  gst_s2s_inbox_init (&self->inbox);

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, chain);
  gst_pad_set_event_function (self->sinkpad, handle_sink_event);
  gst_pad_set_query_function (self->sinkpad, handle_sink_query);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);
  gst_s2s_reader_init (&self->reader, self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_activatemode_function (self->srcpad, activate_src);
  gst_pad_set_event_function (self->srcpad, handle_src_event);
  gst_pad_set_query_function (self->srcpad, handle_src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
  gst_s2s_emitter_init (&self->emitter, self->srcpad);
}

static void
gst_s2s_accumulate_class_init (GstS2sAccumulateClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  gst_s2s_accumulate_settings_install_properties (object_class);

  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Sentence accumulator", "Filter/Text",
                                         "Joins words and pieces of cues to sentences",
                                         "The s2s authors");
}
