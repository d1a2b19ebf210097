# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checkpoints that resume exactly, and the mean of several sets of weights."""

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch


@dataclass
class Progress:
    """Where a training stands beside weights and optimizer."""

    step: int = 0
    chunk: int = 0
    position: int = 0
    best: float = float("inf")
    stale: int = 0
    rate_factor: float = 1.0
    tokens: int = 0
    loss_sum: float = 0.0
    loss_tokens: int = 0
    history: list = field(default_factory=list)


def save(path, model, optimizer, progress):
    """Write everything that an exact resume needs; the file is replaced at once."""
    part = Path(f"{path}.part")
    torch.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "progress": asdict(progress),
        },
        part,
    )
    os.replace(part, path)


def load(path, model, optimizer):
    """Load what `save` wrote into model and optimizer; returns the progress."""
    saved = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    return Progress(**saved["progress"])


def save_weights(folder, step, score, tensors, keep):
    """Keep the weights of a step; of all kept ones only the `keep` newest stay."""
    folder.mkdir(exist_ok=True)
    torch.save({"score": score, "tensors": tensors}, folder / f"step-{step:07d}.pt")
    for old in sorted(folder.glob("step-*.pt"))[:-keep]:
        old.unlink()


def average_weights(paths):
    """The mean of the weights that `save_weights` wrote."""
    total = {}
    for path in paths:
        tensors = torch.load(path, map_location="cpu", weights_only=True)["tensors"]
        for name, value in tensors.items():
            total[name] = total.get(name, 0) + value.double()
    return {name: (value / len(paths)).float() for name, value in total.items()}


def best_weights(folder, count):
    """The files of the `count` best dev scores among the weights that were kept."""

    def score(path):
        return torch.load(path, map_location="cpu", weights_only=True)["score"]

    return sorted(sorted(folder.glob("step-*.pt")), key=score)[:count]
