/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2saccumulatesettings.h"
#include "gsts2sjoiner.h"
#include "gsts2sreader.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sEmitter:
 *
 * Makes sentences of items and pushes them. It belongs to the task of the source pad, and takes no
 * lock.
 */
typedef struct {
  /*< private >*/
  GstPad *pad;
  GstS2sJoiner *joiner;
  GstS2sAccumulateSettings settings;
  GstSegment segment;
  gboolean running; /* whether a segment has begun and not ended */
  gboolean discont;
  GstClockTime position; /* until where something was pushed */
  GstClockTime text_end; /* until where text was pushed */
  GQueue held;           /* events that follow text that is held */
  guint64 last_id;
} GstS2sEmitter;

void gst_s2s_emitter_init (GstS2sEmitter *self, GstPad *pad);
void gst_s2s_emitter_reset (GstS2sEmitter *self);
void gst_s2s_emitter_drop (GstS2sEmitter *self);
void gst_s2s_emitter_flush (GstS2sEmitter *self);
void gst_s2s_emitter_clear (GstS2sEmitter *self);
void gst_s2s_emitter_set_settings (GstS2sEmitter *self, const GstS2sAccumulateSettings *settings);
GstFlowReturn gst_s2s_emitter_handle (GstS2sEmitter *self, GstS2sItem *item);
GstFlowReturn gst_s2s_emitter_cut (GstS2sEmitter *self);
GstClockTime gst_s2s_emitter_get_held_start (GstS2sEmitter *self);
gboolean gst_s2s_emitter_can_beat (GstS2sEmitter *self);
void gst_s2s_emitter_beat (GstS2sEmitter *self, GstClockTime until);

void gst_s2s_register_sentence_meta (void);

G_END_DECLS
