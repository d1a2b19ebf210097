/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The words of config.json, each list in the order of its enumeration, NULL last. */
extern const char *const s2s_direction_words[];
extern const char *const s2s_bridge_words[];
extern const char *const s2s_bridge_from_words[];
extern const char *const s2s_attention_words[];
extern const char *const s2s_output_words[];
extern const char *const s2s_tied_words[];
extern const char *const s2s_norm_words[];
extern const char *const s2s_activation_words[];
extern const char *const s2s_autoregression_words[];
extern const char *const s2s_positions_words[];
extern const char *const s2s_stacks_words[];
extern const char *const s2s_cell_norm_words[];
extern const char *const s2s_tokenizer_words[];
extern const char *const s2s_length_normalization_words[];
extern const char *const s2s_search_end_words[];

G_END_DECLS
