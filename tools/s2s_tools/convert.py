# SPDX-License-Identifier: LGPL-2.1-or-later
"""Convert somebody else's model: python3 -m s2s_tools.convert KIND SOURCE BUNDLE …"""

import argparse
import sys
from pathlib import Path

from s2s_tools.architectures import make_network
from s2s_tools.bundle import write_model
from s2s_tools.importers import IMPORTERS
from s2s_tools.importers.common import (
    SPECIAL,
    ConversionError,
    Options,
    check_fit,
    check_tags,
    find_languages,
)

SIDES = ("source_vocabulary", "target_vocabulary", "source_spm", "target_spm")
FILES = (*SIDES, "hyperparameters")
NAMES = (*SPECIAL, "source_pad", "source_unk", "source_eos", "unit")
# The options that a kind reads beside those of all kinds
USED = {
    "keras": {*SIDES, *NAMES},
    "pytorch": {*FILES, *NAMES},
    "opennmt-py": {*NAMES} - {"unit"},
    "marian": {*SIDES, *NAMES},
    "marianmt": set(),
}


def split_language(word):
    """TAG=TOKEN as a pair."""
    tag, sign, token = word.partition("=")
    if not (tag and sign and token):
        raise argparse.ArgumentTypeError(f"expected TAG=TOKEN, got {word!r}")
    return tag, token


def parse(arguments):
    """The command line."""
    parser = argparse.ArgumentParser(prog="s2s_tools.convert", description=__doc__)
    parser.add_argument("kind", choices=IMPORTERS)
    parser.add_argument("source", type=Path, help="the model")
    parser.add_argument("bundle", type=Path, help="folder to write, new or empty")
    parser.add_argument("--source-language", required=True, metavar="TAG", help="as en")
    parser.add_argument("--target-language", required=True, metavar="TAG", help="as zh-Hant")
    parser.add_argument(
        "--target-language-token",
        metavar="TAG=TOKEN",
        type=split_language,
        action="append",
        default=[],
        help="token that is put before a source for that language; once for each",
    )
    parser.add_argument("--name", help="of the bundle; the folder's unless given")
    parser.add_argument("--task", choices=("translate", "condense", "reply"), default="translate")
    parser.add_argument("--dtype", choices=("f32", "f16", "int8"), default="f16")
    parser.add_argument("--hyperparameters", type=Path, help="pytorch: a recipe or config.json")
    for side in ("source", "target"):
        parser.add_argument(f"--{side}-vocabulary", type=Path, help='JSON, {"token": id, …}')
        parser.add_argument(f"--{side}-spm", type=Path, help="a SentencePiece model")
    parser.add_argument("--unit", choices=("word", "character"), default="word")
    for key in SPECIAL:
        both = key in ("pad", "unk")
        parser.add_argument(
            f"--{key}", metavar="TOKEN", help="of both sides" if both else "of the target"
        )
        if both:
            parser.add_argument(f"--source-{key}", metavar="TOKEN", help="where it is another")
    parser.add_argument(
        "--source-eos", metavar="TOKEN", help="that ends every source; without it none does"
    )
    return parser.parse_args(arguments)


def check_used(arguments):
    """Complain of options that the kind has no use for: they would be ignored."""
    given = [
        name
        for name in (*FILES, *NAMES)
        if getattr(arguments, name) not in (None, "word") and name not in USED[arguments.kind]
    ]
    if given:
        option = given[0].replace("_", "-")
        raise ConversionError(f"{arguments.kind} has no use for --{option}: leave it away")


def read_options(arguments):
    """What the importers want to know of the command line."""
    target = {key: getattr(arguments, key) for key in SPECIAL}
    source = {key: getattr(arguments, f"source_{key}") or target[key] for key in ("pad", "unk")}
    source["eos"] = arguments.source_eos
    return Options(
        target_language=arguments.target_language,
        unit=arguments.unit,
        source_special={key: token for key, token in source.items() if token is not None},
        target_special={key: token for key, token in target.items() if token is not None},
        language_tokens=tuple(arguments.target_language_token),
        **{name: getattr(arguments, name) for name in FILES},
    )


def check_network(converted):
    """Names and shapes must be what the reference network of the architecture has."""
    check_fit(converted.config, converted.tokenizers)
    try:
        make_network(converted.config).from_tensors(converted.tensors)
    except ValueError as error:
        raise ConversionError(str(error)) from None


def write(arguments, options, converted):
    """Write the bundle."""
    folder = arguments.bundle
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConversionError(f"{folder} is there already and is no empty folder")
    description = {
        "name": arguments.name or folder.resolve().name,
        "task": arguments.task,
        "source_language": arguments.source_language,
        "target_language": arguments.target_language,
        **converted.description,
    }
    languages = find_languages(
        converted.tokenizers[0], options.language_tokens, arguments.target_language
    )
    if languages and "target_language_tokens" in converted.description:
        raise ConversionError(
            "the model says itself which tokens its languages have: leave --target-language-token "
            "away"
        )
    if languages:
        description["target_language_tokens"] = languages
    tables, files = [tokenizer.table for tokenizer in converted.tokenizers], {}
    for tokenizer in converted.tokenizers:
        files |= tokenizer.files
    network = (converted.config, converted.tensors)
    try:
        write_model(folder, description, *network, tables, arguments.dtype, files)
    except ValueError as error:
        raise ConversionError(str(error)) from None


def summarize(config):
    """What the network is, for people to read."""
    layers = f"{config.encoder_layers}+{config.decoder_layers} layers"
    if config.architecture == "transformer":
        return f"transformer of {config.model_size}, {layers}, {config.heads} heads"
    if config.architecture == "nematus":
        return f"nematus of {config.hidden_size}, {layers}"
    return f"{config.cell} of {config.hidden_size}, {layers}, attention {config.attention}"


def main(words=None):
    """Convert; returns the exit status."""
    arguments = parse(words)
    try:
        check_used(arguments)
        check_tags([arguments.source_language])
        check_tags([arguments.target_language])
        options = read_options(arguments)
        converted = IMPORTERS[arguments.kind](arguments.source, options)
        check_network(converted)
        write(arguments, options, converted)
    except (ConversionError, OSError) as error:
        print(f"convert: {error}", file=sys.stderr)
        return 1
    ends = converted.tokenizers[0].table.get("eos", -1) >= 0
    print(
        f"{arguments.bundle}: {summarize(converted.config)}, {arguments.dtype}, "
        f"sources {'with' if ends else 'without'} EOS"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
