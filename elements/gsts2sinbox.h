/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2saccumulatesettings.h"
#include "gsts2sreader.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sInbox:
 * @lock: nobody holds it who pushes, queries or posts
 * @settings: what the application wants
 * @flow: of the task; if it is other than OK, the task does not run
 * @ended: whether EOS came in
 * @playing: whether the running time goes on
 * @live: whether upstream is live
 * @upstream_latency: of upstream, the least
 *
 * What the thread of the sink pad hands to the task of the source pad, and what both have to know.
 * All of it is under the lock. The task alone takes items out.
 */
typedef struct {
  GMutex lock;
  GstS2sAccumulateSettings settings;
  GstFlowReturn flow;
  gboolean ended;
  gboolean playing;
  gboolean live;
  GstClockTime upstream_latency;
  /*< private >*/
  GCond changed;
  GQueue items;
  GstClockID wait; /* what the task waits for, if it waits for the clock */
} GstS2sInbox;

void gst_s2s_inbox_init (GstS2sInbox *self);
void gst_s2s_inbox_clear (GstS2sInbox *self);
void gst_s2s_inbox_reset (GstS2sInbox *self, GstPad *keep);

void gst_s2s_inbox_set_flow (GstS2sInbox *self, GstFlowReturn flow);
gboolean gst_s2s_inbox_fail (GstS2sInbox *self, GstFlowReturn flow);
gboolean gst_s2s_inbox_resume (GstS2sInbox *self);
void gst_s2s_inbox_set_playing (GstS2sInbox *self, gboolean playing);
void gst_s2s_inbox_set_upstream (GstS2sInbox *self, gboolean live, GstClockTime latency);

GstFlowReturn gst_s2s_inbox_push (GstS2sInbox *self, GQueue *items, gboolean may_wait);
GstS2sItem *gst_s2s_inbox_pop_locked (GstS2sInbox *self);
void gst_s2s_inbox_wake_locked (GstS2sInbox *self);
void gst_s2s_inbox_wait_locked (GstS2sInbox *self, GstElement *element, GstClockTime until);

G_END_DECLS
