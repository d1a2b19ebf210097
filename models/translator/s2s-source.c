/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-source.h"

#include "base/s2s-error.h"

#include <string.h>

/* A text with more bytes a token than this is cut before it is tokenized. */
#define BYTES_PER_TOKEN 64

guint
s2s_source_form_get_room (const S2sSourceForm *self)
{
  return self->max_length - s2s_config_count_around (self->language, self->n_lengths, self->eos);
}

gboolean
s2s_source_form_may_fit (const S2sSourceForm *self, gsize length)
{
  return length / BYTES_PER_TOKEN <= self->max_length;
}

guint
s2s_source_form_choose_length (const S2sSourceForm *self, double ratio)
{
  guint length = 0;

  while (length + 1 < self->n_lengths && self->lengths[length + 1].ratio <= ratio)
    length++;
  return length;
}

void
s2s_turns_init (S2sTurns *self)
{
  self->ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  self->tails = g_array_new (FALSE, FALSE, sizeof (guint));
}

void
s2s_turns_clear (S2sTurns *self)
{
  g_clear_pointer (&self->ids, g_array_unref);
  g_clear_pointer (&self->tails, g_array_unref);
}

/* Puts a text before the others; *ret_fits says whether there is room for it. */
static gboolean
add_turn (S2sTurns *self, const S2sSourceForm *form, const char *text, gboolean *ret_fits,
          GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  gsize length = strlen (text);

  *ret_fits = FALSE;
  if (!s2s_source_form_may_fit (form, length))
    return TRUE;
  if (!s2s_tokenizer_encode (form->tokenizer, text, length, ids, NULL, error))
    return FALSE;
  *ret_fits = self->ids->len + ids->len + 1 < s2s_source_form_get_room (form);
  if (!*ret_fits || ids->len == 0)
    return TRUE;

  g_array_append_val (ids, form->separator);
  g_array_prepend_vals (self->ids, ids->data, ids->len);
  g_array_append_val (self->tails, self->ids->len);
  return TRUE;
}

static gboolean
check_utf8 (const char *text, GError **error)
{
  const char *end;

  if (g_utf8_validate (text, -1, &end))
    return TRUE;
  g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT,
               "the text is not valid UTF-8 at byte %" G_GSIZE_FORMAT, (gsize)(end - text));
  return FALSE;
}

gboolean
s2s_turns_read (S2sTurns *self, const S2sSourceForm *form, const char *const *texts, gsize n_texts,
                GError **error)
{
  gsize first = n_texts - MIN (n_texts, form->max_turns);
  gboolean fits = TRUE;

  for (gsize i = n_texts; i > first; i--) {
    const char *text = texts[i - 1] != NULL ? texts[i - 1] : "";

    if (check_utf8 (text, error) && (!fits || add_turn (self, form, text, &fits, error)))
      continue;
    g_prefix_error (error, "context %" G_GSIZE_FORMAT ": ", i - 1);
    return FALSE;
  }
  return TRUE;
}

guint
s2s_turns_count (const S2sTurns *self, guint room)
{
  guint n = 0;

  for (guint i = 0; i < self->tails->len; i++) {
    guint tail = g_array_index (self->tails, guint, i);

    if (tail > room)
      break;
    n = tail;
  }
  return n;
}
