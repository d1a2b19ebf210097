/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-attention.h"

#include <string.h>

#define SCOPE "attention"

typedef struct {
  gboolean (*load) (S2sAttention *self, S2sLoader *loader, GError **error);
  /* e [n] from one query and n keys */
  void (*score) (const S2sAttention *self, const S2sKernels *kernels, guint n, const float *query,
                 const float *keys, float *e);
} S2sAttentionType;

static gboolean
load_dot (S2sAttention *self, S2sLoader *loader, GError **error)
{
  return TRUE;
}

static void
score_dot (const S2sAttention *self, const S2sKernels *kernels, guint n, const float *query,
           const float *keys, float *e)
{
  for (guint j = 0; j < n; j++)
    e[j] = kernels->dot (self->n_keys, query, keys + (gsize)j * self->n_keys);
}

/* Int8 has a scale for each row, which its transpose would have for each column. */
static float *
widen (S2sTensor *matrix)
{
  gsize n = s2s_tensor_get_n_elements (matrix);
  float *values = g_new (float, n);

  s2s_tensor_to_f32 (matrix, 0, n, values);
  matrix->dtype = S2S_DTYPE_F32;
  matrix->scales = NULL;
  return values;
}

static guint8 *
transpose (const S2sTensor *matrix)
{
  gsize size = s2s_dtype_get_size (matrix->dtype);
  gsize n_rows = matrix->dims[0], n_columns = matrix->dims[1];
  const guint8 *from = matrix->data;
  guint8 *to = g_malloc (n_rows * n_columns * size);

  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = 0; j < n_columns; j++)
      memcpy (to + (j * n_rows + i) * size, from + (i * n_columns + j) * size, size);
  return to;
}

static gboolean
load_general (S2sAttention *self, S2sLoader *loader, GError **error)
{
  guint n = self->n_hidden;
  S2sTensor weight;

  if (!s2s_loader_get_matrix (loader, SCOPE ".query", "weight", n, n, &weight, error))
    return FALSE;

  g_autofree float *widened = NULL;
  g_autofree guint8 *transposed = NULL;

  if (weight.dtype == S2S_DTYPE_I8)
    weight.data = widened = widen (&weight);
  transposed = transpose (&weight);
  weight.data = transposed;
  s2s_linear_init (&self->key, loader, &weight, NULL);
  return TRUE;
}

static gboolean
load_additive (S2sAttention *self, S2sLoader *loader, GError **error)
{
  S2sTensor weight;

  if (!s2s_linear_load (&self->key, loader, SCOPE ".key", self->n_keys, self->n_memory, error) ||
      !s2s_loader_get_matrix (loader, SCOPE ".query", "weight", self->n_keys, self->n_hidden,
                              &weight, error))
    return FALSE;
  s2s_linear_init (&self->query, loader, &weight, NULL);

  self->v = s2s_loader_get_vector (loader, SCOPE, "v", self->n_keys, error);
  loader->n_bytes += self->n_keys * sizeof (float);
  return self->v != NULL;
}

static void
score_additive (const S2sAttention *self, const S2sKernels *kernels, guint n, const float *query,
                const float *keys, float *e)
{
  for (guint j = 0; j < n; j++)
    e[j] = kernels->additive_score (self->n_keys, query, keys + (gsize)j * self->n_keys, self->v);
}

static const S2sAttentionType types[] = {
    [S2S_ATTENTION_DOT] = {load_dot, score_dot},
    [S2S_ATTENTION_GENERAL] = {load_general, score_dot},
    [S2S_ATTENTION_ADDITIVE] = {load_additive, score_additive},
};

gboolean
s2s_attention_load (S2sAttention *self, S2sLoader *loader, S2sAttentionKind kind, guint n_hidden,
                    guint n_attention, GError **error)
{
  self->kind = kind;
  self->n_memory = n_hidden;
  self->n_hidden = n_hidden;
  self->n_keys = kind == S2S_ATTENTION_ADDITIVE ? n_attention : n_hidden;
  return types[kind].load (self, loader, error);
}

gboolean
s2s_attention_load_additive (S2sAttention *self, S2sLoader *loader, guint n_memory, guint n_hidden,
                             guint n_attention, gboolean is_normed, double epsilon, GError **error)
{
  self->kind = S2S_ATTENTION_ADDITIVE;
  self->n_memory = n_memory;
  self->n_hidden = n_hidden;
  self->n_keys = n_attention;
  if (is_normed && (!s2s_layer_norm_load (&self->key_norm, loader, SCOPE ".key_norm", n_attention,
                                          epsilon, error) ||
                    !s2s_layer_norm_load (&self->query_norm, loader, SCOPE ".query_norm",
                                          n_attention, epsilon, error)))
    return FALSE;
  return load_additive (self, loader, error);
}

void
s2s_attention_clear (S2sAttention *self)
{
  s2s_layer_norm_clear (&self->key_norm);
  s2s_layer_norm_clear (&self->query_norm);
  s2s_linear_clear (&self->key);
  s2s_linear_clear (&self->query);
  g_clear_pointer (&self->v, g_aligned_free);
}

void
s2s_attention_state_init (S2sAttentionState *self, const S2sAttention *attention,
                          const S2sMemory *memory, guint max_sentences, guint max_rows)
{
  gsize max_positions = (gsize)max_sentences * memory->max_source;

  memset (self, 0, sizeof *self);
  self->memory = memory;
  self->weights = s2s_floats_new ((gsize)max_rows * memory->max_source);
  if (s2s_linear_is_bound (&attention->key))
    self->keys = s2s_floats_new (max_positions * attention->n_keys);
  if (s2s_linear_is_bound (&attention->query))
    self->query = s2s_floats_new ((gsize)max_rows * attention->n_keys);
}

void
s2s_attention_state_clear (S2sAttentionState *self)
{
  g_clear_pointer (&self->keys, g_aligned_free);
  g_clear_pointer (&self->query, g_aligned_free);
  g_clear_pointer (&self->weights, g_aligned_free);
}

/* [length][n_keys] */
static float *
get_keys (const S2sAttention *self, const S2sAttentionState *state, guint slot)
{
  if (state->keys == NULL)
    return s2s_memory_get (state->memory, slot);
  return state->keys + (gsize)slot * state->memory->max_source * self->n_keys;
}

void
s2s_attention_forward (const S2sAttention *self, S2sCompute *compute, S2sAttentionState *state,
                       guint slot)
{
  guint n = state->memory->lengths[slot];
  float *keys = get_keys (self, state, slot);

  if (state->keys == NULL)
    return;
  s2s_linear_forward (&self->key, compute, n, s2s_memory_get (state->memory, slot), self->n_memory,
                      keys, self->n_keys);
  if (s2s_layer_norm_is_bound (&self->key_norm))
    s2s_layer_norm_forward (&self->key_norm, compute, n, keys, keys);
}

/* One row: α from its query, then the sum over its sentence. */
static void
attend (const S2sAttention *self, const S2sKernels *kernels, const S2sAttentionState *state,
        guint slot, const float *query, float *weights, float *context)
{
  guint n = state->memory->lengths[slot];
  const float *memory = s2s_memory_get (state->memory, slot);

  types[self->kind].score (self, kernels, n, query, get_keys (self, state, slot), weights);
  kernels->softmax (n, weights, weights);

  memset (context, 0, self->n_memory * sizeof (float));
  for (guint j = 0; j < n; j++)
    kernels->axpy (self->n_memory, weights[j], memory + (gsize)j * self->n_memory, context);
}

void
s2s_attention_step (const S2sAttention *self, S2sCompute *compute, S2sAttentionState *state,
                    guint n_rows, const guint *slots, const float *h, gsize h_stride,
                    float *context, gsize context_stride)
{
  const float *query = h;
  gsize query_stride = h_stride;

  if (state->query != NULL) {
    query = state->query;
    query_stride = self->n_keys;
    s2s_linear_forward (&self->query, compute, n_rows, h, h_stride, state->query, query_stride);
    if (s2s_layer_norm_is_bound (&self->query_norm))
      s2s_layer_norm_forward (&self->query_norm, compute, n_rows, state->query, state->query);
  }

  for (gsize i = 0; i < n_rows; i++)
    attend (self, compute->kernels, state, slots[i], query + i * query_stride,
            state->weights + i * state->memory->max_source, context + i * context_stride);
}

const float *
s2s_attention_get_weights (const S2sAttentionState *state, guint row)
{
  return state->weights + (gsize)row * state->memory->max_source;
}
