/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/s2s-shortlist.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sShortlists:
 *
 * The target tokens that each sentence at hand may come to, by the shortlist of the bundle. Without
 * one, and where a list would be so long that it saves nothing, all tokens may come.
 */
typedef struct {
  const S2sShortlist *source; /* NULL: there are no lists */
  S2sShortlistScratch scratch;
  guint n_tokens;
  guint max;      /* tokens of a list */
  guint n_always; /* with which every list begins: 0, 1 … */
  guint *n;       /* [n_slots] 0: all tokens may come */
  gint32 *tokens; /* [n_slots][max] ascending */
  gint32 *list;   /* room for one as it is made */
} S2sShortlists;

/* source may be NULL. n_tokens: of the vocabulary; the network may have more. max_must: see set */
void s2s_shortlists_init (S2sShortlists *self, const S2sShortlist *source, guint n_tokens,
                          guint n_slots, guint max_source, guint max_must);
void s2s_shortlists_clear (S2sShortlists *self);

/* Makes the list of a slot, with the tokens of `must`. */
void s2s_shortlists_set (S2sShortlists *self, guint slot, const gint32 *source, guint n_source,
                         const gint32 *must, guint n_must);

/* *ret_tokens [n] is borrowed until the next set of that slot. Returns n. */
guint s2s_shortlists_get (const S2sShortlists *self, guint slot, const gint32 **ret_tokens);

G_END_DECLS
