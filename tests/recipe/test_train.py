# SPDX-License-Identifier: LGPL-2.1-or-later
"""Training: an interrupted run is the unbroken one, and what a run leaves behind."""

import itertools
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from s2s_tools import checkpoint, data, int8, tokenizers, train
from s2s_tools.bundle import export, read_bundle, read_source_form, write_bundle
from s2s_tools.decode import translate
from s2s_tools.recipe import TrainingOptions, read_recipe
from safetensors.torch import load_file

WHOLE_TEXTS = 'source_unit = "text"\nkeeps = "keeps.json"\n'
SECOND_LANGUAGE = 'name = "second"\nlanguage = "fr"'
MARKS = '[marks]\nlanguages = ["zh", "fr"]\nratios = [0.5, 1.0]\nturns = 2\n'


@pytest.fixture(scope="module")
def recipe(corpus):
    """The tiny recipe."""
    return read_recipe(corpus / "tiny.toml", corpus)


def give_models(spm, folder):
    """Put trained tokenizers into the folder of a training."""
    for path in spm:
        shutil.copyfile(path, folder / path.name)


@pytest.fixture(scope="module")
def unbroken(recipe, spm, tmp_path_factory):
    """A whole run: its folder and its trainer."""
    out = tmp_path_factory.mktemp("unbroken")
    give_models(spm, out)
    trainer = train.Trainer(recipe, out)
    trainer.run()
    return out, trainer


def logged(folder):
    """The log without the time."""
    lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


def test_resume_is_exact(recipe, spm, unbroken, tmp_path):
    """Six steps, then six more from the checkpoint: the same bits, the same log."""
    folder, whole = unbroken
    give_models(spm, tmp_path)
    half = replace(recipe, training=replace(recipe.training, steps=6))
    train.Trainer(half, tmp_path).run()
    torch.manual_seed(999)
    resumed = train.Trainer(recipe, tmp_path)
    resumed.resume()
    assert resumed.progress.step == 6
    resumed.run()
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name
    assert logged(tmp_path) == logged(folder)


def test_workers_change_nothing(recipe, spm):
    """The batches are the same however many processes make them, from any place on."""

    def draw(workers):
        batches = data.stream(recipe, *spm, chunk=1, position=1, workers=workers)
        drawn = list(itertools.islice(batches, 12))
        batches.close()
        return [(at, to, [part.source.tolist() for part in parts]) for at, to, parts in drawn]

    alone = draw(1)
    assert draw(3) == alone
    assert alone[0][:2] == (1, 2) and alone[-1][0] > 3


def test_run_leaves_log_and_picture(unbroken):
    """An entry an evaluation, with scores at every second, and the curves."""
    folder, trainer = unbroken
    entries = logged(folder)
    assert [entry["step"] for entry in entries] == [3, 6, 9, 12]
    assert [("bleu" in entry) for entry in entries] == [False, True, False, True]
    assert set(entries[1]["bleu"]["dev"]) == {"cased", "speech"}
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert trainer.finished()
    assert trainer.progress.tokens == entries[-1]["tokens"] > 12 * 80


def test_two_processes_are_one(corpus, spm, tmp_path):
    """Without dropout, two processes that share the batches reach the weights of one."""
    text = (corpus / "tiny.toml").read_text(encoding="utf-8")
    text = text.replace("dropout = 0.2", "dropout = 0").replace("token_dropout = 0.1", "")
    (tmp_path / "still.toml").write_text(text.replace("steps = 12", "steps = 6"), encoding="utf-8")
    weights = []
    for count in (1, 2):
        out = tmp_path / str(count)
        out.mkdir()
        give_models(spm, out)
        command = [sys.executable, "-m", "s2s_tools.train", tmp_path / "still.toml"]
        command += ["--data", corpus, "--out", out, "--processes", str(count), "--device", "cpu"]
        subprocess.run(command, check=True, cwd=Path(train.__file__).parents[1])
        weights.append(torch.load(out / "checkpoint.pt", weights_only=True)["model"])
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value, rtol=0, atol=1e-5)


def test_shares_are_even_and_whole():
    """Every part goes to one process, the load is spread by tokens."""
    parts = [SimpleNamespace(tokens=tokens) for tokens in (50, 10, 30, 20)]
    shares = [train.share_of(parts, rank, 2) for rank in range(2)]
    assert sorted(sum(part.tokens for part in share) for share in shares) == [50, 60]
    assert sorted(part.tokens for share in shares for part in share) == [10, 20, 30, 50]


def test_learning_rate():
    """Up to the peak, along it, down to little at the end."""
    options = TrainingOptions(steps=1000, learning_rate=0.1, warmup=100, cooldown=200)
    expected = {1: 0.001, 50: 0.05, 100: 0.1, 800: 0.1, 900: 0.05, 1000: 0.002}
    rates = {step: train.learning_rate(options, step) for step in expected}
    assert rates == pytest.approx(expected)


def test_parent_gives_all_but_the_target_vocabulary(recipe, unbroken, tmp_path):
    """A child starts from the parent's encoder, decoder and source model."""
    folder, parent = unbroken
    shutil.copyfile(folder / "target.spm", tmp_path / "target.spm")
    child = train.Trainer(recipe, tmp_path, parent=folder)
    assert (tmp_path / "source.spm").read_bytes() == (folder / "source.spm").read_bytes()
    theirs, ours = parent.model.state_dict(), child.model.state_dict()
    equal = {name for name in theirs if torch.equal(theirs[name], ours[name])}
    assert set(theirs) - equal == set(train.UNTRANSFERRED)


def test_average_is_the_mean_of_the_best(tmp_path):
    """Of four sets of weights the newest three stay; the best two of them are averaged."""
    for step, score in ((1, 0.1), (2, 2.0), (3, 1.0), (4, 3.0)):
        tensors = {"w": torch.tensor([float(step)])}
        checkpoint.save_weights(tmp_path / "weights", step, score, tensors, keep=3)
    best = checkpoint.best_weights(tmp_path / "weights", 2)
    assert [path.stem for path in best] == ["step-0000003", "step-0000002"]
    assert checkpoint.average_weights(best)["w"].item() == 2.5


@pytest.mark.parametrize("dtype", ["f32", "f16", "bf16"])
def test_bundle_round_trip(recipe, unbroken, tmp_path, dtype):
    """An exported bundle translates as the averaged network does."""
    folder, trainer = unbroken
    files = export(recipe, folder, tmp_path / "tiny", count=2, dtype=dtype)
    model, (source, target), options = read_bundle(tmp_path / "tiny")
    averaged = checkpoint.average_weights(files)
    precision = {"f32": 1e-7, "f16": 2**-11, "bf16": 2**-8}[dtype]
    for name, value in model.to_tensors().items():
        torch.testing.assert_close(value, averaged[name], rtol=precision, atol=1e-7)
    table = json.loads((tmp_path / "tiny" / "config.json").read_text(encoding="utf-8"))
    assert table["format_version"] == 1
    assert table["hyperparameters"]["source_vocabulary_size"] == source.vocab_size()
    assert options.to_dict() == table["decoding"]
    outputs = translate(model, ["I see one cat."], source, target, options)
    trainer.model.from_tensors(model.to_tensors())
    assert outputs == translate(trainer.model, ["I see one cat."], source, target, options)


def test_bundle_with_marks(corpus, tmp_path):
    """A training of two languages with lengths and turns, and what its bundle says of them."""
    text = (corpus / "tiny.toml").read_text(encoding="utf-8")
    text = text.replace("steps = 12", "steps = 3").replace('name = "second"', SECOND_LANGUAGE)
    (tmp_path / "marked.toml").write_text(WHOLE_TEXTS + text + MARKS, encoding="utf-8")
    (tmp_path / "keeps.json").write_text(json.dumps({"numbers": True}), encoding="utf-8")
    recipe = read_recipe(tmp_path / "marked.toml", corpus)
    out = tmp_path / "run"
    trainer = train.Trainer(recipe, out)
    trainer.run()
    assert set(trainer.progress.history[-1]["losses"]) == {"dev"}
    export(recipe, out, tmp_path / "bundle", count=1)
    table = json.loads((tmp_path / "bundle" / "config.json").read_text(encoding="utf-8"))
    source = tokenizers.load(tmp_path / "bundle" / "source.spm")
    zh, fr, half, whole, turn = (source.piece_to_id(piece) for piece in recipe.marks.symbols())
    assert table["target_language_tokens"] == {"zh": zh, "fr": fr}
    lengths = [{"ratio": 0.5, "token": half}, {"ratio": 1.0, "token": whole}]
    assert table["length_tokens"] == lengths
    assert table["context"] == {"separator_token": turn, "turns": 2}
    assert table["source_unit"] == "text"
    assert table["keeps"] == {"numbers": True}
    form = read_source_form(tmp_path / "bundle", "fr", 0.9)
    assert form.wrap([9], 20) == [fr, half, 9, tokenizers.EOS]
    assert read_source_form(tmp_path / "bundle").before == (zh, whole)


def test_int8_bundle(recipe, unbroken, tmp_path):
    """Matrices of products are int8 with a scale a row; what is read is within half a step."""
    folder, _ = unbroken
    files = export(recipe, folder, tmp_path / "tiny", count=2, dtype="int8")
    stored = load_file(tmp_path / "tiny" / "model.safetensors")
    averaged = checkpoint.average_weights(files)
    read = read_bundle(tmp_path / "tiny")[0].to_tensors()
    floats = {"source_embedding.weight", "attention.query.weight"}  # looked up; used transposed
    for name, value in averaged.items():
        if value.dim() == 2 and name not in floats:
            scales = stored[name + ".scale"]
            assert stored[name].dtype == torch.int8 and scales.dtype == torch.float32
            assert (stored[name].abs().amax(1) == 127).all()
            torch.testing.assert_close(scales * 127, value.abs().amax(1))
            assert ((read[name] - value).abs() <= scales[:, None] * 0.501).all(), name
        else:
            assert stored[name].dtype == torch.float16 and name + ".scale" not in stored
            assert torch.equal(read[name], value.half().float())
    assert len(stored) == len(averaged) + sum(name.endswith(".scale") for name in stored)


def test_int8_of_special_rows():
    """A row of zeros stays one; a lone value is exact; halves go to the nearest even step."""
    matrix = torch.tensor([[0.0, 0.0, 0.0], [0.0, -0.3, 0.0], [127.0, 2.5, -3.5]])
    stored = int8.quantize("w", matrix)
    assert stored["w"].tolist() == [[0, 0, 0], [0, -127, 0], [127, 2, -4]]
    torch.testing.assert_close(stored["w.scale"], torch.tensor([0, 0.3 / 127, 1]))
    bias = torch.tensor([1.0], dtype=torch.float16)
    values = int8.dequantize(stored | {"b": bias})
    assert values.keys() == {"w", "b"} and values["b"].dtype == torch.float32
    torch.testing.assert_close(values["w"][1], matrix[1])


def test_weights_beyond_f16_are_refused(recipe, unbroken, tmp_path):
    """A weight that f16 cannot hold is named, not written as infinite."""
    folder, trainer = unbroken
    tensors = trainer.model.to_tensors() | {"generator.bias": torch.full((5,), 1e6)}
    spm = (folder / "source.spm", folder / "target.spm")
    with pytest.raises(ValueError, match="not finite as f16: generator.bias"):
        write_bundle(tmp_path, {"decoding": {}}, trainer.model.config, tensors, spm)


def test_start_goes_on_from_a_bundle(recipe, unbroken, tmp_path):
    """A training that starts from a bundle has its tokenizers and its weights."""
    folder, _ = unbroken
    bundle = tmp_path / "bundle"
    export(recipe, folder, bundle, count=1, dtype="f32")
    trainer = train.Trainer(recipe, tmp_path / "next", start=bundle)
    for name in ("source.spm", "target.spm"):
        assert (tmp_path / "next" / name).read_bytes() == (bundle / name).read_bytes()
    expected = read_bundle(bundle)[0].to_tensors()
    for name, value in trainer.model.to_tensors().items():
        assert torch.equal(value, expected[name]), name
