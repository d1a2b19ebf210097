#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the tree against its own rules (CONTRIBUTING.md, "Style").

lint.py [ROOT]: prints `path:line: rule: message` for each breach; exits with 1 if there is one.
"""

import re
import sys
from pathlib import Path

from builds import BuildFiles
from includes import IncludeTable
from rules import RULES
from source import Source, list_texts

# meson.build, and the scripts that it runs
BUILD_FILE = re.compile(r"meson\.build$|^(?:tests|examples)/.*\.py$")


class Linter:
    """All rules, bound to one tree."""

    def __init__(self, root):
        self.root = root
        self.paths = list_texts(root)
        table = IncludeTable((root / "docs/architecture.md").read_text(encoding="utf-8"))
        builds = BuildFiles(
            {path: self._read(path) for path in self.paths if BUILD_FILE.search(path)}
        )
        self.rules = {
            **RULES,
            "include": lambda source: table.check(source) if source.is_c else (),
            "build-file": builds.check,
        }

    def _read(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def check(self, source):
        """(line, rule, message) of each breach in `source`."""
        return sorted(
            (line, name, message)
            for name, rule in self.rules.items()
            for line, message in rule(source)
        )

    def check_path(self, path):
        try:
            return self.check(Source(path, self._read(path)))
        except UnicodeDecodeError as error:
            return [(1, "utf-8", str(error))]


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    linter = Linter(root)
    n_breaches = 0
    for path in linter.paths:
        for line, name, message in linter.check_path(path):
            print(f"{path}:{line}: {name}: {message}")
            n_breaches += 1
    print(f"{len(linter.paths)} files, {n_breaches} breaches")
    return 1 if n_breaches else 0


if __name__ == "__main__":
    sys.exit(main())
