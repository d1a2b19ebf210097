/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-soak-ends.h"

#include "s2s-soak-fail.h"
#include "s2s-watchdog.h"

#include <string.h>

typedef struct {
  GstElement parent;
} SoakEnd;

typedef struct {
  GstElementClass parent_class;
} SoakEndClass;

GType soak_end_get_type (void);
G_DEFINE_TYPE (SoakEnd, soak_end, GST_TYPE_ELEMENT)

static void
soak_end_init (SoakEnd *self)
{
}

static void
soak_end_class_init (SoakEndClass *klass)
{
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "End", "Generic",
                                         "An end of a pipeline of a test", "The s2s authors");
}

GstElement *
soak_end_new (GstPadDirection direction, const char *name)
{
  GstElement *self = g_object_new (soak_end_get_type (), "name", name, NULL);
  GstPad *pad = gst_pad_new (direction == GST_PAD_SRC ? "src" : "sink", direction);

  gst_element_add_pad (self, pad);
  GST_OBJECT_FLAG_SET (self,
                       direction == GST_PAD_SRC ? GST_ELEMENT_FLAG_SOURCE : GST_ELEMENT_FLAG_SINK);
  return self;
}

GstPad *
soak_end_get_pad (GstElement *self)
{
  return self->pads->data;
}

/* ---- What a buffer must be ---- */

static void
check_times (SoakSink *self, GstBuffer *buffer)
{
  GstClockTime start = GST_BUFFER_PTS (buffer);
  GstClockTime end;

  SOAK_CHECK (GST_BUFFER_PTS_IS_VALID (buffer), "a text without a PTS");
  SOAK_CHECK (GST_BUFFER_DURATION_IS_VALID (buffer), "a text without a duration");
  end = start + GST_BUFFER_DURATION (buffer);
  SOAK_CHECK (end >= start, "a text that ends before it starts, at %" GST_TIME_FORMAT,
              GST_TIME_ARGS (start));
  /* Backwards text is passed with the times that it has. */
  SOAK_CHECK (self->backward || !GST_CLOCK_TIME_IS_VALID (self->last) || start >= self->last,
              "a text starts at %" GST_TIME_FORMAT ", the one before ended at %" GST_TIME_FORMAT,
              GST_TIME_ARGS (start), GST_TIME_ARGS (self->last));
  self->last = end;
}

static void
check_markup (const char *text)
{
  static const GMarkupParser nothing = {0};
  g_autofree char *document = g_strdup_printf ("<markup>%s</markup>", text);
  GMarkupParseContext *context = g_markup_parse_context_new (&nothing, 0, NULL, NULL);
  g_autoptr (GError) error = NULL;

  if (!g_markup_parse_context_parse (context, document, -1, &error))
    soak_fail ("markup that does not parse: %s: '%s'", error->message, text);
  g_markup_parse_context_free (context);
}

static void
check_text (SoakSink *self, GstBuffer *buffer)
{
  g_autofree char *text = NULL;
  GstMapInfo map;

  SOAK_CHECK (gst_buffer_map (buffer, &map, GST_MAP_READ), "a text that cannot be read");
  SOAK_CHECK (map.size > 0, "an empty text");
  SOAK_CHECK (g_utf8_validate_len ((const char *)map.data, map.size, NULL),
              "a text that is not UTF-8 or has a NUL");
  text = g_strndup ((const char *)map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  SOAK_CHECK (!g_str_has_suffix (text, "\n"), "a line break at the end of '%s'", text);
  if (self->markup)
    check_markup (text);
}

/* ---- What comes in ---- */

static GstFlowReturn
chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  SoakSink *self = gst_pad_get_element_private (pad);

  watchdog_feed ();
  SOAK_CHECK (gst_pad_has_current_caps (pad), "a text before caps");
  SOAK_CHECK (self->segment_seen, "a text before a segment");
  check_times (self, buffer);
  check_text (self, buffer);
  gst_buffer_unref (buffer);
  g_mutex_lock (&self->lock);
  SOAK_CHECK (self->language[0], "a text before a TAG with its language");
  self->n_texts++;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return GST_FLOW_OK;
}

static void
take_caps (SoakSink *self, GstEvent *event)
{
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  self->markup = !g_strcmp0 (gst_structure_get_string (gst_caps_get_structure (caps, 0), "format"),
                             "pango-markup");
}

static void
take_segment (SoakSink *self, GstEvent *event)
{
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  SOAK_CHECK (segment->format == GST_FORMAT_TIME, "a segment that is not in time");
  self->segment_seen = TRUE;
  self->backward = segment->rate < 0;
  self->last = GST_CLOCK_TIME_NONE;
  self->segment_seqnum = gst_event_get_seqnum (event);
}

static void
take_tag (SoakSink *self, GstEvent *event)
{
  g_autofree char *code = NULL;
  GstTagList *tags;

  gst_event_parse_tag (event, &tags);
  if (gst_tag_list_get_scope (tags) != GST_TAG_SCOPE_STREAM)
    return;
  SOAK_CHECK (gst_tag_list_get_string (tags, GST_TAG_LANGUAGE_CODE, &code),
              "a TAG of the stream without a language");
  g_strlcpy (self->language, code, sizeof self->language);
}

/* Under the lock. */
static void
take_event (SoakSink *self, GstEvent *event)
{
  GstClockTime start;

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_STREAM_START:
    self->language[0] = '\0';
    break;
  case GST_EVENT_CAPS:
    take_caps (self, event);
    break;
  case GST_EVENT_SEGMENT:
    take_segment (self, event);
    break;
  case GST_EVENT_TAG:
    take_tag (self, event);
    break;
  case GST_EVENT_GAP:
    gst_event_parse_gap (event, &start, NULL);
    SOAK_CHECK (GST_CLOCK_TIME_IS_VALID (start), "a GAP without a time");
    SOAK_CHECK (self->segment_seen, "a GAP before a segment");
    break;
  case GST_EVENT_EOS:
    self->n_eos++;
    break;
  case GST_EVENT_FLUSH_STOP:
    self->segment_seen = FALSE;
    break;
  default:
    break;
  }
}

static gboolean
handle_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  SoakSink *self = gst_pad_get_element_private (pad);

  watchdog_feed ();
  g_mutex_lock (&self->lock);
  take_event (self, event);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  gst_event_unref (event);
  return TRUE;
}

static gboolean
answer_caps (SoakSink *self, GstQuery *query)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (g_atomic_pointer_get (&self->accepted));
  g_autoptr (GstCaps) result = NULL;
  GstCaps *filter;

  gst_query_parse_caps (query, &filter);
  result = filter ? gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST)
                  : gst_caps_ref (caps);
  gst_query_set_caps_result (query, result);
  return TRUE;
}

static gboolean
handle_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  SoakSink *self = gst_pad_get_element_private (pad);

  switch (GST_QUERY_TYPE (query)) {
  case GST_QUERY_CAPS:
    return answer_caps (self, query);
  case GST_QUERY_ACCEPT_CAPS:
    /* What was agreed on stays good until the element has taken notice of what is wanted now. */
    gst_query_set_accept_caps_result (query, TRUE);
    return TRUE;
  case GST_QUERY_DRAIN:
    return TRUE;
  default:
    return gst_pad_query_default (pad, parent, query);
  }
}

void
soak_sink_init (SoakSink *self)
{
  memset (self, 0, sizeof *self);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->accepted = "text/x-raw, format=utf8";
  self->element = soak_end_new (GST_PAD_SINK, "soaksink");
  self->pad = soak_end_get_pad (self->element);
  gst_pad_set_element_private (self->pad, self);
  gst_pad_set_chain_function (self->pad, chain);
  gst_pad_set_event_function (self->pad, handle_event);
  gst_pad_set_query_function (self->pad, handle_query);
}

void
soak_sink_clear (SoakSink *self)
{
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
}
