/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What goes through the element: text, caps, events and queries. */

#include "s2s-element-fixture.h"

#include <string.h>

#define UTF8 "text/x-raw, format=utf8"
#define MARKUP "text/x-raw, format=pango-markup"

static const S2sTestBundle to_chinese = {.target_language = "zh-CN", .seed = 1};

static void
setup (ElementFixture *self, gconstpointer data)
{
  element_fixture_init (self, &to_chinese);
  element_fixture_play (self);
}

static void
teardown (ElementFixture *self, gconstpointer data)
{
  g_assert_false (element_fixture_has_problem (self));
  element_fixture_clear (self);
}

/* ---- Text ---- */

typedef struct {
  const char *name;
  const char *caps;
  const char *text;
  gssize size;
  const char *expected; /* what stands in «» is translated by the library; NULL is a GAP */
} TextRow;

static const TextRow text_rows[] = {
    {"sentence", UTF8, "Hello there.", -1, "«Hello there.»"},
    {"no-caps", NULL, "Hello there.", -1, "«Hello there.»"},
    {"text-plain", "text/plain", "hello there", -1, "«hello there»"},
    {"zero-byte", UTF8, "Hello\0", 6, "«Hello»"},
    {"newline", UTF8, "Hello\n", -1, "«Hello»"},
    {"line-break", UTF8, "We will be back\nafter the news.", -1,
     "«We will be back after the news.»"},
    {"dialogue", UTF8, "- Are you there?\n- Yes.", -1, "- «Are you there?»\n- «Yes.»"},
    {"position", UTF8, "{\\an8}Look!", -1, "{\\an8}«Look!»"},
    {"position-twice", UTF8, "{\\an8}{\\i1}Look!", -1, "{\\an8}{\\i1}«Look!»"},
    {"name", UTF8, "ANNA: Where is he?", -1, "ANNA: «Where is he?»"},
    {"name-at-position", UTF8, "{\\an8}ANNA: Where is he?", -1, "{\\an8}ANNA: «Where is he?»"},
    {"names", UTF8, "ANNA: Where is he?\nBEN: Here.", -1, "ANNA: «Where is he?»\nBEN: «Here.»"},
    {"speaker", UTF8, ">> Good evening.", -1, ">> «Good evening.»"},
    {"speakers", UTF8, ">> Good evening.\n>> Hello.", -1, ">> «Good evening.»\n>> «Hello.»"},
    {"music", UTF8, "♪", -1, "♪"},
    {"song", UTF8, "♪ la la la ♪", -1, "♪ la la la ♪"},
    {"sound", UTF8, "[MUSIC]", -1, "[MUSIC]"},
    {"sound-in-dialogue", UTF8, "- [DOOR OPENS]\n- Who is there?", -1,
     "- [DOOR OPENS]\n- «Who is there?»"},
    {"numbers", UTF8, "10:30", -1, "10:30"},
    {"lower-case", UTF8, "and so we all went home", -1, "«and so we all went home»"},
    {"newline-and-zero", UTF8, "Hello\r\n\0", 8, "«Hello»"},
    {"carriage-return", UTF8, "One,\r\ntwo.", -1, "«One, two.»"},
    {"chinese", UTF8, "我们回家吧。", -1, "«我们回家吧。»"},
    {"chinese-lines", UTF8, "我们\n回家吧。", -1, "«我们回家吧。»"},
    {"combining", UTF8, "e\xcc\x81t\xc3\xa9", -1, "«e\xcc\x81t\xc3\xa9»"},
    {"markup", MARKUP, "<i>Fish</i> &amp; chips", -1, "«Fish & chips»"},
    {"no-markup", UTF8, "<i>Fish</i>", -1, "«<i>Fish</i>»"},
    {"not-quite-markup", MARKUP, "Fish & chips", -1, "«Fish & chips»"},
    {"right-to-left", UTF8, "שלום", -1, "«שלום»"},
    {"right-to-left-lines", UTF8, "- مرحبا\n- نعم", -1, "- «مرحبا»\n- «نعم»"},
    {"emoji", UTF8, "\xf0\x9f\x98\x80", -1, "\xf0\x9f\x98\x80"},
    {"empty", UTF8, "", 0, NULL},
    {"blanks", UTF8, " \r\n\t", -1, NULL},
    {"only-zeros", UTF8, "\0\0", 2, NULL},
    {"empty-markup", MARKUP, "<i> </i>", -1, NULL},
};

static void
check_times (GstClockTime pts, GstClockTime duration)
{
  g_assert_cmpuint (pts, ==, 3 * GST_SECOND);
  g_assert_cmpuint (duration, ==, 1500 * GST_MSECOND);
}

static void
check_gap (ElementFixture *self)
{
  g_autoptr (GstEvent) gap = element_fixture_pull_event (self, GST_EVENT_GAP);
  GstClockTime pts;
  GstClockTime duration;

  gst_event_parse_gap (gap, &pts, &duration);
  check_times (pts, duration);
  g_assert_cmpuint (gst_harness_buffers_received (self->harness), ==, 0);
}

static void
check_text (ElementFixture *self, const char *pattern)
{
  g_autoptr (GstBuffer) buffer = gst_harness_try_pull (self->harness);
  g_autofree char *expected = element_fixture_expand (self, pattern);
  g_autofree char *text = NULL;

  g_assert_nonnull (buffer);
  text = buffer_get_text (buffer);
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, strlen (expected));
  check_times (GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer));
  g_assert_cmpuint (gst_harness_buffers_received (self->harness), ==, 1);
}

static void
test_text (ElementFixture *self, gconstpointer data)
{
  const TextRow *row = data;
  GstBuffer *buffer = text_buffer_new (row->text, row->size, 3 * GST_SECOND, 1500 * GST_MSECOND);

  element_fixture_start (self, row->caps);
  g_assert_cmpint (gst_harness_push (self->harness, buffer), ==, GST_FLOW_OK);
  if (row->expected)
    check_text (self, row->expected);
  else
    check_gap (self);
}

static void
test_invalid_utf8 (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GError) warning = NULL;

  element_fixture_start (self, UTF8);
  gst_harness_push (self->harness,
                    text_buffer_new ("caf\xe9s", -1, 3 * GST_SECOND, 1500 * GST_MSECOND));
  check_text (self, "«caf\xef\xbf\xbds»");
  warning = element_fixture_pop_problem (self, GST_MESSAGE_WARNING);
  g_assert_error (warning, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE);
  g_assert_nonnull (strstr (warning->message, "byte 0xe9 at offset 3 of 5"));
  /* The next ones are not told of at once. */
  gst_harness_push (self->harness, text_buffer_new ("\xe9t\xe9", -1, 5 * GST_SECOND, GST_SECOND));
}

static void
test_gap_buffer (ElementFixture *self, gconstpointer data)
{
  GstBuffer *buffer = text_buffer_new ("not to be read", -1, 3 * GST_SECOND, 1500 * GST_MSECOND);

  element_fixture_start (self, UTF8);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  g_assert_cmpint (gst_harness_push (self->harness, buffer), ==, GST_FLOW_OK);
  check_gap (self);
}

static void
test_nothing_without_time (ElementFixture *self, gconstpointer data)
{
  element_fixture_start (self, UTF8);
  gst_harness_push (self->harness, text_buffer_new (" ", -1, GST_CLOCK_TIME_NONE, 1));
  g_assert_cmpstr (self->log->str, ==, "stream-start caps segment tag");
}

static void
test_metadata (ElementFixture *self, gconstpointer data)
{
  static GstStaticCaps reference = GST_STATIC_CAPS ("timestamp/x-unix");
  g_autoptr (GstCaps) caps = gst_static_caps_get (&reference);
  g_autoptr (GstBuffer) result = NULL;
  GstBuffer *buffer = text_buffer_new ("Hello", -1, 0, GST_SECOND);

  element_fixture_start (self, UTF8);
  gst_buffer_add_custom_meta (buffer, "TextAccumulateSentenceMeta");
  gst_buffer_add_reference_timestamp_meta (buffer, caps, 42, GST_CLOCK_TIME_NONE);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  gst_harness_push (self->harness, buffer);

  result = gst_harness_try_pull (self->harness);
  g_assert_true (GST_BUFFER_FLAG_IS_SET (result, GST_BUFFER_FLAG_DISCONT));
  g_assert_nonnull (gst_buffer_get_reference_timestamp_meta (result, caps));
  g_assert_null (gst_buffer_get_custom_meta (result, "TextAccumulateSentenceMeta"));
}

/* ---- Caps ---- */

typedef struct {
  const char *name;
  const char *downstream;
  const char *format;
  const char *text;
} FormatRow;

static const FormatRow format_rows[] = {
    {"any", NULL, "utf8", "1 < 2 & '3'"},
    {"utf8", "text/x-raw, format=utf8", "utf8", "1 < 2 & '3'"},
    {"markup-first", "text/x-raw, format={ pango-markup, utf8 }", "pango-markup",
     "1 &lt; 2 &amp; '3'"},
    {"utf8-first", "text/x-raw, format={ utf8, pango-markup }", "utf8", "1 < 2 & '3'"},
    {"others-first", "video/x-raw; text/x-raw, format=pango-markup", "pango-markup",
     "1 &lt; 2 &amp; '3'"},
};

static void
test_format (ElementFixture *self, gconstpointer data)
{
  const FormatRow *row = data;
  g_autoptr (GstEvent) event = NULL;
  g_autofree char *text = NULL;
  GstCaps *caps;

  if (row->downstream)
    gst_harness_set_sink_caps_str (self->harness, row->downstream);
  element_fixture_start (self, UTF8);
  element_fixture_push (self, "1 < 2 & '3'");
  event = element_fixture_pull_event (self, GST_EVENT_CAPS);
  gst_event_parse_caps (event, &caps);
  g_assert_cmpstr (gst_structure_get_string (gst_caps_get_structure (caps, 0), "format"), ==,
                   row->format);
  text = element_fixture_pull (self);
  g_assert_cmpstr (text, ==, row->text);
}

static void
test_renegotiation (ElementFixture *self, gconstpointer data)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  element_fixture_start (self, UTF8);
  element_fixture_push (self, "1 < 2");
  before = element_fixture_pull (self);
  gst_harness_set_sink_caps_str (self->harness, MARKUP);
  gst_harness_push_upstream_event (self->harness, gst_event_new_reconfigure ());
  element_fixture_push (self, "1 < 2");
  after = element_fixture_pull (self);

  g_assert_cmpstr (before, ==, "1 < 2");
  g_assert_cmpstr (after, ==, "1 &lt; 2");
  g_assert_cmpstr (self->log->str, ==, "stream-start caps segment tag buffer caps buffer");
}

/* ---- Events ---- */

static void
test_order (ElementFixture *self, gconstpointer data)
{
  element_fixture_start (self, UTF8);
  element_fixture_push (self, "One");
  gst_harness_push_event (self->harness, gst_event_new_gap (GST_SECOND, GST_SECOND));
  element_fixture_push (self, "Two");
  gst_harness_push_event (
      self->harness,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty ("unknown")));
  gst_harness_push (self->harness, text_buffer_new (" ", -1, 5 * GST_SECOND, GST_SECOND));
  gst_harness_push_event (self->harness, gst_event_new_eos ());
  g_assert_cmpstr (self->log->str, ==,
                   "stream-start caps segment tag buffer gap buffer custom-downstream gap eos");
}

static void
push_custom (ElementFixture *self, const char *name)
{
  gst_harness_push_event (self->harness, gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
                                                               gst_structure_new_empty (name)));
}

static void
check_custom (ElementFixture *self, const char *name)
{
  g_autoptr (GstEvent) event = element_fixture_pull_event (self, GST_EVENT_CUSTOM_DOWNSTREAM);

  g_assert_true (gst_event_has_name (event, name));
}

static void
test_transcriber_events (ElementFixture *self, gconstpointer data)
{
  element_fixture_start (self, UTF8);
  element_fixture_push (self, "One");
  push_custom (self, "rstranscribe/final-transcript");
  element_fixture_push (self, "Two");
  push_custom (self, "rstranscribe/speaker-change");
  element_fixture_push (self, "Three");
  g_assert_cmpstr (self->log->str, ==,
                   "stream-start caps segment tag buffer custom-downstream buffer "
                   "custom-downstream buffer");
  check_custom (self, "rstranscribe/final-transcript");
  check_custom (self, "rstranscribe/speaker-change");
}

static void
test_segment_done (ElementFixture *self, gconstpointer data)
{
  element_fixture_start (self, UTF8);
  element_fixture_push (self, "One");
  gst_harness_push_event (self->harness, gst_event_new_segment_done (GST_FORMAT_TIME, 1));
  element_fixture_push (self, "Two");
  g_assert_cmpstr (self->log->str, ==, "stream-start caps segment tag buffer segment-done buffer");
}

/* Who seeks knows by them which events are its own. */
static void
check_seqnum (ElementFixture *self, GstEvent *event)
{
  GstEventType type = GST_EVENT_TYPE (event);
  g_autoptr (GstEvent) result = NULL;

  gst_event_set_seqnum (event, 4711 + type);
  gst_harness_push_event (self->harness, event);
  result = element_fixture_pull_event (self, type);
  g_assert_cmpuint (gst_event_get_seqnum (result), ==, 4711 + type);
}

static void
test_seqnums (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GstEvent) tag = NULL;
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  check_seqnum (self, gst_event_new_stream_start ("seqnums"));
  check_seqnum (self, gst_event_new_segment (&segment));
  tag = element_fixture_pull_event (self, GST_EVENT_TAG);
  g_assert_cmpuint (gst_event_get_seqnum (tag), ==, 4711 + GST_EVENT_SEGMENT);
  check_seqnum (self, gst_event_new_gap (0, 1));
  check_seqnum (self, gst_event_new_tag (gst_tag_list_new (GST_TAG_TITLE, "News", NULL)));
  check_seqnum (self, gst_event_new_segment_done (GST_FORMAT_TIME, 1));
  check_seqnum (self, gst_event_new_eos ());
}

static void
test_segment_without_caps (ElementFixture *self, gconstpointer data)
{
  element_fixture_start (self, NULL);
  g_assert_cmpstr (self->log->str, ==, "stream-start caps segment tag");
}

static void
test_segment_twice (ElementFixture *self, gconstpointer data)
{
  element_fixture_start (self, UTF8);
  element_fixture_push (self, "One");
  element_fixture_start (self, NULL);
  element_fixture_push (self, "Two");
  g_assert_cmpstr (self->log->str, ==, "stream-start caps segment tag buffer segment buffer");
}

static void
test_segment_in_bytes (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  g_assert_cmpstr (self->log->str, ==, "stream-start");
  error = element_fixture_pop_problem (self, GST_MESSAGE_ERROR);
  g_assert_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "segment in bytes, expected one in time"));
}

static void
test_stream_start_twice (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GstEvent) event = NULL;
  GstStreamFlags flags;

  element_fixture_start (self, UTF8);
  event = gst_event_new_stream_start ("next");
  gst_event_set_stream_flags (event, GST_STREAM_FLAG_SELECT);
  gst_harness_push_event (self->harness, g_steal_pointer (&event));
  element_fixture_start (self, UTF8);
  element_fixture_push (self, "One");
  g_assert_cmpstr (self->log->str, ==,
                   "stream-start caps segment tag stream-start segment tag buffer");

  gst_event_unref (element_fixture_pull_event (self, GST_EVENT_STREAM_START));
  event = element_fixture_pull_event (self, GST_EVENT_STREAM_START);
  gst_event_parse_stream_flags (event, &flags);
  g_assert_cmpint (flags, ==, GST_STREAM_FLAG_SELECT | GST_STREAM_FLAG_SPARSE);
}

static void
test_flush (ElementFixture *self, gconstpointer data)
{
  g_autofree char *expected = translate_directly (self->bundle, "Two", NULL);
  g_autofree char *text = NULL;

  element_fixture_start (self, UTF8);
  gst_harness_push_event (self->harness, gst_event_new_flush_start ());
  g_assert_cmpint (element_fixture_push (self, "One"), ==, GST_FLOW_FLUSHING);
  gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE));
  element_fixture_start (self, NULL);
  g_assert_cmpint (element_fixture_push (self, "Two"), ==, GST_FLOW_OK);
  text = element_fixture_pull (self);
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpstr (self->log->str, ==,
                   "stream-start caps segment tag flush-start flush-stop segment buffer");
}

static GstTagList *
pull_tags (ElementFixture *self, GstTagScope scope)
{
  GstTagList *tags = NULL;

  while (!tags || gst_tag_list_get_scope (tags) != scope) {
    g_autoptr (GstEvent) event = element_fixture_pull_event (self, GST_EVENT_TAG);

    g_clear_pointer (&tags, gst_tag_list_unref);
    gst_event_parse_tag (event, &tags);
    gst_tag_list_ref (tags);
  }
  return tags;
}

static void
check_tag (const GstTagList *tags, const char *name, const char *expected)
{
  g_autofree char *value = NULL;

  gst_tag_list_get_string (tags, name, &value);
  g_assert_cmpstr (value, ==, expected);
}

static void
test_language_tag (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GstTagList) tags = NULL;

  element_fixture_start (self, UTF8);
  tags = pull_tags (self, GST_TAG_SCOPE_STREAM);
  check_tag (tags, GST_TAG_LANGUAGE_CODE, "zh");
  g_assert_cmpint (gst_tag_list_n_tags (tags), ==, 1);
}

static GstTagList *
english_tags_new (GstTagScope scope)
{
  GstTagList *tags =
      gst_tag_list_new (GST_TAG_TITLE, "News", GST_TAG_LANGUAGE_CODE, "en", GST_TAG_LANGUAGE_NAME,
                        "English", GST_TAG_AUDIO_CODEC, "Opus", GST_TAG_BITRATE, 64000, NULL);

  gst_tag_list_set_scope (tags, scope);
  return tags;
}

static void
test_tag_rewrite (ElementFixture *self, gconstpointer data)
{
  GstEvent *event = gst_event_new_tag (english_tags_new (GST_TAG_SCOPE_STREAM));
  guint32 seqnum = gst_event_get_seqnum (event);
  g_autoptr (GstEvent) result = NULL;
  GstTagList *tags;

  element_fixture_start (self, UTF8);
  gst_event_unref (element_fixture_pull_event (self, GST_EVENT_TAG));
  gst_harness_push_event (self->harness, event);
  result = element_fixture_pull_event (self, GST_EVENT_TAG);
  gst_event_parse_tag (result, &tags);
  check_tag (tags, GST_TAG_TITLE, "News");
  check_tag (tags, GST_TAG_LANGUAGE_CODE, "zh");
  g_assert_cmpint (gst_tag_list_n_tags (tags), ==, 2);
  g_assert_cmpuint (gst_event_get_seqnum (result), ==, seqnum);
}

static void
test_tag_before_segment (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GstTagList) tags = NULL;

  gst_harness_push_event (self->harness,
                          gst_event_new_tag (english_tags_new (GST_TAG_SCOPE_STREAM)));
  element_fixture_start (self, UTF8);
  g_assert_cmpstr (self->log->str, ==, "stream-start caps segment tag");
  tags = pull_tags (self, GST_TAG_SCOPE_STREAM);
  check_tag (tags, GST_TAG_TITLE, "News");
  check_tag (tags, GST_TAG_LANGUAGE_CODE, "zh");
}

static void
test_global_tag (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GstTagList) tags = NULL;

  element_fixture_start (self, UTF8);
  gst_harness_push_event (self->harness,
                          gst_event_new_tag (english_tags_new (GST_TAG_SCOPE_GLOBAL)));
  tags = pull_tags (self, GST_TAG_SCOPE_GLOBAL);
  check_tag (tags, GST_TAG_TITLE, "News");
  g_assert_cmpint (gst_tag_list_n_tags (tags), ==, 1);
}

/* ---- Queries ---- */

static void
check_latency (ElementFixture *self, gboolean live, GstClockTime expected)
{
  GstQuery *query = gst_query_new_latency ();
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element, "src");
  GstClockTime minimum;
  GstClockTime maximum;
  gboolean is_live;

  g_assert_true (gst_pad_query (pad, query));
  gst_query_parse_latency (query, &is_live, &minimum, &maximum);
  gst_query_unref (query);
  g_assert_cmpint (is_live, ==, live);
  g_assert_cmpuint (minimum, ==, expected);
  g_assert_cmpuint (maximum, ==, GST_CLOCK_TIME_NONE);
}

/* Before caps, a segment and text. */
static void
test_latency (ElementFixture *self, gconstpointer data)
{
  gst_harness_set_upstream_latency (self->harness, 40 * GST_MSECOND);
  gst_harness_set_live (self->harness, FALSE);
  check_latency (self, FALSE, 40 * GST_MSECOND);
  gst_harness_set_live (self->harness, TRUE);
  check_latency (self, TRUE, 540 * GST_MSECOND);
  g_object_set (self->element, "latency", 1000, NULL);
  check_latency (self, TRUE, 1040 * GST_MSECOND);
}

static guint
count_latency_messages (ElementFixture *self)
{
  guint n = 0;

  for (;;) {
    g_autoptr (GstMessage) message = gst_bus_pop_filtered (self->bus, GST_MESSAGE_LATENCY);

    if (!message)
      return n;
    n++;
  }
}

static void
test_latency_message (ElementFixture *self, gconstpointer data)
{
  count_latency_messages (self);
  g_object_set (self->element, "beam-search-size", 2, "latency", 500, NULL);
  g_assert_cmpuint (count_latency_messages (self), ==, 0);
  g_object_set (self->element, "latency", 700, NULL);
  g_assert_cmpuint (count_latency_messages (self), ==, 1);
}

static void
add (const char *path, gconstpointer data, void (*test) (ElementFixture *, gconstpointer))
{
  g_test_add (path, ElementFixture, data, setup, test, teardown);
}

static void
add_rows (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (text_rows); i++) {
    g_autofree char *path = g_strconcat ("/text/", text_rows[i].name, NULL);

    add (path, &text_rows[i], test_text);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (format_rows); i++) {
    g_autofree char *path = g_strconcat ("/caps/", format_rows[i].name, NULL);

    add (path, &format_rows[i], test_format);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  add_rows ();
  add ("/text/invalid-utf8", NULL, test_invalid_utf8);
  add ("/text/gap-buffer", NULL, test_gap_buffer);
  add ("/text/nothing-without-time", NULL, test_nothing_without_time);
  add ("/text/metadata", NULL, test_metadata);
  add ("/caps/renegotiation", NULL, test_renegotiation);
  add ("/events/order", NULL, test_order);
  add ("/events/transcriber", NULL, test_transcriber_events);
  add ("/events/segment-done", NULL, test_segment_done);
  add ("/events/seqnums", NULL, test_seqnums);
  add ("/events/segment-without-caps", NULL, test_segment_without_caps);
  add ("/events/segment-twice", NULL, test_segment_twice);
  add ("/events/segment-in-bytes", NULL, test_segment_in_bytes);
  add ("/events/stream-start-twice", NULL, test_stream_start_twice);
  add ("/events/flush", NULL, test_flush);
  add ("/events/language-tag", NULL, test_language_tag);
  add ("/events/tag-rewrite", NULL, test_tag_rewrite);
  add ("/events/tag-before-segment", NULL, test_tag_before_segment);
  add ("/events/global-tag", NULL, test_global_tag);
  add ("/queries/latency", NULL, test_latency);
  add ("/queries/latency-message", NULL, test_latency_message);
  return g_test_run ();
}
