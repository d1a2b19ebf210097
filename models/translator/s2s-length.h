/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-decoding.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sLengthScale:
 *
 * What a sum of log-probabilities is divided by, for every length up to a limit (docs/numerics.md).
 * It never falls as the length grows. Immutable after init.
 */
typedef struct {
  double *divisors; /* [max_length + 1], by length in tokens, EOS counted */
} S2sLengthScale;

void s2s_length_scale_init (S2sLengthScale *self, S2sLengthNormalization mode, double alpha,
                            guint max_length);
void s2s_length_scale_clear (S2sLengthScale *self);

/* What hypotheses are ranked by. sum ≤ 0. */
double s2s_length_scale_get_score (const S2sLengthScale *self, double sum, guint length);

/* The best score that a hypothesis with this sum can still get when it may grow to limit tokens: no
 * further log-probability is above 0, and no divisor above that of the limit. */
double s2s_length_scale_get_bound (const S2sLengthScale *self, double sum, guint limit);

/* The longest output, in tokens with EOS, of a source of that many tokens, EOS included; at
 * least 1. */
guint s2s_length_get_limit (double factor, guint constant, guint n_source);

G_END_DECLS
