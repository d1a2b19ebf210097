/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GstEvent *gst_s2s_stream_mark_sparse (GstEvent *event);
gboolean gst_s2s_stream_query_latency (GstPad *sinkpad, GstQuery *query, GstClockTime own,
                                       gboolean *ret_live, GstClockTime *ret_upstream);
GstClockTime gst_s2s_stream_carry_position (const GstSegment *from, GstClockTime position,
                                            const GstSegment *to);
GstBuffer *gst_s2s_stream_new_buffer (const char *text);
gboolean gst_s2s_stream_may_warn (gint64 *last);

G_END_DECLS
