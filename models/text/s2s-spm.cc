/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-spm.h"

#include "base/s2s-error.h"
#include "text/s2s-spm-check.h"

#include <sentencepiece_processor.h>

#include <memory>
#include <string>
#include <vector>

struct _S2sSpm {
  sentencepiece::SentencePieceProcessor processor;
};

S2sSpm *
s2s_spm_new (GBytes *model, GError **error)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (model, &length);

  if (!s2s_spm_check (static_cast<const guint8 *> (data), length, error))
    return nullptr;
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

gint
s2s_spm_get_byte (const S2sSpm *self, gint32 id)
{
  const std::string &piece = self->processor.IdToPiece (id);

  if (!self->processor.IsByte (id) || piece.size () != 6)
    return -1;
  return g_ascii_xdigit_value (piece[3]) << 4 | g_ascii_xdigit_value (piece[4]);
}

gint32
s2s_spm_find (const S2sSpm *self, const char *piece)
{
  int id = self->processor.PieceToId (piece);

  return self->processor.IdToPiece (id) == piece ? id : -1;
}

static void
append_span (const sentencepiece::ImmutableSentencePieceText_ImmutableSentencePiece &piece,
             GArray *spans)
{
  S2sSpan span = {piece.begin (), piece.end ()};

  g_array_append_val (spans, span);
}

static char *
copy_without_nul (const std::string &text)
{
  return text.find ('\0') == std::string::npos ? g_strdup (text.c_str ()) : nullptr;
}

/* Its offsets are those of the text as it is given, before it is normalised. */
gboolean
s2s_spm_encode (const S2sSpm *self, const char *text, gsize length, GArray *ids, GArray *spans,
                GPtrArray *ret_unknown, GError **error)
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
      if (ret_unknown != nullptr && id == self->processor.unk_id ())
        g_ptr_array_add (ret_unknown, copy_without_nul (piece.piece ()));
    }
    return TRUE;
  } catch (const std::exception &exception) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_INPUT, "SentencePiece cannot cut the text: %s",
                 exception.what ());
    return FALSE;
  }
}

/* Pieces of a vocabulary always have a text, so there is no error to tell of. */
template <typename Piece>
static void
decode (const S2sSpm *self, const std::vector<Piece> &pieces, GString *text, GArray *spans)
{
  sentencepiece::ImmutableSentencePieceText decoded;
  auto status = self->processor.Decode (pieces, decoded.mutable_proto ());

  if (!status.ok ())
    return;
  g_string_append_len (text, decoded.text ().data (),
                       static_cast<gssize> (decoded.text ().size ()));
  for (const auto &piece : decoded.pieces ())
    append_span (piece, spans);
}

void
s2s_spm_decode (const S2sSpm *self, const gint32 *ids, gsize n_ids, GString *text, GArray *spans)
{
  try {
    decode (self, std::vector<int> (ids, ids + n_ids), text, spans);
  } catch (const std::exception &exception) {
    g_warning ("SentencePiece cannot join tokens: %s", exception.what ());
  }
}

void
s2s_spm_decode_pieces (const S2sSpm *self, const char *const *pieces, gsize n_pieces, GString *text,
                       GArray *spans)
{
  try {
    decode (self, std::vector<std::string> (pieces, pieces + n_pieces), text, spans);
  } catch (const std::exception &exception) {
    g_warning ("SentencePiece cannot join tokens: %s", exception.what ());
  }
}
