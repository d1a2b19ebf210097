/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "s2s-toy.h"

/* Beam search over the toy written as plainly as the contract of docs/numerics.md reads: every
 * candidate is listed and sorted, sums are in double precision, nothing is dropped before its time.
 */

typedef struct {
  guint beam_size;
  guint n_best;
  guint limit;
  S2sLengthNormalization mode;
  double alpha;
  guint no_repeat_ngram_size;
  const gint32 *prefix;
  guint n_prefix;
  const S2sTargetVocabulary *vocabulary;
  gint32 banned;           /* one id, or -1 */
  const gboolean *allowed; /* by id, or NULL */
} ToyOptions;

typedef struct {
  gint32 tokens[TOY_MAX_TOKENS];
  guint n;
  double sum;
  double score;
  gboolean truncated;
} ToyHypothesis;

/* Whether the bytes at the end of tokens are whole characters (0), the beginning of one (1), or
 * neither (2), by GLib. */
static guint
toy_check_bytes (const S2sTargetVocabulary *vocabulary, const gint32 *tokens, guint n)
{
  char bytes[TOY_MAX_TOKENS] = {0};
  const char *end = NULL;
  guint n_bytes = 0;

  for (guint i = 0; i < n; i++) {
    gint byte = vocabulary->bytes != NULL ? vocabulary->bytes[tokens[i]] : -1;

    bytes[n_bytes++] = byte < 0 ? 'x' : (char)byte;
  }
  if (g_utf8_validate_len (bytes, n_bytes, &end))
    return 0;
  gsize n_left = n_bytes - (gsize)(end - bytes);
  if (memchr (bytes, 0, n_bytes) != NULL ||
      g_utf8_get_char_validated (end, (gssize)n_left) != (gunichar)-2)
    return 2;

  /* GLib takes some beginnings for good that no byte can finish */
  guint8 first = (guint8)end[0], second = n_left > 1 ? (guint8)end[1] : 0;
  gboolean is_dead =
      first > 0xf4 || first == 0xc0 || first == 0xc1 ||
      (n_left > 1 && ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)));
  return is_dead ? 2 : 1;
}

static gboolean
toy_repeats (const gint32 *tokens, guint n, guint size)
{
  for (guint i = 0; i + size < n; i++)
    if (memcmp (tokens + i, tokens + n - size, size * sizeof *tokens) == 0)
      return TRUE;
  return FALSE;
}

/* tokens [n + 1]: the last is the one in question */
static gboolean
toy_allows (const ToyOptions *options, const gint32 *tokens, guint n)
{
  const S2sTargetVocabulary *vocabulary = options->vocabulary;
  gint32 token = tokens[n];
  gboolean is_inside = toy_check_bytes (vocabulary, tokens, n) == 1;

  if (token != TOY_EOS && (token < TOY_A || token == options->banned))
    return FALSE;
  if (options->allowed != NULL && !options->allowed[token])
    return FALSE;
  if (vocabulary->bytes != NULL) {
    if (is_inside && vocabulary->bytes[token] < 0)
      return FALSE;
    if (toy_check_bytes (vocabulary, tokens, n + 1) == 2)
      return FALSE;
  }
  return options->no_repeat_ngram_size == 0 || is_inside || n < options->n_prefix ||
         n + 1 < options->no_repeat_ngram_size ||
         !toy_repeats (tokens, n + 1, options->no_repeat_ngram_size);
}

static double
toy_normalize (const ToyOptions *options, double sum, guint length)
{
  switch (options->mode) {
  case S2S_LENGTH_NORMALIZATION_NONE:
    return sum;
  case S2S_LENGTH_NORMALIZATION_GNMT:
    return sum / pow ((5.0 + length) / 6.0, options->alpha);
  case S2S_LENGTH_NORMALIZATION_AVERAGE:
  case S2S_LENGTH_NORMALIZATION_MARIAN:
  default:
    return sum / pow (length, options->alpha);
  }
}

static gint
toy_compare (gconstpointer a, gconstpointer b)
{
  const ToyHypothesis *left = a, *right = b;

  return left->sum > right->sum ? -1 : left->sum < right->sum ? 1 : 0;
}

static gint
toy_compare_finished (gconstpointer a, gconstpointer b)
{
  const ToyHypothesis *left = a, *right = b;

  if (left->truncated != right->truncated)
    return left->truncated ? 1 : -1;
  return left->score > right->score ? -1 : left->score < right->score ? 1 : 0;
}

/* Appends all that may follow a hypothesis, in the order of the ids. */
static void
toy_expand (const ToyNet *net, guint32 source, const ToyOptions *options,
            const ToyHypothesis *hypothesis, GArray *candidates)
{
  guint n_tokens = options->vocabulary->n_tokens, first = candidates->len;
  double total = 0;

  for (guint id = 0; id < n_tokens; id++) {
    ToyHypothesis next = *hypothesis;

    next.tokens[next.n] = (gint32)id;
    if (!toy_allows (options, next.tokens, next.n))
      continue;
    next.score = toy_get_logit (net, source, hypothesis->tokens, hypothesis->n, (gint32)id);
    total += exp (next.score);
    next.n++;
    g_array_append_val (candidates, next);
  }
  for (guint i = first; i < candidates->len; i++) {
    ToyHypothesis *candidate = &g_array_index (candidates, ToyHypothesis, i);

    candidate->sum += candidate->score - log (total);
  }
  if (hypothesis->n >= options->n_prefix)
    return;
  for (guint i = candidates->len; i-- > first;)
    if (g_array_index (candidates, ToyHypothesis, i).tokens[hypothesis->n] !=
        options->prefix[hypothesis->n])
      g_array_remove_index (candidates, i);
}

static void
toy_finish (const ToyOptions *options, const ToyHypothesis *hypothesis, gboolean truncated,
            GArray *finished)
{
  ToyHypothesis copy = *hypothesis;

  copy.truncated = truncated;
  copy.score = toy_normalize (options, copy.sum, copy.n);
  g_array_append_val (finished, copy);
}

static gboolean
toy_is_done (const ToyOptions *options, GArray *live, GArray *finished)
{
  g_array_sort (finished, toy_compare_finished);
  if (options->beam_size == 1 || live->len == 0)
    return finished->len > 0;
  if (finished->len < options->n_best)
    return FALSE;

  double worst = g_array_index (finished, ToyHypothesis, options->n_best - 1).score;
  for (guint i = 0; i < live->len; i++)
    if (toy_normalize (options, g_array_index (live, ToyHypothesis, i).sum, options->limit) > worst)
      return FALSE;
  return TRUE;
}

/* One step: live becomes what lives on. */
static void
toy_advance (const ToyNet *net, guint32 source, const ToyOptions *options, GArray *live,
             GArray *finished)
{
  g_autoptr (GArray) candidates = g_array_new (FALSE, TRUE, sizeof (ToyHypothesis));

  for (guint i = 0; i < live->len; i++)
    toy_expand (net, source, options, &g_array_index (live, ToyHypothesis, i), candidates);
  g_array_sort (candidates, toy_compare); /* keeps the order of equal ones */
  if (candidates->len == 0)
    for (guint i = 0; i < live->len; i++)
      toy_finish (options, &g_array_index (live, ToyHypothesis, i), TRUE, finished);

  g_array_set_size (live, 0);
  for (guint i = 0; i < candidates->len && live->len < options->beam_size; i++) {
    const ToyHypothesis *candidate = &g_array_index (candidates, ToyHypothesis, i);

    if (candidate->tokens[candidate->n - 1] != TOY_EOS)
      g_array_append_vals (live, candidate, 1);
    else if (i < options->beam_size)
      toy_finish (options, candidate, FALSE, finished);
  }
}

/* (transfer full): the n best hypotheses */
static GArray *
toy_search (const ToyNet *net, const gint32 *ids, guint n_ids, const ToyOptions *options)
{
  GArray *finished = g_array_new (FALSE, TRUE, sizeof (ToyHypothesis));
  g_autoptr (GArray) live = g_array_new (FALSE, TRUE, sizeof (ToyHypothesis));
  guint32 source = toy_hash_ids (net->seed, ids, n_ids);

  g_array_set_size (live, 1);
  for (guint step = 0; step < options->limit; step++) {
    toy_advance (net, source, options, live, finished);
    if (toy_is_done (options, live, finished))
      break;
    if (step + 1 == options->limit)
      for (guint i = 0; i < live->len; i++)
        toy_finish (options, &g_array_index (live, ToyHypothesis, i), TRUE, finished);
  }
  g_array_sort (finished, toy_compare_finished);
  g_array_set_size (finished, MIN (finished->len, options->n_best));
  return finished;
}
