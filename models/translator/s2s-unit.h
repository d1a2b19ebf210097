/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "text/s2s-tokenizer.h"
#include "translator/s2s-search.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sUnit:
 *
 * One sentence, or a part of one that is too long: what is decoded at once.
 */
typedef struct {
  guint input;    /* index of the input that it is of */
  guint n_ids;    /* source tokens, EOS included */
  gint32 *ids;    /* [n_ids] */
  S2sSpan *spans; /* [n_ids], where each is in the input */
  guint n_prefix; /* target tokens that the output begins with */
  gint32 *prefix; /* [n_prefix] */
  gboolean wants_attention;
  guint n_results;
  S2sSearchResult *results; /* [n_results], best first */
} S2sUnit;

void s2s_unit_free (S2sUnit *self);
void s2s_unit_clear_results (S2sUnit *self);

/* Cuts text, valid UTF-8, into units of at most max_source tokens and appends them (S2sUnit, owned)
 * in order. Blank text gives none. */
gboolean s2s_unit_cut (const S2sTokenizer *tokenizer, guint max_source, guint input,
                       const char *text, gsize length, GPtrArray *units, GError **error);

G_END_DECLS
