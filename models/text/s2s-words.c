/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-words.h"

#include "base/s2s-span.h"
#include "text/s2s-char.h"
#include "text/s2s-sentence.h"

#include <string.h>

/* The longest stretch whose repetition is one of somebody who stutters */
#define MAX_STRETCH 4

static gboolean
is_apostrophe (gunichar c)
{
  return s2s_char_is_one_of (c, "'’ʼ＇");
}

static gboolean
is_part (gunichar c)
{
  return g_unichar_isalnum (c) || g_unichar_ismark (c);
}

/* Whether c, which is no part of a word by itself, joins what is around it */
static gboolean
is_joint (gunichar before, gunichar c, gunichar after)
{
  if (!is_part (before) || !is_part (after))
    return FALSE;
  if (g_unichar_isdigit (before) && g_unichar_isdigit (after) && s2s_char_is_one_of (c, ".,:/"))
    return TRUE;
  return is_apostrophe (c) || s2s_char_is_one_of (c, "-‐‑");
}

/* What a capital may follow that says nothing */
static gboolean
is_opening (gunichar c)
{
  return s2s_char_is_one_of (c, "\"“„«([{:–—\n\r");
}

/* The end of the word that begins at `at`, which has a part of one. */
static const char *
find_end (const char *at, const char *end)
{
  gunichar before = 0;

  for (; at < end; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (!is_part (c) && !is_joint (before, c, s2s_char_at (g_utf8_next_char (at), end)))
      break;
    before = c;
  }
  return at;
}

static char *
fold (const char *word, gsize length)
{
  g_autoptr (GString) text = g_string_sized_new (length);

  for (const char *at = word; at < word + length; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    g_string_append_unichar (text, is_apostrophe (c) ? '\'' : c);
  }
  g_autofree char *folded = g_utf8_casefold (text->str, (gssize)text->len);
  return g_utf8_normalize (folded, -1, G_NORMALIZE_DEFAULT_COMPOSE);
}

static void
add_word (const char *word, gsize length, gboolean is_first, GArray *words)
{
  S2sWord item = {.form = fold (word, length), .is_first = is_first};

  for (const char *at = word; at < word + length; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    item.has_capital |= g_unichar_isupper (c) || g_unichar_istitle (c);
    item.has_digit |= g_unichar_isdigit (c);
  }
  g_array_append_val (words, item);
}

static void
add_sentence (const char *at, const char *end, GArray *words)
{
  gboolean is_first = TRUE;

  while (at < end) {
    gunichar c = g_utf8_get_char (at);
    const char *next = g_utf8_next_char (at);

    if (is_part (c)) {
      next = find_end (at, end);
      add_word (at, (gsize)(next - at), is_first, words);
      is_first = FALSE;
    }
    is_first |= is_opening (c);
    at = next;
  }
}

static void
word_clear (gpointer word)
{
  g_free (((S2sWord *)word)->form);
}

GArray *
s2s_words_new (const char *text, gsize length)
{
  g_autoptr (GArray) sentences = g_array_new (FALSE, FALSE, sizeof (S2sSpan));
  GArray *words = g_array_new (FALSE, FALSE, sizeof (S2sWord));

  g_array_set_clear_func (words, word_clear);
  s2s_sentence_split (text, length, sentences);
  for (guint i = 0; i < sentences->len; i++) {
    const S2sSpan *sentence = &g_array_index (sentences, S2sSpan, i);

    add_sentence (text + sentence->start, text + sentence->end, words);
  }
  return words;
}

char *
s2s_words_get_form (const char *text)
{
  const char *end = text + strlen (text);
  const char *word = is_apostrophe (s2s_char_at (text, end)) ? g_utf8_next_char (text) : text;

  if (!is_part (s2s_char_at (word, end)) || find_end (word, end) != end)
    return NULL;
  return fold (text, (gsize)(end - text));
}

/* Whether the last n of the words before end are the n before them */
static gboolean
repeats (const GArray *words, guint end, guint n)
{
  if (end < 2 * n)
    return FALSE;
  for (guint i = end - n; i < end; i++)
    if (!g_str_equal (g_array_index (words, S2sWord, i).form,
                      g_array_index (words, S2sWord, i - n).form))
      return FALSE;
  return TRUE;
}

void
s2s_words_collapse (GArray *words)
{
  guint end = 1;

  while (end <= words->len) {
    guint n = MAX_STRETCH;

    while (n > 0 && !repeats (words, end, n))
      n--;
    if (n > 0)
      g_array_remove_range (words, end - n, n);
    end += 1 - n;
  }
}
