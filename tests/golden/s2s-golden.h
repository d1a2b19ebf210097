/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "architectures/s2s-arch.h"
#include "model/s2s-config.h"

#include <glib.h>
#include <json-glib/json-glib.h>

/* A case of golden.json, loaded: the network, and what PyTorch computed with it. */
typedef struct {
  JsonObject *json;
  S2sConfig *config;
  S2sWeights *weights; /* with the tensors `expected.…` */
  const S2sArch *arch;
  gpointer net;
  guint n_sentences;
  gint32 *ids;    /* one sentence after another */
  guint *lengths; /* [n_sentences] */
  guint n_positions;
} S2sGolden;

/* How many cases there are; their names in the order of the file. */
guint s2s_golden_get_n_cases (void);
const char *s2s_golden_get_name (guint index);

/* Whether searches of it are listed. */
gboolean s2s_golden_has_search (guint index);

S2sGolden *s2s_golden_new (guint index);
void s2s_golden_free (S2sGolden *self);

/* A state for all sentences and n_rows rows of each. */
gpointer s2s_golden_reserve (const S2sGolden *self, guint n_rows);

/* Values of a position of the memory */
guint s2s_golden_get_n_units (const S2sGolden *self);

/* `expected.name`; the n_dims guint dimensions are checked. Free with g_free(). */
float *s2s_golden_get_expected (S2sGolden *self, const char *name, guint n_dims, ...);

/* The integers of json[member][index]; free with g_free(). */
gint32 *s2s_golden_get_ids (const S2sGolden *self, const char *member, guint index, guint *ret_n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sGolden, s2s_golden_free)
