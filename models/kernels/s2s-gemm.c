/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-gemm.h"

#include <blis.h>

/* Written for BLIS 0.9, whose micro-kernels take the size of the tile and operands that are not
 * const. */

void
s2s_gemm_init (S2sGemm *self)
{
  cntx_t *context = bli_gks_query_cntx ();
  guint mr = (guint)bli_cntx_get_blksz_def_dt (BLIS_FLOAT, BLIS_MR, context);
  guint nr = (guint)bli_cntx_get_blksz_def_dt (BLIS_FLOAT, BLIS_NR, context);

  self->width = MAX (mr, nr);
  self->height = MIN (mr, nr);
  self->wide_is_a =
      mr > nr ||
      (mr == nr && bli_cntx_l3_nat_ukr_prefers_cols_dt (BLIS_FLOAT, BLIS_GEMM_UKR, context));
  self->context = context;
  self->kernel = (void (*) (void))bli_cntx_get_l3_nat_ukr_dt (BLIS_FLOAT, BLIS_GEMM_UKR, context);
}

void
s2s_gemm_multiply_tile (const S2sGemm *self, guint k, const float *rows, const float *panel,
                        gboolean accumulate, float *tile, gsize tile_stride)
{
  sgemm_ukr_ft kernel = (sgemm_ukr_ft)self->kernel;
  float alpha = 1.0f, beta = accumulate ? 1.0f : 0.0f;
  auxinfo_t next = {0};

  /* Hints for the prefetch of the call after this one: the same panel, the next rows. */
  if (self->wide_is_a) {
    bli_auxinfo_set_next_ab ((float *)panel, (float *)rows + (gsize)k * self->height, &next);
    kernel (self->width, self->height, k, &alpha, (float *)panel, (float *)rows, &beta, tile, 1,
            (inc_t)tile_stride, &next, self->context);
  } else {
    bli_auxinfo_set_next_ab ((float *)rows + (gsize)k * self->height, (float *)panel, &next);
    kernel (self->height, self->width, k, &alpha, (float *)rows, (float *)panel, &beta, tile,
            (inc_t)tile_stride, 1, &next, self->context);
  }
}
