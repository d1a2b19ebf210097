# SPDX-License-Identifier: LGPL-2.1-or-later
"""Marian's npz models: read and checked, and a precise answer why one cannot be converted.

The RNN models of Marian (`s2s`, and `amun` and `nematus`, which have the same network under older
names) put the attention between two cells of one decoder step. The architecture `rnn` of
docs/model-format.md has no such decoder, so there is no exact conversion of any of them.
"""

import re
import tokenize
import zipfile
import zlib

import numpy
import torch

from s2s_tools.importers.common import ConversionError, Tensors

CONFIG = "special:model.yml"
RECURRENT = ("s2s", "amun", "nematus")
REQUIRED = ("type", "dim-vocabs", "dim-emb", "dim-rnn", "enc-depth", "dec-depth")
# Tensors that show each point in which the network differs, by the names of `s2s`
DIFFERENCES = {
    "decoder_cell2_": "a decoder step runs a second cell on what the attention gives",
    "decoder_ff_state_W": "the decoder starts from the mean of the encoder's outputs",
    "decoder_ff_logit_l1_W0": "the layer below the generator also reads the previous token",
}
# The names that amun and nematus have for the same
OLDER = {
    "decoder_U_nl": "decoder_cell2_",
    "ff_state_W": "decoder_ff_state_W",
    "ff_logit_prev_W": "decoder_ff_logit_l1_W0",
}


DAMAGE = (ValueError, EOFError, KeyError, NotImplementedError, SyntaxError, OverflowError)
DAMAGE += (MemoryError, zipfile.BadZipFile, zlib.error, tokenize.TokenError)


def read_arrays(path):
    """name → array of a npz; nothing in it is unpickled."""
    try:
        file = numpy.load(path, allow_pickle=False)
        if isinstance(file, numpy.ndarray):
            raise ConversionError(f"{path} is a single array, expected a npz of Marian")
        with file:
            arrays = {name: file[name] for name in file.files}
    except DAMAGE as error:
        reason = " ".join(str(error).split())
        raise ConversionError(f"{path} is no npz of plain arrays, or damaged: {reason}") from None
    strange = next((n for n, a in arrays.items() if not isinstance(a, numpy.ndarray)), None)
    if strange is not None:
        raise ConversionError(f"{path}: {strange} is no array, the file is damaged")
    return arrays


def read_settings(arrays, path):
    """The scalars and lists of special:model.yml: `key: value`, and `- item` below a key."""
    if CONFIG not in arrays:
        raise ConversionError(f"{path} has no {CONFIG}: no model of Marian, or one of before 2018")
    data = arrays[CONFIG]
    if data.dtype.itemsize != 1:
        raise ConversionError(f"{path}: {CONFIG} is of type {data.dtype}, expected bytes")
    try:
        text = data.tobytes().rstrip(b"\0").decode()
    except UnicodeDecodeError:
        raise ConversionError(f"{path}: {CONFIG} is no UTF-8") from None
    settings, key = {}, None
    for line in text.splitlines():
        pair = re.fullmatch(r"([\w-]+):\s*(.*)", line)
        item = re.fullmatch(r"\s*-\s+(.*)", line)
        if pair:
            key, value = pair.groups()
            settings[key] = value.strip("'\"") if value else []
        elif item and isinstance(settings.get(key), list):
            settings[key].append(item[1])
    missing = [name for name in REQUIRED if name not in settings]
    if missing:
        raise ConversionError(f"{path}: {CONFIG} has no {', '.join(missing)}")
    return settings


def whole(settings, key, path):
    """A setting that is a whole number from 1."""
    value = settings[key]
    if not isinstance(value, str) or not value.isdecimal() or int(value) < 1:
        raise ConversionError(f"{path}: {key} is {value!r}, expected a whole number from 1")
    return int(value)


def read_sizes(settings, path):
    """The sizes of the vocabularies."""
    sizes = settings["dim-vocabs"]
    if isinstance(sizes, str):
        sizes = [size.strip() for size in sizes.strip("[]").split(",")]
    if len(sizes) != 2 or not all(size.isdecimal() for size in sizes):
        raise ConversionError(f"{path}: dim-vocabs is {sizes}, expected two sizes")
    return [int(size) for size in sizes]


def check_tables(tensors, settings, path):
    """The embeddings must be what the settings say, or the file is not what it claims to be."""
    width = whole(settings, "dim-emb", path)
    shared = "Wemb" in tensors and "Wemb_dec" not in tensors and "decoder_Wemb" not in tensors
    if shared:
        names = [("Wemb",), ("Wemb",)]
    else:
        names = [("encoder_Wemb", "Wemb"), ("decoder_Wemb", "Wemb_dec")]
    for choices, rows in zip(names, read_sizes(settings, path), strict=True):
        name = next((name for name in choices if name in tensors), choices[0])
        tensors.take(name, rows, width)


def find_differences(names):
    """Why the network is not the format's, each with the tensor that shows it."""
    found = []
    for start, reason in DIFFERENCES.items():
        older = [name for name, newer in OLDER.items() if newer == start]
        shown = next(
            (n for n in sorted(names) if n.startswith(start) or n in older),
            None,
        )
        if shown is not None:
            found.append(f"{reason} ({shown})")
    return found


def convert(path, _options):
    """Refuses every model, with the reason: see the top of this file."""
    arrays = read_arrays(path)
    settings = read_settings(arrays, path)
    kind = settings["type"]
    if kind not in RECURRENT:
        raise ConversionError(
            f"{path}: type is {kind!r}, expected a recurrent one: {', '.join(RECURRENT)}"
        )
    del arrays[CONFIG]
    strange = next((n for n, a in arrays.items() if a.dtype not in ("f2", "f4", "f8")), None)
    if strange is not None:
        raise ConversionError(
            f"{path}: {strange} is of type {arrays[strange].dtype}, expected floating point"
        )
    tensors = Tensors({name: torch.from_numpy(a) for name, a in arrays.items()}, path)
    for key in ("dim-rnn", "enc-depth", "dec-depth"):
        whole(settings, key, path)
    check_tables(tensors, settings, path)
    reasons = find_differences(arrays)
    if not reasons:
        raise ConversionError(
            f"{path}: type is {kind!r}, but no tensor decoder_cell2_*, decoder_ff_state_W or "
            "decoder_ff_logit_l1_W0 is there: the file is not complete"
        )
    raise ConversionError(
        f"{path}: Marian's {kind} is another network than the format's rnn: {'; '.join(reasons)}"
    )
