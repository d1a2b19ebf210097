/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-tokenizer.h"

#include "base/s2s-error.h"
#include "text/s2s-tokenizer-private.h"

#include <string.h>

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

gboolean
s2s_tokenizer_can_say (const S2sTokenizer *self, gint32 id)
{
  const S2sSpecialTokens *special = &self->special;

  return id >= 0 && id != special->pad && id != special->bos && id != special->eos;
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

/* The start of the character in which an offset is */
static gsize
find_character (const char *text, gsize length, gsize offset)
{
  if (offset >= length)
    return length;
  while (offset > 0 && ((guchar)text[offset] & 0xc0) == 0x80)
    offset--;
  return offset;
}

/* Rounds spans down to whole characters, which gives a character of several tokens to the last of
 * them, and puts them in order. */
static void
round_spans (const char *text, gsize length, S2sSpan *spans, gsize n_spans)
{
  gsize end = 0;

  for (gsize i = 0; i < n_spans; i++) {
    spans[i].start = MAX (end, find_character (text, length, spans[i].start));
    spans[i].end = MAX (spans[i].start, find_character (text, length, spans[i].end));
    end = spans[i].end;
  }
}

/**
 * s2s_tokenizer_encode:
 * @self: a tokenizer
 * @text: valid UTF-8, NUL allowed inside
 * @length: bytes of @text
 * @ids: (element-type gint32): where to append; untouched on failure
 * @ret_spans: (nullable) (element-type S2sSpan): where to append the bytes of @text that each id
 * stands for; untouched on failure
 * @error: return location
 *
 * Spans are in order and whole characters, one for each id; a character of several tokens belongs
 * to the last of them. What is dropped before the text is cut, as blanks, may be in none.
 *
 * Returns: %FALSE with %S2S_ERROR_INPUT when the text is too long, or has something that the
 * vocabulary does not, not even as unknown token
 */
gboolean
s2s_tokenizer_encode (const S2sTokenizer *self, const char *text, gsize length, GArray *ids,
                      GArray *ret_spans, GError **error)
{
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (S2sSpan));
  guint n_before = ids->len;

  if (length > MAX_TEXT) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT,
                 "%" G_GSIZE_FORMAT " bytes of text, expected at most %d", length, MAX_TEXT);
    return FALSE;
  }
  if (!self->klass->encode (self, text, length, ids, spans, error)) {
    g_array_set_size (ids, n_before);
    return FALSE;
  }
  if (ret_spans != NULL && spans->len > 0) {
    round_spans (text, length, (S2sSpan *)(gpointer)spans->data, spans->len);
    g_array_append_vals (ret_spans, spans->data, spans->len);
  }
  return TRUE;
}

static gboolean
is_special (const S2sTokenizer *self, gint32 id)
{
  const S2sSpecialTokens *special = &self->special;

  return id == special->pad || id == special->unk || id == special->bos || id == special->eos;
}

static gboolean
has_text (const S2sTokenizer *self, gint32 id)
{
  return has_id (self, id) && !is_special (self, id);
}

/* The next byte from there on that is of no character */
static gsize
find_invalid (const GString *text, gsize from)
{
  const char *at;

  g_utf8_validate_len (text->str + from, text->len - from, &at);
  return (gsize)(at - text->str);
}

/* Moves spans, in order, to where they are after g_utf8_make_valid(), which puts the three bytes of
 * U+FFFD for each byte that is of no character. */
static void
grow_spans (const GString *text, S2sSpan *spans, gsize n_spans)
{
  gsize invalid = find_invalid (text, 0), growth = 0;

  for (gsize i = 0; i < 2 * n_spans; i++) {
    gsize *offset = i % 2 == 0 ? &spans[i / 2].start : &spans[i / 2].end;

    for (; invalid < MIN (*offset, text->len); growth += 2)
      invalid = find_invalid (text, invalid + 1);
    *offset += growth;
  }
}

/* Spans of the tokens that have a text, to those of all */
static void
spread_spans (const S2sTokenizer *self, const GArray *spans, const gint32 *ids, gsize n_ids,
              S2sSpan *ret_spans)
{
  gsize end = 0;
  guint n_spread = 0;

  for (gsize i = 0; i < n_ids; i++) {
    ret_spans[i] = (S2sSpan){end, end};
    if (has_text (self, ids[i]) && n_spread < spans->len)
      ret_spans[i] = g_array_index (spans, S2sSpan, n_spread++);
    end = ret_spans[i].end;
  }
}

/**
 * s2s_tokenizer_decode:
 * @self: a tokenizer
 * @ids: (array length=n_ids): any numbers
 * @n_ids: how many
 * @ret_spans: (nullable) (array length=n_ids): the bytes of the text that each id stands for
 *
 * The text of ids. Special tokens and ids beyond the vocabulary are skipped; their spans are empty.
 * Spans are as those of s2s_tokenizer_encode().
 *
 * Returns: (transfer full): valid UTF-8; bytes that are none become U+FFFD
 */
char *
s2s_tokenizer_decode (const S2sTokenizer *self, const gint32 *ids, gsize n_ids, S2sSpan *ret_spans)
{
  g_autofree gint32 *kept = g_new (gint32, n_ids);
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (S2sSpan));
  g_autoptr (GString) text = g_string_new (NULL);
  gsize n_kept = 0;
  char *valid;

  for (gsize i = 0; i < n_ids; i++)
    if (has_text (self, ids[i]))
      kept[n_kept++] = ids[i];
  self->klass->decode (self, kept, n_kept, text, spans);
  valid = g_utf8_make_valid (text->str, (gssize)text->len);
  if (ret_spans != NULL) {
    grow_spans (text, (S2sSpan *)(gpointer)spans->data, spans->len);
    round_spans (valid, strlen (valid), (S2sSpan *)(gpointer)spans->data, spans->len);
    spread_spans (self, spans, ids, n_ids, ret_spans);
  }
  return valid;
}
