/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-rnn.h"

#include <string.h>

/* The input products of the whole source are made in blocks: enough rows for the many-rows kernel
 * to run at its full speed, few enough that they stay in the cache until the steps use them. */
#define BLOCK_POSITIONS 256

gboolean
s2s_rnn_load (S2sRnn *self, S2sLoader *loader, const S2sCellType *type, const char *scope,
              guint n_inputs, guint n_units, gboolean backward, GError **error)
{
  self->backward = backward;
  return s2s_cell_load (&self->cell, loader, type, scope, n_inputs, n_units, error);
}

void
s2s_rnn_clear (S2sRnn *self)
{
  s2s_cell_clear (&self->cell);
  s2s_transitions_clear (&self->transitions);
}

void
s2s_rnn_state_init (S2sRnnState *self, const S2sCellType *type, guint max_units,
                    guint max_sentences, guint max_steps)
{
  gsize n_states = (gsize)max_sentences * max_units;

  /* A block holds at least one step of all sentences, and never more than there is. */
  self->max_block = CLAMP (BLOCK_POSITIONS, max_sentences, (gsize)max_sentences * max_steps);
  self->a = s2s_floats_new ((gsize)self->max_block * type->n_gates * max_units);
  self->h = s2s_floats_new (n_states);
  self->c = type->has_cell_state ? s2s_floats_new (n_states) : NULL;
  s2s_cell_scratch_init (&self->scratch, type, max_sentences, max_units);
}

void
s2s_rnn_state_clear (S2sRnnState *self)
{
  g_clear_pointer (&self->a, g_aligned_free);
  g_clear_pointer (&self->h, g_aligned_free);
  g_clear_pointer (&self->c, g_aligned_free);
  s2s_cell_scratch_clear (&self->scratch);
}

static void
set_zero (const S2sRnn *self, S2sRnnState *state, guint n_sentences)
{
  gsize n_bytes = (gsize)n_sentences * self->cell.n_units * sizeof (float);

  memset (state->h, 0, n_bytes);
  if (state->c != NULL)
    memset (state->c, 0, n_bytes);
}

/* y_t of the sentences still running. A sentence that has not begun (backward) or has ended
 * (forward) lies behind them and keeps its state. */
static void
run_step (const S2sRnn *self, S2sCompute *compute, S2sRnnState *state, guint n_active, float *a,
          float *y, gsize y_stride)
{
  gsize n_units = self->cell.n_units;

  self->cell.type->advance (&self->cell, compute, &state->scratch, n_active, a, state->h, state->c);
  s2s_transitions_advance (&self->transitions, compute, &state->scratch, n_active, a, state->h,
                           state->c);
  for (gsize i = 0; i < n_active; i++)
    memcpy (y + i * y_stride, state->h + i * n_units, n_units * sizeof (float));
}

/* The steps that follow the first `done` ones, in running order, and fit in a block. */
static void
get_block (const S2sRnn *self, const S2sRnnState *state, const S2sSequences *sequences, guint done,
           guint *ret_first, guint *ret_end)
{
  const guint *starts = sequences->step_starts;
  guint first = done, end = sequences->n_steps;

  if (self->backward) {
    first = 0;
    end -= done;
    while (starts[end] - starts[first] > state->max_block)
      first++;
  } else {
    while (starts[end] - starts[first] > state->max_block)
      end--;
  }
  *ret_first = first;
  *ret_end = end;
}

gboolean
s2s_rnn_forward (const S2sRnn *self, S2sCompute *compute, S2sRnnState *state,
                 const S2sSequences *sequences, const float *x, gsize x_stride, float *y,
                 gsize y_stride, S2sControlFunc control, gpointer user_data)
{
  const guint *starts = sequences->step_starts;
  gsize n_gates = (gsize)self->cell.type->n_gates * self->cell.n_units;
  guint first, end;

  set_zero (self, state, sequences->n_sentences);

  for (guint done = 0; done < sequences->n_steps; done += end - first) {
    get_block (self, state, sequences, done, &first, &end);
    s2s_cell_read (&self->cell, compute, starts[end] - starts[first], x + starts[first] * x_stride,
                   x_stride, state->a);

    for (guint i = 0; i < end - first; i++) {
      guint t = self->backward ? end - 1 - i : first + i;

      if (control != NULL && control (user_data) == S2S_CONTROL_STOP)
        return FALSE;
      run_step (self, compute, state, sequences->n_active[t],
                state->a + (starts[t] - starts[first]) * n_gates, y + starts[t] * y_stride,
                y_stride);
    }
  }
  return TRUE;
}
