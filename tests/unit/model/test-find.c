/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-model.h"

#include "s2s-test-bundle.h"
#include "s2s-test-error.h"

#include <glib/gstdio.h>
#include <string.h>

/* Directories first/ and second/ of bundles, both on S2S_MODEL_PATH */
typedef struct {
  char *root;
} Fixture;

static const struct {
  const char *path;
  const char *source;
  const char *target;
  const char *tokens;
} bundles[] = {
    {"first/b-en-zh", "en", "zh", NULL},
    {"first/a-en-zh", "en", "zh", NULL},
    {"first/en-zh-Hant", "en", "zh-Hant", NULL},
    {"first/en-GB-fr", "en-GB", "fr", NULL},
    {"second/en-zh", "en", "zh", NULL},
    {"second/en-fr", "en", "fr", NULL},
    {"second/en-zh-Hant", "en", "zh-Hant", NULL},
    {"second/en-zh-TW", "en", "zh-TW", NULL},
    {"second/en-many", "en", "it", "{\"zh-HK\": 4, \"pt\": 5, \"it\": 6, \"es\": 7}"},
    {"second/es-alone", "en", "es", NULL},
};

static void
setup (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->root = g_dir_make_tmp ("s2s-find-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *first = g_build_filename (self->root, "first", NULL);
  g_autofree char *second = g_build_filename (self->root, "second", NULL);
  g_autofree char *path = g_strconcat (self->root, "/nowhere::", first, ":", second, NULL);

  g_assert_cmpint (g_mkdir (first, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (second, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (bundles); i++) {
    g_autofree char *place = g_build_filename (self->root, bundles[i].path, NULL);
    g_autofree char *bundle = s2s_test_bundle_new (&(S2sTestBundle){
        .source_language = bundles[i].source,
        .target_language = bundles[i].target,
        .language_tokens = bundles[i].tokens,
    });

    g_assert_cmpint (g_rename (bundle, place), ==, 0);
  }
  g_setenv ("S2S_MODEL_PATH", path, TRUE);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_autofree char *first = g_build_filename (self->root, "first", NULL);
  g_autofree char *second = g_build_filename (self->root, "second", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (bundles); i++)
    s2s_test_bundle_remove (g_build_filename (self->root, bundles[i].path, NULL));
  g_assert_cmpint (g_rmdir (first), ==, 0);
  g_assert_cmpint (g_rmdir (second), ==, 0);
  g_assert_cmpint (g_rmdir (self->root), ==, 0);
  g_free (self->root);
}

static void
test_find (Fixture *self, gconstpointer data)
{
  static const struct {
    const char *source;
    const char *target;
    const char *path;
  } rows[] = {
      {"en", "zh", "first/a-en-zh"},
      {"EN", "Zh", "first/a-en-zh"},
      {"en-US", "zh-Hans-CN", "first/a-en-zh"},
      {"en", "zh-Hant-TW", "first/en-zh-Hant"},
      {"en", "zh-hant", "first/en-zh-Hant"},
      {"en", "zh-TW", "second/en-zh-TW"},
      {"en", "zh-x-mine", "first/a-en-zh"},
      {"en-GB", "fr", "first/en-GB-fr"},
      {"en-GB-oxendict", "fr", "first/en-GB-fr"},
      {"en-US", "fr", "second/en-fr"},
      {"en", "fr-CA", "second/en-fr"},
      {"en", "it", "second/en-many"},
      {"en", "pt-BR", "second/en-many"},
      {"en-US", "es", "second/es-alone"},
      {"en", "zh-HK", "second/en-many"},
      {"en", NULL, "first/a-en-zh"},
      {NULL, "fr", "first/en-GB-fr"},
      {NULL, NULL, "first/a-en-zh"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *got = s2s_model_find (rows[i].source, rows[i].target, &error);
    g_autofree char *expected = g_build_filename (self->root, rows[i].path, NULL);

    g_assert_no_error (error);
    g_assert_cmpstr (got, ==, expected);
  }
}

/* A path is taken as it is, a name is looked for, and one that is nowhere is told with those there
 * are. */
static void
test_locate (Fixture *self, gconstpointer data)
{
  static const char *const rows[][2] = {
      {"en-zh-Hant", "first/en-zh-Hant"}, {"en-zh", "second/en-zh"}, {"en-many", "second/en-many"}};
  static const char *const nowhere[] = {"en-xx", "", "first"};
  g_autofree char *there = s2s_model_locate (self->root, NULL);
  g_autofree char *missing = s2s_model_locate ("./missing", NULL);
  g_autofree char *before = g_get_current_dir ();
  g_autofree char *here = NULL;

  g_assert_cmpint (g_chdir (self->root), ==, 0);
  here = s2s_model_locate ("second", NULL);
  g_assert_cmpstr (here, ==, "second");
  g_assert_cmpint (g_chdir (before), ==, 0);

  g_assert_cmpstr (there, ==, self->root);
  g_assert_cmpstr (missing, ==, "./missing");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *got = s2s_model_locate (rows[i][0], NULL);
    g_autofree char *expected = g_build_filename (self->root, rows[i][1], NULL);

    g_assert_cmpstr (got, ==, expected);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (nowhere); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (s2s_model_locate (nowhere[i], &error));
    s2s_test_assert_error (error, S2S_ERROR_NOT_FOUND, "expected a directory, or one of");
    g_assert_nonnull (strstr (error->message, "a-en-zh, b-en-zh"));
  }
}

static void
test_none (Fixture *self, gconstpointer data)
{
  static const char *const pairs[][2] = {{"en", "de"}, {"zh", "en"}, {"e", "zh"}, {"en", ""}};

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (s2s_model_find (pairs[i][0], pairs[i][1], &error));
    s2s_test_assert_error (error, S2S_ERROR_NOT_FOUND, "no bundle translates");
    g_assert_nonnull (strstr (error->message, self->root));
    g_assert_nonnull (strstr (error->message, "b-en-zh: translate, en to zh"));
    g_assert_nonnull (strstr (error->message, "en-many: translate, en to it or zh-HK or pt or es"));
    g_assert_nonnull (strstr (error->message, "set S2S_MODEL_PATH"));
  }
}

/* A bundle for something else, and one whose configuration is broken, is told of. */
static void
test_unfit (Fixture *self, gconstpointer data)
{
  g_autofree char *config = g_build_filename (self->root, "second/en-zh-TW/config.json", NULL);
  g_autofree char *other = g_build_filename (self->root, "first/en-GB-fr/config.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (config, "{", 1, &error));
  g_assert_true (g_file_get_contents (other, &text, NULL, &error));
  memcpy (strstr (text, "\"translate\""), "\"condense\" ", 11);
  g_assert_true (g_file_set_contents (other, text, -1, &error));

  g_autofree char *got = s2s_model_find ("en-GB", "fr", &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (got, "second/en-fr"));
  g_assert_null (s2s_model_find ("nl", "zh-TW", &error));
  s2s_test_assert_error (error, S2S_ERROR_NOT_FOUND, "en-GB-fr: condense, en-GB to fr");
  g_assert_nonnull (strstr (error->message, "en-zh-TW/config.json: not JSON"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/find/find", Fixture, NULL, setup, test_find, teardown);
  g_test_add ("/find/locate", Fixture, NULL, setup, test_locate, teardown);
  g_test_add ("/find/none", Fixture, NULL, setup, test_none, teardown);
  g_test_add ("/find/unfit", Fixture, NULL, setup, test_unfit, teardown);
  return g_test_run ();
}
