/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

char *gst_s2s_tags_get_language_code (const char *tag);
GstTagList *gst_s2s_tags_copy_true (const GstTagList *tags);

G_END_DECLS
