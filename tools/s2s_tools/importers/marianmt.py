# SPDX-License-Identifier: LGPL-2.1-or-later
"""Directories of Hugging Face's MarianMT, as those of OPUS-MT are."""

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from s2s_tools.hyperparameters import TransformerHyperparameters
from s2s_tools.importers.common import (
    NEVER,
    ConversionError,
    Converted,
    Tensors,
    read_json,
)
from s2s_tools.importers.marianmt_settings import read_decoding, read_settings
from s2s_tools.importers.marianmt_tokens import read_languages, read_sides
from s2s_tools.importers.pytorch import load_pickled
from s2s_tools.transformer import sinusoids

SHARED, LOGITS = "model.shared.weight", "lm_head.weight"
EMBEDDING = "model.{}.embed_tokens.weight"
POSITIONS = "model.{}.embed_positions.weight"
BIAS = "final_logits_bias"
SIDES = ("encoder", "decoder")
ATTENTION = {"q_proj": "query", "k_proj": "key", "v_proj": "value", "out_proj": "output"}
FEED_FORWARD = {"fc1": "inner", "fc2": "outer"}
# The norm that follows each sum, of MarianMT and of the format
NORMS = {
    "self_attn_layer_norm": "self_attention_norm",
    "encoder_attn_layer_norm": "cross_attention_norm",
    "final_layer_norm": "feed_forward_norm",
}
ROUNDING = 1e-3  # of a table of positions that was stored as f16
FILES = ("config.json", "vocab.json", "source.spm", "target.spm")


def read_tensors(folder):
    """The weights, whichever file they are in."""
    path = folder / "model.safetensors"
    if path.exists():
        try:
            return Tensors(load_file(path), path)
        except SafetensorError as error:
            raise ConversionError(f"{path} is no safetensors file: {error}") from None
    path = folder / "pytorch_model.bin"
    if not path.exists():
        raise ConversionError(f"{folder} has neither model.safetensors nor pytorch_model.bin")
    saved = load_pickled(path)
    if not isinstance(saved, dict) or not saved:
        raise ConversionError(f"{path} holds no state dict but {type(saved).__name__}")
    return Tensors({str(name): tensor for name, tensor in saved.items()}, path)


def find(tensors, *names):
    """The first of the names that the file has, or the last."""
    return next((name for name in names if name in tensors), names[-1])


def take_tied(tensors, names, reason, *shape):
    """The one table that has all these names; the file may have it under each of them."""
    found = [name for name in names if name in tensors]
    if not found:
        raise ConversionError(f"{tensors.where}: there is no tensor {names[0]}")
    tables = [tensors.take(name, *shape) for name in found]
    for name, table in zip(found, tables, strict=True):
        if not torch.equal(table, tables[0]):
            raise ConversionError(
                f"{tensors.where}: {name} differs from {found[0]}, expected the same ({reason})"
            )
    return tables[0]


def read_embeddings(tensors, settings):
    """Both embeddings and the generator's matrix, and which of them are one."""
    shared, tied = settings.share_encoder_decoder_embeddings, settings.tie_word_embeddings
    source, target = ([EMBEDDING.format(side)] for side in SIDES)
    if shared and tied:
        source = target = [SHARED, *source, *target]
    elif shared:
        # newer versions of transformers then share nothing, older ones save one table
        source, target = ([find(tensors, *names, SHARED)] for names in (source, target))
        tensors.taken.add(SHARED)
    rows = settings.decoder_vocab_size
    wanted = {"target_embedding.weight": ([*target, LOGITS] if tied else target, rows)}
    if not (shared and tied):
        wanted["source_embedding.weight"] = (source, settings.vocab_size)
    if not tied:
        wanted["generator.weight"] = ([LOGITS], rows)
    reason = f"share_encoder_decoder_embeddings is {shared}, tie_word_embeddings is {tied}".lower()
    found = {
        name: take_tied(tensors, names, reason, count, settings.d_model)
        for name, (names, count) in wanted.items()
    }
    return found, {(True, True): "all", (False, True): "decoder"}.get((shared, tied), "none")


def take_pair(tensors, name, other, *shape):
    """A layer's weight and bias under the format's name."""
    return {
        f"{other}.weight": tensors.take(f"{name}.weight", *shape),
        f"{other}.bias": tensors.take(f"{name}.bias", shape[0]),
    }


def read_layer(tensors, name, other, cross, size, inner):
    """A layer of either side."""
    found = {}
    attentions = {"self_attn": "self_attention", "encoder_attn": "cross_attention"}
    for its, ours in list(attentions.items())[: 1 + cross]:
        for part, role in ATTENTION.items():
            found |= take_pair(
                tensors, f"{name}.{its}.{part}", f"{other}.{ours}.{role}", size, size
            )
    shapes = {"fc1": (inner, size), "fc2": (size, inner)}
    for its, ours in FEED_FORWARD.items():
        found |= take_pair(tensors, f"{name}.{its}", f"{other}.feed_forward.{ours}", *shapes[its])
    for its, ours in NORMS.items():
        if cross or not its.startswith("encoder"):
            found |= take_pair(tensors, f"{name}.{its}", f"{other}.{ours}", size)
    return found


def check_positions(tensors, settings):
    """Tables of positions are computed; a file that has them must have the same."""
    for side in SIDES:
        name = POSITIONS.format(side)
        if name not in tensors:
            continue
        table = tensors.take(name, settings.max_position_embeddings, settings.d_model)
        error = float((table - sinusoids("sinusoidal-half-split", *table.shape)).abs().max())
        if error > ROUNDING:
            raise ConversionError(
                f"{tensors.where}: {name} differs by {error:.3g} from sinusoidal positions, "
                f"expected at most {ROUNDING}"
            )


def read_network(tensors, settings):
    """All weights, and the hyperparameters."""
    size, rows = settings.d_model, settings.decoder_vocab_size
    found, tied = read_embeddings(tensors, settings)
    counts = {"encoder": settings.encoder_layers, "decoder": settings.decoder_layers}
    for side, count in counts.items():
        for at in range(count):
            found |= read_layer(
                tensors,
                f"model.{side}.layers.{at}",
                f"{side}.layers.{at}",
                side == "decoder",
                size,
                settings.encoder_ffn_dim,
            )
    bias = tensors.take(BIAS, 1, rows)[0] if BIAS in tensors else torch.zeros(rows)
    found["generator.bias"] = bias
    check_positions(tensors, settings)
    tensors.finish()
    config = TransformerHyperparameters(
        source_vocabulary_size=settings.vocab_size,
        target_vocabulary_size=rows,
        model_size=size,
        feed_forward_size=settings.encoder_ffn_dim,
        heads=settings.encoder_attention_heads,
        encoder_layers=settings.encoder_layers,
        decoder_layers=settings.decoder_layers,
        norm="post",
        activation=settings.activation,
        positions="sinusoidal-half-split",
        scale_embeddings=settings.scale_embedding,
        tied_embeddings=tied,
    )
    return config, found


def convert(path, options):
    """A directory that `save_pretrained` wrote, or of the hub."""
    if not path.is_dir():
        raise ConversionError(f"{path} is no directory, expected one of a MarianMT model")
    missing = next((name for name in FILES if not (path / name).exists()), None)
    if missing is not None:
        raise ConversionError(f"{path} has no {missing}, expected a directory of MarianMT")
    table = read_json(path / "config.json", "configuration")
    settings = read_settings(table, path / "config.json")
    decoding = read_decoding(path, table, settings)
    sides = read_sides(path, settings)
    tokenizers = tuple(side.tokenizer for side in sides)
    languages = read_languages(sides[0].vocabulary, options.target_language)
    config, tensors = read_network(read_tensors(path), settings)
    nameless = [token for token in sides[1].nameless if token < config.target_vocabulary_size]
    tensors["generator.bias"][nameless] = NEVER
    return Converted(config, tensors, tokenizers, {"decoding": decoding, **languages})
