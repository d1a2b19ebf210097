/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What no translation looks like, seen from the token ids alone (docs/numerics.md). EOS and
 * what else is put around a source are not among the tokens. */

/* How often the most repeated stretch of at most S2S_MAX_PERIOD tokens stands there without a
 * break, counting only repetitions of together at least S2S_MIN_LOOP tokens; 1 when there is none.
 * ret_period: the length of the stretch. */
#define S2S_MAX_PERIOD 64
#define S2S_MIN_LOOP 8
guint s2s_quality_count_repeats (const gint32 *tokens, guint n_tokens, guint *ret_period);

/* Whether the target loops, more often than the source does; then ret_period is set. */
gboolean s2s_quality_is_looping (const gint32 *source, guint n_source, const gint32 *target,
                                 guint n_target, guint *ret_period);

/* Whether so few tokens are too little for that source. */
gboolean s2s_quality_is_too_short (guint n_source, guint n_target);

G_END_DECLS
