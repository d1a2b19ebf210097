# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people say besides what they mean, put into English sentences.

Hesitations, fillers, repetitions, false starts, corrections and padding. Names, numbers and
negations are never added, and never parted from each other.
"""

import re
import tomllib

from s2s_tools.condensing_guard import FIRST_PERSON, NEGATIONS, bare, numerals
from s2s_tools.condensing_rules import RECIPES, capitalized

LISTS = tomllib.loads((RECIPES / "condense-en-noise.toml").read_text(encoding="utf-8"))
HESITATIONS, ADVERBS, WHOLE = LISTS["hesitations"], LISTS["adverbs"], LISTS["whole"]
STARTS, PADDING, ASKING = LISTS["starts"], LISTS["padding"], LISTS["asking"]
FUNCTION, LEADS, BE = set(LISTS["function"]), set(LISTS["leads"]), set(LISTS["be"])
WRONG = dict(pair.split("/") for pair in LISTS["wrong"])
SUBJECTS = {"I", "you", "he", "she", "we", "they"}
NOT_AFTER_KNOW = {"that", "what", "it", "him", "her", "them", "how", "who", "to", "if"}
AMOUNTS = {"really", "very", "totally", "so", "two", "three", "five", "ten"}
PROTECTED = set(NEGATIONS).union(numerals())
OWN = {
    bare(said.split()[0]).lower()
    for said in (*PADDING, *ASKING, *STARTS, *LISTS["know"], *LISTS["could"])
}
KEPT_CAPITALS = re.compile(r"I(?:'\w+)?$")


def lowered(text, guard):
    """The text with a small letter at its beginning, unless a name or "I" stands there."""
    first = bare(text.split(" ", 1)[0])
    if KEPT_CAPITALS.match(first) or first.isupper() and len(first) > 1:
        return text
    if guard.is_name(first, True) and first.lower() not in OWN:
        return text
    return text[:1].lower() + text[1:]


def is_protected(word):
    """Whether a word is a name, a number or a negation, wherever it stands."""
    form = bare(word).lower()
    if form in FIRST_PERSON:
        return False
    return (
        any(c.isdigit() or c.isupper() for c in word) or form in PROTECTED or form.endswith("n't")
    )


def is_statement(text, guard):
    """Whether a sentence begins as statements do and ends with a point."""
    first = bare(text.split(" ", 1)[0])
    form = first.lower()
    known = form.split("'")[0] in FUNCTION and form not in LISTS["no_statement"]
    return text.endswith(".") and (known or guard.is_name(first, True))


class Style:
    """How a speaker's noise is written: the marks around fillers."""

    def __init__(self, chance):
        self.before, self.after = chance.choices(
            [(",", ","), ("", ""), ("...", ""), (" -", " -"), ("", ",")], (60, 20, 8, 6, 6)
        )[0]

    def put(self, words, at, filler):
        """Put a filler after the word at - 1, which gets the mark."""
        left = words[at - 1]
        mark = "" if re.search(r"[,;:.!?-]$", left) else self.before
        words[at - 1] = left + mark
        words.insert(at, filler + self.after)


def _slots(words):
    """Places within a sentence where something can be said: (index, word before, word after)."""
    for at in range(1, len(words)):
        before, after = bare(words[at - 1]).lower(), bare(words[at]).lower()
        together = f"{before} {after}" in LISTS["together"] or not before or not after
        both = is_protected(words[at - 1]) and is_protected(words[at])
        if not together and not both:
            yield at, before, after


def _fits(filler, before, after, words, at):
    """Whether a filler can be said between two words; `words` are written, the two are bare."""
    if filler in ("you know", "I mean"):
        return before in LISTS["before_know"] and after not in NOT_AFTER_KNOW
    free = after not in FUNCTION and not is_protected(words[at])
    if filler == "like":
        return free and (before in BE or after in AMOUNTS)
    plain = free and after not in (*HESITATIONS, *ADVERBS) and not after.endswith("ing")
    if before in BE:
        earlier = bare(words[at - 2]).lower() if at > 1 else ""
        return plain and earlier not in ("there", *HESITATIONS)
    subject = words[at - 1] in SUBJECTS and after not in LISTS["auxiliary"]
    return plain and subject and filler != "literally"


def hesitate(words, chance, style):
    """Put one hesitation or filler somewhere within the words."""
    slots = list(_slots(words))
    if not slots:
        return
    filler = chance.choice(HESITATIONS)
    if chance.random() < 0.5:
        wanted = chance.choice(["you know", "you know", "I mean", "like", "like", *ADVERBS])
        fitting = [s for s in slots if _fits(wanted, s[1], s[2], words, s[0])]
        if fitting:
            slots, filler = fitting, wanted
    else:
        slots = [s for s in slots if s[1] in FUNCTION or s[2] in FUNCTION] or slots
    at = chance.choice(slots)[0]
    if filler in ADVERBS and filler != "like":
        words.insert(at, filler)
    else:
        style.put(words, at, filler)


def _lower_first(words):
    """Let what began the sentence go on in it."""
    small = words[0][0].lower() + words[0][1:]
    if not KEPT_CAPITALS.match(bare(words[0])) and not is_protected(small):
        words[0] = small


def repeat(words, chance):
    """Say one to three words twice."""
    length = chance.choices((1, 2, 3), (55, 33, 12))[0]
    places = [
        at
        for at in range(len(words) - length)
        if bare(words[at]).lower() in LEADS
        and all(word[-1].isalnum() for word in words[at : at + length])
        and words[at + length - 1] != "of"
    ]
    if not places:
        return
    at = chance.choice(places)
    said = list(words[at : at + length])
    said[-1] += chance.choices((",", "", " -", "..."), (60, 25, 8, 7))[0]
    if at == 0:
        _lower_first(words)
    words[at:at] = said
    if chance.random() < 0.25 and not any(map(is_protected, said)):
        words.insert(at + length, chance.choice(HESITATIONS) + chance.choice((",", "")))


def break_off(words, chance):
    """Break a word off and say it again: "th- the"."""
    places = [
        at for at, w in enumerate(words) if len(bare(w)) > 2 and not is_protected(w) and w.isalpha()
    ]
    if places:
        at = chance.choice(places)
        words.insert(at, words[at][: chance.choice((1, 2))] + "-")
        if at == 0:
            words[1] = words[1][0].lower() + words[1][1:]


def correct(words, chance):
    """Say a wrong word, and put it right: "my brother, I mean my sister"."""
    places = [at for at, word in enumerate(words) if at and bare(word).lower() in WRONG]
    if not places:
        return
    at = chance.choice(places)
    wrong, lead = WRONG[bare(words[at]).lower()], words[at - 1]
    again = at > 1 and lead.lower() in FUNCTION and not is_protected(lead)
    if lead != "a" or wrong[0] not in "aeiou":
        repair = chance.choice(LISTS["repairs"]).split()
        words[at:at] = [wrong + ",", *repair, *([lead] if again else [])]


def start_falsely(text, chance, guard):
    """Begin with something else: "We should, I think we"."""
    first = bare(text.split(" ", 1)[0]).split("'")[0].lower()
    said = chance.choice(LISTS["false_starts"].get(first, LISTS["any_start"]))
    mark = chance.choices(
        (",", " -", "...", ", um,", ", uh,", ", I mean,", ", well,"), (50, 10, 8, 8, 8, 8, 8)
    )[0]
    return said + mark + " " + lowered(text, guard)


def begin(text, chance, guard):
    """Put a discourse marker before the text."""
    said = chance.choice(STARTS)
    return said + chance.choices((", ", " ", "... "), (75, 20, 5))[0] + lowered(text, guard)


def finish(text, chance):
    """Put what people say at the end there."""
    return f"{text[:-1]}, {chance.choice(LISTS['ends'])}{text[-1]}"


REQUEST = re.compile(r"Please (?!do not\b|don't\b|be \w+ed\b|never\b|not\b)(.*)[.!]$")
COULD = re.compile(
    r"(?:Could|Can) you (?:please )?((?!not\b|speak\b|swim\b|drive\b|hear\b|see\b)\w.*\?)$"
)
WHERE = re.compile(
    r"(Where|What|Who|When|How old) (is|are|was|were) "
    r"((?:the|my|your|his|her|our|their|this|that)(?: \w+){1,3})\?$"
)


def _pad_question(text, chance, guard):
    if asked := COULD.match(text):
        start = chance.choice(LISTS["could"])
        return f"{start} {asked.group(1)}".replace("wondering if you could", "wondering, could you")
    if asked := WHERE.match(text):
        start = chance.choice(LISTS["know"])
        word, verb, what = asked.groups()
        return f"{start} {word.lower()} {what} {verb}" + ("." if start.startswith("I") else "?")
    start = chance.choice(ASKING)
    return f"{start} {text if start[-1] in '.?' else lowered(text, guard)}"


def pad(text, chance, guard):
    """The sentence with padding around it, or None where none fits."""
    if text.endswith("?"):
        return _pad_question(text, chance, guard)
    if asked := REQUEST.match(text):
        start, end = chance.choice(LISTS["requests"]).split("|")
        return f"{start} {asked.group(1)}{end}"
    if is_statement(text, guard):
        return f"{chance.choice(PADDING)} {lowered(text, guard)}"
    return None


def _within(text, chance, events):
    words, style = text.split(), Style(chance)
    for _ in range(events):
        draw = chance.random()
        if draw < 0.55:
            hesitate(words, chance, style)
        elif draw < 0.88:
            repeat(words, chance)
        elif draw < 0.93:
            break_off(words, chance)
        else:
            correct(words, chance)
    return " ".join(words)


def spoken(text, chance, guard, strength=None):
    """A sentence as somebody says it off the cuff; strength 1 (a little) to 3 (a lot)."""
    strength = strength or chance.choices((1, 2, 3), (45, 37, 18))[0]
    length = len(text.split())
    events = max(0, round(length / 7 * (0.4 + 0.6 * strength) * (0.5 + chance.random())))
    padded = chance.random() < (0, 0.1, 0.3, 0.6)[strength]
    text = padded and pad(text, chance, guard) or text
    begins = chance.random() < (0, 0.45, 0.6, 0.75)[strength]
    text = _within(text, chance, events if begins or padded else max(1, events))
    if chance.random() < (0, 0.08, 0.15, 0.25)[strength]:
        text = start_falsely(text, chance, guard)
    if begins:
        text = begin(text, chance, guard)
    if text[-1] == "." and chance.random() < (0, 0.08, 0.12, 0.2)[strength]:
        text = finish(text, chance)
    return capitalized(re.sub(r" +", " ", text))
