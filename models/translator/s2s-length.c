/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-length.h"

#include <math.h>

static double
get_divisor (S2sLengthNormalization mode, double alpha, guint length)
{
  switch (mode) {
  case S2S_LENGTH_NORMALIZATION_AVERAGE:
  case S2S_LENGTH_NORMALIZATION_MARIAN:
    return pow (MAX (length, 1), alpha);
  case S2S_LENGTH_NORMALIZATION_GNMT:
    return pow ((5.0 + length) / 6.0, alpha);
  case S2S_LENGTH_NORMALIZATION_NONE:
  default:
    return 1;
  }
}

void
s2s_length_scale_init (S2sLengthScale *self, S2sLengthNormalization mode, double alpha,
                       guint max_length)
{
  self->divisors = g_new (double, max_length + 1);
  for (guint length = 0; length <= max_length; length++)
    self->divisors[length] = get_divisor (mode, alpha, length);
}

void
s2s_length_scale_clear (S2sLengthScale *self)
{
  g_clear_pointer (&self->divisors, g_free);
}

double
s2s_length_scale_get_score (const S2sLengthScale *self, double sum, guint length)
{
  return sum / self->divisors[length];
}

double
s2s_length_scale_get_bound (const S2sLengthScale *self, double sum, guint limit)
{
  return sum / self->divisors[limit];
}

guint
s2s_length_get_limit (double factor, guint constant, guint n_source)
{
  return MAX (1, (guint)(factor * n_source) + constant);
}
