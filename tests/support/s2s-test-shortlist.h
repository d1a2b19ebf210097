/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/s2s-shortlist.h"

#include <glib.h>

/* The three tensors of a shortlist, right or wrong. */
typedef struct {
  const gint32 *common;
  guint n_common;
  const gint32 *starts;
  guint n_starts;
  const gint32 *tokens;
  guint n_tokens;
} S2sTestShortlist;

/* As shortlist.safetensors. (transfer full) */
GBytes *s2s_test_shortlist_to_bytes (const S2sTestShortlist *self);

/* Of vocabularies of such sizes, without tokens that are bytes. (transfer full) */
S2sShortlist *s2s_test_shortlist_load (const S2sTestShortlist *self, guint n_source,
                                       guint n_target);

/* One that has 0, 1, 2 and 9 in common, and for each of n source tokens two of n target tokens.
 * (transfer full)
 */
S2sShortlist *s2s_test_shortlist_new_any (guint n);

/* Gives a bundle this one: the file and the key of config.json. */
void s2s_test_shortlist_add (const S2sTestShortlist *self, const char *dir);

/* Lets a bundle that has one use it. */
void s2s_test_shortlist_use (const char *dir);

/* Gives the test bundle, of 260 source tokens, one that has 3 and 5 in common, and for each source
 * token from 4 on 7 and 9: 2 · 256 / 260 in the mean. */
void s2s_test_shortlist_add_any (const char *dir);
