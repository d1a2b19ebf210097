/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-decoding.h"
#include "kernels/s2s-kernels.h"
#include "translator/s2s-constraints.h"
#include "translator/s2s-length.h"
#include "translator/s2s-terms.h"
#include "translator/s2s-trellis.h"

#include <glib.h>

G_BEGIN_DECLS

/* A hypothesis that may still grow. */
typedef struct {
  double sum; /* of log-probabilities */
  S2sUtf8State utf8;
  S2sTermState terms;
} S2sLive;

/* A hypothesis that has ended: its last node, and where that continues from. */
typedef struct {
  double score;
  guint n_tokens;
  gboolean truncated; /* it was cut, EOS is not its last token */
  S2sNode last;
} S2sFinished;

/* A hypothesis with one more token; the place is the parent's. */
typedef struct {
  double sum;
  guint place;
  gint32 token;
  double log_prob;
  gint term; /* the term that the token is of, or -1 */
} S2sCandidate;

/* The best candidates of a step, best first; of equal ones by place, then by id. */
typedef struct {
  guint n;
  guint max;
  S2sCandidate list[2 * S2S_MAX_BEAM];
} S2sCandidates;

/**
 * S2sBeamContext:
 *
 * What the beams of a batch share: borrowed, but for the room at the end, which is of one step.
 */
typedef struct {
  const S2sKernels *kernels;
  const S2sConstraints *constraints;
  const S2sLengthScale *scale;
  S2sTrellis *trellis;
  gint32 eos;
  float *logits; /* [rows][stride] */
  gsize logits_stride;
  float *spread;                          /* [n_tokens] −∞, room for a row by its tokens */
  gint32 *history;                        /* room for the tokens of a hypothesis */
  S2sCandidates banks[S2S_MAX_TERMS + 1]; /* by the terms that have begun */
  S2sLive live[S2S_MAX_BEAM];
} S2sBeamContext;

/**
 * S2sBeam:
 *
 * The search of one sentence. Its live hypotheses are best first; that in place k stands in row
 * first_row + k of the batch.
 */
typedef struct {
  guint slot;   /* of the trellis */
  guint step;   /* tokens that the live hypotheses have */
  guint width;  /* live hypotheses wanted */
  guint n_best; /* finished hypotheses wanted */
  S2sSearchEnd end;
  guint limit; /* tokens of an output, EOS and terms included */
  guint no_repeat_ngram_size;
  const gint32 *prefix;     /* borrowed */
  const gint *prefix_terms; /* borrowed, the term of each token of the prefix, or NULL */
  guint n_prefix;
  S2sTerms terms;
  guint n_shortlist;       /* logits of a row; 0 is all tokens */
  const gint32 *shortlist; /* [n_shortlist] their tokens, ascending; borrowed */
  guint n_always;          /* the first of them are 0 to n_always − 1 */
  guint first_row;
  guint n_live;
  guint n_kept; /* finished hypotheses that are kept */
  guint n_finished;
  gboolean narrowed;
  S2sLive live[S2S_MAX_BEAM];
  S2sFinished finished[S2S_MAX_BEAM]; /* best first, complete ones before truncated ones */
} S2sBeam;

/* One live hypothesis without a token, in that row. */
void s2s_beam_start (S2sBeam *self, guint row);

/* Takes the logits of a step, and puts the hypotheses that live on into the rows from next_row:
 * ret_parents (rows) and ret_tokens [next_row + k], and the nodes of the step. */
void s2s_beam_advance (S2sBeam *self, S2sBeamContext *context, guint next_row, guint *ret_parents,
                       gint32 *ret_tokens);

/* From here on only the best hypothesis is followed, and the first that finishes ends the search.
 */
void s2s_beam_narrow (S2sBeam *self);

G_END_DECLS
