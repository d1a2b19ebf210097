/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS2sPart:
 * @text: one line of valid UTF-8 without blanks at its ends, not empty
 * @start: ns
 * @duration: ns
 * @id: of the call of gst_s2s_joiner_add() that brought it
 *
 * A word, a piece of a sentence, or a whole one.
 */
typedef struct {
  char *text;
  guint64 start;
  guint64 duration;
  guint64 id;
  /*< private >*/
  guint boundary;
} GstS2sPart;

/**
 * GstS2sSentence:
 * @text: the parts joined
 * @start: ns
 * @end: ns, not before @start
 * @parts: (element-type GstS2sPart): what it was made of, in order, at least one
 */
typedef struct {
  char *text;
  guint64 start;
  guint64 end;
  GPtrArray *parts;
} GstS2sSentence;

/**
 * GstS2sJoinerOptions:
 * @window: ns that the sentences that are popped together have to span; 0 is no such window
 * @window_sentences: how many of them are enough, however short they are; 0 is no such number, and
 *   with @window 0, too, each is popped alone
 * @min_duration: ns that a sentence lasts at least
 * @extend_duration: whether a sentence lasts until the next one starts
 * @extended_gap: ns that then stay free between the two
 */
typedef struct {
  guint64 window;
  guint window_sentences;
  guint64 min_duration;
  gboolean extend_duration;
  guint64 extended_gap;
} GstS2sJoinerOptions;

typedef struct _GstS2sJoiner GstS2sJoiner;

GstS2sJoiner *gst_s2s_joiner_new (void);
void gst_s2s_joiner_free (GstS2sJoiner *self);
void gst_s2s_joiner_set_options (GstS2sJoiner *self, const GstS2sJoinerOptions *options);
guint64 gst_s2s_joiner_add (GstS2sJoiner *self, const char *text, guint64 start, guint64 duration);
void gst_s2s_joiner_pause (GstS2sJoiner *self, guint64 until);
void gst_s2s_joiner_cut (GstS2sJoiner *self);
void gst_s2s_joiner_drain (GstS2sJoiner *self);
void gst_s2s_joiner_reset (GstS2sJoiner *self, guint64 last_end);
gboolean gst_s2s_joiner_peek (GstS2sJoiner *self, guint64 *ret_start, guint64 *ret_id);
GstS2sSentence *gst_s2s_joiner_pop (GstS2sJoiner *self);

void gst_s2s_sentence_free (GstS2sSentence *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstS2sJoiner, gst_s2s_joiner_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstS2sSentence, gst_s2s_sentence_free)

G_END_DECLS
