# SPDX-License-Identifier: LGPL-2.1-or-later
"""OpenNMT-py's RNN checkpoints converted against its network; checkpoints that cannot be."""

import argparse
import json

import pytest
import torch
from conversion import LANGUAGES, check_greedy, check_logits, fails, find_examples, run
from opennmt_models import SEEDS, make_checkpoint, make_model

WORDS = [*LANGUAGES, "--dtype", "f32"]
SOURCE_EOS = ["--source-eos", "</s>"]
BOTH = [(name, ends) for ends, seeds in SEEDS.items() for name in seeds]


@pytest.fixture(scope="module", params=BOTH, ids=lambda both: f"{both[0]}-eos" * both[1] or both[0])
def converted(request, tmp_path_factory):
    """A checkpoint converted: bundle, reference, vocabularies. OpenNMT-py's sources have no EOS."""
    name, ends = request.param
    folder = tmp_path_factory.mktemp(name)
    model, sides = make_model(name, ends)
    words = [*WORDS, *SOURCE_EOS * ends]
    torch.save(make_checkpoint(model, sides), folder / "model_step_3.pt")
    assert run("opennmt-py", folder / "model_step_3.pt", folder / "bundle", *words) == 0
    return folder / "bundle", model.logits, sides


def test_logits_are_those_of_the_network(converted):
    """Forced decoding."""
    check_logits(*converted)


def test_greedy_is_that_of_the_network(converted):
    """200 random sentences, ids and the C library's text."""
    bundle, logits, sides = converted
    check_greedy(bundle, find_examples(logits, sides), sides)


def test_vocabulary_comes_from_the_checkpoint(converted):
    """Tokens in the order of the lists, special tokens by their names."""
    bundle, _, sides = converted
    assert list(json.loads((bundle / "target.json").read_text())) == sides.target
    table = json.loads((bundle / "config.json").read_text())
    special = {"pad": 0, "unk": 3, "bos": 1, "eos": 2}
    assert {key: table["target_tokenizer"][key] for key in special} == special
    assert table["source_tokenizer"]["bos"] == -1
    assert table["source_tokenizer"]["eos"] == (2 if sides.ends else -1)


def test_older_names_of_the_generator(tmp_path):
    """A generator that was a Sequential has 0.weight and 0.bias."""
    model, sides = make_model("lstm")
    saved = make_checkpoint(model, sides)
    saved["generator"] = {f"0.{key}": value for key, value in saved["generator"].items()}
    torch.save(saved, tmp_path / "model.pt")
    assert run("opennmt-py", tmp_path / "model.pt", tmp_path / "bundle", *WORDS) == 0
    check_logits(tmp_path / "bundle", model.logits, sides)


def change(key, value):
    """A change of an option of the training."""
    return lambda saved: setattr(saved["opt"], key, value)


def drop(name):
    """A tensor of the model too few."""
    return lambda saved: saved["model"].pop(name)


def put(name, *shape):
    """A tensor too many, or of another shape."""
    return lambda saved: saved["model"].update({name: torch.ones(shape)})


def set_vocabulary(tokens):
    """Another target vocabulary."""
    return lambda saved: saved["vocab"].update(tgt=tokens)


SIDES = make_model("fed-lstm")[1]
LINEAR_OUT = "decoder.attn.linear_out.weight"
BROKEN = {
    "transformer": (change("encoder_type", "transformer"), "'transformer', expected rnn or brnn"),
    "cnn": (change("decoder_type", "cnn"), "decoder_type is 'cnn', expected rnn"),
    "sru": (change("rnn_type", "SRU"), "'SRU', expected LSTM or GRU"),
    "attention": (change("global_attention", "sparse"), "global_attention is 'sparse', expected"),
    "bridge": (change("bridge", True), "bridge is True, a ReLU"),
    "copy": (change("copy_attn", True), "copy_attn is True, the format has only False"),
    "sparse": (change("global_attention_function", "sparsemax"), "has only 'softmax'"),
    "gate": (change("context_gate", "both"), "context_gate is 'both'"),
    "no attention": (change("global_attention", "none"), "linear_out.weight is there"),
    "missing": (drop("encoder.rnn.bias_hh_l1_reverse"), "no tensor encoder.rnn.bias_hh_l1_rev"),
    "shallow": (drop("encoder.rnn.weight_ih_l1"), "1 encoder layers and 2 decoder layers"),
    "extra": (put("encoder.bridge.0.weight", 8, 8), "no place for: encoder.bridge.0.weight"),
    "shape": (put(LINEAR_OUT, 8, 15), "linear_out.weight is [8, 15], expected [8, 16]"),
    "numbers": (put(LINEAR_OUT, 8, 16, 1), "linear_out.weight is [8, 16, 1], expected [8, 16]"),
    "few tokens": (set_vocabulary(SIDES.target[:-1]), "has 10 tokens, but the model 11"),
    "twice": (set_vocabulary([*SIDES.target[:-1], "AO"]), "tgt has a token twice"),
    "no start": (set_vocabulary(["?", *SIDES.target[2:], "!"]), "pad “<blank>” is not in"),
    "surrogate": (set_vocabulary([*SIDES.target[:-1], "\ud800"]), "which no text can say"),
    "cell": (change("rnn_type", ["LSTM"]), "rnn_type is ['LSTM'], expected LSTM or GRU"),
    "kinds": (change("global_attention", ["dot"]), "global_attention is ['dot'], expected"),
    "vocabularies": (lambda s: s.update(vocab=["a"]), "vocab is list, expected a dict"),
    "names": (lambda s: s["generator"].update({7: torch.ones(1)}), "no place for: generator.7"),
    "tensor": (change("coverage_attn", torch.ones(2)), "is damaged: RuntimeError"),
    "no list": (set_vocabulary({"a": 1}), "vocab has no list of tokens tgt"),
    "features": (lambda s: s["vocab"].update(src_feats=[["a"]]), "word features"),
    "no vocab": (lambda s: s.pop("vocab"), "no checkpoint of OpenNMT-py: no vocab"),
    "no model": (lambda s: s.update(model=[1]), "model is list, expected a dict"),
    "no tensor": (lambda s: s["model"].update({LINEAR_OUT: 3}), "is no tensor but int"),
    "nan": (lambda s: s["generator"]["bias"].fill_(float("nan")), "values that are not finite"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_refused_says_why(name, tmp_path, capsys):
    """Options without a place in the format, and checkpoints that are not whole."""
    model, sides = make_model("fed-lstm")
    saved = make_checkpoint(model, sides)
    spoil, message = BROKEN[name]
    spoil(saved)
    torch.save(saved, tmp_path / "model.pt")
    assert message in fails(
        capsys, "opennmt-py", tmp_path / "model.pt", tmp_path / "bundle", *WORDS
    )


@pytest.mark.parametrize("option", ["unit", "source-vocabulary", "hyperparameters"])
def test_options_of_other_kinds(option, tmp_path, capsys):
    """What would be ignored is refused."""
    value = "character" if option == "unit" else tmp_path / "nowhere"
    error = fails(capsys, "opennmt-py", tmp_path, tmp_path / "b", *WORDS, f"--{option}", value)
    assert f"opennmt-py has no use for --{option}" in error


def test_end_of_the_target_is_none_of_the_source(tmp_path, capsys):
    """--eos names the target's; one of the source must be in its vocabulary."""
    model, sides = make_model("lstm")
    torch.save(make_checkpoint(model, sides), tmp_path / "model.pt")
    words = ["opennmt-py", tmp_path / "model.pt", tmp_path / "bundle", *WORDS]
    error = fails(capsys, *words, "--source-eos", "<end>")
    assert "eos “<end>” is not in the source vocabulary" in error
    assert run(*words, "--eos", "</s>") == 0
    table = json.loads((tmp_path / "bundle" / "config.json").read_text())
    assert table["source_tokenizer"]["eos"] == -1 and table["target_tokenizer"]["eos"] == 2
    assert "sources without EOS" in capsys.readouterr().out


class Trap(argparse.Namespace):
    """An object whose class is not one of those that may be loaded."""


def test_objects_are_not_loaded(tmp_path, capsys):
    """Older checkpoints hold vocabularies of torchtext: their classes are not run."""
    model, sides = make_model("lstm")
    saved = make_checkpoint(model, sides) | {"vocab": Trap(a=1)}
    torch.save(saved, tmp_path / "model.pt")
    error = fails(capsys, "opennmt-py", tmp_path / "model.pt", tmp_path / "bundle", *WORDS)
    assert "Trap, but only weights are read" in error


@pytest.mark.parametrize("length", [0, 1, 100, 3000, -1])
def test_damaged_files(length, tmp_path, capsys):
    """Cut checkpoints."""
    torch.save(make_checkpoint(*make_model("lstm")), tmp_path / "model.pt")
    data = (tmp_path / "model.pt").read_bytes()
    (tmp_path / "model.pt").write_bytes(data[:length])
    error = fails(capsys, "opennmt-py", tmp_path / "model.pt", tmp_path / "bundle", *WORDS)
    assert "or is damaged" in error
