# SPDX-License-Identifier: LGPL-2.1-or-later
"""Read a Keras model file, `.keras` or `.h5`, without Keras: its graph of layers and weights."""

import io
import json
import re
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass, field

import numpy
import torch

from s2s_tools.importers.common import ConversionError, checked

# Layers that hand on what they get when a model is used
PASSING = ("Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "Masking")
# A state of a random number generator is no weight
NO_WEIGHT = "seed_generator"


@dataclass
class Layer:
    """A layer: its class, its config and its weights in the order of Keras."""

    name: str
    kind: str
    config: dict
    weights: list = field(default_factory=list)


@dataclass(frozen=True)
class Ref:
    """An output of a node: the layer's name, which call of it, which of its outputs."""

    name: str
    call: int
    index: int


@dataclass(frozen=True)
class Node:
    """A call of a layer: what goes in, the initial states of a recurrent layer, options."""

    layer: Layer
    inputs: list
    states: list
    options: dict


@dataclass
class Graph:
    """A functional model: nodes by (layer name, call), and its one output."""

    nodes: dict
    output: Ref
    used: set = field(default_factory=set)

    def node(self, ref):
        """The node that a reference names; it counts as used."""
        if (ref.name, ref.call) not in self.nodes:
            raise ConversionError(
                f"the graph names a call {ref.call} of {ref.name}, which it lacks"
            )
        self.used.add(ref.name)
        return self.nodes[ref.name, ref.call]

    def behind(self, ref):
        """The reference behind all layers that only hand on."""
        for _ in range(len(self.nodes) + 1):
            node = self.node(ref)
            plain = node.layer.kind == "Activation" and node.layer.config["activation"] == "linear"
            if node.layer.kind not in PASSING and not plain:
                return ref
            ref = only(node, "input")
        raise ConversionError(f"the graph goes round in a circle at {ref.name}")

    def unused(self):
        """Names of layers that nothing reached; masks are made by operations, not by layers."""
        layers = {node.layer.name: node.layer for node in self.nodes.values()}
        operations = {"NotEqual", "Any"}
        return sorted(
            n for n, la in layers.items() if n not in self.used and la.kind not in operations
        )


def only(node, what):
    """The one input of a node."""
    if len(node.inputs) != 1:
        raise ConversionError(f"{node.layer.name} has {len(node.inputs)} {what}s, expected 1")
    return node.inputs[0]


def unwrapped(layer):
    """The layer inside a TimeDistributed, with its weights; any other as it is."""
    if layer.kind != "TimeDistributed":
        return layer
    inner = layer.config["layer"]
    return Layer(layer.name, inner["class_name"], inner["config"], layer.weights)


def find_refs(value):
    """All references in the arguments of a call as Keras 3 writes them."""
    if isinstance(value, list):
        return [ref for item in value for ref in find_refs(item)]
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return [Ref(*value["config"]["keras_history"])]
    return []


def parse_call(call):
    """inputs, states and options of a call of a layer, of Keras 3 or of Keras 2."""
    if isinstance(call, dict):
        inputs, *more = call["args"]
        options = call["kwargs"]
        return find_refs(inputs), find_refs([more, options.get("initial_state")]), options
    calls = [call] if isinstance(call[0], str) else call
    refs = [Ref(*item[:3]) for item in calls]
    options = calls[0][3] if len(calls[0]) > 3 else {}
    return refs, [Ref(*item[:3]) for item in options.get("initial_state") or []], options


def is_recurrent(layer):
    """Whether further inputs of Keras 2 are initial states."""
    return layer.kind in ("LSTM", "GRU", "Bidirectional")


def parse_graph(config, weights):
    """The graph of config.json; `weights` gives the arrays of a layer of the list."""
    if config.get("class_name") not in ("Functional", "Model"):
        raise ConversionError(
            f"the model is {config.get('class_name')}, expected Functional: "
            "an encoder and a decoder with two inputs"
        )
    table = config["config"]
    layers = [
        Layer(entry["name"], entry["class_name"], entry["config"]) for entry in table["layers"]
    ]
    nodes = {}
    for layer, entry, arrays in zip(layers, table["layers"], weights(layers), strict=True):
        layer.weights = arrays
        for at, call in enumerate(entry["inbound_nodes"]):
            inputs, states, options = parse_call(call)
            if is_recurrent(layer) and not states:
                inputs, states = inputs[:1], inputs[1:]
            nodes[layer.name, at] = Node(layer, inputs, states, options)
        if layer.kind == "InputLayer":
            nodes[layer.name, 0] = Node(layer, [], [], {})
    outputs = table["output_layers"]
    outputs = [outputs] if outputs and isinstance(outputs[0], str) else outputs
    if len(outputs) != 1:
        raise ConversionError(f"the model has {len(outputs)} outputs, expected 1, the decoder's")
    return Graph(nodes, Ref(*outputs[0]))


def to_tensor(dataset, name):
    """A dataset as a checked f32 tensor."""
    if not dataset.size or not dataset.id.get_storage_size():
        raise ConversionError(f"{name} has no data")
    tensor = torch.from_numpy(numpy.array(dataset[()]))
    return checked(tensor, name, *tensor.shape)


def snake_case(kind):
    """The name that Keras 3 gives the group of the first layer of a class."""
    name = re.sub(r"\W+", "", kind)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def natural(path):
    """Sorts paths as Keras lists weights: the forward layer first, variables by number."""
    return [
        (not part.startswith("forward"), int(part) if part.isdigit() else -1, part)
        for part in path.split("/")
    ]


def find_datasets(group, h5py):
    """path → dataset of all weights below a group."""
    found = {}

    def visit(path, item):
        if isinstance(item, h5py.Dataset) and NO_WEIGHT not in path:
            found[path] = item

    group.visititems(visit)
    return found


def read_grouped(file, h5py):
    """The weights of model.weights.h5: groups are numbered by class, in the order of the layers."""
    root = file["layers"]

    def weights(layers):
        counts, arrays, known = {}, [], set()
        for layer in layers:
            base = snake_case(layer.kind)
            number = counts.setdefault(base, 0)
            counts[base] += 1
            name = f"{base}_{number}" if number else base
            known.add(name)
            arrays.append(read_group(root, name, layer, h5py))
        extra = sorted(set(root) - known)
        if extra:
            raise ConversionError(f"weights of layers that the model lacks: {', '.join(extra)}")
        return arrays

    return weights


def read_group(root, name, layer, h5py):
    """The arrays of one layer; a newer file says whose they are."""
    if name not in root:
        return []
    said = root[name]["vars"].attrs.get("name") if "vars" in root[name] else None
    if said is not None and str(said) != layer.name:
        raise ConversionError(f"layers/{name} has the weights of {said}, expected {layer.name}")
    found = find_datasets(root[name], h5py)
    return [to_tensor(found[path], f"layers/{name}/{path}") for path in sorted(found, key=natural)]


def read_attribute(group, name):
    """A list of names in attributes, which HDF5's limit may have cut into name0, name1, …"""
    if name in group.attrs:
        parts = [group.attrs[name]]
    else:
        count = next(n for n in range(len(group.attrs) + 1) if f"{name}{n}" not in group.attrs)
        parts = [group.attrs[f"{name}{n}"] for n in range(count)]
        if not parts:
            raise ConversionError(f"{group.name} has no attribute {name}")
    return [n.decode() if isinstance(n, bytes) else str(n) for part in parts for n in part]


def read_listed(file):
    """The weights of a whole-model `.h5`: the attributes say which belong to a layer."""
    root = file.get("model_weights", file)

    def weights(layers):
        listed = set(read_attribute(root, "layer_names"))
        extra = sorted(listed - {layer.name for layer in layers})
        if extra:
            raise ConversionError(f"weights of layers that the model lacks: {', '.join(extra)}")
        return [read_one(layer.name) if layer.name in listed else [] for layer in layers]

    def read_one(name):
        paths = [p for p in read_attribute(root[name], "weight_names") if NO_WEIGHT not in p]
        return [to_tensor(root[name][path], f"{name}: {path}") for path in paths]

    return weights


# Reads all there is in a HDF5 file: the library crashes on some damaged ones, and better there
PROBE = """
import h5py, io, sys
with h5py.File(io.BytesIO(sys.stdin.buffer.read()), "r") as file:
    def visit(name, item):
        list(item.attrs.values())
        if isinstance(item, h5py.Dataset) and item.size and item.id.get_storage_size():
            item[()]
    visit("/", file)
    file.visititems(visit)
"""
PROBE_SECONDS = 300
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OverflowError, RuntimeError, StopIteration)


def open_h5(data, h5py):
    """The HDF5 file of these bytes, once another process has read it and lives."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROBE], input=data, capture_output=True, timeout=PROBE_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise ConversionError("HDF5 does not come to an end of reading: damaged weights") from None
    if done.returncode < 0:
        raise ConversionError(f"HDF5 ends with signal {-done.returncode}: damaged weights")
    return h5py.File(io.BytesIO(data), "r")


def read_zip(path, h5py):
    """The graph of a `.keras` file."""
    with zipfile.ZipFile(path) as archive:
        missing = {"config.json", "model.weights.h5"} - set(archive.namelist())
        if missing:
            raise ConversionError(f"{path} lacks {', '.join(sorted(missing))}")
        config = json.loads(archive.read("config.json"))
        with open_h5(archive.read("model.weights.h5"), h5py) as file:
            return parse_graph(config, read_grouped(file, h5py))


def read_h5(path, h5py):
    """The graph of a `.h5` file of a whole model."""
    with open_h5(path.read_bytes(), h5py) as file:
        if "model_config" not in file.attrs:
            raise ConversionError(
                f"{path} has no model_config: it holds weights only; save the whole model"
            )
        return parse_graph(json.loads(file.attrs["model_config"]), read_listed(file))


def read_model(path):
    """The graph of a Keras file, whichever it is."""
    try:
        import h5py
    except ImportError:
        raise ConversionError("keras needs the package h5py: pip install h5py") from None
    with open(path, "rb") as file:
        start = file.read(8)
    try:
        if start.startswith(b"PK"):
            return read_zip(path, h5py)
        if start == b"\x89HDF\r\n\x1a\n":
            return read_h5(path, h5py)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ConversionError(f"{path} is damaged: {' '.join(str(error).split())}") from None
    except DAMAGE as error:
        raise ConversionError(f"{path} is damaged: {' '.join(str(error).split())}") from None
    raise ConversionError(f"{path} is neither a .keras file (a zip) nor HDF5")
