/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sUtf8State:
 *
 * Where in a character a sequence of bytes stands, so that bytes put out one by one always form
 * valid UTF-8 (RFC 3629: nothing overlong, no surrogates, nothing above U+10FFFF).
 */
typedef enum {
  S2S_UTF8_BETWEEN,    /* between characters */
  S2S_UTF8_LAST,       /* one byte 80..BF is missing */
  S2S_UTF8_LAST_TWO,   /* two bytes 80..BF are missing */
  S2S_UTF8_LAST_THREE, /* three bytes 80..BF are missing */
  S2S_UTF8_AFTER_E0,   /* A0..BF, then one */
  S2S_UTF8_AFTER_ED,   /* 80..9F, then one */
  S2S_UTF8_AFTER_F0,   /* 90..BF, then two */
  S2S_UTF8_AFTER_F4,   /* 80..8F, then two */
  S2S_UTF8_INVALID,    /* the byte may not stand here */
} S2sUtf8State;

/* NUL is refused as well: the texts that are put out end with it. */
S2sUtf8State s2s_utf8_advance (S2sUtf8State state, guint8 byte);

G_END_DECLS
