/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sincoming.h"

#include "gsts2salign.h"
#include "gsts2sboundary.h"
#include "gsts2schar.h"
#include "gsts2smarkup.h"

#include <string.h>

static void
part_free (GstS2sIncomingPart *part)
{
  g_free (part->text);
  g_free (part);
}

/* Adds the text of a buffer, unless it says nothing or has no memory that can be read. */
static void
add_part (GPtrArray *parts, GstS2sArrival *arrival, GstElement *element, GstBuffer *buffer,
          gboolean markup)
{
  gboolean is_gap = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP);
  g_autofree char *text = is_gap ? NULL : gst_s2s_arrival_read_buffer (arrival, element, buffer);
  GstS2sIncomingPart *part;

  if (!text)
    return;
  part = g_new0 (GstS2sIncomingPart, 1);
  part->text = markup ? gst_s2s_markup_to_text (text) : g_strdup (text);
  part->start = GST_BUFFER_PTS (buffer);
  part->duration = GST_BUFFER_DURATION (buffer);
  g_strstrip (part->text);
  g_ptr_array_add (parts, part);
}

static GPtrArray *
read_list (GstS2sArrival *arrival, GstElement *element, GstBufferList *list, gboolean markup)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func ((GDestroyNotify)part_free);

  for (guint i = 0; i < gst_buffer_list_length (list); i++)
    add_part (parts, arrival, element, gst_buffer_list_get (list, i), markup);
  return parts;
}

static gboolean
have_times (const GPtrArray *parts)
{
  for (guint i = 0; i < parts->len; i++) {
    const GstS2sIncomingPart *part = g_ptr_array_index (parts, i);

    if (!GST_CLOCK_TIME_IS_VALID (part->start) || !GST_CLOCK_TIME_IS_VALID (part->duration))
      return FALSE;
  }
  return parts->len > 1;
}

/* Only what can be cut again is of use: several parts with times. */
static void
keep_parts (GstS2sIncoming *self, GPtrArray *parts)
{
  if (have_times (parts))
    self->parts = parts;
  else
    g_ptr_array_unref (parts);
}

static void
read_meta (GstS2sIncoming *self, GstS2sArrival *arrival, GstElement *element)
{
  GstCustomMeta *meta = gst_buffer_get_custom_meta (self->buffer, GST_S2S_SENTENCE_META);
  const GValue *value =
      meta ? gst_structure_get_value (gst_custom_meta_get_structure (meta), "words") : NULL;

  if (value && G_VALUE_HOLDS (value, GST_TYPE_BUFFER_LIST) && g_value_get_boxed (value))
    keep_parts (self, read_list (arrival, element, g_value_get_boxed (value), FALSE));
}

/**
 * gst_s2s_incoming_init_buffer:
 * @self: zeroed
 * @arrival: of @element
 * @element: that it came to
 * @buffer: (transfer full): what came
 * @markup: whether it is Pango markup
 *
 * The parts are those of the meta that s2saccumulate writes, if there is one. A buffer with the
 * flag GAP says nothing, and neither does one whose memory cannot be read.
 */
void
gst_s2s_incoming_init_buffer (GstS2sIncoming *self, GstS2sArrival *arrival, GstElement *element,
                              GstBuffer *buffer, gboolean markup)
{
  self->buffer = buffer;
  self->start = GST_BUFFER_PTS (buffer);
  self->duration = GST_BUFFER_DURATION (buffer);
  self->markup = markup;
  if (!GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP))
    self->text = gst_s2s_arrival_read_buffer (arrival, element, buffer);
  if (!self->text)
    self->text = g_strdup ("");
  read_meta (self, arrival, element);
}

/* From the first part to the end of the last, as far as they have times. */
static void
set_times (GstS2sIncoming *self, const GPtrArray *parts)
{
  const GstS2sIncomingPart *first = g_ptr_array_index (parts, 0);
  const GstS2sIncomingPart *last = g_ptr_array_index (parts, parts->len - 1);

  self->start = first->start;
  if (parts->len == 1)
    self->duration = first->duration;
  else if (GST_CLOCK_TIME_IS_VALID (first->start) && GST_CLOCK_TIME_IS_VALID (last->start) &&
           GST_CLOCK_TIME_IS_VALID (last->duration) && last->start + last->duration > first->start)
    self->duration = last->start + last->duration - first->start;
}

/**
 * gst_s2s_incoming_init_list:
 * @self: zeroed
 * @arrival: of @element
 * @element: that it came to
 * @list: (transfer full): the parts of one text, at least one
 * @markup: whether they are Pango markup
 */
void
gst_s2s_incoming_init_list (GstS2sIncoming *self, GstS2sArrival *arrival, GstElement *element,
                            GstBufferList *list, gboolean markup)
{
  GPtrArray *parts = read_list (arrival, element, list, markup);
  GString *text = g_string_new (NULL);

  self->buffer = gst_buffer_ref (gst_buffer_list_get (list, 0));
  self->start = self->duration = GST_CLOCK_TIME_NONE;
  gst_buffer_list_unref (list);
  for (guint i = 0; i < parts->len; i++)
    gst_s2s_boundary_append (text, ((GstS2sIncomingPart *)g_ptr_array_index (parts, i))->text);
  self->text = g_string_free (text, FALSE);
  if (parts->len > 0)
    set_times (self, parts);
  keep_parts (self, parts);
}

/**
 * gst_s2s_incoming_clear:
 * @self: something incoming, or zeroed
 */
void
gst_s2s_incoming_clear (GstS2sIncoming *self)
{
  gst_clear_buffer (&self->buffer);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
}

/**
 * gst_s2s_incoming_is_empty:
 * @self: something incoming
 *
 * Returns: whether it says nothing
 */
gboolean
gst_s2s_incoming_is_empty (const GstS2sIncoming *self)
{
  g_autofree char *plain = gst_s2s_incoming_get_plain_text (self);

  return *gst_s2s_char_skip_blanks (plain) == '\0';
}

/**
 * gst_s2s_incoming_get_plain_text:
 * @self: something incoming
 *
 * Returns: (transfer full): its text without markup and without blanks at its ends
 */
char *
gst_s2s_incoming_get_plain_text (const GstS2sIncoming *self)
{
  return g_strstrip (self->markup ? gst_s2s_markup_to_text (self->text) : g_strdup (self->text));
}

/**
 * gst_s2s_incoming_make_cue:
 * @self: something incoming
 * @one_line: whether it is one sentence, whatever its line breaks are
 *
 * Returns: (transfer full): the cue that it is
 */
GstS2sCue *
gst_s2s_incoming_make_cue (const GstS2sIncoming *self, gboolean one_line)
{
  g_autofree char *line = one_line ? gst_s2s_cue_make_line (self->text) : NULL;

  return gst_s2s_cue_new (one_line ? line : self->text, self->markup);
}

/**
 * gst_s2s_incoming_render:
 * @self: something incoming
 * @layout: how to write it; the source is not there twice
 *
 * Returns: (transfer full): it as it came, but for the format, with other line breaks if @layout
 *   wants some
 */
char *
gst_s2s_incoming_render (const GstS2sIncoming *self, const GstS2sCueLayout *layout)
{
  GstS2sCueLayout alone = *layout;
  g_autoptr (GstS2sCue) cue = NULL;
  g_autoptr (GArray) spans = NULL;
  g_autofree char *plain = NULL;

  if (layout->max_line_length > 0 || layout->max_lines > 0) {
    alone.bilingual = GST_S2S_CUE_BILINGUAL_OFF;
    cue = gst_s2s_cue_new (self->text, self->markup);
    return gst_s2s_cue_render (cue, NULL, &alone);
  }
  if (!layout->markup)
    return gst_s2s_incoming_get_plain_text (self);
  plain = self->markup ? gst_s2s_markup_parse (self->text, &spans) : g_strdup (self->text);
  return g_strstrip (gst_s2s_markup_render (plain, spans));
}

/* ---- Parts ---- */

static guint
count_letters (const char *text)
{
  guint n = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    n += !g_unichar_isspace (g_utf8_get_char (text));
  return n;
}

/* Where in a text each part ends, whatever its blanks are; the last ends with it. */
static gsize *
find_part_ends (const GPtrArray *parts, const char *text)
{
  gsize *ends = g_new0 (gsize, parts->len);
  const char *at = text;

  for (guint i = 0; i < parts->len; i++) {
    guint n = count_letters (((GstS2sIncomingPart *)g_ptr_array_index (parts, i))->text);

    for (; n > 0 && *at != '\0'; at = g_utf8_next_char (at))
      n -= !g_unichar_isspace (g_utf8_get_char (at));
    ends[i] = at - text;
  }
  ends[parts->len - 1] = strlen (text);
  return ends;
}

static gsize *
find_cuts (const GstS2sIncoming *self, const GstS2sCueLine *line,
           const GstS2sCueTranslation *translation)
{
  g_autofree char *whole = g_strconcat (line->lead, line->text, NULL);
  g_autofree gsize *source_ends = find_part_ends (self->parts, whole);
  gsize n_lead = strlen (line->lead);

  for (guint i = 0; i < self->parts->len; i++)
    source_ends[i] = MAX (source_ends[i], n_lead) - n_lead;
  return gst_s2s_align_cut (translation->text, translation->alignment, source_ends,
                            self->parts->len);
}

static void
piece_free (GstS2sIncomingPiece *piece)
{
  g_free (piece->lead);
  g_free (piece->source);
  g_free (piece->translation);
  g_free (piece);
}

/* Parts first to last of the source, and the translation of one of them. */
static GstS2sIncomingPiece *
piece_new (const GPtrArray *parts, guint first, guint last, char *translation)
{
  const GstS2sIncomingPart *begin = g_ptr_array_index (parts, first);
  const GstS2sIncomingPart *end = g_ptr_array_index (parts, last);
  GstS2sIncomingPiece *piece = g_new0 (GstS2sIncomingPiece, 1);
  GString *source = g_string_new (NULL);

  for (guint i = first; i <= last; i++)
    gst_s2s_boundary_append (source, ((GstS2sIncomingPart *)g_ptr_array_index (parts, i))->text);
  piece->lead = g_strdup ("");
  piece->source = g_string_free (source, FALSE);
  piece->translation = translation;
  piece->start = begin->start;
  piece->duration = MAX (end->start + end->duration, begin->start) - begin->start;
  return piece;
}

/* What of a source is its lead stands before the piece. */
static void
move_lead (GstS2sIncomingPiece *piece, const char *lead)
{
  g_free (piece->lead);
  piece->lead = g_strdup (lead);
  if (g_str_has_prefix (piece->source, lead))
    memmove (piece->source, piece->source + strlen (lead),
             strlen (piece->source) - strlen (lead) + 1);
}

/**
 * gst_s2s_incoming_cut:
 * @self: something incoming with parts
 * @line: all of it
 * @translation: of @line
 *
 * Cuts a translation as its source is. A part of which the translation says nothing lends its time
 * to the one before, the first ones to the one after.
 *
 * Returns: (transfer full) (element-type GstS2sIncomingPiece): the pieces, in order; none for a
 *   translation that is empty
 */
GPtrArray *
gst_s2s_incoming_cut (const GstS2sIncoming *self, const GstS2sCueLine *line,
                      const GstS2sCueTranslation *translation)
{
  GPtrArray *pieces = g_ptr_array_new_with_free_func ((GDestroyNotify)piece_free);
  g_autofree gsize *ends = find_cuts (self, line, translation);
  g_autofree char *open = NULL; /* the translation of parts first to here */
  guint first = 0;

  for (guint i = 0; i < self->parts->len; i++) {
    gsize at = i > 0 ? ends[i - 1] : 0;
    g_autofree char *text = g_strstrip (g_strndup (translation->text + at, ends[i] - at));

    if (*text == '\0')
      continue;
    if (open) {
      g_ptr_array_add (pieces, piece_new (self->parts, first, i - 1, g_steal_pointer (&open)));
      first = i;
    }
    open = g_steal_pointer (&text);
  }
  if (open)
    g_ptr_array_add (pieces,
                     piece_new (self->parts, first, self->parts->len - 1, g_steal_pointer (&open)));
  if (pieces->len > 0)
    move_lead (g_ptr_array_index (pieces, 0), line->lead);
  return pieces;
}

/* The piece as the only line of a cue, all of which was translated. */
static GstS2sCue *
make_piece_cue (const GstS2sIncomingPiece *piece)
{
  g_autofree char *source = gst_s2s_cue_make_line (piece->source);
  GstS2sCue *cue = gst_s2s_cue_new ("-", FALSE);
  GstS2sCueLine *line = g_ptr_array_index (cue->lines, 0);

  g_free (line->lead);
  g_free (line->text);
  line->lead = g_strdup (piece->lead);
  line->text = g_steal_pointer (&source);
  line->has_words = TRUE;
  return cue;
}

/**
 * gst_s2s_incoming_render_piece:
 * @piece: a piece
 * @layout: how to write it
 *
 * Returns: (transfer full): what to show for it
 */
char *
gst_s2s_incoming_render_piece (const GstS2sIncomingPiece *piece, const GstS2sCueLayout *layout)
{
  g_autoptr (GstS2sCue) cue = make_piece_cue (piece);
  const GstS2sCueTranslation translation = {.text = piece->translation};

  return gst_s2s_cue_render (cue, &translation, layout);
}
