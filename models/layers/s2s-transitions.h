/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "layers/s2s-cell.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sTransitions:
 *
 * Cells without input that go on with the state of another one within the same step: deep
 * transitions, Miceli Barone et al. 2017, section 2.3.
 */
typedef struct {
  guint n;
  S2sCell *cells; /* [n] */
} S2sTransitions;

/* Binds n cells `scope.transitions.0` and so on; see s2s_cell_load_normed(). */
gboolean s2s_transitions_load (S2sTransitions *self, S2sLoader *loader, const S2sCellType *type,
                               S2sCellNorm norm, double epsilon, const char *scope, guint n,
                               guint n_units, GError **error);
void s2s_transitions_clear (S2sTransitions *self);

/* h and c go through all cells. a [n_rows][gates · units] is room for them. */
void s2s_transitions_advance (const S2sTransitions *self, S2sCompute *compute,
                              S2sCellScratch *scratch, guint n_rows, float *a, float *h, float *c);

G_END_DECLS
