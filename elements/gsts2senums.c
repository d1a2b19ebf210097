/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2senums.h"

#include "gsts2scue.h"

/* The type of an enumeration. cache: 0 until it is known. */
static GType
get_type (gsize *cache, const char *name, const GEnumValue *values)
{
  if (g_once_init_enter (cache)) {
    GType type = g_enum_register_static (name, values);

    gst_type_mark_as_plugin_api (type, 0);
    g_once_init_leave (cache, type);
  }
  return *cache;
}

GType
gst_s2s_mode_get_type (void)
{
  static const GEnumValue values[] = {
      {GST_S2S_MODE_TRANSLATE, "Translate the text", "translate"},
      {GST_S2S_MODE_PASSTHROUGH, "Let the text pass as it is", "passthrough"},
      {GST_S2S_MODE_MUTE, "Send gaps instead of text", "mute"},
      {0, NULL, NULL},
  };
  static gsize type;

  return get_type (&type, "GstS2sMode", values);
}

GType
gst_s2s_late_policy_get_type (void)
{
  static const GEnumValue values[] = {
      {GST_S2S_LATE_POLICY_SHIFT, "Finish fast and show the text later", "shift"},
      {GST_S2S_LATE_POLICY_DROP, "Stop and show nothing", "drop"},
      {GST_S2S_LATE_POLICY_PASSTHROUGH, "Stop and show the source", "passthrough"},
      {GST_S2S_LATE_POLICY_KEEP, "Finish fast and keep the times", "keep"},
      {0, NULL, NULL},
  };
  static gsize type;

  return get_type (&type, "GstS2sLatePolicy", values);
}

GType
gst_s2s_units_get_type (void)
{
  static const GEnumValue values[] = {
      {GST_S2S_UNITS_SENTENCE, "A buffer for each that comes in", "sentence"},
      {GST_S2S_UNITS_SOURCE, "A buffer for each part of the source", "source"},
      {0, NULL, NULL},
  };
  static gsize type;

  return get_type (&type, "GstS2sUnits", values);
}

GType
gst_s2s_bilingual_get_type (void)
{
  static const GEnumValue values[] = {
      {GST_S2S_CUE_BILINGUAL_OFF, "The translation alone", "off"},
      {GST_S2S_CUE_BILINGUAL_ABOVE, "The source above the translation", "above"},
      {GST_S2S_CUE_BILINGUAL_BELOW, "The source below the translation", "below"},
      {0, NULL, NULL},
  };
  static gsize type;

  return get_type (&type, "GstS2sBilingual", values);
}

GType
gst_s2s_on_error_get_type (void)
{
  static const GEnumValue values[] = {
      {GST_S2S_ON_ERROR_PASSTHROUGH, "Show the source", "passthrough"},
      {GST_S2S_ON_ERROR_DROP, "Show nothing", "drop"},
      {GST_S2S_ON_ERROR_FAIL, "End the stream with an error", "fail"},
      {0, NULL, NULL},
  };
  static gsize type;

  return get_type (&type, "GstS2sOnError", values);
}

GType
gst_s2s_vocabulary_get_type (void)
{
  static const GEnumValue values[] = {
      {GST_S2S_VOCABULARY_DEFAULT, "What the bundle recommends", "default"},
      {GST_S2S_VOCABULARY_FULL, "All words", "full"},
      {GST_S2S_VOCABULARY_SHORTLIST, "Those of the bundle's shortlist for the text", "shortlist"},
      {0, NULL, NULL},
  };
  static gsize type;

  return get_type (&type, "GstS2sVocabulary", values);
}
