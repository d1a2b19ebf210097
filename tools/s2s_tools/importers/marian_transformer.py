# SPDX-License-Identifier: LGPL-2.1-or-later
"""Marian's Transformers, with self-attention or an SSRU in the decoder.

What a model computes is read from its settings, whose meaning and whose names of tensors are those
of Marian's src/models/transformer.h; the SSRU is of src/rnn/cells.h.
"""

import re

import torch

from s2s_tools.hyperparameters import TransformerHyperparameters
from s2s_tools.importers.common import LARGEST, ConversionError, Converted
from s2s_tools.importers.marian_file import bias_with_start, read_tokenizers, with_start

TYPES = ("transformer",)
EPSILON = 1e-6  # of every layer norm
OUTPUT = "decoder_ff_logit_out"
ATTENTION = {"q": "query", "k": "key", "v": "value", "o": "output"}
# What must not be true, and why
REFUSED = {
    "right-left": "it puts its output out backwards",
    "transformer-aan": "the format has no average attention",
    "transformer-pool": "it reads the encoder's first state in the place of cross-attention",
    "transformer-rnn-projection": "the format has no layer after an SSRU",
    "transformer-train-position-embeddings": "a step of Marian's decoder reads position 0 of them",
}
# The operations before, after, on embeddings and on top, without dropout: the format's norm
NORMS = {("", "an", "", ""): "post", ("n", "a", "", "n"): "pre"}
DEPTHS = {"transformer-ffn-depth": ("2",), "transformer-decoder-ffn-depth": ("2", "0")}
OPERATIONS = ("preprocess", "postprocess", "postprocess-emb", "postprocess-top")
DEFAULTS = {"postprocess-emb": "d", "postprocess-top": ""}
# Up to this version gelu was x·σ (1.702·x), in some later one it became that of the error function
LAST_APPROXIMATE, FIRST_EXACT, STEEPNESS = (1, 12, 0), (1, 13, 0), 1.702


def refuse_options(model):
    """Complain of settings that make another network of it."""
    for key, reason in REFUSED.items():
        if model.flag(key):
            raise ConversionError(f"{model.path}: {key} is true: {reason}")
    if "Wpos" in model.tensors:
        reason = REFUSED["transformer-train-position-embeddings"]
        raise ConversionError(f"{model.path}: Wpos, trained positions, is there: {reason}")
    for key, depths in DEPTHS.items():
        if model.text(key, "2") not in depths:
            raise ConversionError(f"{model.path}: {key} is {model.text(key)}, expected 2")


def read_autoregression(model):
    """How the decoder knows the steps before."""
    kind = model.text("transformer-decoder-autoreg", "self-attention")
    if kind == "self-attention":
        return "attention"
    if kind != "rnn":
        raise ConversionError(
            f"{model.path}: transformer-decoder-autoreg is {kind!r}, expected self-attention or rnn"
        )
    if model.text("dec-cell") != "ssru":
        raise ConversionError(
            f"{model.path}: dec-cell is {model.text('dec-cell')!r}, expected ssru"
        )
    if model.flag("layer-normalization"):
        raise ConversionError(
            f"{model.path}: layer-normalization is true: the format has no norm within an SSRU"
        )
    return "ssru"


def read_norm(model, autoregression):
    """Where the norms are; Marian says it as operations: dropout, add, norm."""
    keys = [f"transformer-{name}" for name in OPERATIONS]
    values = [
        model.text(key, DEFAULTS.get(name)) for key, name in zip(keys, OPERATIONS, strict=True)
    ]
    found = NORMS.get(tuple(value.replace("d", "") for value in values))
    if found is None:
        shown = ", ".join(f"{key} {value!r}" for key, value in zip(keys, values, strict=True))
        raise ConversionError(
            f"{model.path}: got {shown}; expected '', 'dan', 'd', '' or 'n', 'da', 'd', 'n'"
        )
    if found == "pre" and autoregression == "attention":
        raise ConversionError(
            f"{model.path}: transformer-preprocess is 'n': Marian's decoder leaves keys and values "
            "of past steps without the norm that they had in training, the format cannot"
        )
    return found


def read_activation(model):
    """The format's activation, and what its input is multiplied with and its output divided by."""
    name = model.text("transformer-ffn-activation")
    if name in ("relu", "swish"):
        return name, 1.0
    if name != "gelu":
        raise ConversionError(
            f"{model.path}: transformer-ffn-activation is {name!r}, expected relu, swish or gelu"
        )
    parts = re.match(r"v?(\d+)\.(\d+)\.(\d+)", model.text("version"))
    version = tuple(map(int, parts.groups())) if parts else None
    if version is not None and version <= LAST_APPROXIMATE:
        return "swish", STEEPNESS
    if version is not None and version >= FIRST_EXACT:
        return "gelu", 1.0
    raise ConversionError(
        f"{model.path}: transformer-ffn-activation is gelu, which is not the same in all versions "
        f"of Marian between 1.12.0 and 1.13.0; version is {model.text('version')!r}"
    )


def limited(model, key):
    """A size of an inner layer, which the smaller one is filled up to."""
    size, most = model.whole(key), LARGEST["transformer"]["feed_forward_size"]
    if size > most:
        raise ConversionError(f"{model.path}: {key} is {size}, the format allows {most}")
    return size


def read_inner(model, side):
    """The size of the inner layer of the feed-forwards; that of the decoder may be another."""
    own = model.text("transformer-decoder-dim-ffn", "0")
    if side == "decoder" and own != "0":
        return limited(model, "transformer-decoder-dim-ffn")
    return limited(model, "transformer-dim-ffn")


def read_layers(model):
    """The numbers in the names of the layers of both sides; layers of the decoder may be one."""
    counts = {side: model.whole(f"{side[:3]}-depth") for side in ("encoder", "decoder")}
    numbers = {side: [str(at + 1) for at in range(count)] for side, count in counts.items()}
    tied = model.listed("transformer-tied-layers")
    if tied and (len(tied) != counts["decoder"] or not all(n.isdecimal() for n in tied)):
        raise ConversionError(
            f"{model.path}: transformer-tied-layers is {tied}, expected {counts['decoder']} numbers"
        )
    return numbers | ({"decoder": tied} if tied else {})


class Layers:
    """Takes layers by Marian's names and gives them by the format's."""

    def __init__(self, model, norm, steepness):
        self.model, self.tensors = model, model.tensors
        self.norm, self.steepness = norm, steepness
        self.size = model.whole("dim-emb")
        self.projects = not model.flag("transformer-no-projection")
        self.inner = max(read_inner(model, side) for side in ("encoder", "decoder"))

    def vector(self, name, size):
        """[1, size] → [size], a copy: layers that are one in the file are two in the format."""
        return self.tensors.take(name, 1, size)[0].clone()

    def linear(self, prefix, suffix, inputs, outputs):
        """The matrix, turned as the format has it, and the bias."""
        weight = self.tensors.take(f"{prefix}_W{suffix}", inputs, outputs).T.contiguous()
        return {"weight": weight, "bias": self.vector(f"{prefix}_b{suffix}", outputs)}

    def norms(self, post, pre, name):
        """The norm around a layer: after it, or before it."""
        after, before = (f"{post}_ln_{{}}", f"{pre}_ln_{{}}_pre")
        marian = after if self.norm == "post" else before
        return {
            f"{name}_norm.weight": self.vector(marian.format("scale"), self.size),
            f"{name}_norm.bias": self.vector(marian.format("bias"), self.size),
        }

    def attention(self, prefix, name):
        """An attention, with its norm. Without a projection the output is the heads' own."""
        found = self.norms(f"{prefix}_Wo", f"{prefix}_Wo", name)
        parts = {letter: self.linear(prefix, letter, self.size, self.size) for letter in "qkv"}
        if self.projects:
            parts["o"] = self.linear(prefix, "o", self.size, self.size)
        else:
            parts["o"] = {"weight": torch.eye(self.size), "bias": torch.zeros(self.size)}
        for letter, part in parts.items():
            found |= {f"{name}.{ATTENTION[letter]}.{leaf}": t for leaf, t in part.items()}
        return found

    def ssru(self, prefix, name):
        """An SSRU, with its norm."""
        forget = self.linear(prefix, "f", self.size, self.size)
        candidate = self.tensors.take(f"{prefix}_W", self.size, self.size).T.contiguous()
        return self.norms(f"{prefix}_ffn", prefix, name) | {
            f"{name}.forget.weight": forget["weight"],
            f"{name}.forget.bias": forget["bias"],
            f"{name}.candidate.weight": candidate,
        }

    def feed_forward(self, prefix, name, side):
        """A feed-forward, with its norm; inner values that only the other side has are 0."""
        size, wide = read_inner(self.model, side), self.inner
        inner = self.linear(prefix, "1", self.size, size)
        outer = self.linear(prefix, "2", size, self.size)
        pad = torch.nn.functional.pad
        return self.norms(f"{prefix}_ffn", f"{prefix}_ffn", name) | {
            f"{name}.inner.weight": pad(inner["weight"] * self.steepness, (0, 0, 0, wide - size)),
            f"{name}.inner.bias": pad(inner["bias"] * self.steepness, (0, wide - size)),
            f"{name}.outer.weight": pad(outer["weight"] / self.steepness, (0, wide - size)),
            f"{name}.outer.bias": outer["bias"],
        }

    def top(self, side):
        """What follows the last layer."""
        if self.norm == "post":
            return {}
        return {
            f"{side}.norm.weight": self.vector(f"{side}_top_ln_scale", self.size),
            f"{side}.norm.bias": self.vector(f"{side}_top_ln_bias", self.size),
        }


def read_sides(layers, autoregression):
    """All layers of both sides."""
    found = layers.top("encoder") | layers.top("decoder")
    numbers = read_layers(layers.model)
    for side, listed in numbers.items():
        for at, number in enumerate(listed):
            marian, ours = f"{side}_l{number}", f"{side}.layers.{at}"
            if side == "decoder" and autoregression == "ssru":
                found |= layers.ssru(f"{marian}_rnn", f"{ours}.ssru")
            else:
                found |= layers.attention(f"{marian}_self", f"{ours}.self_attention")
            if side == "decoder":
                found |= layers.attention(f"{marian}_context", f"{ours}.cross_attention")
            found |= layers.feed_forward(f"{marian}_ffn", f"{ours}.feed_forward", side)
    return found, {f"{side}_layers": len(listed) for side, listed in numbers.items()}


def read_generator(model, rows, size):
    """The generator's matrix that is no embedding; older versions stored it turned round."""
    if f"{OUTPUT}_W" in model.tensors:
        return model.tensors.take(f"{OUTPUT}_W", size, rows).T.contiguous()
    return model.tensors.take(f"{OUTPUT}_Wt", rows, size)


def read_tables(model, rows, size):
    """Embeddings and generator; which are one follows from three settings."""
    whole = model.flag("tied-embeddings-all")
    shared = whole or model.flag("tied-embeddings-src")
    tied = whole or model.flag("tied-embeddings")
    if shared and rows[0] != rows[1]:
        raise ConversionError(
            f"{model.path}: dim-vocabs is {rows}, expected one size: the embeddings are tied"
        )
    names = ("Wemb", "Wemb") if shared else ("encoder_Wemb", "decoder_Wemb")
    source, target = (model.tensors.take(*pair, size) for pair in zip(names, rows, strict=True))
    bias = torch.zeros(rows[1])
    if not model.flag("output-omit-bias"):
        bias = model.tensors.take(f"{OUTPUT}_b", 1, rows[1])[0]
    found = {"target_embedding.weight": with_start(target), "generator.bias": bias_with_start(bias)}
    if not (shared and tied):
        found["source_embedding.weight"] = source
    if not tied:
        found["generator.weight"] = with_start(read_generator(model, rows[1], size))
    return found, {(True, True): "all", (False, True): "decoder"}.get((shared, tied), "none")


def convert(model, options):
    """A model of type `transformer`."""
    refuse_options(model)
    autoregression = read_autoregression(model)
    norm = read_norm(model, autoregression)
    activation, steepness = read_activation(model)
    rows, layers = model.sizes(), Layers(model, norm, steepness)
    tables, tied = read_tables(model, rows, layers.size)
    tensors, counts = read_sides(layers, autoregression)
    model.tensors.finish()
    tokenizers = read_tokenizers(options, rows)
    try:
        config = TransformerHyperparameters(
            source_vocabulary_size=rows[0] + (tied == "all"),
            target_vocabulary_size=rows[1] + 1,
            model_size=layers.size,
            feed_forward_size=layers.inner,
            heads=model.whole("transformer-heads"),
            norm=norm,
            activation=activation,
            positions="sinusoidal-marian",
            decoder_autoregression=autoregression,
            scale_embeddings=True,
            layer_norm_epsilon=EPSILON,
            tied_embeddings=tied,
            **counts,
        )
    except ValueError as error:
        raise ConversionError(f"{model.path}: {error}") from None
    return Converted(config, tables | tensors, tokenizers)
