/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/s2s-tensor.h"

#include "base/s2s-half.h"

#include <string.h>

static const struct {
  const char *name; /* as safetensors spells it */
  gsize size;
} dtypes[] = {
    [S2S_DTYPE_F32] = {"F32", 4}, [S2S_DTYPE_F16] = {"F16", 2}, [S2S_DTYPE_BF16] = {"BF16", 2},
    [S2S_DTYPE_I8] = {"I8", 1},   [S2S_DTYPE_I32] = {"I32", 4},
};

gsize
s2s_dtype_get_size (S2sDtype dtype)
{
  return dtypes[dtype].size;
}

const char *
s2s_dtype_get_name (S2sDtype dtype)
{
  return dtypes[dtype].name;
}

gsize
s2s_tensor_get_n_elements (const S2sTensor *self)
{
  gsize n = 1;

  for (guint i = 0; i < self->n_dims; i++)
    n *= self->dims[i];
  return n;
}

float
s2s_tensor_get_scale (const S2sTensor *self, gsize row)
{
  float scale;

  memcpy (&scale, (const guint8 *)self->scales + row * sizeof scale, sizeof scale);
  return scale;
}

static void
scale_to_f32 (const S2sTensor *self, gsize first, gsize n, float *ret_values)
{
  const gint8 *elements = self->data;
  gsize n_columns = self->dims[1];

  for (gsize i = first; i < first + n; i++)
    *ret_values++ = elements[i] * s2s_tensor_get_scale (self, i / n_columns);
}

void
s2s_tensor_to_f32 (const S2sTensor *self, gsize first, gsize n, float *ret_values)
{
  gsize size = s2s_dtype_get_size (self->dtype);
  const guint8 *from = (const guint8 *)self->data + first * size;

  if (n == 0)
    return;
  if (self->dtype == S2S_DTYPE_F32) {
    memcpy (ret_values, from, n * size);
    return;
  }
  if (self->dtype == S2S_DTYPE_I8) {
    scale_to_f32 (self, first, n, ret_values);
    return;
  }

  for (gsize i = 0; i < n; i++) {
    guint16 value;

    memcpy (&value, from + i * size, sizeof value);
    ret_values[i] = self->dtype == S2S_DTYPE_F16 ? s2s_float_from_half (value)
                                                 : s2s_float_from_bfloat16 (value);
  }
}
