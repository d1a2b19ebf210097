/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2ssettings.h"
#include "s2s.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS2sCancel:
 * @GST_S2S_CANCEL_FLUSH: the pipeline flushes
 * @GST_S2S_CANCEL_STOP: the element is being stopped
 *
 * Why nothing should be translated now. Each reason comes and goes by itself.
 */
typedef enum {
  GST_S2S_CANCEL_FLUSH = 1 << 0,
  GST_S2S_CANCEL_STOP = 1 << 1,
} GstS2sCancel;

/**
 * GstS2sSession:
 *
 * What an element translates with: a model and a translator of it, as the settings want them. One
 * thread at a time, except gst_s2s_session_cancel() and gst_s2s_session_resume().
 */
typedef struct {
  GstS2sSettings settings;   /* what the rest was made for */
  S2sModel *model;           /* NULL where there is nothing to translate */
  S2sTranslator *translator; /* NULL without a model */
  guint cancelled;           /* GstS2sCancel, atomic */
} GstS2sSession;

gboolean gst_s2s_session_open (GstS2sSession *self, const GstS2sSettings *settings, GError **error);
void gst_s2s_session_close (GstS2sSession *self);
void gst_s2s_session_cancel (GstS2sSession *self, GstS2sCancel reason);
void gst_s2s_session_resume (GstS2sSession *self, GstS2sCancel reason);

char *gst_s2s_session_get_target_language_code (const GstS2sSession *self);
char *gst_s2s_session_transform (GstS2sSession *self, const char *cue, GError **error);

G_END_DECLS
