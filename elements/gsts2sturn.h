/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2scue.h"
#include "gsts2sincoming.h"
#include "gsts2soutlet.h"
#include "gsts2ssettings.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sFate:
 * @GST_S2S_FATE_SENTENCE: it went out as text
 * @GST_S2S_FATE_GAP: a GAP went out in its place, as there was nothing to show
 * @GST_S2S_FATE_DROPPED: it had no translation that is in time and good enough
 * @GST_S2S_FATE_DISCARDED: a flush, a change of state or downstream ended it
 * @GST_S2S_FATE_CLIPPED: it was outside of the segment
 *
 * What becomes of a text, exactly one of these; better ones first.
 */
typedef enum {
  GST_S2S_FATE_SENTENCE,
  GST_S2S_FATE_GAP,
  GST_S2S_FATE_DROPPED,
  GST_S2S_FATE_DISCARDED,
  GST_S2S_FATE_CLIPPED,
} GstS2sFate;

/**
 * GstS2sTurn:
 * @incoming: what came in
 * @outlet: where it goes
 * @settings: what is in force
 * @began: of the monotonic clock
 * @arrival: running time, or none
 * @start: PTS, or none
 * @duration: of it, or none
 * @guessed: whether it came without a time
 * @live: whether it has to be on time
 * @upstream_latency: of the pipeline, if it is live
 * @took: µs until it was pushed
 * @lateness: ns
 * @flow: what downstream said last
 *
 * A text on its way: where it is shown, and what it looks like.
 */
typedef struct {
  const GstS2sIncoming *incoming;
  GstS2sOutlet *outlet;
  const GstS2sSettings *settings;
  gint64 began;
  GstClockTime arrival;
  GstClockTime start;
  GstClockTime duration;
  gboolean guessed;
  gboolean live;
  GstClockTime upstream_latency;
  gint64 took;
  GstClockTime lateness;
  GstFlowReturn flow;
} GstS2sTurn;

gboolean gst_s2s_turn_clip (GstS2sTurn *self);
gboolean gst_s2s_turn_place (GstS2sTurn *self, GstClockTime *start, GstClockTime *duration);

GstS2sFate gst_s2s_turn_show_gap (const GstS2sTurn *self, GstS2sFate fate);
GstS2sFate gst_s2s_turn_show_source (GstS2sTurn *self);
GstS2sFate gst_s2s_turn_show_translation (GstS2sTurn *self, const GstS2sCue *cue,
                                          const GstS2sCueTranslation *lines);

G_END_DECLS
