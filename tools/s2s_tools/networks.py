# SPDX-License-Identifier: LGPL-2.1-or-later
"""What all networks have, and the reference of the architecture `rnn` of docs/model-format.md.

Shapes: B rows, S source tokens (with EOS, if any), T target tokens, E embedding, H hidden,
O attentional vector, Vs and Vt vocabularies.
"""

from dataclasses import dataclass, replace

import torch
from torch import nn

from s2s_tools.recurrent import make_layer, run_decoder_layer, run_encoder_layer


@dataclass(frozen=True)
class Encoded:
    """What the decoder reads: memory [B, S, H], mask [B, S] (true at tokens), last states."""

    memory: torch.Tensor
    mask: torch.Tensor
    last: list


@dataclass(frozen=True)
class State:
    """The decoder between two steps; every tensor has B rows.

    layers: (h [B, H], c [B, H] or None) each; output: the attentional vector [B, O or H];
    attention: the weights [B, S] of the last step, or None.
    """

    layers: list
    output: torch.Tensor
    memory: torch.Tensor
    keys: torch.Tensor | None
    mask: torch.Tensor
    attention: torch.Tensor | None = None

    def select(self, rows):
        """The state of the given rows (a LongTensor), as beam search reorders them."""

        def pick(value):
            return None if value is None else value[rows]

        return State(
            [(pick(h), pick(c)) for h, c in self.layers],
            pick(self.output),
            pick(self.memory),
            pick(self.keys),
            pick(self.mask),
            pick(self.attention),
        )


class LockedDropout(nn.Module):
    """Dropout whose mask is the same at all positions of a row: x [B, T, D]."""

    def __init__(self, probability):
        super().__init__()
        self.probability = probability

    def forward(self, x):
        """Drop whole features of each row while training."""
        if not self.training or self.probability == 0:
            return x
        keep = 1 - self.probability
        mask = x.new_empty(x.size(0), 1, x.size(2)).bernoulli_(keep).div_(keep)
        return x * mask


class Attention(nn.Module):
    """Scores of the memory: dot, general (Luong 2015) or additive (Bahdanau 2015)."""

    def __init__(self, config):
        super().__init__()
        self.kind = config.attention
        if self.kind == "general":
            self.query = nn.Linear(config.hidden_size, config.hidden_size, bias=False)
        if self.kind == "additive":
            self.query = nn.Linear(config.hidden_size, config.attention_size, bias=False)
            self.key = nn.Linear(config.hidden_size, config.attention_size)
            self.v = nn.Parameter(torch.empty(config.attention_size).uniform_(-0.1, 0.1))

    def keys(self, memory):
        """What is computed once a sentence: [B, S, A] of additive, else None."""
        return self.key(memory) if self.kind == "additive" else None

    def forward(self, h, memory, keys, mask):
        """h [B, T, H] → context [B, T, H], weights [B, T, S]."""
        if self.kind == "additive":
            summed = self.query(h).unsqueeze(2) + keys.unsqueeze(1)
            scores = torch.tanh(summed) @ self.v
        else:
            query = self.query(h) if self.kind == "general" else h
            scores = torch.bmm(query, memory.transpose(1, 2))
        scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
        weights = torch.softmax(scores.masked_fill(~mask.unsqueeze(1), float("-inf")), dim=2)
        return torch.bmm(weights.to(memory.dtype), memory), weights


class EncoderDecoder(nn.Module):
    """What training, search and bundles ask of a network of any architecture.

    A subclass has `config`, `drop`, `token_dropout`, the modules `source_embedding`,
    `target_embedding` and `generator`, and `encode`, `start`, `step` and `features`.
    `source_ends` says whether a source ends with EOS.
    """

    source_ends = True

    def _tie(self):
        """Make matrices one as the configuration says."""
        if self.config.tied_embeddings == "all":
            self.source_embedding.weight = self.target_embedding.weight
        if self.config.tied_embeddings != "none":
            self.generator.weight = self.target_embedding.weight

    def _drop_tokens(self, x):
        """x [B, T, E] with whole tokens blanked while training."""
        if self.training and self.token_dropout:
            keep = torch.full(x.shape[:2], 1 - self.token_dropout, device=x.device)
            x = x * torch.bernoulli(keep).unsqueeze(2)
        return x

    def forward(self, source, lengths, previous):
        """Teacher forcing: logits [B, T, Vt]."""
        return self.generator(self.features(source, lengths, previous))

    def loss(self, batch, smoothing=0.0):
        """Summed cross-entropy of a batch over the target tokens that are no padding.

        batch: source [B, S], lengths [B], previous [B, T], target [B, T] (−1 is padding).
        Returns the smoothed loss and the plain one, both sums in f32.
        """
        features = self.features(batch.source, batch.lengths, batch.previous)
        kept = batch.target >= 0
        scores = torch.log_softmax(self.generator(features[kept]), dim=1, dtype=torch.float32)
        plain = -scores.gather(1, batch.target[kept].unsqueeze(1)).sum()
        if smoothing == 0:
            return plain, plain.detach()
        uniform = -scores.sum() / scores.size(1)
        return (1 - smoothing) * plain + smoothing * uniform, plain.detach()

    @staticmethod
    def bundle_name(name):
        """The name in docs/model-format.md of a parameter."""
        return name

    def to_tensors(self):
        """The weights under the names of docs/model-format.md, detached, each once."""
        skipped = {"none": (), "decoder": ("generator.weight",)}
        skipped["all"] = ("generator.weight", "source_embedding.weight")
        skip = skipped[self.config.tied_embeddings]
        return {
            self.bundle_name(name): value.detach()
            for name, value in self.state_dict().items()
            if name not in skip
        }

    def from_tensors(self, tensors):
        """Load weights named as in docs/model-format.md; they must be exactly those."""
        own = self.to_tensors()
        if own.keys() != tensors.keys():
            raise ValueError(f"tensors differ: {sorted(own.keys() ^ tensors.keys())}")
        with torch.no_grad():
            for name, value in own.items():
                if value.shape != tensors[name].shape:
                    raise ValueError(
                        f"{name}: expected {list(value.shape)}, got {list(tensors[name].shape)}"
                    )
                value.copy_(tensors[name])
        return self


class Seq2Seq(EncoderDecoder):
    """Encoder-decoder of any configuration that `Hyperparameters` allows."""

    def __init__(self, config, dropout=0.0, token_dropout=0.0):
        """Random weights; `dropout` is locked, `token_dropout` blanks whole embeddings."""
        super().__init__()
        self.config = config
        self.token_dropout = token_dropout
        self.drop = LockedDropout(dropout)
        self.source_embedding = nn.Embedding(config.source_vocabulary_size, config.embedding_size)
        self.target_embedding = nn.Embedding(config.target_vocabulary_size, config.embedding_size)
        self.encoder = nn.ModuleDict({"layers": self._encoder_layers()})
        self.decoder = nn.ModuleDict({"layers": self._decoder_layers()})
        if config.bridge == "dense":
            self.bridge = self._bridges()
        if config.attention != "none":
            self.attention = Attention(config)
        if config.output_size:
            width = config.hidden_size * (1 if config.attention == "none" else 2)
            self.output = nn.Linear(width, config.output_size)
        self.generator = nn.Linear(config.features, config.target_vocabulary_size)
        self._tie()
        self._initialise()

    def _encoder_layers(self):
        c = self.config
        layers = nn.ModuleList()
        for index in range(c.encoder_layers):
            both = c.is_bidirectional(index)
            width = c.hidden_size if index else c.embedding_size
            layers.append(make_layer(c.cell, width, c.hidden_size // (1 + both), both))
        return layers

    def _decoder_layers(self):
        c = self.config
        first = c.embedding_size + (c.features if c.input_feeding else 0)
        widths = [first] + [c.hidden_size] * (c.decoder_layers - 1)
        return nn.ModuleList(make_layer(c.cell, width, c.hidden_size) for width in widths)

    def _bridges(self):
        c = self.config
        parts = ["h", "c"] if c.cell == "lstm" else ["h"]
        return nn.ModuleList(
            nn.ModuleDict({part: nn.Linear(c.hidden_size, c.hidden_size) for part in parts})
            for _ in range(c.decoder_layers)
        )

    def _initialise(self):
        """Small embeddings, orthogonal recurrences, forget gates that start open."""
        with torch.no_grad():
            for embedding in (self.source_embedding, self.target_embedding):
                embedding.weight.normal_(0, self.config.embedding_size**-0.5)
            self.generator.bias.zero_()
            for layer in [*self.encoder["layers"], *self.decoder["layers"]]:
                for name, parameter in layer.named_parameters():
                    if name.startswith("weight_hh"):
                        for block in parameter.split(parameter.size(1)):
                            nn.init.orthogonal_(block)
                    elif name.startswith("bias_ih") and self.config.cell == "lstm":
                        units = parameter.size(0) // 4
                        parameter[units : 2 * units] += 1

    @staticmethod
    def bundle_name(name):
        """PyTorch's fused layers have a layer and a direction at the end of their names."""
        side = "backward." if name.endswith("_reverse") else "forward."
        plain = name.removesuffix("_reverse")
        if not plain.endswith("_l0"):
            return name
        layer, _, parameter = plain.removesuffix("_l0").rpartition(".")
        return f"{layer}.{side if layer.startswith('encoder') else ''}{parameter}"

    def _embed(self, embedding, ids):
        """ids [B, T] → [B, T, E], with dropout while training."""
        return self._drop_tokens(self.drop(embedding(ids)))

    def _fed_order(self, ids, lengths):
        """The ids as the encoder reads them: with reverse_source, turned round up to EOS."""
        if not self.config.reverse_source:
            return ids
        positions = torch.arange(ids.size(1), device=ids.device).expand_as(ids)
        turned = (lengths - 1 - int(self.source_ends)).unsqueeze(1) - positions
        return ids.gather(1, torch.where(turned >= 0, turned, positions))

    def encode(self, ids, lengths):
        """ids [B, S] in the order of the text, EOS (if any) at lengths[b] − 1, then any padding.

        The memory and the attention weights are in the order in which the encoder reads.
        """
        x = self._embed(self.source_embedding, self._fed_order(ids, lengths))
        last = []
        for index, layer in enumerate(self.encoder["layers"]):
            y, state = run_encoder_layer(layer, x, lengths)
            x = self.drop(x + y if self.config.residual and index else y)
            last.append(state)
        mask = torch.arange(ids.size(1), device=ids.device) < lengths.unsqueeze(1)
        return Encoded(x * mask.unsqueeze(2), mask, last)

    def start(self, encoded):
        """The decoder's state before the first step."""
        c = self.config
        layers = []
        for index in range(c.decoder_layers):
            at = c.encoder_layers - 1
            h, cell = encoded.last[at if c.bridge_from == "top" else min(index, at)]
            if c.bridge == "dense":
                h = torch.tanh(self.bridge[index]["h"](h))
                cell = None if cell is None else torch.tanh(self.bridge[index]["c"](cell))
            layers.append((h, cell))
        output = encoded.memory.new_zeros(encoded.memory.size(0), c.features)
        keys = None if c.attention == "none" else self.attention.keys(encoded.memory)
        return State(layers, output, encoded.memory, keys, encoded.mask)

    def _decode(self, state, y):
        """y [B, T, E or E + O] → the generator's input [B, T, O or H] and the state after."""
        layers = []
        for index, layer in enumerate(self.decoder["layers"]):
            out, after = run_decoder_layer(layer, y, state.layers[index])
            y = self.drop(y + out if self.config.residual and index else out)
            layers.append(after)
        weights = None
        if self.config.attention != "none":
            context, weights = self.attention(y, state.memory, state.keys, state.mask)
            y = torch.cat([context, y], dim=2)
        if self.config.output_size:
            y = self.output(y)
            y = torch.tanh(y) if self.config.output_activation == "tanh" else y
        last = None if weights is None else weights[:, -1]
        return y, replace(state, layers=layers, output=y[:, -1], attention=last)

    def _decode_step(self, state, y):
        """One step on embedded tokens y [B, E]."""
        if self.config.input_feeding:
            y = torch.cat([y, state.output.to(y.dtype)], dim=1)
        return self._decode(state, y.unsqueeze(1))

    def features(self, source, lengths, previous):
        """Teacher forcing up to the generator: previous [B, T] begins with BOS → [B, T, O]."""
        state = self.start(self.encode(source, lengths))
        y = self._embed(self.target_embedding, previous)
        if not self.config.input_feeding:
            return self.drop(self._decode(state, y)[0])
        outputs = []
        for t in range(y.size(1)):
            out, state = self._decode_step(state, y[:, t])
            outputs.append(out)
        return self.drop(torch.cat(outputs, dim=1))

    def step(self, state, previous):
        """previous [B] → logits [B, Vt] and the next state."""
        out, state = self._decode_step(state, self.target_embedding(previous))
        return self.generator(out[:, 0]), state
