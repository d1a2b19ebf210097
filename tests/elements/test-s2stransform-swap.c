/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What becomes of the stream when somebody works on the files of its model. */

#include "s2s-element-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const S2sTestBundle to_chinese = {.target_language = "zh-CN", .seed = 1};
static const S2sTestBundle to_german = {.target_language = "de", .seed = 2};

static const char text[] = "The gate is open.";

typedef struct {
  ElementFixture element;
  char *other;     /* a bundle of another language */
  char *of_bundle; /* what that of the fixture makes of the text, while it is whole */
  char *of_other;
  GstClockTime time;
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  element_fixture_init (&self->element, &to_chinese);
  self->other = s2s_test_bundle_new (&to_german);
  self->of_bundle = translate_directly (self->element.bundle, text, NULL);
  self->of_other = translate_directly (self->other, text, NULL);
  self->time = 0;
  g_assert_cmpstr (self->of_bundle, !=, self->of_other);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  s2s_test_bundle_remove (self->other);
  g_free (self->of_bundle);
  g_free (self->of_other);
  element_fixture_clear (&self->element);
}

static void
check_text (Fixture *self, const char *expected)
{
  g_autofree char *got = NULL;

  g_assert_cmpint (
      gst_harness_push (self->element.harness, text_buffer_new (text, -1, self->time, GST_SECOND)),
      ==, GST_FLOW_OK);
  self->time += GST_SECOND;
  got = element_fixture_pull (&self->element);
  g_assert_cmpstr (got, ==, expected);
}

static void
check_language (Fixture *self, const char *expected)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element.element, "src");
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_TAG, 0);
  g_autofree char *code = NULL;
  GstTagList *tags;

  g_assert_nonnull (event);
  gst_event_parse_tag (event, &tags);
  g_assert_true (gst_tag_list_get_string (tags, GST_TAG_LANGUAGE_CODE, &code));
  g_assert_cmpstr (code, ==, expected);
}

static void
start (Fixture *self)
{
  element_fixture_play (&self->element);
  element_fixture_start (&self->element, "text/x-raw, format=utf8");
  check_text (self, self->of_bundle);
  element_fixture_await_progress (&self->element, GST_PROGRESS_TYPE_COMPLETE);
}

/* Names a bundle, and waits until it is loaded or is known not to be one. */
static void
set_model (Fixture *self, const char *path, GstProgressType result)
{
  g_object_set (self->element.element, "model-path", path, NULL);
  element_fixture_push_gap (&self->element);
  element_fixture_await_progress (&self->element, result);
}

static void
check_warning (Fixture *self, const char *fragment)
{
  g_autoptr (GError) warning = element_fixture_pop_problem (&self->element, GST_MESSAGE_WARNING);

  g_test_message ("%s", warning->message);
  g_assert_true (warning->domain == GST_RESOURCE_ERROR);
  g_assert_nonnull (strstr (warning->message, self->element.bundle));
  g_assert_nonnull (strstr (warning->message, fragment));
}

/* ---- What is done to a bundle ---- */

static char *
get_weights (const char *bundle)
{
  return g_build_filename (bundle, "model.safetensors", NULL);
}

static void
delete_files (const char *bundle)
{
  g_autofree char *weights = get_weights (bundle);
  g_autofree char *config = g_build_filename (bundle, "config.json", NULL);

  g_assert_cmpint (g_unlink (weights), ==, 0);
  g_assert_cmpint (g_unlink (config), ==, 0);
}

/* In place: the same file, and so the same inode, which a mapping would see. */
static void
overwrite_weights (const char *bundle)
{
  g_autofree char *path = get_weights (bundle);
  GStatBuf info;
  FILE *file;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  file = g_fopen (path, "r+");
  g_assert_nonnull (file);
  for (goffset i = 0; i < info.st_size; i++)
    fputc ('#', file);
  g_assert_cmpint (fclose (file), ==, 0);
}

static void
truncate_weights (const char *bundle)
{
  g_autofree char *path = get_weights (bundle);
  FILE *file = g_fopen (path, "r+");

  g_assert_nonnull (file);
  g_assert_cmpint (ftruncate (fileno (file), 100), ==, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

/* Puts the files of each into the place of the other's. */
static void
exchange (const char *a, const char *b)
{
  g_autofree char *aside = g_strconcat (a, "-aside", NULL);

  g_assert_cmpint (g_rename (a, aside), ==, 0);
  g_assert_cmpint (g_rename (b, a), ==, 0);
  g_assert_cmpint (g_rename (aside, b), ==, 0);
}

/* ---- Tests ---- */

typedef struct {
  const char *path;
  void (*spoil) (const char *bundle);
  const char *complaint; /* a piece of the warning */
} Damage;

static const Damage damages[] = {
    {"/swap/deleted", delete_files, "config.json"},
    {"/swap/overwritten", overwrite_weights, "model.safetensors"},
    {"/swap/truncated", truncate_weights, "model.safetensors"},
};

/* What is in use needs no file any more, and other settings of it neither. What is named anew is
 * read anew: then it is missed, said, and the one that is in use stays. */
static void
test_damage (Fixture *self, gconstpointer data)
{
  const Damage *damage = data;

  start (self);
  damage->spoil (self->element.bundle);
  check_text (self, self->of_bundle);
  g_object_set (self->element.element, "length-penalty", 2.0, NULL);
  check_text (self, self->of_bundle);
  g_object_set (self->element.element, "length-penalty", -1.0, NULL);
  check_language (self, "zh");
  g_assert_false (element_fixture_has_problem (&self->element));

  set_model (self, self->other, GST_PROGRESS_TYPE_COMPLETE);
  check_text (self, self->of_other);
  check_language (self, "de");
  set_model (self, self->element.bundle, GST_PROGRESS_TYPE_ERROR);
  check_warning (self, damage->complaint);
  check_text (self, self->of_other);
  check_language (self, "de");
}

/* From READY on, what is in use is still that; from NULL on, it is read anew. */
static void
test_damage_and_restart (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  start (self);
  delete_files (self->element.bundle);
  gst_element_set_state (self->element.element, GST_STATE_READY);
  element_fixture_restart (&self->element, "text/x-raw, format=utf8");
  check_text (self, self->of_bundle);

  gst_element_set_state (self->element.element, GST_STATE_NULL);
  g_assert_cmpint (gst_element_set_state (self->element.element, GST_STATE_PLAYING), ==,
                   GST_STATE_CHANGE_FAILURE);
  error = element_fixture_pop_problem (&self->element, GST_MESSAGE_ERROR);
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);
}

/* Other files in the place of those that were read are another model, once they are named anew. */
static void
test_other_files (Fixture *self, gconstpointer data)
{
  start (self);
  exchange (self->element.bundle, self->other);
  check_text (self, self->of_bundle);
  check_language (self, "zh");

  set_model (self, self->other, GST_PROGRESS_TYPE_COMPLETE);
  check_text (self, self->of_bundle);
  check_language (self, "zh");
  set_model (self, self->element.bundle, GST_PROGRESS_TYPE_COMPLETE);
  check_text (self, self->of_other);
  check_language (self, "de");
  g_assert_false (element_fixture_has_problem (&self->element));
}

/* What could not be used before may be whole by now. */
static void
test_repaired (Fixture *self, gconstpointer data)
{
  g_autofree char *nothing = g_strconcat (self->other, "-nothing", NULL);
  g_autoptr (GError) warning = NULL;

  start (self);
  g_object_set (self->element.element, "model-path", nothing, NULL);
  element_fixture_push_gap (&self->element);
  element_fixture_await_progress (&self->element, GST_PROGRESS_TYPE_ERROR);
  warning = element_fixture_pop_problem (&self->element, GST_MESSAGE_WARNING);
  check_text (self, self->of_bundle);

  g_assert_cmpint (g_rename (self->other, nothing), ==, 0);
  set_model (self, nothing, GST_PROGRESS_TYPE_COMPLETE);
  check_text (self, self->of_other);
  check_language (self, "de");
  g_assert_cmpint (g_rename (nothing, self->other), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    g_test_add (damages[i].path, Fixture, &damages[i], setup, test_damage, teardown);
  g_test_add ("/swap/restart", Fixture, NULL, setup, test_damage_and_restart, teardown);
  g_test_add ("/swap/other-files", Fixture, NULL, setup, test_other_files, teardown);
  g_test_add ("/swap/repaired", Fixture, NULL, setup, test_repaired, teardown);
  return g_test_run ();
}
