# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pairs for the task `condense`: python3 -m s2s_tools.condensing --data CORPORA --out DIR.

English texts of the corpora, made longer as people speak and shorter as subtitles are, by rules.
docs/condensing.md says what the kinds of pairs are. The same seed gives the same files.
"""

import argparse
import hashlib
import random
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from s2s_tools import condensing_noise as noise
from s2s_tools import condensing_rules as rules
from s2s_tools.condensing_guard import Guard, make_keeps, read_keeps, write_keeps
from s2s_tools.condensing_signs import with_signs
from s2s_tools.data import read_pairs
from s2s_tools.text import speech_form

KEEPS = rules.RECIPES / "condense-en-keeps.json"
TRANSLATED = ["tatoeba_en_de", "tatoeba_en_es", "tatoeba_en_fr", "tatoeba_en_zh", "3am_en_zh"]
DIALOGUES = ["selfdialogue_en", "chatterbot_en"]
SHORTER = "brevity_en"
KINDS = {"clean": 40000, "spoken": 130000, "phrases": 90000, "tight": 70000, "groups": 120000}
SIGNS = 80000  # pairs with signs, made of the others
DEV_PAIRS = 1000
DEV_OF = 150  # one sentence of so many is held out
RATIOS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 10.0]
ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,.;:'?!$%-]*[.?!]$")
SLIPS = re.compile(rules.PATTERNS["slips"]["pattern"])
BACKCHANNEL = re.compile(rules.PATTERNS["backchannel"]["pattern"])
QUESTION = re.compile(
    r"(?:What|Which|Who|Where|When|Why|How) (?:is|are|was|were|do|does|did|can|one)\b"
)


@dataclass
class Texts:
    """Sentences of the corpora, and dialogues as lists of texts."""

    sentences: list
    dialogues: list


def held_out(sentence):
    """Whether a sentence belongs to dev: decided by its words alone."""
    digest = hashlib.sha1(speech_form(sentence).encode()).digest()
    return int.from_bytes(digest[:4], "big") % DEV_OF == 0


def plain(text):
    """A text with plain quotes, dashes and blanks."""
    text = text.translate(str.maketrans("’‘“”–—", "''\"\"--"))
    return " ".join(text.replace("…", "...").split())


def without_fillers(text):
    """A sentence without the fillers that commas set off."""
    return rules.tidy(rules.replaced(text, "fillers"))


def is_usable(sentence):
    """Whether a sentence is written well enough to learn from."""
    words = sentence.split()
    return (
        2 <= len(words) <= 28
        and ALLOWED.match(sentence)
        and sentence[0].isupper()
        and not SLIPS.search(sentence)
        and not (QUESTION.match(sentence) and sentence[-1] != "?")
        and not sentence.isupper()
    )


def _files(data, names, part):
    return [path for name in names for path in sorted((data / name).glob(f"{part}*.tsv.xz"))]


def read_texts(data):
    """The usable sentences and the dialogues of the corpora, less what is in any dev set."""
    names = [*TRANSLATED, *DIALOGUES, SHORTER]
    known = set()
    for file in _files(data, names, "dev"):
        both = "tatoeba" not in str(file) and "3am" not in str(file)
        for source, target in read_pairs(file):
            for text in (source, target) if both else (source,):
                known.add(speech_form(plain(text)))
                known.update(speech_form(s) for s in rules.split_sentences(plain(text)))
    sentences = {}
    for file in _files(data, TRANSLATED, "train"):
        for source, _ in read_pairs(file):
            for sentence in rules.split_sentences(plain(source)):
                sentences.setdefault(speech_form(sentence), sentence)
    dialogues = [d for name in DIALOGUES for d in read_dialogues(data / name / "train.tsv.xz")]
    for sentence in (s for d in dialogues for text in d for s in rules.split_sentences(text)):
        sentences.setdefault(speech_form(sentence), sentence)
    counts = Counter(word for form in sentences for word in form.split())
    usable = [
        s
        for form, s in sentences.items()
        if form not in known and is_usable(s) and min(counts[w] for w in form.split() or [""]) >= 5
    ]
    chosen = {speech_form(s) for s in usable}
    dialogues = [[_usable_part(text, chosen) for text in dialogue] for dialogue in dialogues]
    return Texts(usable, dialogues)


def _usable_part(text, chosen):
    return [s for s in rules.split_sentences(text) if speech_form(s) in chosen and is_usable(s)]


def read_dialogues(path):
    """The dialogues of a file whose rows are a text and its reply, which begins the next row."""
    dialogues, last = [], None
    for source, target in read_pairs(path):
        source, target = plain(source), plain(target)
        if not dialogues or source != last:
            dialogues.append([source])
        dialogues[-1].append(target)
        last = target
    return dialogues


class Maker:
    """Makes the pairs of a sentence or of a group of sentences, by a chance of its own."""

    def __init__(self, guard, seed):
        self.guard, self.seed = guard, seed

    def chance(self, kind, text):
        """The generator of a kind and a text."""
        return random.Random(f"{self.seed}/{kind}/{text}")

    def clean(self, sentence):
        """A sentence that stays as it is."""
        said = without_fillers(sentence)
        return [(said, said)]

    def spoken(self, sentence):
        """A sentence off the cuff, and as it was meant."""
        chance = self.chance("spoken", sentence)
        meant = without_fillers(sentence)
        said = noise.spoken(meant, chance, self.guard)
        pairs = [(said, meant)]
        short = rules.shortened(meant)
        if short != meant and chance.random() < 0.5:
            pairs = [(said, short)]
        return pairs

    def phrases(self, sentence):
        """Long forms and the short ones."""
        chance = self.chance("phrases", sentence)
        meant = without_fillers(sentence)
        short = rules.shortened(meant)
        long = rules.expanded(meant, chance)
        if chance.random() < 0.35:
            long = noise.pad(long, chance, self.guard) or long
        if chance.random() < 0.25:
            long = noise.spoken(long, chance, self.guard, strength=1)
        return [(long, short)] if long != short else []

    def tight(self, sentence):
        """What is left of a sentence where there is little room."""
        chance = self.chance("tight", sentence)
        tight = rules.tightened(without_fillers(sentence))
        if tight == sentence or tight == rules.shortened(sentence) or len(tight) < 2:
            return []
        draw = chance.random()
        said = sentence if draw < 0.5 else rules.expanded(sentence, chance)
        if draw > 0.7:
            said = noise.spoken(said, chance, self.guard)
        return [(said, tight)]

    def again(self, sentence):
        """A sentence that is said in a long way, and then once more."""
        chance = self.chance("again", sentence)
        meant = without_fillers(sentence)
        short = rules.shortened(meant)
        first = noise.spoken(rules.expanded(meant, chance), chance, self.guard)
        link = chance.choice(noise.LISTS["again"])
        second = noise.lowered(meant, self.guard) if link[-1] == "," else meant
        return [(f"{first} {link} {second}".replace("  ", " "), short)]

    def group(self, sentences, key):
        """Some sentences at once: each made shorter, fillers and repeats left out."""
        chance = self.chance("groups", key)
        tight = chance.random() < 0.5
        said, meant = [], []
        strength = chance.choice((0, 1, 1, 2, 3))
        for sentence in sentences:
            if strength and chance.random() < 0.12 * strength:
                said.append(chance.choice(noise.WHOLE))
            base = without_fillers(sentence)
            short = rules.tightened(base) if tight else rules.shortened(base)
            long = rules.expanded(sentence, chance, 0.4)
            if strength and chance.random() < 0.75:
                long = noise.spoken(long, chance, self.guard, strength)
            if said and chance.random() < 0.1 and noise.is_statement(long, self.guard):
                said[-1] = re.sub(r"[.,]$", "", said[-1]) + chance.choice((",", ""))
                long = chance.choice(noise.LISTS["links"]) + " " + noise.lowered(long, self.guard)
            said.append(long)
            if chance.random() < 0.04 * strength and len(base.split()) < 7:
                said.append(base)
            if not (tight and len(sentences) > 2 and BACKCHANNEL.match(short)):
                meant.append(short)
        meant = [s for at, s in enumerate(meant) if s not in meant[:at]]
        return [(" ".join(said), " ".join(meant))] if meant else []


def is_usable_pair(source, target):
    """Whether a pair is of a length to train on, and the target no longer than its source."""
    return 2 <= len(source.split()) <= 60 and 1 <= len(target) <= len(source)


def take(pairs, guard, lost):
    """The pairs that keep what they have to, each once; `lost` counts the others."""
    seen, kept = set(), []
    for source, target in pairs:
        if not is_usable_pair(source, target) or (source, target) in seen:
            continue
        seen.add((source, target))
        reason = guard.lost(source, target)
        if reason is None:
            kept.append((source, target))
        else:
            lost[reason] += 1
    return kept


def dialogue_groups(texts, seed):
    """Groups of two to five neighbouring sentences: of one text, or of texts in a row."""
    chance = random.Random(f"{seed}/dialogues")
    for dialogue in texts.dialogues:
        flat = [(turn, s) for turn, text in enumerate(dialogue) for s in text]
        at = 0
        while at < len(flat):
            size = chance.choices((2, 3, 4, 5), (35, 30, 20, 15))[0]
            group = [s for turn, s in flat[at : at + size] if turn - flat[at][0] <= 2]
            if len(group) > 1 and sum(len(s.split()) for s in group) <= 45:
                yield group
            at += len(group)


def random_groups(sentences, seed):
    """Groups of sentences that have nothing to do with each other, one round after another."""
    chance, turn = random.Random(f"{seed}/random groups"), 0
    while len(sentences) > 1:
        order = list(sentences)
        chance.shuffle(order)
        at, turn = 0, turn + 1
        while at < len(order):
            size = chance.choices((2, 3, 4), (50, 30, 20))[0]
            if len(order[at : at + size]) > 1:
                yield order[at : at + size]
            at += size


def make_groups(maker, texts, sentences, count, lost):
    """`count` pairs of groups, at most two thirds from dialogues."""
    known, pairs = set(sentences), []
    dialogues = [g for g in dialogue_groups(texts, maker.seed) if known.issuperset(g)]
    random.Random(f"{maker.seed}/groups").shuffle(dialogues)
    others = random_groups(sentences, maker.seed)
    for number in range(round(1.3 * count)):
        group = dialogues.pop() if dialogues and number % 3 else next(others, [])
        pairs += maker.group(group, f"{number} {' '.join(group)}") if group else []
    return take(pairs, maker.guard, lost)[:count]


def make_kind(maker, kind, sentences, count, lost):
    """Up to `count` pairs of a kind, of sentences in an order of their own."""
    order = list(sentences)
    random.Random(f"{maker.seed}/{kind}").shuffle(order)
    makers = {"spoken": [maker.spoken] * 5 + [maker.again]}.get(kind, [getattr(maker, kind, None)])
    pairs = []
    for number, sentence in enumerate(order):
        if len(pairs) >= 1.15 * count:
            break
        pairs += makers[number % len(makers)](sentence)
    return take(pairs, maker.guard, lost)[:count]


def make_pairs(texts, guard, seed, counts):
    """{kind: pairs} of the sentences that train, and the held out pairs of all kinds."""
    maker = Maker(guard, seed)
    held = [s for s in texts.sentences if held_out(s)]
    train = [s for s in texts.sentences if not held_out(s)]
    lost = {kind: Counter() for kind in counts}
    total, made, dev = sum(counts.values()), {}, []
    for kind, count in counts.items():
        few = max(1, round(DEV_PAIRS * count / total))
        if kind == "groups":
            made[kind] = make_groups(maker, texts, train, count, lost[kind])
            dev += make_groups(maker, Texts(held, []), held, few, Counter())
        else:
            made[kind] = make_kind(maker, kind, train, count, lost[kind])
            dev += make_kind(maker, kind, held, few, Counter())
    return made, dev[:DEV_PAIRS], lost


def make_signs(pairs, guard, seed, count, lost):
    """Up to `count` of the pairs, drawn, with signs in them."""
    chance = random.Random(f"{seed}/signs")
    drawn = chance.sample(pairs, min(len(pairs), round(1.3 * count)))
    changed = [with_signs(source, target, chance) for source, target in drawn]
    return take(filter(None, changed), guard, lost)[:count]


def histogram(pairs):
    """How many percent of the pairs have a ratio of lengths up to each of RATIOS."""
    counts = Counter(
        next(r for r in RATIOS if len(target) <= r * len(source)) for source, target in pairs
    )
    return [100 * counts[ratio] / max(1, len(pairs)) for ratio in RATIOS[:-1]]


def write_pairs(path, pairs):
    """Write a TSV file of pairs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{source}\t{target}\n" for source, target in pairs)
    path.write_text(text, encoding="utf-8")


def report(name, pairs, lost):
    """Print a row of the table: pairs, words, what was lost, ratios."""
    words = sum(len(source.split()) for source, _ in pairs) / max(1, len(pairs))
    shares = "".join(f"{share:6.1f}" for share in histogram(pairs))
    reasons = sum(lost.values()) if lost else 0
    print(f"{name:10}{len(pairs):8}{words:7.1f}{reasons:8}{shares}")


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, help="folder for the files of pairs")
    parser.add_argument("--keeps", type=Path, default=KEEPS, help="word lists of the guard (JSON)")
    parser.add_argument("--make-keeps", action="store_true", help="learn them, and write the file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="times the number of pairs")
    parser.add_argument(
        "--show", type=int, default=0, metavar="N", help="print N pairs of each kind"
    )
    return parser.parse_args()


def main():
    """Read the command line, make the pairs and write them."""
    arguments = parse_arguments()
    texts = read_texts(arguments.data)
    print(f"{len(texts.sentences)} sentences, {len(texts.dialogues)} dialogues")
    if arguments.make_keeps:
        write_keeps(arguments.keeps, make_keeps(texts.sentences))
    if not arguments.out:
        return
    guard = Guard(read_keeps(arguments.keeps))
    counts = {kind: round(count * arguments.scale) for kind, count in KINDS.items()}
    made, dev, lost = make_pairs(texts, guard, arguments.seed, counts)
    for part in ("train", "dev"):
        name = "brevity" if part == "train" else "brevity-dev"
        lost[name] = Counter()
        pairs = read_pairs(arguments.data / SHORTER / f"{part}.tsv.xz")
        made[name] = take(pairs, guard, lost[name])
    made["dev"] = dev
    every = [pair for kind in KINDS for pair in made[kind]]
    for name, pairs in (("signs", every), ("signs-dev", dev)):
        lost[name] = Counter()
        count = round(SIGNS * arguments.scale * len(pairs) / len(every))
        made[name] = make_signs(pairs, guard, arguments.seed, count, lost[name])
    print(
        f"{'kind':10}{'pairs':>8}{'words':>7}{'lost':>8}" + "".join(f"{r:6}" for r in RATIOS[:-1])
    )
    for kind, pairs in made.items():
        write_pairs(arguments.out / "condense" / f"{kind}.tsv", pairs)
        report(kind, pairs, lost.get(kind))
    for kind, pairs in made.items():
        for source, target in random.Random(arguments.seed).sample(
            pairs, min(arguments.show, len(pairs))
        ):
            print(f"{kind:8} {source}\n{'':8} {target}")


if __name__ == "__main__":
    main()
