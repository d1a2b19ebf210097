/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS2sMode:
 * @GST_S2S_MODE_TRANSLATE: text is translated
 * @GST_S2S_MODE_PASSTHROUGH: text passes as it is
 * @GST_S2S_MODE_MUTE: text becomes GAP events
 *
 * What the operator wants on air.
 */
typedef enum {
  GST_S2S_MODE_TRANSLATE,
  GST_S2S_MODE_PASSTHROUGH,
  GST_S2S_MODE_MUTE,
} GstS2sMode;

/**
 * GstS2sLatePolicy:
 * @GST_S2S_LATE_POLICY_SHIFT: finish fast, and show the text by as much later as it is late
 * @GST_S2S_LATE_POLICY_DROP: stop, and show nothing
 * @GST_S2S_LATE_POLICY_PASSTHROUGH: stop, and show the source
 * @GST_S2S_LATE_POLICY_KEEP: finish fast, and leave the times alone
 *
 * What becomes of text that is late.
 */
typedef enum {
  GST_S2S_LATE_POLICY_SHIFT,
  GST_S2S_LATE_POLICY_DROP,
  GST_S2S_LATE_POLICY_PASSTHROUGH,
  GST_S2S_LATE_POLICY_KEEP,
} GstS2sLatePolicy;

/**
 * GstS2sUnits:
 * @GST_S2S_UNITS_SENTENCE: a buffer for each that comes in
 * @GST_S2S_UNITS_SOURCE: a buffer for each part of a sentence that came with its parts
 *
 * How the translation is cut.
 */
typedef enum {
  GST_S2S_UNITS_SENTENCE,
  GST_S2S_UNITS_SOURCE,
} GstS2sUnits;

/**
 * GstS2sOnError:
 * @GST_S2S_ON_ERROR_PASSTHROUGH: show the source
 * @GST_S2S_ON_ERROR_DROP: show nothing
 * @GST_S2S_ON_ERROR_FAIL: end the stream with an error
 *
 * What becomes of text without a translation that is good enough.
 */
typedef enum {
  GST_S2S_ON_ERROR_PASSTHROUGH,
  GST_S2S_ON_ERROR_DROP,
  GST_S2S_ON_ERROR_FAIL,
} GstS2sOnError;

/**
 * GstS2sVocabulary:
 * @GST_S2S_VOCABULARY_DEFAULT: what the bundle recommends
 * @GST_S2S_VOCABULARY_FULL: all words of the target language
 * @GST_S2S_VOCABULARY_SHORTLIST: those that the bundle's shortlist has for the sentence, where it
 * has a shortlist
 *
 * Which words a translation is made of.
 */
typedef enum {
  GST_S2S_VOCABULARY_DEFAULT,
  GST_S2S_VOCABULARY_FULL,
  GST_S2S_VOCABULARY_SHORTLIST,
} GstS2sVocabulary;

#define GST_TYPE_S2S_MODE (gst_s2s_mode_get_type ())
#define GST_TYPE_S2S_LATE_POLICY (gst_s2s_late_policy_get_type ())
#define GST_TYPE_S2S_UNITS (gst_s2s_units_get_type ())
#define GST_TYPE_S2S_BILINGUAL (gst_s2s_bilingual_get_type ())
#define GST_TYPE_S2S_ON_ERROR (gst_s2s_on_error_get_type ())
#define GST_TYPE_S2S_VOCABULARY (gst_s2s_vocabulary_get_type ())

GType gst_s2s_mode_get_type (void);
GType gst_s2s_late_policy_get_type (void);
GType gst_s2s_units_get_type (void);
GType gst_s2s_bilingual_get_type (void);
GType gst_s2s_on_error_get_type (void);
GType gst_s2s_vocabulary_get_type (void);

G_END_DECLS
