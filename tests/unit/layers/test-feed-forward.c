/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-feed-forward.h"
#include "layers/s2s-residual.h"

#include "s2s-naive.h"

#include <string.h>

/* A feed-forward with the residual and the norm around it, as a layer of a Transformer has them */

#define MAX_NMSE 1e-11 /* of f32 sums and the kernels' exp; docs/numerics.md */
#define D 7
#define F 19
#define N_ROWS 5
#define EPSILON 1e-3

static double
naive_activate (S2sActivation activation, double x)
{
  switch (activation) {
  case S2S_ACTIVATION_RELU:
    return MAX (x, 0);
  case S2S_ACTIVATION_GELU:
    return x / 2 * (1 + erf (x / sqrt (2)));
  default:
    return x * naive_sigmoid (x);
  }
}

static void
naive_feed_forward (S2sActivation activation, S2sTestWeights *source, const double *x, double *y)
{
  double inner[F];

  naive_linear (F, D, x, s2s_test_weights_get (source, "f.inner.weight"),
                s2s_test_weights_get (source, "f.inner.bias"), inner);
  for (guint i = 0; i < F; i++)
    inner[i] = naive_activate (activation, inner[i]);
  naive_linear (D, F, inner, s2s_test_weights_get (source, "f.outer.weight"),
                s2s_test_weights_get (source, "f.outer.bias"), y);
}

static void
naive_norm (S2sTestWeights *source, const double *x, double *y)
{
  double mean = 0, variance = 0;

  for (guint i = 0; i < D; i++)
    mean += x[i] / D;
  for (guint i = 0; i < D; i++)
    variance += (x[i] - mean) * (x[i] - mean) / D;
  for (guint i = 0; i < D; i++)
    y[i] =
        (x[i] - mean) / sqrt (variance + EPSILON) * s2s_test_weights_get (source, "n.weight")[i] +
        s2s_test_weights_get (source, "n.bias")[i];
}

static void
naive_layer (S2sNormPlace place, S2sActivation activation, S2sTestWeights *source, const double *x,
             double *y)
{
  double normed[D], out[D];

  if (place == S2S_NORM_PRE)
    naive_norm (source, x, normed);
  naive_feed_forward (activation, source, place == S2S_NORM_PRE ? normed : x, out);
  for (guint i = 0; i < D; i++)
    y[i] = x[i] + out[i];
  if (place == S2S_NORM_POST) {
    memcpy (out, y, sizeof out);
    naive_norm (source, out, y);
  }
}

static void
check (S2sNormPlace place, S2sActivation activation)
{
  g_autoptr (S2sTestWeights) source = s2s_test_weights_new (activation);
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);
  g_autofree float *x = s2s_test_floats_new (rand, N_ROWS * D);
  g_autofree double *wide = naive_widen (N_ROWS * D, x);
  g_autoptr (GError) error = NULL;
  S2sFeedForward layer = {0};
  S2sResidual residual = {0};
  S2sCompute compute;
  float y[N_ROWS * D], spare[N_ROWS * D], inner[N_ROWS * F];
  double expected[N_ROWS * D];

  s2s_test_weights_add (source, "f.inner.weight", 1, 2, F, D);
  s2s_test_weights_add (source, "f.inner.bias", 1, 1, F);
  s2s_test_weights_add (source, "f.outer.weight", 1, 2, D, F);
  s2s_test_weights_add (source, "f.outer.bias", 1, 1, D);
  s2s_test_weights_add (source, "n.weight", 1, 1, D);
  s2s_test_weights_add (source, "n.bias", 1, 1, D);
  g_autoptr (S2sWeights) weights = s2s_test_weights_load (source);
  S2sLoader loader = {.weights = weights};
  g_assert_true (s2s_feed_forward_load (&layer, &loader, "f", activation, D, F, &error));
  g_assert_true (s2s_residual_load (&residual, &loader, "n", D, place, EPSILON, &error));
  s2s_compute_init (&compute, F);

  s2s_feed_forward_forward (&layer, &compute, N_ROWS,
                            s2s_residual_enter (&residual, &compute, N_ROWS, x, spare), inner, y);
  s2s_residual_leave (&residual, &compute, N_ROWS, y, x);
  for (guint i = 0; i < N_ROWS; i++)
    naive_layer (place, activation, source, wide + i * D, expected + i * D);
  g_assert_cmpfloat (s2s_test_nmse (N_ROWS * D, x, expected), <, MAX_NMSE);

  s2s_feed_forward_clear (&layer);
  s2s_residual_clear (&residual);
  s2s_compute_clear (&compute);
}

static void
test_layer (gconstpointer place)
{
  for (guint activation = 0; activation <= S2S_ACTIVATION_SWISH; activation++)
    check (GPOINTER_TO_UINT (place), activation);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/feed-forward/pre", GUINT_TO_POINTER (S2S_NORM_PRE), test_layer);
  g_test_add_data_func ("/feed-forward/post", GUINT_TO_POINTER (S2S_NORM_POST), test_layer);
  return g_test_run ();
}
