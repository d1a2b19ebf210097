# SPDX-License-Identifier: LGPL-2.1-or-later
"""Give a bundle a shortlist: python3 -m s2s_tools.shortlist RECIPE.toml --data DIR --bundle BUNDLE.

Learns from the recipe's corpora which target tokens come of which source token, with IBM model 1
(Brown 1993): every target token comes of one of the source tokens, whatever their places. With
--by-language the token of each target language lists what its targets have, and no other does.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy
from safetensors.numpy import save

from s2s_tools import data, text, tokenizers
from s2s_tools.bundle import write_config
from s2s_tools.recipe import read_recipe
from s2s_tools.score import run_program

FILE = "shortlist.safetensors"
LAST_KEYS = ("decoding", "stand_ins")  # of config.json, after the shortlist
CHUNK = 50000  # sentences taken at once


def expand(rows):
    """Every source token beside every target token of its row: (sources, targets, positions).

    Positions number the target tokens; there are as many as the last one says.
    """
    source_sizes = numpy.array([len(s) for s, _ in rows])
    target_sizes = numpy.array([len(t) for _, t in rows])
    sources = numpy.concatenate([numpy.array(s, dtype=numpy.int64) for s, _ in rows])
    targets = numpy.concatenate([numpy.array(t, dtype=numpy.int64) for _, t in rows])
    row_of = numpy.repeat(numpy.arange(len(rows)), target_sizes)
    sizes = source_sizes[row_of]
    positions = numpy.repeat(numpy.arange(len(targets)), sizes)
    place = numpy.arange(len(positions)) - numpy.repeat(numpy.cumsum(sizes) - sizes, sizes)
    start = (numpy.cumsum(source_sizes) - source_sizes)[row_of]
    return sources[start[positions] + place], targets[positions], positions


def train_model1(rows, width, iterations=5):
    """P(target | source) of all pairs of tokens that stand in a row together.

    rows: [(source ids, target ids)]; width: above all target ids. Returns sources, targets and
    probabilities, in the order of sources and then targets.
    """
    chunks = []
    for first in range(0, len(rows), CHUNK):
        sources, targets, positions = expand(rows[first : first + CHUNK])
        chunks.append((sources * width + targets, positions.astype(numpy.int32)))
    pairs = numpy.unique(numpy.concatenate([numpy.unique(keys) for keys, _ in chunks]))
    chunks = [(numpy.searchsorted(pairs, k).astype(numpy.int32), at) for k, at in chunks]
    sources, probabilities = pairs // width, numpy.ones(len(pairs))
    for _ in range(iterations):
        counts = numpy.zeros(len(pairs))
        for index, positions in chunks:
            shares = probabilities[index]
            shares /= numpy.bincount(positions, shares)[positions]
            counts += numpy.bincount(index, shares, len(pairs))
        probabilities = counts / numpy.bincount(sources, counts)[sources]
    return sources, pairs % width, probabilities


def choose_lists(model, size, least, per_token):
    """For each source token its likeliest target tokens, sorted: [array], `size` of them.

    model: what train_model1 gives; least: for each target token the probability from which on it
    may be listed.
    """
    sources, targets, probabilities = model
    kept = (probabilities >= least[targets]) & (sources < size)
    sources, targets, probabilities = sources[kept], targets[kept], probabilities[kept]
    order = numpy.lexsort((targets, -probabilities, sources))
    sources, targets = sources[order], targets[order]
    bounds = numpy.searchsorted(sources, numpy.arange(size + 1))
    return [
        numpy.sort(targets[a : min(b, a + per_token)])
        for a, b in zip(bounds[:-1], bounds[1:], strict=True)
    ]


class Bundle:
    """The folder of a bundle: its config.json, its tokenizers, and the file that it gets."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.table = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        if any("vocabulary" in self.table[f"{side}_tokenizer"] for side in ("source", "target")):
            raise ValueError("tokens are those of a vocabulary, expected those of SentencePiece")
        self.tokenizers = [
            tokenizers.load(self.folder / self.table[f"{side}_tokenizer"]["file"])
            for side in ("source", "target")
        ]
        sizes = self.table["hyperparameters"]
        self.sizes = [sizes[f"{side}_vocabulary_size"] for side in ("source", "target")]
        target = self.tokenizers[1]
        self.bytes = [i for i in range(target.vocab_size()) if target.is_byte(i)]
        self.special = [
            i for i in range(target.vocab_size()) if target.is_control(i) or target.is_unknown(i)
        ]

    def encode(self, pairs):
        """Token ids: [(source ids, target ids)]."""
        columns = zip(*pairs, strict=True)
        return list(zip(*map(_encode, self.tokenizers, columns), strict=True))

    def lists_of_languages(self, examples, least):
        """What is in every list, and the lists of all source tokens.

        The token of a language lists what its targets have at least so often.
        """
        counts = {tag: Counter() for tag in self.table.get("target_language_tokens", {})}
        if not counts:
            raise ValueError("the bundle has one target language, expected several")
        for example in examples:
            if example.language not in counts:
                raise ValueError(f"expected one of {', '.join(counts)}, got {example.language}")
            counts[example.language].update(self.tokenizers[1].encode(example.target))
        common = numpy.array(sorted([*self.special, *self.bytes]))
        lists = [numpy.array([], dtype=numpy.int64)] * self.sizes[0]
        for tag, token in self.table["target_language_tokens"].items():
            kept = {i for i, count in counts[tag].items() if count >= least}
            lists[token] = numpy.array(sorted(kept.difference(common.tolist())))
        return common, lists

    def write(self, common, lists, recommended=False):
        """Write the file, and the key into config.json before what decoding says."""
        if not any(map(len, lists)):
            raise ValueError("no source token has a list: lower the threshold")
        starts = numpy.cumsum([0, *map(len, lists)])
        tensors = {"common": common, "starts": starts, "tokens": numpy.concatenate(lists)}
        tensors = {name: tensor.astype(numpy.int32) for name, tensor in tensors.items()}
        (self.folder / FILE).write_bytes(save(tensors))
        last = {key: self.table.pop(key) for key in LAST_KEYS if key in self.table}
        if recommended:
            last["decoding"] = {**last.get("decoding", {}), "use_shortlist": True}
        write_config(self.folder, {**self.table, "shortlist": {"file": FILE}, **last})


def _encode(tokenizer, texts):
    return tokenizer.encode(list(texts))


def forms_of(pairs, noise):
    """The pairs with the source as it is and in every form of noise, each once."""
    changes = [str, *(text.NOISE[name] for name in noise)]
    return list(dict.fromkeys((change(s) or s, t) for s, t in pairs for change in changes))


def make_rows(bundle, pairs, null):
    """Rows for train_model1: each source token once, and `null`, of which comes what has none.

    All bytes are one target token, the first of them, since they are listed together.
    """
    merged = dict.fromkeys(bundle.bytes, min(bundle.bytes, default=0))
    return [
        ([*sorted(set(s)), null], [merged.get(i, i) for i in t])
        for s, t in bundle.encode(pairs)
        if s and t
    ]


def make_bounds(bundle, common, threshold):
    """The probabilities from which on target tokens are listed; what is common needs no list.

    Bytes come with all others, and so must be as much more likely.
    """
    least = numpy.full(bundle.sizes[1], threshold)
    least[bundle.bytes] = threshold * len(bundle.bytes)
    least[[*common, *bundle.special]] = numpy.inf
    return least


def measure(bundle, rows, common, lists):
    """Shares of target tokens and of whole rows that their lists have, and the mean list."""
    found = whole = size = 0
    always = {*common.tolist(), tokenizers.EOS}
    for source, target in rows:
        listed = always.union(*(lists[s].tolist() for s in set(source)))
        if not listed.isdisjoint(bundle.bytes):
            listed.update(bundle.bytes)
        hits = sum(t in listed for t in target)
        found, whole, size = found + hits, whole + (hits == len(target)), size + len(listed)
    return found / sum(len(t) for _, t in rows), whole / len(rows), size / len(rows)


def report(bundle, recipe, common, lists, command):
    """Print what the shortlist covers of the dev sets, and of what the command makes of them."""
    print("| dev set | source | target | tokens | sentences | mean list |")
    print("|---|---|---|---|---|---|")
    for corpus in recipe.dev:
        for form in ("as it is", *recipe.stream.noise):
            change = text.NOISE.get(form, str)
            pairs = [(change(e.source) or e.source, e.target) for e in corpus.examples()]
            targets = {"reference": pairs}
            if command:
                targets["output"] = translate(command, [s for s, _ in pairs], 1)
            for name, kept in targets.items():
                tokens, whole, size = measure(bundle, bundle.encode(kept), common, lists)
                numbers = f"{tokens:.2%} | {whole:.1%} | {size:.0f}"
                print(f"| {corpus.name} | {form} | {name} | {numbers} |")


def translate(command, sources, best=None):
    """Pairs of sources and what a program makes of them; of `--n-best` all or the first `best`."""
    lines = run_program(command, sources)
    if not lines[0].count("\t"):
        return list(zip(sources, lines, strict=True))
    rows = [line.split("\t") for line in lines]
    return [(sources[int(n) - 1], t) for n, rank, t in rows if best is None or int(rank) <= best]


def main():
    """Read the command line, learn, choose, write and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--bundle", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--common", type=int, default=1024, help="first tokens, always listed")
    parser.add_argument("--per-token", type=int, default=200, help="most of one source token")
    parser.add_argument("--threshold", type=float, default=1e-3, help="least probability of those")
    parser.add_argument("--iterations", type=int, default=5, help="of expectation maximisation")
    parser.add_argument("--pairs", type=Path, nargs="*", default=[], help="more pairs, TSV files")
    parser.add_argument("--command", help="translates lines: s2s-translate --n-best 4")
    parser.add_argument("--by-language", type=int, metavar="N", help="what comes N times at least")
    parser.add_argument("--recommend", action="store_true", help="use it unless told not to")
    arguments = parser.parse_args()
    recipe, bundle = read_recipe(arguments.recipe, arguments.data), Bundle(arguments.bundle)
    examples = [example for corpus in recipe.corpora for example in corpus.examples()]
    if arguments.by_language is not None:
        lists = bundle.lists_of_languages(examples, arguments.by_language)
        bundle.write(*lists, arguments.recommend)
        return
    pairs = [(e.source, e.target) for e in examples]
    if arguments.command:
        pairs += translate(arguments.command, [s for s, _ in pairs])
    pairs += [pair for file in arguments.pairs for pair in data.read_pairs(file)]
    null = bundle.sizes[0]
    rows = make_rows(bundle, forms_of(pairs, recipe.stream.noise), null)
    model = train_model1(rows, bundle.sizes[1], arguments.iterations)
    # SentencePiece numbers the special tokens first, then bytes, then others by their probability;
    # one product for all sentences makes the logits of what every list begins with
    common = numpy.arange(min(arguments.common, bundle.sizes[1]))
    least = make_bounds(bundle, common, arguments.threshold)
    lists = choose_lists(model, bundle.sizes[0], least, arguments.per_token)
    bundle.write(common, lists, arguments.recommend)
    report(bundle, recipe, common, lists, arguments.command)


if __name__ == "__main__":
    main()
