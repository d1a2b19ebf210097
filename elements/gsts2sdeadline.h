/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2senums.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sVerdict:
 * @GST_S2S_VERDICT_ON_TIME: there is time left, or no deadline
 * @GST_S2S_VERDICT_HURRY: it is late, and to be finished fast
 * @GST_S2S_VERDICT_GIVE_UP: it is so late that it is not to be finished
 *
 * What the clock says of a translation that is under way.
 */
typedef enum {
  GST_S2S_VERDICT_ON_TIME,
  GST_S2S_VERDICT_HURRY,
  GST_S2S_VERDICT_GIVE_UP,
} GstS2sVerdict;

/**
 * GstS2sDeadline:
 *
 * By when a text has to be translated. A zeroed struct is no deadline. One thread at a time.
 */
typedef struct {
  /*< private >*/
  GstClock *clock;      /* NULL without a deadline */
  GstClockTime due;     /* of the clock */
  GstClockTime give_up; /* of the clock, or none */
} GstS2sDeadline;

void gst_s2s_deadline_set (GstS2sDeadline *self, GstElement *element, GstClockTime due,
                           GstS2sLatePolicy policy, GstClockTime max_lateness);
void gst_s2s_deadline_clear (GstS2sDeadline *self);

GstS2sVerdict gst_s2s_deadline_judge (const GstS2sDeadline *self);
GstClockTime gst_s2s_deadline_get_lateness (const GstS2sDeadline *self);

G_END_DECLS
