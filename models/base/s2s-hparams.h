/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define S2S_MAX_LAYERS 8              /* of `rnn` and `nematus`; cells of a layer too */
#define S2S_MAX_TRANSFORMER_LAYERS 24 /* of `transformer` */

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
  S2S_BRIDGE_FROM_SAME,
  S2S_BRIDGE_FROM_TOP,
} S2sBridgeFrom;

typedef enum {
  S2S_ATTENTION_NONE,
  S2S_ATTENTION_DOT,
  S2S_ATTENTION_GENERAL,
  S2S_ATTENTION_ADDITIVE,
} S2sAttentionKind;

typedef enum {
  S2S_OUTPUT_TANH,
  S2S_OUTPUT_LINEAR,
} S2sOutputActivation;

typedef enum {
  S2S_TIED_NONE,
  S2S_TIED_DECODER,
  S2S_TIED_ALL,
} S2sTiedEmbeddings;

typedef enum {
  S2S_NORM_PRE,
  S2S_NORM_POST,
} S2sNormPlace;

typedef enum {
  S2S_ACTIVATION_RELU,
  S2S_ACTIVATION_GELU,
  S2S_ACTIVATION_SWISH,
} S2sActivation;

typedef enum {
  S2S_AUTOREGRESSION_ATTENTION,
  S2S_AUTOREGRESSION_SSRU,
} S2sAutoregression;

typedef enum {
  S2S_POSITIONS_SINUSOIDAL_HALF_SPLIT,
  S2S_POSITIONS_SINUSOIDAL_MARIAN,
  S2S_POSITIONS_LEARNED,
} S2sPositionsKind;

/* What a layer norm of a cell takes together: all blocks of gates, or those that are sigmoids and
 * the candidate apart */
typedef enum {
  S2S_CELL_NORM_NONE,
  S2S_CELL_NORM_JOINT,
  S2S_CELL_NORM_APART,
} S2sCellNorm;

/* The encoder of `nematus`: two stacks, or one bidirectional layer and a stack above it;
 * alternating is two stacks whose layers turn round */
typedef enum {
  S2S_STACKS_BIDIRECTIONAL,
  S2S_STACKS_FIRST_BIDIRECTIONAL,
  S2S_STACKS_ALTERNATING,
} S2sStacks;

/* What only `rnn` has */
typedef struct {
  const char *cell;     /* name of a row of the cell table; static string */
  guint embedding_size; /* [E] */
  guint hidden_size;    /* [H] */
  S2sDirection encoder_direction;
  gboolean residual;
  gboolean reverse_source;
  S2sBridge bridge;
  S2sBridgeFrom bridge_from;
  S2sAttentionKind attention;
  guint attention_size; /* [A] of additive attention */
  gboolean input_feeding;
  guint output_size;                     /* [O] 0: the generator stands on the top hidden state */
  S2sOutputActivation output_activation; /* of O > 0 */
} S2sRnnHparams;

/* What only `transformer` has */
typedef struct {
  guint model_size;        /* [D] a multiple of heads */
  guint feed_forward_size; /* [F] */
  guint heads;
  S2sNormPlace norm;
  S2sActivation activation;
  S2sAutoregression decoder_autoregression;
  S2sPositionsKind positions;
  guint max_positions; /* [P] of learned positions */
  gboolean scale_embeddings;
  double layer_norm_epsilon;
} S2sTransformerHparams;

/* What only `nematus` has */
typedef struct {
  const char *encoder_cell; /* names of rows of the cell table; static strings */
  const char *decoder_cell;
  guint embedding_size; /* [E] */
  guint hidden_size;    /* [H] */
  guint attention_size; /* [A] */
  S2sStacks encoder_direction;
  guint encoder_cell_depth;      /* cells of a layer, from 1 */
  guint decoder_cell_base_depth; /* of the layer with the attention, from 2 */
  guint decoder_cell_high_depth; /* of those above, from 1 */
  gboolean residual;
  S2sCellNorm layer_norm;
  double layer_norm_epsilon;
} S2sNematusHparams;

/**
 * S2sHparams:
 *
 * The hyperparameters of config.json, checked against their ranges and against each other when they
 * were read (docs/model-format.md gives the meaning of each). Letters in brackets are the names of
 * the sizes in the formulas. The architecture says which member of the union is there.
 */
typedef struct {
  const char *architecture;     /* name of a row of the architecture table; static string */
  guint source_vocabulary_size; /* [Vs] */
  guint target_vocabulary_size; /* [Vt] */
  guint encoder_layers;         /* [Le] from 1 */
  guint decoder_layers;         /* [Ld] from 1 */
  S2sTiedEmbeddings tied_embeddings;
  gboolean bare_source; /* a source has no EOS, as the source tokenizer says */
  union {
    S2sRnnHparams rnn;
    S2sTransformerHparams transformer;
    S2sNematusHparams nematus;
  };
} S2sHparams;

G_END_DECLS
