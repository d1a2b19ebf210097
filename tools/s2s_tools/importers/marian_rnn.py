# SPDX-License-Identifier: LGPL-2.1-or-later
"""Marian's RNN models `s2s`, and `amun` and `nematus`, which have older names for the same.

Formulas and names are those of Marian's src/models/s2s.h, amun.h and nematus.h, src/rnn/cells.h,
attention.h, rnn.h and constructors.h, and src/layers/generic.h.
"""

import re
from dataclasses import dataclass, replace

import torch

from s2s_tools.hyperparameters import NematusHyperparameters
from s2s_tools.importers.common import ConversionError, Converted, Tensors
from s2s_tools.importers.marian_file import bias_with_start, read_tokenizers, with_start

TYPES = ("s2s", "amun", "nematus")
DIRECTIONS = {
    "bidirectional": "bidirectional",
    "bi-unidirectional": "first-bidirectional",
    "alternating": "alternating",
}
OTHER_CELLS = "the format has gru and lstm"
EPSILONS = {"none": 1e-5, "joint": 1e-9, "apart": 1e-5}
ORDER = (1, 0, 2, 3)  # where the blocks i, f, g, o are in Marian's f, i, c, o
# Options that must be off or have this value, and what they would switch on
FIXED = {
    "dec-attention-hops": ("1", "a second attention in a step"),
    "dec-attention-heads": ("1", "an attention of several heads"),
    "dec-attention-projection-dim": ("-1", "a projection of the context"),
    "dec-attention-bilinear-lookup": ("false", "an attention that is no additive one"),
    "right-left": ("false", "targets that are read backwards"),
}
TERMS = ("prev", "lstm", "ctx")
# Older names, whose end is a parameter, and the names that `s2s` has
OLDER = (
    (r"encoder(_r)?_(U|Ux|W|Wx|b|bx|gamma1|gamma2)", "encoder_bi{0}_{1}"),
    (r"encoder(_r)?_(U|Ux|b|bx)_drt_(\d)", "encoder_bi{0}_cell{2}_{1}"),
    (r"decoder_(U|Ux|W|Wx|b|bx)", "decoder_cell1_{0}"),
    (r"decoder_(U|Ux|b|bx)_nl", "decoder_cell2_{0}"),
    (r"decoder_W(c)(x?)", "decoder_cell2_W{1}"),
    (r"decoder_(U|Ux|b|bx)_nl_drt_(\d)", "decoder_cell{1}_{0}"),
    (r"ff_logit_(prev|lstm|ctx)_(W|b|ln_s|ln_b)", "decoder_ff_logit_l1_{1}{0}"),
    (r"ff_logit_(l1_gamma\d)", "decoder_ff_logit_{0}"),
    (r"ff_logit_(W|b)", "decoder_ff_logit_l2_{0}"),
    (r"ff_state_(W|b|gamma|ln_s|ln_b)", "decoder_ff_state_{0}"),
    (r"W(emb)_dec", "decoder_Wemb"),
)


def newer_name(name, has_shared):
    """The name in `s2s` of a tensor of `amun` or `nematus`."""
    if name == "Wemb" and not has_shared:
        return "encoder_Wemb"
    base, norm = re.fullmatch(r"(.*?)(_ln[sb])?", name).groups("")
    for pattern, newer in OLDER:
        match = re.fullmatch(pattern, base)
        if not match:
            continue
        parts = [str(TERMS.index(p)) if p in TERMS else p for p in match.groups("")]
        if "drt" in pattern:  # the first of these follows one cell, in the decoder two
            parts[-1] = str(int(parts[-1]) + (1 if base.startswith("encoder") else 2))
        return newer.format(*parts) + norm
    return name


def rename(model, has_shared):
    """The tensors by the names of `s2s`."""
    if model.text("type") == "s2s":
        return model.tensors
    values = {}
    for name, tensor in model.tensors.values.items():
        newer = newer_name(name, has_shared)
        if newer in values:
            raise ConversionError(f"{model.path}: {newer} is there twice, once as {name}")
        values[newer] = tensor
    return Tensors(values, model.path)


def read_cell(model, side, has_norms):
    """gru or lstm, by the name of the option."""
    key = f"{side}-cell"
    cell = model.text(key, "gru")
    if model.text("type") == "nematus":
        if cell != "gru-nematus":
            raise ConversionError(
                f"{model.path}: {key} is {cell!r}, expected 'gru-nematus' as of type nematus"
            )
        return "gru"
    if cell == "gru-nematus":
        if has_norms:
            raise ConversionError(
                f"{model.path}: {key} is 'gru-nematus' with layer-normalization, but the type is "
                f"{model.text('type')!r}: cells would have norms of another kind than layers"
            )
        return "gru"
    if cell not in ("gru", "lstm"):
        raise ConversionError(f"{model.path}: {key} is {cell!r}, {OTHER_CELLS}")
    return cell


def read_direction(model):
    """The encoder's direction by the name of the format."""
    kind = model.text("enc-type", "bidirectional")
    if kind not in DIRECTIONS:
        raise ConversionError(
            f"{model.path}: enc-type is {kind!r}, expected one of {', '.join(DIRECTIONS)}"
        )
    return DIRECTIONS[kind]


def read_ties(model):
    """How the embeddings are tied; whether source and target have one table, in any case."""
    both, output = model.flag("tied-embeddings-all"), model.flag("tied-embeddings")
    shared = both or model.flag("tied-embeddings-src")
    if both or (shared and output):
        return "all", shared
    return ("decoder" if output else "none"), shared


def read_config(model):
    """The hyperparameters, of the vocabularies of the model as it is."""
    for key, (wanted, what) in FIXED.items():
        if model.text(key, wanted) != wanted:
            raise ConversionError(
                f"{model.path}: {key} is {model.text(key)!r}, {what}; the format has only {wanted}"
            )
    has_norms = model.flag("layer-normalization")
    kind = model.text("type")
    norm = "none" if not has_norms else "apart" if kind == "nematus" else "joint"
    sizes = model.sizes()
    lookup = model.text("dec-attention-lookup-dim", "-1")
    if read_ties(model)[1] and sizes[0] != sizes[1]:
        raise ConversionError(
            f"{model.path}: dim-vocabs is {sizes}, expected one size with shared embeddings"
        )
    values = {
        "source_vocabulary_size": sizes[0],
        "target_vocabulary_size": sizes[1],
        "embedding_size": model.whole("dim-emb"),
        "hidden_size": model.whole("dim-rnn"),
        "encoder_cell": read_cell(model, "enc", has_norms),
        "decoder_cell": read_cell(model, "dec", has_norms),
        "encoder_layers": model.whole("enc-depth"),
        "decoder_layers": model.whole("dec-depth"),
        "encoder_direction": read_direction(model),
        "encoder_cell_depth": model.whole("enc-cell-depth", "1"),
        "decoder_cell_base_depth": model.whole("dec-cell-base-depth", "2"),
        "decoder_cell_high_depth": model.whole("dec-cell-high-depth", "1"),
        "residual": model.flag("skip"),
        "attention_size": 0 if lookup == "-1" else model.whole("dec-attention-lookup-dim"),
        "layer_norm": norm,
        "layer_norm_epsilon": EPSILONS[norm],
        "tied_embeddings": read_ties(model)[0],
    }
    try:
        return NematusHyperparameters(**values)
    except ValueError as error:
        raise ConversionError(f"{model.path}: {error}") from None


@dataclass
class Network:
    """The tensors of a model, and those of the format that were made of them so far."""

    config: NematusHyperparameters
    tensors: Tensors
    made: dict

    def matrix(self, name, inputs, outputs):
        """A matrix as the format has it, [outputs, inputs]; Marian's is [inputs, outputs]."""
        return self.tensors.take(name, inputs, outputs).T

    def vector(self, name, size):
        """A vector, which Marian has as [1, size]."""
        shape = (size,) if self._is_flat(name) else (1, size)
        return self.tensors.take(name, *shape).reshape(size)

    def _is_flat(self, name):
        return name in self.tensors and self.tensors.values[name].dim() == 1

    def put(self, scope, **values):
        """Tensors of a scope, each with memory of its own; two underscores are a dot."""
        for leaf, value in values.items():
            self.made[f"{scope}.{leaf.replace('__', '.')}"] = value.clone()

    def blocks(self, prefix, leaf, rows, cell):
        """The blocks of gates of `prefix_U`, `_W` or `_b` side by side, in the format's order."""
        size = self.config.hidden_size
        if cell == "lstm":
            whole = self._read(f"{prefix}_{leaf}", rows, 4 * size)
            return torch.cat([whole.split(size, dim=-1)[at] for at in ORDER], dim=-1)
        end = leaf + "x"
        parts = (f"{prefix}_{leaf}", 2 * size), (f"{prefix}_{end}", size)
        return torch.cat([self._read(name, rows, width) for name, width in parts], dim=-1)

    def _read(self, name, rows, width):
        """A matrix as Marian has it, or a vector when there are no rows."""
        return self.tensors.take(name, rows, width) if rows else self.vector(name, width)

    def gamma(self, name, cell):
        """The scales of a joint norm of a cell, in the format's order."""
        size = self.config.hidden_size
        whole = self.vector(name, size * (4 if cell == "lstm" else 3))
        if cell == "gru":
            return whole
        return torch.cat([whole.split(size)[at] for at in ORDER])

    def apart(self, prefix, leaf, end):
        """Scales or biases of the two norms of a GRU of Nematus."""
        size = self.config.hidden_size
        return torch.cat(
            [
                self.vector(f"{prefix}_{leaf}_{end}", 2 * size),
                self.vector(f"{prefix}_{leaf}x_{end}", size),
            ]
        )


def split_bias(bias, is_final, cell):
    """A bias as that of the input and that of the recurrence.

    The candidate's is outside of what the reset gate scales, but inside in a `final` cell.
    """
    inner = torch.zeros_like(bias)
    if is_final and cell == "gru":
        inner[2 * len(bias) // 3 :] = bias[2 * len(bias) // 3 :]
    return bias - inner, inner


def convert_cell(net, prefix, scope, inputs, is_final=False):
    """A cell; without inputs it is a transition."""
    side = "encoder" if scope.startswith("encoder") else "decoder"
    cell, size = getattr(net.config, f"{side}_cell"), net.config.hidden_size
    if inputs:
        net.put(scope, weight_ih=net.blocks(prefix, "W", inputs, cell).T)
    net.put(scope, weight_hh=net.blocks(prefix, "U", size, cell).T)
    bias = net.blocks(prefix, "b", 0, cell)
    if net.config.layer_norm == "apart":
        convert_apart(net, prefix, scope, inputs, bias, is_final)
        return
    nothing = torch.zeros_like(bias)
    outer, inner = split_bias(bias, is_final, cell)
    if net.config.layer_norm == "none":
        net.put(scope, bias_ih=outer, bias_hh=inner)
        return
    net.put(scope, bias_ih=nothing if inputs else outer, bias_hh=nothing)
    if inputs:
        net.put(scope, norm_ih__weight=net.gamma(f"{prefix}_gamma1", cell), norm_ih__bias=outer)
    net.put(scope, norm_hh__weight=net.gamma(f"{prefix}_gamma2", cell), norm_hh__bias=inner)


def convert_apart(net, prefix, scope, inputs, bias, is_final):
    """Norms and biases of a GRU of Nematus: where a bias goes depends on what the cell is."""
    nothing, candidate = torch.zeros_like(bias), torch.zeros_like(bias)
    candidate[2 * len(bias) // 3 :] = bias[2 * len(bias) // 3 :]
    shift = net.apart(prefix, "U", "lnb")
    if scope.startswith("encoder") and not inputs:
        net.put(scope, bias_ih=candidate, bias_hh=nothing)
        shift = shift + bias - candidate
    elif is_final:
        net.put(scope, bias_ih=nothing, bias_hh=bias)
    else:
        net.put(scope, bias_ih=bias, bias_hh=nothing)
    if inputs:
        weight, offset = net.apart(prefix, "W", "lns"), net.apart(prefix, "W", "lnb")
        net.put(scope, norm_ih__weight=weight, norm_ih__bias=offset)
    net.put(scope, norm_hh__weight=net.apart(prefix, "U", "lns"), norm_hh__bias=shift)


def convert_cells(net, prefixes, scope, inputs, is_final=False):
    """A cell and its transitions."""
    for at, prefix in enumerate(prefixes):
        name = f"{scope}.transitions.{at - 1}" if at else scope
        convert_cell(net, prefix, name, 0 if at else inputs, is_final)


def convert_encoder(net):
    """Both stacks, and what is above them."""
    c = net.config
    for layer in range(c.encoder_layers):
        stacked = layer < c.stacked_layers
        inputs = c.hidden_size if layer else c.embedding_size
        inputs *= 2 if layer and layer == c.stacked_layers else 1
        for start, side in (("encoder_bi", "forward"), ("encoder_bi_r", "backward")):
            if not stacked and side == "backward":
                continue
            start = start if stacked else "encoder"
            number = f"_l{layer + 1}" if layer else ""
            prefixes = [
                f"{start}{number}" + (f"_cell{depth}" if layer or depth > 1 else "")
                for depth in range(1, c.encoder_cell_depth + 1)
            ]
            convert_cells(net, prefixes, f"encoder.layers.{layer}.{side}", inputs)


def convert_decoder(net):
    """The first cell, those after the attention, and the layers above."""
    c = net.config
    convert_cell(net, "decoder_cell1", "decoder.first", c.embedding_size)
    base = [f"decoder_cell{at}" for at in range(2, c.decoder_cell_base_depth + 1)]
    convert_cells(net, base, "decoder.layers.0", c.memory_size, is_final=True)
    for layer in range(1, c.decoder_layers):
        high = range(1, c.decoder_cell_high_depth + 1)
        prefixes = [f"decoder_l{layer + 1}_cell{at}" for at in high]
        convert_cells(net, prefixes, f"decoder.layers.{layer}", c.hidden_size)


def convert_attention(net):
    """Additive attention."""
    c, size, name = net.config, net.config.attention_size, "decoder"
    bias = net.vector(f"{name}_b_att", size)
    net.put(
        "attention",
        query__weight=net.matrix(f"{name}_W_comb_att", c.hidden_size, size),
        key__weight=net.matrix(f"{name}_Wc_att", c.memory_size, size),
        v=net.tensors.take(f"{name}_U_att", size, 1).reshape(size),
        key__bias=torch.zeros_like(bias) if c.layer_norm == "joint" else bias,
    )
    if c.layer_norm == "joint":
        net.put(
            "attention",
            key_norm__weight=net.vector(f"{name}_att_gamma1", size),
            key_norm__bias=bias,
            query_norm__weight=net.vector(f"{name}_att_gamma2", size),
            query_norm__bias=torch.zeros_like(bias),
        )
    elif c.layer_norm == "apart":
        for norm, old in (("key_norm", "Wc_att"), ("query_norm", "W_comb_att")):
            net.put(
                f"attention.{norm}",
                weight=net.vector(f"{name}_{old}_lns", size),
                bias=net.vector(f"{name}_{old}_lnb", size),
            )


def convert_dense(net, prefix, number, scope, inputs, size):
    """A dense layer, or one of those that are summed, which have numbers."""
    bias = net.vector(f"{prefix}_b{number}", size)
    net.put(scope, weight=net.matrix(f"{prefix}_W{number}", inputs, size), bias=bias)
    if net.config.layer_norm == "joint":
        gamma = net.vector(f"{prefix}_gamma{number}", size)
        net.put(scope, bias=torch.zeros_like(bias), norm__weight=gamma, norm__bias=bias)
    elif net.config.layer_norm == "apart":
        scale, shift = (net.vector(f"{prefix}_ln_{end}{number}", size) for end in "sb")
        net.put(scope, norm__weight=scale, norm__bias=shift)


def convert_dense_layers(net):
    """What starts the decoder, and the layer below the generator."""
    c = net.config
    convert_dense(net, "decoder_ff_state", "", "start", c.memory_size, c.hidden_size)
    widths = {"token": c.embedding_size, "state": c.hidden_size, "context": c.memory_size}
    for number, (term, width) in enumerate(widths.items()):
        scope = f"output.{term}"
        convert_dense(net, "decoder_ff_logit_l1", number, scope, width, c.embedding_size)


def convert_tables(net, is_shared, has_bias):
    """Embeddings and generator; with a row for the start of a target."""
    c = net.config
    names = ("Wemb", "Wemb") if is_shared else ("encoder_Wemb", "decoder_Wemb")
    source = net.tensors.take(names[0], c.source_vocabulary_size, c.embedding_size)
    target = net.tensors.take(names[1], c.target_vocabulary_size, c.embedding_size)
    net.put("target_embedding", weight=with_start(target))
    if c.tied_embeddings != "all":
        net.put("source_embedding", weight=source)
    if c.tied_embeddings == "none":
        net.put("generator", weight=with_start(read_generator(net)))
    bias = torch.zeros(c.target_vocabulary_size)
    if has_bias:
        bias = net.vector("decoder_ff_logit_l2_b", c.target_vocabulary_size)
    net.put("generator", bias=bias_with_start(bias))


def read_generator(net):
    """The generator's matrix, which newer models have transposed."""
    rows, columns = net.config.target_vocabulary_size, net.config.embedding_size
    if "decoder_ff_logit_l2_Wt" in net.tensors:
        return net.tensors.take("decoder_ff_logit_l2_Wt", rows, columns)
    return net.matrix("decoder_ff_logit_l2_W", columns, rows)


def convert(model, options):
    """The network of a model, and its vocabularies."""
    config = read_config(model)
    is_shared = read_ties(model)[1]
    net = Network(config, rename(model, is_shared), {})
    convert_tables(net, is_shared, not model.flag("output-omit-bias"))
    convert_encoder(net)
    convert_decoder(net)
    convert_attention(net)
    convert_dense_layers(net)
    net.tensors.finish()
    tokenizers = read_tokenizers(options, model.sizes())
    more = {"target_vocabulary_size": config.target_vocabulary_size + 1}
    if config.tied_embeddings == "all":
        more["source_vocabulary_size"] = config.source_vocabulary_size + 1
    return Converted(replace(config, **more), net.made, tokenizers)
