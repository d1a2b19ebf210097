/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-cpu.h"

#include <glib.h>
#include <immintrin.h>

typedef __m256 Vector;

enum { LANES = 8 };
enum {
  STRIPS_1 = 8,
  STRIPS_2 = 4,
  STRIPS_3 = 4,
  STRIPS_4 = 2,
  STRIPS_5 = 2,
  STRIPS_6 = 2,
  STRIPS_7 = 1,
  STRIPS_8 = 1,
};

static inline Vector
v_set (float a)
{
  return _mm256_set1_ps (a);
}

static inline Vector
v_load (const float *x)
{
  return _mm256_loadu_ps (x);
}

static inline void
v_store (float *y, Vector v)
{
  _mm256_storeu_ps (y, v);
}

static inline __m256i
first_lanes (gsize n)
{
  return _mm256_cmpgt_epi32 (_mm256_set1_epi32 ((int)n),
                             _mm256_setr_epi32 (0, 1, 2, 3, 4, 5, 6, 7));
}

static inline Vector
v_load_first (gsize n, const float *x, float rest)
{
  __m256i mask = first_lanes (n);

  return _mm256_blendv_ps (v_set (rest), _mm256_maskload_ps (x, mask), _mm256_castsi256_ps (mask));
}

static inline void
v_store_first (gsize n, float *y, Vector v)
{
  _mm256_maskstore_ps (y, first_lanes (n), v);
}

static inline Vector
v_load_half (gconstpointer x)
{
  return _mm256_cvtph_ps (_mm_loadu_si128 (x));
}

static inline Vector
v_add (Vector a, Vector b)
{
  return _mm256_add_ps (a, b);
}

static inline Vector
v_sub (Vector a, Vector b)
{
  return _mm256_sub_ps (a, b);
}

static inline Vector
v_mul (Vector a, Vector b)
{
  return _mm256_mul_ps (a, b);
}

static inline Vector
v_div (Vector a, Vector b)
{
  return _mm256_div_ps (a, b);
}

static inline Vector
v_max (Vector a, Vector b)
{
  return _mm256_max_ps (a, b);
}

static inline Vector
v_min (Vector a, Vector b)
{
  return _mm256_min_ps (a, b);
}

static inline Vector
v_fma (Vector a, Vector b, Vector c)
{
  return _mm256_fmadd_ps (a, b, c);
}

static inline Vector
v_power_of_2 (Vector v)
{
  __m256i exponent = _mm256_slli_epi32 (_mm256_castps_si256 (v), 23);

  return _mm256_castsi256_ps (_mm256_add_epi32 (exponent, _mm256_castps_si256 (v_set (1.0f))));
}

static inline Vector
v_zero_below (Vector x, float limit, Vector v)
{
  return _mm256_andnot_ps (_mm256_cmp_ps (x, v_set (limit), _CMP_LT_OQ), v);
}

static inline float
v_sum (Vector v)
{
  __m128 sum = _mm_add_ps (_mm256_castps256_ps128 (v), _mm256_extractf128_ps (v, 1));

  sum = _mm_add_ps (sum, _mm_movehl_ps (sum, sum));
  return _mm_cvtss_f32 (_mm_add_ss (sum, _mm_movehdup_ps (sum)));
}

static inline float
v_max_lane (Vector v)
{
  __m128 max = _mm_max_ps (_mm256_castps256_ps128 (v), _mm256_extractf128_ps (v, 1));

  max = _mm_max_ps (max, _mm_movehl_ps (max, max));
  return _mm_cvtss_f32 (_mm_max_ss (max, _mm_movehdup_ps (max)));
}

#include "kernels/s2s-kernels-vector.h"

const S2sKernels s2s_kernels_avx2 = {
    .name = "avx2",
    .required = S2S_CPU_AVX2,
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
