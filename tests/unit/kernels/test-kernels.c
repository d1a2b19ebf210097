/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-kernels.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Every row of kernels that this processor can run, against naive sums in double. The bounds and
 * their reasons are in docs/numerics.md. */

#define MAX_TANH 5e-7    /* relative */
#define MAX_SIGMOID 2e-7 /* relative, where the result is a normal number */
#define MAX_EXP 1.2e-7   /* relative, in softmax and log_sum_exp */
#define MAX_EXP_SHARE 2e-7
#define MAX_GELU 1e-6    /* relative, and ROUNDING·x² of the exponential */
#define MAX_CELL 2e-6    /* absolute, of values up to 4 */
#define ROUNDING 0x1p-24 /* relative, of one operation */

#define N_GUARD 24
#define GUARD 0x7fc0ffeeu

static const gsize sizes[] = {0, 1, 3, 8, 16, 17, 64, 253};

/* n floats at an address that is not aligned, with guards on both sides */
typedef struct {
  gsize n;
  guint32 *bits;
  float *data;
} Guarded;

static Guarded
guarded_new (gsize n, gsize offset)
{
  Guarded self = {n, g_new (guint32, n + 2 * N_GUARD), NULL};

  for (gsize i = 0; i < n + 2 * N_GUARD; i++)
    self.bits[i] = GUARD;
  self.data = (float *)self.bits + N_GUARD - offset;
  return self;
}

static Guarded
guarded_new_random (GRand *rand, gsize n, gsize offset, double scale)
{
  Guarded self = guarded_new (n, offset);

  for (gsize i = 0; i < n; i++)
    self.data[i] = (float)g_rand_double_range (rand, -scale, scale);
  return self;
}

static void
guarded_free (Guarded *self)
{
  const guint32 *end = self->bits + self->n + 2 * N_GUARD;

  for (const guint32 *p = self->bits; p < (const guint32 *)self->data; p++)
    g_assert_cmphex (*p, ==, GUARD);
  for (const guint32 *p = (const guint32 *)self->data + self->n; p < end; p++)
    g_assert_cmphex (*p, ==, GUARD);
  g_free (self->bits);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Guarded, guarded_free)

static void
assert_near (double got, double expected, double bound)
{
  if (!(fabs (got - expected) <= bound))
    g_error ("got %.9g, expected %.9g within %.3g", got, expected, bound);
}

static double
sigmoid (double x)
{
  return 1 / (1 + exp (-x));
}

typedef void (*Map) (gsize n, const float *x, float *y);

/* From −100 to 100 in small steps, and every power of two of both signs, denormals too */
static void
check_map (Map map, double (*reference) (double), double bound)
{
  enum { N = 40001 };
  g_auto (Guarded) x = guarded_new (N, 1), y = guarded_new (N, 3);

  for (guint pass = 0; pass < 2; pass++) {
    for (gsize i = 0; i < N; i++)
      x.data[i] = pass == 0 ? (float)((double)i / 200 - 100)
                            : (float)ldexp (i % 2 ? -1.2345 : 1, (int)(i % 256) - 149);
    map (N, x.data, y.data);
    for (gsize i = 0; i < N; i++) {
      double expected = reference (x.data[i]);

      assert_near (y.data[i], expected, MAX (bound * fabs (expected), FLT_MIN));
    }
  }
}

/* What an element becomes depends neither on its place nor on its address nor on n. */
static void
check_places (Map map)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_auto (Guarded) x = guarded_new_random (rand, 253, 0, 5);
  g_auto (Guarded) whole = guarded_new (253, 0);

  map (253, x.data, whole.data);
  for (gsize first = 0; first < 40; first++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
      gsize n = MIN (sizes[i], 253 - first);
      g_auto (Guarded) part = guarded_new (n, first % 7);

      map (n, x.data + first, part.data);
      g_assert_cmpmem (part.data, n * sizeof (float), whole.data + first, n * sizeof (float));
      /* in place */
      memcpy (part.data, x.data + first, n * sizeof (float));
      map (n, part.data, part.data);
      g_assert_cmpmem (part.data, n * sizeof (float), whole.data + first, n * sizeof (float));
    }
}

static void
check_extremes (Map map, float low, float zero, float high)
{
  const float x[] = {-INFINITY, -1e30f, -100, -0.0f, 0, 1e-45f, 100, 1e30f, INFINITY, NAN};
  const float expected[] = {low, low, low, zero, zero, zero, high, high, high};
  float y[G_N_ELEMENTS (x)];

  map (G_N_ELEMENTS (x), x, y);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    assert_near (y[i], expected[i], FLT_MIN);
  g_assert_true (isnan (y[G_N_ELEMENTS (expected)]));
}

/* Of what is 0 on the left and x on the right */
static void
check_ends (Map map)
{
  const float x[] = {-INFINITY, -1e30f, -150, 0, 40, 1e30f, INFINITY, NAN};
  const float expected[] = {0, 0, 0, 0, 40, 1e30f, INFINITY};
  float y[G_N_ELEMENTS (x)];

  map (G_N_ELEMENTS (x), x, y);
  for (guint i = 0; i < 4; i++)
    assert_near (y[i], expected[i], 100 * FLT_MIN);
  for (guint i = 4; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpfloat (y[i], ==, expected[i]);
  g_assert_true (isnan (y[G_N_ELEMENTS (expected)]));
}

/* The factor of a state must not make it grow. */
static void
check_at_most_1 (Map map)
{
  for (guint i = 0; i < 100000; i++) {
    float x = 8 + (float)i * 2e-5f, y;

    map (1, &x, &y);
    g_assert_cmpfloat (y, <=, 1);
  }
}

static void
test_tanh (gconstpointer data)
{
  const S2sKernels *kernels = data;

  check_map (kernels->tanh, tanh, MAX_TANH);
  check_places (kernels->tanh);
  check_extremes (kernels->tanh, -1, 0, 1);
  check_at_most_1 (kernels->tanh);
}

static void
test_sigmoid (gconstpointer data)
{
  const S2sKernels *kernels = data;

  check_map (kernels->sigmoid, sigmoid, MAX_SIGMOID);
  check_places (kernels->sigmoid);
  check_extremes (kernels->sigmoid, 0, 0.5f, 1);
}

/* The error of a sum of n products is at most n roundings of Σ |x·y|. */
static void
test_dot (gconstpointer data)
{
  const S2sKernels *kernels = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    gsize n = sizes[i];
    g_auto (Guarded) x = guarded_new_random (rand, n, 1, 2), y = guarded_new_random (rand, n, 2, 2);
    g_auto (Guarded) moved = guarded_new (n, 5);
    double sum = 0, size = 0;

    for (gsize j = 0; j < n; j++) {
      sum += (double)x.data[j] * y.data[j];
      size += fabs ((double)x.data[j] * y.data[j]);
    }
    float got = kernels->dot (n, x.data, y.data);
    assert_near (got, sum, n * ROUNDING * size);

    memcpy (moved.data, x.data, n * sizeof (float));
    g_assert_cmpfloat (kernels->dot (n, moved.data, y.data), ==, got);
  }
}

static void
test_axpy_and_add (gconstpointer data)
{
  const S2sKernels *kernels = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    gsize n = sizes[i];
    g_auto (Guarded) x = guarded_new_random (rand, n, 1, 2), y = guarded_new_random (rand, n, 2, 2);
    g_autofree float *before = g_memdup2 (y.data, n * sizeof (float));

    kernels->axpy (n, -0.7f, x.data, y.data);
    for (gsize j = 0; j < n; j++) {
      double product = (double)-0.7f * x.data[j];

      assert_near (y.data[j], before[j] + product, 2 * ROUNDING * (fabs (product) + 2));
      before[j] = y.data[j];
    }

    kernels->add (n, x.data, y.data);
    for (gsize j = 0; j < n; j++)
      g_assert_cmpfloat (y.data[j], ==, before[j] + x.data[j]);
  }
}

/* Rows in any order, one of them twice, between which there is something else */
static void
check_rows (const S2sKernels *kernels, GRand *rand, gsize n, guint n_rows, const guint *entries)
{
  enum { GAP = 3, N_PLACES = 20 };
  g_auto (Guarded) values = guarded_new_random (rand, N_PLACES * (n + GAP), n % 5, 1);
  g_auto (Guarded) x = guarded_new_random (rand, n, 1, 1);
  g_auto (Guarded) a = guarded_new_random (rand, n_rows, 2, 1);
  g_auto (Guarded) products = guarded_new (n_rows, 3), sums = guarded_new (n, 1);
  S2sRows rows = {n_rows, values.data, n + GAP, entries};

  kernels->dots (n, 0.5f, x.data, &rows, products.data);
  kernels->mix (n, a.data, &rows, sums.data);
  for (gsize j = 0; j < n_rows; j++) {
    const float *row = values.data + (entries != NULL ? entries[j] : j) * (n + GAP);
    double sum = 0;

    for (gsize i = 0; i < n; i++)
      sum += (double)x.data[i] * row[i];
    assert_near (products.data[j], sum / 2, (double)(n + 1) * ROUNDING * (double)n);
  }
  for (gsize i = 0; i < n; i++) {
    double sum = 0;

    for (gsize j = 0; j < n_rows; j++)
      sum += (double)a.data[j] * values.data[(entries != NULL ? entries[j] : j) * (n + GAP) + i];
    assert_near (sums.data[i], sum, n_rows * ROUNDING * n_rows);
  }
}

static void
test_dots_and_mix (gconstpointer kernels)
{
  static const guint entries[] = {19, 3, 0, 7, 3, 12, 1};
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint n_rows = 0; n_rows <= G_N_ELEMENTS (entries); n_rows++) {
      check_rows (kernels, rand, sizes[i], n_rows, NULL);
      check_rows (kernels, rand, sizes[i], n_rows, entries);
    }
}

static void
test_f16_to_f32 (gconstpointer data)
{
  const S2sKernels *kernels = data;
  const S2sKernels *reference = s2s_kernels_get ("c");
  g_autofree guint16 *halves = g_new (guint16, 65536);
  g_autofree float *expected = g_new (float, 65536);

  for (guint i = 0; i < 65536; i++)
    halves[i] = (guint16)i;
  reference->f16_to_f32 (65536, halves, expected);
  g_assert_cmpfloat (expected[0x0001], ==, 0x1p-24f);
  g_assert_cmpfloat (expected[0x3c01], ==, 1 + 0x1p-10f);
  g_assert_cmpfloat (expected[0xfbff], ==, -65504);
  g_assert_cmpfloat (expected[0x7c00], ==, INFINITY);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize first = 0; first < 65536; first += 253) {
      gsize n = MIN (sizes[i], 65536 - first);
      g_auto (Guarded) y = guarded_new (n, 1);

      kernels->f16_to_f32 (n, halves + first, y.data);
      for (gsize j = 0; j < n; j++)
        g_assert_true (y.data[j] == expected[first + j] ||
                       (isnan (y.data[j]) && isnan (expected[first + j])));
    }
}

static void
test_additive_score (gconstpointer data)
{
  const S2sKernels *kernels = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    gsize n = sizes[i];
    g_auto (Guarded) q = guarded_new_random (rand, n, 1, 2), k = guarded_new_random (rand, n, 2, 2);
    g_auto (Guarded) v = guarded_new_random (rand, n, 3, 2);
    double sum = 0, size = 0;

    for (gsize j = 0; j < n; j++) {
      double term = v.data[j] * tanh ((double)q.data[j] + k.data[j]);

      sum += term;
      size += fabs (term) + fabs (v.data[j] * 4 * ROUNDING);
    }
    assert_near (kernels->additive_score (n, q.data, k.data, v.data), sum,
                 (n * ROUNDING + MAX_TANH) * size);
  }
}

static void
check_softmax (const S2sKernels *kernels, gsize n, const float *x)
{
  g_auto (Guarded) y = guarded_new (n, 1);
  double max = -INFINITY, sum = 0, got_sum = 0;

  for (gsize i = 0; i < n; i++)
    max = MAX (max, x[i]);
  for (gsize i = 0; i < n; i++)
    sum += exp (x[i] - max);

  kernels->softmax (n, x, y.data);
  for (gsize i = 0; i < n; i++) {
    double expected = exp (x[i] - max) / sum;
    /* x − max rounds once, and the exponential makes a relative error of it. */
    double bound = MAX_EXP + n * ROUNDING + ROUNDING * fabs (x[i] - max);

    got_sum += y.data[i];
    assert_near (y.data[i], expected, MAX (expected * bound, FLT_MIN));
  }
  if (n > 0)
    assert_near (got_sum, 1, 2 * n * ROUNDING + 1e-6);

  memcpy (y.data, x, n * sizeof (float));
  g_autofree float *apart = g_new (float, n);
  kernels->softmax (n, x, apart);
  kernels->softmax (n, y.data, y.data);
  g_assert_cmpmem (y.data, n * sizeof (float), apart, n * sizeof (float));
}

/* Of two values, 0 and −x: e^−x / (1 + e^−x), where the error of the exponential shows. */
static void
check_softmax_of_two (const S2sKernels *kernels)
{
  for (guint i = 0; i < 87000; i++) {
    const float x[] = {0, -(float)i / 1000};
    double expected = sigmoid (x[1]);
    float y[2];

    kernels->softmax (2, x, y);
    assert_near (y[1], expected, MAX_EXP_SHARE * expected);
  }
}

static void
test_softmax (gconstpointer data)
{
  const float extremes[] = {-1e30f, 100, -100, 1e-45f, -INFINITY, 99.5f, -1e-45f, 1e-30f, 12};
  const float huge[] = {1e30f, -1e30f, 1e30f};
  const float low[] = {-250, -251.5f, -249};
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_auto (Guarded) x = guarded_new_random (rand, sizes[i], 1, 20);

    check_softmax (data, sizes[i], x.data);
  }
  check_softmax (data, G_N_ELEMENTS (extremes), extremes);
  check_softmax (data, G_N_ELEMENTS (huge), huge);
  check_softmax (data, G_N_ELEMENTS (low), low);
  check_softmax_of_two (data);
}

static void
check_log_sum_exp (const S2sKernels *kernels, gsize n, const float *x)
{
  double max = -INFINITY, sum = 0;

  for (gsize i = 0; i < n; i++)
    max = MAX (max, x[i]);
  for (gsize i = 0; i < n; i++)
    sum += exp (x[i] - max);

  double expected = max + log (sum);
  /* An error of the sum is one of the logarithm; then log and the last sum round once each. */
  double bound = MAX_EXP + n / 8 * ROUNDING + 2 * ROUNDING * (fabs (expected) + log (sum)) +
                 ROUNDING * fabs (max);
  assert_near (kernels->log_sum_exp (n, x), expected, bound);
}

static void
test_log_sum_exp (gconstpointer data)
{
  const S2sKernels *kernels = data;
  const float low[] = {-250, -251.5f, -249};
  const float none[] = {-INFINITY, -INFINITY, -INFINITY};
  const float some[] = {-INFINITY, 3, -1e30f, -INFINITY, 2.5f};
  const float top[] = {1, INFINITY, -INFINITY};
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);

  for (guint i = 1; i < G_N_ELEMENTS (sizes); i++) {
    g_auto (Guarded) x = guarded_new_random (rand, sizes[i], 1, 20);

    check_log_sum_exp (kernels, sizes[i], x.data);
  }
  g_auto (Guarded) vocabulary = guarded_new_random (rand, 8001, 1, 4);
  check_log_sum_exp (kernels, 8001, vocabulary.data);
  check_log_sum_exp (kernels, G_N_ELEMENTS (some), some);
  check_log_sum_exp (kernels, G_N_ELEMENTS (low), low);

  g_assert_cmpfloat (kernels->log_sum_exp (G_N_ELEMENTS (none), none), ==, -INFINITY);
  g_assert_cmpfloat (kernels->log_sum_exp (0, none), ==, -INFINITY);
  g_assert_cmpfloat (kernels->log_sum_exp (G_N_ELEMENTS (top), top), ==, INFINITY);
}

static double
reference_relu (double x)
{
  return x > 0 ? x : 0;
}

static double
reference_gelu (double x)
{
  return x * 0.5 * erfc (-x * M_SQRT1_2);
}

static double
reference_swish (double x)
{
  return x * sigmoid (x);
}

static void
test_relu (gconstpointer data)
{
  const S2sKernels *kernels = data;

  check_map (kernels->relu, reference_relu, 0);
  check_places (kernels->relu);
  check_ends (kernels->relu);
}

/* x − x·Φ (−x) for x > 0 has the error of the second term, whose exponential has the rounding of
 * its argument; below −13 nothing is left. */
static void
test_gelu (gconstpointer data)
{
  const S2sKernels *kernels = data;

  for (gint i = -20000; i <= 20000; i++) {
    float x = (float)i / 1000, y;
    double expected = reference_gelu (x);

    kernels->gelu (1, &x, &y);
    assert_near (y, expected, MAX (fabs (expected) * (MAX_GELU + ROUNDING * x * x), 20 * FLT_MIN));
  }
  check_places (kernels->gelu);
  check_ends (kernels->gelu);
}

static void
test_swish (gconstpointer data)
{
  const S2sKernels *kernels = data;

  for (gint i = -87000; i <= 100000; i++) {
    float x = (float)i / 1000, y;
    double expected = reference_swish (x);

    kernels->swish (1, &x, &y);
    assert_near (y, expected, fabs (expected) * (MAX_SIGMOID + ROUNDING));
  }
  check_places (kernels->swish);
  check_ends (kernels->swish);
}

/* In double; the bound is that of the sums: μ is off by n roundings of the mean |x|, σ by as many
 * of itself, and the rest rounds four times. */
static void
check_layer_norm (const S2sKernels *kernels, GRand *rand, gsize n, double offset, float epsilon)
{
  g_auto (Guarded) x = guarded_new_random (rand, n, 1, 2), y = guarded_new (n, 2);
  g_auto (Guarded) w = guarded_new_random (rand, n, 3, 2), b = guarded_new_random (rand, n, 5, 2);
  double mean = 0, variance = 0, size = 0;

  for (gsize i = 0; i < n; i++) {
    x.data[i] += (float)offset;
    mean += x.data[i] / (double)n;
    size += fabs (x.data[i]) / (double)n;
  }
  for (gsize i = 0; i < n; i++)
    variance += (x.data[i] - mean) * (x.data[i] - mean) / (double)n;

  double scale = 1 / sqrt (variance + epsilon), roundings = (double)(n / 16 + 8) * ROUNDING;
  kernels->layer_norm (n, x.data, w.data, b.data, epsilon, y.data);
  for (gsize i = 0; i < n; i++) {
    double normal = (x.data[i] - mean) * scale, expected = normal * w.data[i] + b.data[i];
    double off = roundings * (size * scale * (1 + fabs (normal)) + fabs (normal));

    assert_near (y.data[i], expected,
                 off * fabs (w.data[i]) + 2 * ROUNDING * (fabs (expected) + 2));
  }

  g_autofree float *before = g_memdup2 (y.data, n * sizeof (float));
  kernels->layer_norm (n, x.data, w.data, b.data, epsilon, x.data);
  g_assert_cmpmem (x.data, n * sizeof (float), before, n * sizeof (float));
}

static void
test_layer_norm (gconstpointer data)
{
  const S2sKernels *kernels = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (10);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    check_layer_norm (kernels, rand, sizes[i], 0, 1e-5f);
    check_layer_norm (kernels, rand, sizes[i], 0, 0.5f);
    check_layer_norm (kernels, rand, sizes[i], 100, 1e-6f);
  }
  /* no value differs from the mean: epsilon keeps 0 / 0 away */
  const float same[] = {3, 3, 3, 3, 3}, w[] = {2, 2, 2, 2, 2}, b[] = {1, 2, 3, 4, 5};
  float y[G_N_ELEMENTS (same)];
  kernels->layer_norm (G_N_ELEMENTS (same), same, w, b, 1e-6f, y);
  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    g_assert_cmpfloat (y[i], ==, b[i]);
}

static void
test_lstm (gconstpointer data)
{
  const S2sKernels *kernels = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    gsize n = sizes[i];
    g_auto (Guarded) gates = guarded_new_random (rand, 4 * n, 1, 4);
    g_auto (Guarded) c = guarded_new_random (rand, n, 2, 2), h = guarded_new (n, 3);
    g_autofree float *before = g_memdup2 (c.data, n * sizeof (float));
    const float *g = gates.data;

    kernels->lstm (n, g, c.data, h.data);
    for (gsize j = 0; j < n; j++) {
      double expected = sigmoid (g[n + j]) * before[j] + sigmoid (g[j]) * tanh (g[2 * n + j]);

      assert_near (c.data[j], expected, MAX_CELL);
      assert_near (h.data[j], sigmoid (g[3 * n + j]) * tanh (expected), MAX_CELL);
    }
  }
}

static void
test_gru (gconstpointer data)
{
  const S2sKernels *kernels = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    gsize n = sizes[i];
    g_auto (Guarded) a = guarded_new_random (rand, 3 * n, 1, 3);
    g_auto (Guarded) r = guarded_new_random (rand, 3 * n, 2, 3);
    g_auto (Guarded) h = guarded_new_random (rand, n, 3, 1);
    g_autofree float *before = g_memdup2 (h.data, n * sizeof (float));

    kernels->gru (n, a.data, r.data, h.data);
    for (gsize j = 0; j < n; j++) {
      double reset = sigmoid ((double)a.data[j] + r.data[j]);
      double update = sigmoid ((double)a.data[n + j] + r.data[n + j]);
      double candidate = tanh (a.data[2 * n + j] + reset * r.data[2 * n + j]);

      assert_near (h.data[j], (1 - update) * candidate + update * before[j], MAX_CELL);
    }
  }
}

static void
test_gru_reset_before (gconstpointer data)
{
  const S2sKernels *kernels = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    gsize n = sizes[i];
    g_auto (Guarded) a = guarded_new_random (rand, 2 * n, 1, 3);
    g_auto (Guarded) r = guarded_new_random (rand, 2 * n, 2, 3);
    g_auto (Guarded) h = guarded_new_random (rand, n, 3, 1), rh = guarded_new (n, 1);
    g_auto (Guarded) pre_n = guarded_new_random (rand, n, 2, 3);
    g_autofree float *a_before = g_memdup2 (a.data, 2 * n * sizeof (float));
    g_autofree float *h_before = g_memdup2 (h.data, n * sizeof (float));

    kernels->gru_reset (n, a.data, r.data, h.data, rh.data);
    kernels->gru_update (n, a.data + n, pre_n.data, h.data);
    for (gsize j = 0; j < n; j++) {
      double reset = sigmoid ((double)a_before[j] + r.data[j]);
      double update = sigmoid ((double)a_before[n + j] + r.data[n + j]);
      double expected = (1 - update) * tanh (pre_n.data[j]) + update * h_before[j];

      assert_near (a.data[j], reset, MAX_CELL);
      assert_near (a.data[n + j], update, MAX_CELL);
      assert_near (rh.data[j], reset * h_before[j], MAX_CELL);
      assert_near (h.data[j], expected, MAX_CELL);
    }
  }
}

static void
test_choice (void)
{
  const S2sKernels *const *rows = s2s_kernels_list ();
  guint n = 0;

  for (; rows[n] != NULL; n++)
    g_assert_true (s2s_kernels_get (rows[n]->name) == rows[n]);
  g_assert_cmpstr (rows[n - 1]->name, ==, "c");
  g_assert_cmpuint (rows[n - 1]->required, ==, 0);
  g_assert_null (s2s_kernels_get ("abacus"));

  g_unsetenv ("S2S_CPU");
  g_assert_true (s2s_kernels_get (NULL) == rows[0]);
  g_setenv ("S2S_CPU", "c", TRUE);
  g_assert_true (s2s_kernels_get (NULL) == rows[n - 1]);
  g_setenv ("S2S_CPU", "abacus", TRUE);
  g_assert_true (s2s_kernels_get (NULL) == rows[0]);
  g_unsetenv ("S2S_CPU");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    GTestDataFunc test;
  } tests[] = {
      {"tanh", test_tanh},
      {"sigmoid", test_sigmoid},
      {"dot", test_dot},
      {"axpy-and-add", test_axpy_and_add},
      {"dots-and-mix", test_dots_and_mix},
      {"f16-to-f32", test_f16_to_f32},
      {"additive-score", test_additive_score},
      {"softmax", test_softmax},
      {"log-sum-exp", test_log_sum_exp},
      {"layer-norm", test_layer_norm},
      {"relu", test_relu},
      {"gelu", test_gelu},
      {"swish", test_swish},
      {"lstm", test_lstm},
      {"gru", test_gru},
      {"gru-reset-before", test_gru_reset_before},
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernels/choice", test_choice);
  for (const S2sKernels *const *row = s2s_kernels_list (); *row != NULL; row++)
    for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
      g_autofree char *path = g_strdup_printf ("/kernels/%s/%s", (*row)->name, tests[i].name);

      g_test_add_data_func (path, *row, tests[i].test);
    }
  return g_test_run ();
}
