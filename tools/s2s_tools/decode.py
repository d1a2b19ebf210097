# SPDX-License-Identifier: LGPL-2.1-or-later
"""Greedy decoding in PyTorch."""

import torch

from s2s_tools.tokenizers import BOS, EOS, PAD, UNK


def translate(model, lines, source, target, device="cpu", rows=64):
    """Greedy output of text lines, in their order."""
    ids = [source.encode(line)[:127] + [EOS] for line in lines]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    outputs = [""] * len(ids)
    for at in range(0, len(order), rows):
        chosen = order[at : at + rows]
        for i, tokens in zip(chosen, greedy(model, [ids[i] for i in chosen], device), strict=True):
            outputs[i] = target.decode(tokens)
    return outputs


@torch.no_grad()
def greedy(model, sources, device="cpu"):
    """Most likely tokens, step by step, of sources that end in EOS: lists of ids without EOS."""
    model.eval()
    lengths = torch.tensor([len(s) for s in sources], device=device)
    batch = torch.full((len(sources), int(lengths.max())), PAD, device=device)
    for row, ids in enumerate(sources):
        batch[row, : len(ids)] = torch.tensor(ids)
    state = model.start(model.encode(batch, lengths))
    previous = torch.full((len(sources),), BOS, device=device)
    outputs = [[] for _ in sources]
    live = list(range(len(sources)))
    for _ in range(3 * int(lengths.max()) + 10):
        logits, state = model.step(state, previous)
        logits[:, [PAD, UNK, BOS]] = float("-inf")
        chosen = logits.argmax(1)
        kept = [k for k, token in enumerate(chosen.tolist()) if token != EOS]
        for k in kept:
            outputs[live[k]].append(int(chosen[k]))
        if not kept:
            break
        live = [live[k] for k in kept]
        rows = torch.tensor(kept, device=device)
        state, previous = state.select(rows), chosen[rows]
    return outputs
