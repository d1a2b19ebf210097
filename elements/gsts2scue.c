/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2scue.h"

#include <string.h>

#define OVERRIDE_OPEN "{\\"
#define SPEAKER_CHANGE ">>"

static void
cue_line_free (GstS2sCueLine *line)
{
  g_free (line->lead);
  g_free (line->text);
  g_free (line);
}

/**
 * gst_s2s_cue_read_bytes:
 * @bytes: (array length=size): the content of a buffer
 * @size: bytes
 * @ret_invalid: (out): where the first byte is that is not UTF-8, or @size if all is well
 *
 * Makes text of what a buffer holds. Zero bytes at the end do not belong to the text. Bytes that
 * are not UTF-8, zero bytes inside among them, become U+FFFD each, so that the rest is not lost.
 *
 * Returns: (transfer full): valid UTF-8
 */
char *
gst_s2s_cue_read_bytes (const guint8 *bytes, gsize size, gsize *ret_invalid)
{
  const char *text = (const char *)bytes;
  const char *end = NULL;
  gsize length = size;

  while (length > 0 && text[length - 1] == '\0')
    length--;
  if (length == 0) {
    *ret_invalid = size;
    return g_strdup ("");
  }
  if (g_utf8_validate_len (text, length, &end)) {
    *ret_invalid = size;
    return g_strndup (text, length);
  }
  *ret_invalid = end - text;
  return g_utf8_make_valid (text, length);
}

static const char *
skip_blanks (const char *text)
{
  while (g_unichar_isspace (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);
  return text;
}

/* A dash before words, not the sign of a number. */
static const char *
skip_dash (const char *text)
{
  static const char *const dashes[] = {"-", "‐", "–", "—"};

  for (gsize i = 0; i < G_N_ELEMENTS (dashes); i++) {
    gsize length = strlen (dashes[i]);

    if (!strncmp (text, dashes[i], length) && !strchr ("0123456789-.", text[length]))
      return text + length;
  }
  return text;
}

/* What follows the first of the marks that may precede a line; text itself if there is none. */
static const char *
skip_mark (const char *text)
{
  if (g_str_has_prefix (text, OVERRIDE_OPEN)) {
    const char *close = strchr (text, '}');

    return close ? close + 1 : text;
  }
  if (g_str_has_prefix (text, SPEAKER_CHANGE))
    return text + strlen (SPEAKER_CHANGE);
  return skip_dash (text);
}

static const char *
skip_lead (const char *text)
{
  const char *start;

  do {
    start = skip_blanks (text);
    text = skip_mark (start);
  } while (text != start);
  return start;
}

static gboolean
starts_with_dash (const char *line)
{
  const char *start = skip_blanks (line);

  while (g_str_has_prefix (start, OVERRIDE_OPEN) && skip_mark (start) != start)
    start = skip_blanks (skip_mark (start));
  return skip_dash (start) != start;
}

/* A sound in brackets is a note of the captioner, and a text without letters says the same in every
 * language. */
static gboolean
has_words (const char *text)
{
  gsize length = strlen (text);

  if (text[0] == '[' && strchr (text, ']') == text + length - 1)
    return FALSE;
  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    if (g_unichar_isalpha (g_utf8_get_char (text)))
      return TRUE;
  }
  return FALSE;
}

static GstS2sCueLine *
cue_line_new (const char *text)
{
  GstS2sCueLine *line = g_new0 (GstS2sCueLine, 1);
  const char *start = skip_lead (text);

  line->lead = g_strndup (text, start - text);
  line->text = g_strdup (start);
  line->has_words = has_words (start);
  return line;
}

static gboolean
is_wide (const char *text)
{
  return g_unichar_iswide (g_utf8_get_char (text));
}

/* Scripts that write no blanks between words get none where lines meet. */
static void
append_line (GString *joined, const char *line)
{
  if (joined->len > 0) {
    const char *last = g_utf8_find_prev_char (joined->str, joined->str + joined->len);

    if (!is_wide (last) || !is_wide (line))
      g_string_append_c (joined, ' ');
  }
  g_string_append (joined, line);
}

/* The lines of text that are not blank, without blanks at their ends. */
static GPtrArray *
read_lines (const char *text)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) pieces = g_regex_split_simple ("\\R", text, 0, 0);

  for (char **piece = pieces; *piece; piece++) {
    char *line = g_strdup (skip_blanks (*piece));

    g_strchomp (line);
    if (*line != '\0')
      g_ptr_array_add (lines, line);
    else
      g_free (line);
  }
  return lines;
}

static gboolean
is_dialogue (GPtrArray *lines)
{
  guint n_dashes = 0;

  for (guint i = 0; i < lines->len; i++)
    n_dashes += starts_with_dash (g_ptr_array_index (lines, i));
  return n_dashes > 1 && starts_with_dash (g_ptr_array_index (lines, 0));
}

/**
 * gst_s2s_cue_split:
 * @text: valid UTF-8
 *
 * Takes a cue apart. Its lines are joined, because a line break of a subtitle is not the end of a
 * sentence. Where the first line and others start with a dash, several people speak, and each gets
 * a line of her own. A cue of blanks has no line.
 *
 * Returns: (transfer full) (element-type GstS2sCueLine): the lines
 */
GPtrArray *
gst_s2s_cue_split (const char *text)
{
  GPtrArray *result = g_ptr_array_new_with_free_func ((GDestroyNotify)cue_line_free);
  g_autoptr (GPtrArray) lines = read_lines (text);
  g_autoptr (GString) joined = g_string_new (NULL);
  gboolean dialogue = is_dialogue (lines);

  for (guint i = 0; i < lines->len; i++) {
    const char *line = g_ptr_array_index (lines, i);

    if (dialogue && joined->len > 0 && starts_with_dash (line)) {
      g_ptr_array_add (result, cue_line_new (joined->str));
      g_string_truncate (joined, 0);
    }
    append_line (joined, line);
  }
  if (joined->len > 0)
    g_ptr_array_add (result, cue_line_new (joined->str));
  return result;
}

/**
 * gst_s2s_cue_make_line:
 * @text: valid UTF-8, as a model says it
 *
 * Makes one line of it, without blanks at its ends: an empty line would end the cue in WebVTT.
 *
 * Returns: (transfer full): the line, "" if there is nothing
 */
char *
gst_s2s_cue_make_line (const char *text)
{
  return g_strstrip (g_strdelimit (g_strdup (text), "\r\n", ' '));
}
