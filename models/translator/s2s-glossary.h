/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/s2s-config.h"
#include "text/s2s-tokenizer.h"
#include "translator/s2s-search.h"
#include "translator/s2s-translator.h"
#include "translator/s2s-unit.h"

#include <glib.h>

G_BEGIN_DECLS

/* Whether the terms of an input are what S2sInput says, of a text of that many bytes; else
 * S2S_ERROR_OPTIONS. */
gboolean s2s_glossary_check (const S2sInput *input, const char *text, gsize length, GError **error);

/**
 * S2sGlossary:
 * @target: the target tokenizer
 * @search: what decodes
 * @stand_ins: of the bundle
 * @n_stand_ins: how many
 *
 * How terms come into a sentence. Borrowed.
 */
typedef struct {
  const S2sTokenizer *target;
  const S2sSearch *search;
  const S2sStandIn *stand_ins;
  guint n_stand_ins;
} S2sGlossary;

/* Gives each unit of an input, in order, the terms that begin in it, and puts stand-ins in their
 * places. form, text: that the units were cut by, and from. */
gboolean s2s_glossary_assign (const S2sGlossary *self, const S2sSourceForm *form,
                              const S2sInput *input, const char *text, S2sUnit *const *units,
                              guint n_units, GError **error);

/* Appends to ids (gint32) the tokens of a prefix, and to terms (gint) the term that each is of, or
 * -1: the first place in it where the target of a term stands is that term. */
gboolean s2s_glossary_encode_prefix (const S2sUnit *unit, const S2sTokenizer *target,
                                     const char *prefix, GArray *ids, GArray *terms,
                                     GError **error);

/* The text of the first n_tokens of a result: the targets of terms byte for byte, the rest as the
 * tokenizer decodes it. keeps_blanks: whether the language has blanks between words. ret_spans
 * [n_tokens]: the place in it of each token. (transfer full) */
char *s2s_glossary_decode (const S2sUnit *unit, const S2sTokenizer *target,
                           const S2sSearchResult *result, guint n_tokens, gboolean keeps_blanks,
                           S2sSpan *ret_spans);

G_END_DECLS
