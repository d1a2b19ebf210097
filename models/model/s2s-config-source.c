/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-config-source.h"

#include "base/s2s-error.h"
#include "model/s2s-config-reader.h"
#include "model/s2s-language-private.h"

#include <string.h>

#define MAX_TURNS 16
#define MAX_WORD_SETS 32

static gint32
read_source_token (S2sConfigReader *reader, const S2sConfig *config, const char *key)
{
  return (gint32)s2s_config_reader_integer (
      reader, key, 0, config->hparams.source_vocabulary_size - 1, S2S_CONFIG_REQUIRED);
}

static gboolean
read_length_token (JsonObject *object, guint index, S2sConfig *config, GError **error)
{
  g_autofree char *scope = g_strdup_printf ("length_tokens: item %u", index);
  double previous = index > 0 ? config->length_tokens[index - 1].ratio : 0;
  S2sLengthToken *item = &config->length_tokens[index];
  S2sConfigReader reader;

  s2s_config_reader_init (&reader, object, scope);
  if (!s2s_config_reader_has (&reader, "ratio"))
    s2s_config_reader_fail (&reader, S2S_ERROR_FORMAT, "“ratio” is missing");
  item->ratio =
      s2s_config_reader_number (&reader, "ratio", G_MINDOUBLE, S2S_CONFIG_MAX_LENGTH_RATIO, 1);
  item->token = read_source_token (&reader, config, "token");
  if (item->ratio <= previous)
    s2s_config_reader_fail (&reader, S2S_ERROR_FORMAT,
                            "“ratio” is %g, expected more than the %g before it", item->ratio,
                            previous);
  return s2s_config_reader_finish (&reader, error);
}

gboolean
s2s_config_read_length_tokens (const GPtrArray *items, S2sConfig *config, GError **error)
{
  config->length_tokens = g_new0 (S2sLengthToken, items->len);
  for (guint i = 0; i < items->len; i++)
    if (!read_length_token (g_ptr_array_index (items, i), i, config, error))
      return FALSE;
  config->n_length_tokens = items->len;
  return TRUE;
}

gboolean
s2s_config_read_context (JsonObject *object, S2sConfig *config, GError **error)
{
  S2sConfigReader reader;

  config->context_separator = S2S_NO_TOKEN;
  if (object == NULL)
    return TRUE;
  s2s_config_reader_init (&reader, object, "context");
  config->context_separator = read_source_token (&reader, config, "separator_token");
  config->context_turns =
      (guint)s2s_config_reader_integer (&reader, "turns", 1, MAX_TURNS, S2S_CONFIG_REQUIRED);
  return s2s_config_reader_finish (&reader, error);
}

/* Checks that each is a word. (transfer container) */
static const char **
read_words (S2sConfigReader *reader, const char *key)
{
  const char **words = s2s_config_reader_strings (reader, key);

  for (guint i = 0; words[i] != NULL; i++) {
    if (s2s_keeper_is_word (words[i]))
      continue;
    s2s_config_reader_fail (reader, S2S_ERROR_FORMAT, "item %u of “%s” is “%s”, expected one word",
                            i, key, words[i]);
    words[i] = NULL;
    break;
  }
  return words;
}

/* The name of a set is for who reads the file. */
static gboolean
read_word_set (JsonObject *object, guint index, S2sKeeper *keeper, GError **error)
{
  g_autofree char *scope = g_strdup_printf ("keeps: item %u of “word_sets”", index);
  S2sConfigReader reader;

  s2s_config_reader_init (&reader, object, scope);
  s2s_config_reader_string (&reader, "name");
  if (!s2s_config_reader_has (&reader, "words"))
    s2s_config_reader_fail (&reader, S2S_ERROR_FORMAT, "“words” is missing");
  g_autofree const char **words = read_words (&reader, "words");
  s2s_keeper_add_set (keeper, words);
  return s2s_config_reader_finish (&reader, error);
}

static gboolean
is_same_language (const char *a, const char *b)
{
  gsize length = strcspn (a, "-");

  return length == strcspn (b, "-") && g_ascii_strncasecmp (a, b, length) == 0;
}

/* Words of one language are not those of another. */
static void
check_languages (S2sConfigReader *reader, const S2sConfig *config)
{
  for (guint i = 0; config->target_languages[i] != NULL; i++)
    if (!is_same_language (config->source_language, config->target_languages[i]))
      s2s_config_reader_fail (reader, S2S_ERROR_FORMAT,
                              "the target language is “%s”, expected the source language “%s”",
                              config->target_languages[i], config->source_language);
}

gboolean
s2s_config_read_keeps (JsonObject *object, S2sConfig *config, GError **error)
{
  S2sConfigReader reader;

  if (object == NULL)
    return TRUE;
  s2s_config_reader_init (&reader, object, "keeps");
  gboolean numbers = s2s_config_reader_boolean (&reader, "numbers");
  gboolean names = s2s_config_reader_boolean (&reader, "names");
  g_autofree const char **words = read_words (&reader, "words");
  g_autofree const char **openers = read_words (&reader, "openers");
  g_autoptr (GPtrArray) sets = s2s_config_reader_objects (&reader, "word_sets", MAX_WORD_SETS);
  check_languages (&reader, config);
  config->keeper = s2s_keeper_new (numbers, names);
  s2s_keeper_set_words (config->keeper, words);
  s2s_keeper_set_openers (config->keeper, openers);
  if (!s2s_config_reader_finish (&reader, error))
    return FALSE;
  for (guint i = 0; i < sets->len; i++)
    if (!read_word_set (g_ptr_array_index (sets, i), i, config->keeper, error))
      return FALSE;
  return TRUE;
}
