/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architectures/s2s-nematus-encoder.h"

#include <string.h>

static guint
get_n_inputs (const S2sNematusEncoder *self, guint layer)
{
  if (layer == 0)
    return self->n_inputs;
  return layer == self->n_stacked ? 2 * self->n_units : self->n_units;
}

static gboolean
load_rnn (S2sNematusEncoder *self, S2sLoader *loader, const S2sNematusHparams *hparams, guint layer,
          guint stack, GError **error)
{
  static const char *const names[] = {"forward", "backward"};
  const S2sCellType *type = s2s_cell_type_get (hparams->encoder_cell);
  g_autofree char *scope = g_strdup_printf ("encoder.layers.%u.%s", layer, names[stack]);
  gboolean turns = hparams->encoder_direction == S2S_STACKS_ALTERNATING && layer % 2 == 1;
  S2sRnn *rnn = &self->layers[layer][stack];

  rnn->backward = (stack == 1) != turns;
  return s2s_cell_load_normed (&rnn->cell, loader, type, hparams->layer_norm,
                               hparams->layer_norm_epsilon, scope, get_n_inputs (self, layer),
                               self->n_units, error) &&
         s2s_transitions_load (&rnn->transitions, loader, type, hparams->layer_norm,
                               hparams->layer_norm_epsilon, scope, hparams->encoder_cell_depth - 1,
                               self->n_units, error);
}

gboolean
s2s_nematus_encoder_load (S2sNematusEncoder *self, S2sLoader *loader, const S2sHparams *hparams,
                          GError **error)
{
  const S2sNematusHparams *own = &hparams->nematus;
  gboolean is_stacked = own->encoder_direction != S2S_STACKS_FIRST_BIDIRECTIONAL;

  self->n_units = own->hidden_size;
  self->n_inputs = own->embedding_size;
  self->residual = own->residual;
  self->n_layers = hparams->encoder_layers;
  self->n_stacked = is_stacked ? self->n_layers : 1;
  self->n_outputs = self->n_layers > self->n_stacked ? self->n_units : 2 * self->n_units;
  for (guint l = 0; l < self->n_layers; l++)
    for (guint d = 0; d < (l < self->n_stacked ? 2 : 1); d++)
      if (!load_rnn (self, loader, own, l, d, error))
        return FALSE;
  return TRUE;
}

void
s2s_nematus_encoder_clear (S2sNematusEncoder *self)
{
  s2s_embedding_clear (&self->embedding);
  for (guint l = 0; l < self->n_layers; l++)
    for (guint d = 0; d < 2; d++)
      s2s_rnn_clear (&self->layers[l][d]);
}

void
s2s_nematus_encoder_state_init (S2sNematusEncoderState *self, const S2sNematusEncoder *encoder,
                                guint max_sentences, guint max_source)
{
  gsize n_positions = (gsize)max_sentences * max_source;

  memset (self, 0, sizeof *self);
  s2s_sequences_init (&self->sequences, max_sentences, max_source);
  self->ids = g_new (gint32, n_positions);
  self->embedded = s2s_floats_new (n_positions * encoder->n_inputs);
  self->joint = s2s_floats_new (n_positions * 2 * encoder->n_units);
  for (guint i = 0; i < 2; i++)
    self->y[i] = s2s_floats_new (n_positions * encoder->n_units);
  s2s_rnn_state_init (&self->rnn, encoder->layers[0][0].cell.type, encoder->n_units, max_sentences,
                      max_source);
}

void
s2s_nematus_encoder_state_clear (S2sNematusEncoderState *self)
{
  s2s_sequences_clear (&self->sequences);
  g_clear_pointer (&self->ids, g_free);
  g_clear_pointer (&self->embedded, g_aligned_free);
  g_clear_pointer (&self->joint, g_aligned_free);
  for (guint i = 0; i < 2; i++)
    g_clear_pointer (&self->y[i], g_aligned_free);
  s2s_rnn_state_clear (&self->rnn);
}

static void
embed (const S2sNematusEncoder *self, S2sNematusEncoderState *state, const gint32 *ids)
{
  const S2sSequences *sequences = &state->sequences;

  for (guint t = 0; t < sequences->n_steps; t++)
    for (guint i = 0; i < sequences->n_active[t]; i++)
      state->ids[sequences->step_starts[t] + i] = ids[sequences->starts[sequences->order[i]] + t];
  s2s_embedding_forward (&self->embedding, sequences->n_positions, state->ids, state->embedded,
                         self->n_inputs);
}

/* x [n_positions][width] by steps, to slots */
static void
fill_memory (const S2sSequences *sequences, gsize width, const float *x, const guint *slots,
             S2sMemory *memory)
{
  for (guint t = 0; t < sequences->n_steps; t++)
    for (guint i = 0; i < sequences->n_active[t]; i++)
      memcpy (s2s_memory_get (memory, slots[sequences->order[i]]) + t * width,
              x + (sequences->step_starts[t] + i) * width, width * sizeof (float));
  for (guint i = 0; i < sequences->n_sentences; i++)
    memory->lengths[slots[i]] = sequences->lengths[i];
}

/* What goes through layers: rows `stride` floats apart */
typedef struct {
  float *rows;
  gsize stride;
} Flow;

/* The layers from first to end − 1 of a stack, of which the first adds no input; the last puts out
 * to y, which becomes x. */
static gboolean
run_stack (const S2sNematusEncoder *self, S2sCompute *compute, S2sNematusEncoderState *state,
           guint first, guint end, guint stack, Flow *x, Flow y, S2sControlFunc control,
           gpointer user_data)
{
  gsize n = self->n_units;

  for (guint l = first; l < end; l++) {
    Flow out = l == end - 1 ? y : (Flow){state->y[l % 2], n};

    if (!s2s_rnn_forward (&self->layers[l][stack], compute, &state->rnn, &state->sequences, x->rows,
                          x->stride, out.rows, out.stride, control, user_data))
      return FALSE;
    for (gsize i = 0; self->residual && l > first && i < state->sequences.n_positions; i++)
      compute->kernels->add (n, x->rows + i * x->stride, out.rows + i * out.stride);
    *x = out;
  }
  return TRUE;
}

gboolean
s2s_nematus_encoder_forward (const S2sNematusEncoder *self, S2sCompute *compute,
                             S2sNematusEncoderState *state, guint n_sentences, const guint *slots,
                             const gint32 *ids, const guint *lengths, S2sMemory *memory,
                             S2sControlFunc control, gpointer user_data)
{
  gsize n = self->n_units;
  Flow joint = {state->joint, 2 * n};
  Flow top = {state->y[(self->n_layers - 1) % 2], n};

  s2s_sequences_set (&state->sequences, n_sentences, lengths);
  embed (self, state, ids);

  for (guint d = 0; d < 2; d++) {
    Flow x = {state->embedded, self->n_inputs};

    if (!run_stack (self, compute, state, 0, self->n_stacked, d, &x,
                    (Flow){joint.rows + d * n, joint.stride}, control, user_data))
      return FALSE;
  }
  if (!run_stack (self, compute, state, self->n_stacked, self->n_layers, 0, &joint, top, control,
                  user_data))
    return FALSE;

  fill_memory (&state->sequences, self->n_outputs, joint.rows, slots, memory);
  return TRUE;
}
