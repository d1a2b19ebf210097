/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2ssettings.h"

#include "gsts2shistory.h"
#include "s2s.h"

#include <string.h>

#define FLAGS                                                                                      \
  (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)

/* A property and the field that holds it, whose type is the one of its values. */
typedef struct {
  GParamSpec *(*make) (void);
  gsize field;
} Property;

/**
 * GstS2sTransform:model-path:
 *
 * The directory of the bundle to use, or the name of one that is installed, whatever the languages
 * say. %NULL is the default bundle of the languages. A bundle that is named while the pipeline
 * plays is loaded beside the stream and takes over between two texts; if it cannot be loaded, a
 * warning says so and the old one stays.
 */
static GParamSpec *
make_model_path (void)
{
  return g_param_spec_string (
      "model-path", "Model Path",
      "The directory of the model bundle to use, or the name of one that is "
      "installed. Unset, it is the default bundle of the languages.",
      NULL, FLAGS);
}

/**
 * GstS2sTransform:input-language-code:
 *
 * BCP 47 tag of the language that comes in. It chooses the default bundle. Where it is the same
 * as #GstS2sTransform:output-language-code and no bundle is named, text passes unchanged.
 */
static GParamSpec *
make_input_language_code (void)
{
  return g_param_spec_string ("input-language-code", "Input Language Code",
                              "The BCP 47 tag of the language of the incoming text, which chooses "
                              "the default bundle.",
                              "en", FLAGS);
}

/**
 * GstS2sTransform:output-language-code:
 *
 * BCP 47 tag of the language that is wanted. It chooses the default bundle, and of a bundle with
 * several target languages which one comes out, also with #GstS2sTransform:model-path. %NULL is
 * `zh`, or what the bundle that is named has by default. A change takes effect as one of
 * #GstS2sTransform:model-path does.
 */
static GParamSpec *
make_output_language_code (void)
{
  return g_param_spec_string ("output-language-code", "Output Language Code",
                              "The BCP 47 tag of the language of the outgoing text, which chooses "
                              "the default bundle, or one of the languages of a bundle. Unset, it "
                              "is zh or the bundle's own.",
                              NULL, FLAGS);
}

/**
 * GstS2sTransform:mode:
 *
 * The operator's switch. In every mode text keeps its time, and the latency stays as it is.
 */
static GParamSpec *
make_mode (void)
{
  return g_param_spec_enum ("mode", "Mode",
                            "What becomes of text: it is translated, passes as it is, or is "
                            "replaced by gaps.",
                            GST_TYPE_S2S_MODE, GST_S2S_MODE_TRANSLATE, FLAGS);
}

/**
 * GstS2sTransform:latency:
 *
 * The time in ms that a translation may take in a live pipeline. It is declared in the LATENCY
 * query; text that is not translated by then is late. A change posts a LATENCY message.
 */
static GParamSpec *
make_latency (void)
{
  return g_param_spec_uint ("latency", "Latency",
                            "The time in ms that the translation of live text may take.", 0,
                            G_MAXINT, 500, FLAGS);
}

/**
 * GstS2sTransform:late-policy:
 *
 * What becomes of live text that is late. A translation that is to be shown all the same is
 * finished with the greedy search.
 */
static GParamSpec *
make_late_policy (void)
{
  return g_param_spec_enum ("late-policy", "Late Policy",
                            "What becomes of live text that is not translated in time.",
                            GST_TYPE_S2S_LATE_POLICY, GST_S2S_LATE_POLICY_SHIFT, FLAGS);
}

/**
 * GstS2sTransform:max-lateness:
 *
 * By how many ms #GstS2sTransform:late-policy `shift` shifts a text at most. One that is later is
 * dropped.
 */
static GParamSpec *
make_max_lateness (void)
{
  return g_param_spec_uint ("max-lateness", "Maximum Lateness",
                            "The longest time in ms by which late text is shifted; later text is "
                            "dropped.",
                            0, G_MAXINT, 5000, FLAGS);
}

/**
 * GstS2sTransform:min-duration:
 *
 * For how many ms a text is shown at least that was shifted, because it was late or because the one
 * before it was still shown.
 */
static GParamSpec *
make_min_duration (void)
{
  return g_param_spec_uint ("min-duration", "Minimum Duration",
                            "The shortest time in ms for which shifted text is shown.", 0, G_MAXINT,
                            1000, FLAGS);
}

/**
 * GstS2sTransform:beam-search-size:
 *
 * How many hypotheses the search keeps. 1 is the greedy search, the fastest; 0 is what the bundle
 * recommends.
 */
static GParamSpec *
make_beam_search_size (void)
{
  return g_param_spec_uint ("beam-search-size", "Beam Search Size",
                            "The number of hypotheses that the search keeps. 1 is the fastest, 0 "
                            "takes the bundle's default.",
                            0, S2S_MAX_BEAM, 0, FLAGS);
}

/**
 * GstS2sTransform:length-penalty:
 *
 * The exponent of the length normalisation: the larger, the longer the translations. Any negative
 * value is what the bundle recommends.
 */
static GParamSpec *
make_length_penalty (void)
{
  return g_param_spec_float ("length-penalty", "Length Penalty",
                             "The exponent of the length normalisation; larger values favour "
                             "longer translations. -1 takes the bundle's default.",
                             -1.0f, 10.0f, -1.0f, FLAGS);
}

/**
 * GstS2sTransform:max-length:
 *
 * The longest translation of a sentence in tokens. 0 leaves it to the bundle, whose limit grows
 * with the source.
 */
static GParamSpec *
make_max_length (void)
{
  return g_param_spec_uint ("max-length", "Maximum Length",
                            "The longest translation of a sentence in tokens. 0 leaves it to the "
                            "bundle.",
                            0, G_MAXINT, 0, FLAGS);
}

/**
 * GstS2sTransform:units:
 *
 * Whether a sentence that comes with its parts (as a buffer list, or in the meta that s2saccumulate
 * writes) goes out whole, or cut into as many parts again, each with the time of its source.
 */
static GParamSpec *
make_units (void)
{
  return g_param_spec_enum ("units", "Units",
                            "Whether a sentence goes out whole, or cut as its source was.",
                            GST_TYPE_S2S_UNITS, GST_S2S_UNITS_SENTENCE, FLAGS);
}

/**
 * GstS2sTransform:bilingual:
 *
 * Whether the source is shown with the translation, and where.
 */
static GParamSpec *
make_bilingual (void)
{
  return g_param_spec_enum ("bilingual", "Bilingual",
                            "Whether the source is shown above or below the translation.",
                            GST_TYPE_S2S_BILINGUAL, GST_S2S_CUE_BILINGUAL_OFF, FLAGS);
}

/**
 * GstS2sTransform:max-line-length:
 *
 * The longest line in columns, of which a wide character takes two. 0 breaks no lines.
 */
static GParamSpec *
make_max_line_length (void)
{
  return g_param_spec_uint ("max-line-length", "Maximum Line Length",
                            "The longest line in columns; wide characters count two. 0 is no "
                            "limit.",
                            0, G_MAXINT, 0, FLAGS);
}

/**
 * GstS2sTransform:max-lines:
 *
 * How many lines a text may have. What does not fit makes the lines longer. 0 is no limit.
 */
static GParamSpec *
make_max_lines (void)
{
  return g_param_spec_uint ("max-lines", "Maximum Lines",
                            "The number of lines that a text may have, before lines get longer. 0 "
                            "is no limit.",
                            0, G_MAXINT, 0, FLAGS);
}

/**
 * GstS2sTransform:max-cps:
 *
 * The reading speed in characters a second. Of the hypotheses of the search, the longest that can
 * be read in the time of the text is taken, else the best. 0 takes the best one. A bundle that was
 * trained to say things shorter is asked for what can be read, and the best that can be is taken.
 */
static GParamSpec *
make_max_cps (void)
{
  return g_param_spec_float ("max-cps", "Maximum Characters Per Second",
                             "The number of characters that a viewer reads in a second. 0 is no "
                             "limit.",
                             0.0f, 1000.0f, 0.0f, FLAGS);
}

/**
 * GstS2sTransform:min-confidence:
 *
 * The least confidence of a translation that is shown: the geometric mean of the probabilities of
 * its tokens. #GstS2sTransform:on-error says what becomes of others.
 */
static GParamSpec *
make_min_confidence (void)
{
  return g_param_spec_double ("min-confidence", "Minimum Confidence",
                              "The least confidence of a translation that is shown.", 0.0, 1.0, 0.0,
                              FLAGS);
}

/**
 * GstS2sTransform:on-error:
 *
 * What becomes of text whose translation failed, is below #GstS2sTransform:min-confidence, repeats
 * itself, is absurdly long or short, or has lost what the bundle says it has to keep.
 */
static GParamSpec *
make_on_error (void)
{
  return g_param_spec_enum ("on-error", "On Error",
                            "What becomes of text without a translation that is good enough.",
                            GST_TYPE_S2S_ON_ERROR, GST_S2S_ON_ERROR_PASSTHROUGH, FLAGS);
}

/**
 * GstS2sTransform:glossary:
 *
 * A file of names and terms, one a line: the source, a tab, what it becomes; without the second, it
 * is copied. A change takes effect as one of #GstS2sTransform:model-path does.
 */
static GParamSpec *
make_glossary (void)
{
  return g_param_spec_string ("glossary", "Glossary",
                              "The file of names and terms: source, tab, target on each line.",
                              NULL, FLAGS);
}

/**
 * GstS2sTransform:history-size:
 *
 * How many earlier texts the model reads beside each text, if it is one that can: what was said
 * before, and with a bundle of the task `reply` also what was answered. No more are read than the
 * bundle says; -1 is as many.
 */
static GParamSpec *
make_history_size (void)
{
  return g_param_spec_int ("history-size", "History Size",
                           "The number of earlier texts that the model reads beside each. -1 takes "
                           "the bundle's default.",
                           -1, GST_S2S_MAX_HISTORY, -1, FLAGS);
}

/**
 * GstS2sTransform:vocabulary:
 *
 * Which words a translation is made of. With a shortlist decoding is faster, and a rare word that
 * the list of the sentence lacks cannot come.
 */
static GParamSpec *
make_vocabulary (void)
{
  return g_param_spec_enum ("vocabulary", "Vocabulary", "Which words a translation is made of.",
                            GST_TYPE_S2S_VOCABULARY, GST_S2S_VOCABULARY_DEFAULT, FLAGS);
}

/**
 * GstS2sTransform:shared-decoding:
 *
 * Whether this element decodes in one batch with all others of the process that have the same
 * bundle, decode alike and say so too. One thread does it for all of them, so many channels cost
 * less than each by itself, and together no more than one core; a sentence joins at the next step,
 * and its translation is the same as without.
 */
static GParamSpec *
make_shared_decoding (void)
{
  return g_param_spec_boolean ("shared-decoding", "Shared Decoding",
                               "Whether elements with the same bundle decode in one batch.", FALSE,
                               FLAGS);
}

/**
 * GstS2sTransform:post-messages:
 *
 * Whether each translation is posted as an element message `s2stransform/raw`. An application that
 * never reads its bus turns it off.
 */
static GParamSpec *
make_post_messages (void)
{
  return g_param_spec_boolean ("post-messages", "Post Messages",
                               "Whether each translation is posted as an element message.", TRUE,
                               FLAGS);
}

static const Property properties[] = {
    {make_model_path, G_STRUCT_OFFSET (GstS2sSettings, model_path)},
    {make_input_language_code, G_STRUCT_OFFSET (GstS2sSettings, input_language)},
    {make_output_language_code, G_STRUCT_OFFSET (GstS2sSettings, output_language)},
    {make_mode, G_STRUCT_OFFSET (GstS2sSettings, mode)},
    {make_latency, G_STRUCT_OFFSET (GstS2sSettings, latency)},
    {make_late_policy, G_STRUCT_OFFSET (GstS2sSettings, late_policy)},
    {make_max_lateness, G_STRUCT_OFFSET (GstS2sSettings, max_lateness)},
    {make_min_duration, G_STRUCT_OFFSET (GstS2sSettings, min_duration)},
    {make_beam_search_size, G_STRUCT_OFFSET (GstS2sSettings, beam_size)},
    {make_length_penalty, G_STRUCT_OFFSET (GstS2sSettings, length_penalty)},
    {make_max_length, G_STRUCT_OFFSET (GstS2sSettings, max_length)},
    {make_units, G_STRUCT_OFFSET (GstS2sSettings, units)},
    {make_bilingual, G_STRUCT_OFFSET (GstS2sSettings, bilingual)},
    {make_max_line_length, G_STRUCT_OFFSET (GstS2sSettings, max_line_length)},
    {make_max_lines, G_STRUCT_OFFSET (GstS2sSettings, max_lines)},
    {make_max_cps, G_STRUCT_OFFSET (GstS2sSettings, max_cps)},
    {make_min_confidence, G_STRUCT_OFFSET (GstS2sSettings, min_confidence)},
    {make_on_error, G_STRUCT_OFFSET (GstS2sSettings, on_error)},
    {make_glossary, G_STRUCT_OFFSET (GstS2sSettings, glossary)},
    {make_history_size, G_STRUCT_OFFSET (GstS2sSettings, history_size)},
    {make_vocabulary, G_STRUCT_OFFSET (GstS2sSettings, vocabulary)},
    {make_shared_decoding, G_STRUCT_OFFSET (GstS2sSettings, shared_decoding)},
    {make_post_messages, G_STRUCT_OFFSET (GstS2sSettings, post_messages)},
};

/**
 * gst_s2s_settings_install_properties:
 * @klass: a class whose objects have settings
 *
 * Gives the class a property for each setting, with ids from 1 on.
 */
void
gst_s2s_settings_install_properties (GObjectClass *klass)
{
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    g_object_class_install_property (klass, i + 1, properties[i].make ());
}

/* An empty string is none. */
static void
set_string (char **field, const GValue *value, const GParamSpec *spec)
{
  const char *text = g_value_get_string (value);

  if (!text || *text == '\0')
    text = G_PARAM_SPEC_STRING (spec)->default_value;
  g_free (*field);
  *field = g_strdup (text);
}

/**
 * gst_s2s_settings_set_property:
 * @self: settings
 * @id: of a property of gst_s2s_settings_install_properties()
 * @value: of its type
 * @spec: its specification
 */
void
gst_s2s_settings_set_property (GstS2sSettings *self, guint id, const GValue *value,
                               const GParamSpec *spec)
{
  gpointer field = (guint8 *)self + properties[id - 1].field;

  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value))) {
  case G_TYPE_STRING:
    set_string (field, value, spec);
    self->files_serial++;
    break;
  case G_TYPE_ENUM:
    *(int *)field = g_value_get_enum (value);
    break;
  case G_TYPE_INT:
    *(int *)field = g_value_get_int (value);
    break;
  case G_TYPE_UINT:
    *(guint *)field = g_value_get_uint (value);
    break;
  case G_TYPE_FLOAT:
    *(float *)field = g_value_get_float (value);
    break;
  case G_TYPE_DOUBLE:
    *(double *)field = g_value_get_double (value);
    break;
  case G_TYPE_BOOLEAN:
    *(gboolean *)field = g_value_get_boolean (value);
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
  gconstpointer field = (const guint8 *)self + properties[id - 1].field;

  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value))) {
  case G_TYPE_STRING:
    g_value_set_string (value, *(char *const *)field);
    break;
  case G_TYPE_ENUM:
    g_value_set_enum (value, *(const int *)field);
    break;
  case G_TYPE_INT:
    g_value_set_int (value, *(const int *)field);
    break;
  case G_TYPE_UINT:
    g_value_set_uint (value, *(const guint *)field);
    break;
  case G_TYPE_FLOAT:
    g_value_set_float (value, *(const float *)field);
    break;
  case G_TYPE_DOUBLE:
    g_value_set_double (value, *(const double *)field);
    break;
  case G_TYPE_BOOLEAN:
    g_value_set_boolean (value, *(const gboolean *)field);
    break;
  default:
    g_assert_not_reached ();
  }
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
  self->glossary = g_strdup (other->glossary);
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
  g_free (self->glossary);
  memset (self, 0, sizeof *self);
}

/**
 * gst_s2s_settings_share_files:
 * @a: settings
 * @b: settings
 *
 * Returns: whether what was read for the one suits the other: nobody has named a file or a language
 *   since, not even the same one, whose content may be new
 */
gboolean
gst_s2s_settings_share_files (const GstS2sSettings *a, const GstS2sSettings *b)
{
  return a->files_serial == b->files_serial;
}

/**
 * gst_s2s_settings_share_decoding:
 * @a: settings
 * @b: settings
 *
 * Returns: whether a translator of the same model suits both
 */
gboolean
gst_s2s_settings_share_decoding (const GstS2sSettings *a, const GstS2sSettings *b)
{
  return a->beam_size == b->beam_size && a->length_penalty == b->length_penalty &&
         a->max_length == b->max_length && (a->max_cps > 0) == (b->max_cps > 0) &&
         a->vocabulary == b->vocabulary && a->shared_decoding == b->shared_decoding;
}
