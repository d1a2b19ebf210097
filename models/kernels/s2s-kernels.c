/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-kernels.h"

#include "kernels/s2s-cpu.h"
#include "kernels/s2s-kernels-rows.h"

/* Best first. What a row requires, the row above it requires too: so the rows that a processor can
 * run are the end of the table. */
static const S2sKernels *const rows[] = {
#ifdef __x86_64__
    &s2s_kernels_avx512vnni, &s2s_kernels_avx512,
    &s2s_kernels_avx2,
#endif
    &s2s_kernels_c,          NULL,
};

const S2sKernels *const *
s2s_kernels_list (void)
{
  guint flags = s2s_cpu_get_flags ();
  const S2sKernels *const *row = rows;

  while (((*row)->required & ~flags) != 0)
    row++;
  return row;
}

static const S2sKernels *
find (const char *name)
{
  for (const S2sKernels *const *row = s2s_kernels_list (); *row != NULL; row++)
    if (g_str_equal ((*row)->name, name))
      return *row;
  return NULL;
}

const S2sKernels *
s2s_kernels_get (const char *name)
{
  const char *wanted = g_getenv ("S2S_CPU");
  const S2sKernels *row = NULL;

  if (name != NULL)
    return find (name);
  if (wanted != NULL)
    row = find (wanted);
  return row != NULL ? row : *s2s_kernels_list ();
}
