/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-shortlists.h"

#include <string.h>

void
s2s_shortlists_init (S2sShortlists *self, const S2sShortlist *source, guint n_tokens, guint n_slots,
                     guint max_source, guint max_must)
{
  *self = (S2sShortlists){.source = source, .n_tokens = n_tokens};
  if (source == NULL)
    return;
  guint max = s2s_shortlist_get_max (source, max_source, max_must);

  /* from half of the vocabulary on, gathering the rows costs what fewer products save */
  self->max = MIN (max, n_tokens / 2);
  self->n_always = MIN (s2s_shortlist_get_n_always (source), self->max);
  self->n = g_new0 (guint, n_slots);
  self->tokens = g_new (gint32, (gsize)n_slots * self->max);
  self->list = g_new (gint32, max);
  s2s_shortlist_scratch_init (&self->scratch, source);
}

void
s2s_shortlists_clear (S2sShortlists *self)
{
  s2s_shortlist_scratch_clear (&self->scratch);
  g_clear_pointer (&self->n, g_free);
  g_clear_pointer (&self->tokens, g_free);
  g_clear_pointer (&self->list, g_free);
}

void
s2s_shortlists_set (S2sShortlists *self, guint slot, const gint32 *source, guint n_source,
                    const gint32 *must, guint n_must)
{
  if (self->source == NULL)
    return;
  guint n = s2s_shortlist_collect (self->source, &self->scratch, source, n_source, must, n_must,
                                   self->list);

  /* rows of the network that are no tokens never come */
  while (n > 0 && (guint)self->list[n - 1] >= self->n_tokens)
    n--;
  self->n[slot] = n <= self->max ? n : 0;
  memcpy (self->tokens + (gsize)slot * self->max, self->list, self->n[slot] * sizeof *self->list);
}

guint
s2s_shortlists_get (const S2sShortlists *self, guint slot, const gint32 **ret_tokens)
{
  if (self->source == NULL)
    return 0;
  *ret_tokens = self->tokens + (gsize)slot * self->max;
  return self->n[slot];
}
