/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-test-spans.h"

#include <string.h>

static void
assert_in_order (const char *text, gsize length, const S2sSpan *spans, gsize n_spans)
{
  gsize end = 0;

  for (gsize i = 0; i < n_spans; i++) {
    g_assert_cmpuint (spans[i].start, >=, end);
    g_assert_cmpuint (spans[i].end, >=, spans[i].start);
    end = spans[i].end;
    g_assert_cmpuint (end, <=, length);
    g_assert_true (g_utf8_validate_len (text + spans[i].start, end - spans[i].start, NULL) ||
                   memchr (text + spans[i].start, '\0', end - spans[i].start) != NULL);
  }
}

static void
assert_covered (const char *text, gsize length, const S2sSpan *spans, gsize n_spans)
{
  gsize i = 0;

  for (const char *p = text; p < text + length; p = g_utf8_next_char (p)) {
    gsize offset = (gsize)(p - text);

    while (i < n_spans && spans[i].end <= offset)
      i++;
    if (!g_unichar_isspace (g_utf8_get_char (p)))
      g_assert_true (i < n_spans && spans[i].start <= offset);
  }
}

void
s2s_test_assert_spans (const char *text, gsize length, const S2sSpan *spans, gsize n_spans)
{
  assert_in_order (text, length, spans, n_spans);
  assert_covered (text, length, spans, n_spans);
}
