/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/s2s-language.h"

#define S2S_LANGUAGE_NO_MATCH G_MAXUINT

/* Whether a tag looks like one of BCP 47: words of at most 8 letters and digits between hyphens,
 * the first of letters alone. Whether the language exists is not asked. */
gboolean s2s_language_is_tag (const char *tag);

/* How often the wanted tag is truncated until it is that tag, as in the lookup of RFC 4647;
 * S2S_LANGUAGE_NO_MATCH when it never is. NULL is any language. */
guint s2s_language_get_distance (const char *wanted, const char *tag);
