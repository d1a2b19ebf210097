/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "layers/s2s-layer-norm.h"
#include "layers/s2s-linear.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sProjection:
 *
 * y = x·Wᵀ + b, or the layer norm of that.
 */
typedef struct {
  S2sLinear linear;
  S2sLayerNorm norm;
} S2sProjection;

/* Binds `scope.weight` and `scope.bias`, and with is_normed `scope.norm.weight` and `.bias`. */
gboolean s2s_projection_load (S2sProjection *self, S2sLoader *loader, const char *scope,
                              guint n_outputs, guint n_inputs, gboolean is_normed, double epsilon,
                              GError **error);
void s2s_projection_clear (S2sProjection *self);

/* x [n_rows][n_inputs], rows x_stride floats apart; y [n_rows][n_outputs] without gaps */
void s2s_projection_forward (const S2sProjection *self, S2sCompute *compute, guint n_rows,
                             const float *x, gsize x_stride, float *y);

G_END_DECLS
