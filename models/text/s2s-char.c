/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-char.h"

gboolean
s2s_char_is_one_of (gunichar c, const char *characters)
{
  return c != 0 && g_utf8_strchr (characters, -1, c) != NULL;
}

gunichar
s2s_char_at (const char *at, const char *end)
{
  return at < end ? g_utf8_get_char (at) : 0;
}
