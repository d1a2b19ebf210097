/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench-memory.h"

#include <string.h>

gsize
s2s_bench_get_memory (const char *name)
{
  g_autofree char *text = NULL;
  g_autofree char *head = g_strdup_printf ("\n%s:", name);
  g_autoptr (GError) error = NULL;

  g_file_get_contents ("/proc/self/smaps_rollup", &text, NULL, &error);
  g_assert_no_error (error);
  const char *line = strstr (text, head);
  g_assert_nonnull (line);
  return 1024 * (gsize)g_ascii_strtoull (line + strlen (head), NULL, 10);
}
