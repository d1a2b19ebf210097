/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How long a text takes through s2stransform in a live pipeline, in real time, beside what the
 * element declares, with the default bundle: first alone, then with a busy thread for each
 * processor, then with a latency that is too small on purpose, under each policy for what is late.
 *
 *   bench-latency hello.srt
 *
 * Times are from the sink pad to the source pad; beside them stands the longest that GStreamer's
 * latency tracer has measured. Nothing is asserted. */

#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACING (250 * GST_MSECOND)
#define DEFAULT_LATENCY 500

static const char *const own_texts[] = {
    "The ferry leaves at six, and the next one not before ten.",
    "I left my umbrella on the train again.",
    "Could you tell me where the library is?",
    "After the storm, the fishermen went down to the harbour to look for their boats.",
    "No.",
    "He plays the piano every evening, and nobody complains.",
    "The new bridge was opened by the mayor on Saturday morning.",
    "If it rains tomorrow, we will stay at home and bake bread.",
    "Thank you, that was very kind of you.",
    "My grandmother remembers a time when there was only one telephone in the village.",
    "Turn left at the church and then go straight on.",
    "They have not found the key yet.",
};

/* What became of a text */
typedef struct {
  char *text;
  gint64 arrived; /* monotonic, in µs */
  gint64 left;    /* 0: no text came out */
  gboolean shifted;
  gboolean passed; /* it came out as it came in */
  GstClockTime start;
} Passage;

typedef struct {
  GstElement *pipeline;
  GstElement *source;
  GstElement *transform;
  GArray *passages; /* of the streaming thread, until the end of the stream */
} Bench;

/* ---- Probes ---- */

static char *
get_text (GstBuffer *buffer)
{
  GstMapInfo map;
  char *text;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  text = g_strndup ((const char *)map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return text;
}

static GstPadProbeReturn
note_arrival (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Bench *self = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  Passage passage = {.text = get_text (buffer),
                     .arrived = g_get_monotonic_time (),
                     .start = GST_BUFFER_PTS (buffer)};

  g_array_append_val (self->passages, passage);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
note_departure (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Bench *self = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  Passage *passage = &g_array_index (self->passages, Passage, self->passages->len - 1);
  g_autofree char *text = get_text (buffer);

  passage->left = g_get_monotonic_time ();
  passage->shifted = GST_BUFFER_PTS (buffer) > passage->start;
  passage->passed = !strcmp (text, passage->text);
  return GST_PAD_PROBE_OK;
}

static void
clear_passage (gpointer passage)
{
  g_free (((Passage *)passage)->text);
}

/* ---- The tracer ---- */

/* The longest time that it has told of in this run, in ns */
static guint64 traced;

/* What it tells goes to the log, of the thread that streams. */
static void
read_trace (GstDebugCategory *category, GstDebugLevel level, const char *file, const char *function,
            gint line, GObject *object, GstDebugMessage *message, gpointer user_data)
{
  g_autoptr (GstStructure) record = NULL;
  guint64 time;

  if (g_str_has_prefix (gst_debug_message_get (message), "element-latency, "))
    record = gst_structure_from_string (gst_debug_message_get (message), NULL);
  if (record && !g_strcmp0 (gst_structure_get_string (record, "element"), "transform") &&
      gst_structure_get_uint64 (record, "time", &time))
    traced = MAX (traced, time);
}

static void
start_tracer (void)
{
  gst_debug_set_active (TRUE);
  gst_debug_set_default_threshold (GST_LEVEL_NONE);
  gst_debug_set_threshold_for_name ("GST_TRACER", GST_LEVEL_TRACE);
  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (read_trace, NULL, NULL);
}

/* ---- A run ---- */

static void
add_probe (Bench *self, const char *name, GstPadProbeCallback callback)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->transform, name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, self, NULL);
}

static void
bench_init (Bench *self, guint latency, const char *policy)
{
  g_autoptr (GError) error = NULL;

  self->pipeline = gst_parse_launch ("appsrc name=source is-live=true format=time min-latency=0 "
                                     "caps=text/x-raw,format=utf8 "
                                     "! s2stransform name=transform ! fakesink sync=false",
                                     &error);
  g_assert_no_error (error);
  self->source = gst_bin_get_by_name (GST_BIN (self->pipeline), "source");
  self->transform = gst_bin_get_by_name (GST_BIN (self->pipeline), "transform");
  self->passages = g_array_new (FALSE, TRUE, sizeof (Passage));
  g_array_set_clear_func (self->passages, clear_passage);
  g_object_set (self->transform, "latency", latency, NULL);
  gst_util_set_object_arg (G_OBJECT (self->transform), "late-policy", policy);
  add_probe (self, "sink", note_arrival);
  add_probe (self, "src", note_departure);
}

static void
bench_clear (Bench *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->source);
  gst_object_unref (self->transform);
  gst_object_unref (self->pipeline);
  g_array_unref (self->passages);
}

static void
wait_for (Bench *self, GstMessageType type)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, type | GST_MESSAGE_ERROR);

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    g_printerr ("%s\n", error->message);
    exit (EXIT_FAILURE);
  }
}

/* Loading is not what is measured. */
static void
wait_for_model (Bench *self)
{
  GstProgressType type = GST_PROGRESS_TYPE_START;
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

  while (type != GST_PROGRESS_TYPE_COMPLETE) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
        bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_PROGRESS | GST_MESSAGE_ERROR);

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
      g_printerr ("there is no model to measure with\n");
      exit (EXIT_FAILURE);
    }
    gst_message_parse_progress (message, &type, NULL, NULL);
  }
}

static void
push (Bench *self, const char *text, GstClockTime start)
{
  GstBuffer *buffer = gst_buffer_new_memdup (text, strlen (text));
  GstFlowReturn flow;

  GST_BUFFER_PTS (buffer) = start;
  GST_BUFFER_DURATION (buffer) = SPACING;
  g_signal_emit_by_name (self->source, "push-buffer", buffer, &flow);
  gst_buffer_unref (buffer);
}

/* Sends each text when it is its time, as a recogniser does. */
static void
bench_run (Bench *self, const GPtrArray *texts)
{
  GstClockTime now;
  GstFlowReturn flow;

  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  wait_for_model (self);
  now = gst_element_get_current_running_time (self->pipeline);
  for (guint i = 0; i < texts->len; i++) {
    GstClockTime start = now + (i + 1) * SPACING;
    GstClockTime running = gst_element_get_current_running_time (self->pipeline);

    if (running < start)
      g_usleep ((gulong)((start - running) / 1000));
    push (self, g_ptr_array_index (texts, i), start);
  }
  g_signal_emit_by_name (self->source, "end-of-stream", &flow);
  wait_for (self, GST_MESSAGE_EOS);
}

/* ---- The table ---- */

static gint
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return (x > y) - (x < y);
}

/* Times of the texts that came out as text, in order of size, in µs */
static GArray *
get_times (const Bench *self)
{
  GArray *times = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < self->passages->len; i++) {
    const Passage *passage = &g_array_index (self->passages, Passage, i);
    gint64 time = passage->left - passage->arrived;

    if (passage->left != 0)
      g_array_append_val (times, time);
  }
  g_array_sort (times, compare);
  return times;
}

static double
get_ms (const GArray *times, guint percent)
{
  if (times->len == 0)
    return 0;
  return (double)g_array_index (times, gint64, (times->len - 1) * percent / 100) / 1000;
}

static void
print_head (void)
{
  printf ("%-7s %-11s %8s | %7s %7s %7s %7s %7s | %5s %5s %7s %7s %6s\n", "load", "policy",
          "declared", "median", "95 %", "max", "tracer", "mean*", "texts", "late", "shifted",
          "dropped", "passed");
}

static void
print_row (const Bench *self, const char *load, const char *policy, guint latency)
{
  g_autoptr (GstStructure) stats = NULL;
  g_autoptr (GArray) times = get_times (self);
  guint64 late = 0, dropped = 0, mean = 0;
  guint n_shifted = 0, n_passed = 0;

  g_object_get (self->transform, "stats", &stats, NULL);
  gst_structure_get (stats, "late", G_TYPE_UINT64, &late, "dropped", G_TYPE_UINT64, &dropped,
                     "latency-mean", G_TYPE_UINT64, &mean, NULL);
  for (guint i = 0; i < self->passages->len; i++) {
    n_shifted += g_array_index (self->passages, Passage, i).shifted;
    n_passed += g_array_index (self->passages, Passage, i).passed;
  }
  printf ("%-7s %-11s %8u | %7.1f %7.1f %7.1f %7.1f %7.1f | %5u %5" G_GUINT64_FORMAT " %7u "
          "%7" G_GUINT64_FORMAT " %6u\n",
          load, policy, latency, get_ms (times, 50), get_ms (times, 95), get_ms (times, 100),
          (double)traced / GST_MSECOND, (double)mean / GST_MSECOND, self->passages->len, late,
          n_shifted, dropped, n_passed);
  fflush (stdout);
}

/* Returns: the median in ms */
static double
measure (const GPtrArray *texts, const char *load, const char *policy, guint latency)
{
  g_autoptr (GArray) times = NULL;
  Bench bench;
  double median;

  traced = 0;
  bench_init (&bench, latency, policy);
  bench_run (&bench, texts);
  print_row (&bench, load, policy, latency);
  times = get_times (&bench);
  median = get_ms (times, 50);
  bench_clear (&bench);
  return median;
}

/* ---- Load ---- */

static gint loaded;

static gpointer
burn (gpointer data)
{
  while (g_atomic_int_get (&loaded))
    ;
  return NULL;
}

static GPtrArray *
start_load (void)
{
  GPtrArray *threads = g_ptr_array_new ();

  g_atomic_int_set (&loaded, TRUE);
  for (guint i = 0; i < g_get_num_processors (); i++)
    g_ptr_array_add (threads, g_thread_new ("burn", burn, NULL));
  return threads;
}

static void
stop_load (GPtrArray *threads)
{
  g_atomic_int_set (&loaded, FALSE);
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (g_ptr_array_index (threads, i));
  g_ptr_array_unref (threads);
}

/* ---- Texts ---- */

/* The texts of a SubRip file: what stands in each block below the line with the times. */
static GPtrArray *
read_texts (const char *path)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) blocks = NULL;

  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  blocks = g_strsplit (content, "\n\n", -1);
  for (guint i = 0; blocks[i]; i++) {
    const char *arrow = strstr (blocks[i], "-->");
    const char *text = arrow ? strchr (arrow, '\n') : NULL;

    if (text)
      g_ptr_array_add (texts, g_strstrip (g_strdup (text)));
  }
  for (gsize i = 0; i < G_N_ELEMENTS (own_texts); i++)
    g_ptr_array_add (texts, g_strdup (own_texts[i]));
  return texts;
}

int
main (int argc, char **argv)
{
  static const char *const policies[] = {"shift", "drop", "passthrough", "keep"};
  g_autoptr (GPtrArray) texts = NULL;
  GPtrArray *threads;
  double median;
  guint tight;

  g_setenv ("GST_TRACERS", "latency(flags=element)", TRUE);
  gst_init (&argc, &argv);
  start_tracer ();
  if (argc != 2) {
    g_printerr ("usage: bench-latency SUBTITLES\n");
    return EXIT_FAILURE;
  }
  texts = read_texts (argv[1]);
  printf ("Times in ms; a text every %u ms; mean* is what the element says.\n",
          (guint)(SPACING / GST_MSECOND));
  print_head ();
  median = measure (texts, "none", "shift", DEFAULT_LATENCY);
  tight = median > 1 ? (guint)median : 1;
  threads = start_load ();
  measure (texts, "busy", "shift", DEFAULT_LATENCY);
  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    measure (texts, "busy", policies[i], tight);
  stop_load (threads);
  return EXIT_SUCCESS;
}
