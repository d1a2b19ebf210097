# SPDX-License-Identifier: LGPL-2.1-or-later
"""Score all bundles of a folder: python3 -m s2s_tools.score_bundles FOLDER --data DIR --out DIR.

Each bundle is measured on the dev sets of its task and languages, as s2s-translate decodes:
sources as they are and as speech recognition writes them, greedy and by beam search, in the
precision that ships and in f32. A Markdown file a bundle goes into --out and to the output.
"""

import argparse
import shlex
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from safetensors.torch import load_file, save_file

from s2s_tools import data, int8, metrics
from s2s_tools.bundle import read_config
from s2s_tools.score import run_command
from s2s_tools.text import FORMS

# The dev sets of a task; the second column says for which target languages alone
SETS = (
    ("translate", None, "tatoeba_{source}_{target}"),
    ("translate", "zh", "3am_{source}_{target}"),
    ("condense", None, "brevity_{target}"),
    ("reply", None, "selfdialogue_{target}"),
    ("reply", None, "chatterbot_{target}"),
)
SEARCHES = {"greedy": 1, "beam 4": 4}
PRECISIONS = {"int8": "int8", "bfloat16": "bf16", "float16": "f16", "float32": "f32"}  # least first


@dataclass(frozen=True)
class Bundle:
    """A bundle and one of its target languages."""

    folder: Path
    language: str
    several: bool

    @property
    def config(self):
        """The object of config.json."""
        return read_config(self.folder)

    def pairing(self):
        """What another bundle has to have to be compared with."""
        return self.config["task"], self.config["source_language"].lower(), self.language.lower()

    def command(self, program, beam, ratio=None):
        """The words of the command line that decodes lines."""
        command = [program, "--batch", "32", "--beam", str(beam), "--model", str(self.folder)]
        if self.several:
            command += ["--to", self.language]
        if ratio is not None:
            command += ["--length-ratio", str(ratio)]
        return shlex.join(command)


def read_bundles(folder):
    """Each bundle of a folder, once a target language: {name: [Bundle]}."""
    folder = Path(folder)
    paths = [folder] if (folder / "config.json").exists() else sorted(folder.iterdir())
    found = {}
    for path in paths:
        if (path / "config.json").exists():
            table = read_config(path)
            several = table.get("target_language_tokens", {})
            tags = list(several) or [table["target_language"]]
            found[path.resolve().name] = [Bundle(path, tag, bool(several)) for tag in tags]
    return found


def find_like(bundle, folder):
    """What a folder has for the same task and languages, the same name first, or None."""
    bundles = read_bundles(folder)
    named = bundles.pop(bundle.folder.resolve().name, [])
    rest = [other for group in bundles.values() for other in group]
    return next((o for o in named + rest if o.pairing() == bundle.pairing()), None)


def find_sets(bundle, corpora):
    """{name: file} of a bundle's dev sets, and the names of those that are not there."""
    task, source, target = bundle.pairing()
    languages = {"source": source.split("-")[0], "target": target.split("-")[0]}
    names = [
        name.format(**languages)
        for of_task, only, name in SETS
        if of_task == task and only in (None, languages["target"])
    ]
    files = {name: corpora / name / "dev.tsv.xz" for name in names}
    there = {name: file for name, file in files.items() if file.exists()}
    return there, [name for name in names if name not in there]


def precision(folder):
    """What the matrices of a bundle are stored as."""
    tensors = load_file(folder / "model.safetensors").values()
    types = {str(tensor.dtype).removeprefix("torch.") for tensor in tensors}
    return next(name for kind, name in PRECISIONS.items() if kind in types)


def widen(folder, out):
    """A copy of a bundle with all weights in f32."""
    shutil.copytree(folder, out)
    weights = out / "model.safetensors"
    tensors = int8.dequantize(load_file(weights))
    weights.unlink()
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, weights)
    return out


@dataclass(frozen=True)
class Row:
    """What is decoded together: a set in one form, by one search, at one length ratio."""

    bundle: Bundle
    name: str
    pairs: list
    form: str
    search: str
    ratio: float | None = None

    @property
    def sources(self):
        """The lines that are decoded."""
        return [FORMS[self.form](source) for source, _ in self.pairs]

    @property
    def references(self):
        """One a line."""
        return [target for _, target in self.pairs]

    def outputs(self, program, bundle):
        """What a bundle makes of the sources."""
        command = bundle.command(program, SEARCHES[self.search], self.ratio)
        return run_command(command, self.sources)

    def measure(self, outputs):
        """BLEU and chrF."""
        return metrics.Metric(self.bundle.language).measure(outputs, self.references)


def rows_of(bundle, files, count):
    """The rows of a bundle's sets; of each length ratio one more, in the usual form."""
    rows = []
    ratios = [entry["ratio"] for entry in bundle.config.get("length_tokens", [])]
    for name, file in files.items():
        make = partial(Row, bundle, name, data.read_pairs(file)[:count])
        rows += [make(form, search) for form in FORMS for search in SEARCHES]
        rows += [make("cased", "beam 4", ratio) for ratio in ratios]
    return rows


def format_table(head, rows):
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def numbers(values, sign=""):
    """Values with one digit after the point."""
    return [f"{value:{sign}.1f}" for value in values]


class Report:
    """The tables of one bundle."""

    def __init__(self, name, bundles, arguments, scratch):
        self.name, self.arguments, self.notes = name, arguments, []
        self.stored = precision(bundles[0].folder)
        self.twin = self._find_twin(bundles[0].folder, scratch)
        self.rows = []
        for bundle in bundles:
            files, missing = find_sets(bundle, arguments.data)
            self.rows += rows_of(bundle, files, arguments.count)
            self.notes += [f"{name}: not there, left out" for name in missing]
        self.previous = {}
        if arguments.previous:
            self.previous = {b: find_like(b, arguments.previous) for b in bundles}
            absent = [b.language for b, other in self.previous.items() if other is None]
            self.notes += [f"to {tag}: no earlier bundle" for tag in absent]
        self.decoded = {}

    def _find_twin(self, folder, scratch):
        """The folder of the same bundle in f32; None where it ships so."""
        if self.stored == "f32":
            return None
        if self.arguments.f32 and (self.arguments.f32 / self.name).exists():
            self.notes.append("f32: the weights as they were trained")
            return self.arguments.f32 / self.name
        self.notes.append(f"f32: the weights that ship, {self.stored}, widened")
        return widen(folder, scratch / self.name)

    def decode(self, pool):
        """Let all bundles translate all that is asked for."""
        program, futures = self.arguments.command, {}
        for row in self.rows:
            others = {"ships": row.bundle}
            if self.twin and row.ratio is None:
                others["f32"] = Bundle(self.twin, row.bundle.language, row.bundle.several)
            if self.previous.get(row.bundle) and row.ratio is None:
                others["previous"] = self.previous[row.bundle]
            for key, bundle in others.items():
                futures[row_key(row), key] = pool.submit(row.outputs, program, bundle)
        self.decoded = {key: future.result() for key, future in futures.items()}

    def outputs(self, row, key="ships"):
        """The decoded lines of a row, or None."""
        return self.decoded.get((row_key(row), key))

    def main_table(self):
        """BLEU and chrF of all, copying the source beside them."""
        head = ["set", "source", "search", "pairs", f"BLEU {self.stored}", "chrF"]
        head += ["BLEU f32", "chrF"] if self.twin else []
        head += ["BLEU of the source copied", "chrF"]
        head += ["change of BLEU", "chrF"] if self.previous else []
        lines = []
        for row in self.rows:
            if row.ratio is None:
                lines.append(self._main_line(row))
        return format_table(head, lines)

    def _main_line(self, row):
        ours = row.measure(self.outputs(row))
        line = [row.name, row.form, row.search, len(row.pairs), *numbers(ours)]
        if self.twin:
            line += numbers(row.measure(self.outputs(row, "f32")))
        line += numbers(row.measure(row.sources))
        if self.previous:
            theirs = self.outputs(row, "previous")
            before = row.measure(theirs) if theirs else None
            changes = [new - old for new, old in zip(ours, before, strict=True)] if before else []
            line += numbers(changes, "+") or ["", ""]
        return line

    def length_table(self):
        """How much shorter a condensing bundle makes its sources, and what that costs."""
        head = ["set", "source", "search", "length ratio", "BLEU", "chrF"]
        head += ["characters saved", "by the references"]
        lines = []
        for row in self.rows:
            outputs = self.outputs(row)
            line = [row.name, row.form, row.search, row.ratio or "its own"]
            line += numbers(row.measure(outputs))
            shares = [metrics.saved(row.sources, texts) for texts in (outputs, row.references)]
            lines.append([*line, *(f"{share:.1%}" for share in shares)])
        return format_table(head, lines)

    def reply_table(self):
        """How many different things a bundle replies, for BLEU says little of replies."""
        head = ["set", "source", "search", "distinct-1", "distinct-2", "words"]
        head += ["of the references", "", ""]
        lines = []
        for row in self.rows:
            line = [row.name, row.form, row.search]
            for texts in (self.outputs(row), row.references):
                line += [f"{metrics.distinct(texts, n):.3f}" for n in (1, 2)]
                line.append(f"{metrics.mean_words(texts):.1f}")
            lines.append(line)
        return format_table(head, lines)

    def text(self):
        """The whole report as Markdown."""
        parts = [f"## {self.name}\n"]
        if self.rows:
            task = self.rows[0].bundle.config["task"]
            more = {"condense": [self.length_table], "reply": [self.reply_table]}
            parts += [make() for make in [self.main_table, *more.get(task, [])]]
        languages = {metrics.choose_tokenizer(r.bundle.language): r.bundle for r in self.rows}
        signatures = [
            line for b in languages.values() for line in metrics.Metric(b.language).signatures()
        ]
        notes = [f"* {note}\n" for note in dict.fromkeys(signatures + self.notes)]
        return "\n".join([*parts, "".join(notes)])


def row_key(row):
    """What tells the rows of a bundle apart."""
    return row.name, row.form, row.search, row.ratio


def read_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("bundles", type=Path, help="a folder of bundles, or one bundle")
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, required=True, help="folder of the tables")
    parser.add_argument("--command", default="s2s-translate", help="the program that decodes")
    parser.add_argument("--previous", type=Path, help="bundles to be compared with")
    parser.add_argument("--f32", type=Path, help="the bundles in f32, by the same names")
    parser.add_argument("--count", type=int, default=1000, help="only the first pairs of a set")
    return parser.parse_args()


def main():
    """Read the command line, decode two at a time, print and write the tables."""
    arguments = read_arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as pool:
        for name, bundles in read_bundles(arguments.bundles).items():
            report = Report(name, bundles, arguments, Path(scratch))
            report.decode(pool)
            (arguments.out / f"{name}.md").write_text(report.text(), encoding="utf-8")
            print(report.text(), flush=True)


if __name__ == "__main__":
    main()
