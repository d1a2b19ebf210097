/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-glossary.h"

#include "base/s2s-error.h"

#include <string.h>

static gboolean
is_blank (const char *text, gsize length)
{
  for (const char *at = text; at < text + length; at = g_utf8_next_char (at))
    if (!g_unichar_isspace (g_utf8_get_char (at)))
      return FALSE;
  return TRUE;
}

static gboolean
is_border (const char *text, gsize length, gsize at)
{
  return at == length || ((guint8)text[at] & 0xc0) != 0x80;
}

static gboolean
check_place (const S2sTerm *term, const char *text, gsize length, gsize previous, GError **error)
{
  if (term->start < previous || term->start >= term->end || term->end > length) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS,
                 "bytes %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT
                 ", expected one or more from %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT,
                 term->start, term->end, previous, length);
    return FALSE;
  }
  if (!is_border (text, length, term->start) || !is_border (text, length, term->end)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS,
                 "bytes %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT
                 " are parts of characters, expected whole ones",
                 term->start, term->end);
    return FALSE;
  }
  if (is_blank (text + term->start, term->end - term->start)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS,
                 "bytes %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT " are blank, expected a word",
                 term->start, term->end);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_target (const char *target, GError **error)
{
  const char *last = NULL;

  if (target == NULL || target[0] == '\0' || !g_utf8_validate (target, -1, NULL)) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS, "its target is %s, expected UTF-8 text",
                 target == NULL      ? "missing"
                 : target[0] == '\0' ? "empty"
                                     : "not valid UTF-8");
    return FALSE;
  }
  last = g_utf8_prev_char (target + strlen (target));
  if (!g_unichar_isspace (g_utf8_get_char (target)) && !g_unichar_isspace (g_utf8_get_char (last)))
    return TRUE;
  g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS,
               "its target “%s” has a blank at an end, expected none", target);
  return FALSE;
}

gboolean
s2s_glossary_check (const S2sInput *input, const char *text, gsize length, GError **error)
{
  gsize previous = 0;

  for (gsize i = 0; i < input->n_terms; i++) {
    const S2sTerm *term = &input->terms[i];

    if (!check_place (term, text, length, previous, error) || !check_target (term->target, error)) {
      g_prefix_error (error, "term %" G_GSIZE_FORMAT ": ", i);
      return FALSE;
    }
    previous = term->end;
  }
  return TRUE;
}

/* A target may have a token that the network never puts out because it means nothing, but none that
 * the caller has banned. */
static gboolean
check_tokens (const S2sTokenizer *tokenizer, const S2sSearch *search, const char *target,
              const GArray *ids, GError **error)
{
  const S2sSpecialTokens *special = s2s_tokenizer_get_special_tokens (tokenizer);

  for (guint i = 0; i < ids->len; i++) {
    gint32 id = g_array_index (ids, gint32, i);

    if (id == special->unk || (id != special->eos && s2s_search_is_allowed (search, id)))
      continue;
    g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS,
                 "the target “%s” has the token “%s”, which is never put out", target,
                 s2s_tokenizer_get_piece (tokenizer, id));
    return FALSE;
  }
  if (ids->len > 0)
    return TRUE;
  g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS, "the target “%s” has no token, expected one",
               target);
  return FALSE;
}

static gboolean
add_term (const S2sGlossary *self, S2sUnit *unit, const char *target, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  guint n_tokens = 0;

  if (!s2s_tokenizer_encode (self->target, target, strlen (target), ids, NULL, error) ||
      !check_tokens (self->target, self->search, target, ids, error))
    return FALSE;
  for (guint i = 0; i < unit->n_terms; i++)
    n_tokens += unit->terms[i].n_tokens;
  if (unit->n_terms == S2S_MAX_TERMS || n_tokens + ids->len > S2S_MAX_TERM_TOKENS) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS,
                 "%u terms of %u tokens in a sentence, expected at most %d of %d",
                 unit->n_terms + 1, n_tokens + ids->len, S2S_MAX_TERMS, S2S_MAX_TERM_TOKENS);
    return FALSE;
  }
  if (unit->terms == NULL) {
    unit->targets = g_new0 (char *, S2S_MAX_TERMS + 1);
    unit->terms = g_new0 (S2sTermTokens, S2S_MAX_TERMS);
  }
  unit->targets[unit->n_terms] = g_strdup (target);
  unit->terms[unit->n_terms].n_tokens = ids->len;
  unit->terms[unit->n_terms++].tokens =
      (gint32 *)(gpointer)g_array_free (g_steal_pointer (&ids), FALSE);
  return TRUE;
}

/* The tokens of what the model makes of a stand-in; NULL when it cannot be used. */
static GArray *
encode_stand_in (const S2sGlossary *self, const S2sStandIn *stand_in)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));

  if (!s2s_tokenizer_encode (self->target, stand_in->target, strlen (stand_in->target), ids, NULL,
                             NULL) ||
      ids->len == 0 || ids->len > S2S_MAX_TERM_TOKENS / S2S_MAX_TERMS)
    return NULL;
  for (guint i = 0; i < ids->len; i++)
    if (!s2s_search_is_allowed (self->search, g_array_index (ids, gint32, i)))
      return NULL;
  return g_steal_pointer (&ids);
}

/* The next stand-in, from *at on, whose word does not stand in the sentence. */
static GArray *
take_stand_in (const S2sGlossary *self, const char *sentence, guint *at,
               const S2sStandIn **ret_stand_in)
{
  while (*at < self->n_stand_ins) {
    const S2sStandIn *stand_in = &self->stand_ins[(*at)++];
    g_autofree char *folded = g_utf8_casefold (stand_in->source, -1);
    GArray *ids = strstr (sentence, folded) == NULL ? encode_stand_in (self, stand_in) : NULL;

    *ret_stand_in = stand_in;
    if (ids != NULL)
      return ids;
  }
  return NULL;
}

static void
set_tokens (S2sTermTokens *term, const GArray *ids)
{
  g_free ((gpointer)term->tokens);
  term->n_tokens = ids->len;
  term->tokens = g_memdup2 (ids->data, ids->len * sizeof (gint32));
}

/* A stand-in in a sentence, and the term of the input whose place it holds. */
typedef struct {
  S2sSpan stand_in;
  S2sSpan term;
  GArray *tokens; /* what the model makes of the stand-in */
} Place;

static void
place_clear (gpointer place)
{
  g_array_unref (((Place *)place)->tokens);
}

/* Where a place in the sentence with stand-ins is in the input. A stand-in is whole in its last
 * byte. */
static gsize
find_origin (const GArray *places, gsize start, gsize at)
{
  gsize origin = start + at;

  for (guint i = 0; i < places->len; i++) {
    const Place *place = &g_array_index (places, Place, i);

    if (at <= place->stand_in.start)
      break;
    if (at < place->stand_in.end)
      return place->term.start;
    origin = place->term.end + (at - place->stand_in.end);
  }
  return origin;
}

/* The sentence with stand-ins in the places of its terms, as far as there are some. Appends to
 * places. terms [unit->n_terms]: as they stand in text. (transfer full) */
static GString *
write_sentence (const S2sGlossary *self, const S2sTerm *terms, const char *text,
                const S2sUnit *unit, GArray *places)
{
  GString *sentence = g_string_new (NULL);
  S2sSpan left = unit->stretch;
  g_autofree char *folded = g_utf8_casefold (text + left.start, (gssize)(left.end - left.start));
  guint next = 0;

  for (guint i = 0; i < unit->n_terms && terms[i].end <= left.end; i++) {
    const S2sStandIn *stand_in = NULL;
    GArray *tokens = take_stand_in (self, folded, &next, &stand_in);

    if (tokens == NULL)
      break;
    g_string_append_len (sentence, text + left.start, (gssize)(terms[i].start - left.start));
    gsize start = sentence->len;
    g_string_append (sentence, stand_in->source);
    Place place = {{start, sentence->len}, {terms[i].start, terms[i].end}, tokens};
    g_array_append_val (places, place);
    left.start = terms[i].end;
  }
  g_string_append_len (sentence, text + left.start, (gssize)(left.end - left.start));
  return sentence;
}

/* Puts the source tokens with stand-ins in the place of a unit's own, if they are few enough. */
static gboolean
put_stand_ins (const S2sGlossary *self, const S2sSourceForm *form, const S2sTerm *terms,
               const char *text, S2sUnit *unit, GError **error)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (S2sSpan));

  g_array_set_clear_func (places, place_clear);
  g_autoptr (GString) sentence = write_sentence (self, terms, text, unit, places);
  if (places->len == 0)
    return TRUE;
  if (!s2s_tokenizer_encode (form->tokenizer, sentence->str, sentence->len, ids, spans, error))
    return FALSE;
  if (ids->len == 0 || ids->len > s2s_source_form_get_room (form))
    return TRUE;

  for (guint i = 0; i < spans->len; i++) {
    S2sSpan *span = &g_array_index (spans, S2sSpan, i);

    span->start = find_origin (places, unit->stretch.start, span->start);
    span->end = find_origin (places, unit->stretch.start, span->end);
  }
  s2s_unit_set_source (unit, form, g_steal_pointer (&ids), g_steal_pointer (&spans));
  for (guint i = 0; i < places->len; i++)
    set_tokens (&unit->terms[i], g_array_index (places, Place, i).tokens);
  return TRUE;
}

gboolean
s2s_glossary_assign (const S2sGlossary *self, const S2sSourceForm *form, const S2sInput *input,
                     const char *text, S2sUnit *const *units, guint n_units, GError **error)
{
  gsize first = 0, i = 0;

  for (guint k = 0; k < n_units; k++, first = i) {
    for (; i < input->n_terms && input->terms[i].start < units[k]->stretch.end; i++) {
      if (add_term (self, units[k], input->terms[i].target, error))
        continue;
      g_prefix_error (error, "term %" G_GSIZE_FORMAT ": ", i);
      return FALSE;
    }
    if (i > first && !put_stand_ins (self, form, input->terms + first, text, units[k], error))
      return FALSE;
  }
  return TRUE;
}

/* The term that stands first in a text, of equal ones the longest; NULL when none does. */
static const char *
find_term (const S2sUnit *unit, guint32 used, const char *text, guint *ret_term)
{
  const char *first = NULL;

  for (guint i = 0; i < unit->n_terms; i++) {
    const char *at = (used >> i & 1) != 0 ? NULL : strstr (text, unit->targets[i]);

    if (at == NULL || (first != NULL && at > first))
      continue;
    if (at == first && strlen (unit->targets[i]) <= strlen (unit->targets[*ret_term]))
      continue;
    first = at;
    *ret_term = i;
  }
  return first;
}

static gboolean
append_plain (const S2sTokenizer *target, const char *text, gsize length, GArray *ids,
              GArray *terms, GError **error)
{
  const gint none = -1;

  if (length > 0 && !s2s_tokenizer_encode (target, text, length, ids, NULL, error))
    return FALSE;
  while (terms->len < ids->len)
    g_array_append_val (terms, none);
  return TRUE;
}

gboolean
s2s_glossary_encode_prefix (const S2sUnit *unit, const S2sTokenizer *target, const char *prefix,
                            GArray *ids, GArray *terms, GError **error)
{
  guint32 used = 0;
  guint term = 0;

  for (;;) {
    const char *at = find_term (unit, used, prefix, &term);
    gsize length = at != NULL ? (gsize)(at - prefix) : strlen (prefix);

    if (!append_plain (target, prefix, length, ids, terms, error))
      return FALSE;
    if (at == NULL)
      return TRUE;
    const S2sTermTokens *tokens = &unit->terms[term];
    g_array_append_vals (ids, tokens->tokens, tokens->n_tokens);
    for (guint i = 0; i < tokens->n_tokens; i++)
      g_array_append_val (terms, (gint){(gint)term});
    used |= 1u << term;
    prefix = at + strlen (unit->targets[term]);
  }
}

/* Appends a term in the place of what its tokens make, with the blanks around that. ret_spans
 * [n_tokens]: of its tokens */
static void
append_term (const char *target, const char *made, gsize n_made, gboolean keeps_blanks,
             GString *text, S2sSpan *ret_spans, guint n_tokens)
{
  gboolean is_blank_before = keeps_blanks && n_made > 0 && made[0] == ' ';
  gboolean is_blank_after = keeps_blanks && n_made > 1 && made[n_made - 1] == ' ';

  if (is_blank_before)
    g_string_append_c (text, ' ');
  for (guint i = 0; i < n_tokens; i++)
    ret_spans[i] = (S2sSpan){text->len, text->len};
  g_string_append (text, target);
  ret_spans[n_tokens - 1].end = text->len;
  if (is_blank_after)
    g_string_append_c (text, ' ');
}

char *
s2s_glossary_decode (const S2sUnit *unit, const S2sTokenizer *target, const S2sSearchResult *result,
                     guint n_tokens, gboolean keeps_blanks, S2sSpan *ret_spans)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *made = s2s_tokenizer_decode (target, result->tokens, n_tokens, ret_spans);
  gsize start = 0;

  if (unit->n_terms == 0)
    return g_steal_pointer (&made);
  for (guint first = 0, end; first < n_tokens; first = end) {
    gint term = result->terms[first];

    for (end = first + 1; end < n_tokens && result->terms[end] == term; end++)
      continue;
    gsize stop = end < n_tokens ? ret_spans[end].start : strlen (made);
    if (term >= 0)
      append_term (unit->targets[term], made + start, stop - start, keeps_blanks, text,
                   ret_spans + first, end - first);
    for (guint i = first; i < end && term < 0; i++) {
      ret_spans[i].start += text->len - start;
      ret_spans[i].end += text->len - start;
    }
    if (term < 0)
      g_string_append_len (text, made + start, (gssize)(stop - start));
    start = stop;
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
