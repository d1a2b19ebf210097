/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-constraints.h"

#include <math.h>
#include <string.h>

static void
ban (S2sConstraints *self, gint32 id)
{
  if (id >= 0 && (guint)id < self->n_tokens)
    self->banned[id] = TRUE;
}

static void
list_byte_tokens (S2sConstraints *self)
{
  self->byte_tokens = g_new (gint32, self->n_tokens);
  for (guint id = 0; id < self->n_tokens; id++)
    if (self->bytes[id] >= 0 && !self->banned[id])
      self->byte_tokens[self->n_byte_tokens++] = (gint32)id;
}

static void
list_closed (S2sConstraints *self)
{
  self->closed = g_new (gint32, self->n_tokens);
  for (guint id = 0; id < self->n_tokens; id++)
    if (self->banned[id] ||
        s2s_constraints_advance (self, S2S_UTF8_BETWEEN, (gint32)id) == S2S_UTF8_INVALID)
      self->closed[self->n_closed++] = (gint32)id;
}

void
s2s_constraints_init (S2sConstraints *self, const S2sTargetVocabulary *vocabulary,
                      const gint32 *banned, gsize n_banned)
{
  const S2sSpecialTokens *special = &vocabulary->special;

  memset (self, 0, sizeof *self);
  self->n_tokens = vocabulary->n_tokens;
  self->banned = g_new0 (gboolean, self->n_tokens);
  ban (self, special->pad);
  ban (self, special->unk);
  ban (self, special->bos);
  if (special->eos >= 0)
    self->banned[special->eos] = FALSE;
  for (gsize i = 0; i < n_banned; i++)
    ban (self, banned[i]);

  if (vocabulary->bytes != NULL) {
    self->bytes = g_memdup2 (vocabulary->bytes, self->n_tokens * sizeof *self->bytes);
    list_byte_tokens (self);
  }
  list_closed (self);
}

void
s2s_constraints_clear (S2sConstraints *self)
{
  g_clear_pointer (&self->banned, g_free);
  g_clear_pointer (&self->bytes, g_free);
  g_clear_pointer (&self->byte_tokens, g_free);
  g_clear_pointer (&self->closed, g_free);
}

S2sUtf8State
s2s_constraints_advance (const S2sConstraints *self, S2sUtf8State state, gint32 token)
{
  gint byte = self->bytes == NULL ? -1 : self->bytes[token];

  if (byte < 0)
    return state == S2S_UTF8_BETWEEN ? S2S_UTF8_BETWEEN : S2S_UTF8_INVALID;
  return s2s_utf8_advance (state, (guint8)byte);
}

/* Inside a character only the bytes that go on with it stay. */
static void
keep_continuations (const S2sConstraints *self, S2sUtf8State state, float *logits)
{
  gint32 next = 0;

  for (guint i = 0; i < self->n_byte_tokens; i++) {
    gint32 id = self->byte_tokens[i];

    if (s2s_constraints_advance (self, state, id) == S2S_UTF8_INVALID)
      continue;
    while (next < id)
      logits[next++] = -INFINITY;
    next = id + 1;
  }
  while ((guint)next < self->n_tokens)
    logits[next++] = -INFINITY;
}

void
s2s_constraints_apply (const S2sConstraints *self, S2sUtf8State state, float *logits)
{
  if (state != S2S_UTF8_BETWEEN) {
    keep_continuations (self, state, logits);
    return;
  }
  for (guint i = 0; i < self->n_closed; i++)
    logits[self->closed[i]] = -INFINITY;
}

void
s2s_constraints_block_repeats (const gint32 *history, guint n_history, guint n, float *logits)
{
  if (n_history < n)
    return;

  const gint32 *tail = history + n_history - (n - 1);
  for (const gint32 *at = history; at + n - 1 < history + n_history; at++)
    if (memcmp (at, tail, (n - 1) * sizeof *tail) == 0)
      logits[at[n - 1]] = -INFINITY;
}
