/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gsts2scue.h"

#include <glib.h>

G_BEGIN_DECLS

/* How many texts it has at most. */
#define GST_S2S_MAX_HISTORY 16

/**
 * GstS2sHistory:
 *
 * What was said last: each line of a cue is a text, and so is each answer. A zeroed struct has
 * none.
 */
typedef struct {
  /*< private >*/
  GPtrArray *texts; /* of char *, the oldest first; nullable */
} GstS2sHistory;

void gst_s2s_history_clear (GstS2sHistory *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstS2sHistory, gst_s2s_history_clear)

void gst_s2s_history_copy (GstS2sHistory *self, const GstS2sHistory *other);
void gst_s2s_history_add_line (GstS2sHistory *self, const GstS2sCueLine *line, const char *answer);
void gst_s2s_history_add_cue (GstS2sHistory *self, const GstS2sCue *cue, const GArray *answers);
const char *const *gst_s2s_history_get_last (const GstS2sHistory *self, guint most, guint *ret_n);

G_END_DECLS
