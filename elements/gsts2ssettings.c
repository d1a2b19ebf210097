/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2ssettings.h"

#include "s2s.h"

#include <string.h>

#define DEFAULT_INPUT_LANGUAGE "en"
#define DEFAULT_OUTPUT_LANGUAGE "zh"
#define DEFAULT_BEAM_SIZE 0
#define DEFAULT_LENGTH_PENALTY -1.0f
#define DEFAULT_MAX_LENGTH 0

enum {
  PROP_0,
  PROP_MODEL_PATH,
  PROP_INPUT_LANGUAGE_CODE,
  PROP_OUTPUT_LANGUAGE_CODE,
  PROP_BEAM_SEARCH_SIZE,
  PROP_LENGTH_PENALTY,
  PROP_MAX_LENGTH,
};

/**
 * gst_s2s_settings_init:
 * @self: uninitialised
 *
 * Sets the defaults of all properties.
 */
void
gst_s2s_settings_init (GstS2sSettings *self)
{
  self->model_path = NULL;
  self->input_language = g_strdup (DEFAULT_INPUT_LANGUAGE);
  self->output_language = g_strdup (DEFAULT_OUTPUT_LANGUAGE);
  self->beam_size = DEFAULT_BEAM_SIZE;
  self->length_penalty = DEFAULT_LENGTH_PENALTY;
  self->max_length = DEFAULT_MAX_LENGTH;
}

/**
 * gst_s2s_settings_copy:
 * @self: zeroed, or cleared
 * @other: settings
 */
void
gst_s2s_settings_copy (GstS2sSettings *self, const GstS2sSettings *other)
{
  *self = *other;
  self->model_path = g_strdup (other->model_path);
  self->input_language = g_strdup (other->input_language);
  self->output_language = g_strdup (other->output_language);
}

/**
 * gst_s2s_settings_clear:
 * @self: settings, or zeroed
 */
void
gst_s2s_settings_clear (GstS2sSettings *self)
{
  g_free (self->model_path);
  g_free (self->input_language);
  g_free (self->output_language);
  memset (self, 0, sizeof *self);
}

static void
set_string (char **field, const GValue *value, const char *fallback)
{
  const char *text = g_value_get_string (value);

  g_free (*field);
  *field = g_strdup (text && *text != '\0' ? text : fallback);
}

/**
 * gst_s2s_settings_set_property:
 * @self: settings
 * @id: of a property of gst_s2s_settings_install_properties()
 * @value: of its type
 */
void
gst_s2s_settings_set_property (GstS2sSettings *self, guint id, const GValue *value)
{
  switch (id) {
  case PROP_MODEL_PATH:
    set_string (&self->model_path, value, NULL);
    break;
  case PROP_INPUT_LANGUAGE_CODE:
    set_string (&self->input_language, value, DEFAULT_INPUT_LANGUAGE);
    break;
  case PROP_OUTPUT_LANGUAGE_CODE:
    set_string (&self->output_language, value, DEFAULT_OUTPUT_LANGUAGE);
    break;
  case PROP_BEAM_SEARCH_SIZE:
    self->beam_size = g_value_get_uint (value);
    break;
  case PROP_LENGTH_PENALTY:
    self->length_penalty = g_value_get_float (value);
    break;
  case PROP_MAX_LENGTH:
    self->max_length = g_value_get_uint (value);
    break;
  default:
    g_assert_not_reached ();
  }
}

/**
 * gst_s2s_settings_get_property:
 * @self: settings
 * @id: of a property of gst_s2s_settings_install_properties()
 * @value: of its type
 */
void
gst_s2s_settings_get_property (const GstS2sSettings *self, guint id, GValue *value)
{
  switch (id) {
  case PROP_MODEL_PATH:
    g_value_set_string (value, self->model_path);
    break;
  case PROP_INPUT_LANGUAGE_CODE:
    g_value_set_string (value, self->input_language);
    break;
  case PROP_OUTPUT_LANGUAGE_CODE:
    g_value_set_string (value, self->output_language);
    break;
  case PROP_BEAM_SEARCH_SIZE:
    g_value_set_uint (value, self->beam_size);
    break;
  case PROP_LENGTH_PENALTY:
    g_value_set_float (value, self->length_penalty);
    break;
  case PROP_MAX_LENGTH:
    g_value_set_uint (value, self->max_length);
    break;
  default:
    g_assert_not_reached ();
  }
}

static void
install_model_properties (GObjectClass *klass, GParamFlags flags)
{
  /**
   * GstS2sTransform:model-path:
   *
   * The directory of the bundle to use, whatever the languages say. %NULL is the default bundle of
   * the languages. A change takes effect with the next buffer; if the bundle cannot be loaded, a
   * warning says so and the old one stays.
   */
  g_object_class_install_property (
      klass, PROP_MODEL_PATH,
      g_param_spec_string (
          "model-path", "Model Path",
          "The directory of the model bundle to use. Unset, it is the default bundle "
          "of the languages.",
          NULL, flags));
  /**
   * GstS2sTransform:input-language-code:
   *
   * BCP 47 tag of the language that comes in. It chooses the default bundle. Where it is the same
   * as #GstS2sTransform:output-language-code and no bundle is named, text passes unchanged.
   */
  g_object_class_install_property (
      klass, PROP_INPUT_LANGUAGE_CODE,
      g_param_spec_string ("input-language-code", "Input Language Code",
                           "The BCP 47 tag of the language of the incoming text, which chooses the "
                           "default bundle.",
                           DEFAULT_INPUT_LANGUAGE, flags));
  /**
   * GstS2sTransform:output-language-code:
   *
   * BCP 47 tag of the language that is wanted. It chooses the default bundle.
   */
  g_object_class_install_property (
      klass, PROP_OUTPUT_LANGUAGE_CODE,
      g_param_spec_string ("output-language-code", "Output Language Code",
                           "The BCP 47 tag of the language of the outgoing text, which chooses the "
                           "default bundle.",
                           DEFAULT_OUTPUT_LANGUAGE, flags));
}

static void
install_decoding_properties (GObjectClass *klass, GParamFlags flags)
{
  /**
   * GstS2sTransform:beam-search-size:
   *
   * How many hypotheses the search keeps. 1 is the greedy search, the fastest; 0 is what the bundle
   * recommends.
   */
  g_object_class_install_property (
      klass, PROP_BEAM_SEARCH_SIZE,
      g_param_spec_uint (
          "beam-search-size", "Beam Search Size",
          "The number of hypotheses that the search keeps. 1 is the fastest, 0 takes "
          "the bundle's default.",
          0, S2S_MAX_BEAM, DEFAULT_BEAM_SIZE, flags));
  /**
   * GstS2sTransform:length-penalty:
   *
   * The exponent of the length normalisation: the larger, the longer the translations. Any negative
   * value is what the bundle recommends.
   */
  g_object_class_install_property (
      klass, PROP_LENGTH_PENALTY,
      g_param_spec_float ("length-penalty", "Length Penalty",
                          "The exponent of the length normalisation; larger values favour longer "
                          "translations. -1 takes the bundle's default.",
                          -1.0f, 10.0f, DEFAULT_LENGTH_PENALTY, flags));
  /**
   * GstS2sTransform:max-length:
   *
   * The longest translation of a sentence in tokens. 0 leaves it to the bundle, whose limit grows
   * with the source.
   */
  g_object_class_install_property (
      klass, PROP_MAX_LENGTH,
      g_param_spec_uint (
          "max-length", "Maximum Length",
          "The longest translation of a sentence in tokens. 0 leaves it to the bundle.", 0,
          G_MAXINT, DEFAULT_MAX_LENGTH, flags));
}

/**
 * gst_s2s_settings_install_properties:
 * @klass: a class whose objects have settings
 *
 * Gives the class a property for each setting.
 */
void
gst_s2s_settings_install_properties (GObjectClass *klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

  install_model_properties (klass, flags);
  install_decoding_properties (klass, flags);
}
