# SPDX-License-Identifier: LGPL-2.1-or-later
"""The reference of the architecture `nematus` of docs/model-format.md in PyTorch.

Shapes: B rows, S source tokens (EOS included), T target tokens, E embedding, H hidden, C memory.
"""

from dataclasses import replace

import torch
from torch import nn

from s2s_tools.hyperparameters import GATES
from s2s_tools.networks import Encoded, EncoderDecoder, LockedDropout, State

# A module cannot have one that is named forward
STACKS = ("forwards", "backwards")
# Names of modules that the format has otherwise
RENAMED = {"forwards": "forward", "backwards": "backward", "initial": "start"}


class BlockNorm(nn.Module):
    """Layer norm of blocks of a vector, each by itself."""

    def __init__(self, sizes, epsilon):
        super().__init__()
        self.sizes, self.epsilon = sizes, epsilon
        self.weight = nn.Parameter(torch.ones(sum(sizes)))
        self.bias = nn.Parameter(torch.zeros(sum(sizes)))

    def forward(self, x):
        """[…, n] → […, n]."""
        parts = [
            nn.functional.layer_norm(part, part.shape[-1:], eps=self.epsilon)
            for part in x.split(self.sizes, dim=-1)
        ]
        return torch.cat(parts, dim=-1) * self.weight + self.bias


class Projection(nn.Linear):
    """A linear layer, and its layer norm where the configuration has one."""

    def __init__(self, config, inputs, outputs):
        super().__init__(inputs, outputs)
        if config.layer_norm != "none":
            self.norm = BlockNorm([outputs], config.layer_norm_epsilon)

    def forward(self, x):
        """[…, inputs] → […, outputs]."""
        y = super().forward(x)
        return self.norm(y) if hasattr(self, "norm") else y


class Cell(nn.Module):
    """A GRU or LSTM cell, and cells without input that go on with its state in the same step."""

    def __init__(self, config, cell, inputs, depth=1):
        super().__init__()
        self.is_lstm = cell == "lstm"
        units, gates = config.hidden_size, GATES[cell] * config.hidden_size
        bound = units**-0.5
        shapes = {"weight_ih": (gates, inputs)} if inputs else {}
        shapes |= {"weight_hh": (gates, units), "bias_ih": (gates,), "bias_hh": (gates,)}
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.empty(shape).uniform_(-bound, bound)))
        if config.layer_norm != "none":
            sizes = [gates] if config.layer_norm == "joint" else [gates - units, units]
            if inputs:
                self.norm_ih = BlockNorm(sizes, config.layer_norm_epsilon)
            self.norm_hh = BlockNorm(sizes, config.layer_norm_epsilon)
        self.transitions = nn.ModuleList(Cell(config, cell, 0) for _ in range(depth - 1))

    def _linear(self, name, x):
        y = nn.functional.linear(x, getattr(self, f"weight_{name}"), getattr(self, f"bias_{name}"))
        return getattr(self, f"norm_{name}")(y) if hasattr(self, f"norm_{name}") else y

    def read(self, x):
        """x […, I] → a […, gates · H]."""
        return self._linear("ih", x)

    def advance(self, a, state):
        """The state (h, c or None) [B, H] after a step, all transitions included."""
        h, c = state
        r = self._linear("hh", h)
        if self.is_lstm:
            i, f, g, o = (a + r).chunk(4, dim=-1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        else:
            size = h.size(-1)
            reset, z = torch.sigmoid(a[..., :-size] + r[..., :-size]).chunk(2, dim=-1)
            n = torch.tanh(a[..., -size:] + reset * r[..., -size:])
            h = (1 - z) * n + z * h
        state = (h, c)
        for cell in self.transitions:
            state = cell.advance(cell.bias_ih, state)
        return state

    def scan(self, x, lengths, backward):
        """x [B, S, I] → [B, S, H], from zeros; rows keep their state where they have no token."""
        a = self.read(x)
        zeros = x.new_zeros(x.size(0), self.weight_hh.size(1))
        state = (zeros, zeros if self.is_lstm else None)
        outputs = [None] * x.size(1)
        order = range(x.size(1))
        for t in reversed(order) if backward else order:
            live = (t < lengths).unsqueeze(1)
            after = self.advance(a[:, t], state)
            state = tuple(
                None if old is None else torch.where(live, new, old)
                for new, old in zip(after, state, strict=True)
            )
            outputs[t] = state[0]
        return torch.stack(outputs, dim=1)


class Attention(nn.Module):
    """Additive attention with layer norms of queries and keys where there are any."""

    def __init__(self, config):
        super().__init__()
        size = config.attention_size
        self.query = nn.Linear(config.hidden_size, size, bias=False)
        self.key = nn.Linear(config.memory_size, size)
        self.v = nn.Parameter(torch.empty(size).uniform_(-0.1, 0.1))
        if config.layer_norm != "none":
            self.query_norm = BlockNorm([size], config.layer_norm_epsilon)
            self.key_norm = BlockNorm([size], config.layer_norm_epsilon)

    def keys(self, memory):
        """What is computed once a sentence: [B, S, A]."""
        keys = self.key(memory)
        return self.key_norm(keys) if hasattr(self, "key_norm") else keys

    def forward(self, h, memory, keys, mask):
        """h [B, H] → context [B, C], weights [B, S]."""
        query = self.query(h)
        if hasattr(self, "query_norm"):
            query = self.query_norm(query)
        scores = torch.tanh(query.unsqueeze(1) + keys) @ self.v
        scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
        weights = torch.softmax(scores.masked_fill(~mask, float("-inf")), dim=1)
        return torch.bmm(weights.unsqueeze(1).to(memory.dtype), memory)[:, 0], weights


class Nematus(EncoderDecoder):
    """Encoder-decoder of any configuration that `NematusHyperparameters` allows."""

    def __init__(self, config, dropout=0.0, token_dropout=0.0):
        """Random weights; `dropout` is locked, `token_dropout` blanks whole embeddings."""
        super().__init__()
        self.config = config
        self.token_dropout = token_dropout
        self.drop = LockedDropout(dropout)
        size = config.embedding_size
        self.source_embedding = nn.Embedding(config.source_vocabulary_size, size)
        self.target_embedding = nn.Embedding(config.target_vocabulary_size, size)
        self.encoder = nn.ModuleDict({"layers": self._encoder_layers()})
        self.attention = Attention(config)
        first = Cell(config, config.decoder_cell, size)
        self.decoder = nn.ModuleDict({"first": first, "layers": self._decoder_layers()})
        widths = {"token": size, "state": config.hidden_size, "context": config.memory_size}
        terms = {name: Projection(config, width, size) for name, width in widths.items()}
        self.output = nn.ModuleDict(terms)
        self.initial = Projection(config, config.memory_size, config.hidden_size)
        self.generator = nn.Linear(size, config.target_vocabulary_size)
        self._tie()
        self._initialise()

    def _encoder_layers(self):
        c = self.config
        layers = nn.ModuleList()
        for index in range(c.encoder_layers):
            stacks = STACKS[: 2 if index < c.stacked_layers else 1]
            width = c.hidden_size if index else c.embedding_size
            width *= 2 if index and index == c.stacked_layers else 1
            cells = {s: Cell(c, c.encoder_cell, width, c.encoder_cell_depth) for s in stacks}
            layers.append(nn.ModuleDict(cells))
        return layers

    def _decoder_layers(self):
        c = self.config
        sizes = [(c.memory_size, c.decoder_cell_base_depth - 1)]
        sizes += [(c.hidden_size, c.decoder_cell_high_depth)] * (c.decoder_layers - 1)
        return nn.ModuleList(Cell(c, c.decoder_cell, width, depth) for width, depth in sizes)

    def _initialise(self):
        """Small embeddings, orthogonal recurrences."""
        with torch.no_grad():
            for embedding in (self.source_embedding, self.target_embedding):
                embedding.weight.normal_(0, self.config.embedding_size**-0.5)
            self.generator.bias.zero_()
            for name, parameter in self.named_parameters():
                if name.endswith("weight_hh"):
                    for block in parameter.split(parameter.size(1)):
                        nn.init.orthogonal_(block)

    @staticmethod
    def bundle_name(name):
        """Modules have methods `forward` and `start` already."""
        return ".".join(RENAMED.get(part, part) for part in name.split("."))

    def _embed(self, embedding, ids):
        """ids [B, T] → [B, T, E], with dropout while training."""
        return self._drop_tokens(self.drop(embedding(ids)))

    def _stack(self, x, lengths, layers, stack):
        """The layers (index, modules) of a stack, the first of which adds no input."""
        for place, (index, layer) in enumerate(layers):
            turns = self.config.encoder_direction == "alternating" and index % 2 == 1
            y = layer[stack].scan(x, lengths, (stack == "backwards") != turns)
            x = self.drop(x + y if self.config.residual and place else y)
        return x

    def encode(self, ids, lengths):
        """ids [B, S] in the order of the text, EOS at lengths[b] − 1, any padding after it."""
        layers = list(enumerate(self.encoder["layers"]))
        stacked = self.config.stacked_layers
        embedded = self._embed(self.source_embedding, ids)
        x = torch.cat([self._stack(embedded, lengths, layers[:stacked], s) for s in STACKS], dim=2)
        x = self._stack(x, lengths, layers[stacked:], "forwards")
        mask = torch.arange(ids.size(1), device=ids.device) < lengths.unsqueeze(1)
        return Encoded(x * mask.unsqueeze(2), mask, [])

    def start(self, encoded):
        """The decoder's state before the first step; it has no attentional vector."""
        memory, mask = encoded.memory, encoded.mask
        h = torch.tanh(self.initial(memory.sum(1) / mask.sum(1, keepdim=True)))
        state = (h, h if self.config.decoder_cell == "lstm" else None)
        keys = self.attention.keys(memory)
        return State([state] * self.config.decoder_layers, None, memory, keys, mask)

    def _decode_step(self, state, y):
        """y [B, E] → the generator's input [B, E] and the state after."""
        first = self.decoder["first"]
        inner = first.advance(first.read(y), state.layers[0])
        context, weights = self.attention(inner[0], state.memory, state.keys, state.mask)
        x, layers = context, []
        for index, layer in enumerate(self.decoder["layers"]):
            before = state.layers[index] if index else inner
            layers.append(layer.advance(layer.read(x), before))
            out = layers[-1][0]
            x = x + out if self.config.residual and index else out
        terms = {"token": y, "state": x, "context": context}
        o = torch.tanh(sum(self.output[name](value) for name, value in terms.items()))
        return o, replace(state, layers=layers, attention=weights)

    def features(self, source, lengths, previous):
        """Teacher forcing up to the generator: previous [B, T] begins with BOS → [B, T, E]."""
        state = self.start(self.encode(source, lengths))
        outputs = []
        for y in self._embed(self.target_embedding, previous).unbind(1):
            out, state = self._decode_step(state, y)
            outputs.append(out)
        return self.drop(torch.stack(outputs, dim=1))

    def step(self, state, previous):
        """previous [B] → logits [B, Vt] and the next state."""
        out, state = self._decode_step(state, self.target_embedding(previous))
        return self.generator(out), state
