/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2swrap.h"

#include "gsts2schar.h"

#include <string.h>

/* Columns that captions keep to where lines are wanted but no length is given. */
#define USUAL_LINE_LENGTH 42

#define BLANKS " \t\n"

/* Longer text is no caption: its lines are filled one by one, not balanced. */
#define MAX_BALANCED_UNITS 2000

/* What stays on one line: a word, or a character of a script without blanks. */
typedef struct {
  gsize start;          /* byte */
  guint width;          /* columns, less blanks at its end */
  guint blanks;         /* columns of the blanks that follow */
  gboolean ends_clause; /* whether its end is a good place to break */
} Unit;

/* The best lines for the units before this one. */
typedef struct {
  guint n_lines;
  guint64 cost;
  guint from; /* first unit of the last line */
} Best;

/**
 * gst_s2s_wrap_is_blank:
 * @byte: a byte of text
 *
 * Returns: whether a line break can take its place
 */
gboolean
gst_s2s_wrap_is_blank (char byte)
{
  return byte != '\0' && strchr (BLANKS, byte);
}

static void
add_character (Unit *unit, const char *at)
{
  gunichar c = g_utf8_get_char (at);

  if (gst_s2s_wrap_is_blank (*at)) {
    unit->blanks++;
    return;
  }
  unit->width += unit->blanks + gst_s2s_char_get_width (c);
  unit->blanks = 0;
  unit->ends_clause = gst_s2s_char_ends_clause (c);
}

/* Whether a unit may begin at a byte. A break at blanks takes the place of the last of them. */
static gboolean
may_start (const char *text, gsize at)
{
  const char *before = g_utf8_find_prev_char (text, text + at);

  if (gst_s2s_wrap_is_blank (text[at]))
    return FALSE;
  if (gst_s2s_wrap_is_blank (*before))
    return TRUE;
  return gst_s2s_char_may_break (g_utf8_get_char (before), g_utf8_get_char (text + at));
}

/* Whether what begins at start may end, within a word: not in blanks, nor before it says something.
 */
static gboolean
may_split (const char *text, gsize start, gsize at)
{
  const char *before = g_utf8_find_prev_char (text, text + at);

  return !gst_s2s_wrap_is_blank (text[at]) && start + strspn (text + start, BLANKS) < at &&
         !gst_s2s_char_joins (g_utf8_get_char (before), g_utf8_get_char (text + at));
}

static Unit
make_unit (const char *text, gsize start, gsize end)
{
  Unit unit = {.start = start};

  for (const char *at = text + start; at < text + end; at = g_utf8_next_char (at))
    add_character (&unit, at);
  return unit;
}

/* Adds the characters of what is wider than a line, each as a unit, so that it can be balanced. */
static void
add_pieces (GArray *units, const char *text, gsize start, gsize end)
{
  gsize at = start;

  while (at < end) {
    at = g_utf8_next_char (text + at) - text;
    if (at == end || may_split (text, start, at)) {
      Unit unit = make_unit (text, start, at);

      g_array_append_val (units, unit);
      start = at;
    }
  }
}

static GArray *
find_units (const char *text, gsize n_whole, guint limit)
{
  GArray *units = g_array_new (FALSE, FALSE, sizeof (Unit));
  gsize start = 0;
  gsize at = strspn (text, BLANKS);

  while (text[at] != '\0') {
    at = g_utf8_next_char (text + at) - text;
    if (text[at] == '\0' || (at > n_whole && may_start (text, at))) {
      Unit unit = make_unit (text, start, at);

      if (unit.width > limit)
        add_pieces (units, text, start, at);
      else
        g_array_append_val (units, unit);
      start = at;
    }
  }
  return units;
}

/* The first unit of each line but the first, where each line takes as many as fit. */
static GArray *
fill_lines (const GArray *units, guint limit)
{
  GArray *firsts = g_array_new (FALSE, FALSE, sizeof (guint));
  guint width = 0;
  guint blanks = 0;

  for (guint i = 0; i < units->len; i++) {
    const Unit *unit = &g_array_index (units, Unit, i);

    if (i > 0 && width + blanks + unit->width > limit) {
      g_array_append_val (firsts, i);
      width = 0;
      blanks = 0;
    }
    width += blanks + unit->width;
    blanks = unit->blanks;
  }
  return firsts;
}

/* Lines as few as can be, and then as even as can be. With n lines, their widths add up to nearly
 * the same, so that the sum of their squares is least where they are even. A break after a clause
 * is worth a line that is an eighth longer than the others, and one that leaves the last line
 * longer than the first is better than the reverse. */
static guint64
line_cost (const Unit *last, guint width, guint limit, gboolean is_last)
{
  guint64 cost = 2 * (guint64)width * width;

  if (is_last)
    return cost - MIN (width, cost);
  return last->ends_clause ? cost : cost + (guint64)limit * limit / 16;
}

static gboolean
is_better (const Best *a, const Best *b)
{
  return a->n_lines != b->n_lines ? a->n_lines < b->n_lines : a->cost < b->cost;
}

static Best
find_best_line (const GArray *units, const Best *best, guint end, guint limit)
{
  Best found = {G_MAXUINT, 0, 0};
  guint width = 0;

  for (guint from = end; from-- > 0;) {
    const Unit *unit = &g_array_index (units, Unit, from);
    const Unit *last = &g_array_index (units, Unit, end - 1);
    Best candidate;

    width += unit->width + (from + 1 < end ? unit->blanks : 0);
    if (width > limit && from + 1 < end)
      break;
    candidate.n_lines = best[from].n_lines + 1;
    candidate.cost = best[from].cost + line_cost (last, width, limit, end == units->len);
    candidate.from = from;
    if (is_better (&candidate, &found))
      found = candidate;
  }
  return found;
}

static GArray *
balance_lines (const GArray *units, guint limit)
{
  g_autofree Best *best = g_new0 (Best, units->len + 1);
  GArray *firsts = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint end = 1; end <= units->len; end++)
    best[end] = find_best_line (units, best, end, limit);
  for (guint first = best[units->len].from; first > 0; first = best[first].from)
    g_array_prepend_val (firsts, first);
  return firsts;
}

static guint
count_lines (const char *text, gsize n_whole, guint limit)
{
  g_autoptr (GArray) units = find_units (text, n_whole, limit);
  g_autoptr (GArray) firsts = fill_lines (units, limit);

  return firsts->len + 1;
}

/* The least length of a line, of at least limit, with which text has at most max_lines lines. */
static guint
widen (const char *text, gsize n_whole, guint limit, guint max_lines)
{
  guint low = limit;
  guint high;

  if (count_lines (text, n_whole, limit) <= max_lines)
    return limit;
  high = 2 * strlen (text); /* wide enough for one line */
  while (high - low > 1) {
    guint middle = low + (high - low) / 2;

    if (count_lines (text, n_whole, middle) <= max_lines)
      high = middle;
    else
      low = middle;
  }
  return high;
}

/**
 * gst_s2s_wrap_find_breaks:
 * @text: one line, valid UTF-8
 * @n_whole: bytes at its start that stay on one line, with the word that follows
 * @max_line_length: as of gst_s2s_wrap()
 * @max_lines: as of gst_s2s_wrap()
 *
 * Returns: (transfer full) (element-type gsize): the bytes where lines are broken, in order. A
 * line break takes the place of the byte if gst_s2s_wrap_is_blank() is true of it, and is to be put
 * before it otherwise.
 */
GArray *
gst_s2s_wrap_find_breaks (const char *text, gsize n_whole, guint max_line_length, guint max_lines)
{
  GArray *breaks = g_array_new (FALSE, FALSE, sizeof (gsize));
  guint limit = max_line_length > 0 ? max_line_length : USUAL_LINE_LENGTH;
  g_autoptr (GArray) units = NULL;
  g_autoptr (GArray) firsts = NULL;

  if (text[strspn (text, BLANKS)] == '\0' || (max_line_length == 0 && max_lines == 0))
    return breaks;
  if (max_lines > 0)
    limit = widen (text, n_whole, limit, max_lines);
  units = find_units (text, n_whole, limit);
  if (units->len > MAX_BALANCED_UNITS)
    firsts = fill_lines (units, limit);
  else
    firsts = balance_lines (units, limit);
  for (guint i = 0; i < firsts->len; i++) {
    gsize at = g_array_index (units, Unit, g_array_index (firsts, guint, i)).start;

    if (gst_s2s_wrap_is_blank (text[at - 1]))
      at--;
    g_array_append_val (breaks, at);
  }
  return breaks;
}

/**
 * gst_s2s_wrap:
 * @text: valid UTF-8; line breaks in it count as blanks
 * @max_line_length: columns of a line, where wide characters take two; 0 for no limit
 * @max_lines: most lines, 0 for no limit
 *
 * Breaks text into lines, as few as can be and then as even as can be. Words stay whole unless one
 * is longer than a line. Chinese and Japanese break between any two characters, but not before what
 * closes, nor after what opens. Nothing is lost: where text has no room in @max_lines, the lines
 * become longer than @max_line_length. With @max_lines alone, lines are of 42 columns, as captions
 * use to be, or longer if that is too little.
 *
 * Returns: (transfer full): @text, where blanks have become line breaks, or line breaks were put
 * between characters
 */
char *
gst_s2s_wrap (const char *text, guint max_line_length, guint max_lines)
{
  g_autofree char *line = g_strdelimit (g_strdup (text), "\n", ' ');
  g_autoptr (GArray) breaks = gst_s2s_wrap_find_breaks (line, 0, max_line_length, max_lines);
  GString *wrapped = g_string_new (line);

  for (guint i = breaks->len; i-- > 0;) {
    gsize at = g_array_index (breaks, gsize, i);

    if (gst_s2s_wrap_is_blank (wrapped->str[at]))
      wrapped->str[at] = '\n';
    else
      g_string_insert_c (wrapped, at, '\n');
  }
  return g_string_free (wrapped, FALSE);
}
