/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-bridge.h"
#include "layers/s2s-embedding.h"
#include "layers/s2s-linear.h"

#include "s2s-naive.h"

/* The layers that are one product or less: linear, bridge, embedding. */

/* Of f32 sums of up to 253 products, the smallest being one number that the products nearly cancel
 * in; docs/numerics.md */
#define MAX_NMSE 1e-9
#define GUARD 0x7fc0ffeeu

/* Of int8 three roundings of the sum, and one of it with the bias; docs/numerics.md */
#define MAX_INT8 (4 * 0x1p-24)

typedef struct {
  S2sTestWeights *source;
  S2sWeights *weights;
  S2sLoader loader;
  S2sCompute compute;
  GRand *rand;
} Fixture;

static void
setup_dtype (Fixture *self, guint n_outputs, guint n_inputs, const char *dtype)
{
  g_autoptr (GError) error = NULL;

  self->rand = g_rand_new_with_seed (n_outputs);
  self->source = s2s_test_weights_new (n_outputs * 1000 + n_inputs);
  s2s_test_weights_add (self->source, "x.h.weight", 1, 2, n_outputs, n_inputs);
  s2s_test_weights_add (self->source, "x.h.bias", 1, 1, n_outputs);
  s2s_test_weights_add (self->source, "x.c.weight", 1, 2, n_outputs, n_inputs);
  s2s_test_weights_add (self->source, "x.c.bias", 1, 1, n_outputs);
  g_autoptr (GBytes) bytes = s2s_test_weights_to_bytes (self->source, dtype);
  self->weights = s2s_weights_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  self->loader = (S2sLoader){.weights = self->weights};
  s2s_compute_init (&self->compute, n_inputs);
}

static void
setup (Fixture *self, guint n_outputs, guint n_inputs)
{
  setup_dtype (self, n_outputs, n_inputs, "F32");
}

static void
teardown (Fixture *self)
{
  s2s_compute_clear (&self->compute);
  s2s_weights_free (self->weights);
  s2s_test_weights_free (self->source);
  g_rand_free (self->rand);
}

/* Rows with gaps between them, which nobody may write into */
static float *
make_guarded (gsize n)
{
  guint32 *values = g_new (guint32, n);

  for (gsize i = 0; i < n; i++)
    values[i] = GUARD;
  return (float *)values;
}

static void
assert_guarded (gsize n_rows, gsize n, gsize stride, const float *values)
{
  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = n; j < stride; j++) {
      guint32 bits;

      memcpy (&bits, values + i * stride + j, sizeof bits);
      g_assert_cmphex (bits, ==, GUARD);
    }
}

static void
check_linear (guint n_outputs, guint n_inputs, guint n_rows)
{
  Fixture fixture;
  S2sLinear linear = {0};
  g_autoptr (GError) error = NULL;
  gsize x_stride = n_inputs + 1, y_stride = n_outputs + 2;
  g_autofree float *y = make_guarded (n_rows * y_stride);
  g_autofree double *expected = g_new (double, n_outputs);

  setup (&fixture, n_outputs, n_inputs);
  g_assert_false (s2s_linear_is_bound (&linear));
  s2s_linear_load (&linear, &fixture.loader, "x.h", n_outputs, n_inputs, &error);
  g_assert_no_error (error);
  g_assert_true (s2s_linear_is_bound (&linear));
  g_assert_cmpuint (fixture.loader.n_bytes, ==, linear.weight.n_bytes + n_outputs * sizeof (float));

  g_autofree float *x = s2s_test_floats_new (fixture.rand, n_rows * x_stride);
  g_autofree double *wide = naive_widen (n_rows * x_stride, x);
  s2s_linear_forward (&linear, &fixture.compute, n_rows, x, x_stride, y, y_stride);
  for (gsize i = 0; i < n_rows; i++) {
    naive_linear (n_outputs, n_inputs, wide + i * x_stride,
                  s2s_test_weights_get (fixture.source, "x.h.weight"),
                  s2s_test_weights_get (fixture.source, "x.h.bias"), expected);
    g_assert_cmpfloat (s2s_test_nmse (n_outputs, y + i * y_stride, expected), <, MAX_NMSE);
  }
  assert_guarded (n_rows, n_outputs, y_stride, y);

  s2s_linear_clear (&linear);
  teardown (&fixture);
}

static void
test_linear (void)
{
  static const guint sizes[] = {1, 3, 17, 253};

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint j = 0; j < G_N_ELEMENTS (sizes); j++)
      for (guint n_rows = 1; n_rows < 10; n_rows += 4)
        check_linear (sizes[i], sizes[j], n_rows);
}

/* x in steps of its greatest value / 127, as docs/numerics.md has it; in the floats that it is
 * defined in, since a half could go either way */
static void
round_to_int8 (guint n, const float *x, double *ret_x)
{
  float max = 0;

  for (guint i = 0; i < n; i++)
    max = MAX (max, fabsf (x[i]));
  for (guint i = 0; i < n; i++) {
    volatile float steps = x[i] * (127 / max);

    ret_x[i] = rint (steps) * (max / 127);
  }
}

/* The matrix as the file has it, in f32 */
static float *
get_stored (Fixture *self, guint n_outputs, guint n_inputs)
{
  float *values = g_new (float, (gsize)n_outputs *n_inputs);
  g_autoptr (GError) error = NULL;
  S2sTensor tensor;

  s2s_loader_get_matrix (&self->loader, "x.h", "weight", n_outputs, n_inputs, &tensor, &error);
  g_assert_no_error (error);
  g_assert_cmpint (tensor.dtype, ==, S2S_DTYPE_I8);
  s2s_tensor_to_f32 (&tensor, 0, (gsize)n_outputs * n_inputs, values);
  return values;
}

static void
check_int8 (guint n_outputs, guint n_inputs, guint n_rows)
{
  Fixture fixture;
  S2sLinear linear = {0};
  g_autofree float *y = g_new (float, n_rows *n_outputs);
  g_autofree double *rounded = g_new (double, n_inputs), *expected = g_new (double, n_outputs);

  setup_dtype (&fixture, n_outputs, n_inputs, "I8");
  g_assert_true (s2s_linear_load (&linear, &fixture.loader, "x.h", n_outputs, n_inputs, NULL));
  g_assert_cmpint (linear.weight.dtype, ==, S2S_DTYPE_I8);
  g_autofree float *weight = get_stored (&fixture, n_outputs, n_inputs);
  g_autofree float *x = s2s_test_floats_new (fixture.rand, n_rows * n_inputs);
  const float *bias = s2s_test_weights_get (fixture.source, "x.h.bias");

  s2s_linear_forward (&linear, &fixture.compute, n_rows, x, n_inputs, y, n_outputs);
  for (gsize i = 0; i < n_rows; i++) {
    round_to_int8 (n_inputs, x + i * n_inputs, rounded);
    naive_linear (n_outputs, n_inputs, rounded, weight, bias, expected);
    for (guint o = 0; o < n_outputs; o++) {
      double size = fabs (expected[o] - bias[o]) + fabs (expected[o]);
      double stored = n_inputs * 0x1p-24; /* of the reference: weights in f32 */

      g_assert_cmpfloat (fabs (y[i * n_outputs + o] - expected[o]), <=, MAX_INT8 * size + stored);
    }
  }
  s2s_linear_clear (&linear);
  teardown (&fixture);
}

static void
test_int8 (void)
{
  static const guint sizes[] = {1, 3, 17, 253};

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint j = 0; j < G_N_ELEMENTS (sizes); j++)
      for (guint n_rows = 1; n_rows < 10; n_rows += 4)
        check_int8 (sizes[i], sizes[j], n_rows);
}

/* A few outputs of a layer, with its bias or without one, have the bits of all. */
static void
check_subset (const char *dtype, gboolean has_bias)
{
  enum { N = 37, K = 19, ROWS = 4 };
  static const gint32 outputs[] = {0, 3, 4, 17, 18, 30, 36};
  gsize n = G_N_ELEMENTS (outputs);
  Fixture fixture;
  S2sLinear linear = {0}, subset = {0};
  S2sTensor weight;
  float y[ROWS * N], got[ROWS * G_N_ELEMENTS (outputs)];

  setup_dtype (&fixture, N, K, dtype);
  g_assert_true (s2s_loader_get_matrix (&fixture.loader, "x.h", "weight", N, K, &weight, NULL));
  s2s_linear_init (&linear, &fixture.loader, &weight,
                   has_bias ? s2s_loader_get_vector (&fixture.loader, "x.h", "bias", N, NULL)
                            : NULL);
  s2s_linear_subset_init (&subset, &linear, 20);
  s2s_linear_gather (&subset, &linear, outputs, n);
  g_assert_cmpint (subset.bias != NULL, ==, has_bias);

  g_autofree float *x = s2s_test_floats_new (fixture.rand, ROWS * K);
  s2s_linear_forward (&linear, &fixture.compute, ROWS, x, K, y, N);
  s2s_linear_forward (&subset, &fixture.compute, ROWS, x, K, got, n);
  for (gsize i = 0; i < ROWS * n; i++)
    g_assert_cmpmem (&got[i], sizeof *got, &y[i / n * N + (gsize)outputs[i % n]], sizeof *y);

  s2s_linear_clear (&subset);
  s2s_linear_clear (&linear);
  teardown (&fixture);
}

static void
test_subset (void)
{
  static const char *const dtypes[] = {"F32", "F16", "I8"};

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++) {
    check_subset (dtypes[i], TRUE);
    check_subset (dtypes[i], FALSE);
  }
}

/* y + x·Wᵀ, onto what forward of another layer has left */
static void
test_accumulate (void)
{
  enum { N = 19, ROWS = 7 };
  Fixture fixture;
  S2sTensor weight;
  S2sLinear linear = {0};
  double expected[N];

  setup (&fixture, N, N);
  g_assert_true (s2s_loader_get_matrix (&fixture.loader, "x.h", "weight", N, N, &weight, NULL));
  s2s_linear_init (&linear, &fixture.loader, &weight, NULL);

  g_autofree float *x = s2s_test_floats_new (fixture.rand, ROWS * N);
  g_autofree float *y = s2s_test_floats_new (fixture.rand, ROWS * N);
  g_autofree double *before = naive_widen (ROWS * N, y);
  g_autofree double *wide = naive_widen (ROWS * N, x);
  s2s_linear_accumulate (&linear, &fixture.compute, ROWS, x, N, y, N);
  for (guint i = 0; i < ROWS; i++) {
    naive_linear (N, N, wide + i * N, s2s_test_weights_get (fixture.source, "x.h.weight"), NULL,
                  expected);
    for (guint j = 0; j < N; j++)
      expected[j] += before[i * N + j];
    g_assert_cmpfloat (s2s_test_nmse (N, y + i * N, expected), <, MAX_NMSE);
  }
  s2s_linear_clear (&linear);
  teardown (&fixture);
}

static void
check_start (Fixture *fixture, const char *scope, guint n_rows, guint n, const double *last,
             const float *got)
{
  g_autofree char *weight = g_strconcat (scope, ".weight", NULL);
  g_autofree char *bias = g_strconcat (scope, ".bias", NULL);
  g_autofree double *expected = g_new (double, n);

  for (gsize i = 0; i < n_rows; i++) {
    naive_linear (n, n, last + i * n, s2s_test_weights_get (fixture->source, weight),
                  s2s_test_weights_get (fixture->source, bias), expected);
    for (guint j = 0; j < n; j++)
      expected[j] = tanh (expected[j]);
    g_assert_cmpfloat (s2s_test_nmse (n, got + i * n, expected), <, MAX_NMSE);
  }
}

static void
test_bridge_dense (void)
{
  enum { N = 10, ROWS = 3 };
  Fixture fixture;
  S2sBridgeLayer bridge = {0};
  g_autoptr (GError) error = NULL;
  float h[ROWS * N], c[ROWS * N];

  setup (&fixture, N, N);
  s2s_bridge_load (&bridge, &fixture.loader, S2S_BRIDGE_DENSE, TRUE, "x", N, &error);
  g_assert_no_error (error);

  g_autofree float *last_h = s2s_test_floats_new (fixture.rand, ROWS * N);
  g_autofree float *last_c = s2s_test_floats_new (fixture.rand, ROWS * N);
  g_autofree double *wide_h = naive_widen (ROWS * N, last_h);
  g_autofree double *wide_c = naive_widen (ROWS * N, last_c);
  s2s_bridge_forward (&bridge, &fixture.compute, ROWS, last_h, last_c, h, c);
  check_start (&fixture, "x.h", ROWS, N, wide_h, h);
  check_start (&fixture, "x.c", ROWS, N, wide_c, c);

  s2s_bridge_clear (&bridge);
  teardown (&fixture);
}

static void
test_bridge_copy (void)
{
  enum { N = 5, ROWS = 2 };
  Fixture fixture;
  S2sBridgeLayer bridge = {0};
  float h[ROWS * N];

  setup (&fixture, N, N);
  g_assert_true (
      s2s_bridge_load (&bridge, &fixture.loader, S2S_BRIDGE_COPY, FALSE, "none", N, NULL));
  g_autofree float *last_h = s2s_test_floats_new (fixture.rand, ROWS * N);
  s2s_bridge_forward (&bridge, &fixture.compute, ROWS, last_h, NULL, h, NULL);
  g_assert_cmpmem (h, sizeof h, last_h, ROWS * N * sizeof (float));

  s2s_bridge_clear (&bridge);
  teardown (&fixture);
}

/* A table of its own and one borrowed from a linear layer give the rows of the matrix. */
static void
test_embedding (void)
{
  enum { TOKENS = 37, N = 21, STRIDE = N + 4 };
  static const gint32 ids[] = {36, 0, 17, 17, 16};
  Fixture fixture;
  S2sEmbedding own = {0}, shared = {0};
  g_autofree float *y = make_guarded (G_N_ELEMENTS (ids) * STRIDE);
  g_autofree float *y_shared = make_guarded (G_N_ELEMENTS (ids) * STRIDE);

  setup (&fixture, TOKENS, N);
  g_assert_true (s2s_embedding_load (&own, &fixture.loader, "x.h", TOKENS, N, NULL));
  g_assert_cmpuint (fixture.loader.n_bytes, ==, own.own.n_bytes);
  s2s_embedding_share (&shared, own.table);

  s2s_embedding_forward (&own, G_N_ELEMENTS (ids), ids, y, STRIDE);
  s2s_embedding_forward (&shared, G_N_ELEMENTS (ids), ids, y_shared, STRIDE);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    const float *row = s2s_test_weights_get (fixture.source, "x.h.weight") + ids[i] * N;

    g_assert_cmpmem (y + i * STRIDE, N * sizeof (float), row, N * sizeof (float));
    g_assert_cmpmem (y_shared + i * STRIDE, N * sizeof (float), row, N * sizeof (float));
  }
  assert_guarded (G_N_ELEMENTS (ids), N, STRIDE, y);

  s2s_embedding_clear (&shared);
  s2s_embedding_clear (&own);
  teardown (&fixture);
}

/* A table of int8 gives what its rows are worth. */
static void
test_embedding_int8 (void)
{
  enum { TOKENS = 37, N = 21 };
  static const gint32 ids[] = {36, 0, 17};
  Fixture fixture;
  S2sEmbedding embedding = {0};
  float y[G_N_ELEMENTS (ids) * N];

  setup_dtype (&fixture, TOKENS, N, "I8");
  g_assert_true (s2s_embedding_load (&embedding, &fixture.loader, "x.h", TOKENS, N, NULL));
  g_autofree float *table = get_stored (&fixture, TOKENS, N);

  s2s_embedding_forward (&embedding, G_N_ELEMENTS (ids), ids, y, N);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpmem (y + i * N, N * sizeof (float), table + ids[i] * N, N * sizeof (float));

  s2s_embedding_clear (&embedding);
  teardown (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layers/linear/forward", test_linear);
  g_test_add_func ("/layers/linear/int8", test_int8);
  g_test_add_func ("/layers/linear/subset", test_subset);
  g_test_add_func ("/layers/linear/accumulate", test_accumulate);
  g_test_add_func ("/layers/bridge/dense", test_bridge_dense);
  g_test_add_func ("/layers/bridge/copy", test_bridge_copy);
  g_test_add_func ("/layers/embedding", test_embedding);
  g_test_add_func ("/layers/embedding-int8", test_embedding_int8);
  return g_test_run ();
}
