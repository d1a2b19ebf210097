/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-translation.h"

#include "translator/s2s-glossary.h"
#include "translator/s2s-utf8.h"

#include <string.h>

const char *
s2s_joiner_get_separator (const char *language)
{
  static const char *const without_blanks[] = {"cmn", "hak", "ja", "lzh", "nan",
                                               "wuu", "yue", "zh", NULL};
  g_autofree char *primary = g_ascii_strdown (language, (gssize)strcspn (language, "-_"));

  return g_strv_contains (without_blanks, primary) ? "" : " ";
}

/* The tokens up to the last whole character: a cut may have fallen into one. */
static guint
count_whole (const S2sTokenizer *tokenizer, const S2sSearchResult *result)
{
  S2sUtf8State state = S2S_UTF8_BETWEEN;
  guint n_whole = 0;

  for (guint i = 0; i < result->n_tokens; i++) {
    gint byte = s2s_tokenizer_get_byte (tokenizer, result->tokens[i]);

    state = byte < 0 ? S2S_UTF8_BETWEEN : s2s_utf8_advance (state, (guint8)byte);
    if (state == S2S_UTF8_BETWEEN)
      n_whole = i + 1;
  }
  return n_whole;
}

/* Moves spans of a piece to where its part [start, end) is in the text. What stands for blanks that
 * are cut off, or for half a character, becomes empty. */
static void
move_spans (S2sSpan *spans, guint n_spans, gsize start, gsize end, gsize to)
{
  for (guint i = 0; i < n_spans; i++) {
    spans[i].start = CLAMP (spans[i].start, start, end) - start + to;
    spans[i].end = CLAMP (spans[i].end, start, end) - start + to;
  }
}

/* spans [result->n_tokens]: receives the place in text of each token. */
static void
append_text (const S2sJoiner *self, const S2sUnit *unit, const S2sSearchResult *result,
             GString *text, S2sSpan *spans)
{
  guint n_whole = count_whole (self->target, result);
  gboolean keeps_blanks = self->separator[0] != '\0';
  g_autofree char *piece =
      s2s_glossary_decode (unit, self->target, result, n_whole, keeps_blanks, spans);
  const char *start = piece, *end = piece + strlen (piece);

  while (start < end && g_unichar_isspace (g_utf8_get_char (start)))
    start = g_utf8_next_char (start);
  while (end > start && g_unichar_isspace (g_utf8_get_char (g_utf8_prev_char (end))))
    end = g_utf8_prev_char (end);
  if (start < end && text->len > 0)
    g_string_append (text, self->separator);
  for (guint i = n_whole; i < result->n_tokens; i++)
    spans[i] = (S2sSpan){(gsize)(end - piece), (gsize)(end - piece)};
  move_spans (spans, result->n_tokens, (gsize)(start - piece), (gsize)(end - piece), text->len);
  g_string_append_len (text, start, end - start);
}

char *
s2s_joiner_get_text (const S2sJoiner *self, const S2sUnit *unit, const S2sSearchResult *result)
{
  g_autofree S2sSpan *spans = g_new (S2sSpan, result->n_tokens);
  GString *text = g_string_new (NULL);

  append_text (self, unit, result, text, spans);
  return g_string_free (text, FALSE);
}

static char **
get_pieces (const S2sTokenizer *tokenizer, const gint32 *ids, guint n_ids, char **pieces)
{
  for (guint i = 0; i < n_ids; i++)
    *pieces++ = g_strdup (s2s_tokenizer_get_piece (tokenizer, ids[i]));
  return pieces;
}

/* What the rank-th hypothesis of a unit is: its last one where it has fewer. */
static const S2sSearchResult *
get_result (const S2sUnit *unit, guint rank)
{
  return &unit->results[MIN (rank, unit->n_results - 1)];
}

/* The attention of sentences stands on the diagonal: no word of one is explained by another. */
static float *
join_attention (S2sUnit *const *units, guint n_units, guint rank, guint n_tokens, guint n_source)
{
  float *attention = g_new0 (float, (gsize)n_tokens *n_source);
  float *corner = attention;

  for (guint i = 0; i < n_units; i++) {
    const S2sSearchResult *result = get_result (units[i], rank);
    guint width = units[i]->n_ids;

    for (guint row = 0; row < result->n_tokens; row++)
      memcpy (corner + (gsize)row * n_source, result->attention + (gsize)row * width,
              width * sizeof (float));
    corner += (gsize)result->n_tokens * n_source + width;
  }
  return attention;
}

static void
join_text (const S2sJoiner *self, S2sUnit *const *units, guint n_units, guint rank,
           S2sHypothesis *hypothesis)
{
  g_autoptr (GString) text = g_string_new (NULL);
  S2sSpan *spans, *source_spans;

  spans = hypothesis->spans = g_new (S2sSpan, hypothesis->n_tokens);
  source_spans = hypothesis->source_spans = g_new (S2sSpan, hypothesis->n_source_tokens);
  for (guint i = 0; i < n_units; i++) {
    const S2sSearchResult *result = get_result (units[i], rank);

    append_text (self, units[i], result, text, spans);
    spans += result->n_tokens;
    memcpy (source_spans, units[i]->spans, units[i]->n_ids * sizeof (S2sSpan));
    source_spans += units[i]->n_ids;
  }
  hypothesis->text = g_string_free (g_steal_pointer (&text), FALSE);
}

static void
join_rank (const S2sJoiner *self, S2sUnit *const *units, guint n_units, guint rank,
           S2sHypothesis *hypothesis)
{
  gboolean has_attention = n_units > 0;

  for (guint i = 0; i < n_units; i++) {
    const S2sSearchResult *result = get_result (units[i], rank);

    hypothesis->score += result->score;
    hypothesis->flags |= result->flags;
    hypothesis->n_tokens += result->n_tokens;
    hypothesis->n_source_tokens += units[i]->n_ids;
    has_attention = has_attention && result->attention != NULL;
  }
  hypothesis->tokens = g_new0 (char *, hypothesis->n_tokens + 1);
  hypothesis->source_tokens = g_new0 (char *, hypothesis->n_source_tokens + 1);
  hypothesis->log_probs = g_new (float, hypothesis->n_tokens);

  char **tokens = hypothesis->tokens, **source_tokens = hypothesis->source_tokens;
  float *log_probs = hypothesis->log_probs;
  for (guint i = 0; i < n_units; i++) {
    const S2sSearchResult *result = get_result (units[i], rank);

    tokens = get_pieces (self->target, result->tokens, result->n_tokens, tokens);
    source_tokens = get_pieces (self->source, units[i]->ids, units[i]->n_ids, source_tokens);
    if (result->n_tokens > 0)
      memcpy (log_probs, result->log_probs, result->n_tokens * sizeof (float));
    log_probs += result->n_tokens;
  }
  join_text (self, units, n_units, rank, hypothesis);
  if (has_attention)
    hypothesis->attention =
        join_attention (units, n_units, rank, hypothesis->n_tokens, hypothesis->n_source_tokens);
}

S2sTranslation *
s2s_joiner_join (const S2sJoiner *self, S2sUnit *const *units, guint n_units)
{
  S2sTranslation *translation = g_new0 (S2sTranslation, 1);

  translation->n_hypotheses = 1;
  for (guint i = 0; i < n_units; i++)
    translation->n_hypotheses = MAX (translation->n_hypotheses, units[i]->n_results);
  translation->hypotheses = g_new0 (S2sHypothesis, translation->n_hypotheses);
  for (guint rank = 0; rank < translation->n_hypotheses; rank++)
    join_rank (self, units, n_units, rank, &translation->hypotheses[rank]);
  return translation;
}

/**
 * s2s_translation_free:
 * @self: (nullable): a translation
 *
 * Frees it with all that its hypotheses point to.
 */
void
s2s_translation_free (S2sTranslation *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_hypotheses; i++) {
    S2sHypothesis *hypothesis = &self->hypotheses[i];

    g_free (hypothesis->text);
    g_strfreev (hypothesis->tokens);
    g_strfreev (hypothesis->source_tokens);
    g_free (hypothesis->spans);
    g_free (hypothesis->source_spans);
    g_free (hypothesis->log_probs);
    g_free (hypothesis->attention);
  }
  g_free (self->hypotheses);
  g_free (self);
}
