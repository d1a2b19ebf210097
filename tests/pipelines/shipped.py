#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bundles that ship: shipped.py ROOT.

Each is small enough, has a card, and transforms a subtitle file in the element, found by its name
and by its path alike; a language alone finds a bundle that puts it out. Prints TAP.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

MOST_OF_ONE, MOST_OF_ALL = 16_000_000, 64_000_000
SECONDS = 120
# What text of one of these languages has, and of the others not
SIGNS = {
    "de": r"\b(?:ich|wir|der|das|und|nicht)\b|[äöüß]",
    "es": r"\b(?:el|los|las|por|y)\b|[¿¡ñóí]",
    "fr": r"\b(?:le|je|nous|dans|du|est|et)\b|[êàœ]",
    "zh": r"[\u4e00-\u9fff]",
}


def run(root, *properties):
    """The WebVTT that the element makes of a file, with some properties; "" if it fails."""
    words = f"filesrc location={root}/examples/hello.srt ! subparse ! s2stransform".split()
    command = ["gst-launch-1.0", "-q", *words, *properties, "!", "webvttenc", "!", "fdsink"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode == 0 and "ERROR" not in done.stderr:
        return done.stdout
    print(done.stderr, file=sys.stderr)
    return ""


def size_of(bundle):
    """Bytes of all files of a bundle."""
    return sum(path.stat().st_size for path in bundle.iterdir())


def lines_of(webvtt):
    """The text of the cues."""
    return [line for line in webvtt.splitlines()[2:] if line and "-->" not in line]


def check_size(bundle):
    """Small, and with a card."""
    return size_of(bundle) < MOST_OF_ONE and (bundle / "README.md").stat().st_size > 1000


def check_loads(root, bundle):
    """The same cues by name and by path, each with text, and some with another than before."""
    named, by_path = run(root, f"model-path={bundle.name}"), run(root, f"model-path={bundle}")
    source = (root / "examples/hello.srt").read_text(encoding="utf-8")
    cues, changed = source.count("-->"), set(lines_of(named)) - set(source.splitlines())
    same = named == by_path and named.count("-->") == cues
    return same and len(lines_of(named)) >= cues and len(changed) > 0


def check_language(root, tag, bundles):
    """The language alone gives what the bundle made for the fewest languages gives."""
    able = [
        (len(config.get("target_language_tokens", {})), name)
        for name, config in bundles.items()
        if config["task"] == "translate"
        and tag in (config["target_language"], *config.get("target_language_tokens", {}))
    ]
    found = run(root, f"output-language-code={tag}")
    named = run(root, f"output-language-code={tag}", f"model-path={min(able)[1]}")
    shown = {
        sign: sum(bool(re.search(pattern, line, re.IGNORECASE)) for line in lines_of(found))
        for sign, pattern in SIGNS.items()
    }
    others = max(count for sign, count in shown.items() if sign != tag)
    return found == named and shown[tag] > max(2 * others, len(lines_of(found)) / 3)


def main():
    """Check each bundle and language."""
    root = Path(sys.argv[1]).resolve()
    folders = sorted(path.parent for path in (root / "models/pretrained").glob("*/config.json"))
    configs = {
        folder.name: json.loads((folder / "config.json").read_text(encoding="utf-8"))
        for folder in folders
    }
    checks = [("all together", sum(map(size_of, folders)) < MOST_OF_ALL and len(folders) > 0)]
    for folder in folders:
        checks.append((f"{folder.name}: size and card", check_size(folder)))
        checks.append((f"{folder.name}: by name and by path", check_loads(root, folder)))
    for tag in SIGNS:
        checks.append((f"language {tag}", check_language(root, tag, configs)))
    print(f"1..{len(checks)}")
    for number, (name, good) in enumerate(checks, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
