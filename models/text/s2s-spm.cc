/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-spm.h"

#include "base/s2s-error.h"

#include <sentencepiece_processor.h>

#include <memory>
#include <string>
#include <vector>

struct _S2sSpm {
  sentencepiece::SentencePieceProcessor processor;
};

S2sSpm *
s2s_spm_new (const void *data, gsize length, GError **error)
{
  try {
    auto self = std::make_unique<S2sSpm> ();
    auto status =
        self->processor.LoadFromSerializedProto ({static_cast<const char *> (data), length});

    if (status.ok ())
      return self.release ();
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "not a SentencePiece model: %s",
                 status.error_message ());
    return nullptr;
  } catch (const std::exception &exception) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "not a SentencePiece model: %s",
                 exception.what ());
    return nullptr;
  }
}

void
s2s_spm_free (S2sSpm *self)
{
  delete self;
}

guint
s2s_spm_get_size (const S2sSpm *self)
{
  return static_cast<guint> (self->processor.GetPieceSize ());
}

S2sSpecialTokens
s2s_spm_get_special (const S2sSpm *self)
{
  return {self->processor.pad_id (), self->processor.unk_id (), self->processor.bos_id (),
          self->processor.eos_id ()};
}

const char *
s2s_spm_get_piece (const S2sSpm *self, gint32 id)
{
  return self->processor.IdToPiece (id).c_str ();
}

gboolean
s2s_spm_is_byte (const S2sSpm *self, gint32 id)
{
  return self->processor.IsByte (id);
}

gboolean
s2s_spm_encode (const S2sSpm *self, const char *text, gsize length, GArray *ids, GError **error)
{
  try {
    std::vector<int> found;
    auto status = self->processor.Encode ({text, length}, &found);

    if (!status.ok ()) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT, "SentencePiece cannot cut the text: %s",
                   status.error_message ());
      return FALSE;
    }
    g_array_append_vals (ids, found.data (), static_cast<guint> (found.size ()));
    return TRUE;
  } catch (const std::exception &exception) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT, "SentencePiece cannot cut the text: %s",
                 exception.what ());
    return FALSE;
  }
}

/* Ids of the vocabulary always have a text, so there is no error to tell of. */
void
s2s_spm_decode (const S2sSpm *self, const gint32 *ids, gsize n_ids, GString *text)
{
  try {
    std::string decoded;

    if (self->processor.Decode (std::vector<int> (ids, ids + n_ids), &decoded).ok ())
      g_string_append_len (text, decoded.data (), static_cast<gssize> (decoded.size ()));
  } catch (const std::exception &exception) {
    g_warning ("SentencePiece cannot join tokens: %s", exception.what ());
  }
}
