/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-control.h"
#include "base/s2s-hparams.h"
#include "kernels/s2s-kernels.h"
#include "weights/s2s-weights.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sArchLimits:
 * @max_sentences: sentences at hand, each in a slot of its own
 * @max_rows: hypotheses stepped at once, of all sentences together
 * @max_source: source ids of a sentence, with what is put around its text
 * @max_target: steps of a row
 * @max_shortlist: target tokens that the logits of a sentence may be restricted to; 0 when they
 * never are
 * @n_always: every such list begins with the tokens 0 to @n_always − 1
 */
typedef struct {
  guint max_sentences;
  guint max_rows;
  guint max_source;
  guint max_target;
  guint max_shortlist;
  guint n_always;
} S2sArchLimits;

/**
 * S2sArch:
 *
 * An architecture: a row of a const table. `net` is the immutable network made by load, shared by
 * all states; `state` is what one stream needs to run it, claimed once by reserve within the
 * limits. encode and step never allocate, lock or do I/O, and flush denormals themselves nowhere:
 * the translator does for the whole call.
 *
 * encode adds a row for each of its sentences, the start of it; other rows stay as they are, so a
 * sentence may join at any step. Each step advances all rows by one token. reorder makes new row r
 * continue old row parents[r]; a row that nobody names is dropped, so finished hypotheses leave the
 * batch, a parent may be named several times, and the number of rows may grow or shrink within
 * max_rows. What comes of a row does not depend on the others.
 */
typedef struct {
  const char *name;

  /* weights: every tensor of the network is asked for by name and shape; nothing is borrowed
   * afterwards */
  gpointer (*load) (const S2sHparams *hparams, S2sWeights *weights, GError **error);
  void (*free) (gpointer net);
  gsize (*get_n_bytes) (gconstpointer net); /* of packed weights */

  /* Whether rows have attention weights */
  gboolean (*has_attention) (gconstpointer net);

  /* What reserve will claim that grows with the limits, in bytes and to a few percent: limits that
   * fit no machine can be refused before */
  guint64 (*get_state_size) (gconstpointer net, const S2sArchLimits *limits);
  gpointer (*reserve) (gconstpointer net, const S2sArchLimits *limits);
  void (*state_free) (gpointer state);

  /* Drops all rows. A new state has none. */
  void (*reset) (gpointer state);

  /* slots: where each sentence goes, below max_sentences, of which no row is left. ids: the
   * sentences one after another, sentence i of lengths[i] ids (1 to max_source), EOS last unless
   * bare_source says that there is none, in reading order: reversal is the architecture's, which
   * leaves EOS where it is. control may be NULL and is asked before every
   * encoder step. Returns FALSE when control said STOP; then no row was added. */
  gboolean (*encode) (gpointer state, guint n_sentences, const guint *slots, const gint32 *ids,
                      const guint *lengths, S2sControlFunc control, gpointer user_data);

  /* Restricts the logits of a sentence that has been encoded to those of n tokens, n_always (and 1)
   * to max_shortlist, until its slot is encoded again. Ascending is the fastest order. */
  void (*restrict_logits) (gpointer state, guint slot, const gint32 *tokens, guint n);

  /* previous [n_rows]: the last token of each row (BOS at first). logits [n_rows][Vt], rows
   * logits_stride apart; of a restricted sentence [n] in the order of its tokens, with the bits
   * that they have otherwise */
  void (*step) (gpointer state, const gint32 *previous, float *logits, gsize logits_stride);

  void (*reorder) (gpointer state, guint n_rows, const guint *parents);

  /* The attention weights of a row in the last step over the source ids of its sentence, in reading
   * order, EOS last; NULL without attention. Borrowed until the next step or reorder. */
  const float *(*get_attention) (gconstpointer state, guint row, guint *ret_n);

  /* For tests and benchmarks: the memory [S][H] of a slot in reading order, EOS last, also when the
   * network reads it reversed */
  const float *(*get_memory) (gconstpointer state, guint slot, guint *ret_n);
} S2sArch;

/* NULL when there is no such architecture. */
const S2sArch *s2s_arch_get (const char *name);

G_END_DECLS
