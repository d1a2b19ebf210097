/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2salign.h"

#include <string.h>

/* Words of a sentence that are told apart by "|", each with the number of the source word that
 * explains it after a "=": "我=0|爱=1". The source words are of ten bytes. */
#define SOURCE_WORD 10

static GArray *
read_alignment (const char *described, GString *translation)
{
  GArray *alignment = g_array_new (FALSE, FALSE, sizeof (GstS2sAligned));
  g_auto (GStrv) words = g_strsplit (described, "|", -1);

  for (char **word = words; *word; word++) {
    char *number = strrchr (*word, '=');
    GstS2sAligned piece = {.start = translation->len};

    if (number)
      *number = '\0';
    g_string_append (translation, *word);
    if (!number)
      continue;
    piece.end = translation->len;
    piece.source_start = g_ascii_strtoull (number + 1, NULL, 10) * SOURCE_WORD;
    piece.source_end = piece.source_start + SOURCE_WORD;
    g_array_append_val (alignment, piece);
  }
  return alignment;
}

typedef struct {
  const char *name;
  const char *words;
  gsize source_ends[5]; /* in words; 0 ends them */
  const char *parts;
} CutRow;

static const CutRow cut_rows[] = {
    {"one-part", "你=0|好=1", {2}, "你好"},
    {"chinese", "我=0|们=0|明天=1|再见=2", {1, 2, 3}, "我们|明天|再见"},
    {"whole-pieces", "今天=0|很好=1", {1, 2}, "今天|很好"},
    {"words-with-blanks", "good=0| |old=1| |friends=2", {2, 3}, "good old |friends"},
    {"not-inside-a-word", "under=0|stand=1| |me=2", {1, 3}, "|understand me"},
    {"majority-of-a-word", "understand=0|ing=1| |me=2", {1, 3}, "understanding |me"},
    {"stray-piece", "a=0| |b=0| |c=1| |ddd=0| |eee=1", {1, 2}, "a b c ddd |eee"},
    {"reordered", "B=1| |A=0| |C=2| |D=3", {2, 4}, "B A |C D"},
    {"prefers-a-comma", "我=0|来=0|了=1|，|你=1|走了=1", {1, 2}, "我来了，|你走了"},
    {"comma-is-not-worth-more", "我=0|来=0|了=1|都=1|，|你=1", {1, 2}, "我来|了都，你"},
    {"punctuation-stays", "好=0|。|走=1", {1, 2}, "好。|走"},
    {"part-without-words", "好=0|的=0|走=2", {1, 2, 3}, "好的||走"},
    {"first-part-gets-nothing", "走=1|吧=1", {1, 2}, "|走吧"},
    {"last-part-gets-nothing", "走=0|吧=0", {1, 2}, "走吧|"},
    {"by-shares", "one two three four", {2, 4}, "one two |three four"},
    {"by-shares-uneven", "aaa bbb ccc ddd", {1, 4}, "aaa |bbb ccc ddd"},
    {"by-shares-chinese", "我们明天就再见吧", {1, 2}, "我们明天|就再见吧"},
    {"by-shares-near-a-comma", "我们走了，明天再见吧", {1, 2}, "我们走了，|明天再见吧"},
    {"by-shares-one-word", "hello", {1, 4}, "|hello"},
    {"nothing", "", {1, 2, 3}, "||"},
};

static char *
join_parts (const char *text, const gsize *ends, gsize n)
{
  GString *joined = g_string_new (NULL);
  gsize start = 0;

  for (gsize i = 0; i < n; i++) {
    g_string_append_printf (joined, "%s%.*s", i > 0 ? "|" : "", (int)(ends[i] - start),
                            text + start);
    start = ends[i];
  }
  return g_string_free (joined, FALSE);
}

static void
test_cut (gconstpointer data)
{
  const CutRow *row = data;
  g_autoptr (GString) translation = g_string_new (NULL);
  g_autoptr (GArray) alignment = read_alignment (row->words, translation);
  gsize source_ends[G_N_ELEMENTS (row->source_ends)];
  g_autofree gsize *ends = NULL;
  g_autofree char *parts = NULL;
  gsize n = 0;

  for (; n < G_N_ELEMENTS (source_ends) && row->source_ends[n] > 0; n++)
    source_ends[n] = row->source_ends[n] * SOURCE_WORD;
  ends = gst_s2s_align_cut (translation->str, alignment, source_ends, n);
  parts = join_parts (translation->str, ends, n);
  g_assert_cmpstr (parts, ==, row->parts);
}

typedef struct {
  const char *name;
  const char *words;
  gsize start; /* source bytes */
  gsize end;
  const char *found; /* NULL if there is no run */
} FindRow;

static const FindRow find_rows[] = {
    {"first", "我=0|爱=1|你=2", 0, 10, "我"},
    {"middle", "我=0|爱=1|你=2", 10, 20, "爱"},
    {"two", "我=0|爱=1|你=2", 10, 30, "爱你"},
    {"all", "我=0|爱=1|你=2", 0, 30, "我爱你"},
    {"nothing", "我=0|你=2", 10, 20, NULL},
    {"broken", "别=0|走=1|了=0", 0, 10, NULL},
    {"reordered", "book=1| |red=0", 0, 10, "red"},
    {"unaligned-between", "very=0| |good=0| |day=1", 0, 10, "very good"},
    {"blanks-cut-off", " good =0| day=1", 0, 10, "good"},
    {"whole-words", "inter=0|net=1| |now=2", 0, 10, "internet"},
    {"half-of-a-word", "good=0| |day=1", 0, 5, NULL},
    {"most-of-a-word", "good=0| |day=1", 0, 6, "good"},
    {"no-alignment", "good day", 0, 10, NULL},
};

static void
test_find (gconstpointer data)
{
  const FindRow *row = data;
  g_autoptr (GString) translation = g_string_new (NULL);
  g_autoptr (GArray) alignment = read_alignment (row->words, translation);
  g_autofree char *found = NULL;
  gsize start = 0;
  gsize end = 0;

  if (gst_s2s_align_find (translation->str, alignment, row->start, row->end, &start, &end))
    found = g_strndup (translation->str + start, end - start);
  g_assert_cmpstr (found, ==, row->found);
}

static void
test_null_alignment (void)
{
  const gsize source_ends[] = {3, 6};
  g_autofree gsize *ends = gst_s2s_align_cut ("one two", NULL, source_ends, 2);
  gsize start;
  gsize end;

  g_assert_cmpuint (ends[0], ==, 4);
  g_assert_cmpuint (ends[1], ==, 7);
  g_assert_false (gst_s2s_align_find ("one two", NULL, 0, 3, &start, &end));
}

static gboolean
is_character_start (const char *text, gsize at)
{
  return ((guchar)text[at] & 0xc0) != 0x80;
}

/* Whatever an alignment claims, parts are in order, of whole characters, and all of the text. */
static void
check_random (GRand *rand)
{
  static const char *const pieces[] = {"我", "们", "，", " ", "word", "e\xcc\x81", "。", "12"};
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) alignment = g_array_new (FALSE, FALSE, sizeof (GstS2sAligned));
  gsize source_ends[8];
  gsize n_parts = g_rand_int_range (rand, 1, G_N_ELEMENTS (source_ends) + 1);
  gsize source_length = g_rand_int_range (rand, 0, 60);
  g_autofree gsize *ends = NULL;
  gsize previous = 0;

  for (gint n = g_rand_int_range (rand, 0, 30); n > 0; n--)
    g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
  for (gint start = 0; start < (gint)text->len; start += g_rand_int_range (rand, 1, 6)) {
    GstS2sAligned piece = {start, start + g_rand_int_range (rand, -1, 12),
                           g_rand_int_range (rand, 0, 60), g_rand_int_range (rand, 0, 60)};

    g_array_append_val (alignment, piece);
  }
  for (gsize i = 0; i < n_parts; i++)
    source_ends[i] = source_length * (i + 1) / n_parts;

  ends = gst_s2s_align_cut (text->str, alignment, source_ends, n_parts);
  for (gsize i = 0; i < n_parts; i++) {
    g_assert_cmpuint (ends[i], >=, previous);
    g_assert_cmpuint (ends[i], <=, text->len);
    g_assert_true (is_character_start (text->str, ends[i]));
    previous = ends[i];
  }
  g_assert_cmpuint (previous, ==, text->len);

  for (gsize start = 0; start < 60; start += 7) {
    gsize found_start;
    gsize found_end;

    if (!gst_s2s_align_find (text->str, alignment, start, start + 20, &found_start, &found_end))
      continue;
    g_assert_cmpuint (found_start, <, found_end);
    g_assert_cmpuint (found_end, <=, text->len);
    g_assert_true (is_character_start (text->str, found_start));
    g_assert_true (is_character_start (text->str, found_end));
  }
}

static void
test_random (void)
{
  for (guint seed = 0; seed < 2000; seed++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

    check_random (rand);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cut_rows); i++) {
    g_autofree char *path = g_strconcat ("/align/cut/", cut_rows[i].name, NULL);

    g_test_add_data_func (path, &cut_rows[i], test_cut);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (find_rows); i++) {
    g_autofree char *path = g_strconcat ("/align/find/", find_rows[i].name, NULL);

    g_test_add_data_func (path, &find_rows[i], test_find);
  }
  g_test_add_func ("/align/no-alignment", test_null_alignment);
  g_test_add_func ("/align/random", test_random);
  return g_test_run ();
}
