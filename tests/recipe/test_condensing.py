# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pairs for the task condense: rules, noise, guard, files, and what measures the model."""

import itertools
import json
import lzma
import random
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from conversion import TRANSLATE
from s2s_tools import condensing, condensing_noise, condensing_rules, condensing_score
from s2s_tools.condensing_guard import (
    Guard,
    collapse,
    learn_openers,
    make_keeps,
    read_keeps,
    split_words,
    write_keeps,
)
from s2s_tools.condensing_signs import with_signs
from s2s_tools.score import run_command

BUNDLE = Path(__file__).parents[2] / "models" / "pretrained" / "condense-en"
LIST = Path(__file__).parent / "data" / "condense-200.tsv"
INTERVIEW = Path(__file__).parent.parent.parent / "examples" / "interview.srt"
CLEAN = [
    "You know him from the office.",
    "I like it when the sun is out.",
    "What kind of music does your brother like?",
    "She broke her right hand.",
    "Well done.",
    "I mean what I say.",
    "He is right about the weather.",
    "That is the kind of man I want to meet.",
]


@pytest.fixture(name="guard")
def make_guard():
    """The guard with the word lists of the recipe."""
    return Guard(read_keeps(condensing.KEEPS))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("In spite of the fact that it rained, we went out.", "Although it rained, we went out."),
        ("She is able to swim.", "She can swim."),
        ("I left due to the fact that I was ill.", "I left because I was ill."),
        ("They made a decision to stay.", "They decided to stay."),
        ("There is a possibility that he is late.", "Maybe he's late."),
        ("A large number of people came.", "Many people came."),
        ("I do not know.", "I don't know."),
        ("Yes, I am.", "Yes, I am."),
        ("I know who he is and what he wants.", "I know who he is and what he wants."),
        ("The bread that I baked was good.", "The bread I baked was good."),
        ("We meet at nine o'clock.", "We meet at nine."),
    ],
)
def test_long_forms_become_short(given, expected):
    """Phrases, contractions and relative pronouns, where they can."""
    assert condensing_rules.shortened(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("It is a very old house.", "It's an old house."),
        ("I think the soup is really good.", "The soup is good."),
        ("I don't really like it.", "I don't really like it."),
        ("You don't smoke, do you?", "You don't smoke?"),
        ("It's cold, isn't it?", "It's cold, isn't it?"),
        ("That was great, my friend.", "That was great."),
        ("Yes, it is.", "Yes."),
        ("I think so.", "I think so."),
    ],
)
def test_tight_leaves_out_what_little_is_lost_with(given, expected):
    """Intensifiers, hedges, tags and vocatives go; negations and what they govern stay."""
    assert condensing_rules.tightened(given) == expected


@pytest.mark.parametrize("short", ["I can help you now.", "Many people work because they must."])
def test_long_forms_come_back(short):
    """What is made longer is longer, and its short form is what it was made of."""
    chance = random.Random(3)
    longer = {condensing_rules.expanded(short, chance) for _ in range(20)}
    assert all(len(text) > len(short) for text in longer)
    assert {condensing_rules.shortened(text) for text in longer} == {short}


@pytest.mark.parametrize("sentence", CLEAN)
def test_words_that_only_look_like_fillers_stay(sentence):
    """A clean sentence has no fillers to take out."""
    assert condensing.without_fillers(sentence) == sentence
    tight = condensing_rules.tightened(sentence).lower()
    assert tight.split()[-2:] == sentence.lower().split()[-2:]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Well, you know, I, like, saw it.", "I saw it."),
        ("It was, you know, quite late.", "It was quite late."),
        ("So, um, where is it?", "Where is it?"),
        ("We lost, I mean.", "We lost."),
    ],
)
def test_fillers_between_commas_go(given, expected):
    """Fillers that commas set off are no part of what is meant."""
    assert condensing.without_fillers(given) == expected


def test_noise_keeps_the_sentence_in_order(guard):
    """All words of a sentence are said, in order, at any strength; and something with them.

    No name comes in; "did not, um, did not" is the only way in which the guard loses something.
    """
    sentence = "My neighbor Oskar bought seven apples but he did not eat them."
    kept = 0
    for number in range(300):
        chance = random.Random(number)
        said = condensing_noise.spoken(sentence, chance, guard, 1 + number % 3)
        words = iter(word.lower() for word, _ in split_words(said))
        assert all(word.lower() in words for word, _ in split_words(sentence)), said
        assert len(said) > len(sentence)
        assert guard.lost(said, sentence) in (None, 0, "numbers"), said
        kept += guard.keeps(said, sentence)
    assert kept > 270


def test_noise_does_not_part_names_and_numbers(guard):
    """Two names, and two words of a number, stay side by side."""
    sentence = "We met Oskar Lund with two hundred people."
    for number in range(300):
        said = condensing_noise.spoken(sentence, random.Random(number), guard, 3)
        assert "Oskar Lund" in said, said
        assert "two hundred" in said, said


def test_noise_is_of_many_kinds(guard):
    """Hesitations, fillers, repetitions, false starts, corrections and padding all occur."""
    sentence = "I met my brother at the station in the morning."
    said = [condensing_noise.spoken(sentence, random.Random(n), guard) for n in range(2000)]
    for sign in ("um", "you know", "I, I", "at the, at the", "I was", "my sister", "s- station",
                 "I would like to point out that", "basically"):  # fmt: skip
        assert any(sign in text for text in said), sign


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Please close the window.", "close the window"),
        ("Where is the station?", "where the station is"),
        ("Can you help me?", "help me"),
        ("The shop is closed.", "the shop is closed."),
    ],
)
def test_padding_asks_as_polite_people_do(guard, sentence, expected):
    """Requests, questions and statements each get their own padding."""
    padded = {condensing_noise.pad(sentence, random.Random(n), guard) for n in range(30)}
    assert len(padded) > 3
    assert all(expected in text for text in padded)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("I don't, I don't know.", "I don't know"),
        ("No no no no.", "No"),
        ("Take the, take the big, the big one.", "Take the big one"),
        ("a b c d e a b c d e", "a b c d e a b c d e"),
        ("They had had enough.", "They had enough"),
    ],
)
def test_repetitions_count_once(given, expected):
    """A stretch of one to four words that comes again at once is collapsed."""
    assert " ".join(word for word, _ in collapse(split_words(given))) == expected


@pytest.mark.parametrize(
    ("source", "target", "lost"),
    [
        ("It costs 12.50, you know.", "It costs 12.50.", None),
        ("It costs 12.50, you know.", "It costs 12.", "numbers"),
        ("From 3 to 3 is a draw.", "3 is a draw.", "numbers"),
        ("He said yes.", "He said 2yes.", "numbers"),
        ("I saw Ilse's dog.", "Ilse has a dog.", None),
        ("I saw Ilse's dog.", "I saw a dog.", "names"),
        ("Ilse has gone.", "She has gone.", "names"),
        ("The man has gone.", "He has gone.", None),
        ("I think I'm right.", "Right.", None),
        ("PLEASE CLOSE THE DOOR.", "Close the door.", None),
        ("I do not know.", "I don't know.", None),
        ("I do not know.", "I know.", 0),
        ("I know.", "I don't know.", 0),
        ("I don't, I don't know.", "I don't know.", None),
        ("We need two or three.", "We need two.", "numbers"),
        ("It's twenty-one miles.", "It's far.", "numbers"),
        ("I saw two or three.", "I saw three or three.", "numbers"),
    ],
)
def test_guard(guard, source, target, lost):
    """Names, numbers, negations and numerals are kept, or it is said what is lost."""
    assert guard.lost(source, target) == lost


def test_openers_are_words_that_are_written_small():
    """Learnt are words that within sentences have no capital; a word that never begins is none."""
    texts = ["The cat saw the dog.", "Now Rosa saw the cat.", "Rosa is here now."] * 4
    texts += ["Mark saw the mark.", "The dog saw Mark."] * 4
    assert learn_openers(texts) == ["now", "the"]


def test_word_lists_are_of_single_words():
    """Each string of `keeps` is what docs/model-format.md calls a word."""
    keeps = read_keeps(condensing.KEEPS)
    lists = [keeps["words"], keeps["openers"], *(entry["words"] for entry in keeps["word_sets"])]
    word = re.compile(r"'?[^\W_]+(?:['-][^\W_]+)*")
    assert [w for words in lists for w in words if not word.fullmatch(w)] == []


def test_word_lists_come_back_from_their_file(tmp_path):
    """The JSON that is written is what is read, and is what config.json calls keeps."""
    keeps = make_keeps(["The cat saw the dog."] * 4)
    write_keeps(tmp_path / "keeps.json", keeps)
    assert read_keeps(tmp_path / "keeps.json") == keeps
    assert [entry["name"] for entry in keeps["word_sets"]] == ["negations"]
    assert {"seven", "twenty-one"} <= set(keeps["words"])
    assert json.loads((tmp_path / "keeps.json").read_text())["openers"] == keeps["openers"]


@pytest.fixture(name="corpora", scope="module")
def write_corpora(tmp_path_factory):
    """A folder of corpora, as the command expects it."""
    folder = tmp_path_factory.mktemp("corpora")
    things = itertools.product(("big", "small", "old", "new"), ("house", "boat", "garden"))
    parts = itertools.product(("she", "he"), ("likes the", "is in the", "has seen the"), things)
    texts = [f"I think that {who} {does} very {' '.join(thing)}." for who, does, thing in parts]
    lines = [f"{text}\tx" for text in texts]
    replies = [f"{one}\t{two}" for one, two in zip(texts, texts[1:], strict=False)]
    files = {
        "tatoeba_en_de/train": lines,
        "tatoeba_en_de/dev": [lines[0]],
        "selfdialogue_en/train": replies,
        "chatterbot_en/train": replies[:3],
        "brevity_en/train": ["I do not want it.\tI don't want it.", "I do not go.\tI go."],
        "brevity_en/dev": [f"{texts[1]}\tShe likes it."],
    }
    for name, rows in files.items():
        path = folder / f"{name}.tsv.xz"
        path.parent.mkdir(exist_ok=True)
        with lzma.open(path, "wt", encoding="utf-8") as file:
            file.write("".join(row + "\n" for row in rows))
    return folder, texts


def make_files(corpora, out, monkeypatch, *options):
    """Run the command; the texts of the files it wrote, by name."""
    arguments = ["--data", str(corpora), "--out", str(out), "--scale", "0.001", *options]
    monkeypatch.setattr(sys, "argv", ["condensing", *arguments])
    condensing.main()
    return {path.name: path.read_text() for path in (out / "condense").iterdir()}


def test_the_command_gives_the_same_files_again(corpora, tmp_path, monkeypatch):
    """All kinds are written; one seed gives one result, another another."""
    first = make_files(corpora[0], tmp_path / "a", monkeypatch)
    again = make_files(corpora[0], tmp_path / "b", monkeypatch)
    other = make_files(corpora[0], tmp_path / "c", monkeypatch, "--seed", "2")
    names = (*condensing.KINDS, "signs", "dev", "signs-dev", "brevity", "brevity-dev")
    assert set(first) == {f"{name}.tsv" for name in names}
    assert first == again
    assert first["spoken.tsv"] != other["spoken.tsv"]
    assert all(first[f"{kind}.tsv"] for kind in condensing.KINDS)


def test_pairs_keep_what_they_have_to_and_know_no_dev(corpora, tmp_path, monkeypatch, guard):
    """No pair is made of a sentence of a dev set, none loses anything, none grows."""
    files = make_files(corpora[0], tmp_path, monkeypatch)
    pairs = [line.split("\t") for name, text in files.items() if name != "brevity-dev.tsv"
             for line in text.splitlines()]  # fmt: skip
    assert all(guard.keeps(*pair) and len(pair[1]) <= len(pair[0]) for pair in pairs)
    assert files["brevity.tsv"] == "I do not want it.\tI don't want it.\n"
    texts = condensing.read_texts(corpora[0])
    assert not set(corpora[1][:2]) & set(texts.sentences)
    assert set(texts.sentences) <= set(corpora[1])


def test_held_out_sentences_are_in_no_pair_to_train_on(guard):
    """A sentence is held out by its words, whatever pair is made of it."""
    sentences = [f"The number on the door was {n}." for n in range(3000)]
    texts = condensing.Texts(sentences, [[[s] for s in sentences]])
    counts = dict.fromkeys(condensing.KINDS, 200)
    made, dev, _ = condensing.make_pairs(texts, guard, 1, counts)
    held = {s.split()[-1] for s in sentences if condensing.held_out(s)}
    said = {kind: {w for pair in pairs for w in pair[1].split()} for kind, pairs in made.items()}
    assert dev
    assert all(condensing.held_out(s) == condensing.held_out(f"{s.lower()}!!") for s in sentences)
    assert all(not held & words for words in said.values())
    assert all({w for w in target.split() if w[:-1].isdigit()} <= held for _, target in dev)


def test_groups_lose_fillers_and_repeats(guard):
    """A group says each of its sentences once, and nothing that says nothing."""
    maker = condensing.Maker(guard, 1)
    group = ["The train leaves at nine.", "You can buy tickets on board."]
    for number in range(100):
        ((source, target),) = maker.group([*group, group[0]], str(number))
        assert target == "The train leaves at nine. You can buy tickets on board."
        assert len(source) >= len(target)


def test_the_list_of_sentences_is_right_about_itself():
    """200 sentences keep all of themselves; what is left out of them is found."""
    rows = condensing_score.read_expectations(LIST)
    assert len(rows) == len({row.sentence for row in rows}) == 200
    assert not condensing_score.check_kept(rows, [row.sentence for row in rows])
    lost = condensing_score.check_kept(rows, ["It is so." for _ in rows])
    assert {row.sentence for row, _, _ in lost} == {
        row.sentence for row in rows if row.names or row.numbers or row.negated
    }


@pytest.mark.parametrize(
    ("output", "failures"),
    [
        ("RUTH's 2 cats don't sleep at 9:30.", []),
        ("Ruth has 2 cats that don't sleep at 9:30.", []),
        ("Ruth has 22 cats that don't sleep at 9:30.", ["number 2"]),
        ("Ruth has 2 cats that don't sleep at 9.", ["number 9:30"]),
        ("She has 2 cats that don't sleep at 9:30.", ["name Ruth"]),
        ("Ruth has 2 cats that sleep at 9:30.", ["negation"]),
    ],
)
def test_what_an_output_lost_is_named(output, failures):
    """Names without case, numbers as they are, negation where it is expected."""
    expected = condensing_score.Expectation("", ("Ruth",), ("2", "9:30"), True)
    assert expected.failures(output) == failures


def test_a_program_is_asked_for_the_shorter_text(tmp_path, monkeypatch, capsys):
    """The command reports the share that is kept, and each failure."""
    path = tmp_path / "list.tsv"
    path.write_text("Um, Ruth left.\tRuth\t\tno\nI, I don't know 5.\t\t5\tyes\n")
    arguments = ["kept", str(path), "--command", "sed 's/5/6/'"]
    monkeypatch.setattr(sys, "argv", ["condensing_score", *arguments])
    condensing_score.main()
    said = capsys.readouterr().out
    assert "number 5\n  I, I don't know 5.\n  I, I don't know 6.\n" in said
    assert "1 of 2 kept all (50.0%), 100% of the characters" in said


def test_reading_speed_is_of_what_is_read(tmp_path):
    """Markup and line breaks do not count; both formats are read."""
    srt = tmp_path / "a.srt"
    srt.write_text(
        "1\n00:00:01,000 --> 00:00:02,000\n<i>ab</i>\ncd &amp;\n\n"
        "2\n00:01:00,500 --> 00:01:02,500\n12345678\n"
    )
    vtt = tmp_path / "a.vtt"
    vtt.write_text(
        "WEBVTT\n\n00:01.000 --> 00:03.000 align:left\n<c.x>abcdef</c>\n\n"
        "01:00:00.000 --> 01:00:01.000\nabc\n"
    )
    assert condensing_score.reading_speeds(srt) == [7.0, 4.0]
    assert condensing_score.reading_speeds(vtt) == [3.0, 3.0]
    assert condensing_score.share_readable(srt, 4) == 0.5


def test_the_interview_is_too_fast_to_read():
    """Cues of the example follow each other, and more than half of them are too fast."""
    speeds = condensing_score.reading_speeds(INTERVIEW)
    assert 60 <= len(speeds) <= 80
    assert condensing_score.share_readable(INTERVIEW, 17) < 0.5
    assert max(speeds) <= 25


@pytest.mark.parametrize("ratio", [None, 0.4, 0.6, 0.8, 1.0])
def test_the_bundle_that_ships_keeps_all_of_the_list(ratio):
    """Names, numbers and negations of 200 sentences, at any length."""
    expectations = condensing_score.read_expectations(LIST)
    asked = f" --length-ratio {ratio}" if ratio else ""
    outputs = run_command(
        f"{TRANSLATE} --batch 16 --model {BUNDLE}{asked}", [e.sentence for e in expectations]
    )
    sources = [e.sentence for e in expectations]
    assert [lost[2] for lost in condensing_score.check_kept(expectations, outputs)] == []
    assert sum(map(len, outputs)) < 0.85 * sum(map(len, sources))
    # What the line stands for has lost something: that is to be rare
    assert sum(map(str.__eq__, outputs, sources)) < 20


def test_signs_are_the_same_on_both_sides():
    """What is put into a pair is put into both, and of every kind at some time."""
    chance = random.Random(3)
    texts = ("Well, you know, we paid 40 dollars for salt and tea.", "We paid 40 for salt and tea.")
    seen = Counter()
    for pair in filter(None, (with_signs(*texts, chance) for _ in range(300))):
        before, after = (
            [Counter(re.sub(r"[\w ]", "", t, flags=re.A)) for t in p] for p in (texts, pair)
        )
        added = [new - old for new, old in zip(after, before, strict=True)]
        assert added[0] == added[1], pair
        assert added[0] or "10" in pair[0], pair
        seen += added[0]
    assert {'"', "“", "(", "«", "€", "%", "&", "–", "♪"} <= seen.keys()
    assert sum(seen[accent] for accent in "áàâäãåéèêëęóöø") > 10
