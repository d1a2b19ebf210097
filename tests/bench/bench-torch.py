# SPDX-License-Identifier: LGPL-2.1-or-later
"""The sentences of bench-decoder in PyTorch: python3 bench-torch.py DIRECTORY.

The directory has config.json, model.safetensors, and source.txt and target.txt with the ids of a
sentence in each line. Prints rows of its table, and how many tokens come out the same.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import torch
from s2s_tools.hyperparameters import Hyperparameters
from s2s_tools.networks import Seq2Seq
from safetensors.torch import load_file

BOS = 2
ROUNDS = 5
ALONE = 3


def read_ids(path):
    """[sentences, tokens]"""
    lines = path.read_text(encoding="utf-8").splitlines()
    return torch.tensor([[int(word) for word in line.split()] for line in lines])


@torch.inference_mode()
def decode(model, source, count):
    """Greedy, `count` tokens each: [sentences, count]."""
    lengths = torch.full((len(source),), source.size(1))
    state = model.start(model.encode(source, lengths))
    previous = torch.full((len(source),), BOS)
    tokens = []
    for _ in range(count):
        logits, state = model.step(state, previous)
        previous = logits.argmax(1)
        tokens.append(previous)
    return torch.stack(tokens, 1)


def measure(model, batches, count):
    """Target tokens a second of each round, lowest first."""
    rates = []
    for _ in range(ROUNDS + 1):
        start = time.process_time()
        for batch in batches:
            decode(model, batch, count)
        tokens = sum(len(batch) for batch in batches) * count
        rates.append(tokens / (time.process_time() - start))
    return sorted(rates[1:])


def main():
    """Time both batch sizes and compare the tokens."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    folder = Path(sys.argv[1])
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    model = Seq2Seq(Hyperparameters(**config["hyperparameters"]))
    model.from_tensors(load_file(folder / "model.safetensors")).eval()
    source, target = read_ids(folder / "source.txt"), read_ids(folder / "target.txt")
    count = target.size(1)
    for batches in (source[:ALONE].split(1), source.split(len(source))):
        rates = measure(model, batches, count)
        middle = statistics.median(rates)
        size = len(batches[0])
        print(f"F32  {size:5} {middle:8.0f} ({rates[0]:5.0f} to {rates[-1]:5.0f}) PyTorch")
    same = int((decode(model, source, count) == target).sum())
    print(f"PyTorch {torch.__version__} puts out {same} of {target.numel()} tokens the same")


if __name__ == "__main__":
    main()
