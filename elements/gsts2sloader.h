/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2ssession.h"
#include "gsts2ssettings.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sCancel:
 * @GST_S2S_CANCEL_FLUSH: the pipeline flushes
 * @GST_S2S_CANCEL_STOP: the element is being stopped
 *
 * Why nobody should wait or translate now. Each reason comes and goes by itself.
 */
typedef enum {
  GST_S2S_CANCEL_FLUSH = 1 << 0,
  GST_S2S_CANCEL_STOP = 1 << 1,
} GstS2sCancel;

/**
 * GstS2sLoader:
 *
 * Makes sessions in threads of their own, of which nobody waits for the end. A newer load makes the
 * result of an older one void. Each load posts PROGRESS messages: a START, and one of COMPLETE,
 * ERROR and CANCELED.
 */
typedef struct _GstS2sLoader GstS2sLoader;

GstS2sLoader *gst_s2s_loader_new (GstElement *element);
void gst_s2s_loader_unref (GstS2sLoader *self);

void gst_s2s_loader_start (GstS2sLoader *self, const GstS2sSettings *settings, gboolean required);
void gst_s2s_loader_abandon (GstS2sLoader *self);
gboolean gst_s2s_loader_is_busy (GstS2sLoader *self);
gboolean gst_s2s_loader_has_failed (GstS2sLoader *self);
GstS2sSession *gst_s2s_loader_take (GstS2sLoader *self);
GstS2sSession *gst_s2s_loader_wait (GstS2sLoader *self);

void gst_s2s_loader_cancel (GstS2sLoader *self, GstS2sCancel reason);
void gst_s2s_loader_resume (GstS2sLoader *self, GstS2sCancel reason);
gboolean gst_s2s_loader_is_cancelled (GstS2sLoader *self);

void gst_s2s_loader_post_problem (GstElement *element, gboolean required, const GError *error);

G_END_DECLS
