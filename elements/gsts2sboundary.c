/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sboundary.h"

#include "gsts2schar.h"

#include <string.h>

#define MAX_WORD 24 /* bytes; no word of our tables is longer */

/* Marks that end a sentence. */
static const char ends[] = ".!?…。！？｡।॥؟۔‼⁇⁈⁉";
static const char wide_ends[] = "。！？｡";
/* What may stand between such a mark and the end of the sentence. */
static const char closers[] = "\"'”’)]}»›」』）】》〉";
static const char openers[] = "\"'“‘([{«‹「『（【《〈¿¡";
static const char clause_ends[] = ",;:—–，；：、､،؛";

/* Nobody ends a sentence with these. */
static const char *const titles[] = {
    "mr",   "mrs",    "ms",  "dr",  "prof", "st",   "sgt",  "capt",   "gen", "lt", "col",
    "rev",  "sen",    "rep", "gov", "hon",  "pres", "vs",   "e.g",    "i.e", "cf", "fig",
    "dept", "messrs", "mt",  "ft",  "adm",  "maj",  "supt", "approx", NULL,
};
/* These stand at the end of a sentence as well as inside. */
static const char *const shortened[] = {
    "etc", "inc", "ltd", "co",  "corp", "jr",  "sr",   "bros", "est", "jan", "feb",
    "mar", "apr", "jun", "jul", "aug",  "sep", "sept", "oct",  "nov", "dec", "mon",
    "tue", "wed", "thu", "fri", "sat",  "sun", "ave",  "blvd", "rd",  "al",  NULL,
};
static const char *const starters[] = {
    "the",  "a",     "an",    "it",    "he",    "she",    "they", "we",  "you", "i",   "this",
    "that", "these", "those", "there", "but",   "and",    "so",   "in",  "on",  "at",  "if",
    "when", "what",  "who",   "where", "why",   "how",    "then", "now", "his", "her", "its",
    "my",   "our",   "your",  "their", "after", "before", "as",   "for", "no",  "yes", "not",
    "it's", "i'm",   "he's",  "she's", "let's", "do",     "did",  "is",  "are", "was", NULL,
};
static const char *const conjunctions[] = {
    "and",      "but",   "or",    "so",    "because", "then",  "which",
    "that",     "who",   "when",  "if",    "while",   "where", "though",
    "although", "since", "until", "after", "before",  "as",    NULL,
};

static gboolean
is_one_of (const char *text, const char *set)
{
  gunichar c = g_utf8_get_char (text);

  return c != 0 && g_utf8_strchr (set, -1, c);
}

static gboolean
is_blank (const char *text)
{
  return g_unichar_isspace (g_utf8_get_char (text));
}

static const char *
skip (const char *text, const char *set)
{
  while (is_one_of (text, set))
    text = g_utf8_next_char (text);
  return text;
}

static const char *
skip_blanks (const char *text)
{
  while (is_blank (text))
    text = g_utf8_next_char (text);
  return text;
}

/* Whether the bytes from word to end are in list, whatever their case. */
static gboolean
is_listed (const char *const *list, const char *word, const char *end)
{
  char copy[MAX_WORD];
  gsize length = end - word;

  if (length == 0 || length >= sizeof copy)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    copy[i] = g_ascii_tolower (word[i]);
  copy[length] = '\0';
  return g_strv_contains (list, copy);
}

static const char *
find_word_end (const char *word)
{
  const char *end = word;

  while (g_unichar_isalnum (g_utf8_get_char (end)) || (*end == '\'' && g_ascii_isalpha (end[1])))
    end = g_utf8_next_char (end);
  return end;
}

static gboolean
starts_listed (const char *const *list, const char *text)
{
  return is_listed (list, text, find_word_end (text));
}

/* Where the word starts that ends at end; no farther back than text. */
static const char *
find_word_start (const char *text, const char *end)
{
  const char *start = end;

  while (start > text) {
    const char *before = g_utf8_find_prev_char (text, start);

    if (is_blank (before) || is_one_of (before, openers) || is_one_of (before, clause_ends))
      break;
    start = before;
  }
  return start;
}

static gboolean
is_number (const char *word, const char *end)
{
  while (word < end && g_ascii_isdigit (*word))
    word++;
  return word == end;
}

/* What a single full stop says that follows the word from word to end. */
static GstS2sBoundary
classify_full_stop (const char *text, const char *word, const char *end, const char *next)
{
  gsize length = end - word;

  if (is_listed (titles, word, end))
    return GST_S2S_BOUNDARY_NONE;
  if (is_listed (shortened, word, end))
    return GST_S2S_BOUNDARY_IF_UPPER;
  if (length == 2 && !g_ascii_strncasecmp (word, "no", 2) && g_ascii_isdigit (*next))
    return GST_S2S_BOUNDARY_NONE;
  /* The number of a list, not that of "I have 3." */
  if (length > 0 && word == text && is_number (word, end))
    return GST_S2S_BOUNDARY_NONE;
  if (length == 1 && g_ascii_isupper (*word) && *word != 'I')
    return GST_S2S_BOUNDARY_IF_STARTER;
  if (length <= 8 && memchr (word, '.', length) && g_ascii_isalpha (*word))
    return GST_S2S_BOUNDARY_IF_STARTER;
  return GST_S2S_BOUNDARY_END;
}

/* What the marks from mark to after say; closed: quotes or brackets stand between after and next.
 */
static GstS2sBoundary
classify (const char *text, const char *mark, const char *after, const char *close,
          const char *next)
{
  gboolean closed = close > after;

  if (is_one_of (mark, wide_ends)) {
    gboolean goes_on = closed && *close != '\0' && !is_blank (close);

    return goes_on && !g_str_has_prefix (mark, "。") ? GST_S2S_BOUNDARY_NONE : GST_S2S_BOUNDARY_END;
  }
  if (*close != '\0' && !is_blank (close))
    return GST_S2S_BOUNDARY_NONE;
  if (g_str_has_prefix (mark, "…") || g_str_has_prefix (mark, ".."))
    return GST_S2S_BOUNDARY_IF_UPPER;
  if (closed && g_unichar_islower (g_utf8_get_char (next)))
    return GST_S2S_BOUNDARY_NONE;
  if (*mark == '.' && after == mark + 1 && !closed)
    return classify_full_stop (text, find_word_start (text, mark), mark, next);
  return GST_S2S_BOUNDARY_END;
}

/**
 * gst_s2s_boundary_find:
 * @text: valid UTF-8, one line
 * @ret_boundary: (out): what is at the returned place
 *
 * Finds the first place where a sentence of @text ends, or where the text does. English
 * abbreviations, decimal numbers and names as `example.org` end none.
 *
 * Returns: after the marks and the quotes that belong to the sentence; the end of @text if no
 * sentence ends before
 */
const char *
gst_s2s_boundary_find (const char *text, GstS2sBoundary *ret_boundary)
{
  const char *p = text;

  while (*p != '\0') {
    const char *after = skip (p, ends);
    const char *close;
    const char *next;
    GstS2sBoundary boundary;

    if (after == p) {
      p = g_utf8_next_char (p);
      continue;
    }
    close = skip (after, closers);
    next = skip_blanks (close);
    boundary = classify (text, p, after, close, next);
    if (*next == '\0') {
      *ret_boundary = boundary;
      return close;
    }
    if (gst_s2s_boundary_decide (boundary, next)) {
      *ret_boundary = GST_S2S_BOUNDARY_END;
      return close;
    }
    p = after;
  }
  *ret_boundary = GST_S2S_BOUNDARY_NONE;
  return p;
}

/**
 * gst_s2s_boundary_decide:
 * @boundary: at the end of a text
 * @next: the text that follows, not empty
 *
 * Returns: whether a sentence ends between the two
 */
gboolean
gst_s2s_boundary_decide (GstS2sBoundary boundary, const char *next)
{
  gunichar c;

  next = skip (next, openers);
  c = g_utf8_get_char (next);
  switch (boundary) {
  case GST_S2S_BOUNDARY_NONE:
    return FALSE;
  case GST_S2S_BOUNDARY_END:
    return TRUE;
  case GST_S2S_BOUNDARY_IF_UPPER:
    return g_unichar_isalpha (c) && !g_unichar_islower (c);
  case GST_S2S_BOUNDARY_IF_STARTER:
    return g_unichar_isupper (c) && starts_listed (starters, next);
  }
  g_assert_not_reached ();
}

/**
 * gst_s2s_boundary_is_clause_end:
 * @text: valid UTF-8
 *
 * Returns: whether @text ends with a comma or its like, or with a mark that ends sentences
 */
gboolean
gst_s2s_boundary_is_clause_end (const char *text)
{
  const char *last = g_utf8_find_prev_char (text, text + strlen (text));

  while (last && is_one_of (last, closers))
    last = g_utf8_find_prev_char (text, last);
  return last && (is_one_of (last, clause_ends) || is_one_of (last, ends));
}

/**
 * gst_s2s_boundary_is_conjunction:
 * @text: valid UTF-8
 *
 * Returns: whether @text starts with an English word that starts a clause
 */
gboolean
gst_s2s_boundary_is_conjunction (const char *text)
{
  return starts_listed (conjunctions, text);
}

static gboolean
starts_with_name (const char *text)
{
  const char *end = text;

  while (g_unichar_isupper (g_utf8_get_char (end)) || *end == ' ' || g_ascii_isdigit (*end))
    end = g_utf8_next_char (end);
  return g_unichar_isupper (g_utf8_get_char (text)) && end - text > 1 && end[0] == ':' &&
         (end[1] == ' ' || end[1] == '\0');
}

/**
 * gst_s2s_boundary_is_new_speaker:
 * @text: a line, valid UTF-8
 *
 * Returns: whether @text starts with `>>`, with a dash before a word, or with a name as in `ANN:`
 */
gboolean
gst_s2s_boundary_is_new_speaker (const char *text)
{
  static const char *const dashes[] = {"-", "‐", "–"};

  if (g_str_has_prefix (text, ">>") || starts_with_name (text))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (dashes); i++) {
    if (g_str_has_prefix (text, dashes[i])) {
      const char *word = skip (skip_blanks (text + strlen (dashes[i])), openers);

      return g_unichar_isalpha (g_utf8_get_char (word));
    }
  }
  return FALSE;
}

/**
 * gst_s2s_boundary_is_note:
 * @text: a line, valid UTF-8
 *
 * Returns: whether @text is a sound as in `[MUSIC]`, or a line of a song as in `♪ la ♪`
 */
gboolean
gst_s2s_boundary_is_note (const char *text)
{
  if (g_str_has_prefix (text, "♪") || g_str_has_prefix (text, "♫"))
    return TRUE;
  return text[0] == '[' && strchr (text, ']') == text + strlen (text) - 1;
}

static gboolean
is_wide_punctuation (gunichar c)
{
  return (c >= 0x3001 && c <= 0x303f) || (c >= 0xff01 && c <= 0xff0f) ||
         (c >= 0xff1a && c <= 0xff20);
}

/* Korean has wide letters, but blanks between words. */
static gboolean
writes_no_blanks (gunichar c)
{
  switch (g_unichar_get_script (c)) {
  case G_UNICODE_SCRIPT_HAN:
  case G_UNICODE_SCRIPT_HIRAGANA:
  case G_UNICODE_SCRIPT_KATAKANA:
  case G_UNICODE_SCRIPT_BOPOMOFO:
  case G_UNICODE_SCRIPT_THAI:
  case G_UNICODE_SCRIPT_LAO:
  case G_UNICODE_SCRIPT_KHMER:
  case G_UNICODE_SCRIPT_MYANMAR:
    return TRUE;
  default:
    return is_wide_punctuation (c);
  }
}

/* Whether nothing but marks that end something is in text, or it is the end of a word as `'s`. */
static gboolean
is_suffix (const char *text)
{
  if (text[0] == '\'' && g_ascii_isalpha (text[1]))
    return strlen (text) <= 3;
  if (!g_ascii_strcasecmp (text, "n't"))
    return TRUE;
  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    if (*text == '"' ||
        (!is_one_of (text, ends) && !is_one_of (text, ",;:%") && !is_one_of (text, closers)))
      return FALSE;
  }
  return TRUE;
}

/**
 * gst_s2s_boundary_needs_blank:
 * @before: a text without blanks at its ends, valid UTF-8
 * @after: the text that follows, likewise
 *
 * Returns: whether a blank joins the two: neither inside Chinese, Japanese, Thai and their like,
 * nor before a mark that is a text of its own
 */
gboolean
gst_s2s_boundary_needs_blank (const char *before, const char *after)
{
  const char *end = g_utf8_find_prev_char (before, before + strlen (before));
  gunichar last;
  gunichar first = g_utf8_get_char (after);

  if (!end || first == 0 || is_suffix (after))
    return FALSE;
  last = g_utf8_get_char (end);
  if (is_wide_punctuation (last) || is_wide_punctuation (first))
    return FALSE;
  return !writes_no_blanks (last) || !writes_no_blanks (first);
}

/**
 * gst_s2s_boundary_append:
 * @text: what was said, without blanks at its ends; may be empty
 * @more: what follows, likewise
 *
 * Joins the two.
 */
void
gst_s2s_boundary_append (GString *text, const char *more)
{
  if (gst_s2s_boundary_needs_blank (text->str, more))
    g_string_append_c (text, ' ');
  g_string_append (text, more);
}

/**
 * gst_s2s_boundary_stands_alone:
 * @line: a line
 *
 * Returns: whether it goes on with nothing that was said before: a sound, a song, another speaker
 */
gboolean
gst_s2s_boundary_stands_alone (const char *line)
{
  return gst_s2s_boundary_is_note (line) || gst_s2s_boundary_is_new_speaker (line);
}

/**
 * gst_s2s_boundary_split_lines:
 * @text: a cue, valid UTF-8
 *
 * Returns: (transfer full) (element-type utf8): the lines of a cue without blanks at their ends;
 *   those that go on are joined, because a line break ends no sentence
 */
GPtrArray *
gst_s2s_boundary_split_lines (const char *text)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) line = g_string_new (NULL);
  g_auto (GStrv) pieces = g_regex_split_simple ("\\R", text, 0, 0);

  for (char **piece = pieces; *piece; piece++) {
    g_autofree char *stripped = g_strchomp (g_strdup (gst_s2s_char_skip_blanks (*piece)));

    if (*stripped == '\0')
      continue;
    if (line->len > 0 &&
        (gst_s2s_boundary_stands_alone (stripped) || gst_s2s_boundary_is_note (line->str))) {
      g_ptr_array_add (lines, g_strdup (line->str));
      g_string_truncate (line, 0);
    }
    gst_s2s_boundary_append (line, stripped);
  }
  if (line->len > 0)
    g_ptr_array_add (lines, g_strdup (line->str));
  return lines;
}
