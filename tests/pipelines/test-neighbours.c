/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The element among its neighbours. */

#include "s2s-cues.h"
#include "s2s-pipeline.h"
#include "s2s-test-bundle.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *bundle;
  char *dir;
  char *input;  /* examples/hello.srt */
  char *srt;    /* another subtitle file in dir, which is not there yet */
  char *output; /* a file in dir, which is not there yet */
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  S2sTestBundle bundle = {.target_language = "zh-CN", .seed = 1};

  pipeline_start_watchdog ();
  self->bundle = s2s_test_bundle_new (&bundle);
  self->dir = g_dir_make_tmp ("s2s-pipelines-XXXXXX", NULL);
  self->input = g_test_build_filename (G_TEST_DIST, "examples", "hello.srt", NULL);
  self->srt = g_build_filename (self->dir, "cues.srt", NULL);
  self->output = g_build_filename (self->dir, "output", NULL);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_unlink (self->srt);
  g_unlink (self->output);
  g_rmdir (self->dir);
  s2s_test_bundle_remove (self->bundle);
  g_free (self->dir);
  g_free (self->input);
  g_free (self->srt);
  g_free (self->output);
}

static void
test_webvtt (Fixture *self, gconstpointer data)
{
  g_autoptr (GstElement) pipeline =
      pipeline_new ("filesrc location=%s ! subparse ! s2stransform model-path=%s ! webvttenc "
                    "! filesink location=%s",
                    self->input, self->bundle, self->output);
  g_autoptr (GPtrArray) source = cues_read (self->input);
  g_autoptr (GPtrArray) target = NULL;

  pipeline_run (pipeline);
  target = cues_read (self->output);
  g_assert_cmpuint (source->len, >=, 10);
  cues_assert_same_times (source, target);
}

static void
check_chinese (const Cue *source, const Cue *target)
{
  if (!g_regex_match_simple ("[A-Za-z]", source->text, 0, 0))
    g_assert_cmpstr (target->text, ==, source->text);
  else
    g_assert_true (g_regex_match_simple ("\\p{Han}", target->text, 0, 0));
}

static void
test_default_model (Fixture *self, gconstpointer data)
{
  g_autoptr (GstElement) pipeline =
      pipeline_new ("filesrc location=%s ! subparse ! s2stransform ! webvttenc "
                    "! filesink location=%s",
                    self->input, self->output);
  g_autoptr (GPtrArray) source = cues_read (self->input);
  g_autoptr (GPtrArray) target = NULL;

  pipeline_run (pipeline);
  target = cues_read (self->output);
  cues_assert_same_times (source, target);
  for (guint i = 0; i < source->len; i++)
    check_chinese (g_ptr_array_index (source, i), g_ptr_array_index (target, i));
  g_assert_cmpstr (((Cue *)g_ptr_array_index (target, 0))->text, ==, "你好，世界！");
}

static char *
translate_with_penalty (Fixture *self, double penalty)
{
  g_autoptr (GstElement) pipeline =
      pipeline_new ("filesrc location=%s ! subparse ! s2stransform beam-search-size=8 "
                    "length-penalty=%g ! webvttenc ! filesink location=%s",
                    self->input, penalty, self->output);
  char *file = NULL;

  pipeline_run (pipeline);
  g_assert_true (g_file_get_contents (self->output, &file, NULL, NULL));
  return file;
}

/* Random weights never end a sentence early, so this takes a model that has learned to. */
static void
test_length_penalty (Fixture *self, gconstpointer data)
{
  g_autofree char *without = NULL;
  g_autofree char *with = NULL;

  without = translate_with_penalty (self, 0);
  with = translate_with_penalty (self, 3);
  g_assert_cmpuint (strlen (without), <, strlen (with));
}

static void
push_line (GstElement *source, const char *line, GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_memdup (line, strlen (line));
  GstFlowReturn result;

  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = GST_SECOND;
  g_signal_emit_by_name (source, "push-buffer", buffer, &result);
  gst_buffer_unref (buffer);
  g_assert_cmpint (result, ==, GST_FLOW_OK);
}

static void
test_appsrc (Fixture *self, gconstpointer data)
{
  g_autoptr (GstElement) pipeline =
      pipeline_new ("appsrc name=source format=time caps=text/x-raw,format=utf8 "
                    "! s2stransform model-path=%s ! queue ! fakesink name=sink",
                    self->bundle);
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GPtrArray) texts = pipeline_collect_texts (pipeline, "sink", "sink");
  GstFlowReturn result;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  push_line (source, "One.", 0);
  push_line (source, " ", GST_SECOND);
  push_line (source, "♪", 2 * GST_SECOND);
  g_signal_emit_by_name (source, "end-of-stream", &result);
  pipeline_wait_for (pipeline, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_cmpuint (texts->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (texts, 1), ==, "♪");
}

static gpointer
copy_text (gconstpointer text, gpointer user_data)
{
  return g_strdup (text);
}

/* The model outlives the flush of a seek, and the cues from there on come out as before. */
static void
test_seek (Fixture *self, gconstpointer data)
{
  g_autoptr (GstElement) pipeline =
      pipeline_new ("filesrc location=%s ! subparse ! s2stransform model-path=%s "
                    "! fakesink name=sink",
                    self->input, self->bundle);
  g_autoptr (GPtrArray) texts = pipeline_collect_texts (pipeline, "sink", "sink");
  g_autoptr (GPtrArray) all = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  pipeline_wait_for (pipeline, GST_MESSAGE_EOS);
  all = g_ptr_array_copy (texts, copy_text, NULL);
  g_ptr_array_set_free_func (all, g_free);
  g_ptr_array_set_size (texts, 0);
  g_assert_true (gst_element_seek_simple (pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0));
  pipeline_wait_for (pipeline, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);

  g_assert_cmpuint (all->len, >=, 10);
  g_assert_cmpuint (texts->len, ==, all->len);
  for (guint i = 0; i < all->len; i++)
    g_assert_cmpstr (g_ptr_array_index (texts, i), ==, g_ptr_array_index (all, i));
}

static void
test_matroska_language (Fixture *self, gconstpointer data)
{
  g_autoptr (GstElement) pipeline =
      pipeline_new ("filesrc location=%s ! subparse ! s2stransform model-path=%s ! matroskamux "
                    "! filesink location=%s",
                    self->input, self->bundle, self->output);
  g_autofree char *languages = NULL;

  pipeline_run (pipeline);
  languages = matroska_read_languages (self->output);
  g_assert_cmpstr (languages, ==, "chi");
}

static const S2sTestBundle many = {.target_language = "es",
                                   .language_tokens = "{\"fr\": 74, \"es\": 87}",
                                   .cell = "gru",
                                   .seed = 1};

/* What comes out in a language, of an element by itself */
static GPtrArray *
collect_language (Fixture *self, const char *bundle, const char *language)
{
  g_autoptr (GstElement) pipeline =
      pipeline_new ("filesrc location=%s ! subparse ! s2stransform model-path=%s "
                    "output-language-code=%s max-length=7 ! fakesink name=sink",
                    self->input, bundle, language);
  GPtrArray *texts = pipeline_collect_texts (pipeline, "sink", "sink");

  pipeline_run (pipeline);
  g_assert_cmpuint (texts->len, >=, 10);
  return texts;
}

static guint
count_differences (const GPtrArray *a, const GPtrArray *b)
{
  guint n = 0;

  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    n += strcmp (g_ptr_array_index (a, i), g_ptr_array_index (b, i)) != 0;
  return n;
}

/* Two languages of one bundle, in one batch: each branch gets what it gets alone, and a track of
 * that language. */
static void
test_two_languages (Fixture *self, gconstpointer data)
{
#define BRANCH(name)                                                                               \
  "source. ! queue max-size-time=0 ! s2stransform name=" name " shared-decoding=true "             \
  "max-length=7 model-path=%s output-language-code=%s ! mux. "
  char *bundle = s2s_test_bundle_new (&many);
  g_autoptr (GPtrArray) french = collect_language (self, bundle, "fr");
  g_autoptr (GPtrArray) spanish = collect_language (self, bundle, "es");
  g_autoptr (GstElement) pipeline = pipeline_new (
      "filesrc location=%s ! subparse ! tee name=source "
      "matroskamux name=mux ! filesink location=%s " BRANCH ("first") BRANCH ("second"),
      self->input, self->output, bundle, "fr-CA", bundle, "es");
  g_autoptr (GPtrArray) first = pipeline_collect_texts (pipeline, "first", "src");
  g_autoptr (GPtrArray) second = pipeline_collect_texts (pipeline, "second", "src");
  g_autofree char *languages = NULL;

  pipeline_run (pipeline);
  g_assert_cmpuint (count_differences (first, french), ==, 0);
  g_assert_cmpuint (count_differences (second, spanish), ==, 0);
  g_assert_cmpuint (count_differences (first, second), >, 0);
  languages = matroska_read_languages (self->output);
  g_assert_cmpstr (languages, ==, "fre spa");
  s2s_test_bundle_remove (bundle);
}

/* ---- Markup and escapes, for neighbours that want different ones ---- */

/* The first cue is in italics as a whole, and the second says what markup would misunderstand. */
static void
write_markup (Fixture *self)
{
  const char *srt = "1\n00:00:01,000 --> 00:00:02,000\n<i>Please close the door.</i>\n\n"
                    "2\n00:00:02,000 --> 00:00:03,000\nThey say 3 < 4 & 5.\n";

  g_assert_true (g_file_set_contents (self->srt, srt, -1, NULL));
}

static const char *
get_text (GPtrArray *cues, guint index)
{
  return ((const Cue *)g_ptr_array_index (cues, index))->text;
}

static void
test_markup_to_webvtt (Fixture *self, gconstpointer data)
{
  g_autoptr (GstElement) pipeline =
      pipeline_new ("filesrc location=%s ! subparse ! s2stransform ! webvttenc "
                    "! filesink location=%s",
                    self->srt, self->output);
  g_autofree char *webvtt = NULL;
  g_autoptr (GPtrArray) cues = NULL;

  write_markup (self);
  pipeline_run (pipeline);
  g_assert_true (g_file_get_contents (self->output, &webvtt, NULL, NULL));
  cues = cues_parse_webvtt (webvtt);
  g_assert_cmpuint (cues->len, ==, 2);
  g_assert_true (g_regex_match_simple ("^<i>\\p{Han}+[。.]</i>$", get_text (cues, 0), 0, 0));
  g_assert_null (strpbrk (get_text (cues, 1), "<>"));
}

/* Both want markup, and both get the same. */
static void
test_tee (Fixture *self, gconstpointer data)
{
  g_autoptr (GstElement) pipeline = pipeline_new (
      "filesrc location=%s ! subparse ! s2stransform mode=passthrough ! tee name=text "
      "text. ! queue max-size-time=0 ! webvttenc ! filesink location=%s "
      "text. ! queue max-size-time=0 ! overlay. "
      "videotestsrc num-buffers=4 ! video/x-raw,framerate=1/1 ! textoverlay name=overlay "
      "! fakesink",
      self->srt, self->output);
  g_autoptr (GPtrArray) shown = pipeline_collect_texts (pipeline, "overlay", "text_sink");
  g_autofree char *webvtt = NULL;
  g_autoptr (GPtrArray) cues = NULL;

  write_markup (self);
  pipeline_run (pipeline);
  g_assert_true (g_file_get_contents (self->output, &webvtt, NULL, NULL));
  cues = cues_parse_webvtt (webvtt);
  g_assert_cmpuint (cues->len, ==, 2);
  g_assert_cmpuint (shown->len, ==, 2);
  g_assert_cmpstr (get_text (cues, 0), ==, "<i>Please close the door.</i>");
  g_assert_cmpstr (get_text (cues, 1), ==, "They say 3 &lt; 4 &amp; 5.");
  g_assert_cmpstr (g_ptr_array_index (shown, 0), ==, get_text (cues, 0));
  g_assert_cmpstr (g_ptr_array_index (shown, 1), ==, get_text (cues, 1));
}

static gboolean
contains (const char *path, const char *text)
{
  g_autofree char *file = NULL;
  const gsize length = strlen (text);
  gboolean found = FALSE;
  gsize size;

  g_assert_true (g_file_get_contents (path, &file, &size, NULL));
  for (gsize i = 0; i + length <= size && !found; i++)
    found = memcmp (file + i, text, length) == 0;
  return found;
}

/* Matroska wants text without markup. */
static void
test_markup_to_matroska (Fixture *self, gconstpointer data)
{
  g_autoptr (GstElement) pipeline =
      pipeline_new ("filesrc location=%s ! subparse ! s2stransform mode=passthrough "
                    "! matroskamux ! filesink location=%s",
                    self->srt, self->output);

  write_markup (self);
  pipeline_run (pipeline);
  g_assert_true (contains (self->output, "Please close the door."));
  g_assert_true (contains (self->output, "They say 3 < 4 & 5."));
  g_assert_false (contains (self->output, "<i>"));
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
  add ("/pipelines/webvtt", test_webvtt);
  add ("/pipelines/default-model", test_default_model);
  add ("/pipelines/length-penalty", test_length_penalty);
  add ("/pipelines/appsrc", test_appsrc);
  add ("/pipelines/seek", test_seek);
  add ("/pipelines/matroska-language", test_matroska_language);
  add ("/pipelines/two-languages", test_two_languages);
  add ("/pipelines/markup-to-webvtt", test_markup_to_webvtt);
  add ("/pipelines/tee", test_tee);
  add ("/pipelines/markup-to-matroska", test_markup_to_matroska);
  return g_test_run ();
}
