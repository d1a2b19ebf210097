# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stream of batches: shares, joining, padding, repeatability."""

import random
from collections import Counter

import numpy
import pytest
from s2s_tools import data, tokenizers
from s2s_tools.data import Corpus, Example, Mixture, StreamOptions
from s2s_tools.marks import MarkOptions, Marks
from s2s_tools.tokenizers import BOS, EOS, PAD


@pytest.fixture
def corpora(corpus):
    """Two corpora, four to one."""
    return [
        Corpus("first", (str(corpus / "first.tsv"),), "zh", 0.8),
        Corpus("second", (str(corpus / "second.tsv"),), "zh", 0.2),
    ]


def test_shares_and_rounds(corpora):
    """A chunk keeps the shares; over chunks every pair comes equally often."""
    mixture = Mixture(corpora, StreamOptions(chunk=50, joined=0))
    first = set(corpora[0].examples())
    chunks = [mixture.examples(number) for number in range(5)]
    assert [sum(example in first for example in chunk) for chunk in chunks] == [40] * 5
    counts = Counter(example for chunk in chunks for example in chunk)
    assert {counts[example] for example in first} == {4}


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
    ends = [sum(e.source.count(mark) for mark in ".?!") for e in examples]
    assert sum(ends) == 50
    assert all(2 <= count <= 4 for count in ends[:-1])
    assert all(" " not in e.target for e in examples)
    marks = [sum(e.target.count(mark) for mark in "。？！") for e in examples]
    assert marks == ends


def test_only_examples_of_one_language_are_joined(corpus):
    """French joins French, with a blank; a language's quota is kept."""
    files = (str(corpus / "first.tsv"),)
    corpora = [Corpus("zh", files, "zh"), Corpus("fr", files, "fr", prefix="fr ")]
    examples = Mixture(corpora, StreamOptions(chunk=80, joined=1.0)).examples(0)
    for language, count in {"fr": 40, "zh": 0}.items():
        targets = [e.target for e in examples if e.language == language]
        assert sum(target.count("fr ") for target in targets) == count
        assert all((" " in target) == (language == "fr") for target in targets)


def test_noise_holds_for_all_of_a_joined_example(corpora):
    """A joined source is speech as a whole or not at all."""
    mixture = Mixture(corpora, StreamOptions(chunk=50, joined=1.0, noise={"speech": 0.5}))
    sources = [example.source for example in mixture.examples(0)]
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


def make_encoder(spm, longest, **marks):
    """An encoder without sampling, and its source model with marks."""
    source = MarkedModel(tokenizers.load(spm[0]), MarkOptions(**marks))
    options = StreamOptions(sampling=0, longest=longest)
    encoder = data.Encoder(source, tokenizers.load(spm[1]), options, Marks(source.marks, source))
    return encoder, source


class MarkedModel:
    """A source model that has marks behind its other pieces."""

    def __init__(self, processor, marks):
        self.processor, self.marks = processor, marks

    def piece_to_id(self, piece):
        """1000 and on for marks."""
        return 1000 + self.marks.symbols().index(piece)

    def __getattr__(self, name):
        return getattr(self.processor, name)


def test_encoder_ends_rows_and_drops_long_ones(spm):
    """EOS on both sides; a row beyond `longest` is left out."""
    encoder, source = make_encoder(spm, 8)
    target = encoder.target[0]
    examples = [Example("I see.", "我看见。", "zh"), Example("I see " * 9, "我", "zh")]
    rows = encoder.rows(examples, random.Random(1))
    assert rows == [([*source.encode("I see."), EOS], [*target.encode("我看见。"), EOS])]


def test_marks_stand_before_the_text(spm):
    """Language, then length, then turns with a separator after each, then the text."""
    encoder, source = make_encoder(spm, 99, languages=("de", "zh"), ratios=(0.5, 1.0), turns=2)
    example = Example("I see a tree.", "abcdef", "zh", ("a car", "a man"))
    ids = encoder.encode_source(example, random.Random(1))
    turns = [*source.encode("a car"), 1004, *source.encode("a man"), 1004]
    assert ids == [1001, 1002, *turns, *source.encode("I see a tree."), EOS]


@pytest.mark.parametrize(
    ("characters", "token"), [(1, 1000), (4, 1000), (5, 1001), (10, 1001), (11, 1001)]
)
def test_length_tokens(spm, characters, token):
    """The least ratio that is enough, or the last."""
    encoder, _ = make_encoder(spm, 99, ratios=(0.4, 1.0))
    example = Example("I see tree", "x" * characters, "zh")
    assert encoder.encode_source(example, random.Random(1))[0] == token


def test_oldest_turns_are_left_out(spm):
    """Where a source is too long with all its turns, the latest stay, as wholes."""
    encoder, source = make_encoder(spm, 0, turns=3)
    example = Example("I see.", "", "zh", ("a car a man a tree", "a man", "a tree"))
    kept = [*source.encode("a man"), 1000, *source.encode("a tree"), 1000]
    row = [*kept, *source.encode("I see."), EOS]
    for room, expected in ((len(row), row), (len(row) - 1, row[len(source.encode("a man")) + 1 :])):
        encoder.options = StreamOptions(sampling=0, longest=room)
        assert encoder.encode_source(example, random.Random(1)) == expected


def test_turns_of_a_dialogue(tmp_path):
    """A pair whose source is the reply before goes on; another begins anew."""
    lines = ["hello\thi", "hi\tall well?", "all well?\tyes", "good day\tgood evening"]
    file = tmp_path / "talk.tsv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    turns = [e.turns for e in Corpus("talk", (str(file),), "en", turns=2).examples()]
    assert turns == [(), ("hello",), ("hello", "hi"), ()]
    assert all(e.turns == () for e in Corpus("talk", (str(file),), "en").examples())


def test_other_turns_come_from_anywhere(tmp_path):
    """Before pairs that hold whatever was said stands nothing, or the end of another exchange."""
    (tmp_path / "talk.tsv").write_text("a\tb\nb\tc\nx\ty\n", encoding="utf-8")
    (tmp_path / "small.tsv").write_text("hello\thi\n", encoding="utf-8")
    talk = Corpus("talk", (str(tmp_path / "talk.tsv"),), "en", 0.5, turns=2)
    small = Corpus("small", (str(tmp_path / "small.tsv"),), "en", 0.5, other_turns=2)
    examples = Mixture([talk, small], StreamOptions(chunk=400, joined=0.0)).examples(0)
    before = Counter(e.turns for e in examples if e.source == "hello")
    exchanges = [("a", "b"), ("b", "c"), ("x", "y"), ("hello", "hi")]
    assert set(before) == {(), *(pair[1:] for pair in exchanges), *exchanges}
    assert 40 < before[()] < 100
    assert {e.turns for e in examples if e.source == "b"} == {("a",)}


def test_every_takes_a_part_of_the_pairs(corpus):
    """Each fifth pair, from the first on."""
    files = (str(corpus / "first.tsv"),)
    every = Corpus("first", files, "zh", every=5).examples()
    assert every == Corpus("first", files, "zh").examples()[::5]


def test_held_out_sources(corpus, tmp_path):
    """What is held out is no example, however it is written."""
    file = tmp_path / "dev.tsv"
    file.write_text("i SEE one cat\tx\nWe need two books\tx\n", encoding="utf-8")
    paths = tuple(str(corpus / name) for name in ("first.tsv", "second.tsv"))
    whole = Corpus("all", paths, "zh").examples()
    kept = Corpus("all", paths, "zh", held_out=(str(file),)).examples()
    assert [e.source for e in whole if e not in kept] == ["I see one cat."]
    assert len(kept) == len(whole) - 1
