/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2saccumulatesettings.h"

#define DEFAULT_LATENCY 3000
#define DEFAULT_LATENESS 0
#define DEFAULT_MIN_DURATION 1000
#define DEFAULT_WINDOW 0
#define DEFAULT_WINDOW_SENTENCES 0
#define DEFAULT_EXTENDED_DURATION_GAP 0
#define DEFAULT_EXTEND_DURATION FALSE
#define DEFAULT_DRAIN_ON_FINAL_TRANSCRIPTS TRUE
#define DEFAULT_DRAIN_ON_SPEAKER_CHANGE TRUE
#define DEFAULT_DRAIN_ON_LINES FALSE

enum {
  PROP_LATENCY = 1,
  PROP_LATENESS,
  PROP_MIN_DURATION,
  PROP_WINDOW,
  PROP_WINDOW_SENTENCES,
  PROP_EXTEND_DURATION,
  PROP_EXTENDED_DURATION_GAP,
  PROP_DRAIN_ON_FINAL_TRANSCRIPTS,
  PROP_DRAIN_ON_SPEAKER_CHANGE,
  PROP_DRAIN_ON_LINES,
};

/**
 * gst_s2s_accumulate_settings_init:
 * @self: (out): the defaults
 */
void
gst_s2s_accumulate_settings_init (GstS2sAccumulateSettings *self)
{
  *self = (GstS2sAccumulateSettings){
      .latency = DEFAULT_LATENCY,
      .lateness = DEFAULT_LATENESS,
      .min_duration = DEFAULT_MIN_DURATION,
      .window = DEFAULT_WINDOW,
      .window_sentences = DEFAULT_WINDOW_SENTENCES,
      .extended_duration_gap = DEFAULT_EXTENDED_DURATION_GAP,
      .extend_duration = DEFAULT_EXTEND_DURATION,
      .drain_on_final_transcripts = DEFAULT_DRAIN_ON_FINAL_TRANSCRIPTS,
      .drain_on_speaker_change = DEFAULT_DRAIN_ON_SPEAKER_CHANGE,
      .drain_on_lines = DEFAULT_DRAIN_ON_LINES,
  };
}

/**
 * gst_s2s_accumulate_settings_set_property:
 * @self: settings
 * @id: of a property of gst_s2s_accumulate_settings_install_properties()
 * @value: of its type
 *
 * Returns: whether there is such a property
 */
gboolean
gst_s2s_accumulate_settings_set_property (GstS2sAccumulateSettings *self, guint id,
                                          const GValue *value)
{
  switch (id) {
  case PROP_LATENCY:
    self->latency = g_value_get_int (value);
    return TRUE;
  case PROP_LATENESS:
    self->lateness = g_value_get_uint (value);
    return TRUE;
  case PROP_MIN_DURATION:
    self->min_duration = g_value_get_uint (value);
    return TRUE;
  case PROP_WINDOW:
    self->window = g_value_get_uint (value);
    return TRUE;
  case PROP_WINDOW_SENTENCES:
    self->window_sentences = g_value_get_uint (value);
    return TRUE;
  case PROP_EXTEND_DURATION:
    self->extend_duration = g_value_get_boolean (value);
    return TRUE;
  case PROP_EXTENDED_DURATION_GAP:
    self->extended_duration_gap = g_value_get_uint (value);
    return TRUE;
  case PROP_DRAIN_ON_FINAL_TRANSCRIPTS:
    self->drain_on_final_transcripts = g_value_get_boolean (value);
    return TRUE;
  case PROP_DRAIN_ON_SPEAKER_CHANGE:
    self->drain_on_speaker_change = g_value_get_boolean (value);
    return TRUE;
  case PROP_DRAIN_ON_LINES:
    self->drain_on_lines = g_value_get_boolean (value);
    return TRUE;
  default:
    return FALSE;
  }
}

/**
 * gst_s2s_accumulate_settings_get_property:
 * @self: settings
 * @id: of a property of gst_s2s_accumulate_settings_install_properties()
 * @value: of its type
 *
 * Returns: whether there is such a property
 */
gboolean
gst_s2s_accumulate_settings_get_property (const GstS2sAccumulateSettings *self, guint id,
                                          GValue *value)
{
  switch (id) {
  case PROP_LATENCY:
    g_value_set_int (value, self->latency);
    return TRUE;
  case PROP_LATENESS:
    g_value_set_uint (value, self->lateness);
    return TRUE;
  case PROP_MIN_DURATION:
    g_value_set_uint (value, self->min_duration);
    return TRUE;
  case PROP_WINDOW:
    g_value_set_uint (value, self->window);
    return TRUE;
  case PROP_WINDOW_SENTENCES:
    g_value_set_uint (value, self->window_sentences);
    return TRUE;
  case PROP_EXTEND_DURATION:
    g_value_set_boolean (value, self->extend_duration);
    return TRUE;
  case PROP_EXTENDED_DURATION_GAP:
    g_value_set_uint (value, self->extended_duration_gap);
    return TRUE;
  case PROP_DRAIN_ON_FINAL_TRANSCRIPTS:
    g_value_set_boolean (value, self->drain_on_final_transcripts);
    return TRUE;
  case PROP_DRAIN_ON_SPEAKER_CHANGE:
    g_value_set_boolean (value, self->drain_on_speaker_change);
    return TRUE;
  case PROP_DRAIN_ON_LINES:
    g_value_set_boolean (value, self->drain_on_lines);
    return TRUE;
  default:
    return FALSE;
  }
}

/**
 * gst_s2s_accumulate_settings_get_latency:
 * @self: settings
 *
 * Returns: what is declared in a live pipeline: the latency, none if there is no limit, and the
 *   window, in ns
 */
GstClockTime
gst_s2s_accumulate_settings_get_latency (const GstS2sAccumulateSettings *self)
{
  return (MAX (self->latency, 0) + (GstClockTime)self->window) * GST_MSECOND;
}

static void
install_time_properties (GObjectClass *klass, GParamFlags flags)
{
  /**
   * GstS2sAccumulate:latency:
   *
   * How long text is held at most in a live pipeline, in ms. A sentence that does not end in time
   * is let out up to its best break. -1 waits for the end of each sentence, however late that is,
   * and declares nothing. A change posts a LATENCY message.
   */
  g_object_class_install_property (
      klass, PROP_LATENCY,
      g_param_spec_int ("latency", "Latency",
                        "The longest time in ms for which live text is held. -1 waits for the end "
                        "of the sentence.",
                        -1, G_MAXINT, DEFAULT_LATENCY, flags));
  /**
   * GstS2sAccumulate:lateness:
   *
   * What is added to each time that comes in, in ms. It gives more time for a sentence than
   * #GstS2sAccumulate:latency does, but shows the text later than it was said.
   */
  g_object_class_install_property (
      klass, PROP_LATENESS,
      g_param_spec_uint ("lateness", "Lateness",
                         "The time in ms by which all text is shifted to be later.", 0, G_MAXUINT,
                         DEFAULT_LATENESS, flags));
  /**
   * GstS2sAccumulate:min-duration:
   *
   * How long a sentence lasts at least, in ms, as far as the next one leaves room.
   */
  g_object_class_install_property (
      klass, PROP_MIN_DURATION,
      g_param_spec_uint ("min-duration", "Minimum Duration",
                         "The shortest duration of a sentence in ms, if there is room for it.", 0,
                         G_MAXUINT, DEFAULT_MIN_DURATION, flags));
}

static void
install_window_properties (GObjectClass *klass, GParamFlags flags)
{
  /**
   * GstS2sAccumulate:window:
   *
   * How long the sentences of a buffer span together at least, in ms, as for summaries. It is
   * declared with #GstS2sAccumulate:latency; a change posts a LATENCY message. 0 is no such time.
   */
  g_object_class_install_property (
      klass, PROP_WINDOW,
      g_param_spec_uint ("window", "Window",
                         "The time in ms that the sentences of a buffer span at least. 0 is no "
                         "such time.",
                         0, G_MAXUINT, DEFAULT_WINDOW, flags));
  /**
   * GstS2sAccumulate:window-sentences:
   *
   * How many sentences a buffer has at most. With #GstS2sAccumulate:window, whichever comes first
   * ends the buffer. Alone, the buffer waits for so many of them, in a live pipeline no longer than
   * #GstS2sAccumulate:latency allows: nothing more is declared, so it has those that were said
   * in that time. 0 is no such number, and without #GstS2sAccumulate:window each sentence has a
   * buffer of its own.
   *
   * ## Example launch line
   *
   * |[
   * gst-launch-1.0 -q filesrc location=hello.srt ! subparse \
   *   ! s2saccumulate window-sentences=2 ! webvttenc ! fdsink
   * ]|
   */
  g_object_class_install_property (
      klass, PROP_WINDOW_SENTENCES,
      g_param_spec_uint ("window-sentences", "Window Sentences",
                         "The number of sentences that a buffer has at most. 0 is no such number.",
                         0, G_MAXUINT, DEFAULT_WINDOW_SENTENCES, flags));
}

static void
install_duration_properties (GObjectClass *klass, GParamFlags flags)
{
  /**
   * GstS2sAccumulate:extend-duration:
   *
   * Whether a sentence lasts until the next one starts. It is held until that is known, in a live
   * pipeline no longer than #GstS2sAccumulate:latency allows; then it keeps its own end.
   */
  g_object_class_install_property (
      klass, PROP_EXTEND_DURATION,
      g_param_spec_boolean ("extend-duration", "Extend Duration",
                            "Whether a sentence lasts until the next one starts.",
                            DEFAULT_EXTEND_DURATION, flags));
  /**
   * GstS2sAccumulate:extended-duration-gap:
   *
   * What #GstS2sAccumulate:extend-duration leaves free before the next sentence, in ms.
   */
  g_object_class_install_property (
      klass, PROP_EXTENDED_DURATION_GAP,
      g_param_spec_uint (
          "extended-duration-gap", "Extended Duration Gap",
          "The time in ms that stays free between an extended sentence and the next.", 0, G_MAXUINT,
          DEFAULT_EXTENDED_DURATION_GAP, flags));
}

static void
install_drain_properties (GObjectClass *klass, GParamFlags flags)
{
  /**
   * GstS2sAccumulate:drain-on-final-transcripts:
   *
   * Whether an event `rstranscribe/final-transcript` ends the sentence. It is forwarded either way.
   */
  g_object_class_install_property (
      klass, PROP_DRAIN_ON_FINAL_TRANSCRIPTS,
      g_param_spec_boolean ("drain-on-final-transcripts", "Drain On Final Transcripts",
                            "Whether the end of a transcript ends the sentence.",
                            DEFAULT_DRAIN_ON_FINAL_TRANSCRIPTS, flags));
  /**
   * GstS2sAccumulate:drain-on-speaker-change:
   *
   * Whether an event `rstranscribe/speaker-change` ends the sentence. It is forwarded either way.
   */
  g_object_class_install_property (
      klass, PROP_DRAIN_ON_SPEAKER_CHANGE,
      g_param_spec_boolean ("drain-on-speaker-change", "Drain On Speaker Change",
                            "Whether a change of the speaker ends the sentence.",
                            DEFAULT_DRAIN_ON_SPEAKER_CHANGE, flags));
  /**
   * GstS2sAccumulate:drain-on-lines:
   *
   * Whether a line of a segment in bytes ends the sentence, even without a mark, as where somebody
   * types and waits for what becomes of each line. With #GstS2sAccumulate:window-sentences the
   * sentences of a line go out together.
   */
  g_object_class_install_property (klass, PROP_DRAIN_ON_LINES,
                                   g_param_spec_boolean ("drain-on-lines", "Drain On Lines",
                                                         "Whether a typed line ends the sentence.",
                                                         DEFAULT_DRAIN_ON_LINES, flags));
}

/**
 * gst_s2s_accumulate_settings_install_properties:
 * @klass: a class whose objects have settings
 *
 * Gives the class a property for each setting.
 */
void
gst_s2s_accumulate_settings_install_properties (GObjectClass *klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

  install_time_properties (klass, flags);
  install_window_properties (klass, flags);
  install_duration_properties (klass, flags);
  install_drain_properties (klass, flags);
}
