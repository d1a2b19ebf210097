/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-spm-check.h"

#include "base/s2s-error.h"

#include <math.h>
#include <string.h>

/* A SentencePiece model is a protocol buffer. The library checks its structure, but trusts its
 * normalisation table: a trie whose links it follows without a look at their bounds. */

/* Field numbers of sentencepiece_model.proto */
enum {
  MODEL_PIECE = 1,
  MODEL_NORMALIZER = 3,
  MODEL_DENORMALIZER = 5,
  PIECE_TEXT = 1,
  PIECE_SCORE = 2,
  NORMALIZER_TABLE = 2,
};

typedef enum {
  WIRE_VARINT = 0,
  WIRE_64_BITS = 1,
  WIRE_BYTES = 2,
  WIRE_32_BITS = 5,
} Wire;

typedef struct {
  const guint8 *p;
  const guint8 *end;
} Reader;

typedef struct {
  guint64 number;
  guint64 wire;
  const guint8 *data; /* of all but WIRE_VARINT */
  gsize length;
} Field;

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "not a SentencePiece model: %s", what);
  return FALSE;
}

static gboolean
read_varint (Reader *self, guint64 *ret_value)
{
  guint64 value = 0;

  for (guint shift = 0; shift < 64 && self->p < self->end; shift += 7) {
    guint8 byte = *self->p++;

    value |= (guint64)(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *ret_value = value;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
read_field (Reader *self, Field *ret_field, GError **error)
{
  guint64 tag, length = 0;

  /* the library would drop the upper bits and see another field than this one */
  if (!read_varint (self, &tag) || tag > G_MAXUINT32)
    return fail (error, "a broken field");
  *ret_field = (Field){.number = tag >> 3, .wire = tag & 7, .data = self->p};

  switch (ret_field->wire) {
  case WIRE_VARINT:
    return read_varint (self, &length) || fail (error, "a broken number");
  case WIRE_64_BITS:
    length = 8;
    break;
  case WIRE_32_BITS:
    length = 4;
    break;
  case WIRE_BYTES:
    if (!read_varint (self, &length))
      return fail (error, "a broken length");
    ret_field->data = self->p;
    break;
  default:
    return fail (error, "an unknown type of field");
  }
  if (length > (guint64)(self->end - self->p))
    return fail (error, "a field longer than the file");
  ret_field->length = (gsize)length;
  self->p += length;
  return TRUE;
}

static gboolean
check_piece (const Field *piece, GError **error)
{
  Reader reader = {piece->data, piece->data + piece->length};
  Field field;

  while (reader.p < reader.end) {
    if (!read_field (&reader, &field, error))
      return FALSE;
    if (field.number == PIECE_TEXT && field.wire == WIRE_BYTES &&
        !g_utf8_validate_len ((const char *)field.data, field.length, NULL))
      return fail (error, "a piece that is not valid UTF-8");
    if (field.number == PIECE_SCORE && field.wire == WIRE_32_BITS) {
      float score;

      memcpy (&score, field.data, sizeof score);
      if (!isfinite (score))
        return fail (error, "a piece whose score is NaN or infinite");
    }
  }
  return TRUE;
}

/* The library has room for so many keys that begin at one place of a text. */
#define MAX_NESTED_KEYS 32
#define MAX_KEY_LENGTH 256
#define MAX_TEXT_LENGTH 256 /* those of NFKC have at most 33 bytes */

static guint32
get_unit (const guint8 *trie, gsize i)
{
  guint32 unit;

  memcpy (&unit, trie + i * sizeof unit, sizeof unit);
  return GUINT32_FROM_LE (unit);
}

static gsize
get_base (guint32 unit, gsize i)
{
  return i ^ ((gsize)(unit >> 10) << ((unit & 0x200) != 0 ? 8 : 0));
}

/* The trie is a double array as Darts-clone packs it: an inner unit has its label in bits 0 to 7,
 * whether it ends a key in bit 8, and the distance to its children in bits 10 to 30 (times 256 with
 * bit 9); child c is at (base ^ c), the value at base. A unit with bit 31 is a value, but for the
 * first, the root, whose link is followed unseen. So a walk stays inside when the children's places
 * of the root and of every inner unit are. */
static gboolean
check_trie (const guint8 *trie, gsize n_units, const guint8 *texts, gsize texts_size)
{
  for (gsize i = 0; i < n_units; i++) {
    guint32 unit = get_unit (trie, i);
    gsize base = get_base (unit, i);

    if (i > 0 && (unit & 0x80000000u) != 0)
      continue;
    if ((base | 0xff) >= n_units)
      return FALSE;
    if ((unit & 0x100) == 0)
      continue;

    gsize value = get_unit (trie, base) & 0x7fffffff;
    if (value >= texts_size || (texts[value] & 0xc0) == 0x80)
      return FALSE;
  }
  return TRUE;
}

typedef struct {
  const guint8 *trie; /* of checked links */
  guint8 *n_keys;     /* by unit: 0 unseen, OPEN on the way, else 1 + the most keys on one path */
} Nesting;

#define OPEN 0xff

/* Sets n_keys[i]; keys share their ends, so a unit may be reached on many paths. The root ends no
 * key. */
static gboolean
measure_nesting (Nesting *self, gsize i, guint depth)
{
  guint32 unit = get_unit (self->trie, i);
  gsize base = get_base (unit, i);
  guint8 most = 1;

  if (self->n_keys[i] != 0)
    return self->n_keys[i] != OPEN;
  if (depth > MAX_KEY_LENGTH)
    return FALSE;

  self->n_keys[i] = OPEN;
  for (guint label = 0; label < 256; label++) {
    gsize child = base ^ label;

    if ((get_unit (self->trie, child) & 0x800000ffu) != label)
      continue;
    if (!measure_nesting (self, child, depth + 1))
      return FALSE;
    most = MAX (most, self->n_keys[child]);
  }
  if (i > 0 && (unit & 0x100) != 0)
    most++;
  self->n_keys[i] = most;
  return most <= 1 + MAX_NESTED_KEYS;
}

static gboolean
check_nesting (const guint8 *trie, gsize n_units)
{
  g_autofree guint8 *n_keys = g_malloc0 (n_units);

  return measure_nesting (&(Nesting){trie, n_keys}, 0, 0);
}

/* Texts are UTF-8, each ended by NUL; short, as each letter of an input may become one. */
static gboolean
check_texts (const guint8 *texts, gsize size)
{
  const guint8 *end = texts + size;

  if (size == 0 || texts[size - 1] != '\0')
    return FALSE;
  while (texts < end) {
    gsize length = strlen ((const char *)texts);

    if (length > MAX_TEXT_LENGTH || !g_utf8_validate ((const char *)texts, (gssize)length, NULL))
      return FALSE;
    texts += length + 1;
  }
  return TRUE;
}

/* Size of the trie in bytes, the trie, texts to put in place */
static gboolean
check_table (const Field *table, GError **error)
{
  if (table->length == 0)
    return TRUE;
  if (table->length < sizeof (guint32))
    return fail (error, "a normalisation table too short");

  guint32 trie_size = get_unit (table->data, 0);
  gsize rest = table->length - sizeof trie_size;
  if (trie_size == 0 || trie_size > rest || trie_size % sizeof (guint32) != 0)
    return fail (error, "a normalisation table of a wrong size");

  const guint8 *trie = table->data + sizeof trie_size;
  const guint8 *texts = trie + trie_size;
  if (!check_texts (texts, rest - trie_size))
    return fail (error, "normalisation texts that are too long or not valid UTF-8");
  if (!check_trie (trie, trie_size / sizeof (guint32), texts, rest - trie_size))
    return fail (error, "a normalisation table that points outside");
  if (!check_nesting (trie, trie_size / sizeof (guint32)))
    return fail (error, "a normalisation table nested too deep");
  return TRUE;
}

static gboolean
check_normalizer (const Field *normalizer, GError **error)
{
  Reader reader = {normalizer->data, normalizer->data + normalizer->length};
  Field field;

  while (reader.p < reader.end) {
    if (!read_field (&reader, &field, error))
      return FALSE;
    if (field.number == NORMALIZER_TABLE && field.wire == WIRE_BYTES &&
        !check_table (&field, error))
      return FALSE;
  }
  return TRUE;
}

/**
 * s2s_spm_check:
 * @data: (array length=length): a SentencePiece model
 * @length: bytes
 * @error: return location
 *
 * Looks through untrusted bytes for what makes the library read outside of its memory or put out
 * invalid UTF-8. What passes may still be refused by the library.
 *
 * Returns: %FALSE with %S2S_ERROR_FORMAT
 */
gboolean
s2s_spm_check (const guint8 *data, gsize length, GError **error)
{
  if (length == 0)
    return fail (error, "an empty file");
  if (length > G_MAXINT)
    return fail (error, "a file larger than 2 GiB");

  Reader reader = {data, data + length};
  Field field;
  while (reader.p < reader.end) {
    if (!read_field (&reader, &field, error))
      return FALSE;
    if (field.wire != WIRE_BYTES)
      continue;
    if (field.number == MODEL_PIECE && !check_piece (&field, error))
      return FALSE;
    if ((field.number == MODEL_NORMALIZER || field.number == MODEL_DENORMALIZER) &&
        !check_normalizer (&field, error))
      return FALSE;
  }
  return TRUE;
}
