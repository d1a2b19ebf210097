/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gsts2stimeline.h"

#define NONE GST_CLOCK_TIME_NONE

/* All times in ns, which are small numbers here. */

static GstSegment
make_segment (double rate, GstClockTime start, GstClockTime stop, GstClockTime base)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = rate;
  segment.start = segment.position = start;
  segment.stop = stop;
  segment.base = base;
  return segment;
}

static void
init (GstS2sTimeline *self, GstSegment segment)
{
  gst_s2s_timeline_init (self);
  gst_s2s_timeline_set_segment (self, &segment);
}

/* ---- Clipping ---- */

typedef struct {
  GstClockTime start;
  GstClockTime duration;
  gboolean left;
  GstClockTime clipped_start;
  GstClockTime clipped_duration;
} ClipRow;

/* Of the segment from 100 to 200 */
static const ClipRow clip_rows[] = {
    {100, 100, TRUE, 100, 100}, {120, 10, TRUE, 120, 10},  {90, 20, TRUE, 100, 10},
    {190, 20, TRUE, 190, 10},   {0, 1000, TRUE, 100, 100}, {120, 0, TRUE, 120, 0},
    {50, 50, FALSE, 50, 50},    {200, 50, FALSE, 200, 50}, {0, 0, FALSE, 0, 0},
    {300, 10, FALSE, 300, 10},
};

static void
test_clip (void)
{
  GstS2sTimeline timeline;

  init (&timeline, make_segment (1, 100, 200, 0));
  for (gsize i = 0; i < G_N_ELEMENTS (clip_rows); i++) {
    const ClipRow *row = &clip_rows[i];
    GstClockTime start = row->start;
    GstClockTime duration = row->duration;

    g_assert_cmpint (gst_s2s_timeline_clip (&timeline, &start, &duration), ==, row->left);
    g_assert_cmpuint (start, ==, row->clipped_start);
    g_assert_cmpuint (duration, ==, row->clipped_duration);
  }
}

/* ---- Placing ---- */

typedef struct {
  GstClockTime text_end; /* of the text before */
  GstClockTime shift;
  GstClockTime start;
  GstClockTime duration;
  GstClockTime placed_start;
  GstClockTime placed_duration;
} PlaceRow;

#define MIN_DURATION 10

static const PlaceRow place_rows[] = {
    {0, 0, 0, 50, 0, 50},        {100, 0, 100, 50, 100, 50}, {100, 0, 101, 5, 101, 5},
    {100, 0, 80, 50, 100, 30},   {100, 0, 80, 30, 100, 10},  {100, 0, 80, 29, 100, 10},
    {100, 0, 10, 20, 100, 10},   {100, 0, 95, 4, 100, 4},    {0, 7, 20, 50, 27, 43},
    {0, 45, 20, 50, 65, 10},     {0, 500, 20, 50, 520, 10},  {0, 5, 20, 3, 25, 3},
    {100, 7, 20, 500, 100, 420}, {25, 7, 20, 500, 27, 493},
};

static void
test_place (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (place_rows); i++) {
    const PlaceRow *row = &place_rows[i];
    GstClockTime start = row->start;
    GstClockTime duration = row->duration;
    GstS2sTimeline timeline;

    init (&timeline, make_segment (1, 0, NONE, 0));
    gst_s2s_timeline_add_text (&timeline, 0, row->text_end);
    g_assert_cmpuint (
        gst_s2s_timeline_place (&timeline, row->shift, MIN_DURATION, &start, &duration), ==,
        row->placed_start - row->start);
    g_assert_cmpuint (start, ==, row->placed_start);
    g_assert_cmpuint (duration, ==, row->placed_duration);
  }
}

/* A shift is of running time, which passes at half the speed of the stream here. */
static void
test_place_fast (void)
{
  GstS2sTimeline timeline;
  GstClockTime start = 50;
  GstClockTime duration = 100;

  init (&timeline, make_segment (2, 0, 1000, 0));
  g_assert_cmpuint (gst_s2s_timeline_place (&timeline, 5, MIN_DURATION, &start, &duration), ==, 10);
  g_assert_cmpuint (start, ==, 60);
  g_assert_cmpuint (duration, ==, 90);
}

static void
test_place_backwards (void)
{
  GstS2sTimeline timeline;
  GstClockTime start = 50;
  GstClockTime duration = 30;

  init (&timeline, make_segment (-1, 0, 1000, 0));
  gst_s2s_timeline_add_text (&timeline, 60, 100);
  g_assert_false (gst_s2s_timeline_place (&timeline, 5, MIN_DURATION, &start, &duration));
  g_assert_cmpuint (start, ==, 50);
  g_assert_cmpuint (duration, ==, 30);
}

/* ---- What has been told ---- */

static gboolean
add_gap (GstS2sTimeline *timeline, GstClockTime start, GstClockTime duration)
{
  return gst_s2s_timeline_add_gap (timeline, &start, &duration);
}

static void
test_told (void)
{
  GstS2sTimeline timeline;

  init (&timeline, make_segment (1, 100, NONE, 0));
  g_assert_cmpuint (timeline.told, ==, 100);
  add_gap (&timeline, 100, 50);
  g_assert_cmpuint (timeline.told, ==, 150);
  add_gap (&timeline, 300, NONE);
  add_gap (&timeline, 100, 20);
  g_assert_cmpuint (timeline.told, ==, 150);
  gst_s2s_timeline_add_text (&timeline, 150, 70);
  g_assert_cmpuint (timeline.told, ==, 220);
  gst_s2s_timeline_add_text (&timeline, 100, 10);
  g_assert_cmpuint (timeline.told, ==, 220);
}

/* What lies under text is no gap. */
static void
test_gap_under_text (void)
{
  GstS2sTimeline timeline;
  GstClockTime start = 50;
  GstClockTime duration = 100;

  init (&timeline, make_segment (1, 0, NONE, 0));
  gst_s2s_timeline_add_text (&timeline, 20, 80);
  g_assert_false (add_gap (&timeline, 0, 100));
  g_assert_false (add_gap (&timeline, 99, NONE));
  g_assert_true (add_gap (&timeline, 100, NONE));
  g_assert_true (gst_s2s_timeline_add_gap (&timeline, &start, &duration));
  g_assert_cmpuint (start, ==, 100);
  g_assert_cmpuint (duration, ==, 50);
  g_assert_cmpuint (timeline.told, ==, 150);
}

/* A gap takes no place. */
static void
test_gap_is_free (void)
{
  GstS2sTimeline timeline;
  GstClockTime start = 20;
  GstClockTime duration = 30;

  init (&timeline, make_segment (1, 0, NONE, 0));
  add_gap (&timeline, 0, 100);
  g_assert_false (gst_s2s_timeline_place (&timeline, 0, MIN_DURATION, &start, &duration));
}

/* ---- Segments ---- */

typedef struct {
  GstClockTime first_base; /* of a segment in which a text ends at 50 */
  GstClockTime start;      /* of the next one */
  GstClockTime base;
  GstClockTime expected; /* where text that is to be at start is put in it */
} SegmentRow;

static const SegmentRow segment_rows[] = {
    {0, 0, 50, 0},     {0, 0, 60, 0},     {0, 0, 30, 20},   {0, 0, 0, 50},
    {0, 700, 30, 720}, {100, 0, 120, 30}, {100, 0, 150, 0},
};

static void
test_segments (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (segment_rows); i++) {
    const SegmentRow *row = &segment_rows[i];
    GstSegment next = make_segment (1, row->start, NONE, row->base);
    GstClockTime start = row->start;
    GstClockTime duration = 100;
    GstS2sTimeline timeline;

    init (&timeline, make_segment (1, 0, NONE, row->first_base));
    gst_s2s_timeline_add_text (&timeline, 0, 50);
    gst_s2s_timeline_set_segment (&timeline, &next);
    gst_s2s_timeline_place (&timeline, 0, MIN_DURATION, &start, &duration);
    g_assert_cmpuint (start, ==, row->expected);
    g_assert_cmpuint (timeline.told, ==, row->expected);
  }
}

static void
test_running_time (void)
{
  GstS2sTimeline timeline;

  init (&timeline, make_segment (2, 100, 300, 1000));
  g_assert_cmpuint (gst_s2s_timeline_get_running_time (&timeline, 150), ==, 1025);
  g_assert_cmpuint (gst_s2s_timeline_get_running_time (&timeline, 50), ==, NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  g_test_add_func ("/timeline/clip", test_clip);
  g_test_add_func ("/timeline/place", test_place);
  g_test_add_func ("/timeline/place-fast", test_place_fast);
  g_test_add_func ("/timeline/place-backwards", test_place_backwards);
  g_test_add_func ("/timeline/told", test_told);
  g_test_add_func ("/timeline/gap-under-text", test_gap_under_text);
  g_test_add_func ("/timeline/gap-is-free", test_gap_is_free);
  g_test_add_func ("/timeline/segments", test_segments);
  g_test_add_func ("/timeline/running-time", test_running_time);
  return g_test_run ();
}
