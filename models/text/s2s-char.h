/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether it is among the characters, which are UTF-8; 0 is never. */
gboolean s2s_char_is_one_of (gunichar c, const char *characters);

/* The one at a place in valid UTF-8 text; 0 at its end. */
gunichar s2s_char_at (const char *at, const char *end);

G_END_DECLS
