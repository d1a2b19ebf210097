/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-bundle.h"

#include "base/s2s-error.h"

#include <glib/gstdio.h>

/**
 * s2s_bundle_prefix_error:
 * @error: (inout): an error
 * @dir: path of a bundle
 * @file: name of a file in it
 */
void
s2s_bundle_prefix_error (GError **error, const char *dir, const char *file)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);

  g_prefix_error (error, "%s: ", path);
}

static gboolean
check_dir (const char *dir, GError **error)
{
  if (!g_file_test (dir, G_FILE_TEST_EXISTS)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_NOT_FOUND, "%s: no such directory", dir);
    return FALSE;
  }
  if (!g_file_test (dir, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_NOT_FOUND,
                 "%s: not a directory, expected the directory of a bundle", dir);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_file (const char *path, guint64 max_size, GStatBuf *ret_status, GError **error)
{
  if (g_stat (path, ret_status) != 0) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_NOT_FOUND, "%s: no such file", path);
    return FALSE;
  }
  if (!S_ISREG (ret_status->st_mode)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_IO, "%s: not a regular file", path);
    return FALSE;
  }
  if ((guint64)ret_status->st_size > max_size) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "%s: %" G_GUINT64_FORMAT " bytes, expected at most %" G_GUINT64_FORMAT, path,
                 (guint64)ret_status->st_size, max_size);
    return FALSE;
  }
  return TRUE;
}

static gboolean
identify (const char *dir, const char *file, guint64 max_size, S2sFileId *ret_id, GError **error)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);
  GStatBuf status;

  if (!check_file (path, max_size, &status, error))
    return FALSE;
  *ret_id = (S2sFileId){
      .device = (guint64)status.st_dev,
      .inode = (guint64)status.st_ino,
      .size = (guint64)status.st_size,
      .seconds = (guint64)status.st_mtim.tv_sec,
      .nanoseconds = (guint64)status.st_mtim.tv_nsec,
  };
  return TRUE;
}

/* The files that config.json names; NULL is none. */
static gboolean
identify_named (const char *dir, const S2sConfig *config, S2sBundleId *id, GError **error)
{
  const struct {
    const char *file;
    guint64 max_size;
    S2sFileId *id;
  } rows[] = {
      {config->source_tokenizer.file, S2S_BUNDLE_MAX_TOKENIZER, &id->source_tokenizer},
      {config->source_tokenizer.vocabulary, S2S_BUNDLE_MAX_TOKENIZER, &id->source_vocabulary},
      {config->target_tokenizer.file, S2S_BUNDLE_MAX_TOKENIZER, &id->target_tokenizer},
      {config->target_tokenizer.vocabulary, S2S_BUNDLE_MAX_TOKENIZER, &id->target_vocabulary},
      {config->shortlist_file, S2S_BUNDLE_MAX_SHORTLIST, &id->shortlist},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].file != NULL && !identify (dir, rows[i].file, rows[i].max_size, rows[i].id, error))
      return FALSE;
  return TRUE;
}

/**
 * s2s_bundle_open:
 * @dir: path of a bundle
 * @ret_id: what its files are; undefined on failure
 * @error: return location
 *
 * Reads the configuration and looks whether the files that it names are there. They are identified
 * before they are read, so an id is never newer than what is read after it: when a file is changed
 * in between, the id fits nobody who comes later.
 *
 * Returns: (transfer full) (nullable): the configuration, or %NULL with %S2S_ERROR_NOT_FOUND or the
 * errors of s2s_bundle_read_config()
 */
S2sConfig *
s2s_bundle_open (const char *dir, S2sBundleId *ret_id, GError **error)
{
  g_autoptr (S2sConfig) config = NULL;

  *ret_id = (S2sBundleId){0};
  if (!check_dir (dir, error) ||
      !identify (dir, S2S_BUNDLE_CONFIG, S2S_CONFIG_MAX_SIZE, &ret_id->config, error))
    return NULL;
  config = s2s_bundle_read_config (dir, error);
  if (config == NULL || !identify_named (dir, config, ret_id, error) ||
      !identify (dir, S2S_BUNDLE_WEIGHTS, S2S_BUNDLE_MAX_WEIGHTS, &ret_id->weights, error))
    return NULL;
  return g_steal_pointer (&config);
}

/**
 * s2s_bundle_read:
 * @dir: path of a bundle
 * @file: name of a file in it
 * @max_size: bytes; a larger file is not read
 * @error: return location
 *
 * Reads a file, which is neither open nor mapped afterwards, so that changing it hurts nobody.
 *
 * Returns: (transfer full) (nullable): what is in it, or %NULL with %S2S_ERROR_NOT_FOUND,
 * %S2S_ERROR_IO or %S2S_ERROR_FORMAT
 */
GBytes *
s2s_bundle_read (const char *dir, const char *file, guint64 max_size, GError **error)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_autoptr (GError) file_error = NULL;
  GStatBuf status;
  char *data;
  gsize length;

  if (!check_file (path, max_size, &status, error))
    return NULL;
  if (!g_file_get_contents (path, &data, &length, &file_error)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_IO, "%s", file_error->message);
    return NULL;
  }
  return g_bytes_new_take (data, length);
}

/**
 * s2s_bundle_read_config:
 * @dir: path of a bundle
 * @error: return location
 *
 * Returns: (transfer full) (nullable): its configuration, or %NULL with the errors of
 * s2s_bundle_read() and s2s_config_new_from_bytes()
 */
S2sConfig *
s2s_bundle_read_config (const char *dir, GError **error)
{
  g_autoptr (GBytes) json = s2s_bundle_read (dir, S2S_BUNDLE_CONFIG, S2S_CONFIG_MAX_SIZE, error);
  S2sConfig *config;

  if (json == NULL)
    return NULL;
  config = s2s_config_new_from_bytes (json, error);
  if (config == NULL)
    s2s_bundle_prefix_error (error, dir, S2S_BUNDLE_CONFIG);
  return config;
}
