# SPDX-License-Identifier: LGPL-2.1-or-later
"""A recipe: one TOML file that says everything that a training needs but where data lies."""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from s2s_tools.data import Corpus, StreamOptions
from s2s_tools.marks import MarkOptions


@dataclass(frozen=True)
class TokenizerOptions:
    """Sizes of the vocabularies and what the source model is trained on beside the corpora."""

    source_vocabulary: int
    target_vocabulary: int
    fold_case: bool = True
    target_dummy_prefix: bool = False
    target_coverage: float = 0.9998
    source_files: tuple = ()


@dataclass(frozen=True)
class TrainingOptions:
    """The `[training]` of a recipe. Steps count updates of the weights."""

    seed: int = 1
    steps: int = 20000
    learning_rate: float = 1e-3
    warmup: int = 500
    cooldown: int = 0
    weight_decay: float = 0.01
    clip: float = 1.0
    smoothing: float = 0.1
    dropout: float = 0.2
    token_dropout: float = 0.0
    bfloat16: bool = False
    evaluate_every: int = 500
    score_every: int = 4
    score_pairs: int = 300
    patience: int = 10
    plateau: int = 4
    plateau_factor: float = 0.7
    average: int = 5
    keep: int = 8


@dataclass(frozen=True)
class Recipe:
    """A recipe read from a file."""

    name: str
    task: str
    source_language: str
    target_language: str
    corpora: list
    dev: list
    tokenizers: TokenizerOptions
    model: dict
    stream: StreamOptions
    training: TrainingOptions
    marks: MarkOptions = MarkOptions()
    source_unit: str = "sentence"
    keeps: dict = field(default_factory=dict)
    decoding: dict = field(default_factory=dict)
    stand_ins: dict = field(default_factory=dict)


def read_recipe(path, data):
    """Read a recipe. Data files are looked up in `data`, then beside the recipe."""
    path = Path(path)
    with open(path, "rb") as file:
        table = tomllib.load(file)

    def find(name):
        places = [Path(data) / name, path.parent / name]
        found = next((place for place in places if place.exists()), None)
        if found is None:
            raise FileNotFoundError(f"{name}: in neither {data} nor {path.parent}")
        return str(found)

    def files(names):
        return tuple(find(name) for name in names)

    def corpora(key, **common):
        common["language"] = table["target_language"]
        return [Corpus(**{**common, **c, "files": files(c["files"])}) for c in table.pop(key)]

    options = table.pop("tokenizers")
    options["source_files"] = files(options.get("source_files", []))
    marks = {
        name: tuple(v) if isinstance(v, list) else v for name, v in table.pop("marks", {}).items()
    }
    if "keeps" in table:
        table["keeps"] = json.loads(Path(find(table["keeps"])).read_text(encoding="utf-8"))
    return Recipe(
        marks=MarkOptions(**marks),
        corpora=corpora("corpus", held_out=files(table.pop("held_out", []))),
        dev=corpora("dev"),
        tokenizers=TokenizerOptions(**options),
        stream=StreamOptions(**table.pop("stream")),
        training=TrainingOptions(**table.pop("training")),
        **table,
    )
