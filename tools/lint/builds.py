# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every C file is in a build file: what no meson.build names, and no script that one runs, is
neither built nor tested."""

import re
from pathlib import PurePosixPath

COMMENT = re.compile(r"#.*")
WORD = re.compile(r"""(["'])([^"'\n]+)\1""")
PREFIXES = ("", "test-", "fuzz-")


class BuildFiles:
    """The words in quotes of the build files, by their folder."""

    def __init__(self, build_files):
        self.words = {}
        for path, text in build_files.items():
            words = {match[1] for match in WORD.findall(COMMENT.sub("", text))}
            self.words.setdefault(str(PurePosixPath(path).parent), set()).update(words)

    def check(self, source):
        if not source.is_c or source.is_header:
            return
        path = PurePosixPath(source.path)
        for parent in path.parents:
            if self._names(path.relative_to(parent)) & self.words.get(str(parent), set()):
                return
        yield 1, f"no meson.build above it names {path.name}"

    @staticmethod
    def _names(path):
        """How a build file may name `path`: in full, without suffix, or by a word from which it
        makes the name, as <folder>/<name> for <folder>/test-<name>.c."""
        stem = path.with_suffix("")
        short = {
            str(stem.with_name(stem.name.removeprefix(prefix)))
            for prefix in PREFIXES
            if stem.name.startswith(prefix) and stem.name != prefix
        }
        return {str(path), path.name} | short
