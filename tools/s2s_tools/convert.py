# SPDX-License-Identifier: LGPL-2.1-or-later
"""Convert somebody else's model: python3 -m s2s_tools.convert KIND SOURCE BUNDLE …"""

import argparse
import sys
from pathlib import Path

from s2s_tools.architectures import make_network
from s2s_tools.bundle import write_model
from s2s_tools.importers import IMPORTERS
from s2s_tools.importers.common import SPECIAL, ConversionError, Options, check_fit

FILES = ("source_vocabulary", "target_vocabulary", "source_spm", "target_spm", "hyperparameters")


def parse(arguments):
    """The command line."""
    parser = argparse.ArgumentParser(prog="s2s_tools.convert", description=__doc__)
    parser.add_argument("kind", choices=IMPORTERS)
    parser.add_argument("source", type=Path, help="the model")
    parser.add_argument("bundle", type=Path, help="folder to write, new or empty")
    parser.add_argument("--source-language", required=True, metavar="TAG", help="as en")
    parser.add_argument("--target-language", required=True, metavar="TAG", help="as zh-Hant")
    parser.add_argument("--name", help="of the bundle; the folder's unless given")
    parser.add_argument("--task", choices=("translate", "condense", "reply"), default="translate")
    parser.add_argument("--dtype", choices=("f32", "f16", "int8"), default="f16")
    parser.add_argument("--hyperparameters", type=Path, help="pytorch: a recipe or config.json")
    for side in ("source", "target"):
        parser.add_argument(f"--{side}-vocabulary", type=Path, help='JSON, {"token": id, …}')
        parser.add_argument(f"--{side}-spm", type=Path, help="a SentencePiece model")
    parser.add_argument("--unit", choices=("word", "character"), default="word")
    for key in SPECIAL:
        parser.add_argument(f"--{key}", metavar="TOKEN", help="of both sides")
        if key != "bos":
            parser.add_argument(f"--source-{key}", metavar="TOKEN", help="where it is another")
    return parser.parse_args(arguments)


def read_options(arguments):
    """What the importers want to know of the command line."""
    target = {key: getattr(arguments, key) for key in SPECIAL}
    source = {
        key: getattr(arguments, f"source_{key}") or target[key] for key in SPECIAL if key != "bos"
    }
    return Options(
        unit=arguments.unit,
        source_special={key: token for key, token in source.items() if token is not None},
        target_special={key: token for key, token in target.items() if token is not None},
        **{name: getattr(arguments, name) for name in FILES},
    )


def check_network(converted):
    """Names and shapes must be what the reference network of the architecture has."""
    check_fit(converted.config, converted.tokenizers)
    try:
        make_network(converted.config).from_tensors(converted.tensors)
    except ValueError as error:
        raise ConversionError(str(error)) from None


def write(arguments, converted):
    """Write the bundle."""
    folder = arguments.bundle
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConversionError(f"{folder} is there already and is no empty folder")
    description = {
        "name": arguments.name or folder.resolve().name,
        "task": arguments.task,
        "source_language": arguments.source_language,
        "target_language": arguments.target_language,
    }
    folder.mkdir(parents=True, exist_ok=True)
    tables = [tokenizer.table for tokenizer in converted.tokenizers]
    try:
        write_model(
            folder, description, converted.config, converted.tensors, tables, arguments.dtype
        )
    except ValueError as error:
        raise ConversionError(str(error)) from None
    for tokenizer in converted.tokenizers:
        (folder / tokenizer.table["file"]).write_bytes(tokenizer.content)


def main(words=None):
    """Convert; returns the exit status."""
    arguments = parse(words)
    try:
        converted = IMPORTERS[arguments.kind](arguments.source, read_options(arguments))
        check_network(converted)
        write(arguments, converted)
    except (ConversionError, OSError) as error:
        print(f"convert: {error}", file=sys.stderr)
        return 1
    sizes = converted.config
    print(
        f"{arguments.bundle}: {sizes.cell} of {sizes.hidden_size}, "
        f"{sizes.encoder_layers}+{sizes.decoder_layers} layers, attention {sizes.attention}, "
        f"{arguments.dtype}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
