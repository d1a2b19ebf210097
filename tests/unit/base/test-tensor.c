/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/s2s-tensor.h"

#include <math.h>
#include <string.h>

#define N_HALVES 65536

/* The definition of IEEE 754 binary16, in double */
static double
get_half (guint16 half)
{
  int exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
  double sign = half & 0x8000 ? -1 : 1;

  if (exponent == 31)
    return fraction != 0 ? NAN : sign * INFINITY;
  if (exponent == 0)
    return sign * ldexp (fraction, -24);
  return sign * ldexp (1024 + fraction, exponent - 25);
}

static void
assert_same (float got, double expected)
{
  if (isnan (expected)) {
    g_assert_true (isnan (got));
    return;
  }
  g_assert_true (got == expected);
  g_assert_cmpint (signbit (got) != 0, ==, signbit (expected) != 0);
}

static void
test_every_half (void)
{
  g_autofree guint16 *halves = g_new (guint16, N_HALVES);
  g_autofree float *values = g_new (float, N_HALVES);
  S2sTensor tensor = {halves, S2S_DTYPE_F16, 2, {256, 256, 1, 1}, NULL};

  for (guint i = 0; i < N_HALVES; i++)
    halves[i] = (guint16)i;
  s2s_tensor_to_f32 (&tensor, 0, N_HALVES, values);
  for (guint i = 0; i < N_HALVES; i++)
    assert_same (values[i], get_half ((guint16)i));
}

static void
test_bfloat16 (void)
{
  static const struct {
    guint16 bits;
    double value;
  } rows[] = {
      {0x0000, 0},           {0x8000, -0.0},      {0x3f80, 1},
      {0xc040, -3},          {0x3f81, 1.0078125}, /* the last bit of the fraction */
      {0x0001, 0x1p-133},                         /* the smallest subnormal */
      {0x7f7f, 0x1.fep+127},                      /* the largest number */
      {0xff80, -INFINITY},   {0x7fc0, NAN},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    S2sTensor tensor = {&rows[i].bits, S2S_DTYPE_BF16, 1, {1, 1, 1, 1}, NULL};
    float value;

    s2s_tensor_to_f32 (&tensor, 0, 1, &value);
    assert_same (value, rows[i].value);
  }
}

/* A tensor in a file lies at any address of its element's size, and only part of it is asked for.
 */
static void
test_unaligned_part (void)
{
  const float f32[] = {0.5f, -2, 1e-40f, 8};
  const guint16 f16[] = {0x3800, 0xc000, 0x0001, 0x4800};
  guint8 bytes[sizeof f32 + 1];
  float values[4] = {7, 7, 7, 7};
  S2sTensor tensor = {bytes + 1, S2S_DTYPE_F32, 1, {4, 1, 1, 1}, NULL};

  memcpy (bytes + 1, f32, sizeof f32);
  s2s_tensor_to_f32 (&tensor, 1, 2, values);
  g_assert_cmpmem (values, 2 * sizeof (float), f32 + 1, 2 * sizeof (float));
  g_assert_cmpfloat (values[2], ==, 7);

  memcpy (bytes + 1, f16, sizeof f16);
  tensor.dtype = S2S_DTYPE_F16;
  s2s_tensor_to_f32 (&tensor, 1, 2, values + 1);
  g_assert_cmpfloat (values[0], ==, -2);
  g_assert_cmpfloat (values[1], ==, -2);
  g_assert_cmpfloat (values[2], ==, 0x1p-24f);
  g_assert_cmpfloat (values[3], ==, 7);

  s2s_tensor_to_f32 (&tensor, 4, 0, values);
  g_assert_cmpfloat (values[0], ==, -2);
}

/* Rows of three, with scales at any address */
static void
test_int8 (void)
{
  static const gint8 elements[] = {127, -127, 1, 4, 2, -3};
  static const float scales[] = {0.5f, 0.25f}, expected[] = {-63.5f, 0.5f, 1, 0.5f, -0.75f};
  guint8 bytes[sizeof scales + 1];
  float values[5];
  S2sTensor tensor = {elements, S2S_DTYPE_I8, 2, {2, 3, 1, 1}, bytes + 1};

  memcpy (bytes + 1, scales, sizeof scales);
  s2s_tensor_to_f32 (&tensor, 1, 5, values);
  g_assert_cmpmem (values, sizeof values, expected, sizeof expected);
  g_assert_cmpfloat (s2s_tensor_get_scale (&tensor, 1), ==, 0.25f);
}

static void
test_description (void)
{
  S2sTensor tensor = {NULL, S2S_DTYPE_F32, 3, {2, 3, 5, 1}, NULL};

  g_assert_cmpuint (s2s_tensor_get_n_elements (&tensor), ==, 30);
  g_assert_cmpuint (s2s_dtype_get_size (S2S_DTYPE_F32), ==, 4);
  g_assert_cmpuint (s2s_dtype_get_size (S2S_DTYPE_F16), ==, 2);
  g_assert_cmpuint (s2s_dtype_get_size (S2S_DTYPE_BF16), ==, 2);
  g_assert_cmpstr (s2s_dtype_get_name (S2S_DTYPE_F32), ==, "F32");
  g_assert_cmpstr (s2s_dtype_get_name (S2S_DTYPE_F16), ==, "F16");
  g_assert_cmpstr (s2s_dtype_get_name (S2S_DTYPE_BF16), ==, "BF16");
  g_assert_cmpuint (s2s_dtype_get_size (S2S_DTYPE_I8), ==, 1);
  g_assert_cmpstr (s2s_dtype_get_name (S2S_DTYPE_I8), ==, "I8");
  g_assert_cmpuint (s2s_dtype_get_size (S2S_DTYPE_I32), ==, 4);
  g_assert_cmpstr (s2s_dtype_get_name (S2S_DTYPE_I32), ==, "I32");
}

/* 2³¹ · 4 elements: more than 32 bits hold */
static void
test_many_elements (void)
{
  S2sTensor tensor = {NULL, S2S_DTYPE_F32, 2, {1u << 31, 4, 1, 1}, NULL};

  g_assert_cmpuint (s2s_tensor_get_n_elements (&tensor), ==, G_GUINT64_CONSTANT (1) << 33);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tensor/every-half", test_every_half);
  g_test_add_func ("/tensor/bfloat16", test_bfloat16);
  g_test_add_func ("/tensor/unaligned-part", test_unaligned_part);
  g_test_add_func ("/tensor/int8", test_int8);
  g_test_add_func ("/tensor/description", test_description);
  g_test_add_func ("/tensor/many-elements", test_many_elements);
  return g_test_run ();
}
