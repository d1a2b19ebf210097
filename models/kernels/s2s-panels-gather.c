/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-panels.h"

#include <string.h>

/* Rows that are copied side by side. From each a stride is read at a time, so that all that is read
 * and what is written go through memory in order: as many places as the prefetch follows. */
#define N_STREAMS 16

/* One element after another of n rows, elements of `size` bytes that lie `stride` elements apart.
 * Inlined with constants it has no inner loop and no call. */
static G_ALWAYS_INLINE inline void
copy_columns (gsize n_elements, gsize stride, guint n, gsize size, const guint8 *const *from,
              guint8 *to)
{
  for (gsize i = 0; i < n_elements * stride; i += stride)
    for (guint j = 0; j < n; j++)
      memcpy (to + (i + j) * size, from[j] + i * size, size);
}

/* n rows of n_elements each, to where the first of them begins in its panel */
static G_ALWAYS_INLINE inline void
gather_rows (const S2sPanels *of, gsize n_elements, gsize size, const gint32 *outputs, guint n,
             guint8 *to)
{
  const guint8 *from[N_STREAMS];
  gsize width = of->width;

  for (guint j = 0; j < n; j++) {
    gsize panel = (gsize)outputs[j] / width, column = (gsize)outputs[j] % width;

    from[j] = (const guint8 *)of->data + (panel * n_elements * width + column) * size;
  }
  if (n == N_STREAMS)
    copy_columns (n_elements, width, N_STREAMS, size, from, to);
  else
    copy_columns (n_elements, width, n, size, from, to);
}

/* n rows of one panel, from row `first` of the subset on */
static void
gather_part (S2sPanels *subset, const S2sPanels *of, gsize first, const gint32 *outputs, guint n)
{
  gboolean is_int8 = of->dtype == S2S_DTYPE_I8;
  /* four inputs of int8 lie together, as one element */
  gsize k = is_int8 ? s2s_int8_round_up (of->n_inputs) / S2S_INT8_GROUP : of->n_inputs;
  gsize start = first / of->width * k * of->width + first % of->width;

  if (of->dtype == S2S_DTYPE_F16)
    gather_rows (of, k, sizeof (guint16), outputs, n,
                 (guint8 *)subset->data + start * sizeof (guint16));
  else
    gather_rows (of, k, sizeof (guint32), outputs, n,
                 (guint8 *)subset->data + start * sizeof (guint32));
}

/* Zeroes the columns of the last panel that are beside the n rows, and what the micro-kernel reads
 * behind it. */
static void
clear_rest (S2sPanels *subset, guint n)
{
  gboolean is_int8 = subset->dtype == S2S_DTYPE_I8;
  gsize size = is_int8 ? S2S_INT8_GROUP : s2s_dtype_get_size (subset->dtype);
  gsize k = is_int8 ? s2s_int8_round_up (subset->n_inputs) / S2S_INT8_GROUP : subset->n_inputs;
  gsize width = subset->width, n_rest = n % width;
  guint8 *panel = (guint8 *)subset->data + n / width * k * width * size;

  for (gsize i = 0; i < k && n_rest > 0; i++)
    memset (panel + (i * width + n_rest) * size, 0, (width - n_rest) * size);
  if (!is_int8)
    memset (panel + (n_rest > 0 ? k * width * size : 0), 0, width * size);
}

void
s2s_panels_gather (S2sPanels *subset, const S2sPanels *of, const gint32 *outputs, guint n)
{
  g_assert (n <= subset->max_outputs);

  for (guint first = 0, n_part; first < n; first += n_part) {
    n_part = MIN (MIN (N_STREAMS, of->width - first % of->width), n - first);
    gather_part (subset, of, first, outputs + first, n_part);
  }
  clear_rest (subset, n);
  for (guint i = 0; i < n && subset->scales != NULL; i++)
    subset->scales[i] = of->scales[outputs[i]];
  subset->n_outputs = n;
}
