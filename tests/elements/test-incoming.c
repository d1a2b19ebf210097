/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What comes in at once: a buffer, a list, or a buffer with the meta that says its parts. */

#include "gsts2salign.h"
#include "gsts2sarrival.h"
#include "gsts2sincoming.h"

#include <string.h>

typedef struct {
  GstElement *element;
  GstBus *bus;
  GstS2sArrival arrival;
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  self->element = gst_object_ref_sink (gst_bin_new (NULL));
  self->bus = gst_bus_new ();
  gst_element_set_bus (self->element, self->bus);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_assert_null (gst_bus_pop (self->bus));
  gst_element_set_bus (self->element, NULL);
  gst_object_unref (self->element);
  gst_object_unref (self->bus);
}

static GstBuffer *
make_buffer (const char *text, GstClockTime start, GstClockTime duration)
{
  gsize length = strlen (text);
  GstBuffer *buffer = length > 0 ? gst_buffer_new_memdup (text, length) : gst_buffer_new ();

  GST_BUFFER_PTS (buffer) = start;
  GST_BUFFER_DURATION (buffer) = duration;
  return buffer;
}

#define NONE GST_CLOCK_TIME_NONE

typedef struct {
  const char *text; /* NULL after the last */
  GstClockTime start;
  GstClockTime duration;
} Part;

static GstBufferList *
make_list (const Part *parts, guint n)
{
  GstBufferList *list = gst_buffer_list_new ();

  for (guint i = 0; i < n && parts[i].text; i++)
    gst_buffer_list_add (list, make_buffer (parts[i].text, parts[i].start, parts[i].duration));
  return list;
}

/* ---- Lists ---- */

typedef struct {
  const char *name;
  Part parts[4];
  gboolean markup;
  const char *text;
  GstClockTime start;
  GstClockTime duration;
  guint n_parts; /* that can be cut again; 0 for none */
} ListRow;

static const ListRow list_rows[] = {
    {"words", {{"We", 10, 5}, {"are", 15, 5}, {"home.", 30, 10}}, FALSE, "We are home.", 10, 30, 3},
    {"blanks", {{" We ", 10, 5}, {"\n", 15, 5}, {"are.\n", 20, 5}}, FALSE, "We are.", 10, 15, 3},
    {"one", {{"Home.", 10, 5}}, FALSE, "Home.", 10, 5, 0},
    {"one-without-time", {{"Home.", NONE, NONE}}, FALSE, "Home.", NONE, NONE, 0},
    {"no-start", {{"We", NONE, 5}, {"are.", 20, 5}}, FALSE, "We are.", NONE, NONE, 0},
    {"no-end", {{"We", 10, 5}, {"are.", 20, NONE}}, FALSE, "We are.", 10, NONE, 0},
    {"no-time-inside",
     {{"We", 10, 5}, {"are", NONE, NONE}, {"home.", 30, 10}},
     FALSE,
     "We are home.",
     10,
     30,
     0},
    {"backwards", {{"We", 50, 5}, {"are.", 20, 5}}, FALSE, "We are.", 50, NONE, 2},
    {"chinese", {{"我们", 10, 5}, {"回家", 15, 5}, {"OK", 20, 5}}, FALSE, "我们回家 OK", 10, 15, 3},
    {"markup", {{"<i>Fish</i>", 10, 5}, {"&amp; chips", 15, 5}}, TRUE, "Fish & chips", 10, 10, 2},
    {"empty", {{"", 10, 5}, {" ", 15, 5}}, FALSE, "", 10, 10, 2},
};

static void
test_list (Fixture *self, gconstpointer data)
{
  const ListRow *row = data;
  g_auto (GstS2sIncoming) incoming = {0};

  gst_s2s_incoming_init_list (&incoming, &self->arrival, self->element,
                              make_list (row->parts, G_N_ELEMENTS (row->parts)), row->markup);
  g_assert_cmpstr (incoming.text, ==, row->text);
  g_assert_false (incoming.markup);
  g_assert_cmpuint (incoming.start, ==, row->start);
  g_assert_cmpuint (incoming.duration, ==, row->duration);
  g_assert_cmpuint (incoming.parts ? incoming.parts->len : 0, ==, row->n_parts);
  g_assert_cmpint (gst_s2s_incoming_is_empty (&incoming), ==, *row->text == '\0');
}

/* ---- Buffers ---- */

typedef struct {
  const char *name;
  const char *text;
  gboolean markup;
  const char *plain;
} BufferRow;

static const BufferRow buffer_rows[] = {
    {"text", "Hello.", FALSE, "Hello."},
    {"blanks", " \n Hello. \r\n", FALSE, "Hello."},
    {"lines", "Hello,\nyou.", FALSE, "Hello,\nyou."},
    {"markup", "<b>1 &lt; 2</b>", TRUE, "1 < 2"},
    {"no-markup", "<b>1 &lt; 2</b>", FALSE, "<b>1 &lt; 2</b>"},
    {"empty", "", FALSE, ""},
    {"wide-blank", "\xe3\x80\x80", FALSE, "\xe3\x80\x80"},
    {"empty-markup", "<b> </b>", TRUE, ""},
};

static void
test_buffer (Fixture *self, gconstpointer data)
{
  const BufferRow *row = data;
  g_auto (GstS2sIncoming) incoming = {0};
  g_autofree char *plain = NULL;

  gst_s2s_incoming_init_buffer (&incoming, &self->arrival, self->element,
                                make_buffer (row->text, 10, 5), row->markup);
  plain = gst_s2s_incoming_get_plain_text (&incoming);
  g_assert_cmpstr (plain, ==, row->plain);
  g_assert_cmpint (gst_s2s_incoming_is_empty (&incoming), ==,
                   !strcmp (plain, "") || !strcmp (plain, "\xe3\x80\x80"));
  g_assert_cmpuint (incoming.start, ==, 10);
  g_assert_cmpuint (incoming.duration, ==, 5);
  g_assert_null (incoming.parts);
}

static void
test_gap (Fixture *self, gconstpointer data)
{
  GstBuffer *buffer = make_buffer ("not to be read", 10, 5);
  g_auto (GstS2sIncoming) incoming = {0};

  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  gst_s2s_incoming_init_buffer (&incoming, &self->arrival, self->element, buffer, FALSE);
  g_assert_true (gst_s2s_incoming_is_empty (&incoming));
}

/* ---- Metas ---- */

static GstStructure *
add_meta (GstBuffer *buffer)
{
  static const char *const tags[] = {NULL};

  if (!gst_meta_get_info (GST_S2S_SENTENCE_META))
    gst_meta_register_custom (GST_S2S_SENTENCE_META, (const char **)tags, NULL, NULL, NULL);
  return gst_custom_meta_get_structure (gst_buffer_add_custom_meta (buffer, GST_S2S_SENTENCE_META));
}

static guint
count_parts (Fixture *self, GstBuffer *buffer)
{
  g_auto (GstS2sIncoming) incoming = {0};

  gst_s2s_incoming_init_buffer (&incoming, &self->arrival, self->element, buffer, FALSE);
  g_assert_cmpstr (incoming.text, ==, "We are.");
  return incoming.parts ? incoming.parts->len : 0;
}

static void
test_meta (Fixture *self, gconstpointer data)
{
  static const Part words[] = {{"We", 10, 5}, {"are.", 15, 5}};
  g_autoptr (GstBufferList) list = make_list (words, 2);
  GstBuffer *buffer = make_buffer ("We are.", 10, 10);

  gst_structure_set (add_meta (buffer), "words", GST_TYPE_BUFFER_LIST, list, NULL);
  g_assert_cmpuint (count_parts (self, buffer), ==, 2);
}

/* What a stranger writes into it does no harm. */
static void
test_bad_meta (Fixture *self, gconstpointer data)
{
  static const Part untimed[] = {{"We", NONE, 5}, {"are.", 15, 5}};
  g_autoptr (GstBufferList) empty = gst_buffer_list_new ();
  g_autoptr (GstBufferList) list = make_list (untimed, 2);
  GstBuffer *buffer = make_buffer ("We are.", 10, 10);

  add_meta (buffer);
  g_assert_cmpuint (count_parts (self, buffer), ==, 0);
  buffer = make_buffer ("We are.", 10, 10);
  gst_structure_set (add_meta (buffer), "words", G_TYPE_STRING, "We", NULL);
  g_assert_cmpuint (count_parts (self, buffer), ==, 0);
  buffer = make_buffer ("We are.", 10, 10);
  gst_structure_set (add_meta (buffer), "words", GST_TYPE_BUFFER_LIST, NULL, NULL);
  g_assert_cmpuint (count_parts (self, buffer), ==, 0);
  buffer = make_buffer ("We are.", 10, 10);
  gst_structure_set (add_meta (buffer), "words", GST_TYPE_BUFFER_LIST, empty, NULL);
  g_assert_cmpuint (count_parts (self, buffer), ==, 0);
  buffer = make_buffer ("We are.", 10, 10);
  gst_structure_set (add_meta (buffer), "words", GST_TYPE_BUFFER_LIST, list, NULL);
  g_assert_cmpuint (count_parts (self, buffer), ==, 0);
}

/* ---- Cutting ---- */

static void
check_piece (const GPtrArray *pieces, guint i, const GstS2sIncomingPiece *expected)
{
  const GstS2sIncomingPiece *piece = g_ptr_array_index (pieces, i);

  g_assert_cmpstr (piece->lead, ==, expected->lead);
  g_assert_cmpstr (piece->source, ==, expected->source);
  g_assert_cmpstr (piece->translation, ==, expected->translation);
  g_assert_cmpuint (piece->start, ==, expected->start);
  g_assert_cmpuint (piece->duration, ==, expected->duration);
}

/* The name is not translated, and nothing stands for the dots: both lend their time. */
static void
test_cut (Fixture *self, gconstpointer data)
{
  static const Part words[] = {{"ANNA:", 0, 1}, {"aaaa", 1, 1}, {"...", 2, 1}, {"bbb", 3, 1}};
  static const GstS2sIncomingPiece first = {"ANNA: ", "aaaa...", "AAAA.", 0, 3};
  static const GstS2sIncomingPiece second = {"", "bbb", "BBB", 3, 1};
  static const GstS2sAligned aligned[] = {{0, 5, 0, 4}, {6, 9, 8, 11}};
  g_autoptr (GArray) alignment = g_array_new (FALSE, FALSE, sizeof (GstS2sAligned));
  GstS2sCueTranslation translation = {.text = "AAAA. BBB", .alignment = alignment};
  g_auto (GstS2sIncoming) incoming = {0};
  g_autoptr (GPtrArray) pieces = NULL;
  g_autoptr (GstS2sCue) cue = NULL;
  const GstS2sCueLine *line;

  gst_s2s_incoming_init_list (&incoming, &self->arrival, self->element, make_list (words, 4),
                              FALSE);
  cue = gst_s2s_incoming_make_cue (&incoming, TRUE);
  g_assert_cmpuint (cue->lines->len, ==, 1);
  line = g_ptr_array_index (cue->lines, 0);
  g_assert_cmpstr (line->lead, ==, "ANNA: ");
  g_assert_cmpstr (line->text, ==, "aaaa... bbb");
  g_array_append_vals (alignment, aligned, G_N_ELEMENTS (aligned));
  pieces = gst_s2s_incoming_cut (&incoming, line, &translation);
  g_assert_cmpuint (pieces->len, ==, 2);
  check_piece (pieces, 0, &first);
  check_piece (pieces, 1, &second);
}

static void
add (const char *path, gconstpointer data, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, data, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  for (gsize i = 0; i < G_N_ELEMENTS (list_rows); i++) {
    g_autofree char *path = g_strconcat ("/list/", list_rows[i].name, NULL);

    add (path, &list_rows[i], test_list);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (buffer_rows); i++) {
    g_autofree char *path = g_strconcat ("/buffer/", buffer_rows[i].name, NULL);

    add (path, &buffer_rows[i], test_buffer);
  }
  add ("/buffer/gap", NULL, test_gap);
  add ("/meta/parts", NULL, test_meta);
  add ("/meta/bad", NULL, test_bad_meta);
  add ("/cut", NULL, test_cut);
  return g_test_run ();
}
