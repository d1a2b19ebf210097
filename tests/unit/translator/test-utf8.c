/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-utf8.h"

/* Bytes at and beside every limit of RFC 3629 */
static const guint8 edges[] = {0x00, 0x01, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                               0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
                               0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};

/* Whether GLib takes the bytes for whole characters, or for the beginning of one at the end. */
static void
check (const guint8 *bytes, guint n)
{
  S2sUtf8State state = S2S_UTF8_BETWEEN;
  const char *end = NULL;
  gboolean is_valid = g_utf8_validate_len ((const char *)bytes, n, &end);
  gsize n_left = n - (gsize)(end - (const char *)bytes);
  gboolean is_begun =
      !is_valid && *end != '\0' && g_utf8_get_char_validated (end, (gssize)n_left) == (gunichar)-2;

  for (guint i = 0; i < n; i++)
    state = s2s_utf8_advance (state, bytes[i]);
  g_assert_cmpint (state == S2S_UTF8_BETWEEN, ==, is_valid);
  if (state != S2S_UTF8_BETWEEN && state != S2S_UTF8_INVALID)
    g_assert_true (is_begun);
}

static void
test_against_glib (void)
{
  enum { N = G_N_ELEMENTS (edges) };

  for (guint i = 0; i < N * N * N * N; i++) {
    guint8 bytes[] = {edges[i / (N * N * N)], edges[i / (N * N) % N], edges[i / N % N],
                      edges[i % N]};

    for (guint n = 1; n <= 4; n++)
      check (bytes, n);
  }
}

/* No byte leads into a dead end: a character that has begun can always be finished. */
static void
test_every_state_ends (void)
{
  for (guint state = 0; state < S2S_UTF8_INVALID; state++) {
    guint n_ways = 0;

    for (guint byte = 0; byte < 256; byte++)
      n_ways += s2s_utf8_advance (state, (guint8)byte) < (state == 0 ? S2S_UTF8_INVALID : state);
    g_assert_cmpuint (n_ways, >=, 16);
  }
  g_assert_cmpint (s2s_utf8_advance (S2S_UTF8_INVALID, 'a'), ==, S2S_UTF8_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/utf8/against-glib", test_against_glib);
  g_test_add_func ("/utf8/every-state-ends", test_every_state_ends);
  return g_test_run ();
}
