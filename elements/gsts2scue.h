/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS2sCueLine:
 * @lead: what stays before @text as it is, with its blanks: a dash, `>>`, `{\an8}`, `ANNA:`, or ""
 * @text: one line without blanks at its ends; may be empty
 * @has_words: whether there is something to transform: not so in `♪ la la ♪`, `...`, `10:30`,
 * `[MUSIC]`, `(SIGHS)`
 * @spans: (element-type GstS2sSpan): the tags of the line; their bytes count from the start of
 * @lead, which @text follows
 *
 * What one speaker says in a cue. It is transformed alone.
 */
typedef struct {
  char *lead;
  char *text;
  gboolean has_words;
  GArray *spans;
} GstS2sCueLine;

/**
 * GstS2sCue:
 * @lines: (element-type GstS2sCueLine): its lines; none if it is of blanks
 */
typedef struct {
  GPtrArray *lines;
} GstS2sCue;

/**
 * GstS2sCueTranslation:
 * @text: (nullable): what a line became; %NULL leaves the line as it is
 * @alignment: (nullable) (element-type GstS2sAligned): bytes of @text to bytes of the line's text
 */
typedef struct {
  const char *text;
  const GArray *alignment;
} GstS2sCueTranslation;

/**
 * GstS2sCueBilingual:
 * @GST_S2S_CUE_BILINGUAL_OFF: the translation alone
 * @GST_S2S_CUE_BILINGUAL_ABOVE: the source above the translation
 * @GST_S2S_CUE_BILINGUAL_BELOW: the source below the translation
 */
typedef enum {
  GST_S2S_CUE_BILINGUAL_OFF,
  GST_S2S_CUE_BILINGUAL_ABOVE,
  GST_S2S_CUE_BILINGUAL_BELOW,
} GstS2sCueBilingual;

/**
 * GstS2sCueLayout:
 * @markup: whether to write Pango markup, with the tags of the cue; plain text otherwise
 * @bilingual: whether to show the source too, and where
 * @max_line_length: columns as of gst_s2s_wrap(), 0 for no limit
 * @max_lines: as of gst_s2s_wrap(), for the source and for the translation; 0 for no limit
 */
typedef struct {
  gboolean markup;
  GstS2sCueBilingual bilingual;
  guint max_line_length;
  guint max_lines;
} GstS2sCueLayout;

char *gst_s2s_cue_read_bytes (const guint8 *bytes, gsize size, gsize *ret_invalid);

GstS2sCue *gst_s2s_cue_new (const char *text, gboolean markup);
void gst_s2s_cue_free (GstS2sCue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstS2sCue, gst_s2s_cue_free)

char *gst_s2s_cue_render (const GstS2sCue *self, const GstS2sCueTranslation *translations,
                          const GstS2sCueLayout *layout);
char *gst_s2s_cue_make_line (const char *text);

guint gst_s2s_cue_count_characters (const char *text);
guint gst_s2s_cue_choose_readable (const char *const *texts, guint n, gboolean longest,
                                   guint64 duration_ns, double max_cps);

G_END_DECLS
