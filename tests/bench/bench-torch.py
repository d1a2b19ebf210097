# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the benchmarks compare with: sentences in PyTorch, on one thread.

    python3 bench-torch.py DIRECTORY

The directory has config.json, model.safetensors, source.txt with the ids of a sentence in each
line, and greedy.txt and beam.txt with the ids that libs2s puts out for them; beam.txt may be empty.
The first line of the output says how many of those come out the same. Then each line of the input,
`DECODER BEAM SENTENCES BATCH`, is a measurement, and is answered with seconds of the processor.
As many tokens come out of a sentence as stand in greedy.txt, for EOS is banned.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import torch
from s2s_tools.hyperparameters import Hyperparameters
from s2s_tools.networks import Seq2Seq
from safetensors.torch import load_file
from torch import nn

BOS, EOS = 2, 3


class Modules:
    """The network as it is trained, of nn.LSTM and nn.Linear.

    oneDNN is off: its LSTM packs the weights anew in every call, which halves the speed.
    """

    def __init__(self, model):
        self.model = model

    def start(self, source):
        """source [B, S] → the state before the first step."""
        with torch.backends.mkldnn.flags(enabled=False):
            lengths = torch.full((len(source),), source.size(1))
            return self.model.start(self.model.encode(source, lengths))

    def step(self, state, previous):
        """previous [B] → logits [B, Vt] and the next state."""
        with torch.backends.mkldnn.flags(enabled=False):
            return self.model.step(state, previous)

    def select(self, state, rows):
        """The state of the given rows."""
        return state.select(rows)


class ByHand:
    """The same network with a decoder that is written for speed.

    One product a cell over [x ; h], weights transposed at load, W_q folded into the keys, and
    memory and keys of a sentence are one for all its hypotheses. State: (h, c) of each layer, the
    attentional vector, memory [1 or B, S, H], keys [1 or B, H, S].
    """

    def __init__(self, model):
        self.encoder = model.encoder["layers"][0]
        self.source, self.target = model.source_embedding, model.target_embedding
        self.query = model.attention.query.weight
        self.feeds = model.config.input_feeding
        self.width = model.config.features
        self.cells = [self._make_cell(layer) for layer in model.decoder["layers"]]
        self.output = self._make_linear(model.output)
        self.generator = self._make_linear(model.generator)

    @staticmethod
    def _make_linear(layer):
        weight, bias = layer.weight.t().contiguous(), layer.bias
        return lambda x: torch.addmm(bias, x, weight)

    @staticmethod
    def _make_cell(layer):
        weight = torch.cat([layer.weight_ih_l0, layer.weight_hh_l0], 1).t().contiguous()
        bias = layer.bias_ih_l0 + layer.bias_hh_l0

        def advance(x, state):
            h, c = state
            i, f, g, o = torch.addmm(bias, torch.cat([x, h], 1), weight).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            return torch.sigmoid(o) * torch.tanh(c), c

        return advance

    def start(self, source):
        """As of Modules."""
        with torch.backends.mkldnn.flags(enabled=False):
            memory, last = self.encoder(self.source(source))
        h, c = (part.transpose(0, 1).reshape(len(source), -1) for part in last)
        keys = (memory @ self.query).transpose(1, 2).contiguous()
        output = memory.new_zeros(len(source), self.width)
        return [(h, c)] * len(self.cells), output, memory, keys

    def step(self, state, previous):
        """As of Modules."""
        layers, output, memory, keys = state
        x = self.target(previous)
        if self.feeds:
            x = torch.cat([x, output], 1)
        after = []
        for cell, layer in zip(self.cells, layers, strict=True):
            after.append(cell(x, layer))
            x = after[-1][0]
        # one sentence and several hypotheses: its positions are multiplied with all at once
        h = x.unsqueeze(0 if len(memory) == 1 else 1)
        context = torch.bmm(torch.softmax(torch.bmm(h, keys), 2), memory).view_as(x)
        output = torch.tanh(self.output(torch.cat([context, x], 1)))
        return self.generator(output), (after, output, memory, keys)

    def select(self, state, rows):
        """As of Modules, of the hypotheses of one sentence."""
        layers, output, memory, keys = state
        layers = [(h.index_select(0, rows), c.index_select(0, rows)) for h, c in layers]
        return layers, output.index_select(0, rows), memory, keys


class Int8(ByHand):
    """PyTorch's own dynamic quantisation: encoder, cells, output layer and generator."""

    def __init__(self, model):
        super().__init__(model)
        self.encoder = self._quantize(self.encoder)
        self.output = self._quantize(model.output)
        self.generator = self._quantize(model.generator)

    @staticmethod
    def _quantize(layer):
        kinds = {nn.LSTM, nn.LSTMCell, nn.Linear}
        holder = nn.ModuleList([layer])
        return torch.ao.quantization.quantize_dynamic(holder, kinds, dtype=torch.qint8)[0]

    def _make_cell(self, layer):
        cell = nn.LSTMCell(layer.input_size, layer.hidden_size)
        cell.load_state_dict({n.removesuffix("_l0"): p for n, p in layer.state_dict().items()})
        return self._quantize(cell.eval())


def greedy(decoder, source, count):
    """`count` tokens each: [B, count]."""
    state = decoder.start(source)
    previous = torch.full((len(source),), BOS)
    tokens = []
    for _ in range(count):
        logits, state = decoder.step(state, previous)
        previous = logits.argmax(1)
        tokens.append(previous)
    return torch.stack(tokens, 1)


def beam_search(decoder, source, count, width):
    """The best of `width` hypotheses of `count` tokens of one sentence: [1, count]."""
    state = decoder.start(source)
    tokens, parents = [torch.tensor([BOS])], []
    scores = torch.zeros(1)
    for _ in range(count):
        logits, state = decoder.step(state, tokens[-1])
        sums = torch.log_softmax(logits, 1) + scores.unsqueeze(1)
        scores, best = sums.view(-1).topk(width)
        rows = best // logits.size(1)
        tokens.append(best % logits.size(1))
        parents.append(rows)
        state = decoder.select(state, rows)
    row, output = torch.tensor(0), []
    for step in reversed(range(count)):
        output.append(tokens[step + 1][row])
        row = parents[step][row]
    return torch.stack(output[::-1]).unsqueeze(0)


def decode(decoder, source, count, width):
    """Either of both."""
    if width == 1:
        return greedy(decoder, source, count)
    return torch.cat([beam_search(decoder, ids, count, width) for ids in source.split(1)])


def read_ids(path):
    """A tensor of ids for each line."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [torch.tensor([int(word) for word in line.split()]) for line in lines]


def load(folder):
    """The network, which never puts out BOS or EOS."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    model = Seq2Seq(Hyperparameters(**config["hyperparameters"]))
    model.from_tensors(load_file(folder / "model.safetensors")).eval()
    model.generator.bias.data[[BOS, EOS]] = -torch.inf
    return model


def count_same(decoder, source, expected, width):
    """Text: tokens that are as expected, and how many there are."""
    same = total = 0
    for ids, target in zip(source, expected, strict=False):
        same += int((decode(decoder, ids.unsqueeze(0), len(target), width)[0] == target).sum())
        total += len(target)
    return f"{same} of {total}"


def measure(decoder, source, counts, width, batch):
    """Seconds of one thread for all sentences, `batch` together; those of a batch are as long."""
    start = time.thread_time()
    for first in range(0, len(source), batch):
        ids = torch.stack(source[first : first + batch])
        decode(decoder, ids, counts[first], width)
    return time.thread_time() - start


@torch.inference_mode()
def main():
    """Answer until the input ends."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    model = load(folder)
    decoders = {"modules": Modules(model), "by-hand": ByHand(model), "int8": Int8(model)}
    source, target = read_ids(folder / "source.txt"), read_ids(folder / "greedy.txt")
    counts = [len(ids) for ids in target]
    beam = read_ids(folder / "beam.txt")
    print(f"PyTorch {torch.__version__} puts out what libs2s does:", end="")
    for name in ("modules", "by-hand"):
        print(f" {name} {count_same(decoders[name], source, target, 1)} greedy", end=",")
        if beam:
            print(f" {count_same(decoders[name], source, beam, 4)} beam 4", end=",")
    print(" tokens", flush=True)
    for line in sys.stdin:
        name, *numbers = line.split()
        width, n, batch = map(int, numbers)
        print(measure(decoders[name], source[:n], counts, width, batch), flush=True)


if __name__ == "__main__":
    main()
