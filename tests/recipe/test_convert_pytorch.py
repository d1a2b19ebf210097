# SPDX-License-Identifier: LGPL-2.1-or-later
"""State dicts of this package's networks converted; files and options that cannot be."""

import json
import os
from dataclasses import replace

import numpy
import pytest
import torch
from conversion import (
    LANGUAGES,
    TRANSLATE,
    check_greedy,
    check_logits,
    fails,
    find_eos_bias,
    find_examples,
    make_sides,
    run,
    translate,
)
from s2s_tools import architectures, checkpoint, golden, tokenizers
from s2s_tools.bundle import read_network, read_source_form
from s2s_tools.decode import SourceForm
from s2s_tools.hyperparameters import Hyperparameters
from s2s_tools.importers.common import ConversionError, find_languages, read_spm
from s2s_tools.networks import Seq2Seq
from safetensors.torch import save_file

SIDES = make_sides(12, 11, "word")
CONFIG = Hyperparameters(
    source_vocabulary_size=12,
    target_vocabulary_size=11,
    embedding_size=6,
    hidden_size=8,
    cell="lstm",
    encoder_layers=1,
    decoder_layers=2,
    encoder_direction="bidirectional",
    attention="general",
    output_size=6,
    input_feeding=True,
    tied_embeddings="decoder",
)
RECIPE = """
name = "tiny"
[model]
cell = "lstm"
embedding_size = 6
hidden_size = 8
encoder_layers = 1
decoder_layers = 2
encoder_direction = "bidirectional"
attention = "general"
output_size = 6
input_feeding = true
tied_embeddings = "decoder"
"""


def make_network(config=CONFIG, seed=3):
    """A network with weights large enough that gates open and close."""
    network = Seq2Seq(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in network.to_tensors().items():
            scale = 2.0 if name.startswith("generator") else 1.4
            value.uniform_(-scale, scale, generator=generator)
        network.generator.bias[2] += find_eos_bias(make_logits(network), SIDES)
    return network


def make_logits(network):
    """The network as a reference."""

    @torch.no_grad()
    def logits(source, previous):
        lengths = torch.full((len(source),), source.shape[1])
        return network(torch.from_numpy(source), lengths, torch.from_numpy(previous)).numpy()

    return logits


@pytest.fixture
def words(tmp_path):
    """Options that name the vocabularies and a recipe."""
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(RECIPE)
    return [*SIDES.write(tmp_path), "--hyperparameters", str(recipe), "--dtype", "f32"]


def save_checkpoint(network, path):
    """checkpoint.pt of a training."""
    optimizer = torch.optim.AdamW(network.parameters())
    checkpoint.save(path, network, optimizer, checkpoint.Progress())


SAVERS = {
    "checkpoint.pt": save_checkpoint,
    "state.pt": lambda network, path: torch.save(network.state_dict(), path),
    "step.pt": lambda network, path: torch.save(
        {"score": 1.5, "tensors": network.to_tensors()}, path
    ),
    "model.safetensors": lambda network, path: save_file(
        {name: tensor.clone() for name, tensor in network.to_tensors().items()}, path
    ),
}


@pytest.mark.parametrize("name", SAVERS)
def test_weights_are_the_same(name, words, tmp_path):
    """Checkpoint, bare state dict, kept weights and safetensors: every tensor, bit for bit."""
    network = make_network()
    SAVERS[name](network, tmp_path / name)
    assert run("pytorch", tmp_path / name, tmp_path / "bundle", *words) == 0
    found = read_network(tmp_path / "bundle")
    assert found.config == CONFIG
    for key, value in network.to_tensors().items():
        torch.testing.assert_close(found.to_tensors()[key], value, rtol=0, atol=0)


def test_greedy_is_that_of_the_network(words, tmp_path):
    """Logits, and 200 random sentences, ids and the C library's text."""
    network = make_network()
    save_checkpoint(network, tmp_path / "checkpoint.pt")
    assert run("pytorch", tmp_path / "checkpoint.pt", tmp_path / "bundle", *words) == 0
    logits = make_logits(network)
    check_logits(tmp_path / "bundle", logits, SIDES)
    check_greedy(tmp_path / "bundle", find_examples(logits, SIDES), SIDES)


@pytest.mark.parametrize("case", golden.make_cases()[::4], ids=lambda case: case.name)
def test_every_kind_of_network(case, tmp_path):
    """Configurations of the golden files, from their state dict and config.json."""
    network = architectures.make_network(case.config)
    torch.save(network.state_dict(), tmp_path / "state.pt")
    table = {"hyperparameters": case.config.to_dict(), "architecture": case.config.architecture}
    (tmp_path / "config.json").write_text(json.dumps(table))
    sides = make_sides(case.config.source_vocabulary_size, case.config.target_vocabulary_size)
    words = [*sides.write(tmp_path), "--hyperparameters", tmp_path / "config.json"]
    assert run("pytorch", tmp_path / "state.pt", tmp_path / "bundle", *words, "--dtype", "f32") == 0
    found = read_network(tmp_path / "bundle")
    assert found.config == case.config
    for key, value in network.to_tensors().items():
        torch.testing.assert_close(found.to_tensors()[key], value, rtol=0, atol=0)


@pytest.mark.parametrize(("dtype", "bound"), [("f16", 2**-11), ("int8", 1 / 254)])
def test_number_types(dtype, bound, words, tmp_path):
    """f16 rounds each weight, int8 by the greatest of its row."""
    network = make_network()
    torch.save(network.state_dict(), tmp_path / "state.pt")
    options = [*words[:-1], dtype]
    assert run("pytorch", tmp_path / "state.pt", tmp_path / "bundle", *options) == 0
    found = read_network(tmp_path / "bundle").to_tensors()
    for key, value in network.to_tensors().items():
        greatest = value.abs().amax(-1, keepdim=True)
        assert bool(((found[key] - value).abs() <= greatest * bound * 1.001).all())
    assert not torch.equal(found["generator.bias"], network.generator.bias)


def test_sentencepiece_names_its_special_tokens(tmp_path, words):
    """A bundle with SentencePiece models: ids of pad, unk, bos and eos are those of the file."""
    texts = ["one cat sees two men", "three books and a tree", "we need five cars"] * 20
    path = tmp_path / "tiny.spm"
    tokenizers.train_target(texts, path, 300, dummy_prefix=True)
    size = tokenizers.load(path).vocab_size()
    network = Seq2Seq(replace(CONFIG, source_vocabulary_size=size, target_vocabulary_size=size))
    torch.save(network.state_dict(), tmp_path / "state.pt")
    spm = ["--source-spm", path, "--target-spm", path]
    options = [*LANGUAGES, *spm, *words[-4:]]
    assert run("pytorch", tmp_path / "state.pt", tmp_path / "bundle", *options) == 0
    table = json.loads((tmp_path / "bundle" / "config.json").read_text())
    special = {"pad": 0, "unk": 1, "bos": 2, "eos": 3}
    assert table["target_tokenizer"] == {
        "type": "sentencepiece",
        "file": "target.spm",
        **special,
    }
    assert table["source_tokenizer"]["eos"] == 3
    assert (tmp_path / "bundle" / "source.spm").read_bytes() == path.read_bytes()


def test_end_of_sentencepiece_sources(tmp_path):
    """A file knows an EOS; whether a source ends with it is another matter."""
    path = tmp_path / "tiny.spm"
    tokenizers.train_target(["one cat sees two men", "three books"] * 20, path, 300)
    assert read_spm(path, "source", {}, False)[0].table["eos"] == -1
    assert read_spm(path, "source", {}, True)[0].table["eos"] == 3
    assert read_spm(path, "source", {"eos": "</s>"}, False)[0].table["eos"] == 3
    assert read_spm(path, "target", {}, False)[0].table["eos"] == 3
    with pytest.raises(ConversionError, match="there is no eos “<end>”"):
        read_spm(path, "source", {"eos": "<end>"}, True)
    assert find_languages(read_spm(path, "source", {}, True)[0], [("fr", "<s>")], "fr") == {"fr": 2}


def spoil(name, value):
    """A change of a tensor of the state dict; None takes it away."""

    def change(state):
        if value is None:
            del state[name]
        else:
            state[name] = value

    return change


BROKEN = {
    "missing": (spoil("output.bias", None), "there is no tensor output.bias"),
    "extra": (spoil("bridge.0.h.bias", torch.ones(8)), "no place for: bridge.0.h.bias"),
    "shape": (spoil("output.bias", torch.ones(5)), "output.bias is [5], expected [6]"),
    "integers": (spoil("output.bias", torch.ones(6, dtype=torch.int32)), "expected floating"),
    "infinite": (spoil("output.bias", torch.full((6,), torch.inf)), "not finite"),
    "untied": (spoil("generator.weight", torch.ones(11, 6)), "generator.weight is tied to"),
    "no tensor": (spoil("output.bias", "abc"), "output.bias is no tensor"),
    "vocabulary": (spoil("source_embedding.weight", torch.ones(9, 6)), "12 tokens, but the model"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_state_dicts(name, words, tmp_path, capsys):
    """Each tensor must be there, and no other."""
    state = dict(make_network().state_dict())
    change, message = BROKEN[name]
    change(state)
    torch.save(state, tmp_path / "state.pt")
    error = fails(capsys, "pytorch", tmp_path / "state.pt", tmp_path / "bundle", *words)
    assert message in error


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('cell = "lstm"', 'cell = "rnn"', "cell: expected one of lstm"),
        ('cell = "lstm"', "cell = 3", "cell is 3, expected str"),
        ('cell = "lstm"', "", "no cell"),
        ("hidden_size = 8", "hidden_size = 7", "hidden_size 7 is odd"),
        ("hidden_size = 8", "hidden_size = -8", "hidden_size is -8, expected 1 or more"),
        ("hidden_size = 8", "hiden_size = 8", "unknown hyperparameter hiden_size"),
        ("hidden_size = 8", "hidden_size = true", "hidden_size is True, expected int"),
        ("hidden_size = 8", "hidden_size = 10", "weight_ih is [16, 6], expected [20, 6]"),
        ("hidden_size = 8", "hidden_size = ", "is no TOML"),
        ("decoder_layers = 2", "decoder_layers = 3", "there is no tensor decoder.layers.2"),
        ("decoder_layers = 2", "decoder_layers = 1", "no place for: decoder.layers.1"),
    ],
)
def test_wrong_hyperparameters(old, new, message, words, tmp_path, capsys):
    """Values that the format forbids, and such that do not fit the tensors."""
    torch.save(make_network().state_dict(), tmp_path / "state.pt")
    (tmp_path / "tiny.toml").write_text(RECIPE.replace(old, new))
    error = fails(capsys, "pytorch", tmp_path / "state.pt", tmp_path / "bundle", *words)
    assert message in error


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "is no JSON object but list"),
        ('{"a": 0', "is no JSON"),
        ("\udcff", "is no JSON in UTF-8"),
        ("[" * 100000, "is no JSON"),
        ('{"<s>": 0, "</s>": 1, "<s>": 2}', "a name stands there twice"),
        ('{"<s>": 0, "</s>": 2}', "id 1 is missing, expected 0 to 1"),
        ('{"<s>": 0, "</s>": 0}', "id 0 is there twice"),
        ('{"<s>": 1, "</s>": 2}', "pad “<blank>” is not"),
        ('{"<s>": true, "</s>": 2}', "the id of “<s>” is True"),
        ('{"<s>": "0", "</s>": 2}', "the id of “<s>” is '0', expected a whole number"),
        ('{"": 0}', "the token '', which no text can say"),
    ],
)
def test_wrong_vocabularies(text, message, words, tmp_path, capsys):
    """A vocabulary is an object token → id without a gap, with the special tokens named."""
    torch.save(make_network().state_dict(), tmp_path / "state.pt")
    if "“<blank>”" in message:
        words = [*words, "--pad", "<blank>"]
        text = '{"<s>": 0, "</s>": 1}'
    else:
        at = words.index("--pad")
        words = words[:at] + words[at + 2 :]
    path = tmp_path / "target-vocabulary.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    error = fails(capsys, "pytorch", tmp_path / "state.pt", tmp_path / "bundle", *words)
    assert message in error


def test_missing_pad_takes_the_free_id(words, tmp_path):
    """A vocabulary that begins at 1, as those of Keras, gets its pad token."""
    torch.save(make_network().state_dict(), tmp_path / "state.pt")
    listed = {token: at for at, token in enumerate(SIDES.target) if at > 0}
    (tmp_path / "target-vocabulary.json").write_text(json.dumps(listed))
    assert run("pytorch", tmp_path / "state.pt", tmp_path / "bundle", *words) == 0
    assert json.loads((tmp_path / "bundle" / "target.json").read_text())["<blank>"] == 0


def test_source_without_end(words, tmp_path, capsys):
    """A source vocabulary without EOS: none is put after a source, unless one is named."""
    torch.save(make_network().state_dict(), tmp_path / "state.pt")
    listed = {token.replace("</s>", "io"): at for at, token in enumerate(SIDES.source)}
    (tmp_path / "source-vocabulary.json").write_text(json.dumps(listed))
    command = ["pytorch", tmp_path / "state.pt", tmp_path / "bundle"]
    error = fails(capsys, *command, *words)
    assert "eos “</s>” is not in the source vocabulary" in error
    at = words.index("--source-eos")
    assert run(*command, *words[:at], *words[at + 2 :]) == 0
    table = json.loads((tmp_path / "bundle" / "config.json").read_text())
    assert table["source_tokenizer"]["eos"] == -1
    assert not read_network(tmp_path / "bundle").source_ends


LANGUAGE_TOKENS = ["--target-language-token", "fr=ao", "--target-language-token", "es-419=ho"]


def test_target_languages(words, tmp_path, capsys):
    """Tokens that are put before a source, by name; the default is one of them."""
    network = make_network()
    torch.save(network.state_dict(), tmp_path / "state.pt")
    command = ["pytorch", tmp_path / "state.pt", tmp_path / "bundle", *words]
    error = fails(capsys, *command, "--target-language-token", "fr=<2fr>")
    assert "the token “<2fr>” of fr is not in the source vocabulary" in error
    error = fails(capsys, *command, "--target-language-token", "de=ao")
    assert "--target-language is fr, expected one with a --target-language-token: de" in error
    assert run(*command, *LANGUAGE_TOKENS) == 0
    bundle = tmp_path / "bundle"
    tokens = {"fr": SIDES.source.index("ao"), "es-419": SIDES.source.index("ho")}
    table = json.loads((bundle / "config.json").read_text())
    assert table["target_language_tokens"] == tokens
    assert read_source_form(bundle) == SourceForm((tokens["fr"],), 2)
    assert read_source_form(bundle, "ES-419") == SourceForm((tokens["es-419"],), 2)
    with pytest.raises(ValueError, match="expected one of fr, es-419, got de"):
        read_source_form(bundle, "de")
    with pytest.raises(SystemExit):
        run(*command, "--target-language-token", "fr")


def test_target_languages_in_the_library(words, tmp_path):
    """The C library puts the token before a source as the reference does: 200 sentences."""
    network = make_network()
    torch.save(network.state_dict(), tmp_path / "state.pt")
    command = ["pytorch", tmp_path / "state.pt", tmp_path / "bundle", *words, *LANGUAGE_TOKENS]
    assert run(*command) == 0
    token = SIDES.source.index("ho")
    plain = make_logits(network)

    def logits(source, previous):
        before = numpy.full((len(source), 1), token)
        return plain(numpy.concatenate([before, source], axis=1), previous)

    examples = find_examples(logits, SIDES)
    lines = [SIDES.text(source) for source, _ in examples]
    expected = [SIDES.join([SIDES.target[t] for t in tokens]) for _, tokens in examples]
    if not TRANSLATE.exists():
        pytest.skip(f"without the C library: {TRANSLATE} is not built")
    assert translate(tmp_path / "bundle", lines, "--to", "es-419") == expected
    assert translate(tmp_path / "bundle", lines) != expected


class Trap:
    """Pickles as a call that leaves a trace."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        """Run by a loader that runs code."""
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("wrap", [lambda trap: trap, lambda trap: {"model": {"a": trap}}])
def test_code_in_a_pickle_does_not_run(wrap, words, tmp_path, capsys):
    """A hostile file is refused, and its call is not made."""
    torch.save(wrap(Trap(tmp_path / "trace")), tmp_path / "state.pt")
    error = fails(capsys, "pytorch", tmp_path / "state.pt", tmp_path / "bundle", *words)
    assert "mkdir, but only weights are read, no code of a file is run" in error
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("length", [0, 1, 200, 3000, -1])
@pytest.mark.parametrize("name", ["state.pt", "model.safetensors"])
def test_damaged_files(name, length, words, tmp_path, capsys):
    """Files that are cut."""
    SAVERS[name](make_network(), tmp_path / name)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:length])
    error = fails(capsys, "pytorch", tmp_path / name, tmp_path / "bundle", *words)
    assert "damaged" in error or "is no safetensors file" in error


def test_what_is_not_there(words, tmp_path, capsys):
    """No file, no hyperparameters, no state dict, a folder that is not empty."""
    path, bundle = tmp_path / "state.pt", tmp_path / "bundle"
    assert "No such file" in fails(capsys, "pytorch", path, bundle, *words)
    torch.save([1], path)
    assert "holds no state dict" in fails(capsys, "pytorch", path, bundle, *words)
    torch.save(make_network().state_dict(), path)
    without = words[:-4] + words[-2:]
    assert "needs --hyperparameters" in fails(capsys, "pytorch", path, bundle, *without)
    bundle.mkdir()
    (bundle / "notes").write_text("mine")
    assert run("pytorch", path, bundle, *words) == 1
    assert "no empty folder" in capsys.readouterr().err
    assert [file.name for file in bundle.iterdir()] == ["notes"]


def test_too_large_for_f16(words, tmp_path, capsys):
    """A weight beyond f16 is an error, not an infinity; nothing is written."""
    network = make_network()
    with torch.no_grad():
        network.generator.bias[5] = 1e6
    torch.save(network.state_dict(), tmp_path / "state.pt")
    assert run("pytorch", tmp_path / "state.pt", tmp_path / "bundle", *words[:-1], "f16") == 1
    assert "not finite as f16: generator.bias" in capsys.readouterr().err
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--source-language", "e n"], "the language is 'e n', expected a BCP 47 tag"),
        (["--target-language", ""], "the language is '', expected a BCP 47 tag"),
        (["--target-language-token", "x!!=AO"], "'x!!', expected a BCP 47 tag"),
        (["--target-language-token", "fr=AO", "--target-language-token", "FR=AO"], "fr twice"),
    ],
)
def test_wrong_languages(options, message, words, tmp_path, capsys):
    """Tags that the library would not read."""
    torch.save(make_network().state_dict(), tmp_path / "state.pt")
    error = fails(capsys, "pytorch", tmp_path / "state.pt", tmp_path / "bundle", *words, *options)
    assert message in error


def test_learned_positions_limit_the_source(tmp_path):
    """The bundle's longest source has positions."""
    case = next(c for c in golden.make_cases() if getattr(c.config, "max_positions", 0))
    sides = make_sides(case.config.source_vocabulary_size, case.config.target_vocabulary_size)
    network = architectures.make_network(case.config)
    torch.save(network.state_dict(), tmp_path / "state.pt")
    table = {"hyperparameters": case.config.to_dict(), "architecture": "transformer"}
    (tmp_path / "config.json").write_text(json.dumps(table))
    words = [*sides.write(tmp_path), "--hyperparameters", tmp_path / "config.json"]
    assert run("pytorch", tmp_path / "state.pt", tmp_path / "bundle", *words) == 0
    written = json.loads((tmp_path / "bundle/config.json").read_text())
    assert written["decoding"]["max_source_length"] == case.config.max_positions
    translate(tmp_path / "bundle", ["AO"])


def test_scale_of_another_shape(words, tmp_path, capsys):
    """int8 in safetensors has a scale for each row."""
    tensors = {"generator.bias": torch.ones(3, 2, dtype=torch.int8)}
    for scale in ({}, {"generator.bias.scale": torch.ones(2)}):
        save_file(tensors | scale, tmp_path / "model.safetensors")
        error = fails(capsys, "pytorch", tmp_path / "model.safetensors", tmp_path / "b", *words)
        assert "generator.bias.scale: expected [3], got" in error
