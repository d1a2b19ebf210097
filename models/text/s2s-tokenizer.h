/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-span.h"

#include <glib.h>

G_BEGIN_DECLS

#define S2S_NO_TOKEN (-1)

/**
 * S2sSpecialTokens:
 *
 * Token ids with a meaning of their own; S2S_NO_TOKEN where the vocabulary has none.
 */
typedef struct {
  gint32 pad;
  gint32 unk;
  gint32 bos;
  gint32 eos;
} S2sSpecialTokens;

/**
 * S2sTokenizer:
 *
 * Text to token ids and back. Immutable after it was made, safe to use from several threads at
 * once.
 */
typedef struct _S2sTokenizer S2sTokenizer;

typedef struct _S2sSpm S2sSpm; /* s2s-spm.h */

S2sTokenizer *s2s_tokenizer_new_bytes (void);
S2sTokenizer *s2s_tokenizer_new_plain (GBytes *vocabulary_json, gboolean characters,
                                       const S2sSpecialTokens *special, GError **error);
S2sTokenizer *s2s_tokenizer_new_sentencepiece (GBytes *model, const S2sSpecialTokens *special,
                                               GError **error);
S2sTokenizer *s2s_tokenizer_new_mapped (S2sSpm *spm, GBytes *vocabulary_json,
                                        const S2sSpecialTokens *special, GError **error);
void s2s_tokenizer_free (S2sTokenizer *self);

const S2sSpecialTokens *s2s_tokenizer_get_special_tokens (const S2sTokenizer *self);
guint s2s_tokenizer_get_size (const S2sTokenizer *self);

/* The byte that a token stands for (byte fallback and byte-level vocabularies), or -1. */
gint s2s_tokenizer_get_byte (const S2sTokenizer *self, gint32 id);

/* The token as it stands in the vocabulary, for people to read; valid UTF-8, borrowed. */
const char *s2s_tokenizer_get_piece (const S2sTokenizer *self, gint32 id);

/* Appends the ids (gint32) of valid UTF-8 text of that many bytes, NUL allowed inside; no special
 * token is added. To ret_spans, which may be NULL, it appends the place in text of each (S2sSpan).
 */
gboolean s2s_tokenizer_encode (const S2sTokenizer *self, const char *text, gsize length,
                               GArray *ids, GArray *ret_spans, GError **error);

/* The text of ids, special tokens skipped. Always valid UTF-8. ret_spans [n_ids], which may be
 * NULL: the place in it of each. (transfer full) */
char *s2s_tokenizer_decode (const S2sTokenizer *self, const gint32 *ids, gsize n_ids,
                            S2sSpan *ret_spans);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sTokenizer, s2s_tokenizer_free)

G_END_DECLS
