/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-cell.h"

#include "s2s-naive.h"

#define MAX_NMSE 1e-11 /* of f32 sums and the kernels' tanh and sigmoid; docs/numerics.md */
#define STEPS 5

static S2sTestWeights *
make_weights (const S2sCellType *type, guint n_inputs, guint n_units)
{
  S2sTestWeights *weights = s2s_test_weights_new (n_inputs * 100 + n_units);
  guint n_gates = type->n_gates * n_units;

  s2s_test_weights_add (weights, "x.weight_ih", 0.5, 2, n_gates, n_inputs);
  s2s_test_weights_add (weights, "x.weight_hh", 0.5, 2, n_gates, n_units);
  s2s_test_weights_add (weights, "x.bias_ih", 0.5, 1, n_gates);
  s2s_test_weights_add (weights, "x.bias_hh", 0.5, 1, n_gates);
  return weights;
}

static void
load_cell (S2sCell *self, S2sTestWeights *weights, const S2sCellType *type, guint n_inputs,
           guint n_units)
{
  g_autoptr (S2sWeights) loaded = s2s_test_weights_load (weights);
  g_autoptr (GError) error = NULL;
  S2sLoader loader = {.weights = loaded};

  *self = (S2sCell){0};
  s2s_cell_load (self, &loader, type, "x", n_inputs, n_units, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (loader.n_bytes, >=,
                    type->n_gates * n_units * (n_inputs + n_units + 1) * sizeof (float));
}

/* STEPS steps of n_rows rows, beside the formulas */
static void
check_cell (const S2sCellType *type, guint n_inputs, guint n_units, guint n_rows)
{
  g_autoptr (S2sTestWeights) weights = make_weights (type, n_inputs, n_units);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  gsize n = (gsize)n_rows * n_units, stride = n_inputs + 3;
  S2sCell cell;
  S2sCompute compute;
  S2sCellScratch scratch;

  load_cell (&cell, weights, type, n_inputs, n_units);
  s2s_compute_init (&compute, MAX (n_inputs, n_units));
  s2s_cell_scratch_init (&scratch, type, n_rows, n_units);

  /* [STEPS + 1][rows][units] */
  g_autofree float *h = s2s_test_floats_new (rand, (STEPS + 1) * n);
  g_autofree float *c = s2s_test_floats_new (rand, (STEPS + 1) * n);
  g_autofree double *expected_h = naive_widen ((STEPS + 1) * n, h);
  g_autofree double *expected_c = naive_widen ((STEPS + 1) * n, c);
  g_autofree float *x = s2s_test_floats_new (rand, STEPS * n_rows * stride);
  g_autofree double *wide = naive_widen (STEPS * n_rows * stride, x);
  g_autofree float *a = g_new (float, n * type->n_gates);

  for (gsize t = 0; t < STEPS; t++) {
    gsize now = t * n, next = (t + 1) * n;

    memcpy (h + next, h + now, n * sizeof (float));
    memcpy (c + next, c + now, n * sizeof (float));
    memcpy (expected_h + next, expected_h + now, n * sizeof (double));
    memcpy (expected_c + next, expected_c + now, n * sizeof (double));
    s2s_cell_step (&cell, &compute, &scratch, n_rows, x + t * n_rows * stride, stride, a, h + next,
                   type->has_cell_state ? c + next : NULL);
    for (gsize i = 0; i < n_rows; i++)
      naive_cell (type->name, weights, "x", n_inputs, n_units, wide + (t * n_rows + i) * stride,
                  expected_h + next + i * n_units, expected_c + next + i * n_units);
  }
  g_assert_cmpfloat (s2s_test_nmse ((STEPS + 1) * n, h, expected_h), <, MAX_NMSE);
  g_assert_cmpfloat (s2s_test_nmse ((STEPS + 1) * n, c, expected_c), <, MAX_NMSE);

  s2s_cell_scratch_clear (&scratch);
  s2s_compute_clear (&compute);
  s2s_cell_clear (&cell);
}

static void
test_formulas (gconstpointer data)
{
  static const guint sizes[] = {1, 5, 16, 33};
  static const guint rows[] = {1, 3, 8};

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint j = 0; j < G_N_ELEMENTS (sizes); j++)
      for (guint k = 0; k < G_N_ELEMENTS (rows); k++)
        check_cell (data, sizes[i], sizes[j], rows[k]);
}

/* Each tensor in turn is missing. */
static void
test_missing (gconstpointer data)
{
  static const char *const leaves[] = {"x.weight_ih", "x.weight_hh", "x.bias_ih", "x.bias_hh"};
  const S2sCellType *type = data;

  for (guint missing = 0; missing < G_N_ELEMENTS (leaves); missing++) {
    g_autoptr (S2sTestWeights) weights = s2s_test_weights_new (1);
    g_autoptr (GError) error = NULL;
    S2sCell cell = {0};

    for (guint i = 0; i < G_N_ELEMENTS (leaves); i++)
      if (i != missing)
        s2s_test_weights_add (weights, leaves[i], 1, i < 2 ? 2 : 1, type->n_gates * 3, 3);

    g_autoptr (S2sWeights) loaded = s2s_test_weights_load (weights);
    S2sLoader loader = {.weights = loaded};
    g_assert_false (s2s_cell_load (&cell, &loader, type, "x", 3, 3, &error));
    g_assert_nonnull (strstr (error->message, leaves[missing]));
    s2s_cell_clear (&cell);
  }
}

static void
test_unknown (void)
{
  g_assert_null (s2s_cell_type_get ("elman"));
  for (const S2sCellType *const *type = s2s_cell_type_list (); *type != NULL; type++)
    g_assert_true (s2s_cell_type_get ((*type)->name) == *type);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (const S2sCellType *const *type = s2s_cell_type_list (); *type != NULL; type++) {
    g_autofree char *formulas = g_strconcat ("/layers/cell/formulas/", (*type)->name, NULL);
    g_autofree char *missing = g_strconcat ("/layers/cell/missing/", (*type)->name, NULL);

    g_test_add_data_func (formulas, *type, test_formulas);
    g_test_add_data_func (missing, *type, test_missing);
  }
  g_test_add_func ("/layers/cell/unknown", test_unknown);
  return g_test_run ();
}
