/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-soak-memory.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

/* A sanitizer keeps what is freed for a while, and has a memory of its own. */
#if defined(__has_feature)
#define HAS_SANITIZER (__has_feature (address_sanitizer) || __has_feature (thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#else
#define HAS_SANITIZER 0
#endif

static GArray *samples; /* gint64 */
static guint first;

void
soak_memory_init (guint n_cues, guint warm_up)
{
  samples = g_array_sized_new (FALSE, FALSE, sizeof (gint64), n_cues / 16 + 1);
  first = warm_up;
  /* Threads come and go, and each would take an arena of its own. Translators of all sizes come and
   * go, and would leave holes. */
  mallopt (M_ARENA_MAX, 1);
  mallopt (M_MMAP_THRESHOLD, 16384);
}

static gint64
get_resident (void)
{
  FILE *file = fopen ("/proc/self/statm", "r");
  long n_pages = 0;

  if (!file)
    return 0;
  if (fscanf (file, "%*d %ld", &n_pages) != 1)
    n_pages = 0;
  fclose (file);
  return (gint64)n_pages * sysconf (_SC_PAGESIZE);
}

void
soak_memory_sample (guint n_cues)
{
  gint64 resident;

  if (HAS_SANITIZER || n_cues < first)
    return;
  /* What is free but was not given back does not count. */
  malloc_trim (0);
  resident = get_resident ();
  g_array_append_val (samples, resident);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return (x > y) - (x < y);
}

static gint64
get_middle (guint start, guint n)
{
  g_autoptr (GArray) part = g_array_sized_new (FALSE, FALSE, sizeof (gint64), n);

  g_array_append_vals (part, &g_array_index (samples, gint64, start), n);
  g_array_sort (part, compare);
  return g_array_index (part, gint64, n / 2);
}

gint64
soak_memory_get_growth (void)
{
  guint n = samples->len / 4;

  if (n == 0)
    return 0;
  return get_middle (samples->len - n, n) - get_middle (0, n);
}

void
soak_memory_clear (void)
{
  g_array_unref (samples);
}
