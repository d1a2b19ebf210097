#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The reference pages against the elements: reference.py PAGE ELEMENT…, in pairs.

Every property of an element is in its page, in bold or in the first column of a table with its
default, and the page names no other.
"""

import re
import subprocess
import sys
from pathlib import Path

OF_GSTREAMER = {"name", "parent"}


def read_properties(element):
    """What gst-inspect-1.0 says: {name: default}; None for one that is read only."""
    text = subprocess.run(
        ["gst-inspect-1.0", element], check=True, capture_output=True, text=True
    ).stdout
    properties = {}
    for block in re.split(r"\n  (?=[a-z])", text.partition("Element Properties:")[2]):
        name = re.match(r"\s*([a-z][a-z-]*) *:", block)
        if name and name[1] not in OF_GSTREAMER:
            default = re.search(r"Default: (.*)", block)
            value = default[1].strip() if default else None
            enum = re.match(r'-?\d+, "(.*)"', value or "")
            properties[name[1]] = enum[1] if enum else value
    return properties


def read_page(page):
    """What the page says: {name: default}."""
    section = Path(page).read_text(encoding="utf-8").partition("## Properties")[2]
    section = section.partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]*?) *\|", section, re.M)
    rows += re.findall(r"\*\*`([a-z-]+)`\*\*(?=[^(\n]*\(([^)]*)\))", section)
    return {name: default.strip("` ") for name, default in rows}


def same(said, real):
    """Whether a default on a page is that of the element."""
    if real is None:
        return said == ""
    if real.strip('"') in ("null", "NULL"):
        return said == "unset"
    said = said.replace("−", "-")
    try:
        return float(said) == float(real)
    except ValueError:
        return said == real.strip('"')


def main():
    """Compare each pair; TAP."""
    pairs = sys.argv[1:]
    failed = 0
    print(f"1..{len(pairs) // 2}")
    for page, element in zip(pairs[::2], pairs[1::2], strict=True):
        said, real = read_page(page), read_properties(element)
        wrong = sorted(said.keys() ^ real.keys())
        wrong += [
            f"{name}: the page says '{said[name]}', the element '{real[name]}'"
            for name in sorted(said.keys() & real.keys())
            if not same(said[name], real[name])
        ]
        print("not ok" if wrong or not real else "ok", "-", element)
        for line in wrong:
            print("#", line)
        failed += bool(wrong) or not real
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
