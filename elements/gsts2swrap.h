/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *gst_s2s_wrap (const char *text, guint max_line_length, guint max_lines);
GArray *gst_s2s_wrap_find_breaks (const char *text, gsize n_whole, guint max_line_length,
                                  guint max_lines);
gboolean gst_s2s_wrap_is_blank (char byte);

G_END_DECLS
