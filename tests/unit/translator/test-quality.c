/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-quality.h"

#include <string.h>

/* Letters as tokens */
static guint
to_tokens (const char *letters, gint32 *ret_tokens)
{
  guint n = (guint)strlen (letters);

  for (guint i = 0; i < n; i++)
    ret_tokens[i] = letters[i];
  return n;
}

static void
assert_repeats (const char *letters, guint expected, guint expected_period)
{
  gint32 tokens[300];
  guint period = 0, n = to_tokens (letters, tokens);

  g_assert_cmpuint (s2s_quality_count_repeats (tokens, n, &period), ==, expected);
  g_assert_cmpuint (period, ==, expected_period);
}

static void
test_repeats (void)
{
  g_autoptr (GString) longest = g_string_new (NULL), too_long = g_string_new (NULL);

  assert_repeats ("", 1, 0);
  assert_repeats ("a", 1, 0);
  assert_repeats ("abcdefghijkl", 1, 0);
  assert_repeats ("aaaaaaa", 1, 0); /* seven are no loop yet */
  assert_repeats ("aaaaaaaa", 8, 1);
  assert_repeats ("xyabababab", 4, 2);
  assert_repeats ("ababababz", 4, 2);
  assert_repeats ("xabcabcabcabcab", 4, 3); /* what is left at the end does not count */
  assert_repeats ("abababxababab", 1, 0);
  assert_repeats ("abcdabcdx", 2, 4);

  for (guint i = 0; i < 4 * 65; i++) {
    g_string_append_c (longest, (char)('!' + i % 64));
    g_string_append_c (too_long, (char)('!' + i % 65));
  }
  assert_repeats (longest->str, 4, 64);
  assert_repeats (too_long->str, 1, 0);
}

static gboolean
is_looping (const char *source, const char *target, guint *ret_period)
{
  gint32 source_tokens[100], target_tokens[100];
  guint n_source = to_tokens (source, source_tokens), n_target = to_tokens (target, target_tokens);

  return s2s_quality_is_looping (source_tokens, n_source, target_tokens, n_target, ret_period);
}

static void
test_looping (void)
{
  guint period = 0;

  g_assert_false (is_looping ("abcd", "xyzxyzxyz", &period));
  g_assert_cmpuint (period, ==, 0);
  g_assert_true (is_looping ("abcd", "xyzxyzxyzxyz", &period));
  g_assert_cmpuint (period, ==, 3);
  /* as often as the source says it */
  g_assert_false (is_looping ("nonononono", "xyzxyzxyzxyzxyz", &period));
  g_assert_true (is_looping ("nonononono", "xyzxyzxyzxyzxyzxyz", &period));
}

static void
test_too_short (void)
{
  g_assert_true (s2s_quality_is_too_short (1, 0));
  g_assert_false (s2s_quality_is_too_short (10, 1));
  g_assert_true (s2s_quality_is_too_short (11, 1));
  g_assert_false (s2s_quality_is_too_short (0, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quality/repeats", test_repeats);
  g_test_add_func ("/quality/looping", test_looping);
  g_test_add_func ("/quality/too-short", test_too_short);
  return g_test_run ();
}
