/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a model gets into the element, while text and changes of state come and go. A glossary that
 * is a pipe holds a load up until somebody writes into it. */

#include "s2s-element-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UTF8 "text/x-raw, format=utf8"
#define TEXT "Hello there."

static const S2sTestBundle to_chinese = {.target_language = "zh-CN", .seed = 1};
static const S2sTestBundle to_german = {.target_language = "de", .seed = 2};

static void
setup (ElementFixture *self, gconstpointer data)
{
  element_fixture_init (self, &to_chinese);
}

static void
teardown (ElementFixture *self, gconstpointer data)
{
  g_assert_false (element_fixture_has_problem (self));
  element_fixture_clear (self);
}

static void
start (ElementFixture *self)
{
  element_fixture_play (self);
  element_fixture_start (self, UTF8);
}

static char *
make_pipe (ElementFixture *self, const char *name)
{
  char *path = g_build_filename (self->bundle, name, NULL);

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  return path;
}

/* Makes the load wait at its end. */
static char *
hold_load (ElementFixture *self, const char *name)
{
  char *path = make_pipe (self, name);

  g_object_set (self->element, "glossary", path, NULL);
  return path;
}

/* Waits for the thread that loads, and lets it go on. */
static void
release_load (char *path)
{
  int file = g_open (path, O_WRONLY, 0);

  g_assert_cmpint (file, >=, 0);
  g_assert_true (g_close (file, NULL));
  g_free (path);
}

/* Waits for as many messages as are expected. That none comes after them, and that no load is left
 * without an end, the fixture sees. */
static void
check_progress (ElementFixture *self, const char *expected)
{
  static const char *const names[] = {"start", "continue", "complete", "canceled", "error"};
  g_autoptr (GString) found = g_string_new (NULL);

  while (found->len < strlen (expected)) {
    g_autoptr (GstMessage) message =
        gst_bus_timed_pop_filtered (self->bus, 30 * GST_SECOND, GST_MESSAGE_PROGRESS);
    g_autofree char *code = NULL;
    GstProgressType type;

    g_assert_nonnull (message);
    gst_message_parse_progress (message, &type, &code, NULL);
    g_assert_cmpstr (code, ==, "load");
    g_string_append_printf (found, "%s%s", found->len > 0 ? " " : "", names[type]);
  }
  g_assert_cmpstr (found->str, ==, expected);
}

/* What a bundle makes of TEXT. */
static void
check_text (ElementFixture *self, const char *bundle)
{
  g_autofree char *expected = translate_directly (bundle, TEXT, NULL);
  g_autofree char *text = NULL;

  g_assert_cmpint (element_fixture_push (self, TEXT), ==, GST_FLOW_OK);
  text = element_fixture_pull (self);
  g_assert_cmpstr (text, ==, expected);
}

static void
check_problem (ElementFixture *self, GstMessageType type, gint code, const char *word)
{
  g_autoptr (GError) error = element_fixture_pop_problem (self, type);

  g_assert_error (error, GST_RESOURCE_ERROR, code);
  g_assert_nonnull (strstr (error->message, word));
}

static char *
break_weights (const char *bundle)
{
  char *path = g_build_filename (bundle, "model.safetensors", NULL);

  g_assert_true (g_file_set_contents (path, "no weights", -1, NULL));
  return path;
}

/* ---- Progress ---- */

static void
test_normal (ElementFixture *self, gconstpointer data)
{
  start (self);
  check_text (self, self->bundle);
  check_progress (self, "start complete");
}

static void
test_broken (ElementFixture *self, gconstpointer data)
{
  g_autofree char *path = break_weights (self->bundle);

  g_assert_cmpint (gst_element_set_state (self->element, GST_STATE_READY), ==,
                   GST_STATE_CHANGE_SUCCESS);
  check_progress (self, "start error");
  check_problem (self, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR_READ, path);
  /* READY→PAUSED tries again. */
  start (self);
  g_assert_cmpint (element_fixture_push (self, TEXT), ==, GST_FLOW_ERROR);
  g_assert_cmpuint (gst_harness_buffers_received (self->harness), ==, 0);
  check_problem (self, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR_READ, path);
  element_fixture_check_stats (self, "received 1, discarded 1");
}

/* READY→NULL does not wait for the thread, which waits for us. */
static void
test_stopped (ElementFixture *self, gconstpointer data)
{
  char *path = hold_load (self, "pipe");

  g_assert_cmpint (gst_element_set_state (self->element, GST_STATE_READY), ==,
                   GST_STATE_CHANGE_SUCCESS);
  g_assert_cmpint (gst_element_set_state (self->element, GST_STATE_NULL), ==,
                   GST_STATE_CHANGE_SUCCESS);
  release_load (path);
  check_progress (self, "start canceled");
}

static void
test_replaced (ElementFixture *self, gconstpointer data)
{
  char *path = hold_load (self, "pipe");

  start (self);
  g_object_set (self->element, "glossary", NULL, NULL);
  check_text (self, self->bundle);
  check_progress (self, "start canceled start complete");
  release_load (path);
  check_text (self, self->bundle);
  check_progress (self, "");
}

/* An application that hears of it may send text at once. */
static void
push_when_complete (GstBus *bus, GstMessage *message, ElementFixture *self)
{
  GstProgressType type;

  gst_message_parse_progress (message, &type, NULL, NULL);
  if (type == GST_PROGRESS_TYPE_COMPLETE)
    g_assert_cmpint (element_fixture_push (self, TEXT), ==, GST_FLOW_OK);
}

static void
test_complete_is_in_use (ElementFixture *self, gconstpointer data)
{
  char *german = s2s_test_bundle_new (&to_german);
  g_autofree char *expected = translate_directly (german, TEXT, NULL);
  g_autofree char *text = NULL;

  start (self);
  check_text (self, self->bundle);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
  g_signal_connect (self->bus, "sync-message::progress", G_CALLBACK (push_when_complete), self);
  g_object_set (self->element, "model-path", german, NULL);
  element_fixture_push_gap (self);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
  text = element_fixture_pull (self);
  g_assert_cmpstr (text, ==, expected);
  s2s_test_bundle_remove (german);
}

/* ---- Waiting for it ---- */

static gpointer
push_in_thread (gpointer user_data)
{
  ElementFixture *self = user_data;

  return GINT_TO_POINTER (element_fixture_push (self, TEXT));
}

static GstPadProbeReturn
note_arrival (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_atomic_int_set ((gint *)user_data, TRUE);
  return GST_PAD_PROBE_OK;
}

/* Returns once a text has come to the element, which has no model yet. */
static GThread *
push_and_wait (ElementFixture *self)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element, "sink");
  gint arrived = FALSE;
  gulong probe = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, note_arrival, &arrived, NULL);
  GThread *thread = g_thread_new ("push", push_in_thread, self);

  while (!g_atomic_int_get (&arrived))
    g_usleep (100);
  /* Whether it waits by then or not, the result is the same, but this shows more often whether it
   * is woken. */
  g_usleep (20000);
  gst_pad_remove_probe (pad, probe);
  return thread;
}

static void
check_woken (ElementFixture *self, GThread *thread)
{
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, GST_FLOW_FLUSHING);
  element_fixture_check_output (self, "");
  element_fixture_check_stats (self, "received 1, discarded 1");
}

static void
test_wait (ElementFixture *self, gconstpointer data)
{
  char *path = hold_load (self, "pipe");
  GThread *thread;

  start (self);
  thread = push_and_wait (self);
  element_fixture_check_output (self, "");
  release_load (path);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, GST_FLOW_OK);
  element_fixture_check_output (self, "«" TEXT "» 0-1000;");
  check_progress (self, "start complete");
}

/* The load goes on, and serves what comes after the flush. */
static void
test_flush (ElementFixture *self, gconstpointer data)
{
  char *path = hold_load (self, "pipe");
  GThread *thread;

  start (self);
  thread = push_and_wait (self);
  gst_harness_push_event (self->harness, gst_event_new_flush_start ());
  check_woken (self, thread);
  gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE));
  element_fixture_start (self, NULL);
  release_load (path);
  check_text (self, self->bundle);
  check_progress (self, "start complete");
}

static void
test_stop (ElementFixture *self, gconstpointer data)
{
  char *path = hold_load (self, "pipe");
  GThread *thread;

  start (self);
  thread = push_and_wait (self);
  g_assert_cmpint (gst_element_set_state (self->element, GST_STATE_READY), ==,
                   GST_STATE_CHANGE_SUCCESS);
  check_woken (self, thread);
  element_fixture_restart (self, UTF8);
  release_load (path);
  check_text (self, self->bundle);
  check_progress (self, "start complete");
}

static void
dawdle (GstBus *bus, GstMessage *message, gpointer user_data)
{
  GstProgressType type;

  gst_message_parse_progress (message, &type, NULL, NULL);
  if (type == GST_PROGRESS_TYPE_ERROR)
    g_usleep (20000);
}

/* The flow that ends must not come before the reason, else a source says that it failed. */
static void
test_reason_comes_first (ElementFixture *self, gconstpointer data)
{
  g_autofree char *path = break_weights (self->bundle);
  g_autoptr (GstMessage) message = NULL;

  gst_element_set_state (self->element, GST_STATE_READY);
  check_progress (self, "start error");
  check_problem (self, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR_READ, path);
  g_signal_connect (self->bus, "sync-message::progress", G_CALLBACK (dawdle), NULL);
  start (self);
  g_assert_cmpint (element_fixture_push (self, TEXT), ==, GST_FLOW_ERROR);
  message = gst_bus_pop_filtered (self->bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
}

/* What needs no model does not wait for it. */
static void
test_no_wait (ElementFixture *self, gconstpointer data)
{
  char *path = hold_load (self, "pipe");
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element, "src");

  start (self);
  g_assert_true (gst_pad_query (pad, query));
  element_fixture_push_at (self, " ", 0, 1000);
  gst_util_set_object_arg (G_OBJECT (self->element), "mode", "passthrough");
  element_fixture_push_at (self, TEXT, 1000, 1000);
  gst_util_set_object_arg (G_OBJECT (self->element), "mode", "mute");
  element_fixture_push_at (self, TEXT, 2000, 1000);
  gst_harness_push_event (self->harness, gst_event_new_eos ());
  element_fixture_check_output (self, "gap 0-1000; " TEXT " 1000-2000; gap 2000-3000;");
  g_assert_true (g_str_has_suffix (self->log->str, "eos"));
  release_load (path);
  check_progress (self, "start complete");
}

/* ---- Another one ---- */

static void
check_last_language (ElementFixture *self, const char *expected)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element, "src");
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_TAG, 0);
  g_autofree char *code = NULL;
  GstTagList *tags;

  gst_event_parse_tag (event, &tags);
  g_assert_true (gst_tag_list_get_string (tags, GST_TAG_LANGUAGE_CODE, &code));
  g_assert_cmpstr (code, ==, expected);
}

static void
test_swap (ElementFixture *self, gconstpointer data)
{
  char *german = s2s_test_bundle_new (&to_german);
  char *path;

  start (self);
  check_text (self, self->bundle);
  check_progress (self, "start complete");
  path = hold_load (self, "pipe");
  g_object_set (self->element, "model-path", german, NULL);
  check_text (self, self->bundle);
  check_progress (self, "start");
  check_text (self, self->bundle);
  check_last_language (self, "zh");
  release_load (path);
  check_progress (self, "complete");
  check_text (self, german);
  check_last_language (self, "de");
  g_assert_cmpstr (self->log->str, ==,
                   "stream-start caps segment tag buffer buffer buffer tag buffer");
  s2s_test_bundle_remove (german);
}

/* While nothing streams, nobody is shown the old one any more. */
static void
test_swap_in_ready (ElementFixture *self, gconstpointer data)
{
  char *german = s2s_test_bundle_new (&to_german);
  g_autofree char *expected = translate_directly (german, TEXT, NULL);
  g_autofree char *text = NULL;
  GThread *thread;
  char *path;

  start (self);
  check_text (self, self->bundle);
  check_progress (self, "start complete");
  gst_element_set_state (self->element, GST_STATE_READY);
  path = hold_load (self, "pipe");
  g_object_set (self->element, "model-path", german, NULL);
  element_fixture_restart (self, UTF8);
  check_last_language (self, "de");
  thread = push_and_wait (self);
  release_load (path);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, GST_FLOW_OK);
  text = element_fixture_pull (self);
  g_assert_cmpstr (text, ==, expected);
  check_progress (self, "start complete");
  s2s_test_bundle_remove (german);
}

/* Whoever changes his mind gets what he named last. */
static void
test_swap_back (ElementFixture *self, gconstpointer data)
{
  char *german = s2s_test_bundle_new (&to_german);
  char *path;

  start (self);
  check_text (self, self->bundle);
  check_progress (self, "start complete");
  path = hold_load (self, "pipe");
  g_object_set (self->element, "model-path", german, NULL);
  check_text (self, self->bundle);
  g_object_set (self->element, "model-path", self->bundle, "glossary", NULL, NULL);
  check_text (self, self->bundle);
  check_progress (self, "start canceled start complete");
  release_load (path);
  check_text (self, self->bundle);
  check_last_language (self, "zh");
  s2s_test_bundle_remove (german);
}

static void
test_swap_to_broken (ElementFixture *self, gconstpointer data)
{
  char *german = s2s_test_bundle_new (&to_german);
  g_autofree char *path = break_weights (german);

  start (self);
  check_text (self, self->bundle);
  check_progress (self, "start complete");
  g_object_set (self->element, "model-path", german, NULL);
  check_text (self, self->bundle);
  check_progress (self, "start error");
  check_problem (self, GST_MESSAGE_WARNING, GST_RESOURCE_ERROR_READ, path);
  check_text (self, self->bundle);
  check_last_language (self, "zh");
  s2s_test_bundle_remove (german);
}

/* The pipeline has ended with an error, but whoever names another bundle can start again. */
static void
test_after_failure (ElementFixture *self, gconstpointer data)
{
  char *german = s2s_test_bundle_new (&to_german);
  g_autofree char *path = break_weights (self->bundle);

  gst_element_set_state (self->element, GST_STATE_READY);
  check_progress (self, "start error");
  check_problem (self, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR_READ, path);
  g_object_set (self->element, "model-path", german, NULL);
  start (self);
  check_text (self, german);
  check_progress (self, "start complete");
  s2s_test_bundle_remove (german);
}

/* Even in the midst of a stream, which says so before the text. */
static void
test_after_failure_while_playing (ElementFixture *self, gconstpointer data)
{
  char *german = s2s_test_bundle_new (&to_german);

  g_free (break_weights (self->bundle));
  start (self);
  g_assert_cmpint (element_fixture_push (self, TEXT), ==, GST_FLOW_ERROR);
  while (element_fixture_has_problem (self))
    continue;
  g_object_set (self->element, "model-path", german, NULL);
  check_text (self, german);
  check_last_language (self, "de");
  g_assert_cmpstr (self->log->str, ==, "stream-start caps segment tag tag buffer");
  s2s_test_bundle_remove (german);
}

/* ---- One for all ---- */

/* Makes rubbish of the weights, but leaves all by which a file is known. */
static void
spoil_weights (const char *bundle)
{
  g_autofree char *path = g_build_filename (bundle, "model.safetensors", NULL);
  int file = g_open (path, O_RDWR, 0);
  struct timespec times[2];
  struct stat status;

  g_assert_cmpint (fstat (file, &status), ==, 0);
  for (goffset i = 0; i < status.st_size; i++)
    g_assert_cmpint (write (file, "?", 1), ==, 1);
  times[0] = status.st_atim;
  times[1] = status.st_mtim;
  g_assert_cmpint (futimens (file, times), ==, 0);
  g_assert_true (g_close (file, NULL));
}

/* The second element takes the model of the first, so it does not miss the file. */
static void
test_shared (ElementFixture *self, gconstpointer data)
{
  g_autofree char *expected = translate_directly (self->bundle, TEXT, NULL);
  g_autofree char *text = NULL;
  ElementFixture other;

  element_fixture_init (&other, &to_german);
  start (self);
  check_text (self, self->bundle);
  spoil_weights (self->bundle);
  g_object_set (other.element, "model-path", self->bundle, NULL);
  start (&other);
  g_assert_cmpint (element_fixture_push (&other, TEXT), ==, GST_FLOW_OK);
  text = element_fixture_pull (&other);
  g_assert_cmpstr (text, ==, expected);
  teardown (&other, NULL);
}

static void
add (const char *path, void (*test) (ElementFixture *, gconstpointer))
{
  g_test_add (path, ElementFixture, NULL, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  add ("/progress/normal", test_normal);
  add ("/progress/broken", test_broken);
  add ("/progress/stopped", test_stopped);
  add ("/progress/replaced", test_replaced);
  add ("/progress/complete-is-in-use", test_complete_is_in_use);
  add ("/wait/translated", test_wait);
  add ("/wait/flush", test_flush);
  add ("/wait/stop", test_stop);
  add ("/wait/reason-comes-first", test_reason_comes_first);
  add ("/wait/not", test_no_wait);
  add ("/swap/other", test_swap);
  add ("/swap/in-ready", test_swap_in_ready);
  add ("/swap/back", test_swap_back);
  add ("/swap/broken", test_swap_to_broken);
  add ("/swap/after-failure", test_after_failure);
  add ("/swap/after-failure-while-playing", test_after_failure_while_playing);
  add ("/shared", test_shared);
  return g_test_run ();
}
