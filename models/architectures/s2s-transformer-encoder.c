/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architectures/s2s-transformer-encoder.h"

#include <string.h>

/* Sentences run together while they have no more positions than this: enough rows for the many-rows
 * kernel to run at its full speed, few enough that what lies between the layers stays in the cache.
 * A longer sentence runs alone. */
#define BLOCK_POSITIONS 256

static gboolean
load_layer (S2sTransformerEncoderLayer *self, S2sLoader *loader, const S2sHparams *hparams,
            guint layer, GError **error)
{
  const S2sTransformerHparams *own = &hparams->transformer;
  guint n = own->model_size;
  g_autofree char *attention = g_strdup_printf ("encoder.layers.%u.self_attention", layer);
  g_autofree char *attention_norm = g_strconcat (attention, "_norm", NULL);
  g_autofree char *feed_forward = g_strdup_printf ("encoder.layers.%u.feed_forward", layer);
  g_autofree char *feed_forward_norm = g_strconcat (feed_forward, "_norm", NULL);

  return s2s_multi_head_load (&self->attention, loader, attention, n, own->heads, FALSE, error) &&
         s2s_residual_load (&self->attention_norm, loader, attention_norm, n, own->norm,
                            own->layer_norm_epsilon, error) &&
         s2s_feed_forward_load (&self->feed_forward, loader, feed_forward, own->activation, n,
                                own->feed_forward_size, error) &&
         s2s_residual_load (&self->feed_forward_norm, loader, feed_forward_norm, n, own->norm,
                            own->layer_norm_epsilon, error);
}

gboolean
s2s_transformer_encoder_load (S2sTransformerEncoder *self, S2sLoader *loader,
                              const S2sHparams *hparams, GError **error)
{
  const S2sTransformerHparams *own = &hparams->transformer;

  self->n_units = own->model_size;
  self->n_inner = own->feed_forward_size;
  self->n_layers = hparams->encoder_layers;
  self->has_norm = own->norm == S2S_NORM_PRE;
  for (guint l = 0; l < self->n_layers; l++)
    if (!load_layer (&self->layers[l], loader, hparams, l, error))
      return FALSE;
  if (self->has_norm && !s2s_layer_norm_load (&self->norm, loader, "encoder.norm", self->n_units,
                                              own->layer_norm_epsilon, error))
    return FALSE;
  return s2s_positional_load (&self->positional, loader, "source_positions", own, error);
}

void
s2s_transformer_encoder_clear (S2sTransformerEncoder *self)
{
  s2s_positional_clear (&self->positional);
  for (guint l = 0; l < self->n_layers; l++) {
    s2s_multi_head_clear (&self->layers[l].attention);
    s2s_residual_clear (&self->layers[l].attention_norm);
    s2s_feed_forward_clear (&self->layers[l].feed_forward);
    s2s_residual_clear (&self->layers[l].feed_forward_norm);
  }
  s2s_layer_norm_clear (&self->norm);
}

void
s2s_transformer_encoder_state_init (S2sTransformerEncoderState *self,
                                    const S2sTransformerEncoder *encoder, guint max_source)
{
  guint max_block = MAX (BLOCK_POSITIONS, max_source);
  gsize n = (gsize)max_block * encoder->n_units;

  self->max_block = max_block;
  self->x = s2s_floats_new (n);
  self->y = s2s_floats_new (n);
  self->normed = s2s_floats_new (n);
  self->inner = s2s_floats_new ((gsize)max_block * encoder->n_inner);
  s2s_multi_head_scratch_init (&self->scratch, encoder->n_units, max_block, max_source);
  s2s_positional_state_init (&self->positional, &encoder->positional, max_source);
}

void
s2s_transformer_encoder_state_clear (S2sTransformerEncoderState *self)
{
  g_clear_pointer (&self->x, g_aligned_free);
  g_clear_pointer (&self->y, g_aligned_free);
  g_clear_pointer (&self->normed, g_aligned_free);
  g_clear_pointer (&self->inner, g_aligned_free);
  s2s_multi_head_scratch_clear (&self->scratch);
  s2s_positional_state_clear (&self->positional);
}

guint64
s2s_transformer_encoder_get_state_size (const S2sTransformerEncoder *self, guint max_source)
{
  guint64 n_position = 7 * (guint64)self->n_units + self->n_inner;

  return MAX (BLOCK_POSITIONS, max_source) * n_position +
         s2s_positional_get_state_size (&self->positional, max_source);
}

/* How many of the sentences fit in a block; at least one */
static guint
count_block (const S2sTransformerEncoderState *state, guint n_sentences, const guint *lengths)
{
  guint n = 0;

  for (guint n_positions = 0; n < n_sentences; n++) {
    n_positions += lengths[n];
    if (n_positions > state->max_block)
      break;
  }
  return n;
}

static void
run_layer (const S2sTransformerEncoderLayer *self, S2sCompute *compute,
           S2sTransformerEncoderState *state, guint n_sentences, const guint *lengths, guint n_rows)
{
  const float *x =
      s2s_residual_enter (&self->attention_norm, compute, n_rows, state->x, state->normed);

  s2s_multi_head_forward (&self->attention, compute, &state->scratch, n_sentences, lengths, x,
                          state->y);
  s2s_residual_leave (&self->attention_norm, compute, n_rows, state->y, state->x);

  x = s2s_residual_enter (&self->feed_forward_norm, compute, n_rows, state->x, state->normed);
  s2s_feed_forward_forward (&self->feed_forward, compute, n_rows, x, state->inner, state->y);
  s2s_residual_leave (&self->feed_forward_norm, compute, n_rows, state->y, state->x);
}

/* Returns the number of positions of the block. */
static guint
embed (const S2sTransformerEncoder *self, const S2sCompute *compute,
       S2sTransformerEncoderState *state, guint n_sentences, const gint32 *ids,
       const guint *lengths)
{
  guint row = 0;

  for (guint i = 0; i < n_sentences; i++)
    for (guint p = 0; p < lengths[i]; p++, row++)
      s2s_positional_forward (&self->positional, compute, &state->positional, ids[row], p,
                              state->x + (gsize)row * self->n_units);
  return row;
}

static void
fill_memory (const S2sTransformerEncoder *self, const S2sTransformerEncoderState *state,
             guint n_sentences, const guint *slots, const guint *lengths, S2sMemory *memory)
{
  const float *x = state->x;

  for (guint i = 0; i < n_sentences; i++) {
    gsize n = (gsize)lengths[i] * self->n_units;

    memcpy (s2s_memory_get (memory, slots[i]), x, n * sizeof (float));
    memory->lengths[slots[i]] = lengths[i];
    x += n;
  }
}

gboolean
s2s_transformer_encoder_forward (const S2sTransformerEncoder *self, S2sCompute *compute,
                                 S2sTransformerEncoderState *state, guint n_sentences,
                                 const guint *slots, const gint32 *ids, const guint *lengths,
                                 S2sMemory *memory, S2sControlFunc control, gpointer user_data)
{
  for (guint first = 0, n; first < n_sentences; first += n) {
    n = count_block (state, n_sentences - first, lengths + first);

    guint n_rows = embed (self, compute, state, n, ids, lengths + first);
    ids += n_rows;
    for (guint l = 0; l < self->n_layers; l++) {
      if (control != NULL && control (user_data) == S2S_CONTROL_STOP)
        return FALSE;
      run_layer (&self->layers[l], compute, state, n, lengths + first, n_rows);
    }
    if (self->has_norm)
      s2s_layer_norm_forward (&self->norm, compute, n_rows, state->x, state->x);
    fill_memory (self, state, n, slots + first, lengths + first, memory);
  }
  return TRUE;
}
