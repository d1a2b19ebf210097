/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-fuzz.h"

/* Plays the seeds of a target once: s2s-fuzz-main FOLDER. With -Dfuzz=true libFuzzer's main stands
 * here instead. */

static gboolean
play (const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *file = NULL;
  gsize size;

  if (!g_file_get_contents (path, &file, &size, error))
    return FALSE;

  /* of its exact size, so that a sanitizer sees a read behind the end */
  g_autofree guint8 *data = g_memdup2 (file, size);
  LLVMFuzzerTestOneInput (data, size);
  return TRUE;
}

int
main (int argc, char **argv)
{
  const char *folder = argc == 2 ? argv[1] : "";
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  const char *name;
  guint n = 0;

  while (dir != NULL && error == NULL && (name = g_dir_read_name (dir)) != NULL)
    if (play (folder, name, &error))
      n++;
  if (error != NULL || n == 0) {
    g_printerr ("%s: %s\n", folder, error != NULL ? error->message : "no seeds");
    return 1;
  }
  g_print ("%s: %u seeds\n", folder, n);
  return 0;
}
