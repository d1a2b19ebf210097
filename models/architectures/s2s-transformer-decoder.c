/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architectures/s2s-transformer-decoder.h"

#include <string.h>

static gboolean
load_self (S2sTransformerDecoderLayer *self, S2sLoader *loader, const S2sTransformerHparams *own,
           guint layer, GError **error)
{
  gboolean is_ssru = own->decoder_autoregression == S2S_AUTOREGRESSION_SSRU;
  g_autofree char *scope =
      g_strdup_printf ("decoder.layers.%u.%s", layer, is_ssru ? "ssru" : "self_attention");
  g_autofree char *norm = g_strconcat (scope, "_norm", NULL);
  guint n = own->model_size;

  return (is_ssru ? s2s_ssru_load (&self->ssru, loader, scope, n, error)
                  : s2s_multi_head_load (&self->self_attention, loader, scope, n, own->heads, FALSE,
                                         error)) &&
         s2s_residual_load (&self->self_norm, loader, norm, n, own->norm, own->layer_norm_epsilon,
                            error);
}

static gboolean
load_layer (S2sTransformerDecoderLayer *self, S2sLoader *loader, const S2sHparams *hparams,
            guint layer, GError **error)
{
  const S2sTransformerHparams *own = &hparams->transformer;
  guint n = own->model_size;
  double epsilon = own->layer_norm_epsilon;
  g_autofree char *cross_attention = g_strdup_printf ("decoder.layers.%u.cross_attention", layer);
  g_autofree char *cross_norm = g_strconcat (cross_attention, "_norm", NULL);
  g_autofree char *feed_forward = g_strdup_printf ("decoder.layers.%u.feed_forward", layer);
  g_autofree char *feed_forward_norm = g_strconcat (feed_forward, "_norm", NULL);

  return load_self (self, loader, own, layer, error) &&
         s2s_multi_head_load (&self->cross_attention, loader, cross_attention, n, own->heads, TRUE,
                              error) &&
         s2s_residual_load (&self->cross_norm, loader, cross_norm, n, own->norm, epsilon, error) &&
         s2s_feed_forward_load (&self->feed_forward, loader, feed_forward, own->activation, n,
                                own->feed_forward_size, error) &&
         s2s_residual_load (&self->feed_forward_norm, loader, feed_forward_norm, n, own->norm,
                            epsilon, error);
}

gboolean
s2s_transformer_decoder_load (S2sTransformerDecoder *self, S2sLoader *loader,
                              const S2sHparams *hparams, GError **error)
{
  const S2sTransformerHparams *own = &hparams->transformer;

  self->n_units = own->model_size;
  self->n_inner = own->feed_forward_size;
  self->autoregression = own->decoder_autoregression;
  self->n_layers = hparams->decoder_layers;
  self->has_norm = own->norm == S2S_NORM_PRE;
  for (guint l = 0; l < self->n_layers; l++)
    if (!load_layer (&self->layers[l], loader, hparams, l, error))
      return FALSE;
  if (self->has_norm && !s2s_layer_norm_load (&self->norm, loader, "decoder.norm", self->n_units,
                                              own->layer_norm_epsilon, error))
    return FALSE;
  return s2s_positional_load (&self->positional, loader, "target_positions", own, error) &&
         s2s_generator_load (&self->generator, loader, hparams->tied_embeddings,
                             hparams->target_vocabulary_size, self->n_units, self->n_units,
                             &self->positional.embedding, error);
}

void
s2s_transformer_decoder_clear (S2sTransformerDecoder *self)
{
  s2s_positional_clear (&self->positional);
  for (guint l = 0; l < self->n_layers; l++) {
    s2s_multi_head_clear (&self->layers[l].self_attention);
    s2s_ssru_clear (&self->layers[l].ssru);
    s2s_residual_clear (&self->layers[l].self_norm);
    s2s_multi_head_clear (&self->layers[l].cross_attention);
    s2s_residual_clear (&self->layers[l].cross_norm);
    s2s_feed_forward_clear (&self->layers[l].feed_forward);
    s2s_residual_clear (&self->layers[l].feed_forward_norm);
  }
  s2s_layer_norm_clear (&self->norm);
  s2s_generator_clear (&self->generator);
}

/* What self-attention or an SSRU keeps from step to step, of all layers */
static void
init_past (S2sTransformerDecoderState *self, const S2sTransformerDecoder *decoder,
           const S2sArchLimits *limits)
{
  gsize n_entries = s2s_history_count_entries (limits->max_rows, limits->max_target);
  gsize n = (gsize)limits->max_rows * decoder->n_units;

  if (decoder->autoregression == S2S_AUTOREGRESSION_ATTENTION) {
    for (guint l = 0; l < decoder->n_layers; l++)
      self->kept[l].steps = s2s_floats_new (n_entries * 2 * decoder->n_units);
    return;
  }
  for (guint l = 0; l < decoder->n_layers; l++)
    self->kept[l].c = s2s_floats_new (n);
  self->gates = s2s_floats_new (2 * n);
  self->spare = s2s_floats_new (n);
}

void
s2s_transformer_decoder_state_init (S2sTransformerDecoderState *self,
                                    const S2sTransformerDecoder *decoder, const S2sMemory *memory,
                                    const S2sArchLimits *limits)
{
  guint max_rows = limits->max_rows;
  gsize n = (gsize)max_rows * decoder->n_units, n_kept = 2 * (gsize)decoder->n_units;
  gsize n_positions = (gsize)limits->max_sentences * limits->max_source;

  self->memory = memory;
  s2s_history_init (&self->history, max_rows, limits->max_target);
  self->slots = g_new (guint, max_rows);
  self->spare_slots = g_new (guint, max_rows);
  init_past (self, decoder, limits);
  for (guint l = 0; l < decoder->n_layers; l++)
    self->kept[l].memory = s2s_floats_new (n_positions * n_kept);
  self->x = s2s_floats_new (n);
  self->y = s2s_floats_new (n);
  self->normed = s2s_floats_new (n);
  self->inner = s2s_floats_new ((gsize)max_rows * decoder->n_inner);
  self->weights = s2s_floats_new ((gsize)max_rows * limits->max_source);
  s2s_multi_head_scratch_init (&self->scratch, decoder->n_units, max_rows,
                               MAX (limits->max_source, limits->max_target));
  s2s_positional_state_init (&self->positional, &decoder->positional, limits->max_target);
  s2s_generator_state_init (&self->generator, &decoder->generator, limits->max_sentences,
                            limits->max_shortlist, limits->n_always);
}

void
s2s_transformer_decoder_state_clear (S2sTransformerDecoderState *self)
{
  s2s_history_clear (&self->history);
  g_clear_pointer (&self->slots, g_free);
  g_clear_pointer (&self->spare_slots, g_free);
  for (guint l = 0; l < S2S_MAX_TRANSFORMER_LAYERS; l++) {
    g_clear_pointer (&self->kept[l].steps, g_aligned_free);
    g_clear_pointer (&self->kept[l].c, g_aligned_free);
    g_clear_pointer (&self->kept[l].memory, g_aligned_free);
  }
  g_clear_pointer (&self->x, g_aligned_free);
  g_clear_pointer (&self->y, g_aligned_free);
  g_clear_pointer (&self->normed, g_aligned_free);
  g_clear_pointer (&self->inner, g_aligned_free);
  g_clear_pointer (&self->weights, g_aligned_free);
  g_clear_pointer (&self->gates, g_aligned_free);
  g_clear_pointer (&self->spare, g_aligned_free);
  s2s_multi_head_scratch_clear (&self->scratch);
  s2s_positional_state_clear (&self->positional);
  s2s_generator_state_clear (&self->generator);
}

/* A row without a past, the next one */
static void
add_row (const S2sTransformerDecoder *self, S2sTransformerDecoderState *state, guint slot)
{
  gsize n = self->n_units, row = state->history.n_rows;

  state->slots[row] = slot;
  for (guint l = 0; l < self->n_layers && self->autoregression == S2S_AUTOREGRESSION_SSRU; l++)
    memset (state->kept[l].c + row * n, 0, n * sizeof (float));
  s2s_history_add_row (&state->history);
}

void
s2s_transformer_decoder_start (const S2sTransformerDecoder *self, S2sCompute *compute,
                               S2sTransformerDecoderState *state, guint n_sentences,
                               const guint *slots)
{
  gsize n_slot = (gsize)state->memory->max_source * 2 * self->n_units;

  for (guint i = 0; i < n_sentences; i++) {
    for (guint l = 0; l < self->n_layers; l++)
      s2s_multi_head_read (
          &self->layers[l].cross_attention, compute, state->memory->lengths[slots[i]],
          s2s_memory_get (state->memory, slots[i]), state->kept[l].memory + slots[i] * n_slot);
    s2s_generator_start (&self->generator, &state->generator, slots[i]);
    add_row (self, state, slots[i]);
  }
}

/* The layer that knows the steps before: state->y of x */
static void
run_self (const S2sTransformerDecoder *self, guint layer, S2sCompute *compute,
          S2sTransformerDecoderState *state, const float *x)
{
  const S2sTransformerKept *kept = &state->kept[layer];

  if (self->autoregression == S2S_AUTOREGRESSION_SSRU)
    s2s_ssru_step (&self->layers[layer].ssru, compute, state->history.n_rows, x, state->gates,
                   kept->c, state->y);
  else
    s2s_multi_head_step (&self->layers[layer].self_attention, compute, &state->scratch,
                         &state->history, kept->steps, x, state->y);
}

/* weights: NULL, or where those of the attention to the memory go */
static void
run_layer (const S2sTransformerDecoder *decoder, guint layer, S2sCompute *compute,
           S2sTransformerDecoderState *state, float *weights)
{
  const S2sTransformerDecoderLayer *self = &decoder->layers[layer];
  guint n_rows = state->history.n_rows;
  const float *x = s2s_residual_enter (&self->self_norm, compute, n_rows, state->x, state->normed);

  run_self (decoder, layer, compute, state, x);
  s2s_residual_leave (&self->self_norm, compute, n_rows, state->y, state->x);

  x = s2s_residual_enter (&self->cross_norm, compute, n_rows, state->x, state->normed);
  s2s_multi_head_look (&self->cross_attention, compute, &state->scratch, n_rows, state->slots,
                       state->memory->lengths, state->memory->max_source, state->kept[layer].memory,
                       x, state->y, weights);
  s2s_residual_leave (&self->cross_norm, compute, n_rows, state->y, state->x);

  x = s2s_residual_enter (&self->feed_forward_norm, compute, n_rows, state->x, state->normed);
  s2s_feed_forward_forward (&self->feed_forward, compute, n_rows, x, state->inner, state->y);
  s2s_residual_leave (&self->feed_forward_norm, compute, n_rows, state->y, state->x);
}

void
s2s_transformer_decoder_step (const S2sTransformerDecoder *self, S2sCompute *compute,
                              S2sTransformerDecoderState *state, const gint32 *previous,
                              float *logits, gsize logits_stride)
{
  guint n_rows = state->history.n_rows;

  s2s_history_step (&state->history);
  for (guint i = 0; i < n_rows; i++)
    s2s_positional_forward (&self->positional, compute, &state->positional, previous[i],
                            state->history.n_steps[i] - 1, state->x + (gsize)i * self->n_units);
  for (guint l = 0; l < self->n_layers; l++)
    run_layer (self, l, compute, state, l == self->n_layers - 1 ? state->weights : NULL);
  if (self->has_norm)
    s2s_layer_norm_forward (&self->norm, compute, n_rows, state->x, state->x);
  s2s_generator_step (&self->generator, compute, &state->generator, n_rows, state->slots, state->x,
                      logits, logits_stride);
}

void
s2s_transformer_decoder_reorder (const S2sTransformerDecoder *self,
                                 S2sTransformerDecoderState *state, guint n_rows,
                                 const guint *parents)
{
  s2s_slots_move_rows (n_rows, parents, &state->slots, &state->spare_slots);
  s2s_history_reorder (&state->history, n_rows, parents);
  for (guint l = 0; l < self->n_layers && self->autoregression == S2S_AUTOREGRESSION_SSRU; l++)
    s2s_floats_move_rows (n_rows, parents, self->n_units, state->kept[l].c, state->spare);
}
