/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* embed-pipeline INPUT.srt OUTPUT.vtt [BUNDLE]: translates a subtitle file to WebVTT in a pipeline
 * of its own, and prints what the bus says: time, text, translation and confidence of each cue,
 * which ones were late, and what went wrong.
 *   cc embed-pipeline.c $(pkg-config --cflags --libs gstreamer-1.0) */

#include <gst/gst.h>

#include <stdio.h>

static GstElement *
make_pipeline (const char *input, const char *output, const char *bundle, GError **error)
{
  GstElement *pipeline =
      gst_parse_launch ("filesrc name=input ! subparse ! s2stransform name=transform ! webvttenc "
                        "! filesink name=output",
                        error);
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) transform = NULL;
  g_autoptr (GstElement) sink = NULL;

  if (!pipeline)
    return NULL;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "input");
  transform = gst_bin_get_by_name (GST_BIN (pipeline), "transform");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "output");
  g_object_set (source, "location", input, NULL);
  g_object_set (transform, "model-path", bundle, NULL);
  g_object_set (sink, "location", output, NULL);
  return pipeline;
}

/* A text with its lines in one. */
static char *
get_line (const GstStructure *structure, const char *field)
{
  return g_strdelimit (g_strdup (gst_structure_get_string (structure, field)), "\n", ' ');
}

/* What became of a cue. An application that wants no such messages sets post-messages to FALSE. */
static void
print_translation (const GstStructure *structure)
{
  g_autofree char *source = NULL;
  g_autofree char *translation = NULL;
  guint64 start;
  double confidence;

  if (!gst_structure_has_name (structure, "s2stransform/raw") ||
      !gst_structure_get_uint64 (structure, "start-time", &start) ||
      !gst_structure_get_double (structure, "confidence", &confidence))
    return;
  source = get_line (structure, "source");
  translation = get_line (structure, "translation");
  printf ("%" GST_TIME_FORMAT "\t%s\t%s\t%.2f\n", GST_TIME_ARGS (start), source, translation,
          confidence);
}

/* A cue came too late to be shown when it should. This only happens in live pipelines. */
static void
print_late (GstMessage *message)
{
  GstClockTime time;
  gint64 jitter;
  guint64 dropped;

  gst_message_parse_qos (message, NULL, NULL, NULL, &time, NULL);
  gst_message_parse_qos_values (message, &jitter, NULL, NULL);
  gst_message_parse_qos_stats (message, NULL, NULL, &dropped);
  fprintf (stderr, "%s: the cue of %" GST_TIME_FORMAT " is %d ms late; %u dropped so far\n",
           GST_MESSAGE_SRC_NAME (message), GST_TIME_ARGS (time), (int)(jitter / GST_MSECOND),
           (guint)dropped);
}

static void
print_problem (GstMessage *message)
{
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING)
    gst_message_parse_warning (message, &error, NULL);
  else
    gst_message_parse_error (message, &error, NULL);
  fprintf (stderr, "%s: %s\n", GST_MESSAGE_SRC_NAME (message), error->message);
}

static void
print_message (GstMessage *message)
{
  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ELEMENT:
    print_translation (gst_message_get_structure (message));
    break;
  case GST_MESSAGE_QOS:
    print_late (message);
    break;
  case GST_MESSAGE_WARNING:
  case GST_MESSAGE_ERROR:
    print_problem (message);
    break;
  default:
    break;
  }
}

/* Prints what happens until the end. Returns whether that came without an error. */
static gboolean
listen (GstBus *bus)
{
  GstMessageType type;

  do {
    g_autoptr (GstMessage) message = gst_bus_timed_pop (bus, GST_CLOCK_TIME_NONE);

    type = GST_MESSAGE_TYPE (message);
    print_message (message);
  } while (type != GST_MESSAGE_EOS && type != GST_MESSAGE_ERROR);
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
  if (argc < 3 || argc > 4) {
    fprintf (stderr, "usage: embed-pipeline INPUT.srt OUTPUT.vtt [BUNDLE]\n");
    return 2;
  }
  pipeline = make_pipeline (argv[1], argv[2], argc > 3 ? argv[3] : NULL, &error);
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
