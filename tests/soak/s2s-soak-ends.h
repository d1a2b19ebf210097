/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The two ends of the pipeline: elements with a pad whose functions are set by who uses them. */

/* direction: GST_PAD_SRC for a live source, GST_PAD_SINK for a sink that does not preroll */
GstElement *soak_end_new (GstPadDirection direction, const char *name);
/* Borrowed */
GstPad *soak_end_get_pad (GstElement *self);

/* What left the pipeline, checked as it comes. */
typedef struct {
  GstElement *element;
  GstPad *pad;
  const char *accepted; /* caps, atomic */

  GMutex lock;
  GCond changed;
  guint n_texts;
  guint n_eos;
  guint32 segment_seqnum; /* of the last one */
  char language[16];      /* of the last TAG; "" if there was none since the stream began */

  /* Of the streaming thread */
  gboolean segment_seen;
  gboolean markup;
  gboolean backward;
  GstClockTime last; /* where the last text ended */
} SoakSink;

void soak_sink_init (SoakSink *self);
void soak_sink_clear (SoakSink *self);

G_END_DECLS
