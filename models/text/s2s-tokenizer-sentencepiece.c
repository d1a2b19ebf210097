/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/s2s-error.h"
#include "text/s2s-spm.h"
#include "text/s2s-tokenizer-private.h"

typedef struct {
  S2sTokenizer base;
  S2sSpm *spm;
} SpmTokenizer;

static const S2sSpm *
get_spm (const S2sTokenizer *base)
{
  return ((const SpmTokenizer *)base)->spm;
}

static void
spm_free (S2sTokenizer *base)
{
  SpmTokenizer *self = (SpmTokenizer *)base;

  g_clear_pointer (&self->spm, s2s_spm_free);
  g_free (self);
}

static const char *
spm_get_piece (const S2sTokenizer *base, gint32 id)
{
  return s2s_spm_get_piece (get_spm (base), id);
}

static gint
spm_get_byte (const S2sTokenizer *base, gint32 id)
{
  return s2s_spm_get_byte (get_spm (base), id);
}

static gboolean
spm_encode (const S2sTokenizer *base, const char *text, gsize length, GArray *ids, GArray *spans,
            GError **error)
{
  return s2s_spm_encode (get_spm (base), text, length, ids, spans, NULL, error);
}

static void
spm_decode (const S2sTokenizer *base, const gint32 *ids, gsize n_ids, GString *text, GArray *spans)
{
  s2s_spm_decode (get_spm (base), ids, n_ids, text, spans);
}

/* A special token that the model knows must be what the bundle says, which may also say that no EOS
 * is put after a source. One that it does not know may be any of its pieces. */
static gboolean
check_own_special (const S2sSpecialTokens *expected, const S2sSpecialTokens *own, GError **error)
{
  enum { EOS = 3 };
  const struct {
    const char *name;
    gint32 expected;
    gint32 own;
  } ids[] = {
      {"pad", expected->pad, own->pad},
      {"unk", expected->unk, own->unk},
      {"bos", expected->bos, own->bos},
      {"eos", expected->eos, own->eos},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    if (ids[i].own >= 0 && ids[i].own != ids[i].expected &&
        !(i == EOS && ids[i].expected == S2S_NO_TOKEN)) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT,
                   "“%s” is %d in config.json, but %d in the SentencePiece model", ids[i].name,
                   ids[i].expected, ids[i].own);
      return FALSE;
    }
  return TRUE;
}

/**
 * s2s_tokenizer_new_sentencepiece:
 * @model: a whole SentencePiece model
 * @special: ids with a meaning of their own; must agree with the model
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a tokenizer, or %NULL with %S2S_ERROR_FORMAT
 */
S2sTokenizer *
s2s_tokenizer_new_sentencepiece (GBytes *model, const S2sSpecialTokens *special, GError **error)
{
  static const S2sTokenizerClass klass = {
      .free = spm_free,
      .get_piece = spm_get_piece,
      .get_byte = spm_get_byte,
      .encode = spm_encode,
      .decode = spm_decode,
  };
  S2sSpm *spm = s2s_spm_new (model, error);

  if (spm == NULL)
    return NULL;

  SpmTokenizer *self = g_new0 (SpmTokenizer, 1);
  g_autoptr (S2sTokenizer) base = &self->base;
  S2sSpecialTokens own = s2s_spm_get_special (spm);

  self->spm = spm;
  *base = (S2sTokenizer){&klass, *special, s2s_spm_get_size (spm)};
  if (!s2s_tokenizer_check_special (special, base->size, error) ||
      !check_own_special (special, &own, error))
    return NULL;
  return g_steal_pointer (&base);
}
