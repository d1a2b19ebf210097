# SPDX-License-Identifier: LGPL-2.1-or-later
"""Greedy and beam search of one sentence, written to be read: the reference of the C library.

The contract is that of docs/numerics.md. Each result carries the smallest margin by which one of
its decisions was taken, so that the golden files can keep to cases that no rounding can turn.
"""

from dataclasses import dataclass, replace

import torch


@dataclass(frozen=True)
class Rules:
    """Token ids and limits of a search."""

    bos: int
    eos: int
    banned: tuple
    beam_size: int
    max_length: int


@dataclass(frozen=True)
class Hypothesis:
    """A prefix with its summed log-probability; `row` is its place in the decoder's state."""

    tokens: tuple
    total: float
    row: int = 0

    @property
    def score(self):
        """The average log-probability of a token, EOS included."""
        return self.total / len(self.tokens)


@dataclass(frozen=True)
class Result:
    """Tokens with EOS, their score, and the smallest margin of a decision."""

    tokens: tuple
    score: float
    margin: float


def log_probabilities(network, state, previous, rules):
    """One step of all rows: log P [rows, V] with the banned tokens out, and the state after."""
    logits, state = network.step(state, torch.tensor(previous))
    logits[:, list(rules.banned)] = float("-inf")
    return torch.log_softmax(logits.double(), dim=1), state


def start(network, ids):
    """The decoder's state before the first step."""
    return network.start(network.encode(torch.tensor([ids]), torch.tensor([len(ids)])))


def greedy(network, ids, rules):
    """The most likely token at each step, the lower id of equals, until EOS; None when cut."""
    state = start(network, ids)
    tokens, total, margin = [], 0.0, float("inf")
    while len(tokens) < rules.max_length:
        previous = tokens[-1] if tokens else rules.bos
        scores, state = log_probabilities(network, state, [previous], rules)
        ranked = sorted(range(scores.size(1)), key=lambda v: (-float(scores[0, v]), v))
        margin = min(margin, float(scores[0, ranked[0]] - scores[0, ranked[1]]))
        tokens.append(ranked[0])
        total += float(scores[0, ranked[0]])
        if ranked[0] == rules.eos:
            return Result(tuple(tokens), total / len(tokens), margin)
    return None


def expand(live, scores):
    """All continuations, the likeliest first; of equals the better parent's, then the lower id."""
    rows = scores.tolist()
    candidates = [
        Hypothesis((*parent.tokens, token), parent.total + score, parent.row)
        for parent in live
        for token, score in enumerate(rows[parent.row])
        if score > float("-inf")
    ]
    return sorted(candidates, key=lambda c: (-c.total, c.row, c.tokens[-1]))


def select(candidates, rules):
    """EOS counts among the best `beam_size`; the live places go to the best others.

    Returns what finishes, what lives on, and the margin of this choice.
    """
    size = rules.beam_size
    finished = [c for c in candidates[:size] if c.tokens[-1] == rules.eos]
    others = [c for c in candidates if c.tokens[-1] != rules.eos]
    margin = min(gap([c.total for c in ranked], size) for ranked in (candidates, others))
    return finished, others[:size], margin


def gap(values, place):
    """How far apart the values before and after that place are."""
    return values[place - 1] - values[place] if place < len(values) else float("inf")


def is_over(best, live, rules):
    """No live hypothesis can come before the best finished one, or the beam is greedy.

    Sums only fall, and no length is more than the limit.
    """
    return rules.beam_size == 1 or best.score >= max(h.total for h in live) / rules.max_length


def beam(network, ids, rules):
    """The best finished hypothesis by average log-probability; None when cut by the limit."""
    state = start(network, ids)
    live, finished, margin = [Hypothesis((), 0.0)], [], float("inf")
    for _ in range(rules.max_length):
        previous = [h.tokens[-1] if h.tokens else rules.bos for h in live]
        scores, state = log_probabilities(network, state, previous, rules)
        ended, chosen, narrowest = select(expand(live, scores), rules)
        finished = sorted([*finished, *ended], key=lambda h: -h.score)
        margin = min(margin, narrowest)
        state = state.select(torch.tensor([h.row for h in chosen]))
        live = [replace(h, row=row) for row, h in enumerate(chosen)]
        if finished and is_over(finished[0], live, rules):
            margin = min(margin, gap([h.score for h in finished], 1))
            return Result(finished[0].tokens, finished[0].score, margin)
    return None
