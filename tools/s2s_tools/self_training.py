# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pairs of a model's own (He 2020): python3 -m s2s_tools.self_training RECIPE.toml FILE.tsv… …

Translates the sources of other corpora and keeps what the model is surest of, for a corpus of the
next recipe. Sources that the recipe trains on or is measured on are left out.
"""

import argparse
import random
from pathlib import Path

from s2s_tools import data, text
from s2s_tools.recipe import read_recipe
from s2s_tools.score import run_command


def collect_sources(files, known):
    """The sources of TSV files, each once, less those of the set `known`."""
    seen, sources = set(known), []
    for file in files:
        for source, _ in data.read_pairs(file):
            form = text.speech_form(source)
            if form and form not in seen:
                seen.add(form)
                sources.append(source)
    return sources


def known_sources(recipe):
    """The forms of all sources that a recipe names."""
    corpora = [*recipe.corpora, *recipe.dev]
    return {
        text.speech_form(s) for c in corpora for file in c.files for s, _ in data.read_pairs(file)
    }


def choose(sources, lines, share):
    """The `share` of pairs with the best scores: lines are `score<TAB>translation`."""
    rows = [(*line.split("\t"), source) for source, line in zip(sources, lines, strict=True)]
    rows = [(float(score), source, target) for score, target, source in rows if target]
    rows.sort(key=lambda row: -row[0])
    return [(source, target) for _, source, target in rows[: round(share * len(rows))]]


def main():
    """Read the command line, translate, choose and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("files", type=Path, nargs="+", help="whose sources are translated")
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--command", required=True, help="translates lines: s2s-translate --scores")
    parser.add_argument("--share", type=float, default=0.6, help="of the pairs, that is kept")
    parser.add_argument("--out", type=Path, required=True, help="the TSV file to write")
    arguments = parser.parse_args()
    known = known_sources(read_recipe(arguments.recipe, arguments.data))
    sources = collect_sources(arguments.files, known)
    pairs = choose(sources, run_command(arguments.command, sources), arguments.share)
    random.Random(1).shuffle(pairs)
    rows = (f"{source}\t{target}\n" for source, target in pairs)
    arguments.out.write_text("".join(rows), encoding="utf-8")
    print(f"{arguments.out}: {len(pairs)} of {len(sources)} sources")


if __name__ == "__main__":
    main()
