/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-compute.h"

#include <string.h>

#define ALIGNMENT 64 /* a cache line, and the widest vector of any instruction set so far */

void
s2s_compute_init (S2sCompute *self, guint max_inputs)
{
  self->kernels = s2s_kernels_get (NULL);
  s2s_panels_scratch_init (&self->scratch, max_inputs);
}

void
s2s_compute_clear (S2sCompute *self)
{
  s2s_panels_scratch_clear (&self->scratch);
}

float *
s2s_floats_new (gsize n)
{
  return g_aligned_alloc (n, sizeof (float), ALIGNMENT);
}

void
s2s_floats_move_rows (guint n_rows, const guint *parents, gsize width, float *rows, float *spare)
{
  /* through spare, since one may stand where another has to go */
  for (gsize i = 0; i < n_rows; i++)
    if (parents[i] != i)
      memcpy (spare + i * width, rows + parents[i] * width, width * sizeof (float));
  for (gsize i = 0; i < n_rows; i++)
    if (parents[i] != i)
      memcpy (rows + i * width, spare + i * width, width * sizeof (float));
}

void
s2s_slots_move_rows (guint n_rows, const guint *parents, guint **slots, guint **spare)
{
  guint *moved = *spare;

  for (guint i = 0; i < n_rows; i++)
    moved[i] = (*slots)[parents[i]];
  *spare = *slots;
  *slots = moved;
}
