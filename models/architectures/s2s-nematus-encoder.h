/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-hparams.h"
#include "layers/s2s-embedding.h"
#include "layers/s2s-memory.h"
#include "layers/s2s-rnn.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sNematusEncoder:
 *
 * embedding → two stacks of layers, their tops side by side → one stack above them → memory. Both
 * stacks have n_stacked layers; those above may be none.
 */
typedef struct {
  guint n_units;   /* H */
  guint n_inputs;  /* E */
  guint n_outputs; /* C: 2H, or H with layers above the two stacks */
  gboolean residual;
  guint n_layers;
  guint n_stacked;
  S2sEmbedding embedding;
  S2sRnn layers[S2S_MAX_LAYERS][2]; /* those above the stacks have the first only */
} S2sNematusEncoder;

typedef struct {
  S2sSequences sequences;
  gint32 *ids;     /* [positions], by steps, as all that follows */
  float *embedded; /* [positions][E] */
  float *joint;    /* [positions][2H] [first stack ; second] */
  float *y[2];     /* [positions][H] what layers put out, by turns */
  S2sRnnState rnn;
} S2sNematusEncoderState;

/* All but the embedding, which may be the decoder's: the caller binds it. */
gboolean s2s_nematus_encoder_load (S2sNematusEncoder *self, S2sLoader *loader,
                                   const S2sHparams *hparams, GError **error);
void s2s_nematus_encoder_clear (S2sNematusEncoder *self);

void s2s_nematus_encoder_state_init (S2sNematusEncoderState *self, const S2sNematusEncoder *encoder,
                                     guint max_sentences, guint max_source);
void s2s_nematus_encoder_state_clear (S2sNematusEncoderState *self);

/* As encode of S2sArch; the sentences come into their slots of the memory. */
gboolean s2s_nematus_encoder_forward (const S2sNematusEncoder *self, S2sCompute *compute,
                                      S2sNematusEncoderState *state, guint n_sentences,
                                      const guint *slots, const gint32 *ids, const guint *lengths,
                                      S2sMemory *memory, S2sControlFunc control,
                                      gpointer user_data);

G_END_DECLS
