# SPDX-License-Identifier: LGPL-2.1-or-later
"""OpenNMT-py's RNN models with random weights, written out by the names of its modules."""

import argparse

import numpy
import torch
from conversion import EOS, find_eos_bias, make_sides
from torch import nn

SOURCE, TARGET, HIDDEN = 12, 11, 8


class Table(nn.Module):
    """embeddings.make_embedding.emb_luts.0."""

    def __init__(self, size, width):
        super().__init__()
        luts = nn.ModuleList([nn.Embedding(size, width)])
        self.make_embedding = nn.ModuleDict({"emb_luts": luts})

    def forward(self, ids):
        """[B, T] → [B, T, E]."""
        return self.make_embedding["emb_luts"][0](ids)


class Stacked(nn.Module):
    """StackedLSTM and StackedGRU: cells of the decoder that is fed its output."""

    def __init__(self, kind, layers, inputs):
        super().__init__()
        cell = nn.LSTMCell if kind == "LSTM" else nn.GRUCell
        sizes = [inputs] + [HIDDEN] * (layers - 1)
        self.layers = nn.ModuleList(cell(size, HIDDEN) for size in sizes)

    def forward(self, x, states):
        """One step; states: h, or (h, c), of each layer."""
        after = []
        for cell, state in zip(self.layers, states, strict=True):
            after.append(cell(x, state))
            x = after[-1][0] if isinstance(cell, nn.LSTMCell) else after[-1]
        return x, after


class Attention(nn.Module):
    """GlobalAttention: tanh(W_out [c ; h]) of `general` and `dot`, no tanh and a bias of `mlp`."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        if kind == "general":
            self.linear_in = nn.Linear(HIDDEN, HIDDEN, bias=False)
        if kind == "mlp":
            self.linear_context = nn.Linear(HIDDEN, HIDDEN, bias=False)
            self.linear_query = nn.Linear(HIDDEN, HIDDEN, bias=True)
            self.v = nn.Linear(HIDDEN, 1, bias=False)
        self.linear_out = nn.Linear(2 * HIDDEN, HIDDEN, bias=kind == "mlp")

    def scores(self, h, memory):
        """[B, S]."""
        if self.kind == "mlp":
            joined = self.linear_query(h).unsqueeze(1) + self.linear_context(memory)
            return self.v(torch.tanh(joined)).squeeze(2)
        query = self.linear_in(h) if self.kind == "general" else h
        return (memory @ query.unsqueeze(2)).squeeze(2)

    def forward(self, h, memory):
        """h [B, H], memory [B, S, H] → [B, H]."""
        weights = torch.softmax(self.scores(h, memory), 1)
        context = (weights.unsqueeze(2) * memory).sum(1)
        y = self.linear_out(torch.cat([context, h], 1))
        return y if self.kind == "mlp" else torch.tanh(y)


class Model(nn.Module):
    """NMTModel with RNNEncoder and InputFeedRNNDecoder or StdRNNDecoder."""

    def __init__(self, options):
        super().__init__()
        self.options = options
        both, layers = options.encoder_type == "brnn", options.layers
        kind = nn.LSTM if options.rnn_type == "LSTM" else nn.GRU
        self.encoder = nn.Module()
        self.encoder.embeddings = Table(SOURCE, 5)
        self.encoder.rnn = kind(5, HIDDEN // (1 + both), layers, bidirectional=both)
        self.decoder = nn.Module()
        self.decoder.embeddings = Table(TARGET, 6)
        if options.input_feed:
            self.decoder.rnn = Stacked(options.rnn_type, layers, 6 + HIDDEN)
        else:
            self.decoder.rnn = kind(6, HIDDEN, layers)
        if options.global_attention != "none":
            self.decoder.attn = Attention(options.global_attention)
        self.generator = nn.Linear(HIDDEN, TARGET)

    def starts(self, final):
        """The encoder's last states as the decoder takes them: [layers, B, H]."""
        if self.options.encoder_type == "brnn":
            return torch.cat([final[0::2], final[1::2]], 2)
        return final

    def attend(self, h, memory):
        """The decoder's output for its top state."""
        return self.decoder.attn(h, memory) if hasattr(self.decoder, "attn") else h

    @torch.no_grad()
    def logits(self, source, previous):
        """What `generator` gives; a reference of conversion.py."""
        ids = torch.from_numpy(source)
        memory, final = self.encoder.rnn(self.encoder.embeddings(ids).transpose(0, 1))
        memory = memory.transpose(0, 1)
        lstm = isinstance(final, tuple)
        states = tuple(map(self.starts, final)) if lstm else self.starts(final)
        y = self.decoder.embeddings(torch.from_numpy(previous))
        if not self.options.input_feed:
            tops = self.decoder.rnn(y.transpose(0, 1), states)[0]
            outputs = [self.attend(h, memory) for h in tops]
        else:
            outputs, states = [], list(zip(*states, strict=True) if lstm else states)
            fed = torch.zeros(len(source), HIDDEN)
            for t in range(y.size(1)):
                h, states = self.decoder.rnn(torch.cat([y[:, t], fed], 1), states)
                fed = self.attend(h, memory)
                outputs.append(fed)
        return self.generator(torch.stack(outputs, 1)).numpy()


# encoder_type, rnn_type, layers, input_feed, global_attention
KINDS = {
    "fed-lstm": ("brnn", "LSTM", 2, 1, "general"),
    "fed-gru": ("rnn", "GRU", 2, 1, "dot"),
    "lstm": ("rnn", "LSTM", 1, 0, "dot"),
    "gru": ("brnn", "GRU", 2, 0, "general"),
    "fed-mlp": ("brnn", "LSTM", 1, 1, "mlp"),
    "plain": ("brnn", "LSTM", 2, 0, "none"),
    "fed-plain": ("rnn", "GRU", 1, 1, "none"),
}
KEYS = ("encoder_type", "rnn_type", "layers", "input_feed", "global_attention")


# Seeds of weights with which outputs end by themselves, and differ; by whether sources end
SEEDS = {
    False: dict.fromkeys(KINDS, 3) | {"gru": 1, "plain": 1, "fed-plain": 4},
    True: {"fed-lstm": 3, "gru": 6},
}


def make_model(name, ends=False, seed=None):
    """A model and its vocabularies; OpenNMT-py's sources do not end unless they were made to."""
    named = dict(zip(KEYS, KINDS[name], strict=True))
    options = argparse.Namespace(decoder_type="rnn", bridge=False, copy_attn=False, **named)
    model = Model(options).eval()
    draw = numpy.random.default_rng(seed or SEEDS[ends][name])
    sides = make_sides(SOURCE, TARGET, "word", ends)
    with torch.no_grad():
        for key, value in model.named_parameters():
            scale = 2.0 if key.startswith("generator") else 1.4
            value.copy_(torch.from_numpy(draw.uniform(-scale, scale, value.shape)))
        model.generator.bias[EOS] += find_eos_bias(model.logits, sides)
    return model, sides


def make_checkpoint(model, sides):
    """What OpenNMT-py 3 saves."""
    state = model.state_dict()
    vocabularies = {"src": sides.source, "tgt": sides.target, "data_task": "seq2seq"}
    return {
        "model": {key: value for key, value in state.items() if "generator" not in key},
        "generator": model.generator.state_dict(),
        "vocab": vocabularies | {"decoder_start_token": "<s>"},
        "opt": model.options,
        "optim": {"training_step": 3},
    }
