/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-shortlist.h"

#include "base/s2s-error.h"
#include "weights/s2s-weights.h"

#define WORD_BITS 64

struct _S2sShortlist {
  guint n_source;
  guint n_target;
  guint n_common;
  guint n_bytes;   /* target tokens that stand for a byte */
  guint n_longest; /* tokens of the longest list of a source token */
  guint64 *bytes;  /* a bit for each target token: whether it stands for a byte */
  gint32 *common;  /* [n_common] */
  gint32 *starts;  /* [n_source + 1]: where in tokens the list of each source token begins */
  gint32 *tokens;  /* [starts[n_source]] */
};

static guint
get_n_words (guint n_target)
{
  return (n_target + WORD_BITS - 1) / WORD_BITS;
}

static void
mark (guint64 *marks, const gint32 *ids, guint n)
{
  for (guint i = 0; i < n; i++)
    marks[(guint)ids[i] / WORD_BITS] |= G_GUINT64_CONSTANT (1) << (guint)ids[i] % WORD_BITS;
}

static gboolean
check_ascending (const gint32 *ids, guint first, guint end, GError **error)
{
  for (guint i = first + 1; i < end; i++)
    if (ids[i] <= ids[i - 1]) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                   "element %u is %d, expected more than the %d before it", i, ids[i], ids[i - 1]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_starts (const S2sShortlist *self, guint n_tokens, GError **error)
{
  const gint32 *starts = self->starts;

  if (starts[0] != 0) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "element 0 is %d, expected 0", starts[0]);
    return FALSE;
  }
  for (guint i = 1; i <= self->n_source; i++)
    if (starts[i] < starts[i - 1]) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                   "element %u is %d, expected at least the %d before it", i, starts[i],
                   starts[i - 1]);
      return FALSE;
    }
  if ((guint)starts[self->n_source] != n_tokens) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                 "element %u is %d, expected %u, the length of “tokens”", self->n_source,
                 starts[self->n_source], n_tokens);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_lists (S2sShortlist *self, GError **error)
{
  for (guint i = 0; i < self->n_source; i++) {
    guint first = (guint)self->starts[i], end = (guint)self->starts[i + 1];

    if (!check_ascending (self->tokens, first, end, error))
      return FALSE;
    self->n_longest = MAX (self->n_longest, end - first);
  }
  return TRUE;
}

static gboolean
load (S2sShortlist *self, S2sWeights *weights, GError **error)
{
  gint32 max = (gint32)self->n_target - 1;
  guint n_tokens;

  self->common = s2s_weights_get_ids (weights, "common", 0, max, &self->n_common, error);
  if (self->common == NULL)
    return FALSE;
  self->tokens = s2s_weights_get_ids (weights, "tokens", 0, max, &n_tokens, error);
  if (self->tokens == NULL)
    return FALSE;
  self->starts =
      s2s_weights_get_ids (weights, "starts", self->n_source + 1, G_MAXINT32, NULL, error);
  if (self->starts == NULL || !s2s_weights_check_all_used (weights, error))
    return FALSE;

  if (!check_ascending (self->common, 0, self->n_common, error)) {
    g_prefix_error (error, "tensor “common”: ");
    return FALSE;
  }
  if (!check_starts (self, n_tokens, error)) {
    g_prefix_error (error, "tensor “starts”: ");
    return FALSE;
  }
  if (!check_lists (self, error)) {
    g_prefix_error (error, "tensor “tokens”: ");
    return FALSE;
  }
  return TRUE;
}

static void
find_bytes (S2sShortlist *self, const S2sTokenizer *target)
{
  gint32 n_tokens = (gint32)s2s_tokenizer_get_size (target);

  self->bytes = g_new0 (guint64, get_n_words (self->n_target));
  for (gint32 id = 0; id < n_tokens; id++)
    if (s2s_tokenizer_get_byte (target, id) >= 0) {
      mark (self->bytes, &id, 1);
      self->n_bytes++;
    }
}

S2sShortlist *
s2s_shortlist_new_from_bytes (GBytes *file, guint n_source, guint n_target,
                              const S2sTokenizer *target, GError **error)
{
  g_autoptr (S2sWeights) weights = s2s_weights_new_from_bytes (file, error);
  g_autoptr (S2sShortlist) self = NULL;

  if (weights == NULL)
    return NULL;
  self = g_new0 (S2sShortlist, 1);
  self->n_source = n_source;
  self->n_target = n_target;
  find_bytes (self, target);
  if (!load (self, weights, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
s2s_shortlist_free (S2sShortlist *self)
{
  if (self == NULL)
    return;
  g_free (self->bytes);
  g_free (self->common);
  g_free (self->starts);
  g_free (self->tokens);
  g_free (self);
}

guint
s2s_shortlist_get_n_common (const S2sShortlist *self)
{
  return self->n_common;
}

guint
s2s_shortlist_get_n_always (const S2sShortlist *self)
{
  guint n = 0;

  while (n < self->n_common && self->common[n] == (gint32)n)
    n++;
  return n;
}

double
s2s_shortlist_get_mean (const S2sShortlist *self)
{
  return (double)self->starts[self->n_source] / self->n_source;
}

guint
s2s_shortlist_get_max (const S2sShortlist *self, guint max_source, guint max_extra)
{
  guint64 n = (guint64)max_source * self->n_longest;

  return (guint)MIN (n + self->n_common + self->n_bytes + max_extra, self->n_target);
}

void
s2s_shortlist_scratch_init (S2sShortlistScratch *self, const S2sShortlist *shortlist)
{
  self->marks = g_new0 (guint64, get_n_words (shortlist->n_target));
}

void
s2s_shortlist_scratch_clear (S2sShortlistScratch *self)
{
  g_clear_pointer (&self->marks, g_free);
}

/* Where a token stands for a byte, marks all that do. */
static void
mark_bytes (const S2sShortlist *self, guint64 *marks)
{
  guint n_words = get_n_words (self->n_target);
  guint64 met = 0;

  for (guint i = 0; i < n_words; i++)
    met |= marks[i] & self->bytes[i];
  for (guint i = 0; i < n_words && met != 0; i++)
    marks[i] |= self->bytes[i];
}

/* The ids of the marks, which are taken away */
static guint
take_marks (guint64 *marks, guint n_words, gint32 *ret_ids)
{
  guint n = 0;

  for (guint i = 0; i < n_words; i++) {
    for (guint64 word = marks[i]; word != 0; word &= word - 1)
      ret_ids[n++] = (gint32)(i * WORD_BITS + (guint)__builtin_ctzll (word));
    marks[i] = 0;
  }
  return n;
}

guint
s2s_shortlist_collect (const S2sShortlist *self, S2sShortlistScratch *scratch, const gint32 *source,
                       guint n_source, const gint32 *extra, guint n_extra, gint32 *ret_ids)
{
  mark (scratch->marks, self->common, self->n_common);
  mark (scratch->marks, extra, n_extra);
  for (guint i = 0; i < n_source; i++) {
    const gint32 *start = self->starts + source[i];

    mark (scratch->marks, self->tokens + start[0], (guint)(start[1] - start[0]));
  }
  mark_bytes (self, scratch->marks);
  return take_marks (scratch->marks, get_n_words (self->n_target), ret_ids);
}
