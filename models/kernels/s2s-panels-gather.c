/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-panels.h"

#include <string.h>

/* Rows that are copied side by side. From each a stride is read at a time, so that all that is read
 * and what is written go through memory in order: as many places as the prefetch follows. */
#define N_STREAMS 16

/* One input after another of n rows. Inlined with a constant n it has no inner loop. */
static G_ALWAYS_INLINE inline void
copy_columns_32 (gsize n_inputs, gsize stride, guint n, const guint32 *const *from, guint32 *to)
{
  for (gsize i = 0; i < n_inputs * stride; i += stride)
    for (guint j = 0; j < n; j++)
      to[i + j] = from[j][i];
}

static G_ALWAYS_INLINE inline void
copy_columns_16 (gsize n_inputs, gsize stride, guint n, const guint16 *const *from, guint16 *to)
{
  for (gsize i = 0; i < n_inputs * stride; i += stride)
    for (guint j = 0; j < n; j++)
      to[i + j] = from[j][i];
}

/* n_inputs elements of 4 bytes a row, `width` rows side by side in a panel */
static void
gather_32 (gsize n_inputs, gsize width, const guint32 *panels, const gint32 *outputs, guint n,
           guint32 *to)
{
  const guint32 *from[N_STREAMS];

  for (guint j = 0; j < n; j++)
    from[j] = panels + (gsize)outputs[j] / width * n_inputs * width + (gsize)outputs[j] % width;
  if (n == N_STREAMS)
    copy_columns_32 (n_inputs, width, N_STREAMS, from, to);
  else
    copy_columns_32 (n_inputs, width, n, from, to);
}

/* The same of 2 bytes */
static void
gather_16 (gsize n_inputs, gsize width, const guint16 *panels, const gint32 *outputs, guint n,
           guint16 *to)
{
  const guint16 *from[N_STREAMS];

  for (guint j = 0; j < n; j++)
    from[j] = panels + (gsize)outputs[j] / width * n_inputs * width + (gsize)outputs[j] % width;
  if (n == N_STREAMS)
    copy_columns_16 (n_inputs, width, N_STREAMS, from, to);
  else
    copy_columns_16 (n_inputs, width, n, from, to);
}

/* n rows of one panel, from its column `first` on */
static void
gather_part (S2sPanels *subset, const S2sPanels *of, gsize first, const gint32 *outputs, guint n)
{
  gsize width = of->width, k = of->n_inputs, panel = first / width, column = first % width;

  if (of->dtype == S2S_DTYPE_F16) {
    gather_16 (k, width, of->data, outputs, n,
               (guint16 *)subset->data + panel * k * width + column);
    return;
  }
  if (of->dtype == S2S_DTYPE_I8) /* four inputs lie together, as one element */
    k = s2s_int8_round_up (k) / S2S_INT8_GROUP;
  gather_32 (k, width, of->data, outputs, n, (guint32 *)subset->data + panel * k * width + column);
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
