/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weights/s2s-safetensors.h"
#include "weights/s2s-weights.h"

#include "s2s-test-error.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct {
  const char *name;
  const char *header;
  gsize n_data; /* bytes of zeros */
  S2sError code;
  const char *message;
} Case;

#define TENSOR(dtype, shape, begin, end)                                                           \
  "{\"dtype\": \"" dtype "\", \"shape\": " shape ", \"data_offsets\": [" begin ", " end "]}"

static const Case broken[] = {
    {"empty-header", "", 0, S2S_ERROR_FORMAT, "header: not JSON"},
    {"header-array", "[]", 0, S2S_ERROR_FORMAT, "header: not JSON"},
    {"header-not-utf8", "{\"\xff\": 1}", 0, S2S_ERROR_FORMAT, "not valid UTF-8"},
    {"header-deep", "{\"a\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}", 0, S2S_ERROR_FORMAT,
     "nested too deep"},
    {"twice",
     "{\"a\": " TENSOR ("F32", "[1]", "0", "4") ", \"a\": " TENSOR ("F32", "[1]", "4", "8") "}", 8,
     S2S_ERROR_FORMAT, "“a” is there twice"},
    {"not-object", "{\"a\": 1}", 0, S2S_ERROR_FORMAT, "tensor “a”: not an object"},
    {"null", "{\"a\": null}", 0, S2S_ERROR_FORMAT, "tensor “a”: not an object"},
    {"unknown-key", "{\"a\": {\"dtype\": \"F32\", \"shap\": [1]}}", 4, S2S_ERROR_FORMAT,
     "unknown key “shap”"},
    {"no-dtype", "{\"a\": {\"shape\": [1], \"data_offsets\": [0, 4]}}", 4, S2S_ERROR_FORMAT,
     "dtype is not a string"},
    {"dtype-number", "{\"a\": {\"dtype\": 32}}", 4, S2S_ERROR_FORMAT, "dtype is not a string"},
    {"dtype-f64", "{\"a\": " TENSOR ("F64", "[1]", "0", "8") "}", 8, S2S_ERROR_UNSUPPORTED,
     "dtype is “F64”, expected F32, F16, BF16, I8 or I32"},
    {"dtype-u8", "{\"a\": " TENSOR ("U8", "[8]", "0", "8") "}", 8, S2S_ERROR_UNSUPPORTED,
     "dtype is “U8”"},
    {"dtype-small", "{\"a\": " TENSOR ("f32", "[1]", "0", "4") "}", 4, S2S_ERROR_UNSUPPORTED,
     "dtype is “f32”"},
    {"no-shape", "{\"a\": {\"dtype\": \"F32\", \"data_offsets\": [0, 4]}}", 4, S2S_ERROR_FORMAT,
     "shape is not an array"},
    {"scalar", "{\"a\": " TENSOR ("F32", "[]", "0", "4") "}", 4, S2S_ERROR_FORMAT,
     "1 to 4 dimensions"},
    {"five-dims", "{\"a\": " TENSOR ("F32", "[1, 1, 1, 1, 1]", "0", "4") "}", 4, S2S_ERROR_FORMAT,
     "1 to 4 dimensions"},
    {"dim-zero", "{\"a\": " TENSOR ("F32", "[0]", "0", "0") "}", 0, S2S_ERROR_FORMAT,
     "a dimension is 0, expected 1"},
    {"dim-negative", "{\"a\": " TENSOR ("F32", "[-1]", "0", "4") "}", 4, S2S_ERROR_FORMAT,
     "a dimension is -1"},
    {"dim-fraction", "{\"a\": " TENSOR ("F32", "[1.0]", "0", "4") "}", 4, S2S_ERROR_FORMAT,
     "a dimension is not a whole number"},
    {"dim-large", "{\"a\": " TENSOR ("F32", "[4294967296]", "0", "4") "}", 4, S2S_ERROR_FORMAT,
     "expected 1 to 4294967295"},
    {"product-wraps", "{\"a\": " TENSOR ("F32", "[2147483648, 2147483648, 2]", "0", "0") "}", 0,
     S2S_ERROR_FORMAT, "larger than memory"},
    {"no-offsets", "{\"a\": {\"dtype\": \"F32\", \"shape\": [1]}}", 4, S2S_ERROR_FORMAT,
     "data_offsets are not an array of two"},
    {"three-offsets", "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4, 8]}}",
     8, S2S_ERROR_FORMAT, "data_offsets are not an array of two"},
    {"begin-negative", "{\"a\": " TENSOR ("F32", "[1]", "-4", "0") "}", 4, S2S_ERROR_FORMAT,
     "the begin of the data is -4, expected 0 to 4"},
    {"begin-text", "{\"a\": " TENSOR ("F32", "[1]", "\"0\"", "4") "}", 4, S2S_ERROR_FORMAT,
     "the begin of the data is not a whole number"},
    {"end-outside", "{\"a\": " TENSOR ("F32", "[2]", "0", "8") "}", 4, S2S_ERROR_FORMAT,
     "the end of the data is 8, expected 0 to 4"},
    {"end-huge", "{\"a\": " TENSOR ("F32", "[2]", "0", "18446744073709551624") "}", 8,
     S2S_ERROR_FORMAT, "more than 18 digits"},
    {"end-before-begin", "{\"a\": " TENSOR ("F32", "[1]", "8", "4") "}", 8, S2S_ERROR_FORMAT,
     "the end of the data is 4, expected 8 to 8"},
    {"size-differs", "{\"a\": " TENSOR ("F32", "[2, 3]", "0", "20") "}", 20, S2S_ERROR_FORMAT,
     "20 bytes of data, expected 24"},
    {"size-of-f16", "{\"a\": " TENSOR ("F16", "[2]", "0", "8") "}", 8, S2S_ERROR_FORMAT,
     "8 bytes of data, expected 4"},
    {"overlap",
     "{\"a\": " TENSOR ("F32", "[2]", "0", "8") ", \"b\": " TENSOR ("F32", "[2]", "4", "12") "}",
     12, S2S_ERROR_FORMAT, "tensor “b” begins at byte 4 of the data, expected 8: it overlaps"},
    {"same",
     "{\"a\": " TENSOR ("F32", "[1]", "0", "4") ", \"b\": " TENSOR ("F32", "[1]", "0", "4") "}", 4,
     S2S_ERROR_FORMAT, "it overlaps"},
    {"gap",
     "{\"a\": " TENSOR ("F32", "[1]", "0", "4") ", \"b\": " TENSOR ("F32", "[1]", "8", "12") "}",
     12, S2S_ERROR_FORMAT, "tensor “b” begins at byte 8 of the data, expected 4: there is a gap"},
    {"gap-before", "{\"a\": " TENSOR ("F32", "[1]", "4", "8") "}", 8, S2S_ERROR_FORMAT, "a gap"},
    {"gap-after", "{\"a\": " TENSOR ("F32", "[1]", "0", "4") "}", 6, S2S_ERROR_FORMAT,
     "6 bytes of data, expected 4: the last ones belong to no tensor"},
};

static GBytes *
make_file (const char *header, gconstpointer data, gsize n_data)
{
  GByteArray *file = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE (strlen (header));

  g_byte_array_append (file, (const guint8 *)&length, sizeof length);
  g_byte_array_append (file, (const guint8 *)header, (guint)strlen (header));
  if (n_data > 0)
    g_byte_array_append (file, data, (guint)n_data);
  return g_byte_array_free_to_bytes (file);
}

static void
test_broken (gconstpointer data)
{
  const Case *row = data;
  g_autofree guint8 *zeros = g_malloc0 (row->n_data);
  g_autoptr (GBytes) bytes = make_file (row->header, zeros, row->n_data);
  g_autoptr (GError) error = NULL;

  g_assert_null (s2s_weights_new_from_bytes (bytes, &error));
  s2s_test_assert_error (error, row->code, row->message);
}

/* What the first eight bytes claim */
static void
test_header_length (void)
{
  static const struct {
    const char *file;
    gsize n;
    const char *message;
  } rows[] = {
      {"", 0, "0 bytes, expected at least 8"},
      {"\2\0\0\0\0\0\0", 7, "7 bytes, expected at least 8"},
      {"\3\0\0\0\0\0\0\0{}", 10, "claims 3 bytes, expected at most 2"},
      {"\0\0\0\0\0\0\0\x80{}", 10, "claims 9223372036854775808 bytes, expected at most 2"},
      {"\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, "claims 18446744073709551615 bytes"},
      {"\xf8\xff\xff\xff\xff\xff\xff\xff{}", 10, "claims 18446744073709551608 bytes"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GBytes) bytes = g_bytes_new (rows[i].file, rows[i].n);
    g_autoptr (GError) error = NULL;

    g_assert_null (s2s_weights_new_from_bytes (bytes, &error));
    s2s_test_assert_error (error, S2S_ERROR_FORMAT, rows[i].message);
  }
}

static void
test_header_limit (void)
{
  g_autofree char *header = g_strnfill (5 * 1024 * 1024, ' ');
  g_autoptr (GBytes) bytes = make_file (header, NULL, 0);
  g_autoptr (GError) error = NULL;

  g_assert_null (s2s_weights_new_from_bytes (bytes, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "claims 5242880 bytes, expected at most 4194304");
}

static const char good_header[] =
    "{\"__metadata__\": {\"format\": \"pt\"}, "
    "\"b\": " TENSOR ("F16", "[3]", "8", "14") ", "
                                               "\"a\": " TENSOR ("F32", "[2, 1]", "0",
                                                                 "8") ", "
                                                                      "\"c\": " TENSOR ("BF16",
                                                                                        "[1]", "14",
                                                                                        "16") "}  ";

/* 1 and −2 in f32; 1, 2⁻²⁴ and −65504 in f16; −1.5 in bf16 */
static const guint8 good_data[] = {0, 0,    0x80, 0x3f, 0,    0,    0,    0xc0,
                                   0, 0x3c, 1,    0,    0xff, 0xfb, 0xc0, 0xbf};

static void
test_order (void)
{
  g_autoptr (GBytes) bytes = make_file (good_header, good_data, sizeof good_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = s2s_safetensors_parse (bytes, &error);
  static const char *const names[] = {"a", "b", "c"};

  g_assert_no_error (error);
  g_assert_cmpuint (entries->len, ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < entries->len; i++) {
    const S2sSafetensorsEntry *entry = g_ptr_array_index (entries, i);

    g_assert_cmpstr (entry->name, ==, names[i]);
    g_assert_cmpint (entry->tensor.dtype, ==, i);
  }
}

static void
test_get (void)
{
  g_autoptr (GBytes) bytes = make_file (good_header, good_data, sizeof good_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, &error);
  S2sTensor tensor;
  float values[3];

  g_assert_no_error (error);
  g_assert_true (s2s_weights_get (weights, "a", &tensor, &error, 2, 2u, 1u));
  s2s_tensor_to_f32 (&tensor, 0, 2, values);
  g_assert_cmpfloat (values[0], ==, 1);
  g_assert_cmpfloat (values[1], ==, -2);

  g_assert_false (s2s_weights_check_all_used (weights, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "2 tensors that do not belong here");
  g_assert_nonnull (strstr (error->message, "the first is “b”"));
  g_clear_error (&error);

  g_assert_true (s2s_weights_get (weights, "b", &tensor, &error, 1, 3u));
  s2s_tensor_to_f32 (&tensor, 0, 3, values);
  g_assert_cmpfloat (values[0], ==, 1);
  g_assert_cmpfloat (values[1], ==, 0x1p-24);
  g_assert_cmpfloat (values[2], ==, -65504);
  g_assert_true (s2s_weights_get (weights, "c", &tensor, &error, 1, 1u));
  s2s_tensor_to_f32 (&tensor, 0, 1, values);
  g_assert_cmpfloat (values[0], ==, -1.5);
  g_assert_true (s2s_weights_check_all_used (weights, &error));
}

static void
test_get_wrong (void)
{
  g_autoptr (GBytes) bytes = make_file (good_header, good_data, sizeof good_data);
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, NULL);
  g_autoptr (GError) error = NULL;
  S2sTensor tensor = {.n_dims = 77};

  g_assert_false (s2s_weights_get (weights, "d", &tensor, &error, 2, 3u, 4u));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "tensor “d” of shape [3, 4] is missing");
  g_clear_error (&error);
  g_assert_false (s2s_weights_get (weights, "a", &tensor, &error, 2, 1u, 2u));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "tensor “a”: shape is [2, 1], expected [1, 2]");
  g_clear_error (&error);
  g_assert_false (s2s_weights_get (weights, "a", &tensor, &error, 1, 2u));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "shape is [2, 1], expected [2]");
  g_clear_error (&error);
  g_assert_false (s2s_weights_get (weights, "__metadata__", &tensor, &error, 1, 1u));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "is missing");
  g_assert_cmpuint (tensor.n_dims, ==, 77);
  g_clear_error (&error);
  g_assert_false (s2s_weights_check_all_used (weights, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "3 tensors");
}

typedef struct {
  const char *dtype;
  guint32 bits;
  gboolean is_finite;
} Number;

static void
test_finite (void)
{
  static const Number numbers[] = {
      {"F32", 0x7fc00000, FALSE}, {"F32", 0x7f800000, FALSE}, {"F32", 0xff800000, FALSE},
      {"F32", 0x7f800001, FALSE}, {"F32", 0x7f7fffff, TRUE},  {"F32", 0x80000001, TRUE},
      {"F16", 0x7e00, FALSE},     {"F16", 0xfc00, FALSE},     {"F16", 0x7bff, TRUE},
      {"F16", 0x83ff, TRUE},      {"BF16", 0x7fc0, FALSE},    {"BF16", 0xff80, FALSE},
      {"BF16", 0x7f7f, TRUE},     {"BF16", 0x7c00, TRUE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++) {
    gsize size = g_str_equal (numbers[i].dtype, "F32") ? 4 : 2;
    g_autofree char *header = g_strdup_printf ("{\"a\": " TENSOR ("%s", "[3]", "0", "%zu") "}",
                                               numbers[i].dtype, 3 * size);
    guint8 data[12] = {0};
    guint32 bits = GUINT32_TO_LE (numbers[i].bits);
    g_autoptr (GError) error = NULL;
    S2sTensor tensor;

    memcpy (data + 2 * size, &bits, size);
    g_autoptr (GBytes) bytes = make_file (header, data, 3 * size);
    g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, &error);
    g_assert_no_error (error);
    g_assert_cmpint (s2s_weights_get (weights, "a", &tensor, &error, 1, 3u), ==,
                     numbers[i].is_finite);
    if (!numbers[i].is_finite)
      s2s_test_assert_error (error, S2S_ERROR_FORMAT, "tensor “a”: element 2 is NaN or infinite");
  }
}

/* [2, 3] of int8 with its scales behind it, at an odd address */
#define INT8_SCALE "\"a.scale\": " TENSOR ("F32", "[2]", "6", "14")
#define INT8_HEADER "{\"a\": " TENSOR ("I8", "[2, 3]", "0", "6") ", " INT8_SCALE "}"

typedef struct {
  guint8 elements[6];
  guint8 scales[8];
} Int8Data;

static Int8Data
make_int8 (float first_scale, float second_scale)
{
  Int8Data data = {.elements = {0x7f, 0x81, 0, 1, 0xff, 4}}; /* 127 −127 0 · 1 −1 4 */

  memcpy (data.scales, &first_scale, 4);
  memcpy (data.scales + 4, &second_scale, 4);
  return data;
}

static void
test_int8 (void)
{
  static const float expected[] = {63.5f, -63.5f, 0, 0, 0, 0};
  Int8Data data = make_int8 (0.5f, 0);
  g_autoptr (GBytes) bytes = make_file (INT8_HEADER, &data, sizeof data);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, &error);
  S2sTensor tensor;
  float values[6];

  g_assert_no_error (error);
  g_assert_true (s2s_weights_get (weights, "a", &tensor, &error, 2, 2u, 3u));
  s2s_tensor_to_f32 (&tensor, 0, 6, values);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpfloat (values[i], ==, expected[i]);
  g_assert_true (s2s_weights_check_all_used (weights, &error)); /* the scale is used too */
}

static void
assert_int8_broken (const char *header, const Int8Data *data, gsize n_data, guint n_dims,
                    const char *message)
{
  g_autoptr (GBytes) bytes = make_file (header, data, n_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, &error);
  S2sTensor tensor = {.n_dims = 77};
  guint first = n_dims == 1 ? 6 : 2;

  g_assert_no_error (error);
  g_assert_false (s2s_weights_get (weights, "a", &tensor, &error, n_dims, first, 3u));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, message);
  g_assert_true (g_str_has_prefix (error->message, "tensor “a”: "));
  g_assert_cmpuint (tensor.n_dims, ==, 77);
}

static void
test_int8_headers (void)
{
  static const struct {
    const char *header;
    gsize n_data;
    guint n_dims;
    const char *message;
  } rows[] = {
      {"{\"a\": " TENSOR ("I8", "[2, 3]", "0", "6") "}", 6, 2,
       "dtype is I8, expected a tensor “a.scale” of F32 and shape [2] with it"},
      {"{\"a\": " TENSOR ("I8", "[2, 3]", "0", "6") ", \"a.scale\": " TENSOR ("F16", "[2]", "6",
                                                                              "10") "}",
       10, 2, "expected a tensor “a.scale” of F32 and shape [2]"},
      {"{\"a\": " TENSOR ("I8", "[2, 3]", "0", "6") ", \"a.scale\": " TENSOR ("F32", "[1]", "6",
                                                                              "10") "}",
       10, 2, "expected a tensor “a.scale” of F32 and shape [2]"},
      {"{\"a\": " TENSOR ("I8", "[2, 3]", "0", "6") ", \"a.scale\": " TENSOR ("F32", "[2, 1]", "6",
                                                                              "14") "}",
       14, 2, "expected a tensor “a.scale” of F32 and shape [2]"},
      {"{\"a\": " TENSOR ("I8", "[6]", "0", "6") ", " INT8_SCALE "}", 14, 1,
       "dtype is I8, expected F32, F16 or BF16: it is no matrix"},
      {"{\"a\": " TENSOR ("I8", "[3, 2]", "0", "6") ", " INT8_SCALE "}", 14, 2,
       "shape is [3, 2], expected [2, 3]"},
      {"{\"a.scale\": " TENSOR ("I8", "[2]", "12", "14") ", \"a\": " TENSOR ("F16", "[2, 3]", "0",
                                                                             "12") "}",
       14, 2, "dtype is F16, expected I8: there is a tensor “a.scale”"},
  };
  Int8Data data = make_int8 (1, 1);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_int8_broken (rows[i].header, &data, rows[i].n_data, rows[i].n_dims, rows[i].message);
}

static void
test_int8_values (void)
{
  /* the greatest scale with which 127 is still finite, and what is not in its range */
  static const float good[] = {0, 1e-45f, FLT_MAX / 127};
  static const float bad[] = {-1e-3f, NAN, INFINITY, FLT_MAX / 126};

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    Int8Data data = make_int8 (1, good[i]);
    g_autoptr (GBytes) bytes = make_file (INT8_HEADER, &data, sizeof data);
    g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, NULL);
    S2sTensor tensor;

    g_assert_true (s2s_weights_get (weights, "a", &tensor, NULL, 2, 2u, 3u));
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    Int8Data data = make_int8 (1, bad[i]);

    assert_int8_broken (INT8_HEADER, &data, sizeof data, 2, "the scale of row 1 is ");
  }

  Int8Data data = make_int8 (1, 1);
  data.elements[5] = 0x80;
  assert_int8_broken (INT8_HEADER, &data, sizeof data, 2,
                      "element 5 is -128, expected -127 to 127");
}

/* Ids behind a byte of weights, so that they lie at any address */
#define IDS_HEADER                                                                                 \
  "{\"x\": " TENSOR ("I8", "[1, 1]", "0", "1") ", \"a\": " TENSOR ("I32", "[3]", "1", "13") "}"
static const guint8 ids_data[] = {0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0};

static void
test_ids (void)
{
  static const gint32 expected[] = {7, 0, 513};
  g_autoptr (GBytes) bytes = make_file (IDS_HEADER, ids_data, sizeof ids_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, &error);
  guint n = 0;

  g_assert_no_error (error);
  g_autofree gint32 *ids = s2s_weights_get_ids (weights, "a", 0, 513, &n, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (ids, n * sizeof *ids, expected, sizeof expected);
  g_autofree gint32 *again = s2s_weights_get_ids (weights, "a", 3, 513, NULL, &error);
  g_assert_cmpmem (again, sizeof expected, expected, sizeof expected);
  g_assert_false (s2s_weights_check_all_used (weights, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "1 tensors that do not belong here");
  g_assert_nonnull (strstr (error->message, "“x”"));
}

static void
assert_no_ids (const guint8 *data, const char *name, guint n, gint32 max, const char *message)
{
  g_autoptr (GBytes) bytes = make_file (IDS_HEADER, data, sizeof ids_data);
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, NULL);
  g_autoptr (GError) error = NULL;
  guint n_got = 77;

  g_assert_null (s2s_weights_get_ids (weights, name, n, max, &n_got, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, message);
  g_assert_cmpuint (n_got, ==, 77);
}

static void
test_ids_wrong (void)
{
  guint8 negative[sizeof ids_data];

  memcpy (negative, ids_data, sizeof ids_data);
  negative[8] = 0x80;
  assert_no_ids (ids_data, "b", 0, 513, "tensor “b” of I32 is missing");
  assert_no_ids (ids_data, "x", 0, 513, "tensor “x”: dtype is I8, expected I32");
  assert_no_ids (ids_data, "a", 2, 513, "tensor “a”: shape is [3], expected [2]");
  assert_no_ids (ids_data, "a", 3, 512, "tensor “a”: element 2 is 513, expected 0 to 512");
  assert_no_ids (negative, "a", 3, G_MAXINT32, "tensor “a”: element 1 is -2147483648, expected 0");
}

/* Ids are no weights. */
static void
test_ids_as_weights (void)
{
  g_autoptr (GBytes) bytes = make_file (IDS_HEADER, ids_data, sizeof ids_data);
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, NULL);
  g_autoptr (GError) error = NULL;
  S2sTensor tensor;

  g_assert_false (s2s_weights_get (weights, "a", &tensor, &error, 1, 3u));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT,
                         "tensor “a”: dtype is I32, expected F32, F16, BF16 or I8");
}

/* Whatever a flipped bit or a cut does, it is an error or a file that can be read. */
static void
test_mutations (void)
{
  g_autoptr (GBytes) good = make_file (good_header, good_data, sizeof good_data);
  gsize size = g_bytes_get_size (good);

  for (gsize i = 0; i < size * 8; i++) {
    g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (good, NULL), size);

    copy[i / 8] ^= (guint8)(1 << i % 8);
    g_autoptr (GBytes) bytes = g_bytes_new (copy, size);
    g_autoptr (GError) error = NULL;
    g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, &error);
    g_assert_true ((weights == NULL) == (error != NULL));
  }
  for (gsize n = 0; n < size; n++) {
    g_autoptr (GBytes) bytes = g_bytes_new_from_bytes (good, 0, n);
    g_autoptr (GError) error = NULL;

    g_assert_null (s2s_weights_new_from_bytes (bytes, &error));
    g_assert_cmpint (error->code, ==, S2S_ERROR_FORMAT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autofree char *path = g_strconcat ("/weights/broken/", broken[i].name, NULL);

    g_test_add_data_func (path, &broken[i], test_broken);
  }
  g_test_add_func ("/weights/header-length", test_header_length);
  g_test_add_func ("/weights/header-limit", test_header_limit);
  g_test_add_func ("/weights/order", test_order);
  g_test_add_func ("/weights/get", test_get);
  g_test_add_func ("/weights/get-wrong", test_get_wrong);
  g_test_add_func ("/weights/finite", test_finite);
  g_test_add_func ("/weights/int8", test_int8);
  g_test_add_func ("/weights/int8-headers", test_int8_headers);
  g_test_add_func ("/weights/int8-values", test_int8_values);
  g_test_add_func ("/weights/ids", test_ids);
  g_test_add_func ("/weights/ids-wrong", test_ids_wrong);
  g_test_add_func ("/weights/ids-as-weights", test_ids_as_weights);
  g_test_add_func ("/weights/mutations", test_mutations);
  return g_test_run ();
}
