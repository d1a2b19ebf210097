/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-sequences.h"

#include <string.h>

void
s2s_sequences_init (S2sSequences *self, guint max_sentences, guint max_steps)
{
  memset (self, 0, sizeof *self);
  self->lengths = g_new (guint, max_sentences);
  self->starts = g_new (guint, max_sentences);
  self->order = g_new (guint, max_sentences);
  self->n_active = g_new (guint, (gsize)max_steps + 1);
  self->step_starts = g_new (guint, (gsize)max_steps + 1);
}

void
s2s_sequences_clear (S2sSequences *self)
{
  g_clear_pointer (&self->lengths, g_free);
  g_clear_pointer (&self->starts, g_free);
  g_clear_pointer (&self->order, g_free);
  g_clear_pointer (&self->n_active, g_free);
  g_clear_pointer (&self->step_starts, g_free);
}

/* n_active[t] = how many are longer than t */
static void
count_active (S2sSequences *self)
{
  memset (self->n_active, 0, (self->n_steps + 1) * sizeof (guint));
  for (guint i = 0; i < self->n_sentences; i++)
    self->n_active[self->lengths[i] - 1]++;
  for (guint t = self->n_steps; t-- > 0;)
    self->n_active[t] += self->n_active[t + 1];
}

/* A counting sort: the first slot of length L comes after all that are longer, n_active[L] of them.
 * step_starts counts the slots given out. */
static void
give_slots (S2sSequences *self)
{
  guint *n_given = self->step_starts;

  memset (n_given, 0, (self->n_steps + 1) * sizeof (guint));
  for (guint i = 0; i < self->n_sentences; i++) {
    guint length = self->lengths[i];

    self->order[self->n_active[length] + n_given[length]++] = i;
  }
}

void
s2s_sequences_set (S2sSequences *self, guint n, const guint *lengths)
{
  self->n_sentences = n;
  self->n_positions = 0;
  self->n_steps = 0;
  for (guint i = 0; i < n; i++) {
    self->lengths[i] = lengths[i];
    self->starts[i] = self->n_positions;
    self->n_positions += lengths[i];
    self->n_steps = MAX (self->n_steps, lengths[i]);
  }

  count_active (self);
  give_slots (self);

  self->step_starts[0] = 0;
  for (guint t = 0; t < self->n_steps; t++)
    self->step_starts[t + 1] = self->step_starts[t] + self->n_active[t];
}
