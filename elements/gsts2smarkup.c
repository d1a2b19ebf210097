/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2smarkup.h"

static void
append_text (GMarkupParseContext *context, const gchar *text, gsize length, gpointer user_data,
             GError **error)
{
  g_string_append_len (user_data, text, length);
}

/**
 * gst_s2s_markup_to_text:
 * @markup: Pango markup, valid UTF-8
 *
 * Drops the tags and reads the entities. What is not well formed, as a bare `&`, is plain text that
 * somebody called markup, and stays as it is.
 *
 * Returns: (transfer full): text without markup
 */
char *
gst_s2s_markup_to_text (const char *markup)
{
  static const GMarkupParser parser = {.text = append_text};
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GMarkupParseContext) context =
      g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, text, NULL);

  if (!g_markup_parse_context_parse (context, "<markup>", -1, NULL) ||
      !g_markup_parse_context_parse (context, markup, -1, NULL) ||
      !g_markup_parse_context_parse (context, "</markup>", -1, NULL) ||
      !g_markup_parse_context_end_parse (context, NULL))
    return g_strdup (markup);
  return g_strdup (text->str);
}

/**
 * gst_s2s_markup_from_text:
 * @text: valid UTF-8
 *
 * Escapes no more than text between tags needs: simple readers of WebVTT know no other entities.
 *
 * Returns: (transfer full): Pango markup that shows @text
 */
char *
gst_s2s_markup_from_text (const char *text)
{
  GString *markup = g_string_new (text);

  g_string_replace (markup, "&", "&amp;", 0);
  g_string_replace (markup, "<", "&lt;", 0);
  g_string_replace (markup, ">", "&gt;", 0);
  return g_string_free (markup, FALSE);
}
