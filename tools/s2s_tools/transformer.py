# SPDX-License-Identifier: LGPL-2.1-or-later
"""The reference of the architecture `transformer` of docs/model-format.md in PyTorch.

Shapes: B rows, S source tokens (with EOS, if any), T target tokens, N heads, D model size.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import nn

from s2s_tools.networks import EncoderDecoder

ACTIVATIONS = {
    "relu": nn.functional.relu,
    "gelu": nn.functional.gelu,
    "swish": nn.functional.silu,
}


@dataclass(frozen=True)
class Encoded:
    """What the decoder reads: memory [B, S, D] and mask [B, S], true at tokens."""

    memory: torch.Tensor
    mask: torch.Tensor


@dataclass(frozen=True)
class State:
    """The decoder between two steps; every tensor has B rows.

    steps: how many there were; past: (keys, values) [B, N, steps, D/N] of each layer, or the
    state (c,) [B, D] of its SSRU; memory: (keys, values) [B, N, S, D/N] of each layer;
    attention: the weights [B, S] of the last step.
    """

    steps: int
    past: list
    memory: list
    mask: torch.Tensor
    attention: torch.Tensor | None = None

    def select(self, rows):
        """The state of the given rows (a LongTensor), as beam search reorders them."""
        return State(
            self.steps,
            [tuple(kept[rows] for kept in past) for past in self.past],
            [(keys[rows], values[rows]) for keys, values in self.memory],
            self.mask[rows],
            None if self.attention is None else self.attention[rows],
        )


@lru_cache(maxsize=256)
def sinusoids(kind, count, size):
    """Rows 0 to count − 1 of the table of positions, in double precision: [count, size]."""
    half = size // 2
    exponents = torch.arange(half, dtype=torch.double)
    exponents /= half - 1 if kind == "sinusoidal-marian" else half
    angles = torch.arange(count, dtype=torch.double)[:, None] * 10000.0**-exponents
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Dropout(nn.Module):
    """Dropout whose share is the nearest of so many 256ths.

    It is drawn from random bytes, which a CPU has several times as fast as PyTorch's own draws.
    """

    def __init__(self, share):
        super().__init__()
        self.dropped = round(256 * share)

    def forward(self, x):
        """x with some values 0 and the others scaled while training, else x."""
        if not self.training or self.dropped == 0:
            return x
        count = (x.numel() + 7) // 8
        words = torch.empty(count, dtype=torch.int64, device=x.device).random_(-(2**63), None)
        draws = words.view(torch.uint8)[: x.numel()].view(x.shape)
        return x * (draws >= self.dropped).to(x.dtype).mul_(256 / (256 - self.dropped))


def narrowed(x):
    """x in the precision of autocast, if that is on: once, not for each product with it."""
    kind = x.device.type
    return x.to(torch.get_autocast_dtype(kind)) if torch.is_autocast_enabled(kind) else x


class MultiHead(nn.Module):
    """Attention of several heads."""

    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(size, size)
        self.key = nn.Linear(size, size)
        self.value = nn.Linear(size, size)
        self.output = nn.Linear(size, size)

    def _split(self, x):
        """[B, T, D] → [B, N, T, D/N]."""
        return x.view(x.size(0), x.size(1), self.heads, -1).transpose(1, 2)

    def read(self, m):
        """Keys and values of m [B, S, D]."""
        return self._split(self.key(m)), self._split(self.value(m))

    def forward(self, x, memory, mask):
        """x [B, T, D], memory as of `read`, mask [B or 1, 1, T or 1, S] → y, weights [B, N, T, S].

        The softmax is in single precision at least.
        """
        keys, values = memory
        query = self._split(self.query(x))
        scores = query @ keys.transpose(2, 3) * query.size(3) ** -0.5
        scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
        weights = torch.softmax(scores.masked_fill(~mask, float("-inf")), dim=3)
        context = weights.to(values.dtype) @ values
        return self.output(context.transpose(1, 2).flatten(2)), weights


class Ssru(nn.Module):
    """The simpler simple recurrent unit, in the place of a decoder's self-attention."""

    def __init__(self, size):
        super().__init__()
        self.forget = nn.Linear(size, size)
        self.candidate = nn.Linear(size, size, bias=False)

    def forward(self, x, c):
        """x [B, T, D] after the state c [B, D] → y [B, T, D] and the state after it."""
        gates, candidates = torch.sigmoid(self.forget(x)), self.candidate(x)
        states = []
        for f, z in zip(gates.unbind(1), candidates.unbind(1), strict=True):
            c = f * c + (1 - f) * z
            states.append(c)
        return torch.relu(torch.stack(states, dim=1)), c


class FeedForward(nn.Module):
    """Two layers with an activation between them."""

    def __init__(self, config, dropout):
        super().__init__()
        self.activation = ACTIVATIONS[config.activation]
        self.drop = Dropout(dropout)
        self.inner = nn.Linear(config.model_size, config.feed_forward_size)
        self.outer = nn.Linear(config.feed_forward_size, config.model_size)

    def forward(self, x):
        """[B, T, D] → [B, T, D]."""
        return self.outer(self.drop(self.activation(self.inner(x))))


class Layer(nn.Module):
    """A layer of the encoder, or with cross-attention of the decoder."""

    def __init__(self, config, dropout, cross):
        super().__init__()
        self.pre = config.norm == "pre"
        self.drop = Dropout(dropout)

        def norm():
            return nn.LayerNorm(config.model_size, eps=config.layer_norm_epsilon)

        if cross and config.decoder_autoregression == "ssru":
            self.ssru = Ssru(config.model_size)
            self.ssru_norm = norm()
        else:
            self.self_attention = MultiHead(config.model_size, config.heads)
            self.self_attention_norm = norm()
        if cross:
            self.cross_attention = MultiHead(config.model_size, config.heads)
            self.cross_attention_norm = norm()
        self.feed_forward = FeedForward(config, dropout)
        self.feed_forward_norm = norm()

    def _add(self, norm, x, layer):
        """A layer with what is around it."""
        if self.pre:
            return x + self.drop(layer(narrowed(norm(x))))
        return norm(x + self.drop(layer(x)))

    def encode(self, x, mask):
        """x [B, S, D] → [B, S, D]."""

        def attend(x):
            return self.self_attention(x, self.self_attention.read(x), mask)[0]

        x = self._add(self.self_attention_norm, x, attend)
        return self._add(self.feed_forward_norm, x, self.feed_forward)

    def decode(self, x, past, seen, memory, mask):
        """x [B, T, D] after `past` → the output, the past after it, weights [B, N, T, S].

        seen: which of the past and of x a row of x sees.
        """
        kept = {}

        def attend(x):
            new = self.self_attention.read(x)
            kept["past"] = tuple(torch.cat(pair, dim=2) for pair in zip(past, new, strict=True))
            return self.self_attention(x, kept["past"], seen)[0]

        def recur(x):
            y, state = self.ssru(x, *past)
            kept["past"] = (state,)
            return y

        def look(x):
            y, kept["weights"] = self.cross_attention(x, memory, mask)
            return y

        if hasattr(self, "ssru"):
            x = self._add(self.ssru_norm, x, recur)
        else:
            x = self._add(self.self_attention_norm, x, attend)
        x = self._add(self.cross_attention_norm, x, look)
        x = self._add(self.feed_forward_norm, x, self.feed_forward)
        return x, kept["past"], kept["weights"]


class Transformer(EncoderDecoder):
    """Encoder-decoder of any configuration that `TransformerHyperparameters` allows."""

    def __init__(self, config, dropout=0.0, token_dropout=0.0):
        """Random weights; `token_dropout` blanks whole embeddings."""
        super().__init__()
        self.config = config
        self.token_dropout = token_dropout
        self.drop = Dropout(dropout)
        size = config.model_size
        self.source_embedding = nn.Embedding(config.source_vocabulary_size, size)
        self.target_embedding = nn.Embedding(config.target_vocabulary_size, size)
        if config.positions == "learned":
            self.source_positions = nn.Embedding(config.max_positions, size)
            self.target_positions = nn.Embedding(config.max_positions, size)
        self.encoder = self._side(config.encoder_layers, dropout, False)
        self.decoder = self._side(config.decoder_layers, dropout, True)
        self.generator = nn.Linear(size, config.target_vocabulary_size)
        self._tie()
        self._initialise()

    def _side(self, count, dropout, cross):
        c = self.config
        layers = nn.ModuleList(Layer(c, dropout, cross) for _ in range(count))
        side = nn.ModuleDict({"layers": layers})
        if c.norm == "pre":
            side["norm"] = nn.LayerNorm(c.model_size, eps=c.layer_norm_epsilon)
        return side

    def _initialise(self):
        """Glorot's matrices; embeddings such that scaled or not they weigh as positions do."""
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if "embedding" in name or "positions" in name:
                    parameter.normal_(0, self.config.model_size**-0.5)
                elif parameter.dim() == 2 and not name.startswith("generator"):
                    nn.init.xavier_uniform_(parameter)
                elif name.endswith(".bias"):
                    parameter.zero_()

    def _embed(self, side, ids, first=0):
        """ids [B, T], which begin at position `first` → [B, T, D], with dropout while training."""
        c = self.config
        x = self._drop_tokens(getattr(self, f"{side}_embedding")(ids))
        if c.scale_embeddings:
            x = x * c.model_size**0.5
        count = first + ids.size(1)
        if c.positions == "learned":
            places = torch.arange(first, count, device=ids.device).clamp(max=c.max_positions - 1)
            positions = getattr(self, f"{side}_positions")(places)
        else:
            positions = sinusoids(c.positions, count, c.model_size)[first:].to(x)
        return self.drop(x + positions)

    def encode(self, ids, lengths):
        """ids [B, S] in the order of the text, lengths[b] in a row, then any padding."""
        mask = torch.arange(ids.size(1), device=ids.device) < lengths.unsqueeze(1)
        x = self._embed("source", ids)
        for layer in self.encoder["layers"]:
            x = layer.encode(x, mask[:, None, None])
        if "norm" in self.encoder:
            x = self.encoder["norm"](x)
        return Encoded(narrowed(x * mask.unsqueeze(2)), mask)

    def start(self, encoded):
        """The decoder's state before the first step."""
        c, memory = self.config, encoded.memory
        rows = memory.size(0)
        past = (memory.new_zeros(rows, c.heads, 0, c.model_size // c.heads),) * 2
        if c.decoder_autoregression == "ssru":
            past = (memory.new_zeros(rows, c.model_size),)
        kept = [layer.cross_attention.read(memory) for layer in self.decoder["layers"]]
        return State(0, [past] * c.decoder_layers, kept, encoded.mask)

    def _decode(self, state, previous):
        """previous [B, T] → the generator's input [B, T, D] and the state after."""
        first, steps = state.steps, previous.size(1)
        x = self._embed("target", previous, first)
        seen = torch.ones(steps, first + steps, dtype=torch.bool, device=x.device).tril(first)
        mask = state.mask[:, None, None]
        past = []
        for index, layer in enumerate(self.decoder["layers"]):
            x, after, weights = layer.decode(
                x, state.past[index], seen[None, None], state.memory[index], mask
            )
            past.append(after)
        if "norm" in self.decoder:
            x = self.decoder["norm"](x)
        attention = weights[:, :, -1].mean(1)
        return x, replace(state, steps=first + steps, past=past, attention=attention)

    def features(self, source, lengths, previous):
        """Teacher forcing up to the generator: previous [B, T] begins with BOS → [B, T, D]."""
        return self._decode(self.start(self.encode(source, lengths)), previous)[0]

    def step(self, state, previous):
        """previous [B] → logits [B, Vt] and the next state."""
        x, state = self._decode(state, previous.unsqueeze(1))
        return self.generator(x[:, 0]), state
