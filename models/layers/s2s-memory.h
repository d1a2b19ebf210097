/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sMemory:
 *
 * What the encoder has put out of the sentences at hand, each in a slot of its own, where it stays
 * while others come and go.
 */
typedef struct {
  guint n_units;
  guint max_source;
  guint *lengths; /* [max_sentences] */
  float *values;  /* [max_sentences][max_source][n_units], in reading order */
} S2sMemory;

void s2s_memory_init (S2sMemory *self, guint n_units, guint max_sentences, guint max_source);
void s2s_memory_clear (S2sMemory *self);

/* [lengths[slot]][n_units] */
float *s2s_memory_get (const S2sMemory *self, guint slot);

G_END_DECLS
