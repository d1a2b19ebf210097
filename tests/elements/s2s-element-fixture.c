/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-element-fixture.h"

#include <string.h>

static void
count_progress (GstBus *bus, GstMessage *message, ElementFixture *self)
{
  GstProgressType type;

  gst_message_parse_progress (message, &type, NULL, NULL);
  g_atomic_int_add (&self->n_loading, type == GST_PROGRESS_TYPE_START ? 1 : -1);
}

void
element_fixture_init (ElementFixture *self, const S2sTestBundle *bundle)
{
  memset (self, 0, sizeof *self);
  self->bundle = s2s_test_bundle_new (bundle);
  self->element = gst_element_factory_make ("s2stransform", NULL);
  g_assert_nonnull (self->element);
  gst_object_ref_sink (self->element);
  self->bus = gst_bus_new ();
  gst_bus_enable_sync_message_emission (self->bus);
  g_signal_connect (self->bus, "sync-message::progress", G_CALLBACK (count_progress), self);
  gst_element_set_bus (self->element, self->bus);
  self->log = g_string_new (NULL);
  self->output = g_string_new (NULL);
  g_object_set (self->element, "model-path", self->bundle, "max-length", FIXTURE_MAX_LENGTH, NULL);
}

static void
write_span (GString *output, const char *text, GstClockTime start, GstClockTime duration)
{
  g_string_append_printf (output, "%s %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "; ", text,
                          start / GST_MSECOND, (start + duration) / GST_MSECOND);
}

static void
write_buffer (ElementFixture *self, GstBuffer *buffer)
{
  g_autofree char *text = buffer_get_text (buffer);

  g_string_append (self->log, "buffer");
  g_assert_cmpstr (text, !=, "");
  g_assert_false (g_ascii_isspace (text[strlen (text) - 1]));
  g_assert_true (GST_BUFFER_PTS_IS_VALID (buffer) && GST_BUFFER_DURATION_IS_VALID (buffer));
  write_span (self->output, text, GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer));
}

static void
write_event (ElementFixture *self, GstEvent *event)
{
  GstClockTime start;
  GstClockTime duration;

  g_string_append (self->log, GST_EVENT_TYPE_NAME (event));
  if (GST_EVENT_TYPE (event) != GST_EVENT_GAP)
    return;
  gst_event_parse_gap (event, &start, &duration);
  write_span (self->output, "gap", start, GST_CLOCK_TIME_IS_VALID (duration) ? duration : 0);
}

static GstPadProbeReturn
write_log (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  ElementFixture *self = user_data;

  if (self->log->len > 0)
    g_string_append_c (self->log, ' ');
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    write_buffer (self, GST_PAD_PROBE_INFO_BUFFER (info));
  else
    write_event (self, GST_PAD_PROBE_INFO_EVENT (info));
  return GST_PAD_PROBE_OK;
}

void
element_fixture_play (ElementFixture *self)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element, "src");

  gst_pad_add_probe (pad,
                     GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                         GST_PAD_PROBE_TYPE_EVENT_FLUSH,
                     write_log, self, NULL);
  self->harness = gst_harness_new_with_element (self->element, "sink", "src");
}

void
element_fixture_start (ElementFixture *self, const char *caps)
{
  GstSegment segment;

  if (caps) {
    gst_harness_set_src_caps_str (self->harness, caps);
    return;
  }
  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_assert_true (gst_harness_push_event (self->harness, gst_event_new_segment (&segment)));
}

void
element_fixture_restart (ElementFixture *self, const char *caps)
{
  gst_element_set_state (self->element, GST_STATE_PLAYING);
  gst_harness_push_event (self->harness, gst_event_new_stream_start ("restarted"));
  element_fixture_start (self, caps);
}

/* A thread that loads may post its last message yet. Messages hold the element, as threads do. */
static void
wait_for_threads (ElementFixture *self)
{
  for (guint i = 0; GST_OBJECT_REFCOUNT_VALUE (self->element) > 1 && i < 30000; i++) {
    GstMessage *message = gst_bus_pop (self->bus);

    if (message)
      gst_message_unref (message);
    else
      g_usleep (1000);
  }
  g_assert_cmpint (GST_OBJECT_REFCOUNT_VALUE (self->element), ==, 1);
}

/* Each text that came in has become one thing. */
static void
check_balance (ElementFixture *self)
{
  static const char *const fates[] = {"sentences", "gaps", "dropped", "discarded", "clipped"};
  guint64 n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (fates); i++)
    n += element_fixture_get_stat (self, fates[i]);
  g_assert_cmpuint (element_fixture_get_stat (self, "received"), ==, n);
  g_assert_cmpuint (element_fixture_get_stat (self, "late"), <=,
                    element_fixture_get_stat (self, "sentences") +
                        element_fixture_get_stat (self, "dropped"));
}

void
element_fixture_clear (ElementFixture *self)
{
  check_balance (self);
  g_clear_pointer (&self->harness, gst_harness_teardown);
  gst_element_set_state (self->element, GST_STATE_NULL);
  wait_for_threads (self);
  g_assert_cmpint (self->n_loading, ==, 0);
  gst_element_set_bus (self->element, NULL);
  gst_object_unref (self->bus);
  gst_object_unref (self->element);
  g_string_free (self->log, TRUE);
  g_string_free (self->output, TRUE);
  s2s_test_bundle_remove (self->bundle);
}

GstBuffer *
text_buffer_new (const char *text, gssize size, GstClockTime pts, GstClockTime duration)
{
  gsize length = size < 0 ? strlen (text) : (gsize)size;
  GstBuffer *buffer = length > 0 ? gst_buffer_new_memdup (text, length) : gst_buffer_new ();

  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = duration;
  return buffer;
}

GstFlowReturn
element_fixture_push (ElementFixture *self, const char *text)
{
  return gst_harness_push (self->harness, text_buffer_new (text, -1, 0, GST_SECOND));
}

static GstClockTime
from_ms (gint64 ms)
{
  return ms < 0 ? GST_CLOCK_TIME_NONE : (GstClockTime)ms * GST_MSECOND;
}

GstBuffer *
timed_buffer_new (const char *text, gint64 start, gint64 duration)
{
  return text_buffer_new (text, -1, from_ms (start), from_ms (duration));
}

GstFlowReturn
element_fixture_push_at (ElementFixture *self, const char *text, gint64 start, gint64 duration)
{
  return gst_harness_push (self->harness, timed_buffer_new (text, start, duration));
}

char *
buffer_get_text (GstBuffer *buffer)
{
  GstMapInfo map;
  char *text;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  g_assert_true (g_utf8_validate_len ((const char *)map.data, map.size, NULL));
  text = g_strndup ((const char *)map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return text;
}

char *
element_fixture_pull (ElementFixture *self)
{
  g_autoptr (GstBuffer) buffer = gst_harness_try_pull (self->harness);

  g_assert_nonnull (buffer);
  return buffer_get_text (buffer);
}

char *
element_fixture_expand (ElementFixture *self, const char *pattern)
{
  GString *text = g_string_new (NULL);
  g_auto (GStrv) pieces = g_regex_split_simple ("«|»", pattern, 0, 0);

  for (guint i = 0; pieces[i]; i++) {
    g_autofree char *piece =
        i % 2 ? translate_directly (self->bundle, pieces[i], NULL) : g_strdup (pieces[i]);

    g_string_append (text, piece);
  }
  return g_string_free (text, FALSE);
}

void
element_fixture_check_output (ElementFixture *self, const char *pattern)
{
  g_autofree char *expected = element_fixture_expand (self, pattern);

  g_strchomp (self->output->str);
  g_assert_cmpstr (self->output->str, ==, expected);
  g_string_truncate (self->output, 0);
}

guint64
element_fixture_get_stat (ElementFixture *self, const char *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (self->element, "stats", &stats, NULL);
  g_assert_true (gst_structure_has_name (stats, "application/x-s2stransform-stats"));
  g_assert_true (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

void
element_fixture_check_stats (ElementFixture *self, const char *expected)
{
  static const char *const names[] = {"received",  "sentences", "gaps", "dropped",
                                      "discarded", "clipped",   "late"};
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    guint64 n = element_fixture_get_stat (self, names[i]);

    if (n > 0)
      g_string_append_printf (text, "%s%s %" G_GUINT64_FORMAT, text->len > 0 ? ", " : "", names[i],
                              n);
  }
  g_assert_cmpstr (text->str, ==, expected);
}

GstEvent *
element_fixture_pull_event (ElementFixture *self, GstEventType type)
{
  GstEvent *event = gst_harness_try_pull_event (self->harness);

  while (event && GST_EVENT_TYPE (event) != type) {
    gst_event_unref (event);
    event = gst_harness_try_pull_event (self->harness);
  }
  g_assert_nonnull (event);
  return event;
}

GError *
element_fixture_pop_problem (ElementFixture *self, GstMessageType type)
{
  /* A thread that loads posts on its own. */
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      self->bus, 30 * GST_SECOND, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  GError *error = NULL;

  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, type);
  if (type == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  return error;
}

void
element_fixture_await_progress (ElementFixture *self, GstProgressType type)
{
  GstProgressType found = GST_PROGRESS_TYPE_START;

  /* What comes before is not asked for afterwards: the problem of a load follows its end. */
  while (found == GST_PROGRESS_TYPE_START) {
    g_autoptr (GstMessage) message =
        gst_bus_timed_pop_filtered (self->bus, 30 * GST_SECOND, GST_MESSAGE_PROGRESS);

    g_assert_nonnull (message);
    gst_message_parse_progress (message, &found, NULL, NULL);
  }
  g_assert_cmpint (found, ==, type);
}

void
element_fixture_push_gap (ElementFixture *self)
{
  gst_harness_push_event (self->harness, gst_event_new_gap (0, 1));
}

gboolean
element_fixture_has_problem (ElementFixture *self)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (self->bus, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);

  return message != NULL;
}

char *
translate_input_directly (const char *bundle, const S2sInput *input,
                          void (*change) (S2sTranslatorOptions *options))
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (bundle, &error);
  g_autoptr (S2sTranslator) translator = NULL;
  g_autoptr (S2sTranslation) translation = NULL;
  S2sTranslatorOptions options;

  g_assert_no_error (error);
  s2s_translator_options_init (&options, model);
  options.max_length = FIXTURE_MAX_LENGTH;
  if (change)
    change (&options);
  translator = s2s_translator_new (model, &options, &error);
  g_assert_no_error (error);
  s2s_translator_translate_batch (translator, input, 1, &translation, &error);
  g_assert_no_error (error);
  return g_strdup (translation->hypotheses[0].text);
}

char *
translate_directly (const char *bundle, const char *text,
                    void (*change) (S2sTranslatorOptions *options))
{
  const S2sInput input = {.text = text, .length = -1};

  return translate_input_directly (bundle, &input, change);
}
