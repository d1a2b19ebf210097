/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-config.h"

#include "architectures/s2s-arch.h"
#include "base/s2s-error.h"
#include "base/s2s-json.h"
#include "model/s2s-config-hparams.h"
#include "model/s2s-config-reader.h"
#include "model/s2s-config-words.h"

#include <string.h>

#define FORMAT_VERSION 1
#define MAX_LENGTH 4096 /* of a sentence, in tokens */

static gint32
read_id (S2sConfigReader *reader, const char *key)
{
  return (gint32)s2s_config_reader_integer (reader, key, -1, S2S_CONFIG_MAX_VOCABULARY - 1, -1);
}

static char *
read_file (S2sConfigReader *reader)
{
  const char *file = s2s_config_reader_string (reader, "file");

  if (strchr (file, '/') != NULL || g_str_equal (file, ".") || g_str_equal (file, ".."))
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                            "“file” is “%s”, expected the name of a file in the bundle", file);
  return g_strdup (file);
}

/* Those of bytes are fixed; a key may repeat one. */
static void
read_special (S2sConfigReader *reader, S2sTokenizerConfig *config, gboolean is_target)
{
  static const char *const keys[] = {"pad", "unk", "bos", "eos"};
  gboolean is_bytes = config->type == S2S_TOKENIZER_BYTES;
  gint32 ids[G_N_ELEMENTS (keys)];

  for (gint32 i = 0; i < (gint32)G_N_ELEMENTS (keys); i++) {
    ids[i] = read_id (reader, keys[i]);
    if (is_bytes && s2s_config_reader_has (reader, keys[i]) && ids[i] != i)
      s2s_config_reader_fail (reader, S2S_ERROR_FORMAT, "“%s” is %d, expected %d of bytes", keys[i],
                              ids[i], i);
    if (is_bytes)
      ids[i] = i;
  }
  config->special = (S2sSpecialTokens){ids[0], ids[1], ids[2], ids[3]};
  if (config->special.eos < 0)
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
    config->file = read_file (&reader);
  if (config->type == S2S_TOKENIZER_PLAIN)
    config->characters = s2s_config_reader_choice (&reader, "unit", units, "word") == 1;
  read_special (&reader, config, is_target);
  return s2s_config_reader_finish (&reader, error);
}

static gboolean
read_shortlist (JsonObject *object, char **ret_file, GError **error)
{
  S2sConfigReader reader;

  if (object == NULL)
    return TRUE;
  s2s_config_reader_init (&reader, object, "shortlist");
  *ret_file = read_file (&reader);
  return s2s_config_reader_finish (&reader, error);
}

static gboolean
read_decoding (JsonObject *object, gboolean has_shortlist, S2sDecodingDefaults *decoding,
               GError **error)
{
  S2sConfigReader reader;

  s2s_config_reader_init (&reader, object, "decoding");
  decoding->beam_size = (guint)s2s_config_reader_integer (&reader, "beam_size", 1, S2S_MAX_BEAM, 4);
  decoding->length_normalization = s2s_config_reader_choice (
      &reader, "length_normalization", s2s_length_normalization_words, "average");
  decoding->length_penalty = s2s_config_reader_number (&reader, "length_penalty", 0, 10, 1);
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

/* What the network has positions for is told by the hyperparameters. */
static gboolean
check_source_length (const S2sConfig *config, GError **error)
{
  guint max = s2s_config_get_max_positions (&config->hparams);

  if (config->decoding.max_source_length <= max)
    return TRUE;
  g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
               "decoding: “max_source_length” is %u, expected at most %u as “max_positions” is",
               config->decoding.max_source_length, max);
  return FALSE;
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

/* Whether a tag looks like one of BCP 47: words of at most 8 letters and digits between hyphens,
 * the first of letters alone. Whether the language exists is not asked. */
static gboolean
is_language_tag (const char *tag)
{
  g_auto (GStrv) words = g_strsplit (tag, "-", -1);

  for (guint i = 0; words[i] != NULL; i++) {
    gsize length = strlen (words[i]);

    if (length < (i == 0 ? 2 : 1) || length > 8)
      return FALSE;
    for (gsize j = 0; j < length; j++)
      if (!(i == 0 ? g_ascii_isalpha (words[i][j]) : g_ascii_isalnum (words[i][j])))
        return FALSE;
  }
  return words[0] != NULL;
}

static char *
read_language (S2sConfigReader *reader, const char *key)
{
  const char *tag = s2s_config_reader_string (reader, key);

  if (!is_language_tag (tag))
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
  config->target_language = read_language (reader, "target_language");

  const char *name = s2s_config_reader_string (reader, "architecture");
  const S2sArch *arch = s2s_arch_get (name);
  if (arch == NULL)
    s2s_config_reader_fail (reader, S2S_ERROR_UNSUPPORTED, "unknown architecture “%s”", name);
  else
    config->hparams.architecture = arch->name;
}

static gboolean
read_config (JsonObject *object, S2sConfig *config, GError **error)
{
  g_autoptr (JsonObject) empty = json_object_new ();
  S2sConfigReader reader;

  s2s_config_reader_init (&reader, object, NULL);
  read_heading (&reader, config);
  JsonObject *hparams = s2s_config_reader_object (&reader, "hyperparameters", TRUE);
  JsonObject *source = s2s_config_reader_object (&reader, "source_tokenizer", TRUE);
  JsonObject *target = s2s_config_reader_object (&reader, "target_tokenizer", TRUE);
  JsonObject *shortlist = s2s_config_reader_object (&reader, "shortlist", FALSE);
  JsonObject *decoding = s2s_config_reader_object (&reader, "decoding", FALSE);
  JsonObject *stand_ins = s2s_config_reader_object (&reader, "stand_ins", FALSE);

  return s2s_config_reader_finish (&reader, error) &&
         s2s_config_read_hparams (hparams, &config->hparams, error) &&
         read_tokenizer (source, "source_tokenizer", FALSE, &config->source_tokenizer, error) &&
         read_tokenizer (target, "target_tokenizer", TRUE, &config->target_tokenizer, error) &&
         read_shortlist (shortlist, &config->shortlist_file, error) &&
         read_decoding (decoding != NULL ? decoding : empty, shortlist != NULL, &config->decoding,
                        error) &&
         check_source_length (config, error) &&
         read_stand_ins (stand_ins != NULL ? stand_ins : empty, config, error);
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
  g_free (self->target_language);
  g_free (self->source_tokenizer.file);
  g_free (self->target_tokenizer.file);
  g_free (self->shortlist_file);
  for (guint i = 0; i < self->n_stand_ins; i++) {
    g_free (self->stand_ins[i].source);
    g_free (self->stand_ins[i].target);
  }
  g_free (self->stand_ins);
  g_free (self);
}
