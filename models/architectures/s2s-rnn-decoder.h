/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "architectures/s2s-arch.h"
#include "base/s2s-hparams.h"
#include "layers/s2s-attention.h"
#include "layers/s2s-bridge.h"
#include "layers/s2s-cell.h"
#include "layers/s2s-generator.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sRnnDecoder:
 *
 * [embedding ; o] → layers → h → attention → [context ; h] → output → o → generator → logits. The
 * way of o back to the input is there with input feeding, attention and output when the
 * hyperparameters name them.
 */
typedef struct {
  guint n_units;     /* H */
  guint n_embedding; /* E */
  guint n_output;    /* O, or H when there is no output layer */
  gboolean residual;
  gboolean input_feeding;
  gboolean starts_from_top; /* of the encoder, not from the layer of the same number */
  gboolean has_attention;
  guint n_layers;
  S2sEmbedding embedding;
  S2sBridgeLayer bridges[S2S_MAX_LAYERS];
  S2sCell layers[S2S_MAX_LAYERS];
  S2sAttention attention;
  S2sLinear output; /* [O][2H] or [O][H]; not bound when O is 0 */
  S2sOutputActivation output_activation;
  S2sGenerator generator;
} S2sRnnDecoder;

/**
 * S2sRnnDecoderState:
 *
 * What lives from step to step: h, c, o and the slot of each row. The rest is room for one
 * step.
 */
typedef struct {
  guint n_rows;
  guint *slots;             /* [max_rows] the sentence of each row */
  float *h[S2S_MAX_LAYERS]; /* [max_rows][H] */
  float *c[S2S_MAX_LAYERS]; /* [max_rows][H]; NULL without cell state */
  float *o;                 /* [max_rows][O] */

  float *input;       /* [max_rows][E, or E + O with input feeding] */
  float *a;           /* [max_rows][gates · H] */
  float *sum;         /* [max_rows][H] of the layers so far; residual only */
  float *joint;       /* [max_rows][2H] [context ; h]; with attention only */
  float *spare;       /* [max_rows][max (H, O)] rows on the move */
  guint *spare_slots; /* [max_rows] */
  S2sCellScratch scratch;
  S2sAttentionState attention;
  S2sGeneratorState generator;
} S2sRnnDecoderState;

gboolean s2s_rnn_decoder_load (S2sRnnDecoder *self, S2sLoader *loader, const S2sHparams *hparams,
                               const S2sCellType *type, GError **error);
void s2s_rnn_decoder_clear (S2sRnnDecoder *self);

/* memory: borrowed for the life of the state */
void s2s_rnn_decoder_state_init (S2sRnnDecoderState *self, const S2sRnnDecoder *decoder,
                                 const S2sMemory *memory, const S2sArchLimits *limits);
void s2s_rnn_decoder_state_clear (S2sRnnDecoderState *self);

/* Adds a row for each sentence, its start. last_h, last_c [encoder layer][sentence][H] */
void s2s_rnn_decoder_start (const S2sRnnDecoder *self, S2sCompute *compute,
                            S2sRnnDecoderState *state, guint n_encoder_layers, float *const *last_h,
                            float *const *last_c, guint n_sentences, const guint *slots);

/* As step and reorder of S2sArch. */
void s2s_rnn_decoder_step (const S2sRnnDecoder *self, S2sCompute *compute,
                           S2sRnnDecoderState *state, const gint32 *previous, float *logits,
                           gsize logits_stride);
void s2s_rnn_decoder_reorder (const S2sRnnDecoder *self, S2sRnnDecoderState *state, guint n_rows,
                              const guint *parents);

G_END_DECLS
