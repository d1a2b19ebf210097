/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kernels/s2s-kernels-rows.h"
#include "kernels/s2s-polynomials.h"

#include <math.h>

/* The kernels over vectors of floats, written once for all instruction sets. A file
 * s2s-kernels-<isa>.c includes this after it has defined
 *
 *   Vector                a vector of LANES floats
 *   STRIPS_1 … STRIPS_8   vectors of a panel that are summed at a time with 1 … 8 rows: enough sums
 *                         under way to hide the latency, few enough for the registers
 *   v_set (a)             a in all lanes
 *   v_load (x), v_store (y, v)                          unaligned
 *   v_load_first (n, x, rest), v_store_first (n, y, v)  the first n < LANES lanes; the rest of a
 *                                                       load is `rest`
 *   v_load_half (x)       LANES halves, widened
 *   v_add, v_sub, v_mul, v_div, v_max, v_min (a, b)     max and min give b where one is NaN
 *   v_fma (a, b, c)       a·b + c, rounded once
 *   v_power_of_2 (v)      2 to the number in the lowest 9 bits of v, taken as an integer
 *   v_zero_below (x, limit, v)                          v, but 0 where x < limit
 *   v_sum (v), v_max_lane (v)                           over the lanes
 *
 * The rest of an array that fills no vector goes through the same operations, so that an element
 * has the same bits wherever it stands. */

#define MAX_ROWS 8
#define MAX_STRIPS 8

/* With more rows, the strips pass in blocks that stay in the second-level cache from one group of
 * rows to the next. A multiple of all STRIPS_n. */
#define BLOCK_STRIPS 24

/* How far ahead of a strip its weights are asked for, in bytes. Beyond the end it does nothing.
 * Measured: of a single row eight strips are eight streams through memory, and with half a kilobyte
 * each they stay in the first-level cache from the request to the use. A page ahead is a fifth to a
 * third slower. */
#define AHEAD 512

/* Sums over an array are made in this many vectors. */
#define N_SUMS 4

static inline Vector
poly4 (Vector x, const float c[5])
{
  Vector y = v_fma (v_set (c[4]), x, v_set (c[3]));

  y = v_fma (y, x, v_set (c[2]));
  y = v_fma (y, x, v_set (c[1]));
  return v_fma (y, x, v_set (c[0]));
}

static inline Vector
v_clamp (Vector x, float low, float high)
{
  return v_min (v_set (high), v_max (v_set (low), x));
}

static inline Vector
v_exp (Vector x)
{
  Vector kept = v_clamp (x, s2s_exp_min, s2s_exp_max);
  Vector shifted = v_fma (kept, v_set (s2s_exp_log2_e), v_set (s2s_exp_round));
  Vector n = v_sub (shifted, v_set (s2s_exp_round));
  Vector r = v_fma (n, v_set (-s2s_exp_ln_2_high), kept);

  r = v_fma (n, v_set (-s2s_exp_ln_2_low), r);
  Vector y = v_fma (v_mul (r, r), poly4 (r, s2s_exp_q), r);
  y = v_mul (v_add (y, v_set (1.0f)), v_power_of_2 (shifted));
  return v_zero_below (x, s2s_exp_min, y);
}

static inline Vector
v_sigmoid (Vector x)
{
  Vector e = v_exp (v_sub (v_set (0.0f), x));

  return v_div (v_set (1.0f), v_add (v_set (1.0f), e));
}

static inline Vector
v_tanh (Vector x)
{
  Vector kept = v_clamp (x, -s2s_tanh_max, s2s_tanh_max);
  Vector square = v_mul (kept, kept);
  Vector y = v_div (v_mul (kept, poly4 (square, s2s_tanh_p)), poly4 (square, s2s_tanh_q));

  return v_clamp (y, -1.0f, 1.0f);
}

/* A panel product, over panels of f32 or f16. */
typedef struct {
  guint n_strips; /* vectors side by side in all panels */
  guint width;
  guint k;
  gsize x_stride;
  gconstpointer panels;
  const float *bias;
  gsize y_stride;
} Product;

/* One tile: n_rows rows and n_strips strips from `strip` on. Both are constants in each call, so
 * that the sums stay in registers; half is one, so that the loop has no branch. The strips may lie
 * in several panels: each is a stream of its own through memory. */
static G_ALWAYS_INLINE inline void
multiply_tile (const Product *self, const float *x, float *y, guint strip, guint n_rows,
               guint n_strips, gboolean half)
{
  gsize in_panel = self->width / LANES, size = half ? sizeof (guint16) : sizeof (float);
  gsize step = self->width * size;
  const guint8 *weights[MAX_STRIPS];
  Vector sums[MAX_STRIPS][MAX_ROWS];

  for (guint s = 0; s < n_strips; s++) {
    gsize panel = (strip + s) / in_panel, column = (strip + s) % in_panel * LANES;

    weights[s] = (const guint8 *)self->panels + panel * self->k * step + column * size;
    for (guint r = 0; r < n_rows; r++)
      sums[s][r] = v_set (0.0f);
  }

  for (gsize i = 0; i < self->k; i++)
    for (guint s = 0; s < n_strips; s++) {
      const guint8 *at = weights[s] + i * step;
      Vector w = half ? v_load_half (at) : v_load ((gconstpointer)at);

      /* several rows of floats leave the processor time to do it by itself, and asking only costs
       */
      if (half || n_rows == 1)
        __builtin_prefetch (at + AHEAD);
      for (guint r = 0; r < n_rows; r++)
        sums[s][r] = v_fma (v_set (x[r * self->x_stride + i]), w, sums[s][r]);
    }

  for (guint s = 0; s < n_strips; s++)
    for (guint r = 0; r < n_rows; r++) {
      gsize output = (gsize)(strip + s) * LANES;
      float *to = y + r * self->y_stride + output;

      v_store (to, v_add (v_load (self->bias != NULL ? self->bias + output : to), sums[s][r]));
    }
}

/* n_rows rows with the strips from first on, n_strips at a time */
static G_ALWAYS_INLINE inline void
multiply_rows (const Product *self, const float *x, float *y, guint first, guint n_rows,
               guint n_strips, gboolean half)
{
  guint strip = first, end = MIN (first + BLOCK_STRIPS, self->n_strips);

  for (; strip + n_strips <= end; strip += n_strips)
    multiply_tile (self, x, y, strip, n_rows, n_strips, half);
  for (; strip < end; strip++)
    multiply_tile (self, x, y, strip, n_rows, 1, half);
}

static G_ALWAYS_INLINE inline void
multiply_group (const Product *self, const float *x, float *y, guint first, guint n_rows,
                gboolean half)
{
  switch (n_rows) {
  case 1:
    return multiply_rows (self, x, y, first, 1, STRIPS_1, half);
  case 2:
    return multiply_rows (self, x, y, first, 2, STRIPS_2, half);
  case 3:
    return multiply_rows (self, x, y, first, 3, STRIPS_3, half);
  case 4:
    return multiply_rows (self, x, y, first, 4, STRIPS_4, half);
  case 5:
    return multiply_rows (self, x, y, first, 5, STRIPS_5, half);
  case 6:
    return multiply_rows (self, x, y, first, 6, STRIPS_6, half);
  case 7:
    return multiply_rows (self, x, y, first, 7, STRIPS_7, half);
  default:
    return multiply_rows (self, x, y, first, MAX_ROWS, STRIPS_8, half);
  }
}

static G_ALWAYS_INLINE inline void
multiply (const Product *self, guint n_rows, const float *x, float *y, gboolean half)
{
  for (guint first = 0; first < self->n_strips; first += BLOCK_STRIPS)
    for (gsize r = 0; r < n_rows; r += MAX_ROWS)
      multiply_group (self, x + r * self->x_stride, y + r * self->y_stride, first, n_rows - r,
                      half);
}

static void
panels_f32 (guint n_rows, guint n_panels, guint width, guint k, const float *x, gsize x_stride,
            const float *panels, const float *bias, float *y, gsize y_stride)
{
  Product product = {n_panels * (width / LANES), width, k, x_stride, panels, bias, y_stride};

  if (width % LANES == 0)
    multiply (&product, n_rows, x, y, FALSE);
  else
    s2s_kernels_c.panels_f32 (n_rows, n_panels, width, k, x, x_stride, panels, bias, y, y_stride);
}

static void
panels_f16 (guint n_rows, guint n_panels, guint width, guint k, const float *x, gsize x_stride,
            const guint16 *panels, const float *bias, float *y, gsize y_stride)
{
  Product product = {n_panels * (width / LANES), width, k, x_stride, panels, bias, y_stride};

  if (width % LANES == 0)
    multiply (&product, n_rows, x, y, TRUE);
  else
    s2s_kernels_c.panels_f16 (n_rows, n_panels, width, k, x, x_stride, panels, bias, y, y_stride);
}

static void
f16_to_f32 (gsize n, const guint16 *x, float *y)
{
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    v_store (y + i, v_load_half (x + i));
  s2s_kernels_c.f16_to_f32 (n - i, x + i, y + i);
}

/* The next vector of x, whole or not */
static inline Vector
v_load_next (gsize n, gsize i, const float *x, float rest)
{
  return i + LANES <= n ? v_load (x + i) : v_load_first (n - i, x + i, rest);
}

static inline void
v_store_next (gsize n, gsize i, float *y, Vector v)
{
  if (i + LANES <= n)
    v_store (y + i, v);
  else
    v_store_first (n - i, y + i, v);
}

static inline float
add_sums (const Vector sums[N_SUMS])
{
  return v_sum (v_add (v_add (sums[0], sums[1]), v_add (sums[2], sums[3])));
}

static float
dot (gsize n, const float *x, const float *y)
{
  Vector sums[N_SUMS] = {v_set (0.0f), v_set (0.0f), v_set (0.0f), v_set (0.0f)};
  gsize i = 0;

  for (; i + N_SUMS * LANES <= n; i += N_SUMS * LANES)
    for (guint j = 0; j < N_SUMS; j++)
      sums[j] = v_fma (v_load (x + i + j * LANES), v_load (y + i + j * LANES), sums[j]);
  for (; i < n; i += LANES)
    sums[0] = v_fma (v_load_next (n, i, x, 0.0f), v_load_next (n, i, y, 0.0f), sums[0]);
  return add_sums (sums);
}

static void
axpy (gsize n, float a, const float *x, float *y)
{
  for (gsize i = 0; i < n; i += LANES)
    v_store_next (n, i, y,
                  v_fma (v_set (a), v_load_next (n, i, x, 0.0f), v_load_next (n, i, y, 0.0f)));
}

static void
add (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i += LANES)
    v_store_next (n, i, y, v_add (v_load_next (n, i, y, 0.0f), v_load_next (n, i, x, 0.0f)));
}

static void
dots (gsize n, float a, const float *x, const S2sRows *rows, float *y)
{
  for (guint j = 0; j < rows->n; j++)
    y[j] = a * dot (n, x, s2s_rows_get (rows, j));
}

/* The sums stay in registers from row to row. */
static void
mix (gsize n, const float *a, const S2sRows *rows, float *y)
{
  gsize i = 0;

  for (; i + N_SUMS * LANES <= n; i += N_SUMS * LANES) {
    Vector sums[N_SUMS] = {v_set (0.0f), v_set (0.0f), v_set (0.0f), v_set (0.0f)};

    for (guint j = 0; j < rows->n; j++)
      for (guint s = 0; s < N_SUMS; s++)
        sums[s] = v_fma (v_set (a[j]), v_load (s2s_rows_get (rows, j) + i + s * LANES), sums[s]);
    for (guint s = 0; s < N_SUMS; s++)
      v_store (y + i + s * LANES, sums[s]);
  }
  for (; i < n; i += LANES) {
    Vector sum = v_set (0.0f);

    for (guint j = 0; j < rows->n; j++)
      sum = v_fma (v_set (a[j]), v_load_next (n, i, s2s_rows_get (rows, j), 0.0f), sum);
    v_store_next (n, i, y, sum);
  }
}

static void
apply_tanh (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i += LANES)
    v_store_next (n, i, y, v_tanh (v_load_next (n, i, x, 0.0f)));
}

static void
apply_sigmoid (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i += LANES)
    v_store_next (n, i, y, v_sigmoid (v_load_next (n, i, x, 0.0f)));
}

static float
additive_score (gsize n, const float *q, const float *k, const float *v)
{
  Vector sum = v_set (0.0f);

  for (gsize i = 0; i < n; i += LANES) {
    Vector t = v_tanh (v_add (v_load_next (n, i, q, 0.0f), v_load_next (n, i, k, 0.0f)));

    sum = v_fma (v_load_next (n, i, v, 0.0f), t, sum);
  }
  return v_sum (sum);
}

static float
max_value (gsize n, const float *x)
{
  Vector max[N_SUMS] = {v_set (-INFINITY), v_set (-INFINITY), v_set (-INFINITY), v_set (-INFINITY)};
  gsize i = 0;

  for (; i + N_SUMS * LANES <= n; i += N_SUMS * LANES)
    for (guint j = 0; j < N_SUMS; j++)
      max[j] = v_max (v_load (x + i + j * LANES), max[j]);
  for (; i < n; i += LANES)
    max[0] = v_max (v_load_next (n, i, x, -INFINITY), max[0]);
  return v_max_lane (v_max (v_max (max[0], max[1]), v_max (max[2], max[3])));
}

static void
softmax (gsize n, const float *x, float *y)
{
  Vector max = v_set (max_value (n, x)), sum = v_set (0.0f);

  for (gsize i = 0; i < n; i += LANES) {
    Vector e = v_exp (v_sub (v_load_next (n, i, x, -INFINITY), max));

    v_store_next (n, i, y, e);
    sum = v_add (sum, e);
  }

  Vector scale = v_set (1.0f / v_sum (sum));
  for (gsize i = 0; i < n; i += LANES)
    v_store_next (n, i, y, v_mul (v_load_next (n, i, y, 0.0f), scale));
}

static float
log_sum_exp (gsize n, const float *x)
{
  Vector sums[N_SUMS] = {v_set (0.0f), v_set (0.0f), v_set (0.0f), v_set (0.0f)};
  float top = max_value (n, x);
  gsize i = 0;

  if (isinf (top))
    return top;

  Vector max = v_set (top);
  for (; i + N_SUMS * LANES <= n; i += N_SUMS * LANES)
    for (guint j = 0; j < N_SUMS; j++)
      sums[j] = v_add (sums[j], v_exp (v_sub (v_load (x + i + j * LANES), max)));
  for (; i < n; i += LANES)
    sums[0] = v_add (sums[0], v_exp (v_sub (v_load_next (n, i, x, -INFINITY), max)));
  return top + logf (add_sums (sums));
}

static Vector
sum_values (gsize n, const float *x)
{
  Vector sums[N_SUMS] = {v_set (0.0f), v_set (0.0f), v_set (0.0f), v_set (0.0f)};
  gsize i = 0;

  for (; i + N_SUMS * LANES <= n; i += N_SUMS * LANES)
    for (guint j = 0; j < N_SUMS; j++)
      sums[j] = v_add (sums[j], v_load (x + i + j * LANES));
  for (; i < n; i += LANES)
    sums[0] = v_add (sums[0], v_load_next (n, i, x, 0.0f));
  return v_set (add_sums (sums));
}

static void
layer_norm (gsize n, const float *x, const float *weight, const float *bias, float epsilon,
            float *y)
{
  Vector mean = v_div (sum_values (n, x), v_set ((float)n));

  for (gsize i = 0; i < n; i += LANES)
    v_store_next (n, i, y, v_sub (v_load_next (n, i, x, 0.0f), mean));

  Vector scale = v_set (1.0f / sqrtf (dot (n, y, y) / (float)n + epsilon));
  for (gsize i = 0; i < n; i += LANES) {
    Vector normal = v_mul (v_load_next (n, i, y, 0.0f), scale);

    v_store_next (n, i, y,
                  v_fma (normal, v_load_next (n, i, weight, 0.0f), v_load_next (n, i, bias, 0.0f)));
  }
}

static void
relu (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i += LANES)
    v_store_next (n, i, y, v_max (v_set (0.0f), v_load_next (n, i, x, 0.0f)));
}

static inline Vector
v_gelu (Vector x)
{
  Vector zero = v_set (0.0f);
  Vector size = v_min (v_set (s2s_gelu_max), v_max (v_sub (zero, x), x));
  Vector t = v_div (v_set (1.0f), v_fma (v_set (s2s_gelu_p), size, v_set (1.0f)));
  Vector tail = v_set (s2s_gelu_c[S2S_GELU_DEGREE]);

  for (guint i = S2S_GELU_DEGREE; i-- > 0;)
    tail = v_fma (tail, t, v_set (s2s_gelu_c[i]));
  tail = v_mul (v_mul (tail, t), v_exp (v_mul (v_mul (v_set (-0.5f), size), size)));
  return v_sub (v_max (zero, x), v_mul (size, tail));
}

static void
gelu (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i += LANES)
    v_store_next (n, i, y, v_gelu (v_load_next (n, i, x, 0.0f)));
}

static void
swish (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i += LANES) {
    Vector v = v_load_next (n, i, x, 0.0f);

    v_store_next (n, i, y, v_mul (v_max (v_set (s2s_swish_min), v), v_sigmoid (v)));
  }
}

static void
lstm (gsize n, const float *gates, float *c, float *h)
{
  for (gsize i = 0; i < n; i += LANES) {
    Vector input = v_sigmoid (v_load_next (n, i, gates, 0.0f));
    Vector forget = v_sigmoid (v_load_next (n, i, gates + n, 0.0f));
    Vector cell = v_tanh (v_load_next (n, i, gates + 2 * n, 0.0f));
    Vector output = v_sigmoid (v_load_next (n, i, gates + 3 * n, 0.0f));
    Vector kept = v_fma (forget, v_load_next (n, i, c, 0.0f), v_mul (input, cell));

    v_store_next (n, i, c, kept);
    v_store_next (n, i, h, v_mul (output, v_tanh (kept)));
  }
}

/* (1−z)·n + z·h with one rounding less: n + z·(h − n) */
static inline Vector
v_mix (Vector update, Vector candidate, Vector h)
{
  return v_fma (update, v_sub (h, candidate), candidate);
}

static void
gru (gsize n, const float *a, const float *r, float *h)
{
  const float *a_n = a + 2 * n, *r_n = r + 2 * n;

  for (gsize i = 0; i < n; i += LANES) {
    Vector reset = v_sigmoid (v_add (v_load_next (n, i, a, 0.0f), v_load_next (n, i, r, 0.0f)));
    Vector update =
        v_sigmoid (v_add (v_load_next (n, i, a + n, 0.0f), v_load_next (n, i, r + n, 0.0f)));
    Vector candidate =
        v_tanh (v_fma (reset, v_load_next (n, i, r_n, 0.0f), v_load_next (n, i, a_n, 0.0f)));

    v_store_next (n, i, h, v_mix (update, candidate, v_load_next (n, i, h, 0.0f)));
  }
}

static void
gru_reset (gsize n, float *a, const float *r, const float *h, float *rh)
{
  for (gsize i = 0; i < n; i += LANES) {
    Vector reset = v_sigmoid (v_add (v_load_next (n, i, a, 0.0f), v_load_next (n, i, r, 0.0f)));
    Vector update =
        v_sigmoid (v_add (v_load_next (n, i, a + n, 0.0f), v_load_next (n, i, r + n, 0.0f)));

    v_store_next (n, i, a, reset);
    v_store_next (n, i, a + n, update);
    v_store_next (n, i, rh, v_mul (reset, v_load_next (n, i, h, 0.0f)));
  }
}

static void
gru_update (gsize n, const float *z, const float *pre_n, float *h)
{
  for (gsize i = 0; i < n; i += LANES) {
    Vector candidate = v_tanh (v_load_next (n, i, pre_n, 0.0f));

    v_store_next (n, i, h,
                  v_mix (v_load_next (n, i, z, 0.0f), candidate, v_load_next (n, i, h, 0.0f)));
  }
}
