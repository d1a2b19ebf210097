/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2sloader.h"
#include "gsts2ssession.h"
#include "gsts2ssettings.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sEngine:
 * @loader: what makes sessions, and knows whether to stop
 * @settings: what is in force
 * @session: what to translate with; %NULL until it is loaded
 * @source_language: BCP 47, of what comes in
 * @target_language: BCP 47, of what comes out
 *
 * What is in use, and what will be once it is loaded. It belongs to the thread that streams, and to
 * changes of state while nothing streams.
 */
typedef struct {
  GstS2sLoader *loader;
  GstS2sSettings settings;
  GstS2sSession *session;
  char *source_language;
  char *target_language;
  /*< private >*/
  GstElement *element;
  S2sControlFunc control;
  gpointer control_data;
  GstS2sSettings loaded; /* those whose model was asked for last */
} GstS2sEngine;

void gst_s2s_engine_init (GstS2sEngine *self, GstElement *element, S2sControlFunc control,
                          gpointer control_data);
void gst_s2s_engine_clear (GstS2sEngine *self);

gboolean gst_s2s_engine_prepare (GstS2sEngine *self, const GstS2sSettings *settings);
void gst_s2s_engine_adopt (GstS2sEngine *self, const GstS2sSettings *settings);
gboolean gst_s2s_engine_refresh (GstS2sEngine *self);
gboolean gst_s2s_engine_wait (GstS2sEngine *self);
void gst_s2s_engine_release (GstS2sEngine *self);

G_END_DECLS
