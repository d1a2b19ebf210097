/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sAccumulateSettings:
 *
 * What the properties say. Times are in ms. Plain data: an assignment copies it.
 */
typedef struct {
  gint latency; /* -1: no limit */
  guint lateness;
  guint min_duration;
  guint window;
  guint window_sentences;
  guint extended_duration_gap;
  gboolean extend_duration;
  gboolean drain_on_final_transcripts;
  gboolean drain_on_speaker_change;
  gboolean drain_on_lines;
} GstS2sAccumulateSettings;

void gst_s2s_accumulate_settings_init (GstS2sAccumulateSettings *self);
gboolean gst_s2s_accumulate_settings_set_property (GstS2sAccumulateSettings *self, guint id,
                                                   const GValue *value);
gboolean gst_s2s_accumulate_settings_get_property (const GstS2sAccumulateSettings *self, guint id,
                                                   GValue *value);
GstClockTime gst_s2s_accumulate_settings_get_latency (const GstS2sAccumulateSettings *self);
void gst_s2s_accumulate_settings_install_properties (GObjectClass *klass);

G_END_DECLS
