# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write and read bundles; export one: python3 -m s2s_tools.bundle RECIPE.toml --data DIR …"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save

from s2s_tools import checkpoint, int8, tokenizers
from s2s_tools.architectures import make_config, make_network
from s2s_tools.decode import DecodingOptions, SourceForm
from s2s_tools.marks import Marks
from s2s_tools.recipe import read_recipe

# What vectors, and matrices that are not int8, are stored as
DTYPES = {
    "f32": torch.float32,
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "int8": torch.float16,
}
SPECIAL = {
    "pad": tokenizers.PAD,
    "unk": tokenizers.UNK,
    "bos": tokenizers.BOS,
    "eos": tokenizers.EOS,
}


def store(tensors, config, dtype):
    """The tensors as model.safetensors has them."""
    stored = {}
    for name, tensor in tensors.items():
        if dtype == "int8" and int8.is_chosen(name, tensor, config):
            stored |= int8.quantize(name, tensor)
        else:
            stored[name] = tensor.to(DTYPES[dtype])
    unfit = [name for name, tensor in stored.items() if not tensor.isfinite().all()]
    if unfit:
        raise ValueError(f"not finite as {dtype}: {', '.join(unfit)}")
    return {name: tensor.contiguous() for name, tensor in stored.items()}


def write_config(folder, table):
    """Write config.json."""
    text = json.dumps(table, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    (Path(folder) / "config.json").write_text(text, encoding="utf-8")


def limit_source(decoding, config):
    """`decoding` whose longest source has positions in the network."""
    most = getattr(config, "max_positions", 0)
    longest = decoding.get("max_source_length", DecodingOptions.max_source_length)
    return {**decoding, "max_source_length": most} if 0 < most < longest else decoding


def write_model(folder, description, config, tensors, tokenizer_tables, dtype="f16", files=None):
    """Write config.json, model.safetensors and other files of a bundle, by their names.

    description: name, task, languages, decoding and perhaps stand_ins of config.json, and what
    it says of marks and of what is to be kept;
    tokenizer_tables: `source_tokenizer` and `target_tokenizer` of config.json.
    """
    table = {"format_version": 1, **description, "architecture": config.architecture}
    table["hyperparameters"] = config.to_dict()
    table["source_tokenizer"], table["target_tokenizer"] = tokenizer_tables
    for key in ("decoding", "stand_ins"):
        table[key] = table.pop(key, {})
    table["decoding"] = limit_source(table["decoding"], config)
    weights = save(store(tensors, config, dtype))  # may fail, with nothing written
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (files or {}).items():
        (folder / name).write_bytes(content)
    (folder / "model.safetensors").write_bytes(weights)
    write_config(folder, table)


def write_bundle(folder, description, config, tensors, spm, dtype="f16"):
    """Write a bundle with SentencePiece models; spm: the files of the source and the target.

    The other arguments are those of `write_model`.
    """
    tables, files = [], {}
    for side, path in zip(("source", "target"), spm, strict=True):
        files[f"{side}.spm"] = Path(path).read_bytes()
        tables.append({"type": "sentencepiece", "file": f"{side}.spm", **SPECIAL})
    write_model(folder, description, config, tensors, tables, dtype, files)


def read_config(folder):
    """The object of config.json."""
    return json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))


def find_source_eos(table):
    """The token that ends a source by a config.json; None where there is none."""
    tokenizer = table["source_tokenizer"]
    eos = tokenizer.get("eos", tokenizers.EOS if tokenizer["type"] == "bytes" else -1)
    return None if eos < 0 else eos


def choose_length(table, ratio=None):
    """The token of a config.json for a ratio of lengths, by default its own; [] without such."""
    lengths = table.get("length_tokens", [])
    if not lengths:
        return []
    ratio = ratio or table.get("decoding", {}).get("length_ratio", lengths[-1]["ratio"])
    fitting = [length["token"] for length in lengths if length["ratio"] <= ratio]
    return [fitting[-1] if fitting else lengths[0]["token"]]


def read_source_form(folder, language=None, ratio=None):
    """What is put around a source that is to be put out in a language and length, or the default.

    The language is one of the bundle's as its config.json spells it.
    """
    table = read_config(folder)
    tokens = table.get("target_language_tokens", {})
    language = language or table["target_language"]
    known = {tag.lower(): [token] for tag, token in tokens.items()}
    known = known or {table["target_language"].lower(): []}
    if language.lower() not in known:
        raise ValueError(f"{folder}: expected one of {', '.join(known)}, got {language}")
    before = (*known[language.lower()], *choose_length(table, ratio))
    return SourceForm(before, find_source_eos(table))


def read_network(folder):
    """The network of a bundle, in f32."""
    folder = Path(folder)
    table = read_config(folder)
    model = make_network(make_config(table["architecture"], **table["hyperparameters"]))
    model.source_ends = find_source_eos(table) is not None
    tensors = load_file(folder / "model.safetensors")
    return model.from_tensors(int8.dequantize(tensors)).eval()


def read_tokenizer(folder, table):
    """The tokenizer of an object in config.json, of the type sentencepiece."""
    if table["type"] != "sentencepiece":
        raise ValueError(f"{folder}: a {table['type']} tokenizer; expected sentencepiece here")
    processor = tokenizers.load(folder / table["file"])
    if "vocabulary" not in table:
        return processor
    vocabulary = json.loads((folder / table["vocabulary"]).read_text(encoding="utf-8"))
    special = {key: table.get(key, -1) for key in SPECIAL}
    return tokenizers.Mapped(processor, vocabulary, special)


def read_bundle(folder):
    """The model in f32, its tokenizers (source, target) and its decoding options."""
    folder = Path(folder)
    table = read_config(folder)
    sides = ("source", "target")
    spm = tuple(read_tokenizer(folder, table[f"{side}_tokenizer"]) for side in sides)
    return read_network(folder), spm, DecodingOptions(**table.get("decoding", {}))


def export(recipe, training, folder, count=None, dtype="f16"):
    """Average the best weights of a training into a bundle; returns the files averaged."""
    count = count or recipe.training.average
    files = checkpoint.best_weights(training / "weights", count)
    spm = (training / "source.spm", training / "target.spm")
    source, target = (tokenizers.load(path) for path in spm)
    config = make_config(
        source_vocabulary_size=source.vocab_size(),
        target_vocabulary_size=target.vocab_size(),
        **recipe.model,
    )
    description = {
        "name": recipe.name,
        "task": recipe.task,
        "source_language": recipe.source_language,
        "target_language": recipe.target_language,
        **Marks(recipe.marks, source).describe(),
        "decoding": DecodingOptions(**recipe.decoding).to_dict(),
        "stand_ins": recipe.stand_ins,
    }
    if recipe.source_unit != "sentence":
        description["source_unit"] = recipe.source_unit
    if recipe.keeps:
        description["keeps"] = recipe.keeps
    tensors = checkpoint.average_weights(files)
    write_bundle(folder, description, config, tensors, spm, dtype)
    return files


def main():
    """Read the command line and export a training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--training", type=Path, required=True, help="the --out of train")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--average", type=int, help="how many of the best weights")
    parser.add_argument("--dtype", choices=DTYPES, default="f16")
    arguments = parser.parse_args()
    recipe = read_recipe(arguments.recipe, arguments.data)
    used = export(recipe, arguments.training, arguments.out, arguments.average, arguments.dtype)
    print(f"{arguments.out}: mean of {', '.join(path.stem for path in used)}")


if __name__ == "__main__":
    main()
