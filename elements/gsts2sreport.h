/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2stimeline.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sStats:
 * @received: texts that came in
 * @sentences: of them, those that went out as text
 * @gaps: of them, those in place of which a GAP went out: empty ones, and all while muted
 * @dropped: of them, those without a translation that is in time and good enough
 * @discarded: of them, those that a flush, a change of state or downstream ended
 * @clipped: of them, those outside of the segment
 * @late: of the sentences and the dropped ones, those that were late
 * @latency_last: ns from when the last text came in to when it was pushed
 * @latency_total: the sum of these times
 * @latency_max: the longest
 *
 * What became of all that came in. Nothing else becomes of a text.
 */
typedef struct {
  guint64 received;
  guint64 sentences;
  guint64 gaps;
  guint64 dropped;
  guint64 discarded;
  guint64 clipped;
  guint64 late;
  guint64 latency_last;
  guint64 latency_total;
  guint64 latency_max;
} GstS2sStats;

void gst_s2s_stats_add_latency (GstS2sStats *self, guint64 latency);
GstStructure *gst_s2s_stats_to_structure (const GstS2sStats *self);

/**
 * GstS2sSpoken:
 * @source: what came in
 * @translation: what it became
 * @confidence: of @translation, 0 to 1
 * @start: running time
 * @duration: ns
 * @arrival: running time at which it came in, or none
 * @language: of @translation
 * @late: whether it was late
 *
 * What the message `s2stransform/raw` says.
 */
typedef struct {
  const char *source;
  const char *translation;
  double confidence;
  GstClockTime start;
  GstClockTime duration;
  GstClockTime arrival;
  const char *language;
  gboolean late;
} GstS2sSpoken;

void gst_s2s_report_spoken (GstElement *element, const GstS2sSpoken *spoken);
void gst_s2s_report_late (GstElement *element, const GstS2sTimeline *timeline, GstClockTime start,
                          GstClockTime duration, GstClockTime lateness, const GstS2sStats *stats);

G_END_DECLS
