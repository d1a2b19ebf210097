/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-shortlist.h"

#include "s2s-fuzz.h"

/* A shortlist of four source tokens. Of the target's some are bytes, and some have no token. */
#define N_SOURCE 4
#define N_TARGET 300
#define N_EXTRA 2

/* Ascending, in range, no more than there is room for, and all bytes or none */
static void
collect (const S2sShortlist *list, const S2sTokenizer *tokenizer, S2sShortlistScratch *scratch,
         const gint32 *source, guint n_source)
{
  static const gint32 extra[N_EXTRA] = {3, 299};
  guint max = s2s_shortlist_get_max (list, n_source, N_EXTRA), n_bytes = 0;
  g_autofree gint32 *ids = g_new (gint32, max);
  guint n = s2s_shortlist_collect (list, scratch, source, n_source, extra, N_EXTRA, ids);

  g_assert (n >= N_EXTRA && n <= max && max <= N_TARGET);
  for (guint i = 0; i < n; i++) {
    g_assert (ids[i] > (i > 0 ? ids[i - 1] : -1) && ids[i] < N_TARGET);
    n_bytes += s2s_tokenizer_get_byte (tokenizer, ids[i]) >= 0;
  }
  g_assert (n_bytes == 0 || n_bytes == 256);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const gint32 source[] = {0, 1, 2, 3, 3, 0};
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (S2sTokenizer) tokenizer = s2s_tokenizer_new_bytes ();
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sShortlist) list =
      s2s_shortlist_new_from_bytes (bytes, N_SOURCE, N_TARGET, tokenizer, &error);
  S2sShortlistScratch scratch;

  g_assert ((list == NULL) == (error != NULL));
  if (error != NULL) {
    g_assert (g_utf8_validate (error->message, -1, NULL));
    return 0;
  }
  s2s_shortlist_scratch_init (&scratch, list);
  for (guint n = 0; n <= G_N_ELEMENTS (source); n++)
    collect (list, tokenizer, &scratch, source, n);
  s2s_shortlist_scratch_clear (&scratch);
  return 0;
}
