/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS2sLines:
 *
 * Makes lines of chunks of bytes that end anywhere, even inside a character. A zeroed struct has no
 * bytes.
 */
typedef struct {
  /*< private >*/
  GByteArray *bytes; /* nullable */
  gsize n_taken;     /* of them, at the start */
  gboolean started;  /* a byte order mark comes no more */
} GstS2sLines;

void gst_s2s_lines_push (GstS2sLines *self, const guint8 *bytes, gsize size);
GBytes *gst_s2s_lines_pop (GstS2sLines *self);
GBytes *gst_s2s_lines_drain (GstS2sLines *self);
void gst_s2s_lines_clear (GstS2sLines *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstS2sLines, gst_s2s_lines_clear)

G_END_DECLS
