/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

static inline float
s2s_float_from_bits (guint32 bits)
{
  union {
    guint32 bits;
    float value;
  } pun = {bits};

  return pun.value;
}

static inline guint32
s2s_bits_from_float (float value)
{
  union {
    float value;
    guint32 bits;
  } pun = {value};

  return pun.bits;
}

/* Half precision (IEEE 754 binary16) to single: exact, subnormals, infinities and NaN too. A
 * subnormal is made from its integer, not by a product with a subnormal float, which would be lost
 * where the processor takes denormals for zero. Without a branch, so that loops vectorise. */
static inline float
s2s_float_from_half (guint16 half)
{
  guint32 sign = (guint32)(half & 0x8000) << 16;
  guint32 exponent = half & 0x7c00;
  gint32 fraction = half & 0x03ff;
  float subnormal = (float)fraction * 0x1p-24f;
  guint32 normal = ((guint32)(half & 0x7fff) << 13) + (112u << 23);
  guint32 special = normal + (112u << 23);
  union {
    float value;
    guint32 bits;
  } pun = {subnormal};

  return s2s_float_from_bits (sign | (exponent == 0        ? pun.bits
                                      : exponent == 0x7c00 ? special
                                                           : normal));
}

/* bfloat16 is the upper half of a float. */
static inline float
s2s_float_from_bfloat16 (guint16 value)
{
  return s2s_float_from_bits ((guint32)value << 16);
}

G_END_DECLS
