/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-tokenizer.h"

#include "base/s2s-error.h"
#include "text/s2s-tokenizer-private.h"

/* Offsets into a text stay below those of SentencePiece, which are int, even if normalisation makes
 * it several times longer. */
#define MAX_TEXT (64 * 1024 * 1024)

gboolean
s2s_tokenizer_check_special (const S2sSpecialTokens *special, guint size, GError **error)
{
  const struct {
    const char *name;
    gint32 id;
  } ids[] = {
      {"pad", special->pad},
      {"unk", special->unk},
      {"bos", special->bos},
      {"eos", special->eos},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    if (ids[i].id < -1 || (ids[i].id >= 0 && (guint)ids[i].id >= size)) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "“%s” is %d, expected -1 to %d", ids[i].name,
                   ids[i].id, (gint)size - 1);
      return FALSE;
    }
  return TRUE;
}

/**
 * s2s_tokenizer_free:
 * @self: (transfer full) (nullable): a tokenizer
 */
void
s2s_tokenizer_free (S2sTokenizer *self)
{
  if (self != NULL)
    self->klass->free (self);
}

/**
 * s2s_tokenizer_get_special_tokens:
 * @self: a tokenizer
 *
 * Returns: (transfer none): the ids with a meaning of their own
 */
const S2sSpecialTokens *
s2s_tokenizer_get_special_tokens (const S2sTokenizer *self)
{
  return &self->special;
}

/**
 * s2s_tokenizer_get_size:
 * @self: a tokenizer
 *
 * Returns: tokens in the vocabulary, special ones included; ids are smaller
 */
guint
s2s_tokenizer_get_size (const S2sTokenizer *self)
{
  return self->size;
}

static gboolean
has_id (const S2sTokenizer *self, gint32 id)
{
  return id >= 0 && (guint)id < self->size;
}

/**
 * s2s_tokenizer_get_byte:
 * @self: a tokenizer
 * @id: any number
 *
 * Returns: the byte that the token stands for, or -1: it stands for text, or is none
 */
gint
s2s_tokenizer_get_byte (const S2sTokenizer *self, gint32 id)
{
  return has_id (self, id) ? self->klass->get_byte (self, id) : -1;
}

/**
 * s2s_tokenizer_get_piece:
 * @self: a tokenizer
 * @id: any number
 *
 * Returns: (transfer none): the token as it stands in the vocabulary, valid UTF-8; the empty string
 * for an id beyond the vocabulary
 */
const char *
s2s_tokenizer_get_piece (const S2sTokenizer *self, gint32 id)
{
  return has_id (self, id) ? self->klass->get_piece (self, id) : "";
}

/**
 * s2s_tokenizer_encode:
 * @self: a tokenizer
 * @text: valid UTF-8, NUL allowed inside
 * @length: bytes of @text
 * @ids: (element-type gint32): where to append; untouched on failure
 * @error: return location
 *
 * Returns: %FALSE with %S2S_ERROR_INPUT when the text is too long, or has something that the
 * vocabulary does not, not even as unknown token
 */
gboolean
s2s_tokenizer_encode (const S2sTokenizer *self, const char *text, gsize length, GArray *ids,
                      GError **error)
{
  guint n_before = ids->len;

  if (length > MAX_TEXT) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT,
                 "%" G_GSIZE_FORMAT " bytes of text, expected at most %d", length, MAX_TEXT);
    return FALSE;
  }
  if (self->klass->encode (self, text, length, ids, error))
    return TRUE;
  g_array_set_size (ids, n_before);
  return FALSE;
}

static gboolean
is_special (const S2sTokenizer *self, gint32 id)
{
  const S2sSpecialTokens *special = &self->special;

  return id == special->pad || id == special->unk || id == special->bos || id == special->eos;
}

/**
 * s2s_tokenizer_decode:
 * @self: a tokenizer
 * @ids: (array length=n_ids): any numbers
 * @n_ids: how many
 *
 * The text of ids. Special tokens and ids beyond the vocabulary are skipped.
 *
 * Returns: (transfer full): valid UTF-8; bytes that are none become U+FFFD
 */
char *
s2s_tokenizer_decode (const S2sTokenizer *self, const gint32 *ids, gsize n_ids)
{
  g_autofree gint32 *kept = g_new (gint32, n_ids);
  g_autoptr (GString) text = g_string_new (NULL);
  gsize n_kept = 0;

  for (gsize i = 0; i < n_ids; i++)
    if (has_id (self, ids[i]) && !is_special (self, ids[i]))
      kept[n_kept++] = ids[i];
  self->klass->decode (self, kept, n_kept, text);
  return g_utf8_make_valid (text->str, (gssize)text->len);
}
