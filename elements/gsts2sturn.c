/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sturn.h"

/* ---- Where ---- */

/**
 * gst_s2s_turn_clip:
 * @self: a text
 *
 * Cuts off what is outside of the segment.
 *
 * Returns: whether something is left
 */
gboolean
gst_s2s_turn_clip (GstS2sTurn *self)
{
  if (!GST_CLOCK_TIME_IS_VALID (self->start) || !GST_CLOCK_TIME_IS_VALID (self->duration))
    return TRUE;
  return gst_s2s_timeline_clip (&self->outlet->timeline, &self->start, &self->duration);
}

/**
 * gst_s2s_turn_place:
 * @self: a text
 * @start: (inout): PTS at which it was to be shown, then the one at which it can be
 * @duration: (inout): of it
 *
 * Finds the place of a text, or of a part of it.
 *
 * Returns: %FALSE if that is too late for a live pipeline
 */
gboolean
gst_s2s_turn_place (GstS2sTurn *self, GstClockTime *start, GstClockTime *duration)
{
  const GstS2sSettings *settings = self->settings;
  GstClockTime shift = settings->late_policy == GST_S2S_LATE_POLICY_SHIFT ? self->lateness : 0;
  GstClockTime moved = gst_s2s_timeline_place (
      &self->outlet->timeline, shift, settings->min_duration * GST_MSECOND, start, duration);

  if (!self->live || moved <= settings->max_lateness * GST_MSECOND)
    return TRUE;
  self->lateness = MAX (self->lateness, moved);
  return FALSE;
}

/* ---- Showing ---- */

static GstS2sCueLayout
get_layout (const GstS2sTurn *self)
{
  return (GstS2sCueLayout){
      .markup = self->outlet->markup,
      .bilingual = self->settings->bilingual,
      .max_line_length = self->settings->max_line_length,
      .max_lines = self->settings->max_lines,
  };
}

static GstS2sFate
push_text (GstS2sTurn *self, const char *text, GstClockTime start, GstClockTime duration)
{
  if (!gst_s2s_timeline_clip (&self->outlet->timeline, &start, &duration))
    return GST_S2S_FATE_CLIPPED;
  self->took = g_get_monotonic_time () - self->began;
  self->flow =
      gst_s2s_outlet_push_text (self->outlet, self->incoming->buffer, text, start, duration);
  return self->flow == GST_FLOW_OK ? GST_S2S_FATE_SENTENCE : GST_S2S_FATE_DISCARDED;
}

static GstS2sFate
show_text (GstS2sTurn *self, const char *text, GstClockTime start, GstClockTime duration)
{
  GstClockTime placed = start;
  GstClockTime shown = duration;

  if (*text != '\0' && gst_s2s_turn_place (self, &placed, &shown))
    return push_text (self, text, placed, shown);
  gst_s2s_outlet_push_gap (self->outlet, start, duration);
  return *text != '\0' ? GST_S2S_FATE_DROPPED : GST_S2S_FATE_GAP;
}

/**
 * gst_s2s_turn_show_gap:
 * @self: a text
 * @fate: what became of it
 *
 * Shows nothing.
 *
 * Returns: @fate
 */
GstS2sFate
gst_s2s_turn_show_gap (const GstS2sTurn *self, GstS2sFate fate)
{
  gst_s2s_outlet_push_gap (self->outlet, self->start, self->duration);
  return fate;
}

/**
 * gst_s2s_turn_show_source:
 * @self: a text
 *
 * Shows what came in.
 *
 * Returns: what became of it
 */
GstS2sFate
gst_s2s_turn_show_source (GstS2sTurn *self)
{
  const GstS2sCueLayout layout = get_layout (self);
  g_autofree char *text = gst_s2s_incoming_render (self->incoming, &layout);

  return show_text (self, text, self->start, self->duration);
}

static GstS2sFate
show_piece (GstS2sTurn *self, const GstS2sIncomingPiece *piece)
{
  const GstS2sCueLayout layout = get_layout (self);
  g_autofree char *text = gst_s2s_incoming_render_piece (piece, &layout);
  GstClockTime start = piece->start;
  GstClockTime duration = piece->duration;

  if (!gst_s2s_timeline_clip (&self->outlet->timeline, &start, &duration))
    return GST_S2S_FATE_CLIPPED;
  return show_text (self, text, start, duration);
}

/* The fate of the whole is the best of its pieces. */
static GstS2sFate
show_pieces (GstS2sTurn *self, const GstS2sCueLine *line, const GstS2sCueTranslation *translation)
{
  g_autoptr (GPtrArray) pieces = gst_s2s_incoming_cut (self->incoming, line, translation);
  GstS2sFate best = GST_S2S_FATE_CLIPPED;

  if (pieces->len == 0)
    return gst_s2s_turn_show_gap (self, GST_S2S_FATE_GAP);
  for (guint i = 0; i < pieces->len && self->flow == GST_FLOW_OK; i++) {
    GstS2sFate fate = show_piece (self, g_ptr_array_index (pieces, i));

    best = MIN (best, fate);
  }
  return self->flow == GST_FLOW_OK ? best : GST_S2S_FATE_DISCARDED;
}

/**
 * gst_s2s_turn_show_translation:
 * @self: a text
 * @cue: made of it
 * @lines: what the lines of @cue became
 *
 * Shows a translation, in the pieces that came in where these are the units.
 *
 * Returns: what became of it
 */
GstS2sFate
gst_s2s_turn_show_translation (GstS2sTurn *self, const GstS2sCue *cue,
                               const GstS2sCueTranslation *lines)
{
  const GstS2sCueLayout layout = get_layout (self);
  g_autofree char *text = NULL;

  if (self->settings->units == GST_S2S_UNITS_SOURCE && self->incoming->parts &&
      cue->lines->len == 1 && lines[0].text)
    return show_pieces (self, g_ptr_array_index (cue->lines, 0), &lines[0]);
  text = gst_s2s_cue_render (cue, lines, &layout);
  return show_text (self, text, self->start, self->duration);
}
