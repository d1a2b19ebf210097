/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sstream.h"

#define WARNING_INTERVAL (30 * G_USEC_PER_SEC)

#include <string.h>

/**
 * gst_s2s_stream_mark_sparse:
 * @event: (transfer full): the start of a stream of text
 *
 * Returns: (transfer full): the same, with the flag that nobody should wait for data of it
 */
GstEvent *
gst_s2s_stream_mark_sparse (GstEvent *event)
{
  GstStreamFlags flags;

  event = gst_event_make_writable (event);
  gst_event_parse_stream_flags (event, &flags);
  gst_event_set_stream_flags (event, flags | GST_STREAM_FLAG_SPARSE);
  return event;
}

/**
 * gst_s2s_stream_query_latency:
 * @sinkpad: whose peer is asked, without a lock
 * @query: a LATENCY query to be answered
 * @own: what the element adds if upstream is live
 * @ret_live: (out): whether upstream is live
 * @ret_upstream: (out): the least latency of upstream
 *
 * Returns: whether upstream has answered
 */
gboolean
gst_s2s_stream_query_latency (GstPad *sinkpad, GstQuery *query, GstClockTime own,
                              gboolean *ret_live, GstClockTime *ret_upstream)
{
  GstClockTime max;

  if (!gst_pad_peer_query (sinkpad, query))
    return FALSE;
  gst_query_parse_latency (query, ret_live, ret_upstream, &max);
  if (*ret_live)
    gst_query_set_latency (query, TRUE, *ret_upstream + own,
                           GST_CLOCK_TIME_IS_VALID (max) ? max + own : max);
  return TRUE;
}

/**
 * gst_s2s_stream_carry_position:
 * @from: a segment in time
 * @position: in @from
 * @to: the segment in time that comes after it
 *
 * Where one segment follows another, running time goes on, and so does what is shown.
 *
 * Returns: the position in @to that has the running time of @position, even beyond the end of @to,
 *   or the start of @to if that is later, or if one of the two goes backwards
 */
GstClockTime
gst_s2s_stream_carry_position (const GstSegment *from, GstClockTime position, const GstSegment *to)
{
  guint64 running;
  guint64 carried;

  /* Running time is not clipped: text may last longer than its segment. */
  if (from->rate < 0 || to->rate < 0 ||
      gst_segment_to_running_time_full (from, GST_FORMAT_TIME, position, &running) <= 0 ||
      gst_segment_position_from_running_time_full (to, GST_FORMAT_TIME, running, &carried) <= 0)
    return to->start;
  return MAX (carried, to->start);
}

/**
 * gst_s2s_stream_new_buffer:
 * @text: valid UTF-8
 *
 * Returns: (transfer full): a buffer of @text without times. A zero byte is in its memory after the
 *   text, for who reads up to one, but not in its size.
 */
GstBuffer *
gst_s2s_stream_new_buffer (const char *text)
{
  char *content = g_strdup (text);
  gsize size = strlen (content);

  return gst_buffer_new_wrapped_full (0, content, size + 1, 0, size, content, g_free);
}

/**
 * gst_s2s_stream_may_warn:
 * @last: (inout): when there was a warning of that kind, of the monotonic clock; 0 for never
 *
 * What is wrong with one text is often wrong with all, and the bus may not be read.
 *
 * Returns: whether the last warning is half a minute ago; then it is now
 */
gboolean
gst_s2s_stream_may_warn (gint64 *last)
{
  gint64 now = g_get_monotonic_time ();

  if (*last != 0 && now - *last < WARNING_INTERVAL)
    return FALSE;
  *last = now;
  return TRUE;
}
