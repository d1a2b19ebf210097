/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sWord:
 * @form: without case, composed (NFC), and with ' for every apostrophe
 * @has_capital: whether a letter of it is one
 * @has_digit: whether it has one
 * @is_first: whether it may have its capital because of where it stands: first of a sentence or a
 * line, after what opens a quotation or a bracket, or after a colon or a dash
 *
 * A word of a text.
 */
typedef struct {
  char *form;
  gboolean has_capital;
  gboolean has_digit;
  gboolean is_first;
} S2sWord;

/* The words of valid UTF-8 text, of S2sWord, in order. A word is of letters, digits and marks, of
 * apostrophes and hyphens between them, and of . , : / between two digits. (transfer full) */
GArray *s2s_words_new (const char *text, gsize length);

/* The form of a text that is one word or, with an apostrophe at its start, the end of one; NULL of
 * another. (transfer full) */
char *s2s_words_get_form (const char *text);

/* Drops from the end on what repeats, without case, the one to four words right before it, until
 * each such stretch stands there once. */
void s2s_words_collapse (GArray *words);

G_END_DECLS
