/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-hparams.h"
#include "layers/s2s-layer-norm.h"
#include "layers/s2s-linear.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _S2sCell S2sCell;

/**
 * S2sCellScratch:
 *
 * Room for the recurrent products of one step. Cells of one stream that do not run at the same time
 * share it.
 */
typedef struct {
  float *recurrent; /* [max_rows][gates · units] */
  float *reset;     /* [max_rows][units] */
} S2sCellScratch;

/**
 * S2sCellType:
 * @name: as in config.json
 * @n_gates: blocks of @weight_ih, in the order of docs/model-format.md
 * @has_cell_state: there is a c beside the h
 *
 * A kind of cell: a row of a const table, with its formulas in a file of its own.
 */
typedef struct {
  const char *name;
  guint n_gates;
  gboolean has_cell_state;

  /* Packs weight_hh the way that advance wants it and takes bias_hh over. Where a and r are simply
   * added, bias_hh joins bias_ih; not where recurrent_norm is bound. */
  void (*bind) (S2sCell *self, S2sLoader *loader, const S2sTensor *weight_hh, float *bias_ih,
                float *bias_hh);

  /* h, c ← the next state, from a of s2s_cell_read(), which is overwritten. a [n_rows][gates ·
   * units], h and c [n_rows][units], without gaps; c is NULL without cell state. */
  void (*advance) (const S2sCell *self, S2sCompute *compute, S2sCellScratch *scratch, guint n_rows,
                   float *a, float *h, float *c);
} S2sCellType;

/**
 * S2sCell:
 *
 * a = x·W_ihᵀ + b_ih and r = h·W_hhᵀ + b_hh, each through a layer norm where that is bound, and
 * what the type makes of them. A cell without input has a = b_ih.
 */
struct _S2sCell {
  const S2sCellType *type;
  guint n_units;
  S2sLinear input; /* W_ih, b_ih; not bound without input */
  float *constant; /* [gates · units] b_ih of a cell without input, else NULL */
  S2sLayerNorm input_norm;
  S2sLayerNorm recurrent_norm; /* of lstm and gru alone */
  S2sLinear recurrent;         /* W_hh, or the blocks of it that see h as it is */
  S2sLinear candidate;         /* the block of W_hh that sees r⊙h; gru-reset-before only */
};

extern const S2sCellType s2s_cell_lstm;
extern const S2sCellType s2s_cell_gru;
extern const S2sCellType s2s_cell_gru_reset_before;

/* All types, NULL-terminated. */
const S2sCellType *const *s2s_cell_type_list (void);

/* NULL when there is no such cell. */
const S2sCellType *s2s_cell_type_get (const char *name);

/* Binds `scope.weight_ih`, `.weight_hh`, `.bias_ih` and `.bias_hh`; without an input, n_inputs 0,
 * no weight_ih. With norm also `scope.norm_hh.weight` and `.bias`, and `scope.norm_ih` where there
 * is an input. */
gboolean s2s_cell_load_normed (S2sCell *self, S2sLoader *loader, const S2sCellType *type,
                               S2sCellNorm norm, double epsilon, const char *scope, guint n_inputs,
                               guint n_units, GError **error);

/* The same without norm */
gboolean s2s_cell_load (S2sCell *self, S2sLoader *loader, const S2sCellType *type,
                        const char *scope, guint n_inputs, guint n_units, GError **error);
void s2s_cell_clear (S2sCell *self);

/* a [n_rows][gates · units] from x [n_rows][n_inputs]; x is NULL without input */
void s2s_cell_read (const S2sCell *self, S2sCompute *compute, guint n_rows, const float *x,
                    gsize x_stride, float *a);

/* One step: read, then advance. a [n_rows][gates · units] is room for it. */
void s2s_cell_step (const S2sCell *self, S2sCompute *compute, S2sCellScratch *scratch, guint n_rows,
                    const float *x, gsize x_stride, float *a, float *h, float *c);

void s2s_cell_scratch_init (S2sCellScratch *self, const S2sCellType *type, guint max_rows,
                            guint max_units);
void s2s_cell_scratch_clear (S2sCellScratch *self);

G_END_DECLS
