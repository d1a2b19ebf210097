/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sKeeper:
 *
 * Says whether a text has kept the names, the numbers and certain words of another one in the same
 * language (docs/numerics.md, What a result keeps). Immutable once it is set up, safe to use from
 * several threads at once.
 */
typedef struct _S2sKeeper S2sKeeper;

/**
 * S2sKept:
 *
 * What has to be kept of a text.
 */
typedef struct _S2sKept S2sKept;

S2sKeeper *s2s_keeper_new (gboolean numbers, gboolean names);
void s2s_keeper_free (S2sKeeper *self);

/* Whether text is one word, or the end of one that begins with an apostrophe. */
gboolean s2s_keeper_is_word (const char *text);

/* A set of which as many words must come out as went in. words: NULL-terminated, each a word; one
 * that begins with an apostrophe, and n't, is the end of a word. */
void s2s_keeper_add_set (S2sKeeper *self, const char *const *words);

/* Words that come out as they are. words: NULL-terminated, each a word */
void s2s_keeper_set_words (S2sKeeper *self, const char *const *words);

/* Words that are no names where a sentence begins with them. openers: NULL-terminated */
void s2s_keeper_set_openers (S2sKeeper *self, const char *const *openers);

/* What has to be kept of a valid UTF-8 text of that many bytes. Borrows self. (transfer full) */
S2sKept *s2s_keeper_note (const S2sKeeper *self, const char *text, gsize length);
void s2s_kept_free (S2sKept *self);

/* Whether another text, valid UTF-8, has it all. */
gboolean s2s_kept_is_in (const S2sKept *self, const char *text, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sKeeper, s2s_keeper_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sKept, s2s_kept_free)

G_END_DECLS
