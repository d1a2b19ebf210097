/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the element makes of text and events where time does not matter. */

#include "s2s-accumulate-fixture.h"

#include <string.h>

static void
setup (AccumulateFixture *self, gconstpointer data)
{
  accumulate_fixture_init (self);
}

static void
setup_started (AccumulateFixture *self, gconstpointer data)
{
  accumulate_fixture_init (self);
  accumulate_fixture_start (self, UTF8);
}

static void
teardown (AccumulateFixture *self, gconstpointer data)
{
  g_assert_false (accumulate_fixture_has_message (self, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR));
  accumulate_fixture_clear (self);
}

static GstFlowReturn
push (AccumulateFixture *self, const char *text, gint64 start, gint64 duration)
{
  return accumulate_fixture_push (self, text, start, duration);
}

static void
push_gap (AccumulateFixture *self, guint start, guint duration)
{
  g_assert_true (gst_harness_push_event (
      self->harness, gst_event_new_gap (start * GST_MSECOND, duration * GST_MSECOND)));
}

/* ---- Text ---- */

static void
test_sentences (AccumulateFixture *self, gconstpointer data)
{
  push (self, "The ship left the", 0, 1000);
  push (self, "harbour at noon. Then", 1200, 2100);
  push (self, "it rained", 3300, 900);
  accumulate_fixture_finish (
      self, "The ship left the harbour at noon. 0-2800; Then it rained 2900-4200; eos;");
}

/* A tee or a sink with a queue may copy it. */
static void
test_parts_copy (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (GstBuffer) copy = NULL;
  GstCustomMeta *meta;
  GstBufferList *words = NULL;

  push (self, "We", 0, 200);
  push (self, "go.", 200, 200);
  buffer = gst_harness_pull (self->harness);
  copy = gst_buffer_copy (buffer);
  gst_clear_buffer (&buffer);
  meta = gst_buffer_get_custom_meta (copy, SENTENCE_META);
  g_assert_nonnull (meta);
  gst_structure_get (gst_custom_meta_get_structure (meta), "words", GST_TYPE_BUFFER_LIST, &words,
                     NULL);
  g_assert_cmpuint (gst_buffer_list_length (words), ==, 2);
  gst_buffer_list_unref (words);
}

static void
test_parts (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstBuffer) buffer = NULL;
  GstCustomMeta *meta;
  GstBufferList *words = NULL;
  static const char *const texts[] = {"We", "are", "late."};

  push (self, "We", 0, 200);
  push (self, "are", 300, 200);
  push (self, "late.", 600, 500);
  buffer = gst_harness_pull (self->harness);
  meta = gst_buffer_get_custom_meta (buffer, SENTENCE_META);
  g_assert_nonnull (meta);
  g_assert_true (gst_structure_get (gst_custom_meta_get_structure (meta), "words",
                                    GST_TYPE_BUFFER_LIST, &words, NULL));
  g_assert_cmpuint (gst_buffer_list_length (words), ==, 3);
  for (guint i = 0; i < 3; i++) {
    GstBuffer *word = gst_buffer_list_get (words, i);
    g_autofree char *text = accumulate_buffer_get_text (word);

    g_assert_cmpstr (text, ==, texts[i]);
    g_assert_cmpuint (GST_BUFFER_PTS (word), ==, i * 300 * GST_MSECOND);
    g_assert_cmpuint (GST_BUFFER_DURATION (word), ==, (i == 2 ? 500 : 200) * GST_MSECOND);
  }
  gst_buffer_list_unref (words);
}

/* Who reads the memory to a zero byte finds one, though it is not in the size. */
static void
test_zero_byte (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstBuffer) buffer = NULL;
  GstMapInfo map;

  push (self, "Late.", 0, 200);
  buffer = gst_harness_pull (self->harness);
  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  g_assert_cmpuint (map.size, ==, strlen ("Late."));
  g_assert_cmpuint (map.maxsize, >, map.size);
  g_assert_cmpuint (map.data[map.size], ==, 0);
  gst_buffer_unmap (buffer, &map);
}

static void
test_zero_byte_in (AccumulateFixture *self, gconstpointer data)
{
  GstBuffer *buffer = gst_buffer_new_memdup ("Late.\0", 7);

  GST_BUFFER_PTS (buffer) = 0;
  GST_BUFFER_DURATION (buffer) = GST_SECOND;
  gst_harness_push (self->harness, buffer);
  accumulate_fixture_finish (self, "Late. 0-1000; eos;");
}

static void
test_markup (AccumulateFixture *self, gconstpointer data)
{
  accumulate_fixture_start (self, MARKUP);
  push (self, "We <i>have", 0, 500);
  push (self, "<b>3 &lt; 4</b>.", 500, 500);
  accumulate_fixture_finish (self, "We <i>have 3 < 4. 0-1000; eos;");
}

/* Caps stay on the pad when a new stream starts. */
static void
test_markup_stream (AccumulateFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  accumulate_fixture_start (self, MARKUP);
  gst_harness_push_event (self->harness, gst_event_new_stream_start ("next"));
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  push (self, "<b>We go.</b>", 0, 1000);
  accumulate_fixture_finish (self, "stream-start; segment; We go. 0-1000; eos;");
}

static void
test_plain_text (AccumulateFixture *self, gconstpointer data)
{
  accumulate_fixture_start (self, "text/plain");
  push (self, "<i> is a tag.", 0, 1000);
  accumulate_fixture_finish (self, "<i> is a tag. 0-1000; eos;");
}

static void
test_caps_out (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstCaps) expected = gst_caps_from_string (UTF8);
  g_autoptr (GstCaps) caps = NULL;

  accumulate_fixture_start (self, data);
  caps = gst_pad_get_current_caps (self->harness->sinkpad);
  g_assert_true (gst_caps_is_equal (caps, expected));
}

static void
test_no_duration (AccumulateFixture *self, gconstpointer data)
{
  push (self, "Late.", 0, -1);
  push (self, "We walked home along the dark river.", 5000, -1);
  accumulate_fixture_finish (self,
                             "Late. 0-1000; We walked home along the dark river. 5000-7400; eos;");
}

static void
test_nothing (AccumulateFixture *self, gconstpointer data)
{
  GstBuffer *gap = accumulate_buffer_new ("ignored", 2000, 300);

  push (self, "We", 0, 500);
  push (self, "", 500, 100);
  push (self, " \n", 600, 100);
  push (self, "", -1, -1);
  push (self, "late.", 700, 300);
  GST_BUFFER_FLAG_SET (gap, GST_BUFFER_FLAG_GAP);
  gst_harness_push (self->harness, gap);
  accumulate_fixture_finish (self, "We late. 0-1000; gap 2000-2300; eos;");
}

static void
test_invalid (AccumulateFixture *self, gconstpointer data)
{
  push (self, "caf\xe9 is open.", 0, 1000);
  accumulate_fixture_finish (self, "caf\357\277\275 is open. 0-1000; eos;");
  g_assert_true (accumulate_fixture_has_message (self, GST_MESSAGE_WARNING));
}

static void
test_list (AccumulateFixture *self, gconstpointer data)
{
  GstBufferList *list = gst_buffer_list_new ();

  gst_buffer_list_add (list, accumulate_buffer_new ("We", 0, 500));
  gst_buffer_list_add (list, accumulate_buffer_new ("go.", 500, 500));
  g_assert_cmpint (gst_pad_push_list (self->harness->srcpad, list), ==, GST_FLOW_OK);
  accumulate_fixture_finish (self, "We go. 0-1000; eos;");
}

static void
test_discont (AccumulateFixture *self, gconstpointer data)
{
  GstBuffer *buffer = accumulate_buffer_new ("home.", 1000, 1000);
  g_autoptr (GstBuffer) first = NULL;
  g_autoptr (GstBuffer) second = NULL;

  push (self, "We went", 0, 1000);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  gst_harness_push (self->harness, buffer);
  push (self, "Then on.", 2000, 1000);
  first = gst_harness_pull (self->harness);
  gst_clear_buffer (&first);
  first = gst_harness_pull (self->harness);
  second = gst_harness_pull (self->harness);
  g_assert_true (GST_BUFFER_IS_DISCONT (first));
  g_assert_false (GST_BUFFER_IS_DISCONT (second));
  accumulate_fixture_finish (self, "We went 0-1000; home. 1000-2000; Then on. 2000-3000; eos;");
}

/* ---- Events ---- */

static void
test_drains (AccumulateFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.base = GST_SECOND;
  push (self, "one", 0, 1000);
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  push (self, "two", 0, 1000);
  gst_harness_push_event (self->harness,
                          gst_event_new_segment_done (GST_FORMAT_TIME, 1000 * GST_MSECOND));
  push (self, "three", 1000, 1000);
  gst_harness_push_event (self->harness, gst_event_new_stream_start ("other"));
  accumulate_fixture_wait_for (self, "stream-start");
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  push (self, "four", 2000, 1000);
  accumulate_fixture_finish (self,
                             "one 0-1000; segment; two 0-1000; segment-done; three 1000-2000; "
                             "stream-start; segment; four 2000-3000; eos;");
}

/* Text that lasts into the next segment is shown there, too. */
static void
test_overlapping_segments (AccumulateFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.base = 500 * GST_MSECOND;
  push (self, "Yes.", 0, 300);
  accumulate_fixture_wait_for (self, "Yes. 0-1000;");
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  push (self, "No.", 0, 1600);
  segment.start = segment.position = 10 * GST_SECOND;
  segment.base = 1200 * GST_MSECOND;
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  push (self, "Fine.", 10000, 2000);
  accumulate_fixture_finish (
      self, "Yes. 0-1000; segment; No. 500-1600; segment; Fine. 10900-12000; eos;");
}

static void
test_transcript_events (AccumulateFixture *self, gconstpointer data)
{
  push (self, "one", 0, 1000);
  accumulate_fixture_push_custom (self, "rstranscribe/final-transcript");
  push (self, "two", 1000, 1000);
  accumulate_fixture_push_custom (self, "rstranscribe/speaker-change");
  push (self, "three", 2000, 1000);
  accumulate_fixture_push_custom (self, "other");
  push (self, "four", 3000, 1000);
  accumulate_fixture_finish (self,
                             "one 0-1000; rstranscribe/final-transcript; two 1000-2000; "
                             "rstranscribe/speaker-change; three four 2000-4000; other; eos;");
}

static void
test_transcript_events_off (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "drain-on-final-transcripts", FALSE, "drain-on-speaker-change",
                FALSE, NULL);
  push (self, "one", 0, 1000);
  accumulate_fixture_push_custom (self, "rstranscribe/final-transcript");
  push (self, "two.", 1000, 1000);
  push (self, "three", 2000, 1000);
  accumulate_fixture_push_custom (self, "rstranscribe/speaker-change");
  push (self, "four.", 3000, 1000);
  accumulate_fixture_finish (
      self, "one two. 0-2000; rstranscribe/final-transcript; three four. 2000-4000; "
            "rstranscribe/speaker-change; eos;");
}

/* No event overtakes the text before it, even if that is held. */
static void
test_order (AccumulateFixture *self, gconstpointer data)
{
  push (self, "One.", 0, 1000);
  push_gap (self, 1000, 500);
  push (self, "and two", 1500, 500);
  gst_harness_push_event (self->harness,
                          gst_event_new_tag (gst_tag_list_new (GST_TAG_TITLE, "a", NULL)));
  push_gap (self, 2000, 100);
  push (self, "three. Four", 2100, 1000);
  push_gap (self, 3100, 700);
  push (self, "five.", 3200, 500);
  accumulate_fixture_finish (self, "One. 0-1000; gap 1000-1500; and two three. 1500-2645; tag; "
                                   "Four five. 2736-3736; gap 3736-3800; eos;");
}

static GstEvent *
pull_gap (AccumulateFixture *self)
{
  for (;;) {
    GstEvent *event = gst_harness_pull_event (self->harness);

    g_assert_nonnull (event);
    if (GST_EVENT_TYPE (event) == GST_EVENT_GAP)
      return event;
    gst_event_unref (event);
  }
}

/* Of a silence that text is shown over, what is left stays the same event. */
static void
test_gap_over_text (AccumulateFixture *self, gconstpointer data)
{
  GstEvent *gap = gst_event_new_gap (300 * GST_MSECOND, GST_SECOND);
  g_autoptr (GstEvent) received = NULL;
  GstGapFlags flags;

  push (self, "Yes.", 0, 300);
  accumulate_fixture_wait_for (self, "Yes. 0-1000;");
  push_gap (self, 300, 700);
  gst_event_set_gap_flags (gap, GST_GAP_FLAG_MISSING_DATA);
  gst_event_set_seqnum (gap, 4711);
  gst_harness_push_event (self->harness, gap);
  received = pull_gap (self);
  gst_event_parse_gap_flags (received, &flags);
  g_assert_cmpuint (flags, ==, GST_GAP_FLAG_MISSING_DATA);
  g_assert_cmpuint (gst_event_get_seqnum (received), ==, 4711);
  push_gap (self, 1200, 200);
  accumulate_fixture_finish (self, "Yes. 0-1000; gap 1000-1300; gap 1300-1400; eos;");
}

/* Nobody says how long it is, but that it starts before text is shown is over. */
static void
test_gap_without_duration (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstEvent) received = NULL;
  GstClockTime start, duration;

  push (self, "Yes.", 0, 300);
  gst_harness_push_event (self->harness,
                          gst_event_new_gap (300 * GST_MSECOND, GST_CLOCK_TIME_NONE));
  received = pull_gap (self);
  gst_event_parse_gap (received, &start, &duration);
  g_assert_cmpuint (start, ==, GST_SECOND);
  g_assert_cmpuint (duration, ==, GST_CLOCK_TIME_NONE);
}

static void
test_gap_backwards (AccumulateFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = -1.0;
  segment.stop = 10 * GST_SECOND;
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  push (self, "Yes.", 5000, 1000);
  push_gap (self, 2000, 3000);
  accumulate_fixture_finish (self, "segment; Yes. 5000-6000; gap 2000-5000; eos;");
}

static void
test_long_gap (AccumulateFixture *self, gconstpointer data)
{
  push (self, "we went home", 0, 1000);
  push_gap (self, 1000, 3000);
  accumulate_fixture_check (
      self, (accumulate_fixture_wait_for (self, "gap"), "we went home 0-1000; gap 1000-4000;"));
}

static void
test_seqnums (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstEvent) received = NULL;
  GstSegment segment;
  GstEvent *event;

  gst_segment_init (&segment, GPOINTER_TO_INT (data));
  event = gst_event_new_segment (&segment);
  gst_event_set_seqnum (event, 4711);
  while ((received = gst_harness_try_pull_event (self->harness)))
    gst_clear_event (&received);
  gst_harness_push_event (self->harness, event);
  received = gst_harness_pull_event (self->harness);
  g_assert_cmpint (GST_EVENT_TYPE (received), ==, GST_EVENT_SEGMENT);
  g_assert_cmpuint (gst_event_get_seqnum (received), ==, 4711);
}

static void
test_sparse (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstEvent) event =
      gst_pad_get_sticky_event (self->harness->sinkpad, GST_EVENT_STREAM_START, 0);
  GstStreamFlags flags;

  gst_event_parse_stream_flags (event, &flags);
  g_assert_true (flags & GST_STREAM_FLAG_SPARSE);
}

static void
test_wrong_segment (AccumulateFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_DEFAULT);
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  g_assert_true (accumulate_fixture_has_message (self, GST_MESSAGE_ERROR));
}

static void
test_backwards (AccumulateFixture *self, gconstpointer data)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = -1.0;
  segment.stop = 10 * GST_SECOND;
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  push (self, "went home.", 1000, 1000);
  push (self, "We. And you", 0, 1000);
  accumulate_fixture_finish (self, "segment; went home. 1000-2000; We. And you 0-1000; eos;");
}

static void
test_serialized_query (AccumulateFixture *self, gconstpointer data)
{
  g_autoptr (GstQuery) query = gst_query_new_drain ();

  g_assert_false (gst_pad_peer_query (self->harness->srcpad, query));
}

/* ---- Properties ---- */

static void
test_min_duration (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "min-duration", 2500, NULL);
  push (self, "Late.", 0, 300);
  accumulate_fixture_finish (self, "Late. 0-2500; eos;");
}

static void
test_extend (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "extend-duration", TRUE, "extended-duration-gap", 200, NULL);
  push (self, "Late.", 0, 1000);
  push (self, "Good.", 3000, 1000);
  accumulate_fixture_finish (self, "Late. 0-2800; Good. 3000-4000; eos;");
}

static void
test_window (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "window", 3000, NULL);
  push (self, "Late.", 0, 1000);
  push (self, "Good.", 1000, 1000);
  push (self, "Fine.", 2000, 1000);
  push (self, "So.", 3000, 1000);
  accumulate_fixture_finish (self, "Late. Good. Fine. 0-3000; So. 3000-4000; eos;");
}

/* What is not full at the end of a stream goes out, too. */
static void
test_window_sentences (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "window-sentences", 2, NULL);
  push (self, "Late.", 0, 1000);
  push (self, "Good. Fine.", 8000, 1100);
  accumulate_fixture_finish (self, "Late. Good. 0-8500; Fine. 8600-9600; eos;");
}

/* What ends a sentence ends the buffer. */
static void
test_window_sentences_drain (AccumulateFixture *self, gconstpointer data)
{
  g_object_set (self->element, "window-sentences", 3, NULL);
  push (self, "Late.", 0, 1000);
  accumulate_fixture_push_custom (self, "rstranscribe/speaker-change");
  push (self, "Good.", 1000, 1000);
  push (self, "Fine.", 2000, 1000);
  push (self, "So.", 3000, 1000);
  accumulate_fixture_finish (self, "Late. 0-1000; rstranscribe/speaker-change; "
                                   "Good. Fine. So. 1000-4000; eos;");
}

static void
test_lateness (AccumulateFixture *self, gconstpointer data)
{
  GstEvent *gap = gst_event_new_gap (GST_SECOND, 200 * GST_MSECOND);
  g_autoptr (GstEvent) received = NULL;
  GstGapFlags flags;

  g_object_set (self->element, "lateness", 500, NULL);
  push (self, "Late.", 0, 1000);
  gst_event_set_gap_flags (gap, GST_GAP_FLAG_MISSING_DATA);
  gst_event_set_seqnum (gap, 4711);
  gst_harness_push_event (self->harness, gap);
  received = pull_gap (self);
  gst_event_parse_gap_flags (received, &flags);
  g_assert_cmpuint (flags, ==, GST_GAP_FLAG_MISSING_DATA);
  g_assert_cmpuint (gst_event_get_seqnum (received), ==, 4711);
  accumulate_fixture_finish (self, "Late. 500-1500; gap 1500-1700; eos;");
}

static void
test_class (void)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("s2saccumulate");

  g_assert_cmpstr (gst_element_factory_get_metadata (factory, GST_ELEMENT_METADATA_KLASS), ==,
                   "Filter/Text");
  g_assert_cmpuint (gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE (factory)), ==, GST_RANK_NONE);
  g_assert_cmpuint (gst_element_factory_get_num_pad_templates (factory), ==, 2);
  for (const GList *l = gst_element_factory_get_static_pad_templates (factory); l; l = l->next) {
    GstStaticPadTemplate *pad_template = l->data;

    g_assert_cmpint (pad_template->presence, ==, GST_PAD_ALWAYS);
  }
}

/* Each property has words for a person, and may change at any time. */
static void
test_property_specs (void)
{
  g_autoptr (GstElement) element =
      gst_object_ref_sink (gst_element_factory_make ("s2saccumulate", NULL));
  g_autofree GParamSpec **specs = NULL;
  guint n;
  guint own = 0;

  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);
  for (guint i = 0; i < n; i++) {
    const char *nick = g_param_spec_get_nick (specs[i]);
    const char *blurb = g_param_spec_get_blurb (specs[i]);

    if (specs[i]->owner_type != G_OBJECT_TYPE (element))
      continue;
    own++;
    g_assert_true (g_ascii_isupper (nick[0]));
    g_assert_true (g_str_has_suffix (blurb, "."));
    g_assert_true (specs[i]->flags & GST_PARAM_MUTABLE_PLAYING);
    g_assert_cmpint (specs[i]->flags & G_PARAM_STATIC_STRINGS, ==, G_PARAM_STATIC_STRINGS);
  }
  g_assert_cmpuint (own, ==, 10);
}

static void
test_properties (void)
{
  g_autoptr (GstElement) element =
      gst_object_ref_sink (gst_element_factory_make ("s2saccumulate", NULL));
  gint latency;
  guint lateness, min_duration, window, window_sentences, gap;
  gboolean extend, final, speaker, lines;

  g_object_get (element, "latency", &latency, "lateness", &lateness, "min-duration", &min_duration,
                "window", &window, "window-sentences", &window_sentences, "extended-duration-gap",
                &gap, "extend-duration", &extend, "drain-on-final-transcripts", &final,
                "drain-on-speaker-change", &speaker, "drain-on-lines", &lines, NULL);
  g_assert_cmpint (latency, ==, 3000);
  g_assert_cmpuint (lateness, ==, 0);
  g_assert_cmpuint (min_duration, ==, 1000);
  g_assert_cmpuint (window, ==, 0);
  g_assert_cmpuint (window_sentences, ==, 0);
  g_assert_cmpuint (gap, ==, 0);
  g_assert_false (extend);
  g_assert_true (final);
  g_assert_true (speaker);
  g_assert_false (lines);
}

/* Where another plugin has registered the meta, ours does not do so again. */
static void
test_meta_registered (void)
{
  static const gchar *no_tags[] = {NULL};
  g_autoptr (GstPlugin) plugin = NULL;

  /* Who fills the registry loads the plugin, so that it is too late here. */
  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed ();
    return;
  }
  g_assert_null (gst_meta_get_info (SENTENCE_META));
  gst_meta_register_custom (SENTENCE_META, no_tags, NULL, NULL, NULL);
  plugin = gst_plugin_load_by_name ("s2s");
  g_assert_nonnull (plugin);
}

static void
add (const char *path, void (*start) (AccumulateFixture *, gconstpointer), gconstpointer data,
     void (*test) (AccumulateFixture *, gconstpointer))
{
  g_autofree char *full = g_strconcat ("/s2saccumulate/", path, NULL);

  g_test_add (full, AccumulateFixture, data, start, test, teardown);
}

static void
add_event_tests (void)
{
  add ("drains", setup_started, NULL, test_drains);
  add ("overlapping-segments", setup_started, NULL, test_overlapping_segments);
  add ("transcript-events", setup_started, NULL, test_transcript_events);
  add ("transcript-events-off", setup_started, NULL, test_transcript_events_off);
  add ("order", setup_started, NULL, test_order);
  add ("gap-over-text", setup_started, NULL, test_gap_over_text);
  add ("gap-without-duration", setup_started, NULL, test_gap_without_duration);
  add ("gap-backwards", setup_started, NULL, test_gap_backwards);
  add ("long-gap", setup_started, NULL, test_long_gap);
  add ("seqnums-time", setup_started, GINT_TO_POINTER (GST_FORMAT_TIME), test_seqnums);
  add ("seqnums-bytes", setup_started, GINT_TO_POINTER (GST_FORMAT_BYTES), test_seqnums);
  add ("sparse", setup_started, NULL, test_sparse);
  add ("wrong-segment", setup_started, NULL, test_wrong_segment);
  add ("backwards", setup_started, NULL, test_backwards);
  add ("serialized-query", setup_started, NULL, test_serialized_query);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/s2saccumulate/meta-registered", test_meta_registered);
  add ("sentences", setup_started, NULL, test_sentences);
  add ("parts", setup_started, NULL, test_parts);
  add ("parts-copy", setup_started, NULL, test_parts_copy);
  add ("zero-byte", setup_started, NULL, test_zero_byte);
  add ("zero-byte-in", setup_started, NULL, test_zero_byte_in);
  add ("markup", setup, NULL, test_markup);
  add ("markup-stream", setup, NULL, test_markup_stream);
  add ("plain-text", setup, NULL, test_plain_text);
  add ("caps-out/utf8", setup, UTF8, test_caps_out);
  add ("caps-out/markup", setup, MARKUP, test_caps_out);
  add ("caps-out/plain", setup, "text/plain", test_caps_out);
  add ("no-duration", setup_started, NULL, test_no_duration);
  add ("nothing", setup_started, NULL, test_nothing);
  add ("invalid", setup_started, NULL, test_invalid);
  add ("list", setup_started, NULL, test_list);
  add ("discont", setup_started, NULL, test_discont);
  add_event_tests ();
  add ("min-duration", setup_started, NULL, test_min_duration);
  add ("extend", setup_started, NULL, test_extend);
  add ("window", setup_started, NULL, test_window);
  add ("window-sentences", setup_started, NULL, test_window_sentences);
  add ("window-sentences-drain", setup_started, NULL, test_window_sentences_drain);
  add ("lateness", setup_started, NULL, test_lateness);
  g_test_add_func ("/s2saccumulate/class", test_class);
  g_test_add_func ("/s2saccumulate/property-specs", test_property_specs);
  g_test_add_func ("/s2saccumulate/properties", test_properties);
  return g_test_run ();
}
