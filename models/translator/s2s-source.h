/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/s2s-config.h"
#include "text/s2s-tokenizer.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sTurns:
 * @ids: (element-type gint32): the tokens of all, the oldest first, each with its separator
 * @tails: (element-type guint): how many of them there are from a turn on, the newest first
 *
 * Earlier texts as a source has them before its text.
 */
typedef struct {
  GArray *ids;
  GArray *tails;
} S2sTurns;

/**
 * S2sSourceForm:
 * @tokenizer: of the source
 * @max_length: of a source in tokens, with what is put around those of the text
 * @language: what is put before them, the token of the target language; or %S2S_NO_TOKEN
 * @eos: what is put after them; or %S2S_NO_TOKEN
 * @whole_texts: whether a text is decoded at once, and not by sentences
 * @separator: what is put after each earlier text
 * @max_turns: how many of these the network reads
 * @lengths: (array length=n_lengths): of the bundle; one of them is put before the text too
 * @n_lengths: how many; 0: none is put
 * @length: which one, of this input
 * @turns: (nullable): before the text, of this input
 *
 * What a source looks like to the network. Borrows what it points to.
 */
typedef struct {
  const S2sTokenizer *tokenizer;
  guint max_length;
  gint32 language;
  gint32 eos;
  gboolean whole_texts;
  gint32 separator;
  guint max_turns;
  const S2sLengthToken *lengths;
  guint n_lengths;
  guint length;
  const S2sTurns *turns;
} S2sSourceForm;

/* The most tokens that a text may have. Earlier texts have what it leaves. */
guint s2s_source_form_get_room (const S2sSourceForm *self);

/* Whether a text of that many bytes may have few enough tokens: of a line of a megabyte only the
 * parts are tokenized. */
gboolean s2s_source_form_may_fit (const S2sSourceForm *self, gsize length);

/* Which length is meant by that ratio: the greatest not above it, or the smallest. */
guint s2s_source_form_choose_length (const S2sSourceForm *self, double ratio);

void s2s_turns_init (S2sTurns *self);
void s2s_turns_clear (S2sTurns *self);

/* Takes the last max_turns of the texts, less those without a token, as far as there could be room
 * for them. FALSE with S2S_ERROR_INPUT when one is not UTF-8. */
gboolean s2s_turns_read (S2sTurns *self, const S2sSourceForm *form, const char *const *texts,
                         gsize n_texts, GError **error);

/* How many tokens of the newest turns fit in so much room: none is cut. */
guint s2s_turns_count (const S2sTurns *self, guint room);

G_END_DECLS
