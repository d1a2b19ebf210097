/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-hparams.h"
#include "layers/s2s-embedding.h"
#include "layers/s2s-memory.h"
#include "layers/s2s-rnn.h"

#include <glib.h>

G_BEGIN_DECLS

/* A layer of n_directions·units outputs: [forward ; backward] */
typedef struct {
  guint n_directions;
  S2sRnn directions[2];
} S2sRnnEncoderLayer;

/**
 * S2sRnnEncoder:
 *
 * embedding → layers → memory, one row a source id, and the last state of every layer.
 */
typedef struct {
  guint n_units;  /* H */
  guint n_inputs; /* E */
  gboolean residual;
  gboolean reverse;
  guint n_fixed; /* ids at the end that are not turned: EOS, if a source has it */
  gboolean has_cell_state;
  guint n_layers;
  S2sEmbedding embedding;
  S2sRnnEncoderLayer layers[S2S_MAX_LAYERS];
} S2sRnnEncoder;

typedef struct {
  S2sSequences sequences;
  gint32 *ids;                   /* [positions], by steps */
  float *x;                      /* [positions][max (E, H)] what a layer reads, by steps */
  float *y;                      /* [positions][max (E, H)] what it puts out; swapped with x */
  float *last_h[S2S_MAX_LAYERS]; /* [sentence][H] */
  float *last_c[S2S_MAX_LAYERS]; /* [sentence][H]; NULL without cell state */
  S2sRnnState rnn;
} S2sRnnEncoderState;

/* All but the embedding, which may be the decoder's: the caller binds it. */
gboolean s2s_rnn_encoder_load (S2sRnnEncoder *self, S2sLoader *loader, const S2sHparams *hparams,
                               const S2sCellType *type, GError **error);
void s2s_rnn_encoder_clear (S2sRnnEncoder *self);

void s2s_rnn_encoder_state_init (S2sRnnEncoderState *self, const S2sRnnEncoder *encoder,
                                 guint max_sentences, guint max_source);
void s2s_rnn_encoder_state_clear (S2sRnnEncoderState *self);

/* As encode of S2sArch; the sentences come into their slots of the memory. */
gboolean s2s_rnn_encoder_forward (const S2sRnnEncoder *self, S2sCompute *compute,
                                  S2sRnnEncoderState *state, guint n_sentences, const guint *slots,
                                  const gint32 *ids, const guint *lengths, S2sMemory *memory,
                                  S2sControlFunc control, gpointer user_data);

G_END_DECLS
