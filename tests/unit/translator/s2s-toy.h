/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "translator/s2s-search.h"

#include <math.h>
#include <string.h>

/* An architecture without arithmetic: the logits are numbers drawn from a hash of the source and of
 * the tokens so far, so that a test can compute them for any prefix without a search. */

#define TOY_MAX_TOKENS 64

enum { TOY_PAD, TOY_UNK, TOY_BOS, TOY_EOS, TOY_A, TOY_B, TOY_C };

/* The steps are those since the last encode. */
typedef struct {
  guint n_encodes;
  guint n_steps;
  guint n_row_steps; /* Σ rows of the steps */
} ToyCounts;

typedef struct {
  guint seed;
  guint n_logits;
  float scale;    /* 0: all logits are the same */
  float eos_bias; /* added to the logit of EOS */
  ToyCounts *counts;
} ToyNet;

typedef struct {
  guint slot;
  guint32 source; /* hash of the source */
  guint n_source;
  guint n;
  gint32 tokens[TOY_MAX_TOKENS];
} ToyRow;

typedef struct {
  const ToyNet *net;
  S2sArchLimits limits;
  guint n_rows;
  ToyRow *rows;
  ToyRow *spare;
  float *attention;
  guint *n_listed; /* by slot: what logits are restricted to, 0 for nothing */
  gint32 *listed;
} ToyState;

static guint32
toy_hash (guint32 hash, guint32 value)
{
  hash = (hash ^ value) * 0x9e3779b1u;
  return hash ^ hash >> 15;
}

static guint32
toy_hash_ids (guint32 hash, const gint32 *ids, guint n)
{
  for (guint i = 0; i < n; i++)
    hash = toy_hash (hash, (guint32)ids[i] + 1);
  return hash;
}

static float
toy_get_logit (const ToyNet *net, guint32 source, const gint32 *tokens, guint n, gint32 token)
{
  guint32 hash = toy_hash (toy_hash_ids (source, tokens, n), (guint32)token + 1000);

  return net->scale * ((float)(hash >> 8) / (float)(1 << 24) - 0.5f) +
         (token == TOY_EOS ? net->eos_bias : 0);
}

/* The source position that the tokens so far look at. */
static guint
toy_get_focus (guint32 source, guint n_source, const gint32 *tokens, guint n)
{
  return toy_hash_ids (source, tokens, n) % n_source;
}

static guint64
toy_get_state_size (gconstpointer net, const S2sArchLimits *limits)
{
  return limits->max_rows * sizeof (ToyRow);
}

/* A row is said to need so much that no more of them are allowed. */
#define TOY_MAX_HUGE_ROWS 12

static guint64
toy_get_huge_state_size (gconstpointer net, const S2sArchLimits *limits)
{
  return limits->max_rows * ((G_GUINT64_CONSTANT (2) << 30) / (TOY_MAX_HUGE_ROWS + 1) + 1000000);
}

static gpointer
toy_reserve (gconstpointer net, const S2sArchLimits *limits)
{
  ToyState *self = g_new0 (ToyState, 1);

  self->net = net;
  self->limits = *limits;
  self->rows = g_new0 (ToyRow, limits->max_rows);
  self->spare = g_new0 (ToyRow, limits->max_rows);
  self->attention = g_new0 (float, (gsize)limits->max_rows * limits->max_source);
  self->n_listed = g_new0 (guint, limits->max_sentences);
  self->listed = g_new0 (gint32, (gsize)limits->max_sentences * limits->max_shortlist);
  return self;
}

static void
toy_state_free (gpointer state)
{
  ToyState *self = state;

  g_free (self->rows);
  g_free (self->spare);
  g_free (self->attention);
  g_free (self->n_listed);
  g_free (self->listed);
  g_free (self);
}

static void
toy_reset (gpointer state)
{
  ToyState *self = state;

  self->n_rows = 0;
}

static gboolean
toy_is_free (const ToyState *self, guint slot)
{
  for (guint i = 0; i < self->n_rows; i++)
    if (self->rows[i].slot == slot)
      return FALSE;
  return slot < self->limits.max_sentences;
}

static gboolean
toy_encode (gpointer state, guint n_sentences, const guint *slots, const gint32 *ids,
            const guint *lengths, S2sControlFunc control, gpointer user_data)
{
  ToyState *self = state;
  guint first = self->n_rows;

  g_assert_cmpuint (first + n_sentences, <=, self->limits.max_rows);
  *self->net->counts = (ToyCounts){self->net->counts->n_encodes + 1, 0, 0};
  if (control != NULL && control (user_data) == S2S_CONTROL_STOP)
    return FALSE;
  for (guint i = 0; i < n_sentences; ids += lengths[i++]) {
    ToyRow *row = &self->rows[first + i];

    g_assert_cmpuint (lengths[i], <=, self->limits.max_source);
    g_assert_true (toy_is_free (self, slots[i]));
    *row = (ToyRow){.slot = slots[i],
                    .source = toy_hash_ids (self->net->seed, ids, lengths[i]),
                    .n_source = lengths[i]};
    self->n_listed[slots[i]] = 0;
    self->n_rows++;
  }
  return TRUE;
}

static void
toy_restrict_logits (gpointer state, guint slot, const gint32 *tokens, guint n)
{
  ToyState *self = state;

  g_assert_cmpuint (n, <=, self->limits.max_shortlist);
  self->n_listed[slot] = n;
  memcpy (self->listed + slot * self->limits.max_shortlist, tokens, n * sizeof *tokens);
}

static void
toy_step (gpointer state, const gint32 *previous, float *logits, gsize logits_stride)
{
  ToyState *self = state;

  self->net->counts->n_steps++;
  self->net->counts->n_row_steps += self->n_rows;
  for (guint i = 0; i < self->n_rows; i++) {
    ToyRow *row = &self->rows[i];

    g_assert_true (row->n > 0 || previous[i] == TOY_BOS);
    g_assert_cmpuint (row->n, <, TOY_MAX_TOKENS);
    row->tokens[row->n++] = previous[i];
    guint n_listed = self->n_listed[row->slot];
    const gint32 *listed = self->listed + row->slot * self->limits.max_shortlist;
    for (guint j = 0; j < (n_listed > 0 ? n_listed : self->net->n_logits); j++)
      logits[i * logits_stride + j] =
          toy_get_logit (self->net, row->source, row->tokens + 1, row->n - 1,
                         n_listed > 0 ? listed[j] : (gint32)j);
  }
}

static void
toy_reorder (gpointer state, guint n_rows, const guint *parents)
{
  ToyState *self = state;
  ToyRow *rows = self->spare;

  g_assert_cmpuint (n_rows, <=, self->limits.max_rows);
  for (guint i = 0; i < n_rows; i++) {
    g_assert_cmpuint (parents[i], <, self->n_rows);
    rows[i] = self->rows[parents[i]];
  }
  self->spare = self->rows;
  self->rows = rows;
  self->n_rows = n_rows;
}

static const float *
toy_get_attention (gconstpointer state, guint row, guint *ret_n)
{
  const ToyState *self = state;
  const ToyRow *toy_row = &self->rows[row];
  float *attention = self->attention + (gsize)row * self->limits.max_source;

  memset (attention, 0, toy_row->n_source * sizeof (float));
  attention[toy_get_focus (toy_row->source, toy_row->n_source, toy_row->tokens + 1,
                           toy_row->n - 1)] = 1;
  *ret_n = toy_row->n_source;
  return attention;
}

static const S2sArch toy_arch = {
    .name = "toy",
    .get_state_size = toy_get_state_size,
    .reserve = toy_reserve,
    .state_free = toy_state_free,
    .reset = toy_reset,
    .encode = toy_encode,
    .restrict_logits = toy_restrict_logits,
    .step = toy_step,
    .reorder = toy_reorder,
    .get_attention = toy_get_attention,
};

static const S2sArch toy_huge_arch = {
    .name = "toy",
    .get_state_size = toy_get_huge_state_size,
    .reserve = toy_reserve,
    .state_free = toy_state_free,
    .reset = toy_reset,
    .encode = toy_encode,
    .restrict_logits = toy_restrict_logits,
    .step = toy_step,
    .reorder = toy_reorder,
    .get_attention = toy_get_attention,
};
