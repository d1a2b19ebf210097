/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-cpu.h"

#include <glib.h>
#include <immintrin.h>

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

#include "kernels/s2s-kernels-vector.h"

const S2sKernels s2s_kernels_avx512 = {
    .name = "avx512",
    .required = S2S_CPU_AVX512,
    .lanes = LANES,
    .few_rows = 32,
    .panels_f32 = panels_f32,
    .panels_f16 = panels_f16,
    .f16_to_f32 = f16_to_f32,
    .dot = dot,
    .axpy = axpy,
    .add = add,
    .tanh = apply_tanh,
    .sigmoid = apply_sigmoid,
    .additive_score = additive_score,
    .softmax = softmax,
    .log_sum_exp = log_sum_exp,
    .lstm = lstm,
    .gru = gru,
    .gru_reset = gru_reset,
    .gru_update = gru_update,
};
