/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The C programs of examples/ as a user starts them. */

#include "s2s-command.h"
#include "s2s-cues.h"
#include "s2s-test-bundle.h"
#include "s2s.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *bundle;
  char *input;  /* examples/hello.srt */
  char *output; /* a file in the bundle's folder, which is not there yet */
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  S2sTestBundle bundle = {.seed = 1};

  self->bundle = s2s_test_bundle_new (&bundle);
  self->input = g_test_build_filename (G_TEST_DIST, "examples", "hello.srt", NULL);
  self->output = g_build_filename (self->bundle, "with blank.vtt", NULL);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_unlink (self->output);
  s2s_test_bundle_remove (self->bundle);
  g_free (self->input);
  g_free (self->output);
}

static void
test_library (Fixture *self, gconstpointer data)
{
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (self->bundle, NULL);
  g_autoptr (S2sTranslator) translator = NULL;
  g_autoptr (S2sTranslation) translation = NULL;
  S2sTranslatorOptions options;
  g_auto (Command) command = {0};

  s2s_translator_options_init (&options, model);
  translator = s2s_translator_new (model, &options, NULL);
  translation = s2s_translator_translate (translator, "Good night.", -1, NULL);
  command_run (&command, g_getenv ("EMBED_LIBRARY"), self->bundle, "Good night.", NULL);
  command_assert_success (&command);
  g_assert_true (g_str_has_prefix (command.out, translation->hypotheses[0].text));
  g_assert_cmpuint (strlen (command.out), ==, strlen (translation->hypotheses[0].text) + 1);
}

static void
test_library_without_bundle (Fixture *self, gconstpointer data)
{
  g_auto (Command) command = {0};

  command_run (&command, g_getenv ("EMBED_LIBRARY"), "/no/such/bundle", "Good night.", NULL);
  g_assert_cmpint (command.status, !=, 0);
  g_assert_nonnull (strstr (command.err, "/no/such/bundle"));
}

/* A line for each cue: its time, its text before and after, and a confidence. */
static void
check_report (GPtrArray *cues, const char *report)
{
  g_auto (GStrv) lines = g_strsplit (report, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, cues->len + 1);
  g_assert_true (g_str_has_prefix (lines[0], "0:00:01.000000000\tHello, world!\t"));
  for (guint i = 0; i < cues->len; i++)
    g_assert_true (
        g_regex_match_simple ("^0:[\\d:.]+\t[^\t]+\t[^\t]+\t[01]\\.\\d\\d$", lines[i], 0, 0));
}

/* With the bundle that ships. */
static void
test_pipeline (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) source = cues_read (self->input);
  g_autoptr (GPtrArray) target = NULL;
  g_auto (Command) command = {0};

  command_run (&command, g_getenv ("EMBED_PIPELINE"), self->input, self->output, NULL);
  command_assert_success (&command);
  target = cues_read (self->output);
  cues_assert_same_times (source, target);
  check_report (source, command.out);
}

/* What random weights say is not shown, and a warning says so. */
static void
test_pipeline_with_bundle (Fixture *self, gconstpointer data)
{
  g_auto (Command) command = {0};

  command_run (&command, g_getenv ("EMBED_PIPELINE"), self->input, self->output, self->bundle,
               NULL);
  command_assert_success (&command);
  g_assert_true (g_str_has_prefix (command.err, "transform: A text goes on as it is"));
}

static void
test_pipeline_without_bundle (Fixture *self, gconstpointer data)
{
  g_auto (Command) command = {0};

  command_run (&command, g_getenv ("EMBED_PIPELINE"), self->input, self->output, "/no/such/bundle",
               NULL);
  g_assert_cmpint (command.status, !=, 0);
  g_assert_nonnull (strstr (command.err, "/no/such/bundle"));
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
  add ("/examples/embed-library", test_library);
  add ("/examples/embed-library/no-bundle", test_library_without_bundle);
  add ("/examples/embed-pipeline", test_pipeline);
  add ("/examples/embed-pipeline/bundle", test_pipeline_with_bundle);
  add ("/examples/embed-pipeline/no-bundle", test_pipeline_without_bundle);
  return g_test_run ();
}
