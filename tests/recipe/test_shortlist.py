# SPDX-License-Identifier: LGPL-2.1-or-later
"""The shortlist: IBM model 1 by hand, what is chosen, what is written and what it covers."""

import json
import sys
from collections import Counter
from pathlib import Path

import numpy
import pytest
from conftest import make_pairs
from s2s_tools import shortlist
from s2s_tools.data import Example
from safetensors.numpy import load_file

DAS, HAUS, BUCH, EIN = range(4)
THE, HOUSE, BOOK, A = range(4)
KOEHN = [([DAS, HAUS], [THE, HOUSE]), ([DAS, BUCH], [THE, BOOK]), ([EIN, BUCH], [A, BOOK])]


def learn(rows, iterations):
    """{(source, target): probability}."""
    sources, targets, probabilities = shortlist.train_model1(rows, 10, iterations)
    keys = zip(sources.tolist(), targets.tolist(), strict=True)
    return dict(zip(keys, probabilities.tolist(), strict=True))


def test_two_iterations(monkeypatch):
    """The toy corpus of Koehn's textbook, two iterations worked by hand, in whatever chunks."""
    once = {(DAS, THE): 1 / 2, (DAS, BOOK): 1 / 4, (BUCH, BOOK): 1 / 2, (EIN, A): 1 / 2}
    twice = {(DAS, THE): 7 / 11, (DAS, HOUSE): 2 / 11, (BUCH, A): 2 / 11, (EIN, A): 4 / 7}
    for size in (50000, 2, 1):
        monkeypatch.setattr(shortlist, "CHUNK", size)
        for iterations, expected in ((1, once), (2, twice)):
            learnt = learn(KOEHN, iterations)
            assert len(learnt) == 10
            assert {key: learnt[key] for key in expected} == pytest.approx(expected)


def test_lengths_differ():
    """One word may give two tokens, and a target token that stands twice counts twice."""
    learnt = learn([([1], [5, 6, 6]), ([1, 2], [5])], 1)
    assert learnt == pytest.approx({(1, 5): 1.5 / 3.5, (1, 6): 2 / 3.5, (2, 5): 1})


def test_lists_are_the_likeliest():
    """No more than so many, none below the threshold, none that is left out; in order."""
    sources = numpy.array([0, 0, 0, 0, 2, 2, 3])
    targets = numpy.array([1, 4, 6, 7, 2, 9, 5])
    probabilities = numpy.array([0.1, 0.3, 0.4, 0.2, 0.01, 0.99, 1.0])
    model = sources, targets, probabilities
    least = numpy.full(10, 0.05)
    least[6] = numpy.inf
    chosen = shortlist.choose_lists(model, 3, least, 2)
    assert [ids.tolist() for ids in chosen] == [[4, 7], [], [9]]


def test_forms():
    """As it is and in all forms of noise; what is alike stands there once."""
    pairs = [("We go.", "x"), ("we go", "x"), ("…", "y")]
    expected = [("We go.", "x"), ("we go", "x"), ("…", "y")]
    assert shortlist.forms_of(pairs, {"speech": 0.3}) == expected


def test_bytes_are_one(bundle):
    """A rare character is one target token, that must be 256 times as likely as another."""
    opened = shortlist.Bundle(bundle)
    (row,) = shortlist.make_rows(opened, [("I see one cat.", "我看见一只龘")], 333)
    first = min(opened.bytes)
    assert row[1].count(first) == 3 and not set(row[1]) & set(opened.bytes[1:])
    assert row[0] == sorted(set(row[0])) and row[0][-1] == 333
    least = shortlist.make_bounds(opened, numpy.array([300]), 0.001)
    assert least[first] == pytest.approx(0.256) and least[301] == 0.001
    assert numpy.isinf(least[[0, 1, 2, 3, 300]]).all()


@pytest.fixture
def bundle(spm, tmp_path):
    """A folder with all of a bundle that a shortlist needs."""
    table = {"name": "tiny", "hyperparameters": {}}
    for side, path in zip(("source", "target"), spm, strict=True):
        table["hyperparameters"][f"{side}_vocabulary_size"] = 333
        table[f"{side}_tokenizer"] = {"file": f"{side}.spm"}
        (tmp_path / f"{side}.spm").write_bytes(path.read_bytes())
    table |= {"decoding": {"beam_size": 4}, "stand_ins": {"Ann": "安"}}
    (tmp_path / "config.json").write_text(json.dumps(table), "utf-8")
    return tmp_path


def run(bundle, corpus, monkeypatch, *more):
    """Run the program on the tiny corpus; returns its tensors."""
    given = ["shortlist", corpus / "tiny.toml", "--data", corpus, "--bundle", bundle, *more]
    monkeypatch.setattr(sys, "argv", [*map(str, given)])
    shortlist.main()
    return load_file(bundle / "shortlist.safetensors")


def test_file(bundle, corpus, monkeypatch):
    """What docs/model-format.md asks for, and the same when it is made again."""
    tensors = run(bundle, corpus, monkeypatch, "--common", "7", "--per-token", "4")
    common, starts, tokens = (tensors.pop(name) for name in ("common", "starts", "tokens"))
    assert not tensors
    assert {array.dtype for array in (common, starts, tokens)} == {numpy.dtype("int32")}
    assert common.tolist() == list(range(7))
    assert len(starts) == 334 and starts[0] == 0 and starts[-1] == len(tokens)
    assert 1 <= numpy.diff(starts).max() <= 4 and numpy.diff(starts).min() == 0
    for first, end in zip(starts[:-1], starts[1:], strict=True):
        assert (numpy.diff(tokens[first:end]) > 0).all()
    assert tokens.min() > 6 and tokens.max() < 333

    text = (bundle / "config.json").read_text("utf-8")
    table = json.loads(text)
    assert table["shortlist"] == {"file": "shortlist.safetensors"}
    assert list(table)[-3:] == ["shortlist", "decoding", "stand_ins"]
    assert text == json.dumps(table, ensure_ascii=False, indent=2) + "\n"
    again = run(bundle, corpus, monkeypatch, "--common", "7", "--per-token", "4")
    assert (again["tokens"] == tokens).all()
    assert (bundle / "config.json").read_text("utf-8") == text


def test_known_words(bundle, corpus, monkeypatch):
    """The lists of a sentence have its own translation, and not that of another."""
    tensors = run(bundle, corpus, monkeypatch, "--common", "4", "--threshold", "0.1")
    opened = shortlist.Bundle(bundle)
    lists = numpy.split(tensors["tokens"], tensors["starts"][1:-1])
    rows = opened.encode(make_pairs())
    others = [(s, t) for (s, _), (_, t) in zip(rows, rows[7:], strict=False)]
    chosen = tensors["common"], lists
    assert shortlist.measure(opened, rows, *chosen)[0] > 0.95
    assert shortlist.measure(opened, others, *chosen)[0] < 0.75


def test_languages(bundle):
    """Only the token of a language lists something: what its targets have often enough."""
    table = json.loads((bundle / "config.json").read_text("utf-8"))
    table["target_language_tokens"] = {"zh": 5, "de": 9}
    (bundle / "config.json").write_text(json.dumps(table), "utf-8")
    opened = shortlist.Bundle(bundle)
    pairs = make_pairs()
    examples = [Example(s, t, "zh") for s, t in pairs] + [Example("a", pairs[0][1], "de")] * 2
    common, lists = opened.lists_of_languages(examples, 2)
    assert common.tolist() == [*range(4), *opened.bytes]
    assert [token for token, listed in enumerate(lists) if len(listed)] == [5, 9]
    target = opened.tokenizers[1]
    counts = Counter(i for _, t in pairs for i in target.encode(t))
    often = {i for i, n in counts.items() if n >= 2} - set(common.tolist())
    assert lists[5].tolist() == sorted(often)
    assert lists[9].tolist() == sorted(set(target.encode(pairs[0][1])) - set(common.tolist()))
    opened.write(common, lists, recommended=True)
    written = json.loads((bundle / "config.json").read_text("utf-8"))
    assert written["decoding"] == {"beam_size": 4, "use_shortlist": True}
    assert list(written)[-3:] == ["shortlist", "decoding", "stand_ins"]
    del opened.table["target_language_tokens"]
    with pytest.raises(ValueError, match="expected several"):
        opened.lists_of_languages(examples, 2)


def test_translate():
    """A line for each source, or numbered lines, of which the best may be enough."""
    sources = ["ab c", "d"]
    assert shortlist.translate("tr a-z A-Z", sources, 1) == [("ab c", "AB C"), ("d", "D")]
    numbered = r"""awk '{ for (r = 1; r < 3; r++) print NR "\t" r "\t" $1 r }'"""
    expected = [("ab c", "ab1"), ("ab c", "ab2"), ("d", "d1"), ("d", "d2")]
    assert shortlist.translate(numbered, sources) == expected
    assert shortlist.translate(numbered, sources, 1) == expected[::2]


def test_measure(bundle):
    """Two of three tokens, one of two sentences; a byte brings all of them."""
    opened = shortlist.Bundle(bundle)
    lists = [numpy.array(ids, dtype=int) for ids in ([], [300, 301], [302], [opened.bytes[5]])]
    rows = [([1, 1], [301]), ([2], [302, 303])]
    assert shortlist.measure(opened, rows, numpy.array([300]), lists) == (2 / 3, 1 / 2, 3.0)
    assert shortlist.measure(opened, [([3], [opened.bytes[0]])], numpy.array([300]), lists) == (
        1,
        1,
        258,
    )


def test_vocabularies_are_refused():
    """Lists by the ids of the SentencePiece model would be of other tokens."""
    folder = Path(__file__).parents[1] / "golden/converted/marianmt"
    with pytest.raises(ValueError, match="tokens are those of a vocabulary"):
        shortlist.Bundle(folder)
