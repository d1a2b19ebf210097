/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "architectures/s2s-arch.h"
#include "model/s2s-shortlist.h"
#include "translator/s2s-constraints.h"
#include "translator/s2s-terms.h"
#include "translator/s2s-translator.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sSearchModel:
 * @arch: the architecture
 * @net: its network
 * @n_logits: logits of a row; the vocabulary may be smaller
 * @has_attention: whether @arch gives attention weights
 * @max_source: longest source in tokens, with all that is put around the text
 * @vocabulary: the target side
 * @shortlist: (nullable): of the vocabulary
 *
 * What a search runs on. Borrowed for the life of the search, but for the vocabulary, which is
 * copied.
 */
typedef struct {
  const S2sArch *arch;
  gconstpointer net;
  guint n_logits;
  gboolean has_attention;
  guint max_source;
  S2sTargetVocabulary vocabulary;
  const S2sShortlist *shortlist;
} S2sSearchModel;

/**
 * S2sSearchInput:
 * @ids: source tokens as the network reads them, so EOS is last if the bundle has it
 * @n_ids: 1 to max_source
 * @n_context: how many of them are of earlier texts, which do not lengthen the output
 * @prefix: (nullable): target tokens that the output begins with
 * @prefix_terms: (nullable): the term that each token of @prefix is of, or -1; %NULL is of none
 * @n_prefix: how many, less than s2s_search_get_limit()
 * @no_repeat_ngram_size: see #S2sTranslatorOptions
 * @terms: what must come out
 *
 * One sentence. Borrowed until it has ended or is removed.
 */
typedef struct {
  const gint32 *ids;
  guint n_ids;
  guint n_context;
  const gint32 *prefix;
  const gint *prefix_terms;
  guint n_prefix;
  guint no_repeat_ngram_size;
  S2sTerms terms;
} S2sSearchInput;

/**
 * S2sSearchResult:
 * @score: what hypotheses are ranked by
 * @flags: %S2S_FLAG_TRUNCATED and %S2S_FLAG_NARROWED
 * @n_tokens: target tokens; EOS is the last unless truncated
 * @tokens: their ids
 * @terms: the term that each is of, or -1
 * @log_probs: the log-probability of each
 * @attention: (nullable): [n_tokens][n_ids]
 *
 * One hypothesis; it owns its memory.
 */
typedef struct {
  double score;
  guint flags;
  guint n_tokens;
  gint32 *tokens;
  gint *terms;
  float *log_probs;
  float *attention;
} S2sSearchResult;

void s2s_search_result_clear (S2sSearchResult *self);

/**
 * S2sSearch:
 *
 * Greedy and beam search over a batch of sentences, by the contract of docs/numerics.md. Each is in
 * a slot, joins at any step, and leaves when it has ended; what comes of it does not depend on the
 * others. All that decoding needs is claimed when it is made. One thread at a time, but for what is
 * read of a slot that has ended.
 */
typedef struct _S2sSearch S2sSearch;

/* The options are in their ranges. Has fewer slots than batch_size where so many could need too
 * much memory, and fails with S2S_ERROR_OPTIONS when one does. */
S2sSearch *s2s_search_new (const S2sSearchModel *model, const S2sTranslatorOptions *options,
                           GError **error);
void s2s_search_free (S2sSearch *self);

/* func may be NULL. */
void s2s_search_set_control (S2sSearch *self, S2sControlFunc func, gpointer user_data);

/* The longest output of a source of so many tokens, those of earlier texts left out: in tokens with
 * EOS; terms may add theirs. */
guint s2s_search_get_limit (const S2sSearch *self, guint n_ids);

/* Whether that target token may be put out at all. */
gboolean s2s_search_is_allowed (const S2sSearch *self, gint32 id);

/* Decodes sentences, at least one and at most as many as there are slots, the i-th in slot i,
 * whatever was in the slots. FALSE when the control function said STOP; then there are no results.
 */
gboolean s2s_search_run (S2sSearch *self, const S2sSearchInput *inputs, guint n_inputs);

guint s2s_search_get_n_free (const S2sSearch *self);

/* Encodes 1 to n_free sentences; they take part in the steps from the next one on. FALSE when the
 * control function said STOP; then they did not join. */
gboolean s2s_search_add (S2sSearch *self, const S2sSearchInput *inputs, guint n_inputs,
                         guint *ret_slots);

/* One token more for each sentence that has not ended. */
void s2s_search_step (S2sSearch *self);
gboolean s2s_search_has_ended (const S2sSearch *self, guint slot);

/* As NARROW, for one sentence. */
void s2s_search_narrow (S2sSearch *self, guint slot);

/* Frees the slot, whether it has ended or not; its results are gone once another takes it. */
void s2s_search_remove (S2sSearch *self, guint slot);

/* Of a sentence that has ended: 1 to n_best. */
guint s2s_search_get_n_results (const S2sSearch *self, guint slot);

/* with_attention: FALSE leaves it out. Clear it with s2s_search_result_clear(). */
void s2s_search_get_result (const S2sSearch *self, guint slot, guint rank, gboolean with_attention,
                            S2sSearchResult *ret_result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sSearch, s2s_search_free)

G_END_DECLS
