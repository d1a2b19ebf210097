/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-test-bundle.h"
#include "s2s-test-shortlist.h"

#include <string.h>
#include <sys/wait.h>

/* Runs the program that is the argument of this one. */

typedef struct {
  const char *program;
  char *output;
  char *errors;
  gint status; /* of the exit */
} Run;

static void
run (Run *self, const char *argument, const char *other)
{
  const char *const argv[] = {self->program, argument, other, NULL};
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->output, g_free);
  g_clear_pointer (&self->errors, g_free);
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &self->output,
                &self->errors, &self->status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (self->status));
  self->status = WEXITSTATUS (self->status);
}

static void
clear (Run *self)
{
  g_free (self->output);
  g_free (self->errors);
}

static gboolean
has_line (const Run *self, const char *line)
{
  g_auto (GStrv) lines = g_strsplit (self->output, "\n", -1);

  return g_strv_contains ((const char *const *)lines, line);
}

static void
test_bundle (gconstpointer program)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.dtype = "BF16", .target_language = "fr"});
  g_autofree char *bundle = g_strconcat ("bundle: ", dir, NULL);
  Run self = {.program = program};

  run (&self, dir, NULL);
  g_assert_cmpstr (self.errors, ==, "");
  g_assert_cmpint (self.status, ==, 0);
  g_assert_true (has_line (&self, bundle));
  g_assert_true (has_line (&self, "languages: en to fr"));
  g_assert_true (
      has_line (&self, "source tokenizer: bytes, tokens: 260, rows of the embedding: 260"));
  g_assert_nonnull (strstr (self.output, "\nfile: config.json, "));
  g_assert_nonnull (strstr (self.output, "\nfile: model.safetensors, "));
  g_assert_nonnull (strstr (self.output, "\nmemory of the model: "));
  g_assert_nonnull (strstr (self.output, "\nmemory of a translator: "));
  g_assert_null (strstr (self.output, "\ntensor: "));
  /* two embeddings, 2·4 of the encoder, 4 of the decoder, query, output and generator of 2 each */
  g_assert_nonnull (strstr (self.output, "\ntensors: 19, parameters: "));

  run (&self, "--tensors", dir);
  g_assert_cmpint (self.status, ==, 0);
  g_assert_true (has_line (&self, "tensor: source_embedding.weight, BF16 [260, 12]"));
  g_assert_true (has_line (&self, "tensor: generator.bias, BF16 [260]"));
  s2s_test_bundle_remove (dir);
  clear (&self);
}

/* A matrix of int8 is shown as such, beside its scales. */
static void
test_int8 (gconstpointer program)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.dtype = "I8"});
  Run self = {.program = program};

  run (&self, "--tensors", dir);
  g_assert_cmpstr (self.errors, ==, "");
  g_assert_cmpint (self.status, ==, 0);
  g_assert_true (has_line (&self, "tensor: generator.weight, I8 [260, 10]"));
  g_assert_true (has_line (&self, "tensor: generator.weight.scale, F32 [260]"));
  g_assert_true (has_line (&self, "tensor: generator.bias, F32 [260]"));
  g_assert_nonnull (strstr (self.output, "\nelements of F32: "));
  g_assert_nonnull (strstr (self.output, "\nelements of I8: "));
  g_assert_null (strstr (self.output, "\nelements of F16: "));
  s2s_test_bundle_remove (dir);
  clear (&self);
}

static void
test_shortlist (gconstpointer program)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 1});
  Run self = {.program = program};

  run (&self, dir, NULL);
  g_assert_cmpint (self.status, ==, 0);
  g_assert_null (strstr (self.output, "shortlist"));
  s2s_test_shortlist_add_any (dir);
  run (&self, dir, NULL);
  g_assert_cmpint (self.status, ==, 0);
  g_assert_true (has_line (&self, "shortlist: common tokens: 2, of a source token: 2.0, used: no"));
  g_assert_nonnull (strstr (self.output, "\nfile: shortlist.safetensors, "));
  s2s_test_bundle_remove (dir);
  clear (&self);
}

static void
test_errors (gconstpointer program)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 1});
  g_autofree char *config = g_build_filename (dir, "config.json", NULL);
  g_autoptr (GError) error = NULL;
  Run self = {.program = program};

  g_assert_true (g_file_set_contents (config, "{\"name\": 1}", -1, &error));
  run (&self, dir, NULL);
  g_assert_cmpint (self.status, ==, 1);
  g_assert_cmpstr (self.output, ==, "");
  g_assert_true (g_str_has_prefix (self.errors, "s2s-inspect: "));
  g_assert_nonnull (strstr (self.errors, "/config.json: “format_version” is missing"));

  run (&self, "/nowhere", NULL);
  g_assert_cmpint (self.status, ==, 1);
  g_assert_cmpstr (self.errors, ==, "s2s-inspect: /nowhere: no such directory\n");

  run (&self, "--from=qq", NULL);
  g_assert_cmpint (self.status, ==, 1);
  g_assert_nonnull (strstr (self.errors, "no bundle translates qq to any language"));

  run (&self, dir, dir);
  g_assert_cmpint (self.status, ==, 2);
  g_assert_nonnull (strstr (self.errors, "one argument too many"));
  run (&self, "--tensor", NULL);
  g_assert_cmpint (self.status, ==, 2);
  s2s_test_bundle_remove (dir);
  clear (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_test_add_data_func ("/inspect/bundle", argv[1], test_bundle);
  g_test_add_data_func ("/inspect/int8", argv[1], test_int8);
  g_test_add_data_func ("/inspect/shortlist", argv[1], test_shortlist);
  g_test_add_data_func ("/inspect/errors", argv[1], test_errors);
  return g_test_run ();
}
