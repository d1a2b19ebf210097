/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-quality.h"

/* As often as that in a row is a loop */
#define LOOP_REPEATS 4
/* Fewer target tokens than a tenth of the source tokens */
#define SHORT_RATIO 10

guint
s2s_quality_count_repeats (const gint32 *tokens, guint n_tokens, guint *ret_period)
{
  guint best = 1;

  for (guint period = 1; period <= MIN (S2S_MAX_PERIOD, n_tokens / 2); period++) {
    guint run = 0;

    for (guint i = period; i < n_tokens; i++) {
      run = tokens[i] == tokens[i - period] ? run + 1 : 0;
      if (run / period + 1 <= best || run + period < S2S_MIN_LOOP)
        continue;
      best = run / period + 1;
      *ret_period = period;
    }
  }
  return best;
}

gboolean
s2s_quality_is_looping (const gint32 *source, guint n_source, const gint32 *target, guint n_target,
                        guint *ret_period)
{
  guint source_period = 0, target_period = 0;
  guint allowed = s2s_quality_count_repeats (source, n_source, &source_period);
  guint repeats = s2s_quality_count_repeats (target, n_target, &target_period);

  if (repeats < LOOP_REPEATS || repeats <= allowed)
    return FALSE;
  *ret_period = target_period;
  return TRUE;
}

gboolean
s2s_quality_is_too_short (guint n_source, guint n_target)
{
  return n_target * SHORT_RATIO < n_source;
}
