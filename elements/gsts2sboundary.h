/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS2sBoundary:
 * @GST_S2S_BOUNDARY_NONE: the sentence goes on
 * @GST_S2S_BOUNDARY_END: the sentence ends here
 * @GST_S2S_BOUNDARY_IF_UPPER: it ends if what follows does not start with a small letter or a digit
 * @GST_S2S_BOUNDARY_IF_STARTER: it ends if what follows is a capitalised word that starts sentences
 *
 * What the end of a text says of the sentence in it.
 */
typedef enum {
  GST_S2S_BOUNDARY_NONE,
  GST_S2S_BOUNDARY_END,
  GST_S2S_BOUNDARY_IF_UPPER,
  GST_S2S_BOUNDARY_IF_STARTER,
} GstS2sBoundary;

const char *gst_s2s_boundary_find (const char *text, GstS2sBoundary *ret_boundary);
gboolean gst_s2s_boundary_decide (GstS2sBoundary boundary, const char *next);
gboolean gst_s2s_boundary_is_clause_end (const char *text);
gboolean gst_s2s_boundary_is_conjunction (const char *text);
gboolean gst_s2s_boundary_is_new_speaker (const char *text);
gboolean gst_s2s_boundary_is_note (const char *text);
gboolean gst_s2s_boundary_stands_alone (const char *line);
gboolean gst_s2s_boundary_needs_blank (const char *before, const char *after);
void gst_s2s_boundary_append (GString *text, const char *more);
GPtrArray *gst_s2s_boundary_split_lines (const char *text);

G_END_DECLS
