/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-sentence.h"

#include <string.h>

/* The sentences of a text, joined with “|” */
static char *
split (const char *text, gsize length)
{
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (S2sSpan));
  GString *joined = g_string_new (NULL);

  s2s_sentence_split (text, length, spans);
  for (guint i = 0; i < spans->len; i++) {
    const S2sSpan *span = &g_array_index (spans, S2sSpan, i);

    g_assert_cmpuint (span->end, <=, length);
    g_string_append_printf (joined, "%s", i > 0 ? "|" : "");
    g_string_append_len (joined, text + span->start, (gssize)(span->end - span->start));
  }
  return g_string_free (joined, FALSE);
}

static const struct {
  const char *text;
  const char *expected;
} splits[] = {
    {"", ""},
    {" \n\t　", ""},
    {"Hello", "Hello"},
    {"  Hello.  ", "Hello."},
    {"It rains. We wait. ", "It rains.|We wait."},
    {"Who is there? Nobody! Well, then…  We go.", "Who is there?|Nobody!|Well, then…|We go."},
    {"Really?! Yes!!! So.", "Really?!|Yes!!!|So."},
    {"it rains. we wait. who knows?", "it rains.|we wait.|who knows?"},
    {"One\nline and another. A\n\nthird.", "One\nline and another.|A\n\nthird."},
    /* abbreviations, initials, numbers */
    {"Dr. Brown met Mrs. Green. They spoke.", "Dr. Brown met Mrs. Green.|They spoke."},
    {"Bread, milk, etc. are there. Bread, etc. Then we left.",
     "Bread, milk, etc. are there.|Bread, etc.|Then we left."},
    {"Take fruit, e.g. Apples. Good.", "Take fruit, e.g. Apples.|Good."},
    {"J. R. Miller wrote it. So did I. You too.", "J. R. Miller wrote it.|So did I.|You too."},
    {"The U.S. Army came at 5 p.m. on Monday.", "The U.S. Army came at 5 p.m. on Monday."},
    {"We ate at 5 p.m. Then we slept.", "We ate at 5 p.m.|Then we slept."},
    {"See No. 5 on p. 12. No. I will not.", "See No. 5 on p. 12.|No.|I will not."},
    {"It costs 3.50 euros. Pi is 3.14159.", "It costs 3.50 euros.|Pi is 3.14159."},
    {"1. Wash it. 2. Dry it.", "1. Wash it.|2. Dry it."},
    {"It was in 1999. We were young.", "It was in 1999.|We were young."},
    {"Write to me at example.org or call.", "Write to me at example.org or call."},
    {"Well... maybe. Well... Maybe.", "Well... maybe.|Well...|Maybe."},
    /* quotes and brackets */
    {"“Stop!” he said. “Why?” She left.", "“Stop!” he said.|“Why?”|She left."},
    {"\"Stop!\" he said. \"Go.\" She left.", "\"Stop!\" he said.|\"Go.\"|She left."},
    {"(It rained.) We waited (a while).", "(It rained.)|We waited (a while)."},
    {"He saw it. “Look.”", "He saw it.|“Look.”"},
    {"- Hello!\n- Good day.", "- Hello!|- Good day."},
    /* other scripts */
    {"你好，世界！我们走吧。好", "你好，世界！|我们走吧。|好"},
    {"他说：“走吧！”然后就走了。", "他说：“走吧！”|然后就走了。"},
    {"「行きますか？」「はい。」", "「行きますか？」|「はい。」"},
    {"真的吗？！真的……不知道。", "真的吗？！|真的……不知道。"},
    {"价格是３．５０元。", "价格是３．５０元。"},
    {"هل هذا صحيح؟ نعم.", "هل هذا صحيح؟|نعم."},
    {"यह घर है। वह पेड़ है।", "यह घर है।|वह पेड़ है।"},
};

static void
test_split (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (splits); i++) {
    g_autofree char *got = split (splits[i].text, strlen (splits[i].text));

    g_assert_cmpstr (got, ==, splits[i].expected);
  }
}

static void
test_split_nul (void)
{
  static const char text[] = "One\0two. Three.";
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (S2sSpan));

  s2s_sentence_split (text, sizeof text - 1, spans);
  g_assert_cmpuint (spans->len, ==, 2);
  g_assert_cmpuint (g_array_index (spans, S2sSpan, 0).end, ==, 8);
  g_assert_cmpuint (g_array_index (spans, S2sSpan, 1).start, ==, 9);
}

/* Where each text is cut, as “|” */
static const struct {
  const char *text;
  const char *expected;
} breaks[] = {
    {"We went home early, because it began to rain.",
     "We went home early, |because it began to rain."},
    {"Yes, we went home early because it rained a lot.",
     "Yes, we went home early |because it rained a lot."},
    {"one two three", "one two |three"},
    {"one    two", "one    |two"},
    {"ab", "a|b"},
    {"因为下雨了，所以我们回家了", "因为下雨了，|所以我们回家了"},
    {"猫狗猫狗", "猫狗|猫狗"},
    {"他说：“好，”然后走了", "他说：“好，”|然后走了"},
    {"ee\xcc\x81"
     "ee",
     "ee\xcc\x81|ee"},
};

static void
test_break (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (breaks); i++) {
    const char *text = breaks[i].text;
    gsize offset = s2s_sentence_find_break (text, strlen (text));
    g_autofree char *got = g_strdup_printf ("%.*s|%s", (gint)offset, text, text + offset);

    g_assert_cmpstr (got, ==, breaks[i].expected);
  }
  g_assert_cmpuint (s2s_sentence_find_break ("", 0), ==, 0);
  g_assert_cmpuint (s2s_sentence_find_break ("a", 1), ==, 0);
  g_assert_cmpuint (s2s_sentence_find_break ("😀", 4), ==, 0);
}

/* Any text can be cut again and again, at characters, until each is alone. */
static void
cut (const char *text, gsize length)
{
  gsize offset = s2s_sentence_find_break (text, length);

  if (offset == 0) {
    g_assert_cmpuint (length, ==, (gsize)(g_utf8_next_char (text) - text));
    return;
  }
  g_assert_cmpuint (offset, <, length);
  g_assert_true (g_utf8_validate_len (text, offset, NULL) || memchr (text, '\0', offset) != NULL);
  cut (text, offset);
  cut (text + offset, length - offset);
}

static void
test_break_all (void)
{
  static const char *const texts[] = {
      "We went home, because it began to rain; nobody had an umbrella.",
      "，，，，，，，，",
      "    ",
      "，我们走吧，好吗",
      "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
      "👩\xe2\x80\x8d👩\xe2\x80\x8d👧",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    cut (texts[i], strlen (texts[i]));
  cut ("a\0b \0", 5);
}

/* A long text takes no more than linear time. */
static void
test_long (void)
{
  static const char *const units[] = {"a", "a.", "a. ", ". ", "é,", " ", "。", "\"", "A.B."};

  for (gsize i = 0; i < G_N_ELEMENTS (units); i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (S2sSpan));

    while (text->len < 256 * 1024)
      g_string_append (text, units[i]);
    s2s_sentence_split (text->str, text->len, spans);
    g_assert_cmpuint (spans->len == 0, ==, g_str_equal (units[i], " "));
    g_assert_cmpuint (s2s_sentence_find_break (text->str, text->len), >, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sentence/split", test_split);
  g_test_add_func ("/sentence/split-nul", test_split_nul);
  g_test_add_func ("/sentence/break", test_break);
  g_test_add_func ("/sentence/break-all", test_break_all);
  g_test_add_func ("/sentence/long", test_long);
  return g_test_run ();
}
