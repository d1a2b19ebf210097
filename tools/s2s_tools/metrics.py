# SPDX-License-Identifier: LGPL-2.1-or-later
"""BLEU and chrF of sacrebleu, and what tells of replies and of shorter sentences."""

import re
from dataclasses import dataclass
from functools import cache

from sacrebleu.metrics import BLEU, CHRF
from sacremoses import MosesPunctNormalizer, MosesTokenizer

from s2s_tools import text

TOKENIZERS = ("auto", "13a", "zh", "moses")


def choose_tokenizer(language):
    """The tokenizer of sacrebleu for a language tag."""
    return "zh" if text.is_chinese(language) else "13a"


@cache
def moses(language):
    """A function that normalises punctuation and tokenises as the scripts of Moses do."""
    subtag = language.lower().split("-")[0]
    normalizer, tokenizer = MosesPunctNormalizer(subtag), MosesTokenizer(subtag)
    return lambda line: tokenizer.tokenize(
        normalizer.normalize(line), return_str=True, escape=False
    )


@dataclass(frozen=True)
class Metric:
    """How outputs are compared with one reference each.

    moses is for numbers beside those of papers that score text which is tokenised already:
    punctuation normalised and tokens parted by Moses, on both sides, and nothing by sacrebleu.
    """

    language: str
    tokenize: str = "auto"
    lowercase: bool = False

    def _bleu(self):
        chosen = {"auto": choose_tokenizer(self.language), "moses": "none"}
        tokenize = chosen.get(self.tokenize, self.tokenize)
        return BLEU(tokenize=tokenize, lowercase=self.lowercase, force=True)

    def _chrf(self):
        return CHRF(lowercase=self.lowercase)

    def _prepare(self, lines):
        if self.tokenize != "moses":
            return lines
        lines = [line.lower() for line in lines] if self.lowercase else lines
        return [moses(self.language)(line) for line in lines]

    def _score(self, kind, outputs, references):
        return kind.corpus_score(self._prepare(outputs), [self._prepare(references)])

    def measure(self, outputs, references):
        """BLEU and chrF."""
        kinds = self._bleu(), self._chrf()
        return tuple(self._score(kind, outputs, references).score for kind in kinds)

    def signatures(self):
        """What says how it was measured, a line each."""
        note = f", text tokenised by Moses ({self.language})" if self.tokenize == "moses" else ""
        lines = []
        for name, kind in (("BLEU", self._bleu()), ("chrF", self._chrf())):
            self._score(kind, ["."], ["."])  # the number of references is part of it
            lines.append(f"{name}: {kind.get_signature()}{note}")
        return lines


def words_of(line):
    """The words of a line in lower case, without punctuation."""
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)*", line.lower())


def distinct(lines, n):
    """Of the runs of n words in all lines the share that are different (Li 2016)."""
    runs = []
    for line in lines:
        words = words_of(line)
        runs += [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    return len(set(runs)) / len(runs) if runs else 0.0


def mean_words(lines):
    """Words a line."""
    return sum(len(words_of(line)) for line in lines) / len(lines)


def saved(sources, outputs):
    """The mean over lines of the share of characters that an output has fewer than its source."""
    return sum(1 - len(o) / len(s) for s, o in zip(sources, outputs, strict=True)) / len(sources)
