# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write tests/golden: small random networks and what PyTorch computes with them.

    python -m s2s_tools.golden tests/golden

golden.json lists the cases, golden.bin holds one safetensors file a case, one after another: the
weights, and under `expected.` what the C library must find. All is computed in double precision
from the stored weights, one sentence at a time, so no padding can hide in the expectation.
"""

import argparse
import itertools
import json
import random
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import torch
from safetensors.torch import save

from s2s_tools import int8, reference_search
from s2s_tools.architectures import make_network as make_random_network
from s2s_tools.bundle import store
from s2s_tools.hyperparameters import (
    ACTIVATIONS,
    ATTENTIONS,
    DIRECTIONS,
    GATES,
    NORMS,
    POSITIONS,
    Hyperparameters,
    NematusHyperparameters,
    TransformerHyperparameters,
)

PAD, UNK, BOS, EOS = range(4)
STEPS = 6
SCALE = 1.4
GENERATOR_SCALE = 2
EOS_BIASES = (0, 1, 2, 3, 4, 5)
BEAM_SIZE = 4
MARGIN = 1e-3  # of every decision of a search; C and PyTorch differ by a hundredth of it at most
LESSONS = 400  # of a network with layer norms
TRIES = 5  # of such a network, each with lessons
LAYERS = [(1, 1), (2, 1), (1, 2), (2, 2), (3, 2), (1, 3)]
LENGTHS = [(5, 7, 2), (3, 1, 6), (7, 4, 4)]
TIES = ["none", "none", "decoder", "all", "none"]


@dataclass(frozen=True)
class Case:
    """One network to compare."""

    name: str
    config: Hyperparameters | TransformerHyperparameters | NematusHyperparameters
    lengths: tuple
    dtype: str = "f32"


def make_config(cell, attention, direction, feeding, index):
    """A configuration whose other options are drawn by the index."""
    draw = random.Random(index)
    tied = draw.choice(TIES)
    layers = draw.choice(LAYERS)
    bare = attention == "none" and draw.random() < 0.5
    features = 8 if bare else 5
    return Hyperparameters(
        source_vocabulary_size=13 if tied == "all" else 11,
        target_vocabulary_size=13,
        embedding_size=6 if tied == "none" else features,
        hidden_size=8,
        cell=cell,
        encoder_layers=layers[0],
        decoder_layers=layers[1],
        encoder_direction=direction,
        attention=attention,
        output_size=0 if bare else features,
        residual=max(layers) > 1 and draw.random() < 0.6,
        reverse_source=draw.random() < 0.3,
        bridge=draw.choice(["copy", "dense"]),
        attention_size=draw.choice([0, 7]) if attention == "additive" else 0,
        input_feeding=feeding,
        tied_embeddings=tied,
    )


def make_transformer(norm, activation, index, autoregression="attention"):
    """A configuration whose positions, ties and sizes go round with the index."""
    tied = ("none", "all", "decoder")[(index + index // 3) % 3]
    positions = POSITIONS[index % len(POSITIONS)]
    layers = 2 if index == 1 else 1
    return TransformerHyperparameters(
        source_vocabulary_size=13 if tied == "all" else 11,
        target_vocabulary_size=13,
        model_size=6,
        feed_forward_size=9,
        heads=(2, 3)[index % 2],
        encoder_layers=layers,
        decoder_layers=layers,
        norm=norm,
        activation=activation,
        positions=positions,
        max_positions=9 if positions == "learned" else 0,
        decoder_autoregression=autoregression,
        scale_embeddings=index % 4 == 1,
        layer_norm_epsilon=(1e-5, 1e-3)[index // 2 % 2],
        tied_embeddings=tied,
    )


def make_top_case():
    """Decoder layers that all start from the top of a deeper encoder, and a linear output."""
    config = make_config("lstm", "dot", "first-bidirectional", True, 1)
    config = replace(config, encoder_layers=3, decoder_layers=2, bridge="copy", bridge_from="top")
    return Case("lstm-top-linear", replace(config, output_activation="linear"), LENGTHS[1])


def make_transformer_cases():
    """Every norm and activation; positions, ties and sizes spread over them; number types; SSRU."""
    cases = []
    for index, (norm, activation) in enumerate(itertools.product(NORMS, ACTIVATIONS)):
        config = make_transformer(norm, activation, index)
        name = f"transformer-{norm}-{activation}"
        cases.append(Case(name, config, LENGTHS[index % len(LENGTHS)]))
    for index, dtype in enumerate(("f16", "int8")):
        config = make_transformer(NORMS[index], ACTIVATIONS[2 - index], 3 + index)
        cases.append(Case(f"transformer-{dtype}", config, LENGTHS[index], dtype))
    for index, norm in enumerate(NORMS):
        config = make_transformer(norm, ACTIVATIONS[index], 4 - index, "ssru")
        cases.append(Case(f"transformer-ssru-{norm}", config, LENGTHS[index]))
    config = make_transformer("post", "relu", 1, "ssru")
    cases.append(Case("transformer-ssru-int8", config, LENGTHS[2], "int8"))
    return cases


def make_nematus(encoder, decoder, direction, **options):
    """A configuration of one encoder layer and one decoder layer but for the options."""
    sizes = {"embedding_size": 5, "hidden_size": 6, "encoder_layers": 1, "decoder_layers": 1}
    tied = options.get("tied_embeddings") == "all"
    return NematusHyperparameters(
        source_vocabulary_size=13 if tied else 11,
        target_vocabulary_size=13,
        encoder_cell=encoder,
        decoder_cell=decoder,
        encoder_direction=direction,
        **sizes | options,
    )


def make_nematus_cases():
    """Every direction, cell and norm; depths, ties and a narrow number type."""
    deep = {"encoder_layers": 3, "decoder_layers": 2, "residual": True}
    deep |= {"encoder_cell_depth": 2, "decoder_cell_base_depth": 3, "decoder_cell_high_depth": 2}
    wide = {"encoder_layers": 2, "attention_size": 7, "tied_embeddings": "decoder"}
    joint = {"layer_norm": "joint", "layer_norm_epsilon": 1e-3, "residual": True}
    apart = {"layer_norm": "apart", "tied_embeddings": "all"}
    cases = {
        "apart": make_nematus("gru", "gru", "first-bidirectional", **deep | apart),
        "gru": make_nematus("gru", "gru", "bidirectional", **wide),
        "deep": make_nematus("gru", "lstm", "first-bidirectional", **deep),
        "joint": make_nematus("lstm", "gru", "alternating", **joint, encoder_layers=2),
    }
    listed = zip(cases.items(), itertools.cycle(LENGTHS), strict=False)
    found = [Case(f"nematus-{name}", config, lengths) for (name, config), lengths in listed]
    return [*found, Case("nematus-int8", cases["deep"], LENGTHS[1], "int8")]


def make_cases():
    """Every cell, attention, direction and feeding; depth and the narrow number types.

    Then what no product has, the Transformers, and the conditional cells.
    """
    cases = []
    products = itertools.product(GATES, ATTENTIONS, DIRECTIONS, (False, True))
    for index, (cell, attention, direction, feeding) in enumerate(products):
        config = make_config(cell, attention, direction, feeding, index)
        name = f"{cell}-{attention}-{direction}{'-feeding' if feeding else ''}"
        cases.append(Case(name, config, LENGTHS[index % len(LENGTHS)]))
    config = make_config("lstm", "general", "bidirectional", True, 0)
    config = replace(config, encoder_layers=8, decoder_layers=8, residual=True)
    cases.append(Case("lstm-8-layers", config, LENGTHS[0]))
    for index, cell in enumerate(GATES):
        for dtype in ("f16", "bf16"):
            config = make_config(cell, ATTENTIONS[index + 1], "bidirectional", True, 2 + index)
            cases.append(Case(f"{cell}-{dtype}", config, LENGTHS[index], dtype))
    for index, cell in enumerate(GATES):
        config = make_config(cell, ATTENTIONS[index + 1], "bidirectional", True, 2 + index)
        cases.append(Case(f"{cell}-int8", config, LENGTHS[index], "int8"))
    return [*cases, make_top_case(), *make_transformer_cases(), *make_nematus_cases()]


def is_taught(case):
    """Whether a network gets lessons: one with layer norms says one thing over and over else."""
    has_norms = hasattr(case.config, "layer_norm_epsilon")
    has_norms &= getattr(case.config, "layer_norm", None) != "none"
    return has_norms and case.dtype != "int8"


def make_network(case, seed, eos_bias):
    """Weights large enough that gates open and close and the best token changes."""
    network = make_random_network(case.config)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in network.to_tensors().items():
            scale = GENERATOR_SCALE if name.startswith("generator") else SCALE
            scale *= 0.5 if is_taught(case) else 1
            value.uniform_(-scale, scale, generator=generator)
        if is_taught(case):
            teach(network, generator)
        else:
            network.generator.bias[EOS] = eos_bias
        stored = store(network.to_tensors(), case.config, case.dtype)
    return network.from_tensors(int8.dequantize(stored)).double().eval(), stored


@torch.enable_grad()
def teach(network, generator):
    """Train a little to say the source with other tokens, so that outputs follow it and end."""
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(LESSONS):
        length = int(torch.randint(2, 8, (1,), generator=generator))
        source = torch.randint(EOS + 1, 11, (32, length), generator=generator)
        source[:, -1] = EOS
        target = torch.where(source == EOS, EOS, source + 2)
        previous = torch.cat([torch.full((32, 1), BOS), target[:, :-1]], dim=1)
        lengths = torch.full((32,), length)
        batch = SimpleNamespace(source=source, lengths=lengths, previous=previous, target=target)
        loss = network.loss(batch)[0] / target.numel()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def reading_order(config, length):
    """Where each source position stands in what the encoder reads."""
    order = list(range(length))
    if getattr(config, "reverse_source", False):
        order[:-1] = reversed(order[:-1])
    return order


def run_forced(network, ids, previous):
    """One sentence under forced decoding: a dict of what the C library is asked for."""
    encoded = network.encode(torch.tensor([ids]), torch.tensor([len(ids)]))
    order = reading_order(network.config, len(ids))
    states, logits = [network.start(encoded)], []
    for token in previous:
        scores, state = network.step(states[-1], torch.tensor([token]))
        states.append(state)
        logits.append(scores[0])
    values = {
        "memory": encoded.memory[0, order],
        "logits": torch.stack(logits),
    }
    if network.config.architecture == "rnn":
        values |= last_states(network.config, encoded)
    if network.config.architecture != "transformer":
        values |= recurrent_states(states[1:])
    if states[-1].attention is not None:
        values["attention"] = torch.stack([s.attention[0, order] for s in states[1:]])
    return values


def last_states(config, encoded):
    """The last states of the encoder."""
    values = {"last_h": torch.cat([h for h, _ in encoded.last])}
    if config.cell == "lstm":
        values["last_c"] = torch.cat([c for _, c in encoded.last])
    return values


def recurrent_states(states):
    """The states of every step."""
    values = {"h": torch.stack([torch.cat([h for h, _ in state.layers]) for state in states])}
    if states[0].layers[0][1] is not None:
        values["c"] = torch.stack([torch.cat([c for _, c in s.layers]) for s in states])
    return values


def join_sentences(runs):
    """The sentences' tensors as the C library holds a batch; the sizes are those of the header."""
    joined = {}
    for key in runs[0]:
        parts = [run[key] for run in runs]
        if key == "memory":  # [positions, H]
            joined[key] = torch.cat(parts)
        elif key == "attention":  # [T, positions]
            joined[key] = torch.cat(parts, dim=1)
        else:  # [..., sentences, H or V]
            joined[key] = torch.stack(parts, dim=-2)
    return {f"expected.{key}": value.float().contiguous() for key, value in joined.items()}


def draw_ids(case, seed):
    """The source sentences, each closed by EOS, and the forced target tokens of each."""
    draw = random.Random(seed)
    source = [
        [draw.randrange(EOS + 1, case.config.source_vocabulary_size) for _ in range(length - 1)]
        + [EOS]
        for length in case.lengths
    ]
    tokens = case.config.target_vocabulary_size
    previous = [[BOS] + [draw.randrange(tokens) for _ in range(STEPS - 1)] for _ in source]
    return source, previous


def describe(config):
    """config.json of a case; its vocabularies are never read."""
    special = {"pad": PAD, "unk": UNK, "bos": BOS, "eos": EOS}
    tokenizer = {"type": "plain", "file": "vocab.json"} | special
    limit = getattr(config, "max_positions", 0)
    decoding = {"decoding": {"max_source_length": limit}} if limit else {}
    return decoding | {
        "format_version": 1,
        "name": "golden",
        "task": "translate",
        "source_language": "en",
        "target_language": "zh",
        "architecture": config.architecture,
        "hyperparameters": config.to_dict(),
        "source_tokenizer": tokenizer,
        "target_tokenizer": tokenizer,
    }


def search(network, source):
    """What greedy and beam search find, or None when it is no good as a test.

    It is when outputs end by themselves, differ in tokens and length, and no decision is close.
    """
    results = {}
    for key, find in {"greedy": reference_search.greedy, "beam": reference_search.beam}.items():
        results[key] = []
        for ids in source:
            rules = reference_search.Rules(BOS, EOS, (PAD, UNK, BOS), BEAM_SIZE, 3 * len(ids) + 10)
            result = find(network, ids, rules)
            if result is None or result.margin < MARGIN:
                return None
            results[key].append(result)
        outputs = [result.tokens for result in results[key]]
        if len(set(map(len, outputs))) == 1 or max(len(set(o)) for o in outputs) < 3:
            return None
    return {
        key: {"tokens": [r.tokens for r in found], "scores": [r.score for r in found]}
        for key, found in results.items()
    }


def find_network(case, index):
    """The first seed and bias of EOS with which searches are good tests.

    With int8 C also rounds what goes into a product, which turns decisions: there is no search.
    Nor is there of a network that no lessons help.
    """
    taught = is_taught(case)
    seeds = itertools.count(index, 1000)
    for seed in itertools.islice(seeds, TRIES) if taught else seeds:
        source, previous = draw_ids(case, seed)
        if case.dtype == "int8":
            break
        for eos_bias in EOS_BIASES[:1] if taught else EOS_BIASES:
            network, stored = make_network(case, seed, eos_bias)
            found = search(network, source)
            if found is not None:
                return network, stored, source, previous, found
    return *make_network(case, seed, EOS_BIASES[0]), source, previous, {}


def make_case(case, index):
    """The case as golden.json lists it, and its safetensors file."""
    network, stored, source, previous, found = find_network(case, index)
    expected = join_sentences(
        [run_forced(network, *pair) for pair in zip(source, previous, strict=True)]
    )
    listed = {
        "name": case.name,
        "config": describe(case.config),
        "source": source,
        "previous": previous,
        "beam_size": BEAM_SIZE,
    }
    return listed | found, save(stored | expected)


def main():
    """Write golden.json and golden.bin into the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)

    listed, files = [], []
    for index, case in enumerate(make_cases()):
        entry, file = make_case(case, index)
        entry |= {"offset": sum(map(len, files)), "size": len(file)}
        listed.append(entry)
        files.append(file + bytes(-len(file) % 8))
    folder.joinpath("golden.bin").write_bytes(b"".join(files))
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in listed)
    folder.joinpath("golden.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
