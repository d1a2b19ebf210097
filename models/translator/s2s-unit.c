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
  g_free (self->spans);
  g_free (self->prefix);
  g_free (self->prefix_terms);
  for (guint i = 0; i < self->n_terms; i++)
    g_free ((gpointer)self->terms[i].tokens);
  g_free (self->terms);
  g_strfreev (self->targets);
  g_free (self);
}

guint
s2s_source_form_get_room (const S2sSourceForm *self)
{
  guint n_around = (self->language != S2S_NO_TOKEN) + (self->eos != S2S_NO_TOKEN);

  return self->max_length - n_around;
}

void
s2s_unit_set_source (S2sUnit *self, const S2sSourceForm *form, GArray *ids, GArray *spans)
{
  S2sSpan start = {self->stretch.start, self->stretch.start};
  S2sSpan end = {self->stretch.end, self->stretch.end};

  g_free (self->ids);
  g_free (self->spans);
  self->first_text = 0;
  self->n_text = ids->len;
  if (form->language != S2S_NO_TOKEN) {
    g_array_prepend_val (ids, form->language);
    g_array_prepend_val (spans, start);
    self->first_text = 1;
  }
  if (form->eos != S2S_NO_TOKEN) {
    g_array_append_val (ids, form->eos);
    g_array_append_val (spans, end);
  }
  self->n_ids = ids->len;
  self->ids = (gint32 *)(gpointer)g_array_free (ids, FALSE);
  self->spans = (S2sSpan *)(gpointer)g_array_free (spans, FALSE);
}

/* Takes both arrays, of the tokens of a stretch of the input. */
static S2sUnit *
new_unit (const S2sSourceForm *form, guint input, GArray *ids, GArray *spans, S2sSpan stretch)
{
  S2sUnit *unit = g_new0 (S2sUnit, 1);

  for (guint i = 0; i < spans->len; i++) {
    g_array_index (spans, S2sSpan, i).start += stretch.start;
    g_array_index (spans, S2sSpan, i).end += stretch.start;
  }
  unit->input = input;
  unit->stretch = stretch;
  s2s_unit_set_source (unit, form, ids, spans);
  return unit;
}

/* Appends a unit when this stretch of the text has few enough tokens; *ret_fits says so. */
static gboolean
try_unit (const S2sSourceForm *form, guint input, const char *text, S2sSpan stretch,
          GPtrArray *units, gboolean *ret_fits, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (S2sSpan));
  gsize length = stretch.end - stretch.start;

  *ret_fits = FALSE;
  if (length / BYTES_PER_TOKEN > form->max_length)
    return TRUE;
  if (!s2s_tokenizer_encode (form->tokenizer, text + stretch.start, length, ids, spans, error))
    return FALSE;
  if (ids->len > s2s_source_form_get_room (form))
    return TRUE;

  *ret_fits = TRUE;
  if (ids->len > 0)
    g_ptr_array_add (
        units, new_unit (form, input, g_steal_pointer (&ids), g_steal_pointer (&spans), stretch));
  return TRUE;
}

/* Cuts one sentence as often as needed. */
static gboolean
cut_sentence (const S2sSourceForm *form, guint input, const char *text, S2sSpan sentence,
              GPtrArray *units, GError **error)
{
  g_autoptr (GArray) todo = g_array_new (FALSE, FALSE, sizeof (S2sSpan));

  g_array_append_val (todo, sentence);
  while (todo->len > 0) {
    S2sSpan span = g_array_index (todo, S2sSpan, todo->len - 1);
    gsize length = span.end - span.start;
    gboolean fits;

    g_array_set_size (todo, todo->len - 1);
    if (!try_unit (form, input, text, span, units, &fits, error))
      return FALSE;
    if (fits)
      continue;

    gsize at = s2s_sentence_find_break (text + span.start, length);
    if (at == 0) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT,
                   "the character “%.*s” has more tokens than the text of a source may have, %u",
                   (int)length, text + span.start, s2s_source_form_get_room (form));
      return FALSE;
    }
    S2sSpan parts[] = {{span.start + at, span.end}, {span.start, span.start + at}};
    g_array_append_vals (todo, parts, G_N_ELEMENTS (parts));
  }
  return TRUE;
}

gboolean
s2s_unit_cut (const S2sSourceForm *form, guint input, const char *text, gsize length,
              GPtrArray *units, GError **error)
{
  g_autoptr (GArray) sentences = g_array_new (FALSE, FALSE, sizeof (S2sSpan));

  s2s_sentence_split (text, length, sentences);
  for (guint i = 0; i < sentences->len; i++)
    if (!cut_sentence (form, input, text, g_array_index (sentences, S2sSpan, i), units, error))
      return FALSE;
  return TRUE;
}
