/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weights/s2s-weights.h"

#include "base/s2s-error.h"
#include "weights/s2s-safetensors.h"

#include <float.h>
#include <stdarg.h>
#include <string.h>

struct _S2sWeights {
  GBytes *bytes;
  GPtrArray *entries;  /* of S2sSafetensorsEntry, in the order of the file */
  GHashTable *by_name; /* name → entry, both borrowed from entries */
  GHashTable *used;    /* set of entries */
};

/**
 * s2s_weights_new_from_bytes:
 * @bytes: a safetensors file; a reference is kept
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the tensors, or %NULL with the errors of
 * s2s_safetensors_parse()
 */
S2sWeights *
s2s_weights_new_from_bytes (GBytes *bytes, GError **error)
{
  GPtrArray *entries = s2s_safetensors_parse (bytes, error);

  if (entries == NULL)
    return NULL;

  S2sWeights *self = g_new0 (S2sWeights, 1);
  self->bytes = g_bytes_ref (bytes);
  self->entries = entries;
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->used = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < entries->len; i++) {
    S2sSafetensorsEntry *entry = g_ptr_array_index (entries, i);

    g_hash_table_insert (self->by_name, entry->name, entry);
  }
  return self;
}

/**
 * s2s_weights_free:
 * @self: (transfer full) (nullable): weights
 *
 * Tensors that were got from it end here.
 */
void
s2s_weights_free (S2sWeights *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->used);
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->entries);
  g_bytes_unref (self->bytes);
  g_free (self);
}

static char *
format_shape (guint n_dims, const guint *dims)
{
  GString *shape = g_string_new ("[");

  for (guint i = 0; i < n_dims; i++)
    g_string_append_printf (shape, "%s%u", i > 0 ? ", " : "", dims[i]);
  g_string_append_c (shape, ']');
  return g_string_free (shape, FALSE);
}

/* In all three types of float an infinite value or NaN has all bits of the exponent set, and no
 * other value has. */
static gboolean
is_finite (const S2sTensor *tensor, gsize i)
{
  const guint8 *data = tensor->data;
  guint32 wide;
  guint16 narrow;

  if (tensor->dtype == S2S_DTYPE_F32) {
    memcpy (&wide, data + i * sizeof wide, sizeof wide);
    return (wide & 0x7f800000) != 0x7f800000;
  }

  guint16 exponent = tensor->dtype == S2S_DTYPE_F16 ? 0x7c00 : 0x7f80;
  memcpy (&narrow, data + i * sizeof narrow, sizeof narrow);
  return (narrow & exponent) != exponent;
}

/* Without −128 the negative of an element is one too, and the kernels count on that. */
static gboolean
check_int8 (const S2sTensor *tensor, GError **error)
{
  const gint8 *elements = tensor->data;
  gsize n = s2s_tensor_get_n_elements (tensor);

  for (gsize i = 0; i < n; i++)
    if (elements[i] == G_MININT8) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                   "element %" G_GSIZE_FORMAT " is -128, expected -127 to 127", i);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_finite (const S2sTensor *tensor, GError **error)
{
  gsize n = s2s_tensor_get_n_elements (tensor);

  for (gsize i = 0; i < n; i++)
    if (!is_finite (tensor, i)) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                   "element %" G_GSIZE_FORMAT " is NaN or infinite, expected a number", i);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_shape (const S2sTensor *tensor, guint n_dims, const guint *dims, GError **error)
{
  g_autofree char *got = NULL;
  g_autofree char *expected = NULL;

  if (tensor->n_dims == n_dims && memcmp (tensor->dims, dims, n_dims * sizeof *dims) == 0)
    return TRUE;
  got = format_shape (tensor->n_dims, tensor->dims);
  expected = format_shape (n_dims, dims);
  g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "shape is %s, expected %s", got, expected);
  return FALSE;
}

static gboolean
check_scales (const S2sTensor *tensor, GError **error)
{
  for (guint i = 0; i < tensor->dims[0]; i++) {
    float scale = s2s_tensor_get_scale (tensor, i);

    /* NaN is in no range */
    if (!(scale >= 0 && scale <= FLT_MAX / G_MAXINT8)) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                   "the scale of row %u is %g, expected 0 to %g", i, scale, FLT_MAX / G_MAXINT8);
      return FALSE;
    }
  }
  return TRUE;
}

/* The scales of a matrix of int8, which nothing else has */
static gboolean
find_scales (S2sWeights *self, const char *name, S2sTensor *tensor, GError **error)
{
  g_autofree char *scale_name = g_strconcat (name, ".scale", NULL);
  S2sSafetensorsEntry *entry = g_hash_table_lookup (self->by_name, scale_name);

  if (tensor->dtype != S2S_DTYPE_I8 && entry == NULL)
    return TRUE;
  if (tensor->dtype != S2S_DTYPE_I8) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "dtype is %s, expected I8: there is a tensor “%s”",
                 s2s_dtype_get_name (tensor->dtype), scale_name);
    return FALSE;
  }
  if (tensor->n_dims != 2) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "dtype is I8, expected F32, F16 or BF16: it is no matrix");
    return FALSE;
  }
  if (entry == NULL || entry->tensor.dtype != S2S_DTYPE_F32 || entry->tensor.n_dims != 1 ||
      entry->tensor.dims[0] != tensor->dims[0]) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "dtype is I8, expected a tensor “%s” of F32 and shape [%u] with it", scale_name,
                 tensor->dims[0]);
    return FALSE;
  }
  tensor->scales = entry->tensor.data;
  g_hash_table_add (self->used, entry);
  return check_scales (tensor, error);
}

static gboolean
check_is_weights (const S2sTensor *tensor, GError **error)
{
  if (tensor->dtype != S2S_DTYPE_I32)
    return TRUE;
  g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "dtype is I32, expected F32, F16, BF16 or I8");
  return FALSE;
}

static gboolean
check_values (const S2sTensor *tensor, GError **error)
{
  return tensor->dtype == S2S_DTYPE_I8 ? check_int8 (tensor, error) : check_finite (tensor, error);
}

/**
 * s2s_weights_get:
 * @self: weights
 * @name: of the tensor
 * @ret_tensor: (out caller-allocates): the tensor; borrows from @self
 * @error: return location
 * @n_dims: number of dimensions, 1 to %S2S_TENSOR_MAX_DIMS
 * @...: the dimensions, guint each
 *
 * Finds a tensor, and proves its shape and that all its elements are finite; of int8 its scales
 * too.
 *
 * Returns: %FALSE with %S2S_ERROR_FORMAT when it is missing, of another shape or not finite
 */
gboolean
s2s_weights_get (S2sWeights *self, const char *name, S2sTensor *ret_tensor, GError **error,
                 guint n_dims, ...)
{
  S2sSafetensorsEntry *entry = g_hash_table_lookup (self->by_name, name);
  guint dims[S2S_TENSOR_MAX_DIMS] = {0};
  va_list args;

  g_return_val_if_fail (n_dims >= 1 && n_dims <= S2S_TENSOR_MAX_DIMS, FALSE);
  va_start (args, n_dims);
  for (guint i = 0; i < n_dims; i++)
    dims[i] = va_arg (args, guint);
  va_end (args);

  if (entry == NULL) {
    g_autofree char *expected = format_shape (n_dims, dims);

    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "tensor “%s” of shape %s is missing", name,
                 expected);
    return FALSE;
  }

  S2sTensor tensor = entry->tensor;
  if (!check_shape (&tensor, n_dims, dims, error) || !check_is_weights (&tensor, error) ||
      !check_values (&tensor, error) || !find_scales (self, name, &tensor, error)) {
    g_prefix_error (error, "tensor “%s”: ", name);
    return FALSE;
  }
  g_hash_table_add (self->used, entry);
  *ret_tensor = tensor;
  return TRUE;
}

static gint32 *
read_ids (const S2sTensor *tensor, gint32 max, GError **error)
{
  gsize n = s2s_tensor_get_n_elements (tensor);
  g_autofree gint32 *ids = g_new (gint32, n);

  memcpy (ids, tensor->data, n * sizeof *ids);
  for (gsize i = 0; i < n; i++) {
    ids[i] = GINT32_FROM_LE (ids[i]);
    if (ids[i] < 0 || ids[i] > max) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                   "element %" G_GSIZE_FORMAT " is %d, expected 0 to %d", i, ids[i], max);
      return NULL;
    }
  }
  return g_steal_pointer (&ids);
}

/**
 * s2s_weights_get_ids:
 * @self: weights
 * @name: of a tensor of I32 with one dimension
 * @n: its elements; 0 is any number
 * @max: the greatest that an element may be
 * @ret_n: (out) (optional): its elements
 * @error: return location
 *
 * Finds a tensor of ids, which are no weights: token ids, or places in another such tensor.
 *
 * Returns: (transfer full) (array length=ret_n) (nullable): the elements, each from 0 to @max;
 * %NULL with %S2S_ERROR_FORMAT when it is missing, of another type or shape, or an element is not
 * in the range
 */
gint32 *
s2s_weights_get_ids (S2sWeights *self, const char *name, guint n, gint32 max, guint *ret_n,
                     GError **error)
{
  S2sSafetensorsEntry *entry = g_hash_table_lookup (self->by_name, name);
  gint32 *ids = NULL;

  if (entry == NULL) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "tensor “%s” of I32 is missing", name);
    return NULL;
  }

  const S2sTensor *tensor = &entry->tensor;
  guint n_expected = n > 0 ? n : tensor->dims[0];
  if (tensor->dtype != S2S_DTYPE_I32)
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "dtype is %s, expected I32",
                 s2s_dtype_get_name (tensor->dtype));
  else if (check_shape (tensor, 1, &n_expected, error))
    ids = read_ids (tensor, max, error);
  if (ids == NULL) {
    g_prefix_error (error, "tensor “%s”: ", name);
    return NULL;
  }
  g_hash_table_add (self->used, entry);
  if (ret_n != NULL)
    *ret_n = tensor->dims[0];
  return ids;
}

/**
 * s2s_weights_check_all_used:
 * @self: weights
 * @error: return location
 *
 * Returns: %FALSE with %S2S_ERROR_FORMAT, which names the first of them, when the file has tensors
 * that nobody asked for
 */
gboolean
s2s_weights_check_all_used (S2sWeights *self, GError **error)
{
  guint n_unused = self->entries->len - g_hash_table_size (self->used);

  for (guint i = 0; i < self->entries->len; i++) {
    const S2sSafetensorsEntry *entry = g_ptr_array_index (self->entries, i);

    if (g_hash_table_contains (self->used, entry))
      continue;
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "%u tensors that do not belong here, the first is “%s”", n_unused, entry->name);
    return FALSE;
  }
  return TRUE;
}
