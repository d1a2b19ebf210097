/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-unit.h"

#include "base/s2s-error.h"
#include "text/s2s-sentence.h"

/* A text with more bytes a token than this is cut before it is tokenized: of a line of a megabyte
 * only the parts are. */
#define BYTES_PER_TOKEN 64

void
s2s_unit_clear_results (S2sUnit *self)
{
  for (guint i = 0; i < self->n_results; i++)
    s2s_search_result_clear (&self->results[i]);
  g_clear_pointer (&self->results, g_free);
  self->n_results = 0;
}

void
s2s_unit_free (S2sUnit *self)
{
  if (self == NULL)
    return;
  s2s_unit_clear_results (self);
  g_free (self->ids);
  g_free (self->prefix);
  g_free (self);
}

/* Appends a unit when the text has few enough tokens; *ret_fits says so. */
static gboolean
try_unit (const S2sTokenizer *tokenizer, guint max_source, guint input, const char *text,
          gsize length, GPtrArray *units, gboolean *ret_fits, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));

  *ret_fits = FALSE;
  if (length / BYTES_PER_TOKEN > max_source)
    return TRUE;
  if (!s2s_tokenizer_encode (tokenizer, text, length, ids, error))
    return FALSE;
  if (ids->len >= max_source)
    return TRUE;

  *ret_fits = TRUE;
  if (ids->len == 0)
    return TRUE;
  g_array_append_val (ids, s2s_tokenizer_get_special_tokens (tokenizer)->eos);

  S2sUnit *unit = g_new0 (S2sUnit, 1);
  unit->input = input;
  unit->n_ids = ids->len;
  unit->ids = (gint32 *)(gpointer)g_array_free (g_steal_pointer (&ids), FALSE);
  g_ptr_array_add (units, unit);
  return TRUE;
}

/* Cuts one sentence as often as needed. */
static gboolean
cut_sentence (const S2sTokenizer *tokenizer, guint max_source, guint input, const char *text,
              S2sSpan sentence, GPtrArray *units, GError **error)
{
  g_autoptr (GArray) todo = g_array_new (FALSE, FALSE, sizeof (S2sSpan));

  g_array_append_val (todo, sentence);
  while (todo->len > 0) {
    S2sSpan span = g_array_index (todo, S2sSpan, todo->len - 1);
    const char *start = text + span.offset;
    gboolean fits;

    g_array_set_size (todo, todo->len - 1);
    if (!try_unit (tokenizer, max_source, input, start, span.length, units, &fits, error))
      return FALSE;
    if (fits)
      continue;

    gsize at = s2s_sentence_find_break (start, span.length);
    if (at == 0) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT,
                   "the character “%.*s” has as many tokens as a source may have with EOS, %u",
                   (int)span.length, start, max_source);
      return FALSE;
    }
    S2sSpan parts[] = {{span.offset + at, span.length - at}, {span.offset, at}};
    g_array_append_vals (todo, parts, G_N_ELEMENTS (parts));
  }
  return TRUE;
}

gboolean
s2s_unit_cut (const S2sTokenizer *tokenizer, guint max_source, guint input, const char *text,
              gsize length, GPtrArray *units, GError **error)
{
  g_autoptr (GArray) sentences = g_array_new (FALSE, FALSE, sizeof (S2sSpan));

  s2s_sentence_split (text, length, sentences);
  for (guint i = 0; i < sentences->len; i++)
    if (!cut_sentence (tokenizer, max_source, input, text, g_array_index (sentences, S2sSpan, i),
                       units, error))
      return FALSE;
  return TRUE;
}
