/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2schar.h"

#define ZERO_WIDTH_JOINER 0x200d
#define PROLONGED_SOUND 0x30fc

/* Small kana, which belong to the one before. */
static const char small_kana[] = "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶー々ゝゞヽヾ";

/* Ends of a clause, after which a reader rests. */
static const char clause_ends[] = ",.;:!?…—–)]}，。．！？、；：）】〕》〉」』”’｡､";

/**
 * gst_s2s_char_is_unspaced:
 * @c: a character
 *
 * Returns: whether it is of a script that writes no blanks between words, or of the punctuation of
 * one: Chinese and Japanese. Korean writes blanks.
 */
gboolean
gst_s2s_char_is_unspaced (gunichar c)
{
  if ((c >= 0x3000 && c <= 0x303f) || c == PROLONGED_SOUND)
    return TRUE;
  switch (g_unichar_get_script (c)) {
  case G_UNICODE_SCRIPT_HAN:
  case G_UNICODE_SCRIPT_HIRAGANA:
  case G_UNICODE_SCRIPT_KATAKANA:
  case G_UNICODE_SCRIPT_BOPOMOFO:
  case G_UNICODE_SCRIPT_YI:
    return TRUE;
  default:
    return g_unichar_iswide (c) && g_unichar_ispunct (c);
  }
}

/**
 * gst_s2s_char_get_width:
 * @c: a character
 *
 * Returns: columns: 0 for a mark that stands on the character before it, 2 for a wide one, else 1
 */
guint
gst_s2s_char_get_width (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;
  return g_unichar_iswide (c) ? 2 : 1;
}

/**
 * gst_s2s_char_joins:
 * @before: a character
 * @after: the one that follows
 *
 * Returns: whether a reader sees both as one, so that text is never cut between them
 */
gboolean
gst_s2s_char_joins (gunichar before, gunichar after)
{
  return g_unichar_ismark (after) || g_unichar_iszerowidth (after) || before == ZERO_WIDTH_JOINER;
}

static gboolean
starts_no_line (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_CLOSE_PUNCTUATION:
  case G_UNICODE_FINAL_PUNCTUATION:
  case G_UNICODE_OTHER_PUNCTUATION:
  case G_UNICODE_DASH_PUNCTUATION:
    return TRUE;
  default:
    return g_utf8_strchr (small_kana, -1, c) != NULL;
  }
}

static gboolean
ends_no_line (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_OPEN_PUNCTUATION:
  case G_UNICODE_INITIAL_PUNCTUATION:
  case G_UNICODE_CURRENCY_SYMBOL:
    return TRUE;
  default:
    return c == '"' || c == '\'';
  }
}

/**
 * gst_s2s_char_may_break:
 * @before: a character
 * @after: the one that follows
 *
 * Returns: whether a line may end between two characters without a blank: next to Chinese or
 * Japanese, but not before what closes, nor after what opens
 */
gboolean
gst_s2s_char_may_break (gunichar before, gunichar after)
{
  if (!gst_s2s_char_is_unspaced (before) && !gst_s2s_char_is_unspaced (after))
    return FALSE;
  if (gst_s2s_char_joins (before, after) || g_unichar_isspace (after))
    return FALSE;
  if (g_unichar_isspace (before) && !gst_s2s_char_is_unspaced (before))
    return FALSE;
  return !starts_no_line (after) && !ends_no_line (before);
}

/**
 * gst_s2s_char_ends_clause:
 * @c: a character
 *
 * Returns: whether a part of a sentence ends with it, so that it is a good place to break
 */
gboolean
gst_s2s_char_ends_clause (gunichar c)
{
  return c != 0 && g_utf8_strchr (clause_ends, -1, c) != NULL;
}

/**
 * gst_s2s_char_skip_blanks:
 * @text: valid UTF-8
 *
 * Returns: (transfer none): the first character that is no blank, of any script; the end if there
 *   is none
 */
const char *
gst_s2s_char_skip_blanks (const char *text)
{
  while (g_unichar_isspace (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);
  return text;
}
