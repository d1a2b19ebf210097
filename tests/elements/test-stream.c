/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gsts2sstream.h"

#include <string.h>

#define NONE GST_CLOCK_TIME_NONE

/* ---- Positions ---- */

/* All times in ns, which are small numbers here. */
typedef struct {
  double rate;
  GstClockTime start;
  GstClockTime stop;
  GstClockTime base;
} Range;

typedef struct {
  const char *name;
  Range from;
  GstClockTime position;
  Range to;
  GstClockTime carried;
} CarryRow;

static const CarryRow carry_rows[] = {
    {"again", {1, 0, NONE, 0}, 70, {1, 0, NONE, 0}, 70},
    {"start", {1, 100, NONE, 0}, 170, {1, 500, NONE, 0}, 570},
    {"after", {1, 0, 50, 0}, 50, {1, 0, 50, 50}, 0},
    {"overhang", {1, 0, 50, 0}, 70, {1, 0, 50, 50}, 20},
    {"beyond-both", {1, 0, 50, 0}, 170, {1, 0, 50, 50}, 120},
    {"later", {1, 0, NONE, 0}, 70, {1, 10, NONE, 90}, 10},
    {"long-ago", {1, 0, NONE, 0}, 70, {1, 10, NONE, 900}, 10},
    {"rate", {2, 0, NONE, 0}, 80, {1, 100, NONE, 0}, 140},
    {"rate-to", {1, 0, NONE, 10}, 40, {2, 100, NONE, 10}, 180},
    {"before-start", {1, 100, NONE, 0}, 70, {1, 100, NONE, 0}, 100},
    {"none", {1, 0, NONE, 0}, NONE, {1, 10, NONE, 0}, 10},
    {"from-backwards", {-1, 0, 100, 0}, 30, {1, 10, NONE, 0}, 10},
    {"to-backwards", {1, 0, NONE, 0}, 70, {-1, 10, 100, 0}, 10},
    {"backwards-no-end", {-1, 0, NONE, 0}, 70, {1, 10, NONE, 0}, 10},
};

static GstSegment
make_segment (const Range *range)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = range->rate;
  segment.start = segment.position = range->start;
  segment.stop = range->stop;
  segment.base = range->base;
  return segment;
}

static void
test_carry (gconstpointer data)
{
  const CarryRow *row = data;
  GstSegment from = make_segment (&row->from);
  GstSegment to = make_segment (&row->to);

  g_assert_cmpuint (gst_s2s_stream_carry_position (&from, row->position, &to), ==, row->carried);
}

/* ---- Buffers ---- */

static void
test_buffer (gconstpointer data)
{
  const char *text = data;
  g_autoptr (GstBuffer) buffer = gst_s2s_stream_new_buffer (text);
  GstMapInfo map;

  g_assert_false (GST_BUFFER_PTS_IS_VALID (buffer));
  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  g_assert_cmpmem (map.data, map.size, text, strlen (text));
  g_assert_cmpuint (map.maxsize, >, map.size);
  g_assert_cmpuint (map.data[map.size], ==, 0);
  gst_buffer_unmap (buffer, &map);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (carry_rows); i++) {
    g_autofree char *path = g_strconcat ("/stream/carry/", carry_rows[i].name, NULL);

    g_test_add_data_func (path, &carry_rows[i], test_carry);
  }
  g_test_add_data_func ("/stream/buffer", "We met.", test_buffer);
  g_test_add_data_func ("/stream/buffer-empty", "", test_buffer);
  return g_test_run ();
}
