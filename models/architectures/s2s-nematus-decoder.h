/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "architectures/s2s-arch.h"
#include "base/s2s-hparams.h"
#include "layers/s2s-attention.h"
#include "layers/s2s-generator.h"
#include "layers/s2s-projection.h"
#include "layers/s2s-transitions.h"

#include <glib.h>

G_BEGIN_DECLS

/* What the deep output reads: the embedding of the token, the top of the layers, the context */
enum { S2S_NEMATUS_TOKEN, S2S_NEMATUS_STATE, S2S_NEMATUS_CONTEXT, S2S_NEMATUS_N_TERMS };

/* A cell and its transitions */
typedef struct {
  S2sCell cell;
  S2sTransitions transitions;
} S2sNematusLayer;

/**
 * S2sNematusDecoder:
 *
 * embedding → first cell → attention → layers, whose first goes on with the state of the first cell
 * and reads the context → deep output → generator → logits: the conditional GRU, Sennrich et al.
 * 2017, section 3.
 */
typedef struct {
  guint n_units;     /* H */
  guint n_embedding; /* E */
  guint n_memory;    /* C */
  gboolean residual;
  guint n_layers;
  S2sEmbedding embedding;
  S2sProjection start; /* [H][C] */
  S2sCell first;
  S2sAttention attention;
  S2sNematusLayer layers[S2S_MAX_LAYERS];
  S2sProjection terms[S2S_NEMATUS_N_TERMS]; /* [E][E], [E][H], [E][C] */
  S2sGenerator generator;
} S2sNematusDecoder;

/**
 * S2sNematusDecoderState:
 *
 * What lives from step to step: h, c and the slot of each row. The rest is room for one step.
 */
typedef struct {
  guint n_rows;
  const S2sMemory *memory;  /* borrowed */
  guint *slots;             /* [max_rows] the sentence of each row */
  float *h[S2S_MAX_LAYERS]; /* [max_rows][H] */
  float *c[S2S_MAX_LAYERS]; /* [max_rows][H]; NULL without cell state */

  float *mean;        /* [C] of a memory */
  float *y;           /* [max_rows][E] */
  float *a;           /* [max_rows][gates · H] */
  float *context;     /* [max_rows][C] */
  float *sum;         /* [max_rows][H] of the layers so far; residual only */
  float *o;           /* [max_rows][E] the sum of the terms */
  float *term;        /* [max_rows][E] */
  float *spare;       /* [max_rows][H] rows on the move */
  guint *spare_slots; /* [max_rows] */
  S2sCellScratch scratch;
  S2sAttentionState attention;
  S2sGeneratorState generator;
} S2sNematusDecoderState;

/* n_memory: what the encoder puts out */
gboolean s2s_nematus_decoder_load (S2sNematusDecoder *self, S2sLoader *loader,
                                   const S2sHparams *hparams, guint n_memory, GError **error);
void s2s_nematus_decoder_clear (S2sNematusDecoder *self);

/* memory: borrowed for the life of the state */
void s2s_nematus_decoder_state_init (S2sNematusDecoderState *self, const S2sNematusDecoder *decoder,
                                     const S2sMemory *memory, const S2sArchLimits *limits);
void s2s_nematus_decoder_state_clear (S2sNematusDecoderState *self);

/* Adds a row for each sentence, its start, from its memory. */
void s2s_nematus_decoder_start (const S2sNematusDecoder *self, S2sCompute *compute,
                                S2sNematusDecoderState *state, guint n_sentences,
                                const guint *slots);

/* As step and reorder of S2sArch. */
void s2s_nematus_decoder_step (const S2sNematusDecoder *self, S2sCompute *compute,
                               S2sNematusDecoderState *state, const gint32 *previous, float *logits,
                               gsize logits_stride);
void s2s_nematus_decoder_reorder (const S2sNematusDecoder *self, S2sNematusDecoderState *state,
                                  guint n_rows, const guint *parents);

G_END_DECLS
