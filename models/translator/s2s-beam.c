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
  self->n_live = 1;
  self->live[0] = (S2sLive){0, S2S_UTF8_BETWEEN};
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

static void
add_candidate (S2sCandidates *self, const S2sCandidate *candidate)
{
  guint at = self->n;

  while (at > 0 && candidate->sum > self->list[at - 1].sum)
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

/* Adds what the hypothesis of a row with that sum may become with a token from first up to end. */
static void
scan (S2sCandidates *self, double sum, double log_sum, guint row, const float *logits, guint first,
      guint end)
{
  double base = sum - log_sum;
  float threshold = get_threshold (self, base);

  for (guint id = first; id < end; id++) {
    while (id + BLOCK <= end && !any_reaches (logits + id, threshold))
      id += BLOCK;
    if (id == end || logits[id] < threshold || !isfinite (logits[id]))
      continue;
    double log_prob = MIN (0, logits[id] - log_sum);
    S2sCandidate candidate = {sum + log_prob, row, (gint32)id, log_prob};

    add_candidate (self, &candidate);
    threshold = get_threshold (self, base);
  }
}

static void
expand (const S2sBeam *self, S2sBeamContext *context, guint step, guint k)
{
  const S2sConstraints *constraints = context->constraints;
  const S2sLive *live = &self->live[k];
  guint row = self->first_row + k;
  float *logits = context->logits + row * context->logits_stride;
  gboolean is_forced = step < self->n_prefix;

  s2s_constraints_apply (constraints, live->utf8, logits);
  /* a character that has begun is finished, or a wrong one would come out */
  if (self->no_repeat_ngram_size > 0 && live->utf8 == S2S_UTF8_BETWEEN && !is_forced) {
    s2s_trellis_get_tokens (context->trellis, step, row, context->history);
    s2s_constraints_block_repeats (context->history, step, self->no_repeat_ngram_size, logits);
  }

  double log_sum = context->kernels->log_sum_exp (constraints->n_tokens, logits);
  /* weights out of all measure: no probability to go by, so nothing may follow */
  if (!isfinite (log_sum))
    return;
  guint first = is_forced ? (guint)self->prefix[step] : 0;
  guint end = is_forced ? first + 1 : constraints->n_tokens;
  scan (&context->candidates, live->sum, log_sum, row, logits, first, end);
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
  if (at == self->n_best)
    return;
  self->n_finished = MIN (self->n_finished + 1, self->n_best);
  memmove (self->finished + at + 1, self->finished + at,
           (self->n_finished - at - 1) * sizeof *self->finished);
  self->finished[at] = *finished;
}

static void
finish (S2sBeam *self, const S2sBeamContext *context, guint step, const S2sCandidate *candidate)
{
  S2sFinished finished = {
      .score = s2s_length_scale_get_score (context->scale, candidate->sum, step + 1),
      .n_tokens = step + 1,
      .truncated = candidate->token != context->eos,
      .last = {candidate->token, candidate->row, (float)candidate->log_prob},
  };

  add_finished (self, &finished);
}

/* Nothing may follow: the live hypotheses end as they stand. */
static void
cut_all (S2sBeam *self, const S2sBeamContext *context, guint step)
{
  for (guint k = 0; k < self->n_live; k++) {
    S2sFinished finished = {
        .score = s2s_length_scale_get_score (context->scale, self->live[k].sum, step),
        .n_tokens = step,
        .truncated = TRUE,
    };

    if (step > 0)
      finished.last = *s2s_trellis_get_node (context->trellis, step - 1, self->first_row + k);
    add_finished (self, &finished);
  }
}

/* A live hypothesis that can no longer come before the worst of the n best leaves. What follows
 * from it would only rank behind what follows from the others, so nothing else changes; when none
 * is left, the search has ended. */
static void
drop_hopeless (S2sBeam *self, const S2sBeamContext *context)
{
  if (self->width == 1 && self->n_finished > 0)
    self->n_live = 0;
  if (self->n_finished < self->n_best)
    return;

  double worst = self->finished[self->n_best - 1].score;
  while (self->n_live > 0 &&
         s2s_length_scale_get_bound (context->scale, self->live[self->n_live - 1].sum,
                                     self->limit) <= worst)
    self->n_live--;
}

/* EOS counts when it is among the best `width`; the places of the live go to the best others. */
static void
choose (S2sBeam *self, S2sBeamContext *context, guint step, guint next_row, guint *ret_parents,
        gint32 *ret_tokens)
{
  const S2sCandidates *candidates = &context->candidates;
  guint n_live = 0;

  for (guint i = 0; i < candidates->n && n_live < self->width; i++) {
    const S2sCandidate *candidate = &candidates->list[i];
    const S2sLive *parent = &self->live[candidate->row - self->first_row];

    if (candidate->token == context->eos) {
      if (i < self->width)
        finish (self, context, step, candidate);
      continue;
    }
    *s2s_trellis_get_node (context->trellis, step, next_row + n_live) =
        (S2sNode){candidate->token, candidate->row, (float)candidate->log_prob};
    ret_parents[next_row + n_live] = candidate->row;
    ret_tokens[next_row + n_live] = candidate->token;
    context->live[n_live++] = (S2sLive){
        candidate->sum,
        s2s_constraints_advance (context->constraints, parent->utf8, candidate->token),
    };
  }
  memcpy (self->live, context->live, n_live * sizeof *self->live);
  self->first_row = next_row;
  self->n_live = n_live;
}

void
s2s_beam_advance (S2sBeam *self, S2sBeamContext *context, guint step, guint next_row,
                  guint *ret_parents, gint32 *ret_tokens)
{
  context->candidates.n = 0;
  context->candidates.max = 2 * self->width;
  for (guint k = 0; k < self->n_live; k++)
    expand (self, context, step, k);

  if (context->candidates.n == 0) {
    cut_all (self, context, step);
    self->n_live = 0;
    return;
  }
  choose (self, context, step, next_row, ret_parents, ret_tokens);
  drop_hopeless (self, context);
  if (step + 1 < self->limit)
    return;
  cut_all (self, context, step + 1);
  self->n_live = 0;
}
