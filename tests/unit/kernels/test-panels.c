/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-panels.h"

#include <blis.h>
#include <math.h>
#include <string.h>

/* The product with packed panels, for every row of kernels and every number of rows of x that takes
 * another way through it. The error of a sum of k products is at most k roundings of Σ |x·w|, see
 * docs/numerics.md. */

#define ROUNDING 0x1p-24
#define GAP 5 /* floats between the rows of x and y */
#define GUARD 0x7fc0ffeeu
#define MAX_ROWS 40
#define MOST_ROWS 203 /* two blocks and some */

static const struct {
  guint n_outputs;
  guint n_inputs;
} shapes[] = {{1, 1}, {3, 17}, {16, 16}, {17, 3}, {32, 8}, {64, 253}, {253, 31}, {160, 96}};

static const S2sDtype dtypes[] = {S2S_DTYPE_F32, S2S_DTYPE_F16, S2S_DTYPE_BF16};

/* Random weights in the bits of their type, and what they are worth */
typedef struct {
  S2sTensor tensor;
  gpointer bits;
  float *values;
} Matrix;

static Matrix
matrix_new (GRand *rand, S2sDtype dtype, guint n_outputs, guint n_inputs)
{
  gsize n = (gsize)n_outputs * n_inputs, size = s2s_dtype_get_size (dtype);
  Matrix self = {{NULL, dtype, 2, {n_outputs, n_inputs, 1, 1}, NULL}, g_malloc (n * size), NULL};

  self.values = g_new (float, n);
  for (gsize i = 0; i < n; i++) {
    float value = (float)g_rand_double_range (rand, -2, 2);
    guint16 bfloat16;
    guint16 half = (guint16)g_rand_int_range (rand, 0, 0x4000); /* 0 to 2, subnormals too */

    memcpy (&bfloat16, (guint8 *)&value + 2, 2);
    memcpy ((guint8 *)self.bits + i * size,
            dtype == S2S_DTYPE_F32    ? (gpointer)&value
            : dtype == S2S_DTYPE_BF16 ? (gpointer)&bfloat16
                                      : (gpointer)&half,
            size);
  }
  self.tensor.data = self.bits;
  s2s_tensor_to_f32 (&self.tensor, 0, n, self.values);
  return self;
}

static void
matrix_free (Matrix *self)
{
  g_free (self->bits);
  g_free (self->values);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Matrix, matrix_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (S2sPanels, s2s_panels_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (S2sPanelsScratch, s2s_panels_scratch_clear)

static float *
floats_new (GRand *rand, gsize n)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = (float)g_rand_double_range (rand, -1, 1);
  return values;
}

static float *
guarded_new (gsize n)
{
  guint32 *values = g_new (guint32, n);

  for (gsize i = 0; i < n; i++)
    values[i] = GUARD;
  return (float *)values;
}

/* x·Wᵀ in double, and how large its sums are */
typedef struct {
  double *sums;  /* [n_rows][n] */
  double *sizes; /* [n_rows][n] */
} Reference;

static Reference
reference_new (const Matrix *w, guint n_rows, const float *x)
{
  gsize n = w->tensor.dims[0], k = w->tensor.dims[1];
  Reference self = {g_new0 (double, n_rows *n), g_new0 (double, n_rows *n)};

  for (gsize r = 0; r < n_rows; r++)
    for (gsize o = 0; o < n; o++)
      for (gsize i = 0; i < k; i++) {
        double product = (double)x[r * (k + GAP) + i] * w->values[o * k + i];

        self.sums[r * n + o] += product;
        self.sizes[r * n + o] += fabs (product);
      }
  return self;
}

static void
reference_free (Reference *self)
{
  g_free (self->sums);
  g_free (self->sizes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reference, reference_free)

/* y [n_rows][n] against start + x·Wᵀ, and nothing written between or behind its rows */
static void
assert_product (const Matrix *w, const Reference *reference, guint n_rows, const float *start,
                gsize start_stride, const float *y)
{
  gsize n = w->tensor.dims[0], k = w->tensor.dims[1];

  for (gsize r = 0; r < n_rows; r++) {
    for (gsize o = 0; o < n; o++) {
      double first = start != NULL ? start[r * start_stride + o] : 0;
      double expected = first + reference->sums[r * n + o];
      double bound = (k + 1) * ROUNDING * (fabs (first) + reference->sizes[r * n + o]);

      if (!(fabs (y[r * (n + GAP) + o] - expected) <= bound))
        g_error ("row %zu of %u, output %zu of %zu, %zu inputs: got %.9g, expected %.9g", r, n_rows,
                 o, n, k, y[r * (n + GAP) + o], expected);
    }
    for (gsize o = n; o < n + GAP; o++) {
      guint32 bits;

      memcpy (&bits, y + r * (n + GAP) + o, sizeof bits);
      g_assert_cmphex (bits, ==, GUARD);
    }
  }
}

/* One matrix with 0 … 40 rows and more than a block of them: with a bias, without, and added to
 * what is there. */
static void
check_products (const S2sKernels *kernels, const Matrix *w)
{
  static const guint more_rows[] = {96, 97, MOST_ROWS};
  gsize n = w->tensor.dims[0], k = w->tensor.dims[1];
  g_autoptr (GRand) rand = g_rand_new_with_seed (10);
  g_autofree float *x = floats_new (rand, MOST_ROWS * (k + GAP));
  g_autofree float *bias = floats_new (rand, n);
  g_auto (Reference) reference = reference_new (w, MOST_ROWS, x);
  g_auto (S2sPanels) panels;
  g_auto (S2sPanelsScratch) scratch;

  s2s_panels_init (&panels, &w->tensor, 1, FALSE);
  s2s_panels_scratch_init (&scratch, (guint)k);
  for (guint i = 0; i <= MAX_ROWS + G_N_ELEMENTS (more_rows); i++) {
    guint n_rows = i <= MAX_ROWS ? i : more_rows[i - MAX_ROWS - 1];
    g_autofree float *y = guarded_new (n_rows * (n + GAP));

    s2s_panels_multiply (&panels, kernels, &scratch, n_rows, x, k + GAP, bias, FALSE, y, n + GAP);
    assert_product (w, &reference, n_rows, bias, 0, y);

    g_autofree float *before = g_memdup2 (y, n_rows * (n + GAP) * sizeof (float));
    s2s_panels_multiply (&panels, kernels, &scratch, n_rows, x, k + GAP, NULL, TRUE, y, n + GAP);
    assert_product (w, &reference, n_rows, before, n + GAP, y);

    s2s_panels_multiply (&panels, kernels, &scratch, n_rows, x, k + GAP, NULL, FALSE, y, n + GAP);
    assert_product (w, &reference, n_rows, NULL, 0, y);
  }
}

static void
test_products (gconstpointer kernels)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (guint j = 0; j < G_N_ELEMENTS (dtypes); j++) {
      g_auto (Matrix) w = matrix_new (rand, dtypes[j], shapes[i].n_outputs, shapes[i].n_inputs);

      check_products (kernels, &w);
    }
}

/* A row of x gives the same bits in any company, whether the weights are f16 or their f32 values:
 * fused products added to one sum in the order of the inputs, here as in BLIS. The reference row
 * rounds a product before it adds it, where the processor's basic instructions cannot fuse. */
static void
test_same_bits (gconstpointer kernels)
{
  enum { N = 253, K = 131 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (12);
  g_auto (Matrix) half = matrix_new (rand, S2S_DTYPE_F16, N, K);
  S2sTensor widened = {half.values, S2S_DTYPE_F32, 2, {N, K, 1, 1}, NULL};
  g_autofree float *x = floats_new (rand, MAX_ROWS * K), *bias = floats_new (rand, N);
  g_autofree float *alone = g_new (float, MAX_ROWS *N), *y = g_new (float, MAX_ROWS *N);
  g_auto (S2sPanels) f16, f32;
  g_auto (S2sPanelsScratch) scratch;

  s2s_panels_init (&f16, &half.tensor, 1, FALSE);
  s2s_panels_init (&f32, &widened, 1, FALSE);
  s2s_panels_scratch_init (&scratch, K);
  for (gsize r = 0; r < MAX_ROWS; r++)
    s2s_panels_multiply (&f32, kernels, &scratch, 1, x + r * K, K, bias, FALSE, alone + r * N, N);

  for (guint n_rows = 1; n_rows <= MAX_ROWS; n_rows++) {
    gsize n_bytes = n_rows * N * sizeof (float);

    s2s_panels_multiply (&f32, kernels, &scratch, n_rows, x, K, bias, FALSE, y, N);
    g_assert_cmpmem (y, n_bytes, alone, n_bytes);
    s2s_panels_multiply (&f16, kernels, &scratch, n_rows, x, K, bias, FALSE, y, N);
    g_assert_cmpmem (y, n_bytes, alone, n_bytes);
  }
}

/* The panel kernels alone, with widths that are those of other processors and no vector's */
static void
test_widths (gconstpointer data)
{
  const S2sKernels *kernels = data;
  const guint widths[] = {4, 8, 12, 16, 24, 32};
  enum { N_PANELS = 3, K = 19, N_ROWS = 7, MAX_WIDTH = 32 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (13);
  g_auto (Matrix) w = matrix_new (rand, S2S_DTYPE_F16, N_PANELS * MAX_WIDTH, K);
  g_autofree float *x = floats_new (rand, N_ROWS * K);
  g_autofree float *bias = floats_new (rand, N_PANELS * MAX_WIDTH);

  for (guint i = 0; i < G_N_ELEMENTS (widths); i++) {
    gsize width = widths[i], n = N_PANELS * width;
    g_autofree float *from_f32 = g_new (float, N_ROWS *n), *from_f16 = g_new (float, N_ROWS *n);

    memset (from_f32, 0xff, N_ROWS * n * sizeof (float)); /* not to be read */
    memset (from_f16, 0xff, N_ROWS * n * sizeof (float));
    kernels->panels_f32 (N_ROWS, N_PANELS, width, K, x, K, w.values, bias, from_f32, n);
    kernels->panels_f16 (N_ROWS, N_PANELS, width, K, x, K, w.bits, bias, from_f16, n);
    for (gsize r = 0; r < N_ROWS; r++)
      for (gsize o = 0; o < n; o++) {
        double sum = bias[o];

        for (gsize j = 0; j < K; j++)
          sum += (double)x[r * K + j] * w.values[(o / width * K + j) * width + o % width];
        g_assert_cmpfloat_with_epsilon (from_f32[r * n + o], sum, K * ROUNDING * 2 * K);
        g_assert_cmpfloat_with_epsilon (from_f16[r * n + o], sum, K * ROUNDING * 2 * K);
      }
  }
}

/* bli_sgemm() as a second opinion, of a size that it cuts into blocks */
static void
test_against_blis (gconstpointer kernels)
{
  enum { N = 400, K = 700, N_ROWS = 50 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (14);
  g_auto (Matrix) w = matrix_new (rand, S2S_DTYPE_F32, N, K);
  g_autofree float *x = floats_new (rand, N_ROWS * K);
  g_autofree float *y = g_new (float, N_ROWS *N), *expected = g_new (float, N_ROWS *N);
  float one = 1, zero = 0;
  g_auto (S2sPanels) panels;
  g_auto (S2sPanelsScratch) scratch;

  s2s_panels_init (&panels, &w.tensor, 1, FALSE);
  s2s_panels_scratch_init (&scratch, K);
  s2s_panels_multiply (&panels, kernels, &scratch, N_ROWS, x, K, NULL, FALSE, y, N);
  bli_sgemm (BLIS_NO_TRANSPOSE, BLIS_TRANSPOSE, N_ROWS, N, K, &one, x, K, 1, w.values, K, 1, &zero,
             expected, N, 1);
  for (gsize i = 0; i < N_ROWS * N; i++)
    g_assert_cmpfloat_with_epsilon (y[i], expected[i], K * ROUNDING * 2 * K);
}

/* [n][k] from parts: two of inputs, two of outputs; the joined matrix written out gives the same
 * bits. */
static void
test_join (gconstpointer kernels)
{
  enum { N = 21, K = 13, SECOND = 30, N_ROWS = 3 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (15);

  for (guint join_inputs = 0; join_inputs < 2; join_inputs++)
    for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++) {
      g_auto (Matrix) first = matrix_new (rand, dtypes[i], N, K);
      g_auto (Matrix) second =
          matrix_new (rand, S2S_DTYPE_F16, join_inputs ? N : SECOND, join_inputs ? SECOND : K);
      const S2sTensor parts[] = {first.tensor, second.tensor};
      guint n = join_inputs ? N : N + SECOND, k = join_inputs ? K + SECOND : K;
      g_autofree float *joined = g_new (float, n *k), *x = floats_new (rand, N_ROWS * k);
      g_autofree float *row = g_new (float, k);
      g_autofree float *y = g_new (float, N_ROWS *n), *expected = g_new (float, N_ROWS *n);
      S2sTensor whole = {joined, S2S_DTYPE_F32, 2, {n, k, 1, 1}, NULL};
      g_auto (S2sPanels) from_parts, from_whole;
      g_auto (S2sPanelsScratch) scratch;

      for (gsize o = 0; o < n; o++)
        for (gsize j = 0; j < k; j++)
          joined[o * k + j] = o < N && j < K ? first.values[o * K + j]
                              : join_inputs  ? second.values[o * SECOND + j - K]
                                             : second.values[(o - N) * K + j];

      s2s_panels_init (&from_parts, parts, 2, join_inputs);
      s2s_panels_init (&from_whole, &whole, 1, FALSE);
      s2s_panels_scratch_init (&scratch, k);
      g_assert_cmpuint (from_parts.n_outputs, ==, n);
      g_assert_cmpuint (from_parts.n_inputs, ==, k);
      g_assert_cmpint (from_parts.dtype, ==,
                       dtypes[i] == S2S_DTYPE_F16 ? S2S_DTYPE_F16 : S2S_DTYPE_F32);

      s2s_panels_multiply (&from_parts, kernels, &scratch, N_ROWS, x, k, NULL, FALSE, y, n);
      s2s_panels_multiply (&from_whole, kernels, &scratch, N_ROWS, x, k, NULL, FALSE, expected, n);
      g_assert_cmpmem (y, N_ROWS * n * sizeof (float), expected, N_ROWS * n * sizeof (float));

      for (guint o = 0; o < n; o++) {
        s2s_panels_get_row (&from_parts, o, row);
        g_assert_cmpmem (row, k * sizeof (float), joined + o * k, k * sizeof (float));
      }
    }
}

/* n outputs of w, some of them perhaps twice */
static gint32 *
outputs_new (GRand *rand, const S2sPanels *w, guint n)
{
  gint32 *outputs = g_new (gint32, n);

  for (guint i = 0; i < n; i++)
    outputs[i] = g_rand_int_range (rand, 0, (gint32)w->n_outputs);
  outputs[n - 1] = (gint32)w->n_outputs - 1;
  return outputs;
}

/* Gathers n outputs of w, and holds products with them to those of w in their bits. */
static void
check_gather (const S2sKernels *kernels, GRand *rand, const S2sPanels *w, S2sPanels *subset,
              guint n)
{
  static const guint n_rows[] = {1, 4, 33};
  gsize k = w->n_inputs, n_all = w->n_outputs, n_filled = (n + w->width - 1) / w->width * w->width;
  g_autofree gint32 *outputs = outputs_new (rand, w, n);
  g_autofree float *x = floats_new (rand, 33 * k), *bias = floats_new (rand, n_all);
  g_autofree float *row = g_new (float, k), *subset_bias = g_new (float, n);
  g_auto (S2sPanelsScratch) scratch;

  s2s_panels_scratch_init (&scratch, (guint)k);
  s2s_panels_gather (subset, w, outputs, n);
  g_assert_cmpuint (subset->n_outputs, ==, n);
  for (guint i = 0; i < n; i++)
    subset_bias[i] = bias[outputs[i]];

  for (guint i = 0; i < G_N_ELEMENTS (n_rows); i++) {
    g_autofree float *y = guarded_new (n_rows[i] * n_all), *got = guarded_new (n_rows[i] * n);

    s2s_panels_multiply (w, kernels, &scratch, n_rows[i], x, k, bias, FALSE, y, n_all);
    s2s_panels_multiply (subset, kernels, &scratch, n_rows[i], x, k, subset_bias, FALSE, got, n);
    for (gsize j = 0; j < n_rows[i] * n; j++)
      g_assert_cmpmem (&got[j], sizeof *got, &y[j / n * n_all + (gsize)outputs[j % n]], sizeof *y);
  }

  /* what is beside the last output in its panel, and may be of what was gathered before */
  for (gsize i = n; i < n_filled; i++) {
    s2s_panels_get_row (subset, (guint)i, row);
    for (gsize j = 0; j < k; j++)
      g_assert_true (row[j] == 0);
  }
}

static void
test_gather (gconstpointer kernels)
{
  static const guint sizes[] = {1, 3, 17, 253};
  g_autoptr (GRand) rand = g_rand_new_with_seed (17);

  for (guint i = 0; i < G_N_ELEMENTS (sizes) * G_N_ELEMENTS (sizes); i++)
    for (guint j = 0; j < G_N_ELEMENTS (dtypes); j++) {
      g_auto (Matrix) w = matrix_new (rand, dtypes[j], sizes[i / 4], sizes[i % 4]);
      g_auto (S2sPanels) panels, subset;

      s2s_panels_init (&panels, &w.tensor, 1, FALSE);
      s2s_panels_subset_init (&subset, &panels, 253);
      g_assert_cmpint (subset.dtype, ==, panels.dtype);
      g_assert_cmpuint (subset.n_outputs, ==, 0);
      for (guint n = G_N_ELEMENTS (sizes); n-- > 0;) /* more of them first */
        check_gather (kernels, rand, &panels, &subset, sizes[n]);
    }
}

/* Large panels lie on huge pages, which begin at multiples of 2 MB. */
static void
test_alignment (void)
{
  enum { LARGE = 768, SMALL = 10 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (16);
  g_auto (Matrix) large = matrix_new (rand, S2S_DTYPE_F32, LARGE, LARGE);
  g_auto (Matrix) small = matrix_new (rand, S2S_DTYPE_F32, SMALL, SMALL);
  g_auto (S2sPanels) large_panels, small_panels;

  s2s_panels_init (&large_panels, &large.tensor, 1, FALSE);
  s2s_panels_init (&small_panels, &small.tensor, 1, FALSE);
  g_assert_cmpuint (GPOINTER_TO_SIZE (large_panels.data) % (2 << 20), ==, 0);
  g_assert_cmpuint (GPOINTER_TO_SIZE (small_panels.data) % 64, ==, 0);
  g_assert_cmpuint (large_panels.n_bytes, >=, LARGE * LARGE * sizeof (float));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    GTestDataFunc test;
  } tests[] = {
      {"products", test_products}, {"widths", test_widths}, {"against-blis", test_against_blis},
      {"join", test_join},         {"gather", test_gather},
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/panels/alignment", test_alignment);
  for (const S2sKernels *const *row = s2s_kernels_list (); *row != NULL; row++) {
    for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
      g_autofree char *path = g_strdup_printf ("/panels/%s/%s", (*row)->name, tests[i].name);

      g_test_add_data_func (path, *row, tests[i].test);
    }
    if ((*row)->required != 0) {
      g_autofree char *path = g_strdup_printf ("/panels/%s/same-bits", (*row)->name);

      g_test_add_data_func (path, *row, test_same_bits);
    }
  }
  return g_test_run ();
}
