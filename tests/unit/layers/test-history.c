/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-history.h"

#include <string.h>

#define MAX_ROWS 7
#define MAX_STEPS 9

/* What a row remembers, by plain copying: a number that was new at each step */
typedef struct {
  guint n;
  guint values[MAX_STEPS];
} Past;

typedef struct {
  S2sHistory history;
  guint kept[MAX_ROWS * MAX_STEPS]; /* by entry: the number that was written there */
  Past pasts[MAX_ROWS];
  guint n_rows;
  guint n_written;
} Pair;

static void
check (const Pair *self)
{
  g_assert_cmpuint (self->history.n_rows, ==, self->n_rows);
  for (guint row = 0; row < self->n_rows; row++) {
    const guint *path = s2s_history_get_path (&self->history, row);

    g_assert_cmpuint (self->history.n_steps[row], ==, self->pasts[row].n);
    for (guint i = 0; i < self->pasts[row].n; i++)
      g_assert_cmpuint (self->kept[path[i]], ==, self->pasts[row].values[i]);
  }
}

static void
step (Pair *self)
{
  s2s_history_step (&self->history);
  for (guint row = 0; row < self->n_rows; row++) {
    Past *past = &self->pasts[row];

    past->values[past->n++] = ++self->n_written;
    self->kept[self->history.last[row]] = self->n_written;
  }
  check (self);
}

static void
reorder (Pair *self, guint n_rows, const guint *parents)
{
  Past pasts[MAX_ROWS];

  for (guint i = 0; i < n_rows; i++)
    pasts[i] = self->pasts[parents[i]];
  memcpy (self->pasts, pasts, sizeof pasts);
  self->n_rows = n_rows;
  s2s_history_reorder (&self->history, n_rows, parents);
}

static void
add_row (Pair *self)
{
  self->pasts[self->n_rows++].n = 0;
  s2s_history_add_row (&self->history);
}

static gboolean
is_full (const Pair *self)
{
  for (guint row = 0; row < self->n_rows; row++)
    if (self->pasts[row].n == MAX_STEPS)
      return TRUE;
  return FALSE;
}

/* Rows come, go, double and move at random, beside copies of their pasts. There is just room for
 * rows that share nothing, so one entry that is never given back shows in the end, and one that is
 * given back too early is overwritten. */
static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autofree Pair *pair = g_new0 (Pair, 1);

  s2s_history_init (&pair->history, MAX_ROWS, MAX_STEPS);
  for (guint i = 0; i < 20000; i++) {
    guint parents[MAX_ROWS], n = (guint)g_rand_int_range (rand, 0, MAX_ROWS + 1);

    for (guint j = 0; j < n && pair->n_rows > 0; j++)
      parents[j] = (guint)g_rand_int_range (rand, 0, (gint32)pair->n_rows);
    if (is_full (pair))
      reorder (pair, 0, NULL);
    else if (i % 3 == 0 && pair->n_rows > 0)
      reorder (pair, n, parents);
    else if (i % 5 == 0 && pair->n_rows < MAX_ROWS)
      add_row (pair);
    else
      step (pair);
  }
  reorder (pair, 0, NULL);
  g_assert_cmpuint (pair->history.n_free, ==, MAX_ROWS * MAX_STEPS);
  s2s_history_clear (&pair->history);
}

/* All rows to the last step, nothing shared: the room is enough. */
static void
test_full (void)
{
  g_autofree Pair *pair = g_new0 (Pair, 1);

  s2s_history_init (&pair->history, MAX_ROWS, MAX_STEPS);
  for (guint i = 0; i < MAX_ROWS; i++)
    add_row (pair);
  for (guint i = 0; i < MAX_STEPS; i++)
    step (pair);
  g_assert_cmpuint (pair->history.n_free, ==, 0);
  s2s_history_clear (&pair->history);
}

/* Hypotheses share what they have in common: a beam that goes on from one row needs no copy of it.
 */
static void
test_shared (void)
{
  static const guint first[MAX_ROWS] = {0};
  g_autofree Pair *pair = g_new0 (Pair, 1);

  s2s_history_init (&pair->history, MAX_ROWS, MAX_STEPS);
  add_row (pair);
  for (guint i = 0; i < 4; i++)
    step (pair);
  reorder (pair, MAX_ROWS, first);
  step (pair);
  g_assert_cmpuint (pair->history.n_free, ==, MAX_ROWS * MAX_STEPS - 4 - MAX_ROWS);
  s2s_history_clear (&pair->history);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/random", test_random);
  g_test_add_func ("/history/full", test_full);
  g_test_add_func ("/history/shared", test_shared);
  return g_test_run ();
}
