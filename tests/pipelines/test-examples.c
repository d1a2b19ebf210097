/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The programs of examples/ as a user starts them. */

#include "s2s-cues.h"
#include "s2s-test-bundle.h"
#include "s2s.h"

#include <glib/gstdio.h>
#include <string.h>

static char *input;

typedef struct {
  int status;
  char *out;
  char *err;
} Result;

static void
result_clear (Result *self)
{
  g_free (self->out);
  g_free (self->err);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

/* Runs a program with up to three arguments. */
static void
run (Result *result, const char *program, const char *first, const char *second, const char *third)
{
  const char *argv[] = {program, first, second, third, NULL};
  g_autoptr (GError) error = NULL;

  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &result->out,
                &result->err, &result->status, &error);
  g_assert_no_error (error);
}

static char *
make_bundle (void)
{
  S2sTestBundle bundle = {.seed = 1};

  return s2s_test_bundle_new (&bundle);
}

static void
test_library (void)
{
  char *bundle = make_bundle ();
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (bundle, NULL);
  g_autoptr (S2sTranslator) translator = NULL;
  g_autoptr (S2sTranslation) translation = NULL;
  S2sTranslatorOptions options;
  g_auto (Result) result = {0};

  s2s_translator_options_init (&options, model);
  translator = s2s_translator_new (model, &options, NULL);
  translation = s2s_translator_translate (translator, "Good night.", -1, NULL);
  run (&result, g_getenv ("EMBED_LIBRARY"), bundle, "Good night.", NULL);
  g_assert_cmpint (result.status, ==, 0);
  g_assert_true (g_str_has_prefix (result.out, translation->hypotheses[0].text));
  g_assert_cmpuint (strlen (result.out), ==, strlen (translation->hypotheses[0].text) + 1);
  s2s_test_bundle_remove (bundle);
}

static void
test_library_without_bundle (void)
{
  g_auto (Result) result = {0};

  run (&result, g_getenv ("EMBED_LIBRARY"), "/no/such/bundle", "Good night.", NULL);
  g_assert_cmpint (result.status, !=, 0);
  g_assert_nonnull (strstr (result.err, "/no/such/bundle"));
}

static void
check_cues (const char *webvtt)
{
  g_autoptr (GPtrArray) source = cues_read (input);
  g_autoptr (GPtrArray) target = cues_parse (webvtt);

  cues_assert_same_times (source, target);
}

static void
test_pipeline (void)
{
  char *bundle = make_bundle ();
  g_auto (Result) result = {0};

  run (&result, g_getenv ("EMBED_PIPELINE"), input, bundle, NULL);
  g_assert_cmpint (result.status, ==, 0);
  check_cues (result.out);
  s2s_test_bundle_remove (bundle);
}

static void
test_pipeline_without_bundle (void)
{
  g_auto (Result) result = {0};

  run (&result, g_getenv ("EMBED_PIPELINE"), input, "/no/such/bundle", NULL);
  g_assert_cmpint (result.status, !=, 0);
  g_assert_nonnull (strstr (result.err, "/no/such/bundle"));
}

static void
test_script (void)
{
  char *bundle = make_bundle ();
  g_autofree char *property = g_strconcat ("model-path=", bundle, NULL);
  g_auto (Result) result = {0};

  run (&result, g_getenv ("SRT_TRANSLATE"), input, property, "beam-search-size=1");
  g_assert_cmpint (result.status, ==, 0);
  check_cues (result.out);
  s2s_test_bundle_remove (bundle);
}

static void
test_script_to_file (void)
{
  char *bundle = make_bundle ();
  g_autofree char *property = g_strconcat ("model-path=", bundle, NULL);
  g_autofree char *output = g_build_filename (bundle, "with blank.vtt", NULL);
  g_autofree char *webvtt = NULL;
  g_auto (Result) result = {0};

  run (&result, g_getenv ("SRT_TRANSLATE"), input, output, property);
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpstr (result.out, ==, "");
  g_assert_true (g_file_get_contents (output, &webvtt, NULL, NULL));
  check_cues (webvtt);
  g_unlink (output);
  s2s_test_bundle_remove (bundle);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  input = g_test_build_filename (G_TEST_DIST, "examples", "hello.srt", NULL);
  g_test_add_func ("/examples/embed-library", test_library);
  g_test_add_func ("/examples/embed-library/no-bundle", test_library_without_bundle);
  g_test_add_func ("/examples/embed-pipeline", test_pipeline);
  g_test_add_func ("/examples/embed-pipeline/no-bundle", test_pipeline_without_bundle);
  if (g_getenv ("SRT_TRANSLATE")) {
    g_test_add_func ("/examples/srt-translate", test_script);
    g_test_add_func ("/examples/srt-translate/file", test_script_to_file);
  }
  result = g_test_run ();
  g_free (input);
  return result;
}
