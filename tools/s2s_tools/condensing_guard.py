# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a shorter text has to keep of its source: names, numbers and words of sets.

The same rules as `keeps` of config.json (docs/model-format.md), and the word lists for it.
"""

import json
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

from s2s_tools.condensing_rules import PATTERNS

WORDS = PATTERNS["words"]
NEGATIONS = WORDS["negations"]
SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
FIRST_PERSON = {"i", "i'm", "i'll", "i've", "i'd"}
LONGEST_STRETCH = 4


def numerals():
    """All words that say a number, those from twenty-one to ninety-ninth too."""
    tens, units = WORDS["tens"], WORDS["units"]
    compounds = [f"{ten}-{unit}" for ten in tens for unit in units]
    return [*units, *tens, *(ten[:-1] + "ieth" for ten in tens), *WORDS["numerals"], *compounds]


@cache
def bare(word):
    """A word without the punctuation at its ends, with plain apostrophes."""
    word = word.replace("’", "'")
    start, end = 0, len(word)
    while start < end and unicodedata.category(word[start])[0] == "P":
        start += 1
    while end > start and unicodedata.category(word[end - 1])[0] == "P":
        end -= 1
    return word[start:end]


@cache
def _is_cased(word):
    return any(c.isupper() for c in word)


def split_words(text):
    """The words of a text: [(bare word, whether a sentence begins with it)]."""
    words, begins = [], True
    for piece in text.split():
        word = bare(piece)
        if word:
            words.append((word, begins))
            begins = False
        if SENTENCE_END.search(piece):
            begins = True
    return words


def collapse(words):
    """The words less those of a stretch of one to four that has just been said."""
    words, forms = list(words), [word.lower() for word, _ in words]
    at = 0
    while at < len(words):
        for length in range(LONGEST_STRETCH, 0, -1):
            if at >= length and forms[at - length : at] == forms[at : at + length]:
                del words[at : at + length], forms[at : at + length]
                at = max(0, at - LONGEST_STRETCH)
                break
        else:
            at += 1
    return words


def name_form(word):
    """A name without case and without 's, by which names are compared."""
    return word.lower().removesuffix("'s")


class Guard:
    """Tells whether a text keeps what `keeps` of a config.json names."""

    def __init__(self, keeps):
        self.numbers, self.names = keeps.get("numbers", False), keeps.get("names", False)
        self.words, self.openers = set(keeps.get("words", ())), set(keeps.get("openers", ()))
        self.sets = [self._word_set(entry["words"]) for entry in keeps.get("word_sets", ())]

    @staticmethod
    def _word_set(words):
        ends = tuple(word for word in words if word.startswith("'") or word == "n't")
        return frozenset(words), ends or ("\0",)

    def is_name(self, word, begins):
        """Whether a bare word is a name, where it stands."""
        if not _is_cased(word) or word.lower() in FIRST_PERSON:
            return False
        return not begins or not {word.lower(), name_form(word)} & self.openers

    def names_of(self, words, text):
        """The forms of all names among the words of a text."""
        if not any(c.islower() for c in text):
            return set()
        return {name_form(word) for word, begins in words if self.is_name(word, begins)}

    def items(self, words):
        """How often each number is there, and each word that comes out as it is."""
        forms = (word.lower() for word, _ in words)
        return Counter(
            form
            for form in forms
            if form in self.words or (self.numbers and any(c.isdigit() for c in form))
        )

    def _new_numbers(self, given, said):
        """The words that begin with a digit and are in the target alone."""
        new = {word.lower() for word, _ in said} - {word.lower() for word, _ in given}
        return self.numbers and any(form[0].isdigit() for form in new)

    def count(self, words, index):
        """How many of the words are in set `index`."""
        known, ends = self.sets[index]
        forms = (word.lower() for word, _ in words)
        return sum(form in known or form.endswith(ends) for form in forms)

    def lost(self, source, target):
        """What the target has not kept: "numbers", "names", or the index of a word set."""
        given, said = collapse(split_words(source)), split_words(target)
        if self.items(given) - self.items(said) or self._new_numbers(given, said):
            return "numbers"
        forms = {name_form(word) for word, _ in said}
        if self.names and self.names_of(given, source) - forms:
            return "names"
        for index in range(len(self.sets)):
            if self.count(given, index) != self.count(said, index):
                return index
        return None

    def keeps(self, source, target):
        """Whether the target keeps all that it has to."""
        return self.lost(source, target) is None


def learn_openers(texts, least=4, times=4):
    """Words that may begin a sentence and are no names, sorted.

    Within sentences they stand at least `least` times in lower case, and that `times` as often
    as with a capital.
    """
    lower, cased, first = Counter(), Counter(), set()
    for text in texts:
        for word, begins in split_words(text):
            form = word.lower()
            if begins:
                first.add(form)
            elif word == form:
                lower[form] += 1
            else:
                cased[form] += 1
    known = (w for w in first if lower[w] >= least and lower[w] >= times * cased[w])
    return sorted(w for w in known if re.fullmatch(r"[a-z][a-z'-]*", w))


def make_keeps(texts):
    """The `keeps` of config.json, with openers learnt from texts."""
    return {
        "numbers": True,
        "names": True,
        "words": numerals(),
        "word_sets": [{"name": "negations", "words": NEGATIONS}],
        "openers": sorted({*WORDS["openers"], *learn_openers(texts)}),
    }


def read_keeps(path):
    """The `keeps` that a JSON file holds."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_keeps(path, keeps):
    """Write `keeps` as JSON, its lists in lines of words."""
    text = json.dumps(keeps, ensure_ascii=False)
    lines = [""]
    for part in re.split(r"(?<=,) ", text):
        if len(lines[-1]) + len(part) > 118:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + part
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
