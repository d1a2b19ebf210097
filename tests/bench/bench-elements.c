/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench-memory.h"

#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a further s2stransform adds to the memory of a process that has one, each in a branch of one
 * pipeline that has translated a cue; beside it the same with identity, which is what GStreamer
 * itself takes for a branch. */

#define N_BRANCHES 32

static const char text[] = "The ferry leaves at six, and the next one not before ten.";

static GstElement *
make_pipeline (const char *element, guint n)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  GstElement *pipeline;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (line,
                            "appsrc name=source%u format=time caps=text/x-raw,format=utf8 "
                            "! %s ! fakesink sync=false name=sink%u ",
                            i, element, i);
  pipeline = gst_parse_launch (line->str, &error);
  g_assert_no_error (error);
  return pipeline;
}

/* Pushes a cue into a branch. It goes on running: the end of its stream would only come with that
 * of all. */
static void
push (GstElement *pipeline, guint branch)
{
  g_autofree char *name = g_strdup_printf ("source%u", branch);
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), name);
  GstBuffer *buffer = gst_buffer_new_memdup (text, strlen (text));
  GstFlowReturn flow;

  GST_BUFFER_PTS (buffer) = 0;
  GST_BUFFER_DURATION (buffer) = GST_SECOND;
  g_signal_emit_by_name (source, "push-buffer", buffer, &flow);
  gst_buffer_unref (buffer);
  g_assert_cmpint (flow, ==, GST_FLOW_OK);
}

/* Whether something else than the cue itself has come to a sink */
static gboolean
is_translated (GstElement *pipeline, guint branch)
{
  g_autofree char *name = g_strdup_printf ("sink%u", branch);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), name);
  g_autoptr (GstSample) sample = NULL;

  g_object_get (sink, "last-sample", &sample, NULL);
  return sample != NULL &&
         gst_buffer_memcmp (gst_sample_get_buffer (sample), 0, text, strlen (text)) != 0;
}

/* A sink has its first buffer before a pipeline is paused. */
static void
wait_for_cues (GstElement *pipeline)
{
  GstStateChangeReturn change = gst_element_get_state (pipeline, NULL, NULL, 60 * GST_SECOND);

  if (change == GST_STATE_CHANGE_SUCCESS)
    return;
  g_printerr ("the cues have not come out: is there a model?\n");
  exit (EXIT_FAILURE);
}

/* Returns: bytes that are resident with so many branches more */
static gsize
run (GstElement *pipeline, guint n, gboolean translates)
{
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < n; i++)
    push (pipeline, i);
  wait_for_cues (pipeline);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (is_translated (pipeline, i), ==, translates);
  return s2s_bench_get_memory ("Rss");
}

/* Bytes of each branch beyond the first */
static double
measure (const char *element, gboolean translates, gsize *ret_first)
{
  GstElement *first = make_pipeline (element, 1);
  gsize before = run (first, 1, translates);
  GstElement *others = make_pipeline (element, N_BRANCHES - 1);
  gsize after = run (others, N_BRANCHES - 1, translates);

  gst_element_set_state (others, GST_STATE_NULL);
  gst_element_set_state (first, GST_STATE_NULL);
  gst_object_unref (others);
  gst_object_unref (first);
  *ret_first = before;
  return ((double)after - (double)before) / (N_BRANCHES - 1);
}

int
main (int argc, char **argv)
{
  gsize first;

  gst_init (&argc, &argv);
  /* what GStreamer takes first, so that nothing that was freed is used again */
  double plain = measure ("identity", FALSE, &first);
  printf ("MB (of a million bytes) that a further branch adds, of %d\n", N_BRANCHES);
  printf ("%-40s %8.2f\n", "appsrc ! identity ! fakesink", plain / 1e6);
  double ours = measure ("s2stransform", TRUE, &first);
  printf ("%-40s %8.2f\n", "appsrc ! s2stransform ! fakesink", ours / 1e6);
  printf ("%-40s %8.2f\n", "the process with the first s2stransform", (double)first / 1e6);
  return EXIT_SUCCESS;
}
