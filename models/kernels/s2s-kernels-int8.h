/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kernels/s2s-kernels-vector.h"

#include <string.h>

/* The products of int8 over vectors, written once for all instruction sets. A file
 * s2s-kernels-<isa>.c includes this after it has defined, beside what s2s-kernels-vector.h wants,
 *
 *   Ints                     a vector of LANES 32-bit integers, or of 4 · LANES bytes
 *   I8_STRIPS_1 … I8_STRIPS_4   as STRIPS_n; divisors of BLOCK_STRIPS
 *   i_set (a)                a in all lanes
 *   i_load (x)               4 · LANES bytes
 *   i_set_bytes (x)          4 bytes in each lane
 *   i_add, i_max (a, b)
 *   i_sum (v), i_max_lane (v)   over the lanes
 *   i_abs_bits (v)           the bits of |v|: they sort as the numbers do, NaN last
 *   i_round (v)              to the nearest integer, a half to the even one
 *   i_to_floats (v)
 *   i_store_bytes (y, v)     lanes from −128 to 127 as bytes
 *   i_start (row)            what i_dot begins with: it may have to undo what i_dot adds
 *   i_dot (sum, w, x)        sum + the four products of bytes in each lane, x with the bytes of
 *                            i_set_bytes; both from −127 to 127
 *
 * All integers are exact, and floats go through the operations of the C row in its order, so all
 * rows give the same bits. */

#define I8_MAX_ROWS 4
#define I8_MAX_STRIPS 8

static guint32
max_bits (gsize n, const float *x)
{
  Ints max = i_set (0);

  for (gsize i = 0; i < n; i += LANES)
    max = i_max (max, i_abs_bits (v_load_next (n, i, x, 0.0f)));
  return (guint32)i_max_lane (max);
}

static void
quantize (gsize n, const float *x, gint8 *ret_x, S2sInt8Row *ret_row)
{
  float factor = s2s_int8_get_factor (max_bits (n, x), ret_row);
  Ints sum = i_set (0);

  if (factor == 0) {
    memset (ret_x, 0, s2s_int8_round_up (n));
    return;
  }
  for (gsize i = 0; i < n; i += LANES) {
    Ints q = i_round (v_mul (v_set (factor), v_load_next (n, i, x, 0.0f)));
    gint8 bytes[LANES];

    sum = i_add (sum, q);
    i_store_bytes (bytes, q);
    memcpy (ret_x + i, bytes, MIN (LANES, s2s_int8_round_up (n - i)));
  }
  ret_row->sum = i_sum (sum);
}

typedef struct {
  gsize n; /* outputs */
  gsize k; /* a multiple of S2S_INT8_GROUP */
  const gint8 *panels;
  const float *scales;
  const float *bias;
  gsize y_stride;
} Int8Product;

typedef Ints Int8Tile[I8_MAX_STRIPS][I8_MAX_ROWS];

/* y = bias or y, + the sums as floats. A call of its own: a loop over sums in registers must be
 * unrolled, and this one is too long for the compiler to do that. */
static G_NO_INLINE void
add_tile_i8 (const Int8Product *self, const S2sInt8Row *rows, float *y, gsize strip, guint n_rows,
             guint n_strips, const Int8Tile sums)
{
  for (guint s = 0; s < n_strips; s++) {
    gsize output = (strip + s) * LANES;
    Vector scale = v_load_next (self->n, output, self->scales, 0.0f);

    for (guint r = 0; r < n_rows; r++) {
      float *to = y + r * self->y_stride;
      Vector sum = v_mul (v_mul (i_to_floats (sums[s][r]), v_set (rows[r].scale)), scale);

      const float *start = self->bias != NULL ? self->bias : to;

      v_store_next (self->n, output, to, v_add (v_load_next (self->n, output, start, 0.0f), sum));
    }
  }
}

static G_ALWAYS_INLINE inline void
multiply_tile_i8 (const Int8Product *self, const gint8 *x, const S2sInt8Row *rows, float *y,
                  gsize strip, guint n_rows, guint n_strips)
{
  const gint8 *weights[I8_MAX_STRIPS];
  Int8Tile sums;

  for (guint s = 0; s < n_strips; s++) {
    gsize output = (strip + s) * LANES;
    gsize panel = output / S2S_INT8_WIDTH, column = output % S2S_INT8_WIDTH;

    weights[s] = self->panels + panel * self->k * S2S_INT8_WIDTH + column * S2S_INT8_GROUP;
    for (guint r = 0; r < n_rows; r++)
      sums[s][r] = i_start (&rows[r]);
  }

  for (gsize i = 0; i < self->k; i += S2S_INT8_GROUP)
    for (guint s = 0; s < n_strips; s++) {
      const gint8 *at = weights[s] + i * S2S_INT8_WIDTH;
      Ints w = i_load (at);

      __builtin_prefetch (at + AHEAD);
      for (guint r = 0; r < n_rows; r++)
        sums[s][r] = i_dot (sums[s][r], w, i_set_bytes (x + r * self->k + i));
    }

  Int8Tile done;
  for (guint s = 0; s < n_strips; s++)
    for (guint r = 0; r < n_rows; r++)
      done[s][r] = sums[s][r];
  add_tile_i8 (self, rows, y, strip, n_rows, n_strips, done);
}

static G_ALWAYS_INLINE inline void
multiply_rows_i8 (const Int8Product *self, const gint8 *x, const S2sInt8Row *rows, float *y,
                  gsize first, guint n_rows, guint n_strips)
{
  gsize strip = first, end = MIN (first + BLOCK_STRIPS, (self->n + LANES - 1) / LANES);

  for (; strip + n_strips <= end; strip += n_strips)
    multiply_tile_i8 (self, x, rows, y, strip, n_rows, n_strips);
  for (; strip < end; strip++)
    multiply_tile_i8 (self, x, rows, y, strip, n_rows, 1);
}

static void
multiply_group_i8 (const Int8Product *self, const gint8 *x, const S2sInt8Row *rows, float *y,
                   gsize first, guint n_rows)
{
  switch (n_rows) {
  case 1:
    return multiply_rows_i8 (self, x, rows, y, first, 1, I8_STRIPS_1);
  case 2:
    return multiply_rows_i8 (self, x, rows, y, first, 2, I8_STRIPS_2);
  case 3:
    return multiply_rows_i8 (self, x, rows, y, first, 3, I8_STRIPS_3);
  default:
    return multiply_rows_i8 (self, x, rows, y, first, I8_MAX_ROWS, I8_STRIPS_4);
  }
}

static void
panels_i8 (guint n_rows, gsize n, gsize k, const gint8 *x, const S2sInt8Row *rows,
           const gint8 *panels, const float *scales, const float *bias, float *y, gsize y_stride)
{
  Int8Product product = {n, k, panels, scales, bias, y_stride};

  for (gsize first = 0; first * LANES < n; first += BLOCK_STRIPS)
    for (gsize r = 0; r < n_rows; r += I8_MAX_ROWS)
      multiply_group_i8 (&product, x + r * k, rows + r, y + r * y_stride, first,
                         MIN (I8_MAX_ROWS, n_rows - r));
}
