# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signs that subtitles have and the corpora do not: quotes, brackets, currencies, accents, dashes.

They are put into a pair at the same place of its source and its target, for a model to copy.
"""

import re
from difflib import SequenceMatcher

QUOTES = ('""', '""', "“”", "“”", "‘’", "''", "()", "()", "[]", "«»", "„“")
AROUND = (
    "- {}",
    "– {}",
    "— {}",
    "♪ {} ♪",
    "# {} #",
    "* {} *",
    "{} …",
    "... {}",
    ">> {}",
    "@{}",
    "#{}",
)
PRICES = ("€{}", "£{}", "${}", "¥{}", "{} €", "{}%", "{} %", "{}°", "#{}", "+{}", "~{}", "{}/10")
LINKS = (" & ", " + ", " / ", " – ", " — ", " & ")
ACCENTS = {
    "a": "áàâäãåāą",
    "c": "çćč",
    "d": "ďđ",
    "e": "éèêëēęéé",
    "g": "ğ",
    "i": "íìîïī",
    "l": "ł",
    "n": "ñńň",
    "o": "óòôöõøō",
    "r": "ř",
    "s": "šśşß",
    "t": "ť",
    "u": "úùûüūů",
    "y": "ýÿ",
    "z": "žźż",
}
NUMBER = re.compile(r"^\d+(?:[.,:]\d+)*$")
END = re.compile(r"[.,?!;:]+$")


def common_run(source, target, chance):
    """A run of words that both have: (where in the source, where in the target, its length)."""
    blocks = SequenceMatcher(None, source, target, autojunk=False).get_matching_blocks()
    blocks = [block for block in blocks if block.size]
    if not blocks:
        return None
    block = chance.choice(blocks)
    size = chance.choice((block.size, chance.randint(1, block.size), 1))
    skipped = chance.randint(0, block.size - size)
    return block.a + skipped, block.b + skipped, size


def accented(word, chance):
    """A word one letter of which has an accent; None where no letter can."""
    places = [at for at, letter in enumerate(word) if letter.lower() in ACCENTS]
    if not places:
        return None
    at = chance.choice(places)
    letter = chance.choice(ACCENTS[word[at].lower()])
    return (
        word[:at]
        + (letter.upper() if word[at].isupper() and letter != "ß" else letter)
        + word[at + 1 :]
    )


def quoted(words, chance):
    """Words in quotes or brackets, the end mark within them or after them."""
    opening, closing = chance.choice(QUOTES)
    text = " ".join(words)
    end = END.search(text)
    if end and chance.random() < 0.5:
        return f"{opening}{text[: end.start()]}{closing}{end.group()}"
    return f"{opening}{text}{closing}"


def changed(words, chance):
    """The words of a run with a sign among them, as a text; None where there is no place for it."""
    kind = chance.choices(("quotes", "accent", "around", "link"), (45, 30, 15, 10))[0]
    numbers = [at for at, word in enumerate(words) if NUMBER.match(END.sub("", word))]
    words = list(words)
    if numbers and chance.random() < 0.7:
        at = chance.choice(numbers)
        bare = END.sub("", words[at])
        words[at] = chance.choice(PRICES).format(bare) + words[at][len(bare) :]
        return " ".join(words)
    if kind == "quotes":
        return quoted(words, chance)
    if kind == "accent":
        at = chance.randrange(len(words))
        words[at] = accented(words[at], chance)
        return " ".join(words) if words[at] else None
    if kind == "around":
        return chance.choice(AROUND).format(" ".join(words))
    joined = " ".join(words)
    return joined.replace(" and ", chance.choice(LINKS), 1) if " and " in joined else None


def with_signs(source, target, chance):
    """A pair with one to three signs, or None where there was no place for any."""
    found = False
    for _ in range(chance.choice((1, 1, 2, 3))):
        words = source.split(), target.split()
        run = common_run(*words, chance)
        text = changed(words[0][run[0] : run[0] + run[2]], chance) if run else None
        if text:
            source, target = (
                " ".join([*side[:at], text, *side[at + run[2] :]])
                for side, at in zip(words, run[:2], strict=True)
            )
            found = True
    return (source, target) if found else None
