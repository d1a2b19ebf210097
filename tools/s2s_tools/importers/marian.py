# SPDX-License-Identifier: LGPL-2.1-or-later
"""Marian's npz models: opened here, and converted by what knows their type."""

from s2s_tools.importers import marian_rnn, marian_transformer
from s2s_tools.importers.common import ConversionError
from s2s_tools.importers.marian_file import read_model

TYPES = {kind: marian_rnn.convert for kind in marian_rnn.TYPES}
BINARY = bytes(7)  # of the number of its version, after the first byte
TYPES |= {kind: marian_transformer.convert for kind in marian_transformer.TYPES}


def check_binary(path):
    """Complain of what `marian-conv` makes of a npz."""
    with open(path, "rb") as file:
        start = file.read(1 + len(BINARY))
    if start[1:] == BINARY:
        raise ConversionError(
            f"{path} is a binary model of Marian, whose matrices may be integers or packed for one "
            "processor: convert the npz that it was made from"
        )


def convert(path, options):
    """The network of a npz of Marian."""
    check_binary(path)
    model = read_model(path)
    kind = model.text("type")
    if kind not in TYPES:
        raise ConversionError(f"{path}: type is {kind!r}, expected one of {', '.join(TYPES)}")
    return TYPES[kind](model, options)
