/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "weights/s2s-weights.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sLoader:
 * @weights: where tensors come from; borrowed
 * @n_bytes: what the layers loaded so far keep in memory; each adds its own
 *
 * Goes through all layers while a network is being loaded. A tensor is named by the scope of its
 * layer and a leaf: `scope.leaf`.
 */
typedef struct {
  S2sWeights *weights;
  gsize n_bytes;
} S2sLoader;

/* ret_matrix [n_outputs][n_inputs] borrows from the weights. */
gboolean s2s_loader_get_matrix (S2sLoader *self, const char *scope, const char *leaf,
                                guint n_outputs, guint n_inputs, S2sTensor *ret_matrix,
                                GError **error);

/* A new array [n]; free with g_aligned_free(). NULL on error. */
float *s2s_loader_get_vector (S2sLoader *self, const char *scope, const char *leaf, guint n,
                              GError **error);

G_END_DECLS
