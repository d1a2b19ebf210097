/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-tensor.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sWeights:
 *
 * The tensors of one safetensors file while a model is being loaded. Layers ask for theirs by name
 * and shape and pack them; after the last layer is bound, s2s_weights_check_all_used() tells of a
 * tensor nobody asked for, and the whole is freed. One thread.
 */
typedef struct _S2sWeights S2sWeights;

S2sWeights *s2s_weights_new_from_bytes (GBytes *bytes, GError **error);
void s2s_weights_free (S2sWeights *self);

/* ret_tensor borrows from self. n_dims guint dimensions follow. Fails when the tensor is missing or
 * of another shape; the message gives name, got and expected. NaN and infinite values are refused
 * here too, so a bound weight is finite. A matrix may be int8, with the scales of its rows in
 * `name.scale`. */
gboolean s2s_weights_get (S2sWeights *self, const char *name, S2sTensor *ret_tensor, GError **error,
                          guint n_dims, ...);

/* The ids of a tensor of I32 and shape [n]; n 0 is any length. (transfer full): free with g_free().
 * NULL when it is missing, of another type or shape, or an element is below 0 or above max. */
gint32 *s2s_weights_get_ids (S2sWeights *self, const char *name, guint n, gint32 max, guint *ret_n,
                             GError **error);

gboolean s2s_weights_check_all_used (S2sWeights *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sWeights, s2s_weights_free)

G_END_DECLS
