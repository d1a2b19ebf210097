/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-s2stransform
 * @title: s2stransform
 * @short_description: translates text on its way through a pipeline
 *
 * Takes subtitles or captions in one language and puts them out in another, each with its time. It
 * runs a sequence-to-sequence model on the CPU, on the streaming thread, and holds nothing back:
 * all that a text gives is pushed before the next one is taken. No text is shown over another.
 *
 * The model is a bundle, a directory that #GstS2sTransform:model-path names. Without it, the bundle
 * for #GstS2sTransform:input-language-code and #GstS2sTransform:output-language-code is taken from
 * where bundles are installed, or from `$S2S_MODEL_PATH`. It loads in a thread of its own, and so
 * does another one while the pipeline plays.
 *
 * In a live pipeline the element declares #GstS2sTransform:latency, and
 * #GstS2sTransform:late-policy says what becomes of text that is late. Put a queue with
 * `max-size-time=0` before and after it.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 -q filesrc location=hello.srt ! subparse ! s2stransform ! webvttenc ! fdsink
 * ]|
 * Prints a subtitle file in Chinese, as WebVTT.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 filesrc location=hello.srt ! subparse ! s2stransform beam-search-size=1 \
 *   ! webvttenc ! filesink location=hello.zh.vtt
 * ]|
 * Writes it to a file. The greedy search is the fastest.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 filesrc location=hello.srt ! subparse ! s2stransform ! matroskamux \
 *   ! filesink location=hello.zh.mkv
 * ]|
 * Puts the translated subtitles into a Matroska file, where they are labelled as Chinese.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 -q filesrc location=hello.srt ! subparse \
 *   ! s2stransform bilingual=below max-line-length=40 ! webvttenc ! fdsink
 * ]|
 * Shows both languages, in lines that fit a screen.
 *
 * ## Example launch line
 *
 * |[
 * gst-launch-1.0 -q filesrc location=hello.srt ! subparse ! s2saccumulate window-sentences=2 \
 *   ! s2stransform max-cps=15 history-size=0 ! webvttenc ! fdsink
 * ]|
 * Makes one text of two sentences. A bundle that was trained to say things shorter, named with
 * #GstS2sTransform:model-path, makes it as long as can be read; one that knows what was said before
 * is told nothing of it.
 */

#include "gsts2stransform.h"

#include "gsts2scaptioner.h"
#include "gsts2sstream.h"

GST_DEBUG_CATEGORY (gst_s2s_transform_debug);
#define GST_CAT_DEFAULT gst_s2s_transform_debug

#define CAPS_RAW "text/x-raw, format = (string) { utf8, pango-markup }"

/* The settings have the ids below. */
enum {
  PROP_STATS = 100,
};

struct _GstS2sTransform {
  GstElement parent;

  GstPad *sinkpad;
  GstPad *srcpad;

  /* Under the object lock: what the application wants. */
  GstS2sSettings settings;
  guint settings_serial;

  /* Of the stream lock, and of state changes while nothing streams. */
  GstS2sCaptioner captioner;
  guint taken_serial; /* of the settings that were taken last; 0 for none */
  gboolean markup_in;
  GstS2sArrival arrival;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS_RAW "; text/plain"));

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS_RAW));

G_DEFINE_TYPE_WITH_CODE (GstS2sTransform, gst_s2s_transform, GST_TYPE_ELEMENT,
                         G_IMPLEMENT_INTERFACE (GST_TYPE_PRESET, NULL))
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (
    s2stransform, "s2stransform", GST_RANK_NONE, GST_TYPE_S2S_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (gst_s2s_transform_debug, "s2stransform", 0, "text transform"))

/* ---- Settings ---- */

/* Gives the settings if they are newer than those that were taken last. */
static gboolean
take_settings (GstS2sTransform *self, GstS2sSettings *ret_settings)
{
  gboolean changed;

  GST_OBJECT_LOCK (self);
  changed = self->settings_serial != self->taken_serial;
  if (changed)
    gst_s2s_settings_copy (ret_settings, &self->settings);
  self->taken_serial = self->settings_serial;
  GST_OBJECT_UNLOCK (self);
  return changed;
}

/* Before a stream: looks whether there is a model. */
static gboolean
prepare (GstS2sTransform *self)
{
  g_auto (GstS2sSettings) settings = {0};

  GST_OBJECT_LOCK (self);
  self->taken_serial = self->settings_serial;
  gst_s2s_settings_copy (&settings, &self->settings);
  GST_OBJECT_UNLOCK (self);
  if (!gst_s2s_engine_prepare (&self->captioner.engine, &settings))
    return FALSE;
  gst_s2s_captioner_update_language (&self->captioner);
  return TRUE;
}

/* Between two texts: what has been loaded since, and what the application has changed. */
static void
refresh (GstS2sTransform *self)
{
  g_auto (GstS2sSettings) settings = {0};

  if (gst_s2s_engine_refresh (&self->captioner.engine))
    gst_s2s_captioner_forget (&self->captioner);
  if (take_settings (self, &settings))
    gst_s2s_engine_adopt (&self->captioner.engine, &settings);
  gst_s2s_captioner_update_language (&self->captioner);
}

/* ---- Latency ---- */

/* Asks upstream, and remembers what it says. */
static gboolean
answer_latency (GstS2sTransform *self, GstQuery *query)
{
  GstClockTime upstream;
  GstClockTime own;
  gboolean live;

  GST_OBJECT_LOCK (self);
  own = self->settings.latency * GST_MSECOND;
  GST_OBJECT_UNLOCK (self);
  if (!gst_s2s_stream_query_latency (self->sinkpad, query, own, &live, &upstream))
    return FALSE;
  gst_s2s_captioner_set_upstream (&self->captioner, live, upstream);
  return TRUE;
}

static void
refresh_latency (GstS2sTransform *self)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();

  answer_latency (self, query);
}

static gboolean
handle_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    return answer_latency (GST_S2S_TRANSFORM (parent), query);
  return gst_pad_query_default (pad, parent, query);
}

/* The pipeline has settled on a latency, so upstream's may be another. */
static gboolean
handle_src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_LATENCY)
    refresh_latency (GST_S2S_TRANSFORM (parent));
  return gst_pad_event_default (pad, parent, event);
}

/* ---- Events ---- */

static gboolean
handle_caps (GstS2sTransform *self, GstEvent *event)
{
  const char *format;
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  format = gst_structure_get_string (gst_caps_get_structure (caps, 0), "format");
  self->markup_in = !g_strcmp0 (format, "pango-markup");
  gst_event_unref (event);
  return gst_s2s_outlet_ensure_caps (&self->captioner.outlet);
}

static gboolean
handle_segment (GstS2sTransform *self, GstEvent *event)
{
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  if (segment->format != GST_FORMAT_TIME) {
    GST_ELEMENT_ERROR (
        self, STREAM, FORMAT,
        ("Got a segment in %s, expected one in time. Put a parser before this element.",
         gst_format_get_name (segment->format)),
        (NULL));
    gst_event_unref (event);
    return FALSE;
  }
  if (!gst_s2s_outlet_ensure_caps (&self->captioner.outlet)) {
    gst_event_unref (event);
    return FALSE;
  }
  refresh_latency (self);
  return gst_s2s_outlet_push_segment (&self->captioner.outlet, event);
}

static gboolean
handle_gap (GstS2sTransform *self, GstEvent *event)
{
  refresh (self);
  gst_s2s_outlet_push_gap_event (&self->captioner.outlet, event);
  return TRUE;
}

static gboolean
handle_flush_start (GstS2sTransform *self, GstEvent *event)
{
  gboolean pushed = gst_pad_push_event (self->srcpad, event);

  gst_s2s_loader_cancel (self->captioner.engine.loader, GST_S2S_CANCEL_FLUSH);
  return pushed;
}

static gboolean
handle_flush_stop (GstS2sTransform *self, GstEvent *event)
{
  gboolean pushed = gst_pad_push_event (self->srcpad, event);

  gst_s2s_outlet_flush (&self->captioner.outlet);
  gst_s2s_captioner_forget (&self->captioner);
  gst_s2s_loader_resume (self->captioner.engine.loader, GST_S2S_CANCEL_FLUSH);
  return pushed;
}

static gboolean
handle_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (parent);

  GST_LOG_OBJECT (pad, "%" GST_PTR_FORMAT, event);
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_STREAM_START:
    gst_s2s_captioner_forget (&self->captioner);
    return gst_s2s_outlet_push_stream_start (&self->captioner.outlet, event);
  case GST_EVENT_CAPS:
    return handle_caps (self, event);
  case GST_EVENT_SEGMENT:
    return handle_segment (self, event);
  case GST_EVENT_TAG:
    return gst_s2s_outlet_push_tag (&self->captioner.outlet, event);
  case GST_EVENT_GAP:
    return handle_gap (self, event);
  case GST_EVENT_FLUSH_START:
    return handle_flush_start (self, event);
  case GST_EVENT_FLUSH_STOP:
    return handle_flush_stop (self, event);
  default:
    return gst_pad_event_default (pad, parent, event);
  }
}

/* ---- Buffers ---- */

static GstFlowReturn
receive (GstS2sTransform *self, const GstS2sIncoming *incoming)
{
  if (!gst_s2s_outlet_ensure_caps (&self->captioner.outlet))
    return GST_FLOW_NOT_NEGOTIATED;
  refresh (self);
  return gst_s2s_captioner_receive (&self->captioner, incoming);
}

static GstFlowReturn
chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (parent);
  g_auto (GstS2sIncoming) incoming = {0};

  gst_s2s_incoming_init_buffer (&incoming, &self->arrival, GST_ELEMENT (self), buffer,
                                self->markup_in);
  return receive (self, &incoming);
}

static GstFlowReturn
chain_list (GstPad *pad, GstObject *parent, GstBufferList *list)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (parent);
  g_auto (GstS2sIncoming) incoming = {0};

  if (gst_buffer_list_length (list) == 0) {
    gst_buffer_list_unref (list);
    return GST_FLOW_OK;
  }
  gst_s2s_incoming_init_list (&incoming, &self->arrival, GST_ELEMENT (self), list, self->markup_in);
  return receive (self, &incoming);
}

/* ---- Element ---- */

/* While nothing streams. */
static void
reset (GstS2sTransform *self)
{
  self->markup_in = FALSE;
  gst_s2s_outlet_reset (&self->captioner.outlet);
  gst_s2s_captioner_forget (&self->captioner);
  gst_s2s_captioner_set_upstream (&self->captioner, FALSE, 0);
}

static gboolean
go_up (GstS2sTransform *self, GstStateChange transition)
{
  GstS2sLoader *loader = self->captioner.engine.loader;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY)
    return prepare (self);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (!prepare (self))
      return FALSE;
    gst_s2s_loader_resume (loader, GST_S2S_CANCEL_STOP | GST_S2S_CANCEL_FLUSH);
  }
  return TRUE;
}

static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (element);
  GstStateChangeReturn result;

  if (!go_up (self, transition))
    return GST_STATE_CHANGE_FAILURE;
  /* Before the pads are stopped, because that waits for the translation that is under way. */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_s2s_loader_cancel (self->captioner.engine.loader, GST_S2S_CANCEL_STOP);
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    gst_s2s_captioner_set_playing (&self->captioner, FALSE);

  result = GST_ELEMENT_CLASS (gst_s2s_transform_parent_class)->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) {
    refresh_latency (self);
    gst_s2s_captioner_set_playing (&self->captioner, TRUE);
  }
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    reset (self);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    gst_s2s_engine_release (&self->captioner.engine);
  return result;
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (object);
  guint before;
  guint after;

  GST_OBJECT_LOCK (self);
  before = self->settings.latency;
  gst_s2s_settings_set_property (&self->settings, id, value, spec);
  after = self->settings.latency;
  self->settings_serial++;
  GST_OBJECT_UNLOCK (self);
  if (before != after)
    gst_element_post_message (GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (object);

  if (id == PROP_STATS) {
    g_value_take_boxed (value, gst_s2s_captioner_get_stats (&self->captioner));
    return;
  }
  GST_OBJECT_LOCK (self);
  gst_s2s_settings_get_property (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject *object)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (object);

  gst_s2s_captioner_clear (&self->captioner);
  gst_s2s_settings_clear (&self->settings);
  G_OBJECT_CLASS (gst_s2s_transform_parent_class)->finalize (object);
}

static void
gst_s2s_transform_init (GstS2sTransform *self)
{
  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, chain);
  gst_pad_set_chain_list_function (self->sinkpad, chain_list);
  gst_pad_set_event_function (self->sinkpad, handle_sink_event);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->srcpad, handle_src_event);
  gst_pad_set_query_function (self->srcpad, handle_src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);

  gst_s2s_captioner_init (&self->captioner, GST_ELEMENT (self), self->sinkpad, self->srcpad);
}

static void
install_stats (GObjectClass *klass)
{
  /**
   * GstS2sTransform:stats:
   *
   * What became of all that came in: `received` = `sentences` + `gaps` + `dropped` + `discarded` +
   * `clipped`; how many of them were `late`; and how long a text took from its arrival until it was
   * pushed, in ns: `latency-last`, `latency-mean`, `latency-max`.
   */
  g_object_class_install_property (
      klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
                          "What became of the text that came in, and how long it took.",
                          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_s2s_transform_class_init (GstS2sTransformClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  gst_s2s_settings_install_properties (object_class);
  install_stats (object_class);

  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (
      element_class, "Sequence-to-sequence text transform", "Filter/Text",
      "Translates text with a sequence-to-sequence model on the CPU", "The s2s authors");
}
