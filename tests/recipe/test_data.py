# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stream of batches: shares, joining, padding, repeatability."""

import random
from collections import Counter

import numpy
import pytest
from s2s_tools import data, tokenizers
from s2s_tools.data import Corpus, Mixture, StreamOptions
from s2s_tools.tokenizers import BOS, EOS, PAD


@pytest.fixture
def corpora(corpus):
    """Two corpora, four to one."""
    return [
        Corpus("first", (str(corpus / "first.tsv"),), 0.8),
        Corpus("second", (str(corpus / "second.tsv"),), 0.2),
    ]


def test_shares_and_rounds(corpora):
    """A chunk keeps the shares; over chunks every pair comes equally often."""
    mixture = Mixture(corpora, StreamOptions(chunk=50, joined=0))
    first = set(corpora[0].pairs(True))
    chunks = [mixture.examples(number) for number in range(5)]
    assert [sum(pair in first for pair in chunk) for chunk in chunks] == [40] * 5
    counts = Counter(pair for chunk in chunks for pair in chunk)
    assert {counts[pair] for pair in first} == {4}


def test_chunks_repeat_and_differ(corpora):
    """A chunk is the same whenever it is made, and no other chunk's twin."""
    options = StreamOptions(chunk=50, noise={"speech": 0.3})
    made = [Mixture(corpora, options).examples(number) for number in (0, 1, 1)]
    assert made[1] == made[2]
    assert made[0] != made[1]


def test_joined_pairs(corpora):
    """Joined sources have a blank between them, Chinese targets none; no pair is lost."""
    mixture = Mixture(corpora, StreamOptions(chunk=50, joined=1.0))
    examples = mixture.examples(0)
    ends = [sum(source.count(mark) for mark in ".?!") for source, _ in examples]
    assert sum(ends) == 50
    assert all(2 <= count <= 4 for count in ends[:-1])
    assert all(" " not in target for _, target in examples)
    assert all(
        sum(t.count(m) for m in "。？！") == n for (_, t), n in zip(examples, ends, strict=True)
    )


def test_noise_holds_for_all_of_a_joined_example(corpora):
    """A joined source is speech as a whole or not at all."""
    mixture = Mixture(corpora, StreamOptions(chunk=50, joined=1.0, noise={"speech": 0.5}))
    sources = [source for source, _ in mixture.examples(0)]
    speech = [source for source in sources if source == source.lower()]
    assert 0 < len(speech) < len(sources)
    assert not any(mark in source for source in speech for mark in ".?!")
    assert all(source[-1] in ".?!" for source in sources if source not in speech)


def test_part_is_shifted_and_padded():
    """The target is padded with −1; the input begins with BOS and lags one token."""
    part = data.make_part([([5, 6, EOS], [7, EOS]), ([8, 9, EOS], [10, 11, EOS])])
    numpy.testing.assert_array_equal(part.source, [[5, 6, EOS], [8, 9, EOS]])
    numpy.testing.assert_array_equal(part.target, [[7, EOS, -1], [10, 11, EOS]])
    numpy.testing.assert_array_equal(part.previous, [[BOS, 7, EOS], [BOS, 10, 11]])
    assert part.tokens == 5


def test_padding_of_a_long_row():
    """After EOS and one more, the input is PAD."""
    part = data.make_part([([5, EOS], [EOS]), ([6, EOS], [7, 8, EOS])])
    assert part.previous[0].tolist() == [BOS, EOS, PAD]


def test_batches_hold_all_rows_once():
    """Rows are kept, every part has one source length, all but the last batch are full."""
    draw = random.Random(1)
    rows = [
        ([4] * draw.randint(1, 9) + [EOS], [4 + n % 50] * draw.randint(1, 9) + [EOS])
        for n in range(300)
    ]
    options = StreamOptions(batch_tokens=200, part_tokens=90)
    batches = data.make_batches(rows, options, random.Random(2))
    parts = [part for batch in batches for part in batch]
    assert sum(len(part.source) for part in parts) == 300
    assert all(part.source[:, -1].tolist() == [EOS] * len(part.source) for part in parts)
    sizes = [sum(part.tokens for part in batch) for batch in batches]
    assert min(sizes[:-1]) >= 200
    assert max(part.source.size for part in parts) <= 90


def test_sampled_segmentations(spm):
    """They spell the sentence, vary with the draw alone and shun the unlikely by α."""
    source = tokenizers.load(spm[0])
    sentence = "we need three trees"
    draws = {}
    for alpha in (0.1, 1.0):
        sampler = data.SubwordSampler(source, alpha)
        chance = random.Random(7)
        draws[alpha] = [tuple(sampler.encode(sentence, chance)) for _ in range(200)]
        again = random.Random(7)
        assert [tuple(sampler.encode(sentence, again)) for _ in range(200)] == draws[alpha]
        assert {source.decode(list(ids)) for ids in draws[alpha]} == {sentence}
    assert 1 < len(set(draws[1.0])) < len(set(draws[0.1]))
    best = tuple(source.encode(sentence))
    assert draws[1.0].count(best) > draws[0.1].count(best)


def test_encoder_ends_rows_and_drops_long_ones(spm):
    """EOS on both sides; a row beyond `longest` is left out."""
    source, target = (tokenizers.load(path) for path in spm)
    encoder = data.Encoder(source, target, StreamOptions(sampling=0, longest=8))
    rows = encoder.rows([("I see.", "我看见。"), ("I see " * 9, "我")], random.Random(1))
    assert rows == [([*source.encode("I see."), EOS], [*target.encode("我看见。"), EOS])]


def test_bad_line_is_named(tmp_path):
    """A line with three columns."""
    path = tmp_path / "bad.tsv"
    path.write_text("a\tb\nc\td\te\n", encoding="utf-8")
    with pytest.raises(ValueError, match="bad.tsv, line 2: expected 2 columns, got 3"):
        data.read_pairs(path)
