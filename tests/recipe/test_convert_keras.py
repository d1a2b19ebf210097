# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keras models converted against Keras itself; graphs and files that cannot be converted."""

import json
import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

os.environ["KERAS_BACKEND"] = "torch"
pytest.importorskip("h5py", reason="h5py is not installed")
pytest.importorskip("keras", reason="keras is not installed")

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy  # noqa: E402
from conversion import (  # noqa: E402
    BOS,
    EOS,
    check_greedy,
    check_logits,
    fails,
    find_examples,
    make_sides,
    run,
    translate,
)
from keras import layers  # noqa: E402
from keras_models import (  # noqa: E402
    MAKERS,
    SOURCE,
    TARGET,
    embed,
    make_logits,
    make_model,
    outputs,
)
from s2s_tools.importers import keras_file  # noqa: E402


@pytest.fixture(scope="module", params=MAKERS)
def converted(request, tmp_path_factory):
    """A model saved in both formats and converted from both: folder, reference, vocabularies."""
    folder = tmp_path_factory.mktemp(request.param)
    model, sides = make_model(request.param)
    words = [*sides.write(folder), "--dtype", "f32"]
    for ending in ("keras", "h5"):
        model.save(folder / f"model.{ending}")
        assert run("keras", folder / f"model.{ending}", folder / ending, *words) == 0
    return folder, make_logits(model), sides


def test_logits_are_those_of_keras(converted):
    """Forced decoding of the `.keras` file."""
    folder, logits, sides = converted
    check_logits(folder / "keras", logits, sides)


def test_both_formats_hold_the_same(converted):
    """The `.h5` file gives the same bundle, bit for bit."""
    folder, _, _ = converted
    for name in ("config.json", "model.safetensors", "source.json", "target.json"):
        first, second = ((folder / kind / name).read_bytes() for kind in ("keras", "h5"))
        assert first.replace(b'"keras"', b'"h5"') == second


def test_greedy_is_that_of_keras(converted):
    """200 random sentences, ids and the C library's text."""
    folder, logits, sides = converted
    check_greedy(folder / "keras", find_examples(logits, sides), sides)


def train(model, sides, steps):
    """Train on words of one length a batch: each letter becomes the next one of the alphabet."""
    draw = random.Random(1)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.learning_rate = 0.02
    for _ in range(steps):
        size = draw.randrange(1, 5)
        letters = [[draw.randrange(4, 10) for _ in range(size)] for _ in range(64)]
        answers = [[4 + (letter - 3) % 6 for letter in row] for row in letters]
        source = numpy.eye(len(sides.source))[[[*row, *[EOS] * sides.ends] for row in letters]]
        previous = numpy.eye(len(sides.target))[[[BOS, *row] for row in answers]]
        model.train_on_batch([source, previous], numpy.array([[*row, EOS] for row in answers]))


@pytest.mark.parametrize("ends", [True, False])
def test_trained_model_does_its_task(ends, tmp_path):
    """The tutorial's network, trained a little, does in the C library what it does in Keras.

    With an end mark of the source and without: what is not there is not needed.
    """
    keras.utils.set_random_seed(1)
    source, target = keras.Input((None, 10)), keras.Input((None, 10))
    _, h, c = layers.LSTM(48, return_state=True)(source)
    y = layers.LSTM(48, return_sequences=True)(target, initial_state=[h, c])
    model = keras.Model([source, target], outputs(y, 10))
    sides = make_sides(10, 10, ends=ends)
    train(model, sides, 400)
    model.save(tmp_path / "model.keras")
    words = [*sides.write(tmp_path), "--dtype", "f32"]
    assert run("keras", tmp_path / "model.keras", tmp_path / "bundle", *words) == 0
    examples = find_examples(make_logits(model), sides)
    short = [(ids[: len(ids) - ends], found) for ids, found in examples if len(ids) <= 4 + ends]
    right = [found == [4 + (letter - 3) % 6 for letter in ids] for ids, found in short]
    assert sum(right) > 0.8 * len(right) > 20
    check_greedy(tmp_path / "bundle", examples, sides)
    assert translate(tmp_path / "bundle", ["abc", "fa"]) == ["BCD", "AB"]


def test_keras_is_not_needed(tmp_path):
    """The importer reads the file without Keras."""
    model, sides = make_model("stacked")
    model.save(tmp_path / "model.keras")
    words = ["keras", tmp_path / "model.keras", tmp_path / "bundle", *sides.write(tmp_path)]
    program = (
        "import sys; from s2s_tools.convert import main; "
        "assert main(sys.argv[1:]) == 0 and 'keras' not in sys.modules"
    )
    command = [sys.executable, "-c", program, *map(str, words)]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2] / "tools")


def as_keras_2(layer):
    """A layer of the graph as Keras 2 wrote it: initial states are further inputs."""

    def refs(value):
        if isinstance(value, list):
            return [ref for item in value for ref in refs(item)]
        tensor = isinstance(value, dict) and value["class_name"] == "__keras_tensor__"
        return [[*value["config"]["keras_history"], {}]] if tensor else []

    calls = [
        refs([call["args"], call["kwargs"].get("initial_state")]) for call in layer["inbound_nodes"]
    ]
    config = dict(layer["config"])
    if "batch_shape" in config:
        config["batch_input_shape"] = config.pop("batch_shape")
    return {**layer, "config": config, "inbound_nodes": calls}


@pytest.mark.parametrize("name", ["onehot", "gru", "dot"])
def test_graph_of_keras_2(name, tmp_path):
    """A `.h5` file with the graph in the older form gives the same bundle."""
    model, sides = make_model(name)
    model.save(tmp_path / "model.h5")
    words = sides.write(tmp_path)
    assert run("keras", tmp_path / "model.h5", tmp_path / "bundle", *words) == 0
    with h5py.File(tmp_path / "model.h5", "r+") as file:
        table = json.loads(file.attrs["model_config"])
        graph = table["config"]
        graph["layers"] = [as_keras_2(layer) for layer in graph["layers"]]
        graph["output_layers"] = [graph["output_layers"]]
        file.attrs["model_config"] = json.dumps(table)
    assert run("keras", tmp_path / "model.h5", tmp_path / "older", *words) == 0
    first, second = ((tmp_path / b / "model.safetensors").read_bytes() for b in ("bundle", "older"))
    assert first == second


def make_odd(
    encoder=None,
    decoder=None,
    between=lambda x: x,
    states=lambda s: s,
    top=lambda y, x: y,
    size=TARGET,
):
    """An LSTM encoder and decoder with something changed."""
    source, target = keras.Input((None,)), keras.Input((None,))
    common = {"units": 8, "return_sequences": True, "return_state": True}
    x, *given = layers.LSTM(**common | (encoder or {}))(embed(source, SOURCE, 6, False))
    y = embed(target, TARGET, 6, False)
    y, *_ = layers.LSTM(**common | (decoder or {}))(between(y), initial_state=states(given))
    return keras.Model([source, target], outputs(top(y, x), size))


def make_crossed():
    """Two layers each; the decoder's lower starts from the encoder's upper and the other way."""
    source, target = keras.Input((None,)), keras.Input((None,))
    x, *lower = layers.LSTM(8, return_sequences=True, return_state=True)(
        embed(source, SOURCE, 6, False)
    )
    _, *upper = layers.LSTM(8, return_state=True)(x)
    y = layers.LSTM(8, return_sequences=True)(embed(target, TARGET, 6, False), initial_state=upper)
    y = layers.LSTM(8, return_sequences=True)(y, initial_state=lower)
    return keras.Model([source, target], outputs(y, TARGET))


def make_turned():
    """A bidirectional layer whose first half reads backwards."""
    source, target = keras.Input((None,)), keras.Input((None,))
    both = layers.Bidirectional(
        layers.GRU(4, return_state=True, go_backwards=True),
        backward_layer=layers.GRU(4, return_state=True),
    )
    _, first, second = both(embed(source, SOURCE, 6, False))
    joined = layers.Concatenate()([first, second])
    y = layers.GRU(8, return_sequences=True)(embed(target, TARGET, 6, False), initial_state=joined)
    return keras.Model([source, target], outputs(y, TARGET))


ODD = {
    "relu": (lambda: make_odd(encoder={"activation": "relu"}), "activation is 'relu', the format"),
    "hard": (
        lambda: make_odd(decoder={"recurrent_activation": "hard_sigmoid"}),
        "recurrent_activation is 'hard_sigmoid', the format has only 'sigmoid'",
    ),
    "backwards": (lambda: make_odd(encoder={"go_backwards": True}), "go_backwards is True"),
    "turned": (make_turned, "go_backwards is True, the format has only False"),
    "no states": (lambda: make_odd(states=lambda s: None), "0 initial states, expected 2"),
    "swapped": (lambda: make_odd(states=lambda s: s[::-1]), "its h starts from outputs [2]"),
    "crossed": (make_crossed, "start from the encoder's layers [1, 0], the format starts each"),
    "relu above": (
        lambda: make_odd(top=lambda y, x: layers.Dense(5, activation="relu")(y)),
        "activation is 'relu', expected tanh or linear",
    ),
    "norm": (
        lambda: make_odd(between=layers.LayerNormalization()),
        "(LayerNormalization) stands below the decoder, expected Embedding",
    ),
    "one layer": (
        lambda: make_odd(top=lambda y, x: layers.SimpleRNN(8, return_sequences=True)(y)),
        "(SimpleRNN) stands below the generator",
    ),
    "more tokens": (lambda: make_odd(size=12), "the output has 12 tokens, the decoder's input 11"),
    "sequential": (
        lambda: keras.Sequential([keras.Input((None,)), layers.Embedding(5, 6), layers.LSTM(8)]),
        "the model is Sequential, expected Functional",
    ),
}


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("name", ODD)
def test_graphs_without_a_place(name, ending, tmp_path, capsys):
    """What the architecture cannot do is refused, and the layer is named."""
    make, message = ODD[name]
    make().save(tmp_path / f"model.{ending}")
    capsys.readouterr()
    words = make_sides(SOURCE, TARGET, "word").write(tmp_path)
    error = fails(capsys, "keras", tmp_path / f"model.{ending}", tmp_path / "bundle", *words)
    assert message in error


def test_masked_id_must_be_pad(tmp_path, capsys):
    """Where an embedding masks id 0, no text may say that token."""
    model, sides = make_model("stacked")
    model.save(tmp_path / "model.keras")
    words = sides.write(tmp_path)
    at = words.index("--pad")
    words = words[:at] + words[at + 2 :]
    error = fails(capsys, "keras", tmp_path / "model.keras", tmp_path / "bundle", *words)
    assert "the source embedding masks id 0, but pad is -1" in error


def rewrite(path, change):
    """Write a `.keras` file anew: change (graph, weights file)."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    graph = json.loads(files["config.json"])
    weights = path.with_suffix(".weights.h5")
    weights.write_bytes(files["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        change(graph["config"], file["layers"])
    files |= {"config.json": json.dumps(graph), "model.weights.h5": weights.read_bytes()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def replace(name, value):
    """Another array in the place of one."""

    def change(graph, weights):
        del weights[name]
        weights[name] = value

    return change


def delete(name):
    """A dataset or a group too few."""
    return lambda graph, weights: weights.__delitem__(name)


def edit(at, key, value):
    """A change of an entry of the graph."""
    return lambda graph, weights: graph["layers"][at].__setitem__(key, value)


def lead_back(graph, name):
    """Let a layer read its own output."""
    layer = next(entry for entry in graph["layers"] if entry["name"].startswith(name))
    tensor = layer["inbound_nodes"][0]["args"][0]
    tensor["config"]["keras_history"] = [layer["name"], 0, 0]


BROKEN = {
    "shape": (
        replace("dense/vars/0", numpy.ones((9, 11))),
        "weight: expected [11, 10], got [11, 9]",
    ),
    "rank": (replace("lstm/cell/vars/2", numpy.ones((2, 40))), "is [2, 40], expected [40]"),
    "inputs": (replace("lstm/cell/vars/0", numpy.ones((13, 40))), "reads 13 values, but what is"),
    "integers": (replace("dense/vars/1", numpy.ones(11, int)), "type torch.int64, expected float"),
    "text": (replace("dense/vars/1", "abc"), "damaged"),
    "nan": (replace("dense/vars/1", numpy.full(11, numpy.nan)), "values that are not finite"),
    "empty": (replace("dense/vars/1", numpy.ones(0)), "layers/dense/vars/1 has no data"),
    "missing": (delete("lstm/cell/vars/2"), "has 2 weights, expected 3"),
    "no layer": (delete("lstm_1"), "has 0 weights, expected 3"),
    "extra": (lambda g, w: w.create_dataset("dense_1/vars/0", data=[1.0]), "lacks: dense_1"),
    "another": (lambda g, w: w["lstm/vars"].attrs.modify("name", "x"), "has the weights of x"),
    "many tokens": (
        lambda g, w: g["layers"][0]["config"].update(batch_shape=[None, None, 9000]),
        "9000 tokens one-hot, expected 1 to 8192",
    ),
    "no calls": (edit(-1, "inbound_nodes", []), "the graph names a call 0 of"),
    "no list": (edit(-1, "inbound_nodes", 3), "damaged"),
    "no class": (lambda g, w: g["layers"][1].pop("class_name"), "damaged"),
    "no units": (lambda g, w: g["layers"][-1]["config"].pop("units"), "damaged"),
    "circle": (lambda g, w: lead_back(g, "lstm_1"), "goes round in a circle"),
    "many outputs": (lambda g, w: g.update(output_layers=[["a", 0, 0]] * 2), "2 outputs, expected"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files(name, tmp_path, capsys):
    """Weights and graphs that are not whole."""
    model, sides = make_model("onehot")
    model.save(tmp_path / "model.keras")
    change, message = BROKEN[name]
    rewrite(tmp_path / "model.keras", change)
    words = sides.write(tmp_path)
    error = fails(capsys, "keras", tmp_path / "model.keras", tmp_path / "bundle", *words)
    assert message in error


@pytest.mark.parametrize("share", [0, 0.001, 0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_damaged_files(ending, share, tmp_path, capsys):
    """Files that are cut."""
    model, sides = make_model("onehot")
    path = tmp_path / f"model.{ending}"
    model.save(path)
    capsys.readouterr()
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    error = fails(capsys, "keras", path, tmp_path / "bundle", *sides.write(tmp_path))
    assert "damaged" in error or "is neither a .keras file" in error


def test_other_files(tmp_path, capsys):
    """Weights alone, a zip of something else, a graph that is no JSON."""
    model, sides = make_model("onehot")
    words = ["keras", tmp_path / "model.weights.h5", tmp_path / "bundle", *sides.write(tmp_path)]
    model.save_weights(words[1])
    assert "it holds weights only" in fails(capsys, *words)
    with zipfile.ZipFile(words[1], "w") as archive:
        archive.writestr("config.json", "{")
    assert "lacks model.weights.h5" in fails(capsys, *words)
    with zipfile.ZipFile(words[1], "a") as archive:
        archive.writestr("model.weights.h5", "x")
    assert "damaged" in fails(capsys, *words)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import os; os.kill(os.getpid(), 11)", "HDF5 ends with signal 11"),
        ("while True: pass", "HDF5 does not come to an end"),
    ],
)
def test_crash_of_the_hdf5_library(program, message, tmp_path, capsys, monkeypatch):
    """Another process reads the file first, and may crash or hang."""
    model, sides = make_model("onehot")
    model.save(tmp_path / "model.keras")
    monkeypatch.setattr(keras_file, "PROBE", program)
    monkeypatch.setattr(keras_file, "PROBE_SECONDS", 1)
    words = sides.write(tmp_path)
    error = fails(capsys, "keras", tmp_path / "model.keras", tmp_path / "bundle", *words)
    assert message in error


def test_without_h5py(tmp_path, capsys, monkeypatch):
    """The message names the package."""
    monkeypatch.setitem(sys.modules, "h5py", None)
    words = make_sides(SOURCE, TARGET).write(tmp_path)
    error = fails(capsys, "keras", tmp_path / "model.keras", tmp_path / "bundle", *words)
    assert "keras needs the package h5py" in error


def test_vocabulary_must_fit(tmp_path, capsys):
    """More tokens than the model has."""
    model, _ = make_model("onehot")
    model.save(tmp_path / "model.keras")
    words = make_sides(SOURCE + 1, TARGET).write(tmp_path)
    error = fails(capsys, "keras", tmp_path / "model.keras", tmp_path / "bundle", *words)
    assert "the source vocabulary has 13 tokens, but the model 12" in error
