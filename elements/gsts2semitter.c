/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2semitter.h"

#include "gsts2sarrival.h"
#include "gsts2sstream.h"

#define FINAL_TRANSCRIPT "rstranscribe/final-transcript"
#define SPEAKER_CHANGE "rstranscribe/speaker-change"

/* An event that follows text. */
typedef struct {
  GstEvent *event;
  guint64 after; /* the number of that text */
} HeldEvent;

/**
 * gst_s2s_register_sentence_meta:
 *
 * Makes the meta known. Another plugin may have done so, and a second time is an error.
 */
void
gst_s2s_register_sentence_meta (void)
{
  static const char *const no_tags[] = {NULL};

  if (!gst_meta_get_info (GST_S2S_SENTENCE_META))
    gst_meta_register_custom (GST_S2S_SENTENCE_META, (const gchar **)no_tags, NULL, NULL, NULL);
}

/**
 * gst_s2s_emitter_init:
 * @self: not initialised
 * @pad: (transfer none): the source pad
 */
void
gst_s2s_emitter_init (GstS2sEmitter *self, GstPad *pad)
{
  *self = (GstS2sEmitter){.pad = pad, .joiner = gst_s2s_joiner_new ()};
  g_queue_init (&self->held);
  gst_s2s_emitter_reset (self);
}

static void
free_held (HeldEvent *held)
{
  gst_event_unref (held->event);
  g_free (held);
}

/**
 * gst_s2s_emitter_reset:
 * @self: an emitter
 *
 * Drops all that it holds and forgets the stream.
 */
void
gst_s2s_emitter_reset (GstS2sEmitter *self)
{
  gst_s2s_joiner_reset (self->joiner, 0);
  g_queue_clear_full (&self->held, (GDestroyNotify)free_held);
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
  self->running = FALSE;
  self->discont = TRUE;
  self->position = 0;
  self->text_end = 0;
}

/**
 * gst_s2s_emitter_drop:
 * @self: an emitter
 *
 * Drops all that it holds, but keeps sticky events on the pad, and the segment.
 */
void
gst_s2s_emitter_drop (GstS2sEmitter *self)
{
  for (GList *l = self->held.head; l; l = l->next) {
    HeldEvent *held = l->data;

    if (GST_EVENT_IS_STICKY (held->event))
      gst_pad_store_sticky_event (self->pad, held->event);
  }
  gst_s2s_joiner_reset (self->joiner, self->text_end);
  g_queue_clear_full (&self->held, (GDestroyNotify)free_held);
  self->discont = TRUE;
}

/**
 * gst_s2s_emitter_flush:
 * @self: an emitter
 *
 * Drops all that it holds and the segment, but keeps sticky events on the pad.
 */
void
gst_s2s_emitter_flush (GstS2sEmitter *self)
{
  gst_s2s_emitter_drop (self);
  gst_s2s_emitter_reset (self);
}

/**
 * gst_s2s_emitter_clear:
 * @self: an emitter
 */
void
gst_s2s_emitter_clear (GstS2sEmitter *self)
{
  gst_s2s_emitter_reset (self);
  g_clear_pointer (&self->joiner, gst_s2s_joiner_free);
}

/**
 * gst_s2s_emitter_set_settings:
 * @self: an emitter
 * @settings: for what is handled from now on
 */
void
gst_s2s_emitter_set_settings (GstS2sEmitter *self, const GstS2sAccumulateSettings *settings)
{
  const GstS2sJoinerOptions options = {
      .window = settings->window * GST_MSECOND,
      .window_sentences = settings->window_sentences,
      .min_duration = settings->min_duration * GST_MSECOND,
      .extend_duration = settings->extend_duration,
      .extended_gap = settings->extended_duration_gap * GST_MSECOND,
  };

  self->settings = *settings;
  gst_s2s_joiner_set_options (self->joiner, &options);
}

/* ---- Buffers ---- */

static GstBuffer *
buffer_new (const char *text, GstClockTime start, GstClockTime duration)
{
  GstBuffer *buffer = gst_s2s_stream_new_buffer (text);

  GST_BUFFER_PTS (buffer) = start;
  GST_BUFFER_DURATION (buffer) = duration;
  return buffer;
}

static void
attach_parts (GstBuffer *buffer, GPtrArray *parts)
{
  g_autoptr (GstBufferList) words = gst_buffer_list_new_sized (parts->len);
  GstCustomMeta *meta = gst_buffer_add_custom_meta (buffer, GST_S2S_SENTENCE_META);

  for (guint i = 0; i < parts->len; i++) {
    const GstS2sPart *part = g_ptr_array_index (parts, i);

    gst_buffer_list_add (words, buffer_new (part->text, part->start, part->duration));
  }
  gst_structure_set (gst_custom_meta_get_structure (meta), "words", GST_TYPE_BUFFER_LIST, words,
                     NULL);
}

/* Caps are ours to push: some sources send text without any. */
static void
ensure_caps (GstS2sEmitter *self)
{
  g_autoptr (GstCaps) caps = NULL;

  if (gst_pad_has_current_caps (self->pad))
    return;
  caps = gst_caps_new_simple ("text/x-raw", "format", G_TYPE_STRING, "utf8", NULL);
  gst_pad_push_event (self->pad, gst_event_new_caps (caps));
}

static GstFlowReturn
push_buffer (GstS2sEmitter *self, GstBuffer *buffer)
{
  GstClockTime end = GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer);
  GstFlowReturn flow;

  ensure_caps (self);
  if (self->discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  self->discont = FALSE;
  flow = gst_pad_push (self->pad, buffer);
  /* What failed is not shown. */
  if (flow == GST_FLOW_OK) {
    self->position = MAX (self->position, end);
    self->text_end = MAX (self->text_end, end);
  }
  return flow;
}

static GstFlowReturn
push_sentence (GstS2sEmitter *self, GstS2sSentence *sentence)
{
  GstBuffer *buffer = buffer_new (sentence->text, sentence->start, sentence->end - sentence->start);

  attach_parts (buffer, sentence->parts);
  return push_buffer (self, buffer);
}

/* ---- Events ---- */

/* Takes event, and gives the same at another time. */
static GstEvent *
move_gap (GstEvent *event, GstClockTime start, GstClockTime duration)
{
  GstEvent *moved = gst_event_new_gap (start, duration);
  GstGapFlags flags;

  gst_event_parse_gap_flags (event, &flags);
  gst_event_set_gap_flags (moved, flags);
  gst_event_set_seqnum (moved, gst_event_get_seqnum (event));
  gst_event_unref (event);
  return moved;
}

/* Nothing is pushed of a silence in which text is shown, or of which downstream knows. */
static void
push_gap (GstS2sEmitter *self, GstEvent *event)
{
  GstClockTime start;
  GstClockTime duration;
  GstClockTime end;

  gst_event_parse_gap (event, &start, &duration);
  end = GST_CLOCK_TIME_IS_VALID (duration) ? start + duration : GST_CLOCK_TIME_NONE;
  if (self->segment.rate > 0 && end <= self->position) {
    gst_event_unref (event);
    return;
  }
  if (self->segment.rate > 0 && start < self->position)
    event = move_gap (event, self->position,
                      GST_CLOCK_TIME_IS_VALID (end) ? end - self->position : end);
  if (GST_CLOCK_TIME_IS_VALID (end))
    self->position = MAX (self->position, end);
  gst_pad_push_event (self->pad, event);
}

static void
push_event (GstS2sEmitter *self, GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_GAP:
    push_gap (self, event);
    return;
  case GST_EVENT_STREAM_START:
  case GST_EVENT_SEGMENT_DONE:
  case GST_EVENT_EOS:
    /* Until there is a new segment. */
    self->running = FALSE;
    break;
  default:
    break;
  }
  gst_pad_push_event (self->pad, event);
}

/* Pushes the events before which no text is held any more. */
static void
push_held_events (GstS2sEmitter *self)
{
  guint64 start;
  guint64 id;
  gboolean holds = gst_s2s_joiner_peek (self->joiner, &start, &id);
  HeldEvent *held;

  while ((held = g_queue_peek_head (&self->held)) && (!holds || held->after < id)) {
    GstEvent *event = gst_event_ref (held->event);

    free_held (g_queue_pop_head (&self->held));
    push_event (self, event);
  }
}

/* Pushes all that is ready, in order. */
static GstFlowReturn
push_ready (GstS2sEmitter *self)
{
  GstFlowReturn flow = GST_FLOW_OK;

  push_held_events (self);
  while (flow == GST_FLOW_OK) {
    g_autoptr (GstS2sSentence) sentence = gst_s2s_joiner_pop (self->joiner);

    if (!sentence)
      break;
    flow = push_sentence (self, sentence);
    push_held_events (self);
  }
  return flow;
}

static GstFlowReturn
drain (GstS2sEmitter *self)
{
  gst_s2s_joiner_drain (self->joiner);
  return push_ready (self);
}

static GstEvent *
shift_gap (GstS2sEmitter *self, GstEvent *event)
{
  GstClockTime shift = self->segment.rate > 0 ? self->settings.lateness * GST_MSECOND : 0;
  GstClockTime start;
  GstClockTime duration;

  gst_event_parse_gap (event, &start, &duration);
  if (GST_CLOCK_TIME_IS_VALID (duration))
    gst_s2s_joiner_pause (self->joiner, start + shift + duration);
  return shift > 0 ? move_gap (event, start + shift, duration) : event;
}

static GstFlowReturn
handle_segment (GstS2sEmitter *self, GstEvent *event)
{
  const GstSegment *segment;

  ensure_caps (self);
  gst_event_parse_segment (event, &segment);
  self->position = gst_s2s_stream_carry_position (&self->segment, self->position, segment);
  self->text_end = gst_s2s_stream_carry_position (&self->segment, self->text_end, segment);
  gst_s2s_joiner_reset (self->joiner, self->text_end);
  self->segment = *segment;
  self->running = TRUE;
  gst_pad_push_event (self->pad, event);
  return GST_FLOW_OK;
}

/* Whether text before the event does not go on after it. */
static gboolean
ends_sentence (GstS2sEmitter *self, GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_STREAM_START:
  case GST_EVENT_SEGMENT:
  case GST_EVENT_SEGMENT_DONE:
  case GST_EVENT_EOS:
    return TRUE;
  case GST_EVENT_CUSTOM_DOWNSTREAM:
  case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:
    return (self->settings.drain_on_final_transcripts &&
            gst_event_has_name (event, FINAL_TRANSCRIPT)) ||
           (self->settings.drain_on_speaker_change && gst_event_has_name (event, SPEAKER_CHANGE));
  default:
    return FALSE;
  }
}

static GstFlowReturn
forward_event (GstS2sEmitter *self, GstEvent *event)
{
  HeldEvent *held;

  if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT)
    return handle_segment (self, event);
  if (GST_EVENT_TYPE (event) == GST_EVENT_GAP)
    event = shift_gap (self, event);
  held = g_new0 (HeldEvent, 1);
  held->event = event;
  held->after = self->last_id;
  g_queue_push_tail (&self->held, held);
  return push_ready (self);
}

/* The text before the event cannot go out. What begins a stream or a segment goes to whoever is
 * linked next, and is no matter of a peer for which the one before has ended. */
static GstFlowReturn
keep_event (GstS2sEmitter *self, GstEvent *event, GstFlowReturn flow)
{
  GstEventType type = GST_EVENT_TYPE (event);
  gboolean begins = type == GST_EVENT_STREAM_START || type == GST_EVENT_SEGMENT;

  if (begins && (flow == GST_FLOW_EOS || flow == GST_FLOW_NOT_LINKED)) {
    gst_s2s_emitter_drop (self);
    forward_event (self, event);
    return flow == GST_FLOW_EOS ? GST_FLOW_OK : flow;
  }
  /* After a flush or an error, a segment is over. */
  if (GST_EVENT_IS_STICKY (event) && type != GST_EVENT_SEGMENT && type != GST_EVENT_EOS)
    gst_pad_store_sticky_event (self->pad, event);
  gst_event_unref (event);
  return flow;
}

static GstFlowReturn
handle_event (GstS2sEmitter *self, GstEvent *event)
{
  GstFlowReturn flow = ends_sentence (self, event) ? drain (self) : GST_FLOW_OK;

  return flow == GST_FLOW_OK ? forward_event (self, event) : keep_event (self, event, flow);
}

/* ---- Text ---- */

/* What came without a time starts no earlier than what downstream was told to be empty. */
static void
move_after_position (GstS2sEmitter *self, GstS2sItem *item)
{
  GstClockTime shift;

  if (!item->guessed || item->start >= self->position)
    return;
  shift = self->position - item->start;
  item->start = self->position;
  item->duration = item->duration > shift + GST_SECOND ? item->duration - shift : GST_SECOND;
}

static GstFlowReturn
handle_text (GstS2sEmitter *self, GstS2sItem *item)
{
  if (self->segment.rate < 0)
    return push_buffer (self, buffer_new (item->text, item->start, item->duration));
  item->start += self->settings.lateness * GST_MSECOND;
  move_after_position (self, item);
  self->last_id = gst_s2s_joiner_add (self->joiner, item->text, item->start, item->duration);
  if (item->typed && self->settings.drain_on_lines)
    gst_s2s_joiner_drain (self->joiner);
  return push_ready (self);
}

/**
 * gst_s2s_emitter_handle:
 * @self: an emitter
 * @item: (transfer full): what comes next
 *
 * Returns: what downstream says of what was pushed
 */
GstFlowReturn
gst_s2s_emitter_handle (GstS2sEmitter *self, GstS2sItem *item)
{
  GstFlowReturn flow = GST_FLOW_OK;

  switch (item->kind) {
  case GST_S2S_ITEM_EVENT:
    flow = handle_event (self, g_steal_pointer (&item->event));
    break;
  case GST_S2S_ITEM_TEXT:
    flow = handle_text (self, item);
    break;
  case GST_S2S_ITEM_DRAIN:
    flow = drain (self);
    self->discont |= item->discont;
    break;
  }
  gst_s2s_item_free (item);
  return flow;
}

/* ---- Time ---- */

/**
 * gst_s2s_emitter_cut:
 * @self: an emitter
 *
 * Pushes what has been held for too long, up to its best break.
 *
 * Returns: what downstream says of it
 */
GstFlowReturn
gst_s2s_emitter_cut (GstS2sEmitter *self)
{
  gst_s2s_joiner_cut (self->joiner);
  return push_ready (self);
}

/**
 * gst_s2s_emitter_get_held_start:
 * @self: an emitter
 *
 * Returns: the running time at which the text that is held starts; 0 if that is before the segment,
 *   none if no text is held
 */
GstClockTime
gst_s2s_emitter_get_held_start (GstS2sEmitter *self)
{
  GstClockTime start;
  GstClockTime running;
  guint64 id;

  if (!gst_s2s_joiner_peek (self->joiner, &start, &id))
    return GST_CLOCK_TIME_NONE;
  running = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, start);
  return GST_CLOCK_TIME_IS_VALID (running) ? running : 0;
}

/**
 * gst_s2s_emitter_can_beat:
 * @self: an emitter
 *
 * Returns: whether there is a stream of which to say that it is silent
 */
gboolean
gst_s2s_emitter_can_beat (GstS2sEmitter *self)
{
  return self->running && self->segment.rate > 0;
}

/**
 * gst_s2s_emitter_beat:
 * @self: an emitter that can beat
 * @until: a running time
 *
 * Says that there is nothing up to @until, or up to the text that is held.
 */
void
gst_s2s_emitter_beat (GstS2sEmitter *self, GstClockTime until)
{
  GstClockTime end =
      gst_segment_position_from_running_time (&self->segment, GST_FORMAT_TIME, until);
  GstClockTime start;
  guint64 id;

  if (!GST_CLOCK_TIME_IS_VALID (end))
    return;
  if (gst_s2s_joiner_peek (self->joiner, &start, &id))
    end = MIN (end, start);
  if (end > self->position)
    push_event (self, gst_event_new_gap (self->position, end - self->position));
}
