/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sSettings:
 * @model_path: (nullable): a bundle's directory; %NULL is the default bundle of the languages
 * @input_language: BCP 47
 * @output_language: BCP 47
 * @beam_size: hypotheses kept; 0 is what the bundle says
 * @length_penalty: exponent of the length normalisation; negative is what the bundle says
 * @max_length: longest output in tokens; 0 is what the bundle's limits give
 *
 * What an application chooses.
 */
typedef struct {
  char *model_path;
  char *input_language;
  char *output_language;
  guint beam_size;
  float length_penalty;
  guint max_length;
} GstS2sSettings;

void gst_s2s_settings_init (GstS2sSettings *self);
void gst_s2s_settings_copy (GstS2sSettings *self, const GstS2sSettings *other);
void gst_s2s_settings_clear (GstS2sSettings *self);

void gst_s2s_settings_install_properties (GObjectClass *klass);
void gst_s2s_settings_set_property (GstS2sSettings *self, guint id, const GValue *value);
void gst_s2s_settings_get_property (const GstS2sSettings *self, guint id, GValue *value);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstS2sSettings, gst_s2s_settings_clear)

G_END_DECLS
