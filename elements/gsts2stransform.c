/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-s2stransform
 * @title: s2stransform
 * @short_description: translates text on its way through a pipeline
 *
 * Takes subtitles or captions in one language and puts them out in another, each with the time and
 * the duration that it came with. It runs a sequence-to-sequence model on the CPU, on the streaming
 * thread, and holds nothing back: all that a buffer gives is pushed before the next one is taken.
 *
 * The model is a bundle, a directory that #GstS2sTransform:model-path names. Without it, the bundle
 * for #GstS2sTransform:input-language-code and #GstS2sTransform:output-language-code is taken from
 * where bundles are installed, or from `$S2S_MODEL_PATH`.
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
 */

#include "gsts2stransform.h"

#include "gsts2scue.h"
#include "gsts2smarkup.h"
#include "gsts2ssession.h"

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (gst_s2s_transform_debug);
#define GST_CAT_DEFAULT gst_s2s_transform_debug

#define CAPS_RAW "text/x-raw, format = (string) { utf8, pango-markup }"

/* The words of a sentence with their times, which are not those of its translation. */
#define SENTENCE_META "TextAccumulateSentenceMeta"

struct _GstS2sTransform {
  GstElement parent;

  GstPad *sinkpad;
  GstPad *srcpad;

  /* Under the object lock: what the application wants. */
  GstS2sSettings settings;
  guint settings_serial;

  /* Of the stream lock, and of state changes while nothing streams. A flush leaves it alone. */
  GstS2sSession session;
  guint session_serial; /* the settings that were tried last */

  /* The stream, under the stream lock. */
  gboolean markup_in;
  gboolean markup_out;
  gboolean segment_seen;
  gboolean language_announced;
  GstTagList *tags; /* upstream's of the stream, without what they say of its language; nullable */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS_RAW "; text/plain"));

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS_RAW));

G_DEFINE_TYPE (GstS2sTransform, gst_s2s_transform, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE (
    s2stransform, "s2stransform", GST_RANK_NONE, GST_TYPE_S2S_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (gst_s2s_transform_debug, "s2stransform", 0, "text transform"))

/* ---- Language tag ---- */

/* Pushes the tags of the stream with the language of what comes out. */
static void
announce_language (GstS2sTransform *self, guint32 seqnum)
{
  g_autofree char *code = gst_s2s_session_get_target_language_code (&self->session);
  GstTagList *tags = self->tags ? gst_tag_list_copy (self->tags) : gst_tag_list_new_empty ();
  GstEvent *event;

  gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_LANGUAGE_CODE, code, NULL);
  event = gst_event_new_tag (tags);
  gst_event_set_seqnum (event, seqnum);
  self->language_announced = TRUE;
  gst_pad_push_event (self->srcpad, event);
}

/* What upstream says, less what was true only of its language and of the audio that it may be of.
 */
static GstTagList *
copy_tags (const GstTagList *tags)
{
  static const char *const untrue[] = {
      GST_TAG_LANGUAGE_CODE,   GST_TAG_LANGUAGE_NAME,   GST_TAG_AUDIO_CODEC,     GST_TAG_BITRATE,
      GST_TAG_NOMINAL_BITRATE, GST_TAG_MINIMUM_BITRATE, GST_TAG_MAXIMUM_BITRATE,
  };
  GstTagList *copy = gst_tag_list_copy (tags);

  for (gsize i = 0; i < G_N_ELEMENTS (untrue); i++)
    gst_tag_list_remove_tag (copy, untrue[i]);
  return copy;
}

static gboolean
handle_tag (GstS2sTransform *self, GstEvent *event)
{
  guint32 seqnum = gst_event_get_seqnum (event);
  GstTagList *tags;

  gst_event_parse_tag (event, &tags);
  tags = copy_tags (tags);
  gst_event_unref (event);
  if (gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_GLOBAL) {
    event = gst_event_new_tag (tags);
    gst_event_set_seqnum (event, seqnum);
    return gst_pad_push_event (self->srcpad, event);
  }
  g_clear_pointer (&self->tags, gst_tag_list_unref);
  self->tags = tags;
  self->language_announced = FALSE;
  if (self->segment_seen)
    announce_language (self, seqnum);
  return TRUE;
}

/* ---- Session ---- */

/* Gives the settings if they are newer than what the session has tried. */
static gboolean
take_settings (GstS2sTransform *self, GstS2sSettings *ret_settings)
{
  gboolean changed;

  GST_OBJECT_LOCK (self);
  changed = self->settings_serial != self->session_serial;
  if (changed)
    gst_s2s_settings_copy (ret_settings, &self->settings);
  self->session_serial = self->settings_serial;
  GST_OBJECT_UNLOCK (self);
  return changed;
}

static gint
resource_error (const GError *error)
{
  if (g_error_matches (error, S2S_ERROR, S2S_ERROR_NOT_FOUND))
    return GST_RESOURCE_ERROR_NOT_FOUND;
  if (g_error_matches (error, S2S_ERROR, S2S_ERROR_OPTIONS))
    return GST_RESOURCE_ERROR_SETTINGS;
  return GST_RESOURCE_ERROR_READ;
}

static void
post_open_failure (GstS2sTransform *self, GstMessageType type, const char *what,
                   const char *way_out, const GError *error)
{
  gst_element_message_full (GST_ELEMENT (self), type, GST_RESOURCE_ERROR, resource_error (error),
                            g_strdup_printf ("%s: %s. %s", what, error->message, way_out), NULL,
                            __FILE__, GST_FUNCTION, __LINE__);
}

static gboolean
open_session (GstS2sTransform *self, const GstS2sSettings *settings, GError **error)
{
  if (!gst_s2s_session_open (&self->session, settings, error))
    return FALSE;
  if (self->session.model) {
    g_autofree char *description = s2s_model_describe (self->session.model);

    GST_INFO_OBJECT (self, "translating with %s", description);
  }
  return TRUE;
}

static void
stop_session (GstS2sTransform *self)
{
  gst_s2s_session_close (&self->session);
  GST_OBJECT_LOCK (self);
  self->session_serial = 0;
  GST_OBJECT_UNLOCK (self);
}

static gboolean
start_session (GstS2sTransform *self)
{
  g_auto (GstS2sSettings) settings = {0};
  g_autoptr (GError) error = NULL;

  if (!take_settings (self, &settings) || open_session (self, &settings, &error))
    return TRUE;
  post_open_failure (self, GST_MESSAGE_ERROR, "No model to translate with",
                     "Set the property model-path to the directory of a bundle, or choose "
                     "languages for which a bundle is installed.",
                     error);
  stop_session (self);
  return FALSE;
}

/* Before a stream and between its cues: what the application has changed. */
static void
refresh_session (GstS2sTransform *self)
{
  g_auto (GstS2sSettings) settings = {0};
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  if (!take_settings (self, &settings))
    return;
  before = gst_s2s_session_get_target_language_code (&self->session);
  if (!open_session (self, &settings, &error))
    post_open_failure (self, GST_MESSAGE_WARNING, "The new settings cannot be used",
                       "The old ones stay in use.", error);
  after = gst_s2s_session_get_target_language_code (&self->session);
  if (strcmp (before, after) && self->segment_seen)
    announce_language (self, gst_util_seqnum_next ());
}

/* ---- Caps ---- */

static gboolean
is_markup (const GstCaps *caps)
{
  const char *format = gst_structure_get_string (gst_caps_get_structure (caps, 0), "format");

  return !g_strcmp0 (format, "pango-markup");
}

/* Takes the format that downstream names first. */
static gboolean
negotiate (GstS2sTransform *self)
{
  g_autoptr (GstCaps) possible = gst_pad_get_pad_template_caps (self->srcpad);
  g_autoptr (GstCaps) wanted = gst_pad_peer_query_caps (self->srcpad, NULL);
  g_autoptr (GstCaps) caps = gst_caps_intersect_full (wanted, possible, GST_CAPS_INTERSECT_FIRST);
  gboolean pushed;

  if (gst_caps_is_empty (caps)) {
    GST_ERROR_OBJECT (self, "downstream takes none of our formats: %" GST_PTR_FORMAT, wanted);
    return FALSE;
  }
  caps = gst_caps_fixate (g_steal_pointer (&caps));
  self->markup_out = is_markup (caps);
  pushed = gst_pad_push_event (self->srcpad, gst_event_new_caps (caps));
  if (!pushed)
    gst_pad_mark_reconfigure (self->srcpad);
  return TRUE;
}

/* Caps are ours to push: some sources send a segment or text without any. */
static gboolean
ensure_caps (GstS2sTransform *self)
{
  if (gst_pad_check_reconfigure (self->srcpad) || !gst_pad_has_current_caps (self->srcpad))
    return negotiate (self);
  return TRUE;
}

static gboolean
handle_caps (GstS2sTransform *self, GstEvent *event)
{
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  self->markup_in = is_markup (caps);
  gst_event_unref (event);
  return ensure_caps (self);
}

/* ---- Events ---- */

static void
reset_stream (GstS2sTransform *self)
{
  g_clear_pointer (&self->tags, gst_tag_list_unref);
  self->markup_in = FALSE;
  self->segment_seen = FALSE;
  self->language_announced = FALSE;
}

static gboolean
handle_stream_start (GstS2sTransform *self, GstEvent *event)
{
  GstStreamFlags flags;

  reset_stream (self);
  event = gst_event_make_writable (event);
  gst_event_parse_stream_flags (event, &flags);
  gst_event_set_stream_flags (event, flags | GST_STREAM_FLAG_SPARSE);
  return gst_pad_push_event (self->srcpad, event);
}

static gboolean
handle_segment (GstS2sTransform *self, GstEvent *event)
{
  guint32 seqnum = gst_event_get_seqnum (event);
  const GstSegment *segment;
  gboolean pushed;

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
  if (!ensure_caps (self)) {
    gst_event_unref (event);
    return FALSE;
  }
  pushed = gst_pad_push_event (self->srcpad, event);
  self->segment_seen = TRUE;
  if (!self->language_announced)
    announce_language (self, seqnum);
  return pushed;
}

static gboolean
handle_flush_start (GstS2sTransform *self, GstEvent *event)
{
  gboolean pushed = gst_pad_push_event (self->srcpad, event);

  gst_s2s_session_cancel (&self->session, GST_S2S_CANCEL_FLUSH);
  return pushed;
}

static gboolean
handle_flush_stop (GstS2sTransform *self, GstEvent *event)
{
  gboolean pushed = gst_pad_push_event (self->srcpad, event);

  self->segment_seen = FALSE;
  gst_s2s_session_resume (&self->session, GST_S2S_CANCEL_FLUSH);
  return pushed;
}

static gboolean
handle_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (parent);

  GST_LOG_OBJECT (pad, "%" GST_PTR_FORMAT, event);
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_STREAM_START:
    return handle_stream_start (self, event);
  case GST_EVENT_CAPS:
    return handle_caps (self, event);
  case GST_EVENT_SEGMENT:
    return handle_segment (self, event);
  case GST_EVENT_TAG:
    return handle_tag (self, event);
  case GST_EVENT_FLUSH_START:
    return handle_flush_start (self, event);
  case GST_EVENT_FLUSH_STOP:
    return handle_flush_stop (self, event);
  default:
    return gst_pad_event_default (pad, parent, event);
  }
}

/* ---- Buffers ---- */

/* Returns: the text of buffer without markup, or NULL if its memory cannot be read. */
static char *
read_text (GstS2sTransform *self, GstBuffer *buffer)
{
  g_autofree char *text = NULL;
  GstMapInfo map;
  gsize invalid;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ, ("The memory of a buffer cannot be read."), (NULL));
    return NULL;
  }
  text = gst_s2s_cue_read_bytes (map.data, map.size, &invalid);
  if (invalid < map.size)
    GST_ELEMENT_WARNING (self, STREAM, DECODE,
                         ("Text is not valid UTF-8: byte 0x%02x at offset %" G_GSIZE_FORMAT
                          " of %" G_GSIZE_FORMAT ". What is invalid becomes U+FFFD.",
                          map.data[invalid], invalid, map.size),
                         (NULL));
  gst_buffer_unmap (buffer, &map);
  return self->markup_in ? gst_s2s_markup_to_text (text) : g_steal_pointer (&text);
}

/* Returns: what to push for source, or NULL if it was cancelled. A text that cannot be translated
 * goes on as it is, because viewers are better off with it than with nothing. */
static char *
transform_text (GstS2sTransform *self, const char *source)
{
  g_autoptr (GError) error = NULL;
  char *text = gst_s2s_session_transform (&self->session, source, &error);

  if (text || g_error_matches (error, S2S_ERROR, S2S_ERROR_CANCELLED))
    return text;
  GST_ELEMENT_WARNING (self, STREAM, FAILED,
                       ("A text was not translated and goes on as it is: %s", error->message),
                       (NULL));
  return g_strchomp (g_strdup (source));
}

static GstFlowReturn
push_gap (GstS2sTransform *self, GstBuffer *buffer)
{
  if (!GST_BUFFER_PTS_IS_VALID (buffer)) {
    GST_DEBUG_OBJECT (self, "nothing in %" GST_PTR_FORMAT ", and no span to tell of", buffer);
    return GST_FLOW_OK;
  }
  gst_pad_push_event (self->srcpad,
                      gst_event_new_gap (GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer)));
  return GST_FLOW_OK;
}

static void
remove_sentence_meta (GstBuffer *buffer)
{
  GstCustomMeta *meta =
      gst_meta_get_info (SENTENCE_META) ? gst_buffer_get_custom_meta (buffer, SENTENCE_META) : NULL;

  if (meta)
    gst_buffer_remove_meta (buffer, (GstMeta *)meta);
}

static GstFlowReturn
push_text (GstS2sTransform *self, GstBuffer *source, const char *text)
{
  char *content = self->markup_out ? gst_s2s_markup_from_text (text) : g_strdup (text);
  gsize size = strlen (content);
  /* The zero byte after the content is there, but is not part of it. */
  GstBuffer *buffer = gst_buffer_new_wrapped_full (0, content, size + 1, 0, size, content, g_free);

  gst_buffer_copy_into (buffer, source, GST_BUFFER_COPY_METADATA, 0, -1);
  remove_sentence_meta (buffer);
  return gst_pad_push (self->srcpad, buffer);
}

static GstFlowReturn
transform_buffer (GstS2sTransform *self, GstBuffer *buffer)
{
  g_autofree char *source = read_text (self, buffer);
  g_autofree char *text = NULL;

  if (!source)
    return GST_FLOW_ERROR;
  text = transform_text (self, source);
  if (!text)
    return GST_FLOW_FLUSHING;
  GST_LOG_OBJECT (self, "'%s' becomes '%s'", source, text);
  return *text != '\0' ? push_text (self, buffer, text) : push_gap (self, buffer);
}

static GstFlowReturn
chain (GstPad *pad, GstObject *parent, GstBuffer *received)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (parent);
  g_autoptr (GstBuffer) buffer = received;

  if (!ensure_caps (self))
    return GST_FLOW_NOT_NEGOTIATED;
  refresh_session (self);
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP))
    return push_gap (self, buffer);
  return transform_buffer (self, buffer);
}

/* ---- Queries ---- */

/* Of one text at once comes all that it gives, so the latency is that of upstream. */
static gboolean
handle_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (parent);

  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    return gst_pad_peer_query (self->sinkpad, query);
  return gst_pad_query_default (pad, parent, query);
}

/* ---- Element ---- */

static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !start_session (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    refresh_session (self);
    gst_s2s_session_resume (&self->session, GST_S2S_CANCEL_STOP | GST_S2S_CANCEL_FLUSH);
  }
  /* Before the pads are stopped, because that waits for the translation that is under way. */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_s2s_session_cancel (&self->session, GST_S2S_CANCEL_STOP);

  result = GST_ELEMENT_CLASS (gst_s2s_transform_parent_class)->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    reset_stream (self);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    stop_session (self);
  return result;
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (object);

  GST_OBJECT_LOCK (self);
  gst_s2s_settings_set_property (&self->settings, id, value);
  self->settings_serial++;
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (object);

  GST_OBJECT_LOCK (self);
  gst_s2s_settings_get_property (&self->settings, id, value);
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject *object)
{
  GstS2sTransform *self = GST_S2S_TRANSFORM (object);

  reset_stream (self);
  gst_s2s_session_close (&self->session);
  gst_s2s_settings_clear (&self->settings);
  G_OBJECT_CLASS (gst_s2s_transform_parent_class)->finalize (object);
}

static void
gst_s2s_transform_init (GstS2sTransform *self)
{
  gst_s2s_settings_init (&self->settings);
  self->settings_serial = 1;

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, chain);
  gst_pad_set_event_function (self->sinkpad, handle_sink_event);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_query_function (self->srcpad, handle_src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
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

  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (
      element_class, "Sequence-to-sequence text transform", "Filter/Text",
      "Translates text with a sequence-to-sequence model on the CPU", "The s2s authors");
}
