/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sHistory:
 *
 * Where the keys and values of the past steps of each row lie, so that they stay where they were
 * written whatever becomes of the rows. Each step of a row is an entry; it knows the entry of the
 * step before, which hypotheses with the same beginning share. A row is its last entry, so moving,
 * doubling or dropping one touches a number, and nothing of what it remembers is ever copied:
 *
 *     rows    entries
 *             0 ← 1 ← 4      row 0 has the entries 0, 1, 4
 *                 ↑
 *                 5          row 1 has 0, 1, 5
 *
 * An entry is free again when no row and no entry after it need it.
 */
typedef struct {
  guint max_rows;
  guint max_steps;
  guint n_entries;
  guint *parents; /* [n_entries] the step before; S2S_HISTORY_NONE at the first */
  guint *n_users; /* [n_entries] rows and entries that come right after it */
  guint *free;    /* [n_free] a stack */
  guint n_free;
  guint n_rows;
  guint *last;    /* [max_rows] entry of the last step, or NONE */
  guint *n_steps; /* [max_rows] how many steps there were */
  guint *spare;   /* [2 · max_rows] */
  guint *paths;   /* [max_rows][max_steps] the entries of each row, the first step first */
} S2sHistory;

#define S2S_HISTORY_NONE G_MAXUINT

void s2s_history_init (S2sHistory *self, guint max_rows, guint max_steps);
void s2s_history_clear (S2sHistory *self);

/* How many entries there will be: as many as all rows could have without sharing any */
gsize s2s_history_count_entries (guint max_rows, guint max_steps);

/* Adds a row without a past. */
void s2s_history_add_row (S2sHistory *self);

/* A step of all rows: each gets an entry of its own, the last of its path. */
void s2s_history_step (S2sHistory *self);

/* As reorder of S2sArch */
void s2s_history_reorder (S2sHistory *self, guint n_rows, const guint *parents);

/* The entries of a row after a step [n_steps[row]] */
const guint *s2s_history_get_path (const S2sHistory *self, guint row);

G_END_DECLS
