/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sentences that come with their parts, as a list or in the meta that textaccumulate and
 * s2saccumulate write, and that go out whole or cut as their source was. */

#include "s2s-element-fixture.h"

#include <stdio.h>
#include <string.h>

#define UTF8 "text/x-raw, format=utf8"
#define META "TextAccumulateSentenceMeta"
#define MAX_PARTS 8

static const S2sTestBundle to_chinese = {.target_language = "zh-CN", .seed = 1};

static void
setup (ElementFixture *self, gconstpointer bundle)
{
  element_fixture_init (self, bundle);
  element_fixture_play (self);
  element_fixture_start (self, UTF8);
}

static void
teardown (ElementFixture *self, gconstpointer bundle)
{
  g_assert_false (element_fixture_has_problem (self));
  element_fixture_clear (self);
}

/* ms */
typedef struct {
  const char *text; /* NULL after the last */
  gint64 start;
  gint64 duration;
} Part;

static const Part words[] = {
    {"We", 1000, 200}, {"are", 1200, 300}, {"all", 1600, 200}, {"home.", 2000, 500}, {NULL, 0, 0}};

static GstBufferList *
make_list (const Part *parts)
{
  GstBufferList *list = gst_buffer_list_new ();

  for (; parts->text; parts++)
    gst_buffer_list_add (list, timed_buffer_new (parts->text, parts->start, parts->duration));
  return list;
}

static void
push_list (ElementFixture *self, const Part *parts)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element, "sink");

  g_assert_cmpint (gst_pad_chain_list (pad, make_list (parts)), ==, GST_FLOW_OK);
}

/* As textaccumulate does: the sentence, and in its meta what it was made of. */
static void
push_with_meta (ElementFixture *self, const char *text, const Part *parts)
{
  guint last = 0;
  g_autoptr (GstBufferList) list = make_list (parts);
  GstBuffer *buffer;
  GstCustomMeta *meta;

  while (parts[last + 1].text)
    last++;
  buffer = timed_buffer_new (text, parts[0].start,
                             parts[last].start + parts[last].duration - parts[0].start);
  meta = gst_buffer_add_custom_meta (buffer, META);
  gst_structure_set (gst_custom_meta_get_structure (meta), "words", GST_TYPE_BUFFER_LIST, list,
                     NULL);
  g_assert_cmpint (gst_harness_push (self->harness, buffer), ==, GST_FLOW_OK);
}

static void
cut_as_source (ElementFixture *self)
{
  gst_util_set_object_arg (G_OBJECT (self->element), "units", "source");
}

/* ---- Whole ---- */

static void
test_list (ElementFixture *self, gconstpointer data)
{
  push_list (self, words);
  element_fixture_check_output (self, "«We are all home.» 1000-2500;");
  element_fixture_check_stats (self, "received 1, sentences 1");
}

static void
test_list_without_times (ElementFixture *self, gconstpointer data)
{
  static const Part parts[] = {{"We", -1, -1}, {"are.", -1, -1}, {NULL, 0, 0}};

  push_list (self, parts);
  element_fixture_check_output (self, "«We are.» 0-1000;");
}

static void
test_list_of_blanks (ElementFixture *self, gconstpointer data)
{
  static const Part parts[] = {{" ", 1000, 500}, {"", 1500, 500}, {NULL, 0, 0}};

  push_list (self, parts);
  element_fixture_check_output (self, "gap 1000-2000;");
  element_fixture_check_stats (self, "received 1, gaps 1");
}

static void
test_empty_list (ElementFixture *self, gconstpointer data)
{
  push_list (self, words + 4);
  element_fixture_check_output (self, "");
  element_fixture_check_stats (self, "");
}

static void
test_list_in_passthrough (ElementFixture *self, gconstpointer data)
{
  gst_util_set_object_arg (G_OBJECT (self->element), "mode", "passthrough");
  push_list (self, words);
  element_fixture_check_output (self, "We are all home. 1000-2500;");
}

static void
test_meta (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GstBuffer) buffer = NULL;

  push_with_meta (self, "We are all home.", words);
  element_fixture_check_output (self, "«We are all home.» 1000-2500;");
  buffer = gst_harness_try_pull (self->harness);
  g_assert_null (gst_buffer_get_custom_meta (buffer, META));
}

/* ---- Cut ---- */

typedef struct {
  const char *name;
  const char *text;
  Part parts[MAX_PARTS];
} CutRow;

static const CutRow cut_rows[] = {
    {"words",
     "We are all home.",
     {{"We", 1000, 200}, {"are", 1200, 300}, {"all", 1600, 200}, {"home.", 2000, 500}}},
    {"cues",
     "We are all home now, and so is she.",
     {{"We are all home now,", 0, 2000}, {"and so is she.", 2000, 1500}}},
    {"one-blank-part", "We are.", {{"We", 0, 500}, {" ", 500, 500}, {"are.", 1000, 500}}},
    {"wordless-part", "We ... are.", {{"We", 0, 500}, {"...", 500, 500}, {"are.", 1000, 500}}},
    {"dialogue", "- We are. - No.", {{"- We are.", 0, 500}, {"- No.", 500, 500}}},
    {"name", "ANNA: We are.", {{"ANNA:", 0, 500}, {"We", 500, 500}, {"are.", 1000, 500}}},
    {"name-inside",
     "He said to NASA: we are.",
     {{"He", 0, 500}, {"said to", 500, 500}, {"NASA:", 1000, 500}, {"we are.", 1500, 500}}},
    {"dash-inside",
     "We - all - are.",
     {{"We", 0, 500}, {"- all", 500, 500}, {"- are.", 1000, 500}}},
    {"sound-inside",
     "We [APPLAUSE] are.",
     {{"We", 0, 500}, {"[APPLAUSE]", 500, 500}, {"are.", 1000, 500}}},
    {"song-inside",
     "We ♪ la la ♪ are.",
     {{"We", 0, 500}, {"♪ la la ♪", 500, 500}, {"are.", 1000, 500}}},
    {"chinese", "我们回家吧。", {{"我们", 0, 500}, {"回家", 500, 500}, {"吧。", 1000, 500}}},
    {"more-than-text",
     "We are.",
     {{"We", 0, 500}, {"are.", 500, 500}, {"not", 1000, 500}, {"there", 1500, 500}}},
    {"less-than-text", "We are all home now.", {{"We", 0, 500}, {"are", 500, 500}}},
    {"other-text", "We are.", {{"Nobody", 0, 500}, {"says so", 500, 500}}},
    {"line-break", "We are\nall home.", {{"We are\n", 0, 500}, {"all home.", 500, 500}}},
};

static const S2sTestBundle bundles[] = {
    {.target_language = "zh", .seed = 1},
    {.target_language = "zh", .seed = 2},
    {.target_language = "de", .seed = 3, .attention = "none"},
};

typedef struct {
  const CutRow *row;
  const S2sTestBundle *bundle;
  gboolean as_list;
} CutCase;

static void
append_without_blanks (GString *all, const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    if (!g_unichar_isspace (g_utf8_get_char (text)))
      g_string_append_unichar (all, g_utf8_get_char (text));
  }
}

static guint
find_part (const Part *parts, gint64 start)
{
  guint i = 0;

  while (i < MAX_PARTS && parts[i].text && parts[i].start != start)
    i++;
  return i;
}

/* The text of an entry whose time is that of part first and some that follow; first becomes what
 * comes after them. */
static char *
read_piece (const char *entry, const Part *parts, guint *first)
{
  const char *span = strrchr (entry, ' ');
  gint64 start;
  gint64 end;

  g_assert_nonnull (span);
  g_assert_cmpint (sscanf (span, " %" G_GINT64_FORMAT "-%" G_GINT64_FORMAT, &start, &end), ==, 2);
  g_assert_cmpuint (find_part (parts, start), ==, *first);
  while (parts[*first].start + parts[*first].duration != end)
    g_assert_cmpuint (++*first, <, MAX_PARTS);
  ++*first;
  return g_strstrip (g_strndup (entry, span - entry));
}

/* The time of the parts is all used, and in order. Returns: (transfer full): all texts in a row */
static char *
read_pieces (ElementFixture *self, const Part *parts)
{
  g_auto (GStrv) entries = g_strsplit (g_strchomp (self->output->str), ";", -1);
  GString *all = g_string_new (NULL);
  guint next = 0;

  for (guint i = 0; *entries[i] != '\0'; i++) {
    g_autofree char *text = read_piece (entries[i], parts, &next);

    g_assert_cmpstr (text, !=, "gap");
    append_without_blanks (all, text);
  }
  g_assert_true (next == MAX_PARTS || !parts[next].text);
  return g_string_free (all, FALSE);
}

static void
check_cut (gconstpointer data)
{
  const CutCase *one = data;
  ElementFixture self;
  g_autofree char *found = NULL;
  g_autofree char *whole = NULL;
  g_autoptr (GString) expected = g_string_new (NULL);

  setup (&self, one->bundle);
  if (one->as_list)
    push_list (&self, one->row->parts);
  else
    push_with_meta (&self, one->row->text, one->row->parts);
  whole = g_strndup (self.output->str, strlen (self.output->str));
  *strrchr (whole, ' ') = '\0';
  *strrchr (whole, ' ') = '\0';
  append_without_blanks (expected, whole);
  g_string_truncate (self.output, 0);

  gst_element_set_state (self.element, GST_STATE_READY);
  element_fixture_restart (&self, UTF8);
  cut_as_source (&self);
  if (one->as_list)
    push_list (&self, one->row->parts);
  else
    push_with_meta (&self, one->row->text, one->row->parts);
  found = read_pieces (&self, one->row->parts);
  g_assert_cmpstr (found, ==, expected->str);
  element_fixture_check_stats (&self, "received 2, sentences 2");
  teardown (&self, NULL);
}

/* Two words with a text of their own each. */
static void
test_no_parts (ElementFixture *self, gconstpointer data)
{
  cut_as_source (self);
  element_fixture_push_at (self, "We are.", 0, 1000);
  element_fixture_check_output (self, "«We are.» 0-1000;");
}

/* What lies outside of the segment is not shown, the rest is. */
static void
test_clipped_parts (ElementFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 1300 * GST_MSECOND;
  segment.stop = 1700 * GST_MSECOND;
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  cut_as_source (self);
  push_with_meta (self, "We are all home.", words);
  g_assert_nonnull (strstr (self->output->str, " 1300-"));
  g_assert_nonnull (strstr (self->output->str, "-1700;"));
  g_assert_null (strstr (self->output->str, " 1000-"));
  g_assert_null (strstr (self->output->str, "-2500"));
}

/* Each piece has its source above it, and no part of the source is left out. */
static void
test_bilingual_parts (ElementFixture *self, gconstpointer data)
{
  static const Part cues[] = {{"We are all", 0, 2000}, {"home.", 2000, 1000}, {NULL, 0, 0}};
  g_auto (GStrv) entries = NULL;
  g_autoptr (GString) sources = g_string_new (NULL);

  cut_as_source (self);
  gst_util_set_object_arg (G_OBJECT (self->element), "bilingual", "above");
  push_with_meta (self, "We are all home.", cues);
  entries = g_strsplit (self->output->str, "; ", -1);
  for (guint i = 0; *entries[i] != '\0'; i++) {
    g_assert_nonnull (strchr (entries[i], '\n'));
    g_string_append_len (sources, entries[i], strchr (entries[i], '\n') - entries[i]);
    g_string_append_c (sources, ' ');
  }
  g_assert_cmpstr (sources->str, ==, "We are all home. ");
}

/* Without attention the words of the result are given to the parts by their length: both have some.
 */
static const Part two[] = {{"- We are.", 0, 500}, {"- No.", 500, 500}, {NULL, 0, 0}};

static void
test_two_parts (ElementFixture *self, gconstpointer data)
{
  cut_as_source (self);
  push_list (self, two);
  g_assert_nonnull (strstr (self->output->str, " 0-500; "));
  g_assert_true (g_str_has_suffix (self->output->str, " 500-1000; "));
  element_fixture_check_stats (self, "received 1, sentences 1");
}

/* A text of which one part is shown has been shown. */
static void
test_last_part_clipped (ElementFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.stop = 500 * GST_MSECOND;
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  cut_as_source (self);
  push_list (self, two);
  g_assert_true (g_str_has_suffix (self->output->str, " 0-500; "));
  element_fixture_check_stats (self, "received 1, sentences 1");
}

static void
add_cuts (void)
{
  for (gsize i = 0; i < 2 * G_N_ELEMENTS (bundles) * G_N_ELEMENTS (cut_rows); i++) {
    CutCase *one = g_new0 (CutCase, 1);
    gsize n = i / 2;
    g_autofree char *path = NULL;

    one->as_list = i % 2;
    one->bundle = &bundles[n % G_N_ELEMENTS (bundles)];
    one->row = &cut_rows[n / G_N_ELEMENTS (bundles)];
    path = g_strdup_printf ("/cut/%s/%s/%u", one->row->name, one->as_list ? "list" : "meta",
                            one->bundle->seed);
    g_test_add_data_func_full (path, one, check_cut, g_free);
  }
}

static void
add (const char *path, void (*test) (ElementFixture *, gconstpointer))
{
  g_test_add (path, ElementFixture, &to_chinese, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  add ("/whole/list", test_list);
  add ("/whole/list-without-times", test_list_without_times);
  add ("/whole/list-of-blanks", test_list_of_blanks);
  add ("/whole/empty-list", test_empty_list);
  add ("/whole/list-in-passthrough", test_list_in_passthrough);
  add ("/whole/meta", test_meta);
  add_cuts ();
  add ("/cut/no-parts", test_no_parts);
  add ("/cut/clipped", test_clipped_parts);
  add ("/cut/bilingual", test_bilingual_parts);
  g_test_add ("/cut/two-parts", ElementFixture, &bundles[2], setup, test_two_parts, teardown);
  g_test_add ("/cut/last-part-clipped", ElementFixture, &bundles[2], setup, test_last_part_clipped,
              teardown);
  return g_test_run ();
}
