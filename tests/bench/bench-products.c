/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench-products.h"

#include "translator/s2s-denormals.h"

#include <stdio.h>
#include <string.h>

/* Where the time of a sentence of the reference size goes: each product, timed in the order of a
 * decode, the attention, the cells, and by subtraction the search and all that is copied. And what
 * a table of the first layer's input products of all target tokens could save. */

#define MAX_ROUNDS 41

/* How many sentences and hypotheses run together */
typedef struct {
  const char *name;
  guint batch;
  guint beam;
  guint n_rounds; /* at most MAX_ROUNDS */
} Mode;

static const Mode modes[] = {{"greedy, batch 1", 1, 1, 41},
                             {"beam 4, batch 1", 1, S2S_BENCH_BEAM, 41},
                             {"greedy, batch 32", S2S_BENCH_BATCH, 1, 11}};
#define N_MODES G_N_ELEMENTS (modes)
#define N_COLUMNS (S2S_BENCH_N_TYPES * N_MODES)

#define MAX_PRODUCTS 16

/* A row of the table: seconds of a decode, in each column */
typedef struct {
  const char *name;
  double columns[N_COLUMNS];
} Piece;

typedef struct {
  S2sBenchNet net;
  S2sBenchProducts products;
  S2sBenchSentences sentences;
  S2sSearch *search;
  gpointer state; /* of the architecture, for what is timed without a search */
  float *logits;
  const Mode *mode;
  guint n_rows;
} Bench;

/* Seconds of a round */
typedef struct {
  double encoder[G_N_ELEMENTS (((S2sBenchProducts *)0)->encoder)];
  double step[MAX_PRODUCTS];
  double attention;
  double cells;
  double rest;   /* of encoder and steps */
  double search; /* what a search takes longer than encoder and steps */
  double all;
} Round;

/* ---- A round ---- */

static double
sum_products (guint n, const S2sBenchProduct *products, double *ret_seconds)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    sum += ret_seconds[i] = products[i].seconds;
  return sum;
}

/* Returns: seconds of them all */
static double
measure_products (Bench *self, Round *round)
{
  S2sBenchProducts *products = &self->products;

  for (guint i = 0; i < G_N_ELEMENTS (products->encoder); i++)
    products->encoder[i].seconds = 0;
  for (guint i = 0; i < products->n_step; i++)
    products->step[i].seconds = 0;
  s2s_bench_products_run (products, self->mode->batch, self->n_rows);
  return sum_products (G_N_ELEMENTS (products->encoder), products->encoder, round->encoder) +
         sum_products (products->n_step, products->step, round->step);
}

static void
encode (Bench *self)
{
  guint n = self->mode->batch;
  g_autofree guint *lengths = g_new (guint, n);
  g_autofree guint *slots = g_new (guint, n);

  for (guint i = 0; i < n; i++) {
    lengths[i] = S2S_BENCH_SOURCE;
    slots[i] = i;
  }
  self->net.arch->reset (self->state);
  self->net.arch->encode (self->state, n, slots, self->sentences.ids, lengths, NULL, NULL);
}

/* From a row for each sentence to one for each hypothesis */
static void
widen (Bench *self)
{
  g_autofree guint *parents = g_new (guint, self->n_rows);

  for (guint i = 0; i < self->n_rows; i++)
    parents[i] = i / self->mode->beam;
  self->net.arch->reorder (self->state, self->n_rows, parents);
}

/* Without a choice of the next token */
static double
measure_network (Bench *self)
{
  g_autofree gint32 *previous = g_new (gint32, self->n_rows);
  gsize n_logits = self->net.hparams->target_vocabulary_size;
  double start = s2s_bench_get_seconds ();

  encode (self);
  for (guint t = 0; t < S2S_BENCH_TARGET; t++) {
    for (guint r = 0; r < self->n_rows; r++)
      previous[r] = self->sentences.ids[r * S2S_BENCH_SOURCE + t % S2S_BENCH_SOURCE];
    self->net.arch->step (self->state, previous, self->logits, n_logits);
    if (t == 0)
      widen (self);
  }
  return s2s_bench_get_seconds () - start;
}

/* On what the last sentences have left in the state */
static double
measure_attention (Bench *self)
{
  const S2sRnnNet *net = self->net.net;
  S2sRnnNetState *state = self->state;
  S2sRnnDecoderState *decoder = &state->decoder;
  gsize h = self->net.hparams->rnn.hidden_size;
  double start = s2s_bench_get_seconds ();

  for (guint t = 0; t < S2S_BENCH_TARGET; t++)
    s2s_attention_step (&net->decoder.attention, &state->compute, &decoder->attention, self->n_rows,
                        decoder->slots, decoder->h[net->decoder.n_layers - 1], h, decoder->joint,
                        2 * h);
  return s2s_bench_get_seconds () - start;
}

static double
measure_cells (Bench *self)
{
  const S2sRnnNet *net = self->net.net;
  S2sRnnNetState *state = self->state;
  S2sRnnDecoderState *decoder = &state->decoder;
  const S2sKernels *kernels = state->compute.kernels;
  gsize n = self->net.hparams->rnn.hidden_size;
  double start = s2s_bench_get_seconds ();

  /* both directions of the encoder together are as wide as the decoder */
  for (guint t = 0; t < S2S_BENCH_SOURCE; t++)
    for (gsize i = 0; i < self->mode->batch; i++)
      kernels->lstm (n, decoder->a + i * 4 * n, decoder->c[0] + i * n, decoder->h[0] + i * n);
  for (guint t = 0; t < S2S_BENCH_TARGET; t++)
    for (guint l = 0; l < net->decoder.n_layers; l++)
      for (gsize i = 0; i < self->n_rows; i++)
        kernels->lstm (n, decoder->a + i * 4 * n, decoder->c[l] + i * n, decoder->h[l] + i * n);
  return s2s_bench_get_seconds () - start;
}

static void
run_round (Bench *self, Round *round)
{
  double start = s2s_bench_get_seconds ();

  s2s_bench_decode (self->search, &self->sentences, 0, self->mode->batch);
  round->all = s2s_bench_get_seconds () - start;
  double network = measure_network (self);
  round->search = round->all - network;
  round->attention = measure_attention (self);
  round->cells = measure_cells (self);
  round->rest = network - measure_products (self, round) - round->attention - round->cells;
}

/* ---- The table ---- */

static double
get_median (guint n, const Round *rounds, gsize offset)
{
  double values[MAX_ROUNDS];

  for (guint i = 0; i < n; i++)
    values[i] = G_STRUCT_MEMBER (double, &rounds[i], offset);
  return s2s_bench_get_spread (n, values).median;
}

/* Adds to the piece of that name. */
static void
add (GArray *pieces, const char *name, guint column, double seconds)
{
  Piece piece = {.name = name};

  for (guint i = 0; i < pieces->len; i++)
    if (g_str_equal (g_array_index (pieces, Piece, i).name, name)) {
      g_array_index (pieces, Piece, i).columns[column] += seconds;
      return;
    }
  piece.columns[column] = seconds;
  g_array_append_val (pieces, piece);
}

static void
add_products (GArray *pieces, guint column, guint n_products, const S2sBenchProduct *products,
              guint n, const Round *rounds, gsize offset)
{
  for (guint i = 0; i < n_products; i++)
    add (pieces, products[i].name, column, get_median (n, rounds, offset + i * sizeof (double)));
}

static void
add_pieces (GArray *pieces, const Bench *bench, guint column, const Round *rounds)
{
  const S2sBenchProducts *products = &bench->products;
  guint n = bench->mode->n_rounds;
  const struct {
    const char *name;
    gsize offset;
  } others[] = {
      {"attention", G_STRUCT_OFFSET (Round, attention)},
      {"cells", G_STRUCT_OFFSET (Round, cells)},
      {"the rest of the network", G_STRUCT_OFFSET (Round, rest)},
      {"search", G_STRUCT_OFFSET (Round, search)},
      {"all", G_STRUCT_OFFSET (Round, all)},
  };

  add_products (pieces, column, G_N_ELEMENTS (products->encoder), products->encoder, n, rounds,
                G_STRUCT_OFFSET (Round, encoder));
  add_products (pieces, column, products->n_step, products->step, n, rounds,
                G_STRUCT_OFFSET (Round, step));
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    add (pieces, others[i].name, column, get_median (n, rounds, others[i].offset));
}

static void
print_pieces (const GArray *pieces)
{
  const Piece *all = &g_array_index (pieces, Piece, pieces->len - 1);

  for (guint m = 0; m < N_MODES; m++) {
    printf ("\n%-24s", modes[m].name);
    for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
      printf ("     %4s: ms share", s2s_bench_types[t].name);
    printf ("\n");
    for (guint i = 0; i < pieces->len; i++) {
      const Piece *piece = &g_array_index (pieces, Piece, i);

      printf ("%-24s", piece->name);
      for (guint t = 0; t < S2S_BENCH_N_TYPES; t++) {
        guint column = t * N_MODES + m;

        printf (" %12.3f %5.1f%%", 1000 * piece->columns[column],
                100 * piece->columns[column] / all->columns[column]);
      }
      printf ("\n");
    }
  }
}

/* ---- The table of input products ---- */

/* A product of the first layer without the inputs of the embedding, and the table to look them up
 * in */
typedef struct {
  S2sLinear rest;
  float *table; /* [target tokens][4H] */
  gsize width;  /* 4H */
  guint n_tokens;
} Table;

static void
table_init (Table *self, const S2sBenchNet *net)
{
  const S2sRnnNet *rnn = net->net;
  const S2sPanels *input = &rnn->decoder.layers[0].input.weight;
  guint n_rest = input->n_inputs - net->hparams->rnn.embedding_size;
  g_autofree gint8 *bytes = g_new0 (gint8, input->n_outputs * n_rest * sizeof (float));
  g_autofree float *scales = g_new0 (float, input->n_outputs);
  S2sTensor tensor = {.data = bytes,
                      .dtype = input->dtype,
                      .n_dims = 2,
                      .dims = {input->n_outputs, n_rest},
                      .scales = input->dtype == S2S_DTYPE_I8 ? scales : NULL};

  memset (self, 0, sizeof *self);
  s2s_panels_init (&self->rest.weight, &tensor, 1, FALSE);
  self->width = input->n_outputs;
  self->n_tokens = net->hparams->target_vocabulary_size;
  self->table = s2s_bench_buffer_new (self->n_tokens * self->width * sizeof (float));
}

static void
table_clear (Table *self)
{
  s2s_panels_clear (&self->rest.weight);
  g_aligned_free (self->table);
}

/* The rows of a table of f32 become what the product starts from. */
static void
look_up (const Table *self, S2sBenchProducts *products, guint n_rows, guint *seed)
{
  for (guint r = 0; r < n_rows; r++) {
    *seed = *seed * 1664525 + 1013904223;
    memcpy (products->y + r * self->width, self->table + *seed % self->n_tokens * self->width,
            self->width * sizeof (float));
  }
}

/* All products of the steps, with the table or without. Returns: seconds of them all */
static double
run_steps (Bench *self, const Table *table)
{
  S2sBenchProducts *products = &self->products;
  S2sBenchProduct usual = products->step[0];
  guint seed = 1;
  double start = s2s_bench_get_seconds ();

  if (table != NULL) {
    products->step[0].linear = &table->rest;
    products->step[0].accumulate = TRUE;
  }
  for (guint t = 0; t < S2S_BENCH_TARGET; t++) {
    if (table != NULL)
      look_up (table, products, self->n_rows, &seed);
    s2s_bench_products_step (products, self->n_rows);
  }
  products->step[0] = usual;
  return s2s_bench_get_seconds () - start;
}

/* Returns: the share of `all` that the table saves */
static double
measure_table (Bench *self, const Table *table, double all)
{
  double saved[MAX_ROUNDS];

  run_steps (self, table);
  for (guint i = 0; i < self->mode->n_rounds; i++)
    saved[i] = run_steps (self, NULL) - run_steps (self, table);
  return s2s_bench_get_spread (self->mode->n_rounds, saved).median / all;
}

/* ---- The run ---- */

static void
bench_set_mode (Bench *self, const Mode *mode)
{
  S2sArchLimits limits = {.max_sentences = mode->batch,
                          .max_rows = mode->batch * mode->beam,
                          .max_source = S2S_BENCH_SOURCE};

  self->mode = mode;
  self->n_rows = limits.max_rows;
  self->search = s2s_bench_search_new (&self->net, mode->beam, mode->batch, S2S_BENCH_SOURCE,
                                       S2S_BENCH_TARGET);
  self->state = self->net.arch->reserve (self->net.net, &limits);
}

static void
bench_unset_mode (Bench *self)
{
  s2s_search_free (self->search);
  self->net.arch->state_free (self->state);
}

static void
measure_type (const S2sBenchWeights *weights, guint type, GArray *pieces, double *ret_saved)
{
  Bench bench;
  Table table;

  s2s_bench_net_init (&bench.net, weights, &s2s_bench_types[type]);
  s2s_bench_products_init (&bench.products, &bench.net, S2S_BENCH_BATCH);
  s2s_bench_sentences_init (&bench.sentences, S2S_BENCH_BATCH, S2S_BENCH_SOURCE,
                            S2S_BENCH_VOCABULARY);
  bench.logits = s2s_floats_new (S2S_BENCH_BATCH * S2S_BENCH_VOCABULARY);
  table_init (&table, &bench.net);
  for (guint m = 0; m < N_MODES; m++) {
    guint column = type * N_MODES + m, n = modes[m].n_rounds;
    Round rounds[MAX_ROUNDS + 1];

    bench_set_mode (&bench, &modes[m]);
    for (guint i = 0; i <= n; i++)
      run_round (&bench, &rounds[i]);
    add_pieces (pieces, &bench, column, rounds + 1);
    ret_saved[column] =
        measure_table (&bench, &table, get_median (n, rounds + 1, G_STRUCT_OFFSET (Round, all)));
    bench_unset_mode (&bench);
  }
  table_clear (&table);
  g_aligned_free (bench.logits);
  s2s_bench_sentences_clear (&bench.sentences);
  s2s_bench_products_clear (&bench.products);
  s2s_bench_net_clear (&bench.net);
}

int
main (int argc, char **argv)
{
  S2sBenchWeights *weights = s2s_bench_weights_new (S2S_BENCH_VOCABULARY, S2S_BENCH_LAYERS);
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  double saved[N_COLUMNS];
  guint64 denormals = s2s_denormals_begin ();

  printf ("%s, one thread; ms of a decode of %d tokens from %d: medians\n",
          s2s_kernels_get (NULL)->name, S2S_BENCH_TARGET, S2S_BENCH_SOURCE);
  for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
    measure_type (weights, t, pieces, saved);
  s2s_denormals_end (denormals);
  print_pieces (pieces);

  printf ("\nSaved by a table of the first layer's input products of all tokens (%.0f MB)\n",
          4e-6 * S2S_BENCH_VOCABULARY * 4 * weights->config->hparams.rnn.hidden_size);
  for (guint m = 0; m < N_MODES; m++) {
    printf ("%-24s", modes[m].name);
    for (guint t = 0; t < S2S_BENCH_N_TYPES; t++)
      printf (" %4s %12.1f%%", s2s_bench_types[t].name, 100 * saved[t * N_MODES + m]);
    printf ("\n");
  }
  s2s_bench_weights_free (weights);
  return 0;
}
