/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an application is told. */

#include "gsts2sreport.h"

/**
 * gst_s2s_stats_add_latency:
 * @self: statistics
 * @latency: ns that a text took
 */
void
gst_s2s_stats_add_latency (GstS2sStats *self, guint64 latency)
{
  self->latency_last = latency;
  self->latency_total += latency;
  self->latency_max = MAX (self->latency_max, latency);
}

/**
 * gst_s2s_stats_to_structure:
 * @self: statistics
 *
 * Returns: (transfer full): them, for an application
 */
GstStructure *
gst_s2s_stats_to_structure (const GstS2sStats *self)
{
  guint64 mean = self->sentences > 0 ? self->latency_total / self->sentences : 0;

  return gst_structure_new ("application/x-s2stransform-stats", "received", G_TYPE_UINT64,
                            self->received, "sentences", G_TYPE_UINT64, self->sentences, "gaps",
                            G_TYPE_UINT64, self->gaps, "dropped", G_TYPE_UINT64, self->dropped,
                            "discarded", G_TYPE_UINT64, self->discarded, "clipped", G_TYPE_UINT64,
                            self->clipped, "late", G_TYPE_UINT64, self->late, "latency-last",
                            G_TYPE_UINT64, self->latency_last, "latency-mean", G_TYPE_UINT64, mean,
                            "latency-max", G_TYPE_UINT64, self->latency_max, NULL);
}

/**
 * gst_s2s_report_spoken:
 * @element: who posts
 * @spoken: a translation that is about to be pushed
 *
 * Posts the element message `s2stransform/raw`.
 */
void
gst_s2s_report_spoken (GstElement *element, const GstS2sSpoken *spoken)
{
  GstStructure *structure = gst_structure_new (
      "s2stransform/raw", "source", G_TYPE_STRING, spoken->source, "translation", G_TYPE_STRING,
      spoken->translation, "confidence", G_TYPE_DOUBLE, spoken->confidence, "start-time",
      G_TYPE_UINT64, spoken->start, "duration", G_TYPE_UINT64, spoken->duration, "arrival-time",
      G_TYPE_UINT64, spoken->arrival, "language-code", G_TYPE_STRING, spoken->language, "late",
      G_TYPE_BOOLEAN, spoken->late, NULL);

  gst_element_post_message (element, gst_message_new_element (GST_OBJECT (element), structure));
}

/**
 * gst_s2s_report_late:
 * @element: who posts
 * @timeline: that the text is on
 * @start: of the text, before it is shifted
 * @duration: of the text
 * @lateness: ns by which it is late
 * @stats: with the text
 *
 * Posts a QOS message for a text that is shifted or dropped.
 */
void
gst_s2s_report_late (GstElement *element, const GstS2sTimeline *timeline, GstClockTime start,
                     GstClockTime duration, GstClockTime lateness, const GstS2sStats *stats)
{
  GstMessage *message = gst_message_new_qos (
      GST_OBJECT (element), TRUE, gst_s2s_timeline_get_running_time (timeline, start),
      gst_segment_to_stream_time (&timeline->segment, GST_FORMAT_TIME, start), start, duration);

  gst_message_set_qos_values (message, lateness, 1.0, 1000000);
  gst_message_set_qos_stats (message, GST_FORMAT_BUFFERS, stats->sentences, stats->dropped);
  gst_element_post_message (element, message);
}
