/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-control.h"
#include "base/s2s-decoding.h"
#include "base/s2s-error.h"
#include "base/s2s-span.h"
#include "model/s2s-language.h"
#include "model/s2s-model.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sTranslatorOptions:
 * @beam_size: hypotheses kept, 1 (greedy) to %S2S_MAX_BEAM
 * @n_best: results wanted of each input, 1 to @beam_size
 * @batch_size: sentences decoded at once, 1 to 256; fewer are where so many could need more than 2
 * GiB of working memory. Without meaning with @shared
 * @length_normalization: how hypotheses of different lengths are compared
 * @length_penalty: the exponent α of the normalisation, 0 to 10
 * @search_end: when a search ends by itself
 * @max_length_factor: longest output in tokens: factor × source tokens + constant
 * @max_length_constant: see @max_length_factor
 * @max_length: longest output in tokens, whatever the source; 0 is no such limit
 * @no_repeat_ngram_size: no n-gram of that many tokens twice in an output; 0 is off
 * @banned_tokens: target token ids that are never put out; borrowed for the time of
 * s2s_translator_new()
 * @n_banned_tokens: how many
 * @use_shortlist: put out only tokens that the shortlist of the bundle has for the sentence, which
 * is faster; the bundle has one
 * @target_language: (nullable): the BCP 47 tag of the language to put out, one of
 * s2s_model_get_target_languages() by the lookup of RFC 4647; %NULL is that which the bundle has by
 * default. Borrowed for the time of s2s_translator_new()
 * @shared: decode together with all other translators of the model that say so and decode alike.
 * One thread steps the sentences of all of them in one batch, each joining and leaving at any time,
 * so that many translators cost less than each by itself; while all its slots are taken (64, fewer
 * of wide beams) a sentence waits for one that ends. The results are the same. A control function
 * is called on that thread then. Not for a process that has forked since the first such translator
 *
 * Set all with s2s_translator_options_init(), then change what should differ from the bundle's own
 * defaults.
 */
typedef struct {
  guint beam_size;
  guint n_best;
  guint batch_size;
  S2sLengthNormalization length_normalization;
  double length_penalty;
  S2sSearchEnd search_end;
  double max_length_factor;
  guint max_length_constant;
  guint max_length;
  guint no_repeat_ngram_size;
  const gint32 *banned_tokens;
  gsize n_banned_tokens;
  gboolean use_shortlist;
  const char *target_language;
  gboolean shared;
} S2sTranslatorOptions;

void s2s_translator_options_init (S2sTranslatorOptions *self, const S2sModel *model);

/* Terms of a sentence, and the target tokens of them together */
#define S2S_MAX_TERMS 16
#define S2S_MAX_TERM_TOKENS 128

/**
 * S2sTerm:
 * @start: the first byte of the input text that the term stands in
 * @end: the byte after its last
 * @target: UTF-8, what stands for it in every result, byte for byte; not empty, and without blanks
 * at its ends
 *
 * A word of the input whose translation is given (docs/numerics.md, Terms). It is of the sentence
 * that it begins in.
 */
typedef struct {
  gsize start;
  gsize end;
  const char *target;
} S2sTerm;

/**
 * S2sInput:
 * @text: UTF-8
 * @length: bytes of @text, or -1 when it ends with a NUL
 * @prefix: (nullable): the text that the output must begin with
 * @terms: (nullable) (array length=n_terms): by where they stand, none over another; at most
 * %S2S_MAX_TERMS a sentence, and %S2S_MAX_TERM_TOKENS tokens of them
 * @n_terms: how many
 * @context: (nullable) (array length=n_context): earlier texts, UTF-8, the oldest first. Of more
 * than s2s_model_get_context_turns() the last ones count, and none of a model that reads none; of
 * these as many are read as there is room for in a source, the oldest left out first
 * @n_context: how many
 * @length_ratio: how many characters of the result are wanted for each of the text, of a model with
 * s2s_model_has_length_control(), else without meaning. Of the ratios of the bundle the greatest
 * that is not above it is asked for, the smallest where all are, so that any large number is the
 * longest result. 0 is the bundle's own; not negative
 *
 * What is to be translated. A zeroed one is an empty text. The sentences of a text have the same
 * context and length ratio.
 */
typedef struct {
  const char *text;
  gssize length;
  const char *prefix;
  const S2sTerm *terms;
  gsize n_terms;
  const char *const *context;
  gsize n_context;
  double length_ratio;
} S2sInput;

/**
 * S2sFlags:
 * @S2S_FLAG_TRUNCATED: cut by the length limit
 * @S2S_FLAG_REPETITIVE: it loops, and did so again when decoded with repetition blocked
 * @S2S_FLAG_LENGTH: absurdly long or short for its source, even when decoded again
 * @S2S_FLAG_NARROWED: the control function asked for %S2S_CONTROL_NARROW
 * @S2S_FLAG_LOST: it has lost a name, a number or a word that the bundle says it has to keep
 *
 * What is to be known of a result before it goes on air.
 */
typedef enum {
  S2S_FLAG_NONE = 0,
  S2S_FLAG_TRUNCATED = 1 << 0,
  S2S_FLAG_REPETITIVE = 1 << 1,
  S2S_FLAG_LENGTH = 1 << 2,
  S2S_FLAG_NARROWED = 1 << 3,
  S2S_FLAG_LOST = 1 << 4,
} S2sFlags;

/* The longest input, in source tokens, whose attention weights are kept */
#define S2S_MAX_ATTENTION_SOURCE 1024

/**
 * S2sHypothesis:
 * @text: UTF-8, never %NULL
 * @score: what hypotheses were ranked by (of several sentences: the sum)
 * @flags: #S2sFlags
 * @n_tokens: target tokens, EOS of each sentence included
 * @tokens: their text; of a term that a stand-in of the bundle stood for, that of its translation
 * @spans: [n_tokens], the bytes of @text that each stands for; a term is whole in the span of the
 * last of its tokens, and the others are empty
 * @log_probs: the log-probability of each
 * @n_source_tokens: source tokens, with the tokens of the target language, of the length and of
 * earlier texts before, and EOS after those of each sentence, where the bundle has them
 * @source_tokens: their text; of a term, that of its stand-in
 * @source_spans: [n_source_tokens], the bytes of the input that each stands for
 * @attention: (nullable): [n_tokens][n_source_tokens], rows sum to 1 over the tokens of their
 * sentence; %NULL without attention, and of an input of more than %S2S_MAX_ATTENTION_SOURCE tokens
 *
 * One result.
 *
 * Spans of one side are in order, do not overlap and never split a character: one that several
 * tokens spell (bytes, or ﬁ cut into f and i) is whole in the span of the last of them, and the
 * others are empty. So are EOS, what stands before a text and tokens without text, at their place.
 * A blank before a word may be in the span of the word. What stands between sentences, or what a
 * vocabulary drops, is in none.
 */
typedef struct {
  char *text;
  double score;
  guint flags;
  guint n_tokens;
  char **tokens;
  S2sSpan *spans;
  float *log_probs;
  guint n_source_tokens;
  char **source_tokens;
  S2sSpan *source_spans;
  float *attention;
} S2sHypothesis;

/**
 * S2sTranslation:
 * @n_hypotheses: 1 to n_best
 * @hypotheses: best first
 *
 * The results of one input.
 */
typedef struct {
  guint n_hypotheses;
  S2sHypothesis *hypotheses;
} S2sTranslation;

void s2s_translation_free (S2sTranslation *self);

/**
 * S2sTranslator:
 *
 * A session: text in, text out. All memory that decoding needs is claimed when it is made. One
 * thread at a time.
 */
typedef struct _S2sTranslator S2sTranslator;

S2sTranslator *s2s_translator_new (S2sModel *model, const S2sTranslatorOptions *options,
                                   GError **error);
void s2s_translator_free (S2sTranslator *self);
const char *s2s_translator_get_target_language (const S2sTranslator *self);
void s2s_translator_set_control (S2sTranslator *self, S2sControlFunc func, gpointer user_data);

S2sTranslation *s2s_translator_translate (S2sTranslator *self, const char *text, gssize length,
                                          GError **error);
gboolean s2s_translator_translate_batch (S2sTranslator *self, const S2sInput *inputs,
                                         guint n_inputs, S2sTranslation **ret_translations,
                                         GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sTranslation, s2s_translation_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sTranslator, s2s_translator_free)

G_END_DECLS
