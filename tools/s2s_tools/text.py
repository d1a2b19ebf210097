# SPDX-License-Identifier: LGPL-2.1-or-later
"""Changes to the text of a pair: Chinese punctuation, and source as it comes in captions."""

import re

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
WIDE = r"，。！？：；（）、“”《》…—"
FULL_WIDTH = {",": "，", ".": "。", "!": "！", "?": "？", ":": "：", ";": "；"}
BESIDE_HAN = re.compile(rf"(?<=[{HAN}{WIDE}])([,.!?:;]+)(?![A-Za-z0-9_])|([,!?:;])(?=[{HAN}])")
OPENING = re.compile(rf"\((?=[{HAN}])|(?<=[{HAN}{WIDE}])\(")
BLANK_BESIDE_HAN = re.compile(rf"(?<=[{HAN}{WIDE}]) +| +(?=[{HAN}{WIDE}])")
END_MARKS = {".": "。", "!": "！", "?": "？"}


def is_chinese(language):
    """Whether a BCP 47 tag is of Chinese."""
    return language.lower().split("-")[0] == "zh"


def full_width(text):
    """Chinese text with the half-width punctuation beside Han made full-width."""
    if not re.search(f"[{HAN}]", text):
        return text
    text = BLANK_BESIDE_HAN.sub("", text)
    if text.count('"') % 2 == 0:
        halves = text.split('"')
        marks = ["“", "”"] * (len(halves) // 2) + [""]
        text = "".join(half + mark for half, mark in zip(halves, marks, strict=True))
    text = text.replace("...", "…").replace("……", "…").replace("…", "……")
    text = BESIDE_HAN.sub(lambda m: "".join(FULL_WIDTH[c] for c in m.group(0)), text)
    if OPENING.search(text) and text.count("(") == text.count(")"):
        text = text.replace("(", "（").replace(")", "）")
    return text


def close_sentence(source, target):
    """The Chinese target with the end mark of its source, if it ends in Han."""
    mark = END_MARKS.get(source[-1:])
    if mark and re.search(f"[{HAN}]$", target):
        return target + mark
    return target


def speech_form(text):
    """English as speech recognition writes it: lower case, no punctuation.

    Apostrophes within words and points and commas between digits stay.
    """
    text = text.lower().replace("’", "'")
    text = re.sub(r"(?<!\d)[.,]|[.,](?!\d)", " ", text)
    text = re.sub(r"(?<!\w)'|'(?!\w)", " ", text)
    text = re.sub(r"[^\w\s'.,%$€£&+@/]", " ", text)
    return " ".join(text.split())


# How sources are written when a model is measured
FORMS = {"cased": str, "speech": lambda line: speech_form(line) or line}


def add_noise(text, shares, draw):
    """The source, or by `draw` (a number in 0..1) one of its noisy forms.

    shares: {form: share} with the forms of NOISE; the rest stays as it is.
    """
    for form, share in shares.items():
        if draw < share:
            return NOISE[form](text) or text
        draw -= share
    return text


def _without_end_mark(text):
    return text.rstrip(".!?") or text


NOISE = {
    "speech": speech_form,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "open": _without_end_mark,
}
