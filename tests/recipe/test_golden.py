# SPDX-License-Identifier: LGPL-2.1-or-later
"""The reference search against trying every output; golden files against the networks of today."""

import itertools
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from s2s_tools import golden, int8, reference_search
from s2s_tools.architectures import make_network as make_any_network
from s2s_tools.hyperparameters import Hyperparameters
from s2s_tools.networks import Seq2Seq
from safetensors.torch import load

FOLDER = Path(__file__).parents[1] / "golden"
RULES = reference_search.Rules(bos=2, eos=3, banned=(0, 1, 2), beam_size=256, max_length=7)


def make_network(seed):
    """Six target tokens, of which three may be put out: 127 outputs of up to seven tokens."""
    torch.manual_seed(seed)
    config = Hyperparameters(8, 6, 4, 6, "gru", 1, 1, "forward", "dot", 4)
    network = Seq2Seq(config).double().eval()
    network.source_embedding.weight *= 4
    network.generator.weight *= 6
    network.generator.bias[3] = 1
    return network


def search_all(find, rules):
    """(network, source ids, result) of those of 60 searches that are not cut by the limit."""
    networks = [make_network(seed) for seed in range(20)]
    sources = [[5, 3], [7, 4, 6, 3], [4, 4, 3]]
    runs = [(n, ids, find(n, ids, rules)) for n in networks for ids in sources]
    ended = [run for run in runs if run[2] is not None]
    assert len(ended) > 15
    assert len({result.tokens for _, _, result in ended}) >= 5
    return ended


def score_of(network, ids, tokens):
    """The average log-probability of an output, by teacher forcing instead of a search."""
    previous = torch.tensor([[2, *tokens[:-1]]])
    logits = network(torch.tensor([ids]), torch.tensor([len(ids)]), previous)[0]
    logits[:, :3] = float("-inf")
    picked = torch.log_softmax(logits, 1)[torch.arange(len(tokens)), torch.tensor(tokens)]
    return float(picked.mean())


@torch.no_grad()
def test_wide_beam_finds_the_best_of_all_outputs():
    """A beam that drops nothing is an exhaustive search."""
    bodies = [b for n in range(RULES.max_length) for b in itertools.product((4, 5), repeat=n)]
    outputs = [(*body, 3) for body in bodies]
    for network, ids, found in search_all(reference_search.beam, RULES):
        best = max(outputs, key=partial(score_of, network, ids))
        assert found.tokens == best
        assert found.score == pytest.approx(score_of(network, ids, best))


@torch.no_grad()
def test_beam_of_one_is_greedy():
    """The same tokens and score."""
    rules = replace(RULES, beam_size=1, max_length=30)
    for network, ids, greedy in search_all(reference_search.greedy, rules):
        found = reference_search.beam(network, ids, rules)
        assert (found.tokens, found.score) == (greedy.tokens, pytest.approx(greedy.score))


@torch.no_grad()
def test_files_hold_what_the_networks_compute():
    """The stored weights still give the stored numbers and tokens."""
    listed = json.loads(FOLDER.joinpath("golden.json").read_text(encoding="utf-8"))
    data = FOLDER.joinpath("golden.bin").read_bytes()
    for case, entry in zip(golden.make_cases(), listed, strict=True):
        tensors = load(data[entry["offset"] :][: entry["size"]])
        stored = {k: tensors.pop(k) for k in list(tensors) if k.startswith("expected.")}
        network = make_any_network(case.config)
        network = network.from_tensors(int8.dequantize(tensors)).double().eval()
        runs = [
            golden.run_forced(network, *pair)
            for pair in zip(entry["source"], entry["previous"], strict=True)
        ]
        computed = golden.join_sentences(runs)
        assert computed.keys() == stored.keys()
        for name, value in computed.items():
            torch.testing.assert_close(value, stored[name], atol=1e-6, rtol=1e-6)
        keys = [key for key in ("greedy", "beam") if key in entry]
        if case.config.architecture != "transformer":
            assert len(keys) == (0 if case.dtype == "int8" else 2)
        found = golden.search(network, entry["source"]) if keys else {}
        for key in keys:
            assert [list(tokens) for tokens in found[key]["tokens"]] == entry[key]["tokens"]
