/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-projection.h"
#include "layers/s2s-transitions.h"

#include "s2s-naive.h"

#define MAX_NMSE 1e-11 /* of f32 sums and the kernels' tanh and sigmoid; docs/numerics.md */
#define EPSILON 1e-3
#define N_INPUTS 7
#define N_UNITS 9
#define N_ROWS 3
#define N_TRANSITIONS 2
#define N_STEPS 3

static void
add_norm (S2sTestWeights *weights, const char *scope, guint n)
{
  g_autofree char *weight = g_strconcat (scope, ".weight", NULL);
  g_autofree char *bias = g_strconcat (scope, ".bias", NULL);

  s2s_test_weights_add (weights, weight, 1, 1, n);
  s2s_test_weights_add (weights, bias, 1, 1, n);
}

static void
add_cell (S2sTestWeights *weights, const S2sCellType *type, gboolean is_normed, const char *scope,
          guint n_inputs)
{
  guint n = type->n_gates * N_UNITS;
  g_autofree char *weight_ih = g_strconcat (scope, ".weight_ih", NULL);
  g_autofree char *weight_hh = g_strconcat (scope, ".weight_hh", NULL);
  g_autofree char *bias_ih = g_strconcat (scope, ".bias_ih", NULL);
  g_autofree char *bias_hh = g_strconcat (scope, ".bias_hh", NULL);
  g_autofree char *norm_ih = g_strconcat (scope, ".norm_ih", NULL);
  g_autofree char *norm_hh = g_strconcat (scope, ".norm_hh", NULL);

  if (n_inputs > 0)
    s2s_test_weights_add (weights, weight_ih, 0.5, 2, n, n_inputs);
  s2s_test_weights_add (weights, weight_hh, 0.5, 2, n, N_UNITS);
  s2s_test_weights_add (weights, bias_ih, 0.5, 1, n);
  s2s_test_weights_add (weights, bias_hh, 0.5, 1, n);
  if (is_normed && n_inputs > 0)
    add_norm (weights, norm_ih, n);
  if (is_normed)
    add_norm (weights, norm_hh, n);
}

/* In place, of the n values that are normalised together; `scope.weight` and `.bias` from first on
 */
static void
naive_norm (S2sTestWeights *weights, const char *scope, guint first, guint n, double *x)
{
  g_autofree char *weight = g_strconcat (scope, ".weight", NULL);
  g_autofree char *bias = g_strconcat (scope, ".bias", NULL);
  const float *w = s2s_test_weights_get (weights, weight) + first;
  const float *b = s2s_test_weights_get (weights, bias) + first;
  double mean = 0, variance = 0;

  for (guint i = 0; i < n; i++)
    mean += x[i] / n;
  for (guint i = 0; i < n; i++)
    variance += (x[i] - mean) * (x[i] - mean) / n;
  for (guint i = 0; i < n; i++)
    x[i] = (x[i] - mean) / sqrt (variance + EPSILON) * w[i] + b[i];
}

/* y [gates · units] from x, which is NULL without input; half is `ih` or `hh` */
static void
naive_half (S2sTestWeights *weights, const S2sCellType *type, S2sCellNorm norm, const char *scope,
            const char *half, guint n_inputs, const double *x, double *y)
{
  guint n = type->n_gates * N_UNITS;
  guint first = norm == S2S_CELL_NORM_APART ? n - N_UNITS : n;
  g_autofree char *weight = g_strconcat (scope, ".weight_", half, NULL);
  g_autofree char *bias = g_strconcat (scope, ".bias_", half, NULL);
  g_autofree char *norm_scope = g_strconcat (scope, ".norm_", half, NULL);
  const float *b = s2s_test_weights_get (weights, bias);

  if (x == NULL) {
    for (guint i = 0; i < n; i++)
      y[i] = b[i];
    return;
  }
  naive_linear (n, n_inputs, x, s2s_test_weights_get (weights, weight), b, y);
  if (norm == S2S_CELL_NORM_NONE)
    return;
  naive_norm (weights, norm_scope, 0, first, y);
  if (first < n)
    naive_norm (weights, norm_scope, first, n - first, y + first);
}

static void
naive_step (S2sTestWeights *weights, const S2sCellType *type, S2sCellNorm norm, const char *scope,
            const double *x, double *h, double *c)
{
  double a[4 * N_UNITS], r[4 * N_UNITS];

  naive_half (weights, type, norm, scope, "ih", N_INPUTS, x, a);
  naive_half (weights, type, norm, scope, "hh", N_UNITS, h, r);
  if (type->has_cell_state)
    naive_lstm (N_UNITS, a, r, h, c);
  else
    naive_gru (N_UNITS, a, r, h);
}

typedef struct {
  S2sTestWeights *source;
  S2sCell cell;
  S2sTransitions transitions;
  S2sCompute compute;
  S2sCellScratch scratch;
} Fixture;

static void
setup (Fixture *self, const S2sCellType *type, S2sCellNorm norm)
{
  gboolean is_normed = norm != S2S_CELL_NORM_NONE;
  g_autoptr (GError) error = NULL;

  *self = (Fixture){.source = s2s_test_weights_new (norm + 1)};
  add_cell (self->source, type, is_normed, "x", N_INPUTS);
  for (guint i = 0; i < N_TRANSITIONS; i++) {
    g_autofree char *scope = g_strdup_printf ("x.transitions.%u", i);

    add_cell (self->source, type, is_normed, scope, 0);
  }
  g_autoptr (S2sWeights) weights = s2s_test_weights_load (self->source);
  S2sLoader loader = {.weights = weights};
  s2s_cell_load_normed (&self->cell, &loader, type, norm, EPSILON, "x", N_INPUTS, N_UNITS, &error);
  g_assert_no_error (error);
  s2s_transitions_load (&self->transitions, &loader, type, norm, EPSILON, "x", N_TRANSITIONS,
                        N_UNITS, &error);
  g_assert_no_error (error);
  s2s_weights_check_all_used (weights, &error);
  g_assert_no_error (error);
  s2s_compute_init (&self->compute, N_UNITS);
  s2s_cell_scratch_init (&self->scratch, type, N_ROWS, N_UNITS);
}

static void
teardown (Fixture *self)
{
  s2s_cell_scratch_clear (&self->scratch);
  s2s_compute_clear (&self->compute);
  s2s_transitions_clear (&self->transitions);
  s2s_cell_clear (&self->cell);
  s2s_test_weights_free (self->source);
}

/* A cell with an input and two without, beside the formulas */
static void
check_steps (const S2sCellType *type, S2sCellNorm norm)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (norm);
  g_autofree float *h = s2s_test_floats_new (rand, N_ROWS * N_UNITS);
  g_autofree float *c = s2s_test_floats_new (rand, N_ROWS * N_UNITS);
  g_autofree double *expected_h = naive_widen (N_ROWS * N_UNITS, h);
  g_autofree double *expected_c = naive_widen (N_ROWS * N_UNITS, c);
  float a[N_ROWS * 4 * N_UNITS];
  Fixture self;

  setup (&self, type, norm);
  for (guint t = 0; t < N_STEPS; t++) {
    g_autofree float *x = s2s_test_floats_new (rand, N_ROWS * N_INPUTS);
    g_autofree double *wide = naive_widen (N_ROWS * N_INPUTS, x);

    s2s_cell_step (&self.cell, &self.compute, &self.scratch, N_ROWS, x, N_INPUTS, a, h,
                   type->has_cell_state ? c : NULL);
    s2s_transitions_advance (&self.transitions, &self.compute, &self.scratch, N_ROWS, a, h,
                             type->has_cell_state ? c : NULL);
    for (guint i = 0; i < N_ROWS; i++) {
      double *row_h = expected_h + i * N_UNITS, *row_c = expected_c + i * N_UNITS;

      naive_step (self.source, type, norm, "x", wide + i * N_INPUTS, row_h, row_c);
      naive_step (self.source, type, norm, "x.transitions.0", NULL, row_h, row_c);
      naive_step (self.source, type, norm, "x.transitions.1", NULL, row_h, row_c);
    }
  }
  g_assert_cmpfloat (s2s_test_nmse (N_ROWS * N_UNITS, h, expected_h), <, MAX_NMSE);
  g_assert_cmpfloat (s2s_test_nmse (N_ROWS * N_UNITS, c, expected_c), <, MAX_NMSE);
  teardown (&self);
}

static void
test_formulas (gconstpointer type)
{
  check_steps (type, S2S_CELL_NORM_NONE);
  check_steps (type, S2S_CELL_NORM_JOINT);
  if (type == &s2s_cell_gru)
    check_steps (type, S2S_CELL_NORM_APART);
}

/* A linear layer, and the norm of it */
static void
test_projection (void)
{
  g_autoptr (S2sTestWeights) source = s2s_test_weights_new (3);
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autofree float *x = s2s_test_floats_new (rand, N_ROWS * (N_INPUTS + 2));
  g_autofree double *wide = naive_widen (N_ROWS * (N_INPUTS + 2), x);
  S2sCompute compute;
  float y[N_ROWS * N_UNITS];
  double expected[N_UNITS];

  s2s_compute_init (&compute, N_INPUTS);
  s2s_test_weights_add (source, "p.weight", 1, 2, N_UNITS, N_INPUTS);
  s2s_test_weights_add (source, "p.bias", 1, 1, N_UNITS);
  add_norm (source, "p.norm", N_UNITS);
  for (guint is_normed = 0; is_normed < 2; is_normed++) {
    g_autoptr (S2sWeights) weights = s2s_test_weights_load (source);
    g_autoptr (GError) error = NULL;
    S2sLoader loader = {.weights = weights};
    S2sProjection projection = {0};

    s2s_projection_load (&projection, &loader, "p", N_UNITS, N_INPUTS, is_normed, EPSILON, &error);
    g_assert_no_error (error);
    s2s_projection_forward (&projection, &compute, N_ROWS, x, N_INPUTS + 2, y);
    for (guint i = 0; i < N_ROWS; i++) {
      naive_linear (N_UNITS, N_INPUTS, wide + i * (N_INPUTS + 2),
                    s2s_test_weights_get (source, "p.weight"),
                    s2s_test_weights_get (source, "p.bias"), expected);
      if (is_normed)
        naive_norm (source, "p.norm", 0, N_UNITS, expected);
      g_assert_cmpfloat (s2s_test_nmse (N_UNITS, y + i * N_UNITS, expected), <, MAX_NMSE);
    }
    s2s_projection_clear (&projection);
  }
  s2s_compute_clear (&compute);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/layers/transitions/formulas/gru", &s2s_cell_gru, test_formulas);
  g_test_add_data_func ("/layers/transitions/formulas/lstm", &s2s_cell_lstm, test_formulas);
  g_test_add_func ("/layers/transitions/projection", test_projection);
  return g_test_run ();
}
