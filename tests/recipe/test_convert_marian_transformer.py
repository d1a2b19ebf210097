# SPDX-License-Identifier: LGPL-2.1-or-later
"""Marian's Transformers converted against its formulas in numpy; models that cannot be."""

import json
import os
import struct

import numpy
import pytest
import sentencepiece
from conversion import (
    LANGUAGES,
    MARGIN,
    Sides,
    check_greedy,
    check_logits,
    fails,
    find_examples,
    greedy,
    repeats,
    run,
    translate,
)
from marian_transformer_models import KINDS, make_model, write_vocabularies
from s2s_tools.bundle import read_network

SEARCHED = [name for name in KINDS if name != "bare"]  # that has no bias to make outputs end
TIES = {"ssru": "all", "ssru-pre": "none", "attention": "decoder", "tied-layers": "none"}
TIES |= {"bare": "all"}


@pytest.fixture(scope="module", params=KINDS)
def converted(request, tmp_path_factory):
    """A model converted: its kind, bundle, reference, vocabularies."""
    folder = tmp_path_factory.mktemp(request.param)
    model, sides = make_model(request.param)
    model.save(folder / "model.npz")
    words = [*LANGUAGES, "--dtype", "f32", *write_vocabularies(sides, folder)]
    assert run("marian", folder / "model.npz", folder / "bundle", *words) == 0
    return request.param, folder / "bundle", model.logits, sides


def test_logits_are_those_of_marian(converted):
    """Forced decoding."""
    _, bundle, logits, sides = converted
    check_logits(bundle, logits, sides)


@pytest.mark.parametrize("converted", SEARCHED, indirect=True)
def test_greedy_is_that_of_marian(converted):
    """200 random sentences, ids and the C library's text."""
    _, bundle, logits, sides = converted
    check_greedy(bundle, find_examples(logits, sides), sides)


@pytest.mark.parametrize("converted", ["attention"], indirect=True)
def test_hugging_face_agrees(converted):
    """Another program with the same network."""
    name, bundle, _, sides = converted
    pytest.importorskip("transformers")
    from marian_hugging_face import make_logits

    check_logits(bundle, make_logits(make_model(name)[0], sides), sides)


def test_what_the_bundle_says(converted):
    """Positions, scale and epsilon are Marian's; the start is a token that the model has not."""
    name, bundle, _, sides = converted
    table = json.loads((bundle / "config.json").read_text(encoding="utf-8"))
    values = table["hyperparameters"]
    assert (values["positions"], values["scale_embeddings"]) == ("sinusoidal-marian", True)
    assert values["layer_norm_epsilon"] == 1e-6
    assert values["tied_embeddings"] == TIES[name]
    assert values["target_vocabulary_size"] == len(sides.target) + 1
    special = {"pad": -1, "unk": 1, "bos": len(sides.target), "eos": 0}
    assert {key: table["target_tokenizer"][key] for key in special} == special
    start = read_network(bundle).target_embedding.weight[len(sides.target)]
    assert not start.any()


def put(name, *shape):
    """A tensor too many, or of another shape."""
    return lambda model: model.arrays.update({name: numpy.ones(shape, "float32")})


def turn(name):
    """Integers, as of a model that was made small."""
    return lambda model: model.arrays.update({name: model.arrays[name].astype("int8")})


def choose(key, value):
    """Another setting; the tensors stay."""
    return lambda model: model.settings.update({key: value})


def name(key, value):
    """The same of those that begin with `transformer-`."""
    return choose(f"transformer-{key}", value)


GELU = {"transformer-ffn-activation": "gelu", "version": "v1.12.14 a6d9a6f"}
PRE = {"transformer-preprocess": "n", "transformer-postprocess": "da"}
WF = "decoder_l1_rnn_Wf"
BROKEN = {
    "missing": (lambda model: model.arrays.pop(WF), f"there is no tensor {WF}"),
    "extra": (put("decoder_l1_rnn_Wo", 8, 8), "no place for: decoder_l1_rnn_Wo"),
    "deeper": (put("encoder_l3_ffn_b1", 1, 12), "no place for: encoder_l3_ffn_b1"),
    "shape": (put(WF, 8, 9), f"{WF} is [8, 9], expected [8, 8]"),
    "flat": (put("decoder_l1_rnn_bf", 8), "decoder_l1_rnn_bf is [8], expected [1, 8]"),
    "integers": (turn(WF), f"{WF} is of type int8, expected floating point"),
    "rows": (put("Wemb", 13, 8), "Wemb is [13, 8], expected [12, 8]"),
    "vocabulary": (choose("dim-vocabs", [12, 11]), "is [12, 11], expected one size"),
    "untied": (choose("tied-embeddings-all", False), "there is no tensor encoder_Wemb"),
    "depth": (choose("dec-depth", 3), "there is no tensor decoder_l3_rnn"),
    "inner": (name("dim-ffn", 13), "ffn_W1 is [8, 12], expected [8, 13]"),
    "heads": (name("heads", 3), "model_size 8 is no multiple of heads, got 3"),
    "trained": (put("Wpos", 5, 8), "Wpos, trained positions, is there: a step of Marian's decoder"),
    "positions": (name("train-position-embeddings", True), "train-position-embeddings is true: a"),
    "attention": (name("decoder-autoreg", "self-attention"), "there is no tensor decoder_l1_self"),
    "average": (name("decoder-autoreg", "average-attention"), "'average-attention', expected self"),
    "older average": (name("aan", True), "transformer-aan is true: the format has no average"),
    "cell": (choose("dec-cell", "sru"), "dec-cell is 'sru', expected ssru"),
    "norms": (choose("layer-normalization", True), "no norm within an SSRU"),
    "projection": (name("rnn-projection", True), "rnn-projection is true: the format has no layer"),
    "pool": (name("pool", True), "transformer-pool is true"),
    "backwards": (choose("right-left", True), "right-left is true"),
    "universal": (choose("ulr", True), "ulr is true"),
    "flag": (choose("right-left", "maybe"), "right-left is 'maybe', expected true or false"),
    "factors": (choose("vocabs", ["a.fsv", "b.spm"]), "no factored vocabularies"),
    "ffn": (name("ffn-depth", 3), "transformer-ffn-depth is 3, expected 2"),
    "decoder ffn": (name("decoder-ffn-depth", 1), "transformer-decoder-ffn-depth is 1, expected 2"),
    "function": (name("ffn-activation", "tanh"), "'tanh', expected relu, swish or gelu"),
    "gelu": (lambda model: model.settings.update(GELU), "version is 'v1.12.14 a6d9a6f'"),
    "highway": (name("postprocess", "dhn"), "transformer-postprocess 'dhn'"),
    "embedding": (name("postprocess-emb", "nd"), "transformer-postprocess-emb 'nd'"),
    "top": (name("postprocess-top", "n"), "transformer-postprocess-top 'n'; expected ''"),
    "no top": (lambda model: model.settings.update(PRE), "transformer-postprocess 'da'"),
    "tied layers": (name("tied-layers", [1]), "tied-layers is ['1'], expected 2 numbers"),
    "other layers": (name("tied-layers", [1, 3]), "there is no tensor decoder_l3_rnn"),
    "no activation": (
        lambda model: model.settings.pop("transformer-ffn-activation"),
        "special:model.yml has no transformer-ffn-activation",
    ),
}


def refuse(model, sides, tmp_path, capsys):
    """The message for a model."""
    model.save(tmp_path / "model.npz")
    words = [*LANGUAGES, *write_vocabularies(sides, tmp_path)]
    return fails(capsys, "marian", tmp_path / "model.npz", tmp_path / "bundle", *words)


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_refused_says_why(case, tmp_path, capsys):
    """Settings that the format cannot follow, and files that contradict their settings."""
    model, sides = make_model("ssru")
    spoil, message = BROKEN[case]
    spoil(model)
    assert message in refuse(model, sides, tmp_path, capsys)


def test_norm_before_self_attention(tmp_path, capsys):
    """Marian's decoder computes it in another way than its training."""
    model, sides = make_model("attention")
    model.settings |= PRE | {"transformer-postprocess-top": "n"}
    assert "keys and values of past steps" in refuse(model, sides, tmp_path, capsys)


def test_vocabulary_of_another_size(tmp_path, capsys):
    """A token too many, in one of the files."""
    model, sides = make_model("ssru")
    sides.target.append("XO")
    message = refuse(model, sides, tmp_path, capsys)
    assert "target.yml has 13 tokens, but the model 12 of the target" in message


def test_one_sentencepiece_model_of_both_sides(tmp_path):
    """The vocabulary of a small student: pieces in, the pieces of the reference out."""
    path = tmp_path / "vocab.spm"
    lines = [f"{a} {b} {a}{b}" for a in ("tea", "rain", "gold") for b in ("low", "mist", "seven")]
    with open(path, "wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=file,
            vocab_size=30,
            minloglevel=2,
            bos_id=-1,
            eos_id=0,
            unk_id=1,
            hard_vocab_limit=False,
            character_coverage=1,
        )
    spm = sentencepiece.SentencePieceProcessor(model_file=str(path))
    pieces = [spm.id_to_piece(at) for at in range(spm.vocab_size())]
    model, _ = make_model("ssru", vocabularies=[len(pieces)] * 2)
    sides = Sides(pieces, pieces, "word", bos=len(pieces), eos=0, first=2)
    model.save(tmp_path / "model.npz")
    words = [*LANGUAGES, "--dtype", "f32", "--source-spm", path, "--target-spm", path]
    assert run("marian", tmp_path / "model.npz", tmp_path / "bundle", *words) == 0
    check_logits(tmp_path / "bundle", model.logits, sides)
    sources = [[*spm.encode(line), 0] for line in lines]
    outputs = greedy(model.logits, sources, sides)
    kept = [at for at, (out, margin) in enumerate(outputs) if out and margin > MARGIN]
    kept = [at for at in kept if not repeats(outputs[at][0])]
    assert len(kept) > 3
    expected = [spm.decode(outputs[at][0]) for at in kept]
    assert translate(tmp_path / "bundle", [lines[at] for at in kept]) == expected


class Trap:
    """Pickles as a call that leaves a trace."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        """Run by a loader that runs code."""
        return os.mkdir, (str(self.path),)


def test_objects_are_not_unpickled(tmp_path, capsys):
    """An array of objects is a pickle, which is not loaded."""
    model, sides = make_model("ssru")
    model.arrays[WF] = numpy.array([Trap(tmp_path / "trace")], object)
    assert "no npz of plain arrays" in refuse(model, sides, tmp_path, capsys)
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("share", [0.01, 0.5, 0.999])
def test_damaged_files(share, tmp_path, capsys):
    """Files that are cut."""
    model, _ = make_model("ssru")
    path = tmp_path / "model.npz"
    model.save(path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert "damaged" in fails(capsys, "marian", path, tmp_path / "bundle", *LANGUAGES)


def test_binary_models(tmp_path, capsys):
    """What marian-conv writes: version, number of items, a header of each."""
    path = tmp_path / "model.intgemm8.bin"
    header = struct.pack("<QQQQ", len("Wemb") + 1, 0x4101, 2, 96 + 4)
    path.write_bytes(struct.pack("<QQ", 1, 1) + header + b"Wemb\0" + bytes(200))
    error = fails(capsys, "marian", path, tmp_path / "bundle", *LANGUAGES)
    assert "is a binary model of Marian" in error and "convert the npz" in error
