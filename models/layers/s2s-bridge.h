/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-hparams.h"
#include "layers/s2s-linear.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sBridge:
 *
 * How the last states of an encoder layer start a decoder layer: copied, or through
 * tanh (x·Wᵀ + b), h and c each with its own.
 */
typedef struct {
  guint n_units;
  S2sLinear h; /* not bound: copied */
  S2sLinear c;
} S2sBridgeLayer;

/* Binds `scope.h.weight`, `.h.bias` and with cell state `.c.weight`, `.c.bias`, if kind is dense.
 */
gboolean s2s_bridge_load (S2sBridgeLayer *self, S2sLoader *loader, S2sBridge kind,
                          gboolean has_cell_state, const char *scope, guint n_units,
                          GError **error);
void s2s_bridge_clear (S2sBridgeLayer *self);

/* last_h, last_c, h, c [n][units] without gaps; last_c and c are NULL without cell state */
void s2s_bridge_forward (const S2sBridgeLayer *self, S2sCompute *compute, guint n,
                         const float *last_h, const float *last_c, float *h, float *c);

G_END_DECLS
