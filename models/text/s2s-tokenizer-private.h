/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "text/s2s-tokenizer.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sTokenizerClass:
 *
 * What a kind of tokenizer does; s2s-tokenizer.c has checked the arguments. Ids given to decode and
 * the getters are of the vocabulary, and decode gets no special token. decode may append invalid
 * UTF-8. Both append a span (#S2sSpan) for each id: the bytes that it stands for, in order, of
 * which s2s-tokenizer.c makes whole characters.
 */
typedef struct {
  void (*free) (S2sTokenizer *self);
  const char *(*get_piece) (const S2sTokenizer *self, gint32 id);
  gint (*get_byte) (const S2sTokenizer *self, gint32 id);
  gboolean (*encode) (const S2sTokenizer *self, const char *text, gsize length, GArray *ids,
                      GArray *spans, GError **error);
  void (*decode) (const S2sTokenizer *self, const gint32 *ids, gsize n_ids, GString *text,
                  GArray *spans);
} S2sTokenizerClass;

/* First member of each kind's own struct */
struct _S2sTokenizer {
  const S2sTokenizerClass *klass;
  S2sSpecialTokens special;
  guint size;
};

/* Whether a text may be cut into that token: one of the vocabulary that is not PAD, BOS or EOS, so
 * that a text that has their names in it does not end there. -1 is none. */
gboolean s2s_tokenizer_can_say (const S2sTokenizer *self, gint32 id);

/* Whether all special ids are below size. */
gboolean s2s_tokenizer_check_special (const S2sSpecialTokens *special, guint size, GError **error);

G_END_DECLS
