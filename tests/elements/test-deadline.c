/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gsts2sdeadline.h"
#include "s2s-step-clock.h"

#define BASE_TIME 1000
#define DUE 200
#define MAX_LATENESS 50

typedef struct {
  GstS2sLatePolicy policy;
  GstClockTime now; /* running time */
  GstS2sVerdict verdict;
  GstClockTime lateness;
} Row;

static const Row rows[] = {
    {GST_S2S_LATE_POLICY_SHIFT, 0, GST_S2S_VERDICT_ON_TIME, 0},
    {GST_S2S_LATE_POLICY_SHIFT, DUE, GST_S2S_VERDICT_ON_TIME, 0},
    {GST_S2S_LATE_POLICY_SHIFT, DUE + 1, GST_S2S_VERDICT_HURRY, 1},
    {GST_S2S_LATE_POLICY_SHIFT, DUE + 50, GST_S2S_VERDICT_HURRY, 50},
    {GST_S2S_LATE_POLICY_SHIFT, DUE + 51, GST_S2S_VERDICT_GIVE_UP, 51},
    {GST_S2S_LATE_POLICY_DROP, DUE, GST_S2S_VERDICT_ON_TIME, 0},
    {GST_S2S_LATE_POLICY_DROP, DUE + 1, GST_S2S_VERDICT_GIVE_UP, 1},
    {GST_S2S_LATE_POLICY_PASSTHROUGH, DUE, GST_S2S_VERDICT_ON_TIME, 0},
    {GST_S2S_LATE_POLICY_PASSTHROUGH, DUE + 1, GST_S2S_VERDICT_GIVE_UP, 1},
    {GST_S2S_LATE_POLICY_KEEP, DUE, GST_S2S_VERDICT_ON_TIME, 0},
    {GST_S2S_LATE_POLICY_KEEP, DUE + 1, GST_S2S_VERDICT_HURRY, 1},
    {GST_S2S_LATE_POLICY_KEEP, DUE + 1000000, GST_S2S_VERDICT_HURRY, 1000000},
};

static GstElement *
make_element (StepClock *clock)
{
  GstElement *element = gst_object_ref_sink (gst_bin_new (NULL));

  gst_element_set_clock (element, GST_CLOCK (clock));
  gst_element_set_base_time (element, BASE_TIME);
  return element;
}

static void
test_policies (void)
{
  g_autoptr (StepClock) clock = step_clock_new ();
  GstElement *element = make_element (clock);
  GstS2sDeadline deadline = {0};

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    /* The clock of an element never goes back. */
    g_autoptr (StepClock) fresh = step_clock_new ();

    gst_element_set_clock (element, GST_CLOCK (fresh));
    step_clock_set (fresh, BASE_TIME + rows[i].now);
    gst_s2s_deadline_set (&deadline, element, DUE, rows[i].policy, MAX_LATENESS);
    g_assert_cmpint (gst_s2s_deadline_judge (&deadline), ==, rows[i].verdict);
    g_assert_cmpuint (gst_s2s_deadline_get_lateness (&deadline), ==, rows[i].lateness);
  }
  gst_s2s_deadline_clear (&deadline);
  gst_object_unref (element);
}

static void
check_none (const GstS2sDeadline *deadline)
{
  g_assert_cmpint (gst_s2s_deadline_judge (deadline), ==, GST_S2S_VERDICT_ON_TIME);
  g_assert_cmpuint (gst_s2s_deadline_get_lateness (deadline), ==, 0);
}

static void
test_none (void)
{
  g_autoptr (StepClock) clock = step_clock_new ();
  GstElement *element = make_element (clock);
  GstS2sDeadline deadline = {0};

  check_none (&deadline);
  step_clock_set (clock, 1000000);
  gst_s2s_deadline_set (&deadline, element, DUE, GST_S2S_LATE_POLICY_DROP, 0);
  g_assert_cmpint (gst_s2s_deadline_judge (&deadline), ==, GST_S2S_VERDICT_GIVE_UP);
  gst_s2s_deadline_set (&deadline, element, GST_CLOCK_TIME_NONE, GST_S2S_LATE_POLICY_DROP, 0);
  check_none (&deadline);
  gst_element_set_clock (element, NULL);
  gst_s2s_deadline_set (&deadline, element, DUE, GST_S2S_LATE_POLICY_DROP, 0);
  check_none (&deadline);
  gst_s2s_deadline_clear (&deadline);
  gst_s2s_deadline_clear (&deadline);
  gst_object_unref (element);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  g_test_add_func ("/deadline/policies", test_policies);
  g_test_add_func ("/deadline/none", test_none);
  return g_test_run ();
}
