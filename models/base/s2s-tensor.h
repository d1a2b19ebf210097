/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define S2S_TENSOR_MAX_DIMS 4

typedef enum {
  S2S_DTYPE_F32,
  S2S_DTYPE_F16,
  S2S_DTYPE_BF16,
  S2S_DTYPE_I8,
  S2S_DTYPE_I32,
  S2S_N_DTYPES,
} S2sDtype;

/**
 * S2sTensor:
 * @data: the elements, row-major, without gaps. Borrowed; in a safetensors file only 8-byte aligned
 *   (4-byte for elements of two bytes), so read it with memcpy
 * @dtype: type of an element; I32 is of token ids alone, which are no weights
 * @n_dims: number of dimensions, 1 to %S2S_TENSOR_MAX_DIMS
 * @dims: the dimensions, outermost first; the rest are 1
 * @scales: of int8 only: a float for each row of a matrix, which its elements are multiplied with.
 *   Borrowed, at any address
 *
 * A view of weights as they lie in a file. It owns nothing and dies with the memory behind it.
 */
typedef struct {
  const void *data;
  S2sDtype dtype;
  guint n_dims;
  guint dims[S2S_TENSOR_MAX_DIMS];
  const void *scales;
} S2sTensor;

gsize s2s_dtype_get_size (S2sDtype dtype);
const char *s2s_dtype_get_name (S2sDtype dtype);
gsize s2s_tensor_get_n_elements (const S2sTensor *self);
/* What n elements of weights from `first` on are worth; int8 times the scale of its row */
void s2s_tensor_to_f32 (const S2sTensor *self, gsize first, gsize n, float *ret_values);

/* The scale of a row of int8 */
float s2s_tensor_get_scale (const S2sTensor *self, gsize row);

G_END_DECLS
