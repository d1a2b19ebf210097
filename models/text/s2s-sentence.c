/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-sentence.h"

#include "text/s2s-char.h"

#include <string.h>

/* By hand on GLib's character tables. ICU's sentence breaks would bring 30 MB of data and know no
 * abbreviation unless filtered by hand as well, while captions need few rules. Where it is unclear
 * the text stays together: two sentences in one translate well, half a sentence does not. */

/* Words before a period that goes on. Titles are followed by a name; the others may end a sentence
 * too, which a capital letter after them tells. */
static const char *const titles[] = {
    "Mr",   "Mrs", "Ms",  "Mx",  "Dr",  "Prof", "St",  "Gen", "Col", "Maj", "Sgt",
    "Capt", "Cpl", "Lt",  "Adm", "Rev", "Hon",  "Gov", "Sen", "Rep", "Fr",  "Messrs",
    "vs",   "eg",  "e.g", "i.e", "cf",  "viz",  "Mt",  "Ft",  "ca",  "al",  NULL,
};
static const char *const abbreviations[] = {
    "etc",    "Inc", "Ltd", "Co",  "Corp", "Bros", "Jr",  "Sr",  "dept", "est",
    "approx", "Jan", "Feb", "Mar", "Apr",  "Jun",  "Jul", "Aug", "Sep",  "Sept",
    "Oct",    "Nov", "Dec", "Ave", "Blvd", "Rd",   "a.m", "p.m", NULL,
};
/* Abbreviations before a number, words otherwise */
static const char *const numbering[] = {"No", "Nos", "Fig", "Figs", "Vol", "Ch", "p", "pp", NULL};

typedef struct {
  const char *begin; /* of the sentence */
  const char *end;   /* of the text */
  gboolean has_capitals;
} Context;

/* ends a sentence where a blank follows */
static gboolean
is_terminator (gunichar c)
{
  return s2s_char_is_one_of (c, ".!?…‼⁇⁈⁉؟۔।");
}

/* ends a sentence by itself: these scripts have no blanks */
static gboolean
is_wide_terminator (gunichar c)
{
  return s2s_char_is_one_of (c, "。！？．｡");
}

static gboolean
is_closer (gunichar c)
{
  return s2s_char_is_one_of (c, "\"'”’»›)]}」』）】》〉］｝〕");
}

static gboolean
is_opener (gunichar c)
{
  return s2s_char_is_one_of (c, "\"'“‘„‚«‹([{「『（【《〈［｛〔¿¡-–—");
}

static const char *
skip (const char *p, const char *end, gboolean (*test) (gunichar c))
{
  while (p < end && test (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  return p;
}

static gboolean
is_in (const char *const *words, const char *word, gsize length)
{
  for (; *words != NULL; words++)
    if (strlen (*words) == length && g_ascii_strncasecmp (*words, word, length) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
has_capitals (const char *text, const char *end)
{
  for (const char *p = text; p < end; p = g_utf8_next_char (p))
    if (g_unichar_isupper (g_utf8_get_char (p)))
      return TRUE;
  return FALSE;
}

/* The word that ends at the period, without what opens it */
static const char *
find_word (const char *begin, const char *period)
{
  const char *word = period;

  while (word > begin) {
    const char *previous = g_utf8_prev_char (word);
    gunichar c = g_utf8_get_char (previous);

    if (g_unichar_isspace (c) || is_opener (c))
      break;
    word = previous;
  }
  return word;
}

static gboolean
is_number (const char *word, const char *end)
{
  return word < end && skip (word, end, g_unichar_isdigit) == end;
}

/* J. of a name, or U.S: single letters with periods between them, the first a capital. I. is not:
 * so much more often it is a word. */
static gboolean
is_initials (const char *word, const char *end)
{
  if (!g_unichar_isupper (s2s_char_at (word, end)) || (end - word == 1 && *word == 'I'))
    return FALSE;
  for (const char *p = word; p < end;) {
    if (!g_unichar_isalpha (g_utf8_get_char (p)))
      return FALSE;
    p = g_utf8_next_char (p);
    if (p < end && *p++ != '.')
      return FALSE;
  }
  return TRUE;
}

/* Whether a single period ends no sentence; next is the first letter or digit behind it. */
static gboolean
is_abbreviation (const Context *self, const char *period, gunichar next)
{
  const char *word = find_word (self->begin, period);
  gsize length = (gsize)(period - word);

  if (is_in (titles, word, length) || is_initials (word, period))
    return TRUE;
  if (is_in (numbering, word, length) && g_unichar_isdigit (next))
    return TRUE;
  if (is_in (abbreviations, word, length) && !g_unichar_isupper (next))
    return TRUE;
  return word == self->begin && length <= 3 && is_number (word, period);
}

/* Whether the sentence ends with the marks [marks, marks_end) and what closes it, up to after */
static gboolean
is_end (const Context *self, const char *marks, const char *marks_end, const char *after)
{
  gunichar first = g_utf8_get_char (marks);
  gboolean is_single = g_utf8_next_char (marks) == marks_end;
  gboolean is_wide = is_wide_terminator (g_utf8_get_char (g_utf8_prev_char (marks_end)));
  gunichar next;

  if (after == self->end)
    return TRUE;
  if (is_wide)
    return first != 0xff0e || !g_unichar_isdigit (g_utf8_get_char (after));
  if (!g_unichar_isspace (g_utf8_get_char (after)))
    return FALSE;

  next = s2s_char_at (skip (skip (after, self->end, g_unichar_isspace), self->end, is_opener),
                      self->end);
  if (first == '.' && is_single && is_abbreviation (self, marks, next))
    return FALSE;
  /* “Stop!” he said … a text without capitals does not tell */
  if (!g_unichar_islower (next) || !self->has_capitals)
    return TRUE;
  return (first == '!' || first == '?') && marks_end == after;
}

static gboolean
is_mark (gunichar c)
{
  return is_terminator (c) || is_wide_terminator (c);
}

/* The end of the sentence that begins at self->begin, closing quotes and brackets included */
static const char *
find_end (const Context *self)
{
  for (const char *p = self->begin; p < self->end;) {
    const char *marks_end, *after;

    if (!is_mark (g_utf8_get_char (p))) {
      p = g_utf8_next_char (p);
      continue;
    }
    marks_end = skip (p, self->end, is_mark);
    after = skip (marks_end, self->end, is_closer);
    if (is_end (self, p, marks_end, after))
      return after;
    p = after;
  }
  return self->end;
}

/* The end without the blanks before it */
static const char *
trim_end (const char *begin, const char *end)
{
  while (end > begin) {
    const char *previous = g_utf8_prev_char (end);

    if (!g_unichar_isspace (g_utf8_get_char (previous)))
      break;
    end = previous;
  }
  return end;
}

/**
 * s2s_sentence_split:
 * @text: valid UTF-8, NUL allowed inside
 * @length: bytes of @text
 * @spans: (element-type S2sSpan): where to append
 *
 * Cuts a text into sentences, in order, without the blanks between them. Nothing but blanks is
 * lost.
 */
void
s2s_sentence_split (const char *text, gsize length, GArray *spans)
{
  Context context = {.end = text + length, .has_capitals = has_capitals (text, text + length)};

  for (const char *p = skip (text, context.end, g_unichar_isspace); p < context.end;
       p = skip (p, context.end, g_unichar_isspace)) {
    context.begin = p;
    p = find_end (&context);

    S2sSpan span = {(gsize)(context.begin - text), (gsize)(trim_end (context.begin, p) - text)};
    g_array_append_val (spans, span);
  }
}

/* Kinds of places to cut, best first */
typedef enum {
  BREAK_CLAUSE,
  BREAK_BLANK,
  BREAK_CHARACTER,
  BREAK_ANY,
  N_BREAKS,
} Break;

static gboolean
is_clause_mark (gunichar c)
{
  return s2s_char_is_one_of (c, ",;:，、；：､،؛—–") || is_mark (c);
}

/* Whether c belongs to the character before it: combining marks, variation selectors, joiners and
 * what they join */
static gboolean
is_joined (gunichar before, gunichar c)
{
  return g_unichar_ismark (c) || c == 0x200d || before == 0x200d;
}

/* What kind of place lies between two scalar values; mark is the last that was no blank or
 * closer. Behind blanks, so that a part begins with a word. */
static Break
classify (gunichar mark, gunichar before, gunichar c)
{
  if (g_unichar_isspace (c) || is_closer (c))
    return is_joined (before, c) ? BREAK_ANY : BREAK_CHARACTER;
  if (g_unichar_isspace (before))
    return is_clause_mark (mark) ? BREAK_CLAUSE : BREAK_BLANK;
  if (is_clause_mark (mark) && mark > 0x7f && !is_clause_mark (c))
    return BREAK_CLAUSE;
  return is_joined (before, c) ? BREAK_ANY : BREAK_CHARACTER;
}

/**
 * s2s_sentence_find_break:
 * @text: valid UTF-8, NUL allowed inside
 * @length: bytes of @text
 *
 * Finds where a sentence that is too long is best cut in two: behind a clause mark in the middle
 * half, else at the blank, else between the characters nearest the middle.
 *
 * Returns: an offset in bytes, more than 0 and less than @length; 0 when there is at most one
 * character
 */
gsize
s2s_sentence_find_break (const char *text, gsize length)
{
  const char *end = text + length;
  gsize best[N_BREAKS] = {0};
  gunichar mark = 0, before = 0;

  for (const char *p = text; p < end; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    gsize offset = (gsize)(p - text);
    Break kind = classify (mark, before, c);

    if (kind == BREAK_CLAUSE && (offset < length / 4 || offset > length - length / 4))
      kind = BREAK_BLANK;
    if (offset > 0 && ABS ((gint64)(2 * offset) - (gint64)length) <
                          ABS ((gint64)(2 * best[kind]) - (gint64)length))
      best[kind] = offset;
    if (!g_unichar_isspace (c) && !is_closer (c))
      mark = c;
    before = c;
  }
  for (Break kind = BREAK_CLAUSE; kind < N_BREAKS; kind++)
    if (best[kind] > 0)
      return best[kind];
  return 0;
}
