# SPDX-License-Identifier: LGPL-2.1-or-later
"""Read what Marian writes: a npz with its settings, and vocabularies."""

import re
import struct
import tokenize
import zipfile
import zlib
from dataclasses import dataclass, replace

import numpy
import torch

from s2s_tools.importers.common import (
    NEVER,
    ConversionError,
    Tensors,
    check_ids,
    choose_file,
    make_plain,
    read_spm,
    read_vocabulary,
)

CONFIG = "special:model.yml"
DAMAGE = (ValueError, EOFError, KeyError, SyntaxError, OverflowError)
DAMAGE += (
    MemoryError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    tokenize.TokenError,
)
# The names of the special tokens, those of Nematus after Marian's, and their ids in the latter
END, UNKNOWN = ("</s>", "eos"), ("<unk>", "UNK")
# What older models keep for training
IGNORED = ("decoder_c_tt", "uidx", "history_errs")
START = "<s>"  # of the target: Marian's decoders begin with an embedding of zeros
ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f"}
ESCAPES |= {"r": "\r", "e": "\x1b", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"}
ESCAPES |= {sign: sign for sign in ' "/\\'}


WHOLE = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Model:
    """A model of Marian: its settings, key → text or list of texts, and its tensors."""

    path: object
    settings: dict
    tensors: Tensors

    def text(self, key, default=None):
        """A setting; without a default it must be there."""
        value = self.settings.get(key, default)
        if value is None:
            raise ConversionError(f"{self.path}: {CONFIG} has no {key}")
        if not isinstance(value, str):
            raise ConversionError(f"{self.path}: {key} is {value!r}, expected a single value")
        return value

    def whole(self, key, default=None):
        """A setting that is a whole number from 1."""
        value = self.text(key, default)
        if not WHOLE.fullmatch(value) or int(value) < 1:
            raise ConversionError(
                f"{self.path}: {key} is {value!r}, expected a whole number from 1"
            )
        return int(value)

    def flag(self, key):
        """A setting that is true or false; one that is not there is false."""
        value = self.text(key, "false").lower()
        if value not in ("true", "false"):
            raise ConversionError(f"{self.path}: {key} is {value!r}, expected true or false")
        return value == "true"

    def listed(self, key):
        """A setting that is a list, of items below it or in brackets; [] if it is not there."""
        value = self.settings.get(key, [])
        if isinstance(value, str):
            value = [item.strip(" '\"") for item in value.strip("[]").split(",")]
        return [item for item in value if item]

    def sizes(self):
        """The sizes of the vocabularies of source and target."""
        if "dim-vocabs" not in self.settings:
            raise ConversionError(f"{self.path}: {CONFIG} has no dim-vocabs")
        sizes = self.listed("dim-vocabs")
        good = all(WHOLE.fullmatch(size) and int(size) > 1 for size in sizes)
        if len(sizes) != 2 or not good:
            raise ConversionError(f"{self.path}: dim-vocabs is {sizes}, expected two sizes")
        return [int(size) for size in sizes]


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


def read_settings(data, path):
    """The scalars and lists of special:model.yml: `key: value`, and `- item` below a key."""
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
            if key in settings:
                raise ConversionError(f"{path}: {CONFIG} names {key} twice")
            settings[key] = value.strip("'\"") if value else []
        elif item and isinstance(settings.get(key), list):
            settings[key].append(item[1])
    return settings


def read_model(path):
    """The model in a npz."""
    arrays = read_arrays(path)
    if CONFIG not in arrays:
        raise ConversionError(f"{path} has no {CONFIG}: no model of Marian, or one of before 2018")
    settings = read_settings(arrays.pop(CONFIG), path)
    arrays = {name: array for name, array in arrays.items() if name not in IGNORED}
    strange = next((n for n, a in arrays.items() if a.dtype not in ("f2", "f4", "f8")), None)
    if strange is not None:
        raise ConversionError(
            f"{path}: {strange} is of type {arrays[strange].dtype}, expected floating point"
        )
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return Model(path, settings, Tensors(tensors, path))


def unescape(text, where):
    """What stands between double quotes in YAML."""

    def replace(match):
        digits = match[2] or match[3] or match[4]
        if digits:
            try:
                return chr(int(digits, 16))
            except (ValueError, OverflowError):
                raise ConversionError(f"{where}: no character is {match[0]}") from None
        if match[1] not in ESCAPES:
            raise ConversionError(f"{where}: unknown escape {match[0]}")
        return ESCAPES[match[1]]

    pattern = r"\\(x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|.)"
    return re.sub(pattern, replace, text)


def read_key(text, where):
    """A key of YAML, in quotes or plain."""
    if text.startswith('"'):
        if not re.fullmatch(r'"([^"\\]|\\.)*"', text):
            raise ConversionError(f"{where}: the quotes of {text} do not end")
        return unescape(text[1:-1], where)
    if text.startswith("'"):
        if not re.fullmatch(r"'([^']|'')*'", text):
            raise ConversionError(f"{where}: the quotes of {text} do not end")
        return text[1:-1].replace("''", "'")
    return text


def read_yaml(path):
    """token → id of a vocabulary in YAML: `key: id` a line, long keys as `? key` and `: id`.

    By hand, since a loader that knows types would take the tokens `no` and `1.0` for values.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError:
        raise ConversionError(f"vocabulary {path} is no UTF-8") from None
    vocabulary, key = {}, None
    for number, line in enumerate(lines, 1):
        where = f"vocabulary {path}, line {number}"
        line = line.removesuffix("\r")
        if key is None and (not line.strip() or line.startswith("#") or line == "---"):
            continue
        if key is None and line.startswith("? "):
            key = read_key(line[2:].strip(" "), where)
            continue
        pattern = r"(.+?)\s*:\s+(\d{1,9})\s*" if key is None else r"()\s*:\s+(\d{1,9})\s*"
        pair = re.fullmatch(pattern, line, re.ASCII)
        if not pair:
            raise ConversionError(f"{where}: got {line!r}, expected a token, a colon and its id")
        token = read_key(pair[1], where) if key is None else key
        if token in vocabulary:
            raise ConversionError(f"{where}: the token {token!r} stands there twice")
        vocabulary[token], key = int(pair[2]), None
    return vocabulary


def start_name(tokens):
    """A name for the start of a target that is no token yet."""
    name = START
    while name in tokens:
        name = f"<{name}>"
    return name


def find_named(vocabulary, names, at, where):
    """A special token: Marian's name, or at its id the name that Nematus has."""
    ours, older = names
    if vocabulary.get(older) == at:
        return older
    if ours not in vocabulary:
        raise ConversionError(f"{where} has no {ours}")
    return ours


def read_plain(path, side, rows):
    """The tokenizer of a vocabulary in YAML or JSON of that many tokens."""
    where = f"vocabulary {path}"
    vocabulary = read_vocabulary(path) if path.suffix == ".json" else read_yaml(path)
    check_ids(vocabulary, where)
    if len(vocabulary) != rows:
        hint = f"; Marian reads the first {rows} of these" if len(vocabulary) > rows else ""
        raise ConversionError(
            f"{where} has {len(vocabulary)} tokens, but the model {rows} of the {side}{hint}"
        )
    named = {"eos": find_named(vocabulary, END, 0, where)}
    named["unk"] = find_named(vocabulary, UNKNOWN, 1, where)
    if side == "target":
        named["bos"] = start_name(vocabulary)
        vocabulary[named["bos"]] = rows
    return make_plain(vocabulary, named, side, "word")


def control_piece(name):
    """A piece of SentencePiece that no text becomes, as the end of a model's file."""
    text = name.encode()
    piece = b"\x0a" + bytes([len(text)]) + text + b"\x15" + struct.pack("<f", 0) + b"\x18\x03"
    return b"\x0a" + bytes([len(piece)]) + piece


def read_pieces(path, side, rows):
    """The tokenizer of a SentencePiece model of that many pieces."""
    tokenizer, processor = read_spm(path, side, required=("eos", "unk"))
    if tokenizer.size != rows:
        raise ConversionError(
            f"{path} has {tokenizer.size} pieces, but the model {rows} of the {side}"
        )
    if side == "source":
        return tokenizer
    if tokenizer.table["bos"] >= 0:
        raise ConversionError(
            f"{path} has a start token, id {tokenizer.table['bos']}; targets of Marian have none"
        )
    pieces = {processor.id_to_piece(at) for at in range(rows)}
    content = tokenizer.content + control_piece(start_name(pieces))
    return replace(tokenizer, table=tokenizer.table | {"bos": rows}, content=content, size=rows + 1)


def read_tokenizers(options, sizes):
    """Both tokenizers from the files that the user names.

    The target gets one token more than the model has, its start: see `with_start`.
    """
    if options.source_special or options.target_special or options.unit != "word":
        raise ConversionError(
            "vocabularies of Marian say themselves what their special tokens and units are: "
            "leave --bos, --eos, --unk, --pad and --unit away"
        )
    found = []
    for side, rows in zip(("source", "target"), sizes, strict=True):
        vocabulary, spm = choose_file(options, side)
        if spm is None:
            found.append(read_plain(vocabulary, side, rows))
        else:
            found.append(read_pieces(spm, side, rows))
    return tuple(found)


def with_start(matrix):
    """A table of embeddings with a row of zeros for the start of a target."""
    return torch.nn.functional.pad(matrix, (0, 0, 0, 1))


def bias_with_start(bias):
    """The generator's bias [Vt] with one for the start: too low to count in any softmax."""
    return torch.nn.functional.pad(bias, (0, 1), value=NEVER)
