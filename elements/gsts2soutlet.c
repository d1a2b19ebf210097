/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2soutlet.h"

#include "gsts2sarrival.h"
#include "gsts2sstream.h"
#include "gsts2stags.h"

GST_DEBUG_CATEGORY_EXTERN (gst_s2s_transform_debug);
#define GST_CAT_DEFAULT gst_s2s_transform_debug

/**
 * gst_s2s_outlet_init:
 * @self: not initialised
 * @pad: (transfer none): the source pad
 */
void
gst_s2s_outlet_init (GstS2sOutlet *self, GstPad *pad)
{
  *self = (GstS2sOutlet){.pad = pad};
  gst_s2s_timeline_init (&self->timeline);
}

/* Forgets what upstream said of its stream. */
static void
forget_tags (GstS2sOutlet *self)
{
  g_clear_pointer (&self->tags, gst_tag_list_unref);
  g_clear_pointer (&self->source_language, g_free);
  g_clear_pointer (&self->announced, g_free);
}

/**
 * gst_s2s_outlet_reset:
 * @self: an outlet
 *
 * Forgets the stream, but not the language.
 */
void
gst_s2s_outlet_reset (GstS2sOutlet *self)
{
  forget_tags (self);
  gst_s2s_outlet_flush (self);
}

/**
 * gst_s2s_outlet_clear:
 * @self: an outlet
 */
void
gst_s2s_outlet_clear (GstS2sOutlet *self)
{
  forget_tags (self);
  g_clear_pointer (&self->language, g_free);
}

/**
 * gst_s2s_outlet_flush:
 * @self: an outlet
 *
 * Forgets where text has gone, and the segment.
 */
void
gst_s2s_outlet_flush (GstS2sOutlet *self)
{
  self->segment_seen = FALSE;
  gst_s2s_timeline_init (&self->timeline);
}

/* ---- Caps ---- */

/* Takes the format that downstream names first. */
static gboolean
negotiate (GstS2sOutlet *self)
{
  g_autoptr (GstCaps) possible = gst_pad_get_pad_template_caps (self->pad);
  g_autoptr (GstCaps) wanted = gst_pad_peer_query_caps (self->pad, NULL);
  g_autoptr (GstCaps) caps = gst_caps_intersect_full (wanted, possible, GST_CAPS_INTERSECT_FIRST);
  const char *format;

  if (gst_caps_is_empty (caps)) {
    gst_pad_mark_reconfigure (self->pad);
    GST_ERROR_OBJECT (self->pad, "downstream takes none of our formats: %" GST_PTR_FORMAT, wanted);
    return FALSE;
  }
  caps = gst_caps_fixate (g_steal_pointer (&caps));
  format = gst_structure_get_string (gst_caps_get_structure (caps, 0), "format");
  self->markup = !g_strcmp0 (format, "pango-markup");
  if (!gst_pad_push_event (self->pad, gst_event_new_caps (caps)))
    gst_pad_mark_reconfigure (self->pad);
  return TRUE;
}

/**
 * gst_s2s_outlet_ensure_caps:
 * @self: an outlet
 *
 * Caps are ours to push: some sources send a segment or text without any.
 *
 * Returns: whether downstream takes one of our formats
 */
gboolean
gst_s2s_outlet_ensure_caps (GstS2sOutlet *self)
{
  if (gst_pad_check_reconfigure (self->pad) || !gst_pad_has_current_caps (self->pad))
    return negotiate (self);
  return TRUE;
}

/* ---- Language ---- */

/* Pushes the tags of the stream with the language of what goes out, if downstream has not been told
 * so. */
static void
announce (GstS2sOutlet *self, guint32 seqnum)
{
  const char *language = gst_s2s_outlet_get_language (self);
  GstTagList *tags;
  GstEvent *event;

  if (!self->segment_seen || !g_strcmp0 (self->announced, language))
    return;
  g_free (self->announced);
  self->announced = g_strdup (language);
  tags = self->tags ? gst_tag_list_copy (self->tags) : gst_tag_list_new_empty ();
  gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_LANGUAGE_CODE, language, NULL);
  event = gst_event_new_tag (tags);
  gst_event_set_seqnum (event, seqnum);
  gst_pad_push_event (self->pad, event);
}

/**
 * gst_s2s_outlet_set_language:
 * @self: an outlet
 * @tag: BCP 47, of what goes out from now on
 * @is_source: whether that is what comes in, of which upstream knows the language better if it says
 * one
 *
 * Says so downstream, once there is a segment.
 */
void
gst_s2s_outlet_set_language (GstS2sOutlet *self, const char *tag, gboolean is_source)
{
  g_free (self->language);
  self->language = gst_s2s_tags_get_language_code (tag);
  self->is_source = is_source;
  announce (self, gst_util_seqnum_next ());
}

/**
 * gst_s2s_outlet_get_language:
 * @self: an outlet
 *
 * Returns: (nullable): the code of what goes out
 */
const char *
gst_s2s_outlet_get_language (const GstS2sOutlet *self)
{
  return self->is_source && self->source_language ? self->source_language : self->language;
}

/* ---- Events ---- */

/**
 * gst_s2s_outlet_push_stream_start:
 * @self: an outlet
 * @event: (transfer full): the start of a stream, which will be sparse
 *
 * Returns: whether downstream took it
 */
gboolean
gst_s2s_outlet_push_stream_start (GstS2sOutlet *self, GstEvent *event)
{
  forget_tags (self);
  self->segment_seen = FALSE;
  return gst_pad_push_event (self->pad, gst_s2s_stream_mark_sparse (event));
}

/**
 * gst_s2s_outlet_push_segment:
 * @self: an outlet that has caps
 * @event: (transfer full): a segment in time
 *
 * The language follows right after it.
 *
 * Returns: whether downstream took it
 */
gboolean
gst_s2s_outlet_push_segment (GstS2sOutlet *self, GstEvent *event)
{
  guint32 seqnum = gst_event_get_seqnum (event);
  const GstSegment *segment;
  gboolean pushed;

  gst_event_parse_segment (event, &segment);
  gst_s2s_timeline_set_segment (&self->timeline, segment);
  pushed = gst_pad_push_event (self->pad, event);
  self->segment_seen = TRUE;
  announce (self, seqnum);
  return pushed;
}

/**
 * gst_s2s_outlet_push_tag:
 * @self: an outlet
 * @event: (transfer full): tags of what comes in
 *
 * Tags of the stream get the language of what goes out, and wait for the segment.
 *
 * Returns: whether downstream took it
 */
gboolean
gst_s2s_outlet_push_tag (GstS2sOutlet *self, GstEvent *event)
{
  guint32 seqnum = gst_event_get_seqnum (event);
  GstTagList *given;
  GstTagList *tags;

  gst_event_parse_tag (event, &given);
  tags = gst_s2s_tags_copy_true (given);
  if (gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_GLOBAL) {
    gst_event_unref (event);
    event = gst_event_new_tag (tags);
    gst_event_set_seqnum (event, seqnum);
    return gst_pad_push_event (self->pad, event);
  }
  forget_tags (self);
  self->tags = tags;
  gst_tag_list_get_string (given, GST_TAG_LANGUAGE_CODE, &self->source_language);
  gst_event_unref (event);
  announce (self, seqnum);
  return TRUE;
}

static void
push_gap (GstS2sOutlet *self, GstClockTime start, GstClockTime duration, guint32 seqnum)
{
  GstEvent *event;

  if (!gst_s2s_timeline_add_gap (&self->timeline, &start, &duration))
    return;
  event = gst_event_new_gap (start, duration);
  gst_event_set_seqnum (event, seqnum);
  gst_pad_push_event (self->pad, event);
}

/**
 * gst_s2s_outlet_push_gap_event:
 * @self: an outlet
 * @event: (transfer full): a GAP of what comes in
 *
 * What lies under text that is shown is no gap any more.
 */
void
gst_s2s_outlet_push_gap_event (GstS2sOutlet *self, GstEvent *event)
{
  GstClockTime start;
  GstClockTime duration;

  gst_event_parse_gap (event, &start, &duration);
  push_gap (self, start, duration, gst_event_get_seqnum (event));
  gst_event_unref (event);
}

/* ---- Text ---- */

/**
 * gst_s2s_outlet_push_gap:
 * @self: an outlet
 * @start: where there is nothing; without it, nothing is pushed
 * @duration: of it, or none
 */
void
gst_s2s_outlet_push_gap (GstS2sOutlet *self, GstClockTime start, GstClockTime duration)
{
  if (GST_CLOCK_TIME_IS_VALID (start))
    push_gap (self, start, duration, gst_util_seqnum_next ());
}

static void
remove_sentence_meta (GstBuffer *buffer)
{
  GstCustomMeta *meta = gst_buffer_get_custom_meta (buffer, GST_S2S_SENTENCE_META);

  if (meta)
    gst_buffer_remove_meta (buffer, (GstMeta *)meta);
}

/**
 * gst_s2s_outlet_push_text:
 * @self: an outlet that has caps
 * @source: what the text was made of; its flags and metas go on, but for its words
 * @text: what goes out, in the format of the outlet
 * @start: PTS
 * @duration: of it
 *
 * Returns: what downstream says
 */
GstFlowReturn
gst_s2s_outlet_push_text (GstS2sOutlet *self, GstBuffer *source, const char *text,
                          GstClockTime start, GstClockTime duration)
{
  GstBuffer *buffer = gst_s2s_stream_new_buffer (text);

  gst_buffer_copy_into (buffer, source, GST_BUFFER_COPY_METADATA, 0, -1);
  remove_sentence_meta (buffer);
  GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_GAP);
  GST_BUFFER_PTS (buffer) = start;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = duration;
  gst_s2s_timeline_add_text (&self->timeline, start, duration);
  return gst_pad_push (self->pad, buffer);
}
