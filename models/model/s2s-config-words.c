/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-config-words.h"

#include "model/s2s-config.h"

const char *const s2s_direction_words[] = {
    [S2S_DIRECTION_FORWARD] = "forward",
    [S2S_DIRECTION_FIRST_BIDIRECTIONAL] = "first-bidirectional",
    [S2S_DIRECTION_BIDIRECTIONAL] = "bidirectional",
    NULL,
};

const char *const s2s_bridge_words[] = {
    [S2S_BRIDGE_COPY] = "copy",
    [S2S_BRIDGE_DENSE] = "dense",
    NULL,
};

const char *const s2s_bridge_from_words[] = {
    [S2S_BRIDGE_FROM_SAME] = "same",
    [S2S_BRIDGE_FROM_TOP] = "top",
    NULL,
};

const char *const s2s_attention_words[] = {
    [S2S_ATTENTION_NONE] = "none",
    [S2S_ATTENTION_DOT] = "dot",
    [S2S_ATTENTION_GENERAL] = "general",
    [S2S_ATTENTION_ADDITIVE] = "additive",
    NULL,
};

const char *const s2s_output_words[] = {
    [S2S_OUTPUT_TANH] = "tanh",
    [S2S_OUTPUT_LINEAR] = "linear",
    NULL,
};

const char *const s2s_tied_words[] = {
    [S2S_TIED_NONE] = "none",
    [S2S_TIED_DECODER] = "decoder",
    [S2S_TIED_ALL] = "all",
    NULL,
};

const char *const s2s_norm_words[] = {
    [S2S_NORM_PRE] = "pre",
    [S2S_NORM_POST] = "post",
    NULL,
};

const char *const s2s_stacks_words[] = {
    [S2S_STACKS_BIDIRECTIONAL] = "bidirectional",
    [S2S_STACKS_FIRST_BIDIRECTIONAL] = "first-bidirectional",
    [S2S_STACKS_ALTERNATING] = "alternating",
    NULL,
};

const char *const s2s_cell_norm_words[] = {
    [S2S_CELL_NORM_NONE] = "none",
    [S2S_CELL_NORM_JOINT] = "joint",
    [S2S_CELL_NORM_APART] = "apart",
    NULL,
};

const char *const s2s_activation_words[] = {
    [S2S_ACTIVATION_RELU] = "relu",
    [S2S_ACTIVATION_GELU] = "gelu",
    [S2S_ACTIVATION_SWISH] = "swish",
    NULL,
};

const char *const s2s_autoregression_words[] = {
    [S2S_AUTOREGRESSION_ATTENTION] = "attention",
    [S2S_AUTOREGRESSION_SSRU] = "ssru",
    NULL,
};

const char *const s2s_positions_words[] = {
    [S2S_POSITIONS_SINUSOIDAL_HALF_SPLIT] = "sinusoidal-half-split",
    [S2S_POSITIONS_SINUSOIDAL_MARIAN] = "sinusoidal-marian",
    [S2S_POSITIONS_LEARNED] = "learned",
    NULL,
};

const char *const s2s_tokenizer_words[] = {
    [S2S_TOKENIZER_SENTENCEPIECE] = "sentencepiece",
    [S2S_TOKENIZER_BYTES] = "bytes",
    [S2S_TOKENIZER_PLAIN] = "plain",
    NULL,
};

const char *const s2s_length_normalization_words[] = {
    [S2S_LENGTH_NORMALIZATION_NONE] = "none",
    [S2S_LENGTH_NORMALIZATION_AVERAGE] = "average",
    [S2S_LENGTH_NORMALIZATION_GNMT] = "gnmt",
    [S2S_LENGTH_NORMALIZATION_MARIAN] = "marian",
    NULL,
};

const char *const s2s_search_end_words[] = {
    [S2S_SEARCH_END_PROVEN] = "proven",
    [S2S_SEARCH_END_ESTIMATED] = "estimated",
    [S2S_SEARCH_END_FULL] = "full",
    NULL,
};
