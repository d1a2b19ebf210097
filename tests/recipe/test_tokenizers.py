# SPDX-License-Identifier: LGPL-2.1-or-later
"""The SentencePiece models that the recipe trains."""

from pathlib import Path

import pytest
from s2s_tools import tokenizers


@pytest.fixture(scope="module")
def models(spm):
    """The source and the target model."""
    return tuple(tokenizers.load(path) for path in spm)


@pytest.mark.parametrize(
    "sentence", ["你好，世界！", "你好,世界!", "ＡＢＣ：１２", "猫😀和𠮷", "a b", "مرحبا"]
)
def test_target_keeps_every_character(models, sentence):
    """Identity normalisation; what the vocabulary lacks goes through bytes."""
    target = models[1]
    ids = target.encode(sentence)
    assert tokenizers.UNK not in ids
    assert target.decode(ids) == sentence


def test_symbols_are_in_no_text(tmp_path):
    """A mark has a token of its own, which its spelling is not read as."""
    tokenizers.train_source(["we see two trees"] * 9, tmp_path / "s.spm", 300, symbols=["<to:de>"])
    source = tokenizers.load(tmp_path / "s.spm")
    token = source.piece_to_id("<to:de>")
    assert token != source.unk_id()
    assert token not in source.encode("we see <to:de> two trees")
    assert source.decode(source.encode("<to:de>")) == "<to:de>"


def test_target_has_no_dummy_prefix(models):
    """Chinese begins with its first character, not with a blank."""
    assert models[1].encode("我", out_type=str) == ["我"]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("‘Don’t’", "'don't'"),
        ("“see”", '"see"'),
        ("one — two–three", "one - two-three"),
        ("wait…", "wait..."),
        ("ｆｕｌｌ ﬁt", "full fit"),
        ("We NEED", "we need"),
    ],
)
def test_source_is_folded(models, typed, plain):
    """Typographic forms, compatibility forms and capitals read as the plain ones."""
    source = models[0]
    assert source.encode(typed) == source.encode(plain)
    assert source.decode(source.encode(typed)) == plain


def test_source_splits_digits(models):
    """No token holds two digits, though 25 is frequent."""
    pieces = models[0].encode("25 trees", out_type=str)
    assert all(sum(c.isdigit() for c in piece) <= 1 for piece in pieces)


def test_special_ids(models):
    """pad, unk, bos, eos are 0 to 3 in both models."""
    for model in models:
        assert [model.pad_id(), model.unk_id(), model.bos_id(), model.eos_id()] == [0, 1, 2, 3]


@pytest.fixture(scope="module")
def mapped():
    """The model of the C tests without bytes, with a vocabulary that is not its own."""
    data = Path(__file__).parents[1] / "unit/text/data/closed.spm"
    pieces = ["</s>", "<unk>", "▁the", "▁Th", "e", "☃猫", "▁x▁y", "▁", "s", "</", "<pad>"]
    special = {"pad": 10, "unk": 1, "bos": 10, "eos": 0}
    vocabulary = {piece: token for token, piece in enumerate(pieces)}
    return tokenizers.Mapped(tokenizers.load(data), vocabulary, special)


def test_mapped_pieces_are_tokens_by_name(mapped):
    """Pieces that the vocabulary lacks are unknown; what the model does not know may be there."""
    assert mapped.encode("The the ☃猫 $s") == [3, 4, 2, 7, 5, 7, 1, 8]
    assert mapped.encode("</s>") == [7, 9, 8, 1]
    assert mapped.vocab_size() == 11


def test_mapped_tokens_are_their_own_text(mapped):
    """Also those that the model does not know, and without blanks at the ends."""
    assert mapped.decode([10, 3, 4, 1, 6, 5, 2, 7, 0]) == "The x y☃猫 the"
    assert mapped.decode([6, 2]) == "x y the"


def test_mapped_texts_say_no_special_token(mapped):
    """Not even where a token has the name of EOS."""
    vocabulary = {"$": 0, "<unk>": 1, "▁": 2, "s": 3}
    special = {"pad": -1, "unk": 1, "bos": -1, "eos": 0}
    other = tokenizers.Mapped(mapped.processor, vocabulary, special)
    assert other.encode("$s") == [2, 1, 3]
    assert other.decode([0, 2, 3]) == "s"
