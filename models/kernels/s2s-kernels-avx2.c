/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-cpu.h"
#include "kernels/s2s-int8.h"

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

typedef __m256i Ints;

enum {
  I8_STRIPS_1 = 8,
  I8_STRIPS_2 = 4,
  I8_STRIPS_3 = 2,
  I8_STRIPS_4 = 2,
};

static inline Ints
i_set (gint32 a)
{
  return _mm256_set1_epi32 (a);
}

static inline Ints
i_load (gconstpointer x)
{
  return _mm256_loadu_si256 (x);
}

static inline Ints
i_set_bytes (gconstpointer x)
{
  return _mm256_castps_si256 (_mm256_broadcast_ss (x));
}

static inline Ints
i_add (Ints a, Ints b)
{
  return _mm256_add_epi32 (a, b);
}

static inline Ints
i_max (Ints a, Ints b)
{
  return _mm256_max_epi32 (a, b);
}

static inline gint32
i_sum (Ints v)
{
  __m128i sum = _mm_add_epi32 (_mm256_castsi256_si128 (v), _mm256_extracti128_si256 (v, 1));

  sum = _mm_add_epi32 (sum, _mm_shuffle_epi32 (sum, 0x4e));
  return _mm_cvtsi128_si32 (_mm_add_epi32 (sum, _mm_shuffle_epi32 (sum, 0xb1)));
}

static inline gint32
i_max_lane (Ints v)
{
  __m128i max = _mm_max_epi32 (_mm256_castsi256_si128 (v), _mm256_extracti128_si256 (v, 1));

  max = _mm_max_epi32 (max, _mm_shuffle_epi32 (max, 0x4e));
  return _mm_cvtsi128_si32 (_mm_max_epi32 (max, _mm_shuffle_epi32 (max, 0xb1)));
}

static inline Ints
i_abs_bits (Vector v)
{
  return _mm256_and_si256 (_mm256_castps_si256 (v), i_set (G_MAXINT32));
}

static inline Ints
i_round (Vector v)
{
  return _mm256_cvtps_epi32 (v);
}

static inline Vector
i_to_floats (Ints v)
{
  return _mm256_cvtepi32_ps (v);
}

static inline void
i_store_bytes (gint8 *y, Ints v)
{
  __m128i words = _mm_packs_epi32 (_mm256_castsi256_si128 (v), _mm256_extracti128_si256 (v, 1));

  _mm_storeu_si64 (y, _mm_packs_epi16 (words, words));
}

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
  Ints pairs = _mm256_maddubs_epi16 (_mm256_abs_epi8 (x), _mm256_sign_epi8 (w, x));

  return i_add (sum, _mm256_madd_epi16 (pairs, _mm256_set1_epi16 (1)));
}

#include "kernels/s2s-kernels-int8.h"

const S2sKernels s2s_kernels_avx2 = {
    .name = "avx2",
    .required = S2S_CPU_AVX2,
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
