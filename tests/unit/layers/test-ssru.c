/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-ssru.h"

#include "s2s-naive.h"

#include <string.h>

#define MAX_NMSE 1e-11 /* of f32 sums and the kernels' exp; docs/numerics.md */
#define D 21
#define N_ROWS 3
#define N_STEPS 5

typedef struct {
  S2sTestWeights *source;
  S2sSsru layer;
  S2sCompute compute;
  float a[N_ROWS * 2 * D];
  float c[N_ROWS * D];
  float y[N_ROWS * D];
} Fixture;

static void
setup (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  memset (self, 0, sizeof *self);
  self->source = s2s_test_weights_new (3);
  s2s_test_weights_add (self->source, "s.forget.weight", 1, 2, D, D);
  s2s_test_weights_add (self->source, "s.forget.bias", 1, 1, D);
  s2s_test_weights_add (self->source, "s.candidate.weight", 1, 2, D, D);
  g_autoptr (S2sWeights) weights = s2s_test_weights_load (self->source);
  S2sLoader loader = {.weights = weights};
  s2s_ssru_load (&self->layer, &loader, "s", D, &error);
  g_assert_no_error (error);
  s2s_weights_check_all_used (weights, &error);
  g_assert_no_error (error);
  s2s_compute_init (&self->compute, D);
}

static void
teardown (Fixture *self)
{
  s2s_ssru_clear (&self->layer);
  s2s_compute_clear (&self->compute);
  s2s_test_weights_free (self->source);
}

/* c [D] in place, y [D] */
static void
naive_step (const Fixture *self, const float *x, double *c, double *y)
{
  g_autofree double *wide = naive_widen (D, x);
  double f[D], z[D];

  naive_linear (D, D, wide, s2s_test_weights_get (self->source, "s.forget.weight"),
                s2s_test_weights_get (self->source, "s.forget.bias"), f);
  naive_linear (D, D, wide, s2s_test_weights_get (self->source, "s.candidate.weight"), NULL, z);
  for (guint i = 0; i < D; i++) {
    c[i] = naive_sigmoid (f[i]) * c[i] + (1 - naive_sigmoid (f[i])) * z[i];
    y[i] = c[i] > 0 ? c[i] : 0;
  }
}

/* Every row from a state of its own, so that a row that takes another's is seen */
static void
test_steps (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  double c[N_ROWS * D], y[N_ROWS * D];
  Fixture fixture;

  setup (&fixture);
  g_autofree float *first = s2s_test_floats_new (rand, N_ROWS * D);
  for (guint i = 0; i < N_ROWS * D; i++)
    c[i] = fixture.c[i] = first[i];
  for (guint t = 0; t < N_STEPS; t++) {
    g_autofree float *x = s2s_test_floats_new (rand, N_ROWS * D);

    s2s_ssru_step (&fixture.layer, &fixture.compute, N_ROWS, x, fixture.a, fixture.c, fixture.y);
    for (guint i = 0; i < N_ROWS; i++)
      naive_step (&fixture, x + i * D, c + i * D, y + i * D);
    g_assert_cmpfloat (s2s_test_nmse (N_ROWS * D, fixture.c, c), <, MAX_NMSE);
    g_assert_cmpfloat (s2s_test_nmse (N_ROWS * D, fixture.y, y), <, MAX_NMSE);
  }
  teardown (&fixture);
}

/* Where the gate is 1 the state stays in every bit, however many steps there are. */
static void
test_kept (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  Fixture fixture;

  setup (&fixture);
  g_autofree float *c = s2s_test_floats_new (rand, D);
  g_autofree float *x = s2s_test_floats_new (rand, D);
  for (guint i = 0; i < D; i++) {
    fixture.layer.input.bias[i] = 1000;
    fixture.c[i] = c[i];
  }
  for (guint t = 0; t < N_STEPS; t++)
    s2s_ssru_step (&fixture.layer, &fixture.compute, 1, x, fixture.a, fixture.c, fixture.y);
  g_assert_cmpmem (fixture.c, sizeof (float) * D, c, sizeof (float) * D);
  teardown (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ssru/steps", test_steps);
  g_test_add_func ("/ssru/kept", test_kept);
  return g_test_run ();
}
