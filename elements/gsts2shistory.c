/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2shistory.h"

/**
 * gst_s2s_history_clear:
 * @self: a history, or zeroed
 *
 * Forgets all.
 */
void
gst_s2s_history_clear (GstS2sHistory *self)
{
  g_clear_pointer (&self->texts, g_ptr_array_unref);
}

/* The oldest makes room. */
static void
add_text (GstS2sHistory *self, const char *text)
{
  if (!self->texts)
    self->texts = g_ptr_array_new_with_free_func (g_free);
  if (self->texts->len == GST_S2S_MAX_HISTORY)
    g_ptr_array_remove_index (self->texts, 0);
  g_ptr_array_add (self->texts, g_strdup (text));
}

/**
 * gst_s2s_history_copy:
 * @self: zeroed
 * @other: what it is to know
 */
void
gst_s2s_history_copy (GstS2sHistory *self, const GstS2sHistory *other)
{
  for (guint i = 0; other->texts && i < other->texts->len; i++)
    add_text (self, g_ptr_array_index (other->texts, i));
}

/**
 * gst_s2s_history_add_line:
 * @self: a history
 * @line: what was said; nothing if it has no words
 * @answer: (nullable): what was answered
 */
void
gst_s2s_history_add_line (GstS2sHistory *self, const GstS2sCueLine *line, const char *answer)
{
  if (!line->has_words)
    return;
  add_text (self, line->text);
  if (answer && *answer != '\0')
    add_text (self, answer);
}

/**
 * gst_s2s_history_add_cue:
 * @self: a history
 * @cue: what was said
 * @answers: (nullable) (element-type GstS2sCueTranslation): what was answered to each line
 */
void
gst_s2s_history_add_cue (GstS2sHistory *self, const GstS2sCue *cue, const GArray *answers)
{
  for (guint i = 0; i < cue->lines->len; i++)
    gst_s2s_history_add_line (self, g_ptr_array_index (cue->lines, i),
                              answers ? g_array_index (answers, GstS2sCueTranslation, i).text
                                      : NULL);
}

/**
 * gst_s2s_history_get_last:
 * @self: a history
 * @most: how many are wanted
 * @ret_n: (out): how many there are of these
 *
 * Returns: (transfer none) (nullable) (array length=ret_n): the last ones, the oldest first
 */
const char *const *
gst_s2s_history_get_last (const GstS2sHistory *self, guint most, guint *ret_n)
{
  guint n = self->texts ? MIN (self->texts->len, most) : 0;

  *ret_n = n;
  return n > 0 ? (const char *const *)self->texts->pdata + self->texts->len - n : NULL;
}
