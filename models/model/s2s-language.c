/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-language-private.h"

#include <string.h>

gboolean
s2s_language_is_tag (const char *tag)
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

/* The length of a tag without its last word */
static gsize
truncate_tag (const char *tag, gsize length)
{
  while (length > 0 && tag[--length] != '-')
    ;
  return length;
}

guint
s2s_language_get_distance (const char *wanted, const char *tag)
{
  guint distance = 0;

  if (wanted == NULL)
    return 0;
  for (gsize length = strlen (wanted); length > 0; length = truncate_tag (wanted, length)) {
    if (strlen (tag) == length && g_ascii_strncasecmp (wanted, tag, length) == 0)
      return distance;
    distance++;
  }
  return S2S_LANGUAGE_NO_MATCH;
}

/**
 * s2s_language_choose:
 * @tags: (array zero-terminated=1): BCP 47 tags, one or more, as the target languages of a bundle
 * @wanted: (nullable): the tag of a language, or %NULL for the first
 * @error: return location
 *
 * Chooses the closest language by the lookup of RFC 4647: `fr-CA` takes `fr-CA`, else `fr`.
 *
 * Returns: (transfer none) (nullable): one of @tags, or %NULL with %S2S_ERROR_OPTIONS
 */
const char *
s2s_language_choose (const char *const *tags, const char *wanted, GError **error)
{
  g_return_val_if_fail (tags != NULL && tags[0] != NULL, NULL);

  guint best = S2S_LANGUAGE_NO_MATCH;
  const char *chosen = NULL;

  for (guint i = 0; tags[i] != NULL; i++) {
    guint distance = s2s_language_get_distance (wanted, tags[i]);

    if (distance < best) {
      best = distance;
      chosen = tags[i];
    }
  }
  if (chosen != NULL)
    return chosen;
  g_autofree char *listed = g_strjoinv (", ", (char **)tags);
  g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS,
               "the target language is “%s”, expected one of the bundle's: %s", wanted, listed);
  return NULL;
}
