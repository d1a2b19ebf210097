/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-rnn.h"

#include "s2s-naive.h"

#define MAX_NMSE 1e-11 /* of f32 sums and the kernels' tanh and sigmoid; docs/numerics.md */
#define N_INPUTS 5
#define N_UNITS 9
#define X_STRIDE (N_INPUTS + 2)
#define Y_STRIDE (N_UNITS + 3)

/* A network over time and a batch for it, x by steps. */
typedef struct {
  const S2sCellType *type;
  S2sTestWeights *source;
  S2sRnn rnn;
  S2sCompute compute;
  S2sRnnState state;
  S2sSequences sequences;
  float *x;
  float *y;
} Fixture;

static void
setup (Fixture *self, const S2sCellType *type, gboolean backward, guint n, const guint *lengths)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autoptr (GError) error = NULL;
  guint max_steps = 0;

  for (guint i = 0; i < n; i++)
    max_steps = MAX (max_steps, lengths[i]);

  *self = (Fixture){.type = type};
  self->source = s2s_test_weights_new (11);
  s2s_test_weights_add (self->source, "x.weight_ih", 0.5, 2, type->n_gates * N_UNITS, N_INPUTS);
  s2s_test_weights_add (self->source, "x.weight_hh", 0.5, 2, type->n_gates * N_UNITS, N_UNITS);
  s2s_test_weights_add (self->source, "x.bias_ih", 0.5, 1, type->n_gates * N_UNITS);
  s2s_test_weights_add (self->source, "x.bias_hh", 0.5, 1, type->n_gates * N_UNITS);
  g_autoptr (S2sWeights) weights = s2s_test_weights_load (self->source);
  S2sLoader loader = {.weights = weights};
  s2s_rnn_load (&self->rnn, &loader, type, "x", N_INPUTS, N_UNITS, backward, &error);
  g_assert_no_error (error);

  s2s_compute_init (&self->compute, N_UNITS);
  s2s_rnn_state_init (&self->state, type, N_UNITS, n, max_steps);
  s2s_sequences_init (&self->sequences, n, max_steps);
  s2s_sequences_set (&self->sequences, n, lengths);
  self->x = s2s_test_floats_new (rand, (gsize)self->sequences.n_positions * X_STRIDE);
  self->y = g_new0 (float, (gsize)self->sequences.n_positions *Y_STRIDE);
}

static void
teardown (Fixture *self)
{
  s2s_sequences_clear (&self->sequences);
  s2s_rnn_state_clear (&self->state);
  s2s_compute_clear (&self->compute);
  s2s_rnn_clear (&self->rnn);
  s2s_test_weights_free (self->source);
  g_free (self->x);
  g_free (self->y);
}

static gboolean
forward (Fixture *self, S2sControlFunc control, gpointer user_data)
{
  return s2s_rnn_forward (&self->rnn, &self->compute, &self->state, &self->sequences, self->x,
                          X_STRIDE, self->y, Y_STRIDE, control, user_data);
}

/* One sentence alone, in plain loops */
static void
check_sentence (Fixture *self, guint slot)
{
  guint length = self->sequences.lengths[self->sequences.order[slot]];
  double h[N_UNITS] = {0}, c[N_UNITS] = {0};

  for (guint i = 0; i < length; i++) {
    guint t = self->rnn.backward ? length - 1 - i : i;
    gsize position = self->sequences.step_starts[t] + slot;
    g_autofree double *x = naive_widen (N_INPUTS, self->x + position * X_STRIDE);

    naive_cell (self->type->name, self->source, "x", N_INPUTS, N_UNITS, x, h, c);
    g_assert_cmpfloat (s2s_test_nmse (N_UNITS, self->y + position * Y_STRIDE, h), <, MAX_NMSE);
    for (gsize j = N_UNITS; j < Y_STRIDE; j++)
      g_assert_cmpfloat (self->y[position * Y_STRIDE + j], ==, 0);
  }
  g_assert_cmpfloat (s2s_test_nmse (N_UNITS, self->state.h + slot * N_UNITS, h), <, MAX_NMSE);
  if (self->type->has_cell_state)
    g_assert_cmpfloat (s2s_test_nmse (N_UNITS, self->state.c + slot * N_UNITS, c), <, MAX_NMSE);
}

static void
check_batch (const S2sCellType *type, guint n, const guint *lengths)
{
  for (guint backward = 0; backward < 2; backward++) {
    Fixture fixture;

    setup (&fixture, type, backward, n, lengths);
    g_assert_true (forward (&fixture, NULL, NULL));
    for (guint slot = 0; slot < n; slot++)
      check_sentence (&fixture, slot);
    teardown (&fixture);
  }
}

static void
test_formulas (gconstpointer data)
{
  static const guint one[] = {1};
  static const guint mixed[] = {3, 7, 1, 7, 2, 5, 7, 6, 1};
  static const guint blocks[] = {130, 299, 64, 280}; /* more than one block of input products */

  check_batch (data, G_N_ELEMENTS (one), one);
  check_batch (data, G_N_ELEMENTS (mixed), mixed);
  check_batch (data, G_N_ELEMENTS (blocks), blocks);
}

/* The state that a run leaves must not reach the next. */
static void
test_again (gconstpointer data)
{
  static const guint lengths[] = {4, 9, 1};
  Fixture fixture;

  setup (&fixture, data, TRUE, G_N_ELEMENTS (lengths), lengths);
  gsize n_bytes = fixture.sequences.n_positions * Y_STRIDE * sizeof (float);
  g_assert_true (forward (&fixture, NULL, NULL));
  g_autofree float *first = g_memdup2 (fixture.y, n_bytes);
  g_assert_true (forward (&fixture, NULL, NULL));
  g_assert_cmpmem (fixture.y, n_bytes, first, n_bytes);
  teardown (&fixture);
}

static S2sControl
stop_at_zero (gpointer user_data)
{
  guint *left = user_data;

  return (*left)-- == 0 ? S2S_CONTROL_STOP : S2S_CONTROL_CONTINUE;
}

/* Asked before every step, and no step is made after STOP. */
static void
test_control (gconstpointer data)
{
  static const guint lengths[] = {2, 6};
  guint enough = 6, at_third = 2;
  Fixture fixture;

  setup (&fixture, data, FALSE, G_N_ELEMENTS (lengths), lengths);
  g_assert_true (forward (&fixture, stop_at_zero, &enough));
  g_assert_cmpuint (enough, ==, 0);

  memset (fixture.y, 0, fixture.sequences.n_positions * Y_STRIDE * sizeof (float));
  g_assert_false (forward (&fixture, stop_at_zero, &at_third));
  const float *second = fixture.y + (gsize)fixture.sequences.step_starts[1] * Y_STRIDE;
  const float *third = fixture.y + (gsize)fixture.sequences.step_starts[2] * Y_STRIDE;
  g_assert_cmpfloat (second[0], !=, 0);
  g_assert_cmpfloat (third[0], ==, 0);
  teardown (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (const S2sCellType *const *type = s2s_cell_type_list (); *type != NULL; type++) {
    g_autofree char *formulas = g_strconcat ("/layers/rnn/formulas/", (*type)->name, NULL);
    g_autofree char *again = g_strconcat ("/layers/rnn/again/", (*type)->name, NULL);
    g_autofree char *control = g_strconcat ("/layers/rnn/control/", (*type)->name, NULL);

    g_test_add_data_func (formulas, *type, test_formulas);
    g_test_add_data_func (again, *type, test_again);
    g_test_add_data_func (control, *type, test_control);
  }
  return g_test_run ();
}
