/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sTimeline:
 * @segment: of the stream
 * @told: until where in @segment downstream has been told what there is
 *
 * Where text has its place, so that none is shown over another. A zeroed struct is no timeline.
 */
typedef struct {
  GstSegment segment;
  GstClockTime told;
  /*< private >*/
  GstClockTime text_end; /* of the last text */
} GstS2sTimeline;

void gst_s2s_timeline_init (GstS2sTimeline *self);
void gst_s2s_timeline_set_segment (GstS2sTimeline *self, const GstSegment *segment);

gboolean gst_s2s_timeline_clip (const GstS2sTimeline *self, GstClockTime *start,
                                GstClockTime *duration);
GstClockTime gst_s2s_timeline_place (const GstS2sTimeline *self, GstClockTime shift,
                                     GstClockTime min_duration, GstClockTime *start,
                                     GstClockTime *duration);
void gst_s2s_timeline_add_text (GstS2sTimeline *self, GstClockTime start, GstClockTime duration);
gboolean gst_s2s_timeline_add_gap (GstS2sTimeline *self, GstClockTime *start,
                                   GstClockTime *duration);

GstClockTime gst_s2s_timeline_get_running_time (const GstS2sTimeline *self, GstClockTime position);

G_END_DECLS
