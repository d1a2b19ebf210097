# SPDX-License-Identifier: LGPL-2.1-or-later
"""English made shorter or longer by rules: phrases, contractions, and what may be left out.

The phrases are a table, recipes/condense-en-phrases.tsv, which says how it is read.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RECIPES = Path(__file__).parent.parent / "recipes"
TABLE = RECIPES / "condense-en-phrases.tsv"
PATTERNS = tomllib.loads((RECIPES / "condense-en-rules.toml").read_text(encoding="utf-8"))
VOWELS = re.compile(r"(?=[aeio]|u[^ns]|un[^i]|hour|honest)(?!one\b|once\b|eu)", re.I)
ARTICLE = re.compile(r"\b([Aa])(n?) (?=(\w+))")
SENTENCE = re.compile(r"(?<=[.!?]) +(?=[\"']?[A-Z0-9])")


@dataclass(frozen=True)
class Rule:
    """One form of a phrase and what comes instead of it; `tight` where a shade is lost."""

    form: str
    pattern: re.Pattern
    instead: str
    tight: bool

    def apply(self, text, count=0):
        """The text with what comes instead."""
        return self.pattern.sub(lambda match: _replace(match, self.instead), text, count=count)


@cache
def _by_first_word(longer):
    """The rules of one direction, by the first word of their form, each with its rank."""
    found = {}
    for rank, rule in enumerate(read_rules()[longer]):
        found.setdefault(rule.form.split(" ")[0], []).append((rank, rule))
    return found


def _fitting(longer, text):
    """The rules whose form may be in the text: to look words up saves most of the time."""
    lower, rules = text.lower(), _by_first_word(longer)
    words = {*re.findall(r"[a-z0-9'-]+", lower), ""}
    found = (entry for word in words for entry in rules.get(word, ()) if entry[1].form in lower)
    return [rule for _, rule in sorted(found, key=lambda entry: entry[0])]


def split_sentences(text):
    """The sentences of a text; titles do not end one."""
    sentences = []
    for part in SENTENCE.split(text):
        if sentences and re.search(r"\b(?:Mr|Mrs|Ms|Dr|St|vs|[A-Z])\.$", sentences[-1]):
            sentences[-1] += " " + part
        else:
            sentences.append(part)
    return sentences


def capitalized(text):
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def tidy(text):
    """A text that had parts taken out: blanks, marks, articles, capitals of sentences."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" +([,.!?;])", r"\1", text)
    text = re.sub(r"([,;])(?:[,;])+", r"\1", text)
    text = re.sub(r"[,;]+([.!?])", r"\1", text)
    text = re.sub(r"^[,;. ]+", "", text)
    text = ARTICLE.sub(_article, text)
    return " ".join(capitalized(s) for s in split_sentences(text) or [text])


def _article(match):
    article, had, word = match.group(1), match.group(2), match.group(3)
    if word.isupper() or not word[0].isalpha():
        return match.group(0)
    return article + ("n " if VOWELS.match(word) else " " if had else " ")


def _variants(phrase):
    """The texts that braces stand for: all have the same number of choices."""
    groups = [group.split("|") for group in re.findall(r"\{(.*?)\}", phrase)]
    if not groups:
        return [phrase]
    parts = re.split(r"\{.*?\}", phrase)
    return [
        "".join(p + c for p, c in zip(parts, (*choice, ""), strict=True))
        for choice in zip(*groups, strict=True)
    ]


def _rule(form, instead, place, tight):
    plain = form.lower()
    start = r"(?<![\w'-])" if form else ""
    end = r"(?![\w'-])" if form[-1:].isalnum() else ""
    form = start + re.escape(form) + end
    if form and not instead:
        form += ",? ?"
    for name, pattern in PATTERNS["places"].items():
        place = place.replace("@" + name, pattern)
    return Rule(plain, re.compile(f"(?:{place.replace('~', form)})", re.I), instead, tight)


@cache
def read_rules(path=TABLE):
    """The rules of the table: (long to short, short to long)."""
    shorter, longer = [], []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        level, long, short, back, *forward = line.split("\t")
        longs, shorts = _variants(long), _variants(short)
        shorts = shorts * len(longs) if len(shorts) == 1 else shorts
        for one, other in zip(longs, shorts, strict=True):
            place = forward[0] if forward else "~"
            if place != "-":
                shorter.append((one, _rule(one, other, place, level == "tight")))
            if back != "-" and other:
                longer.append(_rule(other, one, back, level == "tight"))
            elif back != "-":
                longer.append(_rule("", one + " ", back, False))
    shorter.sort(key=lambda entry: -len(entry[0]))
    return [rule for _, rule in shorter], longer


def _replace(match, instead):
    if match.group(0)[:1].isupper() and instead[:2] not in ("I ", "I'"):
        return capitalized(instead)
    if instead[:1].isupper() and not re.match(r"(?:I|Tom|Mary|I'm)\b", instead):
        return instead[:1].lower() + instead[1:]
    return instead


@cache
def _patterns(name):
    return [(re.compile(found, re.I), instead) for found, instead in PATTERNS[name]["patterns"]]


def replaced(text, name):
    """The text after the patterns of one table of condense-en-rules.toml."""
    for pattern, instead in _patterns(name):
        text = pattern.sub(lambda match, new=instead: _with_case(match, match.expand(new)), text)
    return text


def _with_case(match, instead):
    return capitalized(instead) if match.group(0)[:1].isupper() else instead


NEGATED = re.compile(r"(?:n't|\bnot|\bnever|\bno|\bhardly)(?: \w+){0,2} $", re.I)
LINKING = re.compile(r"(?:\b(?:is|are|was|were|am|been|be|looks?|feel|felt|seems?)|'s|'m|'re) $")
INTENSIFIER = re.compile(PATTERNS["intensifiers"]["pattern"], re.I)


def shortened(text):
    """The same meaning in fewer letters."""
    for rule in _fitting(False, text):
        if not rule.tight:
            text = rule.apply(text)
    return tidy(replaced(replaced(text, "clauses"), "contractions"))


def expanded(text, chance, share=1.0):
    """A longer form of the text: each rule that fits is used with probability `share`."""
    rules = [r for r in _fitting(True, text) if r.pattern.search(text)]
    chance.shuffle(rules)
    for rule in rules[:3]:
        usual = rule.form.endswith(("think", "thinks", "know", "knows"))
        if chance.random() < (0.2 if usual else 1.0) * share:
            text = rule.apply(text, count=1)
    if chance.random() < share:
        text = replaced(text, "expansions")
    return tidy(text)


def _without_intensifier(match):
    before = match.string[: match.start()]
    weak = match.group(0).lower().startswith(("pretty", "super"))
    if NEGATED.search(before) or weak and not LINKING.search(before):
        return match.group(0)
    return ""


def tightened(text):
    """A shorter text than `shortened` gives, with a shade of the meaning less."""
    text = re.sub(r"\b(very|really|so),? (?:\1,? )*\1\b", r"\1", shortened(text), flags=re.I)
    for rule in _fitting(False, text):
        if rule.tight:
            text = rule.apply(text)
    text = INTENSIFIER.sub(_without_intensifier, text)
    return replaced(tidy(replaced(text, "hedges")), "contractions")
