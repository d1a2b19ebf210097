/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-hparams.h"
#include "layers/s2s-layer-norm.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sResidual:
 *
 * What is around a layer f of a Transformer: x ← LN (x + f (x)) with the norm `post` (Vaswani et
 * al. 2017, section 3.1), x ← x + f (LN (x)) with `pre` (Xiong et al. 2020).
 */
typedef struct {
  S2sNormPlace place;
  S2sLayerNorm norm;
} S2sResidual;

/* Binds `scope.weight` and `scope.bias`. */
gboolean s2s_residual_load (S2sResidual *self, S2sLoader *loader, const char *scope, guint n,
                            S2sNormPlace place, double epsilon, GError **error);
void s2s_residual_clear (S2sResidual *self);

/* Returns what f reads [n_rows][n]: x, or its norm in spare [n_rows][n]. */
const float *s2s_residual_enter (const S2sResidual *self, const S2sCompute *compute, guint n_rows,
                                 const float *x, float *spare);

/* y [n_rows][n]: what f has put out; x becomes what follows. */
void s2s_residual_leave (const S2sResidual *self, const S2sCompute *compute, guint n_rows,
                         const float *y, float *x);

G_END_DECLS
