/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2smarkup.h"

#include <string.h>

/* Text with more tags than this is read without them: crossing ones take quadratic room. */
#define MAX_SPANS 256

/* What Pango knows; of any other tag it says that the whole text is wrong. */
static const char *const known_tags[] = {"b",   "big",   "i",  "s", "span", "sub",
                                         "sup", "small", "tt", "u", NULL};

typedef struct {
  GString *text;
  GArray *spans; /* GstS2sSpan */
  GArray *open;  /* guint: the span of each element that is open, or G_MAXUINT if it has none */
} Reader;

static void
span_clear (GstS2sSpan *span)
{
  g_free (span->open);
  g_free (span->close);
}

/**
 * gst_s2s_spans_new:
 *
 * Returns: (transfer full) (element-type GstS2sSpan): an array that owns its tags
 */
GArray *
gst_s2s_spans_new (void)
{
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (GstS2sSpan));

  g_array_set_clear_func (spans, (GDestroyNotify)span_clear);
  return spans;
}

/**
 * gst_s2s_spans_add:
 * @spans: (element-type GstS2sSpan): spans
 * @start: first byte
 * @end: first byte after
 * @like: a span whose tags are copied
 */
void
gst_s2s_spans_add (GArray *spans, gsize start, gsize end, const GstS2sSpan *like)
{
  GstS2sSpan span = {start, end, g_strdup (like->open), g_strdup (like->close)};

  g_array_append_val (spans, span);
}

static char *
make_open_tag (const char *name, const char *const *names, const char *const *values)
{
  GString *tag = g_string_new ("<");

  g_string_append (tag, name);
  if (!strcmp (name, "span")) {
    for (gsize i = 0; names[i]; i++) {
      g_autofree char *value = g_markup_escape_text (values[i], -1);

      g_string_append_printf (tag, " %s=\"%s\"", names[i], value);
    }
  }
  g_string_append_c (tag, '>');
  return g_string_free (tag, FALSE);
}

static void
start_element (GMarkupParseContext *context, const char *name, const char **names,
               const char **values, gpointer user_data, GError **error)
{
  Reader *self = user_data;
  guint index = G_MAXUINT;

  if (g_strv_contains (known_tags, name)) {
    GstS2sSpan span = {self->text->len, 0, NULL, NULL};

    span.open = make_open_tag (name, names, values);
    span.close = g_strdup_printf ("</%s>", name);
    index = self->spans->len;
    g_array_append_val (self->spans, span);
  }
  g_array_append_val (self->open, index);
}

static void
end_element (GMarkupParseContext *context, const char *name, gpointer user_data, GError **error)
{
  Reader *self = user_data;
  guint index = g_array_index (self->open, guint, self->open->len - 1);

  g_array_set_size (self->open, self->open->len - 1);
  if (index != G_MAXUINT)
    g_array_index (self->spans, GstS2sSpan, index).end = self->text->len;
}

static void
append_text (GMarkupParseContext *context, const char *text, gsize length, gpointer user_data,
             GError **error)
{
  Reader *self = user_data;

  g_string_append_len (self->text, text, length);
}

static gboolean
read_markup (Reader *self, const char *markup)
{
  static const GMarkupParser parser = {start_element, end_element, append_text, NULL, NULL};
  g_autoptr (GMarkupParseContext) context =
      g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, self, NULL);

  g_string_truncate (self->text, 0);
  g_array_set_size (self->spans, 0);
  g_array_set_size (self->open, 0);
  return g_markup_parse_context_parse (context, "<markup>", -1, NULL) &&
         g_markup_parse_context_parse (context, markup, -1, NULL) &&
         g_markup_parse_context_parse (context, "</markup>", -1, NULL) &&
         g_markup_parse_context_end_parse (context, NULL);
}

static char *
escape_bare_ampersands (const char *markup)
{
  g_autoptr (GRegex) bare =
      g_regex_new ("&(?!(amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);)", 0, 0, NULL);

  return g_regex_replace_literal (bare, markup, -1, 0, "&amp;", 0, NULL);
}

static void
remove_empty_spans (GArray *spans)
{
  for (guint i = spans->len; i-- > 0;) {
    const GstS2sSpan *span = &g_array_index (spans, GstS2sSpan, i);

    if (span->start >= span->end)
      g_array_remove_index (spans, i);
  }
}

/**
 * gst_s2s_markup_parse:
 * @markup: Pango markup, valid UTF-8
 * @ret_spans: (out) (transfer full) (optional) (element-type GstS2sSpan): what is around which
 * text, in the order of the tags: outer ones come first
 *
 * Takes tags and text apart and reads the entities. A tag that Pango does not know goes without a
 * span, and so do the tags of text that has more than any reader would see. A bare `&` means
 * itself. What is not well formed otherwise is plain text that somebody called markup: it stays as
 * it is, without spans.
 *
 * Returns: (transfer full): text without markup
 */
char *
gst_s2s_markup_parse (const char *markup, GArray **ret_spans)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) spans = gst_s2s_spans_new ();
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint));
  Reader reader = {text, spans, open};
  gboolean well_formed = read_markup (&reader, markup);

  if (!well_formed && strchr (markup, '&')) {
    g_autofree char *escaped = escape_bare_ampersands (markup);

    well_formed = escaped && read_markup (&reader, escaped);
  }
  if (!well_formed) {
    g_string_assign (text, markup);
    g_array_set_size (spans, 0);
  }
  remove_empty_spans (spans);
  if (spans->len > MAX_SPANS)
    g_array_set_size (spans, 0);
  if (ret_spans)
    *ret_spans = g_steal_pointer (&spans);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* No more than text between tags needs: simple readers of WebVTT know no other entities. */
static void
append_escaped (GString *markup, const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++) {
    switch (text[i]) {
    case '&':
      g_string_append (markup, "&amp;");
      break;
    case '<':
      g_string_append (markup, "&lt;");
      break;
    case '>':
      g_string_append (markup, "&gt;");
      break;
    default:
      g_string_append_c (markup, text[i]);
    }
  }
}

static gsize
find_code_point (const char *text, gsize at)
{
  while (at > 0 && ((guchar)text[at] & 0xc0) == 0x80)
    at--;
  return at;
}

static gboolean
spans_contain (const GArray *spans, const GstS2sSpan *span)
{
  for (guint i = 0; i < spans->len; i++) {
    const GstS2sSpan *other = &g_array_index (spans, GstS2sSpan, i);

    if (other->start == span->start && other->end == span->end && !strcmp (other->open, span->open))
      return TRUE;
  }
  return FALSE;
}

static int
compare_spans (gconstpointer a, gconstpointer b)
{
  const GstS2sSpan *left = a;
  const GstS2sSpan *right = b;

  if (left->start != right->start)
    return left->start < right->start ? -1 : 1;
  if (left->end != right->end)
    return left->end > right->end ? -1 : 1;
  return 0;
}

/* Those that can be shown, on code points, each once, outer ones first. The tags are borrowed. */
static GArray *
order_spans (const char *text, const GArray *spans)
{
  GArray *ordered = g_array_new (FALSE, FALSE, sizeof (GstS2sSpan));
  gsize length = strlen (text);

  for (guint i = 0; spans && i < spans->len; i++) {
    GstS2sSpan span = g_array_index (spans, GstS2sSpan, i);

    span.start = find_code_point (text, MIN (span.start, length));
    span.end = find_code_point (text, MIN (span.end, length));
    if (span.start < span.end && span.open && span.close && !spans_contain (ordered, &span))
      g_array_append_val (ordered, span);
  }
  g_array_sort (ordered, compare_spans); /* stable, so that outer tags stay outside */
  return ordered;
}

/* Closes what ends at a byte. Spans that cross it end too, and begin again after it. */
static void
close_spans (GString *markup, GPtrArray *open, gsize at)
{
  g_autoptr (GPtrArray) again = g_ptr_array_new ();
  guint first = 0;

  while (first < open->len && ((GstS2sSpan *)g_ptr_array_index (open, first))->end != at)
    first++;
  while (open->len > first) {
    GstS2sSpan *span = g_ptr_array_steal_index (open, open->len - 1);

    g_string_append (markup, span->close);
    if (span->end != at)
      g_ptr_array_insert (again, 0, span);
  }
  for (guint i = 0; i < again->len; i++) {
    GstS2sSpan *span = g_ptr_array_index (again, i);

    g_string_append (markup, span->open);
    g_ptr_array_add (open, span);
  }
}

static gsize
find_next_border (const GArray *ordered, guint next, GPtrArray *open, gsize length)
{
  gsize border = length;

  if (next < ordered->len)
    border = g_array_index (ordered, GstS2sSpan, next).start;
  for (guint i = 0; i < open->len; i++) {
    const GstS2sSpan *span = g_ptr_array_index (open, i);

    border = MIN (border, span->end);
  }
  return border;
}

static char *
write_markup (const char *text, const GArray *ordered)
{
  GString *markup = g_string_new (NULL);
  g_autoptr (GPtrArray) open = g_ptr_array_new ();
  gsize length = strlen (text);
  gsize at = 0;
  guint next = 0;

  while (TRUE) {
    gsize border;

    close_spans (markup, open, at);
    for (; next < ordered->len && g_array_index (ordered, GstS2sSpan, next).start == at; next++) {
      GstS2sSpan *span = &g_array_index (ordered, GstS2sSpan, next);

      g_string_append (markup, span->open);
      g_ptr_array_add (open, span);
    }
    if (at == length)
      return g_string_free (markup, FALSE);
    border = find_next_border (ordered, next, open, length);
    append_escaped (markup, text + at, border - at);
    at = border;
  }
}

static gboolean
reads_as (const char *markup, const char *text)
{
  g_autoptr (GString) back = g_string_new (NULL);
  g_autoptr (GArray) spans = gst_s2s_spans_new ();
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint));
  Reader reader = {back, spans, open};

  return read_markup (&reader, markup) && !strcmp (back->str, text);
}

/**
 * gst_s2s_markup_render:
 * @text: valid UTF-8
 * @spans: (nullable) (element-type GstS2sSpan): tags around parts of it
 *
 * Puts tags around text and escapes it. Whatever the spans are, the result is well formed: parts
 * outside of the text are cut off, code points are not split, and where two spans cross, one ends
 * early and begins again. What does not read back as @text is rendered without tags.
 *
 * Returns: (transfer full): Pango markup that shows @text
 */
char *
gst_s2s_markup_render (const char *text, const GArray *spans)
{
  g_autoptr (GArray) ordered = order_spans (text, spans && spans->len <= MAX_SPANS ? spans : NULL);
  g_autofree char *markup = write_markup (text, ordered);

  if (ordered->len == 0 || reads_as (markup, text))
    return g_steal_pointer (&markup);
  g_array_set_size (ordered, 0);
  return write_markup (text, ordered);
}

/**
 * gst_s2s_markup_to_text:
 * @markup: Pango markup, valid UTF-8
 *
 * Returns: (transfer full): text without markup, as of gst_s2s_markup_parse()
 */
char *
gst_s2s_markup_to_text (const char *markup)
{
  return gst_s2s_markup_parse (markup, NULL);
}
