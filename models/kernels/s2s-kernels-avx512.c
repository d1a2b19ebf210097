/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-cpu.h"
#include "kernels/s2s-int8.h"

#include <glib.h>
#include <immintrin.h>
#include <string.h>

typedef __m512 Vector;

enum { LANES = 16 };
enum {
  STRIPS_1 = 8,
  STRIPS_2 = 8,
  STRIPS_3 = 8,
  STRIPS_4 = 4,
  STRIPS_5 = 4,
  STRIPS_6 = 4,
  STRIPS_7 = 3,
  STRIPS_8 = 3,
};

static inline Vector
v_set (float a)
{
  return _mm512_set1_ps (a);
}

static inline Vector
v_load (const float *x)
{
  return _mm512_loadu_ps (x);
}

static inline void
v_store (float *y, Vector v)
{
  _mm512_storeu_ps (y, v);
}

static inline __mmask16
first_lanes (gsize n)
{
  return (__mmask16)((1u << n) - 1);
}

static inline Vector
v_load_first (gsize n, const float *x, float rest)
{
  return _mm512_mask_loadu_ps (v_set (rest), first_lanes (n), x);
}

static inline void
v_store_first (gsize n, float *y, Vector v)
{
  _mm512_mask_storeu_ps (y, first_lanes (n), v);
}

static inline Vector
v_load_half (gconstpointer x)
{
  return _mm512_cvtph_ps (_mm256_loadu_si256 (x));
}

static inline Vector
v_add (Vector a, Vector b)
{
  return _mm512_add_ps (a, b);
}

static inline Vector
v_sub (Vector a, Vector b)
{
  return _mm512_sub_ps (a, b);
}

static inline Vector
v_mul (Vector a, Vector b)
{
  return _mm512_mul_ps (a, b);
}

static inline Vector
v_div (Vector a, Vector b)
{
  return _mm512_div_ps (a, b);
}

static inline Vector
v_max (Vector a, Vector b)
{
  return _mm512_max_ps (a, b);
}

static inline Vector
v_min (Vector a, Vector b)
{
  return _mm512_min_ps (a, b);
}

static inline Vector
v_fma (Vector a, Vector b, Vector c)
{
  return _mm512_fmadd_ps (a, b, c);
}

static inline Vector
v_power_of_2 (Vector v)
{
  __m512i exponent = _mm512_slli_epi32 (_mm512_castps_si512 (v), 23);

  return _mm512_castsi512_ps (_mm512_add_epi32 (exponent, _mm512_castps_si512 (v_set (1.0f))));
}

static inline Vector
v_zero_below (Vector x, float limit, Vector v)
{
  return _mm512_maskz_mov_ps (_mm512_cmp_ps_mask (x, v_set (limit), _CMP_NLT_UQ), v);
}

static inline float
v_sum (Vector v)
{
  return _mm512_reduce_add_ps (v);
}

static inline float
v_max_lane (Vector v)
{
  return _mm512_reduce_max_ps (v);
}

typedef __m512i Ints;

enum {
  I8_STRIPS_1 = 8,
  I8_STRIPS_2 = 8,
  I8_STRIPS_3 = 8,
  I8_STRIPS_4 = 6,
};

static inline Ints
i_set (gint32 a)
{
  return _mm512_set1_epi32 (a);
}

static inline Ints
i_load (gconstpointer x)
{
  return _mm512_loadu_si512 (x);
}

static inline Ints
i_set_bytes (gconstpointer x)
{
  gint32 bytes;

  memcpy (&bytes, x, sizeof bytes);
  return i_set (bytes);
}

static inline Ints
i_add (Ints a, Ints b)
{
  return _mm512_add_epi32 (a, b);
}

static inline Ints
i_max (Ints a, Ints b)
{
  return _mm512_max_epi32 (a, b);
}

static inline gint32
i_sum (Ints v)
{
  return _mm512_reduce_add_epi32 (v);
}

static inline gint32
i_max_lane (Ints v)
{
  return _mm512_reduce_max_epi32 (v);
}

static inline Ints
i_abs_bits (Vector v)
{
  return _mm512_and_si512 (_mm512_castps_si512 (v), i_set (G_MAXINT32));
}

static inline Ints
i_round (Vector v)
{
  return _mm512_cvtps_epi32 (v);
}

static inline Vector
i_to_floats (Ints v)
{
  return _mm512_cvtepi32_ps (v);
}

static inline void
i_store_bytes (gint8 *y, Ints v)
{
  _mm_storeu_si128 ((gpointer)y, _mm512_cvtepi32_epi8 (v));
}

#ifdef __AVX512VNNI__

/* The instruction wants one factor unsigned: 128 more than w, which is 128 · Σ x too much. */
static inline Ints
i_start (const S2sInt8Row *row)
{
  return i_set (-128 * row->sum);
}

static inline Ints
i_dot (Ints sum, Ints w, Ints x)
{
  return _mm512_dpbusd_epi32 (sum, _mm512_xor_si512 (w, _mm512_set1_epi8 (-128)), x);
}

#else

static inline Ints
i_start (const S2sInt8Row *row)
{
  return i_set (0);
}

/* |x| is the unsigned factor that the instruction wants, and w takes its sign. Two products of at
 * most 127² are less than what 16 bits hold, so nothing saturates. */
static inline Ints
i_dot (Ints sum, Ints w, Ints x)
{
  Ints signed_w = _mm512_mask_sub_epi8 (w, _mm512_movepi8_mask (x), i_set (0), w);
  Ints pairs = _mm512_maddubs_epi16 (_mm512_abs_epi8 (x), signed_w);

  return i_add (sum, _mm512_madd_epi16 (pairs, _mm512_set1_epi16 (1)));
}

#endif

#include "kernels/s2s-kernels-int8.h"

#ifdef __AVX512VNNI__
const S2sKernels s2s_kernels_avx512vnni = {
    .name = "avx512vnni",
    .required = S2S_CPU_AVX512 | S2S_CPU_AVX512VNNI,
#else
const S2sKernels s2s_kernels_avx512 = {
    .name = "avx512",
    .required = S2S_CPU_AVX512,
#endif
    .lanes = LANES,
    .few_rows = 32,
    .panels_f32 = panels_f32,
    .panels_f16 = panels_f16,
    .f16_to_f32 = f16_to_f32,
    .quantize = quantize,
    .panels_i8 = panels_i8,
    .dot = dot,
    .axpy = axpy,
    .add = add,
    .dots = dots,
    .mix = mix,
    .tanh = apply_tanh,
    .sigmoid = apply_sigmoid,
    .additive_score = additive_score,
    .softmax = softmax,
    .log_sum_exp = log_sum_exp,
    .layer_norm = layer_norm,
    .relu = relu,
    .gelu = gelu,
    .swish = swish,
    .lstm = lstm,
    .gru = gru,
    .gru_reset = gru_reset,
    .gru_update = gru_update,
};
