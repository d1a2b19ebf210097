/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What arrives at a sink pad: what it says, and when. */

#include "gsts2sarrival.h"

#include "gsts2scue.h"
#include "gsts2sstream.h"

#define CHARACTERS_PER_SECOND 15

/**
 * gst_s2s_arrival_read_bytes:
 * @self: an arrival, or zeroed
 * @element: that they arrived at
 * @bytes: (array length=size): what is to be text
 * @size: bytes
 *
 * What is not UTF-8 is said in a WARNING, at most one in half a minute, and the rest is kept.
 *
 * Returns: (transfer full): valid UTF-8, as of gst_s2s_cue_read_bytes()
 */
char *
gst_s2s_arrival_read_bytes (GstS2sArrival *self, GstElement *element, const guint8 *bytes,
                            gsize size)
{
  gsize invalid;
  char *text = gst_s2s_cue_read_bytes (bytes, size, &invalid);

  if (invalid < size && gst_s2s_stream_may_warn (&self->warned_text))
    GST_ELEMENT_WARNING (element, STREAM, DECODE,
                         ("Text is not valid UTF-8: byte 0x%02x at offset %" G_GSIZE_FORMAT
                          " of %" G_GSIZE_FORMAT ". What is invalid becomes U+FFFD.",
                          bytes[invalid], invalid, size),
                         (NULL));
  return text;
}

/**
 * gst_s2s_arrival_map_buffer:
 * @self: an arrival, or zeroed
 * @element: that it arrived at
 * @buffer: what is to be read
 * @map: (out): its memory, to be unmapped
 *
 * Returns: whether the memory can be read; a WARNING says so if not
 */
gboolean
gst_s2s_arrival_map_buffer (GstS2sArrival *self, GstElement *element, GstBuffer *buffer,
                            GstMapInfo *map)
{
  if (gst_buffer_map (buffer, map, GST_MAP_READ))
    return TRUE;
  if (gst_s2s_stream_may_warn (&self->warned_memory))
    GST_ELEMENT_WARNING (element, RESOURCE, READ, ("The memory of a buffer cannot be read."),
                         (NULL));
  return FALSE;
}

/**
 * gst_s2s_arrival_read_buffer:
 * @self: an arrival, or zeroed
 * @element: that it arrived at
 * @buffer: what is to be text
 *
 * Returns: (transfer full) (nullable): its text, as of gst_s2s_arrival_read_bytes(), or %NULL with
 *   a WARNING if its memory cannot be read
 */
char *
gst_s2s_arrival_read_buffer (GstS2sArrival *self, GstElement *element, GstBuffer *buffer)
{
  GstMapInfo map;
  char *text;

  if (!gst_s2s_arrival_map_buffer (self, element, buffer, &map))
    return NULL;
  text = gst_s2s_arrival_read_bytes (self, element, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return text;
}

/**
 * gst_s2s_arrival_get_reading_time:
 * @text: valid UTF-8
 *
 * Returns: how long @text is shown if nobody says how long: a second for 15 characters, never less
 */
GstClockTime
gst_s2s_arrival_get_reading_time (const char *text)
{
  return MAX (GST_SECOND, g_utf8_strlen (text, -1) * GST_SECOND / CHARACTERS_PER_SECOND);
}

/* Until when the source has sent, which is when a recogniser sends what it heard. */
static GstClockTime
find_end (GstPad *pad, const GstSegment *segment, GstClockTime now)
{
  GstClockTime end = GST_CLOCK_TIME_NONE;
  gint64 position;

  if (gst_pad_peer_query_position (pad, GST_FORMAT_TIME, &position) && position >= 0)
    end = gst_segment_position_from_stream_time (segment, GST_FORMAT_TIME, position);
  if (!GST_CLOCK_TIME_IS_VALID (end) && GST_CLOCK_TIME_IS_VALID (now))
    end = gst_segment_position_from_running_time (segment, GST_FORMAT_TIME, now);
  return end;
}

/**
 * gst_s2s_arrival_find_times:
 * @pad: that it arrived at
 * @segment: of @pad
 * @last_end: where the text before ended, in @segment
 * @text: valid UTF-8
 * @now: the running time, or none
 * @start: (inout): the PTS, or none
 * @duration: (inout): the duration, or none
 *
 * Fills in the times that a text came without. A text without a duration, or one of nothing, lasts
 * as long as it takes to read it. One without a PTS ends at the position of upstream, else @now; it
 * starts at
 * @last_end, or later if it has a duration. Where neither end is known, texts follow each other.
 *
 * Returns: whether the start was guessed
 */
gboolean
gst_s2s_arrival_find_times (GstPad *pad, const GstSegment *segment, GstClockTime last_end,
                            const char *text, GstClockTime now, GstClockTime *start,
                            GstClockTime *duration)
{
  gboolean has_duration = GST_CLOCK_TIME_IS_VALID (*duration) && *duration > 0;
  GstClockTime end;

  if (!has_duration)
    *duration = gst_s2s_arrival_get_reading_time (text);
  if (GST_CLOCK_TIME_IS_VALID (*start))
    return FALSE;
  end = find_end (pad, segment, now);
  *start = last_end;
  if (GST_CLOCK_TIME_IS_VALID (end) && end > last_end) {
    if (has_duration && end > last_end + *duration)
      *start = end - *duration;
    *duration = end - *start;
  }
  return TRUE;
}
