# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the importers share: conversion, greedy decoding of a reference, the C library.

A reference is a function logits (source [B, S], previous [B, T]) → [B, T, V] of the framework that
a model comes from; rows are of one length, so nothing is padded.
"""

import json
import os
import random
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy
import pytest
import torch
from s2s_tools import convert
from s2s_tools.bundle import read_network

TOLERANCE = 1e-4  # of logits: two programs that sum in single precision, values up to about 20
MARGIN = 1e-3  # decisions that are closer than that are not compared
SENTENCES = 200
PAD, BOS, EOS, UNK = range(4)
SPECIAL = ["<blank>", "<s>", "</s>", "<unk>"]
NAMES = ["--pad", "<blank>", "--bos", "<s>", "--eos", "</s>", "--unk", "<unk>"]
LANGUAGES = ["--source-language", "en", "--target-language", "fr"]
LIMIT = (3, 10)  # longest output: factor × source tokens + constant, as config.json's defaults
TRANSLATE = Path(
    os.environ.get("S2S_TRANSLATE", Path(__file__).parents[2] / "build/tools/s2s-translate")
)


@dataclass(frozen=True)
class Sides:
    """The vocabularies of a model: lists of tokens, those below `first` special.

    ends: whether sources end with EOS. `bos` may be the id after the target's last: a start that
    the model itself has not.
    """

    source: list
    target: list
    unit: str
    ends: bool = True
    bos: int = BOS
    eos: int = EOS
    first: int = len(SPECIAL)

    @property
    def banned(self):
        """What is never put out."""
        return [token for token in {*range(self.first), self.bos} if token != self.eos]

    def text(self, source):
        """The text of a source."""
        return self.join([self.source[t] for t in source[: len(source) - self.ends]])

    def join(self, tokens):
        """The text of tokens."""
        return (" " if self.unit == "word" else "").join(tokens)

    def write(self, folder):
        """Writes vocabulary files and returns the options that name them."""
        words = ["--unit", self.unit, *LANGUAGES, *NAMES, *(["--source-eos", "</s>"] * self.ends)]
        for side in ("source", "target"):
            path = folder / f"{side}-vocabulary.json"
            listed = {token: at for at, token in enumerate(getattr(self, side))}
            path.write_text(json.dumps(listed), encoding="utf-8")
            words += [f"--{side}-vocabulary", str(path)]
        return words


def make_sides(source, target, unit="character", ends=True):
    """Vocabularies of letters, or of words that begin with them."""
    letters = [chr(ord("a") + i) for i in range(26)]
    names = letters if unit == "character" else [f"{letter}o" for letter in letters]
    return Sides(
        SPECIAL + names[: source - len(SPECIAL)],
        SPECIAL + [name.upper() for name in names[: target - len(SPECIAL)]],
        unit,
        ends,
    )


def run(*words):
    """s2s_tools.convert; returns its exit status."""
    return convert.main([str(word) for word in words])


def fails(capsys, *words):
    """The message of a conversion that must fail: one line, and no bundle."""
    assert run(*words) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("convert: ") and captured.err.count("\n") == 1
    assert not Path(words[2]).exists()
    return captured.err


def draw_sources(sides, count, seed):
    """Different random source sentences of two to seven tokens, and EOS if they end."""
    draw = random.Random(seed)
    found = {}
    while len(found) < count:
        length = draw.randrange(2, 8)
        tokens = [draw.randrange(sides.first, len(sides.source)) for _ in range(length)]
        found[*tokens, *[sides.eos] * sides.ends] = None
    return list(found)


def check_logits(bundle, logits, sides, seed=5):
    """Forced decoding: every logit of the bundle's network against the reference."""
    network = read_network(bundle)
    draw = numpy.random.default_rng(seed)
    for length in (1, 2, 5, 9):
        source = draw.integers(sides.first, len(sides.source), (4, length))
        if sides.ends:
            source[:, -1] = sides.eos
        previous = draw.integers(sides.first, len(sides.target), (4, 6))
        previous[:, 0] = sides.bos
        with torch.no_grad():
            found = network(
                torch.from_numpy(source), torch.full((4,), length), torch.from_numpy(previous)
            )
        expected = numpy.asarray(logits(source, previous))
        assert numpy.ptp(expected) > 1
        numpy.testing.assert_allclose(found.numpy(), expected, rtol=0, atol=TOLERANCE)


def find_eos_bias(logits, sides):
    """What to add to the bias of EOS so that it is the best token of three steps in ten.

    A random network without it hardly ever ends.
    """
    sources = draw_sources(sides, 400, 7)
    longest = max(map(len, sources))
    sources = numpy.array([s for s in sources if len(s) == longest])
    rows, gaps = numpy.full((len(sources), 1), sides.bos), []
    for _ in range(7):
        scores = numpy.array(logits(sources, rows))[:, -1]
        ends = scores[:, sides.eos].copy()
        scores[:, [*sides.banned, sides.eos]] = -numpy.inf
        gaps.append(scores.max(axis=1) - ends)
        rows = numpy.column_stack([rows, scores.argmax(axis=1)])
    return float(numpy.quantile(gaps[1:], 0.3))


def greedy_batch(logits, sources, limit, sides):
    """Greedy decoding of sources of one length: (tokens or None when cut, least margin) each."""
    rows = numpy.full((len(sources), 1), sides.bos)
    margins = numpy.full(len(sources), numpy.inf)
    ended = [None] * len(sources)
    for _ in range(limit):
        scores = numpy.asarray(logits(numpy.array(sources), rows))[:, -1].astype(float)
        scores[:, sides.banned] = -numpy.inf
        ranked = numpy.sort(scores, axis=1)
        best = scores.argmax(axis=1)
        live = numpy.array([tokens is None for tokens in ended])
        margins = numpy.where(live, numpy.minimum(margins, ranked[:, -1] - ranked[:, -2]), margins)
        for at in numpy.flatnonzero(live & (best == sides.eos)):
            ended[at] = rows[at, 1:].tolist()
        rows = numpy.column_stack([rows, best])
        if all(tokens is not None for tokens in ended):
            break
    return list(zip(ended, margins, strict=True))


def greedy(logits, sources, sides):
    """Greedy decoding of all sources by the reference."""
    groups = defaultdict(list)
    for at, source in enumerate(sources):
        groups[len(source)].append(at)
    results = [None] * len(sources)
    for length, members in groups.items():
        limit = LIMIT[0] * length + LIMIT[1]
        found = greedy_batch(logits, [sources[at] for at in members], limit, sides)
        for at, result in zip(members, found, strict=True):
            results[at] = result
    return results


def repeats(tokens):
    """Whether the library would take it for a loop and try again (docs/numerics.md)."""
    for size in range(1, len(tokens) // 2 + 1):
        count = max(4, -(-8 // size))
        for at in range(len(tokens) - size * count + 1):
            if tokens[at : at + size] * count == tokens[at : at + size * count]:
                return True
    return False


def find_examples(logits, sides, count=SENTENCES, seed=1):
    """Sources and the reference's outputs that end by themselves, with no close decision."""
    found = {}
    for attempt in range(8):
        sources = draw_sources(sides, count, seed + 1000 * attempt)
        for source, (tokens, margin) in zip(sources, greedy(logits, sources, sides), strict=True):
            if tokens and margin > MARGIN and not repeats(tokens):
                found[source] = tokens
        if len(found) >= count:
            break
    assert len(found) >= count, f"only {len(found)} of {count} outputs end"
    examples = list(found.items())[:count]
    assert len({tuple(tokens) for _, tokens in examples}) > 5
    return examples


def check_greedy(bundle, examples, sides):
    """Greedy ids, exactly: those of the reference networks, then the text of the C library."""
    network = read_network(bundle)

    def logits(source, previous):
        with torch.no_grad():
            lengths = torch.full((len(source),), source.shape[1])
            return network(torch.from_numpy(source), lengths, torch.from_numpy(previous)).numpy()

    results = greedy(logits, [list(source) for source, _ in examples], sides)
    assert [tokens for tokens, _ in results] == [tokens for _, tokens in examples]
    sources = [sides.text(source) for source, _ in examples]
    expected = [sides.join([sides.target[t] for t in tokens]) for _, tokens in examples]
    assert translate(bundle, sources) == expected


def translate(bundle, lines, *words):
    """What the C library makes of lines, greedily; the test ends here where it is not built."""
    if not TRANSLATE.exists():
        pytest.skip(f"without the C library: {TRANSLATE} is not built")
    command = [str(TRANSLATE), "--model", str(bundle), "--beam", "1", *words]
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.splitlines()
