/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "text/s2s-tokenizer.h"

#include <glib.h>

G_BEGIN_DECLS

/* SentencePiece for C. Exceptions end inside. Safe to use from several threads at once. */
typedef struct _S2sSpm S2sSpm;

/* data: a model that s2s_spm_check() let pass. NULL on error. */
S2sSpm *s2s_spm_new (const void *data, gsize length, GError **error);
void s2s_spm_free (S2sSpm *self);

guint s2s_spm_get_size (const S2sSpm *self);

/* The model's own special tokens, -1 where it has none */
S2sSpecialTokens s2s_spm_get_special (const S2sSpm *self);

/* Ids are below the size. */
const char *s2s_spm_get_piece (const S2sSpm *self, gint32 id);
gboolean s2s_spm_is_byte (const S2sSpm *self, gint32 id);

/* As those of S2sTokenizerClass */
gboolean s2s_spm_encode (const S2sSpm *self, const char *text, gsize length, GArray *ids,
                         GArray *spans, GError **error);
void s2s_spm_decode (const S2sSpm *self, const gint32 *ids, gsize n_ids, GString *text,
                     GArray *spans);

G_END_DECLS
