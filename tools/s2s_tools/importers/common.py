# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the importers share: their error, tensors that are checked, vocabularies."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import sentencepiece
import torch

from s2s_tools import tokenizers

# The limits of docs/model-format.md
VOCABULARIES = {"source_vocabulary_size": 1_000_000, "target_vocabulary_size": 1_000_000}
LARGEST = {
    "rnn": {
        **VOCABULARIES,
        "embedding_size": 8192,
        "hidden_size": 8192,
        "encoder_layers": 8,
        "decoder_layers": 8,
        "attention_size": 8192,
        "output_size": 8192,
    },
    "transformer": {
        **VOCABULARIES,
        "model_size": 8192,
        "feed_forward_size": 32768,
        "encoder_layers": 24,
        "decoder_layers": 24,
        "max_positions": 65536,
    },
    "nematus": {
        **VOCABULARIES,
        "embedding_size": 8192,
        "hidden_size": 8192,
        "encoder_layers": 8,
        "decoder_layers": 8,
        "attention_size": 8192,
    },
}
SPECIAL = ("pad", "unk", "bos", "eos")
TAG = re.compile("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # of a language, as the library reads one
NEVER = -10_000.0  # a bias with which a token is never put out; half precision holds it too


class ConversionError(Exception):
    """What cannot be converted and why, in one line."""


@dataclass(frozen=True)
class Options:
    """What the command line says beside the kind, the source and the bundle.

    `special` maps pad, unk, bos and eos of a side to the tokens that the user names;
    `language_tokens` has pairs of a target language and a token of the source.
    """

    source_vocabulary: Path | None = None
    target_vocabulary: Path | None = None
    source_spm: Path | None = None
    target_spm: Path | None = None
    hyperparameters: Path | None = None
    target_language: str = ""
    unit: str = "word"
    source_special: dict = field(default_factory=dict)
    target_special: dict = field(default_factory=dict)
    language_tokens: tuple = ()


@dataclass(frozen=True)
class Tokenizer:
    """A side's tokenizer: its object in config.json, its file's bytes, how many tokens it has.

    `others` has the bytes of further files by their names.
    """

    table: dict
    content: bytes
    size: int
    others: dict = field(default_factory=dict)

    @property
    def files(self):
        """Bytes of all files by their names."""
        return {self.table["file"]: self.content, **self.others}


@dataclass(frozen=True)
class Converted:
    """A network in the format's names, and its tokenizers (source, target).

    `description` has what config.json says beside these, where the model tells it.
    """

    config: object
    tensors: dict
    tokenizers: tuple
    description: dict = field(default_factory=dict)


def shape_of(tensor):
    """The shape as it is shown in messages."""
    return list(tensor.shape)


class Tensors:
    """Tensors of a file, each to be taken once, with its shape."""

    def __init__(self, values, where):
        self.values, self.where, self.taken = values, where, set()

    def __contains__(self, name):
        """Whether the file has it."""
        return name in self.values

    def take(self, name, *shape):
        """The tensor in f32; None in the shape stands for any size."""
        if name not in self.values:
            raise ConversionError(f"{self.where}: there is no tensor {name}")
        tensor = self.values[name]
        self.taken.add(name)
        return checked(tensor, f"{self.where}: {name}", *shape)

    def finish(self):
        """Complain of tensors that nobody took: they would be lost."""
        left = sorted(set(self.values) - self.taken)
        if left:
            names = ", ".join(left[:8]) + (f" and {len(left) - 8} more" if left[8:] else "")
            raise ConversionError(
                f"{self.where}: tensors that the format has no place for: {names}"
            )


def checked(tensor, what, *shape):
    """The tensor in f32 if its type and shape are right and its values are numbers."""
    if not isinstance(tensor, torch.Tensor):
        raise ConversionError(f"{what} is no tensor but {type(tensor).__name__}")
    if not tensor.is_floating_point():
        raise ConversionError(f"{what} is of type {tensor.dtype}, expected floating point")
    fits = tensor.dim() == len(shape) and all(
        wanted in (None, got) for wanted, got in zip(shape, tensor.shape, strict=False)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ConversionError(f"{what} is {shape_of(tensor)}, expected [{wanted}]")
    if not bool(tensor.isfinite().all()):
        raise ConversionError(f"{what} has values that are not finite")
    return tensor.float()


def widened(matrix, columns):
    """The matrix with columns of zeros to that width: both embeddings are of one size."""
    return torch.nn.functional.pad(matrix, (0, columns - matrix.size(1)))


def read_json(path, what):
    """A JSON object; no member is named twice."""

    def unique(pairs):
        table = dict(pairs)
        if len(table) != len(pairs):
            raise ConversionError(f"{what} {path}: a name stands there twice")
        return table

    try:
        table = json.loads(Path(path).read_text(encoding="utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise ConversionError(f"{what} {path} is no JSON in UTF-8: {error}") from None
    if not isinstance(table, dict):
        raise ConversionError(f"{what} {path} is no JSON object but {type(table).__name__}")
    return table


def read_ids(path):
    """token → id of a file, whole numbers from 0."""
    vocabulary = read_json(path, "vocabulary")
    wrong = next((t for t, i in vocabulary.items() if type(i) is not int or i < 0), None)
    if wrong is not None:
        raise ConversionError(
            f"vocabulary {path}: the id of “{wrong}” is {vocabulary[wrong]!r}, "
            "expected a whole number from 0"
        )
    return vocabulary


def read_vocabulary(path, pad=None):
    """token → id of a file. A pad token that is not listed takes the id 0 if that is free."""
    vocabulary = read_ids(path)
    if pad is not None and pad not in vocabulary and 0 not in vocabulary.values():
        vocabulary[pad] = 0
    check_ids(vocabulary, f"vocabulary {path}")
    return vocabulary


def check_ids(vocabulary, what):
    """Ids must be 0 to n − 1, each once."""
    ids = sorted(vocabulary.values())
    wrong = next((at for at, token in enumerate(ids) if token != at), None)
    if wrong is None:
        return
    kind = "there twice" if ids[wrong] < wrong else "missing"
    shown = ids[wrong] if ids[wrong] < wrong else wrong
    hint = "; --pad TOKEN puts a token there" if (kind, shown) == ("missing", 0) else ""
    raise ConversionError(f"{what}: id {shown} is {kind}, expected 0 to {len(ids) - 1}{hint}")


def find_special(vocabulary, named, side):
    """The ids of pad, unk, bos and eos in config.json of the tokens that the user named."""
    for key, token in named.items():
        if token not in vocabulary:
            raise ConversionError(f"{key} “{token}” is not in the {side} vocabulary")
    required = () if side == "source" else ("bos", "eos")
    missing = next((key for key in required if key not in named), None)
    if missing is not None:
        raise ConversionError(f"the {side} has no {missing}: name its token with --{missing}")
    return {key: vocabulary[named[key]] if key in named else -1 for key in SPECIAL}


def is_text(token):
    """Whether it is valid Unicode without NUL."""
    return "\0" not in token and not any("\ud800" <= letter <= "\udfff" for letter in token)


def make_plain(vocabulary, named, side, unit):
    """A plain tokenizer of a vocabulary token → id."""
    strange = next((token for token in vocabulary if not token or not is_text(token)), None)
    if strange is not None:
        raise ConversionError(
            f"the {side} vocabulary has the token {strange!r}, which no text can say"
        )
    special = find_special(vocabulary, named, side)
    file = f"{side}.json"
    table = {"type": "plain", "file": file, "unit": unit, **special}
    text = json.dumps(vocabulary, ensure_ascii=False, indent=0) + "\n"
    return Tokenizer(table, text.encode(), len(vocabulary))


def find_piece(processor, piece):
    """The id of a piece of a SentencePiece model; None if it has no such piece."""
    found = processor.piece_to_id(piece)
    return found if processor.id_to_piece(found) == piece else None


def find_token(tokenizer, token):
    """The id of a token of a tokenizer, or None."""
    table = tokenizer.table
    if table["type"] == "plain" or "vocabulary" in table:
        return json.loads(tokenizer.files[table.get("vocabulary", table["file"])]).get(token)
    processor = sentencepiece.SentencePieceProcessor(model_proto=tokenizer.content)
    return find_piece(processor, token)


def check_tags(tags):
    """BCP 47 tags as the library reads them, none twice."""
    for tag in tags:
        if not TAG.fullmatch(tag):
            raise ConversionError(f"the language is {tag!r}, expected a BCP 47 tag")
    lower = [tag.lower() for tag in tags]
    twice = next((tag for tag in tags if lower.count(tag.lower()) > 1), None)
    if twice is not None:
        raise ConversionError(f"--target-language-token names {twice} twice")


def find_languages(tokenizer, named, default):
    """`target_language_tokens` of config.json of the pairs (tag, token) that the user named."""
    check_tags([tag for tag, _ in named])
    found = {}
    for tag, token in named:
        found[tag] = find_token(tokenizer, token)
        if found[tag] is None:
            raise ConversionError(f"the token “{token}” of {tag} is not in the source vocabulary")
    if found and default.lower() not in (tag.lower() for tag in found):
        raise ConversionError(
            f"--target-language is {default}, expected one with a --target-language-token: "
            f"{', '.join(found)}"
        )
    return found


def load_spm(path):
    """A SentencePiece model."""
    try:
        return tokenizers.load(path)
    except (OSError, RuntimeError) as error:
        message = str(error).splitlines()[0] if str(error) else "unreadable"
        raise ConversionError(f"{path} is no SentencePiece model: {message}") from None


def read_spm(path, side, named=(), ends_source=True, required=None):
    """A SentencePiece tokenizer of a file, with the special tokens that it says; its processor.

    A source ends with the token that the user names, or with `ends_source` with EOS of the file.
    required: the special tokens that the file must have, those of a bundle unless given.
    """
    processor = load_spm(path)
    unused = sorted(set(named) - ({"eos"} if side == "source" else set()))
    if unused:
        raise ConversionError(
            f"{path} says itself which its special tokens are: leave --{unused[0]} away"
        )
    special = {key: getattr(processor, f"{key}_id")() for key in SPECIAL}
    if side == "source" and "eos" in named:
        special["eos"] = find_piece(processor, named["eos"])
        if special["eos"] is None:
            raise ConversionError(f"{path}: there is no eos “{named['eos']}”")
    elif side == "source" and not ends_source:
        special["eos"] = -1
    required = required or (() if side == "source" else ("bos", "eos"))
    missing = next((key for key in required if special[key] < 0), None)
    if missing is not None:
        raise ConversionError(f"{path}: the {side} has no {missing}")
    table = {"type": "sentencepiece", "file": f"{side}.spm", **special}
    return Tokenizer(table, Path(path).read_bytes(), processor.vocab_size()), processor


def choose_file(options, side):
    """The vocabulary or the SentencePiece model of a side; the other is None."""
    vocabulary = getattr(options, f"{side}_vocabulary")
    spm = getattr(options, f"{side}_spm")
    if (vocabulary is None) == (spm is None):
        got = "neither" if spm is None else "both"
        raise ConversionError(f"expected one of --{side}-vocabulary and --{side}-spm, got {got}")
    return vocabulary, spm


def read_tokenizers(options, ends_source=False):
    """Both tokenizers from the files that the user names; see `read_spm`."""
    found = []
    for side in ("source", "target"):
        vocabulary, spm = choose_file(options, side)
        named = getattr(options, f"{side}_special")
        if spm is not None:
            found.append(read_spm(spm, side, named, ends_source)[0])
            continue
        tokens = read_vocabulary(vocabulary, named.get("pad"))
        found.append(make_plain(tokens, named, side, options.unit))
    return tuple(found)


def check_fit(config, pair):
    """The limits of the format, and no more tokens than rows of the embeddings."""
    for key, most in LARGEST[config.architecture].items():
        if getattr(config, key) > most:
            raise ConversionError(f"{key} is {getattr(config, key)}, the format allows {most}")
    for side, tokenizer in zip(("source", "target"), pair, strict=True):
        rows = getattr(config, f"{side}_vocabulary_size")
        if tokenizer.size > rows:
            raise ConversionError(
                f"the {side} vocabulary has {tokenizer.size} tokens, but the model {rows}"
            )
