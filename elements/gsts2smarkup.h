/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *gst_s2s_markup_to_text (const char *markup);
char *gst_s2s_markup_from_text (const char *text);

G_END_DECLS
