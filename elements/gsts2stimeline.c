/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2stimeline.h"

#include "gsts2sstream.h"

/**
 * gst_s2s_timeline_init:
 * @self: a timeline, or not initialised
 *
 * Forgets the stream.
 */
void
gst_s2s_timeline_init (GstS2sTimeline *self)
{
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
  self->told = 0;
  self->text_end = 0;
}

/**
 * gst_s2s_timeline_set_segment:
 * @self: a timeline
 * @segment: in time
 *
 * What is behind stays behind if the running time goes on where it was.
 */
void
gst_s2s_timeline_set_segment (GstS2sTimeline *self, const GstSegment *segment)
{
  self->told = gst_s2s_stream_carry_position (&self->segment, self->told, segment);
  self->text_end = gst_s2s_stream_carry_position (&self->segment, self->text_end, segment);
  self->segment = *segment;
}

/**
 * gst_s2s_timeline_clip:
 * @self: a timeline
 * @start: (inout): of a text
 * @duration: (inout): of a text
 *
 * Cuts off what is outside of the segment.
 *
 * Returns: whether something is left
 */
gboolean
gst_s2s_timeline_clip (const GstS2sTimeline *self, GstClockTime *start, GstClockTime *duration)
{
  guint64 first;
  guint64 last;

  if (!gst_segment_clip (&self->segment, GST_FORMAT_TIME, *start, *start + *duration, &first,
                         &last))
    return FALSE;
  *start = first;
  *duration = last - first;
  return TRUE;
}

/* The position that is later by a span of running time. */
static GstClockTime
shift_position (const GstSegment *segment, GstClockTime position, GstClockTime shift)
{
  guint64 running = gst_segment_to_running_time (segment, GST_FORMAT_TIME, position);
  guint64 shifted = GST_CLOCK_TIME_NONE;

  if (GST_CLOCK_TIME_IS_VALID (running))
    shifted = gst_segment_position_from_running_time (segment, GST_FORMAT_TIME, running + shift);
  return GST_CLOCK_TIME_IS_VALID (shifted) ? shifted : position + shift;
}

/**
 * gst_s2s_timeline_place:
 * @self: a timeline
 * @shift: running time by which the text is to be shown later
 * @min_duration: how long a text that is moved is shown at least, if it is that long
 * @start: (inout): of the text
 * @duration: (inout): of the text
 *
 * Finds a place that is not over the text before. A text that is moved ends where it did, or once
 * @min_duration is over. It never gets longer, so that short texts that follow each other do not
 * move each other on and on. Backwards, text stays where it is.
 *
 * Returns: by how much the text was moved
 */
GstClockTime
gst_s2s_timeline_place (const GstS2sTimeline *self, GstClockTime shift, GstClockTime min_duration,
                        GstClockTime *start, GstClockTime *duration)
{
  GstClockTime first = *start;
  GstClockTime end = first + *duration;
  GstClockTime moved = first;

  if (self->segment.rate < 0)
    return 0;
  if (shift > 0)
    moved = shift_position (&self->segment, first, shift);
  moved = MAX (moved, self->text_end);
  if (moved == first)
    return 0;
  *start = moved;
  *duration = MAX (MIN (min_duration, *duration), end > moved ? end - moved : 0);
  return moved - first;
}

/**
 * gst_s2s_timeline_add_text:
 * @self: a timeline
 * @start: of a text that is shown
 * @duration: of it
 */
void
gst_s2s_timeline_add_text (GstS2sTimeline *self, GstClockTime start, GstClockTime duration)
{
  self->text_end = MAX (self->text_end, start + duration);
  self->told = MAX (self->told, self->text_end);
}

/**
 * gst_s2s_timeline_add_gap:
 * @self: a timeline
 * @start: (inout): of a stretch without text
 * @duration: (inout): of it, or none
 *
 * Cuts off what lies under the text before.
 *
 * Returns: whether something is left
 */
gboolean
gst_s2s_timeline_add_gap (GstS2sTimeline *self, GstClockTime *start, GstClockTime *duration)
{
  if (self->segment.rate > 0 && *start < self->text_end) {
    GstClockTime hidden = self->text_end - *start;

    if (!GST_CLOCK_TIME_IS_VALID (*duration) || *duration <= hidden)
      return FALSE;
    *start += hidden;
    *duration -= hidden;
  }
  if (GST_CLOCK_TIME_IS_VALID (*duration))
    self->told = MAX (self->told, *start + *duration);
  return TRUE;
}

/**
 * gst_s2s_timeline_get_running_time:
 * @self: a timeline
 * @position: in the segment
 *
 * Returns: the running time, or none
 */
GstClockTime
gst_s2s_timeline_get_running_time (const GstS2sTimeline *self, GstClockTime position)
{
  return gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, position);
}
