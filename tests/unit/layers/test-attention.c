/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-attention.h"

#include "s2s-naive.h"

#define MAX_NMSE 1e-11 /* of f32 sums and the kernels' tanh and exp; docs/numerics.md */
#define H 11
#define M 13 /* of the memory of normed attention; of the others H */
#define A 7
#define EPSILON 1e-3
#define H_STRIDE (H + 1)
#define CONTEXT_STRIDE (2 * M)

static const guint lengths[] = {4, 1, 6};
static const guint slots[] = {2, 0, 2, 1, 2}; /* of each row */
#define N_SLOTS G_N_ELEMENTS (lengths)
#define MAX_SOURCE 6
#define N_ROWS G_N_ELEMENTS (slots)

typedef struct {
  S2sAttentionKind kind;
  gboolean is_normed;
  guint n_memory;
  S2sTestWeights *source;
  S2sAttention attention;
  S2sAttentionState state;
  S2sMemory memory;
  S2sCompute compute;
  float *h; /* [N_ROWS][H_STRIDE] */
  float context[N_ROWS * CONTEXT_STRIDE];
} Fixture;

/* kind, or NORMED */
#define NORMED (S2S_ATTENTION_ADDITIVE + 1)

static void
add_norms (S2sTestWeights *source)
{
  s2s_test_weights_add (source, "attention.key_norm.weight", 1, 1, A);
  s2s_test_weights_add (source, "attention.key_norm.bias", 1, 1, A);
  s2s_test_weights_add (source, "attention.query_norm.weight", 1, 1, A);
  s2s_test_weights_add (source, "attention.query_norm.bias", 1, 1, A);
}

static void
setup (Fixture *self, guint kind)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  g_autoptr (GError) error = NULL;

  *self = (Fixture){.is_normed = kind == NORMED, .n_memory = kind == NORMED ? M : H};
  self->kind = kind = MIN (kind, S2S_ATTENTION_ADDITIVE);
  self->source = s2s_test_weights_new (kind);
  if (kind == S2S_ATTENTION_GENERAL)
    s2s_test_weights_add (self->source, "attention.query.weight", 1, 2, H, H);
  if (kind == S2S_ATTENTION_ADDITIVE) {
    s2s_test_weights_add (self->source, "attention.query.weight", 1, 2, A, H);
    s2s_test_weights_add (self->source, "attention.key.weight", 1, 2, A, self->n_memory);
    s2s_test_weights_add (self->source, "attention.key.bias", 1, 1, A);
    s2s_test_weights_add (self->source, "attention.v", 1, 1, A);
  }
  if (self->is_normed)
    add_norms (self->source);
  g_autoptr (S2sWeights) weights = s2s_test_weights_load (self->source);
  S2sLoader loader = {.weights = weights};
  if (self->is_normed)
    s2s_attention_load_additive (&self->attention, &loader, M, H, A, TRUE, EPSILON, &error);
  else
    s2s_attention_load (&self->attention, &loader, kind, H, A, &error);
  g_assert_no_error (error);
  s2s_weights_check_all_used (weights, &error);
  g_assert_no_error (error);

  s2s_compute_init (&self->compute, M);
  s2s_memory_init (&self->memory, self->n_memory, N_SLOTS, MAX_SOURCE);
  s2s_attention_state_init (&self->state, &self->attention, &self->memory, N_SLOTS, N_ROWS);
  for (guint slot = 0; slot < N_SLOTS; slot++) {
    gsize n = (gsize)MAX_SOURCE * self->n_memory;
    g_autofree float *values = s2s_test_floats_new (rand, n);

    self->memory.lengths[slot] = lengths[slot];
    memcpy (s2s_memory_get (&self->memory, slot), values, n * sizeof (float));
  }
  self->h = s2s_test_floats_new (rand, N_ROWS * H_STRIDE);
}

static void
teardown (Fixture *self)
{
  s2s_attention_state_clear (&self->state);
  s2s_memory_clear (&self->memory);
  s2s_compute_clear (&self->compute);
  s2s_attention_clear (&self->attention);
  s2s_test_weights_free (self->source);
  g_free (self->h);
}

static void
run (Fixture *self)
{
  for (guint slot = 0; slot < N_SLOTS; slot++)
    s2s_attention_forward (&self->attention, &self->compute, &self->state, slot);
  s2s_attention_step (&self->attention, &self->compute, &self->state, N_ROWS, slots, self->h,
                      H_STRIDE, self->context, CONTEXT_STRIDE);
}

static double
naive_dot (guint n, const double *x, const double *y)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    sum += x[i] * y[i];
  return sum;
}

/* In place */
static void
naive_norm (Fixture *self, const char *name, double *x)
{
  g_autofree char *weight = g_strconcat ("attention.", name, ".weight", NULL);
  g_autofree char *bias = g_strconcat ("attention.", name, ".bias", NULL);
  double mean = 0, variance = 0;

  for (guint i = 0; i < A; i++)
    mean += x[i] / A;
  for (guint i = 0; i < A; i++)
    variance += (x[i] - mean) * (x[i] - mean) / A;
  for (guint i = 0; i < A; i++)
    x[i] =
        (x[i] - mean) / sqrt (variance + EPSILON) * s2s_test_weights_get (self->source, weight)[i] +
        s2s_test_weights_get (self->source, bias)[i];
}

static double
naive_score (Fixture *self, const double *h, const double *memory)
{
  double query[MAX (H, A)], key[A], v[A];

  if (self->kind == S2S_ATTENTION_DOT)
    return naive_dot (H, memory, h);
  naive_linear (self->kind == S2S_ATTENTION_GENERAL ? H : A, H, h,
                s2s_test_weights_get (self->source, "attention.query.weight"), NULL, query);
  if (self->kind == S2S_ATTENTION_GENERAL)
    return naive_dot (H, memory, query);

  naive_linear (A, self->n_memory, memory,
                s2s_test_weights_get (self->source, "attention.key.weight"),
                s2s_test_weights_get (self->source, "attention.key.bias"), key);
  if (self->is_normed) {
    naive_norm (self, "key_norm", key);
    naive_norm (self, "query_norm", query);
  }
  for (guint i = 0; i < A; i++) {
    key[i] = tanh (query[i] + key[i]);
    v[i] = s2s_test_weights_get (self->source, "attention.v")[i];
  }
  return naive_dot (A, v, key);
}

static void
check_row (Fixture *self, guint row)
{
  guint n = lengths[slots[row]], width = self->n_memory;
  g_autofree double *h = naive_widen (H, self->h + row * H_STRIDE);
  g_autofree double *memory = naive_widen (n * width, s2s_memory_get (&self->memory, slots[row]));
  double weights[6], context[M] = {0}, sum = 0;

  for (guint j = 0; j < n; j++)
    sum += weights[j] = exp (naive_score (self, h, memory + j * width));
  for (guint j = 0; j < n; j++) {
    weights[j] /= sum;
    for (guint i = 0; i < width; i++)
      context[i] += weights[j] * memory[j * width + i];
  }
  g_assert_cmpfloat (s2s_test_nmse (n, s2s_attention_get_weights (&self->state, row), weights), <,
                     MAX_NMSE);
  g_assert_cmpfloat (s2s_test_nmse (width, self->context + row * CONTEXT_STRIDE, context), <,
                     MAX_NMSE);
  for (guint i = width; i < CONTEXT_STRIDE; i++)
    g_assert_cmpfloat (self->context[row * CONTEXT_STRIDE + i], ==, 0);
}

static void
test_formulas (gconstpointer data)
{
  Fixture fixture;

  setup (&fixture, GPOINTER_TO_UINT (data));
  run (&fixture);
  for (guint row = 0; row < N_ROWS; row++)
    check_row (&fixture, row);
  teardown (&fixture);
}

/* The rows of a sentence do not change when the memory of another does. */
static void
test_other_sentence (gconstpointer data)
{
  Fixture fixture;
  float before[N_ROWS * CONTEXT_STRIDE];

  setup (&fixture, GPOINTER_TO_UINT (data));
  run (&fixture);
  memcpy (before, fixture.context, sizeof before);
  for (guint i = 0; i < lengths[0] * fixture.n_memory; i++)
    s2s_memory_get (&fixture.memory, 0)[i] += 100;
  run (&fixture);
  for (guint row = 0; row < N_ROWS; row++) {
    gboolean equal = memcmp (before + row * CONTEXT_STRIDE, fixture.context + row * CONTEXT_STRIDE,
                             H * sizeof (float)) == 0;

    g_assert_true (equal == (slots[row] != 0));
  }
  teardown (&fixture);
}

/* The matrix of general attention is packed transposed, and int8 for that as the floats it is
 * worth. */
static void
test_general_int8 (void)
{
  g_autoptr (S2sTestWeights) source = s2s_test_weights_new (1);
  g_autoptr (GError) error = NULL;
  S2sAttention attention = {0};
  S2sTensor stored;
  float row[H], value;

  s2s_test_weights_add (source, "attention.query.weight", 1, 2, H, H);
  g_autoptr (GBytes) bytes = s2s_test_weights_to_bytes (source, "I8");
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  S2sLoader loader = {.weights = weights};
  s2s_attention_load (&attention, &loader, S2S_ATTENTION_GENERAL, H, 0, &error);
  g_assert_no_error (error);
  g_assert_true (s2s_weights_get (weights, "attention.query.weight", &stored, &error, 2, H, H));

  for (guint o = 0; o < H; o++) {
    s2s_panels_get_row (&attention.key.weight, o, row);
    for (guint i = 0; i < H; i++) {
      s2s_tensor_to_f32 (&stored, i * H + o, 1, &value);
      g_assert_true (row[i] == value);
    }
  }
  s2s_attention_clear (&attention);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = {"none", "dot", "general", "additive", "normed"};

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layers/attention/general-int8", test_general_int8);
  for (guint kind = S2S_ATTENTION_DOT; kind <= NORMED; kind++) {
    g_autofree char *formulas = g_strconcat ("/layers/attention/formulas/", names[kind], NULL);
    g_autofree char *other = g_strconcat ("/layers/attention/other-sentence/", names[kind], NULL);

    g_test_add_data_func (formulas, GUINT_TO_POINTER (kind), test_formulas);
    g_test_add_data_func (other, GUINT_TO_POINTER (kind), test_other_sentence);
  }
  return g_test_run ();
}
