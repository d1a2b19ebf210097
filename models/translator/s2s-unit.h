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
  guint input;          /* index of the input that it is of */
  S2sSpan stretch;      /* where it is in the input */
  guint n_ids;          /* source tokens, EOS included */
  gint32 *ids;          /* [n_ids] */
  S2sSpan *spans;       /* [n_ids], where each is in the input */
  guint n_prefix;       /* target tokens that the output begins with */
  gint32 *prefix;       /* [n_prefix] */
  gint *prefix_terms;   /* [n_prefix], see S2sSearchInput; NULL without terms */
  guint n_terms;        /* that begin in it */
  S2sTermTokens *terms; /* [n_terms], each owns its tokens; NULL without terms */
  char **targets;       /* [n_terms] their text, NULL-terminated; NULL without terms */
  gboolean wants_attention;
  guint n_results;
  S2sSearchResult *results; /* [n_results], best first */
} S2sUnit;

void s2s_unit_free (S2sUnit *self);
void s2s_unit_clear_results (S2sUnit *self);

/* Takes both arrays, of gint32 and S2sSpan, as the source tokens, and adds EOS at the end of the
 * stretch. */
void s2s_unit_set_source (S2sUnit *self, GArray *ids, GArray *spans, gint32 eos);

/* Cuts text, valid UTF-8, into units of at most max_source tokens and appends them (S2sUnit, owned)
 * in order. Blank text gives none. */
gboolean s2s_unit_cut (const S2sTokenizer *tokenizer, guint max_source, guint input,
                       const char *text, gsize length, GPtrArray *units, GError **error);

G_END_DECLS
