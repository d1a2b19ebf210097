/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "architectures/s2s-arch.h"
#include "base/s2s-error.h"

#include "s2s-test-weights.h"

#include <string.h>

/* What holds of every network, whatever its numbers. */

/* A batch may round otherwise than its sentences one by one, where the kernels of few and of many
 * rows do; docs/numerics.md. */
#define TOLERANCE 1e-5f

#define VOCABULARY 29
#define MAX_SENTENCES 9
#define MAX_ROWS 40
#define MAX_SOURCE 12
#define MAX_TARGET 8
#define MAX_SHORTLIST 20
#define N_ALWAYS 2

typedef struct {
  const S2sArch *arch;
  gpointer net;
  gpointer state;
} Network;

static inline void
setup_dtype (Network *self, const S2sHparams *hparams, const char *dtype)
{
  g_autoptr (S2sTestWeights) source = s2s_test_weights_new (1);
  g_autoptr (GError) error = NULL;
  S2sArchLimits limits = {MAX_SENTENCES, MAX_ROWS, MAX_SOURCE, MAX_TARGET, MAX_SHORTLIST, N_ALWAYS};

  s2s_test_weights_add_network (source, hparams, 0.6);
  g_autoptr (GBytes) bytes = s2s_test_weights_to_bytes (source, dtype);
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  self->arch = s2s_arch_get (hparams->architecture);
  self->net = self->arch->load (hparams, weights, &error);
  g_assert_no_error (error);
  s2s_weights_check_all_used (weights, &error);
  g_assert_no_error (error);
  self->state = self->arch->reserve (self->net, &limits);
}

static inline void
setup (Network *self, const S2sHparams *hparams)
{
  setup_dtype (self, hparams, "F32");
}

static inline void
teardown (Network *self)
{
  self->arch->state_free (self->state);
  self->arch->free (self->net);
}

static const guint slots[MAX_SENTENCES] = {0, 1, 2, 3, 4, 5, 6, 7, 8};

static inline void
encode (Network *self, guint n, const gint32 *ids, const guint *lengths)
{
  self->arch->reset (self->state);
  g_assert_true (self->arch->encode (self->state, n, slots, ids, lengths, NULL, NULL));
}

/* logits [n][VOCABULARY] */
static inline void
step (Network *self, const gint32 *previous, float *logits)
{
  self->arch->step (self->state, previous, logits, VOCABULARY);
}

static inline void
assert_near (guint n, const float *got, const float *expected)
{
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (got[i], expected[i], TOLERANCE);
}

static inline void
assert_same (guint n, const float *got, const float *expected)
{
  g_assert_cmpmem (got, n * sizeof (float), expected, n * sizeof (float));
}

/* Nine sentences, more than the rows at which the kernel of many rows begins */
static const guint lengths[MAX_SENTENCES] = {5, 1, 12, 3, 3, 7, 12, 2, 4};
static const gint32 ids[] = {4,  9,  7, 8,  3,  3, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                             3,  5,  6, 3,  21, 9, 3,  8,  8,  8,  8,  8,  8,  3,  22, 6,  23,
                             24, 25, 4, 26, 27, 9, 28, 7,  3,  11, 3,  15, 20, 13, 3};
G_STATIC_ASSERT (G_N_ELEMENTS (ids) == 5 + 1 + 12 + 3 + 3 + 7 + 12 + 2 + 4);

typedef void (*Compare) (guint n, const float *got, const float *expected);

/* Sentences alone give what they give in a batch, in memory and in three steps. */
static inline void
check_batch_is_singles (Network *self, Compare compare)
{
  enum { STEPS = 3 };
  float batch[STEPS][MAX_SENTENCES * VOCABULARY], single[VOCABULARY];
  gint32 previous[STEPS][MAX_SENTENCES];

  encode (self, MAX_SENTENCES, ids, lengths);
  for (gint32 t = 0; t < STEPS; t++) {
    for (gint32 i = 0; i < MAX_SENTENCES; i++)
      previous[t][i] = t == 0 ? 2 : (4 + 5 * t + 3 * i) % VOCABULARY;
    step (self, previous[t], batch[t]);
  }

  const gint32 *sentence = ids;
  for (guint i = 0; i < MAX_SENTENCES; sentence += lengths[i++]) {
    encode (self, 1, sentence, &lengths[i]);
    for (guint t = 0; t < STEPS; t++) {
      step (self, &previous[t][i], single);
      compare (VOCABULARY, single, batch[t] + i * VOCABULARY);
    }
  }
}

static inline void
check_memory_is_singles (Network *self, guint n_units, Compare compare)
{
  guint n = 0, at = 0;
  float *memory[MAX_SENTENCES];

  encode (self, MAX_SENTENCES, ids, lengths);
  for (guint i = 0; i < MAX_SENTENCES; i++) {
    const float *rows = self->arch->get_memory (self->state, i, &n);

    g_assert_cmpuint (n, ==, lengths[i]);
    memory[i] = g_memdup2 (rows, n * n_units * sizeof (float));
  }
  for (guint i = 0; i < MAX_SENTENCES; at += lengths[i++]) {
    encode (self, 1, ids + at, &lengths[i]);
    compare (n_units * lengths[i], self->arch->get_memory (self->state, 0, &n), memory[i]);
    g_free (memory[i]);
  }
}

/* The same call twice, with other work in between, gives the same bits. */
static inline void
check_again (Network *self)
{
  static const gint32 bos[MAX_SENTENCES] = {2, 2, 2, 2, 2, 2, 2, 2, 2};
  float first[MAX_SENTENCES * VOCABULARY], second[MAX_SENTENCES * VOCABULARY];

  encode (self, MAX_SENTENCES, ids, lengths);
  step (self, bos, first);
  encode (self, 2, ids, lengths);
  step (self, bos, second);
  encode (self, MAX_SENTENCES, ids, lengths);
  step (self, bos, second);
  assert_same (MAX_SENTENCES * VOCABULARY, second, first);
}

/* A row that has moved goes on as if it had stayed. parents are of 3 sentences after a step. */
static inline void
check_reorder (Network *self, guint n_rows, const guint *parents)
{
  static const gint32 previous[] = {2, 2, 2, 7, 9, 11};
  float kept[3 * VOCABULARY], moved[MAX_ROWS * VOCABULARY];
  gint32 tokens[MAX_ROWS];
  guint n_kept = 0, n_moved = 0;

  encode (self, 3, ids, lengths);
  step (self, previous, kept);
  step (self, previous + 3, kept);

  encode (self, 3, ids, lengths);
  step (self, previous, moved);
  self->arch->reorder (self->state, n_rows, parents);
  for (guint i = 0; i < n_rows; i++)
    tokens[i] = previous[3 + parents[i]];
  step (self, tokens, moved);
  for (guint i = 0; i < n_rows; i++) {
    assert_near (VOCABULARY, moved + i * VOCABULARY, kept + parents[i] * VOCABULARY);
    if (self->arch->get_attention (self->state, i, &n_moved) != NULL) {
      n_kept = lengths[parents[i]];
      g_assert_cmpuint (n_moved, ==, n_kept);
    }
  }
}

static inline void
check_reorders (Network *self)
{
  guint many[MAX_ROWS];

  for (guint i = 0; i < MAX_ROWS; i++)
    many[i] = i * 7 % 3;
  check_reorder (self, 3, (const guint[]){0, 1, 2}); /* nothing moves */
  check_reorder (self, 3, (const guint[]){2, 0, 1}); /* a cycle */
  check_reorder (self, 2, (const guint[]){0, 2});    /* one is dropped */
  check_reorder (self, 1, (const guint[]){1});
  check_reorder (self, 5, (const guint[]){1, 1, 0, 1, 2}); /* one is doubled */
  check_reorder (self, MAX_ROWS, many);
}

/* Twice in a row: the sentence of a row follows it. */
static inline void
check_reorder_twice (Network *self)
{
  static const gint32 bos[] = {2, 2, 2, 2};
  float kept[3 * VOCABULARY], moved[3 * VOCABULARY];
  guint n = 0;

  encode (self, 3, ids, lengths);
  step (self, bos, kept);
  encode (self, 3, ids, lengths);
  self->arch->reorder (self->state, 4, (const guint[]){2, 2, 1, 0});
  self->arch->reorder (self->state, 3, (const guint[]){3, 0, 2});
  step (self, bos, moved);
  assert_near (VOCABULARY, moved, kept);
  assert_near (VOCABULARY, moved + VOCABULARY, kept + 2 * VOCABULARY);
  assert_near (VOCABULARY, moved + 2 * VOCABULARY, kept + VOCABULARY);
  if (self->arch->get_attention (self->state, 1, &n) != NULL)
    g_assert_cmpuint (n, ==, lengths[2]);
}

/* The logits of a restricted sentence are those of its tokens, with the bits that they have
 * otherwise, in any company, until its slot is used again. */
static inline void
check_restricted (Network *self)
{
  static const gint32 bos[MAX_SENTENCES] = {2, 2, 2, 2, 2, 2, 2, 2, 2};
  static const gint32 first[] = {0,  1,  5,  7,  11, 12, 13, 14, 15,
                                 16, 17, 18, 19, 20, 21, 22, 26, 28};
  static const gint32 second[] = {0, 1, 28};
  float all[MAX_SENTENCES * VOCABULARY], some[MAX_SENTENCES * VOCABULARY];

  encode (self, 4, ids, lengths);
  step (self, bos, all);
  encode (self, 4, ids, lengths);
  self->arch->restrict_logits (self->state, 1, first, G_N_ELEMENTS (first));
  self->arch->restrict_logits (self->state, 2, first, N_ALWAYS);
  self->arch->restrict_logits (self->state, 3, second, G_N_ELEMENTS (second));
  step (self, bos, some);
  assert_same (VOCABULARY, some, all);
  assert_same (N_ALWAYS, some + 2 * VOCABULARY, all + 2 * VOCABULARY);
  for (guint i = 0; i < G_N_ELEMENTS (first); i++)
    assert_same (1, some + VOCABULARY + i, all + VOCABULARY + first[i]);
  for (guint i = 0; i < G_N_ELEMENTS (second); i++)
    assert_same (1, some + 3 * VOCABULARY + i, all + 3 * VOCABULARY + second[i]);

  encode (self, 4, ids, lengths);
  step (self, bos, some);
  assert_same (4 * VOCABULARY, some, all);
}

typedef struct {
  guint n_calls;
  guint stop_at;
} Control;

static S2sControl
control (gpointer user_data)
{
  Control *self = user_data;

  return ++self->n_calls == self->stop_at ? S2S_CONTROL_STOP : S2S_CONTROL_CONTINUE;
}

/* STOP at any call ends encode there, and the next encode is none the worse. */
static inline void
check_cancel (Network *self, guint n_steps)
{
  static const gint32 bos[] = {2, 2, 2};
  float before[3 * VOCABULARY], after[3 * VOCABULARY];
  Control counting = {0};

  encode (self, 3, ids, lengths);
  step (self, bos, before);
  self->arch->reset (self->state);
  g_assert_true (self->arch->encode (self->state, 3, slots, ids, lengths, control, &counting));
  g_assert_cmpuint (counting.n_calls, ==, n_steps);

  for (guint stop_at = 1; stop_at <= n_steps; stop_at++) {
    Control stopping = {.stop_at = stop_at};

    self->arch->reset (self->state);
    g_assert_false (self->arch->encode (self->state, 3, slots, ids, lengths, control, &stopping));
    g_assert_cmpuint (stopping.n_calls, ==, stop_at);
  }
  encode (self, 3, ids, lengths);
  step (self, bos, after);
  assert_same (3 * VOCABULARY, after, before);
}

/* Sentences that join while others are under way, which then move, give what they give alone: all
 * sums of a row are its own. */
static inline void
check_join (Network *self, Compare compare)
{
  enum { STEPS = 4 };
  static const guint starts[] = {0, 5, 6}, late[] = {7};
  float alone[3][STEPS][VOCABULARY], together[3 * VOCABULARY];

  for (guint i = 0; i < 3; i++) {
    encode (self, 1, ids + starts[i], &lengths[i]);
    for (gint32 t = 0; t < STEPS; t++)
      step (self, &(gint32){t == 0 ? 2 : 3 * t + (gint32)i}, alone[i][t]);
  }

  encode (self, 2, ids, lengths);
  step (self, (const gint32[]){2, 2}, together);
  step (self, (const gint32[]){3, 4}, together);
  g_assert_true (
      self->arch->encode (self->state, 1, late, ids + starts[2], &lengths[2], NULL, NULL));
  step (self, (const gint32[]){6, 7, 2}, together);
  compare (VOCABULARY, together, alone[0][2]);
  compare (VOCABULARY, together + VOCABULARY, alone[1][2]);
  compare (VOCABULARY, together + 2 * VOCABULARY, alone[2][0]);
  self->arch->reorder (self->state, 3, (const guint[]){2, 0, 1});
  step (self, (const gint32[]){5, 9, 10}, together);
  compare (VOCABULARY, together, alone[2][1]);
  compare (VOCABULARY, together + VOCABULARY, alone[0][3]);
  compare (VOCABULARY, together + 2 * VOCABULARY, alone[1][3]);
}

/* Hypotheses that part after a common beginning each go on from their own past: rows 0 and 1
 * double, take different tokens, and the later of them outlives the earlier. */
static inline void
check_parting (Network *self)
{
  float kept[VOCABULARY], parted[3 * VOCABULARY];

  encode (self, 1, ids, lengths);
  for (guint t = 0; t < 5; t++)
    step (self, &(const gint32[]){2, 7, 9, 11, 5}[t], kept);

  encode (self, 1, ids, lengths);
  step (self, (const gint32[]){2}, parted);
  self->arch->reorder (self->state, 3, (const guint[]){0, 0, 0});
  step (self, (const gint32[]){8, 7, 12}, parted);
  self->arch->reorder (self->state, 3, (const guint[]){1, 0, 1});
  step (self, (const gint32[]){13, 4, 9}, parted);
  self->arch->reorder (self->state, 2, (const guint[]){2, 0});
  step (self, (const gint32[]){11, 6}, parted);
  step (self, (const gint32[]){5, 6}, parted);
  assert_near (VOCABULARY, parted, kept);
}

/* All of it. n_units: of the memory; n_controls: how often encode asks the control, of the first
 * three sentences */
static inline void
check_network (const S2sHparams *hparams, guint n_units, guint n_controls)
{
  Compare compare = s2s_kernels_get (NULL)->required == 0 ? assert_near : assert_same;
  Network network;

  setup (&network, hparams);
  check_memory_is_singles (&network, n_units, compare);
  check_batch_is_singles (&network, compare);
  check_join (&network, compare);
  check_again (&network);
  check_reorders (&network);
  check_reorder_twice (&network);
  check_parting (&network);
  check_restricted (&network);
  check_cancel (&network, n_controls);
  teardown (&network);
}

/* Integers do not round, so with int8 a batch is its sentences in every bit. */
static inline void
check_int8 (const S2sHparams *hparams, guint n_units)
{
  Network network;

  setup_dtype (&network, hparams, "I8");
  check_memory_is_singles (&network, n_units, assert_same);
  check_batch_is_singles (&network, assert_same);
  check_join (&network, assert_same);
  check_again (&network);
  check_reorders (&network);
  check_reorder_twice (&network);
  check_parting (&network);
  check_restricted (&network);
  teardown (&network);
}

/* The network does not load when the tensor whose name ends at name_end has another name, and says
 * which one it misses. */
static inline void
check_missing (const S2sHparams *hparams, guint8 *file, gsize n_bytes, char *name_end)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (S2sWeights) weights = NULL;
  g_autoptr (GError) error = NULL;
  const char *begin = name_end;

  while (begin[-1] != '"')
    begin--;
  g_autofree char *name = g_strndup (begin, name_end - begin);

  name_end[-1]++;
  bytes = g_bytes_new (file, n_bytes);
  name_end[-1]--;
  weights = s2s_weights_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  g_assert_null (s2s_arch_get (hparams->architecture)->load (hparams, weights, &error));
  g_assert_error (error, S2S_ERROR, S2S_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, name));
}

/* Whichever tensor is missing, load says so and gives back what it had claimed until then. Returns
 * how many there are. */
static inline guint
check_all_missing (const S2sHparams *hparams)
{
  g_autoptr (S2sTestWeights) source = s2s_test_weights_new (1);
  guint n_missing = 0;
  gsize n = 0;

  s2s_test_weights_add_network (source, hparams, 1);
  g_autoptr (GBytes) bytes = s2s_test_weights_to_bytes (source, "F32");
  const guint8 *data = g_bytes_get_data (bytes, &n);
  g_autofree guint8 *file = g_memdup2 (data, n);

  char *at = (char *)file + 8;
  while ((at = g_strstr_len (at, (char *)file + n - at, "\":{\"dtype\"")) != NULL) {
    check_missing (hparams, file, n, at++);
    n_missing++;
  }
  return n_missing;
}
