/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-accumulate-fixture.h"

#include <string.h>

#define PATIENCE (20 * G_TIME_SPAN_SECOND)

char *
accumulate_buffer_get_text (GstBuffer *buffer)
{
  GstMapInfo map;
  char *text;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  text = g_strndup ((const char *)map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return text;
}

static void
log_span (GString *log, const char *what, GstClockTime start, GstClockTime duration)
{
  g_string_append_printf (log, "%s %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, what,
                          start / GST_MSECOND, (start + duration) / GST_MSECOND);
}

static void
log_event (GString *log, GstEvent *event)
{
  GstClockTime start;
  GstClockTime duration;

  if (GST_EVENT_TYPE (event) == GST_EVENT_GAP) {
    gst_event_parse_gap (event, &start, &duration);
    log_span (log, "gap", start, duration);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_CUSTOM_DOWNSTREAM) {
    g_string_append (log, gst_structure_get_name (gst_event_get_structure (event)));
  } else {
    g_string_append (log, GST_EVENT_TYPE_NAME (event));
  }
}

static GstPadProbeReturn
log_data (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  AccumulateFixture *self = data;

  g_mutex_lock (&self->lock);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
    g_autofree char *text = accumulate_buffer_get_text (buffer);

    log_span (self->log, text, GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer));
  } else {
    log_event (self->log, GST_PAD_PROBE_INFO_EVENT (info));
  }
  if (self->timed)
    g_string_append_printf (self->log, "@%" G_GUINT64_FORMAT,
                            gst_element_get_current_running_time (self->element) / GST_MSECOND);
  g_string_append (self->log, "; ");
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static void
init (AccumulateFixture *self)
{
  g_autoptr (GstPad) pad = NULL;

  *self = (AccumulateFixture){.log = g_string_new (NULL), .bus = gst_bus_new ()};
  g_mutex_init (&self->lock);
  self->element = gst_object_ref_sink (gst_element_factory_make ("s2saccumulate", NULL));
  gst_element_set_bus (self->element, self->bus);
  pad = gst_element_get_static_pad (self->element, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
                     log_data, self, NULL);
}

void
accumulate_fixture_init (AccumulateFixture *self)
{
  init (self);
  self->harness = gst_harness_new_with_element (self->element, "sink", "src");
  gst_harness_set_live (self->harness, FALSE);
}

void
accumulate_fixture_init_live (AccumulateFixture *self, GstClockTime upstream_latency)
{
  init (self);
  self->harness = gst_harness_new_with_element (self->element, "sink", "src");
  gst_harness_use_testclock (self->harness);
  gst_harness_set_upstream_latency (self->harness, upstream_latency);
  self->timed = TRUE;
}

void
accumulate_fixture_clear (AccumulateFixture *self)
{
  gst_harness_teardown (self->harness);
  gst_element_set_bus (self->element, NULL);
  gst_object_unref (self->element);
  gst_object_unref (self->bus);
  g_string_free (self->log, TRUE);
  g_mutex_clear (&self->lock);
}

char *
accumulate_fixture_get_log (AccumulateFixture *self)
{
  char *log;

  g_mutex_lock (&self->lock);
  log = g_strdup (self->log->str);
  g_mutex_unlock (&self->lock);
  return g_strchomp (log);
}

void
accumulate_fixture_wait_for (AccumulateFixture *self, const char *entry)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  for (;;) {
    g_autofree char *log = accumulate_fixture_get_log (self);

    if (strstr (log, entry))
      return;
    if (g_get_monotonic_time () > end)
      g_error ("waited for '%s', got '%s'", entry, log);
    g_usleep (1000);
  }
}

void
accumulate_fixture_forget (AccumulateFixture *self)
{
  g_mutex_lock (&self->lock);
  g_string_truncate (self->log, 0);
  g_mutex_unlock (&self->lock);
}

void
accumulate_fixture_start (AccumulateFixture *self, const char *caps)
{
  gst_harness_set_src_caps_str (self->harness, caps);
  accumulate_fixture_wait_for (self, "segment");
  accumulate_fixture_forget (self);
}

void
accumulate_fixture_check (AccumulateFixture *self, const char *expected)
{
  g_autofree char *log = accumulate_fixture_get_log (self);

  g_assert_cmpstr (log, ==, expected);
  accumulate_fixture_forget (self);
}

static GstClockTime
from_ms (gint64 ms)
{
  return ms < 0 ? GST_CLOCK_TIME_NONE : (GstClockTime)ms * GST_MSECOND;
}

GstBuffer *
accumulate_buffer_new (const char *text, gint64 start, gint64 duration)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, strlen (text), NULL);

  gst_buffer_fill (buffer, 0, text, strlen (text));
  GST_BUFFER_PTS (buffer) = from_ms (start);
  GST_BUFFER_DURATION (buffer) = from_ms (duration);
  return buffer;
}

GstFlowReturn
accumulate_fixture_push (AccumulateFixture *self, const char *text, gint64 start, gint64 duration)
{
  return gst_harness_push (self->harness, accumulate_buffer_new (text, start, duration));
}

void
accumulate_fixture_push_custom (AccumulateFixture *self, const char *name)
{
  gst_harness_push_event (self->harness, gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
                                                               gst_structure_new_empty (name)));
}

void
accumulate_fixture_finish (AccumulateFixture *self, const char *expected)
{
  g_assert_true (gst_harness_push_event (self->harness, gst_event_new_eos ()));
  accumulate_fixture_wait_for (self, "eos");
  accumulate_fixture_check (self, expected);
}

static void
wait_for_wait (GstTestClock *clock)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (gst_test_clock_peek_id_count (clock) == 0) {
    if (g_get_monotonic_time () > end)
      g_error ("nobody waits for the clock");
    g_usleep (100);
  }
}

void
accumulate_fixture_advance (AccumulateFixture *self, guint ms)
{
  g_autoptr (GstTestClock) clock = gst_harness_get_testclock (self->harness);
  GstClockTime end = gst_clock_get_time (GST_CLOCK (clock)) + ms * GST_MSECOND;

  for (;;) {
    wait_for_wait (clock);
    if (gst_test_clock_get_next_entry_time (clock) > end)
      break;
    gst_test_clock_crank (clock);
  }
  gst_test_clock_set_time (clock, end);
}

gboolean
accumulate_fixture_has_message (AccumulateFixture *self, GstMessageType type)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (self->bus, type);

  return message != NULL;
}
