/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-multi-head.h"

#include <math.h>
#include <string.h>

static gboolean
load_joined (S2sLinear *self, S2sLoader *loader, const char *scope, guint n_names,
             const char *const *names, guint n_units, GError **error)
{
  g_autofree char *prefix = g_strconcat (scope, ".", NULL);

  return s2s_linear_load_joined (self, loader, prefix, n_names, names, n_units, n_units, error);
}

gboolean
s2s_multi_head_load (S2sMultiHead *self, S2sLoader *loader, const char *scope, guint n_units,
                     guint n_heads, gboolean is_cross, GError **error)
{
  static const char *const names[] = {"query", "key", "value", "output"};

  self->n_units = n_units;
  self->n_heads = n_heads;
  if (!load_joined (&self->input, loader, scope, is_cross ? 1 : 3, names, n_units, error) ||
      (is_cross && !load_joined (&self->memory, loader, scope, 2, names + 1, n_units, error)))
    return FALSE;
  return load_joined (&self->output, loader, scope, 1, names + 3, n_units, error);
}

void
s2s_multi_head_clear (S2sMultiHead *self)
{
  s2s_linear_clear (&self->input);
  s2s_linear_clear (&self->memory);
  s2s_linear_clear (&self->output);
}

void
s2s_multi_head_scratch_init (S2sMultiHeadScratch *self, guint n_units, guint max_rows,
                             guint max_keys)
{
  self->input = s2s_floats_new ((gsize)max_rows * 3 * n_units);
  self->context = s2s_floats_new ((gsize)max_rows * n_units);
  self->weights = s2s_floats_new (max_keys);
}

void
s2s_multi_head_scratch_clear (S2sMultiHeadScratch *self)
{
  g_clear_pointer (&self->input, g_aligned_free);
  g_clear_pointer (&self->context, g_aligned_free);
  g_clear_pointer (&self->weights, g_aligned_free);
}

/* One row that looks at n: context [D] from q [D]; k of the j-th of them is row j of kept, and v
 * follows it. mean (nullable) [n] of α over the heads */
static void
attend (const S2sMultiHead *self, const S2sKernels *kernels, const S2sRows *kept, const float *q,
        float *weights, float *context, float *mean)
{
  gsize n_head = self->n_units / self->n_heads;
  float scale = 1 / sqrtf ((float)n_head);

  if (mean != NULL)
    memset (mean, 0, kept->n * sizeof (float));
  for (gsize at = 0; at < self->n_units; at += n_head) {
    S2sRows keys = *kept, values = *kept;

    keys.values += at;
    values.values += self->n_units + at;
    kernels->dots (n_head, scale, q + at, &keys, weights);
    kernels->softmax (kept->n, weights, weights);
    kernels->mix (n_head, weights, &values, context + at);
    if (mean != NULL)
      kernels->axpy (kept->n, 1 / (float)self->n_heads, weights, mean);
  }
}

static void
put_out (const S2sMultiHead *self, S2sCompute *compute, const S2sMultiHeadScratch *scratch,
         guint n_rows, float *y)
{
  s2s_linear_forward (&self->output, compute, n_rows, scratch->context, self->n_units, y,
                      self->n_units);
}

void
s2s_multi_head_forward (const S2sMultiHead *self, S2sCompute *compute, S2sMultiHeadScratch *scratch,
                        guint n_sentences, const guint *lengths, const float *x, float *y)
{
  gsize n = self->n_units, first = 0, n_rows = 0;

  for (guint i = 0; i < n_sentences; i++)
    n_rows += lengths[i];
  s2s_linear_forward (&self->input, compute, (guint)n_rows, x, n, scratch->input, 3 * n);

  for (guint i = 0; i < n_sentences; first += lengths[i++]) {
    const float *rows = scratch->input + first * 3 * n;
    S2sRows keys = {lengths[i], rows + n, 3 * n, NULL};

    for (gsize j = 0; j < lengths[i]; j++)
      attend (self, compute->kernels, &keys, rows + j * 3 * n, scratch->weights,
              scratch->context + (first + j) * n, NULL);
  }
  put_out (self, compute, scratch, (guint)n_rows, y);
}

void
s2s_multi_head_step (const S2sMultiHead *self, S2sCompute *compute, S2sMultiHeadScratch *scratch,
                     const S2sHistory *history, float *kept, const float *x, float *y)
{
  gsize n = self->n_units;

  s2s_linear_forward (&self->input, compute, history->n_rows, x, n, scratch->input, 3 * n);
  for (guint i = 0; i < history->n_rows; i++) {
    const float *row = scratch->input + i * 3 * n;
    S2sRows past = {history->n_steps[i], kept, 2 * n, s2s_history_get_path (history, i)};

    memcpy (kept + (gsize)history->last[i] * 2 * n, row + n, 2 * n * sizeof (float));
    attend (self, compute->kernels, &past, row, scratch->weights, scratch->context + i * n, NULL);
  }
  put_out (self, compute, scratch, history->n_rows, y);
}

void
s2s_multi_head_read (const S2sMultiHead *self, S2sCompute *compute, guint n, const float *memory,
                     float *kept)
{
  s2s_linear_forward (&self->memory, compute, n, memory, self->n_units, kept,
                      2 * (gsize)self->n_units);
}

void
s2s_multi_head_look (const S2sMultiHead *self, S2sCompute *compute, S2sMultiHeadScratch *scratch,
                     guint n_rows, const guint *slots, const guint *lengths, guint max_source,
                     const float *kept, const float *x, float *y, float *weights)
{
  gsize n = self->n_units;

  s2s_linear_forward (&self->input, compute, n_rows, x, n, scratch->input, n);
  for (gsize i = 0; i < n_rows; i++) {
    S2sRows keys = {lengths[slots[i]], kept + (gsize)slots[i] * max_source * 2 * n, 2 * n, NULL};

    attend (self, compute->kernels, &keys, scratch->input + i * n, scratch->weights,
            scratch->context + i * n, weights != NULL ? weights + i * max_source : NULL);
  }
  put_out (self, compute, scratch, n_rows, y);
}
