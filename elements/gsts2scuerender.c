/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2salign.h"
#include "gsts2scue.h"
#include "gsts2smarkup.h"
#include "gsts2swrap.h"

#include <string.h>

#define OVERRIDE_OPEN "{\\"

/* A line as it will be shown: its first n_lead bytes are not transformed. */
typedef struct {
  GString *text;
  gsize n_lead;
  GArray *spans; /* GstS2sSpan */
} Shown;

static void
shown_free (Shown *shown)
{
  g_string_free (shown->text, TRUE);
  g_array_unref (shown->spans);
  g_free (shown);
}

static Shown *
shown_new (const char *lead, const char *text)
{
  Shown *shown = g_new0 (Shown, 1);

  shown->text = g_string_new (lead);
  g_string_append (shown->text, text);
  shown->n_lead = strlen (lead);
  shown->spans = gst_s2s_spans_new ();
  return shown;
}

/* Bytes of a lead that place the cue on the screen, as `{\an8}`, and blanks after them. */
static gsize
count_position (const char *lead)
{
  const char *at = lead;

  while (g_str_has_prefix (at, OVERRIDE_OPEN) && strchr (at, '}')) {
    at = strchr (at, '}') + 1;
    at += strspn (at, " \t");
  }
  return at - lead;
}

static gboolean
has_letters (const char *start, const char *end)
{
  for (; start < end; start = g_utf8_next_char (start)) {
    if (g_unichar_isalnum (g_utf8_get_char (start)))
      return TRUE;
  }
  return FALSE;
}

/* Whether the bytes [start, end) of a text are all that it says. */
static gboolean
covers_text (const char *text, gsize start, gsize end)
{
  gsize length = strlen (text);

  return !has_letters (text, text + MIN (start, length)) &&
         (end >= length || !has_letters (text + end, text + length)) && end > start;
}

/* Where a tag of a line goes in a translation, whose text begins @n_skipped bytes late. */
static void
map_span (const GstS2sCueLine *line, const GstS2sSpan *span,
          const GstS2sCueTranslation *translation, gsize n_skipped, Shown *shown)
{
  gsize n_lead = strlen (line->lead);
  gsize start = MAX (span->start, n_lead) - n_lead;
  gsize end = MAX (span->end, n_lead) - n_lead;
  gsize found_start = 0;
  gsize found_end = 0;

  if (span->end <= n_lead) {
    gst_s2s_spans_add (shown->spans, span->start, span->end, span);
  } else if (covers_text (line->text, start, end)) {
    gst_s2s_spans_add (shown->spans, MIN (span->start, n_lead), shown->text->len, span);
  } else if (gst_s2s_align_find (translation->text, translation->alignment, start, end,
                                 &found_start, &found_end) &&
             found_end > n_skipped) {
    found_start = n_lead + MAX (found_start, n_skipped) - n_skipped;
    found_end = n_lead + found_end - n_skipped;
    if (found_start == n_lead)
      found_start = MIN (span->start, n_lead);
    gst_s2s_spans_add (shown->spans, found_start, found_end, span);
  }
}

static Shown *
show_source (const GstS2sCueLine *line)
{
  Shown *shown = shown_new (line->lead, line->text);

  for (guint i = 0; i < line->spans->len; i++) {
    const GstS2sSpan *span = &g_array_index (line->spans, GstS2sSpan, i);

    gst_s2s_spans_add (shown->spans, span->start, span->end, span);
  }
  return shown;
}

/* NULL if there is nothing to say. */
static Shown *
show_translation (const GstS2sCueLine *line, const GstS2sCueTranslation *translation)
{
  g_autofree char *text = NULL;
  gsize n_skipped = 0;
  Shown *shown;

  if (!line->has_words || !translation || !translation->text)
    return show_source (line);
  text = gst_s2s_cue_make_line (translation->text);
  if (*text == '\0')
    return NULL;
  if (!strcmp (text, line->text))
    return show_source (line);
  while (g_ascii_isspace (translation->text[n_skipped]))
    n_skipped++;
  shown = shown_new (line->lead, text);
  for (guint i = 0; i < line->spans->len; i++)
    map_span (line, &g_array_index (line->spans, GstS2sSpan, i), translation, n_skipped, shown);
  return shown;
}

/* Drops the first bytes of a line. */
static void
shown_skip (Shown *shown, gsize n)
{
  g_string_erase (shown->text, 0, n);
  shown->n_lead -= n;
  for (guint i = 0; i < shown->spans->len; i++) {
    GstS2sSpan *span = &g_array_index (shown->spans, GstS2sSpan, i);

    span->start = MAX (span->start, n) - n;
    span->end = MAX (span->end, n) - n;
  }
}

/* A line break takes the place of a blank, or comes between two characters and shifts the rest. */
static void
shown_break (Shown *shown, gsize at)
{
  if (gst_s2s_wrap_is_blank (shown->text->str[at])) {
    shown->text->str[at] = '\n';
    return;
  }
  g_string_insert_c (shown->text, at, '\n');
  for (guint i = 0; i < shown->spans->len; i++) {
    GstS2sSpan *span = &g_array_index (shown->spans, GstS2sSpan, i);

    span->start += span->start >= at;
    span->end += span->end > at;
  }
}

static void
shown_wrap (Shown *shown, const GstS2sCueLayout *layout, guint max_lines)
{
  g_autoptr (GArray) breaks = gst_s2s_wrap_find_breaks (shown->text->str, shown->n_lead,
                                                        layout->max_line_length, max_lines);

  for (guint i = breaks->len; i-- > 0;)
    shown_break (shown, g_array_index (breaks, gsize, i));
}

/* Adds lines to what is shown, one below the other. Each may have its share of the lines. */
static void
append_block (Shown *cue, GPtrArray *lines, const GstS2sCueLayout *layout)
{
  guint share = layout->max_lines / MAX (lines->len, 1);

  if (layout->max_lines > 0)
    share = MAX (share, 1);
  for (guint i = 0; i < lines->len; i++) {
    Shown *line = g_ptr_array_index (lines, i);
    gsize at;

    shown_wrap (line, layout, share);
    if (cue->text->len > cue->n_lead)
      g_string_append_c (cue->text, '\n');
    at = cue->text->len;
    g_string_append (cue->text, line->text->str);
    for (guint j = 0; j < line->spans->len; j++) {
      const GstS2sSpan *span = &g_array_index (line->spans, GstS2sSpan, j);

      gst_s2s_spans_add (cue->spans, at + span->start, at + span->end, span);
    }
  }
}

static gboolean
is_same (const Shown *a, const Shown *b)
{
  return b && !strcmp (a->text->str, b->text->str);
}

static char *
write_shown (const Shown *cue, gboolean markup)
{
  if (cue->text->len == cue->n_lead)
    return g_strdup ("");
  if (!markup)
    return g_strchomp (g_strdup (cue->text->str));
  return gst_s2s_markup_render (cue->text->str, cue->spans);
}

/**
 * gst_s2s_cue_render:
 * @self: a cue
 * @translations: (nullable) (array): what each of its lines became; %NULL shows the cue as it is.
 * Those of lines without words are not looked at
 * @layout: how to write it
 *
 * Puts a cue together again. A lead stays before its line. Of the tags, those around all words of a
 * line go around all of its translation; others go around the words that gst_s2s_align_find()
 * finds, and fall away if there is no alignment or no such place. A line that became "" is left
 * out.
 *
 * With two languages, all lines of the one are above those of the other; a line that is the same in
 * both stands with the translation only. What places the cue on the screen is once at the start.
 * Lines are broken as gst_s2s_wrap() says; where several people speak, each gets her share of the
 * lines, and at least one.
 *
 * Returns: (transfer full): what to show, "" if there is nothing
 */
char *
gst_s2s_cue_render (const GstS2sCue *self, const GstS2sCueTranslation *translations,
                    const GstS2sCueLayout *layout)
{
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func ((GDestroyNotify)shown_free);
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func ((GDestroyNotify)shown_free);
  g_autofree char *result = NULL;
  g_autofree char *position = NULL;
  Shown *cue;

  for (guint i = 0; i < self->lines->len; i++) {
    const GstS2sCueLine *line = g_ptr_array_index (self->lines, i);
    Shown *source = show_source (line);
    Shown *target = show_translation (line, translations ? &translations[i] : NULL);
    gsize n = i == 0 ? count_position (line->lead) : 0;

    if (i == 0)
      position = g_strndup (line->lead, n);
    shown_skip (source, n);
    if (target) {
      shown_skip (target, n);
      g_ptr_array_add (targets, target);
    }
    if (layout->bilingual != GST_S2S_CUE_BILINGUAL_OFF && !is_same (source, target))
      g_ptr_array_add (sources, source);
    else
      shown_free (source);
  }

  cue = shown_new (position ? position : "", "");
  if (layout->bilingual == GST_S2S_CUE_BILINGUAL_ABOVE)
    append_block (cue, sources, layout);
  append_block (cue, targets, layout);
  if (layout->bilingual == GST_S2S_CUE_BILINGUAL_BELOW)
    append_block (cue, sources, layout);
  result = write_shown (cue, layout->markup);
  shown_free (cue);
  return g_steal_pointer (&result);
}
