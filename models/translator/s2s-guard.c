/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-guard.h"

#include <string.h>

void
s2s_guard_note (const S2sKeeper *keeper, const S2sInput *input, const char *text, S2sUnit *unit)
{
  g_autoptr (GString) said = g_string_new (NULL);
  S2sSpan left = unit->stretch;

  for (gsize i = 0; i < input->n_terms; i++) {
    const S2sTerm *term = &input->terms[i];

    if (term->start < left.start || term->start >= left.end)
      continue;
    g_string_append_len (said, text + left.start, (gssize)(term->start - left.start));
    g_string_append (said, term->target);
    left.start = MIN (term->end, left.end);
  }
  g_string_append_len (said, text + left.start, (gssize)(left.end - left.start));
  unit->kept = s2s_keeper_note (keeper, said->str, said->len);
}

static void
flag_lost (const S2sJoiner *joiner, const S2sUnit *unit, S2sSearchResult *result)
{
  g_autofree char *text = s2s_joiner_get_text (joiner, unit, result);

  if (!s2s_kept_is_in (unit->kept, text, strlen (text)))
    result->flags |= S2S_FLAG_LOST;
}

void
s2s_guard_rank (const S2sJoiner *joiner, S2sUnit *unit)
{
  guint n = 0;

  if (unit->kept == NULL)
    return;
  g_autofree S2sSearchResult *ranked = g_new (S2sSearchResult, unit->n_results);
  for (guint i = 0; i < unit->n_results; i++)
    flag_lost (joiner, unit, &unit->results[i]);
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < unit->n_results; i++)
      if (((unit->results[i].flags & S2S_FLAG_LOST) != 0) == (pass == 1))
        ranked[n++] = unit->results[i];
  memcpy (unit->results, ranked, n * sizeof *ranked);
}
