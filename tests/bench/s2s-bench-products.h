/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "s2s-bench.h"

#include "architectures/s2s-arch-rnn.h"

#include <glib.h>

G_BEGIN_DECLS

/* A product of a sentence or of a step. */
typedef struct {
  const char *name;
  const S2sLinear *linear; /* borrowed */
  gboolean accumulate;
  guint n_calls; /* of a sentence, or of a step */
  guint n_rows;  /* of a call, for each sentence or hypothesis */
  double seconds;
} S2sBenchProduct;

/**
 * S2sBenchProducts:
 *
 * All matrix products of a network of the reference size and nothing else, in the order of a
 * decode, with the weights of the network, which come by as they do in one: what a perfect decoder
 * would still have to do.
 */
typedef struct {
  S2sCompute compute;
  S2sBenchProduct encoder[5];
  S2sBenchProduct step[2 * S2S_MAX_LAYERS + 2];
  guint n_step;
  float *x;
  float *y;
  double clock; /* seconds that it takes to ask for the time */
} S2sBenchProducts;

void s2s_bench_products_init (S2sBenchProducts *self, const S2sBenchNet *net, guint max_rows);
void s2s_bench_products_clear (S2sBenchProducts *self);

/* The encoder for n_sentences of S2S_BENCH_SOURCE tokens, and S2S_BENCH_TARGET steps of n_rows, but
 * for the first, which has a row for each sentence.
 * Adds to the seconds of each product. */
void s2s_bench_products_run (S2sBenchProducts *self, guint n_sentences, guint n_rows);

/* One step of them */
void s2s_bench_products_step (S2sBenchProducts *self, guint n_rows);

G_END_DECLS
