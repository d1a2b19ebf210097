# SPDX-License-Identifier: LGPL-2.1-or-later
"""Normalisation rules for the source: nmt_nfkc(_cf) with typographic characters folded.

SentencePiece takes a rule file only as a whole, so the built-in rules are read back
out of a trained model, where they lie as a double-array trie with a table of results.
"""

import io
import struct

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

FOLDED = {
    "'": "‘’‚‛`´′",
    '"': "“”„‟«»″",
    "-": "‐‑‒–—―−",
    "...": "…",
}
HAS_LEAF = 1 << 8
LABEL = (1 << 31) | 0xFF


def built_in_rules(name):
    """The built-in rules of that name, as nmt_nfkc: {characters: replacement}."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g h"]),
        model_writer=model,
        vocab_size=15,
        hard_vocab_limit=False,
        normalization_rule_name=name,
        minloglevel=2,
    )
    proto = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue())
    return read_charsmap(proto.normalizer_spec.precompiled_charsmap)


def read_charsmap(blob):
    """Read a precompiled map: u32 size of the trie, the trie's units, the results."""
    (size,) = struct.unpack_from("<I", blob)
    units = struct.unpack_from(f"<{size // 4}I", blob, 4)
    results = blob[4 + size :]
    rules = {}
    pending = [(_child_base(units, 0), b"")]
    while pending:
        base, key = pending.pop()
        for byte in range(1, 256):
            node = base ^ byte
            if node >= len(units) or units[node] & LABEL != byte:
                continue
            below = _child_base(units, node)
            if units[node] & HAS_LEAF:
                start = units[below] & 0x7FFFFFFF
                result = results[start : results.index(b"\0", start)]
                rules[(key + bytes([byte])).decode()] = result.decode()
            pending.append((below, key + bytes([byte])))
    return rules


def _child_base(units, node):
    """Where the children of a trie node lie, before their byte is mixed in."""
    unit = units[node]
    return node ^ ((unit >> 10) << ((unit & (1 << 9)) >> 6))


def source_rules(fold_case):
    """nmt_nfkc with quotes, dashes and dots made plain, and capitals small if `fold_case`."""
    rules = built_in_rules("nmt_nfkc_cf" if fold_case else "nmt_nfkc")
    for plain, forms in FOLDED.items():
        rules |= dict.fromkeys(forms, plain)
    return rules


def write_rules(path, rules):
    """Write rules as SentencePiece reads them: hexadecimal code points, tab separated."""
    with open(path, "w", encoding="ascii") as file:
        for key, value in sorted(rules.items()):
            file.write(f"{_hexadecimal(key)}\t{_hexadecimal(value)}\n")


def _hexadecimal(text):
    return " ".join(f"{ord(character):X}" for character in text)
