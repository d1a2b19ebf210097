/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architectures/s2s-rnn-encoder.h"

#include <string.h>

static gboolean
is_bidirectional (const S2sHparams *hparams, guint layer)
{
  switch (hparams->rnn.encoder_direction) {
  case S2S_DIRECTION_BIDIRECTIONAL:
    return TRUE;
  case S2S_DIRECTION_FIRST_BIDIRECTIONAL:
    return layer == 0;
  default:
    return FALSE;
  }
}

static gboolean
load_layer (S2sRnnEncoderLayer *self, S2sLoader *loader, const S2sHparams *hparams,
            const S2sCellType *type, guint layer, GError **error)
{
  static const char *const names[] = {"forward", "backward"};
  guint n_inputs = layer == 0 ? hparams->rnn.embedding_size : hparams->rnn.hidden_size;

  self->n_directions = is_bidirectional (hparams, layer) ? 2 : 1;
  for (guint d = 0; d < self->n_directions; d++) {
    g_autofree char *scope = g_strdup_printf ("encoder.layers.%u.%s", layer, names[d]);

    if (!s2s_rnn_load (&self->directions[d], loader, type, scope, n_inputs,
                       hparams->rnn.hidden_size / self->n_directions, d == 1, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
s2s_rnn_encoder_load (S2sRnnEncoder *self, S2sLoader *loader, const S2sHparams *hparams,
                      const S2sCellType *type, GError **error)
{
  self->n_units = hparams->rnn.hidden_size;
  self->n_inputs = hparams->rnn.embedding_size;
  self->residual = hparams->rnn.residual;
  self->reverse = hparams->rnn.reverse_source;
  self->n_fixed = hparams->bare_source ? 0 : 1;
  self->has_cell_state = type->has_cell_state;
  self->n_layers = hparams->encoder_layers;
  for (guint l = 0; l < self->n_layers; l++)
    if (!load_layer (&self->layers[l], loader, hparams, type, l, error))
      return FALSE;
  return TRUE;
}

void
s2s_rnn_encoder_clear (S2sRnnEncoder *self)
{
  s2s_embedding_clear (&self->embedding);
  for (guint l = 0; l < self->n_layers; l++)
    for (guint d = 0; d < self->layers[l].n_directions; d++)
      s2s_rnn_clear (&self->layers[l].directions[d]);
}

void
s2s_rnn_encoder_state_init (S2sRnnEncoderState *self, const S2sRnnEncoder *encoder,
                            guint max_sentences, guint max_source)
{
  gsize n_positions = (gsize)max_sentences * max_source;
  gsize width = MAX (encoder->n_inputs, encoder->n_units);
  gsize n_states = (gsize)max_sentences * encoder->n_units;

  memset (self, 0, sizeof *self);
  s2s_sequences_init (&self->sequences, max_sentences, max_source);
  self->ids = g_new (gint32, n_positions);
  self->x = s2s_floats_new (n_positions * width);
  self->y = s2s_floats_new (n_positions * width);
  for (guint l = 0; l < encoder->n_layers; l++) {
    self->last_h[l] = s2s_floats_new (n_states);
    self->last_c[l] = encoder->has_cell_state ? s2s_floats_new (n_states) : NULL;
  }
  s2s_rnn_state_init (&self->rnn, encoder->layers[0].directions[0].cell.type, encoder->n_units,
                      max_sentences, max_source);
}

void
s2s_rnn_encoder_state_clear (S2sRnnEncoderState *self)
{
  s2s_sequences_clear (&self->sequences);
  g_clear_pointer (&self->ids, g_free);
  g_clear_pointer (&self->x, g_aligned_free);
  g_clear_pointer (&self->y, g_aligned_free);
  for (guint l = 0; l < S2S_MAX_LAYERS; l++) {
    g_clear_pointer (&self->last_h[l], g_aligned_free);
    g_clear_pointer (&self->last_c[l], g_aligned_free);
  }
  s2s_rnn_state_clear (&self->rnn);
}

/* Where the id that is read at step t stands in its sentence; EOS, if there is one, stays last. */
static guint
get_place (const S2sRnnEncoder *self, guint length, guint t)
{
  guint n = length - self->n_fixed;

  return self->reverse && t < n ? n - 1 - t : t;
}

static void
embed (const S2sRnnEncoder *self, S2sRnnEncoderState *state, const gint32 *ids)
{
  const S2sSequences *sequences = &state->sequences;

  for (guint t = 0; t < sequences->n_steps; t++)
    for (guint i = 0; i < sequences->n_active[t]; i++) {
      guint sentence = sequences->order[i];
      guint place = get_place (self, sequences->lengths[sentence], t);

      state->ids[sequences->step_starts[t] + i] = ids[sequences->starts[sentence] + place];
    }
  s2s_embedding_forward (&self->embedding, sequences->n_positions, state->ids, state->x,
                         self->n_inputs);
}

/* The top layer's outputs, from steps to slots */
static void
fill_memory (const S2sRnnEncoder *self, const S2sRnnEncoderState *state, const guint *slots,
             S2sMemory *memory)
{
  const S2sSequences *sequences = &state->sequences;
  gsize n = self->n_units;

  for (guint t = 0; t < sequences->n_steps; t++)
    for (guint i = 0; i < sequences->n_active[t]; i++) {
      guint sentence = sequences->order[i];
      guint place = get_place (self, sequences->lengths[sentence], t);

      memcpy (s2s_memory_get (memory, slots[sentence]) + place * n,
              state->x + (sequences->step_starts[t] + i) * n, n * sizeof (float));
    }
  for (guint i = 0; i < sequences->n_sentences; i++)
    memory->lengths[slots[i]] = sequences->lengths[i];
}

/* last [sentence][offset …] from states [slot][n_units] */
static void
keep_last (const S2sSequences *sequences, gsize n_units, const float *states, float *last,
           gsize last_stride)
{
  for (guint i = 0; i < sequences->n_sentences; i++)
    memcpy (last + sequences->order[i] * last_stride, states + i * n_units,
            n_units * sizeof (float));
}

static gboolean
run_layer (const S2sRnnEncoder *self, S2sCompute *compute, S2sRnnEncoderState *state, guint layer,
           S2sControlFunc control, gpointer user_data)
{
  const S2sRnnEncoderLayer *rnns = &self->layers[layer];
  gsize n_inputs = layer == 0 ? self->n_inputs : self->n_units;
  gsize n_units = self->n_units / rnns->n_directions;

  for (gsize d = 0; d < rnns->n_directions; d++) {
    gsize offset = d * n_units;

    if (!s2s_rnn_forward (&rnns->directions[d], compute, &state->rnn, &state->sequences, state->x,
                          n_inputs, state->y + offset, self->n_units, control, user_data))
      return FALSE;
    keep_last (&state->sequences, n_units, state->rnn.h, state->last_h[layer] + offset,
               self->n_units);
    if (self->has_cell_state)
      keep_last (&state->sequences, n_units, state->rnn.c, state->last_c[layer] + offset,
                 self->n_units);
  }

  if (self->residual && layer > 0)
    compute->kernels->add ((gsize)state->sequences.n_positions * self->n_units, state->x, state->y);
  return TRUE;
}

gboolean
s2s_rnn_encoder_forward (const S2sRnnEncoder *self, S2sCompute *compute, S2sRnnEncoderState *state,
                         guint n_sentences, const guint *slots, const gint32 *ids,
                         const guint *lengths, S2sMemory *memory, S2sControlFunc control,
                         gpointer user_data)
{
  s2s_sequences_set (&state->sequences, n_sentences, lengths);
  embed (self, state, ids);

  for (guint l = 0; l < self->n_layers; l++) {
    float *x = state->x;

    if (!run_layer (self, compute, state, l, control, user_data))
      return FALSE;
    state->x = state->y;
    state->y = x;
  }

  fill_memory (self, state, slots, memory);
  return TRUE;
}
