/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2schar.h"
#include "gsts2swrap.h"

#include <string.h>

typedef struct {
  const char *name;
  const char *text;
  guint max_line_length;
  guint max_lines;
  const char *wrapped;
} WrapRow;

static const WrapRow wrap_rows[] = {
    {"off", "one two three four five", 0, 0, "one two three four five"},
    {"fits", "one two", 7, 0, "one two"},
    {"one-too-many", "one two", 6, 0, "one\ntwo"},
    {"empty", "", 10, 2, ""},
    {"even", "we will come back after the news", 30, 0, "we will come back\nafter the news"},
    {"no-orphan", "the last word is not left alone", 29, 0, "the last word is\nnot left alone"},
    {"bottom-heavy", "aaa bbb ccc", 10, 0, "aaa\nbbb ccc"},
    {"few-lines", "a b c d e f g h", 7, 0, "a b c d\ne f g h"},
    {"after-a-comma", "I came home early, and you were gone", 30, 0,
     "I came home early,\nand you were gone"},
    {"long-word", "incomprehensibilities", 10, 0, "incompr\nehensib\nilities"},
    {"long-word-among-others", "an incomprehensibility", 12, 0, "an incompre\nhensibility"},
    {"wide", "我们明天再见", 8, 0, "我们明\n天再见"},
    {"wide-fits", "我们明天", 8, 0, "我们明天"},
    {"wide-one-too-many", "我们明天", 7, 0, "我们\n明天"},
    {"closing-punctuation", "明天，再见", 4, 0, "明\n天，\n再见"},
    {"full-stop", "我们再见。", 8, 0, "我们\n再见。"},
    {"opening-bracket", "看《红楼》吧", 6, 0, "看《红\n楼》吧"},
    {"after-chinese-comma", "我昨天很早就回家了，可是你已经走了", 24, 0,
     "我昨天很早就回家了，\n可是你已经走了"},
    {"small-kana", "ちょっと", 6, 0, "ちょっ\nと"},
    {"latin-in-chinese", "我爱GStreamer", 9, 0, "我爱\nGStreamer"},
    {"korean-words", "안녕하세요 여러분", 12, 0, "안녕하세요\n여러분"},
    {"combining-mark", "ne\xcc\x81 ne\xcc\x81", 5, 0, "ne\xcc\x81 ne\xcc\x81"},
    {"mark-stays", "ae\xcc\x81", 1, 0, "a\ne\xcc\x81"},
    {"no-break-space", "10\xc2\xa0km ahead", 6, 0, "10\xc2\xa0km\nahead"},
    {"opening-bracket-goes-on", "我看《红楼》", 6, 0, "我看\n《红\n楼》"},
    {"blanks-around", "  one two  ", 5, 0, "  one\ntwo  "},
    {"two-blanks", "one  two", 4, 0, "one \ntwo"},
    {"line-break-is-a-blank", "one\ntwo three", 20, 0, "one two three"},
    {"max-lines-holds", "one two three", 5, 3, "one\ntwo\nthree"},
    {"max-lines-widens", "one two three four", 5, 2, "one two\nthree four"},
    {"one-line", "one two three four", 5, 1, "one two three four"},
    {"max-lines-alone-short", "one two three four", 0, 2, "one two three four"},
    {"max-lines-alone", "this sentence is somewhat longer than one line can be", 0, 2,
     "this sentence is somewhat\nlonger than one line can be"},
    {"max-lines-widens-chinese", "我们明天再见", 4, 2, "我们明\n天再见"},
};

static void
test_wrap (gconstpointer data)
{
  const WrapRow *row = data;
  g_autofree char *wrapped = gst_s2s_wrap (row->text, row->max_line_length, row->max_lines);

  g_assert_cmpstr (wrapped, ==, row->wrapped);
}

static void
test_whole_start (void)
{
  g_autoptr (GArray) with = gst_s2s_wrap_find_breaks ("- one two", 2, 5, 0);
  g_autoptr (GArray) without = gst_s2s_wrap_find_breaks ("- one two", 0, 3, 0);

  g_assert_cmpuint (with->len, ==, 1);
  g_assert_cmpuint (g_array_index (with, gsize, 0), ==, 5);
  g_assert_cmpuint (without->len, ==, 2);
  g_assert_cmpuint (g_array_index (without, gsize, 0), ==, 1);
}

static char *
make_random_text (GRand *rand)
{
  static const char *const pieces[] = {"a",  "word", " ",  " ",        "  ",        "我",
                                       "们", "，",   "。", "（",       "e\xcc\x81", "-",
                                       "ッ", "12",   "!",  "\xc2\xa0", "한국"};
  GString *text = g_string_new (NULL);
  guint n = g_rand_int_range (rand, 0, 60);

  for (guint i = 0; i < n; i++)
    g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
  return g_string_free (text, FALSE);
}

/* Takes line breaks out again: wrapped is text but for them. */
static gboolean
is_wrapped_from (const char *wrapped, const char *text)
{
  for (; *wrapped != '\0'; wrapped++) {
    if (*wrapped == *text || (*wrapped == '\n' && *text == ' '))
      text++;
    else if (*wrapped != '\n')
      return FALSE;
  }
  return *text == '\0';
}

static guint
measure (const char *line)
{
  guint width = 0;

  for (; *line != '\0'; line = g_utf8_next_char (line))
    width += gst_s2s_char_get_width (g_utf8_get_char (line));
  return width;
}

static void
test_random (void)
{
  for (guint seed = 0; seed < 2000; seed++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
    guint max_line_length = g_rand_int_range (rand, 0, 30);
    guint max_lines = g_rand_int_range (rand, 0, 5);
    g_autofree char *text = make_random_text (rand);
    g_autofree char *wrapped = gst_s2s_wrap (text, max_line_length, max_lines);
    g_auto (GStrv) lines = g_strsplit (wrapped, "\n", -1);
    guint n_lines = g_strv_length (lines);

    g_assert_true (g_utf8_validate (wrapped, -1, NULL));
    g_assert_true (is_wrapped_from (wrapped, text));
    if (max_lines > 0)
      g_assert_cmpuint (n_lines, <=, MAX (max_lines, 1));
    for (guint i = 0; i < n_lines; i++) {
      g_assert_true (n_lines == 1 || *lines[i] != '\0');
      g_strstrip (lines[i]);
      /* Room for a character that is wider than a line. */
      if (max_line_length > 0 && max_lines == 0)
        g_assert_cmpuint (measure (lines[i]), <=, MAX (max_line_length, 2));
    }
  }
}

/* Text that nobody reads as a caption takes no longer than its length asks for. */
static void
test_long_text (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *wrapped = NULL;

  for (guint i = 0; i < 20000; i++)
    g_string_append (text, "word ");
  wrapped = gst_s2s_wrap (text->str, 40, 3);
  g_assert_true (is_wrapped_from (wrapped, text->str));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (wrap_rows); i++) {
    g_autofree char *path = g_strconcat ("/wrap/", wrap_rows[i].name, NULL);

    g_test_add_data_func (path, &wrap_rows[i], test_wrap);
  }
  g_test_add_func ("/wrap/whole-start", test_whole_start);
  g_test_add_func ("/wrap/random", test_random);
  g_test_add_func ("/wrap/long-text", test_long_text);
  return g_test_run ();
}
