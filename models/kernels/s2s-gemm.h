/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sGemm:
 * @width: weights side by side in a panel: the wide side of BLIS's register block
 * @height: rows of x in a tile: the narrow side
 * @wide_is_a: whether the wide side is the rows of BLIS's tile (MR) and not its columns (NR)
 * @context: cntx_t of BLIS
 * @kernel: its sgemm micro-kernel
 *
 * The single-precision micro-kernel that BLIS has for this processor: the product of a few rows of
 * x with a panel of weights. The weights lie along the wide side, the rows of x along the narrow
 * one, whichever of them BLIS calls A or B. Borrowed from BLIS, which never frees it; copy at will.
 */
typedef struct {
  guint width;
  guint height;
  gboolean wide_is_a;
  gpointer context;
  void (*kernel) (void);
} S2sGemm;

/* The first call in a process takes locks and allocates: call it at load. */
void s2s_gemm_init (S2sGemm *self);

/* tile[r][j] = Σ_k rows[k][r]·panel[k][j], or += when accumulate; tile [height][width], its rows
 * tile_stride floats apart. rows [k][height] and panel [k][width] are aligned to 64 bytes, and
 * width floats may be read, without use, behind their ends. Never allocates, locks or fails. */
void s2s_gemm_multiply_tile (const S2sGemm *self, guint k, const float *rows, const float *panel,
                             gboolean accumulate, float *tile, gsize tile_stride);

G_END_DECLS
