/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-memory.h"

#include "layers/s2s-compute.h"

void
s2s_memory_init (S2sMemory *self, guint n_units, guint max_sentences, guint max_source)
{
  self->n_units = n_units;
  self->max_source = max_source;
  self->lengths = g_new0 (guint, max_sentences);
  self->values = s2s_floats_new ((gsize)max_sentences * max_source * n_units);
}

void
s2s_memory_clear (S2sMemory *self)
{
  g_clear_pointer (&self->lengths, g_free);
  g_clear_pointer (&self->values, g_aligned_free);
}

float *
s2s_memory_get (const S2sMemory *self, guint slot)
{
  return self->values + (gsize)slot * self->max_source * self->n_units;
}
