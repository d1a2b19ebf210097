# SPDX-License-Identifier: LGPL-2.1-or-later
"""Score a bundle: python3 -m s2s_tools.score BUNDLE FILE.tsv… [--command PROGRAM].

BLEU and chrF of sacrebleu, of the source as it is and as speech recognition writes it
(lower case, no punctuation), in all and by the number of source words.
"""

import argparse
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import torch

from s2s_tools import data
from s2s_tools.bundle import read_bundle, read_config, read_source_form
from s2s_tools.decode import translate
from s2s_tools.metrics import TOKENIZERS, Metric
from s2s_tools.text import FORMS

BUCKETS = ((1, 5), (6, 10), (11, 15), (16, 1000))


def run_program(command, lines):
    """All that a program prints when it is given these lines."""
    given = "\n".join(" ".join(line.split()) for line in lines) + "\n"
    done = subprocess.run(
        shlex.split(command), input=given, capture_output=True, text=True, check=True
    )
    return done.stdout.removesuffix("\n").split("\n")


def run_command(command, lines):
    """The output lines of a program that translates lines, in order."""
    outputs = run_program(command, lines)
    if len(outputs) != len(lines):
        raise ValueError(f"{command}: {len(lines)} lines in, {len(outputs)} out")
    return outputs


def rows_of(pairs, outputs, metric):
    """(words, pairs, BLEU, chrF) of all and of every length that occurs."""
    rows = [("all", len(pairs), *metric.measure(outputs, [t for _, t in pairs]))]
    for low, high in BUCKETS:
        kept = [i for i, (s, _) in enumerate(pairs) if low <= len(s.split()) <= high]
        if kept:
            part = [outputs[i] for i in kept], [pairs[i][1] for i in kept]
            label = f"{low} to {high}" if high < 1000 else f"{low} and more"
            rows.append((label, len(kept), *metric.measure(*part)))
    return rows


def read_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--beam", type=int, help="instead of the bundle's own")
    parser.add_argument("--alpha", type=float, help="length penalty, likewise")
    parser.add_argument("--target-language", metavar="TAG", help="one of several of the bundle")
    parser.add_argument("--count", type=int, help="only the first pairs")
    parser.add_argument("--command", help="a program, lines in and lines out, to be scored")
    parser.add_argument("--tokenize", choices=TOKENIZERS, default="auto", help="for BLEU")
    parser.add_argument("--lowercase", action="store_true", help="compare in lower case")
    parser.add_argument("--show", type=int, default=0, help="pairs printed with their output")
    return parser.parse_args()


def main():
    """Read the command line and print a table for every file."""
    arguments = read_arguments()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    model, (source, target), options = read_bundle(arguments.bundle)
    form = read_source_form(arguments.bundle, arguments.target_language)
    if arguments.beam:
        options = replace(options, beam_size=arguments.beam)
    if arguments.alpha is not None:
        options = replace(options, length_penalty=arguments.alpha)
    language = arguments.target_language or read_config(arguments.bundle)["target_language"]
    metric = Metric(language, arguments.tokenize, arguments.lowercase)
    print("| file | source | words | pairs | BLEU | chrF |\n|---|---|---|---|---|---|")
    for file in arguments.files:
        pairs = data.read_pairs(file)[: arguments.count]
        for writing, change in FORMS.items():
            lines = [change(s) for s, _ in pairs]
            if arguments.command:
                outputs = run_command(arguments.command, lines)
            else:
                outputs = translate(model, lines, source, target, options, form=form)
            for label, count, bleu, chrf in rows_of(pairs, outputs, metric):
                name = f"{file.parent.name} {file.name.split('.')[0]}"
                print(f"| {name} | {writing} | {label} | {count} | {bleu:.1f} | {chrf:.1f} |")
            for i in range(min(arguments.show, len(pairs))):
                print(f"{lines[i]}\n    {outputs[i]}\n    {pairs[i][1]}")
    print("\n".join(["", *metric.signatures()]))


if __name__ == "__main__":
    main()
