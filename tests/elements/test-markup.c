/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2smarkup.h"

typedef struct {
  const char *name;
  const char *markup;
  const char *text;
} MarkupRow;

static const MarkupRow to_text_rows[] = {
    {"plain", "Good evening.", "Good evening."},
    {"tags", "Good <i>evening</i>, <b><u>all</u></b>.", "Good evening, all."},
    {"attributes", "<span color=\"#ff0000\" size='large'>red</span>", "red"},
    {"entities", "3 &lt; 4 &amp;&amp; 5 &gt; 4, &quot;yes&quot;, it&apos;s",
     "3 < 4 && 5 > 4, \"yes\", it's"},
    {"numeric-entities", "&#9834; &#x266a;", "♪ ♪"},
    {"line-break", "one\n<i>two\nthree</i>", "one\ntwo\nthree"},
    {"bare-ampersand", "Fish & chips", "Fish & chips"},
    {"bare-less-than", "3 < 4", "3 < 4"},
    {"not-closed", "<i>so", "<i>so"},
    {"not-opened", "so</i>", "so</i>"},
    {"empty", "", ""},
};

static void
test_to_text (gconstpointer data)
{
  const MarkupRow *row = data;
  g_autofree char *text = gst_s2s_markup_to_text (row->markup);

  g_assert_cmpstr (text, ==, row->text);
}

static void
test_from_text (void)
{
  g_autofree char *markup = gst_s2s_markup_render ("3 < 4 & \"<i>\"", NULL);

  g_assert_cmpstr (markup, ==, "3 &lt; 4 &amp; \"&lt;i&gt;\"");
}

static void
test_round_trip (void)
{
  const char *text = "<b>&amp; 'AT&T' > \"你好\"\n♪";
  g_autofree char *markup = gst_s2s_markup_render (text, NULL);
  g_autofree char *back = gst_s2s_markup_to_text (markup);

  g_assert_cmpstr (back, ==, text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (to_text_rows); i++) {
    g_autofree char *path = g_strconcat ("/markup/to-text/", to_text_rows[i].name, NULL);

    g_test_add_data_func (path, &to_text_rows[i], test_to_text);
  }
  g_test_add_func ("/markup/from-text", test_from_text);
  g_test_add_func ("/markup/round-trip", test_round_trip);
  return g_test_run ();
}
