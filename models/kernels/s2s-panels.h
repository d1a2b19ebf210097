/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-tensor.h"
#include "kernels/s2s-gemm.h"
#include "kernels/s2s-kernels.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sPanels:
 *
 * A weight matrix W [n_outputs][n_inputs], packed once at load as [n_outputs /
 * width][n_inputs][width], the last panel filled with zeros. f16 stays f16; f32 stays f32 and bf16
 * becomes f32. The width is the wide side of the register block of BLIS's single-precision
 * micro-kernel on this processor, so that the same panels serve the kernel for few rows and the
 * micro-kernel for many. int8 stays int8, in the panels that the kernel of int8 reads, whose width
 * is S2S_INT8_WIDTH; four inputs lie together in them. Immutable after init, but for a subset; it
 * owns its memory (2 MB-aligned when large).
 */
typedef struct {
  guint n_outputs;
  guint max_outputs; /* that there is room for */
  guint n_inputs;
  guint width;
  S2sDtype dtype;
  gsize n_bytes;
  void *data;
  float *scales; /* [n_outputs] of int8 */
} S2sPanels;

/**
 * S2sPanelsScratch:
 *
 * What s2s_panels_multiply() needs beside its operands: room for packed rows, rows of int8 and one
 * widened panel. One a stream.
 */
typedef struct {
  S2sGemm gemm; /* the kernel for many rows */
  guint max_inputs;
  guint n_tiles; /* room of rows, in tiles of the kernel */
  float *rows;   /* packed rows of x */
  float *panel;  /* one widened f16 panel */
  float *tile;   /* an edge tile of y */
  gint8 *bytes;  /* rows of x as int8 */
  S2sInt8Row *int8_rows;
} S2sPanelsScratch;

/* weights: n_tensors matrices [n_outputs_i][n_inputs_i]; packed side by side: with join_inputs they
 * have the same n_outputs and become [n_outputs][Σ n_inputs_i], else the same n_inputs and become
 * [Σ n_outputs_i][n_inputs]. Matrices of several types become f32, and so do int8 with
 * join_inputs, since a row then has several scales. */
void s2s_panels_init (S2sPanels *self, const S2sTensor *weights, guint n_weights,
                      gboolean join_inputs);

/* Room for up to max_outputs rows of `of`, 1 or more; none are there until they are gathered. */
void s2s_panels_subset_init (S2sPanels *self, const S2sPanels *of, guint max_outputs);
void s2s_panels_clear (S2sPanels *self);

/* Makes row i of the subset row outputs[i] of what it was made for: the products of the rows have
 * the same bits as there. Fastest with outputs in ascending order, of which those of one panel are
 * read together. Never allocates, locks or fails. */
void s2s_panels_gather (S2sPanels *subset, const S2sPanels *of, const gint32 *outputs, guint n);

/* y[r][o] = bias[o] + Σ_k x[r][k]·W[o][k], or y += … when accumulate (then bias is NULL). bias may
 * be NULL. Of int8 the rows of x are rounded to int8 too (docs/numerics.md). Strides in elements.
 * Any number of rows, 0 too. Never allocates, locks or fails. */
void s2s_panels_multiply (const S2sPanels *self, const S2sKernels *kernels,
                          S2sPanelsScratch *scratch, guint n_rows, const float *x, gsize x_stride,
                          const float *bias, gboolean accumulate, float *y, gsize y_stride);

/* ret_row [n_inputs]: row `output` of W, as an embedding look-up does. */
void s2s_panels_get_row (const S2sPanels *self, guint output, float *ret_row);

void s2s_panels_scratch_init (S2sPanelsScratch *self, guint max_inputs);
void s2s_panels_scratch_clear (S2sPanelsScratch *self);

G_END_DECLS
