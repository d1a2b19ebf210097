#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks, or with --fix makes, the formatting of all C and C++ files by .clang-format.

One version of clang-format only, because others differ in details. Exits with 77, which meson calls
skipped, where it is not installed.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from source import C_SUFFIXES, list_paths

CLANG_FORMAT = "clang-format-14"
SKIPPED = 77


def main():
    if not shutil.which(CLANG_FORMAT):
        print(f"{CLANG_FORMAT} is not installed")
        return SKIPPED
    root = Path(__file__).resolve().parents[2]
    paths = [path for path in list_paths(root) if Path(path).suffix in C_SUFFIXES]
    mode = ["-i"] if "--fix" in sys.argv[1:] else ["--dry-run", "-Werror"]
    return subprocess.run([CLANG_FORMAT, "--style=file", *mode, *paths], cwd=root).returncode


if __name__ == "__main__":
    sys.exit(main())
