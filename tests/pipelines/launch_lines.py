#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs each gst-launch line of the documentation.

launch_lines.py ROOT FILE...: takes the lines of each FILE that start with gst-launch-1.0, with
those that a backslash continues them on, and runs them where examples/ and models/ of ROOT and the
files of examples/ are at hand. They are of no use without the default bundle. Prints TAP.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

LINE = re.compile(r"^(?: \* )?(gst-launch-1\.0 (?:.*\\\n)*.*)$", re.MULTILINE)
BUNDLE = "models/pretrained/en-zh"
SECONDS = 120


def find_lines(path):
    text = Path(path).read_text(encoding="utf-8")
    for match in LINE.finditer(text):
        yield " ".join(re.sub(r"\\\n(?: \*)?", " ", match.group(1)).split())


def run(line, root):
    with tempfile.TemporaryDirectory() as folder:
        for path in [root / "examples", root / "models", *(root / "examples").iterdir()]:
            (Path(folder) / path.name).symlink_to(path)
        return subprocess.run(
            ["sh", "-c", line], cwd=folder, capture_output=True, text=True, timeout=SECONDS
        )


def main():
    root = Path(sys.argv[1]).resolve()
    if not (root / BUNDLE / "config.json").exists():
        print(f"1..0 # SKIP there is no {BUNDLE}")
        return 0
    lines = sorted({line for path in sys.argv[2:] for line in find_lines(path)})
    print(f"1..{len(lines)}")
    for number, line in enumerate(lines, 1):
        result = run(line, root)
        passed = result.returncode == 0 and "ERROR" not in result.stderr
        print(f"{'ok' if passed else 'not ok'} {number} - {line}", flush=True)
        if not passed:
            print(result.stdout + result.stderr, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
