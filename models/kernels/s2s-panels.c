/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-panels.h"

#include "base/s2s-half.h"

#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64
#define HUGE_PAGE ((gsize)2 << 20)

/* Rows of an edge tile, of y in its last panel */
#define EDGE_ROWS 8

/* Rows of x that are packed at a time: they stay in the second-level cache while all panels pass.
 */
#define BLOCK_ROWS 96

static gsize
round_up (gsize n, gsize unit)
{
  return (n + unit - 1) / unit * unit;
}

static guint
get_n_panels (const S2sPanels *self)
{
  return self->n_outputs / self->width + (self->n_outputs % self->width != 0);
}

/* Zeroed memory; what fills whole huge pages lies on such, since every step walks through all of
 * it. The rest does not: half-filled huge pages would be resident in full. */
static gpointer
allocate (gsize n_bytes)
{
  gsize n_huge = n_bytes / HUGE_PAGE * HUGE_PAGE;
  gpointer data = g_aligned_alloc (n_bytes, 1, n_huge > 0 ? HUGE_PAGE : ALIGNMENT);

  /* Only a hint: without huge pages it is slower, not wrong. */
  if (n_huge > 0)
    madvise (data, n_huge, MADV_HUGEPAGE);
  return memset (data, 0, n_bytes);
}

/* Where W[output][0] lies, in elements */
static gsize
get_start (const S2sPanels *self, guint output)
{
  gsize panel = output / self->width, column = output % self->width;

  if (self->dtype == S2S_DTYPE_I8)
    return panel * s2s_int8_round_up (self->n_inputs) * self->width + column * S2S_INT8_GROUP;
  return panel * self->n_inputs * self->width + column;
}

static void
pack_int8_row (S2sPanels *self, const S2sTensor *weights, guint row, guint output)
{
  const gint8 *from = (const gint8 *)weights->data + (gsize)row * self->n_inputs;
  gint8 *to = (gint8 *)self->data + get_start (self, output);

  for (gsize i = 0; i < self->n_inputs; i++)
    to[s2s_int8_get_offset (i)] = from[i];
  self->scales[output] = s2s_tensor_get_scale (weights, row);
}

/* Puts row `row` of weights at W[output][first_input…]. */
static void
pack_row (S2sPanels *self, const S2sTensor *weights, guint row, guint output, guint first_input,
          float *values)
{
  gsize n = weights->dims[1];
  gsize start = get_start (self, output) + (gsize)first_input * self->width;

  if (self->dtype == S2S_DTYPE_I8) {
    pack_int8_row (self, weights, row, output);
  } else if (self->dtype == S2S_DTYPE_F16) {
    const guint8 *from = (const guint8 *)weights->data + row * n * sizeof (guint16);
    guint16 *to = (guint16 *)self->data + start;

    for (gsize i = 0; i < n; i++)
      memcpy (to + i * self->width, from + i * sizeof (guint16), sizeof (guint16));
  } else {
    float *to = (float *)self->data + start;

    s2s_tensor_to_f32 (weights, row * n, n, values);
    for (gsize i = 0; i < n; i++)
      to[i * self->width] = values[i];
  }
}

/* The type that all have, if it is one that panels keep */
static S2sDtype
choose_dtype (const S2sTensor *weights, guint n_weights, gboolean join_inputs)
{
  S2sDtype dtype = weights[0].dtype;

  for (guint i = 1; i < n_weights; i++)
    if (weights[i].dtype != dtype)
      return S2S_DTYPE_F32;
  if (dtype == S2S_DTYPE_F16 || (dtype == S2S_DTYPE_I8 && !(join_inputs && n_weights > 1)))
    return dtype;
  return S2S_DTYPE_F32;
}

static void
measure (S2sPanels *self, const S2sTensor *weights, guint n_weights, gboolean join_inputs)
{
  self->n_outputs = weights[0].dims[0];
  self->n_inputs = weights[0].dims[1];
  self->dtype = choose_dtype (weights, n_weights, join_inputs);

  for (guint i = 1; i < n_weights; i++) {
    if (join_inputs) {
      g_assert (weights[i].dims[0] == self->n_outputs);
      self->n_inputs += weights[i].dims[1];
    } else {
      g_assert (weights[i].dims[1] == self->n_inputs);
      self->n_outputs += weights[i].dims[0];
    }
  }
}

/* The micro-kernel reads a little behind the last panel of floats. */
static gsize
get_data_size (const S2sPanels *self)
{
  gsize n_panels = get_n_panels (self);

  if (self->dtype == S2S_DTYPE_I8)
    return n_panels * self->width * s2s_int8_round_up (self->n_inputs);
  return s2s_dtype_get_size (self->dtype) * self->width * (n_panels * self->n_inputs + 1);
}

static void
allocate_panels (S2sPanels *self)
{
  self->n_bytes = get_data_size (self);
  self->data = allocate (self->n_bytes);
  if (self->dtype != S2S_DTYPE_I8)
    return;
  self->scales = g_new (float, self->n_outputs);
  self->n_bytes += self->n_outputs * sizeof (float);
}

void
s2s_panels_init (S2sPanels *self, const S2sTensor *weights, guint n_weights, gboolean join_inputs)
{
  S2sGemm gemm;
  guint output = 0, input = 0;

  s2s_gemm_init (&gemm);
  *self = (S2sPanels){0};
  measure (self, weights, n_weights, join_inputs);
  self->width = self->dtype == S2S_DTYPE_I8 ? S2S_INT8_WIDTH : gemm.width;
  self->max_outputs = self->n_outputs;
  allocate_panels (self);

  g_autofree float *values = g_new (float, self->n_inputs);
  for (guint i = 0; i < n_weights; i++) {
    for (guint row = 0; row < weights[i].dims[0]; row++)
      pack_row (self, &weights[i], row, output + row, input, values);
    if (join_inputs)
      input += weights[i].dims[1];
    else
      output += weights[i].dims[0];
  }
}

void
s2s_panels_subset_init (S2sPanels *self, const S2sPanels *of, guint max_outputs)
{
  *self = (S2sPanels){
      .n_outputs = max_outputs,
      .max_outputs = max_outputs,
      .n_inputs = of->n_inputs,
      .width = of->width,
      .dtype = of->dtype,
  };
  /* not zeroed, since a stream of short sentences touches little of it */
  self->n_bytes = get_data_size (self);
  self->data = g_aligned_alloc (self->n_bytes, 1, ALIGNMENT);
  if (self->dtype == S2S_DTYPE_I8)
    self->scales = g_new (float, max_outputs);
  self->n_outputs = 0;
}

void
s2s_panels_clear (S2sPanels *self)
{
  g_clear_pointer (&self->data, g_aligned_free);
  g_clear_pointer (&self->scales, g_free);
}

void
s2s_panels_get_row (const S2sPanels *self, guint output, float *ret_row)
{
  gsize start = get_start (self, output);

  if (self->dtype == S2S_DTYPE_I8) {
    const gint8 *from = (const gint8 *)self->data + start;

    for (gsize i = 0; i < self->n_inputs; i++)
      ret_row[i] = from[s2s_int8_get_offset (i)] * self->scales[output];
  } else if (self->dtype == S2S_DTYPE_F16) {
    const guint16 *from = (const guint16 *)self->data + start;

    for (gsize i = 0; i < self->n_inputs; i++)
      ret_row[i] = s2s_float_from_half (from[i * self->width]);
  } else {
    const float *from = (const float *)self->data + start;

    for (gsize i = 0; i < self->n_inputs; i++)
      ret_row[i] = from[i * self->width];
  }
}

void
s2s_panels_scratch_init (S2sPanelsScratch *self, guint max_inputs)
{
  S2sGemm *gemm = &self->gemm;

  s2s_gemm_init (gemm);
  self->max_inputs = max_inputs;
  self->n_tiles = MAX (BLOCK_ROWS / gemm->height, 1);

  gsize tile_floats = round_up ((gsize)max_inputs * gemm->height, ALIGNMENT / sizeof (float));
  gsize n_rows = self->n_tiles * tile_floats + gemm->width;
  gsize n_panel = ((gsize)max_inputs + 1) * gemm->width;
  gsize n_tile = (gsize)MAX (EDGE_ROWS, gemm->height) * gemm->width;

  /* not zeroed, since a stream of short sentences touches little of it */
  self->rows = g_aligned_alloc (n_rows, sizeof (float), ALIGNMENT);
  self->panel = g_aligned_alloc0 (n_panel, sizeof (float), ALIGNMENT);
  self->tile = g_aligned_alloc0 (n_tile, sizeof (float), ALIGNMENT);
  self->bytes = g_aligned_alloc (BLOCK_ROWS, s2s_int8_round_up (max_inputs), ALIGNMENT);
  self->int8_rows = g_new (S2sInt8Row, BLOCK_ROWS);
}

void
s2s_panels_scratch_clear (S2sPanelsScratch *self)
{
  g_clear_pointer (&self->rows, g_aligned_free);
  g_clear_pointer (&self->panel, g_aligned_free);
  g_clear_pointer (&self->tile, g_aligned_free);
  g_clear_pointer (&self->bytes, g_aligned_free);
  g_clear_pointer (&self->int8_rows, g_free);
}

/* values, or zeros where they are NULL, in each row */
static void
set_rows (guint n_rows, gsize n, const float *values, float *y, gsize y_stride)
{
  for (gsize r = 0; r < n_rows; r++)
    if (values != NULL)
      memcpy (y + r * y_stride, values, n * sizeof (float));
    else
      memset (y + r * y_stride, 0, n * sizeof (float));
}

/* y += the part of a tile that lies inside y */
static void
add_tile (const float *tile, guint width, guint n_rows, guint n_columns, float *y, gsize y_stride)
{
  for (gsize r = 0; r < n_rows; r++)
    for (gsize j = 0; j < n_columns; j++)
      y[r * y_stride + j] += tile[r * width + j];
}

static void
run_kernel (const S2sPanels *self, const S2sKernels *kernels, guint n_rows, guint first,
            guint n_panels, const float *x, gsize x_stride, const float *bias, float *y,
            gsize y_stride)
{
  gsize start = (gsize)first * self->n_inputs * self->width;

  if (self->dtype == S2S_DTYPE_F16)
    kernels->panels_f16 (n_rows, n_panels, self->width, self->n_inputs, x, x_stride,
                         (const guint16 *)self->data + start, bias, y, y_stride);
  else
    kernels->panels_f32 (n_rows, n_panels, self->width, self->n_inputs, x, x_stride,
                         (const float *)self->data + start, bias, y, y_stride);
}

static void
multiply_own (const S2sPanels *self, const S2sKernels *kernels, S2sPanelsScratch *scratch,
              guint n_rows, const float *x, gsize x_stride, const float *bias, float *y,
              gsize y_stride)
{
  guint n_full = self->n_outputs / self->width;
  guint n_rest = self->n_outputs % self->width;

  run_kernel (self, kernels, n_rows, 0, n_full, x, x_stride, bias, y, y_stride);
  if (n_rest == 0)
    return;

  y += (gsize)n_full * self->width;
  if (bias != NULL)
    set_rows (n_rows, n_rest, bias + (gsize)n_full * self->width, y, y_stride);
  for (guint r = 0; r < n_rows; r += EDGE_ROWS) {
    guint n = MIN (EDGE_ROWS, n_rows - r);

    memset (scratch->tile, 0, sizeof (float) * n * self->width);
    run_kernel (self, kernels, n, n_full, 1, x + r * x_stride, x_stride, NULL, scratch->tile,
                self->width);
    add_tile (scratch->tile, self->width, n, n_rest, y + r * y_stride, y_stride);
  }
}

/* Rows of x as tiles [n_inputs][height]. What the last one has beside them is of no use, but it is
 * initialised: zero or an earlier row. */
static void
pack_rows (S2sPanelsScratch *scratch, guint n_inputs, gsize tile_floats, guint n_rows,
           const float *x, gsize x_stride)
{
  guint height = scratch->gemm.height;

  for (gsize r = 0; r < n_rows; r++) {
    float *to = scratch->rows + r / height * tile_floats + r % height;

    for (gsize i = 0; i < n_inputs; i++)
      to[i * height] = x[r * x_stride + i];
  }
}

static const float *
get_panel (const S2sPanels *self, const S2sKernels *kernels, S2sPanelsScratch *scratch, guint panel)
{
  gsize n = (gsize)self->n_inputs * self->width;

  if (self->dtype == S2S_DTYPE_F32)
    return (const float *)self->data + panel * n;

  kernels->f16_to_f32 (n, (const guint16 *)self->data + panel * n, scratch->panel);
  return scratch->panel;
}

/* One panel with the packed rows. */
static void
multiply_panel (const S2sPanels *self, S2sPanelsScratch *scratch, gsize tile_floats, guint n_rows,
                const float *panel, guint n_columns, float *y, gsize y_stride)
{
  const S2sGemm *gemm = &scratch->gemm;
  const float *rows = scratch->rows;

  for (guint r = 0; r < n_rows; r += gemm->height, rows += tile_floats) {
    guint n = MIN (gemm->height, n_rows - r);
    float *to = y + r * y_stride;

    if (n == gemm->height && n_columns == gemm->width) {
      s2s_gemm_multiply_tile (gemm, self->n_inputs, rows, panel, TRUE, to, y_stride);
    } else {
      s2s_gemm_multiply_tile (gemm, self->n_inputs, rows, panel, FALSE, scratch->tile, gemm->width);
      add_tile (scratch->tile, gemm->width, n, n_columns, to, y_stride);
    }
  }
}

static void
multiply_blis (const S2sPanels *self, const S2sKernels *kernels, S2sPanelsScratch *scratch,
               guint n_rows, const float *x, gsize x_stride, float *y, gsize y_stride)
{
  guint block = scratch->n_tiles * scratch->gemm.height;
  gsize tile_floats =
      round_up ((gsize)self->n_inputs * scratch->gemm.height, ALIGNMENT / sizeof (float));
  guint n_panels = get_n_panels (self);

  for (guint first = 0; first < n_rows; first += block) {
    guint n = MIN (block, n_rows - first);

    pack_rows (scratch, self->n_inputs, tile_floats, n, x + first * x_stride, x_stride);
    for (guint p = 0; p < n_panels; p++)
      multiply_panel (self, scratch, tile_floats, n, get_panel (self, kernels, scratch, p),
                      MIN (self->width, self->n_outputs - p * self->width),
                      y + first * y_stride + (gsize)p * self->width, y_stride);
  }
}

static void
multiply_int8 (const S2sPanels *self, const S2sKernels *kernels, S2sPanelsScratch *scratch,
               guint n_rows, const float *x, gsize x_stride, const float *bias, float *y,
               gsize y_stride)
{
  gsize k = s2s_int8_round_up (self->n_inputs);

  for (gsize first = 0; first < n_rows; first += BLOCK_ROWS) {
    guint n = (guint)MIN (BLOCK_ROWS, n_rows - first);

    for (gsize r = 0; r < n; r++)
      kernels->quantize (self->n_inputs, x + (first + r) * x_stride, scratch->bytes + r * k,
                         &scratch->int8_rows[r]);
    kernels->panels_i8 (n, self->n_outputs, k, scratch->bytes, scratch->int8_rows, self->data,
                        self->scales, bias, y + first * y_stride, y_stride);
  }
}

/* BLIS goes by the model of a processor, and where it does not know the model takes a micro-kernel
 * for narrower vectors. It shows: the wide side of a micro-kernel is two of its vectors or more. */
static gboolean
is_made_for_narrower (const S2sGemm *gemm, const S2sKernels *kernels)
{
  return gemm->width < 2 * kernels->lanes;
}

void
s2s_panels_multiply (const S2sPanels *self, const S2sKernels *kernels, S2sPanelsScratch *scratch,
                     guint n_rows, const float *x, gsize x_stride, const float *bias,
                     gboolean accumulate, float *y, gsize y_stride)
{
  g_assert (self->n_inputs <= scratch->max_inputs);
  g_assert (!accumulate || bias == NULL);

  if (n_rows == 0)
    return;

  gboolean is_blis = self->dtype != S2S_DTYPE_I8 && n_rows > kernels->few_rows &&
                     !is_made_for_narrower (&scratch->gemm, kernels);
  /* our kernels begin with a bias as they end, which saves a walk through y; the others with y */
  if (!accumulate && (bias == NULL || is_blis))
    set_rows (n_rows, self->n_outputs, bias, y, y_stride);

  if (self->dtype == S2S_DTYPE_I8)
    multiply_int8 (self, kernels, scratch, n_rows, x, x_stride, bias, y, y_stride);
  else if (!is_blis)
    multiply_own (self, kernels, scratch, n_rows, x, x_stride, bias, y, y_stride);
  else
    multiply_blis (self, kernels, scratch, n_rows, x, x_stride, y, y_stride);
}
