/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS2sCueLine:
 * @lead: what stays before @text as it is, with its blanks: a dash, `>>`, `{\an8}`, or ""
 * @text: one line without blanks at its ends; may be empty
 * @has_words: whether there is something to transform: not so in `♪`, `...`, `10:30`, `[MUSIC]`
 *
 * What one speaker says in a cue. It is transformed alone.
 */
typedef struct {
  char *lead;
  char *text;
  gboolean has_words;
} GstS2sCueLine;

char *gst_s2s_cue_read_bytes (const guint8 *bytes, gsize size, gsize *ret_invalid);
GPtrArray *gst_s2s_cue_split (const char *text);
char *gst_s2s_cue_make_line (const char *text);

G_END_DECLS
