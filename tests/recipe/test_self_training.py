# SPDX-License-Identifier: LGPL-2.1-or-later
"""Self-training: which sources are translated, and which pairs are kept."""

from s2s_tools import self_training
from s2s_tools.recipe import read_recipe


def test_sources_are_new_and_unlike(tmp_path):
    """What is known, in whatever form, and what stands there twice is left out."""
    file = tmp_path / "other.tsv"
    file.write_text("I see.\tIch sehe.\nWe Go!\tWir gehen!\nWe go.\tWir gehen.\n…\t…\n", "utf-8")
    assert self_training.collect_sources([file], {"i see"}) == ["We Go!"]


def test_known_are_training_and_dev(corpus):
    """The dev set counts as known, for it must stay unseen."""
    recipe = read_recipe(corpus / "tiny.toml", corpus)
    known = self_training.known_sources(recipe)
    for corpus in (*recipe.corpora, *recipe.dev):
        assert self_training.collect_sources(corpus.files, known) == []


def test_the_surest_are_kept():
    """By score, not by place; a source without a translation has none."""
    lines = ["-0.9\tc", "-0.1\ta", "-0.2\t", "-0.5\tb"]
    pairs = self_training.choose(["C", "A", "E", "B"], lines, 0.67)
    assert pairs == [("A", "a"), ("B", "b")]
