/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-decoder.h"

#include "translator/s2s-length.h"
#include "translator/s2s-quality.h"

/* The shortest n-gram that is blocked when a sentence is decoded once more */
#define MIN_BLOCKED 3

/* Sets the flags of what no translation looks like. Returns the n-gram to block in another try, 0
 * when the result needs none. */
static guint
judge (const S2sTranslatorOptions *options, const S2sUnit *unit, S2sSearchResult *result)
{
  gboolean is_truncated = (result->flags & S2S_FLAG_TRUNCATED) != 0;
  guint n_source = unit->n_ids - 1, n_target = result->n_tokens - (is_truncated ? 0 : 1);
  guint limit =
      s2s_length_get_limit (options->max_length_factor, options->max_length_constant, unit->n_ids);
  guint period = 0;

  if (s2s_quality_is_looping (unit->ids, n_source, result->tokens, n_target, &period))
    result->flags |= S2S_FLAG_REPETITIVE;
  if (s2s_quality_is_too_short (n_source, n_target) || (is_truncated && n_target >= limit))
    result->flags |= S2S_FLAG_LENGTH;
  if ((result->flags & (S2S_FLAG_REPETITIVE | S2S_FLAG_LENGTH)) == 0)
    return 0;
  return MAX (MIN_BLOCKED, 2 * period);
}

static void
take_results (const S2sSearch *search, guint index, S2sUnit *unit)
{
  s2s_unit_clear_results (unit);
  unit->n_results = s2s_search_get_n_results (search, index);
  unit->results = g_new (S2sSearchResult, unit->n_results);
  for (guint rank = 0; rank < unit->n_results; rank++)
    s2s_search_get_result (search, index, rank, unit->wants_attention, &unit->results[rank]);
}

/* Units to decode and, of each, the n-gram size that is blocked. */
typedef struct {
  GPtrArray *units;
  GArray *blocked;
} Round;

static void
add_to_round (Round *self, S2sUnit *unit, guint blocked)
{
  g_ptr_array_add (self->units, unit);
  g_array_append_val (self->blocked, blocked);
}

static void
round_init (Round *self)
{
  self->units = g_ptr_array_new ();
  self->blocked = g_array_new (FALSE, FALSE, sizeof (guint));
}

static void
round_clear (Round *self)
{
  g_ptr_array_unref (self->units);
  g_array_unref (self->blocked);
}

/* The units from first on, up to batch_size. What deserves another try is added to again, which may
 * be NULL. */
static gboolean
decode_batch (S2sSearch *search, const S2sTranslatorOptions *options, const Round *round,
              guint first, Round *again)
{
  guint n = MIN (options->batch_size, round->units->len - first);
  S2sUnit **units = (S2sUnit **)round->units->pdata + first;
  const guint *blocked = &g_array_index (round->blocked, guint, first);
  g_autofree S2sSearchInput *inputs = g_new (S2sSearchInput, n);

  for (guint i = 0; i < n; i++)
    inputs[i] = (S2sSearchInput){.ids = units[i]->ids,
                                 .n_ids = units[i]->n_ids,
                                 .prefix = units[i]->prefix,
                                 .prefix_terms = units[i]->prefix_terms,
                                 .n_prefix = units[i]->n_prefix,
                                 .no_repeat_ngram_size = blocked[i],
                                 .terms = {units[i]->terms, units[i]->n_terms}};
  if (!s2s_search_run (search, inputs, n))
    return FALSE;

  for (guint i = 0; i < n; i++) {
    guint ngram = 0;

    take_results (search, i, units[i]);
    for (guint rank = units[i]->n_results; rank-- > 0;)
      ngram = judge (options, units[i], &units[i]->results[rank]);
    if (blocked[i] > 0)
      ngram = MIN (ngram, blocked[i]);
    if (again != NULL && ngram > 0 && ngram != blocked[i])
      add_to_round (again, units[i], ngram);
  }
  return TRUE;
}

static gboolean
decode_round (S2sSearch *search, const S2sTranslatorOptions *options, const Round *round,
              Round *again)
{
  for (guint first = 0; first < round->units->len; first += options->batch_size)
    if (!decode_batch (search, options, round, first, again))
      return FALSE;
  return TRUE;
}

/* Longest first; g_ptr_array_sort() keeps the order of equal ones. */
static gint
compare_lengths (gconstpointer a, gconstpointer b)
{
  const S2sUnit *left = *(S2sUnit *const *)a, *right = *(S2sUnit *const *)b;

  return left->n_ids < right->n_ids ? 1 : left->n_ids > right->n_ids ? -1 : 0;
}

gboolean
s2s_decoder_run (S2sSearch *search, const S2sTranslatorOptions *options, GPtrArray *units)
{
  Round first, again;

  round_init (&first);
  round_init (&again);
  for (guint i = 0; i < units->len; i++)
    add_to_round (&first, g_ptr_array_index (units, i), options->no_repeat_ngram_size);
  g_ptr_array_sort (first.units, compare_lengths);

  s2s_search_begin (search);
  gboolean done = decode_round (search, options, &first, &again) &&
                  (s2s_search_is_narrowed (search) || decode_round (search, options, &again, NULL));
  round_clear (&first);
  round_clear (&again);
  return done;
}
