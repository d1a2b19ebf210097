/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean gst_s2s_char_is_unspaced (gunichar c);
guint gst_s2s_char_get_width (gunichar c);
gboolean gst_s2s_char_joins (gunichar before, gunichar after);
gboolean gst_s2s_char_may_break (gunichar before, gunichar after);
gboolean gst_s2s_char_ends_clause (gunichar c);
const char *gst_s2s_char_skip_blanks (const char *text);

G_END_DECLS
