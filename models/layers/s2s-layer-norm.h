/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "layers/s2s-compute.h"
#include "layers/s2s-loader.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sLayerNorm:
 *
 * y = (x − μ) / √(σ² + ε) ⊙ w + b, with the mean μ and the variance σ² of the n values of a row: Ba
 * et al. 2016, section 3. With @n_first below n, of the first so many and of the others apart.
 */
typedef struct {
  guint n;
  guint n_first;
  float epsilon;
  float *weight; /* [n] */
  float *bias;   /* [n] */
} S2sLayerNorm;

/* Binds `scope.weight` and `scope.bias`; n_first is n then. */
gboolean s2s_layer_norm_load (S2sLayerNorm *self, S2sLoader *loader, const char *scope, guint n,
                              double epsilon, GError **error);
void s2s_layer_norm_clear (S2sLayerNorm *self);

/* FALSE for a zeroed struct: the norm is not part of this network. */
gboolean s2s_layer_norm_is_bound (const S2sLayerNorm *self);

/* x and y [n_rows][n] without gaps; y may be x */
void s2s_layer_norm_forward (const S2sLayerNorm *self, const S2sCompute *compute, guint n_rows,
                             const float *x, float *y);

G_END_DECLS
