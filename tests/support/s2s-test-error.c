/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-test-error.h"

#include <string.h>

void
s2s_test_assert_error (const GError *error, S2sError code, const char *fragment)
{
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_cmpstr (g_quark_to_string (error->domain), ==, g_quark_to_string (S2S_ERROR));
  g_assert_cmpint (error->code, ==, (gint)code);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (strstr (error->message, fragment) == NULL)
    g_error ("“%s” is not in “%s”", fragment, error->message);
}
