/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2salign.h"

#include "gsts2schar.h"

#include <string.h>

/* What a place costs, in bytes on the wrong side: one Chinese character may go astray for a comma,
 * two for a word that stays whole. */
#define COST_WITHIN_CLAUSE 4
#define COST_WITHIN_PIECE 6

/* Without an alignment a character that is not where its share says costs these. */
#define COST_CHARACTER 3

/* A place where a part may end. */
typedef struct {
  gsize at;    /* byte */
  guint index; /* characters before it */
  guint cost;  /* of a cut here, whatever the parts are */
} Place;

static gboolean
is_within_piece (const GArray *alignment, gsize at)
{
  for (guint i = 0; alignment && i < alignment->len; i++) {
    const GstS2sAligned *piece = &g_array_index (alignment, GstS2sAligned, i);

    if (piece->start < at && at < piece->end)
      return TRUE;
  }
  return FALSE;
}

/* Whether a word of a script with blanks ends before at, or a character of one without. */
static gboolean
may_cut (const char *text, gsize at)
{
  gunichar before = g_utf8_get_char (g_utf8_find_prev_char (text, text + at));
  gunichar after = g_utf8_get_char (text + at);

  if (g_unichar_isspace (after))
    return FALSE;
  return g_unichar_isspace (before) || gst_s2s_char_may_break (before, after);
}

static gboolean
ends_clause (const char *text, gsize at)
{
  const char *last = g_utf8_find_prev_char (text, text + at);

  while (last && g_unichar_isspace (g_utf8_get_char (last)))
    last = g_utf8_find_prev_char (text, last);
  return last && gst_s2s_char_ends_clause (g_utf8_get_char (last));
}

/* Both ends of the text are places too: a part may get nothing. */
static GArray *
find_places (const char *text, const GArray *alignment)
{
  GArray *places = g_array_new (FALSE, FALSE, sizeof (Place));
  Place place = {0, 0, COST_WITHIN_CLAUSE};

  g_array_append_val (places, place);
  while (text[place.at] != '\0') {
    place.at = g_utf8_next_char (text + place.at) - text;
    place.index++;
    if (text[place.at] != '\0' && !may_cut (text, place.at))
      continue;
    place.cost = ends_clause (text, place.at) ? 0 : COST_WITHIN_CLAUSE;
    if (is_within_piece (alignment, place.at))
      place.cost += COST_WITHIN_PIECE;
    g_array_append_val (places, place);
  }
  return places;
}

/* Adds to costs what each place disagrees with the alignment, if the source is cut at a byte. */
static void
add_disagreement (guint64 *costs, const GArray *places, const GArray *alignment, gsize source_end)
{
  guint64 wrong = 0;
  guint next = 0;

  for (guint i = 0; i < alignment->len; i++) {
    const GstS2sAligned *piece = &g_array_index (alignment, GstS2sAligned, i);
    gboolean before = (piece->source_start + piece->source_end) / 2 < source_end;

    wrong += before && piece->end > piece->start ? piece->end - piece->start : 0;
  }
  /* At the start of the text, all that belongs before is on the wrong side. */
  for (guint i = 0; i < places->len; i++) {
    gsize at = g_array_index (places, Place, i).at;

    for (; next < alignment->len; next++) {
      const GstS2sAligned *piece = &g_array_index (alignment, GstS2sAligned, next);
      gboolean before = (piece->source_start + piece->source_end) / 2 < source_end;
      gsize size = piece->end > piece->start ? piece->end - piece->start : 0;

      if (piece->start + size / 2 >= at)
        break;
      wrong = before ? wrong - size : wrong + size;
    }
    costs[i] += wrong;
  }
}

static void
add_distance (guint64 *costs, const GArray *places, double share)
{
  double wanted = share * g_array_index (places, Place, places->len - 1).index;

  for (guint i = 0; i < places->len; i++) {
    double distance = g_array_index (places, Place, i).index - wanted;

    costs[i] += (guint64)(COST_CHARACTER * (distance < 0 ? -distance : distance));
  }
}

/* The place of each cut. costs is n_cuts rows; each becomes the sum of the best cuts up to it. */
static void
choose_places (guint64 *costs, gsize n_cuts, gsize n_places, gsize *ret_places)
{
  g_autofree guint32 *from = g_new (guint32, n_cuts * n_places);
  gsize at = 0;

  for (gsize k = 1; k < n_cuts; k++) {
    const guint64 *before = costs + (k - 1) * n_places;
    guint32 best = 0;

    for (gsize i = 0; i < n_places; i++) {
      if (before[i] < before[best])
        best = i;
      from[k * n_places + i] = best;
      costs[k * n_places + i] += before[best];
    }
  }
  for (gsize i = 1; i < n_places; i++) {
    if (costs[(n_cuts - 1) * n_places + i] < costs[(n_cuts - 1) * n_places + at])
      at = i;
  }
  for (gsize k = n_cuts; k-- > 0;) {
    ret_places[k] = at;
    at = k > 0 ? from[k * n_places + at] : 0;
  }
}

/**
 * gst_s2s_align_cut:
 * @translation: valid UTF-8
 * @alignment: (nullable) (element-type GstS2sAligned): which source explains which of its bytes;
 * %NULL or empty to cut by the parts' shares of characters
 * @source_ends: (array length=n_parts): where each part of the source ends, ascending bytes
 * @n_parts: number of parts, at least 1
 *
 * Finds where each part of a source ends in its translation, which keeps its order. Of all such
 * cuts it takes the one that leaves the fewest aligned bytes on the wrong side, summed over the
 * borders between parts (dynamic programming over the places where words end). A place within a
 * clause counts as a few bytes more, and one within an aligned piece, which mostly is a word, as
 * some more again: a comma is worth one Chinese character that goes astray. Blanks go with the
 * part before them. A part may get nothing.
 *
 * Returns: (transfer full) (array length=n_parts): the ends in bytes; the last is that of the text
 */
gsize *
gst_s2s_align_cut (const char *translation, const GArray *alignment, const gsize *source_ends,
                   gsize n_parts)
{
  gsize *ends = g_new0 (gsize, n_parts);
  gsize n_cuts = n_parts - 1;
  g_autoptr (GArray) places = find_places (translation, alignment);
  g_autofree gsize *chosen = g_new0 (gsize, n_parts);
  g_autofree guint64 *costs = g_new0 (guint64, n_parts * places->len);

  for (gsize k = 0; k < n_cuts; k++) {
    guint64 *row = costs + k * places->len;

    for (guint i = 0; i < places->len; i++)
      row[i] = g_array_index (places, Place, i).cost;
    if (alignment && alignment->len > 0)
      add_disagreement (row, places, alignment, source_ends[k]);
    else
      add_distance (row, places, (double)source_ends[k] / MAX (source_ends[n_cuts], 1));
  }
  if (n_cuts > 0)
    choose_places (costs, n_cuts, places->len, chosen);
  for (gsize k = 0; k < n_cuts; k++)
    ends[k] = g_array_index (places, Place, chosen[k]).at;
  ends[n_cuts] = strlen (translation);
  return ends;
}

/* Whether most of what explains a piece is in the bytes [start, end) of the source. */
static gboolean
is_explained (const GstS2sAligned *piece, gsize start, gsize end)
{
  gsize first = MAX (piece->source_start, start);
  gsize last = MIN (piece->source_end, end);

  if (piece->source_end <= piece->source_start)
    return piece->source_start >= start && piece->source_start < end;
  return last > first && 2 * (last - first) > piece->source_end - piece->source_start;
}

static gboolean
is_within_word (const char *text, gsize at)
{
  const char *before = g_utf8_find_prev_char (text, text + at);
  gunichar left = before ? g_utf8_get_char (before) : 0;
  gunichar right = g_utf8_get_char (text + at);

  if (gst_s2s_char_joins (left, right) && right != 0)
    return TRUE;
  return g_unichar_isalnum (left) && g_unichar_isalnum (right) &&
         !gst_s2s_char_is_unspaced (left) && !gst_s2s_char_is_unspaced (right);
}

static gsize
find_code_point (const char *text, gsize at)
{
  while (at > 0 && ((guchar)text[at] & 0xc0) == 0x80)
    at--;
  return at;
}

/* To whole words, without blanks at the ends. */
static void
round_range (const char *text, gsize *start, gsize *end)
{
  gsize length = strlen (text);

  *start = find_code_point (text, MIN (*start, length));
  *end = find_code_point (text, MIN (*end, length));
  while (*start < *end && g_ascii_isspace (text[*start]))
    (*start)++;
  while (*end > *start && g_ascii_isspace (text[*end - 1]))
    (*end)--;
  if (*start == *end)
    return;
  while (*start > 0 && is_within_word (text, *start))
    *start = g_utf8_find_prev_char (text, text + *start) - text;
  while (*end < length && is_within_word (text, *end))
    *end = g_utf8_next_char (text + *end) - text;
}

/**
 * gst_s2s_align_find:
 * @translation: valid UTF-8
 * @alignment: (nullable) (element-type GstS2sAligned): which source explains which of its bytes
 * @start: first byte of a part of the source
 * @end: first byte after it
 * @ret_start: (out): first byte of what says it
 * @ret_end: (out): first byte after that
 *
 * Finds the bytes of a translation that say a part of its source: whole words, without blanks at
 * the ends.
 *
 * Returns: whether there are some and they are one run, with nothing of another part between them
 */
gboolean
gst_s2s_align_find (const char *translation, const GArray *alignment, gsize start, gsize end,
                    gsize *ret_start, gsize *ret_end)
{
  gsize first = G_MAXSIZE;
  gsize last = 0;
  gboolean broken = FALSE;

  for (guint i = 0; alignment && i < alignment->len; i++) {
    const GstS2sAligned *piece = &g_array_index (alignment, GstS2sAligned, i);

    if (piece->start >= piece->end)
      continue;
    if (!is_explained (piece, start, end)) {
      broken = first != G_MAXSIZE;
      continue;
    }
    if (broken)
      return FALSE;
    first = MIN (first, piece->start);
    last = MAX (last, piece->end);
  }
  if (first == G_MAXSIZE)
    return FALSE;
  round_range (translation, &first, &last);
  if (first >= last)
    return FALSE;
  *ret_start = first;
  *ret_end = last;
  return TRUE;
}
