/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "text/s2s-tokenizer.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sShortlist:
 *
 * Which target tokens come into question for a source: some that always do, and some for each
 * source token. Immutable, safe to use from several threads at once. Where one of the tokens stands
 * for a byte, all that do are in the list, so that a character that has begun can be finished.
 */
typedef struct _S2sShortlist S2sShortlist;

/**
 * S2sShortlistScratch:
 *
 * What s2s_shortlist_collect() marks tokens in. One a stream.
 */
typedef struct {
  guint64 *marks; /* a bit for each target token, all 0 between two calls */
} S2sShortlistScratch;

/* file: shortlist.safetensors. The sizes are those of the embeddings. The target tokenizer, which
 * is not kept, has at most n_target tokens. */
S2sShortlist *s2s_shortlist_new_from_bytes (GBytes *file, guint n_source, guint n_target,
                                            const S2sTokenizer *target, GError **error);
void s2s_shortlist_free (S2sShortlist *self);

guint s2s_shortlist_get_n_common (const S2sShortlist *self);

/* How many tokens from 0 on are common: every list begins with them, so that a product for all
 * sentences can make their logits. */
guint s2s_shortlist_get_n_always (const S2sShortlist *self);

/* Target tokens of a source token, in the mean of all source tokens */
double s2s_shortlist_get_mean (const S2sShortlist *self);

/* The most tokens that s2s_shortlist_collect() can give for so many; never more than n_target */
guint s2s_shortlist_get_max (const S2sShortlist *self, guint max_source, guint max_extra);

void s2s_shortlist_scratch_init (S2sShortlistScratch *self, const S2sShortlist *shortlist);
void s2s_shortlist_scratch_clear (S2sShortlistScratch *self);

/* The tokens that may come of a source, with those of `extra`, as EOS: ascending and each once.
 * source [n_source] below the n_source of the list, extra [n_extra] below n_target, both from 0 on.
 * ret_ids has room for s2s_shortlist_get_max(). Returns how many there are. Never allocates, locks
 * or fails. */
guint s2s_shortlist_collect (const S2sShortlist *self, S2sShortlistScratch *scratch,
                             const gint32 *source, guint n_source, const gint32 *extra,
                             guint n_extra, gint32 *ret_ids);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sShortlist, s2s_shortlist_free)

G_END_DECLS
