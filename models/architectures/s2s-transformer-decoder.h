/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "architectures/s2s-arch.h"
#include "base/s2s-hparams.h"
#include "layers/s2s-feed-forward.h"
#include "layers/s2s-generator.h"
#include "layers/s2s-history.h"
#include "layers/s2s-memory.h"
#include "layers/s2s-multi-head.h"
#include "layers/s2s-positional.h"
#include "layers/s2s-residual.h"
#include "layers/s2s-ssru.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  S2sResidual self_norm;
  S2sMultiHead self_attention; /* or, with an SSRU in its place: */
  S2sSsru ssru;
  S2sResidual cross_norm;
  S2sMultiHead cross_attention;
  S2sResidual feed_forward_norm;
  S2sFeedForward feed_forward;
} S2sTransformerDecoderLayer;

/**
 * S2sTransformerDecoder:
 *
 * positional → layers (self-attention or SSRU → cross-attention → feed-forward) → norm, with `pre`
 * only → generator → logits.
 */
typedef struct {
  guint n_units; /* D */
  guint n_inner; /* F */
  S2sAutoregression autoregression;
  S2sPositional positional;
  guint n_layers;
  S2sTransformerDecoderLayer layers[S2S_MAX_TRANSFORMER_LAYERS];
  gboolean has_norm;
  S2sLayerNorm norm;
  S2sGenerator generator;
} S2sTransformerDecoder;

/* Keys and values [D] + [D]: they are written once and read where they lie. An SSRU has a state of
 * each row instead of those of its steps. */
typedef struct {
  float *steps;  /* [entries of the history][2D]; NULL with an SSRU */
  float *c;      /* [max_rows][D]; NULL with attention */
  float *memory; /* [max_sentences][max_source][2D] */
} S2sTransformerKept;

/**
 * S2sTransformerDecoderState:
 *
 * What lives from step to step: the history, the slot of each row, and what is kept of both. The
 * rest is room for one step.
 */
typedef struct {
  const S2sMemory *memory; /* borrowed */
  S2sHistory history;
  guint *slots; /* [max_rows] the sentence of each row */
  S2sTransformerKept kept[S2S_MAX_TRANSFORMER_LAYERS];

  float *x;           /* [max_rows][D] */
  float *y;           /* [max_rows][D] what a layer puts out */
  float *normed;      /* [max_rows][D] */
  float *inner;       /* [max_rows][F] */
  float *weights;     /* [max_rows][max_source] of the cross-attention of the top layer */
  float *gates;       /* [max_rows][2D] of an SSRU */
  float *spare;       /* [max_rows][D] of an SSRU */
  guint *spare_slots; /* [max_rows] */
  S2sMultiHeadScratch scratch;
  S2sPositionalState positional;
  S2sGeneratorState generator;
} S2sTransformerDecoderState;

gboolean s2s_transformer_decoder_load (S2sTransformerDecoder *self, S2sLoader *loader,
                                       const S2sHparams *hparams, GError **error);
void s2s_transformer_decoder_clear (S2sTransformerDecoder *self);

/* memory: borrowed for the life of the state */
void s2s_transformer_decoder_state_init (S2sTransformerDecoderState *self,
                                         const S2sTransformerDecoder *decoder,
                                         const S2sMemory *memory, const S2sArchLimits *limits);
void s2s_transformer_decoder_state_clear (S2sTransformerDecoderState *self);

/* Adds a row for each sentence, whose memory has been written. */
void s2s_transformer_decoder_start (const S2sTransformerDecoder *self, S2sCompute *compute,
                                    S2sTransformerDecoderState *state, guint n_sentences,
                                    const guint *slots);

/* As step and reorder of S2sArch. */
void s2s_transformer_decoder_step (const S2sTransformerDecoder *self, S2sCompute *compute,
                                   S2sTransformerDecoderState *state, const gint32 *previous,
                                   float *logits, gsize logits_stride);
void s2s_transformer_decoder_reorder (const S2sTransformerDecoder *self,
                                      S2sTransformerDecoderState *state, guint n_rows,
                                      const guint *parents);

G_END_DECLS
