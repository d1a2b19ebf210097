# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keras models of the functional kind: an encoder whose states start a decoder.

The graph is read from its output to its inputs, and every layer must be where the architecture
`rnn` has a place for it.
"""

from dataclasses import dataclass, replace

import torch

from s2s_tools.hyperparameters import OUTPUT_ACTIVATIONS, Hyperparameters
from s2s_tools.importers.common import (
    LARGEST,
    ConversionError,
    Converted,
    checked,
    read_tokenizers,
    shape_of,
    widened,
)
from s2s_tools.importers.keras_file import only, read_model, unwrapped

RECURRENT = ("LSTM", "GRU")
FUNCTIONS = {
    "linear": lambda x: x,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
}


@dataclass(frozen=True)
class Recurrent:
    """A recurrent layer: its cell, hidden units of both directions, and (W, U, b) of each."""

    name: str
    cell: str
    units: int
    directions: list


@dataclass(frozen=True)
class Table:
    """What tokens become: a matrix [V, E], and whether id 0 is masked."""

    matrix: torch.Tensor
    masks_zero: bool


@dataclass(frozen=True)
class Start:
    """Where a decoder's layer starts: a node of the encoder, and the Dense layers between."""

    encoder: tuple
    bridge: dict


@dataclass(frozen=True)
class Top:
    """What stands on the decoder: its top output, the attention's name, memory and matrices.

    activation: that of the layer between the decoder and the generator, if there is one
    """

    decoder: object
    attention: str
    memory: object
    tensors: dict
    activation: str = "tanh"


def expect(layer, key, wanted, default=None):
    """Complain unless an option of the layer is what the format has."""
    got = layer.config.get(key, default)
    if got != wanted:
        raise ConversionError(f"{layer.name}: {key} is {got!r}, the format has only {wanted!r}")


def expect_kind(layer, kinds, place):
    """Complain of a layer that the format does not have in that place."""
    if layer.kind not in kinds:
        raise ConversionError(
            f"{layer.name} ({layer.kind}) stands {place}, expected {' or '.join(kinds)}"
        )


def take_weights(layer, names):
    """The weights of a layer by name."""
    if len(layer.weights) != len(names):
        raise ConversionError(
            f"{layer.name} has {len(layer.weights)} weights, expected {len(names)}: "
            f"{', '.join(names)}"
        )
    return dict(zip(names, layer.weights, strict=True))


def read_dense(layer):
    """weight [units, inputs] and bias of a Dense layer."""
    biased = layer.config.get("use_bias", True)
    found = take_weights(layer, ["kernel", "bias"] if biased else ["kernel"])
    units = layer.config["units"]
    kernel = checked(found["kernel"], f"{layer.name}: kernel", None, units)
    bias = found.get("bias", torch.zeros(units))
    return kernel.T.contiguous(), checked(bias, f"{layer.name}: bias", units)


def name_cell(layer):
    """The cell of a layer, whose functions must be those of the format."""
    expect_kind(layer, RECURRENT, "as a recurrent layer")
    expect(layer, "activation", "tanh", "tanh")
    expect(layer, "recurrent_activation", "sigmoid", "hard_sigmoid")
    expect(layer, "time_major", False, False)
    if layer.kind == "LSTM":
        return "lstm"
    return "gru" if layer.config.get("reset_after", False) else "gru-reset-before"


def swapped(matrix, units):
    """Rows of the gates z, r, h in the order r, z, n."""
    z, r, h = matrix.split(units)
    return torch.cat([r, z, h])


def read_direction(layer, cell, weights):
    """weight_ih, weight_hh, bias_ih, bias_hh of one direction in the format's order."""
    units = layer.config["units"]
    names = ["kernel", "recurrent_kernel"] + ["bias"] * bool(layer.config.get("use_bias", True))
    found = take_weights(type(layer)(layer.name, layer.kind, layer.config, weights), names)
    rows = units * (4 if cell == "lstm" else 3)
    what = f"{layer.name}: "
    values = [
        checked(found["kernel"], what + "kernel", None, rows).T,
        checked(found["recurrent_kernel"], what + "recurrent_kernel", units, rows).T,
    ]
    shape = (2, rows) if cell == "gru" else (rows,)
    bias = checked(found.get("bias", torch.zeros(shape)), what + "bias", *shape)
    values += list(bias) if cell == "gru" else [bias, torch.zeros(rows)]
    if cell != "lstm":
        values = [swapped(value, units) for value in values]
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return {name: value.contiguous() for name, value in zip(names, values, strict=True)}


def read_recurrent(layer):
    """A recurrent layer or a bidirectional pair of them."""
    kind = type(layer)
    if layer.kind != "Bidirectional":
        cell = name_cell(layer)
        expect(layer, "go_backwards", False, False)
        parts = [read_direction(layer, cell, layer.weights)]
        return Recurrent(layer.name, cell, layer.config["units"], parts)
    expect(layer, "merge_mode", "concat", "concat")
    inner = layer.config["layer"]
    forward = kind(layer.name, inner["class_name"], inner["config"])
    inner = layer.config.get("backward_layer") or inner
    backward = kind(layer.name, inner["class_name"], inner["config"])
    expect(forward, "go_backwards", False, False)
    expect(backward, "go_backwards", "backward_layer" in layer.config, False)
    cell = name_cell(forward)
    same = ("units", "use_bias", "reset_after")
    if name_cell(backward) != cell or any(
        forward.config.get(key) != backward.config.get(key) for key in same
    ):
        raise ConversionError(f"{layer.name}: the two directions differ")
    half = len(layer.weights) // 2
    parts = [
        read_direction(forward, cell, layer.weights[:half]),
        read_direction(backward, cell, layer.weights[half:]),
    ]
    return Recurrent(layer.name, cell, 2 * forward.config["units"], parts)


def read_table(graph, ref, side):
    """What stands below the first recurrent layer: Embedding, Dense on one-hot, or one-hot."""
    node = graph.node(graph.behind(ref))
    layer = unwrapped(node.layer)
    expect_kind(layer, ("Embedding", "Dense", "InputLayer"), f"below the {side}")
    if layer.kind == "InputLayer":
        shape = layer.config.get("batch_shape", layer.config.get("batch_input_shape"))
        if not isinstance(shape, list) or len(shape) != 3 or type(shape[2]) is not int:
            raise ConversionError(
                f"{layer.name}: the shape is {shape}, expected [batch, steps, tokens], one-hot"
            )
        if not 1 <= shape[2] <= LARGEST["rnn"]["embedding_size"]:
            most = LARGEST["rnn"]["embedding_size"]
            raise ConversionError(f"{layer.name}: {shape[2]} tokens one-hot, expected 1 to {most}")
        return Table(torch.eye(shape[2]), False)
    below = graph.node(graph.behind(only(node, "input"))).layer
    expect_kind(below, ("InputLayer",), f"below {layer.name}")
    if layer.kind == "Embedding":
        shape = (layer.config["input_dim"], layer.config["output_dim"])
        matrix = take_weights(layer, ["embeddings"])["embeddings"]
        matrix = checked(matrix, f"{layer.name}: embeddings", *shape)
        return Table(matrix, bool(layer.config.get("mask_zero")))
    function = layer.config.get("activation", "linear")
    if function not in FUNCTIONS:
        raise ConversionError(
            f"{layer.name}: activation is {function!r}, expected {', '.join(FUNCTIONS)}"
        )
    weight, bias = read_dense(layer)
    return Table(FUNCTIONS[function](weight.T + bias), False)


def read_generator(graph):
    """The softmax layer: its tensors, and what goes into it."""
    ref = graph.behind(graph.output)
    node = graph.node(ref)
    layer, function = unwrapped(node.layer), "softmax"
    if layer.kind == "Activation":
        expect(layer, "activation", "softmax")
        node = graph.node(graph.behind(only(node, "input")))
        layer, function = unwrapped(node.layer), "linear"
    expect_kind(layer, ("Dense",), "at the output")
    got = layer.config.get("activation", "linear")
    if got not in (function, "linear"):
        raise ConversionError(f"{layer.name}: activation is {got!r}, expected {function!r}")
    weight, bias = read_dense(layer)
    return {"generator.weight": weight, "generator.bias": bias}, only(node, "input")


def read_attention(graph, node):
    """The kind of attention, its tensors, and the references of the query and the memory."""
    layer = node.layer
    if len(node.inputs) not in (2, 3) or node.inputs[1:2] != node.inputs[2:] and node.inputs[2:]:
        raise ConversionError(f"{layer.name}: expected a query and one value that is the key too")
    expect(layer, "score_mode", "dot", "dot")
    if node.options.get("use_causal_mask"):
        raise ConversionError(f"{layer.name}: use_causal_mask hides source positions")
    scaled = layer.config.get("use_scale", layer.kind == "AdditiveAttention")
    scale = take_weights(layer, ["scale"] if scaled else []).get("scale")
    query, memory = (graph.behind(ref) for ref in node.inputs[:2])
    return layer.kind, scale, query, memory


def attention_tensors(kind, scale, units):
    """attention and its tensors in the format's names: Keras has no matrices there."""
    if kind == "Attention":
        if scale is None:
            return "dot", {}
        return "general", {"attention.query.weight": torch.eye(units) * scale}
    scale = torch.ones(units) if scale is None else checked(scale, "scale of attention", units)
    return "additive", {
        "attention.query.weight": torch.eye(units),
        "attention.key.weight": torch.eye(units),
        "attention.key.bias": torch.zeros(units),
        "attention.v": scale,
    }


def read_joined(graph, node, weight):
    """Top of a decoder with attention; the columns of the output layer as [context ; h]."""
    layer = node.layer
    if layer.config.get("axis", -1) not in (-1, 2) or len(node.inputs) != 2:
        raise ConversionError(f"{layer.name}: expected two inputs joined along the last axis")
    refs = [graph.behind(ref) for ref in node.inputs]
    kinds = [graph.node(ref).layer.kind for ref in refs]
    at = next((i for i, k in enumerate(kinds) if k in ("Attention", "AdditiveAttention")), None)
    if at is None:
        raise ConversionError(f"{layer.name} joins {' and '.join(kinds)}, expected an attention")
    kind, scale, query, memory = read_attention(graph, graph.node(refs[at]))
    if query != refs[1 - at]:
        raise ConversionError(f"{layer.name}: what asks the attention is not what is joined to it")
    if weight.size(1) % 2:
        raise ConversionError(
            f"{layer.name} is followed by a Dense layer that reads {weight.size(1)} values, "
            "expected as many of the attention as of the decoder"
        )
    units = weight.size(1) // 2
    attention, tensors = attention_tensors(kind, scale, units)
    columns = list(weight.split(units, dim=1))
    tensors["output.weight"] = torch.cat(columns if at == 0 else columns[::-1], dim=1)
    return Top(query, attention, memory, tensors)


def read_top(graph, ref, width):
    """What stands between the decoder's top layer and the generator, which reads `width` values.

    Where attention goes into the generator as it is, the layer between is an identity.
    """
    ref = graph.behind(ref)
    node = graph.node(ref)
    layer = unwrapped(node.layer)
    if layer.kind in RECURRENT:
        return Top(ref, "none", None, {})
    if layer.kind == "Concatenate":
        top = read_joined(graph, node, torch.eye(width))
        return replace(
            top, tensors={**top.tensors, "output.bias": torch.zeros(width)}, activation="linear"
        )
    expect_kind(layer, ("Dense", *RECURRENT), "below the generator")
    activation = layer.config.get("activation", "linear")
    if activation not in OUTPUT_ACTIVATIONS:
        raise ConversionError(
            f"{layer.name}: activation is {activation!r}, expected tanh or linear"
        )
    weight, bias = read_dense(layer)
    below = graph.behind(only(node, "input"))
    inner = graph.node(below)
    if inner.layer.kind == "Concatenate":
        top = read_joined(graph, inner, weight)
    else:
        expect_kind(inner.layer, RECURRENT, f"below {layer.name}")
        top = Top(below, "none", None, {"output.weight": weight})
    return replace(top, tensors={**top.tensors, "output.bias": bias}, activation=activation)


def walk_down(graph, ref):
    """The recurrent layers from the lowest up to this one, and what the lowest reads."""
    nodes = []
    while len(nodes) <= len(graph.nodes):
        ref = graph.behind(ref)
        node = graph.node(ref)
        if node.layer.kind not in (*RECURRENT, "Bidirectional"):
            return nodes[::-1], ref
        if ref.index != 0:
            raise ConversionError(f"a state of {ref.name} is read as its output")
        if len(node.inputs) != 1:
            raise ConversionError(f"{ref.name} has {len(node.inputs)} inputs, expected 1")
        nodes.append((ref.name, ref.call))
        ref = node.inputs[0]
    raise ConversionError(f"the graph goes round in a circle at {ref.name}")


def state_of(graph, refs, part, where):
    """The encoder's node whose state these references are: of each direction in turn."""
    names = {(ref.name, ref.call) for ref in refs}
    if len(names) != 1:
        raise ConversionError(f"{where} starts from {len(names)} layers, expected one")
    layer = graph.node(refs[0]).layer
    expect_kind(layer, (*RECURRENT, "Bidirectional"), f"where {where} starts")
    both = layer.kind == "Bidirectional"
    inner = layer.config["layer"]["class_name"] if both else layer.kind
    step = 2 if inner == "LSTM" else 1
    wanted = [1 + part + step * d for d in range(1 + both)]
    got = [ref.index for ref in refs]
    if got != wanted:
        raise ConversionError(
            f"{where}: its {'hc'[part]} starts from outputs {got} of {layer.name}, "
            f"expected {wanted}"
        )
    return names.pop()


def read_start(graph, node):
    """Where a layer of the decoder starts."""
    name = node.layer.name
    parts = 2 if node.layer.kind == "LSTM" else 1
    if len(node.states) != parts:
        raise ConversionError(
            f"{name} has {len(node.states)} initial states, expected {parts}, the encoder's last"
        )
    places, bridge = set(), {}
    for part, ref in enumerate(node.states):
        ref = graph.behind(ref)
        above = graph.node(ref)
        if above.layer.kind == "Dense":
            expect(above.layer, "activation", "tanh", "linear")
            bridge["hc"[part]] = read_dense(above.layer)
            ref = graph.behind(only(above, "input"))
            above = graph.node(ref)
        joined = above.layer.kind == "Concatenate"
        refs = [graph.behind(r) for r in above.inputs] if joined else [ref]
        places.add(state_of(graph, refs, part, name))
    if len(places) != 1 or bridge and len(bridge) != parts:
        raise ConversionError(f"{name}: h and c do not start in the same way from one layer")
    return Start(places.pop(), bridge)


def find_encoder(graph, starts, memory):
    """The encoder's nodes from the lowest up, and what the lowest reads."""
    ends = {start.encoder for start in starts} | ({(memory.name, memory.call)} if memory else set())
    kind = type(graph.output)
    chains = [walk_down(graph, kind(name, call, 0)) for name, call in sorted(ends)]
    nodes, below = max(chains, key=lambda chain: len(chain[0]))
    if not ends <= set(nodes):
        raise ConversionError("the decoder starts from layers that are not in one encoder")
    if memory and memory.index != 0:
        raise ConversionError(f"attention reads a state of {memory.name}, expected its output")
    if memory and (memory.name, memory.call) != nodes[-1]:
        raise ConversionError("attention reads a layer that is not the top of the encoder")
    for name in nodes:
        if graph.nodes[name].states:
            raise ConversionError(f"{name[0]}: an encoder layer with initial states")
    return nodes, below


def name_starts(starts, encoder):
    """bridge_from: which of the encoder's layers the decoder's layers start from."""
    got = [encoder.index(start.encoder) for start in starts]
    top = len(encoder) - 1
    if len({bool(start.bridge) for start in starts}) != 1:
        raise ConversionError("some of the decoder's layers start through a Dense layer, some not")
    if got == [min(at, top) for at in range(len(starts))]:
        return "same"
    if set(got) == {top}:
        return "top"
    raise ConversionError(
        f"the decoder's layers start from the encoder's layers {got}, the format starts each from "
        f"that of its number, or all from layer {top}"
    )


def name_direction(encoder):
    """encoder_direction of the layers."""
    both = [len(layer.directions) == 2 for layer in encoder]
    if not any(both):
        return "forward"
    if all(both):
        return "bidirectional"
    if both[0] and not any(both[1:]):
        return "first-bidirectional"
    raise ConversionError(
        f"bidirectional layers of the encoder: {both}, the format has none, the first, or all"
    )


def check_same(layers):
    """All recurrent layers have one cell and one size."""
    for key in ("cell", "units"):
        found = {getattr(layer, key): layer.name for layer in layers}
        if len(found) != 1:
            listed = ", ".join(f"{value} ({name})" for value, name in found.items())
            raise ConversionError(f"the {key} must be the same in all layers, got {listed}")


def layer_tensors(prefix, recurrent, width, named):
    """The tensors of a layer, whose input is widened to `width`."""
    tensors = {}
    for direction, values in zip(("forward.", "backward."), recurrent.directions, strict=False):
        values = {**values, "weight_ih": widened(values["weight_ih"], width)}
        for key, value in values.items():
            tensors[f"{prefix}.{direction if named else ''}{key}"] = value
    return tensors


def check_input(layer, width, what):
    """The columns of W must be what the layer reads."""
    for values in layer.directions:
        if values["weight_ih"].size(1) != width:
            raise ConversionError(
                f"{layer.name}: kernel reads {values['weight_ih'].size(1)} values, "
                f"but {what} has {width}"
            )


def stack_tensors(prefix, layers, table, width, named):
    """The tensors of a stack of layers on a table of embeddings."""
    tensors = {}
    for at, layer in enumerate(layers):
        inputs = table.matrix.size(1) if at == 0 else layers[0].units
        check_input(layer, inputs, "what is below")
        size = inputs if at else width
        tensors |= layer_tensors(f"{prefix}.layers.{at}", layer, size, named)
    return tensors


def bridge_tensors(starts):
    """The Dense layers between encoder and decoder."""
    return {
        f"bridge.{at}.{part}.{name}": value
        for at, start in enumerate(starts)
        for part, pair in start.bridge.items()
        for name, value in zip(("weight", "bias"), pair, strict=True)
    }


def check_masks(tables, tokenizers):
    """A masked id 0 must be the pad token, which no text can say."""
    for side, table, tokenizer in zip(("source", "target"), tables, tokenizers, strict=True):
        if table.masks_zero and tokenizer.table["pad"] != 0:
            raise ConversionError(
                f"the {side} embedding masks id 0, but pad is {tokenizer.table['pad']}: "
                "name the token of id 0 with --pad"
            )


def read_network(graph):
    """Hyperparameters, tensors and the tables of both sides."""
    tensors, ref = read_generator(graph)
    top = read_top(graph, ref, tensors["generator.weight"].size(1))
    names, decoder_input = walk_down(graph, top.decoder)
    nodes = [graph.nodes[name] for name in names]
    for node in nodes:
        expect_kind(node.layer, RECURRENT, "in the decoder")
        expect(node.layer, "return_sequences", True, False)
    starts = [read_start(graph, node) for node in nodes]
    encoder_names, encoder_input = find_encoder(graph, starts, top.memory)
    bridge_from = name_starts(starts, encoder_names)
    encoder = [read_recurrent(graph.nodes[name].layer) for name in encoder_names]
    decoder = [read_recurrent(node.layer) for node in nodes]
    check_same(encoder + decoder)
    tables = (
        read_table(graph, encoder_input, "encoder"),
        read_table(graph, decoder_input, "decoder"),
    )
    width = max(table.matrix.size(1) for table in tables)
    tensors |= top.tensors | bridge_tensors(starts)
    tensors |= stack_tensors("encoder", encoder, tables[0], width, True)
    tensors |= stack_tensors("decoder", decoder, tables[1], width, False)
    for side, table in zip(("source", "target"), tables, strict=True):
        tensors[f"{side}_embedding.weight"] = widened(table.matrix, width)
    config = Hyperparameters(
        source_vocabulary_size=tables[0].matrix.size(0),
        target_vocabulary_size=tables[1].matrix.size(0),
        embedding_size=width,
        hidden_size=encoder[0].units,
        cell=encoder[0].cell,
        encoder_layers=len(encoder),
        decoder_layers=len(decoder),
        encoder_direction=name_direction(encoder),
        attention=top.attention,
        output_size=tensors["output.bias"].size(0) if "output.bias" in tensors else 0,
        bridge="dense" if starts[0].bridge else "copy",
        bridge_from=bridge_from,
        output_activation=top.activation,
    )
    return config, tensors, tables


def convert(path, options):
    """A `.keras` or whole-model `.h5` file of the training model."""
    graph = read_model(path)
    try:
        config, tensors, tables = read_network(graph)
    except (LookupError, TypeError, AttributeError, ValueError, RuntimeError) as error:
        raise ConversionError(f"{path}: the graph is damaged: {error!r}") from None
    left = graph.unused()
    if left:
        raise ConversionError(f"{path}: layers that the format has no place for: {', '.join(left)}")
    got = shape_of(tensors["generator.weight"])[0]
    if got != config.target_vocabulary_size:
        raise ConversionError(
            f"the output has {got} tokens, the decoder's input {config.target_vocabulary_size}"
        )
    tokenizers = read_tokenizers(options)
    check_masks(tables, tokenizers)
    return Converted(config, tensors, tokenizers)
