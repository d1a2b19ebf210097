/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-tokenizer-private.h"

#include <string.h>

/* Four special tokens, then the 256 bytes. */
#define N_SPECIAL 4
#define SIZE (N_SPECIAL + 256)

typedef struct {
  S2sTokenizer base;
  char pieces[SIZE][8];
} BytesTokenizer;

static void
bytes_free (S2sTokenizer *self)
{
  g_free (self);
}

static const char *
bytes_get_piece (const S2sTokenizer *self, gint32 id)
{
  return ((const BytesTokenizer *)self)->pieces[id];
}

static gint
bytes_get_byte (const S2sTokenizer *self, gint32 id)
{
  return MAX (id - N_SPECIAL, -1);
}

static gboolean
bytes_encode (const S2sTokenizer *self, const char *text, gsize length, GArray *ids, GArray *spans,
              GError **error)
{
  for (gsize i = 0; i < length; i++) {
    gint32 id = N_SPECIAL + (guchar)text[i];
    S2sSpan span = {i, i + 1};

    g_array_append_val (ids, id);
    g_array_append_val (spans, span);
  }
  return TRUE;
}

static void
bytes_decode (const S2sTokenizer *self, const gint32 *ids, gsize n_ids, GString *text,
              GArray *spans)
{
  for (gsize i = 0; i < n_ids; i++) {
    S2sSpan span = {i, i + 1};

    g_string_append_c (text, (char)bytes_get_byte (self, ids[i]));
    g_array_append_val (spans, span);
  }
}

/**
 * s2s_tokenizer_new_bytes:
 *
 * A vocabulary of 260 tokens: PAD, UNK, BOS, EOS, and one for each byte.
 *
 * Returns: (transfer full): a tokenizer
 */
S2sTokenizer *
s2s_tokenizer_new_bytes (void)
{
  static const S2sTokenizerClass klass = {
      .free = bytes_free,
      .get_piece = bytes_get_piece,
      .get_byte = bytes_get_byte,
      .encode = bytes_encode,
      .decode = bytes_decode,
  };
  static const char special[N_SPECIAL][8] = {"<pad>", "<unk>", "<s>", "</s>"};
  BytesTokenizer *self = g_new0 (BytesTokenizer, 1);

  self->base = (S2sTokenizer){&klass, {0, 1, 2, 3}, SIZE};
  memcpy (self->pieces, special, sizeof special);
  for (guint byte = 0; byte < 256; byte++)
    g_snprintf (self->pieces[N_SPECIAL + byte], sizeof self->pieces[0], "<0x%02X>", byte);
  return &self->base;
}
