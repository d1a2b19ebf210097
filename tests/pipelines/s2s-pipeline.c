/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-pipeline.h"

#include <string.h>
#include <unistd.h>

#define WAIT (60 * GST_SECOND)
#define WATCHDOG_SECONDS 110

void
pipeline_start_watchdog (void)
{
  alarm (WATCHDOG_SECONDS);
}

GstElement *
pipeline_new (const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  GstElement *pipeline;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  pipeline = gst_parse_launch (line, &error);
  g_assert_no_error (error);
  return pipeline;
}

void
pipeline_wait_for (GstElement *pipeline, GstMessageType type)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, WAIT, type | GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (message);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  g_assert_no_error (error);
}

void
pipeline_run (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  pipeline_wait_for (pipeline, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static GstPadProbeReturn
append_text (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstMapInfo map;

  g_assert_true (gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), &map, GST_MAP_READ));
  g_ptr_array_add (user_data, g_strndup ((const char *)map.data, map.size));
  gst_buffer_unmap (GST_PAD_PROBE_INFO_BUFFER (info), &map);
  return GST_PAD_PROBE_OK;
}

GPtrArray *
pipeline_collect_texts (GstElement *pipeline, const char *element, const char *pad)
{
  g_autoptr (GstElement) owner = gst_bin_get_by_name (GST_BIN (pipeline), element);
  g_autoptr (GstPad) tapped = gst_element_get_static_pad (owner, pad);
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);

  gst_pad_add_probe (tapped, GST_PAD_PROBE_TYPE_BUFFER, append_text, texts, NULL);
  return texts;
}

static gboolean
has_bytes (const char *at, const char *bytes)
{
  return memcmp (at, bytes, strlen (bytes)) == 0;
}

/* In the entry of a track the element Language, which is the bytes 22 B5 9C, a size of one byte and
 * the code, stands before the name of the codec. The first Cluster, 1F 43 B6 75, ends the tracks.
 */
char *
matroska_read_languages (const char *path)
{
  g_autofree char *file = NULL;
  g_autofree char *language = g_strdup ("?");
  GString *languages = g_string_new (NULL);
  gsize size;

  g_assert_true (g_file_get_contents (path, &file, &size, NULL));
  for (gsize i = 0; i + 16 < size && !has_bytes (file + i, "\x1f\x43\xb6\x75"); i++) {
    gboolean is_text = has_bytes (file + i, "S_TEXT/UTF8");

    if (is_text)
      g_string_append_printf (languages, "%s%s", languages->len ? " " : "", language);
    if (is_text || has_bytes (file + i, "A_VORBIS") || has_bytes (file + i, "V_VP8")) {
      g_free (language);
      language = g_strdup ("?");
    } else if (has_bytes (file + i, "\x22\xb5\x9c")) {
      g_free (language);
      language = g_strndup (file + i + 4, file[i + 3] & 0x7f);
    }
  }
  return g_string_free (languages, FALSE);
}
