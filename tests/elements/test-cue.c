/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2scue.h"

#include <string.h>

typedef struct {
  const char *name;
  const char *cue;
  const char *lines; /* lead|text of each, "!" before those without words, "/" between them */
} SplitRow;

static const SplitRow split_rows[] = {
    {"one-line", "Hello there.", "|Hello there."},
    {"line-break-joins", "We will be back\nafter the news.", "|We will be back after the news."},
    {"crlf", "One\r\ntwo", "|One two"},
    {"trailing-newline", "Hello\n", "|Hello"},
    {"blanks-around", "  Hello \n  you \n", "|Hello you"},
    {"line-of-blanks", "Hello\n \nyou", "|Hello you"},
    {"chinese-joins-without-blank", "我们明天\n再见", "|我们明天再见"},
    {"chinese-then-latin", "我们明天\nOK", "|我们明天 OK"},
    {"dialogue", "- Are you there?\n- Yes.", "- |Are you there?/- |Yes."},
    {"dialogue-of-three", "-One\n-Two\n-Three", "-|One/-|Two/-|Three"},
    {"dialogue-continued", "- I do not\nthink so.\n- Why?", "- |I do not think so./- |Why?"},
    {"dialogue-en-dash", "– Yes.\n— No.", "– |Yes./— |No."},
    {"one-dash", "- Only one speaks\nin two lines.", "- |Only one speaks in two lines."},
    {"dash-in-second-line", "Wait\n- please", "|Wait - please"},
    {"negative-numbers", "-5 degrees\n-7 tomorrow", "|-5 degrees -7 tomorrow"},
    {"position", "{\\an8}Look up!", "{\\an8}|Look up!"},
    {"position-and-dialogue", "{\\an8}- Up?\n- Up!", "{\\an8}- |Up?/- |Up!"},
    {"open-brace", "{\\an8 look", "|{\\an8 look"},
    {"speaker-change", ">> Good evening.", ">> |Good evening."},
    {"speaker-change-and-dash", ">> - Good evening.", ">> - |Good evening."},
    {"music", "♪", "!|♪"},
    {"sound", "[DOOR SLAMS]", "!|[DOOR SLAMS]"},
    {"sound-and-words", "[DOOR SLAMS] Go! [SHOUTS]", "|[DOOR SLAMS] Go! [SHOUTS]"},
    {"numbers", "10:30", "!|10:30"},
    {"only-dashes", "--", "!|--"},
    {"a-dash", "-", "!|-"},
    {"empty", "", ""},
    {"blanks", " \t\n \r\n", ""},
};

static char *
describe (GPtrArray *lines)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++) {
    const GstS2sCueLine *line = g_ptr_array_index (lines, i);

    g_string_append_printf (text, "%s%s%s|%s", i > 0 ? "/" : "", line->has_words ? "" : "!",
                            line->lead, line->text);
  }
  return g_string_free (text, FALSE);
}

static void
test_split (gconstpointer data)
{
  const SplitRow *row = data;
  g_autoptr (GstS2sCue) cue = gst_s2s_cue_new (row->cue, FALSE);
  g_autofree char *described = describe (cue->lines);

  g_assert_cmpstr (described, ==, row->lines);
}

typedef struct {
  const char *name;
  const char *bytes;
  gsize size;
  const char *text;
  gsize invalid;
} ReadRow;

static const ReadRow read_rows[] = {
    {"plain", "Hello", 5, "Hello", 5},
    {"not-terminated", "Hello, you", 5, "Hello", 5},
    {"zero-at-the-end", "Hello\0\0", 7, "Hello", 7},
    {"zero-inside", "He\0llo", 6, "He\xef\xbf\xbdllo", 2},
    {"latin-1", "caf\xe9s", 5, "caf\xef\xbf\xbds", 3},
    {"cut-code-point", "\xe4\xbd\xa0\xe5\xa5", 5, "\xe4\xbd\xa0\xef\xbf\xbd\xef\xbf\xbd", 3},
    {"nothing", "", 0, "", 0},
    {"only-zeros", "\0\0", 2, "", 2},
};

static void
test_read (gconstpointer data)
{
  const ReadRow *row = data;
  /* A copy of the very size, so that a checker sees a read beyond it. */
  g_autofree guint8 *bytes = g_memdup2 (row->bytes, row->size);
  gsize invalid = G_MAXSIZE;
  g_autofree char *text = gst_s2s_cue_read_bytes (bytes, row->size, &invalid);

  g_assert_cmpstr (text, ==, row->text);
  g_assert_cmpuint (invalid, ==, row->invalid);
}

static void
test_make_line (void)
{
  g_autofree char *line = gst_s2s_cue_make_line (" One\n\r\ntwo \n");
  g_autofree char *nothing = gst_s2s_cue_make_line ("\n ");

  g_assert_cmpstr (line, ==, "One   two");
  g_assert_cmpstr (nothing, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (split_rows); i++) {
    g_autofree char *path = g_strconcat ("/cue/split/", split_rows[i].name, NULL);

    g_test_add_data_func (path, &split_rows[i], test_split);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (read_rows); i++) {
    g_autofree char *path = g_strconcat ("/cue/read/", read_rows[i].name, NULL);

    g_test_add_data_func (path, &read_rows[i], test_read);
  }
  g_test_add_func ("/cue/make-line", test_make_line);
  return g_test_run ();
}
