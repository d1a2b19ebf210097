/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kernels/s2s-int8.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sRows:
 * @stride: floats from one row to the next
 * @entries: (nullable): the places of the rows, which are 0, 1, 2 … when it is %NULL
 *
 * Rows of floats, wherever they lie.
 */
typedef struct {
  guint n;
  const float *values;
  gsize stride;
  const guint *entries;
} S2sRows;

static inline const float *
s2s_rows_get (const S2sRows *self, guint j)
{
  return self->values + (self->entries != NULL ? self->entries[j] : j) * self->stride;
}

/**
 * S2sKernels:
 * @name: instruction set, as `c`, `avx2`, `avx512`: in logs and benchmarks
 *
 * The vector operations of one instruction set. A row of a const table, best first;
 * s2s_kernels_get() gives the first that the processor can run. n may be any number, 0 too;
 * pointers need no alignment; x and y may be the same array, but must not overlap otherwise. The
 * `c` row is the reference of the others.
 *
 * Sums run in an order that depends on n alone, so that the same operands give the same bits
 * wherever they lie.
 */
typedef struct {
  const char *name;
  guint required; /* S2sCpuFlags */
  guint lanes;    /* floats in a vector */
  guint few_rows; /* up to so many rows the panel product is no slower than BLIS's micro-kernel */

  /* Panel product: y[r][o] = bias[o] + Σ_k x[r][k]·panel_p[k][j], o = p·width + j, or where bias is
   * NULL y[r][o] += the sum; see s2s-panels.h. All panels are full. */
  void (*panels_f32) (guint n_rows, guint n_panels, guint width, guint k, const float *x,
                      gsize x_stride, const float *panels, const float *bias, float *y,
                      gsize y_stride);
  void (*panels_f16) (guint n_rows, guint n_panels, guint width, guint k, const float *x,
                      gsize x_stride, const guint16 *panels, const float *bias, float *y,
                      gsize y_stride);
  void (*f16_to_f32) (gsize n, const guint16 *x, float *y);

  /* ret_x [n, and zeros up to a multiple of S2S_INT8_GROUP]: x in units of its greatest |x| / 127,
   * rounded to the nearest. All is 0 where that is too small for a number, and the scale is NaN
   * where an x is not finite, so that NaN comes out. */
  void (*quantize) (gsize n, const float *x, gint8 *ret_x, S2sInt8Row *ret_row);

  /* Panel product of int8: y[r][o] = bias[o] + (float)(Σ_i x[r][i]·w[o][i]) · rows[r].scale ·
   * scales[o], or += as above, the sum in integers. panels [n / 16][k / 4][16][4]: w[o][i] lies at
   * [o / 16][i / 4][o % 16][i % 4]. x [n_rows][k], k a multiple of 4 of at most 2¹⁶. All rows of
   * the table give the same bits. */
  void (*panels_i8) (guint n_rows, gsize n, gsize k, const gint8 *x, const S2sInt8Row *rows,
                     const gint8 *panels, const float *scales, const float *bias, float *y,
                     gsize y_stride);

  float (*dot) (gsize n, const float *x, const float *y);    /* Σ x·y */
  void (*axpy) (gsize n, float a, const float *x, float *y); /* y += a·x */
  void (*add) (gsize n, const float *x, float *y);           /* y += x */
  /* Attention, to the n first values of each row. dots: y[j] = a·Σ_i x[i]·row_j[i]; mix: y[i] = Σ_j
   * a[j]·row_j[i], in the order of the rows */
  void (*dots) (gsize n, float a, const float *x, const S2sRows *rows, float *y);
  void (*mix) (gsize n, const float *a, const S2sRows *rows, float *y);
  void (*tanh) (gsize n, const float *x, float *y);
  void (*sigmoid) (gsize n, const float *x, float *y);
  float (*additive_score) (gsize n, const float *q, const float *k,
                           const float *v);            /* Σ v·tanh (q + k) */
  void (*softmax) (gsize n, const float *x, float *y); /* y = exp (x − max) / Σ */
  float (*log_sum_exp) (gsize n, const float *x);      /* log Σ exp (x), −inf entries allowed */

  /* Of Transformers. layer_norm: y = (x − μ) / √(σ² + ε)·w + b over the n values, σ² without
   * Bessel's correction (Ba et al. 2016); gelu: x·Φ(x), by the error function (Hendrycks and Gimpel
   * 2016); swish: x·σ(x) (Ramachandran et al. 2017). */
  void (*layer_norm) (gsize n, const float *x, const float *weight, const float *bias,
                      float epsilon, float *y);
  void (*relu) (gsize n, const float *x, float *y);
  void (*gelu) (gsize n, const float *x, float *y);
  void (*swish) (gsize n, const float *x, float *y);

  /* One step of a cell from the pre-activations, gates in the order of docs/model-format.md. c and
   * h in place. lstm: gates [4n], already a + r. gru: a [3n] and r [3n] apart. gru_reset: r ← σ(a_r
   * + r_r), z ← σ(a_z + r_z) in place in a, and rh ← r⊙h; gru_update: h ← (1−z)⊙tanh(n) + z⊙h. */
  void (*lstm) (gsize n, const float *gates, float *c, float *h);
  void (*gru) (gsize n, const float *a, const float *r, float *h);
  void (*gru_reset) (gsize n, float *a, const float *r, const float *h, float *rh);
  void (*gru_update) (gsize n, const float *z, const float *pre_n, float *h);
} S2sKernels;

/* The best row for this processor; the environment variable S2S_CPU may name a lesser one. name
 * limits the choice to that row, for tests; NULL when there is no such row here. */
const S2sKernels *s2s_kernels_get (const char *name);

/* All rows, best first, that this processor can run; NULL-terminated. */
const S2sKernels *const *s2s_kernels_list (void);

G_END_DECLS
