/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-translator.h"

#include "model/s2s-model-private.h"
#include "translator/s2s-decoder.h"
#include "translator/s2s-denormals.h"
#include "translator/s2s-glossary.h"
#include "translator/s2s-guard.h"
#include "translator/s2s-translation.h"
#include "translator/s2s-unit.h"

#include <string.h>

#define DEFAULT_BATCH_SIZE 16
#define MAX_BATCH_SIZE 256

struct _S2sTranslator {
  S2sModel *model;
  const S2sConfig *config;     /* of the model */
  const char *target_language; /* of the model */
  S2sSourceForm source;
  S2sDecoder decoder;
  S2sJoiner joiner;
  S2sGlossary glossary;
};

/**
 * s2s_translator_options_init:
 * @self: options, of any content
 * @model: a model
 *
 * Sets all options: decoding as the bundle says, into its own target language, one result of each
 * input, batches of 16 sentences, nothing banned or blocked, and nothing shared.
 */
void
s2s_translator_options_init (S2sTranslatorOptions *self, const S2sModel *model)
{
  g_return_if_fail (self != NULL && model != NULL);

  const S2sDecodingDefaults *defaults = s2s_model_get_decoding_defaults (model);

  *self = (S2sTranslatorOptions){
      .beam_size = defaults->beam_size,
      .n_best = 1,
      .batch_size = DEFAULT_BATCH_SIZE,
      .length_normalization = defaults->length_normalization,
      .length_penalty = defaults->length_penalty,
      .search_end = defaults->search_end,
      .max_length_factor = defaults->max_length_factor,
      .max_length_constant = defaults->max_length_constant,
      .use_shortlist = defaults->use_shortlist,
  };
}

static gboolean
check_number (const char *name, double value, double min, double max, GError **error)
{
  if (value >= min && value <= max)
    return TRUE;
  g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS, "%s is %g, expected %g to %g", name, value, min,
               max);
  return FALSE;
}

static gboolean
check_banned (const S2sTranslatorOptions *options, const S2sTokenizer *target, GError **error)
{
  gint32 eos = s2s_tokenizer_get_special_tokens (target)->eos;
  guint n_tokens = s2s_tokenizer_get_size (target);

  for (gsize i = 0; i < options->n_banned_tokens; i++) {
    gint32 id = options->banned_tokens[i];

    if (id >= 0 && (guint)id < n_tokens && id != eos)
      continue;
    g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS,
                 "token %d cannot be banned, expected an id from 0 to %u that is not EOS (%d)", id,
                 n_tokens - 1, eos);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_shortlist (const S2sTranslatorOptions *options, const S2sModel *model, GError **error)
{
  if (!options->use_shortlist || s2s_model_get_shortlist (model) != NULL)
    return TRUE;
  g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS,
               "use_shortlist is set, but the bundle “%s” has no shortlist",
               s2s_model_get_name (model));
  return FALSE;
}

static gboolean
check_options (const S2sTranslatorOptions *options, const S2sTokenizer *target, GError **error)
{
  return check_number ("beam_size", options->beam_size, 1, S2S_MAX_BEAM, error) &&
         check_number ("n_best", options->n_best, 1, options->beam_size, error) &&
         check_number ("batch_size", options->batch_size, 1, MAX_BATCH_SIZE, error) &&
         check_number ("length_normalization", options->length_normalization,
                       S2S_LENGTH_NORMALIZATION_NONE, S2S_LENGTH_NORMALIZATION_MARIAN, error) &&
         check_number ("length_penalty", options->length_penalty, 0, 10, error) &&
         check_number ("search_end", options->search_end, S2S_SEARCH_END_PROVEN,
                       S2S_SEARCH_END_FULL, error) &&
         check_number ("max_length_factor", options->max_length_factor, 0, 100, error) &&
         check_number ("max_length_constant", options->max_length_constant, 0, 4096, error) &&
         check_banned (options, target, error);
}

/* The byte of each target token, NULL when no token is a byte. */
static gint16 *
get_bytes (const S2sTokenizer *target)
{
  guint n_tokens = s2s_tokenizer_get_size (target);
  g_autofree gint16 *bytes = g_new (gint16, n_tokens);
  gboolean any = FALSE;

  for (guint id = 0; id < n_tokens; id++) {
    bytes[id] = (gint16)s2s_tokenizer_get_byte (target, (gint32)id);
    any = any || bytes[id] >= 0;
  }
  return any ? g_steal_pointer (&bytes) : NULL;
}

static gboolean
make_decoder (S2sTranslator *self, const S2sTranslatorOptions *options, GError **error)
{
  const S2sHparams *hparams = s2s_model_get_hparams (self->model);
  const S2sArch *arch = s2s_model_get_arch (self->model);
  g_autofree gint16 *bytes = get_bytes (self->joiner.target);
  S2sSearchModel model = {
      .arch = arch,
      .net = s2s_model_get_net (self->model),
      .n_logits = hparams->target_vocabulary_size,
      .has_attention = arch->has_attention (s2s_model_get_net (self->model)),
      .max_source = self->source.max_length,
      .shortlist = s2s_model_get_shortlist (self->model),
      .vocabulary =
          {
              .special = *s2s_tokenizer_get_special_tokens (self->joiner.target),
              .n_tokens = s2s_tokenizer_get_size (self->joiner.target),
              .bytes = bytes,
          },
  };

  /* one that keeps what it has to is looked for among all */
  S2sTranslatorOptions own = *options;
  own.n_best = self->config->keeper != NULL ? options->beam_size : options->n_best;
  if (!s2s_decoder_init (&self->decoder, &model, &own, error))
    return FALSE;
  s2s_decoder_set_guard (&self->decoder, &self->joiner, &self->source, options->n_best);
  return TRUE;
}

/* Chooses the target language, and so what is put before a source. */
static gboolean
set_languages (S2sTranslator *self, const S2sTranslatorOptions *options, GError **error)
{
  const S2sConfig *config = self->config;
  const char *const *languages = s2s_model_get_target_languages (self->model);
  guint at = 0;

  self->target_language = s2s_language_choose (languages, options->target_language, error);
  if (self->target_language == NULL)
    return FALSE;
  while (languages[at] != self->target_language)
    at++;
  self->source = (S2sSourceForm){
      .tokenizer = s2s_model_get_source_tokenizer (self->model),
      .max_length = config->decoding.max_source_length,
      .language = config->language_tokens[at],
      .eos = config->source_tokenizer.special.eos,
      .whole_texts = config->whole_texts,
      .separator = config->context_separator,
      .max_turns = config->context_turns,
      .lengths = config->length_tokens,
      .n_lengths = config->n_length_tokens,
  };
  self->joiner = (S2sJoiner){
      .source = self->source.tokenizer,
      .target = s2s_model_get_target_tokenizer (self->model),
      .separator = s2s_joiner_get_separator (self->target_language),
  };
  return TRUE;
}

/**
 * s2s_translator_new:
 * @model: a model; the translator takes a reference
 * @options: (nullable): how to decode; %NULL is what s2s_translator_options_init() sets. Copied
 * @error: return location for an error
 *
 * Makes a session and claims all memory that decoding needs. Any number of translators, each in its
 * own thread, may share a model.
 *
 * Returns: (transfer full) (nullable): the translator, free with s2s_translator_free(); %NULL with
 * %S2S_ERROR_OPTIONS when an option is out of its range, does not fit the model, as a language that
 * it does not put out, or asks for too much memory, or for a thread that cannot be had
 */
S2sTranslator *
s2s_translator_new (S2sModel *model, const S2sTranslatorOptions *options, GError **error)
{
  g_return_val_if_fail (model != NULL, NULL);

  g_autoptr (S2sTranslator) self = g_new0 (S2sTranslator, 1);
  S2sTranslatorOptions defaults;

  self->model = s2s_model_ref (model);
  self->config = s2s_model_get_config (model);
  s2s_translator_options_init (&defaults, model);
  if (options == NULL)
    options = &defaults;
  if (!set_languages (self, options, error) ||
      !check_options (options, self->joiner.target, error) ||
      !check_shortlist (options, model, error) || !make_decoder (self, options, error))
    return NULL;
  self->glossary = (S2sGlossary){
      .target = self->joiner.target,
      .search = self->decoder.search,
      .stand_ins = self->config->stand_ins,
      .n_stand_ins = self->config->n_stand_ins,
  };
  return g_steal_pointer (&self);
}

/**
 * s2s_translator_free:
 * @self: (nullable): a translator
 *
 * Frees it and drops its reference of the model. Translations that it gave stay.
 */
void
s2s_translator_free (S2sTranslator *self)
{
  if (self == NULL)
    return;
  s2s_decoder_clear (&self->decoder);
  s2s_model_unref (self->model);
  g_free (self);
}

/**
 * s2s_translator_get_target_language:
 * @self: a translator
 *
 * Returns: (transfer none): the BCP 47 tag of what it puts out: of the target languages of its
 * model the one that was asked for, which `fr` is of `fr-CA`
 */
const char *
s2s_translator_get_target_language (const S2sTranslator *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->target_language;
}

/**
 * s2s_translator_set_control:
 * @self: a translator
 * @func: (nullable) (scope forever): asked before every step, or %NULL
 * @user_data: for @func; it must live until another function is set or the translator is freed
 *
 * Lets the caller end or hasten a translation that is under way. @func is called on the thread that
 * translates: the caller's, or with @shared of #S2sTranslatorOptions another, during the call. Not
 * to be called while that is under way.
 */
void
s2s_translator_set_control (S2sTranslator *self, S2sControlFunc func, gpointer user_data)
{
  g_return_if_fail (self != NULL);

  s2s_decoder_set_control (&self->decoder, func, user_data);
}

/* NUL is a character like others here. */
static gboolean
check_utf8 (const char *text, gsize length, gsize *ret_offset)
{
  const char *at = text, *end = text + length;

  while (!g_utf8_validate_len (at, (gsize)(end - at), &at)) {
    if (*at != '\0') {
      *ret_offset = (gsize)(at - text);
      return FALSE;
    }
    at++;
  }
  return TRUE;
}

static gboolean
set_prefix (S2sTranslator *self, const char *prefix, S2sUnit *unit, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) terms = g_array_new (FALSE, FALSE, sizeof (gint));
  guint limit = s2s_search_get_limit (self->decoder.search, s2s_unit_count_own (unit));
  gsize length = strlen (prefix), offset = 0;

  if (!check_utf8 (prefix, length, &offset)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT,
                 "the forced prefix is not valid UTF-8 at byte %" G_GSIZE_FORMAT, offset);
    return FALSE;
  }
  if (!s2s_glossary_encode_prefix (unit, self->joiner.target, prefix, ids, terms, error))
    return FALSE;
  for (guint i = 0; i < ids->len; i++) {
    gint32 id = g_array_index (ids, gint32, i);

    if (g_array_index (terms, gint, i) >= 0 || s2s_search_is_allowed (self->decoder.search, id))
      continue;
    g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT,
                 "the forced prefix “%s” has the token “%s”, which is never put out", prefix,
                 s2s_tokenizer_get_piece (self->joiner.target, id));
    return FALSE;
  }
  if (ids->len >= limit) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT,
                 "the forced prefix has %u tokens, expected fewer than the longest output, %u",
                 ids->len, limit);
    return FALSE;
  }
  unit->n_prefix = ids->len;
  unit->prefix = (gint32 *)(gpointer)g_array_free (g_steal_pointer (&ids), FALSE);
  unit->prefix_terms = (gint *)(gpointer)g_array_free (g_steal_pointer (&terms), FALSE);
  return TRUE;
}

/* What the sources of an input have beside their text. The form borrows the turns. */
static gboolean
read_around (const S2sTranslator *self, const S2sInput *input, S2sTurns *turns, S2sSourceForm *form,
             GError **error)
{
  double ratio = input->length_ratio;

  if (!(ratio >= 0)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS, "length_ratio is %g, expected 0 or more",
                 ratio);
    return FALSE;
  }
  *form = self->source;
  form->length =
      s2s_source_form_choose_length (form, ratio > 0 ? ratio : self->config->decoding.length_ratio);
  form->turns = turns;
  return s2s_turns_read (turns, form, input->context, input->n_context, error);
}

static void
finish_units (const S2sTranslator *self, const S2sInput *input, const char *text, S2sUnit **units,
              guint n_units)
{
  guint n_source = 0;

  for (guint i = 0; i < n_units; i++)
    n_source += units[i]->n_ids;
  for (guint i = 0; i < n_units; i++) {
    units[i]->wants_attention = n_source <= S2S_MAX_ATTENTION_SOURCE;
    if (self->config->keeper != NULL)
      s2s_guard_note (self->config->keeper, input, text, units[i]);
  }
}

/* Appends the units of an input. */
static gboolean
cut_text (S2sTranslator *self, const S2sSourceForm *form, const S2sInput *input, guint index,
          GPtrArray *units, GError **error)
{
  const char *text = input->text != NULL ? input->text : "";
  gsize length = input->text == NULL ? 0
                 : input->length < 0 ? strlen (input->text)
                                     : (gsize)input->length;
  guint first = units->len;
  gsize offset = 0;

  if (!check_utf8 (text, length, &offset)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT,
                 "the text is not valid UTF-8 at byte %" G_GSIZE_FORMAT, offset);
    return FALSE;
  }
  if (!s2s_glossary_check (input, text, length, error) ||
      !s2s_unit_cut (form, index, text, length, units, error) ||
      (input->n_terms > 0 &&
       !s2s_glossary_assign (&self->glossary, form, input, text, (S2sUnit **)units->pdata + first,
                             units->len - first, error)))
    return FALSE;
  if (first == units->len)
    return TRUE;
  finish_units (self, input, text, (S2sUnit **)units->pdata + first, units->len - first);
  return input->prefix == NULL ||
         set_prefix (self, input->prefix, g_ptr_array_index (units, first), error);
}

static gboolean
cut_input (S2sTranslator *self, const S2sInput *input, guint index, GPtrArray *units,
           GError **error)
{
  S2sSourceForm form;
  S2sTurns turns;

  s2s_turns_init (&turns);
  gboolean done = read_around (self, input, &turns, &form, error) &&
                  cut_text (self, &form, input, index, units, error);
  s2s_turns_clear (&turns);
  return done;
}

static gboolean
decode (S2sTranslator *self, GPtrArray *units, GError **error)
{
  guint64 mode = s2s_denormals_begin ();
  gboolean done = s2s_decoder_run (&self->decoder, units);

  s2s_denormals_end (mode);
  if (!done)
    g_set_error_literal (error, S2S_ERROR, S2S_ERROR_CANCELLED, "the translation was cancelled");
  return done;
}

/**
 * s2s_translator_translate_batch:
 * @self: a translator
 * @inputs: (array length=n_inputs): the texts
 * @n_inputs: how many
 * @ret_translations: (array length=n_inputs) (out caller-allocates): their translations in the same
 * order, each to be freed with s2s_translation_free(); untouched on failure
 * @error: return location for an error
 *
 * Cuts each text into sentences, decodes those of all texts together in batches, and joins the
 * results. A text that is empty, blank or without a token gives one empty hypothesis at no cost.
 * With several sentences the r-th hypothesis joins the r-th of each, or its last. A forced prefix
 * is that of the first sentence.
 *
 * Where the bundle says what a result has to keep, those that keep it come before those that do
 * not, whatever their scores. A sentence of which none keeps it is decoded again with the next
 * greater length ratio, up to four times, until one does; what has still lost something has
 * %S2S_FLAG_LOST.
 *
 * Returns: %FALSE with %S2S_ERROR_INPUT when a text, context or prefix is not valid UTF-8 (the
 * message names the input, from 0, and the byte) or a prefix cannot be said; with
 * %S2S_ERROR_OPTIONS when terms or the length ratio are not what #S2sInput says or a term has a
 * token that is never put out; with %S2S_ERROR_CANCELLED when the control function said so
 */
gboolean
s2s_translator_translate_batch (S2sTranslator *self, const S2sInput *inputs, guint n_inputs,
                                S2sTranslation **ret_translations, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (n_inputs == 0 || (inputs != NULL && ret_translations != NULL), FALSE);

  g_autoptr (GPtrArray) units = g_ptr_array_new_with_free_func ((GDestroyNotify)s2s_unit_free);

  for (guint i = 0; i < n_inputs; i++)
    if (!cut_input (self, &inputs[i], i, units, error)) {
      if (n_inputs > 1)
        g_prefix_error (error, "input %u: ", i);
      return FALSE;
    }
  if (units->len > 0 && !decode (self, units, error))
    return FALSE;

  /* blank inputs have no units, and an array of none no address */
  S2sUnit **unit = (S2sUnit **)units->pdata;
  for (guint i = 0, left = units->len; i < n_inputs; i++) {
    guint n = 0;

    while (n < left && unit[n]->input == i)
      n++;
    ret_translations[i] = s2s_joiner_join (&self->joiner, unit, n);
    unit = n > 0 ? unit + n : unit;
    left -= n;
  }
  return TRUE;
}

/**
 * s2s_translator_translate:
 * @self: a translator
 * @text: UTF-8
 * @length: bytes of @text, or -1 when it ends with a NUL
 * @error: return location for an error
 *
 * Translates one text; see s2s_translator_translate_batch().
 *
 * Returns: (transfer full) (nullable): the translation, free with s2s_translation_free(), or %NULL
 * with an error as there
 */
S2sTranslation *
s2s_translator_translate (S2sTranslator *self, const char *text, gssize length, GError **error)
{
  S2sInput input = {.text = text, .length = length};
  S2sTranslation *translation = NULL;

  if (!s2s_translator_translate_batch (self, &input, 1, &translation, error))
    return NULL;
  return translation;
}
