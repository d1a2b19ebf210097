/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Captions as they look over video. The frames stay in the build folder as PNG, for who wants to
 * see them. */

#include "s2s-pipeline.h"

#include <glib/gstdio.h>
#include <string.h>

#define WIDTH 640
#define HEIGHT 360
/* Luma of text; the picture is dark. */
#define BRIGHT 200

/* Three frames, one a second, to the appsink sink and to a file of each. */
#define VIDEO                                                                                      \
  "videotestsrc num-buffers=3 pattern=solid-color foreground-color=0xff204060 "                    \
  "! video/x-raw,format=I420,width=640,height=360,framerate=1/1 ! textoverlay name=overlay "       \
  "! tee name=picture ! queue ! videoconvert ! video/x-raw,format=GRAY8 ! appsink name=sink "      \
  "sync=false picture. ! queue ! videoconvert ! pngenc ! multifilesink location=%s "

typedef struct {
  char *folder;
  char *cues; /* a subtitle file, which is not there yet */
} Fixture;

/* What is bright in a frame. Nothing is, where bottom is 0. */
typedef struct {
  guint left;
  guint top;
  guint right;  /* behind the last column */
  guint bottom; /* behind the last row */
} Box;

static void
setup (Fixture *self, gconstpointer data)
{
  pipeline_start_watchdog ();
  self->folder = g_dir_make_tmp ("s2s-picture-XXXXXX", NULL);
  self->cues = g_build_filename (self->folder, "cues.srt", NULL);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_unlink (self->cues);
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->cues);
}

/* Where frames of the test go. The sink puts a file of its own in the place of each. */
static char *
make_location (const char *kind)
{
  g_autofree char *name = g_strdelimit (g_strconcat (g_test_get_path () + 1, NULL), "/", '-');
  g_autofree char *file = g_strconcat (name, kind, "-%d.png", NULL);

  return g_test_build_filename (G_TEST_BUILT, file, NULL);
}

/* Plays to the end. Returns: (transfer full) (element-type GBytes): the frames, rows of luma. */
static GPtrArray *
render (GstElement *pipeline)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GPtrArray *frames = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  GstSample *sample = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_signal_emit_by_name (sink, "try-pull-sample", 60 * GST_SECOND, &sample);
  while (sample) {
    GstBuffer *buffer = gst_sample_get_buffer (sample);
    gsize size = gst_buffer_get_size (buffer);
    gpointer pixels = g_malloc (size);

    gst_buffer_extract (buffer, 0, pixels, size);
    g_ptr_array_add (frames, g_bytes_new_take (pixels, size));
    g_clear_pointer (&sample, gst_sample_unref);
    g_signal_emit_by_name (sink, "try-pull-sample", 60 * GST_SECOND, &sample);
  }
  pipeline_wait_for (pipeline, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_cmpuint (frames->len, ==, 3);
  return frames;
}

static Box
find_text (GPtrArray *frames, guint index)
{
  gsize size;
  const guint8 *pixels = g_bytes_get_data (g_ptr_array_index (frames, index), &size);
  Box box = {.left = WIDTH, .top = HEIGHT};

  g_assert_cmpuint (size, ==, WIDTH * HEIGHT);
  for (guint i = 0; i < size; i++) {
    guint x = i % WIDTH;
    guint y = i / WIDTH;

    if (pixels[i] >= BRIGHT)
      box = (Box){MIN (box.left, x), MIN (box.top, y), MAX (box.right, x + 1),
                  MAX (box.bottom, y + 1)};
  }
  return box;
}

/* Text stands at the bottom, whole and in the middle. */
static void
assert_caption (Box box)
{
  g_assert_cmpuint (box.top, >, HEIGHT / 2);
  g_assert_cmpuint (box.bottom, >, box.top);
  g_assert_cmpuint (box.bottom, <, HEIGHT);
  g_assert_cmpuint (box.left, >, 0);
  g_assert_cmpuint (box.right, <, WIDTH);
  g_assert_cmpint (ABS ((int)(box.left + box.right) - WIDTH), <, 20);
}

/* What textoverlay makes of a text that it is given as a property: in every frame. */
static GPtrArray *
render_text (const char *text)
{
  g_autofree char *location = make_location ("-plain");
  g_autoptr (GstElement) pipeline = pipeline_new (VIDEO, location);
  g_autoptr (GstElement) overlay = gst_bin_get_by_name (GST_BIN (pipeline), "overlay");

  g_object_set (overlay, "text", text, NULL);
  return render (pipeline);
}

/* Translates a cue of the second second. */
static GPtrArray *
render_cue (Fixture *self, const char *cue, const char *properties, char **ret_text)
{
  g_autofree char *srt = g_strdup_printf ("1\n00:00:01,000 --> 00:00:02,000\n%s\n", cue);
  g_autofree char *location = make_location ("");
  g_autoptr (GstElement) pipeline = pipeline_new (
      VIDEO "filesrc location=%s ! subparse ! s2stransform %s ! queue max-size-time=0 ! overlay.",
      location, self->cues, properties);
  g_autoptr (GPtrArray) texts = pipeline_collect_texts (pipeline, "overlay", "text_sink");
  GPtrArray *frames;

  g_assert_true (g_file_set_contents (self->cues, srt, -1, NULL));
  frames = render (pipeline);
  g_assert_cmpuint (texts->len, ==, 1);
  *ret_text = g_strdup (g_ptr_array_index (texts, 0));
  return frames;
}

static void
assert_only_in_the_second (GPtrArray *frames)
{
  g_assert_cmpuint (find_text (frames, 0).bottom, ==, 0);
  assert_caption (find_text (frames, 1));
  g_assert_cmpuint (find_text (frames, 2).bottom, ==, 0);
  g_assert_true (g_bytes_equal (g_ptr_array_index (frames, 0), g_ptr_array_index (frames, 2)));
}

/* One is a single stroke. Without a font for it, there would be a box with its number. */
static void
test_font (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) frames = render_text ("一");
  Box box = find_text (frames, 0);

  assert_caption (box);
  g_assert_cmpuint (box.right - box.left, >, 3 * (box.bottom - box.top));
}

static void
test_caption (Fixture *self, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) frames = render_cue (self, "What would you like to drink?", "", &text);
  g_autoptr (GPtrArray) expected = NULL;

  g_test_message ("%s", text);
  g_assert_true (g_regex_match_simple ("^\\p{Han}{2,}.?$", text, 0, 0));
  assert_only_in_the_second (frames);
  expected = render_text (text);
  g_assert_true (g_bytes_equal (g_ptr_array_index (frames, 1), g_ptr_array_index (expected, 1)));
}

/* The source has a line of its own. */
static void
test_bilingual (Fixture *self, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) frames =
      render_cue (self, "Please close the door.", "bilingual=below", &text);
  g_autoptr (GPtrArray) line = render_text ("Please close the door.");
  Box both = find_text (frames, 1);
  Box one = find_text (line, 1);

  assert_only_in_the_second (frames);
  g_assert_cmpuint (both.bottom, ==, one.bottom);
  g_assert_cmpuint (both.bottom - both.top, >, 3 * (one.bottom - one.top) / 2);
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
  add ("/picture/font", test_font);
  add ("/picture/caption", test_caption);
  add ("/picture/bilingual", test_bilingual);
  return g_test_run ();
}
