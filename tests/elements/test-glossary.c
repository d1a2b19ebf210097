/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sglossary.h"

#include <glib/gstdio.h>
#include <string.h>

/* Writes a file, reads it as a glossary, and removes it. */
static GstS2sGlossary *
read_glossary (const char *content, gsize size, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *path = NULL;
  GstS2sGlossary *glossary;
  int file = g_file_open_tmp ("s2s-glossary-XXXXXX", &path, &failure);

  g_assert_no_error (failure);
  g_close (file, NULL);
  g_file_set_contents (path, content, size, &failure);
  g_assert_no_error (failure);
  glossary = gst_s2s_glossary_new_from_file (path, error);
  g_unlink (path);
  return glossary;
}

/* ---- What is found ---- */

/* Terms are written as [term=target], with nothing after the sign for a term that is copied. */
typedef struct {
  const char *name;
  const char *content;
  const char *text;
  const char *expected;
} FindRow;

static const FindRow find_rows[] = {
    {"one", "Lindow\t林道\n", "We saw Lindow.", "We saw [Lindow=林道]."},
    {"no-end-of-line", "Lindow\t林道", "Lindow", "[Lindow=林道]"},
    {"none", "Lindow\t林道\n", "We saw nobody.", "We saw nobody."},
    {"empty-file", "", "Lindow", "Lindow"},
    {"empty-text", "Lindow\t林道\n", "", ""},
    {"comment", "# Lindow\tx\n#\n\n \t\nLindow\t林道\n", "# Lindow", "# [Lindow=林道]"},
    {"byte-order-mark", "\xef\xbb\xbfLindow\t林道\n", "Lindow", "[Lindow=林道]"},
    {"byte-order-mark-comment", "\xef\xbb\xbf# Lindow\nTarn\t塔恩\n", "Tarn", "[Tarn=塔恩]"},
    {"windows", "Lindow\t林道\r\nTarn\t塔恩\r\n", "Lindow, Tarn", "[Lindow=林道], [Tarn=塔恩]"},
    {"blanks-around", "  Lindow \t 林道  \n", "Lindow", "[Lindow=林道]"},
    {"target-of-words", "kiln\t砖 窑\n", "a kiln", "a [kiln=砖 窑]"},
    {"copy-name", "Lindow\n", "in Lindow", "in [Lindow=Lindow]"},
    {"copy-name-tab", "Lindow\t\n", "in Lindow", "in [Lindow=Lindow]"},
    {"copy-name-of-lower", "Lindow\n", "in lindow", "in [lindow=Lindow]"},
    {"copy-term", "kiln\n", "Kiln and kiln", "[Kiln=] and [kiln=]"},
    {"word-border", "tar\t焦油\n", "tar target guitar tar", "[tar=焦油] target guitar [tar=焦油]"},
    {"border-digit", "tar\t焦油\n", "tar2 2tar tar", "tar2 2tar [tar=焦油]"},
    {"border-mark", "tar\t焦油\n", "“tar”, (tar)-tar's", "“[tar=焦油]”, ([tar=焦油])-[tar=焦油]'s"},
    {"border-accent", "caf\t咖\n", "cafe\xcc\x81 caf\xcc\x81", "cafe\xcc\x81 caf\xcc\x81"},
    {"border-chinese", "Lindow\t林道\n", "在Lindow的河", "在[Lindow=林道]的河"},
    {"name-case", "Apple\t苹果公司\n", "An apple from Apple, APPLE",
     "An apple from [Apple=苹果公司], APPLE"},
    {"name-all-lower", "Apple\t苹果公司\n", "an apple", "an [apple=苹果公司]"},
    {"term-case", "kiln\t窑\n", "Kiln KILN kiln", "[Kiln=窑] [KILN=窑] [kiln=窑]"},
    {"term-case-other", "öl\t油\n", "Öl", "[Öl=油]"},
    {"both-cases", "Polish\t波兰语\npolish\t抛光\n", "Polish polish",
     "[Polish=波兰语] [polish=抛光]"},
    {"both-cases-all-lower", "Polish\t波兰语\npolish\t抛光\n", "polish", "[polish=抛光]"},
    {"phrase", "brick kiln\t砖窑\n", "a brick kiln", "a [brick kiln=砖窑]"},
    {"phrase-blanks", "brick kiln\t砖窑\n", "a brick \n kiln", "a [brick \n kiln=砖窑]"},
    {"phrase-no-blank", "brick kiln\t砖窑\n", "brickkiln brick-kiln", "brickkiln brick-kiln"},
    {"longest", "kiln\t窑\nbrick kiln\t砖窑\nbrick\t砖\n", "brick kiln, kiln, brick",
     "[brick kiln=砖窑], [kiln=窑], [brick=砖]"},
    {"overlap-longest", "old brick\ta\nbrick kiln room\tb\n", "old brick kiln room",
     "old [brick kiln room=b]"},
    {"overlap-first", "red brick\ta\nbrick kit\tb\n", "red brick kit", "[red brick=a] kit"},
    {"overlap-chain", "a b\t1\nb c d\t2\nd e\t3\n", "a b c d e", "a [b c d=2] e"},
    {"beside", "brick\t砖\nkiln\t窑\n", "brick kiln brick", "[brick=砖] [kiln=窑] [brick=砖]"},
    {"chinese", "北京\tBeijing\n", "我在北京住", "我在[北京=Beijing]住"},
    {"chinese-longest", "北京\tBeijing\n北京大学\tPKU\n", "北京大学在北京",
     "[北京大学=PKU]在[北京=Beijing]"},
    {"chinese-twice", "北京\tBeijing\n", "北京北京", "[北京=Beijing][北京=Beijing]"},
    {"japanese", "東京タワー\tTokyo Tower\n", "東京タワーへ", "[東京タワー=Tokyo Tower]へ"},
    {"korean-word", "서울\tSeoul\n", "서울 서울역", "[서울=Seoul] 서울역"},
    {"mark-at-end", "C++\tC加加\n", "In C++ or C", "In [C++=C加加] or C"},
};

static void
test_find (gconstpointer data)
{
  const FindRow *row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstS2sGlossary) glossary = read_glossary (row->content, strlen (row->content), &error);
  g_autoptr (GArray) found = NULL;
  g_autoptr (GString) log = g_string_new (NULL);
  gsize done = 0;

  g_assert_no_error (error);
  found = gst_s2s_glossary_find (glossary, row->text);
  for (guint i = 0; i < found->len; i++) {
    const GstS2sGlossaryMatch *match = &g_array_index (found, GstS2sGlossaryMatch, i);

    g_string_append_len (log, row->text + done, match->start - done);
    g_string_append_c (log, '[');
    g_string_append_len (log, row->text + match->start, match->end - match->start);
    g_string_append_printf (log, "=%s]", match->target ? match->target : "");
    done = match->end;
  }
  g_string_append (log, row->text + done);
  g_assert_cmpstr (log->str, ==, row->expected);
}

/* ---- Errors ---- */

typedef struct {
  const char *name;
  const char *content;
  const char *expected; /* after the path */
} ErrorRow;

static const ErrorRow error_rows[] = {
    {"columns", "# terms\nkiln\t窑\tnoun\n", ":2: got 3 columns, expected a source and a target"},
    {"tabs", "kiln\t窑\t\n", ":1: got 3 columns, expected a source and a target"},
    {"no-source", "kiln\t窑\n\n\t砖\n", ":3: got an empty source, expected a name or a term"},
    {"twice", "kiln\t窑\nbrick\t砖\nkiln \t炉\n",
     ":3: got 'kiln' again, expected it once: it is in line 1"},
    {"not-utf8", "kiln\t窑\ncaf\xe9\t咖啡\n", ":2: got the byte 0xe9, expected UTF-8"},
    {"cut-utf8", "kiln\t\xe7\xaa", ":1: got the byte 0xe7, expected UTF-8"},
};

static void
check_error (const char *content, gsize size, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstS2sGlossary) glossary = read_glossary (content, size, &error);

  g_assert_null (glossary);
  g_assert_error (error, GST_S2S_GLOSSARY_ERROR, GST_S2S_GLOSSARY_ERROR_FORMAT);
  if (!g_str_has_suffix (error->message, expected))
    g_error ("got '%s', expected '…%s'", error->message, expected);
}

static void
test_error (gconstpointer data)
{
  const ErrorRow *row = data;

  check_error (row->content, strlen (row->content), row->expected);
}

static void
test_zero_byte (void)
{
  check_error ("kiln\nbri\0ck\n", 12, ":2: got the byte 0x00, expected UTF-8");
}

static void
test_missing (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (gst_s2s_glossary_new_from_file ("/nonexistent/terms.tsv", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "/nonexistent/terms.tsv: cannot be read, expected"));
}

/* It opens, but cannot be read. */
static void
test_directory (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (gst_s2s_glossary_new_from_file ("/", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR);
}

/* ---- Limits ---- */

static char *
make_entries (guint n)
{
  GString *content = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (content, "term%u\n", i);
  return g_string_free (content, FALSE);
}

static void
test_most_entries (void)
{
  g_autofree char *most = make_entries (10000);
  g_autofree char *more = make_entries (10001);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstS2sGlossary) glossary = read_glossary (most, strlen (most), &error);
  g_autoptr (GArray) found = NULL;

  g_assert_no_error (error);
  found = gst_s2s_glossary_find (glossary, "term9999 term10000 term0");
  g_assert_cmpuint (found->len, ==, 2);
  check_error (more, strlen (more),
               ":10001: got more than 10000 entries, expected at most as many");
}

static void
test_most_bytes (void)
{
  g_autofree char *content = g_malloc (1000001);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstS2sGlossary) glossary = NULL;

  memset (content, '#', 1000001);
  glossary = read_glossary (content, 1000000, &error);
  g_assert_no_error (error);
  check_error (content, 1000001, ": got more than 1000000 bytes, expected at most as many");
}

/* What was found lives as long as the last who holds the glossary. */
static void
test_ref (void)
{
  GstS2sGlossary *glossary = read_glossary ("kiln\t窑\n", strlen ("kiln\t窑\n"), NULL);
  GstS2sGlossary *other = gst_s2s_glossary_ref (glossary);
  g_autoptr (GArray) found = gst_s2s_glossary_find (glossary, "kiln");

  gst_s2s_glossary_unref (glossary);
  g_assert_cmpstr (g_array_index (found, GstS2sGlossaryMatch, 0).target, ==, "窑");
  gst_s2s_glossary_unref (other);
  gst_s2s_glossary_unref (NULL);
}

static void
add_rows (const char *folder, const void *table, gsize n, gsize size, GTestDataFunc test)
{
  for (gsize i = 0; i < n; i++) {
    const void *row = (const char *)table + i * size;
    g_autofree char *path = g_strconcat (folder, *(const char *const *)row, NULL);

    g_test_add_data_func (path, row, test);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_rows ("/glossary/find/", find_rows, G_N_ELEMENTS (find_rows), sizeof find_rows[0], test_find);
  add_rows ("/glossary/error/", error_rows, G_N_ELEMENTS (error_rows), sizeof error_rows[0],
            test_error);
  g_test_add_func ("/glossary/zero-byte", test_zero_byte);
  g_test_add_func ("/glossary/missing", test_missing);
  g_test_add_func ("/glossary/directory", test_directory);
  g_test_add_func ("/glossary/most-entries", test_most_entries);
  g_test_add_func ("/glossary/most-bytes", test_most_bytes);
  g_test_add_func ("/glossary/ref", test_ref);
  return g_test_run ();
}
