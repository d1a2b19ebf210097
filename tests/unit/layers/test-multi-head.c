/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-multi-head.h"

#include "s2s-naive.h"

#include <string.h>

#define MAX_NMSE 1e-11 /* of f32 sums and the kernels' exp; docs/numerics.md */
#define D 12
#define N_SENTENCES 3
#define MAX_SOURCE 5
#define N_POSITIONS 9

static const guint lengths[N_SENTENCES] = {3, 1, 5};
static const guint heads[] = {1, 2, 3, 4, 6, 12};

typedef struct {
  S2sTestWeights *source;
  S2sMultiHead layer;
  S2sMultiHeadScratch scratch;
  S2sCompute compute;
  float *x; /* [N_POSITIONS][D] */
  float *m; /* [N_POSITIONS][D] another one */
  float y[N_POSITIONS * D];
} Fixture;

static void
setup (Fixture *self, guint n_heads, gboolean is_cross)
{
  static const char *const names[] = {"query", "key", "value", "output"};
  g_autoptr (GRand) rand = g_rand_new_with_seed (n_heads);
  g_autoptr (GError) error = NULL;

  *self = (Fixture){.source = s2s_test_weights_new (n_heads)};
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *weight = g_strdup_printf ("a.%s.weight", names[i]);
    g_autofree char *bias = g_strdup_printf ("a.%s.bias", names[i]);

    s2s_test_weights_add (self->source, weight, 1, 2, D, D);
    s2s_test_weights_add (self->source, bias, 1, 1, D);
  }
  g_autoptr (S2sWeights) weights = s2s_test_weights_load (self->source);
  S2sLoader loader = {.weights = weights};
  s2s_multi_head_load (&self->layer, &loader, "a", D, n_heads, is_cross, &error);
  g_assert_no_error (error);
  s2s_weights_check_all_used (weights, &error);
  g_assert_no_error (error);
  s2s_compute_init (&self->compute, D);
  s2s_multi_head_scratch_init (&self->scratch, D, N_POSITIONS, MAX_SOURCE);
  self->x = s2s_test_floats_new (rand, N_POSITIONS * D);
  self->m = s2s_test_floats_new (rand, N_POSITIONS * D);
}

static void
teardown (Fixture *self)
{
  s2s_multi_head_clear (&self->layer);
  s2s_multi_head_scratch_clear (&self->scratch);
  s2s_compute_clear (&self->compute);
  s2s_test_weights_free (self->source);
  g_free (self->x);
  g_free (self->m);
}

static void
naive_project (const Fixture *self, const char *name, const double *x, double *y)
{
  g_autofree char *weight = g_strdup_printf ("a.%s.weight", name);
  g_autofree char *bias = g_strdup_printf ("a.%s.bias", name);

  naive_linear (D, D, x, s2s_test_weights_get (self->source, weight),
                s2s_test_weights_get (self->source, bias), y);
}

/* y [D] of one row x that looks at n rows m; mean [n] of α over the heads */
static void
naive_attend (const Fixture *self, const float *x, guint n, const float *m, double *y, double *mean)
{
  guint n_heads = self->layer.n_heads, size = D / n_heads;
  double q[D], k[MAX_SOURCE][D], v[MAX_SOURCE][D], context[D] = {0};
  g_autofree double *wide_x = naive_widen (D, x);

  naive_project (self, "query", wide_x, q);
  for (guint j = 0; j < n; j++) {
    g_autofree double *wide_m = naive_widen (D, m + j * D);

    naive_project (self, "key", wide_m, k[j]);
    naive_project (self, "value", wide_m, v[j]);
    mean[j] = 0;
  }
  for (guint h = 0; h < n_heads; h++) {
    double e[MAX_SOURCE], sum = 0;

    for (guint j = 0; j < n; j++) {
      e[j] = 0;
      for (guint i = h * size; i < (h + 1) * size; i++)
        e[j] += q[i] * k[j][i];
      e[j] = exp (e[j] / sqrt (size));
      sum += e[j];
    }
    for (guint j = 0; j < n; j++) {
      mean[j] += e[j] / sum / n_heads;
      for (guint i = h * size; i < (h + 1) * size; i++)
        context[i] += e[j] / sum * v[j][i];
    }
  }
  naive_project (self, "output", context, y);
}

static void
test_forward (void)
{
  for (guint t = 0; t < G_N_ELEMENTS (heads); t++) {
    double expected[N_POSITIONS * D], mean[MAX_SOURCE];
    Fixture fixture;

    setup (&fixture, heads[t], FALSE);
    for (guint i = 0, first = 0; i < N_SENTENCES; first += lengths[i++])
      for (guint j = 0; j < lengths[i]; j++)
        naive_attend (&fixture, fixture.x + (first + j) * D, lengths[i], fixture.x + first * D,
                      expected + (first + j) * D, mean);
    s2s_multi_head_forward (&fixture.layer, &fixture.compute, &fixture.scratch, N_SENTENCES,
                            lengths, fixture.x, fixture.y);
    g_assert_cmpfloat (s2s_test_nmse (N_POSITIONS * D, fixture.y, expected), <, MAX_NMSE);
    teardown (&fixture);
  }
}

/* Three rows, of which the last two are one for two steps: each step looks at those of its own past
 * and at itself. */
static void
test_step (void)
{
  static const guint parents[] = {0, 1, 1};

  for (guint t = 0; t < G_N_ELEMENTS (heads); t++) {
    float pasts[3][MAX_SOURCE * D], kept[3 * MAX_SOURCE * 2 * D];
    double expected[D], mean[MAX_SOURCE];
    S2sHistory history;
    Fixture fixture;

    setup (&fixture, heads[t], FALSE);
    s2s_history_init (&history, 3, MAX_SOURCE);
    s2s_history_add_row (&history);
    s2s_history_add_row (&history);
    for (guint step = 0; step < MAX_SOURCE; step++) {
      const float *x = fixture.x + step * D;

      if (step == 2) {
        s2s_history_reorder (&history, 3, parents);
        memcpy (pasts[2], pasts[1], sizeof pasts[1]);
      }
      for (guint row = 0; row < history.n_rows; row++)
        memcpy (pasts[row] + step * D, x + row * D, D * sizeof (float));
      s2s_history_step (&history);
      s2s_multi_head_step (&fixture.layer, &fixture.compute, &fixture.scratch, &history, kept, x,
                           fixture.y);
      for (guint row = 0; row < history.n_rows; row++) {
        naive_attend (&fixture, x + row * D, step + 1, pasts[row], expected, mean);
        g_assert_cmpfloat (s2s_test_nmse (D, fixture.y + row * D, expected), <, MAX_NMSE);
      }
    }
    s2s_history_clear (&history);
    teardown (&fixture);
  }
}

static void
test_look (void)
{
  static const guint slots[] = {2, 0, 2, 1}; /* of each row */
  enum { N_ROWS = G_N_ELEMENTS (slots) };

  for (guint t = 0; t < G_N_ELEMENTS (heads); t++) {
    float kept[N_SENTENCES * MAX_SOURCE * 2 * D], weights[N_ROWS * MAX_SOURCE];
    double expected[D], mean[MAX_SOURCE];
    Fixture fixture;

    setup (&fixture, heads[t], TRUE);
    for (guint i = 0; i < N_SENTENCES; i++)
      s2s_multi_head_read (&fixture.layer, &fixture.compute, lengths[i], fixture.m + i * D,
                           kept + i * MAX_SOURCE * 2 * D);
    s2s_multi_head_look (&fixture.layer, &fixture.compute, &fixture.scratch, N_ROWS, slots, lengths,
                         MAX_SOURCE, kept, fixture.x, fixture.y, weights);
    for (guint row = 0; row < N_ROWS; row++) {
      guint n = lengths[slots[row]];

      naive_attend (&fixture, fixture.x + row * D, n, fixture.m + slots[row] * D, expected, mean);
      g_assert_cmpfloat (s2s_test_nmse (D, fixture.y + row * D, expected), <, MAX_NMSE);
      g_assert_cmpfloat (s2s_test_nmse (n, weights + row * MAX_SOURCE, mean), <, MAX_NMSE);
    }
    teardown (&fixture);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/multi-head/forward", test_forward);
  g_test_add_func ("/multi-head/step", test_step);
  g_test_add_func ("/multi-head/look", test_look);
  return g_test_run ();
}
