/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "text/s2s-tokenizer.h"

#include <glib.h>

G_BEGIN_DECLS

/* SentencePiece for C. Exceptions end inside. Safe to use from several threads at once. */

/* A whole model, looked through by s2s_spm_check(). NULL with S2S_ERROR_FORMAT. */
S2sSpm *s2s_spm_new (GBytes *model, GError **error);
void s2s_spm_free (S2sSpm *self);

guint s2s_spm_get_size (const S2sSpm *self);

/* The model's own special tokens, -1 where it has none */
S2sSpecialTokens s2s_spm_get_special (const S2sSpm *self);

/* Ids are below the size. */
const char *s2s_spm_get_piece (const S2sSpm *self, gint32 id);

/* The byte that a piece <0xNN> stands for, or -1 */
gint s2s_spm_get_byte (const S2sSpm *self, gint32 id);

/* The id of a piece, or -1 when the model does not have it */
gint32 s2s_spm_find (const S2sSpm *self, const char *piece);

/* As those of S2sTokenizerClass. ret_unknown (nullable): of each piece that is unknown, in order,
 * the text that it stands for, or NULL when a NUL is in that; its elements are to be freed. */
gboolean s2s_spm_encode (const S2sSpm *self, const char *text, gsize length, GArray *ids,
                         GArray *spans, GPtrArray *ret_unknown, GError **error);
void s2s_spm_decode (const S2sSpm *self, const gint32 *ids, gsize n_ids, GString *text,
                     GArray *spans);

/* The same of pieces; one that the model does not have is its own text. */
void s2s_spm_decode_pieces (const S2sSpm *self, const char *const *pieces, gsize n_pieces,
                            GString *text, GArray *spans);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sSpm, s2s_spm_free)

G_END_DECLS
