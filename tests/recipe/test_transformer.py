# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Transformer: beside PyTorch's own layers, step by step, padded, trained, bundled."""

import itertools
import json
import math
import shutil
from dataclasses import replace

import pytest
import torch
from s2s_tools import train
from s2s_tools.architectures import make_config, make_network
from s2s_tools.bundle import export, read_bundle
from s2s_tools.decode import translate
from s2s_tools.hyperparameters import (
    ACTIVATIONS,
    AUTOREGRESSIONS,
    NORMS,
    POSITIONS,
    TransformerHyperparameters,
)
from s2s_tools.recipe import read_recipe
from s2s_tools.transformer import Dropout, Ssru, sinusoids
from torch import nn

LENGTHS = torch.tensor([6, 4, 1])
KINDS = list(itertools.product(NORMS, ACTIVATIONS))
HEADS = ("query", "key", "value")
TINY = {"architecture": "transformer", "model_size": 8, "feed_forward_size": 16, "heads": 2}
TINY |= {"encoder_layers": 1, "decoder_layers": 1, "norm": "pre", "activation": "relu"}
TINY |= {"positions": "sinusoidal-half-split", "tied_embeddings": "decoder"}


def make(norm="post", activation="relu", positions="sinusoidal-half-split", **options):
    """A small random network in double precision."""
    torch.manual_seed(3)
    values = {"source_vocabulary_size": 11, "target_vocabulary_size": 13, "model_size": 8}
    values |= {"feed_forward_size": 12, "heads": 2, "encoder_layers": 2, "decoder_layers": 2}
    values |= {"max_positions": 5 if positions == "learned" else 0, "scale_embeddings": True}
    kinds = {"norm": norm, "activation": activation, "positions": positions}
    network = make_network(TransformerHyperparameters(**values | kinds | options))
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


@pytest.mark.parametrize("positions", POSITIONS)
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("past", AUTOREGRESSIONS)
@torch.no_grad()
def test_steps_are_the_whole(past, norm, positions):
    """`step` after `step`, the rows turned round in between, gives those of teacher forcing."""
    model = make(norm, positions=positions, decoder_autoregression=past)
    source, previous = draw()
    whole = model(source, LENGTHS, previous)
    state, rows = model.start(model.encode(source, LENGTHS)), torch.arange(3)
    for t in range(previous.size(1)):
        logits, state = model.step(state, previous[rows, t])
        torch.testing.assert_close(logits, whole[rows, t], rtol=0, atol=1e-12)
        state, rows = state.select(torch.tensor([1, 2, 0])), rows[[1, 2, 0]]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("past", AUTOREGRESSIONS)
@torch.no_grad()
def test_padding_does_not_matter(past, norm):
    """A row of a padded batch gives what the row alone gives."""
    model = make(norm, decoder_autoregression=past)
    source, previous = draw()
    batch = model(source, LENGTHS, previous)
    for row, length in enumerate(LENGTHS):
        only = slice(row, row + 1)
        alone = model(source[only, :length], LENGTHS[only], previous[only])
        torch.testing.assert_close(alone[0], batch[row], rtol=0, atol=1e-12)


def copy_attention(ours, theirs):
    """Give PyTorch's attention our matrices."""
    theirs.in_proj_weight.copy_(torch.cat([getattr(ours, name).weight for name in HEADS]))
    theirs.in_proj_bias.copy_(torch.cat([getattr(ours, name).bias for name in HEADS]))
    theirs.out_proj.load_state_dict(ours.output.state_dict())


def copy_layer(ours, theirs, norms):
    """Give one of PyTorch's layers the weights of ours."""
    copy_attention(ours.self_attention, theirs.self_attn)
    if hasattr(ours, "cross_attention"):
        copy_attention(ours.cross_attention, theirs.multihead_attn)
    theirs.linear1.load_state_dict(ours.feed_forward.inner.state_dict())
    theirs.linear2.load_state_dict(ours.feed_forward.outer.state_dict())
    for index, name in enumerate(norms, 1):
        getattr(theirs, f"norm{index}").load_state_dict(getattr(ours, name).state_dict())


@pytest.mark.parametrize(("norm", "activation"), KINDS)
@torch.no_grad()
def test_layers_are_those_of_pytorch(norm, activation):
    """nn.TransformerEncoderLayer and nn.TransformerDecoderLayer with the same weights."""
    model = make(norm, activation, layer_norm_epsilon=1e-3)
    function = {"swish": nn.functional.silu}.get(activation, activation)
    options = {"dropout": 0.0, "activation": function, "layer_norm_eps": 1e-3}
    options |= {"batch_first": True, "norm_first": norm == "pre", "dtype": torch.double}
    encoder = nn.TransformerEncoderLayer(8, 2, 12, **options).eval()
    decoder = nn.TransformerDecoderLayer(8, 2, 12, **options).eval()
    ours = model.encoder["layers"][0], model.decoder["layers"][0]
    names = ("self_attention_norm", "feed_forward_norm")
    copy_layer(ours[0], encoder, names)
    copy_layer(ours[1], decoder, (names[0], "cross_attention_norm", names[1]))
    x = torch.randn(3, 6, 8, dtype=torch.double)
    mask = torch.arange(6) < LENGTHS.unsqueeze(1)
    torch.testing.assert_close(
        ours[0].encode(x, mask[:, None, None])[mask],
        encoder(x, src_key_padding_mask=~mask)[mask],
    )
    y = torch.randn(3, 5, 8, dtype=torch.double)
    seen = torch.ones(5, 5, dtype=torch.bool).tril()
    nothing = y.new_zeros(3, 2, 0, 4)
    memory = ours[1].cross_attention.read(x)
    found = ours[1].decode(y, (nothing, nothing), seen, memory, mask[:, None, None])
    expected = decoder(y, x, tgt_mask=~seen, memory_key_padding_mask=~mask)
    torch.testing.assert_close(found[0], expected)
    torch.testing.assert_close(found[2].sum(3), torch.ones_like(found[2].sum(3)))


def multiply(x, matrix):
    """x·Wᵀ, one number at a time."""
    return [sum(a * b for a, b in zip(x, row, strict=True)) for row in matrix]


def test_ssru_by_the_formula():
    """One number at a time, as docs/model-format.md has it, from a state that is not 0."""
    torch.manual_seed(1)
    layer = Ssru(5).double()
    with torch.no_grad():
        layer.forget.bias.uniform_(-2, 2)
        x, c = torch.randn(2, 4, 5, dtype=torch.double), torch.randn(2, 5, dtype=torch.double)
        found, last = layer(x, c)
    bias = layer.forget.bias.tolist()
    for row in range(2):
        state = c[row].tolist()
        for t in range(4):
            z = multiply(x[row, t].tolist(), layer.candidate.weight.tolist())
            a = multiply(x[row, t].tolist(), layer.forget.weight.tolist())
            for i in range(5):
                f = 1 / (1 + math.exp(-a[i] - bias[i]))
                state[i] = f * state[i] + (1 - f) * z[i]
                assert math.isclose(float(found[row, t, i]), max(state[i], 0), abs_tol=1e-12)
        assert last[row].tolist() == pytest.approx(state, abs=1e-12)


def test_sinusoids_by_the_formula():
    """One number at a time, the exponents as docs/model-format.md has them."""
    for kind, below in {"sinusoidal-half-split": 4, "sinusoidal-marian": 3}.items():
        table = sinusoids(kind, 20, 8)
        for p, k in itertools.product(range(20), range(4)):
            angle = p / 10000 ** (k / below)
            assert math.isclose(float(table[p, k]), math.sin(angle), abs_tol=1e-12)
            assert math.isclose(float(table[p, 4 + k]), math.cos(angle), abs_tol=1e-12)


@torch.no_grad()
def test_learned_positions_end_with_the_last():
    """What lies beyond the table takes its last row."""
    model = make(positions="learned")
    ids = torch.full((1, 9), 4)
    embedded = model._embed("target", ids)[0]
    torch.testing.assert_close(embedded[5], embedded[4])
    assert not torch.equal(embedded[4], embedded[3])
    torch.testing.assert_close(model._embed("target", ids[:, :1], 7)[0, 0], embedded[4])


@pytest.mark.parametrize("tied", ["none", "decoder", "all"])
@pytest.mark.parametrize("past", AUTOREGRESSIONS)
@torch.no_grad()
def test_tensors_make_the_same_network(past, tied):
    """to_tensors and from_tensors; a tied matrix is there once."""
    options = {"positions": "learned", "source_vocabulary_size": 13}
    model = make("pre", tied_embeddings=tied, decoder_autoregression=past, **options)
    tensors = model.to_tensors()
    assert any(".ssru." in name for name in tensors) == (past == "ssru")
    assert ("generator.weight" in tensors) == (tied == "none")
    assert ("source_embedding.weight" in tensors) == (tied != "all")
    source, previous = draw()
    other = make_network(model.config).double().eval().from_tensors(tensors)
    torch.testing.assert_close(other(source, LENGTHS, previous), model(source, LENGTHS, previous))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"norm": "none"}, "norm: expected one of pre, post"),
        ({"activation": "tanh"}, "activation: expected one of relu"),
        ({"decoder_autoregression": "aan"}, "expected one of attention, ssru, got aan"),
        ({"positions": "rotary"}, "positions: expected one of sinusoidal-half-split"),
        ({"heads": 3}, "model_size 8 is no multiple of heads, got 3"),
        ({"model_size": 9, "heads": 3}, "even model_size from 2 on, got 9"),
        ({"positions": "learned"}, "max_positions belongs to learned, got 0"),
        ({"max_positions": 4}, "max_positions belongs to learned, got 4"),
        ({"tied_embeddings": "all"}, "vocabularies of one size"),
    ],
)
def test_what_the_format_forbids(change, message):
    """Every rule of the table of hyperparameters has its message."""
    with pytest.raises(ValueError, match=message):
        TransformerHyperparameters(**make().config.to_dict() | change)


def test_unknown_architecture():
    """Its name and those that there are."""
    with pytest.raises(ValueError, match="expected one of rnn, transformer, nematus, got cnn"):
        make_config("cnn")


@pytest.mark.parametrize("past", AUTOREGRESSIONS)
def test_recipe_trains_and_exports(past, corpus, spm, tmp_path):
    """A recipe whose [model] names the architecture: the loss falls, the bundle is the network."""
    recipe = read_recipe(corpus / "tiny.toml", corpus)
    options = replace(recipe.training, steps=60, evaluate_every=30, learning_rate=0.01, dropout=0)
    model = TINY | {"decoder_autoregression": past}
    recipe = replace(recipe, model=model, training=options)
    for path in spm:
        shutil.copyfile(path, tmp_path / path.name)
    trainer = train.Trainer(recipe, tmp_path)
    trainer.run()
    history = trainer.progress.history
    assert history[-1]["dev_loss"] < history[0]["dev_loss"] < math.log(330)
    export(recipe, tmp_path, tmp_path / "bundle", count=1, dtype="f32")
    table = json.loads((tmp_path / "bundle" / "config.json").read_text(encoding="utf-8"))
    assert table["architecture"] == "transformer"
    model, (source, target), decoding = read_bundle(tmp_path / "bundle")
    trainer.model.from_tensors(model.to_tensors())
    outputs = translate(model, ["I see one cat."], source, target, decoding)
    assert outputs == translate(trainer.model, ["I see one cat."], source, target, decoding)


@pytest.mark.parametrize(("given", "share"), [(0.0, 0), (0.15, 38 / 256), (0.5, 0.5)])
def test_dropout(given, share):
    """The share of zeros while training, the rest scaled to the same mean; else nothing."""
    drop, ones = Dropout(given), torch.ones(400, 1001)
    torch.manual_seed(1)
    dropped = drop(ones)
    assert set(dropped.unique().tolist()) <= {0.0, torch.tensor(1 / (1 - share)).item()}
    assert (dropped == 0).double().mean().item() == pytest.approx(share, abs=0.003)
    assert torch.equal(drop.eval()(ones), ones)
