/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-config.h"

#include "architectures/s2s-arch.h"
#include "base/s2s-error.h"
#include "base/s2s-json.h"
#include "model/s2s-config-hparams.h"
#include "model/s2s-config-reader.h"
#include "model/s2s-config-source.h"
#include "model/s2s-config-words.h"
#include "model/s2s-language-private.h"

#include <string.h>

#define FORMAT_VERSION 1
#define MAX_LENGTH 4096    /* of a sentence, in tokens */
#define MAX_LANGUAGES 1024 /* of the target */
#define MAX_LENGTH_TOKENS 32

static gint32
read_id (S2sConfigReader *reader, const char *key)
{
  return (gint32)s2s_config_reader_integer (reader, key, -1, S2S_CONFIG_MAX_VOCABULARY - 1, -1);
}

static char *
read_file (S2sConfigReader *reader, const char *key)
{
  const char *file = s2s_config_reader_string (reader, key);

  if (strchr (file, '/') != NULL || g_str_equal (file, ".") || g_str_equal (file, ".."))
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“%s” is “%s”, expected the name of a file in the bundle", key, file);
  return g_strdup (file);
}

/* Those of bytes are fixed; a key may repeat one, or say that a source has no EOS. */
static void
read_special (S2sConfigReader *reader, S2sTokenizerConfig *config, gboolean is_target)
{
  enum { EOS = 3 };
  static const char *const keys[] = {"pad", "unk", "bos", "eos"};
  gboolean is_bytes = config->type == S2S_TOKENIZER_BYTES;
  gint32 ids[G_N_ELEMENTS (keys)];

  for (gint32 i = 0; i < (gint32)G_N_ELEMENTS (keys); i++) {
    gboolean is_there = s2s_config_reader_has (reader, keys[i]);

    ids[i] = read_id (reader, keys[i]);
    if (!is_bytes || (is_there && !is_target && i == EOS && ids[i] == S2S_NO_TOKEN))
      continue;
    if (is_there && ids[i] != i)
      s2s_config_reader_fail (reader, S2S_ERROR_FORMAT, "“%s” is %d, expected %d of bytes", keys[i],
                              ids[i], i);
    ids[i] = i;
  }
  config->special = (S2sSpecialTokens){ids[0], ids[1], ids[2], ids[3]};
  if (is_target && config->special.eos < 0)
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT, "“eos” is missing");
  if (is_target && config->special.bos < 0)
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT, "“bos” is missing");
}

static gboolean
read_tokenizer (JsonObject *object, const char *scope, gboolean is_target,
                S2sTokenizerConfig *config, GError **error)
{
  static const char *const units[] = {"word", "character", NULL};
  S2sConfigReader reader;

  s2s_config_reader_init (&reader, object, scope);
  config->type = s2s_config_reader_choice (&reader, "type", s2s_tokenizer_words, NULL);
  if (config->type != S2S_TOKENIZER_BYTES)
    config->file = read_file (&reader, "file");
  if (config->type == S2S_TOKENIZER_SENTENCEPIECE && s2s_config_reader_has (&reader, "vocabulary"))
    config->vocabulary = read_file (&reader, "vocabulary");
  if (config->type == S2S_TOKENIZER_PLAIN)
    config->characters = s2s_config_reader_choice (&reader, "unit", units, "word") == 1;
  read_special (&reader, config, is_target);
  return s2s_config_reader_finish (&reader, error);
}

static gboolean
read_source_tokenizer (JsonObject *object, S2sConfig *config, GError **error)
{
  if (!read_tokenizer (object, "source_tokenizer", FALSE, &config->source_tokenizer, error))
    return FALSE;
  config->hparams.bare_source = config->source_tokenizer.special.eos == S2S_NO_TOKEN;
  return TRUE;
}

static gboolean
read_shortlist (JsonObject *object, char **ret_file, GError **error)
{
  S2sConfigReader reader;

  if (object == NULL)
    return TRUE;
  s2s_config_reader_init (&reader, object, "shortlist");
  *ret_file = read_file (&reader, "file");
  return s2s_config_reader_finish (&reader, error);
}

/* The length_tokens are known. */
static double
read_length_ratio (S2sConfigReader *reader, const S2sConfig *config)
{
  guint n = config->n_length_tokens;
  double fallback = n > 0 ? config->length_tokens[n - 1].ratio : 0;

  if (n == 0 && s2s_config_reader_has (reader, "length_ratio"))
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“length_ratio” is there, expected it with “length_tokens” alone");
  return s2s_config_reader_number (reader, "length_ratio", G_MINDOUBLE, S2S_CONFIG_MAX_LENGTH_RATIO,
                                   fallback);
}

static gboolean
read_decoding (JsonObject *object, S2sConfig *config, GError **error)
{
  S2sDecodingDefaults *decoding = &config->decoding;
  gboolean has_shortlist = config->shortlist_file != NULL;
  S2sConfigReader reader;

  s2s_config_reader_init (&reader, object, "decoding");
  decoding->length_ratio = read_length_ratio (&reader, config);
  decoding->beam_size = (guint)s2s_config_reader_integer (&reader, "beam_size", 1, S2S_MAX_BEAM, 4);
  decoding->length_normalization = s2s_config_reader_choice (
      &reader, "length_normalization", s2s_length_normalization_words, "average");
  decoding->length_penalty = s2s_config_reader_number (&reader, "length_penalty", 0, 10, 1);
  decoding->search_end =
      s2s_config_reader_choice (&reader, "search_end", s2s_search_end_words, "proven");
  decoding->max_length_factor =
      s2s_config_reader_number (&reader, "max_length_factor", G_MINDOUBLE, 100, 3);
  decoding->max_length_constant =
      (guint)s2s_config_reader_integer (&reader, "max_length_constant", 0, MAX_LENGTH, 10);
  decoding->max_source_length =
      (guint)s2s_config_reader_integer (&reader, "max_source_length", 2, MAX_LENGTH, 128);
  decoding->use_shortlist = s2s_config_reader_boolean (&reader, "use_shortlist");
  if (decoding->use_shortlist && !has_shortlist)
    s2s_config_reader_fail (&reader, S2S_ERROR_FORMAT,
                            "“use_shortlist” is true, expected false without a “shortlist”");
  return s2s_config_reader_finish (&reader, error);
}

/* The place of a language among those read so far, or their number */
static guint
find_language (const S2sConfig *config, guint n, const char *tag)
{
  guint at = 0;

  while (at < n && g_ascii_strcasecmp (config->target_languages[at], tag) != 0)
    at++;
  return at;
}

/* The default comes first. */
static void
add_language (S2sConfigReader *reader, S2sConfig *config, guint *n, const char *tag)
{
  gint32 token = (gint32)s2s_config_reader_integer (
      reader, tag, 0, config->hparams.source_vocabulary_size - 1, S2S_CONFIG_REQUIRED);
  guint at = find_language (config, *n, tag);

  if (!s2s_language_is_tag (tag))
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT, "a key is “%s”, expected a BCP 47 tag", tag);
  if (at < *n && config->language_tokens[at] != S2S_NO_TOKEN)
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT, "“%s” is there twice, as “%s”", tag,
                            config->target_languages[at]);
  if (at == *n)
    config->target_languages[(*n)++] = g_strdup (tag);
  config->language_tokens[at] = token;
}

/* Makes room for all keys beside target_language, which is one of them. */
static gboolean
read_language_tokens (JsonObject *object, S2sConfig *config, GError **error)
{
  S2sConfigReader reader;
  g_autoptr (GList) keys = json_object_get_members (object);
  guint n_keys = g_list_length (keys), n = 1;

  s2s_config_reader_init (&reader, object, "target_language_tokens");
  if (n_keys > MAX_LANGUAGES)
    s2s_config_reader_fail (&reader, S2S_ERROR_FORMAT, "%u keys, expected at most %d", n_keys,
                            MAX_LANGUAGES);
  config->target_languages = g_renew (char *, config->target_languages, n_keys + 2);
  config->language_tokens = g_new (gint32, n_keys + 1);
  config->language_tokens[0] = S2S_NO_TOKEN;
  for (GList *key = keys; key != NULL && reader.error == NULL; key = key->next)
    add_language (&reader, config, &n, key->data);
  config->target_languages[n] = NULL;
  if (n_keys > 0 && config->language_tokens[0] == S2S_NO_TOKEN)
    s2s_config_reader_fail (&reader, S2S_ERROR_FORMAT,
                            "“%s” is missing, expected the “target_language” among the keys",
                            config->target_languages[0]);
  return s2s_config_reader_finish (&reader, error);
}

guint
s2s_config_count_around (gint32 language, guint n_lengths, gint32 eos)
{
  return (language != S2S_NO_TOKEN) + (n_lengths > 0) + (eos != S2S_NO_TOKEN);
}

/* What the network has positions for is told by the hyperparameters. A token of the text has to
 * have room beside those that are put around it. */
static gboolean
check_source_length (const S2sConfig *config, GError **error)
{
  guint max = s2s_config_get_max_positions (&config->hparams);
  guint length = config->decoding.max_source_length;
  guint min = 1 + s2s_config_count_around (config->language_tokens[0], config->n_length_tokens,
                                           config->source_tokenizer.special.eos);

  if (length > max) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "decoding: “max_source_length” is %u, expected at most %u as “max_positions” is",
                 length, max);
    return FALSE;
  }
  if (length < min) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "decoding: “max_source_length” is %u, expected at least %u with the tokens that "
                 "stand around a text",
                 length, min);
    return FALSE;
  }
  return TRUE;
}

/* Members are read in the order of the file: the first is taken first. */
static gboolean
read_stand_ins (JsonObject *object, S2sConfig *config, GError **error)
{
  S2sConfigReader reader;
  g_autoptr (GList) keys = json_object_get_members (object);

  s2s_config_reader_init (&reader, object, "stand_ins");
  config->stand_ins = g_new0 (S2sStandIn, g_list_length (keys));
  for (GList *key = keys; key != NULL; key = key->next) {
    S2sStandIn *stand_in = &config->stand_ins[config->n_stand_ins++];

    stand_in->source = g_strdup (key->data);
    stand_in->target = g_strdup (s2s_config_reader_string (&reader, key->data));
    if (stand_in->source[0] == '\0')
      s2s_config_reader_fail (&reader, S2S_ERROR_FORMAT, "a key is empty");
  }
  return s2s_config_reader_finish (&reader, error);
}

static char *
read_language (S2sConfigReader *reader, const char *key)
{
  const char *tag = s2s_config_reader_string (reader, key);

  if (!s2s_language_is_tag (tag))
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT, "“%s” is “%s”, expected a BCP 47 tag", key,
                            tag);
  return g_strdup (tag);
}

static void
read_heading (S2sConfigReader *reader, S2sConfig *config)
{
  static const char *const tasks[] = {"translate", "condense", "reply", NULL};
  gint64 version = s2s_config_reader_integer (reader, "format_version", G_MININT64 + 1, G_MAXINT64,
                                              S2S_CONFIG_REQUIRED);

  if (version != FORMAT_VERSION)
    s2s_config_reader_fail (reader, S2S_ERROR_UNSUPPORTED,
                            "“format_version” is %" G_GINT64_FORMAT ", expected %d", version,
                            FORMAT_VERSION);
  config->name = g_strdup (s2s_config_reader_string (reader, "name"));
  config->task = g_strdup (tasks[s2s_config_reader_choice (reader, "task", tasks, NULL)]);
  config->source_language = read_language (reader, "source_language");
  config->target_languages = g_new0 (char *, 2);
  config->target_languages[0] = read_language (reader, "target_language");

  const char *name = s2s_config_reader_string (reader, "architecture");
  const S2sArch *arch = s2s_arch_get (name);
  if (arch == NULL)
    s2s_config_reader_fail (reader, S2S_ERROR_UNSUPPORTED, "unknown architecture “%s”", name);
  else
    config->hparams.architecture = arch->name;
}

static gboolean
read_units (S2sConfigReader *reader)
{
  static const char *const units[] = {"sentence", "text", NULL};

  return s2s_config_reader_choice (reader, "source_unit", units, "sentence") == 1;
}

/* What the keys at the top hold: borrowed, and empty or NULL where it need not be there. */
typedef struct {
  JsonObject *hparams;
  JsonObject *source;
  JsonObject *target;
  JsonObject *shortlist;
  JsonObject *decoding;
  JsonObject *stand_ins;
  JsonObject *languages;
  JsonObject *context;
  JsonObject *keeps;
  const GPtrArray *lengths;
} Parts;

/* Those that others are checked with come first. */
static gboolean
read_parts (const Parts *parts, S2sConfig *config, GError **error)
{
  return s2s_config_read_hparams (parts->hparams, &config->hparams, error) &&
         read_language_tokens (parts->languages, config, error) &&
         read_source_tokenizer (parts->source, config, error) &&
         read_tokenizer (parts->target, "target_tokenizer", TRUE, &config->target_tokenizer,
                         error) &&
         read_shortlist (parts->shortlist, &config->shortlist_file, error) &&
         s2s_config_read_length_tokens (parts->lengths, config, error) &&
         s2s_config_read_context (parts->context, config, error) &&
         s2s_config_read_keeps (parts->keeps, config, error) &&
         read_decoding (parts->decoding, config, error) && check_source_length (config, error) &&
         read_stand_ins (parts->stand_ins, config, error);
}

static gboolean
read_config (JsonObject *object, S2sConfig *config, GError **error)
{
  g_autoptr (JsonObject) empty = json_object_new ();
  S2sConfigReader reader;

  s2s_config_reader_init (&reader, object, NULL);
  read_heading (&reader, config);
  config->whole_texts = read_units (&reader);
  g_autoptr (GPtrArray) lengths =
      s2s_config_reader_objects (&reader, "length_tokens", MAX_LENGTH_TOKENS);
  Parts parts = {
      .hparams = s2s_config_reader_object (&reader, "hyperparameters", TRUE),
      .source = s2s_config_reader_object (&reader, "source_tokenizer", TRUE),
      .target = s2s_config_reader_object (&reader, "target_tokenizer", TRUE),
      .shortlist = s2s_config_reader_object (&reader, "shortlist", FALSE),
      .decoding = s2s_config_reader_object (&reader, "decoding", FALSE),
      .stand_ins = s2s_config_reader_object (&reader, "stand_ins", FALSE),
      .languages = s2s_config_reader_object (&reader, "target_language_tokens", FALSE),
      .context = s2s_config_reader_object (&reader, "context", FALSE),
      .keeps = s2s_config_reader_object (&reader, "keeps", FALSE),
      .lengths = lengths,
  };

  if (!s2s_config_reader_finish (&reader, error))
    return FALSE;
  parts.decoding = parts.decoding != NULL ? parts.decoding : empty;
  parts.stand_ins = parts.stand_ins != NULL ? parts.stand_ins : empty;
  parts.languages = parts.languages != NULL ? parts.languages : empty;
  return read_parts (&parts, config, error);
}

/**
 * s2s_config_new_from_bytes:
 * @json: a whole config.json
 * @error: return location
 *
 * Reads untrusted bytes; every key and what keys say of each other is checked.
 *
 * Returns: (transfer full) (nullable): the configuration, or %NULL with %S2S_ERROR_FORMAT, or
 * %S2S_ERROR_UNSUPPORTED for a version, an architecture or a word that is not known
 */
S2sConfig *
s2s_config_new_from_bytes (GBytes *json, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (json, &length);
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (S2sConfig) self = NULL;

  if (length > S2S_CONFIG_MAX_SIZE) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "%" G_GSIZE_FORMAT " bytes, expected at most %d", length, S2S_CONFIG_MAX_SIZE);
    return NULL;
  }
  root = s2s_json_read_object (text, length, error);
  if (root == NULL)
    return NULL;
  self = g_new0 (S2sConfig, 1);
  if (!read_config (json_node_get_object (root), self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * s2s_config_free:
 * @self: (transfer full) (nullable): a configuration
 */
void
s2s_config_free (S2sConfig *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->task);
  g_free (self->source_language);
  g_strfreev (self->target_languages);
  g_free (self->language_tokens);
  g_free (self->source_tokenizer.file);
  g_free (self->source_tokenizer.vocabulary);
  g_free (self->target_tokenizer.file);
  g_free (self->target_tokenizer.vocabulary);
  g_free (self->shortlist_file);
  for (guint i = 0; i < self->n_stand_ins; i++) {
    g_free (self->stand_ins[i].source);
    g_free (self->stand_ins[i].target);
  }
  g_free (self->stand_ins);
  g_free (self->length_tokens);
  s2s_keeper_free (self->keeper);
  g_free (self);
}
