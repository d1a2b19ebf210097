# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chinese punctuation and the noisy forms of the source."""

import pytest
from s2s_tools import text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("你好,世界!", "你好，世界！"),
        ("你好，世界！", "你好，世界！"),
        ("他 说:走吧.", "他说：走吧。"),
        ('他说"走吧".', "他说“走吧”。"),
        ("版本(新)是3.5。", "版本（新）是3.5。"),
        ("等等...好吗?", "等等……好吗？"),
        ("打开.txt文件", "打开.txt文件"),
        ("OK, fine.", "OK, fine."),
    ],
)
def test_punctuation_beside_han_is_full_width(given, expected):
    """Half-width marks beside Han change, others stay."""
    assert text.full_width(given) == expected


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("Go.", "走", "走。"),
        ("Why?", "为什么", "为什么？"),
        ("Go.", "走！", "走！"),
        ("a walk", "散步", "散步"),
        ("Use vim.", "用vim", "用vim"),
    ],
)
def test_sentences_end_as_their_source(source, target, expected):
    """A target that ends in Han gets the end mark of its source."""
    assert text.close_sentence(source, target) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Hello, World!", "hello world"),
        ("“I don’t know,” she said…", "i don't know she said"),
        ("It costs 1,250.50 dollars.", "it costs 1,250.50 dollars"),
        ("A well-known 'fact'", "a well known fact"),
        ("- Stop! - No.", "stop no"),
    ],
)
def test_speech_form(given, expected):
    """Lower case without punctuation; apostrophes in words and points in numbers stay."""
    assert text.speech_form(given) == expected


def test_noise_is_drawn_by_share():
    """The draw runs through the shares in their order, the rest stays as it is."""
    shares = {"speech": 0.3, "upper": 0.2}
    forms = [text.add_noise("Go on.", shares, draw) for draw in (0.29, 0.3, 0.49, 0.5, 0.99)]
    assert forms == ["go on", "GO ON.", "GO ON.", "Go on.", "Go on."]


def test_noise_never_empties_a_source():
    """A source of punctuation alone stays."""
    assert text.add_noise("...", {"speech": 1.0}, 0.5) == "..."
