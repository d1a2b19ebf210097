# SPDX-License-Identifier: LGPL-2.1-or-later
"""SentencePiece models of a recipe: unigram with byte fallback, ids 0 to 3 special."""

import tempfile
from pathlib import Path

import sentencepiece

from s2s_tools.normalization import source_rules, write_rules

PAD, UNK, BOS, EOS = range(4)
COMMON = {
    "model_type": "unigram",
    "byte_fallback": True,
    "pad_id": PAD,
    "unk_id": UNK,
    "bos_id": BOS,
    "eos_id": EOS,
    "num_threads": 1,
    "shuffle_input_sentence": False,
    "hard_vocab_limit": False,
    "required_chars": "\u2581",
    "minloglevel": 2,
}


def train_source(texts, path, vocabulary, coverage=1.0, fold_case=True, symbols=()):
    """Train a source model: nmt_nfkc with folded typography, digits split.

    symbols: pieces that no text has.
    """
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.tsv"
        write_rules(rules, source_rules(fold_case))
        _train(
            texts,
            path,
            vocab_size=vocabulary,
            character_coverage=coverage,
            normalization_rule_tsv=str(rules),
            split_digits=True,
            control_symbols=list(symbols),
        )


def train_target(texts, path, vocabulary, coverage=0.9998, dummy_prefix=False):
    """Train a target model, whose text is left as it is."""
    _train(
        texts,
        path,
        vocab_size=vocabulary,
        character_coverage=coverage,
        normalization_rule_name="identity",
        add_dummy_prefix=dummy_prefix,
        split_digits=True,
    )


def _train(texts, path, **options):
    with open(path, "wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_writer=file, **COMMON, **options
        )


def load(path):
    """The SentencePiece processor of a file."""
    return sentencepiece.SentencePieceProcessor(model_file=str(path))


class Mapped:
    """A SentencePiece model whose pieces are tokens by a vocabulary, piece → id.

    Has what is used of a processor. `special` has the ids of pad, unk, bos and eos.
    """

    def __init__(self, processor, vocabulary, special):
        self.processor, self.vocabulary, self.special = processor, vocabulary, special
        self.pieces = {token: piece for piece, token in vocabulary.items()}
        self.unsaid = {special[key] for key in ("pad", "bos", "eos")}

    def vocab_size(self):
        """How many tokens there are."""
        return len(self.vocabulary)

    def pad_id(self):
        """The token of PAD, or −1."""
        return self.special["pad"]

    def unk_id(self):
        """The token of what is unknown, or −1."""
        return self.special["unk"]

    def bos_id(self):
        """The token that begins an output, or −1."""
        return self.special["bos"]

    def eos_id(self):
        """The token that ends a text."""
        return self.special["eos"]

    def id_to_piece(self, token):
        """The token as it stands in the vocabulary."""
        return self.pieces[token]

    def is_byte(self, token):
        """Whether the model says that the piece is a byte."""
        piece = self.processor.piece_to_id(self.pieces[token])
        return self.processor.is_byte(piece)

    def encode(self, text):
        """Tokens of a text; no special one but unk."""
        found = [self.vocabulary.get(p, -1) for p in self.processor.encode(text, out_type=str)]
        unknown = self.unsaid | {-1}
        return [self.unk_id() if token in unknown else token for token in found]

    def decode(self, tokens):
        """The text of tokens, special ones left out."""
        skipped = self.unsaid | {self.unk_id()}
        pieces = [self.pieces[token] for token in tokens if token not in skipped]
        return self.processor.decode_pieces(pieces).replace("\u2581", " ").strip(" ")
