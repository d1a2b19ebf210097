# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tokenizers of a MarianMT directory: SentencePiece models, vocabularies, languages."""

import json
from dataclasses import dataclass

import langcodes

from s2s_tools.importers.common import (
    TAG,
    ConversionError,
    Tokenizer,
    check_ids,
    is_text,
    load_spm,
    read_ids,
    read_json,
)

PAD = "<pad>"
TOKENS = {"pad": PAD, "unk": "<unk>", "eos": "</s>"}
LEAST_SHARE = 0.5  # of a model's pieces that must be in its vocabulary
MOST_NAMELESS = 1000


@dataclass(frozen=True)
class Side:
    """A side's tokenizer, its vocabulary, and the ids of that which name no piece."""

    tokenizer: Tokenizer
    vocabulary: dict
    nameless: list


def read_pieces(path, wanted):
    """token → id of vocab.json or target_vocab.json; ids without a token get one.

    wanted: the ids that config.json has for tokens.
    """
    vocabulary = read_ids(path)
    if PAD not in vocabulary and wanted.get("pad", 0) not in vocabulary.values():
        vocabulary[PAD] = wanted["pad"]
    for key, token in TOKENS.items():
        got = vocabulary.get(token)
        if got is None and (key in wanted or key != "pad"):
            raise ConversionError(f"{path} has no token {token}")
        if wanted.get(key, got) != got:
            raise ConversionError(
                f"{path}: the id of {token} is {got}, expected {wanted[key]} as in config.json"
            )
    strange = next((token for token in vocabulary if not is_text(token)), None)
    if strange is not None:
        raise ConversionError(f"{path} has the token {strange!r}, which no text can say")
    last, ids = max(vocabulary.values()), set(vocabulary.values())
    nameless = []
    if last < len(ids) + MOST_NAMELESS:
        nameless = [token for token in range(last) if token not in ids]
    vocabulary |= {f"<nameless {token}>": token for token in nameless}
    check_ids(vocabulary, path)
    return vocabulary, nameless


def read_separate(folder):
    """Whether the sides have vocabularies of their own, as tokenizer_config.json says."""
    path = folder / "tokenizer_config.json"
    separate = read_json(path, "configuration").get("separate_vocabs") if path.exists() else None
    return (folder / "target_vocab.json").exists() if separate is None else bool(separate)


def read_model(path, vocabulary, name):
    """The bytes of a SentencePiece model, most of whose pieces must be in the vocabulary."""
    processor = load_spm(path)
    pieces = [
        processor.id_to_piece(i)
        for i in range(processor.vocab_size())
        if not (processor.is_control(i) or processor.is_unknown(i) or processor.is_byte(i))
    ]
    known = sum(piece in vocabulary for piece in pieces)
    if known < LEAST_SHARE * len(pieces):
        raise ConversionError(
            f"{path}: {known} of its {len(pieces)} pieces are in {name}, expected most of them: "
            "the two do not belong together"
        )
    return path.read_bytes()


def make_side(folder, side, name, wanted, bos):
    """A side from its two files."""
    vocabulary, nameless = read_pieces(folder / name, wanted)
    model = read_model(folder / f"{side}.spm", vocabulary, name)
    special = {key: vocabulary.get(token, -1) for key, token in TOKENS.items()}
    table = {"type": "sentencepiece", "file": f"{side}.spm", "vocabulary": name}
    table |= {"pad": special["pad"], "unk": special["unk"], "bos": bos, "eos": special["eos"]}
    ordered = dict(sorted(vocabulary.items(), key=lambda pair: pair[1]))
    text = json.dumps(ordered, ensure_ascii=False, indent=0) + "\n"
    tokenizer = Tokenizer(table, model, len(vocabulary), {name: text.encode()})
    return Side(tokenizer, vocabulary, nameless)


def read_sides(folder, settings):
    """Source and target. A source of its own may have other ids than config.json, which are the
    target's."""
    ids = {"eos": settings.eos_token_id, "pad": settings.pad_token_id}
    separate = read_separate(folder)
    name = "target_vocab.json" if separate else "vocab.json"
    source = make_side(folder, "source", "vocab.json", {} if separate else ids, -1)
    target = make_side(folder, "target", name, ids, settings.decoder_start_token_id)
    return source, target


def make_tag(code):
    """The BCP 47 tag of a language as the models write it: `fra`, `pt_br`, `cmn_Hans`."""
    try:
        return langcodes.standardize_tag(code.replace("_", "-"), macro=code.startswith("cmn"))
    except ValueError:
        return code.replace("_", "-")


def read_languages(vocabulary, wanted):
    """The target languages that the source can ask for, as members of config.json.

    wanted: what the user says; it must be one of them, if there are any.
    """
    codes = [token[2:-2] for token in vocabulary if token[:2] == ">>" and token[-2:] == "<<"]
    table = {}
    for code in sorted(codes, key=lambda code: (len(code), code)):
        tag = make_tag(code)
        tag = code.replace("_", "-") if tag in table else tag
        if TAG.fullmatch(tag):
            table.setdefault(tag, vocabulary[f">>{code}<<"])
    if not table:
        return {}
    tag = next((tag for tag in (make_tag(wanted), wanted) if tag in table), None)
    if tag is None:
        raise ConversionError(
            f"the model does not translate into {wanted}, expected one of "
            f"{', '.join(sorted(table))}"
        )
    return {"target_language": tag, "target_language_tokens": table}
