# SPDX-License-Identifier: LGPL-2.1-or-later
"""Greedy decoding and beam search in PyTorch, for scores while training and after.

UNK, PAD and BOS never come out, and byte tokens only so that the output is valid UTF-8.
"""

from dataclasses import asdict, dataclass

import torch

ANY, ONE, TWO, THREE, AFTER_E0, AFTER_ED, AFTER_F0, AFTER_F4 = range(8)
CONTINUATIONS = {
    ONE: (0x80, 0xBF, ANY),
    TWO: (0x80, 0xBF, ONE),
    THREE: (0x80, 0xBF, TWO),
    AFTER_E0: (0xA0, 0xBF, ONE),
    AFTER_ED: (0x80, 0x9F, ONE),
    AFTER_F0: (0x90, 0xBF, TWO),
    AFTER_F4: (0x80, 0x8F, TWO),
}


@dataclass(frozen=True)
class DecodingOptions:
    """The `decoding` of config.json, with its defaults."""

    beam_size: int = 4
    length_normalization: str = "average"
    length_penalty: float = 1.0
    search_end: str = "proven"
    max_length_factor: float = 3.0
    max_length_constant: int = 10
    max_source_length: int = 128
    use_shortlist: bool = False
    length_ratio: float | None = None

    def to_dict(self):
        """The object as config.json holds it."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    def normalised(self, score, length):
        """A sum of log-probabilities over `length` tokens, EOS included, made comparable."""
        lengths = {
            "none": 1.0,
            "average": float(length),
            "gnmt": (5 + length) / 6,
            "marian": float(length),
        }
        return score / lengths[self.length_normalization] ** self.length_penalty

    def longest(self, source_tokens):
        """The longest output, EOS included, of a source of so many tokens."""
        return max(1, int(self.max_length_factor * source_tokens + self.max_length_constant))


@dataclass(frozen=True)
class SourceForm:
    """What is put before the tokens of a text, and after them; without EOS None.

    before: the tokens of the target language and of the length, where there are such.
    """

    before: tuple
    eos: int | None

    def wrap(self, ids, longest):
        """The source of a text, which is cut if it would have more than `longest` tokens."""
        after = [] if self.eos is None else [self.eos]
        return [*self.before, *ids[: longest - len(self.before) - len(after)], *after]


def _first_byte(byte):
    """The state after the first byte of a character, or None if none begins so."""
    special = {0xE0: AFTER_E0, 0xED: AFTER_ED, 0xF0: AFTER_F0, 0xF4: AFTER_F4}
    ranges = [(0x00, 0x7F, ANY), (0xC2, 0xDF, ONE), (0xE1, 0xEF, TWO), (0xF1, 0xF3, THREE)]
    if byte in special:
        return special[byte]
    return next((state for low, high, state in ranges if low <= byte <= high), None)


class Utf8:
    """Which tokens may follow: allowed [8, V] bool and the state after them [8, V]."""

    def __init__(self, processor, device="cpu"):
        size = processor.vocab_size()
        self.allowed = torch.zeros(8, size, dtype=torch.bool, device=device)
        self.following = torch.zeros(8, size, dtype=torch.long, device=device)
        self.allowed[ANY] = True
        self.eos, self.bos = processor.eos_id(), processor.bos_id()
        banned = {processor.pad_id(), processor.unk_id(), self.bos} - {self.eos, -1}
        self.allowed[ANY, list(banned)] = False
        for token in range(size):
            if processor.is_byte(token):
                self._add_byte(token, int(processor.id_to_piece(token)[1:-1], 16))

    def _add_byte(self, token, byte):
        state = _first_byte(byte)
        self.allowed[ANY, token] = state is not None
        self.following[ANY, token] = state or ANY
        for before, (low, high, after) in CONTINUATIONS.items():
            self.allowed[before, token] = low <= byte <= high
            self.following[before, token] = after


class Hypotheses:
    """The beam of one source sentence."""

    def __init__(self, longest, options, eos):
        self.longest, self.options, self.eos = longest, options, eos
        self.live = [[]]
        self.values = []
        self.best, self.tokens = float("-inf"), []

    def finish(self, tokens, score, length):
        """Keep a finished hypothesis if it is the best so far."""
        value = self.options.normalised(score, length)
        self.values.append(value)
        if value > self.best:
            self.best, self.tokens = value, tokens

    def has_ended(self, score, length):
        """Whether the search ends, the best that is live having that sum and length."""
        beam, end = self.options.beam_size, self.options.search_end
        if end == "proven":
            return self.best >= self.options.normalised(score, self.longest)
        if len(self.values) < beam:
            return False
        worst = sorted(self.values, reverse=True)[beam - 1]
        return end == "full" or worst >= self.options.normalised(score, length)

    def advance(self, candidates, beam):
        """Take candidates [(score, parent, token)], best first; returns the live ones."""
        kept = []
        length = len(self.live[0]) + 1
        for rank, (score, parent, token) in enumerate(candidates):
            if score == float("-inf") or len(kept) == beam:
                break
            if token != self.eos:
                kept.append((score, parent, token))
            elif rank < beam:
                self.finish(self.live[parent], score, length)
        if length == self.longest:
            for score, parent, token in kept:
                self.finish([*self.live[parent], token], score, length)
            return []
        if kept and self.has_ended(kept[0][0], length):
            return []
        self.live = [[*self.live[parent], token] for _, parent, token in kept]
        return kept


def _padded(sources, device):
    lengths = torch.tensor([len(s) for s in sources], device=device)
    ids = torch.zeros((len(sources), int(lengths.max())), dtype=torch.long, device=device)
    for row, tokens in enumerate(sources):
        ids[row, : len(tokens)] = torch.tensor(tokens, device=device)
    return ids, lengths


def _advance(live, totals, options):
    """Let each live sentence take its best candidates: totals [sentences × width, V].

    Returns the sentences that go on and, `beam_size` each, what their hypotheses are made
    of: (score, row of the parent, token).
    """
    vocabulary = totals.size(1)
    width = totals.size(0) // len(live)
    totals = totals.view(len(live), -1)
    values, places = totals.topk(min(2 * options.beam_size, totals.size(1)), dim=1)
    remaining, chosen = [], []
    for index, hypotheses in enumerate(live):
        candidates = [
            (value, *divmod(place, vocabulary))
            for value, place in zip(values[index].tolist(), places[index].tolist(), strict=True)
        ]
        kept = hypotheses.advance(candidates, options.beam_size)
        if kept:
            remaining.append(hypotheses)
            kept += [(float("-inf"), 0, 0)] * (options.beam_size - len(kept))
            chosen += [(score, index * width + parent, token) for score, parent, token in kept]
    return remaining, chosen


@torch.no_grad()
def search(model, sources, utf8, options):
    """The best output of each source (ids as the encoder reads them): lists of ids without EOS."""
    model.eval()
    device = utf8.allowed.device
    live = beams = [Hypotheses(options.longest(len(s)), options, utf8.eos) for s in sources]
    state = model.start(model.encode(*_padded(sources, device)))
    previous = torch.full((len(sources),), utf8.bos, device=device)
    form = torch.full_like(previous, ANY)
    scores = torch.zeros(len(sources), device=device)
    while True:
        logits, state = model.step(state, previous)
        logits = logits.masked_fill(~utf8.allowed[form], float("-inf"))
        totals = torch.log_softmax(logits, 1) + scores.unsqueeze(1)
        live, chosen = _advance(live, totals, options)
        if not live:
            return [hypotheses.tokens for hypotheses in beams]
        columns = zip(*chosen, strict=True)
        scores, rows, previous = (torch.tensor(column, device=device) for column in columns)
        state, form = state.select(rows), utf8.following[form[rows], previous]


def translate_ids(model, ids, target, options=None, device="cpu", rows=64):
    """The outputs of sources of token ids, in their order; an empty one gives an empty output."""
    options = options or DecodingOptions(beam_size=1)
    utf8 = Utf8(target, device)
    order = sorted((i for i, source in enumerate(ids) if source), key=lambda i: len(ids[i]))
    outputs = [""] * len(ids)
    for at in range(0, len(order), rows):
        chosen = order[at : at + rows]
        found = search(model, [ids[i] for i in chosen], utf8, options)
        for i, tokens in zip(chosen, found, strict=True):
            outputs[i] = target.decode(tokens)
    return outputs


def translate(model, lines, source, target, options=None, device="cpu", rows=64, form=None):
    """The outputs of text lines, in their order. Longer sources are cut, not split.

    Text without a token gives an empty output. Without a form a source ends with EOS.
    """
    options = options or DecodingOptions(beam_size=1)
    form = form or SourceForm((), source.eos_id())
    texts = [source.encode(line) for line in lines]
    ids = [form.wrap(text, options.max_source_length) if text else [] for text in texts]
    return translate_ids(model, ids, target, options, device, rows)
