# SPDX-License-Identifier: LGPL-2.1-or-later
"""Search: against all outputs there are, in batches, and only valid UTF-8."""

import itertools
from dataclasses import dataclass

import pytest
import torch
from s2s_tools.decode import ANY, DecodingOptions, SourceForm, Utf8, search, translate
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

    def pad_id(self):
        """As of the models of a recipe."""
        return PAD

    def unk_id(self):
        """The same."""
        return UNK

    def bos_id(self):
        """The same."""
        return BOS

    def eos_id(self):
        """The same."""
        return EOS

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


class Letters(Plain):
    """A tokenizer of the letters a, b and c: tokens 4, 5 and 6. Other characters have none."""

    def encode(self, text):
        """The ids of a text."""
        return [4 + "abc".index(letter) for letter in text if letter in "abc"]

    def decode(self, tokens):
        """Ids as they are."""
        return tuple(tokens)


FORMS = [((), EOS, 4), ((6,), EOS, 3), ((), None, 5), ((6,), None, 4), ((6, 5), EOS, 2)]


@pytest.mark.parametrize(("before", "eos", "room"), FORMS)
def test_form_of_a_source(model, before, eos, room):
    """What is around a text takes its room, and is not read where there is no text."""
    form = SourceForm(before, eos)
    source = [*before, *[4, 5, 4, 4, 4][:room]]
    source += [] if eos is None else [EOS]
    assert form.wrap([4, 5, 4, 4, 4], 5) == source
    options = DecodingOptions(1, max_length_factor=0, max_length_constant=6, max_source_length=5)
    found = translate(model, ["abaaa", "-"], Letters(), Letters(), options, form=form)
    assert found == [tuple(search(model, [source], Utf8(Plain()), options)[0]), ""]


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


class Tree:
    """A network whose probabilities of EOS, a and b are those of the first row that fits.

    As in tests/unit/translator/test-search-end.c: after two steps the empty output and b have
    ended, then aa, and much later a long one that is better than all.
    """

    ROWS = {
        "": (0.4, 0.35, 0.25),
        "a": (0.3, 0.6, 0.1),
        "aa": (0.9, 0.08, 0.02),
        "aaaaaaaa": (0.98, 0.01, 0.01),
    }
    A, B = 4, 5

    @dataclass
    class State:
        """Texts of the rows."""

        texts: list

        def select(self, rows):
            """The given rows."""
            return Tree.State([self.texts[row] for row in rows.tolist()])

    def eval(self):
        """There is nothing to train."""

    def encode(self, ids, lengths):
        """A row each."""
        return len(ids)

    def start(self, encoded):
        """Nothing was put out."""
        return Tree.State([None] * encoded)

    def step(self, state, previous):
        """Logits after one token more."""
        letters = {self.A: "a", self.B: "b"}
        texts = [
            "" if text is None else text + letters.get(token, "$")
            for text, token in zip(state.texts, previous.tolist(), strict=True)
        ]
        logits = torch.full((len(texts), 6), -100.0)
        for row, text in enumerate(texts):
            usual = (0.01, 0.98, 0.01) if text.startswith("aaa") else (0.9, 0.05, 0.05)
            logits[row, [EOS, self.A, self.B]] = torch.tensor(self.ROWS.get(text, usual)).log()
        return logits, Tree.State(texts)


@pytest.mark.parametrize(
    ("end", "expected"), [("full", "b"), ("estimated", "aa"), ("proven", "aaaaaaaa")]
)
def test_end_of_the_search(end, expected):
    """Each end finds another output best."""
    options = DecodingOptions(2, search_end=end, max_length_factor=0, max_length_constant=10)
    found = search(Tree(), [[4, EOS]], Utf8(Plain(6)), options)[0]
    assert "".join({Tree.A: "a", Tree.B: "b"}[token] for token in found) == expected
