/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2salign.h"
#include "gsts2scue.h"
#include "gsts2shistory.h"
#include "gsts2ssettings.h"
#include "s2s.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS2sRendition:
 * @lines: (element-type GstS2sCueTranslation): what each line of the cue became; that of a line
 * without words has no text
 * @confidence: the geometric mean of the probabilities of all tokens, 0 to 1
 * @flags: #S2sFlags of all sentences together
 *
 * A cue in the other language. A zeroed struct is empty.
 */
typedef struct {
  GArray *lines;
  double confidence;
  guint flags;
} GstS2sRendition;

void gst_s2s_rendition_clear (GstS2sRendition *self);
const char *gst_s2s_rendition_find_fault (const GstS2sRendition *self, double min_confidence);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstS2sRendition, gst_s2s_rendition_clear)

/**
 * GstS2sSession:
 *
 * What an element translates with: a model, a translator of it and a glossary, as the settings want
 * them. One thread at a time.
 */
typedef struct _GstS2sSession GstS2sSession;

gboolean gst_s2s_session_probe (const GstS2sSettings *settings, char **ret_source_language,
                                char **ret_target_language, GError **error);

GstS2sSession *gst_s2s_session_new (const GstS2sSettings *settings, GError **error);
void gst_s2s_session_free (GstS2sSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstS2sSession, gst_s2s_session_free)

gboolean gst_s2s_session_configure (GstS2sSession *self, const GstS2sSettings *settings,
                                    GError **error);
void gst_s2s_session_set_control (GstS2sSession *self, S2sControlFunc func, gpointer user_data);

const char *gst_s2s_session_get_source_language (const GstS2sSession *self);
const char *gst_s2s_session_get_target_language (const GstS2sSession *self);
gboolean gst_s2s_session_translates (const GstS2sSession *self);
gboolean gst_s2s_session_answers (const GstS2sSession *self);
gboolean gst_s2s_session_translate (GstS2sSession *self, const GstS2sCue *cue, guint64 duration,
                                    const GstS2sHistory *history, GstS2sRendition *ret_rendition,
                                    GError **error);

G_END_DECLS
