/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sreader.h"

#include "gsts2sarrival.h"
#include "gsts2schar.h"
#include "gsts2smarkup.h"
#include "gsts2sstream.h"

/**
 * gst_s2s_item_new_event:
 * @event: (transfer full): a serialized event
 *
 * Returns: (transfer full): an item
 */
GstS2sItem *
gst_s2s_item_new_event (GstEvent *event)
{
  GstS2sItem *item = g_new0 (GstS2sItem, 1);

  item->kind = GST_S2S_ITEM_EVENT;
  item->event = event;
  return item;
}

static GstS2sItem *
item_new_drain (gboolean discont)
{
  GstS2sItem *item = g_new0 (GstS2sItem, 1);

  item->kind = GST_S2S_ITEM_DRAIN;
  item->discont = discont;
  return item;
}

/**
 * gst_s2s_item_free:
 * @item: (transfer full): an item
 */
void
gst_s2s_item_free (GstS2sItem *item)
{
  g_clear_pointer (&item->event, gst_event_unref);
  g_free (item->text);
  g_free (item);
}

/**
 * gst_s2s_reader_init:
 * @self: not initialised
 * @pad: (transfer none): the sink pad
 */
void
gst_s2s_reader_init (GstS2sReader *self, GstPad *pad)
{
  *self = (GstS2sReader){.pad = pad};
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
}

/**
 * gst_s2s_reader_clear:
 * @self: a reader
 *
 * Forgets the stream.
 */
void
gst_s2s_reader_clear (GstS2sReader *self)
{
  GstPad *pad = self->pad;
  GstS2sArrival arrival = self->arrival;

  gst_s2s_lines_clear (&self->lines);
  gst_s2s_reader_init (self, pad);
  self->arrival = arrival;
}

/**
 * gst_s2s_reader_flush:
 * @self: a reader
 *
 * Forgets all but the caps, which stay on the pad and may not be sent again.
 */
void
gst_s2s_reader_flush (GstS2sReader *self)
{
  gboolean markup = self->markup;

  gst_s2s_reader_clear (self);
  self->markup = markup;
}

/**
 * gst_s2s_reader_start_stream:
 * @self: a reader that has finished the last line
 *
 * Its text begins anew, but running time goes on, and the caps stay, too.
 */
void
gst_s2s_reader_start_stream (GstS2sReader *self)
{
  gst_s2s_lines_clear (&self->lines);
}

/**
 * gst_s2s_reader_set_caps:
 * @self: a reader
 * @caps: that the sink pad takes
 */
void
gst_s2s_reader_set_caps (GstS2sReader *self, const GstCaps *caps)
{
  const char *format = gst_structure_get_string (gst_caps_get_structure (caps, 0), "format");

  self->markup = !g_strcmp0 (format, "pango-markup");
}

/**
 * gst_s2s_reader_set_segment:
 * @self: a reader
 * @event: (transfer full): a segment
 *
 * Returns: (transfer full) (nullable): the segment of what is read, which is in time, or %NULL if
 *   @event is neither in time nor in bytes
 */
GstEvent *
gst_s2s_reader_set_segment (GstS2sReader *self, GstEvent *event)
{
  guint32 seqnum = gst_event_get_seqnum (event);
  GstSegment segment;

  gst_event_copy_segment (event, &segment);
  self->bytes = segment.format == GST_FORMAT_BYTES;
  if (self->bytes) {
    gst_event_unref (event);
    gst_segment_init (&segment, GST_FORMAT_TIME);
    event = gst_event_new_segment (&segment);
    gst_event_set_seqnum (event, seqnum);
  }
  if (segment.format != GST_FORMAT_TIME) {
    gst_event_unref (event);
    return NULL;
  }
  self->last_end = gst_s2s_stream_carry_position (&self->segment, self->last_end, &segment);
  self->segment = segment;
  return event;
}

static void
add_text (GstS2sReader *self, char *text, GstClockTime start, GstClockTime duration,
          gboolean guessed, GQueue *items)
{
  GstS2sItem *item = g_new0 (GstS2sItem, 1);

  item->kind = GST_S2S_ITEM_TEXT;
  item->text = text;
  item->start = start;
  item->duration = duration;
  item->guessed = guessed;
  item->typed = self->bytes;
  self->last_end = start + duration;
  g_queue_push_tail (items, item);
}

static gboolean
is_empty (const char *text)
{
  return *gst_s2s_char_skip_blanks (text) == '\0';
}

static GstClockTime
running_to_position (GstS2sReader *self, GstClockTime running)
{
  if (!GST_CLOCK_TIME_IS_VALID (running))
    return GST_CLOCK_TIME_NONE;
  return gst_segment_position_from_running_time (&self->segment, GST_FORMAT_TIME, running);
}

/* ---- Buffers in time ---- */

static void
add_gap (GstBuffer *buffer, GQueue *items)
{
  if (GST_BUFFER_PTS_IS_VALID (buffer))
    g_queue_push_tail (items, gst_s2s_item_new_event (gst_event_new_gap (
                                  GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer))));
}

static void
add_cue (GstS2sReader *self, GstBuffer *buffer, char *text, GstClockTime now, GQueue *items)
{
  GstClockTime start = GST_BUFFER_PTS (buffer);
  GstClockTime duration = GST_BUFFER_DURATION (buffer);
  gboolean guessed = gst_s2s_arrival_find_times (self->pad, &self->segment, self->last_end, text,
                                                 now, &start, &duration);

  add_text (self, text, start, duration, guessed, items);
}

static void
read_cue (GstS2sReader *self, GstElement *element, GstBuffer *buffer, GstClockTime now,
          GQueue *items)
{
  g_autofree char *text = gst_s2s_arrival_read_buffer (&self->arrival, element, buffer);

  if (!text)
    return;
  if (self->markup) {
    char *plain = gst_s2s_markup_to_text (text);

    g_free (text);
    text = plain;
  }
  if (is_empty (text))
    add_gap (buffer, items);
  else
    add_cue (self, buffer, g_steal_pointer (&text), now, items);
}

/* ---- Lines ---- */

/* A line starts when it came, or, from a file, once the one before was read. */
static void
add_typed_line (GstS2sReader *self, GBytes *line, GstClockTime pts, GstClockTime now, GQueue *items)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (line, &size);
  g_autoptr (GstElement) element = gst_pad_get_parent_element (self->pad);
  g_autofree char *text = gst_s2s_arrival_read_bytes (&self->arrival, element, bytes, size);
  GstClockTime start = GST_CLOCK_TIME_IS_VALID (pts) ? pts : running_to_position (self, now);

  if (is_empty (text)) {
    g_queue_push_tail (items, item_new_drain (FALSE));
    return;
  }
  if (!GST_CLOCK_TIME_IS_VALID (start))
    start = self->last_end;
  add_text (self, text, start, gst_s2s_arrival_get_reading_time (text),
            !GST_CLOCK_TIME_IS_VALID (pts), items);
  text = NULL;
}

static void
read_lines (GstS2sReader *self, GstElement *element, GstBuffer *buffer, GstClockTime now,
            GQueue *items)
{
  GstMapInfo map;

  if (!gst_s2s_arrival_map_buffer (&self->arrival, element, buffer, &map))
    return;
  gst_s2s_lines_push (&self->lines, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  for (;;) {
    g_autoptr (GBytes) line = gst_s2s_lines_pop (&self->lines);

    if (!line)
      return;
    add_typed_line (self, line, GST_BUFFER_PTS (buffer), now, items);
  }
}

/**
 * gst_s2s_reader_finish:
 * @self: a reader
 * @now: the running time, or none
 * @live: whether upstream is live
 * @items: (element-type GstS2sItem): where what was read goes
 *
 * Reads the last line, which no line break ends.
 */
void
gst_s2s_reader_finish (GstS2sReader *self, GstClockTime now, gboolean live, GQueue *items)
{
  g_autoptr (GBytes) line = gst_s2s_lines_drain (&self->lines);

  if (line)
    add_typed_line (self, line, GST_CLOCK_TIME_NONE, live ? now : GST_CLOCK_TIME_NONE, items);
}

/**
 * gst_s2s_reader_read:
 * @self: a reader
 * @buffer: what came in
 * @now: the running time, or none
 * @live: whether upstream is live
 * @items: (element-type GstS2sItem): where what was read goes
 */
void
gst_s2s_reader_read (GstS2sReader *self, GstBuffer *buffer, GstClockTime now, gboolean live,
                     GQueue *items)
{
  g_autoptr (GstElement) element = gst_pad_get_parent_element (self->pad);

  if (GST_BUFFER_IS_DISCONT (buffer)) {
    gst_s2s_reader_finish (self, now, live, items);
    g_queue_push_tail (items, item_new_drain (TRUE));
  }
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP))
    add_gap (buffer, items);
  else if (self->bytes)
    read_lines (self, element, buffer, live ? now : GST_CLOCK_TIME_NONE, items);
  else
    read_cue (self, element, buffer, now, items);
}
