/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The shell scripts of examples/ as a user starts them, with the model that ships, or, where that
 * would have no say, with random weights. */

#include "s2s-command.h"
#include "s2s-cues.h"
#include "s2s-pipeline.h"
#include "s2s-test-bundle.h"
#include "s2s.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

typedef struct {
  char *folder;
  char *hello; /* examples/hello.srt */
  char *input; /* these three are in the folder, and are not there yet */
  char *output;
  char *video;
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  pipeline_start_watchdog ();
  self->folder = g_dir_make_tmp ("s2s-scripts-XXXXXX", NULL);
  self->hello = g_test_build_filename (G_TEST_DIST, "examples", "hello.srt", NULL);
  self->input = g_build_filename (self->folder, "an input", NULL);
  self->output = g_build_filename (self->folder, "an output", NULL);
  self->video = g_build_filename (self->folder, "a video.webm", NULL);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_unlink (self->input);
  g_unlink (self->output);
  g_unlink (self->video);
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->hello);
  g_free (self->input);
  g_free (self->output);
  g_free (self->video);
}

static char *
find_script (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "examples", name, NULL);
}

static char *
read_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *content = NULL;

  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  return content;
}

static gboolean
is_chinese (const char *text)
{
  return g_regex_match_simple ("\\p{Han}", text, 0, 0);
}

/* ---- srt-translate ---- */

static void
check_hello (Fixture *self, const char *webvtt)
{
  g_autoptr (GPtrArray) source = cues_read (self->hello);
  g_autoptr (GPtrArray) target = cues_parse_webvtt (webvtt);

  cues_assert_same_times (source, target);
}

static void
test_srt_translate (Fixture *self, gconstpointer data)
{
  g_autofree char *script = find_script ("srt-translate");
  g_auto (Command) command = {0};

  command_run (&command, script, self->hello, "beam-search-size=1", "max-length=40", NULL);
  command_assert_success (&command);
  check_hello (self, command.out);
}

static void
test_srt_translate_to_file (Fixture *self, gconstpointer data)
{
  g_autofree char *script = find_script ("srt-translate");
  g_autofree char *webvtt = NULL;
  g_auto (Command) command = {0};

  command_run (&command, script, self->hello, self->output, "beam-search-size=1", NULL);
  command_assert_success (&command);
  g_assert_cmpstr (command.out, ==, "");
  webvtt = read_file (self->output);
  check_hello (self, webvtt);
}

/* Both languages in a cue, and what means something to WebVTT escaped in both. */
static void
test_srt_translate_bilingual (Fixture *self, gconstpointer data)
{
  const char *srt = "1\n00:00:01,000 --> 00:00:02,000\nThey say 3 < 4 & 5.\n\n"
                    "2\n00:00:02,000 --> 00:00:03,000\nWe like <i>green tea</i>.\n";
  g_autofree char *script = find_script ("srt-translate");
  g_autoptr (GPtrArray) cues = NULL;
  const Cue *first;
  const Cue *second;
  g_auto (Command) command = {0};

  g_assert_true (g_file_set_contents (self->input, srt, -1, NULL));
  command_run (&command, script, self->input, "bilingual=below", NULL);
  command_assert_success (&command);
  cues = cues_parse_webvtt (command.out);
  g_assert_cmpuint (cues->len, ==, 2);
  first = g_ptr_array_index (cues, 0);
  second = g_ptr_array_index (cues, 1);
  g_assert_true (is_chinese (first->text) && is_chinese (second->text));
  g_assert_true (g_str_has_suffix (first->text, "\nThey say 3 &lt; 4 &amp; 5."));
  g_assert_true (g_str_has_suffix (second->text, "\nWe like <i>green tea</i>."));
}

/* ---- burn-subtitles and mkv-subtitles ---- */

static char *
discover (const char *path)
{
  g_auto (Command) command = {0};

  command_run (&command, "gst-discoverer-1.0", path, NULL);
  command_assert_success (&command);
  return g_steal_pointer (&command.out);
}

/* A video of 4 s with sound. */
static void
make_video (Fixture *self)
{
  g_autoptr (GstElement) pipeline = pipeline_new (
      "videotestsrc num-buffers=40 ! video/x-raw,width=320,height=180,framerate=10/1 "
      "! vp8enc deadline=1 ! queue ! mux. audiotestsrc num-buffers=40 samplesperbuffer=4410 "
      "! audio/x-raw,rate=44100 ! audioconvert ! vorbisenc ! queue ! mux. "
      "webmmux name=mux ! filesink location=\"%s\"",
      self->video);

  pipeline_run (pipeline);
}

/* The luma of the picture at a time. */
static GBytes *
take_picture (const char *path, GstClockTime time)
{
  g_autoptr (GstElement) pipeline =
      pipeline_new ("filesrc location=\"%s\" ! matroskademux ! vp8dec ! videoconvert "
                    "! video/x-raw,format=GRAY8 ! appsink name=sink sync=false",
                    path);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GBytes *picture = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (!picture) {
    g_autoptr (GstSample) sample = NULL;
    GstBuffer *buffer;
    gsize size;

    g_signal_emit_by_name (sink, "try-pull-sample", 60 * GST_SECOND, &sample);
    g_assert_nonnull (sample);
    buffer = gst_sample_get_buffer (sample);
    size = gst_buffer_get_size (buffer);
    if (GST_BUFFER_PTS (buffer) >= time) {
      gpointer pixels = g_malloc (size);

      gst_buffer_extract (buffer, 0, pixels, size);
      picture = g_bytes_new_take (pixels, size);
    }
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return picture;
}

/* How many pixels of two pictures differ by more than a codec explains, in their upper or lower
 * half. */
static guint
count_changes (GBytes *a, GBytes *b, gboolean lower)
{
  gsize size;
  const guint8 *pixels_a = g_bytes_get_data (a, &size);
  const guint8 *pixels_b = g_bytes_get_data (b, NULL);
  guint changes = 0;

  g_assert_cmpuint (g_bytes_get_size (b), ==, size);
  for (gsize i = lower ? size / 2 : 0; i < (lower ? size : size / 2); i++) {
    if (ABS (pixels_a[i] - pixels_b[i]) > 50)
      changes++;
  }
  return changes;
}

static void
test_burn_subtitles (Fixture *self, gconstpointer data)
{
  g_autofree char *script = find_script ("burn-subtitles");
  g_autoptr (GBytes) without = NULL;
  g_autoptr (GBytes) with = NULL;
  g_auto (Command) command = {0};

  command_run (&command, script, self->hello, self->output, "beam-search-size=1", NULL);
  command_assert_success (&command);
  without = take_picture (self->output, 500 * GST_MSECOND);
  with = take_picture (self->output, 1500 * GST_MSECOND); /* Hello, world! */
  g_assert_cmpuint (count_changes (without, with, TRUE), >, 100);
  g_assert_cmpuint (count_changes (without, with, FALSE), ==, 0);
}

static void
test_burn_subtitles_video (Fixture *self, gconstpointer data)
{
  g_autofree char *script = find_script ("burn-subtitles");
  g_autofree char *found = NULL;
  g_auto (Command) command = {0};

  make_video (self);
  command_run (&command, script, self->hello, self->output, self->video, NULL);
  command_assert_success (&command);
  found = discover (self->output);
  g_assert_nonnull (strstr (found, "video #1: VP8"));
  g_assert_nonnull (strstr (found, "audio #2: Vorbis"));
}

/* Makes a file with two tracks of subtitles, in English and Chinese: by the file itself, because
 * gst-discoverer-1.0 now and then looks before the tags have come. matroskamux waits for no text;
 * where all cores are busy it may write its header before a language comes, so there are a few
 * tries. */
static void
make_subtitles (Fixture *self, const char *option)
{
  g_autofree char *script = find_script ("mkv-subtitles");
  g_autofree char *languages = NULL;

  for (guint i = 0; i < 3 && g_strcmp0 (languages, "eng chi") != 0; i++) {
    g_auto (Command) command = {0};

    command_run (&command, script, self->hello, self->output, option, NULL);
    command_assert_success (&command);
    g_free (languages);
    languages = matroska_read_languages (self->output);
  }
  g_assert_cmpstr (languages, ==, "eng chi");
}

static void
test_mkv_subtitles (Fixture *self, gconstpointer data)
{
  make_subtitles (self, "beam-search-size=1");
}

static void
test_mkv_subtitles_video (Fixture *self, gconstpointer data)
{
  g_autofree char *found = NULL;

  make_video (self);
  make_subtitles (self, self->video);
  found = discover (self->output);
  g_assert_nonnull (strstr (found, "video #1: VP8"));
  g_assert_nonnull (strstr (found, "audio #2: Vorbis"));
  g_assert_true (g_regex_match_simple ("subtitles #3: [^#]*subtitles #4: [^#]*$", found, 0, 0));
}

/* ---- live-captions ---- */

static void
test_live_captions (Fixture *self, gconstpointer data)
{
  g_autofree char *script = find_script ("live-captions");
  g_autofree char *found = NULL;
  g_autoptr (GPtrArray) cues = NULL;
  g_auto (Command) command = {0};

  g_assert_true (
      g_file_set_contents (self->input, "Where are you going?\n\nI am going home.\n", -1, NULL));
  command_run (&command, script, "-s", self->input, self->output, "bilingual=below", NULL);
  command_assert_success (&command);
  cues = cues_parse_webvtt (command.out);
  g_assert_cmpuint (cues->len, ==, 2);
  for (guint i = 0; i < cues->len; i++) {
    const Cue *cue = g_ptr_array_index (cues, i);

    g_assert_true (is_chinese (cue->text));
    g_assert_true (g_str_has_suffix (cue->text, i ? "\ni am going home" : "\nwhere are you going"));
  }
  found = discover (self->output);
  g_assert_nonnull (strstr (found, "video #1: VP8"));
  g_assert_nonnull (strstr (found, "audio #2: Vorbis"));
}

/* ---- caption-host and translation-host ---- */

typedef struct {
  char *port;
  GSubprocess *captions;
  GSubprocess *translation;
  gint stop;
} Hosts;

/* A port that nobody listened on a moment ago. */
static char *
find_port (void)
{
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  g_assert_true (g_socket_bind (socket, any, FALSE, NULL));
  bound = g_socket_get_local_address (socket, NULL);
  return g_strdup_printf ("%u", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
}

static GSubprocess *
start_host (const char *name, const char *port, const char *input)
{
  g_autofree char *script = find_script (name);
  g_autoptr (GError) error = NULL;
  GSubprocess *process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                        "timeout", COMMAND_SECONDS, script, port, input, NULL);

  g_assert_no_error (error);
  return process;
}

/* Waits until the caption host listens. */
static void
wait_for_port (const Hosts *self)
{
  g_autofree char *host = g_strconcat ("127.0.0.1:", self->port, NULL);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;

  while (!connection) {
    g_usleep (20 * 1000);
    g_assert_nonnull (g_subprocess_get_identifier (self->captions));
    connection = g_socket_client_connect_to_host (client, host, 0, NULL, NULL);
  }
}

static void
start_hosts (Hosts *self, const char *input)
{
  self->port = find_port ();
  self->captions = start_host ("caption-host", self->port, input);
  wait_for_port (self);
  self->translation = start_host ("translation-host", self->port, NULL);
}

static void
hosts_clear (Hosts *self)
{
  g_free (self->port);
  g_object_unref (self->captions);
  g_object_unref (self->translation);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Hosts, hosts_clear)

/* Reads what the translation host prints, to the first Chinese line or the end. */
static gboolean
read_chinese (Hosts *self)
{
  g_autoptr (GDataInputStream) lines =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->translation));
  gboolean found = FALSE;

  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  while (!found) {
    g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);

    if (!line)
      return FALSE;
    found = is_chinese (line);
  }
  return TRUE;
}

/* Types a sentence over and over: nobody hears the first ones before the other host is there. */
static gpointer
type (gpointer user_data)
{
  const char *line = "Good evening.\n";
  Hosts *self = user_data;
  GOutputStream *keyboard = g_subprocess_get_stdin_pipe (self->captions);

  while (!g_atomic_int_get (&self->stop)) {
    g_assert_true (g_output_stream_write_all (keyboard, line, strlen (line), NULL, NULL, NULL));
    g_usleep (200 * 1000);
  }
  g_assert_true (g_output_stream_close (keyboard, NULL, NULL));
  return NULL;
}

/* When the first host ends, so does the second. */
static void
test_hosts (Fixture *self, gconstpointer data)
{
  g_auto (Hosts) hosts = {0};
  GThread *typist;
  gboolean translated;

  start_hosts (&hosts, NULL);
  typist = g_thread_new ("typist", type, &hosts);
  translated = read_chinese (&hosts);
  g_atomic_int_set (&hosts.stop, 1);
  g_thread_join (typist);
  g_assert_true (translated);
  g_assert_true (g_subprocess_wait_check (hosts.captions, NULL, NULL));
  g_assert_true (g_subprocess_wait_check (hosts.translation, NULL, NULL));
}

/* A subtitle file that lasts longer than the watchdog. */
static void
write_long_file (Fixture *self)
{
  g_autoptr (GString) srt = g_string_new (NULL);

  for (guint i = 0; i < 200; i++)
    g_string_append_printf (srt, "%u\n00:%02u:%02u,000 --> 00:%02u:%02u,900\nGood evening.\n\n",
                            i + 1, i / 60, i % 60, i / 60, i % 60);
  g_assert_true (g_file_set_contents (self->input, srt->str, srt->len, NULL));
}

static void
test_hosts_file (Fixture *self, gconstpointer data)
{
  g_auto (Hosts) hosts = {0};
  gboolean translated;

  write_long_file (self);
  start_hosts (&hosts, self->input);
  translated = read_chinese (&hosts);
  g_subprocess_send_signal (hosts.captions, SIGTERM);
  g_subprocess_wait (hosts.captions, NULL, NULL);
  g_assert_true (g_subprocess_wait_check (hosts.translation, NULL, NULL));
  g_assert_true (translated);
}

/* ---- converse ---- */

/* Fewer tokens than any loop, for what loops is no answer. */
#define MAX_LENGTH 7

static const S2sTestBundle replies = {
    .architecture = "transformer",
    .task = "reply",
    .keys = "\"context\": {\"separator_token\": 9, \"turns\": 2}",
    .has_words = TRUE,
    .seed = 8,
};

/* What the library answers. before may be NULL. */
static char *
answer (const char *bundle, const char *text, const char *const *before)
{
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (bundle, NULL);
  g_autoptr (S2sTranslator) translator = NULL;
  g_autoptr (S2sTranslation) translation = NULL;
  S2sTranslatorOptions options;
  const S2sInput input = {
      .text = text,
      .length = -1,
      .context = before,
      .n_context = before ? g_strv_length ((char **)before) : 0,
  };

  s2s_translator_options_init (&options, model);
  options.beam_size = 1;
  options.max_length = MAX_LENGTH;
  translator = s2s_translator_new (model, &options, NULL);
  g_assert_true (s2s_translator_translate_batch (translator, &input, 1, &translation, NULL));
  return g_strdup (translation->hypotheses[0].text);
}

/* Types nothing more until there is an answer. */
static void
check_answer (GSubprocess *script, GDataInputStream *answers, const char *line,
              const char *expected)
{
  GOutputStream *keyboard = g_subprocess_get_stdin_pipe (script);
  g_autofree char *got = NULL;

  g_assert_true (g_output_stream_write_all (keyboard, line, strlen (line), NULL, NULL, NULL));
  got = g_data_input_stream_read_line (answers, NULL, NULL, NULL);
  g_assert_cmpstr (got, ==, expected);
}

static void
test_converse (Fixture *self, gconstpointer data)
{
  g_autofree char *path = find_script ("converse");
  char *bundle = s2s_test_bundle_new (&replies);
  g_autofree char *first = answer (bundle, "Good evening", NULL);
  const char *const before[] = {"Good evening", first, NULL};
  g_autofree char *second = answer (bundle, "Is it far? I am tired", before);
  g_autofree char *alone = answer (bundle, "Is it far? I am tired", NULL);
  g_autoptr (GSubprocess) script =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, path,
                        bundle, "beam-search-size=1", "max-length=7", NULL);
  g_autoptr (GDataInputStream) answers =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (script));
  g_autofree char *end = NULL;

  g_assert_cmpstr (second, !=, alone);
  check_answer (script, answers, "Good evening\n", first);
  check_answer (script, answers, "Is it far? I am tired\n", second);
  g_output_stream_close (g_subprocess_get_stdin_pipe (script), NULL, NULL);
  end = g_data_input_stream_read_line (answers, NULL, NULL, NULL);
  g_assert_null (end);
  g_assert_true (g_subprocess_wait_check (script, NULL, NULL));
  s2s_test_bundle_remove (bundle);
}

static void
test_converse_without_bundle (Fixture *self, gconstpointer data)
{
  g_autofree char *path = find_script ("converse");
  g_auto (Command) command = {0};

  command_run (&command, path, self->input, NULL);
  g_assert_cmpint (command.status, !=, 0);
  g_assert_nonnull (strstr (command.err, self->input));
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
  add ("/scripts/srt-translate", test_srt_translate);
  add ("/scripts/srt-translate/file", test_srt_translate_to_file);
  add ("/scripts/srt-translate/bilingual", test_srt_translate_bilingual);
  add ("/scripts/burn-subtitles", test_burn_subtitles);
  add ("/scripts/burn-subtitles/video", test_burn_subtitles_video);
  add ("/scripts/mkv-subtitles", test_mkv_subtitles);
  add ("/scripts/mkv-subtitles/video", test_mkv_subtitles_video);
  add ("/scripts/live-captions", test_live_captions);
  add ("/scripts/hosts", test_hosts);
  add ("/scripts/hosts/file", test_hosts_file);
  add ("/scripts/converse", test_converse);
  add ("/scripts/converse/no-bundle", test_converse_without_bundle);
  return g_test_run ();
}
