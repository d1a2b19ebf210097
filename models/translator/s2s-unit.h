/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "text/s2s-keeper.h"
#include "translator/s2s-search.h"
#include "translator/s2s-source.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sUnit:
 *
 * What is decoded at once: a sentence, or a part of one that is too long; of a bundle that decodes
 * whole texts as many sentences as there is room for.
 */
typedef struct {
  guint input;          /* index of the input that it is of */
  S2sSpan stretch;      /* where it is in the input */
  guint n_ids;          /* source tokens, with what is put around those of the text */
  guint length;         /* which length of the form is asked for */
  guint n_context;      /* tokens of earlier texts, right before those of the text */
  guint first_text;     /* where those of the text begin */
  guint n_text;         /* and how many there are, 1 or more */
  gint32 *ids;          /* [n_ids] */
  S2sSpan *spans;       /* [n_ids], where each is in the input */
  guint n_prefix;       /* target tokens that the output begins with */
  gint32 *prefix;       /* [n_prefix] */
  gint *prefix_terms;   /* [n_prefix], see S2sSearchInput; NULL without terms */
  guint n_terms;        /* that begin in it */
  S2sTermTokens *terms; /* [n_terms], each owns its tokens; NULL without terms */
  char **targets;       /* [n_terms] their text, NULL-terminated; NULL without terms */
  S2sKept *kept;        /* what its results have to keep; NULL: nothing */
  gboolean wants_attention;
  guint n_results;
  S2sSearchResult *results; /* [n_results], best first */
} S2sUnit;

void s2s_unit_free (S2sUnit *self);
void s2s_unit_clear_results (S2sUnit *self);

/* Source tokens that are not of earlier texts. */
guint s2s_unit_count_own (const S2sUnit *self);

/* Takes both arrays, of gint32 and S2sSpan, as the tokens of the text, and puts around them what
 * the form says, at the ends of the stretch, with as many earlier texts as there is room for. */
void s2s_unit_set_source (S2sUnit *self, const S2sSourceForm *form, GArray *ids, GArray *spans);

/* Asks for the next greater length; FALSE when there is none. */
gboolean s2s_unit_lengthen (S2sUnit *self, const S2sSourceForm *form);

/* Cuts text, valid UTF-8, into units that are not too long and appends them (S2sUnit, owned) in
 * order. Text without a token, as a blank one, gives none. */
gboolean s2s_unit_cut (const S2sSourceForm *form, guint input, const char *text, gsize length,
                       GPtrArray *units, GError **error);

G_END_DECLS
