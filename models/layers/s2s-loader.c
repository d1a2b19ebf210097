/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-loader.h"

#include "layers/s2s-compute.h"

gboolean
s2s_loader_get_matrix (S2sLoader *self, const char *scope, const char *leaf, guint n_outputs,
                       guint n_inputs, S2sTensor *ret_matrix, GError **error)
{
  g_autofree char *name = g_strconcat (scope, ".", leaf, NULL);

  return s2s_weights_get (self->weights, name, ret_matrix, error, 2, n_outputs, n_inputs);
}

float *
s2s_loader_get_vector (S2sLoader *self, const char *scope, const char *leaf, guint n,
                       GError **error)
{
  g_autofree char *name = g_strconcat (scope, ".", leaf, NULL);
  S2sTensor tensor;

  if (!s2s_weights_get (self->weights, name, &tensor, error, 1, n))
    return NULL;

  float *vector = s2s_floats_new (n);
  s2s_tensor_to_f32 (&tensor, 0, n, vector);
  return vector;
}
