/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS2sSpan:
 * @start: first byte of the text that it covers
 * @end: first byte after them
 * @open: (transfer full): its tag, as `<span color="red">`
 * @close: (transfer full): the tag that ends it, as `</span>`
 *
 * A tag of Pango markup and the text that it is around.
 */
typedef struct {
  gsize start;
  gsize end;
  char *open;
  char *close;
} GstS2sSpan;

GArray *gst_s2s_spans_new (void);
void gst_s2s_spans_add (GArray *spans, gsize start, gsize end, const GstS2sSpan *like);

char *gst_s2s_markup_parse (const char *markup, GArray **ret_spans);
char *gst_s2s_markup_render (const char *text, const GArray *spans);
char *gst_s2s_markup_to_text (const char *markup);

G_END_DECLS
