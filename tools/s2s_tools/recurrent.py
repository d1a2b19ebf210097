# SPDX-License-Identifier: LGPL-2.1-or-later
"""Recurrent layers: PyTorch's LSTM and GRU, and the GRU of Cho 2014."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class ResetBeforeGRU(nn.Module):
    """One GRU layer whose reset gate acts before the product with W_hh,n.

    Parameters are named and shaped as those of a one-layer torch.nn.GRU.
    """

    def __init__(self, input_size, units, bidirectional=False):
        super().__init__()
        self.units = units
        self.suffixes = ["_l0", "_l0_reverse"] if bidirectional else ["_l0"]
        bound = units**-0.5
        shapes = {"weight_ih": (3 * units, input_size), "weight_hh": (3 * units, units)}
        shapes |= {"bias_ih": (3 * units,), "bias_hh": (3 * units,)}
        for suffix in self.suffixes:
            for name, shape in shapes.items():
                values = torch.empty(shape).uniform_(-bound, bound)
                self.register_parameter(name + suffix, nn.Parameter(values))

    def _step(self, a, h, suffix):
        """One step: a [B, 3U] is x·W_ihᵀ + b_ih, h [B, U]."""
        weight = getattr(self, "weight_hh" + suffix)
        bias = getattr(self, "bias_hh" + suffix)
        split = 2 * self.units
        gates = torch.sigmoid(a[:, :split] + h @ weight[:split].T + bias[:split])
        r, z = gates.chunk(2, dim=1)
        n = torch.tanh(a[:, split:] + (r * h) @ weight[split:].T + bias[split:])
        return (1 - z) * n + z * h

    def _scan(self, x, lengths, h, suffix):
        """Run one direction; rows keep their state after their last token."""
        a = x @ getattr(self, "weight_ih" + suffix).T + getattr(self, "bias_ih" + suffix)
        outputs = [None] * x.size(1)
        order = range(x.size(1))
        for t in reversed(order) if suffix.endswith("_reverse") else order:
            live = (t < lengths).unsqueeze(1)
            h = torch.where(live, self._step(a[:, t], h, suffix), h)
            outputs[t] = h
        return torch.stack(outputs, dim=1), h

    def forward(self, x, lengths, start=None):
        """x [B, S, I], lengths [B], start [D, B, U] → outputs [B, S, D·U], last [D, B, U]."""
        if start is None:
            start = x.new_zeros(len(self.suffixes), x.size(0), self.units)
        runs = [self._scan(x, lengths, start[d], s) for d, s in enumerate(self.suffixes)]
        return torch.cat([r[0] for r in runs], dim=2), torch.stack([r[1] for r in runs])


def make_layer(cell, input_size, units, bidirectional=False):
    """A one-layer recurrent module with `units` units each way."""
    if cell == "gru-reset-before":
        return ResetBeforeGRU(input_size, units, bidirectional)
    kind = nn.LSTM if cell == "lstm" else nn.GRU
    return kind(input_size, units, batch_first=True, bidirectional=bidirectional)


def run_encoder_layer(layer, x, lengths):
    """Run a layer from the zero state over padded rows.

    x [B, S, I], lengths [B] → outputs [B, S, H] (anything after a row's end) and the
    last state (h [B, H], c [B, H] or None), each [forward ; backward].
    """
    if isinstance(layer, ResetBeforeGRU):
        outputs, last = layer(x, lengths)
    elif bool((lengths == x.size(1)).all()):
        outputs, last = layer(x)
    else:
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        outputs, last = layer(packed)
        outputs, _ = pad_packed_sequence(outputs, batch_first=True, total_length=x.size(1))
    h, c = last if isinstance(layer, nn.LSTM) else (last, None)
    return outputs, (_join_directions(h), None if c is None else _join_directions(c))


def _join_directions(state):
    """[D, B, U] → [B, D·U]."""
    return state.transpose(0, 1).reshape(state.size(1), -1)


def run_decoder_layer(layer, x, state):
    """x [B, T, I], state (h [B, H], c [B, H] or None) → outputs [B, T, H], the next state."""
    h, c = state
    h = h.unsqueeze(0)
    if isinstance(layer, ResetBeforeGRU):
        lengths = torch.full((x.size(0),), x.size(1), device=x.device)
        outputs, last = layer(x, lengths, h)
        return outputs, (last[0], None)
    if isinstance(layer, nn.GRU):
        outputs, last = layer(x, h)
        return outputs, (last[0], None)
    outputs, (h, c) = layer(x, (h, c.unsqueeze(0)))
    return outputs, (h[0], c[0])
