/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "s2s-test-weights.h"

#include <math.h>

/* The formulas of docs/model-format.md in plain loops and double precision. */

/* y [n_outputs] = x [n_inputs]·Wᵀ + b; b may be NULL */
static inline void
naive_linear (guint n_outputs, guint n_inputs, const double *x, const float *w, const float *b,
              double *y)
{
  for (guint o = 0; o < n_outputs; o++) {
    y[o] = b != NULL ? b[o] : 0;
    for (guint i = 0; i < n_inputs; i++)
      y[o] += x[i] * w[o * n_inputs + i];
  }
}

static inline double
naive_sigmoid (double x)
{
  return 1 / (1 + exp (-x));
}

static inline void
naive_lstm (guint n, const double *a, const double *r, double *h, double *c)
{
  for (guint u = 0; u < n; u++) {
    double i = naive_sigmoid (a[u] + r[u]);
    double f = naive_sigmoid (a[n + u] + r[n + u]);
    double g = tanh (a[2 * n + u] + r[2 * n + u]);
    double o = naive_sigmoid (a[3 * n + u] + r[3 * n + u]);

    c[u] = f * c[u] + i * g;
    h[u] = o * tanh (c[u]);
  }
}

static inline void
naive_gru (guint n, const double *a, const double *r, double *h)
{
  for (guint u = 0; u < n; u++) {
    double reset = naive_sigmoid (a[u] + r[u]);
    double z = naive_sigmoid (a[n + u] + r[n + u]);
    double candidate = tanh (a[2 * n + u] + reset * r[2 * n + u]);

    h[u] = (1 - z) * candidate + z * h[u];
  }
}

/* w_hh, b_hh: whole; the block n is applied to r⊙h */
static inline void
naive_gru_reset_before (guint n, const double *a, const double *r, const float *w_hh,
                        const float *b_hh, double *h)
{
  g_autofree double *reset_h = g_new (double, n);
  g_autofree double *r_n = g_new (double, n);

  for (guint u = 0; u < n; u++)
    reset_h[u] = naive_sigmoid (a[u] + r[u]) * h[u];
  naive_linear (n, n, reset_h, w_hh + 2 * n * n, b_hh + 2 * n, r_n);
  for (guint u = 0; u < n; u++) {
    double z = naive_sigmoid (a[n + u] + r[n + u]);

    h[u] = (1 - z) * tanh (a[2 * n + u] + r_n[u]) + z * h[u];
  }
}

/* One step of the cell named type, whose weights are `scope.…`. x [n_inputs], h and c [n] in place
 */
static inline void
naive_cell (const char *type, S2sTestWeights *weights, const char *scope, guint n_inputs, guint n,
            const double *x, double *h, double *c)
{
  guint n_gates = (g_str_equal (type, "lstm") ? 4 : 3) * n;
  g_autofree double *a = g_new (double, n_gates);
  g_autofree double *r = g_new (double, n_gates);
  g_autofree char *weight_ih = g_strconcat (scope, ".weight_ih", NULL);
  g_autofree char *weight_hh = g_strconcat (scope, ".weight_hh", NULL);
  g_autofree char *bias_ih = g_strconcat (scope, ".bias_ih", NULL);
  g_autofree char *bias_hh = g_strconcat (scope, ".bias_hh", NULL);
  const float *w_hh = s2s_test_weights_get (weights, weight_hh);
  const float *b_hh = s2s_test_weights_get (weights, bias_hh);

  naive_linear (n_gates, n_inputs, x, s2s_test_weights_get (weights, weight_ih),
                s2s_test_weights_get (weights, bias_ih), a);
  naive_linear (n_gates, n, h, w_hh, b_hh, r);

  if (g_str_equal (type, "lstm"))
    naive_lstm (n, a, r, h, c);
  else if (g_str_equal (type, "gru"))
    naive_gru (n, a, r, h);
  else if (g_str_equal (type, "gru-reset-before"))
    naive_gru_reset_before (n, a, r, w_hh, b_hh, h);
  else
    g_error ("no reference of the cell %s", type);
}

static inline double *
naive_widen (gsize n, const float *values)
{
  double *wide = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    wide[i] = values[i];
  return wide;
}
