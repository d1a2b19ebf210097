/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-decoder.h"

#include "translator/s2s-guard.h"
#include "translator/s2s-length.h"
#include "translator/s2s-quality.h"

/* The shortest n-gram that is blocked when a sentence is decoded once more */
#define MIN_BLOCKED 3
/* How often a unit of which something is lost is decoded again, each time longer */
#define MAX_TRIES 4

/* Sets the flags of what no translation looks like. Returns the n-gram to block in another try, 0
 * when the result needs none. */
static guint
judge (const S2sTranslatorOptions *options, const S2sUnit *unit, S2sSearchResult *result)
{
  gboolean is_truncated = (result->flags & S2S_FLAG_TRUNCATED) != 0;
  guint n_source = unit->n_text, n_target = result->n_tokens - (is_truncated ? 0 : 1);
  guint limit = s2s_length_get_limit (options->max_length_factor, options->max_length_constant,
                                      s2s_unit_count_own (unit));
  guint period = 0;

  if (s2s_quality_is_looping (unit->ids + unit->first_text, n_source, result->tokens, n_target,
                              &period))
    result->flags |= S2S_FLAG_REPETITIVE;
  if (s2s_quality_is_too_short (n_source, n_target) || (is_truncated && n_target >= limit))
    result->flags |= S2S_FLAG_LENGTH;
  if ((result->flags & (S2S_FLAG_REPETITIVE | S2S_FLAG_LENGTH)) == 0)
    return 0;
  return MAX (MIN_BLOCKED, 2 * period);
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

/* Units that are decoded at once. */
typedef struct {
  const S2sDecoder *decoder;
  S2sUnit **units;
  const guint *blocked;
  Round *again; /* what deserves another try; NULL when nothing gets one */
} Batch;

static void
keep_first (S2sUnit *unit, guint n)
{
  while (unit->n_results > n)
    s2s_search_result_clear (&unit->results[--unit->n_results]);
}

static void
take_results (const S2sSearch *search, guint slot, guint index, gpointer user_data)
{
  Batch *self = user_data;
  S2sUnit *unit = self->units[index];
  guint blocked = self->blocked[index], ngram = 0;

  s2s_unit_clear_results (unit);
  unit->n_results = s2s_search_get_n_results (search, slot);
  unit->results = g_new (S2sSearchResult, unit->n_results);
  for (guint rank = 0; rank < unit->n_results; rank++)
    s2s_search_get_result (search, slot, rank, unit->wants_attention, &unit->results[rank]);
  s2s_guard_rank (self->decoder->joiner, unit);
  keep_first (unit, self->decoder->n_best);
  for (guint rank = unit->n_results; rank-- > 0;)
    ngram = judge (&self->decoder->options, unit, &unit->results[rank]);
  if (blocked > 0)
    ngram = MIN (ngram, blocked);
  if (self->again != NULL && ngram > 0 && ngram != blocked)
    add_to_round (self->again, unit, ngram);
}

/* NARROW, once said, holds for the rest of the call. */
static S2sControl
ask (gpointer user_data)
{
  S2sDecoder *self = user_data;
  S2sControl control = S2S_CONTROL_CONTINUE;

  if (self->control != NULL)
    control = self->control (self->user_data);
  if (control == S2S_CONTROL_NARROW)
    self->narrowed = TRUE;
  return control == S2S_CONTROL_CONTINUE && self->narrowed ? S2S_CONTROL_NARROW : control;
}

static gboolean
decode_batch (S2sDecoder *self, Batch *batch, const S2sSearchInput *inputs, guint n)
{
  if (self->service != NULL)
    return s2s_service_run (self->service,
                            &(S2sServiceCall){inputs, n, ask, self, take_results, batch});
  if (!s2s_search_run (self->own, inputs, n))
    return FALSE;
  for (guint i = 0; i < n; i++)
    take_results (self->own, i, i, batch);
  return TRUE;
}

/* The units from first on. */
static gboolean
decode_units (S2sDecoder *self, const Round *round, guint first, guint n, Round *again)
{
  Batch batch = {self, (S2sUnit **)round->units->pdata + first,
                 &g_array_index (round->blocked, guint, first), again};
  g_autofree S2sSearchInput *inputs = g_new (S2sSearchInput, n);

  for (guint i = 0; i < n; i++) {
    const S2sUnit *unit = batch.units[i];

    inputs[i] = (S2sSearchInput){.ids = unit->ids,
                                 .n_ids = unit->n_ids,
                                 .n_context = unit->n_context,
                                 .prefix = unit->prefix,
                                 .prefix_terms = unit->prefix_terms,
                                 .n_prefix = unit->n_prefix,
                                 .no_repeat_ngram_size = batch.blocked[i],
                                 .terms = {unit->terms, unit->n_terms}};
  }
  return decode_batch (self, &batch, inputs, n);
}

/* What deserves another try is added to again, which may be NULL. A service takes all at once. */
static gboolean
decode_round (S2sDecoder *self, const Round *round, Round *again)
{
  guint n_units = round->units->len;
  guint n_batch = self->service != NULL ? n_units : self->options.batch_size;

  for (guint first = 0; first < n_units; first += n_batch)
    if (!decode_units (self, round, first, MIN (n_batch, n_units - first), again))
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

/* Those that loop or have an absurd length a second time. */
static gboolean
decode_twice (S2sDecoder *self, const Round *round)
{
  Round again;

  round_init (&again);
  gboolean done =
      decode_round (self, round, &again) && (self->narrowed || decode_round (self, &again, NULL));
  round_clear (&again);
  return done;
}

/* Leaves the units that have lost something and can be asked for at greater length, and asks. */
static gboolean
leave_lost (const S2sDecoder *self, Round *round)
{
  guint n = 0;

  for (guint i = 0; i < round->units->len; i++) {
    S2sUnit *unit = g_ptr_array_index (round->units, i);

    if ((unit->results[0].flags & S2S_FLAG_LOST) != 0 && s2s_unit_lengthen (unit, self->form))
      round->units->pdata[n++] = unit;
  }
  g_ptr_array_set_size (round->units, (gint)n);
  return n > 0;
}

gboolean
s2s_decoder_run (S2sDecoder *self, GPtrArray *units)
{
  Round round;

  round_init (&round);
  for (guint i = 0; i < units->len; i++)
    add_to_round (&round, g_ptr_array_index (units, i), self->options.no_repeat_ngram_size);
  g_ptr_array_sort (round.units, compare_lengths);

  self->narrowed = FALSE;
  gboolean done = decode_twice (self, &round);
  for (guint i = 0; i < MAX_TRIES && done && !self->narrowed && leave_lost (self, &round); i++)
    done = decode_twice (self, &round);
  round_clear (&round);
  return done;
}

gboolean
s2s_decoder_init (S2sDecoder *self, const S2sSearchModel *model,
                  const S2sTranslatorOptions *options, GError **error)
{
  *self = (S2sDecoder){.options = *options, .n_best = options->n_best};
  self->options.banned_tokens = NULL;
  self->options.target_language = NULL;
  if (options->shared) {
    self->service = s2s_service_claim (model, options, error);
    self->search = self->service != NULL ? s2s_service_get_search (self->service) : NULL;
    return self->service != NULL;
  }
  self->search = self->own = s2s_search_new (model, options, error);
  if (self->own == NULL)
    return FALSE;
  self->options.batch_size = s2s_search_get_n_free (self->own);
  s2s_search_set_control (self->own, ask, self);
  return TRUE;
}

void
s2s_decoder_clear (S2sDecoder *self)
{
  g_clear_pointer (&self->own, s2s_search_free);
  g_clear_pointer (&self->service, s2s_service_release);
  self->search = NULL;
}

void
s2s_decoder_set_guard (S2sDecoder *self, const S2sJoiner *joiner, const S2sSourceForm *form,
                       guint n_best)
{
  self->joiner = joiner;
  self->form = form;
  self->n_best = n_best;
}

void
s2s_decoder_set_control (S2sDecoder *self, S2sControlFunc func, gpointer user_data)
{
  self->control = func;
  self->user_data = user_data;
}
