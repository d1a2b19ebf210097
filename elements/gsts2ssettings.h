/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2scue.h"
#include "gsts2senums.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sSettings:
 * @model_path: (nullable): a bundle's directory; %NULL is the default bundle of the languages
 * @input_language: BCP 47
 * @output_language: (nullable): BCP 47; %NULL is the default
 * @mode: what becomes of text
 * @latency: ms that are declared
 * @late_policy: what becomes of late text
 * @max_lateness: ms by which text is shifted at most
 * @min_duration: ms for which shifted text is shown at least
 * @beam_size: hypotheses kept; 0 is what the bundle says
 * @length_penalty: exponent of the length normalisation; negative is what the bundle says
 * @max_length: longest output in tokens; 0 is what the bundle's limits give
 * @units: how the translation is cut
 * @bilingual: whether the source is shown, too
 * @max_line_length: columns, 0 for no limit
 * @max_lines: 0 for no limit
 * @max_cps: characters a second that can be read, 0 for no limit
 * @min_confidence: of a translation that is shown, 0 to 1
 * @on_error: what becomes of text without one
 * @glossary: (nullable): the file of names and terms
 * @history_size: earlier texts that are read beside each; negative is what the bundle says
 * @vocabulary: which words a translation is made of
 * @shared_decoding: whether others that decode alike do so in one batch with this
 * @post_messages: whether each translation is posted
 * @files_serial: another one means that files are to be read again, though they have the same names
 *
 * What an application chooses. The construction of an object gives the fields of a zeroed struct
 * their defaults.
 */
typedef struct {
  char *model_path;
  char *input_language;
  char *output_language;
  GstS2sMode mode;
  guint latency;
  GstS2sLatePolicy late_policy;
  guint max_lateness;
  guint min_duration;
  guint beam_size;
  float length_penalty;
  guint max_length;
  GstS2sUnits units;
  GstS2sCueBilingual bilingual;
  guint max_line_length;
  guint max_lines;
  float max_cps;
  double min_confidence;
  GstS2sOnError on_error;
  char *glossary;
  int history_size;
  GstS2sVocabulary vocabulary;
  gboolean shared_decoding;
  gboolean post_messages;
  guint files_serial;
} GstS2sSettings;

void gst_s2s_settings_copy (GstS2sSettings *self, const GstS2sSettings *other);
void gst_s2s_settings_clear (GstS2sSettings *self);

void gst_s2s_settings_install_properties (GObjectClass *klass);
void gst_s2s_settings_set_property (GstS2sSettings *self, guint id, const GValue *value,
                                    const GParamSpec *spec);
void gst_s2s_settings_get_property (const GstS2sSettings *self, guint id, GValue *value);

gboolean gst_s2s_settings_share_files (const GstS2sSettings *a, const GstS2sSettings *b);
gboolean gst_s2s_settings_share_decoding (const GstS2sSettings *a, const GstS2sSettings *b);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstS2sSettings, gst_s2s_settings_clear)

G_END_DECLS
