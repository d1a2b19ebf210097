/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "layers/s2s-compute.h"
#include "layers/s2s-loader.h"

#include <glib.h>

G_BEGIN_DECLS

#define S2S_LINEAR_MAX_JOINED 3

/**
 * S2sLinear:
 *
 * y = x·Wᵀ + b. x [n_rows][n_inputs], y [n_rows][n_outputs], rows x_stride and y_stride floats
 * apart; x and y do not overlap.
 */
typedef struct {
  S2sPanels weight; /* [n_outputs][n_inputs] */
  float *bias;      /* [n_outputs]; NULL is none */
} S2sLinear;

/* Binds `scope.weight` and `scope.bias`. */
gboolean s2s_linear_load (S2sLinear *self, S2sLoader *loader, const char *scope, guint n_outputs,
                          guint n_inputs, GError **error);

/* Binds `prefix` + name + `.weight` and `.bias` of n_names layers [n_outputs][n_inputs] as one,
 * [n_names · n_outputs][n_inputs]. n_names: 1 to S2S_LINEAR_MAX_JOINED */
gboolean s2s_linear_load_joined (S2sLinear *self, S2sLoader *loader, const char *prefix,
                                 guint n_names, const char *const *names, guint n_outputs,
                                 guint n_inputs, GError **error);

/* bias: (transfer full) (nullable): of s2s_loader_get_vector() */
void s2s_linear_init (S2sLinear *self, S2sLoader *loader, const S2sTensor *weight, float *bias);

/* Room for up to max_outputs of the outputs of a layer; there are none until they are gathered. */
void s2s_linear_subset_init (S2sLinear *self, const S2sLinear *of, guint max_outputs);
void s2s_linear_clear (S2sLinear *self);

/* Makes output i of the subset output outputs[i] of the layer that it was made for, with the same
 * bits; see s2s_panels_gather(). */
void s2s_linear_gather (S2sLinear *subset, const S2sLinear *of, const gint32 *outputs, guint n);

/* FALSE for a zeroed struct: the layer is not part of this network. */
gboolean s2s_linear_is_bound (const S2sLinear *self);

/* y = x·Wᵀ + b */
void s2s_linear_forward (const S2sLinear *self, S2sCompute *compute, guint n_rows, const float *x,
                         gsize x_stride, float *y, gsize y_stride);

/* y += x·Wᵀ, of a layer without bias */
void s2s_linear_accumulate (const S2sLinear *self, S2sCompute *compute, guint n_rows,
                            const float *x, gsize x_stride, float *y, gsize y_stride);

G_END_DECLS
