# SPDX-License-Identifier: LGPL-2.1-or-later
"""Marian's Transformers with random weights, and what they compute, written out in numpy.

In double precision and by the names of Marian: src/models/transformer.h, src/rnn/cells.h (SSRU),
src/layers/generic.h (layer norm), src/tensors/cpu/tensor_operators.cpp (positions, highway).
"""

import math

import numpy
from conversion import Sides, find_eos_bias

END, UNKNOWN = 0, 1
SIZE, HEADS = 8, 2
SETTINGS = {
    "type": "transformer",
    "version": "v1.9.0 1234567 2020-05-01 12:00:00 +0000",
    "dim-vocabs": [12, 12],
    "dim-emb": SIZE,
    "enc-depth": 2,
    "dec-depth": 2,
    "dec-cell": "ssru",
    "layer-normalization": False,
    "right-left": False,
    "tied-embeddings": False,
    "tied-embeddings-src": False,
    "tied-embeddings-all": True,
    "transformer-decoder-autoreg": "rnn",
    "transformer-dim-ffn": 12,
    "transformer-ffn-activation": "relu",
    "transformer-ffn-depth": 2,
    "transformer-guided-alignment-layer": "last",
    "transformer-heads": HEADS,
    "transformer-no-projection": False,
    "transformer-postprocess": "dan",
    "transformer-postprocess-emb": "d",
    "transformer-preprocess": "",
    "transformer-tied-layers": [],
    "transformer-train-position-embeddings": False,
    "vocabs": ["vocab.yml", "vocab.yml"],
}
ATTENTION = {"transformer-decoder-autoreg": "self-attention", "dec-cell": "gru"}
UNTIED = {"tied-embeddings-all": False, "dim-vocabs": [11, 12]}
PRE = {"transformer-preprocess": "n", "transformer-postprocess": "da"}
PRE |= {"transformer-postprocess-top": "n"}
# Settings that differ, and the seed of weights with which outputs end by themselves, and differ
KINDS = {
    "ssru": ({}, 68),
    "ssru-pre": (PRE | UNTIED | {"transformer-ffn-activation": "swish", "legacy": True}, 2),
    "attention": (ATTENTION | UNTIED | {"tied-embeddings": True}, 69),
    "tied-layers": (
        {"tied-embeddings-all": False, "tied-embeddings-src": True, "dec-depth": 3}
        | {"transformer-tied-layers": [1, 1, 2], "transformer-ffn-activation": "gelu"}
        | {"transformer-decoder-dim-ffn": 9},
        9,
    ),
    "bare": (
        ATTENTION
        | {"tied-embeddings-all": False, "tied-embeddings-src": True, "tied-embeddings": True}
        | {"transformer-no-projection": True, "output-omit-bias": True}
        | {"transformer-ffn-activation": "gelu", "version": "v1.13.0 1234567"},
        1,
    ),
}


def write_settings(settings):
    """The YAML in the npz, with the zero that C++ leaves at its end."""
    lines = []
    for key, value in settings.items():
        if isinstance(value, list):
            lines += [f"{key}:", *([f"  - {item}" for item in value] or ["  []"])]
        elif isinstance(value, bool):
            lines.append(f"{key}: {str(value).lower()}")
        else:
            lines.append(f"{key}: {value}" if value != "" else f'{key}: ""')
    return numpy.frombuffer("\n".join(lines).encode() + b"\0", dtype="int8")


class Reference:
    """A model and its logits."""

    def __init__(self, settings, draw):
        self.settings, self.draw, self.arrays = settings, draw, {}
        self.before_last = None  # what `logits` was asked last, and how far it came

    def param(self, name, *shape, around=0.0, scale=0.6):
        """A tensor; a random one where there is none yet, as Marian's graph makes them."""
        if name not in self.arrays:
            values = self.draw.uniform(-scale, scale, shape) + around
            self.arrays[name] = values.astype("float32")
        assert self.arrays[name].shape == shape
        return self.arrays[name].astype(float)

    def option(self, key, default=None):
        """A setting by its name without `transformer-`."""
        return self.settings.get(f"transformer-{key}", default)

    def norm(self, x, prefix, suffix=""):
        """Over the values of each row."""
        scale = self.param(f"{prefix}_ln_scale{suffix}", 1, SIZE, around=1.0, scale=0.5)
        bias = self.param(f"{prefix}_ln_bias{suffix}", 1, SIZE, scale=0.5)
        shifted = x - x.mean(axis=1, keepdims=True)
        deviation = numpy.sqrt((shifted**2).mean(axis=1, keepdims=True) + 1e-6)
        return scale * shifted / deviation + bias

    def before(self, x, prefix, operations):
        """The operations before a layer, or on embeddings."""
        for operation in operations:
            x = self.norm(x, prefix, "_pre") if operation == "n" else x
        return x

    def after(self, x, previous, prefix, operations):
        """The operations after a layer that has read `previous`."""
        for operation in operations:
            if operation == "a":
                x = x + previous
            elif operation == "n":
                x = self.norm(x, prefix)
        return x

    def affine(self, x, prefix, suffix, outputs):
        """x·W + b."""
        weight = self.param(f"{prefix}_W{suffix}", x.shape[1], outputs)
        return x @ weight + self.param(f"{prefix}_b{suffix}", 1, outputs, scale=0.5)

    def read(self, prefix, x):
        """Key and value."""
        return self.affine(x, prefix, "k", SIZE), self.affine(x, prefix, "v", SIZE)

    def attend(self, prefix, x, pairs):
        """x [B, D] to all of pairs, a list of key and value, [B, D] each."""
        query = self.affine(x, prefix, "q", SIZE)
        width, contexts = SIZE // HEADS, []
        for head in range(HEADS):
            part = slice(head * width, (head + 1) * width)
            scores = [(query[:, part] * k[:, part]).sum(axis=1) for k, _ in pairs]
            powers = numpy.exp(numpy.array(scores) / math.sqrt(width))
            weights = powers / powers.sum(axis=0)
            contexts.append(
                sum(w[:, None] * v[:, part] for w, (_, v) in zip(weights, pairs, strict=True))
            )
        joined = numpy.concatenate(contexts, axis=1)
        if self.option("no-projection"):
            return joined
        return self.affine(joined, prefix, "o", SIZE)

    def layer_attention(self, prefix, x, pairs):
        """With what is around it."""
        y = self.before(x, f"{prefix}_Wo", self.option("preprocess"))
        y = self.attend(prefix, y, pairs)
        return self.after(y, x, f"{prefix}_Wo", self.option("postprocess"))

    def activate(self, x):
        """By its name; gelu is not the same in all versions."""
        name = self.option("ffn-activation")
        if name == "relu":
            return numpy.maximum(x, 0)
        if name == "gelu" and self.settings["version"].startswith("v1.13"):
            return x * (1 + numpy.vectorize(math.erf)(x / math.sqrt(2))) / 2
        return x / (1 + numpy.exp(-(1.702 if name == "gelu" else 1) * x))

    def layer_feed_forward(self, prefix, x, inner):
        """With what is around it."""
        y = self.before(x, f"{prefix}_ffn", self.option("preprocess"))
        y = self.activate(self.affine(y, prefix, "1", inner))
        y = self.affine(y, prefix, "2", SIZE)
        return self.after(y, x, f"{prefix}_ffn", self.option("postprocess"))

    def layer_ssru(self, prefix, x, cell):
        """A step: what it puts out, and the cell after it."""
        y = self.before(x, prefix, self.option("preprocess"))
        forget = 1 / (1 + numpy.exp(-self.affine(y, prefix, "f", SIZE)))
        cell = forget * cell + (1 - forget) * (y @ self.param(f"{prefix}_W", SIZE, SIZE))
        y = numpy.maximum(cell, 0)
        return self.after(y, x, f"{prefix}_ffn", self.option("postprocess")), cell

    def place(self, embedded, position, side):
        """Embeddings [B, D] with their position."""
        scales = SIZE // 2
        step = math.log(10000) / (scales - 1)
        angles = [position * math.exp(-i * step) for i in range(scales)]
        signal = [math.sin(angle) for angle in angles] + [math.cos(angle) for angle in angles]
        x = math.sqrt(SIZE) * embedded + signal
        return self.before(x, f"{side}_emb", self.option("postprocess-emb"))

    def table(self, side):
        """The embeddings of a side."""
        shared = self.settings["tied-embeddings-all"] or self.settings["tied-embeddings-src"]
        rows = self.settings["dim-vocabs"][side == "decoder"]
        name = "Wemb" if shared else f"{side}_Wemb"
        return self.param(name, rows, SIZE)

    def encode(self, source):
        """Keys and values of the context, for each layer of the decoder that there is."""
        table = self.table("encoder")
        xs = [self.place(table[ids], at, "encoder") for at, ids in enumerate(source.T)]
        bottom = xs
        for layer in range(1, self.settings["enc-depth"] + 1):
            prefix = f"encoder_l{layer}"
            keys = [self.before(x, f"{prefix}_self_Wo", self.option("preprocess")) for x in xs]
            pairs = [self.read(f"{prefix}_self", x) for x in keys]
            xs = [self.layer_attention(f"{prefix}_self", x, pairs) for x in xs]
            inner = self.option("dim-ffn")
            xs = [self.layer_feed_forward(f"{prefix}_ffn", x, inner) for x in xs]
        top = self.option("postprocess-top", "")
        xs = [self.after(x, b, "encoder_top", top) for x, b in zip(xs, bottom, strict=True)]
        prefixes = {f"decoder_l{number}" for number in self.numbers()}
        return {p: [self.read(f"{p}_context", x) for x in xs] for p in sorted(prefixes)}

    def numbers(self):
        """The layers of the decoder, of which some may be the same."""
        return self.option("tied-layers") or range(1, self.settings["dec-depth"] + 1)

    def step(self, x, position, context, past):
        """The decoder's output for the embedding x [B, D]; past: of each layer, changed."""
        bottom = x = self.place(x, position, "decoder")
        inner = self.option("decoder-dim-ffn", 0) or self.option("dim-ffn")
        for at, number in enumerate(self.numbers()):
            prefix = f"decoder_l{number}"
            if self.option("decoder-autoreg") == "rnn":
                cell = past[at][-1] if past[at] else numpy.zeros_like(x)
                x, cell = self.layer_ssru(f"{prefix}_rnn", x, cell)
                past[at].append(cell)
            else:
                past[at].append(self.read(f"{prefix}_self", x))
                x = self.layer_attention(f"{prefix}_self", x, past[at])
            x = self.layer_attention(f"{prefix}_context", x, context[prefix])
            x = self.layer_feed_forward(f"{prefix}_ffn", x, inner)
        return self.after(x, bottom, "decoder_top", self.option("postprocess-top", ""))

    def project(self, x):
        """Logits [B, V]."""
        rows, prefix = self.settings["dim-vocabs"][1], "decoder_ff_logit_out"
        if self.settings["tied-embeddings"] or self.settings["tied-embeddings-all"]:
            weight = self.table("decoder").T
        elif self.settings.get("legacy"):
            weight = self.param(f"{prefix}_W", SIZE, rows)
        else:
            weight = self.param(f"{prefix}_Wt", rows, SIZE).T
        if self.settings.get("output-omit-bias"):
            return x @ weight
        return x @ weight + self.param(f"{prefix}_b", 1, rows, scale=0.5)

    def logits(self, source, previous):
        """A reference of conversion.py, with a column for the start, which Marian has not."""
        asked, table = (source.tolist(), previous[:, :-1].tolist()), self.table("decoder")
        if self.before_last is not None and self.before_last[0] == asked:
            context, past, found = self.before_last[1]
        else:
            context, found = self.encode(source), []
            past = [[] for _ in range(self.settings["dec-depth"])]
        for at in range(len(found), previous.shape[1]):
            ids = previous[:, at]
            embedded = numpy.zeros((len(ids), SIZE)) if at == 0 else table[ids]
            found.append(self.project(self.step(embedded, at, context, past)))
        self.before_last = (asked[0], previous.tolist()), (context, past, found)
        logits = numpy.stack(found, axis=1)
        return numpy.pad(logits, ((0, 0), (0, 0), (0, 1)), constant_values=-10_000)

    def save(self, path, **changed):
        """The npz."""
        settings = {key: value for key, value in self.settings.items() if key != "legacy"}
        numpy.savez(
            path, **self.arrays, **{"special:model.yml": write_settings(settings | changed)}
        )


def make_sides(settings):
    """Vocabularies as Marian's: the end, the unknown, words."""
    names = [f"{chr(ord('a') + at)}o" for at in range(26)]
    source, target = settings["dim-vocabs"]
    special = ["</s>", "<unk>"]
    words = special + names[: source - 2], special + [n.upper() for n in names[: target - 2]]
    return Sides(*words, "word", bos=target, eos=END, first=len(special))


def write_vocabularies(sides, folder):
    """Two YAML files; returns the options that name them."""
    words = []
    for side in ("source", "target"):
        path = folder / f"{side}.yml"
        lines = [f'"{token}": {at}\n' for at, token in enumerate(getattr(sides, side))]
        path.write_text("".join(lines), encoding="utf-8")
        words += [f"--{side}-vocabulary", str(path)]
    return words


def make_model(name, seed=None, vocabularies=None):
    """A model and its vocabularies."""
    changed, usual = KINDS[name]
    settings = SETTINGS | changed
    if vocabularies is not None:
        settings["dim-vocabs"] = vocabularies
    model = Reference(settings, numpy.random.default_rng(seed or usual))
    sides = make_sides(settings)
    model.logits(numpy.array([[2, END]]), numpy.array([[sides.bos]]))
    bias = "decoder_ff_logit_out_b"
    if bias in model.arrays:
        model.arrays[bias][0, END] += find_eos_bias(model.logits, sides)
    return model, sides
