# SPDX-License-Identifier: LGPL-2.1-or-later
"""Matrices as int8 with a scale for each row, as docs/model-format.md has them."""

import torch

LIMIT = 127
SCALE = ".scale"


def is_chosen(name, tensor, config):
    """Whether a tensor is stored as int8: the matrices that a step or a source is multiplied with.

    Embeddings and positions are looked up, a row at a time; `general` attention uses its matrix
    transposed, once a sentence. None of them gets faster.
    """
    spared = {"source_embedding.weight", "source_positions.weight", "target_positions.weight"}
    if getattr(config, "attention", None) == "general":
        spared.add("attention.query.weight")
    if config.tied_embeddings == "none":
        spared.add("target_embedding.weight")
    return tensor.dim() == 2 and name not in spared


def quantize(name, matrix):
    """The matrix, symmetric and rounded to the nearest, and its scales: a dict of two tensors."""
    scales = matrix.float().abs().amax(1) / LIMIT
    steps = matrix.float() / torch.where(scales > 0, scales, 1.0)[:, None]
    rounded = steps.round().clamp(-LIMIT, LIMIT).to(torch.int8)
    return {name: rounded, name + SCALE: scales}


def dequantize(tensors):
    """All tensors in f32, as their values are: scales are multiplied in and gone."""
    for name, tensor in tensors.items():
        got = list(tensors[name + SCALE].shape) if name + SCALE in tensors else None
        if tensor.dtype == torch.int8 and got != list(tensor.shape[:1]):
            wanted = list(tensor.shape[:1])
            raise ValueError(f"{name}{SCALE}: expected {wanted}, got {got or 'nothing'}")
    scaled = {name + SCALE for name, tensor in tensors.items() if tensor.dtype == torch.int8}
    return {
        name: tensor.float() * tensors[name + SCALE][:, None]
        if tensor.dtype == torch.int8
        else tensor.float()
        for name, tensor in tensors.items()
        if name not in scaled
    }
