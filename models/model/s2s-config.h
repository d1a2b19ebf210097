/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-decoding.h"
#include "base/s2s-hparams.h"
#include "text/s2s-keeper.h"
#include "text/s2s-tokenizer.h"

#include <glib.h>

G_BEGIN_DECLS

#define S2S_CONFIG_MAX_SIZE (1024 * 1024) /* bytes of config.json */
#define S2S_CONFIG_MAX_LENGTH_RATIO 10    /* characters of a target, of one of the source */

typedef enum {
  S2S_TOKENIZER_SENTENCEPIECE,
  S2S_TOKENIZER_BYTES,
  S2S_TOKENIZER_PLAIN,
} S2sTokenizerType;

typedef struct {
  S2sTokenizerType type;
  char *file;          /* in the bundle; NULL for bytes */
  char *vocabulary;    /* sentencepiece only: file of its tokens; NULL: its ids are the tokens */
  gboolean characters; /* plain only: a token is one Unicode scalar value */
  S2sSpecialTokens special;
} S2sTokenizerConfig;

typedef struct {
  guint beam_size;
  S2sLengthNormalization length_normalization;
  double length_penalty;
  S2sSearchEnd search_end;
  double max_length_factor;
  guint max_length_constant;
  guint max_source_length;
  gboolean use_shortlist;
  double length_ratio; /* 0 without length_tokens */
} S2sDecodingDefaults;

/* What asks for a target of at most so many characters for each of the source. */
typedef struct {
  double ratio;
  gint32 token; /* of the source */
} S2sLengthToken;

/* A word that the model passes through well, and what it makes of it. */
typedef struct {
  char *source;
  char *target;
} S2sStandIn;

/**
 * S2sConfig:
 *
 * config.json, read and checked (docs/model-format.md).
 */
typedef struct {
  char *name;
  char *task;
  char *source_language;
  char **target_languages; /* NULL-terminated, the default first */
  gint32 *language_tokens; /* of each, put before the source; S2S_NO_TOKEN: none */
  S2sHparams hparams;
  S2sTokenizerConfig source_tokenizer;
  S2sTokenizerConfig target_tokenizer;
  S2sDecodingDefaults decoding;
  char *shortlist_file; /* in the bundle; NULL: there is none */
  guint n_stand_ins;
  S2sStandIn *stand_ins; /* [n_stand_ins], in the order of the file */
  guint n_length_tokens;
  S2sLengthToken *length_tokens; /* [n_length_tokens], by their ratios, ascending */
  guint context_turns;           /* earlier texts that may stand before a text */
  gint32 context_separator;      /* after each of them; S2S_NO_TOKEN without context_turns */
  gboolean whole_texts;          /* decoded at once, not by sentences */
  S2sKeeper *keeper;             /* NULL: nothing has to be kept */
} S2sConfig;

S2sConfig *s2s_config_new_from_bytes (GBytes *json, GError **error);
void s2s_config_free (S2sConfig *self);

/* How many tokens stand around those of a text at least: that of the language and EOS, unless they
 * are S2S_NO_TOKEN, and one of the lengths. */
guint s2s_config_count_around (gint32 language, guint n_lengths, gint32 eos);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sConfig, s2s_config_free)

G_END_DECLS
