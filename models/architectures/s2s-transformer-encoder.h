/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-control.h"
#include "base/s2s-hparams.h"
#include "layers/s2s-feed-forward.h"
#include "layers/s2s-memory.h"
#include "layers/s2s-multi-head.h"
#include "layers/s2s-positional.h"
#include "layers/s2s-residual.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  S2sResidual attention_norm;
  S2sMultiHead attention;
  S2sResidual feed_forward_norm;
  S2sFeedForward feed_forward;
} S2sTransformerEncoderLayer;

/**
 * S2sTransformerEncoder:
 *
 * positional → layers (self-attention → feed-forward) → norm, with `pre` only → memory, one row a
 * source id.
 */
typedef struct {
  guint n_units; /* D */
  guint n_inner; /* F */
  S2sPositional positional;
  guint n_layers;
  S2sTransformerEncoderLayer layers[S2S_MAX_TRANSFORMER_LAYERS];
  gboolean has_norm;
  S2sLayerNorm norm;
} S2sTransformerEncoder;

/* Room for a block of sentences */
typedef struct {
  guint max_block; /* positions */
  float *x;        /* [max_block][D] */
  float *y;        /* [max_block][D] what a layer puts out */
  float *normed;   /* [max_block][D] */
  float *inner;    /* [max_block][F] */
  S2sMultiHeadScratch scratch;
  S2sPositionalState positional;
} S2sTransformerEncoderState;

/* All but the embedding, which may be the decoder's: the caller binds it. */
gboolean s2s_transformer_encoder_load (S2sTransformerEncoder *self, S2sLoader *loader,
                                       const S2sHparams *hparams, GError **error);
void s2s_transformer_encoder_clear (S2sTransformerEncoder *self);

void s2s_transformer_encoder_state_init (S2sTransformerEncoderState *self,
                                         const S2sTransformerEncoder *encoder, guint max_source);
void s2s_transformer_encoder_state_clear (S2sTransformerEncoderState *self);

/* The floats of what init claims */
guint64 s2s_transformer_encoder_get_state_size (const S2sTransformerEncoder *self,
                                                guint max_source);

/* As encode of S2sArch; the sentences come into their slots of the memory. */
gboolean s2s_transformer_encoder_forward (const S2sTransformerEncoder *self, S2sCompute *compute,
                                          S2sTransformerEncoderState *state, guint n_sentences,
                                          const guint *slots, const gint32 *ids,
                                          const guint *lengths, S2sMemory *memory,
                                          S2sControlFunc control, gpointer user_data);

G_END_DECLS
