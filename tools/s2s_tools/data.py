# SPDX-License-Identifier: LGPL-2.1-or-later
"""Corpora, and the endless deterministic stream of batches that is made of them.

The stream comes in chunks drawn from a fixed number of pairs. A chunk depends on the
recipe and its number alone, so training resumes anywhere. Nothing here needs PyTorch:
chunks are made in processes of their own while the chunks before are trained on.
"""

import itertools
import lzma
import math
import random
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import numpy

from s2s_tools import text, tokenizers
from s2s_tools.marks import Marks


@dataclass(frozen=True)
class Example:
    """A source, its target in a language, and the texts before the source, oldest first."""

    source: str
    target: str
    language: str
    turns: tuple = ()

    @property
    def chinese(self):
        """Whether the target is Chinese."""
        return text.is_chinese(self.language)


@dataclass(frozen=True)
class Corpus:
    """A set of pairs.

    language: of the targets; share: of the examples; prefix: put before every target; every:
    only each so-manieth pair is taken; turns: how many texts before a source go with it, where
    a source is the target of the pair before; other_turns: up to how many texts of another
    example go before a source, for pairs that hold whatever was said before; held_out: files
    whose sources are left out.
    """

    name: str
    files: tuple
    language: str
    share: float = 1.0
    prefix: str = ""
    every: int = 1
    turns: int = 0
    other_turns: int = 0
    held_out: tuple = ()

    def examples(self):
        """All pairs, cleaned; Chinese targets get Chinese punctuation."""
        pairs = [pair for file in self.files for pair in read_pairs(file)]
        examples, turns = [], ()
        for number, (source, target) in enumerate(pairs):
            follows = number > 0 and pairs[number - 1][1] == source
            turns = (*turns, pairs[number - 1][0])[-self.turns :] if follows and self.turns else ()
            if text.is_chinese(self.language):
                target = text.close_sentence(source, text.full_width(target))
            examples.append(Example(source, self.prefix + target, self.language, turns))
        known = {text.speech_form(s) for file in self.held_out for s, _ in read_pairs(file)}
        if known:
            examples = [e for e in examples if text.speech_form(e.source) not in known]
        return examples[:: self.every]


def read_pairs(path):
    """The pairs of a TSV file, packed with xz or not: [(source, target)]."""
    opener = lzma.open if Path(path).suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8", newline="\n") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    bad = next((n for n, row in enumerate(rows, 1) if len(row) != 2), None)
    if bad:
        raise ValueError(f"{path}, line {bad}: expected 2 columns, got {len(rows[bad - 1])}")
    return [(source, target) for source, target in rows]


@dataclass(frozen=True)
class StreamOptions:
    """How examples and batches are made; the `[stream]` of a recipe."""

    seed: int = 1
    chunk: int = 40000
    joined: float = 0.25
    noise: dict = field(default_factory=dict)
    sampling: float = 0.5
    sampling_target: float = 0.0
    alpha: float = 0.2
    batch_tokens: int = 3000
    part_tokens: int = 1500
    longest: int = 90


@dataclass
class Part:
    """Rows of one source length: source [B, S], previous and target [B, T]."""

    source: numpy.ndarray
    previous: numpy.ndarray
    target: numpy.ndarray

    @property
    def tokens(self):
        """Target tokens that are no padding."""
        return int((self.target >= 0).sum())


def add_turns(example, others, most, chance):
    """The example after as many texts as drawn, 0 to `most`, of an exchange of the others."""
    other = chance.choice(others)
    texts = (*other.turns, other.source, other.target)
    return replace(example, turns=texts[max(0, len(texts) - chance.randint(0, most)) :])


class Mixture:
    """Draws from corpora by share; each corpus is gone through in new order every time."""

    def __init__(self, corpora, options):
        self.options = options
        self.corpora = [(c, c.examples()) for c in corpora]
        total = sum(c.share for c in corpora)
        self.quotas = [round(options.chunk * c.share / total) for c in corpora]

    def _drawn(self, index, chunk):
        """The quota of corpus `index` in a chunk: a window on its endless shuffled rounds."""
        corpus, examples = self.corpora[index]
        quota, drawn = self.quotas[index], []
        position = chunk * quota
        while len(drawn) < quota:
            turn, start = divmod(position, len(examples))
            order = list(range(len(examples)))
            random.Random(f"{self.options.seed}/{corpus.name}/{turn}").shuffle(order)
            taken = order[start : start + quota - len(drawn)]
            drawn += [examples[i] for i in taken]
            position += len(taken)
        return drawn

    def examples(self, chunk):
        """The examples of a chunk: shuffled, some joined, sources with noise.

        Those of one language come together.
        """
        chance = random.Random(f"{self.options.seed}/chunk/{chunk}")
        by_corpus = [self._drawn(index, chunk) for index in range(len(self.corpora))]
        whole = [e for examples in by_corpus for e in examples]
        drawn = []
        for (corpus, _), examples in zip(self.corpora, by_corpus, strict=True):
            if corpus.other_turns:
                examples = [add_turns(e, whole, corpus.other_turns, chance) for e in examples]
            drawn += examples
        chance.shuffle(drawn)
        drawn.sort(key=lambda example: example.language)
        joined = []
        for _, group in itertools.groupby(drawn, lambda example: example.language):
            joined += self._join_some(list(group), chance)
        return joined

    def _join_some(self, examples, chance):
        """Examples of one language, a share of them of two to four."""
        joined, at = [], 0
        while at < len(examples):
            count = chance.randint(2, 4) if chance.random() < self.options.joined else 1
            joined.append(self._join(examples[at : at + count], chance))
            at += count
        return joined

    def _join(self, examples, chance):
        """One example of one to four; a form of noise holds for all of it."""
        blank = "" if examples[0].chinese else " "
        draw = chance.random()

        def change(line):
            return text.add_noise(line, self.options.noise, draw)

        return replace(
            examples[0],
            source=" ".join(change(e.source) for e in examples),
            target=blank.join(e.target for e in examples),
            turns=tuple(change(turn) for turn in examples[0].turns),
        )


class SubwordSampler:
    """Draws segmentations of a unigram model by P(segmentation)^α among the likeliest.

    SentencePiece's own sampling cannot be seeded from Python. A segmentation never crosses
    a blank, so words are drawn one by one, from lists that are made once a word.
    """

    def __init__(self, processor, alpha, likeliest=16, by_word=True):
        self.processor, self.alpha, self.likeliest = processor, alpha, likeliest
        self.by_word = by_word
        self.known = {}

    def _choices(self, unit):
        """The likeliest segmentations of a unit and their weights, summed up."""
        if unit not in self.known:
            found = self.processor.nbest_encode(unit, nbest_size=self.likeliest)
            scores = [self.alpha * sum(map(self.processor.get_score, ids)) for ids in found]
            weights = [math.exp(score - max(scores)) for score in scores]
            self.known[unit] = found, list(itertools.accumulate(weights))
        return self.known[unit]

    def encode(self, sentence, chance):
        """Token ids of a sentence, drawn with the generator `chance`."""
        ids = []
        for unit in sentence.split() if self.by_word else [sentence]:
            found, sums = self._choices(unit)
            ids += chance.choices(found, cum_weights=sums)[0] if found else []
        return ids


class Encoder:
    """Makes token ids of examples, with subword sampling for some of them."""

    def __init__(self, source, target, options, marks):
        self.options, self.marks = options, marks
        self.source = source, SubwordSampler(source, options.alpha), options.sampling
        self.target = (
            target,
            SubwordSampler(target, options.alpha, by_word=False),
            options.sampling_target,
        )

    @staticmethod
    def _encode(side, sentence, chance):
        plain, sampler, share = side
        sampled = share and chance.random() < share
        return sampler.encode(sentence, chance) if sampled else plain.encode(sentence)

    def encode_source(self, example, chance):
        """The ids of a source, with its marks and as many of its turns as there is room for."""
        before, row = self.marks.before(example), self._encode(self.source, example.source, chance)
        for turn in reversed(example.turns):
            turn = [*self._encode(self.source, turn, chance), self.marks.separator]
            if len(before) + len(turn) + len(row) >= self.options.longest:
                break
            row = turn + row
        return [*before, *row, tokenizers.EOS]

    def rows(self, examples, chance):
        """Token ids with EOS: [(source ids, target ids)]; too long examples are left out."""
        rows = []
        for example in examples:
            source = self.encode_source(example, chance)
            target = [*self._encode(self.target, example.target, chance), tokenizers.EOS]
            if max(len(source), len(target)) <= self.options.longest:
                rows.append((source, target))
        return rows


def make_part(rows):
    """Rows of one source length as arrays; the target is padded with −1, the input with PAD."""
    width = max(len(t) for _, t in rows)
    source = numpy.array([s for s, _ in rows], dtype=numpy.int64)
    target = numpy.full((len(rows), width), -1, dtype=numpy.int64)
    for row, (_, t) in enumerate(rows):
        target[row, : len(t)] = t
    previous = numpy.full_like(target, tokenizers.BOS)
    previous[:, 1:] = numpy.where(target[:, :-1] < 0, tokenizers.PAD, target[:, :-1])
    return Part(source, previous, target)


def make_parts(rows, part_tokens, chance):
    """Group rows by source length, then by target length, into parts of `part_tokens`."""
    buckets = {}
    for row in rows:
        buckets.setdefault(len(row[0]), []).append(row)
    parts = []
    for length in sorted(buckets):
        bucket = sorted(buckets[length], key=lambda row: (len(row[1]), chance.random()))
        while bucket:
            size = max(1, part_tokens // max(length, len(bucket[0][1]) + 2))
            parts.append(make_part(bucket[:size]))
            bucket = bucket[size:]
    return parts


def make_batches(rows, options, chance):
    """Batches of `batch_tokens` target tokens, each of parts of any lengths."""
    parts = make_parts(rows, options.part_tokens, chance)
    chance.shuffle(parts)
    batches, batch, tokens = [], [], 0
    for part in parts:
        batch.append(part)
        tokens += part.tokens
        if tokens >= options.batch_tokens:
            batches.append(batch)
            batch, tokens = [], 0
    return batches + ([batch] if batch else [])


class ChunkMaker:
    """Makes the batches of any chunk; lives in the process that works ahead."""

    def __init__(self, corpora, options, mark_options, source_model, target_model):
        self.options = options
        self.mixture = Mixture(corpora, options)
        source, target = tokenizers.load(source_model), tokenizers.load(target_model)
        self.encoder = Encoder(source, target, options, Marks(mark_options, source))

    def make(self, number):
        """The batches of chunk `number`."""
        chance = random.Random(f"{self.options.seed}/encode/{number}")
        rows = self.encoder.rows(self.mixture.examples(number), chance)
        return make_batches(rows, self.options, chance)


_maker = None


def _start_worker(*arguments):
    global _maker
    _maker = ChunkMaker(*arguments)


def _make_in_worker(number):
    return _maker.make(number)


def stream(recipe, source_model, target_model, chunk=0, position=0, workers=1):
    """Batches from a place in the stream on: (chunk, position after, batch), for ever.

    So many processes work ahead, each on a chunk; the batches do not depend on it.
    """
    arguments = recipe.corpora, recipe.stream, recipe.marks, source_model, target_model
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start_worker, arguments) as pool:
        coming = deque(pool.submit(_make_in_worker, chunk + ahead) for ahead in range(workers))
        while True:
            batches = coming.popleft().result()
            coming.append(pool.submit(_make_in_worker, chunk + workers))
            for index in range(position, len(batches)):
                yield chunk, index + 1, batches[index]
            chunk, position = chunk + 1, 0
