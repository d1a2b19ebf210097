/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-span.h"

#include <glib.h>

G_BEGIN_DECLS

/* Cuts valid UTF-8 text after the punctuation that ends a sentence (. ! ? … and their full-width
 * forms, with closing quotes and brackets), not after usual abbreviations, initials and inside
 * numbers. Appends to spans (of S2sSpan), in order, without the blanks between sentences. A text of
 * blanks only gives none. */
void s2s_sentence_split (const char *text, gsize length, GArray *spans);

/* The byte offset, 0 < offset < length, at which a sentence that is too long is best cut in two:
 * after the clause mark, else at the blank, else between the characters nearest the middle. 0 when
 * the text has only one character. */
gsize s2s_sentence_find_break (const char *text, gsize length);

G_END_DECLS
