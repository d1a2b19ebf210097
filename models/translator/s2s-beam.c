/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-beam.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Values compared at once, so that most of a row is passed over without a branch for each */
#define BLOCK 16

void
s2s_beam_start (S2sBeam *self, guint row)
{
  self->first_row = row;
  self->step = 0;
  self->n_live = 1;
  self->live[0] = (S2sLive){0, S2S_UTF8_BETWEEN, {0, -1, 0}};
  /* the estimate compares with as many as the beam is wide */
  self->n_kept = self->end == S2S_SEARCH_END_PROVEN ? self->n_best : self->width;
  self->n_finished = 0;
  self->narrowed = FALSE;
}

void
s2s_beam_narrow (S2sBeam *self)
{
  self->width = 1;
  if (self->n_live == 0)
    return;
  self->narrowed = TRUE;
  self->n_live = self->n_finished == 0 ? 1 : 0;
}

/* The order of the list: the place is the better parent's where it is lower. */
static gboolean
comes_before (const S2sCandidate *a, const S2sCandidate *b)
{
  if (a->sum < b->sum || a->sum > b->sum)
    return a->sum > b->sum;
  return a->place != b->place ? a->place < b->place : a->token < b->token;
}

static void
add_candidate (S2sCandidates *self, const S2sCandidate *candidate)
{
  guint at = self->n;

  while (at > 0 && comes_before (candidate, &self->list[at - 1]))
    at--;
  if (at == self->max)
    return;
  self->n = MIN (self->n + 1, self->max);
  memmove (self->list + at + 1, self->list + at, (self->n - at - 1) * sizeof *self->list);
  self->list[at] = *candidate;
}

/* A logit below this makes no candidate. It is found by going backwards from the worst candidate,
 * so the rounding of both ways is left room for. */
static float
get_threshold (const S2sCandidates *self, double base)
{
  if (self->n < self->max)
    return -FLT_MAX;

  double threshold = self->list[self->n - 1].sum - base;
  return (float)(threshold - 1e-6 * (1 + fabs (threshold)));
}

static gboolean
any_reaches (const float *values, float threshold)
{
  gboolean any = FALSE;

  for (guint i = 0; i < BLOCK; i++)
    any |= values[i] >= threshold;
  return any;
}

/* The logits of a hypothesis. With a shortlist there are only those of its tokens, one beside the
 * other; what is asked of a token, and what blocks one, goes by its id, so they are spread out for
 * that. */
typedef struct {
  const S2sBeam *beam;
  float *logits;   /* [n] as the network gives them */
  guint n;         /* tokens of the shortlist, or of the vocabulary */
  float *by_token; /* the same by id; −∞ for what is not in the list */
} Row;

static Row
open_row (const S2sBeam *beam, const S2sBeamContext *context, guint place)
{
  float *logits = context->logits + (beam->first_row + place) * context->logits_stride;
  Row row = {beam, logits, context->constraints->n_tokens, logits};

  if (beam->n_shortlist == 0)
    return row;
  row.n = beam->n_shortlist;
  row.by_token = context->spread;
  memcpy (row.by_token, logits, beam->n_always * sizeof *logits);
  for (guint i = beam->n_always; i < row.n; i++)
    row.by_token[beam->shortlist[i]] = logits[i];
  return row;
}

/* What has been blocked by id is blocked in logits. */
static void
collect_row (const Row *self)
{
  guint n_always = self->beam->n_always;

  if (self->logits == self->by_token)
    return;
  memcpy (self->logits, self->by_token, n_always * sizeof *self->logits);
  for (guint i = n_always; i < self->n; i++)
    self->logits[i] = self->by_token[self->beam->shortlist[i]];
}

/* What all lists have stays, since the next row writes over it. */
static void
close_row (const Row *self)
{
  if (self->logits == self->by_token)
    return;
  for (guint i = self->beam->n_always; i < self->n; i++)
    self->by_token[self->beam->shortlist[i]] = -INFINITY;
}

/* What a hypothesis with that sum, in that place, becomes with a token; without probability
 * nothing. */
static void
add_token (S2sCandidates *self, double sum, double log_sum, guint place, float logit, gint32 token,
           gint term)
{
  if (!isfinite (logit))
    return;

  double log_prob = MIN (0, logit - log_sum);
  S2sCandidate candidate = {sum + log_prob, place, token, log_prob, term};
  add_candidate (self, &candidate);
}

/* Adds all that the hypothesis with that sum, in that place, may become. */
static void
scan (S2sCandidates *self, double sum, double log_sum, guint place, const Row *row)
{
  const gint32 *tokens = row->beam->n_shortlist > 0 ? row->beam->shortlist : NULL;
  const float *logits = row->logits;
  guint end = row->n;
  double base = sum - log_sum;
  float threshold = get_threshold (self, base);

  for (guint i = 0; i < end; i++) {
    while (i + BLOCK <= end && !any_reaches (logits + i, threshold))
      i += BLOCK;
    if (i == end || logits[i] < threshold)
      continue;
    add_token (self, sum, log_sum, place, logits[i], tokens != NULL ? tokens[i] : (gint32)i, -1);
    threshold = get_threshold (self, base);
  }
}

/* Whether the next token is no choice, and which it is. */
static gboolean
is_forced (const S2sBeam *self, const S2sLive *live, gint32 *ret_token, gint *ret_term)
{
  const S2sTermState *state = &live->terms;

  if (self->step < self->n_prefix) {
    *ret_token = self->prefix[self->step];
    *ret_term = self->prefix_terms != NULL ? self->prefix_terms[self->step] : -1;
    return TRUE;
  }
  if (state->current < 0)
    return FALSE;
  *ret_token = self->terms.list[state->current].tokens[state->at];
  *ret_term = state->current;
  return TRUE;
}

/* Whether a hypothesis that still owes terms has to begin one: it would end here, or there is no
 * room for other things. */
static gboolean
must_begin (const S2sBeam *self, const S2sBeamContext *context, const S2sLive *live,
            const float *logits)
{
  guint n_left = s2s_terms_count_left (&self->terms, &live->terms);

  if (self->limit - self->step <= n_left + S2S_TERM_ROOM)
    return TRUE;
  for (guint id = 0; id < context->constraints->n_tokens; id++)
    if (logits[id] > logits[context->eos])
      return FALSE;
  return TRUE;
}

/* Adds what a hypothesis may become that owes terms or has said some: with a token that begins a
 * term it joins those that have begun one more. opening_logits: of those tokens */
static void
expand_with_terms (const S2sBeam *self, S2sBeamContext *context, guint k, const Row *row,
                   double log_sum, const guint *openings, guint n_openings,
                   const float *opening_logits)
{
  const S2sLive *live = &self->live[k];
  float *logits = row->by_token;
  S2sCandidates *bank = &context->banks[s2s_term_state_count_begun (&live->terms)];
  gboolean is_between = live->utf8 == S2S_UTF8_BETWEEN;

  if (is_between)
    s2s_terms_block_again (&self->terms, context->history, self->step, logits);
  if (!is_between || n_openings == 0 || !must_begin (self, context, live, logits)) {
    for (guint i = 0; i < n_openings && is_between; i++)
      logits[self->terms.list[openings[i]].tokens[0]] = -INFINITY;
    collect_row (row);
    scan (bank, live->sum, log_sum, k, row);
  }
  for (guint i = 0; i < n_openings && is_between; i++)
    add_token (bank + 1, live->sum, log_sum, k, opening_logits[i],
               self->terms.list[openings[i]].tokens[0], (gint)openings[i]);
}

static void
expand_row (const S2sBeam *self, S2sBeamContext *context, guint k, const Row *row)
{
  const S2sConstraints *constraints = context->constraints;
  const S2sLive *live = &self->live[k];
  guint step = self->step, openings[S2S_MAX_TERMS];
  guint n_openings = s2s_terms_get_openings (&self->terms, &live->terms, openings);
  float *logits = row->by_token;
  float opening_logits[S2S_MAX_TERMS], forced_logit = 0;
  gint32 token = 0;
  gint term = -1;
  gboolean forced = is_forced (self, live, &token, &term);

  /* a term may have what else is never put out or blocked here */
  if (forced)
    forced_logit = logits[token];
  for (guint i = 0; i < n_openings; i++)
    opening_logits[i] = logits[self->terms.list[openings[i]].tokens[0]];

  s2s_constraints_apply (constraints, live->utf8, logits);
  /* a character that has begun is finished, or a wrong one would come out */
  if ((self->no_repeat_ngram_size > 0 || self->terms.n > 0) && !forced)
    s2s_trellis_get_tokens (context->trellis, self->slot, step, k, context->history);
  if (self->no_repeat_ngram_size > 0 && live->utf8 == S2S_UTF8_BETWEEN && !forced)
    s2s_constraints_block_repeats (context->history, step, self->no_repeat_ngram_size, logits);

  collect_row (row);
  double log_sum = context->kernels->log_sum_exp (row->n, row->logits);
  /* weights out of all measure: no probability to go by, so nothing may follow */
  if (!isfinite (log_sum))
    return;
  S2sCandidates *bank = &context->banks[s2s_term_state_count_begun (&live->terms)];
  gboolean begins = forced && term >= 0 && live->terms.current < 0;
  if (forced)
    add_token (bank + begins, live->sum, log_sum, k, forced_logit, token, term);
  else if (self->terms.n > 0)
    expand_with_terms (self, context, k, row, log_sum, openings, n_openings, opening_logits);
  else
    scan (bank, live->sum, log_sum, k, row);
}

static void
expand (const S2sBeam *self, S2sBeamContext *context, guint k)
{
  Row row = open_row (self, context, k);

  expand_row (self, context, k, &row);
  close_row (&row);
}

static gboolean
is_better (const S2sFinished *a, const S2sFinished *b)
{
  return a->truncated != b->truncated ? b->truncated : a->score > b->score;
}

/* Earlier ones stay ahead of equal ones. */
static void
add_finished (S2sBeam *self, const S2sFinished *finished)
{
  guint at = self->n_finished;

  while (at > 0 && is_better (finished, &self->finished[at - 1]))
    at--;
  if (at == self->n_kept)
    return;
  self->n_finished = MIN (self->n_finished + 1, self->n_kept);
  memmove (self->finished + at + 1, self->finished + at,
           (self->n_finished - at - 1) * sizeof *self->finished);
  self->finished[at] = *finished;
}

static void
finish (S2sBeam *self, const S2sBeamContext *context, const S2sCandidate *candidate)
{
  S2sFinished finished = {
      .score = s2s_length_scale_get_score (context->scale, candidate->sum, self->step + 1),
      .n_tokens = self->step + 1,
      .truncated = candidate->token != context->eos,
      .last = {candidate->token, candidate->place, (float)candidate->log_prob, candidate->term},
  };

  add_finished (self, &finished);
}

/* Nothing may follow: the live hypotheses end as they stand. */
static void
cut_all (S2sBeam *self, const S2sBeamContext *context)
{
  guint step = self->step;

  for (guint k = 0; k < self->n_live; k++) {
    S2sFinished finished = {
        .score = s2s_length_scale_get_score (context->scale, self->live[k].sum, step),
        .n_tokens = step,
        .truncated = TRUE,
    };

    if (step > 0)
      finished.last = *s2s_trellis_get_node (context->trellis, self->slot, step - 1, k);
    add_finished (self, &finished);
  }
  self->n_live = 0;
}

/* A live hypothesis that can no longer come before the worst of the n best leaves. What follows
 * from it would only rank behind what follows from the others, so nothing else changes; when none
 * is left, the search has ended. */
static void
drop_hopeless (S2sBeam *self, const S2sBeamContext *context)
{
  double worst = self->finished[self->n_kept - 1].score;

  while (self->n_live > 0 &&
         s2s_length_scale_get_bound (context->scale, self->live[self->n_live - 1].sum,
                                     self->limit) <= worst)
    self->n_live--;
}

/* Whether a live hypothesis, as it stands, is better than the worst finished one. */
static gboolean
any_is_better (const S2sBeam *self, const S2sBeamContext *context)
{
  return self->n_live > 0 &&
         s2s_length_scale_get_score (context->scale, self->live[0].sum, self->step + 1) >
             self->finished[self->n_kept - 1].score;
}

static void
end_if_done (S2sBeam *self, const S2sBeamContext *context)
{
  if (self->width == 1 && self->n_finished > 0)
    self->n_live = 0;
  if (self->n_finished < self->n_kept)
    return;
  if (self->end == S2S_SEARCH_END_PROVEN)
    drop_hopeless (self, context);
  else if (self->end == S2S_SEARCH_END_FULL || !any_is_better (self, context))
    self->n_live = 0;
}

/* The next of a bank that does not end. NULL when there is none. */
static const S2sCandidate *
take_next (const S2sBeamContext *context, guint bank, guint *next)
{
  const S2sCandidates *candidates = &context->banks[bank];

  while (next[bank] < candidates->n && candidates->list[next[bank]].token == context->eos)
    next[bank]++;
  return next[bank] < candidates->n ? &candidates->list[next[bank]] : NULL;
}

/* Deals the places of the live: the first to the best of all, the others in turn to the best of
 * each bank that is left, the one with the most terms first. ret_chosen [width], best first. */
static guint
deal (const S2sBeam *self, const S2sBeamContext *context, const S2sCandidate **ret_chosen)
{
  guint next[S2S_MAX_TERMS + 1] = {0}, n = 0, best = 0;

  for (guint bank = 1; bank <= self->terms.n; bank++) {
    const S2sCandidate *a = take_next (context, bank, next), *b = take_next (context, best, next);

    if (a != NULL && (b == NULL || comes_before (a, b)))
      best = bank;
  }
  for (guint bank = best, n_empty = 0; n < self->width && n_empty <= self->terms.n;
       bank = n == 1 && n_empty == 0 ? self->terms.n
                                     : (bank + self->terms.n) % (self->terms.n + 1)) {
    const S2sCandidate *candidate = take_next (context, bank, next);
    guint at = n;

    n_empty = candidate == NULL ? n_empty + 1 : 0;
    if (candidate == NULL)
      continue;
    next[bank]++;
    for (; at > 0 && comes_before (candidate, ret_chosen[at - 1]); at--)
      ret_chosen[at] = ret_chosen[at - 1];
    ret_chosen[at] = candidate;
    n++;
  }
  return n;
}

/* EOS counts when no term is owed and it is among the best `width` of that bank; the places of the
 * live go to others. */
static void
choose (S2sBeam *self, S2sBeamContext *context, guint next_row, guint *ret_parents,
        gint32 *ret_tokens)
{
  const S2sCandidates *complete = &context->banks[self->terms.n];
  const S2sCandidate *chosen[S2S_MAX_BEAM];
  guint n_live = deal (self, context, chosen);

  for (guint i = 0; i < MIN (complete->n, self->width); i++)
    if (complete->list[i].token == context->eos)
      finish (self, context, &complete->list[i]);
  for (guint k = 0; k < n_live; k++) {
    const S2sCandidate *candidate = chosen[k];
    const S2sLive *parent = &self->live[candidate->place];
    S2sLive *live = &context->live[k];

    *s2s_trellis_get_node (context->trellis, self->slot, self->step, k) =
        (S2sNode){candidate->token, candidate->place, (float)candidate->log_prob, candidate->term};
    ret_parents[next_row + k] = self->first_row + candidate->place;
    ret_tokens[next_row + k] = candidate->token;
    *live = *parent;
    live->sum = candidate->sum;
    live->utf8 = s2s_constraints_advance (context->constraints, parent->utf8, candidate->token);
    s2s_term_state_advance (&live->terms, &self->terms, candidate->term);
  }
  memcpy (self->live, context->live, n_live * sizeof *self->live);
  self->first_row = next_row;
  self->n_live = n_live;
}

static gboolean
has_candidates (const S2sBeam *self, const S2sBeamContext *context)
{
  for (guint bank = 0; bank <= self->terms.n; bank++)
    if (context->banks[bank].n > 0)
      return TRUE;
  return FALSE;
}

void
s2s_beam_advance (S2sBeam *self, S2sBeamContext *context, guint next_row, guint *ret_parents,
                  gint32 *ret_tokens)
{
  for (guint bank = 0; bank <= self->terms.n; bank++) {
    context->banks[bank].n = 0;
    context->banks[bank].max = 2 * self->width;
  }
  for (guint k = 0; k < self->n_live; k++)
    expand (self, context, k);

  if (!has_candidates (self, context)) {
    cut_all (self, context);
    return;
  }
  choose (self, context, next_row, ret_parents, ret_tokens);
  end_if_done (self, context);
  self->step++;
  if (self->step == self->limit)
    cut_all (self, context);
}
