/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/s2s-config.h"
#include "translator/s2s-search.h"
#include "translator/s2s-service.h"

#include "s2s-test-weights.h"

#include <glib.h>

G_BEGIN_DECLS

/* What the benchmarks share: a network of the reference size with random weights, sentences of
 * random tokens whose outputs all have one length, clocks and medians. */

#define S2S_BENCH_VOCABULARY 8000
#define S2S_BENCH_LAYERS 2  /* of the decoder */
#define S2S_BENCH_SOURCE 15 /* tokens of a source, with EOS */
#define S2S_BENCH_TARGET 16
#define S2S_BENCH_BATCH 32
#define S2S_BENCH_BEAM 4

/* ---- Time ---- */

typedef struct {
  double low;
  double median;
  double high;
} S2sBenchSpread;

/* Seconds of the processor in this thread, since others may use the machine */
double s2s_bench_get_seconds (void);

/* Seconds on the wall */
double s2s_bench_get_wall (void);

/* Puts the values in order. */
S2sBenchSpread s2s_bench_get_spread (guint n, double *values);

/* ---- Networks ---- */

/* How weights are stored */
typedef struct {
  const char *name; /* as of s2s_test_weights_to_bytes() */
  gsize size;       /* bytes of a weight */
} S2sBenchType;

enum { S2S_BENCH_F32, S2S_BENCH_F16, S2S_BENCH_I8, S2S_BENCH_N_TYPES };
extern const S2sBenchType s2s_bench_types[S2S_BENCH_N_TYPES];

/* A network of the reference size but for what the arguments of _new() say */
typedef struct {
  char *json;
  S2sConfig *config;
  S2sTestWeights *values;
} S2sBenchWeights;

S2sBenchWeights *s2s_bench_weights_new (guint vocabulary, guint layers);

/* A network of another kind: config.json, which it takes */
S2sBenchWeights *s2s_bench_weights_new_of (char *json_text);
void s2s_bench_weights_free (S2sBenchWeights *self);

typedef struct {
  const S2sHparams *hparams; /* of the weights */
  const S2sArch *arch;
  const S2sBenchType *type;
  gpointer net;
  S2sShortlist *shortlist; /* NULL, or what searches are to use; owned */
} S2sBenchNet;

void s2s_bench_net_init (S2sBenchNet *self, const S2sBenchWeights *weights,
                         const S2sBenchType *type);
void s2s_bench_net_clear (S2sBenchNet *self);

/* Weights that each target token is multiplied with, of whatever hyperparameters */
gsize s2s_bench_count_step (const S2sHparams *hparams);

/* The same of each source token: the encoder, and the attention's keys */
gsize s2s_bench_count_source (const S2sHparams *hparams);

/* ---- Memory that is read ---- */

/* On huge pages, as the weights are, and written, so that it is there; free with g_aligned_free()
 */
float *s2s_bench_buffer_new (gsize n_bytes);

/* Reads all of it with the widest vectors there are: a plain loop reads slower than our products
 * do, and would be no limit. */
void s2s_bench_read (gsize n_bytes, const float *buffer);

/* ---- Decoding ---- */

typedef struct {
  guint n;
  guint n_ids;
  gint32 *ids; /* [n][n_ids] */
} S2sBenchSentences;

/* Random tokens, EOS last */
void s2s_bench_sentences_init (S2sBenchSentences *self, guint n, guint n_ids, guint vocabulary);
void s2s_bench_sentences_clear (S2sBenchSentences *self);

/* EOS is banned, so that every output has n_target tokens, or with 0 one more than its source. */
S2sSearch *s2s_bench_search_new (const S2sBenchNet *net, guint beam, guint batch, guint n_source,
                                 guint n_target);

/* Every output has one token more than its source. */
S2sService *s2s_bench_service_claim (const S2sBenchNet *net, guint beam, guint n_source);

/* n sentences from `first` on, together */
void s2s_bench_decode (S2sSearch *search, const S2sBenchSentences *sentences, guint first, guint n);

/* A line of ids */
void s2s_bench_append_ids (GString *text, guint n, const gint32 *ids);

/* A line of the best output of each of the first n sentences of the last decode */
void s2s_bench_append_outputs (GString *text, const S2sSearch *search, guint n);

G_END_DECLS
