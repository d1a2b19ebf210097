# SPDX-License-Identifier: LGPL-2.1-or-later
"""English made shorter or longer by rules: phrases, contractions, and what may be left out.

The phrases are a table, recipes/condense-en-phrases.tsv, which says how it is read.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent.parent / "recipes" / "condense-en-phrases.tsv"
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


PLACES = {
    "@finite": r"(?<!do )(?<!n't )(?<!did )(?<!would )(?<!can )(?<!could )(?<!should )(?<!will )(?<!does )(?<!must )"
    r"(?<!let )(?<!make )(?<!may )(?<!might )(?<!makes )(?<!that )(?<!as )",
    "@verb": r"(?<!a )(?<!an )(?<!the )(?<!this )(?<!that )(?<!his )(?<!her )(?<!my )(?<!your )(?<!our )(?<!their )"
    r"(?<!first )(?<!last )(?<!any )(?<!every )(?<!no )(?<!of )",
    "@start": r"(?:^|(?<=[.!?] ))",
    "@clause": r"(?= (?:I|you|he|she|it|we|they|Tom|Mary|the|there) )",
    "@statement": r"(?= (?:I|you|he|she|it|we|they|the|this|that|there|these|those|my|your|his|her|our|their|"
    r"people|everyone|what|both|most|some|all|(?-i:[A-Z])[a-z]+)(?:'[a-z]+)? [a-z'])"
    r"(?! that (?:is|was|would|if|he|she|the)\b)(?=[^?]*[.!])",
    "@request": r"(?= (?:tell|open|close|help|give|send|come|wait|call|show|let|pass|bring|write|speak|keep|turn|"
    r"take|read)\b)(?=[^?!]*\.)",
    "@amount": r"(?<!how )(?<!so )(?<!too )(?<!as )(?<!that )(?<!very )(?<!not )(?<!great )(?<!the )(?<!of )(?<!his )"
    r"(?<!these )(?<!many )~(?! (?:of|a|an|as|more)\b)(?= [a-z])",
    "@now": r"(?<!by )(?<!until )(?<!up )(?<!right )(?<!from )(?<!just )(?<!for )(?<!till )(?<!and )(?<!even )~(?=[.?!])",
}


def _rule(form, instead, place, tight):
    plain = form.lower()
    start = r"(?<![\w'-])" if form else ""
    end = r"(?![\w'-])" if form[-1:].isalnum() else ""
    form = start + re.escape(form) + end
    if form and not instead:
        form += ",? ?"
    for name, pattern in PLACES.items():
        place = place.replace(name, pattern)
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


# A verb that carries the weight, or ends what is said, is not contracted.
HEAVY = r"(?! (?:and|or|but|than|as|now|today|right|because|when|if|so|is|was|who|in|at|on|to)\b)"
AFTER_QUESTION = r"(?<!what )(?<!where )(?<!who )(?<!how )(?<!than )(?<!as )(?<!that )(?<!which )"
CONTRACTIONS = [
    (rf"{AFTER_QUESTION}\b(I) am(?= [a-z]){HEAVY}", r"\1'm"),
    (rf"{AFTER_QUESTION}\b(you|we|they) are(?= [a-z]){HEAVY}", r"\1're"),
    (rf"{AFTER_QUESTION}\b(he|she|it) is(?= [a-z]){HEAVY}", r"\1's"),
    (
        rf"\b(that|there|here) is(?= (?:a|an|the|my|your|very|so|too|all|some|more|why|what)\b)",
        r"\1's",
    ),
    (
        r"(?:^|(?<=[.!?] ))(what|where|who) is(?= (?:the|your|that|this|my|his|her|going)\b)",
        r"\1's",
    ),
    (r"\b(he|she|it) has(?= (?:been|gone|got|become|already|just|done|made|taken)\b)", r"\1's"),
    (
        r"\b(I|you|we|they) have(?= (?:been|gone|got|become|already|just|done|made|taken|never|seen|"
        r"heard|found|lost|had|known|forgotten|decided)\b)",
        r"\1've",
    ),
    (rf"\b(I|you|he|she|it|we|they) will(?= [a-z]){HEAVY}(?! not\b)", r"\1'll"),
    (
        r"\b(I|you|he|she|we|they) would(?= (?:like|love|rather|be|prefer|have|never|say)\b)",
        r"\1'd",
    ),
    (r"\b(I|you|he|she|we|they) had(?= better\b)", r"\1'd"),
    (
        r"\b(do|does|did|is|are|was|were|have|has|had|would|could|should|must) not(?= [a-z])(?! only\b)",
        r"\1n't",
    ),
    (r"\bcan ?not(?= [a-z])(?! only\b)", "can't"),
    (r"\bwill not(?= [a-z])", "won't"),
    (r"(?:^|(?<=[.!?] ))let us(?= [a-z])(?! (?:know|go in|in|out)\b)", "let's"),
]
PARTICIPLE = (
    r"(?! (?:\w+(?:ed|en|wn|ught)|got|gone|had|done|made|lost|left|found|put|become|come|met|cut|won|"
    r"just|already|always|never|better|long|told|said|read|run|sold|built|set|begun|had|stood|"
    r"kept|felt|held|heard|sent|spent|led|paid|hit|hurt|let|shut|cost|since|only)\b)"
)
EXPANSIONS = [
    (r"\b(I)'m\b", r"\1 am"),
    (r"\b(you|we|they)'re\b", r"\1 are"),
    (r"\b(he|she|it)'s(?= been\b)", r"\1 has"),
    (rf"\b(he|she|it|that|there|what|where|who|how)'s(?= [a-z]){PARTICIPLE}", r"\1 is"),
    (r"\b(I|you|we|they)'ve\b", r"\1 have"),
    (r"\b(I|you|he|she|it|we|they|that|there)'ll\b", r"\1 will"),
    (r"\b(I|you|he|she|we|they)'d(?= (?:like|love|rather|be|prefer|say)\b)", r"\1 would"),
    (r"\b(I|you|he|she|we|they)'d(?= better\b)", r"\1 had"),
    (r"\b(do|does|did|is|are|was|were|have|has|had|would|could|should|must)n't"
     r"(?! (?:I|you|he|she|it|we|they|the|that|this|there|my|your|Tom|Mary|anyone|anybody)\b)(?= [a-z])",
     r"\1 not"),
    (r"\bcan't(?! (?:I|you|he|she|it|we|they|the|that|this|Tom|Mary|anyone)\b)(?= [a-z])", "cannot"),
    (r"\bwon't(?! (?:I|you|he|she|it|we|they|the|that|this|Tom|Mary|anyone)\b)(?= [a-z])", "will not"),
    (r"\blet's(?= [a-z])(?! not\b)", "let us"),
]  # fmt: skip
CONTRACTIONS = [(re.compile(pattern, re.I), instead) for pattern, instead in CONTRACTIONS]
EXPANSIONS = [(re.compile(pattern, re.I), instead) for pattern, instead in EXPANSIONS]


def _contract(text, table):
    for pattern, instead in table:

        def put(match, instead=instead):
            said = match.expand(instead)
            return capitalized(said) if match.group(0)[0].isupper() else said

        text = pattern.sub(put, text)
    return text


def contracted(text):
    """The text with contractions: "I'm", "don't"."""
    return _contract(text, CONTRACTIONS)


# That of a clause, and of what is said of a noun, can go.
THAT = re.compile(
    r"\b(think|thinks|thought|said|say|says|know|knew|hope|hoped|believe|believed|wish|sure|afraid|"
    r"glad|sorry|happy|guess|told (?:me|you|him|her|us|them|Tom|Mary)|heard|hear|suppose|find|so \w+) "
    r"that (?=(?:I|you|he|she|we|they|it|there|Tom|Mary)(?:'\w+)? )(?!it\b[.,])",
    re.I,
)
NOUN_THAT = re.compile(
    r"\b(the|an?|every|any|all|only|first|best) ((?!that\b|said\b|fact\b|so\b)[a-z]+) "
    r"(?:that|which|whom) (?=(?:I|you|he|she|we|they|Tom|Mary) )",
    re.I,
)
WHO_IS = re.compile(
    r"\b(the|a) ((?!one\b)[a-z]+) (?:who|that|which) (?:is|was|are|were) (?=(?!being)\w+ing\b)",
    re.I,
)
THERE_WHO = re.compile(
    r"(?:^|(?<=[.!?] ))There (?:is|are|was|were) (many|some|a few|a lot of|lots of|several) ([a-z]+(?: [a-z]+)?) "
    r"who (?=[a-z]+\b)",
    re.I,
)
YEARS_OLD = re.compile(
    r"\b((?:is|was|am|are|'s|'m|turned) (?:\w+[ -])?(?:\w+|\d+)) years old(?=[.,?]| when\b| now\b)"
)
NEGATED = r"(?:n't|\bnot|\bnever|\bno|\bhardly)(?: \w+){0,2} $"


def shortened(text):
    """The same meaning in fewer letters."""
    for rule in _fitting(False, text):
        if not rule.tight:
            text = rule.apply(text)
    text = THAT.sub(r"\1 ", text)
    text = NOUN_THAT.sub(r"\1 \2 ", text)
    text = WHO_IS.sub(r"\1 \2 ", text)
    text = THERE_WHO.sub(lambda m: f"{capitalized(m.group(1))} {m.group(2)} ", text)
    text = YEARS_OLD.sub(r"\1", text)
    return tidy(contracted(text))


def expanded(text, chance, share=1.0):
    """A longer form of the text: each rule that fits is used with probability `share`."""
    rules = [r for r in _fitting(True, text) if r.pattern.search(text)]
    chance.shuffle(rules)
    for rule in rules[:3]:
        if chance.random() < share:
            text = rule.apply(text, count=1)
    if chance.random() < share:
        text = _contract(text, EXPANSIONS)
    return tidy(text)


INTENSIFIERS = re.compile(
    r"(?<!\bthe )(?<!\bhow )(?<!\bas )(?<!\bwhy )\b(?:very very|really really|very|really|quite|extremely|absolutely|totally|"
    r"completely|incredibly|terribly|awfully|definitely|literally|actually|basically|truly|certainly|obviously|"
    r"honestly|particularly|rather|pretty|so very|super) "
    r"(?!much\b|few\b|little\b|many\b|own\b|same\b|first\b|last\b|a few\b|a lot\b|a bit\b|the\b|some\b|well\b|"
    r"than\b|not\b|never\b|girl|woman|face|near\b|near\b|an?\b|[a-z]*n't\b|to\b)(?=[a-z])",
    re.I,
)
HEDGES = [
    (re.compile(r"\b(is|are|was|were|am|'s|'m|'re|feel|feels|felt|looks?|looked|seems?|seemed) "
                r"(?:just |kind of|sort of|a little bit|a bit|a little|somewhat|kinda) ?(?=[a-z]+\b)"
                r"(?!too\b|more\b|less\b|of\b|like\b|later\b|about\b|that\b|after\b|before\b)", re.I), r"\1 "),
    (re.compile(r",? (?:you know|I think|I guess|I believe|I suppose|of course|in my opinion|to be honest|"
                r"after all|as you know|by the way|honestly|actually|really|though|anyway|that's for sure|"
                r"or something|or something like that|if you ask me|in fact)(?=[.!]$)", re.I), ""),
    (re.compile(r", (?:my friend|sir|madam|ma'am|darling|honey|dear|guys|man|dude|buddy|folks|you guys|"
                r"ladies and gentlemen|everybody|everyone|my dear|sweetheart|kids|boys)(?=[.!?]$)", re.I), ""),
    (re.compile(r"^((?:[^ ?]+ ){2,}[^ ?]+)(?:, (?:do|did|does|is|was|are|were|has|have|can|could|will|would) "
                r"(?:I|you|he|she|it|we|they)|, (?:right|huh|okay|eh|yeah|correct))\?$", re.I), r"\1?"),
    (re.compile(r"(?:^|(?<=[.!?] ))(?:oh|wow|hey|ah|well|anyway|ugh|gosh|oh my gosh|oh man|haha|hmm|yeah|yep|"
                r"definitely|absolutely|true|right|okay|i agree|i know|exactly|nice|cool|great|awesome|look|listen)"
                r"(?: well| yeah| wow)?(?:, |(?<=[Yy]eah) |(?<=[Yy]ep) )(?=(?:I|you|he|she|it|we|they|the|this|that|there|these|those|my|your|"
                r"his|her|our|their|what|how|who|where|when|why|do|did|is|are|have|can)(?:'\w+)? )", re.I), ""),
    (re.compile(r", which (?:is|was)(?: \w+)? (?:nice|great|good|cool|fun|bad|sad|funny|interesting|awesome|"
                r"fine|strange|weird|amazing|crazy)(?=\.$)", re.I), ""),
    (re.compile(r"^(Yes|Yeah|Sure|Of course|Yep), (?:I|it|they|we|he|she|that|you)(?:'s| do| did| does| is| are| was|"
                r" were| am| have| has| can| could| will| would)(?: right| true| so)?\.$", re.I), r"\1."),
    (re.compile(r"\b(thank you|thanks) (?:so |very )+much(?=[ .!,])", re.I), r"\1"),
    (re.compile(r"(?<= )(?:like|love|enjoy|miss|liked|loved|enjoyed)(?: \w+){1,3}? (very much|so much|a lot)(?=\.)", re.I),
     lambda m: m.group(0)[: m.start(1) - m.start(0)]),
    (re.compile(r"^Please "), ""),
    (re.compile(r", please(?=[.?!]$)"), ""),
    (re.compile(r" (?:at all|or so|right away|over there|ever)(?=\?$)", re.I), ""),
    (re.compile(r" (?:by any chance|if possible|right now|in the world|on earth)(?=\?$)", re.I), ""),
]  # fmt: skip


def _without_intensifier(match):
    if re.search(NEGATED, match.string[: match.start()], re.I):
        return match.group(0)
    if re.match(r"pretty|super", match.group(0), re.I) and not re.search(
        r"\b(?:is|are|was|were|'s|am|'m|'re|been|be|looks?|feel|felt|seems?) $",
        match.string[: match.start()],
    ):
        return match.group(0)
    return ""


def tightened(text):
    """A shorter text than `shortened` gives, with a shade of the meaning less."""
    text = re.sub(r"\b(very|really|so),? (?:\1,? )*\1\b", r"\1", shortened(text), flags=re.I)
    for rule in _fitting(False, text):
        if rule.tight:
            text = rule.apply(text)
    if not text.lower().startswith(("really", "absolutely", "definitely")) or len(text.split()) > 2:
        text = INTENSIFIERS.sub(_without_intensifier, text)
    for pattern, instead in HEDGES:
        text = pattern.sub(instead, text)
    return contracted(tidy(text))
