# SPDX-License-Identifier: LGPL-2.1-or-later
"""The conditional cells: beside plain loops in numpy, step by step, padded, trained, bundled."""

import json
import math
import shutil
from dataclasses import replace

import marian_models
import numpy
import pytest
import torch
from marian_models import MODELS, Oracle
from s2s_tools import train
from s2s_tools.architectures import make_network
from s2s_tools.bundle import export, read_bundle
from s2s_tools.decode import translate
from s2s_tools.hyperparameters import NematusHyperparameters
from s2s_tools.importers.common import Options, Tensors
from s2s_tools.importers.marian_file import Model
from s2s_tools.importers.marian_rnn import convert
from s2s_tools.recipe import read_recipe

LENGTHS = torch.tensor([6, 4, 1])
TINY = {"architecture": "nematus", "embedding_size": 8, "hidden_size": 8, "encoder_layers": 1}
TINY |= {"decoder_layers": 1, "encoder_cell": "gru", "decoder_cell": "gru"}
TINY |= {"encoder_direction": "bidirectional", "tied_embeddings": "decoder"}
DEEP = {"encoder_layers": 3, "decoder_layers": 2, "residual": True, "encoder_cell_depth": 2}
DEEP |= {"decoder_cell_base_depth": 3, "decoder_cell_high_depth": 2}
KINDS = [
    {"encoder_direction": "bidirectional", "decoder_cell": "lstm"},
    {"encoder_direction": "first-bidirectional", "layer_norm": "apart"},
    {"encoder_direction": "alternating", "layer_norm": "joint", "encoder_cell": "lstm"},
]


def make(options):
    """A small random network in double precision."""
    torch.manual_seed(3)
    values = {"source_vocabulary_size": 11, "target_vocabulary_size": 13, "embedding_size": 5}
    values |= {"hidden_size": 6, "encoder_cell": "gru", "decoder_cell": "gru"}
    network = make_network(NematusHyperparameters(**values | DEEP | options))
    with torch.no_grad():
        for value in network.parameters():
            value += torch.empty_like(value).uniform_(-0.3, 0.3)
    return network.double().eval()


def draw():
    """Source ids [3, 6] and previous target ids [3, 5]."""
    generator = torch.Generator().manual_seed(5)
    return (
        torch.randint(4, 11, (3, 6), generator=generator),
        torch.randint(4, 13, (3, 5), generator=generator),
    )


@pytest.mark.parametrize("name", MODELS)
@torch.no_grad()
def test_formulas_of_marian(name, tmp_path):
    """What Marian's formulas give, to the last digits that single precision leaves in biases."""
    settings, arrays = marian_models.make_model(name)
    names = marian_models.write_vocabularies(tmp_path, settings["dim-vocabs"])
    paths = [tmp_path / path for path in names if path.endswith(".yml")]
    values = {key: str(value).lower() for key, value in settings.items()}
    values["dim-vocabs"] = [str(size) for size in settings["dim-vocabs"]]
    tensors = Tensors({n: torch.from_numpy(array) for n, array in arrays.items()}, "arrays")
    converted = convert(Model("arrays", values, tensors), Options(*paths))
    network = make_network(converted.config).from_tensors(converted.tensors).double().eval()
    generator = numpy.random.default_rng(8)
    for length in (1, 7):
        source = generator.integers(0, settings["dim-vocabs"][0], (3, length))
        previous = generator.integers(0, settings["dim-vocabs"][1], (3, 5))
        expected = Oracle(settings, arrays).logits(source, previous)
        previous[:, 0] = settings["dim-vocabs"][1]
        lengths = torch.full((3,), length)
        found = network(torch.from_numpy(source), lengths, torch.from_numpy(previous)).numpy()
        numpy.testing.assert_allclose(found[:, :, :-1], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("options", KINDS)
@torch.no_grad()
def test_steps_are_the_whole(options):
    """`step` after `step`, the rows turned round in between, gives those of teacher forcing."""
    model = make(options)
    source, previous = draw()
    whole = model(source, LENGTHS, previous)
    state, rows = model.start(model.encode(source, LENGTHS)), torch.arange(3)
    for t in range(previous.size(1)):
        logits, state = model.step(state, previous[rows, t])
        torch.testing.assert_close(logits, whole[rows, t], rtol=0, atol=1e-12)
        state, rows = state.select(torch.tensor([1, 2, 0])), rows[[1, 2, 0]]


@pytest.mark.parametrize("options", KINDS)
@torch.no_grad()
def test_padding_does_not_matter(options):
    """A row of a padded batch gives what the row alone gives."""
    model = make(options)
    source, previous = draw()
    batch = model(source, LENGTHS, previous)
    for row, length in enumerate(LENGTHS):
        only = slice(row, row + 1)
        alone = model(source[only, :length], LENGTHS[only], previous[only])
        torch.testing.assert_close(alone[0], batch[row], rtol=0, atol=1e-12)


@pytest.mark.parametrize("tied", ["none", "decoder", "all"])
@torch.no_grad()
def test_tensors_make_the_same_network(tied):
    """to_tensors and from_tensors; a tied matrix is there once."""
    model = make(KINDS[1] | {"tied_embeddings": tied, "source_vocabulary_size": 13})
    tensors = model.to_tensors()
    assert ("generator.weight" in tensors) == (tied == "none")
    assert ("source_embedding.weight" in tensors) == (tied != "all")
    assert "encoder.layers.0.backward.transitions.0.norm_hh.weight" in tensors
    source, previous = draw()
    other = make_network(model.config).double().eval().from_tensors(tensors)
    torch.testing.assert_close(other(source, LENGTHS, previous), model(source, LENGTHS, previous))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"encoder_cell": "gru-reset-before"}, "encoder_cell: expected one of gru, lstm"),
        ({"encoder_direction": "forward"}, "encoder_direction: expected one of bidirectional"),
        ({"layer_norm": "pre"}, "layer_norm: expected one of none, joint, apart"),
        ({"layer_norm": "apart", "decoder_cell": "lstm"}, "apart needs cells gru, got lstm"),
        ({"encoder_cell_depth": 0}, "encoder_cell_depth: expected 1 to 8, got 0"),
        ({"decoder_cell_base_depth": 1}, "decoder_cell_base_depth: expected 2 to 8, got 1"),
        ({"tied_embeddings": "all"}, "vocabularies of one size"),
    ],
)
def test_what_the_format_forbids(change, message):
    """Every rule of the table of hyperparameters has its message."""
    with pytest.raises(ValueError, match=message):
        NematusHyperparameters(**make(KINDS[0]).config.to_dict() | change)


def test_recipe_trains_and_exports(corpus, spm, tmp_path):
    """A recipe whose [model] names the architecture: the loss falls, the bundle is the network."""
    recipe = read_recipe(corpus / "tiny.toml", corpus)
    options = replace(recipe.training, steps=60, evaluate_every=30, learning_rate=0.01, dropout=0)
    recipe = replace(recipe, model=TINY, training=options)
    for path in spm:
        shutil.copyfile(path, tmp_path / path.name)
    trainer = train.Trainer(recipe, tmp_path)
    trainer.run()
    history = trainer.progress.history
    assert history[-1]["dev_loss"] < history[0]["dev_loss"] < math.log(330)
    export(recipe, tmp_path, tmp_path / "bundle", count=1, dtype="f32")
    table = json.loads((tmp_path / "bundle" / "config.json").read_text(encoding="utf-8"))
    assert table["architecture"] == "nematus"
    model, (source, target), decoding = read_bundle(tmp_path / "bundle")
    trainer.model.from_tensors(model.to_tensors())
    outputs = translate(model, ["I see one cat."], source, target, decoding)
    assert outputs == translate(trainer.model, ["I see one cat."], source, target, decoding)
