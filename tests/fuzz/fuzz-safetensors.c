/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weights/s2s-safetensors.h"
#include "weights/s2s-weights.h"

#include "s2s-fuzz.h"

/* Reads every element that the header tells of. */
static void
get_all (S2sWeights *weights, const S2sSafetensorsEntry *entry)
{
  const guint *dims = entry->tensor.dims;
  S2sTensor tensor;
  float value;

  if (!s2s_weights_get (weights, entry->name, &tensor, NULL, entry->tensor.n_dims, dims[0], dims[1],
                        dims[2], dims[3]))
    return;
  g_assert (tensor.dtype != S2S_DTYPE_I32);
  for (gsize i = 0; i < s2s_tensor_get_n_elements (&tensor); i++) {
    s2s_tensor_to_f32 (&tensor, i, 1, &value);
    g_assert (value - value == 0); /* finite, as promised */
  }
}

/* A tensor is of weights or of ids, never both. */
static void
get_ids (S2sWeights *weights, const S2sSafetensorsEntry *entry)
{
  guint n;
  g_autofree gint32 *ids = s2s_weights_get_ids (weights, entry->name, 0, 1000, &n, NULL);

  if (ids == NULL)
    return;
  g_assert (entry->tensor.dtype == S2S_DTYPE_I32);
  for (guint i = 0; i < n; i++)
    g_assert (ids[i] >= 0 && ids[i] <= 1000);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, &error);
  g_autoptr (GPtrArray) entries = s2s_safetensors_parse (bytes, NULL);

  g_assert ((weights == NULL) == (error != NULL));
  g_assert ((weights == NULL) == (entries == NULL));
  if (weights == NULL)
    return 0;
  for (guint i = 0; i < entries->len; i++) {
    get_all (weights, g_ptr_array_index (entries, i));
    get_ids (weights, g_ptr_array_index (entries, i));
  }
  s2s_weights_check_all_used (weights, NULL);
  return 0;
}
