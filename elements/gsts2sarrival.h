/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The parts of a sentence: a field `words` with a #GstBufferList of buffers with a PTS and a
 * duration. */
#define GST_S2S_SENTENCE_META "TextAccumulateSentenceMeta"

/**
 * GstS2sArrival:
 *
 * Reads what arrives at an element, and remembers of what it has warned. A zeroed struct has warned
 * of nothing. It belongs to the thread that streams.
 */
typedef struct {
  /*< private >*/
  gint64 warned_text;   /* of the monotonic clock */
  gint64 warned_memory; /* likewise */
} GstS2sArrival;

char *gst_s2s_arrival_read_bytes (GstS2sArrival *self, GstElement *element, const guint8 *bytes,
                                  gsize size);
gboolean gst_s2s_arrival_map_buffer (GstS2sArrival *self, GstElement *element, GstBuffer *buffer,
                                     GstMapInfo *map);
char *gst_s2s_arrival_read_buffer (GstS2sArrival *self, GstElement *element, GstBuffer *buffer);

GstClockTime gst_s2s_arrival_get_reading_time (const char *text);

gboolean gst_s2s_arrival_find_times (GstPad *pad, const GstSegment *segment, GstClockTime last_end,
                                     const char *text, GstClockTime now, GstClockTime *start,
                                     GstClockTime *duration);

G_END_DECLS
