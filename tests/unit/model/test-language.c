/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-language-private.h"

#include "s2s-test-error.h"

/* As RFC 4647 says of its lookup (section 3.4): the range is truncated, never the tag. */
static void
test_choose (void)
{
  static const char *const tags[] = {"es", "fr", "zh-Hant", "pt-BR", "fr-CA", "zh", NULL};
  static const struct {
    const char *wanted;
    const char *chosen;
  } rows[] = {
      {NULL, "es"},           {"fr", "fr"},    {"FR", "fr"},    {"fr-CA", "fr-CA"},
      {"fr-ca-x-a", "fr-CA"}, {"fr-BE", "fr"}, {"zh-TW", "zh"}, {"zh-Hant-TW", "zh-Hant"},
      {"pt-BR", "pt-BR"},
  };
  static const char *const unknown[] = {"pt", "de", "", "f", "fra", "z"};

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_cmpstr (s2s_language_choose (tags, rows[i].wanted, &error), ==, rows[i].chosen);
    g_assert_no_error (error);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (unknown); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *message =
        g_strdup_printf ("the target language is “%s”, expected one of the bundle's: "
                         "es, fr, zh-Hant, pt-BR, fr-CA, zh",
                         unknown[i]);

    g_assert_null (s2s_language_choose (tags, unknown[i], &error));
    s2s_test_assert_error (error, S2S_ERROR_OPTIONS, message);
  }
}

static void
test_distance (void)
{
  g_assert_cmpuint (s2s_language_get_distance ("zh-Hant-TW", "ZH-hant-tw"), ==, 0);
  g_assert_cmpuint (s2s_language_get_distance ("zh-Hant-TW", "zh-Hant"), ==, 1);
  g_assert_cmpuint (s2s_language_get_distance ("zh-Hant-TW", "zh"), ==, 2);
  g_assert_cmpuint (s2s_language_get_distance ("zh", "zh-Hant"), ==, S2S_LANGUAGE_NO_MATCH);
  g_assert_cmpuint (s2s_language_get_distance (NULL, "zh"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/language/choose", test_choose);
  g_test_add_func ("/language/distance", test_distance);
  return g_test_run ();
}
