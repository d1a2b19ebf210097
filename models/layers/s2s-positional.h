/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-hparams.h"
#include "layers/s2s-compute.h"
#include "layers/s2s-embedding.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sPositional:
 *
 * y = s·E[id] + P[p], the p-th token of a sequence from 0 on. The scale s is √D or 1. P is a table
 * of the bundle, whose last row stands for all that follow, or, for k from 0 to D/2 − 1,
 *
 *   P[p][k] = sin (p·f_k), P[p][D/2 + k] = cos (p·f_k)
 *
 *   sinusoidal-half-split  f_k = 10000^(−2k/D): Vaswani et al. 2017, section 3.5, sines and cosines
 *                          apart as Hugging Face has them for MarianMT
 *   sinusoidal-marian      f_k = 10000^(−k/(D/2 − 1)), as Marian's own
 */
typedef struct {
  S2sPositionsKind kind;
  guint n_units; /* D */
  float scale;   /* s */
  S2sEmbedding embedding;
  guint n_learned;
  float *learned; /* [n_learned][D]; NULL of the sinusoidal kinds */
} S2sPositional;

/* The rows of P that are within reach, and room for one embedding */
typedef struct {
  guint n_rows;
  const float *rows; /* [n_rows][D] */
  float *own;        /* the same, where they were made here */
  float *embedded;   /* [D] */
} S2sPositionalState;

/* Binds `scope.weight` [P][D] of learned positions. The embedding is the caller's to bind. */
gboolean s2s_positional_load (S2sPositional *self, S2sLoader *loader, const char *scope,
                              const S2sTransformerHparams *hparams, GError **error);
void s2s_positional_clear (S2sPositional *self);

void s2s_positional_state_init (S2sPositionalState *self, const S2sPositional *positional,
                                guint max_steps);
void s2s_positional_state_clear (S2sPositionalState *self);

/* The floats of what init claims */
guint64 s2s_positional_get_state_size (const S2sPositional *self, guint max_steps);

/* y [D]; position: below max_steps */
void s2s_positional_forward (const S2sPositional *self, const S2sCompute *compute,
                             const S2sPositionalState *state, gint32 id, guint position, float *y);

G_END_DECLS
