/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "text/s2s-tokenizer.h"
#include "translator/s2s-translator.h"
#include "translator/s2s-unit.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sJoiner:
 * @source: the source tokenizer
 * @target: the target tokenizer
 * @separator: what stands between two sentences of the target language
 *
 * How the results of an input's units become one translation. Borrowed.
 */
typedef struct {
  const S2sTokenizer *source;
  const S2sTokenizer *target;
  const char *separator;
} S2sJoiner;

/* "" where sentences are written without a blank between them, else a blank. */
const char *s2s_joiner_get_separator (const char *language);

/* The text of a result of a unit by itself, without blanks at its ends. (transfer full) */
char *s2s_joiner_get_text (const S2sJoiner *self, const S2sUnit *unit,
                           const S2sSearchResult *result);

/* units [n_units]: decoded, in the order of the text; none gives one empty hypothesis. (transfer
 * full) */
S2sTranslation *s2s_joiner_join (const S2sJoiner *self, S2sUnit *const *units, guint n_units);

G_END_DECLS
