/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-hparams.h"
#include "layers/s2s-linear.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sFeedForward:
 *
 * y = f (x·W_1ᵀ + b_1)·W_2ᵀ + b_2, f one of relu, gelu and swish: Vaswani et al. 2017, section 3.3.
 */
typedef struct {
  S2sActivation activation;
  S2sLinear inner; /* [F][D] */
  S2sLinear outer; /* [D][F] */
} S2sFeedForward;

/* Binds `scope.inner.…` and `scope.outer.…`, weight and bias of each. */
gboolean s2s_feed_forward_load (S2sFeedForward *self, S2sLoader *loader, const char *scope,
                                S2sActivation activation, guint n_units, guint n_inner,
                                GError **error);
void s2s_feed_forward_clear (S2sFeedForward *self);

/* x and y [n_rows][D], inner [n_rows][F] for what lies between, all without gaps */
void s2s_feed_forward_forward (const S2sFeedForward *self, S2sCompute *compute, guint n_rows,
                               const float *x, float *inner, float *y);

G_END_DECLS
