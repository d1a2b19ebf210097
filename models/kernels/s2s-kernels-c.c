/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/s2s-half.h"
#include "kernels/s2s-kernels-rows.h"
#include "kernels/s2s-polynomials.h"

#include <math.h>
#include <string.h>

/* The reference row: plain C that a compiler can vectorise, without a libm call in a loop. */

#define LANES 16 /* partial sums, so that a sum vectorises */
#define STRIP 8  /* columns of a panel that are summed at a time */

static inline float
poly4 (float x, const float c[5])
{
  return (((c[4] * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0];
}

static inline float
clamp (float x, float low, float high)
{
  x = x < low ? low : x;
  return x > high ? high : x;
}

static inline float
exp_float (float x)
{
  union {
    float value;
    guint32 bits;
  } n = {clamp (x, s2s_exp_min, s2s_exp_max) * s2s_exp_log2_e + s2s_exp_round};
  float whole = n.value - s2s_exp_round;
  float r = clamp (x, s2s_exp_min, s2s_exp_max) - whole * s2s_exp_ln_2_high;

  r -= whole * s2s_exp_ln_2_low;
  float y = r * r * poly4 (r, s2s_exp_q) + r + 1.0f;
  y *= s2s_float_from_bits ((n.bits << 23) + (127u << 23));
  return x < s2s_exp_min ? 0.0f : y;
}

static inline float
sigmoid_float (float x)
{
  return 1.0f / (1.0f + exp_float (-x));
}

static inline float
tanh_float (float x)
{
  x = clamp (x, -s2s_tanh_max, s2s_tanh_max);
  return clamp (x * poly4 (x * x, s2s_tanh_p) / poly4 (x * x, s2s_tanh_q), -1.0f, 1.0f);
}

/* y [n] = start + Σ_k x[k]·w[k][0…n), n at most STRIP */
static void
multiply_strip_f32 (guint n, guint width, guint k, const float *x, const float *w,
                    const float *start, float *y)
{
  float sums[STRIP] = {0};

  if (n == STRIP)
    for (gsize i = 0; i < k; i++)
      for (guint j = 0; j < STRIP; j++)
        sums[j] += x[i] * w[i * width + j];
  else
    for (gsize i = 0; i < k; i++)
      for (guint j = 0; j < n; j++)
        sums[j] += x[i] * w[i * width + j];

  for (guint j = 0; j < n; j++)
    y[j] = start[j] + sums[j];
}

static void
multiply_strip_f16 (guint n, guint width, guint k, const float *x, const guint16 *w,
                    const float *start, float *y)
{
  float sums[STRIP] = {0};

  if (n == STRIP)
    for (gsize i = 0; i < k; i++)
      for (guint j = 0; j < STRIP; j++)
        sums[j] += x[i] * s2s_float_from_half (w[i * width + j]);
  else
    for (gsize i = 0; i < k; i++)
      for (guint j = 0; j < n; j++)
        sums[j] += x[i] * s2s_float_from_half (w[i * width + j]);

  for (guint j = 0; j < n; j++)
    y[j] = start[j] + sums[j];
}

static void
panels_f32 (guint n_rows, guint n_panels, guint width, guint k, const float *x, gsize x_stride,
            const float *panels, const float *bias, float *y, gsize y_stride)
{
  for (gsize p = 0; p < n_panels; p++)
    for (gsize r = 0; r < n_rows; r++)
      for (gsize j = 0; j < width; j += STRIP) {
        float *to = y + r * y_stride + p * width + j;

        multiply_strip_f32 (MIN (STRIP, width - j), width, k, x + r * x_stride,
                            panels + p * k * width + j, bias != NULL ? bias + p * width + j : to,
                            to);
      }
}

static void
panels_f16 (guint n_rows, guint n_panels, guint width, guint k, const float *x, gsize x_stride,
            const guint16 *panels, const float *bias, float *y, gsize y_stride)
{
  for (gsize p = 0; p < n_panels; p++)
    for (gsize r = 0; r < n_rows; r++)
      for (gsize j = 0; j < width; j += STRIP) {
        float *to = y + r * y_stride + p * width + j;

        multiply_strip_f16 (MIN (STRIP, width - j), width, k, x + r * x_stride,
                            panels + p * k * width + j, bias != NULL ? bias + p * width + j : to,
                            to);
      }
}

static void
f16_to_f32 (gsize n, const guint16 *x, float *y)
{
  for (gsize i = 0; i < n; i++)
    y[i] = s2s_float_from_half (x[i]);
}

static void
quantize (gsize n, const float *x, gint8 *ret_x, S2sInt8Row *ret_row)
{
  guint32 max = 0;

  for (gsize i = 0; i < n; i++) {
    guint32 bits = s2s_bits_from_float (x[i]) & 0x7fffffff;

    max = MAX (max, bits);
  }

  float factor = s2s_int8_get_factor (max, ret_row);
  memset (ret_x, 0, s2s_int8_round_up (n));
  if (factor == 0)
    return;
  for (gsize i = 0; i < n; i++) {
    /* the number beside which no fraction has a bit, so that the integer is in the lowest */
    float shifted = x[i] * factor + 0x1.8p23f;

    ret_x[i] = (gint8)s2s_bits_from_float (shifted);
    ret_row->sum += ret_x[i];
  }
}

/* sums [S2S_INT8_WIDTH] = Σ_i x[i]·w[i / 4][…][i % 4] */
static void
sum_panel_i8 (gsize k, const gint8 *x, const gint8 *w, gint32 *sums)
{
  memset (sums, 0, S2S_INT8_WIDTH * sizeof *sums);
  for (gsize i = 0; i < k; i += S2S_INT8_GROUP, w += S2S_INT8_WIDTH * S2S_INT8_GROUP)
    for (guint j = 0; j < S2S_INT8_WIDTH; j++)
      for (guint b = 0; b < S2S_INT8_GROUP; b++)
        sums[j] += x[i + b] * w[j * S2S_INT8_GROUP + b];
}

static void
panels_i8 (guint n_rows, gsize n, gsize k, const gint8 *x, const S2sInt8Row *rows,
           const gint8 *panels, const float *scales, const float *bias, float *y, gsize y_stride)
{
  gint32 sums[S2S_INT8_WIDTH];

  for (gsize o = 0; o < n; o += S2S_INT8_WIDTH, panels += k * S2S_INT8_WIDTH)
    for (gsize r = 0; r < n_rows; r++) {
      sum_panel_i8 (k, x + r * k, panels, sums);
      for (gsize j = 0; j < MIN (S2S_INT8_WIDTH, n - o); j++) {
        float *to = y + r * y_stride + o + j;

        *to = (bias != NULL ? bias[o + j] : *to) + (float)sums[j] * rows[r].scale * scales[o + j];
      }
    }
}

static float
add_lanes (const float sums[LANES])
{
  float sum = 0;

  for (guint j = 0; j < LANES; j++)
    sum += sums[j];
  return sum;
}

static float
dot (gsize n, const float *x, const float *y)
{
  float sums[LANES] = {0};
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    for (guint j = 0; j < LANES; j++)
      sums[j] += x[i + j] * y[i + j];
  for (guint j = 0; i < n; i++, j++)
    sums[j] += x[i] * y[i];
  return add_lanes (sums);
}

static void
axpy (gsize n, float a, const float *x, float *y)
{
  for (gsize i = 0; i < n; i++)
    y[i] += a * x[i];
}

static void
add (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i++)
    y[i] += x[i];
}

static void
dots (gsize n, float a, const float *x, const S2sRows *rows, float *y)
{
  for (guint j = 0; j < rows->n; j++)
    y[j] = a * dot (n, x, s2s_rows_get (rows, j));
}

static void
mix (gsize n, const float *a, const S2sRows *rows, float *y)
{
  memset (y, 0, n * sizeof (float));
  for (guint j = 0; j < rows->n; j++)
    axpy (n, a[j], s2s_rows_get (rows, j), y);
}

static void
apply_tanh (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i++)
    y[i] = tanh_float (x[i]);
}

static void
apply_sigmoid (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i++)
    y[i] = sigmoid_float (x[i]);
}

static float
additive_score (gsize n, const float *q, const float *k, const float *v)
{
  float sums[LANES] = {0};
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    for (guint j = 0; j < LANES; j++)
      sums[j] += v[i + j] * tanh_float (q[i + j] + k[i + j]);
  for (guint j = 0; i < n; i++, j++)
    sums[j] += v[i] * tanh_float (q[i] + k[i]);
  return add_lanes (sums);
}

static float
max_value (gsize n, const float *x)
{
  float max = -INFINITY;

  for (gsize i = 0; i < n; i++)
    max = x[i] > max ? x[i] : max;
  return max;
}

static void
softmax (gsize n, const float *x, float *y)
{
  float max = max_value (n, x);
  float sums[LANES] = {0};

  for (gsize i = 0; i < n; i++)
    y[i] = exp_float (x[i] - max);
  for (gsize i = 0; i < n; i++)
    sums[i % LANES] += y[i];

  float scale = 1.0f / add_lanes (sums);
  for (gsize i = 0; i < n; i++)
    y[i] *= scale;
}

static float
log_sum_exp (gsize n, const float *x)
{
  float max = max_value (n, x);
  float sums[LANES] = {0};
  gsize i = 0;

  if (isinf (max))
    return max;

  for (; i + LANES <= n; i += LANES)
    for (guint j = 0; j < LANES; j++)
      sums[j] += exp_float (x[i + j] - max);
  for (guint j = 0; i < n; i++, j++)
    sums[j] += exp_float (x[i] - max);
  return max + logf (add_lanes (sums));
}

static float
sum_values (gsize n, const float *x)
{
  float sums[LANES] = {0};
  gsize i = 0;

  for (; i + LANES <= n; i += LANES)
    for (guint j = 0; j < LANES; j++)
      sums[j] += x[i + j];
  for (guint j = 0; i < n; i++, j++)
    sums[j] += x[i];
  return add_lanes (sums);
}

static void
layer_norm (gsize n, const float *x, const float *weight, const float *bias, float epsilon,
            float *y)
{
  float mean = sum_values (n, x) / (float)n;

  for (gsize i = 0; i < n; i++)
    y[i] = x[i] - mean;

  float scale = 1.0f / sqrtf (dot (n, y, y) / (float)n + epsilon);
  for (gsize i = 0; i < n; i++)
    y[i] = y[i] * scale * weight[i] + bias[i];
}

/* Comparisons are such that NaN goes through. */
static void
relu (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i++)
    y[i] = x[i] < 0 ? 0 : x[i];
}

static float
gelu_float (float x)
{
  float size = clamp (x < 0 ? -x : x, 0, s2s_gelu_max);
  float t = 1.0f / (1.0f + s2s_gelu_p * size);
  float tail = s2s_gelu_c[S2S_GELU_DEGREE];

  for (guint i = S2S_GELU_DEGREE; i-- > 0;)
    tail = tail * t + s2s_gelu_c[i];
  tail = tail * t * exp_float (-0.5f * size * size);
  return (x < 0 ? 0 : x) - size * tail;
}

static void
gelu (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i++)
    y[i] = gelu_float (x[i]);
}

static void
swish (gsize n, const float *x, float *y)
{
  for (gsize i = 0; i < n; i++)
    y[i] = (x[i] < s2s_swish_min ? s2s_swish_min : x[i]) * sigmoid_float (x[i]);
}

static void
lstm (gsize n, const float *gates, float *c, float *h)
{
  const float *input = gates, *forget = gates + n, *cell = gates + 2 * n, *output = gates + 3 * n;

  for (gsize i = 0; i < n; i++) {
    c[i] = sigmoid_float (forget[i]) * c[i] + sigmoid_float (input[i]) * tanh_float (cell[i]);
    h[i] = sigmoid_float (output[i]) * tanh_float (c[i]);
  }
}

static void
gru (gsize n, const float *a, const float *r, float *h)
{
  for (gsize i = 0; i < n; i++) {
    float reset = sigmoid_float (a[i] + r[i]);
    float update = sigmoid_float (a[n + i] + r[n + i]);
    float candidate = tanh_float (a[2 * n + i] + reset * r[2 * n + i]);

    h[i] = candidate + update * (h[i] - candidate);
  }
}

static void
gru_reset (gsize n, float *a, const float *r, const float *h, float *rh)
{
  for (gsize i = 0; i < n; i++) {
    a[i] = sigmoid_float (a[i] + r[i]);
    a[n + i] = sigmoid_float (a[n + i] + r[n + i]);
    rh[i] = a[i] * h[i];
  }
}

static void
gru_update (gsize n, const float *z, const float *pre_n, float *h)
{
  for (gsize i = 0; i < n; i++) {
    float candidate = tanh_float (pre_n[i]);

    h[i] = candidate + z[i] * (h[i] - candidate);
  }
}

const S2sKernels s2s_kernels_c = {
    .name = "c",
    .lanes = 1,
    .few_rows = 2,
    .panels_f32 = panels_f32,
    .panels_f16 = panels_f16,
    .f16_to_f32 = f16_to_f32,
    .quantize = quantize,
    .panels_i8 = panels_i8,
    .dot = dot,
    .axpy = axpy,
    .add = add,
    .dots = dots,
    .mix = mix,
    .tanh = apply_tanh,
    .sigmoid = apply_sigmoid,
    .additive_score = additive_score,
    .softmax = softmax,
    .log_sum_exp = log_sum_exp,
    .layer_norm = layer_norm,
    .relu = relu,
    .gelu = gelu,
    .swish = swish,
    .lstm = lstm,
    .gru = gru,
    .gru_reset = gru_reset,
    .gru_update = gru_update,
};
