/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2scaptioner.h"

#include "gsts2sarrival.h"
#include "gsts2sstream.h"
#include "gsts2sturn.h"

#include <string.h>

GST_DEBUG_CATEGORY_EXTERN (gst_s2s_transform_debug);
#define GST_CAT_DEFAULT gst_s2s_transform_debug

/* What was warned of. */
enum {
  WARNED_LATE,
  WARNED_QUALITY,
  WARNED_FAILURE,
};

/* ---- Life ---- */

/* What the library asks before each step. */
static S2sControl
check (gpointer user_data)
{
  GstS2sCaptioner *self = user_data;

  if (gst_s2s_loader_is_cancelled (self->engine.loader))
    return S2S_CONTROL_STOP;
  switch (gst_s2s_deadline_judge (&self->deadline)) {
  case GST_S2S_VERDICT_HURRY:
    return S2S_CONTROL_NARROW;
  case GST_S2S_VERDICT_GIVE_UP:
    return S2S_CONTROL_STOP;
  default:
    return S2S_CONTROL_CONTINUE;
  }
}

/**
 * gst_s2s_captioner_init:
 * @self: not initialised
 * @element: (transfer none): who posts
 * @sinkpad: (transfer none): where text comes in
 * @srcpad: (transfer none): where it goes out
 */
void
gst_s2s_captioner_init (GstS2sCaptioner *self, GstElement *element, GstPad *sinkpad, GstPad *srcpad)
{
  memset (self, 0, sizeof *self);
  self->element = element;
  self->sinkpad = sinkpad;
  gst_s2s_engine_init (&self->engine, element, check, self);
  gst_s2s_outlet_init (&self->outlet, srcpad);
}

/**
 * gst_s2s_captioner_clear:
 * @self: a captioner
 */
void
gst_s2s_captioner_clear (GstS2sCaptioner *self)
{
  gst_s2s_engine_clear (&self->engine);
  gst_s2s_outlet_clear (&self->outlet);
  gst_s2s_deadline_clear (&self->deadline);
  gst_s2s_history_clear (&self->history);
}

/**
 * gst_s2s_captioner_forget:
 * @self: a captioner
 *
 * What was said so far has nothing to do with what comes.
 */
void
gst_s2s_captioner_forget (GstS2sCaptioner *self)
{
  gst_s2s_history_clear (&self->history);
}

/**
 * gst_s2s_captioner_update_language:
 * @self: a captioner
 *
 * Says downstream which language comes from now on, if it is another one.
 */
void
gst_s2s_captioner_update_language (GstS2sCaptioner *self)
{
  const GstS2sEngine *engine = &self->engine;
  gboolean is_source = engine->settings.mode == GST_S2S_MODE_PASSTHROUGH ||
                       !g_strcmp0 (engine->source_language, engine->target_language);

  gst_s2s_outlet_set_language (
      &self->outlet, is_source ? engine->source_language : engine->target_language, is_source);
}

/* ---- What other threads know of ---- */

/**
 * gst_s2s_captioner_set_playing:
 * @self: a captioner
 * @playing: whether the running time goes on
 *
 * From any thread.
 */
void
gst_s2s_captioner_set_playing (GstS2sCaptioner *self, gboolean playing)
{
  GST_OBJECT_LOCK (self->element);
  self->playing = playing;
  GST_OBJECT_UNLOCK (self->element);
}

/**
 * gst_s2s_captioner_set_upstream:
 * @self: a captioner
 * @live: whether upstream is live
 * @latency: of upstream, the least
 *
 * From any thread.
 */
void
gst_s2s_captioner_set_upstream (GstS2sCaptioner *self, gboolean live, GstClockTime latency)
{
  GST_OBJECT_LOCK (self->element);
  self->live = live;
  self->upstream_latency = latency;
  GST_OBJECT_UNLOCK (self->element);
}

/**
 * gst_s2s_captioner_get_stats:
 * @self: a captioner
 *
 * From any thread that does not hold the object lock.
 *
 * Returns: (transfer full): what became of what came in
 */
GstStructure *
gst_s2s_captioner_get_stats (GstS2sCaptioner *self)
{
  GstS2sStats stats;

  GST_OBJECT_LOCK (self->element);
  stats = self->stats;
  GST_OBJECT_UNLOCK (self->element);
  return gst_s2s_stats_to_structure (&stats);
}

/* Whether a text was late that was to be shown. */
static gboolean
is_late (const GstS2sTurn *turn, GstS2sFate fate)
{
  return turn->lateness > 0 && (fate == GST_S2S_FATE_SENTENCE || fate == GST_S2S_FATE_DROPPED);
}

static void
count (GstS2sCaptioner *self, const GstS2sTurn *turn, GstS2sFate fate)
{
  GST_OBJECT_LOCK (self->element);
  self->stats.received++;
  self->stats.sentences += fate == GST_S2S_FATE_SENTENCE;
  self->stats.gaps += fate == GST_S2S_FATE_GAP;
  self->stats.dropped += fate == GST_S2S_FATE_DROPPED;
  self->stats.discarded += fate == GST_S2S_FATE_DISCARDED;
  self->stats.clipped += fate == GST_S2S_FATE_CLIPPED;
  self->stats.late += is_late (turn, fate);
  if (fate == GST_S2S_FATE_SENTENCE)
    gst_s2s_stats_add_latency (&self->stats, turn->took * GST_USECOND);
  GST_OBJECT_UNLOCK (self->element);
}

/* ---- Warnings ---- */

static void
warn_late (GstS2sCaptioner *self, const GstS2sTurn *turn)
{
  if (gst_s2s_stream_may_warn (&self->warned[WARNED_LATE]))
    GST_ELEMENT_WARNING (self->element, CORE, CLOCK,
                         ("A text was translated %" G_GUINT64_FORMAT
                          " ms late, with a latency of %u ms. Set the property latency higher, or "
                          "beam-search-size to 1.",
                          (turn->lateness + GST_MSECOND - 1) / GST_MSECOND,
                          self->engine.settings.latency),
                         (NULL));
}

/* ---- Time ---- */

static void
find_times (GstS2sCaptioner *self, GstS2sTurn *turn)
{
  const GstS2sTimeline *timeline = &self->outlet.timeline;
  g_autofree char *text = gst_s2s_incoming_get_plain_text (turn->incoming);

  turn->guessed = gst_s2s_arrival_find_times (self->sinkpad, &timeline->segment, timeline->told,
                                              text, turn->arrival, &turn->start, &turn->duration);
}

/* The running time by which a text is due; none without a deadline. What came without a time is due
 * from when it came. */
static GstClockTime
find_due (GstS2sCaptioner *self, const GstS2sTurn *turn)
{
  GstClockTime running = gst_s2s_timeline_get_running_time (&self->outlet.timeline, turn->start);
  GstClockTime latency = self->engine.settings.latency * GST_MSECOND;

  if (!turn->live || !GST_CLOCK_TIME_IS_VALID (turn->arrival))
    return GST_CLOCK_TIME_NONE;
  if (turn->guessed)
    return turn->arrival + latency;
  if (!GST_CLOCK_TIME_IS_VALID (running))
    return GST_CLOCK_TIME_NONE;
  return running + turn->upstream_latency + latency;
}

static void
report_late (GstS2sCaptioner *self, const GstS2sTurn *turn)
{
  GstS2sStats stats;

  GST_OBJECT_LOCK (self->element);
  stats = self->stats;
  GST_OBJECT_UNLOCK (self->element);
  gst_s2s_report_late (self->element, &self->outlet.timeline, turn->start, turn->duration,
                       turn->lateness, &stats);
}

/* ---- Translating ---- */

static void
post_spoken (GstS2sCaptioner *self, GstS2sTurn *turn, const GstS2sCue *cue,
             const GstS2sRendition *rendition)
{
  const GstS2sCueLayout plain = {0};
  GstClockTime start = turn->start;
  GstClockTime duration = turn->duration;
  g_autofree char *source = gst_s2s_incoming_get_plain_text (turn->incoming);
  g_autofree char *translation =
      gst_s2s_cue_render (cue, (const GstS2sCueTranslation *)rendition->lines->data, &plain);
  GstS2sSpoken spoken = {
      .source = source,
      .translation = translation,
      .confidence = rendition->confidence,
      .arrival = turn->arrival,
      .language = gst_s2s_outlet_get_language (&self->outlet),
      .late = turn->lateness > 0,
  };

  if (!gst_s2s_turn_place (turn, &start, &duration))
    return;
  spoken.start = gst_s2s_timeline_get_running_time (&self->outlet.timeline, start);
  spoken.duration = duration;
  gst_s2s_report_spoken (self->element, &spoken);
}

static GstS2sFate
show_rendition (GstS2sCaptioner *self, GstS2sTurn *turn, const GstS2sCue *cue,
                const GstS2sRendition *rendition)
{
  if (self->engine.settings.post_messages)
    post_spoken (self, turn, cue, rendition);
  return gst_s2s_turn_show_translation (turn, cue,
                                        (const GstS2sCueTranslation *)rendition->lines->data);
}

static GstS2sFate
fail (GstS2sCaptioner *self, GstS2sTurn *turn, const char *reason)
{
  switch (self->engine.settings.on_error) {
  case GST_S2S_ON_ERROR_PASSTHROUGH:
    return gst_s2s_turn_show_source (turn);
  case GST_S2S_ON_ERROR_DROP:
    return gst_s2s_turn_show_gap (turn, GST_S2S_FATE_DROPPED);
  default:
    GST_ELEMENT_ERROR (self->element, STREAM, FAILED, ("A text has no translation: %s.", reason),
                       (NULL));
    turn->flow = GST_FLOW_ERROR;
    return GST_S2S_FATE_DROPPED;
  }
}

static const char *
describe_way_out (const GstS2sCaptioner *self)
{
  return self->engine.settings.on_error == GST_S2S_ON_ERROR_DROP ? "was dropped"
                                                                 : "goes on as it is";
}

static GstS2sFate
reject (GstS2sCaptioner *self, GstS2sTurn *turn, const char *fault)
{
  if (self->engine.settings.on_error != GST_S2S_ON_ERROR_FAIL &&
      gst_s2s_stream_may_warn (&self->warned[WARNED_QUALITY]))
    GST_ELEMENT_WARNING (self->element, STREAM, FAILED,
                         ("A text %s, for %s.", describe_way_out (self), fault), (NULL));
  return fail (self, turn, fault);
}

static GstS2sFate
give_up (GstS2sCaptioner *self, GstS2sTurn *turn)
{
  if (self->engine.settings.late_policy == GST_S2S_LATE_POLICY_PASSTHROUGH)
    return gst_s2s_turn_show_source (turn);
  return gst_s2s_turn_show_gap (turn, GST_S2S_FATE_DROPPED);
}

/* Whether what was finished all the same is too late to be shown. */
static gboolean
is_too_late (const GstS2sCaptioner *self, const GstS2sTurn *turn)
{
  switch (self->engine.settings.late_policy) {
  case GST_S2S_LATE_POLICY_SHIFT:
    return turn->lateness > self->engine.settings.max_lateness * GST_MSECOND;
  case GST_S2S_LATE_POLICY_DROP:
    return turn->lateness > 0;
  default:
    return FALSE;
  }
}

static GstS2sFate
handle_failure (GstS2sCaptioner *self, GstS2sTurn *turn, const GError *error)
{
  if (!g_error_matches (error, S2S_ERROR, S2S_ERROR_CANCELLED)) {
    if (self->engine.settings.on_error != GST_S2S_ON_ERROR_FAIL &&
        gst_s2s_stream_may_warn (&self->warned[WARNED_FAILURE]))
      GST_ELEMENT_WARNING (
          self->element, STREAM, FAILED,
          ("A text was not translated and %s: %s.", describe_way_out (self), error->message),
          (NULL));
    return fail (self, turn, error->message);
  }
  if (!gst_s2s_loader_is_cancelled (self->engine.loader))
    return give_up (self, turn);
  turn->flow = GST_FLOW_FLUSHING;
  return GST_S2S_FATE_DISCARDED;
}

static GstS2sFate
translate (GstS2sCaptioner *self, GstS2sTurn *turn)
{
  gboolean in_parts = self->engine.settings.units == GST_S2S_UNITS_SOURCE && turn->incoming->parts;
  g_autoptr (GstS2sCue) cue = gst_s2s_incoming_make_cue (turn->incoming, in_parts);
  g_auto (GstS2sRendition) rendition = {0};
  g_autoptr (GError) error = NULL;
  const char *fault;
  gboolean translated;
  gboolean answered = FALSE;
  GstS2sFate fate;

  gst_s2s_deadline_set (&self->deadline, self->element, find_due (self, turn),
                        self->engine.settings.late_policy,
                        self->engine.settings.max_lateness * GST_MSECOND);
  translated = gst_s2s_session_translate (self->engine.session, cue, turn->duration, &self->history,
                                          &rendition, &error);
  turn->lateness = gst_s2s_deadline_get_lateness (&self->deadline);
  fault = translated
              ? gst_s2s_rendition_find_fault (&rendition, self->engine.settings.min_confidence)
              : NULL;
  if (!translated) {
    fate = handle_failure (self, turn, error);
  } else if (is_too_late (self, turn)) {
    fate = give_up (self, turn);
  } else if (fault) {
    fate = reject (self, turn, fault);
  } else {
    fate = show_rendition (self, turn, cue, &rendition);
    answered = fate == GST_S2S_FATE_SENTENCE && gst_s2s_session_answers (self->engine.session);
  }
  gst_s2s_history_add_cue (&self->history, cue, answered ? rendition.lines : NULL);
  return fate;
}

/* What is not to be translated was said all the same. */
static void
remember (GstS2sCaptioner *self, const GstS2sTurn *turn)
{
  g_autoptr (GstS2sCue) cue = gst_s2s_incoming_make_cue (turn->incoming, FALSE);

  gst_s2s_history_add_cue (&self->history, cue, NULL);
}

/* Text without a model that it could wait for goes nowhere. */
static GstS2sFate
fail_without_session (GstS2sCaptioner *self, GstS2sTurn *turn)
{
  turn->flow =
      gst_s2s_loader_is_cancelled (self->engine.loader) ? GST_FLOW_FLUSHING : GST_FLOW_ERROR;
  return GST_S2S_FATE_DISCARDED;
}

static GstS2sFate
process (GstS2sCaptioner *self, GstS2sTurn *turn)
{
  gboolean empty = gst_s2s_incoming_is_empty (turn->incoming);

  if (!empty)
    find_times (self, turn);
  if (!gst_s2s_turn_clip (turn))
    return GST_S2S_FATE_CLIPPED;
  if (empty)
    return gst_s2s_turn_show_gap (turn, GST_S2S_FATE_GAP);
  if (self->engine.settings.mode != GST_S2S_MODE_TRANSLATE) {
    remember (self, turn);
    return self->engine.settings.mode == GST_S2S_MODE_MUTE
               ? gst_s2s_turn_show_gap (turn, GST_S2S_FATE_GAP)
               : gst_s2s_turn_show_source (turn);
  }
  if (!gst_s2s_engine_wait (&self->engine))
    return fail_without_session (self, turn);
  gst_s2s_captioner_update_language (self);
  if (!gst_s2s_session_translates (self->engine.session))
    return gst_s2s_turn_show_source (turn);
  return translate (self, turn);
}

/**
 * gst_s2s_captioner_receive:
 * @self: a prepared captioner, whose outlet has caps
 * @incoming: a text
 *
 * Translates a text and pushes what it gives.
 *
 * Returns: what downstream says; %GST_FLOW_FLUSHING if it was cancelled
 */
GstFlowReturn
gst_s2s_captioner_receive (GstS2sCaptioner *self, const GstS2sIncoming *incoming)
{
  GstS2sTurn turn = {
      .incoming = incoming,
      .outlet = &self->outlet,
      .settings = &self->engine.settings,
      .began = g_get_monotonic_time (),
      .arrival = GST_CLOCK_TIME_NONE,
      .start = incoming->start,
      .duration = incoming->duration,
      .flow = GST_FLOW_OK,
  };
  gboolean playing;
  GstS2sFate fate;

  GST_OBJECT_LOCK (self->element);
  playing = self->playing;
  turn.live = self->live;
  turn.upstream_latency = self->upstream_latency;
  GST_OBJECT_UNLOCK (self->element);
  if (playing)
    turn.arrival = gst_element_get_current_running_time (self->element);
  fate = process (self, &turn);
  count (self, &turn, fate);
  if (is_late (&turn, fate)) {
    warn_late (self, &turn);
    if (fate == GST_S2S_FATE_DROPPED ||
        self->engine.settings.late_policy == GST_S2S_LATE_POLICY_SHIFT)
      report_late (self, &turn);
  }
  return turn.flow;
}
