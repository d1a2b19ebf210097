/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench-products.h"

#include <string.h>

static void
add_encoder (S2sBenchProducts *self, const S2sRnnNet *net)
{
  const S2sRnn *directions = net->encoder.layers[0].directions;
  S2sBenchProduct *product = self->encoder;

  for (guint d = 0; d < 2; d++) {
    const S2sCell *cell = &directions[d].cell;

    *product++ = (S2sBenchProduct){"encoder, input", &cell->input, FALSE, 1, S2S_BENCH_SOURCE, 0};
    *product++ =
        (S2sBenchProduct){"encoder, recurrent", &cell->recurrent, TRUE, S2S_BENCH_SOURCE, 1, 0};
  }
  *product = (S2sBenchProduct){
      "attention, keys", &net->decoder.attention.key, FALSE, 1, S2S_BENCH_SOURCE, 0};
}

static void
add_step (S2sBenchProducts *self, const S2sRnnDecoder *decoder)
{
  static const char *const inputs[] = {"layer 1, input", "layer 2, input"};
  static const char *const recurrents[] = {"layer 1, recurrent", "layer 2, recurrent"};
  S2sBenchProduct *product = self->step;

  for (guint l = 0; l < decoder->n_layers; l++) {
    const S2sCell *cell = &decoder->layers[l];

    *product++ = (S2sBenchProduct){inputs[MIN (l, 1)], &cell->input, FALSE, 1, 1, 0};
    *product++ = (S2sBenchProduct){recurrents[MIN (l, 1)], &cell->recurrent, TRUE, 1, 1, 0};
  }
  *product++ = (S2sBenchProduct){"output layer", &decoder->output, FALSE, 1, 1, 0};
  *product++ = (S2sBenchProduct){"generator", &decoder->generator.outputs, FALSE, 1, 1, 0};
  self->n_step = (guint)(product - self->step);
}

/* Seconds that it takes to ask for the time */
static double
measure_clock (void)
{
  const guint n = 10000;
  double start = s2s_bench_get_seconds ();

  for (guint i = 1; i < n; i++)
    s2s_bench_get_seconds ();
  return (s2s_bench_get_seconds () - start) / n;
}

void
s2s_bench_products_init (S2sBenchProducts *self, const S2sBenchNet *net, guint max_rows)
{
  const S2sRnnNet *rnn = net->net;
  gsize widest = MAX (net->hparams->target_vocabulary_size,
                      S2S_BENCH_SOURCE * 4 * net->hparams->rnn.hidden_size);
  gsize n_x = (gsize)max_rows * S2S_BENCH_SOURCE * rnn->max_inputs;
  gsize n_y = (gsize)max_rows * widest;

  memset (self, 0, sizeof *self);
  s2s_compute_init (&self->compute, rnn->max_inputs);
  self->x = s2s_floats_new (n_x);
  self->y = s2s_floats_new (n_y);
  for (gsize i = 0; i < n_x; i++)
    self->x[i] = (float)(i % 13) / 13 - 0.5f;
  memset (self->y, 0, n_y * sizeof (float));
  self->clock = measure_clock ();
  add_encoder (self, rnn);
  add_step (self, &rnn->decoder);
}

void
s2s_bench_products_clear (S2sBenchProducts *self)
{
  s2s_compute_clear (&self->compute);
  g_aligned_free (self->x);
  g_aligned_free (self->y);
}

static void
multiply (S2sBenchProducts *self, S2sBenchProduct *product, guint n)
{
  const S2sPanels *weight = &product->linear->weight;
  double start = s2s_bench_get_seconds ();

  for (guint i = 0; i < product->n_calls; i++)
    s2s_panels_multiply (weight, self->compute.kernels, &self->compute.scratch, n * product->n_rows,
                         self->x, weight->n_inputs, product->linear->bias, product->accumulate,
                         self->y, weight->n_outputs);
  product->seconds += s2s_bench_get_seconds () - start - self->clock;
}

void
s2s_bench_products_step (S2sBenchProducts *self, guint n_rows)
{
  for (guint i = 0; i < self->n_step; i++)
    multiply (self, &self->step[i], n_rows);
}

void
s2s_bench_products_run (S2sBenchProducts *self, guint n_sentences, guint n_rows)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->encoder); i++)
    multiply (self, &self->encoder[i], n_sentences);
  for (guint t = 0; t < S2S_BENCH_TARGET; t++)
    s2s_bench_products_step (self, t == 0 ? n_sentences : n_rows);
}
