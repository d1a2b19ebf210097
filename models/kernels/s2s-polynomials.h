/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The constants of exp, tanh and gelu, the same in every row of kernels. Fitted by minimax of the
 * relative error, then rounded to single precision; the bounds are in docs/numerics.md.
 *
 * exp: x = n·ln 2 + r with |r| ≤ ln 2 / 2, exp (x) = 2ⁿ·(1 + r + r²·q (r)). Adding s2s_exp_round
 * rounds x·log2 e to the integer n and leaves n in the lowest bits of the sum. The arguments are
 * kept where 2ⁿ is a normal float; what lies below gives 0.
 *
 * tanh: x·p (x²)/q (x²), within ±s2s_tanh_max; beyond it tanh rounds to ±1.
 *
 * gelu: x·Φ (x) = max (x, 0) − |x|·Φ (−|x|), and Φ (−|x|) = t·c (t)·exp (−x²/2) with t = 1 /
 * (1 + s2s_gelu_p·|x|), the form of Abramowitz and Stegun 7.1.26; beyond s2s_gelu_max it is 0. */

static const float s2s_exp_min = -87.3f;
static const float s2s_exp_max = 88.0f;
static const float s2s_exp_log2_e = 0x1.715476p+0f;
static const float s2s_exp_ln_2_high = 0x1.62ep-1f; /* 12 bits: n times it is exact */
static const float s2s_exp_ln_2_low = 0x1.0bfbe8p-15f;
static const float s2s_exp_round = 0x1.8p+23f;
static const float s2s_exp_q[5] = {0x1.fffffcp-2f, 0x1.555492p-3f, 0x1.5558f2p-5f, 0x1.123a2p-7f,
                                   0x1.6a23dp-10f};

static const float s2s_tanh_max = 9.02f;
static const float s2s_tanh_p[5] = {0x1p+0f, 0x1.1213d4p-3f, 0x1.ca6b36p-9f, 0x1.5a3632p-16f,
                                    0x1.cbe182p-27f};
static const float s2s_tanh_q[5] = {0x1p+0f, 0x1.de5f36p-2f, 0x1.a816e2p-6f, 0x1.58d37ap-12f,
                                    0x1.a23c66p-21f};

#define S2S_GELU_DEGREE 7
static const float s2s_gelu_max = 14.0f;
static const float s2s_gelu_p = 0.3f;
static const float s2s_gelu_c[S2S_GELU_DEGREE + 1] = {
    0x1.ea0068p-4f,  0x1.ee9bbap-4f, 0x1.993eb8p-4f,  0x1.074bap-3f,
    -0x1.b7c94ep-5f, 0x1.a69d6cp-3f, -0x1.41f42cp-3f, 0x1.243feep-5f};

/* Below it the sigmoid has no normal float, so that −∞ does not become NaN. */
static const float s2s_swish_min = -90.0f;

G_END_DECLS
