# SPDX-License-Identifier: LGPL-2.1-or-later
"""Marian's npz models: opened here, and converted by what knows their type."""

from s2s_tools.importers import marian_rnn, marian_transformer
from s2s_tools.importers.common import ConversionError
from s2s_tools.importers.marian_file import read_model

TYPES = {kind: marian_rnn.convert for kind in marian_rnn.TYPES}
TYPES |= {kind: marian_transformer.convert for kind in marian_transformer.TYPES}
BINARY = bytes(7)  # of the number of its version, after the first byte
MOST_LAYERS = 24  # of any architecture


def check_binary(path):
    """Complain of what `marian-conv` makes of a npz."""
    with open(path, "rb") as file:
        start = file.read(1 + len(BINARY))
    if start[1:] == BINARY:
        raise ConversionError(
            f"{path} is a binary model of Marian, whose matrices may be integers or packed for one "
            "processor: convert the npz that it was made from"
        )


def check_common(model):
    """What no type has a place for, and depths and sizes before anything is made of them."""
    factored = any(name.endswith(".fsv") for name in model.listed("vocabs"))
    if factored or model.text("lemma-dim-emb", "0") != "0":
        raise ConversionError(f"{model.path}: the format has no factored vocabularies")
    if model.flag("ulr"):
        raise ConversionError(f"{model.path}: ulr is true: the format has no universal embeddings")
    for key in ("enc-depth", "dec-depth"):
        if model.whole(key) > MOST_LAYERS:
            raise ConversionError(
                f"{model.path}: {key} is {model.text(key)}, the format allows {MOST_LAYERS}"
            )


def convert(path, options):
    """The network of a npz of Marian."""
    check_binary(path)
    model = read_model(path)
    kind = model.text("type")
    if kind not in TYPES:
        raise ConversionError(f"{path}: type is {kind!r}, expected one of {', '.join(TYPES)}")
    check_common(model)
    return TYPES[kind](model, options)
