/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2slines.h"

#include <string.h>

typedef struct {
  const char *name;
  const char *chunks[6];
  const char *expected; /* each line and "|", then what draining gives */
} LinesRow;

static const LinesRow rows[] = {
    {"one", {"hello\n"}, "hello|"},
    {"not-ended", {"hello"}, "hello"},
    {"two-in-one", {"a\nb\n"}, "a|b|"},
    {"pieces", {"he", "llo", "\nyo", "u\n"}, "hello|you|"},
    {"empty-line", {"a\n\nb\n"}, "a||b|"},
    {"windows", {"a\r\nb\r", "\nc\r\n"}, "a|b|c|"},
    {"return-inside", {"a\rb\n"}, "a\rb|"},
    {"inside-letter", {"\xe4\xbd", "\xa0\xe5", "\xa5\xbd\n"}, "你好|"},
    {"byte-order-mark",
     {"\xef\xbb\xbf"
      "a\n"},
     "a|"},
    {"byte-order-mark-pieces",
     {"\xef", "\xbb",
      "\xbf"
      "a\n"},
     "a|"},
    {"mark-inside",
     {"a\n\xef\xbb\xbf"
      "b\n"},
     "a|\xef\xbb\xbf"
     "b|"},
    {"nothing", {""}, ""},
};

static void
append_line (GString *log, GBytes *line)
{
  gsize size;
  const char *data = g_bytes_get_data (line, &size);

  g_string_append_len (log, data, size);
  g_bytes_unref (line);
}

static void
test_row (gconstpointer data)
{
  const LinesRow *row = data;
  g_auto (GstS2sLines) lines = {0};
  g_autoptr (GString) log = g_string_new (NULL);
  GBytes *line;

  for (gsize i = 0; i < G_N_ELEMENTS (row->chunks) && row->chunks[i]; i++) {
    gst_s2s_lines_push (&lines, (const guint8 *)row->chunks[i], strlen (row->chunks[i]));
    while ((line = gst_s2s_lines_pop (&lines))) {
      append_line (log, line);
      g_string_append_c (log, '|');
    }
  }
  line = gst_s2s_lines_drain (&lines);
  if (line)
    append_line (log, line);
  g_assert_cmpstr (log->str, ==, row->expected);
}

/* A source that never ends its line does not fill the memory, and no letter is torn. */
static void
test_endless (void)
{
  g_auto (GstS2sLines) lines = {0};
  gsize popped = 0;
  GBytes *line;

  for (guint i = 0; i < 100000; i++)
    gst_s2s_lines_push (&lines, (const guint8 *)"雨", strlen ("雨"));
  while ((line = gst_s2s_lines_pop (&lines))) {
    gsize size;
    const char *data = g_bytes_get_data (line, &size);

    g_assert_cmpuint (size, <=, 65536);
    g_assert_true (g_utf8_validate (data, size, NULL));
    popped += size;
    g_bytes_unref (line);
  }
  g_assert_cmpuint (popped, >, 300000 - 65537);
}

/* Of a line of n bytes, and one after it. */
static void
check_length (gsize n, const gsize *expected, gsize n_expected)
{
  g_auto (GstS2sLines) lines = {0};
  g_autofree guint8 *bytes = g_malloc (n + 3);
  GBytes *line;
  gsize i = 0;

  memset (bytes, 'a', n + 3);
  bytes[n] = '\n';
  bytes[n + 2] = '\n';
  gst_s2s_lines_push (&lines, bytes, n + 3);
  for (; (line = gst_s2s_lines_pop (&lines)); i++) {
    g_assert_cmpuint (i, <, n_expected);
    g_assert_cmpuint (g_bytes_get_size (line), ==, expected[i]);
    g_bytes_unref (line);
  }
  g_assert_cmpuint (i, ==, n_expected);
}

static void
test_longest (void)
{
  static const gsize whole[] = {65536, 1};
  static const gsize cut[] = {65536, 1, 1};

  check_length (65536, whole, G_N_ELEMENTS (whole));
  check_length (65537, cut, G_N_ELEMENTS (cut));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = g_strconcat ("/lines/", rows[i].name, NULL);

    g_test_add_data_func (path, &rows[i], test_row);
  }
  g_test_add_func ("/lines/endless", test_endless);
  g_test_add_func ("/lines/longest", test_longest);
  return g_test_run ();
}
