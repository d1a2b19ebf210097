# SPDX-License-Identifier: LGPL-2.1-or-later
"""Search: against all outputs there are, in batches, and only valid UTF-8."""

import itertools

import pytest
import torch
from s2s_tools.decode import ANY, DecodingOptions, Utf8, search
from s2s_tools.hyperparameters import Hyperparameters
from s2s_tools.networks import Seq2Seq
from s2s_tools.tokenizers import BOS, EOS, PAD, UNK

TOKENS = 7
SOURCES = [[4, 5, EOS], [6, EOS], [6, 5, 4, 4, EOS]]


class Plain:
    """A vocabulary without bytes."""

    def __init__(self, size=TOKENS):
        self.size = size

    def vocab_size(self):
        """Special tokens and the rest."""
        return self.size

    def is_byte(self, token):
        """Tokens from 10 on stand for the bytes 0 to 255."""
        return token >= 10

    def id_to_piece(self, token):
        """As SentencePiece writes a byte."""
        return f"<0x{token - 10:02X}>"


@pytest.fixture(scope="module")
def model():
    """A network whose distributions are far from even."""
    torch.manual_seed(11)
    config = Hyperparameters(TOKENS, TOKENS, 5, 6, "gru", 1, 1, "forward", "dot", 5)
    network = Seq2Seq(config).double()
    with torch.no_grad():
        network.generator.weight.mul_(6)
    return network.eval()


def log_probability(model, source, output):
    """Of an output that ends in EOS, banned tokens left out of the softmax."""
    previous = torch.tensor([[BOS, *output[:-1]]])
    with torch.no_grad():
        logits = model(torch.tensor([source]), torch.tensor([len(source)]), previous)[0]
    logits[:, [PAD, UNK, BOS]] = float("-inf")
    return torch.log_softmax(logits, 1)[range(len(output)), output].sum().item()


@pytest.mark.parametrize("mode", ["none", "average", "gnmt", "marian"])
def test_wide_beam_finds_the_best_of_all(model, mode):
    """With a beam that holds everything, the best of all outputs of up to 4 tokens."""
    options = DecodingOptions(32, mode, 0.7, max_length_factor=0, max_length_constant=4)
    words = [token for token in range(TOKENS) if token not in (PAD, UNK, BOS, EOS)]
    outputs = [[*o, EOS] for n in range(4) for o in itertools.product(words, repeat=n)]
    outputs += [list(o) for o in itertools.product(words, repeat=4)]
    for source in SOURCES:
        values = {
            tuple(token for token in output if token != EOS): options.normalised(
                log_probability(model, source, output), len(output)
            )
            for output in outputs
        }
        found = search(model, [source], Utf8(Plain()), options)[0]
        assert tuple(found) == max(values, key=values.get)


def test_greedy_takes_the_likeliest(model):
    """Beam 1 is the likeliest token at each step."""
    options = DecodingOptions(1, max_length_factor=0, max_length_constant=6)
    for source, found in zip(SOURCES, search(model, SOURCES, Utf8(Plain()), options), strict=True):
        output = []
        while len(output) < 6:
            with torch.no_grad():
                previous = torch.tensor([[BOS, *output]])
                logits = model(torch.tensor([source]), torch.tensor([len(source)]), previous)[0, -1]
            logits[[PAD, UNK, BOS]] = float("-inf")
            output.append(int(logits.argmax()))
            if output[-1] == EOS:
                output.pop()
                break
        assert found == output


def test_batch_is_one_by_one(model):
    """Sources of different lengths together give what each gives alone."""
    options = DecodingOptions(3)
    utf8 = Utf8(Plain())
    alone = [search(model, [source], utf8, options)[0] for source in SOURCES]
    assert search(model, SOURCES, utf8, options) == alone


def test_bytes_make_characters():
    """Every path of two or three bytes that is allowed is UTF-8, and all of UTF-8 is."""
    utf8 = Utf8(Plain(266))

    def allowed(sequence):
        form = ANY
        for byte in sequence:
            if not utf8.allowed[form, byte + 10]:
                return False
            form = int(utf8.following[form, byte + 10])
        return form == ANY

    edges = ["\x00", "\x7f", "\x80", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff"]
    edges += ["\U00010000", "\U0010ffff", "好", "😀"]
    assert all(allowed(edge.encode()) for edge in edges)
    wrong = [b"\x80", b"\xc1\x80", b"\xe0\x9f\x80", b"\xed\xa0\x80", b"\xf0\x8f\x80\x80"]
    wrong += [b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xe5\xa5", b"\xc3\x28"]
    assert not any(allowed(sequence) for sequence in wrong)
    assert not utf8.allowed[1:, :10].any()
    assert not utf8.allowed[ANY, [PAD, UNK, BOS]].any()
