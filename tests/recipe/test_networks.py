# SPDX-License-Identifier: LGPL-2.1-or-later
"""The reference networks: one step at a time is the whole, and padding does not matter."""

import itertools

import pytest
import torch
from s2s_tools.hyperparameters import Hyperparameters
from s2s_tools.networks import Seq2Seq

CELLS = ["lstm", "gru", "gru-reset-before"]
ATTENTIONS = ["none", "dot", "general", "additive"]
LENGTHS = torch.tensor([6, 4, 1])


def make(cell="lstm", attention="general", feeding=False, **options):
    """A small random network in double precision."""
    torch.manual_seed(3)
    values = {"encoder_direction": "first-bidirectional", "output_size": 6, **options}
    config = Hyperparameters(
        source_vocabulary_size=11,
        target_vocabulary_size=13,
        embedding_size=6,
        hidden_size=8,
        cell=cell,
        encoder_layers=2,
        decoder_layers=2,
        attention=attention,
        input_feeding=feeding,
        **values,
    )
    return Seq2Seq(config).double().eval()


def draw():
    """Source ids [3, 6] and previous target ids [3, 5]."""
    generator = torch.Generator().manual_seed(5)
    return (
        torch.randint(4, 11, (3, 6), generator=generator),
        torch.randint(4, 13, (3, 5), generator=generator),
    )


@pytest.mark.parametrize(
    ("cell", "attention", "feeding"), list(itertools.product(CELLS, ATTENTIONS, [False, True]))
)
def test_steps_are_the_whole(cell, attention, feeding):
    """`step` after `step` gives the logits of teacher forcing."""
    model = make(cell, attention, feeding, residual=True, bridge="dense", reverse_source=True)
    source, previous = draw()
    with torch.no_grad():
        whole = model(source, LENGTHS, previous)
        state = model.start(model.encode(source, LENGTHS))
        for t in range(previous.size(1)):
            logits, state = model.step(state, previous[:, t])
            torch.testing.assert_close(logits, whole[:, t], rtol=0, atol=1e-12)


@pytest.mark.parametrize(("cell", "attention"), list(itertools.product(CELLS, ATTENTIONS)))
def test_padding_does_not_matter(cell, attention):
    """A row of a padded batch gives what the row alone gives."""
    model = make(cell, attention, reverse_source=True)
    source, previous = draw()
    with torch.no_grad():
        batch = model(source, LENGTHS, previous)
        for row, length in enumerate(LENGTHS):
            only = slice(row, row + 1)
            alone = model(source[only, :length], LENGTHS[only], previous[only])
            torch.testing.assert_close(alone[0], batch[row], rtol=0, atol=1e-12)


def test_source_is_reversed_before_its_end():
    """reverse_source turns round all but EOS."""
    source = torch.tensor([[5, 6, 7, 3], [8, 3, 0, 0]])
    turned = torch.tensor([[7, 6, 5, 3], [8, 3, 0, 0]])
    lengths = torch.tensor([4, 2])
    model, plain = make(reverse_source=True), make()
    plain.from_tensors(model.to_tensors())
    torch.testing.assert_close(
        model.encode(source, lengths).memory, plain.encode(turned, lengths).memory
    )


def test_source_without_end_is_reversed():
    """And the last token too, where a source has no EOS."""
    source = torch.tensor([[5, 6, 7, 8], [8, 9, 0, 0], [4, 0, 0, 0]])
    turned = torch.tensor([[8, 7, 6, 5], [9, 8, 0, 0], [4, 0, 0, 0]])
    lengths = torch.tensor([4, 2, 1])
    model, plain = make(reverse_source=True), make()
    model.source_ends = False
    plain.from_tensors(model.to_tensors())
    torch.testing.assert_close(
        model.encode(source, lengths).memory, plain.encode(turned, lengths).memory
    )


def test_reset_gate_acts_before_the_product():
    """One step of gru-reset-before, by the formula of docs/model-format.md."""
    model = make("gru-reset-before", encoder_direction="forward")
    x = torch.randn(1, 6, dtype=torch.double)
    h = torch.randn(1, 8, dtype=torch.double)
    tensors = model.to_tensors()
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    w, u, b, d = (tensors[f"decoder.layers.0.{name}"] for name in names)
    a = x @ w.T + b
    r = torch.sigmoid(a[:, :8] + h @ u[:8].T + d[:8])
    z = torch.sigmoid(a[:, 8:16] + h @ u[8:16].T + d[8:16])
    n = torch.tanh(a[:, 16:] + (r * h) @ u[16:].T + d[16:])
    layer = model.decoder["layers"][0]
    outputs, _ = layer(x.unsqueeze(1), torch.tensor([1]), h.unsqueeze(0))
    torch.testing.assert_close(outputs[:, 0], (1 - z) * n + z * h)


@pytest.mark.parametrize("tied", ["none", "decoder", "all"])
def test_tensors_make_the_same_network(tied):
    """to_tensors and from_tensors; a tied matrix is there once."""
    model = make(tied_embeddings=tied) if tied != "all" else make_with_one_embedding()
    tensors = model.to_tensors()
    assert ("generator.weight" in tensors) == (tied == "none")
    assert ("source_embedding.weight" in tensors) == (tied != "all")
    source, previous = draw()
    other = Seq2Seq(model.config).double().eval().from_tensors(tensors)
    torch.testing.assert_close(
        other(source, LENGTHS, previous), model(source, LENGTHS, previous), rtol=0, atol=1e-12
    )


def make_with_one_embedding():
    """A network whose only embedding is the generator too."""
    config = Hyperparameters(13, 13, 6, 8, "gru", 1, 1, "forward", "dot", 6, tied_embeddings="all")
    return Seq2Seq(config).double().eval()


def test_wrong_tensors_are_named():
    """A tensor too few and a wrong shape."""
    model = make()
    tensors = model.to_tensors()
    few = {name: value for name, value in tensors.items() if name != "output.bias"}
    with pytest.raises(ValueError, match="output.bias"):
        model.from_tensors(few)
    with pytest.raises(ValueError, match=r"output.bias: expected \[6\], got \[5\]"):
        model.from_tensors(tensors | {"output.bias": torch.zeros(5)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cell": "rnn"}, "cell: expected one of lstm"),
        ({"hidden_size": 7}, "hidden_size 7 is odd"),
        ({"output_size": 0}, "output_size 0 needs attention none"),
        ({"attention_size": 4}, "attention_size belongs to additive"),
        ({"tied_embeddings": "decoder", "embedding_size": 5}, "generator input of 5, got 6"),
        ({"tied_embeddings": "all", "source_vocabulary_size": 12}, "vocabularies of one size"),
    ],
)
def test_what_the_format_forbids(change, message):
    """Every rule of the table of hyperparameters has its message."""
    values = make().config.to_dict() | change
    with pytest.raises(ValueError, match=message):
        Hyperparameters(**values)
