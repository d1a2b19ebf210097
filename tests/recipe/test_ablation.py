# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ablations: what a variant changes, that all are trained and scored once, and the tables."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from s2s_tools import ablation
from s2s_tools.decode import DecodingOptions, translate
from sacrebleu.metrics import BLEU

CHANGES = """
test = "dev.tsv"

[[variant]]
name = "base"
title = "the base"

[[variant]]
name = "other"
title = "another cell, not clipped"
model = { cell = "gru" }
training = { clip = inf, steps = 3 }
"""


@pytest.fixture
def folder(corpus, tmp_path):
    """base.toml and changes.toml of two variants."""
    text = (corpus / "tiny.toml").read_text(encoding="utf-8")
    text = text.replace("steps = 12", "steps = 6").replace("score_every = 2", "score_every = 100")
    (tmp_path / "base.toml").write_text(text, encoding="utf-8")
    (tmp_path / "changes.toml").write_text(CHANGES, encoding="utf-8")
    return tmp_path


def give_models(spm, folder):
    """Put trained SentencePiece models into the folder of a run."""
    folder.mkdir()
    for path in spm:
        shutil.copyfile(path, folder / path.name)
    return folder


def test_a_variant_is_the_base_but_for_its_changes(folder, corpus):
    """What is not named stays."""
    (base, other), test = ablation.read_variants(folder, corpus)
    assert test == corpus / "dev.tsv"
    assert (base.name, base.title, base.recipe.model["cell"]) == ("base", "the base", "lstm")
    assert base.recipe.training.clip == 1
    model, training = dict(other.recipe.model), other.recipe.training
    assert (model.pop("cell"), training.clip, training.steps) == ("gru", float("inf"), 3)
    assert model.items() <= base.recipe.model.items()
    assert training.learning_rate == base.recipe.training.learning_rate


def test_unknown_options_are_refused(folder, corpus):
    """A slip of the pen is no variant."""
    (folder / "changes.toml").write_text(CHANGES.replace("clip", "clipp"), encoding="utf-8")
    with pytest.raises(TypeError, match="clipp"):
        ablation.read_variants(folder, corpus)


def test_all_are_trained_and_scored_once(folder, corpus, spm, monkeypatch):
    """What is finished is skipped; what was broken off goes on and ends as if unbroken."""
    variants, test = ablation.read_variants(folder, corpus)
    trained = []
    whole = ablation.train_variant

    def count(variant, *rest):
        trained.append(variant.name)
        whole(variant, *rest)

    monkeypatch.setattr(ablation, "train_variant", count)
    unbroken = give_models(spm, folder / "unbroken")
    ablation.run(variants, test, unbroken)
    ablation.run(variants, test, unbroken)
    assert trained == ["base", "other"]
    broken = give_models(spm, folder / "broken")
    base = variants[0].recipe
    half = replace(base, training=replace(base.training, steps=3))
    whole(ablation.Variant("base", "", half), broken / "base", spm)
    ablation.run(variants[:1], test, broken)
    name = "base/scores.json"
    assert (broken / name).read_bytes() == (unbroken / name).read_bytes()
    # It went on, or step 3 would stand there twice
    lines = (broken / "base" / "log.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == [3, 6]
    assert len((unbroken / "table.md").read_text("utf-8").splitlines()) == 4 + 1 + 3 + 2
    for name in ("curves.png", "lengths.png", "clipping.png"):
        assert (unbroken / name).read_bytes().startswith(b"\x89PNG")


def test_lengths_of_gradients_are_those_before_clipping(folder, corpus, spm, monkeypatch):
    """PyTorch says what it clips; the log has the mean and the greatest since the last entry."""
    (base, _), _ = ablation.read_variants(folder, corpus)
    told = []
    clip = torch.nn.utils.clip_grad_norm_

    def listen(parameters, most):
        told.append(float(clip(parameters, most)))

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", listen)
    recipe = replace(base.recipe, training=replace(base.recipe.training, clip=0.01))
    ablation.NotingTrainer(recipe, give_models(spm, folder / "run")).run()
    entries = ablation.read_log(folder / "run")
    assert len(told) == 6 and min(told) > 0.01
    for entry, part in zip(entries, (told[:3], told[3:]), strict=True):
        assert entry["gradient"]["mean"] == pytest.approx(sum(part) / 3, rel=1e-5)
        assert entry["gradient"]["greatest"] == pytest.approx(max(part), rel=1e-5)


def test_scores_are_of_what_the_network_puts_out(folder, corpus, spm, monkeypatch):
    """Greedy and by beam search, of the pairs and of the joined ones, and by length."""
    (base, _), test = ablation.read_variants(folder, corpus)
    ablation.train_variant(base, folder / "run", spm)
    asked = []

    def listen(model, lines, source, target, options):
        asked.append((options.beam_size, len(lines)))
        return translate(model, lines, source, target, options)

    monkeypatch.setattr(ablation, "translate", listen)
    scores = ablation.score_variant(base, folder / "run", test)
    assert asked == [(1, 9), (1, 4 + 3), (4, 9)]
    model, source, target = ablation.read_trained(base.recipe, folder / "run")
    pairs = [tuple(line.split("\t")) for line in test.read_text("utf-8").splitlines()]

    def expected(pairs, beam):
        options = DecodingOptions(beam_size=beam, **base.recipe.decoding)
        outputs = translate(model, [s for s, _ in pairs], source, target, options)
        return BLEU().corpus_score(outputs, [[t for _, t in pairs]]).score

    assert scores["greedy"] == expected(pairs, 1) and scores["beam"] == expected(pairs, 4)
    assert sum(count for count, _ in scores["lengths"].values()) == 9 + 4 + 3
    assert scores["weights"] - scores["without_embeddings"] == 8 * (
        source.vocab_size() + target.vocab_size()
    )


def test_joined_pairs():
    """Neighbours, both sides; what is left over is left out."""
    pairs = [("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"), ("e", "E")]
    assert ablation.join_pairs(pairs, 2) == [("a b", "A B"), ("c d", "C D")]
    assert ablation.join_pairs(pairs, 3) == [("a b c", "A B C")]


def test_tables(folder, corpus):
    """A line a variant, with its best dev loss; then one of lengths."""
    (base, other), _ = ablation.read_variants(folder, corpus)
    scores = {"without_embeddings": 1234567, "greedy": 20.04, "beam": 21.06, "joined": 19}
    scores["lengths"] = {"1 to 9": [7, 30.0], "40 and more": [2, 10.25]}
    log = [{"dev_loss": 2.5}, {"dev_loss": 2.25}, {"dev_loss": 2.75}]
    text = ablation.make_tables([(base, scores, log), (other, scores, log)])
    lines = text.splitlines()
    assert lines[2] == "| the base | 1.23 M | 2.25 | 20.0 | 21.1 | 19.0 |"
    assert lines[5] == "| source words | 1 to 9 | 40 and more |"
    assert lines[7] == "| pairs | 7 | 2 |"
    assert lines[9] == "| another cell, not clipped | 30.0 | 10.2 |"
