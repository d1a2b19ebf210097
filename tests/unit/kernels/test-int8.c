/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-panels.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* int8 from rounding to products, for every row of kernels: against plain loops, and in its bits
 * against the C row. */

#define GUARD_BYTE 0x5a
#define GUARD 0x7fc0ffeeu
#define GAP 5 /* floats between the rows of y */

static const gsize sizes[] = {0, 1, 3, 4, 7, 8, 15, 16, 17, 33, 64, 253};

static float *
floats_new (GRand *rand, gsize n, double scale)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = (float)g_rand_double_range (rand, -scale, scale);
  return values;
}

static gint8 *
bytes_new (GRand *rand, gsize n)
{
  gint8 *bytes = g_new (gint8, n);

  for (gsize i = 0; i < n; i++)
    bytes[i] = (gint8)g_rand_int_range (rand, -127, 128);
  return bytes;
}

/* Half a step from what x is worth at most, and exactly ±127 where it is greatest */
static void
assert_rounded (gsize n, const float *x, const gint8 *q, const S2sInt8Row *row)
{
  float max = 0;
  gint32 sum = 0;

  for (gsize i = 0; i < n; i++)
    max = MAX (max, fabsf (x[i]));
  g_assert_true (row->scale == max / 127);
  for (gsize i = 0; i < n; i++) {
    double error = fabs ((double)q[i] * row->scale - x[i]);

    g_assert_cmpfloat (error, <=, row->scale * (0.5 + 127 * 4 * 0x1p-24));
    if (fabsf (x[i]) == max && max > 0)
      g_assert_cmpint (q[i], ==, x[i] > 0 ? 127 : -127);
    sum += q[i];
  }
  g_assert_cmpint (row->sum, ==, sum);
}

static void
check_quantize (const S2sKernels *kernels, gsize n, gsize offset, const float *x)
{
  gsize n_bytes = s2s_int8_round_up (n), n_all = n_bytes + 2 * 64;
  g_autofree gint8 *bytes = g_malloc (n_all), *expected = g_malloc (n_all);
  gint8 *q = bytes + 64 - offset;
  S2sInt8Row row, expected_row;

  memset (bytes, GUARD_BYTE, n_all);
  memset (expected, GUARD_BYTE, n_all);
  kernels->quantize (n, x, q, &row);
  s2s_kernels_get ("c")->quantize (n, x, expected + 64 - offset, &expected_row);
  g_assert_cmpmem (bytes, n_all, expected, n_all);
  g_assert_cmpmem (&row.scale, sizeof row.scale, &expected_row.scale, sizeof row.scale);
  g_assert_cmpint (row.sum, ==, expected_row.sum);

  assert_rounded (n, x, q, &row);
  for (gsize i = n; i < n_bytes; i++)
    g_assert_cmpint (q[i], ==, 0);
  for (gsize i = 0; i < n_all; i++)
    if (bytes + i < q || bytes + i >= q + n_bytes)
      g_assert_cmpint (bytes[i], ==, GUARD_BYTE);
}

static void
test_quantize (gconstpointer kernels)
{
  static const double scales[] = {1, 1e-30, 3e38};
  g_autoptr (GRand) rand = g_rand_new_with_seed (20);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint j = 0; j < G_N_ELEMENTS (scales); j++)
      for (gsize offset = 0; offset < 4; offset++) {
        g_autofree float *x = floats_new (rand, sizes[i] + offset, scales[j]);

        check_quantize (kernels, sizes[i], offset, x + offset);
      }
}

/* Halves between two steps go to the even one. */
static void
test_halves (gconstpointer data)
{
  const S2sKernels *kernels = data;
  static const float x[] = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -126.5f, 0.49f};
  static const gint8 expected[] = {127, 0, 2, 2, 0, -2, -126, 0};
  gint8 q[sizeof expected];
  S2sInt8Row row;

  kernels->quantize (G_N_ELEMENTS (x), x, q, &row);
  g_assert_cmpmem (q, sizeof q, expected, sizeof expected);
  g_assert_true (row.scale == 1);
}

/* Where a row is no numbers, or too small for its scale to be one, its bytes are 0. */
static void
test_extremes (gconstpointer data)
{
  const S2sKernels *kernels = data;
  enum { N = 21 };
  static const struct {
    float value;
    float scale;
  } rows[] = {{NAN, NAN}, {-NAN, NAN},  {INFINITY, NAN},   {-INFINITY, NAN},
              {0, 0},     {-1e-40f, 0}, {126 * FLT_MIN, 0}};

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint place = 0; place < N; place++) {
      float x[N];
      gint8 q[N + 3];
      S2sInt8Row row = {7, 7};

      for (guint j = 0; j < N; j++)
        x[j] = j == place ? rows[i].value : isnan (rows[i].scale) ? 3 : 0;
      memset (q, GUARD_BYTE, sizeof q);
      kernels->quantize (N, x, q, &row);
      g_assert_true (isnan (rows[i].scale) ? isnan (row.scale) : row.scale == rows[i].scale);
      g_assert_cmpint (row.sum, ==, 0);
      for (guint j = 0; j < sizeof q; j++)
        g_assert_cmpint (q[j], ==, 0);
    }
}

/* W [n][k] in panels; outputs that fill up the last one are of no use, and so of any value */
static gint8 *
pack (gsize n, gsize k, const gint8 *w)
{
  gsize n_panels = (n + 15) / 16;
  gint8 *panels = g_malloc (n_panels * 16 * k);

  memset (panels, GUARD_BYTE, n_panels * 16 * k);
  for (gsize o = 0; o < n; o++)
    for (gsize i = 0; i < k; i++)
      panels[o / 16 * 16 * k + i / 4 * 64 + o % 16 * 4 + i % 4] = w[o * k + i];
  return panels;
}

/* The integers in 64 bits, then three roundings */
static float
get_product (gsize k, const gint8 *x, const gint8 *w, float x_scale, float w_scale, float start)
{
  gint64 sum = 0;
  volatile float product; /* no more precise than a float */

  for (gsize i = 0; i < k; i++)
    sum += x[i] * w[i];
  product = (float)sum;
  product *= x_scale;
  product *= w_scale;
  return start + product;
}

/* bias: nullable; then the sums are added to what is there. */
static void
check_panels_from (const S2sKernels *kernels, GRand *rand, guint n_rows, gsize n, gsize k,
                   const gint8 *x, const gint8 *w, const float *bias)
{
  g_autofree gint8 *panels = pack (n, k, w);
  g_autofree float *scales = floats_new (rand, n, 1), *start = floats_new (rand, n_rows * n, 1);
  g_autofree S2sInt8Row *rows = g_new0 (S2sInt8Row, n_rows);
  g_autofree guint32 *y = g_new (guint32, n_rows * (n + GAP));

  for (gsize r = 0; r < n_rows; r++) {
    rows[r].scale = (float)g_rand_double_range (rand, 0, 1);
    for (gsize i = 0; i < k; i++)
      rows[r].sum += x[r * k + i];
    memcpy (y + r * (n + GAP), start + r * n, n * sizeof (float));
    for (gsize o = n; o < n + GAP; o++)
      y[r * (n + GAP) + o] = GUARD;
  }
  kernels->panels_i8 (n_rows, n, k, x, rows, panels, scales, bias, (float *)y, n + GAP);

  for (gsize r = 0; r < n_rows; r++) {
    for (gsize o = 0; o < n; o++) {
      float expected = get_product (k, x + r * k, w + o * k, rows[r].scale, scales[o],
                                    bias != NULL ? bias[o] : start[r * n + o]);

      g_assert_cmpmem (&y[r * (n + GAP) + o], sizeof (float), &expected, sizeof (float));
    }
    for (gsize o = n; o < n + GAP; o++)
      g_assert_cmphex (y[r * (n + GAP) + o], ==, GUARD);
  }
}

static void
check_panels (const S2sKernels *kernels, GRand *rand, guint n_rows, gsize n, gsize k,
              const gint8 *x, const gint8 *w)
{
  g_autofree float *bias = floats_new (rand, n, 1);

  check_panels_from (kernels, rand, n_rows, n, k, x, w, NULL);
  check_panels_from (kernels, rand, n_rows, n, k, x, w, bias);
}

static void
test_panels (gconstpointer kernels)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (21);
  enum { MAX_ROWS = 9 };

  for (guint i = 1; i < G_N_ELEMENTS (sizes); i++)
    for (guint j = 1; j < G_N_ELEMENTS (sizes); j += 2) {
      gsize n = sizes[i], k = s2s_int8_round_up (sizes[j]);
      g_autofree gint8 *x = bytes_new (rand, MAX_ROWS * k), *w = bytes_new (rand, n * k);

      for (guint n_rows = 0; n_rows <= MAX_ROWS; n_rows++)
        check_panels (kernels, rand, n_rows, n, k, x, w);
    }
}

/* Enough outputs for several blocks of strips */
static void
test_wide (gconstpointer kernels)
{
  enum { N = 1027, K = 12, N_ROWS = 6 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (22);
  g_autofree gint8 *x = bytes_new (rand, N_ROWS * K), *w = bytes_new (rand, N * K);

  check_panels (kernels, rand, N_ROWS, N, K, x, w);
}

/* The greatest products of all signs, as many as there can be: nothing saturates. */
static void
test_greatest (gconstpointer kernels)
{
  enum { N = 17, K = 16384, N_ROWS = 4 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (23);
  g_autofree gint8 *x = g_malloc (N_ROWS * K), *w = g_malloc (N * K);

  for (gsize i = 0; i < N_ROWS * K; i++)
    x[i] = i / K % 2 == 0 ? 127 : -127;
  for (gsize i = 0; i < N * K; i++)
    w[i] = i / K % 3 == 0 ? 127 : -127;
  check_panels (kernels, rand, N_ROWS, N, K, x, w);
}

/* A matrix of int8, and what it is worth in f32 */
typedef struct {
  S2sTensor tensor;
  gint8 *bytes;
  float *scales;
  float *values;
} Matrix;

static Matrix
matrix_new (GRand *rand, guint n, guint k)
{
  Matrix self = {.bytes = bytes_new (rand, (gsize)n * k), .scales = g_new (float, n)};

  for (guint o = 0; o < n; o++)
    self.scales[o] = (float)g_rand_double_range (rand, 0, 0.01);
  self.values = g_new (float, (gsize)n *k);
  for (gsize i = 0; i < (gsize)n * k; i++)
    self.values[i] = self.bytes[i] * self.scales[i / k];
  self.tensor = (S2sTensor){self.bytes, S2S_DTYPE_I8, 2, {n, k, 1, 1}, self.scales};
  return self;
}

static void
matrix_free (Matrix *self)
{
  g_free (self->bytes);
  g_free (self->scales);
  g_free (self->values);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Matrix, matrix_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (S2sPanels, s2s_panels_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (S2sPanelsScratch, s2s_panels_scratch_clear)

/* start + x·Wᵀ with x rounded to int8 as it is defined, row after row */
static float *
multiply (const Matrix *w, guint n_rows, const float *x, gsize x_stride, const float *start,
          gsize start_stride)
{
  gsize n = w->tensor.dims[0], k = w->tensor.dims[1];
  float *y = g_new (float, n_rows *n);
  g_autofree gint8 *q = g_malloc (s2s_int8_round_up (k));
  S2sInt8Row row;

  for (gsize r = 0; r < n_rows; r++) {
    s2s_kernels_get ("c")->quantize (k, x + r * x_stride, q, &row);
    for (gsize o = 0; o < n; o++)
      y[r * n + o] = get_product (k, q, w->bytes + o * k, row.scale, w->scales[o],
                                  start[r * start_stride + o]);
  }
  return y;
}

/* Whatever the number of rows, each has the bits that it has alone, from every row of kernels. */
static void
check_product (const S2sKernels *kernels, GRand *rand, guint n, guint k)
{
  enum { MOST_ROWS = 203 }; /* two blocks and some */
  static const guint n_rows[] = {0, 1, 2, 3, 4, 5, 31, 96, 97, MOST_ROWS};
  g_auto (Matrix) w = matrix_new (rand, n, k);
  g_autofree float *x = floats_new (rand, MOST_ROWS * (k + 1), 3), *bias = floats_new (rand, n, 1);
  g_autofree float *expected = multiply (&w, MOST_ROWS, x, k + 1, bias, 0);
  g_autofree float *twice = multiply (&w, MOST_ROWS, x, k + 1, expected, n);
  g_auto (S2sPanels) panels = {0};
  g_auto (S2sPanelsScratch) scratch;

  s2s_panels_init (&panels, &w.tensor, 1, FALSE);
  s2s_panels_scratch_init (&scratch, k);
  g_assert_cmpint (panels.dtype, ==, S2S_DTYPE_I8);
  g_assert_cmpuint (panels.n_bytes, ==,
                    (n + 15) / 16 * 16 * s2s_int8_round_up (k) + n * sizeof (float));
  for (guint i = 0; i < G_N_ELEMENTS (n_rows); i++) {
    gsize n_bytes = (gsize)n_rows[i] * n * sizeof (float);
    g_autofree float *y = g_malloc (n_bytes);

    s2s_panels_multiply (&panels, kernels, &scratch, n_rows[i], x, k + 1, bias, FALSE, y, n);
    g_assert_cmpmem (y, n_bytes, expected, n_bytes);
    s2s_panels_multiply (&panels, kernels, &scratch, n_rows[i], x, k + 1, NULL, TRUE, y, n);
    g_assert_cmpmem (y, n_bytes, twice, n_bytes);
  }
}

static void
test_products (gconstpointer kernels)
{
  static const guint shapes[][2] = {{1, 1}, {3, 17}, {16, 16}, {17, 3}, {253, 31}, {40, 131}};
  g_autoptr (GRand) rand = g_rand_new_with_seed (24);

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    check_product (kernels, rand, shapes[i][0], shapes[i][1]);
}

/* Gathers n outputs of w; their products have the bits of those of w. */
static void
check_gather (const S2sKernels *kernels, GRand *rand, const S2sPanels *w, S2sPanels *subset,
              guint n)
{
  static const guint n_rows[] = {1, 4, 33};
  gsize k = w->n_inputs, n_all = w->n_outputs, n_panel = 16 * s2s_int8_round_up (k);
  g_autofree gint32 *outputs = g_new (gint32, n);
  g_autofree float *x = floats_new (rand, 33 * k, 3);
  g_auto (S2sPanelsScratch) scratch;

  s2s_panels_scratch_init (&scratch, (guint)k);
  for (guint i = 0; i < n; i++)
    outputs[i] = g_rand_int_range (rand, 0, (gint32)n_all);
  outputs[n / 2] = (gint32)n_all - 1;
  s2s_panels_gather (subset, w, outputs, n);
  g_assert_cmpuint (subset->n_outputs, ==, n);

  for (guint i = 0; i < G_N_ELEMENTS (n_rows); i++) {
    g_autofree float *y = g_new (float, n_rows[i] * n_all), *got = g_new (float, n_rows[i] * n);

    s2s_panels_multiply (w, kernels, &scratch, n_rows[i], x, k, NULL, FALSE, y, n_all);
    s2s_panels_multiply (subset, kernels, &scratch, n_rows[i], x, k, NULL, FALSE, got, n);
    for (gsize j = 0; j < n_rows[i] * n; j++)
      g_assert_cmpmem (&got[j], sizeof *got, &y[j / n * n_all + (gsize)outputs[j % n]], sizeof *y);
  }

  /* groups of 4 bytes beside the last output in its panel */
  const gint8 *last = (const gint8 *)subset->data + n / 16 * n_panel;
  for (gsize i = 0; i < n_panel && n % 16 != 0; i++)
    g_assert_true (i / 4 % 16 < n % 16 || last[i] == 0);
}

static void
test_gather (gconstpointer kernels)
{
  static const guint shapes[] = {1, 3, 17, 253};
  g_autoptr (GRand) rand = g_rand_new_with_seed (27);

  for (guint i = 0; i < G_N_ELEMENTS (shapes) * G_N_ELEMENTS (shapes); i++) {
    g_auto (Matrix) w = matrix_new (rand, shapes[i / 4], shapes[i % 4]);
    g_auto (S2sPanels) panels = {0}, subset = {0};

    s2s_panels_init (&panels, &w.tensor, 1, FALSE);
    s2s_panels_subset_init (&subset, &panels, 253);
    g_assert_cmpint (subset.dtype, ==, S2S_DTYPE_I8);
    for (guint n = G_N_ELEMENTS (shapes); n-- > 0;) /* more of them first */
      check_gather (kernels, rand, &panels, &subset, shapes[n]);
  }
}

/* x that is not finite gives NaN, in its own row alone. */
static void
test_not_finite (gconstpointer kernels)
{
  enum { N = 19, K = 30, N_ROWS = 3 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (25);
  g_auto (Matrix) w = matrix_new (rand, N, K);
  g_autofree float *x = floats_new (rand, N_ROWS * K, 1);
  g_auto (S2sPanels) panels = {0};
  g_auto (S2sPanelsScratch) scratch;
  float y[N_ROWS * N];

  s2s_panels_init (&panels, &w.tensor, 1, FALSE);
  s2s_panels_scratch_init (&scratch, K);
  x[K + 7] = -INFINITY;
  s2s_panels_multiply (&panels, kernels, &scratch, N_ROWS, x, K, NULL, FALSE, y, N);
  for (guint i = 0; i < N_ROWS * N; i++)
    g_assert_cmpint (isnan (y[i]) != 0, ==, i / N == 1);
}

/* Matrices one below the other stay int8; what has two scales in a row, or two types, is f32. */
static void
test_join (void)
{
  enum { N = 21, K = 13 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (26);
  g_auto (Matrix) first = matrix_new (rand, N, K), second = matrix_new (rand, N, K);
  S2sTensor widened = {second.values, S2S_DTYPE_F32, 2, {N, K, 1, 1}, NULL};
  const S2sTensor parts[][2] = {{first.tensor, second.tensor}, {first.tensor, widened}};
  float row[2 * K];

  for (guint i = 0; i < 4; i++) {
    gboolean join_inputs = i / 2;
    g_auto (S2sPanels) panels = {0};

    s2s_panels_init (&panels, parts[i % 2], 2, join_inputs);
    g_assert_cmpint (panels.dtype, ==, i == 0 ? S2S_DTYPE_I8 : S2S_DTYPE_F32);
    for (guint o = 0; o < panels.n_outputs; o++) {
      const float *left = o < N ? first.values + o * K : second.values + (o - N) * K;

      s2s_panels_get_row (&panels, o, row);
      g_assert_cmpmem (row, K * sizeof (float), left, K * sizeof (float));
      if (join_inputs)
        g_assert_cmpmem (row + K, K * sizeof (float), second.values + o * K, K * sizeof (float));
    }
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    GTestDataFunc test;
  } tests[] = {
      {"quantize", test_quantize}, {"halves", test_halves},
      {"extremes", test_extremes}, {"panels", test_panels},
      {"wide", test_wide},         {"greatest", test_greatest},
      {"products", test_products}, {"not-finite", test_not_finite},
      {"gather", test_gather},
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/int8/join", test_join);
  for (const S2sKernels *const *row = s2s_kernels_list (); *row != NULL; row++)
    for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
      g_autofree char *path = g_strdup_printf ("/int8/%s/%s", (*row)->name, tests[i].name);

      g_test_add_data_func (path, *row, tests[i].test);
    }
  return g_test_run ();
}
