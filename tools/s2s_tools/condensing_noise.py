# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people say besides what they mean, put into English sentences.

Hesitations, fillers, repetitions, false starts, corrections and padding. Names, numbers and
negations are never added, and never parted from each other.
"""

import re

from s2s_tools.condensing_guard import FIRST_PERSON, NEGATIONS, bare, numerals
from s2s_tools.condensing_rules import capitalized

HESITATIONS = ["um"] * 6 + ["uh"] * 6 + ["er"] * 2 + ["erm", "uhm", "hmm", "ah", "mm"]
STARTS = (
    ["So"] * 6 + ["Well"] * 6 + ["Um"] * 4 + ["Uh"] * 3 + ["You know"] * 4 + ["I mean"] * 4
    + ["Okay"] * 3 + ["Okay, so"] * 4 + ["Right"] * 2 + ["Right, so"] * 2 + ["All right", "All right, so"]
    + ["Now"] * 2 + ["Look", "See", "Listen", "Like", "Anyway", "Basically", "Actually", "And, uh"]
    + ["And, um", "So, um", "So, uh", "So, you know", "Well, you know", "Well, I mean", "Well, um"]
    + ["Yeah, so", "Yeah, I mean", "So yeah", "So basically", "So, like", "Oh, well", "I mean, you know"]
    + ["Okay, um", "Okay, well", "And so", "And, you know", "Er", "Hmm", "Let's see", "You see", "So anyway"]
    + ["Um, so", "Uh, well", "Right, well", "Now, um", "Well, okay", "And then", "Um, okay, so"]
)  # fmt: skip
ENDS = [
    "you know", "you know", "you know", "I mean", "right", "you see", "and stuff", "and so on", "and so forth",
    "or something", "or something like that", "or whatever", "and things like that", "and stuff like that",
    "you know what I mean", "if you know what I mean", "so", "so yeah", "basically", "actually", "okay", "um",
    "uh", "and, uh", "like", "sort of thing", "kind of thing", "and all that", "as it were", "let's say",
]  # fmt: skip
ADVERBS = [
    "actually",
    "basically",
    "obviously",
    "literally",
    "honestly",
    "sort of",
    "kind of",
    "kinda",
    "like",
]
WHOLE = [
    "Um.", "Uh.", "Right.", "Okay.", "So.", "Yeah.", "You know.", "I mean.", "Well.", "Let's see.", "Hmm.", "Um, okay.",
    "Okay, so.", "Right, okay.", "Uh-huh.", "Mm-hmm.", "All right.", "You know what I mean?", "Right?", "Okay?",
    "You know?", "Let me see.", "Let me think.", "How should I put it?", "What was I saying?", "Where was I?",
    "Yeah, yeah.", "So yeah.", "Oh.", "Ah, okay.", "Anyway.", "Here we go.", "What's the word?", "How do I say this?",
    "Bear with me.", "Hang on.", "Let me just check.", "Well, you know.", "I mean, you know.", "So, um, yeah.",
]  # fmt: skip
PADDING = [
    "I would like to point out that", "I just wanted to say that", "What I'm trying to say is that",
    "What I want to say is that", "What I mean is that", "The thing is,", "The thing is that", "The point is that",
    "As a matter of fact,", "To be honest,", "To be honest with you,", "To be perfectly honest,", "To tell you the truth,",
    "The truth is that", "The fact of the matter is that", "I have to say that", "I must say that", "I have to admit that",
    "I have to tell you that", "Let me tell you,", "Let me just say that", "I should mention that", "I should say that",
    "It goes like this:", "I want you to know that", "I'd just like to add that", "I would just like to say that",
    "If you ask me,", "If I may say so,", "As you probably know,", "As I said before,", "As I was saying,", "Like I said,",
    "As I mentioned earlier,", "As we all know,", "As far as I'm concerned,", "At the end of the day,", "In actual fact,",
    "Believe me when I say that", "The way I see it,", "What you have to understand is that", "What happened was that",
    "You have to remember that", "You have to understand that", "You should know that", "It's important to remember that",
    "It's worth mentioning that", "It is interesting to note that", "It should be noted that", "I'm here to tell you that",
    "I can tell you that", "All I'm saying is that", "What I would say is that", "What we have here is that",
    "I guess what I'm saying is that", "What I'm getting at is that", "So what I think is that", "I'd like to say that",
    "Just so you know,", "Just to be clear,", "For your information,", "Let me put it this way:", "In other words,",
    "Needless to say,", "Interestingly enough,", "Funnily enough,", "Strangely enough,", "It just so happens that",
    "The interesting thing is that", "What's interesting is that", "The funny thing is that", "Here's the thing:",
    "It turns out that", "And the reason I say this is that", "I think I should tell you that",
    "I think it's important to say that", "I feel I should say that", "If I remember correctly,", "From what I can tell,",
]  # fmt: skip
ASKING = [
    "Can I ask you something?", "Let me ask you something.", "Let me ask you this.", "I have a question for you.",
    "I was just wondering,", "I was wondering,", "Just out of curiosity,", "Tell me,", "So tell me,", "Can you tell me,",
    "I wanted to ask you,", "I just wanted to ask,", "What I wanted to ask is,", "What I'd like to know is,",
    "My question is,", "So my question would be,", "If I may ask,", "Do you mind if I ask,", "Quick question:",
    "I'd be curious to know,", "Maybe you can tell me,", "I'm just curious,", "The question is,",
]  # fmt: skip
REQUESTS = [
    ("Would you be so kind as to", "?"), ("Could I ask you to", "?"), ("Could I possibly ask you to", "?"),
    ("I would be very grateful if you could", "."), ("I'd really appreciate it if you could", "."),
    ("I would like to ask you to", "."), ("I was wondering if you could", "."), ("I was wondering if you could possibly", "."),
    ("Do you think you could", "?"), ("Would it be possible for you to", "?"), ("If it's all right with you, I'd like you to", "."),
    ("It would be great if you could", "."), ("It would be really nice if you could", "."), ("I'm going to have to ask you to", "."),
    ("If you could just", ", that would be great."), ("Would you be willing to", "?"), ("Can I just ask you to", "?"),
    ("What I need you to do is", "."), ("If you would be so kind as to", ", I would appreciate it."),
]  # fmt: skip
COULD = ["I was wondering if you could", "Do you think you could", "Would it be possible for you to", "Is there any chance you could",
         "Would you mind telling me if you could", "Would you possibly be able to"]  # fmt: skip
KNOW = ["Could you tell me", "Do you happen to know", "Would you be so kind as to tell me", "Can you tell me",
        "I was wondering if you could tell me", "Do you have any idea", "I'd like to know"]  # fmt: skip
FALSE_STARTS = {
    "i": ["I was", "I was going to", "What I", "I have", "I'm", "I just", "I thought", "If I", "When I", "I think I", "I could"],
    "we": ["We should", "We were", "What we", "We have", "We're", "I think we", "If we", "When we", "We could", "I mean we"],
    "you": ["You should", "You have", "If you", "You're", "I think you", "When you", "You could", "What you"],
    "he": ["He was", "He's", "I think he", "When he", "And he", "He had", "What he"],
    "she": ["She was", "She's", "I think she", "When she", "And she", "She had", "What she"],
    "they": ["They were", "They're", "I think they", "When they", "And they", "They have", "What they"],
    "it": ["It was", "It's", "I think it", "That's", "This is", "It has", "It would", "There was"],
    "the": ["There was", "It was", "There's this", "This", "It's the", "The"],
    "this": ["That's", "It's", "This was", "I think this"], "that": ["This is", "It's", "That was", "I think that"],
    "there": ["It was", "There's a", "We have", "I think there"],
}  # fmt: skip
ANY_START = [
    "I was",
    "It's",
    "What I",
    "I mean, the",
    "So what",
    "We",
    "It was",
    "I think",
    "The",
    "There's",
    "You",
]
WRONG = dict(pair.split("/") for pair in """left/right right/left morning/evening evening/morning brother/sister sister/brother
mother/father father/mother today/tomorrow tomorrow/today yesterday/today son/daughter daughter/son summer/winter winter/summer
house/apartment car/bus bus/train train/bus school/office office/station kitchen/garden garden/kitchen tea/coffee coffee/tea red/blue
blue/green green/blue black/white white/black big/small small/big old/young young/old door/window window/door boy/girl girl/boy
uncle/aunt aunt/uncle husband/wife wife/husband doctor/dentist teacher/student book/movie movie/book hotel/hospital hospital/hotel
dinner/lunch lunch/dinner breakfast/lunch apples/oranges cat/dog dog/cat letter/email north/south south/north east/west west/east
week/month month/week afternoon/evening""".split())  # fmt: skip
REPAIRS = [
    "I mean",
    "I mean",
    "sorry",
    "or rather",
    "uh, sorry",
    "well",
    "um, I mean",
    "er",
    "sorry, I mean",
    "or, uh",
]
PRONOUNS = set("i you he she it we they this that there".split())
SUBJECTS = {"I", "you", "he", "she", "we", "they"}
BE = set(
    "is are was were am i'm it's he's she's we're they're you're that's looks felt seems".split()
)
FUNCTION = set("""a an the my your his her its our their this that these those in on at to for from of with by about into over
under after before between during and or but so because if when while as than who which what where how why i you he she it we they
me him us them is are was were am be been have has had do does did will would can could should must may might not there here some
any all every each both no up down out off""".split())  # fmt: skip
BEFORE_KNOW = set(
    "in on at to for from with about into over by and or because when if a some is are was were".split()
)
LEADS = set("a an the my your his her our their in on at to for from with about and or because when if we i he she they you it "
            "was is were are have has had will would can could going want".split())  # fmt: skip
AUXILIARY = set(
    """am is are was were be been have has had do does did will would can could should shall must may might
ought used just also never always not only still already hardly ever often don't""".split()
)
TOGETHER = set(
    """of course|thank you|a lot|lot of|at least|at all|each other|one another|in fact|right now|as well|good morning
good night|no one|used to|o'clock in|how much|how many|let's go|a few|at once|in front|front of|so that|as soon|more than|less than|
next to|ice cream|kind of|sort of|such a|what a|as if|even if|a little|instead of|because of|out of|you guys|you all|you two""".replace(
        "\n", "|"
    ).split("|")
)
PROTECTED = set(NEGATIONS).union(numerals())
OWN = {bare(said.split()[0]).lower() for said in (*PADDING, *ASKING, *STARTS, *KNOW, *COULD)}
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
    known = (
        first.lower().split("'")[0] in FUNCTION
        and first.lower()
        not in (
            "so and but or if when while because as than who which what where how why do does did is are was were "
            "am have has had can could will would should must may might not in on at to no be from about"
        ).split()
    )
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
        together = f"{before} {after}" in TOGETHER or not before or not after
        both = is_protected(words[at - 1]) and is_protected(words[at])
        if not together and not both:
            yield at, before, after


def _fits(filler, before, after, words, at):
    if filler in ("you know", "I mean"):
        return before in BEFORE_KNOW and after not in (
            "that",
            "what",
            "it",
            "him",
            "her",
            "them",
            "how",
            "who",
            "to",
            "if",
        )
    if filler == "like":
        return (
            before in BE
            or after in ("really", "very", "totally", "so", "two", "three", "five", "ten")
        ) and (after not in FUNCTION and not is_protected(after))
    if before in BE and at > 1 and bare(words[at - 2]).lower() in ("there", *HESITATIONS):
        return False
    plain = (
        after not in FUNCTION
        and after not in HESITATIONS
        and after not in ADVERBS
        and not is_protected(words[at])
        and not after.endswith("ing")
    )
    if before in BE:
        return plain
    return (
        filler != "literally"
        and words[at - 1] in SUBJECTS
        and plain
        and after not in AUXILIARY
        and before != "to"
    )


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


def repeat(words, chance):
    """Say one to three words twice."""
    length = chance.choices((1, 2, 3), (55, 33, 12))[0]
    places = [
        at
        for at in range(len(words) - length)
        if bare(words[at]).lower() in LEADS
        and all(w[-1].isalnum() for w in words[at : at + length])
        and bare(words[at + length - 1]).lower() not in ("of",)
    ]
    if not places:
        return
    at = chance.choice(places)
    said = list(words[at : at + length])
    said[-1] += chance.choices((",", "", " -", "..."), (60, 25, 8, 7))[0]
    again = words[at]
    if (
        at == 0
        and not KEPT_CAPITALS.match(bare(again))
        and not is_protected(again[0].lower() + again[1:])
    ):
        words[at] = again[0].lower() + again[1:]
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
    places = [at for at, w in enumerate(words) if bare(w).lower() in WRONG and at]
    if not places:
        return False
    at = chance.choice(places)
    wrong = WRONG[bare(words[at]).lower()]
    lead = (
        [words[at - 1]]
        if bare(words[at - 1]).lower() in FUNCTION and at > 1 and not is_protected(words[at - 1])
        else []
    )
    if lead == ["a"] and wrong[0] in "aeiou":
        return False
    words[at:at] = [wrong + ",", *chance.choice(REPAIRS).split(), *lead]
    return True


def start_falsely(text, chance, guard):
    """Begin with something else: "We should, I think we"."""
    first = bare(text.split(" ", 1)[0]).split("'")[0].lower()
    said = chance.choice(FALSE_STARTS.get(first, ANY_START))
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
    return f"{text[:-1]}, {chance.choice(ENDS)}{text[-1]}"


def pad(text, chance, guard):
    """The sentence with padding around it, or None where none fits."""
    if text.startswith("Please ") and text[-1] in ".!":
        start, end = chance.choice(REQUESTS)
        asked = text[len("Please ") : -1]
        return (
            None
            if re.match(r"(?:do not|don't|be \w+ed|never|not)\b", asked)
            else f"{start} {asked}{end}"
        )
    if asked := re.match(
        r"(?:Could|Can) you (?:please )?((?!not\b|speak\b|swim\b|drive\b|hear\b|see\b)\w.*\?)$",
        text,
    ):
        return f"{chance.choice(COULD[:4])} {asked.group(1)}".replace(
            "I was wondering if you could", "I was wondering, could you"
        )
    if asked := re.match(
        r"(Where|What|Who|When|How old) (is|are|was|were) ((?:the|my|your|his|her|our|their|this|that)(?: \w+){1,3})\?$",
        text,
    ):
        start = chance.choice(KNOW)
        end = "." if start.startswith("I") else "?"
        return f"{start} {asked.group(1).lower()} {asked.group(3)} {asked.group(2)}{end}"
    if text.endswith("?"):
        start = chance.choice(ASKING)
        return f"{start} {text if start[-1] in '.?' else lowered(text, guard)}"
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
