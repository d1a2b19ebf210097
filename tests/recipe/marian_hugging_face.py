# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Transformer of Marian in Hugging Face's MarianMT: the same network but for two things.

Its positions have other frequencies and its norms another epsilon, so both are put in by hand.
"""

import math

import numpy
import torch
import transformers
from marian_transformer_models import HEADS, SIZE

LAYERS = 2
ATTENTION = {"q": "q_proj", "k": "k_proj", "v": "v_proj", "o": "out_proj"}
NORMS = {"_self_Wo": "self_attn_layer_norm", "_context_Wo": "encoder_attn_layer_norm"}
NORMS |= {"_ffn_ffn": "final_layer_norm"}


def put_layer(layer, arrays, prefix):
    """The tensors of one layer."""
    attentions = {"_self": "self_attn", "_context": "encoder_attn"}
    linears = {
        (f"{prefix}{part}", letter): getattr(getattr(layer, ours), name)
        for part, ours in attentions.items()
        if hasattr(layer, ours)
        for letter, name in ATTENTION.items()
    }
    linears |= {(f"{prefix}_ffn", str(at)): getattr(layer, f"fc{at}") for at in (1, 2)}
    for (name, suffix), linear in linears.items():
        linear.weight.copy_(torch.from_numpy(arrays[f"{name}_W{suffix}"].T))
        linear.bias.copy_(torch.from_numpy(arrays[f"{name}_b{suffix}"][0]))
    for part, ours in NORMS.items():
        if hasattr(layer, ours):
            norm = getattr(layer, ours)
            norm.weight.copy_(torch.from_numpy(arrays[f"{prefix}{part}_ln_scale"][0]))
            norm.bias.copy_(torch.from_numpy(arrays[f"{prefix}{part}_ln_bias"][0]))


def positions(count):
    """Marian's."""
    half = SIZE // 2
    angles = [
        [at * math.exp(-k * math.log(10000) / (half - 1)) for k in range(half)]
        for at in range(count)
    ]
    return torch.tensor([[*map(math.sin, row), *map(math.cos, row)] for row in angles])


@torch.no_grad()
def make_logits(model, sides):
    """A reference of conversion.py, of the kind `attention`."""
    rows = sides.bos + 1
    sizes = {f"{side}_layers": LAYERS for side in ("encoder", "decoder")}
    sizes |= {f"{side}_attention_heads": HEADS for side in ("encoder", "decoder")}
    sizes |= {f"{side}_ffn_dim": 12 for side in ("encoder", "decoder")}
    network = transformers.MarianMTModel(
        transformers.MarianConfig(
            vocab_size=rows,
            decoder_vocab_size=rows,
            share_encoder_decoder_embeddings=False,
            d_model=SIZE,
            activation_function=model.settings["transformer-ffn-activation"],
            scale_embedding=True,
            max_position_embeddings=32,
            pad_token_id=sides.bos,
            eos_token_id=sides.eos,
            decoder_start_token_id=sides.bos,
            **sizes,
        )
    ).eval()
    for side in ("encoder", "decoder"):
        part = getattr(network.model, side)
        table = torch.from_numpy(model.arrays[f"{side}_Wemb"])
        part.embed_tokens.weight.zero_()[: len(table)] = table
        part.embed_positions.weight.copy_(positions(32))
        for at, layer in enumerate(part.layers):
            put_layer(layer, model.arrays, f"{side}_l{at + 1}")
    network.lm_head.weight.copy_(network.model.decoder.embed_tokens.weight)
    bias = torch.from_numpy(model.arrays["decoder_ff_logit_out_b"])
    network.final_logits_bias = torch.nn.functional.pad(bias, (0, 1), value=-10_000)
    for module in network.modules():
        if isinstance(module, torch.nn.LayerNorm):
            module.eps = 1e-6

    def logits(source, previous):
        with torch.no_grad():
            ids = torch.from_numpy(numpy.asarray(source))
            mask = torch.ones_like(ids)
            previous = torch.from_numpy(numpy.asarray(previous))
            return network(ids, attention_mask=mask, decoder_input_ids=previous).logits.numpy()

    return logits
