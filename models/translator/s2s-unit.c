/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-unit.h"

#include "base/s2s-error.h"
#include "text/s2s-sentence.h"

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
  s2s_kept_free (self->kept);
  g_free (self);
}

guint
s2s_unit_count_own (const S2sUnit *self)
{
  return self->n_ids - self->n_context;
}

/* Puts ids before others, with spans that are all the same. */
static void
put_before (GArray *ids, GArray *spans, const gint32 *before, guint n, S2sSpan span)
{
  g_array_prepend_vals (ids, before, n);
  for (guint i = 0; i < n; i++)
    g_array_prepend_val (spans, span);
}

static void
put_context (S2sUnit *self, const S2sSourceForm *form, GArray *ids, GArray *spans, S2sSpan start)
{
  const S2sTurns *turns = form->turns;
  guint n = turns != NULL ? s2s_turns_count (turns, s2s_source_form_get_room (form) - ids->len) : 0;

  self->n_context = n;
  if (n > 0)
    put_before (ids, spans, &g_array_index (turns->ids, gint32, turns->ids->len - n), n, start);
}

void
s2s_unit_set_source (S2sUnit *self, const S2sSourceForm *form, GArray *ids, GArray *spans)
{
  S2sSpan start = {self->stretch.start, self->stretch.start};
  S2sSpan end = {self->stretch.end, self->stretch.end};

  g_free (self->ids);
  g_free (self->spans);
  self->n_text = ids->len;
  self->length = form->length;
  put_context (self, form, ids, spans, start);
  if (form->n_lengths > 0)
    put_before (ids, spans, &form->lengths[form->length].token, 1, start);
  if (form->language != S2S_NO_TOKEN)
    put_before (ids, spans, &form->language, 1, start);
  self->first_text = ids->len - self->n_text;
  if (form->eos != S2S_NO_TOKEN) {
    g_array_append_val (ids, form->eos);
    g_array_append_val (spans, end);
  }
  self->n_ids = ids->len;
  self->ids = (gint32 *)(gpointer)g_array_free (ids, FALSE);
  self->spans = (S2sSpan *)(gpointer)g_array_free (spans, FALSE);
}

gboolean
s2s_unit_lengthen (S2sUnit *self, const S2sSourceForm *form)
{
  if (self->length + 1 >= form->n_lengths)
    return FALSE;
  self->length++;
  self->ids[self->first_text - self->n_context - 1] = form->lengths[self->length].token;
  return TRUE;
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
  if (!s2s_source_form_may_fit (form, length))
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

/* Appends a unit of the sentences from first on, as many as fit: those before *ret_next. */
static gboolean
gather (const S2sSourceForm *form, guint input, const char *text, const GArray *sentences,
        guint first, GPtrArray *units, guint *ret_next, GError **error)
{
  guint place = units->len, next = first;

  for (gboolean fits = TRUE; next < sentences->len; next++) {
    S2sSpan stretch = {g_array_index (sentences, S2sSpan, first).start,
                       g_array_index (sentences, S2sSpan, next).end};

    if (!try_unit (form, input, text, stretch, units, &fits, error))
      return FALSE;
    if (!fits)
      break;
    if (units->len > place + 1)
      g_ptr_array_remove_index (units, place);
  }
  *ret_next = next;
  return TRUE;
}

/* A sentence that is too long by itself is cut alone. */
static gboolean
cut_whole (const S2sSourceForm *form, guint input, const char *text, const GArray *sentences,
           GPtrArray *units, GError **error)
{
  for (guint first = 0, next = 0; first < sentences->len; first = next) {
    if (!gather (form, input, text, sentences, first, units, &next, error))
      return FALSE;
    if (next > first)
      continue;
    next = first + 1;
    if (!cut_sentence (form, input, text, g_array_index (sentences, S2sSpan, first), units, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
s2s_unit_cut (const S2sSourceForm *form, guint input, const char *text, gsize length,
              GPtrArray *units, GError **error)
{
  g_autoptr (GArray) sentences = g_array_new (FALSE, FALSE, sizeof (S2sSpan));

  s2s_sentence_split (text, length, sentences);
  if (form->whole_texts)
    return cut_whole (form, input, text, sentences, units, error);
  for (guint i = 0; i < sentences->len; i++)
    if (!cut_sentence (form, input, text, g_array_index (sentences, S2sSpan, i), units, error))
      return FALSE;
  return TRUE;
}
