# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measure a model that shortens captions.

python3 -m s2s_tools.condensing_score kept FILE.tsv --command PROGRAM: how many sentences keep the
names, numbers and negations that the file says. python3 -m s2s_tools.condensing_score speed
FILE.srt…: how many cues a viewer has the time to read.
"""

import argparse
import html
import re
from dataclasses import dataclass
from pathlib import Path

from s2s_tools.score import run_command

NEGATION = re.compile(
    r"\b(?:no|not|never|nobody|nothing|none|nor|neither|nowhere|without|cannot|hardly)\b|n't\b",
    re.I,
)
TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3})"
TIMES = re.compile(rf"\s*{TIME}\s*-->\s*{TIME}")
MARKUP = re.compile(r"<[^>]*>|\{\\[^}]*\}")


@dataclass(frozen=True)
class Expectation:
    """A sentence and what has to be in its shorter form."""

    sentence: str
    names: tuple
    numbers: tuple
    negated: bool

    def failures(self, output):
        """What the output lacks, or has and should not: texts for a person."""
        output = output.replace("’", "'")
        words = [word.lower() for word in re.findall(r"[\w'-]+", output)]
        plain = {re.sub(r"'s$|'$", "", word) for word in words}
        said = [word for name in self.names for word in name.split()]
        missing = [f"name {w}" for w in said if w.lower() not in plain]
        for number in self.numbers:
            if not re.search(rf"(?<![\w.,:]){re.escape(number)}(?!\w|[.,:]\d)", output, re.I):
                missing.append(f"number {number}")
        if bool(NEGATION.search(output)) != self.negated:
            missing.append("negation" if self.negated else "negation too much")
        return missing


def read_expectations(path):
    """The rows of a TSV file: sentence, names and numbers (each by |), negation yes or no."""
    rows = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        sentence, names, numbers, negated = line.split("\t")
        if negated not in ("yes", "no"):
            raise ValueError(f"{path}: expected yes or no, got {negated!r}: {sentence}")
        split = (tuple(filter(None, cell.split("|"))) for cell in (names, numbers))
        rows.append(Expectation(sentence, *split, negated == "yes"))
    return rows


def check_kept(expectations, outputs):
    """[(expectation, output, failures)] of those that lost something."""
    rows = zip(expectations, outputs, strict=True)
    found = ((expected, output, expected.failures(output)) for expected, output in rows)
    return [row for row in found if row[2]]


def _seconds(hours, minutes, seconds, thousandths):
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths) / 1000


def read_cues(path):
    """The cues of an SRT or WebVTT file: [(seconds, text as it is read)]."""
    cues, lines = [], Path(path).read_text(encoding="utf-8-sig").splitlines()
    at = 0
    while at < len(lines):
        match, at = TIMES.match(lines[at]), at + 1
        if not match:
            continue
        times = match.groups()
        text = []
        while at < len(lines) and lines[at].strip():
            text.append(lines[at].strip())
            at += 1
        shown = html.unescape(MARKUP.sub("", " ".join(text)))
        cues.append((_seconds(*times[4:]) - _seconds(*times[:4]), " ".join(shown.split())))
    return cues


def reading_speeds(path):
    """Characters a second of each cue that has text."""
    return [
        len(text) / length if length > 0 else float("inf")
        for length, text in read_cues(path)
        if text
    ]


def share_readable(path, limit):
    """The share of cues of at most `limit` characters a second."""
    speeds = reading_speeds(path)
    return sum(speed <= limit + 1e-9 for speed in speeds) / max(1, len(speeds))


def main_kept(arguments):
    """Print what a program's outputs lost."""
    expectations = read_expectations(arguments.file)
    sentences = [expected.sentence for expected in expectations]
    outputs = run_command(arguments.command, sentences)
    lost = check_kept(expectations, outputs)
    for expected, output, failures in lost:
        print(f"{', '.join(failures)}\n  {expected.sentence}\n  {output}")
    kept = len(expectations) - len(lost)
    ratio = sum(map(len, outputs)) / max(1, sum(map(len, sentences)))
    print(f"{kept} of {len(expectations)} kept all ({100 * kept / len(expectations):.1f}%), "
          f"{100 * ratio:.0f}% of the characters")  # fmt: skip


def main_speed(arguments):
    """Print the share of cues that can be read, file by file."""
    for file in arguments.files:
        speeds = reading_speeds(file)
        share, most = share_readable(file, arguments.limit), max(speeds, default=0)
        print(f"{file}: {len(speeds)} cues, {100 * share:.1f}% of at most {arguments.limit:g} "
              f"characters/s, the fastest {most:.1f}")  # fmt: skip


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(required=True)
    kept = commands.add_parser("kept", help="names, numbers and negations of a list of sentences")
    kept.add_argument("file", type=Path)
    kept.add_argument("--command", required=True, help="shortens lines: s2s-translate …")
    kept.set_defaults(run=main_kept)
    speed = commands.add_parser("speed", help="share of cues that are slow enough to read")
    speed.add_argument("files", type=Path, nargs="+")
    speed.add_argument("--limit", type=float, default=17.0, help="characters a second")
    speed.set_defaults(run=main_speed)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
