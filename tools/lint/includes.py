# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may include whom, as the tables of docs/architecture.md say."""

import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

HEADING = "## Who may include whom"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def _code_words(cell):
    return re.findall(r"`([^`]+)`", cell)


class IncludeTable:
    """The folder table (rank, folder, own headers, other headers) and the file table (file, other
    headers) below the heading, in this order."""

    def __init__(self, document):
        section = document.split(HEADING, 1)[1].split("\n## ", 1)[0]
        self.ranks, self.own, self.other, self.of_file = {}, {}, {}, {}
        for line in section.split("\n"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if len(cells) == 4 and cells[0].isdigit():
                self._add_folders(*cells)
            elif len(cells) == 2 and cells[0].startswith("`"):
                for pattern in _code_words(cells[0]):
                    self.of_file[pattern] = _code_words(cells[1])
        if not self.ranks or not self.of_file:
            raise ValueError(f"docs/architecture.md: no tables below '{HEADING}'")

    def _add_folders(self, rank, folders, own, other):
        for folder in _code_words(folders):
            self.ranks[folder] = int(rank)
            self.own[folder] = _code_words(own)
            self.other[folder] = _code_words(other)

    def folder_of(self, path):
        """The longest folder of the table that `path` is in, or None."""
        for parent in PurePosixPath(path).parents:
            if str(parent) in self.ranks:
                return str(parent)
        return None

    def check(self, source):
        folder = self.folder_of(source.path)
        if folder is None:
            yield 1, f"no row of docs/architecture.md has the folder of {source.path}"
            return
        for match in INCLUDE.finditer(source.text):
            quote, header = match.groups()
            if quote == '"':
                allowed = self._may_include_own(folder, header)
            else:
                allowed = self._may_include_other(source.path, folder, header)
            if not allowed:
                yield source.line_of(match.start()), f"{folder} may not include {header}"

    def _may_include_own(self, folder, header):
        """A header with a folder in its name is below models/, one without lies beside the file."""
        rules = self.own[folder]
        if any(fnmatchcase(header, rule) for rule in rules):
            return True
        if "/" not in header:
            return header != "s2s.h"
        target = self.folder_of(f"models/{header}")
        return target == folder or (
            "lower" in rules and target is not None and self.ranks[target] < self.ranks[folder]
        )

    def _may_include_other(self, path, folder, header):
        allowed = list(self.other[folder])
        for pattern, headers in self.of_file.items():
            if fnmatchcase(path, pattern):
                allowed += headers
        return any(fnmatchcase(header, rule) for rule in allowed)
