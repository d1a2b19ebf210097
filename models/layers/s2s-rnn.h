/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-control.h"
#include "layers/s2s-cell.h"
#include "layers/s2s-sequences.h"
#include "layers/s2s-transitions.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sRnn:
 * @backward: from the last position of each sentence to the first
 *
 * A cell over time: (h_t, c_t) = cell (x_t, h_t∓1, c_t∓1), y_t = h_t, from a state of zeros. With
 * transitions each state goes through them too.
 */
typedef struct {
  S2sCell cell;
  S2sTransitions transitions; /* none of s2s_rnn_load() */
  gboolean backward;
} S2sRnn;

/**
 * S2sRnnState:
 *
 * Room to run one S2sRnn after another. After a forward, @h and @c [slot][units] are the last
 * states.
 */
typedef struct {
  guint max_block; /* positions whose input products are made at once */
  float *a;        /* [max_block][gates · units] */
  float *h;        /* [max_sentences][units] */
  float *c;        /* [max_sentences][units]; NULL without cell state */
  S2sCellScratch scratch;
} S2sRnnState;

gboolean s2s_rnn_load (S2sRnn *self, S2sLoader *loader, const S2sCellType *type, const char *scope,
                       guint n_inputs, guint n_units, gboolean backward, GError **error);
void s2s_rnn_clear (S2sRnn *self);

void s2s_rnn_state_init (S2sRnnState *self, const S2sCellType *type, guint max_units,
                         guint max_sentences, guint max_steps);
void s2s_rnn_state_clear (S2sRnnState *self);

/* x and y by steps, one position a row, rows x_stride and y_stride floats apart; y [position]
 * [units]. control (nullable) is asked before every step; returns FALSE when it said STOP. */
gboolean s2s_rnn_forward (const S2sRnn *self, S2sCompute *compute, S2sRnnState *state,
                          const S2sSequences *sequences, const float *x, gsize x_stride, float *y,
                          gsize y_stride, S2sControlFunc control, gpointer user_data);

G_END_DECLS
