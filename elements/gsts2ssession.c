/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2ssession.h"

#include "gsts2sglossary.h"

#include <gst/gst.h>
#include <math.h>
#include <string.h>

struct _GstS2sSession {
  GstS2sSettings settings;   /* what the rest was made for */
  S2sModel *model;           /* NULL where there is nothing to translate */
  S2sTranslator *translator; /* NULL without a model */
  GstS2sGlossary *glossary;  /* nullable */
  S2sControlFunc control;
  gpointer control_data;
};

/* A cue whose lines are translated one by one. */
typedef struct {
  GstS2sRendition rendition;
  GstS2sHistory history; /* what was said before the line */
  double length_ratio;   /* that is asked for; 0 is the bundle's own */
  double log_prob;       /* of all tokens together */
  guint n_tokens;
} Work;

/* ---- Renditions ---- */

static void
clear_line (gpointer line)
{
  GstS2sCueTranslation *translation = line;

  g_free ((char *)translation->text);
  if (translation->alignment)
    g_array_unref ((GArray *)translation->alignment);
}

static void
rendition_init (GstS2sRendition *self)
{
  self->lines = g_array_new (FALSE, TRUE, sizeof (GstS2sCueTranslation));
  g_array_set_clear_func (self->lines, clear_line);
  self->confidence = 1;
  self->flags = S2S_FLAG_NONE;
}

/**
 * gst_s2s_rendition_clear:
 * @self: a rendition, or zeroed
 */
void
gst_s2s_rendition_clear (GstS2sRendition *self)
{
  g_clear_pointer (&self->lines, g_array_unref);
}

/**
 * gst_s2s_rendition_find_fault:
 * @self: a rendition
 * @min_confidence: that it has to have
 *
 * Returns: (nullable): why it is not good enough; %NULL if it is
 */
const char *
gst_s2s_rendition_find_fault (const GstS2sRendition *self, double min_confidence)
{
  if (self->flags & S2S_FLAG_REPETITIVE)
    return "the model repeats itself";
  if (self->flags & S2S_FLAG_LENGTH)
    return "what the model says is absurdly long or short";
  if (self->flags & S2S_FLAG_LOST)
    return "what the model says has lost a name, a number or a negation";
  if (self->confidence < min_confidence)
    return "the confidence is below min-confidence";
  return NULL;
}

/* ---- Making ---- */

/* What is asked for; a launch line can only say "" for %NULL. */
static const char *
get_asked_language (const GstS2sSettings *settings)
{
  const char *language = settings->output_language;

  return language && *language ? language : NULL;
}

/* What comes out where no bundle is named */
static const char *
get_output_language (const GstS2sSettings *settings)
{
  const char *language = get_asked_language (settings);

  return language ? language : "zh";
}

static gboolean
wants_model (const GstS2sSettings *settings)
{
  return settings->model_path ||
         g_ascii_strcasecmp (settings->input_language, get_output_language (settings));
}

/* Which of its target languages a bundle is asked for; NULL is its own. A bundle that is named and
 * has only one is taken as it is. */
static const char *
get_wanted_language (const GstS2sSettings *settings, const char *const *languages)
{
  if (settings->model_path)
    return languages[1] ? get_asked_language (settings) : NULL;
  return get_output_language (settings);
}

static char *
find_bundle (const GstS2sSettings *settings, GError **error)
{
  if (settings->model_path)
    return s2s_model_locate (settings->model_path, error);
  return s2s_model_find (settings->input_language, get_output_language (settings), error);
}

static gboolean
probe_bundle (const GstS2sSettings *settings, char **ret_source_language,
              char **ret_target_language, GError **error)
{
  g_autofree char *path = find_bundle (settings, error);
  g_autofree char *source = NULL;
  g_auto (GStrv) targets = NULL;
  const char *const *languages;
  const char *target;

  if (!path || !s2s_model_probe (path, &source, &targets, error))
    return FALSE;
  languages = (const char *const *)targets;
  target = s2s_language_choose (languages, get_wanted_language (settings, languages), error);
  if (!target)
    return FALSE;
  *ret_source_language = g_steal_pointer (&source);
  *ret_target_language = g_strdup (target);
  return TRUE;
}

/**
 * gst_s2s_session_probe:
 * @settings: what is wanted
 * @ret_source_language: (out) (transfer full): BCP 47 tag of what would come in
 * @ret_target_language: (out) (transfer full): BCP 47 tag of what would come out
 *
 * Looks whether there is a bundle for the languages, and reads its configuration but no weights.
 *
 * Returns: whether there is one
 */
gboolean
gst_s2s_session_probe (const GstS2sSettings *settings, char **ret_source_language,
                       char **ret_target_language, GError **error)
{
  if (wants_model (settings))
    return probe_bundle (settings, ret_source_language, ret_target_language, error);
  *ret_source_language = g_strdup (settings->input_language);
  *ret_target_language = g_strdup (get_output_language (settings));
  return TRUE;
}

static S2sTranslator *
make_translator (const GstS2sSession *self, const GstS2sSettings *settings, GError **error)
{
  S2sTranslatorOptions options;
  S2sTranslator *translator;

  s2s_translator_options_init (&options, self->model);
  if (settings->beam_size > 0)
    options.beam_size = settings->beam_size;
  if (settings->length_penalty >= 0)
    options.length_penalty = settings->length_penalty;
  if (settings->max_length > 0)
    options.max_length = settings->max_length;
  options.n_best = settings->max_cps > 0 ? options.beam_size : 1;
  options.batch_size = 1;
  if (settings->vocabulary != GST_S2S_VOCABULARY_DEFAULT)
    options.use_shortlist = settings->vocabulary == GST_S2S_VOCABULARY_SHORTLIST &&
                            s2s_model_has_shortlist (self->model);
  options.shared = settings->shared_decoding;
  options.target_language =
      get_wanted_language (settings, s2s_model_get_target_languages (self->model));
  translator = s2s_translator_new (self->model, &options, error);
  if (translator)
    s2s_translator_set_control (translator, self->control, self->control_data);
  return translator;
}

/**
 * gst_s2s_session_new:
 * @settings: what is wanted
 *
 * Loads the model and the glossary and makes a translator, which takes as long as reading a file of
 * that size. Where source and target language are the same and no bundle is named, there is no
 * model, and text is to pass as it is.
 *
 * Returns: (transfer full) (nullable): the session, or %NULL with @error set
 */
GstS2sSession *
gst_s2s_session_new (const GstS2sSettings *settings, GError **error)
{
  g_autoptr (GstS2sSession) self = g_new0 (GstS2sSession, 1);
  g_autofree char *path = NULL;

  gst_s2s_settings_copy (&self->settings, settings);
  if (!wants_model (settings))
    return g_steal_pointer (&self);
  path = find_bundle (settings, error);
  if (!path)
    return NULL;
  self->model = s2s_model_new_from_dir (path, error);
  if (!self->model)
    return NULL;
  if (settings->glossary) {
    self->glossary = gst_s2s_glossary_new_from_file (settings->glossary, error);
    if (!self->glossary)
      return NULL;
  }
  self->translator = make_translator (self, settings, error);
  return self->translator ? g_steal_pointer (&self) : NULL;
}

/**
 * gst_s2s_session_free:
 * @self: (nullable): a session
 */
void
gst_s2s_session_free (GstS2sSession *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->translator, s2s_translator_free);
  g_clear_pointer (&self->model, s2s_model_unref);
  g_clear_pointer (&self->glossary, gst_s2s_glossary_unref);
  gst_s2s_settings_clear (&self->settings);
  g_free (self);
}

/**
 * gst_s2s_session_configure:
 * @self: a session
 * @settings: what is wanted, of the same model and glossary
 *
 * Makes another translator if the decoding is to be another. On failure @self stays as it was.
 *
 * Returns: whether it worked
 */
gboolean
gst_s2s_session_configure (GstS2sSession *self, const GstS2sSettings *settings, GError **error)
{
  if (self->model && !gst_s2s_settings_share_decoding (&self->settings, settings)) {
    S2sTranslator *translator = make_translator (self, settings, error);

    if (!translator)
      return FALSE;
    s2s_translator_free (self->translator);
    self->translator = translator;
  }
  gst_s2s_settings_clear (&self->settings);
  gst_s2s_settings_copy (&self->settings, settings);
  return TRUE;
}

/**
 * gst_s2s_session_set_control:
 * @self: a session
 * @func: asked before each step of a translation
 * @user_data: for @func
 */
void
gst_s2s_session_set_control (GstS2sSession *self, S2sControlFunc func, gpointer user_data)
{
  self->control = func;
  self->control_data = user_data;
  if (self->translator)
    s2s_translator_set_control (self->translator, func, user_data);
}

/**
 * gst_s2s_session_get_source_language:
 * @self: a session
 *
 * Returns: BCP 47 tag of what comes in
 */
const char *
gst_s2s_session_get_source_language (const GstS2sSession *self)
{
  return self->model ? s2s_model_get_source_language (self->model) : self->settings.input_language;
}

/**
 * gst_s2s_session_get_target_language:
 * @self: a session
 *
 * Returns: BCP 47 tag of what comes out
 */
const char *
gst_s2s_session_get_target_language (const GstS2sSession *self)
{
  return self->translator ? s2s_translator_get_target_language (self->translator)
                          : get_output_language (&self->settings);
}

/**
 * gst_s2s_session_translates:
 * @self: a session
 *
 * Returns: whether text is to be translated, not to pass as it is
 */
gboolean
gst_s2s_session_translates (const GstS2sSession *self)
{
  return self->translator != NULL;
}

/**
 * gst_s2s_session_answers:
 * @self: a session
 *
 * Returns: whether what it makes of a text is an answer to it, and so said after it
 */
gboolean
gst_s2s_session_answers (const GstS2sSession *self)
{
  return self->model && !strcmp (s2s_model_get_task (self->model), "reply");
}

/* ---- Translating ---- */

/* The names and terms of a text. ret_targets owns what terms are copied. */
static GArray *
find_terms (const GstS2sSession *self, const char *text, GPtrArray *ret_targets)
{
  GArray *terms = g_array_new (FALSE, TRUE, sizeof (S2sTerm));
  g_autoptr (GArray) matches = self->glossary ? gst_s2s_glossary_find (self->glossary, text) : NULL;

  for (guint i = 0; matches && i < matches->len; i++) {
    const GstS2sGlossaryMatch *match = &g_array_index (matches, GstS2sGlossaryMatch, i);
    S2sTerm term = {match->start, match->end, match->target};

    if (!term.target) {
      term.target = g_strndup (text + match->start, match->end - match->start);
      g_ptr_array_add (ret_targets, (char *)term.target);
    }
    g_array_append_val (terms, term);
  }
  return terms;
}

static guint
count_wanted_history (const GstS2sSession *self)
{
  return self->settings.history_size < 0 ? s2s_model_get_context_turns (self->model)
                                         : (guint)self->settings.history_size;
}

static S2sTranslation *
translate_text (GstS2sSession *self, const Work *work, const char *text, GError **error)
{
  guint n_context;
  const char *const *context =
      gst_s2s_history_get_last (&work->history, count_wanted_history (self), &n_context);
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) terms = find_terms (self, text, targets);
  const S2sInput input = {
      .text = text,
      .length = -1,
      .terms = (const S2sTerm *)terms->data,
      .n_terms = terms->len,
      .context = context,
      .n_context = n_context,
      .length_ratio = work->length_ratio,
  };
  S2sTranslation *translation = NULL;

  if (!s2s_translator_translate_batch (self->translator, &input, 1, &translation, error))
    return NULL;
  return translation;
}

/* The token of the source with text that explains a token of the target best; -1 if none. */
static gint
find_explanation (const S2sHypothesis *hypothesis, guint token)
{
  const float *weights = hypothesis->attention + (gsize)token * hypothesis->n_source_tokens;
  gint best = -1;

  for (guint i = 0; i < hypothesis->n_source_tokens; i++) {
    const S2sSpan *span = &hypothesis->source_spans[i];

    if (span->end > span->start && (best < 0 || weights[i] > weights[best]))
      best = i;
  }
  return best;
}

static GArray *
make_alignment (const S2sHypothesis *hypothesis)
{
  GArray *alignment;

  if (!hypothesis->attention)
    return NULL;
  alignment = g_array_new (FALSE, FALSE, sizeof (GstS2sAligned));
  for (guint i = 0; i < hypothesis->n_tokens; i++) {
    const S2sSpan *span = &hypothesis->spans[i];
    gint best = span->end > span->start ? find_explanation (hypothesis, i) : -1;

    if (best >= 0) {
      const S2sSpan *source = &hypothesis->source_spans[best];
      GstS2sAligned aligned = {span->start, span->end, source->start, source->end};

      g_array_append_val (alignment, aligned);
    }
  }
  return alignment;
}

/* Of those that have lost nothing the longest that can be read in time; of a bundle that was asked
 * for a length, the likeliest that can be. Where all have lost something, what is wrong with the
 * first is what is to be known. */
static const S2sHypothesis *
choose_hypothesis (const GstS2sSession *self, const S2sTranslation *translation, guint64 duration)
{
  g_autofree const char **texts = g_new (const char *, translation->n_hypotheses);
  g_autofree guint *at = g_new (guint, translation->n_hypotheses);
  gboolean longest = !s2s_model_has_length_control (self->model);
  guint n = 0;

  for (guint i = 0; i < translation->n_hypotheses; i++) {
    if (translation->hypotheses[i].flags & S2S_FLAG_LOST)
      continue;
    texts[n] = translation->hypotheses[i].text;
    at[n++] = i;
  }
  if (n == 0)
    return &translation->hypotheses[0];
  return &translation->hypotheses[at[gst_s2s_cue_choose_readable (texts, n, longest, duration,
                                                                  self->settings.max_cps)]];
}

static void
take_hypothesis (Work *work, const S2sHypothesis *hypothesis, GstS2sCueTranslation *ret_result)
{
  ret_result->text = g_strdup (hypothesis->text);
  ret_result->alignment = make_alignment (hypothesis);
  work->rendition.flags |= hypothesis->flags;
  for (guint i = 0; i < hypothesis->n_tokens; i++)
    work->log_prob += hypothesis->log_probs[i];
  work->n_tokens += hypothesis->n_tokens;
}

/* What is said in a line is known to the next one. */
static gboolean
translate_line (GstS2sSession *self, Work *work, const GstS2sCueLine *line, guint64 duration,
                GError **error)
{
  g_autoptr (S2sTranslation) translation = NULL;
  GstS2sCueTranslation result = {0};

  if (line->has_words) {
    translation = translate_text (self, work, line->text, error);
    if (!translation)
      return FALSE;
    take_hypothesis (work, choose_hypothesis (self, translation, duration), &result);
  }
  gst_s2s_history_add_line (&work->history, line,
                            gst_s2s_session_answers (self) ? result.text : NULL);
  g_array_append_val (work->rendition.lines, result);
  return TRUE;
}

static guint
count_characters (const GstS2sCue *cue)
{
  guint n = 0;

  for (guint i = 0; i < cue->lines->len; i++)
    n += gst_s2s_cue_count_characters (((GstS2sCueLine *)g_ptr_array_index (cue->lines, i))->text);
  return n;
}

/* Which part of the text can be read in its time; what has the time asks for more than it has,
 * which is the longest result. */
static double
find_length_ratio (const GstS2sSession *self, guint n_characters, guint64 duration)
{
  if (self->settings.max_cps <= 0)
    return 0;
  return (double)self->settings.max_cps * duration / GST_SECOND / MAX (n_characters, 1);
}

static void
work_clear (Work *work)
{
  gst_s2s_rendition_clear (&work->rendition);
  gst_s2s_history_clear (&work->history);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/**
 * gst_s2s_session_translate:
 * @self: a session that translates
 * @cue: what to translate
 * @duration: ns for which it is shown. With #GstS2sSettings.max_cps each line gets its share of
 *   that by its length
 * @history: what was said before
 * @ret_rendition: (out caller-allocates): the translation
 *
 * Returns: whether it worked; fails with what s2s_translator_translate() fails with
 */
gboolean
gst_s2s_session_translate (GstS2sSession *self, const GstS2sCue *cue, guint64 duration,
                           const GstS2sHistory *history, GstS2sRendition *ret_rendition,
                           GError **error)
{
  g_auto (Work) work = {0};
  guint n_characters = count_characters (cue);

  rendition_init (&work.rendition);
  gst_s2s_history_copy (&work.history, history);
  work.length_ratio = find_length_ratio (self, n_characters, duration);
  for (guint i = 0; i < cue->lines->len; i++) {
    const GstS2sCueLine *line = g_ptr_array_index (cue->lines, i);
    guint n = gst_s2s_cue_count_characters (line->text);
    guint64 share = gst_util_uint64_scale (duration, n, MAX (n_characters, 1));

    if (!translate_line (self, &work, line, share, error))
      return FALSE;
  }
  if (work.n_tokens > 0)
    work.rendition.confidence = exp (work.log_prob / work.n_tokens);
  *ret_rendition = work.rendition;
  work.rendition = (GstS2sRendition){0};
  return TRUE;
}
