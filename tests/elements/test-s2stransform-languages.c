/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which language comes out of a bundle that has several. */

#include "s2s-element-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static const S2sTestBundle many = {.target_language = "es",
                                   .language_tokens = "{\"fr\": 74, \"es\": 87}",
                                   .cell = "gru",
                                   .seed = 1};
static const S2sTestBundle to_chinese = {.target_language = "zh-CN", .seed = 1};

static const char text[] = "The gate is open.";

static void
ask_french (S2sTranslatorOptions *options)
{
  options->target_language = "fr";
}

static void
ask_spanish (S2sTranslatorOptions *options)
{
  options->target_language = "es";
}

typedef struct {
  ElementFixture element;
  char *of_french;
  char *of_spanish;
  GstClockTime time;
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  element_fixture_init (&self->element, &many);
  self->of_french = translate_directly (self->element.bundle, text, ask_french);
  self->of_spanish = translate_directly (self->element.bundle, text, ask_spanish);
  g_assert_cmpstr (self->of_french, !=, self->of_spanish);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_free (self->of_french);
  g_free (self->of_spanish);
  element_fixture_clear (&self->element);
}

/* What downstream was told last */
static void
check_tag (Fixture *self, const char *expected)
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

/* And the application, with each translation */
static void
check_message (Fixture *self, const char *expected)
{
  g_autoptr (GstMessage) message = NULL;

  for (;;) {
    message = gst_bus_timed_pop_filtered (self->element.bus, 0, GST_MESSAGE_ELEMENT);
    g_assert_nonnull (message);
    if (gst_message_has_name (message, "s2stransform/raw"))
      break;
    gst_clear_message (&message);
  }
  g_assert_cmpstr (gst_structure_get_string (gst_message_get_structure (message), "language-code"),
                   ==, expected);
}

static void
check_text (Fixture *self, const char *expected, const char *language)
{
  g_autofree char *got = NULL;

  g_assert_cmpint (
      gst_harness_push (self->element.harness, text_buffer_new (text, -1, self->time, GST_SECOND)),
      ==, GST_FLOW_OK);
  self->time += GST_SECOND;
  got = element_fixture_pull (&self->element);
  g_assert_cmpstr (got, ==, expected);
  check_tag (self, language);
  check_message (self, language);
}

static void
start (Fixture *self)
{
  element_fixture_play (&self->element);
  element_fixture_start (&self->element, "text/x-raw, format=utf8");
}

/* The empty text is all that a launch line can say for no language. */
static void
test_own_language (Fixture *self, gconstpointer data)
{
  g_object_set (self->element.element, "output-language-code", data, NULL);
  start (self);
  check_text (self, self->of_spanish, "es");
}

/* With a bundle that is named */
static void
test_language_of_bundle (Fixture *self, gconstpointer data)
{
  g_object_set (self->element.element, "output-language-code", data, NULL);
  start (self);
  check_tag (self, "fr"); /* before the model is there */
  check_text (self, self->of_french, "fr");
}

/* The language finds the bundle, and is put out. */
static void
test_language_finds_bundle (Fixture *self, gconstpointer data)
{
  g_autofree char *dir = g_dir_make_tmp ("s2s-languages-XXXXXX", NULL);
  g_autofree char *place = g_build_filename (dir, "many", NULL);

  g_assert_cmpint (g_rename (self->element.bundle, place), ==, 0);
  g_setenv ("S2S_MODEL_PATH", dir, TRUE);
  g_object_set (self->element.element, "model-path", NULL, "output-language-code", data, NULL);
  start (self);
  check_text (self, self->of_french, "fr");
  g_unsetenv ("S2S_MODEL_PATH");
  g_assert_cmpint (g_rename (place, self->element.bundle), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

static void
test_unknown_language (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_object_set (self->element.element, "output-language-code", "de", NULL);
  g_assert_cmpint (gst_element_set_state (self->element.element, GST_STATE_READY), ==,
                   GST_STATE_CHANGE_FAILURE);
  error = element_fixture_pop_problem (&self->element, GST_MESSAGE_ERROR);
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
  g_assert_nonnull (
      strstr (error->message, "the target language is “de”, expected one of the bundle's: es, fr"));
}

/* A bundle of one language is taken as it is. */
static void
test_only_language (Fixture *self, gconstpointer data)
{
  char *other = s2s_test_bundle_new (&to_chinese);
  g_autofree char *expected = translate_directly (other, text, NULL);

  g_object_set (self->element.element, "model-path", other, "output-language-code", "fr", NULL);
  start (self);
  check_text (self, expected, "zh");
  s2s_test_bundle_remove (other);
}

static void
set_language (Fixture *self, const char *language, GstProgressType result)
{
  g_object_set (self->element.element, "output-language-code", language, NULL);
  element_fixture_push_gap (&self->element);
  element_fixture_await_progress (&self->element, result);
}

/* As another model: between two texts, once it is loaded; the old one stays when it cannot be. */
static void
test_change (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) warning = NULL;

  start (self);
  element_fixture_await_progress (&self->element, GST_PROGRESS_TYPE_COMPLETE);
  check_text (self, self->of_spanish, "es");
  set_language (self, "fr-CA", GST_PROGRESS_TYPE_COMPLETE);
  check_text (self, self->of_french, "fr");
  set_language (self, "de", GST_PROGRESS_TYPE_ERROR);
  warning = element_fixture_pop_problem (&self->element, GST_MESSAGE_WARNING);
  g_assert_nonnull (strstr (warning->message, "expected one of the bundle's: es, fr. The old"));
  check_text (self, self->of_french, "fr");
  set_language (self, NULL, GST_PROGRESS_TYPE_COMPLETE);
  check_text (self, self->of_spanish, "es");
}

/* Another translator of the same model, as another beam needs, keeps the language. */
static void
test_other_beam (Fixture *self, gconstpointer data)
{
  g_object_set (self->element.element, "output-language-code", "fr", NULL);
  start (self);
  check_text (self, self->of_french, "fr");
  g_object_set (self->element.element, "beam-search-size", 3, NULL);
  element_fixture_push_gap (&self->element);
  g_object_set (self->element.element, "beam-search-size", 0, NULL);
  check_text (self, self->of_french, "fr");
}

static void
add (const char *path, gconstpointer data, void (*test) (Fixture *self, gconstpointer data))
{
  g_test_add (path, Fixture, data, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add ("/s2stransform/languages/own", NULL, test_own_language);
  add ("/s2stransform/languages/empty", "", test_own_language);
  add ("/s2stransform/languages/of-bundle", "fr", test_language_of_bundle);
  add ("/s2stransform/languages/of-bundle-fallback", "fr-CA", test_language_of_bundle);
  add ("/s2stransform/languages/finds-bundle", "fr", test_language_finds_bundle);
  add ("/s2stransform/languages/finds-bundle-fallback", "fr-Latn-CA", test_language_finds_bundle);
  add ("/s2stransform/languages/unknown", NULL, test_unknown_language);
  add ("/s2stransform/languages/only", NULL, test_only_language);
  add ("/s2stransform/languages/change", NULL, test_change);
  add ("/s2stransform/languages/other-beam", NULL, test_other_beam);
  return g_test_run ();
}
