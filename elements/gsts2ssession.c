/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2ssession.h"

#include "gsts2scue.h"

#include <string.h>

static S2sControl
check_cancelled (gpointer user_data)
{
  GstS2sSession *self = user_data;

  return g_atomic_int_get (&self->cancelled) ? S2S_CONTROL_STOP : S2S_CONTROL_CONTINUE;
}

static gboolean
wants_model (const GstS2sSettings *settings)
{
  return settings->model_path ||
         g_ascii_strcasecmp (settings->input_language, settings->output_language);
}

static gboolean
wants_other_model (const GstS2sSettings *a, const GstS2sSettings *b)
{
  if (a->model_path || b->model_path)
    return g_strcmp0 (a->model_path, b->model_path);
  return g_strcmp0 (a->input_language, b->input_language) ||
         g_strcmp0 (a->output_language, b->output_language);
}

static S2sModel *
load_model (const GstS2sSettings *settings, GError **error)
{
  g_autofree char *path = g_strdup (settings->model_path);

  if (!path)
    path = s2s_model_find (settings->input_language, settings->output_language, error);
  return path ? s2s_model_new_from_dir (path, error) : NULL;
}

static S2sTranslator *
make_translator (S2sModel *model, const GstS2sSettings *settings, GError **error)
{
  S2sTranslatorOptions options;

  s2s_translator_options_init (&options, model);
  if (settings->beam_size > 0)
    options.beam_size = settings->beam_size;
  if (settings->length_penalty >= 0)
    options.length_penalty = settings->length_penalty;
  if (settings->max_length > 0)
    options.max_length = settings->max_length;
  return s2s_translator_new (model, &options, error);
}

/**
 * gst_s2s_session_open:
 * @self: a session, zeroed or open
 * @settings: what is wanted
 *
 * Loads the model if it is not the one that @self has, and makes a translator. Where source and
 * target language are the same and no bundle is named, there is none of both, and text comes out as
 * it goes in. On failure, @self stays as it was.
 *
 * Returns: whether it worked
 */
gboolean
gst_s2s_session_open (GstS2sSession *self, const GstS2sSettings *settings, GError **error)
{
  g_autoptr (S2sModel) model = NULL;
  g_autoptr (S2sTranslator) translator = NULL;

  if (wants_model (settings)) {
    if (self->model && !wants_other_model (settings, &self->settings))
      model = s2s_model_ref (self->model);
    else
      model = load_model (settings, error);
    if (!model)
      return FALSE;
    translator = make_translator (model, settings, error);
    if (!translator)
      return FALSE;
    s2s_translator_set_control (translator, check_cancelled, self);
  }

  gst_s2s_session_close (self);
  gst_s2s_settings_copy (&self->settings, settings);
  self->model = g_steal_pointer (&model);
  self->translator = g_steal_pointer (&translator);
  return TRUE;
}

/**
 * gst_s2s_session_close:
 * @self: a session, or zeroed
 *
 * Lets go of the model. What was cancelled stays cancelled.
 */
void
gst_s2s_session_close (GstS2sSession *self)
{
  g_clear_pointer (&self->translator, s2s_translator_free);
  g_clear_pointer (&self->model, s2s_model_unref);
  gst_s2s_settings_clear (&self->settings);
}

/**
 * gst_s2s_session_cancel:
 * @self: a session
 * @reason: why
 *
 * Makes a translation that is under way, and each that begins, fail with %S2S_ERROR_CANCELLED after
 * at most one step. From any thread.
 */
void
gst_s2s_session_cancel (GstS2sSession *self, GstS2sCancel reason)
{
  g_atomic_int_or (&self->cancelled, reason);
}

/**
 * gst_s2s_session_resume:
 * @self: a session
 * @reason: what is over
 *
 * From any thread.
 */
void
gst_s2s_session_resume (GstS2sSession *self, GstS2sCancel reason)
{
  g_atomic_int_and (&self->cancelled, ~(guint)reason);
}

/* Of these, ISO 639-1 has only the language that they belong to, and muxers know no other code. */
static const char *const macrolanguages[][2] = {
    {"arb", "ar"}, {"cmn", "zh"}, {"swh", "sw"}, {"yue", "zh"}, {"zsm", "ms"},
};

/**
 * gst_s2s_session_get_target_language_code:
 * @self: an open session
 *
 * Returns: (transfer full): the primary language of what comes out, as `zh` of `zh-CN`: ISO 639-1
 * where that has a code
 */
char *
gst_s2s_session_get_target_language_code (const GstS2sSession *self)
{
  const char *tag =
      self->model ? s2s_model_get_target_language (self->model) : self->settings.output_language;
  g_autofree char *primary = g_ascii_strdown (tag, strcspn (tag, "-_"));

  for (gsize i = 0; i < G_N_ELEMENTS (macrolanguages); i++) {
    if (!strcmp (primary, macrolanguages[i][0]))
      return g_strdup (macrolanguages[i][1]);
  }
  return g_steal_pointer (&primary);
}

static char *
translate_line (GstS2sSession *self, const GstS2sCueLine *line, GError **error)
{
  g_autoptr (S2sTranslation) translation = NULL;

  if (!line->has_words)
    return g_strdup (line->text);
  translation = s2s_translator_translate (self->translator, line->text, -1, error);
  if (!translation)
    return NULL;
  return gst_s2s_cue_make_line (translation->hypotheses[0].text);
}

/**
 * gst_s2s_session_transform:
 * @self: an open session
 * @cue: valid UTF-8
 *
 * Translates each line of a cue as gst_s2s_cue_new() finds them. Without a model the cue stays as
 * it is, less blanks at its ends.
 *
 * Returns: (transfer full) (nullable): a line for each of them, "" for a cue of blanks, or %NULL
 * with
 * @error set
 */
char *
gst_s2s_session_transform (GstS2sSession *self, const char *cue, GError **error)
{
  g_autoptr (GstS2sCue) parsed = gst_s2s_cue_new (cue, FALSE);
  GPtrArray *lines = parsed->lines;
  g_autoptr (GString) result = g_string_new (NULL);

  if (!self->translator)
    return g_strstrip (g_strdup (cue));
  for (guint i = 0; i < lines->len; i++) {
    const GstS2sCueLine *line = g_ptr_array_index (lines, i);
    g_autofree char *translation = translate_line (self, line, error);

    if (!translation)
      return NULL;
    g_string_append_printf (result, "%s%s%s", i > 0 ? "\n" : "", line->lead, translation);
  }
  return g_string_free (g_steal_pointer (&result), FALSE);
}
