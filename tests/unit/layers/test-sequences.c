/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-sequences.h"

static void
assert_equal (guint n, const guint *got, const guint *expected)
{
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (got[i], ==, expected[i]);
}

/* The picture in the header, with the sentences given in another order */
static void
test_picture (void)
{
  const guint lengths[] = {1, 4, 3}; /* C, A, B */
  S2sSequences self;

  s2s_sequences_init (&self, 5, 7);
  s2s_sequences_set (&self, 3, lengths);

  g_assert_cmpuint (self.n_sentences, ==, 3);
  g_assert_cmpuint (self.n_positions, ==, 8);
  g_assert_cmpuint (self.n_steps, ==, 4);
  assert_equal (3, self.lengths, lengths);
  assert_equal (3, self.starts, (const guint[]){0, 1, 5});
  assert_equal (3, self.order, (const guint[]){1, 2, 0});
  assert_equal (5, self.n_active, (const guint[]){3, 2, 2, 1, 0});
  assert_equal (5, self.step_starts, (const guint[]){0, 3, 5, 7, 8});
  s2s_sequences_clear (&self);
}

/* Every sentence has one slot, slots go from long to short, and n_active counts them. */
static void
check_random (S2sSequences *self, GRand *rand, guint n, guint max_steps)
{
  g_autofree guint *lengths = g_new (guint, n);
  g_autofree guint *n_slots = g_new0 (guint, n);

  for (guint i = 0; i < n; i++)
    lengths[i] = (guint)g_rand_int_range (rand, 1, (gint32)max_steps + 1);
  s2s_sequences_set (self, n, lengths);

  for (guint slot = 0; slot < n; slot++) {
    n_slots[self->order[slot]]++;
    if (slot > 0)
      g_assert_cmpuint (lengths[self->order[slot]], <=, lengths[self->order[slot - 1]]);
    for (guint t = 0; t < self->n_steps; t++)
      g_assert_true ((slot < self->n_active[t]) == (t < lengths[self->order[slot]]));
  }
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (n_slots[i], ==, 1);
  g_assert_cmpuint (self->n_active[self->n_steps], ==, 0);
  g_assert_cmpuint (self->step_starts[self->n_steps], ==, self->n_positions);
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  S2sSequences self;

  s2s_sequences_init (&self, 40, 9);
  for (guint i = 0; i < 200; i++)
    check_random (&self, rand, 1 + i % 40, 1 + i % 9);
  s2s_sequences_clear (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layers/sequences/picture", test_picture);
  g_test_add_func ("/layers/sequences/random", test_random);
  return g_test_run ();
}
