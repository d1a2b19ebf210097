/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2sarrival.h"
#include "gsts2slines.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sItemKind:
 * @GST_S2S_ITEM_TEXT: text and its time
 * @GST_S2S_ITEM_EVENT: a serialized event
 * @GST_S2S_ITEM_DRAIN: what was said before does not go on
 */
typedef enum {
  GST_S2S_ITEM_TEXT,
  GST_S2S_ITEM_EVENT,
  GST_S2S_ITEM_DRAIN,
} GstS2sItemKind;

/**
 * GstS2sItem:
 * @kind: which of the fields are set
 * @event: of an event
 * @text: of a text, valid UTF-8 without markup
 * @start: of a text, in the segment
 * @duration: of a text
 * @guessed: of a text: whether it came without a time
 * @typed: of a text: whether it is a line of a segment in bytes
 * @discont: of a drain: whether data was lost
 *
 * What goes from the thread of the sink pad to that of the source pad.
 */
typedef struct {
  GstS2sItemKind kind;
  GstEvent *event;
  char *text;
  GstClockTime start;
  GstClockTime duration;
  gboolean guessed;
  gboolean typed;
  gboolean discont;
} GstS2sItem;

GstS2sItem *gst_s2s_item_new_event (GstEvent *event);
void gst_s2s_item_free (GstS2sItem *item);

/**
 * GstS2sReader:
 *
 * Reads what arrives at a sink pad. It belongs to the thread that streams there.
 */
typedef struct {
  /*< private >*/
  GstPad *pad;
  GstS2sArrival arrival;
  GstSegment segment;
  gboolean bytes;
  gboolean markup;
  GstS2sLines lines;
  GstClockTime last_end;
} GstS2sReader;

void gst_s2s_reader_init (GstS2sReader *self, GstPad *pad);
void gst_s2s_reader_clear (GstS2sReader *self);
void gst_s2s_reader_flush (GstS2sReader *self);
void gst_s2s_reader_start_stream (GstS2sReader *self);
void gst_s2s_reader_set_caps (GstS2sReader *self, const GstCaps *caps);
GstEvent *gst_s2s_reader_set_segment (GstS2sReader *self, GstEvent *event);
void gst_s2s_reader_read (GstS2sReader *self, GstBuffer *buffer, GstClockTime now, gboolean live,
                          GQueue *items);
void gst_s2s_reader_finish (GstS2sReader *self, GstClockTime now, gboolean live, GQueue *items);

G_END_DECLS
