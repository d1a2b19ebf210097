/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define S2S_MAX_LAYERS 8

typedef enum {
  S2S_DIRECTION_FORWARD,
  S2S_DIRECTION_FIRST_BIDIRECTIONAL,
  S2S_DIRECTION_BIDIRECTIONAL,
} S2sDirection;

typedef enum {
  S2S_BRIDGE_COPY,
  S2S_BRIDGE_DENSE,
} S2sBridge;

typedef enum {
  S2S_ATTENTION_NONE,
  S2S_ATTENTION_DOT,
  S2S_ATTENTION_GENERAL,
  S2S_ATTENTION_ADDITIVE,
} S2sAttentionKind;

typedef enum {
  S2S_TIED_NONE,
  S2S_TIED_DECODER,
  S2S_TIED_ALL,
} S2sTiedEmbeddings;

/**
 * S2sHparams:
 *
 * The hyperparameters of config.json, checked against their ranges and against each other when they
 * were read (docs/model-format.md gives the meaning of each). Letters in brackets are the names of
 * the sizes in the formulas.
 */
typedef struct {
  const char *architecture;     /* name of a row of the architecture table; static string */
  const char *cell;             /* name of a row of the cell table; static string */
  guint source_vocabulary_size; /* [Vs] */
  guint target_vocabulary_size; /* [Vt] */
  guint embedding_size;         /* [E] */
  guint hidden_size;            /* [H] */
  guint encoder_layers;         /* [Le] 1 to S2S_MAX_LAYERS */
  guint decoder_layers;         /* [Ld] 1 to S2S_MAX_LAYERS */
  S2sDirection encoder_direction;
  gboolean residual;
  gboolean reverse_source;
  S2sBridge bridge;
  S2sAttentionKind attention;
  guint attention_size; /* [A] of additive attention */
  gboolean input_feeding;
  guint output_size; /* [O] 0: the generator stands on the top hidden state */
  S2sTiedEmbeddings tied_embeddings;
} S2sHparams;

G_END_DECLS
