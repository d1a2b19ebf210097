/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-history.h"

gsize
s2s_history_count_entries (guint max_rows, guint max_steps)
{
  return (gsize)max_rows * max_steps;
}

void
s2s_history_init (S2sHistory *self, guint max_rows, guint max_steps)
{
  gsize n = s2s_history_count_entries (max_rows, max_steps);

  g_assert (n < S2S_HISTORY_NONE);
  self->max_rows = max_rows;
  self->max_steps = max_steps;
  self->n_entries = (guint)n;
  self->parents = g_new (guint, n);
  self->n_users = g_new (guint, n);
  self->free = g_new (guint, n);
  self->last = g_new (guint, max_rows);
  self->n_steps = g_new (guint, max_rows);
  self->spare = g_new (guint, 2 * (gsize)max_rows);
  self->paths = g_new (guint, n);
  self->n_rows = 0;
  /* the first ones first, and then what was free last: what is never needed is never touched */
  self->n_free = self->n_entries;
  for (guint i = 0; i < self->n_free; i++)
    self->free[i] = self->n_entries - 1 - i;
}

void
s2s_history_clear (S2sHistory *self)
{
  g_clear_pointer (&self->parents, g_free);
  g_clear_pointer (&self->n_users, g_free);
  g_clear_pointer (&self->free, g_free);
  g_clear_pointer (&self->last, g_free);
  g_clear_pointer (&self->n_steps, g_free);
  g_clear_pointer (&self->spare, g_free);
  g_clear_pointer (&self->paths, g_free);
}

void
s2s_history_add_row (S2sHistory *self)
{
  g_assert (self->n_rows < self->max_rows);

  self->last[self->n_rows] = S2S_HISTORY_NONE;
  self->n_steps[self->n_rows++] = 0;
}

static void
drop (S2sHistory *self, guint entry)
{
  while (entry != S2S_HISTORY_NONE && --self->n_users[entry] == 0) {
    self->free[self->n_free++] = entry;
    entry = self->parents[entry];
  }
}

static void
fill_path (S2sHistory *self, guint row)
{
  guint *path = self->paths + (gsize)row * self->max_steps;
  guint entry = self->last[row];

  for (guint i = self->n_steps[row]; i-- > 0; entry = self->parents[entry])
    path[i] = entry;
}

void
s2s_history_step (S2sHistory *self)
{
  for (guint row = 0; row < self->n_rows; row++) {
    g_assert (self->n_steps[row] < self->max_steps);
    guint entry = self->free[--self->n_free];

    self->parents[entry] = self->last[row]; /* of which it is a user now instead of the row */
    self->n_users[entry] = 1;
    self->last[row] = entry;
    self->n_steps[row]++;
    fill_path (self, row);
  }
}

void
s2s_history_reorder (S2sHistory *self, guint n_rows, const guint *parents)
{
  guint *last = self->spare, *n_steps = self->spare + self->max_rows;

  for (guint i = 0; i < n_rows; i++) {
    last[i] = self->last[parents[i]];
    n_steps[i] = self->n_steps[parents[i]];
    if (last[i] != S2S_HISTORY_NONE)
      self->n_users[last[i]]++;
  }
  for (guint row = 0; row < self->n_rows; row++)
    drop (self, self->last[row]);
  for (guint i = 0; i < n_rows; i++) {
    self->last[i] = last[i];
    self->n_steps[i] = n_steps[i];
  }
  self->n_rows = n_rows;
}

const guint *
s2s_history_get_path (const S2sHistory *self, guint row)
{
  return self->paths + (gsize)row * self->max_steps;
}
