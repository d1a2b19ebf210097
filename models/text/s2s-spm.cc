/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-spm.h"

#include "base/s2s-error.h"

#include <sentencepiece_processor.h>

#include <memory>
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

static void
append_span (const sentencepiece::ImmutableSentencePieceText_ImmutableSentencePiece &piece,
             GArray *spans)
{
  S2sSpan span = {piece.begin (), piece.end ()};

  g_array_append_val (spans, span);
}

/* Its offsets are those of the text as it is given, before it is normalised. */
gboolean
s2s_spm_encode (const S2sSpm *self, const char *text, gsize length, GArray *ids, GArray *spans,
                GError **error)
{
  try {
    sentencepiece::ImmutableSentencePieceText found;
    auto status = self->processor.Encode ({text, length}, found.mutable_proto ());

    if (!status.ok ()) {
      g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT, "SentencePiece cannot cut the text: %s",
                   status.error_message ());
      return FALSE;
    }
    for (const auto &piece : found.pieces ()) {
      gint32 id = static_cast<gint32> (piece.id ());

      g_array_append_val (ids, id);
      append_span (piece, spans);
    }
    return TRUE;
  } catch (const std::exception &exception) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT, "SentencePiece cannot cut the text: %s",
                 exception.what ());
    return FALSE;
  }
}

/* Ids of the vocabulary always have a text, so there is no error to tell of. */
void
s2s_spm_decode (const S2sSpm *self, const gint32 *ids, gsize n_ids, GString *text, GArray *spans)
{
  try {
    sentencepiece::ImmutableSentencePieceText decoded;
    auto status =
        self->processor.Decode (std::vector<int> (ids, ids + n_ids), decoded.mutable_proto ());

    if (!status.ok ())
      return;
    g_string_append_len (text, decoded.text ().data (),
                         static_cast<gssize> (decoded.text ().size ()));
    for (const auto &piece : decoded.pieces ())
      append_span (piece, spans);
  } catch (const std::exception &exception) {
    g_warning ("SentencePiece cannot join tokens: %s", exception.what ());
  }
}
