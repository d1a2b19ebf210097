/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sdeadline.h"

/**
 * gst_s2s_deadline_set:
 * @self: a deadline, or zeroed
 * @element: whose clock counts; without a clock there is no deadline
 * @due: running time by which the text is due, or none
 * @policy: what becomes of late text
 * @max_lateness: ns, of %GST_S2S_LATE_POLICY_SHIFT
 */
void
gst_s2s_deadline_set (GstS2sDeadline *self, GstElement *element, GstClockTime due,
                      GstS2sLatePolicy policy, GstClockTime max_lateness)
{
  gst_s2s_deadline_clear (self);
  if (!GST_CLOCK_TIME_IS_VALID (due))
    return;
  self->clock = gst_element_get_clock (element);
  self->due = due + gst_element_get_base_time (element);
  switch (policy) {
  case GST_S2S_LATE_POLICY_SHIFT:
    self->give_up = self->due + max_lateness;
    break;
  case GST_S2S_LATE_POLICY_DROP:
  case GST_S2S_LATE_POLICY_PASSTHROUGH:
    self->give_up = self->due;
    break;
  case GST_S2S_LATE_POLICY_KEEP:
    self->give_up = GST_CLOCK_TIME_NONE;
    break;
  }
}

/**
 * gst_s2s_deadline_clear:
 * @self: a deadline, or zeroed
 */
void
gst_s2s_deadline_clear (GstS2sDeadline *self)
{
  gst_clear_object (&self->clock);
}

/**
 * gst_s2s_deadline_judge:
 * @self: a deadline, or zeroed
 *
 * Returns: what is to become of what is not finished now
 */
GstS2sVerdict
gst_s2s_deadline_judge (const GstS2sDeadline *self)
{
  GstClockTime now = self->clock ? gst_clock_get_time (self->clock) : 0;

  if (!self->clock || now <= self->due)
    return GST_S2S_VERDICT_ON_TIME;
  return now > self->give_up ? GST_S2S_VERDICT_GIVE_UP : GST_S2S_VERDICT_HURRY;
}

/**
 * gst_s2s_deadline_get_lateness:
 * @self: a deadline, or zeroed
 *
 * Returns: by how much it has passed, in ns
 */
GstClockTime
gst_s2s_deadline_get_lateness (const GstS2sDeadline *self)
{
  GstClockTime now = self->clock ? gst_clock_get_time (self->clock) : 0;

  return self->clock && now > self->due ? now - self->due : 0;
}
