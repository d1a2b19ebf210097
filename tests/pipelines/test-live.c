/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Speech that is recognised and translated while it is spoken, and what becomes of the video beside
 * it while nobody speaks. */

#include "s2s-pipeline.h"

#include <glib/gstdio.h>

/* All that the recogniser expects. */
#define GRAMMAR                                                                                    \
  "FSG_BEGIN <evening>\nNUM_STATES 3\nSTART_STATE 0\nFINAL_STATE 2\nTRANSITION 0 1 1 good\n"       \
  "TRANSITION 1 2 1 evening\nTRANSITION 1 2 1 morning\nTRANSITION 2 0 1\nFSG_END\n"

/* Speech, and then silence without an end, to the text pad of the element out. */
#define CAPTIONS                                                                                   \
  "filesrc location=%s ! wavparse ! audioconvert ! audioresample "                                 \
  "! audio/x-raw,rate=16000,channels=1 ! concat name=sound ! clocksync ! pocketsphinx fsg=%s "     \
  "! s2saccumulate latency=1000 name=accumulate ! queue max-size-time=0 "                          \
  "! s2stransform name=transform ! queue max-size-time=0 ! out. "                                  \
  "audiotestsrc wave=silence ! audio/x-raw,format=S16LE,rate=16000,channels=1 ! sound. "

#define VIDEO                                                                                      \
  "videotestsrc is-live=true ! video/x-raw,format=I420,width=160,height=120,framerate=25/1 "       \
  "! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! out. "

#define FRAME_SIZE (160 * 120 * 3 / 2)
#define AFTERWARDS 50 /* frames that have to come after the caption */

typedef struct {
  char *folder;
  char *speech;
  char *grammar;
  GstElement *pipeline;
  GPtrArray *heard;
  GPtrArray *captions;

  GMutex lock; /* of what follows */
  GCond cond;
  gboolean captioned;
  gsize afterwards; /* bytes at the sink since the caption passed */
} Fixture;

static void
say (const char *sentence, char *path)
{
  const char *argv[] = {"espeak-ng", "-v", "en-us+f3", "-s", "150", "-w", path, sentence, NULL};
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static void
setup (Fixture *self, gconstpointer data)
{
  pipeline_start_watchdog ();
  self->folder = g_dir_make_tmp ("s2s-live-XXXXXX", NULL);
  self->speech = g_build_filename (self->folder, "speech.wav", NULL);
  self->grammar = g_build_filename (self->folder, "evening.fsg", NULL);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  say ("Good evening.", self->speech);
  g_assert_true (g_file_set_contents (self->grammar, GRAMMAR, -1, NULL));
}

static void
teardown (Fixture *self, gconstpointer data)
{
  gst_object_unref (self->pipeline);
  g_ptr_array_unref (self->heard);
  g_ptr_array_unref (self->captions);
  g_unlink (self->speech);
  g_unlink (self->grammar);
  g_rmdir (self->folder);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self->folder);
  g_free (self->speech);
  g_free (self->grammar);
}

static GstPadProbeReturn
note_caption (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Fixture *self = user_data;

  g_mutex_lock (&self->lock);
  self->captioned = TRUE;
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static void
count_bytes (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer user_data)
{
  Fixture *self = user_data;

  g_mutex_lock (&self->lock);
  if (self->captioned)
    self->afterwards += gst_buffer_get_size (buffer);
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
start (Fixture *self, GstElement *pipeline)
{
  g_autoptr (GstElement) transform = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) pad = NULL;

  self->pipeline = pipeline;
  self->heard = pipeline_collect_texts (self->pipeline, "transform", "sink");
  self->captions = pipeline_collect_texts (self->pipeline, "transform", "src");
  transform = gst_bin_get_by_name (GST_BIN (self->pipeline), "transform");
  pad = gst_element_get_static_pad (transform, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, note_caption, self, NULL);
  sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "sink");
  g_object_set (sink, "signal-handoffs", TRUE, NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (count_bytes), self);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

static gboolean
wait_for_bytes (Fixture *self, gsize bytes)
{
  gint64 deadline = g_get_monotonic_time () + 60 * G_TIME_SPAN_SECOND;
  gboolean in_time = TRUE;
  gboolean enough;

  g_mutex_lock (&self->lock);
  while (self->afterwards < bytes && in_time)
    in_time = g_cond_wait_until (&self->cond, &self->lock, deadline);
  enough = self->afterwards >= bytes;
  g_mutex_unlock (&self->lock);
  return enough;
}

/* What was said has been shown, once, and in the silence after it the sink gets more. */
static void
check (Fixture *self)
{
  gboolean went_on = wait_for_bytes (self, (gsize)AFTERWARDS * FRAME_SIZE);

  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_assert_cmpuint (self->heard->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (self->heard, 0), ==, "good evening");
  g_assert_cmpuint (self->captions->len, ==, 1);
  g_assert_true (g_regex_match_simple ("\\p{Han}", g_ptr_array_index (self->captions, 0), 0, 0));
  g_assert_true (went_on);
}

static void
test_overlay (Fixture *self, gconstpointer data)
{
  start (self, pipeline_new (CAPTIONS VIDEO "textoverlay name=out ! fakesink name=sink sync=true",
                             self->speech, self->grammar));
  check (self);
}

static void
test_matroska (Fixture *self, gconstpointer data)
{
  start (self,
         pipeline_new (CAPTIONS VIDEO "matroskamux name=out streamable=true ! fakesink name=sink",
                       self->speech, self->grammar));
  check (self);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  add ("/live/overlay", test_overlay);
  add ("/live/matroska", test_matroska);
  return g_test_run ();
}
