/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-length.h"

#include <math.h>

#define LIMIT 30

static double
get_score (S2sLengthNormalization mode, double alpha, double sum, guint length)
{
  S2sLengthScale scale;

  s2s_length_scale_init (&scale, mode, alpha, LIMIT);
  double score = s2s_length_scale_get_score (&scale, sum, length);
  s2s_length_scale_clear (&scale);
  return score;
}

/* Computed by hand from the formulas */
static void
test_scores (void)
{
  g_assert_cmpfloat_with_epsilon (get_score (S2S_LENGTH_NORMALIZATION_NONE, 1, -6, 4), -6, 1e-12);
  g_assert_cmpfloat_with_epsilon (get_score (S2S_LENGTH_NORMALIZATION_AVERAGE, 1, -6, 4), -1.5,
                                  1e-12);
  g_assert_cmpfloat_with_epsilon (get_score (S2S_LENGTH_NORMALIZATION_AVERAGE, 0.5, -6, 4), -3,
                                  1e-12);
  g_assert_cmpfloat_with_epsilon (get_score (S2S_LENGTH_NORMALIZATION_AVERAGE, 0, -6, 4), -6,
                                  1e-12);
  g_assert_cmpfloat_with_epsilon (get_score (S2S_LENGTH_NORMALIZATION_MARIAN, 2, -6, 4), -0.375,
                                  1e-12);
  g_assert_cmpfloat_with_epsilon (get_score (S2S_LENGTH_NORMALIZATION_GNMT, 1, -6, 4), -4, 1e-12);
  g_assert_cmpfloat_with_epsilon (get_score (S2S_LENGTH_NORMALIZATION_GNMT, 2, -6, 7), -1.5, 1e-12);
}

/* However a hypothesis goes on, its score stays at or under the bound; and the bound is reached. */
static void
check_bound (S2sLengthNormalization mode, double alpha, GRand *rand)
{
  S2sLengthScale scale;

  s2s_length_scale_init (&scale, mode, alpha, LIMIT);
  for (guint i = 0; i < 200; i++) {
    guint limit = (guint)g_rand_int_range (rand, 1, LIMIT + 1);
    double sum = -g_rand_double_range (rand, 0, 20);
    double bound = s2s_length_scale_get_bound (&scale, sum, limit);
    double best = -INFINITY, worse = sum;

    for (guint length = 1; length <= limit; length++) {
      best = MAX (best, s2s_length_scale_get_score (&scale, sum, length));
      g_assert_cmpfloat (s2s_length_scale_get_score (&scale, worse, length), <=, bound);
      worse -= g_rand_double (rand);
    }
    g_assert_cmpfloat_with_epsilon (best, bound, 1e-12);
  }
  s2s_length_scale_clear (&scale);
}

static void
test_bounds (void)
{
  GRand *rand = g_rand_new_with_seed (1);

  for (guint mode = S2S_LENGTH_NORMALIZATION_NONE; mode <= S2S_LENGTH_NORMALIZATION_MARIAN; mode++)
    for (double alpha = 0; alpha <= 10; alpha = 2 * alpha + 0.3)
      check_bound (mode, alpha, rand);
  g_rand_free (rand);
}

static void
test_limit (void)
{
  g_assert_cmpuint (s2s_length_get_limit (3, 10, 5), ==, 25);
  g_assert_cmpuint (s2s_length_get_limit (1.5, 0, 3), ==, 4);
  g_assert_cmpuint (s2s_length_get_limit (0.1, 0, 2), ==, 1);
  g_assert_cmpuint (s2s_length_get_limit (100, 4096, 4096), ==, 413696);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/length/scores", test_scores);
  g_test_add_func ("/length/bounds", test_bounds);
  g_test_add_func ("/length/limit", test_limit);
  return g_test_run ();
}
