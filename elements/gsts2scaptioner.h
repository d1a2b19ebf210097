/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2sdeadline.h"
#include "gsts2sengine.h"
#include "gsts2shistory.h"
#include "gsts2sincoming.h"
#include "gsts2soutlet.h"
#include "gsts2sreport.h"
#include "gsts2ssettings.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sCaptioner:
 * @engine: what translates
 * @outlet: where text goes
 *
 * What an element does with text: it translates each before it takes the next. It belongs to the
 * thread that streams, and to changes of state while nothing streams; what other threads may call
 * says so.
 */
typedef struct {
  GstS2sEngine engine;
  GstS2sOutlet outlet;
  /*< private >*/
  GstElement *element;
  GstPad *sinkpad;
  GstS2sDeadline deadline;
  GstS2sHistory history; /* what was said of the stream with what is in use */
  gint64 warned[3];      /* when, of the monotonic clock */

  /* Under the object lock. */
  gboolean playing;
  gboolean live;
  GstClockTime upstream_latency;
  GstS2sStats stats;
} GstS2sCaptioner;

void gst_s2s_captioner_init (GstS2sCaptioner *self, GstElement *element, GstPad *sinkpad,
                             GstPad *srcpad);
void gst_s2s_captioner_clear (GstS2sCaptioner *self);

void gst_s2s_captioner_forget (GstS2sCaptioner *self);

void gst_s2s_captioner_set_playing (GstS2sCaptioner *self, gboolean playing);
void gst_s2s_captioner_set_upstream (GstS2sCaptioner *self, gboolean live, GstClockTime latency);
GstStructure *gst_s2s_captioner_get_stats (GstS2sCaptioner *self);

void gst_s2s_captioner_update_language (GstS2sCaptioner *self);
GstFlowReturn gst_s2s_captioner_receive (GstS2sCaptioner *self, const GstS2sIncoming *incoming);

G_END_DECLS
