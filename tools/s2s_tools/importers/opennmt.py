# SPDX-License-Identifier: LGPL-2.1-or-later
"""RNN checkpoints of OpenNMT-py 3, and of its models resaved with plain vocabularies."""

import argparse

import torch

from s2s_tools.hyperparameters import Hyperparameters
from s2s_tools.importers.common import (
    ConversionError,
    Converted,
    Tensors,
    check_ids,
    make_plain,
    widened,
)
from s2s_tools.importers.pytorch import load_pickled

EMBEDDINGS = "embeddings.make_embedding.emb_luts.0.weight"
BLANK, UNKNOWN, START, END = "<blank>", "<unk>", "<s>", "</s>"
CELLS = {"LSTM": "lstm", "GRU": "gru"}
# The format's names of global_attention; after `mlp` there is no tanh
ATTENTIONS = {"none": "none", "dot": "dot", "general": "general", "mlp": "additive"}
PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
# Options that must be off or have this value: what they switch on has no place in the format
FIXED = {
    "bridge": False,
    "copy_attn": False,
    "reuse_copy_attn": False,
    "coverage_attn": False,
    "context_gate": None,
    "global_attention_function": "softmax",
    "generator_function": "softmax",
    "position_encoding": False,
}


def read_checkpoint(path):
    """The parts of a checkpoint: options, vocabularies, tensors of model and generator."""
    saved = load_pickled(path, [argparse.Namespace])
    if not isinstance(saved, dict):
        raise ConversionError(f"{path} is no checkpoint but {type(saved).__name__}")
    missing = [key for key in ("model", "generator", "vocab", "opt") if not saved.get(key)]
    if missing:
        raise ConversionError(f"{path} is no checkpoint of OpenNMT-py: no {', '.join(missing)}")
    options = saved["opt"]
    options = vars(options) if isinstance(options, argparse.Namespace) else options
    for key, part in (
        ("vocab", saved["vocab"]),
        ("opt", options),
        ("model", saved["model"]),
        ("generator", saved["generator"]),
    ):
        if not isinstance(part, dict):
            raise ConversionError(f"{path}: {key} is {type(part).__name__}, expected a dict")
    model = {str(key): value for key, value in saved["model"].items()}
    generator = {
        f"generator.{str(key).removeprefix('0.')}": value
        for key, value in saved["generator"].items()
    }
    return options, saved["vocab"], Tensors(model | generator, path)


def check_options(options, path):
    """What the format cannot do, by the options of the training."""
    for key, kinds in (("encoder_type", ("rnn", "brnn")), ("decoder_type", ("rnn",))):
        if options.get(key) not in kinds:
            raise ConversionError(
                f"{path}: {key} is {options.get(key)!r}, expected {' or '.join(kinds)}"
            )
    if str(options.get("rnn_type", "LSTM")) not in CELLS:
        raise ConversionError(f"{path}: rnn_type is {options['rnn_type']!r}, expected LSTM or GRU")
    if options.get("bridge"):
        raise ConversionError(
            f"{path}: bridge is True, a ReLU over the states of all layers; the format has "
            "only copies and tanh of one layer"
        )
    for key, wanted in FIXED.items():
        if options.get(key, wanted) != wanted:
            raise ConversionError(
                f"{path}: {key} is {options[key]!r}, the format has only {wanted!r}"
            )


def read_tokens(vocabularies, key, path):
    """token → id of a side."""
    tokens = vocabularies.get(key) if isinstance(vocabularies, dict) else None
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise ConversionError(
            f"{path}: vocab has no list of tokens {key}, as OpenNMT-py 3 writes it"
        )
    vocabulary = {token: at for at, token in enumerate(tokens)}
    if len(vocabulary) != len(tokens):
        raise ConversionError(f"{path}: the vocabulary {key} has a token twice")
    check_ids(vocabulary, f"{path}: vocabulary {key}")
    return vocabulary


def read_tokenizers(vocabularies, options, path):
    """Plain tokenizers, whose special tokens are those of OpenNMT-py."""
    if any(vocabularies.get(f"{side}_feats") for side in ("src", "tgt")):
        raise ConversionError(f"{path}: word features, which the format has no place for")
    source, target = (read_tokens(vocabularies, key, path) for key in ("src", "tgt"))
    start = vocabularies.get("decoder_start_token", START)
    common = {"pad": BLANK, "unk": UNKNOWN}
    sides = (
        (source, {**common, **options.source_special}, "source"),
        (target, {**common, "bos": start, "eos": END, **options.target_special}, "target"),
    )
    return tuple(
        make_plain(tokens, {k: t for k, t in special.items() if t is not None}, side, "word")
        for tokens, special, side in sides
    )


def count_layers(tensors, form):
    """How many layers have a weight_ih."""
    names = (form.format("weight_ih", at) for at in range(len(tensors.values) + 1))
    return next(at for at, name in enumerate(names) if name not in tensors)


def take_recurrent(tensors, form, units, inputs, rows):
    """The four tensors of a layer and direction."""
    shapes = ((rows * units, inputs), (rows * units, units), (rows * units,), (rows * units,))
    return {
        name: tensors.take(form.format(name), *shape)
        for name, shape in zip(PARAMETERS, shapes, strict=True)
    }


def read_encoder(tensors, sizes):
    """encoder.layers.… of the format."""
    both = "encoder.rnn.weight_ih_l0_reverse" in tensors
    units = sizes["hidden"] // (1 + both)
    found = {}
    for at in range(sizes["encoder_layers"]):
        inputs = sizes["hidden"] if at else sizes["source"]
        for name, suffix in (("forward", ""), ("backward", "_reverse"))[: 1 + both]:
            form = f"encoder.rnn.{{0}}_l{at}{suffix}"
            values = take_recurrent(tensors, form, units, inputs, sizes["gates"])
            if at == 0:
                values["weight_ih"] = widened(values["weight_ih"], sizes["embedding"])
            found |= {f"encoder.layers.{at}.{name}.{key}": v for key, v in values.items()}
    return found


def read_decoder(tensors, form, sizes, feeding):
    """decoder.layers.… of the format; what is fed comes after the embedding."""
    found, fed = {}, sizes["hidden"] if feeding else 0
    for at in range(sizes["decoder_layers"]):
        inputs = sizes["hidden"] if at else sizes["target"] + fed
        values = take_recurrent(
            tensors, form.format("{0}", at), sizes["hidden"], inputs, sizes["gates"]
        )
        if at == 0:
            embedded, rest = values["weight_ih"].split([sizes["target"], fed], dim=1)
            values["weight_ih"] = torch.cat([widened(embedded, sizes["embedding"]), rest], dim=1)
        found |= {f"decoder.layers.{at}.{key}": value for key, value in values.items()}
    return found


def read_attention(tensors, kind, hidden):
    """Matrices of the attention and of the attentional vector: only `mlp` has a bias there."""
    if kind == "none":
        return {}
    scope = "decoder.attn."
    output = tensors.take(scope + "linear_out.weight", hidden, 2 * hidden)
    found = {"output.weight": output, "output.bias": torch.zeros(hidden)}
    if kind == "general":
        query = tensors.take(scope + "linear_in.weight", hidden, hidden)
        found["attention.query.weight"] = query
    elif kind == "mlp":
        found |= {
            "output.bias": tensors.take(scope + "linear_out.bias", hidden),
            "attention.query.weight": tensors.take(scope + "linear_query.weight", hidden, hidden),
            "attention.key.weight": tensors.take(scope + "linear_context.weight", hidden, hidden),
            "attention.key.bias": tensors.take(scope + "linear_query.bias", hidden),
            "attention.v": tensors.take(scope + "v.weight", 1, hidden)[0],
        }
    return found


def name_attention(options, tensors, path):
    """The attention by the options; `none` also where it is not there."""
    kind = options.get("global_attention") or "none"
    if str(kind) not in ATTENTIONS:
        raise ConversionError(
            f"{path}: global_attention is {kind!r}, expected {', '.join(ATTENTIONS)}"
        )
    there = "decoder.attn.linear_out.weight" in tensors
    if there != (kind != "none"):
        raise ConversionError(
            f"{path}: global_attention is {kind!r}, but decoder.attn.linear_out.weight is "
            f"{'there' if there else 'missing'}"
        )
    return kind


def read_sizes(tensors, form, cell):
    """Sizes of the embeddings, of the layers and their number; the tables themselves."""
    tables = [tensors.take(f"{side}.{EMBEDDINGS}", None, None) for side in ("encoder", "decoder")]
    gates = 4 if cell == "lstm" else 3
    hidden = tensors.take(form.format("weight_hh", 0), None, None).size(1)
    sizes = {
        "source": tables[0].size(1),
        "target": tables[1].size(1),
        "embedding": max(table.size(1) for table in tables),
        "gates": gates,
        "hidden": hidden,
        "encoder_layers": count_layers(tensors, "encoder.rnn.{0}_l{1}"),
        "decoder_layers": count_layers(tensors, form),
    }
    if sizes["encoder_layers"] != sizes["decoder_layers"]:
        raise ConversionError(
            f"{tensors.where}: {sizes['encoder_layers']} encoder layers and "
            f"{sizes['decoder_layers']} decoder layers, expected as many"
        )
    return sizes, tables


def convert(path, options):
    """A checkpoint, as `model_step_1000.pt`."""
    try:
        return read(path, options)
    except (LookupError, TypeError, AttributeError, ValueError, RuntimeError) as error:
        raise ConversionError(f"{path} is damaged: {' '.join(repr(error).split())}") from None


def read(path, options):
    """The network of a checkpoint, whose parts are of the right types."""
    settings, vocabularies, tensors = read_checkpoint(path)
    check_options(settings, path)
    cell = CELLS[settings.get("rnn_type", "LSTM")]
    feeding = "decoder.rnn.layers.0.weight_ih" in tensors
    form = "decoder.rnn.layers.{1}.{0}" if feeding else "decoder.rnn.{0}_l{1}"
    attention = name_attention(settings, tensors, path)
    tokenizers = read_tokenizers(vocabularies, options, path)
    sizes, tables = read_sizes(tensors, form, cell)
    hidden, rows = sizes["hidden"], [table.size(0) for table in tables]
    for side, count, tokenizer in zip(("source", "target"), rows, tokenizers, strict=True):
        if tokenizer.size != count:
            raise ConversionError(
                f"{path}: the {side} vocabulary has {tokenizer.size} tokens, but the model {count}"
            )
    found = {
        "source_embedding.weight": widened(tables[0], sizes["embedding"]),
        "target_embedding.weight": widened(tables[1], sizes["embedding"]),
        "generator.weight": tensors.take("generator.weight", rows[1], hidden),
        "generator.bias": tensors.take("generator.bias", rows[1]),
        **read_encoder(tensors, sizes),
        **read_decoder(tensors, form, sizes, feeding),
        **read_attention(tensors, attention, hidden),
    }
    tensors.finish()
    both = "encoder.rnn.weight_ih_l0_reverse" in tensors
    config = Hyperparameters(
        source_vocabulary_size=rows[0],
        target_vocabulary_size=rows[1],
        embedding_size=sizes["embedding"],
        hidden_size=hidden,
        cell=cell,
        encoder_layers=sizes["encoder_layers"],
        decoder_layers=sizes["decoder_layers"],
        encoder_direction="bidirectional" if both else "forward",
        attention=ATTENTIONS[attention],
        output_size=0 if attention == "none" else hidden,
        output_activation="linear" if attention == "mlp" else "tanh",
        input_feeding=feeding,
    )
    return Converted(config, found, tokenizers)
