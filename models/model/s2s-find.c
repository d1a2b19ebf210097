/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE /* dladdr */

#include "base/s2s-error.h"
#include "model/s2s-bundle.h"
#include "model/s2s-language-private.h"
#include "model/s2s-model.h"

#include <dlfcn.h>
#include <string.h>

/* The best bundle so far */
typedef struct {
  const char *source_language;
  const char *target_language;
  char *path;
  guint distance;
  guint n_targets;
  GString *seen; /* what the bundles that do not fit are for, or why they cannot be read */
} Search;

/* The distance of the closest target language of a bundle */
static guint
get_target_distance (const char *wanted, const S2sConfig *config)
{
  guint best = S2S_LANGUAGE_NO_MATCH;

  for (guint i = 0; config->target_languages[i] != NULL; i++)
    best = MIN (best, s2s_language_get_distance (wanted, config->target_languages[i]));
  return best;
}

/* What was made for one language is expected to be better at it than what knows several. */
static gboolean
is_better (const Search *self, guint distance, guint n_targets)
{
  if (self->path == NULL || distance != self->distance)
    return self->path == NULL || distance < self->distance;
  return n_targets < self->n_targets;
}

static void
look_at (Search *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = s2s_bundle_read_config (path, &error);
  guint source, target, n_targets;

  if (config == NULL) {
    if (!g_error_matches (error, S2S_ERROR, S2S_ERROR_NOT_FOUND))
      g_string_append_printf (self->seen, "; %s", error->message);
    return;
  }
  source = s2s_language_get_distance (self->source_language, config->source_language);
  target = get_target_distance (self->target_language, config);
  if (!g_str_equal (config->task, "translate") || source == S2S_LANGUAGE_NO_MATCH ||
      target == S2S_LANGUAGE_NO_MATCH) {
    g_autofree char *targets = g_strjoinv (" or ", config->target_languages);

    g_string_append_printf (self->seen, "; %s: %s, %s to %s", path, config->task,
                            config->source_language, targets);
    return;
  }
  n_targets = g_strv_length (config->target_languages);
  if (is_better (self, source + target, n_targets)) {
    self->distance = source + target;
    self->n_targets = n_targets;
    g_free (self->path);
    self->path = g_strdup (path);
  }
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* What is in a directory, in the order of the names, so that nothing hangs on the file system */
static GPtrArray *
list_names (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
look_into (Search *self, const char *path)
{
  g_autoptr (GPtrArray) names = list_names (path);

  for (guint i = 0; i < names->len; i++) {
    g_autofree char *bundle = g_build_filename (path, g_ptr_array_index (names, i), NULL);

    look_at (self, bundle);
  }
}

/* Where bundles lie beside the file of this library, so that it works from its build directory */
static char *
get_own_dir (void)
{
  Dl_info info;
  g_autofree char *dir = NULL;

  if (dladdr ((gpointer)get_own_dir, &info) == 0 || info.dli_fname == NULL)
    return NULL;
  dir = g_path_get_dirname (info.dli_fname);
  return g_build_filename (dir, "s2s-models", NULL);
}

static GPtrArray *
list_dirs (void)
{
  const char *variable = g_getenv ("S2S_MODEL_PATH");
  g_auto (GStrv) own = g_strsplit (variable != NULL ? variable : "", G_SEARCHPATH_SEPARATOR_S, -1);
  GPtrArray *dirs = g_ptr_array_new_with_free_func (g_free);
  char *beside = get_own_dir ();

  for (guint i = 0; own[i] != NULL; i++)
    if (*own[i] != '\0')
      g_ptr_array_add (dirs, g_strdup (own[i]));
  if (beside != NULL)
    g_ptr_array_add (dirs, beside);
  g_ptr_array_add (dirs, g_build_filename (S2S_DATADIR, "models", NULL));
  g_ptr_array_add (dirs, NULL);
  return dirs;
}

/**
 * s2s_model_find:
 * @source_language: (nullable): a BCP 47 tag, or %NULL for any
 * @target_language: (nullable): a BCP 47 tag, or %NULL for any
 * @error: return location
 *
 * Finds an installed bundle that translates between two languages; of one with several target
 * languages, each counts. `zh-Hant-TW` finds `zh-Hant` and else `zh`: the lookup of RFC 4647.
 * Directories that hold bundles are, in this order, those of the environment variable
 * `S2S_MODEL_PATH` (with colons between them), `s2s-models` beside the file of the library, and
 * `models` in the data directory. The closest match is taken, of equals the one with the fewest
 * target languages, and then the first. Only the config.json of each bundle is read.
 *
 * Returns: (transfer full) (nullable): path of the bundle, or %NULL with %S2S_ERROR_NOT_FOUND
 */
char *
s2s_model_find (const char *source_language, const char *target_language, GError **error)
{
  g_autoptr (GPtrArray) dirs = list_dirs ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autofree char *places = g_strjoinv (", ", (char **)dirs->pdata);
  Search search = {.source_language = source_language,
                   .target_language = target_language,
                   .distance = S2S_LANGUAGE_NO_MATCH,
                   .seen = seen};

  for (guint i = 0; g_ptr_array_index (dirs, i) != NULL; i++)
    look_into (&search, g_ptr_array_index (dirs, i));
  if (search.path == NULL)
    g_set_error (error, S2S_ERROR, S2S_ERROR_NOT_FOUND,
                 "no bundle translates %s to %s; looked in %s%s; name a bundle, or set "
                 "S2S_MODEL_PATH to the directory that holds it",
                 source_language != NULL ? source_language : "any language",
                 target_language != NULL ? target_language : "any language", places, seen->str);
  return search.path;
}

static gboolean
is_bundle (const char *path)
{
  g_autofree char *config = g_build_filename (path, "config.json", NULL);

  return g_file_test (config, G_FILE_TEST_EXISTS);
}

/* The names of the bundles in all directories, as a sentence has them */
static char *
list_bundles (const GPtrArray *dirs)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; g_ptr_array_index (dirs, i) != NULL; i++) {
    const char *dir = g_ptr_array_index (dirs, i);
    g_autoptr (GPtrArray) names = list_names (dir);

    for (guint n = 0; n < names->len; n++) {
      const char *name = g_ptr_array_index (names, n);
      g_autofree char *path = g_build_filename (dir, name, NULL);

      if (is_bundle (path))
        g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", name);
    }
  }
  return g_string_free (list, FALSE);
}

/**
 * s2s_model_locate:
 * @name: the path of a bundle, or the name of an installed one
 * @error: return location
 *
 * Finds a bundle that is named. A @name with a slash and one of a directory that is there are
 * paths; any other is looked for in the directories of s2s_model_find(), the first is taken.
 *
 * Returns: (transfer full) (nullable): path of the bundle, or %NULL with %S2S_ERROR_NOT_FOUND
 */
char *
s2s_model_locate (const char *name, GError **error)
{
  g_autoptr (GPtrArray) dirs = NULL;
  g_autofree char *places = NULL;
  g_autofree char *bundles = NULL;

  if (strchr (name, G_DIR_SEPARATOR) != NULL || g_file_test (name, G_FILE_TEST_IS_DIR))
    return g_strdup (name);
  dirs = list_dirs ();
  for (guint i = 0; g_ptr_array_index (dirs, i) != NULL; i++) {
    g_autofree char *path = g_build_filename (g_ptr_array_index (dirs, i), name, NULL);

    if (*name != '\0' && is_bundle (path))
      return g_steal_pointer (&path);
  }
  places = g_strjoinv (", ", (char **)dirs->pdata);
  bundles = list_bundles (dirs);
  g_set_error (error, S2S_ERROR, S2S_ERROR_NOT_FOUND,
               "no bundle \"%s\": expected a directory, or one of the bundles %s of %s", name,
               *bundles != '\0' ? bundles : "(none)", places);
  return NULL;
}
