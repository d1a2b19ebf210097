/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS2sAligned:
 * @start: first byte of a piece of the translation
 * @end: first byte after it
 * @source_start: first byte of the part of the source that explains it most
 * @source_end: first byte after that
 *
 * A #GArray of them in the order of @start is called an alignment.
 */
typedef struct {
  gsize start;
  gsize end;
  gsize source_start;
  gsize source_end;
} GstS2sAligned;

gsize *gst_s2s_align_cut (const char *translation, const GArray *alignment,
                          const gsize *source_ends, gsize n_parts);
gboolean gst_s2s_align_find (const char *translation, const GArray *alignment, gsize start,
                             gsize end, gsize *ret_start, gsize *ret_end);

G_END_DECLS
