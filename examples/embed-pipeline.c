/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* embed-pipeline INPUT.srt [BUNDLE]: prints the translation of a subtitle file as WebVTT, from a
 * pipeline of its own whose bus it listens to.
 *   cc embed-pipeline.c $(pkg-config --cflags --libs gstreamer-1.0) */

#include <gst/gst.h>

#include <stdio.h>

static GstElement *
make_pipeline (const char *input, const char *bundle, GError **error)
{
  GstElement *pipeline =
      gst_parse_launch ("filesrc name=input ! subparse ! s2stransform name=transform ! webvttenc "
                        "! fdsink",
                        error);
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) transform = NULL;

  if (!pipeline)
    return NULL;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "input");
  transform = gst_bin_get_by_name (GST_BIN (pipeline), "transform");
  g_object_set (source, "location", input, NULL);
  g_object_set (transform, "model-path", bundle, NULL);
  return pipeline;
}

static void
print_problem (GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &error, NULL);
  else
    gst_message_parse_error (message, &error, NULL);
  fprintf (stderr, "%s: %s\n", GST_OBJECT_NAME (message->src), error->message);
}

/* Waits for the end. Returns whether it came without an error. */
static gboolean
listen (GstBus *bus)
{
  const GstMessageType types = GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING;
  GstMessageType type;

  do {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, types);

    type = GST_MESSAGE_TYPE (message);
    if (type != GST_MESSAGE_EOS)
      print_problem (message);
  } while (type == GST_MESSAGE_WARNING);
  return type == GST_MESSAGE_EOS;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstBus) bus = NULL;
  gboolean done;

  gst_init (&argc, &argv);
  if (argc < 2 || argc > 3) {
    fprintf (stderr, "usage: embed-pipeline INPUT.srt [BUNDLE]\n");
    return 2;
  }
  pipeline = make_pipeline (argv[1], argc > 2 ? argv[2] : NULL, &error);
  if (!pipeline) {
    fprintf (stderr, "embed-pipeline: %s\n", error->message);
    return 1;
  }
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  done = listen (bus);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return done ? 0 : 1;
}
