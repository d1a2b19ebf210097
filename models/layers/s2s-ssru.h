/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "layers/s2s-linear.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sSsru:
 *
 * Simpler Simple Recurrent Unit, in the place of a decoder's self-attention:
 *
 *   f = σ (x·W_fᵀ + b_f), c' = f⊙c + (1 − f)⊙(x·W_cᵀ), y = relu (c')
 *
 * Kim et al. 2019, “From Research to Production and Back: Ludicrously Fast Neural Machine
 * Translation”, section 3.1. Both matrices read x and are one product.
 */
typedef struct {
  guint n_units;   /* D */
  S2sLinear input; /* [2D][D]: f and the candidate */
} S2sSsru;

/* Binds weight and bias of `scope.forget` and the weight of `scope.candidate`. */
gboolean s2s_ssru_load (S2sSsru *self, S2sLoader *loader, const char *scope, guint n_units,
                        GError **error);
void s2s_ssru_clear (S2sSsru *self);

/* A step of n_rows rows: x, y [n_rows][D], c [n_rows][D] in place, a [n_rows][2D] for what lies
 * between, all without gaps */
void s2s_ssru_step (const S2sSsru *self, S2sCompute *compute, guint n_rows, const float *x,
                    float *a, float *c, float *y);

G_END_DECLS
