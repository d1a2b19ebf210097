/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2scue.h"

#include "gsts2schar.h"
#include "gsts2smarkup.h"

#include <string.h>

#define OVERRIDE_OPEN "{\\"
#define SPEAKER_CHANGE ">>"

/* A name before a colon is no longer than these, else it is a sentence in capitals. */
#define MAX_NAME_WORDS 3
#define MAX_NAME_CHARACTERS 40

/* A line of the cue, and where it begins in the line that it is joined to. */
typedef struct {
  char *text;
  gsize start; /* in the cue */
  gsize at;
} Piece;

static void
cue_line_free (GstS2sCueLine *line)
{
  g_free (line->lead);
  g_free (line->text);
  g_array_unref (line->spans);
  g_free (line);
}

static void
piece_free (Piece *piece)
{
  g_free (piece->text);
  g_free (piece);
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
    return text + strspn (text, ">");
  return skip_dash (text);
}

static gboolean
is_name_character (gunichar c)
{
  return g_unichar_isupper (c) || g_unichar_isdigit (c) || g_unichar_ismark (c) ||
         (c < 0x80 ? c != 0 && strchr (" .'-#&", (int)c) != NULL : c == 0x2019);
}

/* The speaker in capitals before a colon and a blank: `ANNA:`, `MAN 2 (ON RADIO):`. */
static const char *
skip_name (const char *text)
{
  const char *at = text;
  guint n_words = 1;

  if (!g_unichar_isupper (g_utf8_get_char (text)))
    return text;
  for (guint i = 0; i < MAX_NAME_CHARACTERS && *at != ':'; i++) {
    const char *close = *at == '(' ? strchr (at, ')') : NULL;

    if (!close && !is_name_character (g_utf8_get_char (at)))
      return text;
    n_words += *at == ' ' && at[1] != '(';
    at = close ? close + 1 : g_utf8_next_char (at);
  }
  if (*at != ':' || n_words > MAX_NAME_WORDS)
    return text;
  at++;
  return *at == '\0' || g_unichar_isspace (g_utf8_get_char (at)) ? at : text;
}

static const char *
skip_lead (const char *text)
{
  const char *start;
  gboolean named = FALSE;

  do {
    start = skip_blanks (text);
    text = skip_mark (start);
    if (text == start && !named) {
      text = skip_name (start);
      named = TRUE;
    }
  } while (text != start);
  return start;
}

static const char *
skip_overrides (const char *text)
{
  text = skip_blanks (text);
  while (g_str_has_prefix (text, OVERRIDE_OPEN) && skip_mark (text) != text)
    text = skip_blanks (skip_mark (text));
  return text;
}

static gboolean
starts_with_dash (const char *line)
{
  const char *start = skip_overrides (line);

  return skip_dash (start) != start;
}

static gboolean
starts_with_name (const char *line)
{
  const char *start = skip_overrides (line);

  return skip_name (start) != start;
}

/* What follows a sound in brackets, or in capitals in parentheses; text itself if there is none. */
static const char *
skip_sound (const char *text)
{
  static const char *const brackets[][2] = {{"[", "]"}, {"(", ")"}, {"（", "）"}, {"【", "】"}};
  gboolean upper = FALSE;
  const char *close = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (brackets) && !close; i++) {
    if (g_str_has_prefix (text, brackets[i][0]))
      close = strstr (text, brackets[i][1]);
  }
  if (!close || *text == '[')
    return close ? close + 1 : text;
  for (const char *at = text; at < close; at = g_utf8_next_char (at)) {
    if (g_unichar_islower (g_utf8_get_char (at)))
      return text;
    upper = upper || g_unichar_isupper (g_utf8_get_char (at));
  }
  return upper ? g_utf8_next_char (close) : text;
}

static gboolean
is_note (const char *text)
{
  gunichar c = g_utf8_get_char (text);

  return c >= 0x2669 && c <= 0x266c;
}

/* What is sung between notes, a sound that the captioner notes, and a text without letters stay. */
static gboolean
has_words (const char *text)
{
  const char *last = g_utf8_find_prev_char (text, text + strlen (text));

  if (last && last != text && is_note (text) && is_note (last))
    return FALSE;
  while (*text != '\0') {
    const char *after = skip_sound (text);

    if (after == text && g_unichar_isalpha (g_utf8_get_char (text)))
      return TRUE;
    text = after != text ? after : g_utf8_next_char (text);
  }
  return FALSE;
}

static gboolean
is_line_break (gunichar c)
{
  return (c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* The lines of text that are not blank, without blanks at their ends. */
static GPtrArray *
read_pieces (const char *text)
{
  GPtrArray *pieces = g_ptr_array_new_with_free_func ((GDestroyNotify)piece_free);
  const char *at = text;

  while (*at != '\0') {
    const char *start = at = skip_blanks (at);

    while (*at != '\0' && !is_line_break (g_utf8_get_char (at)))
      at = g_utf8_next_char (at);
    if (at > start) {
      Piece *piece = g_new0 (Piece, 1);

      piece->text = g_strchomp (g_strndup (start, at - start));
      piece->start = start - text;
      g_ptr_array_add (pieces, piece);
    }
  }
  return pieces;
}

/* Whether each piece begins a line of its own: 0 for one that goes on. */
static gboolean *
find_speakers (GPtrArray *pieces)
{
  gboolean *starts = g_new0 (gboolean, pieces->len + 1);
  gboolean dashes = FALSE;
  gboolean names = FALSE;

  for (guint i = 0; i < pieces->len; i++) {
    const char *line = ((Piece *)g_ptr_array_index (pieces, i))->text;
    gboolean change = g_str_has_prefix (skip_overrides (line), SPEAKER_CHANGE);

    if (i == 0) {
      dashes = starts_with_dash (line);
      names = change || starts_with_name (line);
    }
    starts[i] = i == 0 || change || (dashes && starts_with_dash (line)) ||
                (names && starts_with_name (line));
  }
  return starts;
}

/* Scripts that write no blanks between words get none where lines meet. */
static void
join_piece (GString *joined, Piece *piece)
{
  if (joined->len > 0) {
    const char *last = g_utf8_find_prev_char (joined->str, joined->str + joined->len);

    if (!gst_s2s_char_is_unspaced (g_utf8_get_char (last)) ||
        !gst_s2s_char_is_unspaced (g_utf8_get_char (piece->text)))
      g_string_append_c (joined, ' ');
  }
  piece->at = joined->len;
  g_string_append (joined, piece->text);
}

static gboolean
is_blank (const char *text, gsize start, gsize end)
{
  const char *at = text + start;

  while (at < text + end && g_unichar_isspace (g_utf8_get_char (at)))
    at = g_utf8_next_char (at);
  return at >= text + end;
}

/* A tag that ends with a line and begins again with the next goes around both. */
static gboolean
extend_span (GArray *spans, const char *joined, gsize start, gsize end, const char *open)
{
  for (guint i = 0; i < spans->len; i++) {
    GstS2sSpan *span = &g_array_index (spans, GstS2sSpan, i);

    if (span->end <= start && !strcmp (span->open, open) && is_blank (joined, span->end, start)) {
      span->end = end;
      return TRUE;
    }
  }
  return FALSE;
}

/* Where a span of the cue is in pieces that have been joined; FALSE if it is in none of them. */
static gboolean
place_span (const GstS2sSpan *span, Piece *const *pieces, guint n, gsize *ret_start, gsize *ret_end)
{
  gboolean found = FALSE;

  for (guint i = 0; i < n; i++) {
    gsize first = pieces[i]->start;
    gsize start = MAX (span->start, first);
    gsize end = MIN (span->end, first + strlen (pieces[i]->text));

    if (start >= end)
      continue;
    if (!found)
      *ret_start = start - first + pieces[i]->at;
    *ret_end = end - first + pieces[i]->at;
    found = TRUE;
  }
  return found;
}

static GstS2sCueLine *
cue_line_new (Piece *const *pieces, guint n, const GArray *spans)
{
  GstS2sCueLine *line = g_new0 (GstS2sCueLine, 1);
  g_autoptr (GString) joined = g_string_new (NULL);
  const char *text;

  for (guint i = 0; i < n; i++)
    join_piece (joined, pieces[i]);
  text = skip_lead (joined->str);
  line->lead = g_strndup (joined->str, text - joined->str);
  line->text = g_strdup (text);
  line->has_words = has_words (text);
  line->spans = gst_s2s_spans_new ();
  for (guint i = 0; i < spans->len; i++) {
    const GstS2sSpan *span = &g_array_index (spans, GstS2sSpan, i);
    gsize start = 0;
    gsize end = 0;

    if (place_span (span, pieces, n, &start, &end) &&
        !extend_span (line->spans, joined->str, start, end, span->open))
      gst_s2s_spans_add (line->spans, start, end, span);
  }
  return line;
}

/**
 * gst_s2s_cue_new:
 * @text: valid UTF-8
 * @markup: whether @text is Pango markup
 *
 * Takes a cue apart. Its lines are joined, because a line break of a subtitle is not the end of a
 * sentence. Where several people speak, each gets a line of her own: where a line starts with `>>`,
 * and where the first line and others start with a dash, or with a name in capitals and a colon.
 *
 * Returns: (transfer full): the cue
 */
GstS2sCue *
gst_s2s_cue_new (const char *text, gboolean markup)
{
  GstS2sCue *self = g_new0 (GstS2sCue, 1);
  g_autoptr (GArray) spans = NULL;
  g_autofree char *plain = markup ? gst_s2s_markup_parse (text, &spans) : g_strdup (text);
  g_autoptr (GPtrArray) pieces = read_pieces (plain);
  g_autofree gboolean *starts = find_speakers (pieces);
  guint first = 0;

  if (!spans)
    spans = gst_s2s_spans_new ();
  self->lines = g_ptr_array_new_with_free_func ((GDestroyNotify)cue_line_free);
  for (guint i = 1; i <= pieces->len; i++) {
    if (i == pieces->len || starts[i]) {
      g_ptr_array_add (self->lines,
                       cue_line_new ((Piece **)pieces->pdata + first, i - first, spans));
      first = i;
    }
  }
  return self;
}

/**
 * gst_s2s_cue_free:
 * @self: (nullable): a cue
 */
void
gst_s2s_cue_free (GstS2sCue *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->lines);
  g_free (self);
}

/**
 * gst_s2s_cue_count_characters:
 * @text: valid UTF-8
 *
 * Counts what a viewer reads. A Chinese character counts one, as a Latin letter does: reading speed
 * is set for the language.
 *
 * Returns: code points, less line breaks, marks on other characters, and those that show nothing
 */
guint
gst_s2s_cue_count_characters (const char *text)
{
  guint n = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    gunichar c = g_utf8_get_char (text);

    n += !is_line_break (c) && !g_unichar_ismark (c) && !g_unichar_iszerowidth (c);
  }
  return n;
}

/**
 * gst_s2s_cue_choose_readable:
 * @texts: (array length=n): what a cue could say, the best first
 * @n: number of texts
 * @longest: whether of those that can be read the longest is wanted, else the best
 * @duration_ns: how long it is shown, in nanoseconds; %G_MAXUINT64 if nobody knows
 * @max_cps: characters a second that a viewer reads, 0 for no limit
 *
 * Returns: the index of the text, the first of several as long; 0, the best, where none can be read
 * in the time, and without a limit or a duration
 */
guint
gst_s2s_cue_choose_readable (const char *const *texts, guint n, gboolean longest,
                             guint64 duration_ns, double max_cps)
{
  double room = max_cps * (double)duration_ns / 1e9;
  guint best = 0;
  guint best_length = 0;

  if (!(max_cps > 0) || duration_ns == G_MAXUINT64)
    return 0;
  for (guint i = 0; i < n; i++) {
    guint length = gst_s2s_cue_count_characters (texts[i]);

    if (length > room || length <= best_length)
      continue;
    if (!longest)
      return i;
    best = i;
    best_length = length;
  }
  return best;
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
