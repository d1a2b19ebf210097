/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-utf8.h"

static S2sUtf8State
start (guint8 byte)
{
  if (byte == 0)
    return S2S_UTF8_INVALID;
  if (byte < 0x80)
    return S2S_UTF8_BETWEEN;
  if (byte < 0xc2 || byte > 0xf4)
    return S2S_UTF8_INVALID;
  if (byte < 0xe0)
    return S2S_UTF8_LAST;
  if (byte < 0xf0)
    return byte == 0xe0 ? S2S_UTF8_AFTER_E0 : byte == 0xed ? S2S_UTF8_AFTER_ED : S2S_UTF8_LAST_TWO;
  return byte == 0xf0 ? S2S_UTF8_AFTER_F0 : byte == 0xf4 ? S2S_UTF8_AFTER_F4 : S2S_UTF8_LAST_THREE;
}

S2sUtf8State
s2s_utf8_advance (S2sUtf8State state, guint8 byte)
{
  static const struct {
    guint8 first;
    guint8 last;
    guint8 next;
  } rows[] = {
      [S2S_UTF8_LAST] = {0x80, 0xbf, S2S_UTF8_BETWEEN},
      [S2S_UTF8_LAST_TWO] = {0x80, 0xbf, S2S_UTF8_LAST},
      [S2S_UTF8_LAST_THREE] = {0x80, 0xbf, S2S_UTF8_LAST_TWO},
      [S2S_UTF8_AFTER_E0] = {0xa0, 0xbf, S2S_UTF8_LAST},
      [S2S_UTF8_AFTER_ED] = {0x80, 0x9f, S2S_UTF8_LAST},
      [S2S_UTF8_AFTER_F0] = {0x90, 0xbf, S2S_UTF8_LAST_TWO},
      [S2S_UTF8_AFTER_F4] = {0x80, 0x8f, S2S_UTF8_LAST_TWO},
  };

  if (state == S2S_UTF8_BETWEEN)
    return start (byte);
  if (state == S2S_UTF8_INVALID || byte < rows[state].first || byte > rows[state].last)
    return S2S_UTF8_INVALID;
  return rows[state].next;
}
