/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2stimeline.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sOutlet:
 * @markup: whether text goes out as Pango markup
 * @timeline: where text has gone
 *
 * What goes out of a source pad. It belongs to the thread that streams there.
 */
typedef struct {
  gboolean markup;
  GstS2sTimeline timeline;
  /*< private >*/
  GstPad *pad;
  gboolean segment_seen;
  char *language;        /* of what goes out: ISO 639-1 where there is a code */
  gboolean is_source;    /* what goes out is what came in */
  char *source_language; /* of what comes in, if upstream has said it; nullable */
  char *announced;       /* what downstream has been told with the tags; NULL for nothing */
  GstTagList *tags; /* upstream's of the stream, without what they say of its language; nullable */
} GstS2sOutlet;

void gst_s2s_outlet_init (GstS2sOutlet *self, GstPad *pad);
void gst_s2s_outlet_clear (GstS2sOutlet *self);
void gst_s2s_outlet_reset (GstS2sOutlet *self);
void gst_s2s_outlet_flush (GstS2sOutlet *self);

gboolean gst_s2s_outlet_ensure_caps (GstS2sOutlet *self);
void gst_s2s_outlet_set_language (GstS2sOutlet *self, const char *tag, gboolean is_source);
const char *gst_s2s_outlet_get_language (const GstS2sOutlet *self);

gboolean gst_s2s_outlet_push_stream_start (GstS2sOutlet *self, GstEvent *event);
gboolean gst_s2s_outlet_push_segment (GstS2sOutlet *self, GstEvent *event);
gboolean gst_s2s_outlet_push_tag (GstS2sOutlet *self, GstEvent *event);
void gst_s2s_outlet_push_gap_event (GstS2sOutlet *self, GstEvent *event);

void gst_s2s_outlet_push_gap (GstS2sOutlet *self, GstClockTime start, GstClockTime duration);
GstFlowReturn gst_s2s_outlet_push_text (GstS2sOutlet *self, GstBuffer *source, const char *text,
                                        GstClockTime start, GstClockTime duration);

G_END_DECLS
