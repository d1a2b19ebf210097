# SPDX-License-Identifier: LGPL-2.1-or-later
"""MarianMT directories that cannot be converted: each with a line that says why."""

import collections
import json

import marianmt_models as marianmt
import pytest
import torch
from conversion import LANGUAGES, fails
from safetensors.torch import load_file, save_file

FC1 = "model.encoder.layers.0.fc1.weight"
Q = "model.decoder.layers.0.encoder_attn.q_proj.weight"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The files of a directory that can be converted."""
    folder = tmp_path_factory.mktemp("whole")
    marianmt.make_random(folder, languages=[">>fra<<", ">>deu<<"])
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def change(name, **values):
    """Other values in a JSON file."""

    def spoil(folder):
        table = json.loads((folder / name).read_text(encoding="utf-8"))
        (folder / name).write_text(json.dumps(table | values), encoding="utf-8")

    return spoil


def config(**values):
    """Other values in config.json."""
    return change("config.json", **values)


def generation(**values):
    """Other values in generation_config.json."""
    return change("generation_config.json", **values)


def weights(spoil):
    """Other tensors."""

    def change(folder):
        tensors = load_file(folder / "model.safetensors")
        spoil(tensors)
        save_file(tensors, folder / "model.safetensors")

    return change


def put(name, *shape, value=0.0):
    """A tensor too many, or of another shape."""
    return weights(lambda tensors: tensors.update({name: torch.full(shape, value)}))


def remove(name):
    """A file is missing."""
    return lambda folder: (folder / name).unlink()


def write(name, content):
    """A file with other contents."""
    return lambda folder: (folder / name).write_bytes(content)


def cut(name, length):
    """A file that ends early."""
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:length])


def vocabulary(spoil):
    """Another vocab.json."""

    def change(folder):
        table = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        spoil(table)
        (folder / "vocab.json").write_text(json.dumps(table), encoding="utf-8")

    return change


def rename_pieces(table):
    """A vocabulary of other pieces."""
    for piece in list(table)[5:-1]:
        table[f"{piece}?"] = table.pop(piece)


SIZE = 100  # of the vocabulary: a number of the fixture, which a test below holds it to
BROKEN = {
    # another model
    "bart": (config(model_type="bart"), "config.json: model_type is 'bart', expected 'marian'"),
    "no type": (config(model_type=None), "model_type is missing, expected 'marian'"),
    "norm before": (config(normalize_before=True), "normalize_before is True, expected False"),
    "embedding norm": (config(normalize_embedding=True), "normalize_embedding is True"),
    "final norm": (config(add_final_layer_norm=True), "add_final_layer_norm is True, expected"),
    "learned": (
        config(static_position_embeddings=False),
        "static_position_embeddings is False, expected True",
    ),
    "activation": (
        config(activation_function="gelu_new"),
        "activation_function is 'gelu_new', expected 'swish' or 'silu' or 'relu' or 'gelu'",
    ),
    "no activation": (config(activation_function=["relu"]), "activation_function is ['relu']"),
    "heads": (
        config(decoder_attention_heads=2),
        "decoder_attention_heads is 2, expected 4 as encoder_attention_heads",
    ),
    "inner": (config(decoder_ffn_dim=50), "decoder_ffn_dim is 50, expected 48"),
    "odd": (config(d_model=25), "d_model is 25, expected an even multiple of encoder_att"),
    "words": (config(d_model="24"), "d_model is '24', expected a whole number from 1"),
    "layers": (config(encoder_layers=0), "encoder_layers is 0, expected a whole number from 1"),
    "flag": (config(scale_embedding=1), "scale_embedding is 1, expected true or false"),
    "start": (
        config(decoder_start_token_id=SIZE),
        f"decoder_start_token_id is {SIZE}, expected one id from 0 to {SIZE - 1}",
    ),
    "ends": (config(eos_token_id=[0, 1]), "eos_token_id is [0, 1], expected one id"),
    "two sizes": (
        config(decoder_vocab_size=SIZE + 1),
        f"decoder_vocab_size is {SIZE + 1}, expected {SIZE} as vocab_size",
    ),
    # another search
    "sampling": (generation(do_sample=True), "generation_config.json: do_sample is True, expec"),
    "first token": (generation(forced_bos_token_id=5), "forced_bos_token_id is 5, expected null"),
    "n-grams": (generation(no_repeat_ngram_size=3), "no_repeat_ngram_size is 3, expected 0"),
    "penalty": (generation(repetition_penalty=1.2), "repetition_penalty is 1.2, expected 1"),
    "beams": (generation(num_beams=33), "num_beams is 33, expected at most 32"),
    "length": (generation(length_penalty=-1), "length_penalty is -1, expected a number from 0"),
    "stopping": (generation(early_stopping=[1]), "early_stopping is [1], expected true, false or"),
    "bad words": (
        generation(bad_words_ids=[[5]]),
        f"bad_words_ids is [[5]], expected [[{SIZE - 1}]]",
    ),
    "last token": (generation(forced_eos_token_id=5), "forced_eos_token_id is 5, expected 0"),
    "other pad": (generation(pad_token_id=5), f"pad_token_id is 5, expected {SIZE - 1} as in conf"),
    # weights
    "missing": (weights(lambda t: t.pop(Q)), f"there is no tensor {Q}"),
    "no embedding": (
        weights(lambda t: t.pop("model.shared.weight")),
        "there is no tensor model.shared.weight",
    ),
    "extra": (put("model.encoder.layer_norm.weight", 24), "no place for: model.encoder.layer_norm"),
    "deeper": (config(encoder_layers=2), "there is no tensor model.encoder.layers.1.self_attn"),
    "shape": (put(FC1, 48, 23), f"{FC1} is [48, 23], expected [48, 24]"),
    "rows": (
        config(vocab_size=SIZE + 1, decoder_vocab_size=SIZE + 1),
        f"model.shared.weight is [{SIZE}, 24], expected [{SIZE + 1}, 24]",
    ),
    "bias": (put("final_logits_bias", 1, 5), f"final_logits_bias is [1, 5], expected [1, {SIZE}]"),
    "not numbers": (put(FC1, 48, 24, value=float("nan")), "values that are not finite"),
    "not tied": (
        put("lm_head.weight", SIZE, 24),
        "lm_head.weight differs from model.shared.weight, expected the same",
    ),
    "untied": (
        config(tie_word_embeddings=False),
        "there is no tensor lm_head.weight",
    ),
    "positions": (
        put("model.encoder.embed_positions.weight", 64, 24),
        "embed_positions.weight differs by 1 from sinusoidal positions, expected at most 0.001",
    ),
    "cut": (cut("model.safetensors", 3000), "model.safetensors is no safetensors file"),
    "empty": (write("model.safetensors", b""), "model.safetensors is no safetensors file"),
    "no weights": (remove("model.safetensors"), "neither model.safetensors nor pytorch_model.bin"),
    # tokenizers
    "no vocabulary": (remove("vocab.json"), "has no vocab.json, expected a directory of MarianMT"),
    "no model": (remove("source.spm"), "has no source.spm, expected a directory of MarianMT"),
    "no config": (remove("config.json"), "has no config.json, expected a directory of MarianMT"),
    "no target": (
        change("tokenizer_config.json", separate_vocabs=True),
        "No such file or directory",
    ),
    "json": (write("vocab.json", b'{"a": 0'), "vocab.json is no JSON in UTF-8"),
    "list": (write("vocab.json", b'["a"]'), "vocab.json is no JSON object but list"),
    "ids": (vocabulary(lambda t: t.update(e="1")), "the id of “e” is '1', expected a whole"),
    "twice": (vocabulary(lambda t: t.update(new=5)), "id 5 is there twice"),
    "far": (vocabulary(lambda t: t.update(new=10**9)), f"id {SIZE} is missing, expected 0 to"),
    "larger": (
        vocabulary(lambda t: t.update(new=SIZE)),
        f"the source vocabulary has {SIZE + 1} tokens, but the model {SIZE}",
    ),
    "no unk": (vocabulary(lambda t: t.pop("<unk>")), "vocab.json has no token <unk>"),
    "no eos": (vocabulary(lambda t: t.pop("</s>")), "vocab.json has no token </s>"),
    "eos": (
        config(eos_token_id=3, forced_eos_token_id=3),
        "generation_config.json: eos_token_id is 0, expected 3 as in config.json",
    ),
    "pad": (
        vocabulary(lambda t: t.update({"<pad>": 9, "e": SIZE - 1})),
        f"the id of <pad> is 9, expected {SIZE - 1} as in config.json",
    ),
    "nul": (vocabulary(lambda t: t.update({"a\0": t.pop("e")})), "the token 'a\\x00', which no"),
    "surrogate": (vocabulary(lambda t: t.update({"\ud800": t.pop("e")})), "'\\ud800', which no"),
    "other pieces": (vocabulary(rename_pieces), "pieces are in vocab.json, expected most of them"),
    "no spm": (write("target.spm", b"text"), "target.spm is no SentencePiece model"),
    "cut spm": (cut("source.spm", 400), "source.spm is no SentencePiece model"),
}


def spread(files, folder):
    """Writes the files."""
    for name, content in files.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_refused_says_why(name, whole, tmp_path, capsys):
    """Other networks, other searches, and files that do not fit together."""
    spread(whole, tmp_path)
    spoil, message = BROKEN[name]
    spoil(tmp_path)
    words = ["--source-language", "en", "--target-language", "fr"]
    assert message in fails(capsys, "marianmt", tmp_path, tmp_path / "bundle", *words)


def test_size_of_the_fixture(whole):
    """The numbers above."""
    assert json.loads(whole["config.json"])["vocab_size"] == SIZE


def test_languages_are_told(whole, tmp_path, capsys):
    """A language that the model does not have."""
    spread(whole, tmp_path)
    words = ["--source-language", "en", "--target-language", "pt"]
    error = fails(capsys, "marianmt", tmp_path, tmp_path / "bundle", *words)
    assert "does not translate into pt, expected one of de, fr" in error


def test_no_directory(tmp_path, capsys):
    """A file, and nothing."""
    (tmp_path / "file").write_text("text")
    for name in ("file", "nothing"):
        error = fails(capsys, "marianmt", tmp_path / name, tmp_path / "bundle", *LANGUAGES)
        assert f"{name} is no directory, expected one of a MarianMT model" in error


class Trap(collections.OrderedDict):
    """A class that may not be loaded."""


@pytest.mark.parametrize("length", [0, 1, 100, 3000, -1])
def test_damaged_pickles(length, whole, tmp_path, capsys):
    """A cut pytorch_model.bin."""
    spread(whole, tmp_path)
    (tmp_path / "model.safetensors").rename(tmp_path / "other")
    torch.save(load_file(tmp_path / "other"), tmp_path / "pytorch_model.bin")
    cut("pytorch_model.bin", length)(tmp_path)
    error = fails(capsys, "marianmt", tmp_path, tmp_path / "bundle", *LANGUAGES)
    assert "pytorch_model.bin is no file of torch.save, or is damaged" in error


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (Trap(a=1), "Trap, but only weights are read, no code of a file is run"),
        ({"model.shared.weight": 3}, "model.shared.weight is no tensor but int"),
        ([1], "holds no state dict but list"),
    ],
)
def test_other_pickles(saved, message, whole, tmp_path, capsys):
    """Objects, and what is no state dict."""
    spread(whole, tmp_path)
    remove("model.safetensors")(tmp_path)
    torch.save(saved, tmp_path / "pytorch_model.bin")
    error = fails(capsys, "marianmt", tmp_path, tmp_path / "bundle", *LANGUAGES)
    assert message in error
