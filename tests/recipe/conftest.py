# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the recipe's tests share: a tiny corpus, its recipe, one thread."""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from s2s_tools import tokenizers  # noqa: E402

NUMBERS = {"one": "一", "two": "两", "three": "三", "four": "四", "five": "五"}
THINGS = {"cat": "只猫", "book": "本书", "tree": "棵树", "car": "辆车", "man": "个男人"}
FRAMES = {"I see {}.": "我看见{}。", "Do you have {}?": "你有{}吗？", "We need {}!": "我们需要{}！"}

RECIPE = """
name = "tiny"
task = "translate"
source_language = "en"
target_language = "zh"

[[corpus]]
name = "first"
files = ["first.tsv"]
share = 0.8

[[corpus]]
name = "second"
files = ["second.tsv"]
share = 0.2

[[dev]]
name = "dev"
files = ["dev.tsv"]

[tokenizers]
source_vocabulary = 330
target_vocabulary = 330

[model]
cell = "lstm"
embedding_size = 8
hidden_size = 16
encoder_layers = 1
decoder_layers = 1
encoder_direction = "bidirectional"
attention = "general"
output_size = 8
tied_embeddings = "decoder"

[stream]
chunk = 60
batch_tokens = 120
part_tokens = 80

[stream.noise]
speech = 0.3

[training]
steps = 12
warmup = 4
dropout = 0.2
token_dropout = 0.1
evaluate_every = 3
score_every = 2
score_pairs = 4
"""


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Sums are then made in one order."""
    torch.set_num_threads(1)


def make_pairs():
    """75 pairs of made-up sentences."""
    return [
        (source.format(f"{number} {thing}"), target.format(NUMBERS[number] + THINGS[thing]))
        for source, target in FRAMES.items()
        for number in NUMBERS
        for thing in THINGS
    ]


@pytest.fixture(scope="session")
def spm(tmp_path_factory):
    """The files of a source model that folds case and a target model, trained once."""
    folder = tmp_path_factory.mktemp("spm")
    pairs = make_pairs() + [("You see 25 trees, don't you?", "你好，世界！25棵")] * 20
    paths = folder / "source.spm", folder / "target.spm"
    tokenizers.train_source([s for s, _ in pairs], paths[0], 330)
    tokenizers.train_target([t for _, t in pairs], paths[1], 330)
    return paths


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """A folder with first.tsv, second.tsv, dev.tsv and tiny.toml."""
    folder = tmp_path_factory.mktemp("corpus")
    pairs = make_pairs()
    for name, part in {"first": pairs[:50], "second": pairs[50:], "dev": pairs[::9]}.items():
        lines = "".join(f"{source}\t{target}\n" for source, target in part)
        (folder / f"{name}.tsv").write_text(lines, encoding="utf-8")
    (folder / "tiny.toml").write_text(RECIPE, encoding="utf-8")
    return folder
