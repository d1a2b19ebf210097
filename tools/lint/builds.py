# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every C file is in a build file: what no meson.build names is neither built nor tested."""

import re
from pathlib import PurePosixPath

COMMENT = re.compile(r"#.*")
WORD = re.compile(r"'([^'\n]+)'")


class BuildFiles:
    """The words in quotes of each meson.build, by its folder."""

    def __init__(self, build_files):
        self.words = {
            str(PurePosixPath(path).parent): set(WORD.findall(COMMENT.sub("", text)))
            for path, text in build_files.items()
        }

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
        """How a meson.build may name `path`: in full, without suffix, as <folder>/<name> for
        <folder>/test-<name>.c, or by these without the folder, which is then a variable."""
        stem = path.with_suffix("")
        short = stem.with_name(stem.name.removeprefix("test-"))
        return {str(path), str(stem), str(short), path.name}
