/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weights/s2s-safetensors.h"

#include "base/s2s-error.h"
#include "base/s2s-json.h"

#include <string.h>

#define LENGTH_SIZE sizeof (guint64)
#define MAX_HEADER_SIZE (4 * 1024 * 1024) /* some 30,000 tensors */

/* The part of the file that holds the elements */
typedef struct {
  const guint8 *bytes;
  gsize size;
} Data;

static void
entry_free (gpointer data)
{
  S2sSafetensorsEntry *self = data;

  g_free (self->name);
  g_free (self);
}

static gboolean
read_dtype (JsonNode *node, S2sDtype *ret_dtype, GError **error)
{
  const char *name;

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "dtype is not a string");
    return FALSE;
  }
  name = json_node_get_string (node);
  for (S2sDtype dtype = S2S_DTYPE_F32; dtype < S2S_N_DTYPES; dtype++)
    if (g_str_equal (name, s2s_dtype_get_name (dtype))) {
      *ret_dtype = dtype;
      return TRUE;
    }
  g_set_error (error, S2S_ERROR, S2S_ERROR_UNSUPPORTED,
               "dtype is “%s”, expected F32, F16, BF16, I8 or I32", name);
  return FALSE;
}

/* Element i of an array of whole numbers from min to max */
static gboolean
read_integer (JsonArray *array, guint i, gint64 min, gint64 max, const char *what,
              gint64 *ret_value, GError **error)
{
  JsonNode *node = json_array_get_element (array, i);

  if (json_node_get_value_type (node) != G_TYPE_INT64) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "%s is not a whole number", what);
    return FALSE;
  }

  gint64 value = json_node_get_int (node);
  if (value < min || value > max) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "%s is %" G_GINT64_FORMAT ", expected %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                 what, value, min, max);
    return FALSE;
  }
  *ret_value = value;
  return TRUE;
}

/* ret_size: bytes of that many elements */
static gboolean
read_shape (JsonNode *node, S2sTensor *tensor, gsize *ret_size, GError **error)
{
  JsonArray *array =
      node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n_dims = array != NULL ? json_array_get_length (array) : 0;
  gsize size = s2s_dtype_get_size (tensor->dtype);

  if (array == NULL || n_dims < 1 || n_dims > S2S_TENSOR_MAX_DIMS) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "shape is not an array of 1 to %d dimensions",
                 S2S_TENSOR_MAX_DIMS);
    return FALSE;
  }
  tensor->n_dims = n_dims;
  for (guint i = 0; i < S2S_TENSOR_MAX_DIMS; i++) {
    gint64 dim = 1;

    if (i < n_dims && !read_integer (array, i, 1, G_MAXUINT, "a dimension", &dim, error))
      return FALSE;
    tensor->dims[i] = (guint)dim;
    if (!g_size_checked_mul (&size, size, (gsize)dim)) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "shape is larger than memory");
      return FALSE;
    }
  }
  *ret_size = size;
  return TRUE;
}

static gboolean
read_offsets (JsonNode *node, const Data *data, gsize *ret_begin, gsize *ret_end, GError **error)
{
  JsonArray *array =
      node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  gint64 begin, end;

  if (array == NULL || json_array_get_length (array) != 2) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "data_offsets are not an array of two");
    return FALSE;
  }
  if (!read_integer (array, 0, 0, (gint64)data->size, "the begin of the data", &begin, error) ||
      !read_integer (array, 1, begin, (gint64)data->size, "the end of the data", &end, error))
    return FALSE;
  *ret_begin = (gsize)begin;
  *ret_end = (gsize)end;
  return TRUE;
}

static gboolean
check_keys (JsonObject *object, GError **error)
{
  static const char *const keys[] = {"dtype", "shape", "data_offsets", NULL};
  JsonObjectIter iter;
  const char *key;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &key, NULL))
    if (!g_strv_contains (keys, key)) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "unknown key “%s”", key);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_tensor (JsonNode *node, const Data *data, S2sTensor *ret_tensor, GError **error)
{
  gsize size, begin, end;

  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "not an object");
    return FALSE;
  }

  JsonObject *object = json_node_get_object (node);
  if (!check_keys (object, error) ||
      !read_dtype (json_object_get_member (object, "dtype"), &ret_tensor->dtype, error) ||
      !read_shape (json_object_get_member (object, "shape"), ret_tensor, &size, error) ||
      !read_offsets (json_object_get_member (object, "data_offsets"), data, &begin, &end, error))
    return FALSE;
  if (end - begin != size) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "%" G_GSIZE_FORMAT " bytes of data, expected %" G_GSIZE_FORMAT
                 " from its dtype and shape",
                 end - begin, size);
    return FALSE;
  }
  ret_tensor->data = data->bytes + begin;
  return TRUE;
}

static gint
compare_data (gconstpointer a, gconstpointer b)
{
  const guint8 *data_a = (*(const S2sSafetensorsEntry *const *)a)->tensor.data;
  const guint8 *data_b = (*(const S2sSafetensorsEntry *const *)b)->tensor.data;

  return (data_a > data_b) - (data_a < data_b);
}

/* The format wants every byte of the data to belong to exactly one tensor. */
static gboolean
check_layout (GPtrArray *entries, const Data *data, GError **error)
{
  const guint8 *expected = data->bytes;

  g_ptr_array_sort (entries, compare_data);
  for (guint i = 0; i < entries->len; i++) {
    const S2sSafetensorsEntry *entry = g_ptr_array_index (entries, i);
    const S2sTensor *tensor = &entry->tensor;
    const guint8 *begin = tensor->data;

    if (begin != expected) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                   "tensor “%s” begins at byte %" G_GSIZE_FORMAT
                   " of the data, expected %" G_GSIZE_FORMAT ": %s",
                   entry->name, (gsize)(begin - data->bytes), (gsize)(expected - data->bytes),
                   begin < expected ? "it overlaps another one" : "there is a gap");
      return FALSE;
    }
    expected = begin + s2s_tensor_get_n_elements (tensor) * s2s_dtype_get_size (tensor->dtype);
  }
  if (expected != data->bytes + data->size) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "%" G_GSIZE_FORMAT " bytes of data, expected %" G_GSIZE_FORMAT
                 ": the last ones belong to no tensor",
                 data->size, (gsize)(expected - data->bytes));
    return FALSE;
  }
  return TRUE;
}

static JsonNode *
read_header (GBytes *bytes, Data *ret_data, GError **error)
{
  gsize size;
  const guint8 *file = g_bytes_get_data (bytes, &size);
  guint64 length;

  if (size < LENGTH_SIZE) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "the file has %" G_GSIZE_FORMAT " bytes, expected at least 8", size);
    return NULL;
  }
  memcpy (&length, file, LENGTH_SIZE);
  length = GUINT64_FROM_LE (length);
  if (length > size - LENGTH_SIZE || length > MAX_HEADER_SIZE) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "the header claims %" G_GUINT64_FORMAT " bytes, expected at most %" G_GSIZE_FORMAT,
                 length, MIN (size - LENGTH_SIZE, MAX_HEADER_SIZE));
    return NULL;
  }

  JsonNode *header = s2s_json_read_object ((const char *)file + LENGTH_SIZE, length, error);
  if (header == NULL)
    return NULL;
  ret_data->bytes = file + LENGTH_SIZE + length;
  ret_data->size = size - LENGTH_SIZE - length;
  return header;
}

/**
 * s2s_safetensors_parse:
 * @bytes: a whole file; outlives the result
 * @error: return location
 *
 * Reads untrusted bytes and checks all there is to check: the header's length and JSON, dtypes,
 * shapes, and that the tensors cover the data without a gap or an overlap.
 *
 * Returns: (transfer full) (element-type S2sSafetensorsEntry) (nullable): the tensors in the order
 * of their data, or %NULL with %S2S_ERROR_FORMAT, or %S2S_ERROR_UNSUPPORTED for another dtype than
 * F32, F16, BF16, I8 and I32
 */
GPtrArray *
s2s_safetensors_parse (GBytes *bytes, GError **error)
{
  Data data;
  g_autoptr (JsonNode) header = read_header (bytes, &data, error);
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (header == NULL) {
    g_prefix_error (error, "header: ");
    return NULL;
  }
  json_object_iter_init_ordered (&iter, json_node_get_object (header));
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    S2sSafetensorsEntry *entry;

    if (g_str_equal (name, "__metadata__"))
      continue;
    entry = g_new0 (S2sSafetensorsEntry, 1);
    entry->name = g_strdup (name);
    g_ptr_array_add (entries, entry);
    if (!read_tensor (node, &data, &entry->tensor, error)) {
      g_prefix_error (error, "tensor “%s”: ", name);
      return NULL;
    }
  }
  if (!check_layout (entries, &data, error))
    return NULL;
  return g_steal_pointer (&entries);
}
