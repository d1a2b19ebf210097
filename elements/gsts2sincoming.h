/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2sarrival.h"
#include "gsts2scue.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sIncomingPart:
 * @text: valid UTF-8 without markup
 * @start: PTS
 * @duration: of it
 *
 * A word or a piece of a sentence.
 */
typedef struct {
  char *text;
  GstClockTime start;
  GstClockTime duration;
} GstS2sIncomingPart;

/**
 * GstS2sIncomingPiece:
 * @lead: of the whole text, before its first piece; "" before others
 * @source: what came in for it
 * @translation: what goes out for it, not empty
 * @start: PTS
 * @duration: of it
 *
 * What becomes of one part, or of several of which only one has words in the translation.
 */
typedef struct {
  char *lead;
  char *source;
  char *translation;
  GstClockTime start;
  GstClockTime duration;
} GstS2sIncomingPiece;

/**
 * GstS2sIncoming:
 * @buffer: whose flags and metas it has
 * @text: valid UTF-8
 * @markup: whether @text is Pango markup
 * @start: PTS, or none
 * @duration: of it, or none
 * @parts: (nullable) (element-type GstS2sIncomingPart): what @text is made of, all with their times
 *
 * What came in at once: one text. A zeroed struct is none.
 */
typedef struct {
  GstBuffer *buffer;
  char *text;
  gboolean markup;
  GstClockTime start;
  GstClockTime duration;
  GPtrArray *parts;
} GstS2sIncoming;

void gst_s2s_incoming_init_buffer (GstS2sIncoming *self, GstS2sArrival *arrival,
                                   GstElement *element, GstBuffer *buffer, gboolean markup);
void gst_s2s_incoming_init_list (GstS2sIncoming *self, GstS2sArrival *arrival, GstElement *element,
                                 GstBufferList *list, gboolean markup);
void gst_s2s_incoming_clear (GstS2sIncoming *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstS2sIncoming, gst_s2s_incoming_clear)

gboolean gst_s2s_incoming_is_empty (const GstS2sIncoming *self);
char *gst_s2s_incoming_get_plain_text (const GstS2sIncoming *self);
GstS2sCue *gst_s2s_incoming_make_cue (const GstS2sIncoming *self, gboolean one_line);
char *gst_s2s_incoming_render (const GstS2sIncoming *self, const GstS2sCueLayout *layout);

GPtrArray *gst_s2s_incoming_cut (const GstS2sIncoming *self, const GstS2sCueLine *line,
                                 const GstS2sCueTranslation *translation);
char *gst_s2s_incoming_render_piece (const GstS2sIncomingPiece *piece,
                                     const GstS2sCueLayout *layout);

G_END_DECLS
