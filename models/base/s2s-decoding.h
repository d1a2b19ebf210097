/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define S2S_MAX_BEAM 32

/**
 * S2sLengthNormalization:
 * @S2S_LENGTH_NORMALIZATION_NONE: the sum of log-probabilities
 * @S2S_LENGTH_NORMALIZATION_AVERAGE: the sum divided by length to the power of α
 * @S2S_LENGTH_NORMALIZATION_GNMT: the sum divided by ((5 + length) / 6) to the power of α (Wu 2016,
 * equation 14)
 * @S2S_LENGTH_NORMALIZATION_MARIAN: what Marian does with `--normalize` α and no word penalty: the
 * same as the average, the name tells where a bundle's α comes from
 *
 * How hypotheses of different lengths are compared. The length is in target tokens and counts EOS.
 */
typedef enum {
  S2S_LENGTH_NORMALIZATION_NONE,
  S2S_LENGTH_NORMALIZATION_AVERAGE,
  S2S_LENGTH_NORMALIZATION_GNMT,
  S2S_LENGTH_NORMALIZATION_MARIAN,
} S2sLengthNormalization;

/**
 * S2sSearchEnd:
 * @S2S_SEARCH_END_PROVEN: when no hypothesis that is live can come before the best finished one
 * @S2S_SEARCH_END_ESTIMATED: when as many as the beam is wide have finished, and none that is live
 * is better, as it stands, than the worst of these
 * @S2S_SEARCH_END_FULL: when as many as the beam is wide have finished
 *
 * When a search ends by itself. The second and the third are those of Hugging Face's `generate`
 * with `early_stopping` false and true.
 */
typedef enum {
  S2S_SEARCH_END_PROVEN,
  S2S_SEARCH_END_ESTIMATED,
  S2S_SEARCH_END_FULL,
} S2sSearchEnd;

G_END_DECLS
