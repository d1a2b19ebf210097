# SPDX-License-Identifier: LGPL-2.1-or-later
"""State dicts of this package's own networks: checkpoints, kept weights, safetensors."""

import pickle
import tomllib
from dataclasses import MISSING, fields

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from s2s_tools import int8
from s2s_tools.architectures import CONFIGS, NETWORKS, make_network
from s2s_tools.importers.common import (
    ConversionError,
    Converted,
    Tensors,
    read_json,
    read_tokenizers,
)

TIED = {
    "none": {},
    "decoder": {"generator.weight": "target_embedding.weight"},
    "all": {
        "generator.weight": "target_embedding.weight",
        "source_embedding.weight": "target_embedding.weight",
    },
}


def load_pickled(path, allowed=()):
    """What torch.save wrote, weights only: no code of the file runs."""
    with open(path, "rb"):
        pass  # so that what is raised below is of the contents
    try:
        with torch.serialization.safe_globals(list(allowed)):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        text = str(error)
        if "GLOBAL" in text or "global" in text:
            named = text.partition("GLOBAL ")[2].split()[:1] or ["objects"]
            raise ConversionError(
                f"{path} wants {named[0]}, but only weights are read, no code of a file is run"
            ) from None
        raise ConversionError(f"{path} is no file of torch.save, or is damaged") from None
    except Exception as error:  # torch raises whatever its unpickler runs into
        raise ConversionError(
            f"{path} is no file of torch.save, or is damaged ({type(error).__name__})"
        ) from None


def read_weights(path):
    """name → tensor of a checkpoint of a training, of its kept weights, or of safetensors."""
    if path.suffix == ".safetensors":
        try:
            return int8.dequantize(load_file(path))
        except SafetensorError as error:
            raise ConversionError(f"{path} is no safetensors file: {error}") from None
        except ValueError as error:
            raise ConversionError(f"{path}: {error}") from None
    saved = load_pickled(path)
    if isinstance(saved, dict):
        saved = saved.get("model", saved.get("tensors", saved))
    if not isinstance(saved, dict) or not saved:
        raise ConversionError(f"{path} holds no state dict")
    strange = next((k for k, v in saved.items() if not isinstance(v, torch.Tensor)), None)
    if strange is not None:
        raise ConversionError(f"{path}: {strange} is no tensor, expected a state dict")
    return {str(name): tensor for name, tensor in saved.items()}


def read_table(path):
    """The hyperparameters of a recipe (TOML, its [model]) or of a config.json, as a dict.

    Its `architecture` is that of the recipe's [model], or beside them in config.json.
    """
    if path is None:
        raise ConversionError("a state dict needs --hyperparameters, a recipe or config.json")
    if path.suffix == ".json":
        table = read_json(path, "hyperparameters")
        inner = table.get("hyperparameters", table)
        if isinstance(inner, dict) and "architecture" in table:
            inner = {"architecture": table["architecture"], **inner}
    else:
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ConversionError(f"{path} is no TOML: {error}") from None
        inner = table.get("model", table)
    if not isinstance(inner, dict):
        raise ConversionError(f"{path}: the hyperparameters are no table")
    return dict(inner)


def take_architecture(table, path):
    """The architecture, which is taken out of the table."""
    architecture = table.pop("architecture", "rnn")
    if not isinstance(architecture, str) or architecture not in CONFIGS:
        raise ConversionError(
            f"{path}: architecture is {architecture!r}, expected one of {', '.join(CONFIGS)}"
        )
    return architecture


def make_config(kind, table, path):
    """Hyperparameters of a table, each of its type."""
    known = {field.name: field for field in fields(kind)}
    for key, value in table.items():
        if key not in known:
            raise ConversionError(f"{path}: unknown hyperparameter {key}")
        if type(value) is not known[key].type:
            wanted = known[key].type.__name__
            raise ConversionError(f"{path}: {key} is {value!r}, expected {wanted}")
        least = 0 if key in ("output_size", "attention_size", "max_positions") else 1
        if type(value) is int and value < least:
            raise ConversionError(f"{path}: {key} is {value}, expected {least} or more")
    missing = [k for k, f in known.items() if f.default is MISSING and k not in table]
    if missing:
        raise ConversionError(f"{path}: no {', '.join(missing)}")
    try:
        return kind(**table)
    except ValueError as error:
        raise ConversionError(f"{path}: {error}") from None


def without_copies(values, config, where):
    """The tensors without those that are tied to another; the two must be the same."""
    kept = dict(values)
    for name, other in TIED[config.tied_embeddings].items():
        copy = kept.pop(name, None)
        if copy is not None and other in kept and not torch.equal(copy, kept[other]):
            raise ConversionError(
                f"{where}: {name} is tied to {other} by the hyperparameters, but differs from it"
            )
    return kept


def convert(path, options):
    """A state dict with the names of the networks or of docs/model-format.md."""
    table = read_table(options.hyperparameters)
    architecture = take_architecture(table, options.hyperparameters)
    name_of = NETWORKS[architecture].bundle_name
    values = {name_of(name): tensor for name, tensor in read_weights(path).items()}
    for side in ("target", "source"):
        rows = values.get(f"{side}_embedding.weight", values.get("target_embedding.weight"))
        if rows is not None and rows.dim() == 2:
            table.setdefault(f"{side}_vocabulary_size", rows.size(0))
    config = make_config(CONFIGS[architecture], table, options.hyperparameters)
    tensors = Tensors(without_copies(values, config, path), path)
    with torch.device("meta"):
        wanted = make_network(config).to_tensors()
    taken = {name: tensors.take(name, *value.shape) for name, value in wanted.items()}
    tensors.finish()
    return Converted(config, taken, read_tokenizers(options, ends_source=True))
