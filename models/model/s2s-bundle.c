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

/**
 * s2s_bundle_check_dir:
 * @dir: path of a bundle
 * @error: return location
 *
 * Returns: whether it is a directory, else %FALSE with %S2S_ERROR_NOT_FOUND
 */
gboolean
s2s_bundle_check_dir (const char *dir, GError **error)
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
check_file (const char *path, guint64 max_size, GError **error)
{
  GStatBuf status;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_NOT_FOUND, "%s: no such file", path);
    return FALSE;
  }
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_IO, "%s: not a regular file", path);
    return FALSE;
  }
  if (g_stat (path, &status) == 0 && (guint64)status.st_size > max_size) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "%s: %" G_GUINT64_FORMAT " bytes, expected at most %" G_GUINT64_FORMAT, path,
                 (guint64)status.st_size, max_size);
    return FALSE;
  }
  return TRUE;
}

/**
 * s2s_bundle_check:
 * @dir: path of a bundle
 * @file: name of a file in it
 * @max_size: bytes
 * @error: return location
 *
 * Returns: whether s2s_bundle_read() would begin to read it, else %FALSE with its error
 */
gboolean
s2s_bundle_check (const char *dir, const char *file, guint64 max_size, GError **error)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);

  return check_file (path, max_size, error);
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
  char *data;
  gsize length;

  if (!check_file (path, max_size, error))
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
