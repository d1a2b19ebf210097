/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-half.h"

#include <float.h>
#include <glib.h>

G_BEGIN_DECLS

#define S2S_INT8_WIDTH 16 /* weights side by side in a panel of int8 */
#define S2S_INT8_GROUP 4  /* inputs of one weight that lie together there */

/**
 * S2sInt8Row:
 * @scale: what 1 is worth
 * @sum: of the row
 *
 * A row of x as int8, from −127 to 127, beside its bytes.
 */
typedef struct {
  float scale;
  gint32 sum;
} S2sInt8Row;

/* Bytes of a row of n */
static inline gsize
s2s_int8_round_up (gsize n)
{
  return (n + S2S_INT8_GROUP - 1) / S2S_INT8_GROUP * S2S_INT8_GROUP;
}

/* Where input i of a weight lies in a panel, from its input 0 on */
static inline gsize
s2s_int8_get_offset (gsize i)
{
  return i / S2S_INT8_GROUP * S2S_INT8_GROUP * S2S_INT8_WIDTH + i % S2S_INT8_GROUP;
}

/* What a row of floats is multiplied with to become int8; 0 where all its bytes are to be 0. bits:
 * of the greatest |x|. Sets the scale, and a sum of 0. */
static inline float
s2s_int8_get_factor (guint32 bits, S2sInt8Row *ret_row)
{
  float max = s2s_float_from_bits (bits);

  ret_row->sum = 0;
  ret_row->scale = 0;
  if (bits >= 0x7f800000) /* infinite or NaN */
    ret_row->scale = s2s_float_from_bits (0x7fc00000);
  else if (max >= G_MAXINT8 * FLT_MIN) /* else the scale would be no normal number */
    ret_row->scale = max / G_MAXINT8;
  return ret_row->scale > 0 ? G_MAXINT8 / max : 0;
}

G_END_DECLS
