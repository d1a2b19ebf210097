# SPDX-License-Identifier: LGPL-2.1-or-later
"""A file as the rules see it, and the list of files of the tree."""

import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

C_SUFFIXES = {".c", ".h", ".cc"}
TEXT_SUFFIXES = C_SUFFIXES | {".py", ".sh", ".md", ".build", ".map", ".supp", ".yml", ".toml"}
TEXT_NAMES = {"Makefile", "meson_options.txt", ".clang-format", ".editorconfig"}
NOT_OURS = ("models/pretrained/", "tools/lint/fixtures/")
FALLBACK_SKIPS = re.compile(r"^(\.git|build[^/]*|.*__pycache__)(/|$)")

# A comment, a string or a character constant; whichever begins first wins.
OPAQUE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def _blank(match):
    text = match.group(0)
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[0]
    return re.sub(r"[^\n]", " ", text)


@dataclass(frozen=True)
class Function:
    """A function's body; lines count from 1."""

    name: str
    returns_void: bool
    first_line: int  # of the opening brace
    last_line: int  # of the closing brace
    start: int  # offset of the opening brace in the code
    end: int  # offset behind the closing brace


class Source:
    """A text file. `path` is where it stands in the tree, or where a fixture pretends to."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")

    @property
    def is_c(self):
        return Path(self.path).suffix in C_SUFFIXES

    @property
    def is_header(self):
        return self.path.endswith(".h")

    @property
    def is_python(self):
        return self.path.endswith(".py")

    @cached_property
    def code(self):
        """The C text with comments and the inside of strings blanked, offsets unchanged."""
        return OPAQUE.sub(_blank, self.text)

    @cached_property
    def comments(self):
        """(line, text) of each C comment."""
        return [
            (self.line_of(match.start()), match.group(0))
            for match in OPAQUE.finditer(self.text)
            if match.group(0).startswith("/")
        ]

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    @cached_property
    def functions(self):
        """Bodies of the functions at file level, also inside `extern "C" {` and namespaces."""
        code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", _blank, self.code, flags=re.MULTILINE)
        found = []
        head_start = depth = 0
        body = None
        for match in re.finditer(r"[{};]", code):
            token, offset = match.group(0), match.start()
            if token == "{":
                head = code[head_start:offset]
                if depth == 0 and re.search(r'(extern\s+" *"|namespace[\s\w]*)\s*$', head):
                    head_start = offset + 1
                    continue
                if depth == 0:
                    body = self._begin_function(head, offset)
                depth += 1
            elif token == "}" and depth > 0:
                depth -= 1
                if depth == 0 and body:
                    name, returns_void, start = body
                    first, last = self.line_of(start), self.line_of(offset)
                    found.append(Function(name, returns_void, first, last, start, offset + 1))
                    body = None
            if depth == 0:
                head_start = offset + 1
        return found

    @staticmethod
    def _begin_function(head, offset):
        match = re.search(r"([\w:~]+)\s*\(", head)
        if not match or re.search(r"=\s*$", head):
            return None
        return match.group(1), bool(re.search(r"\bvoid\s*$", head[: match.start()])), offset


def list_paths(root):
    """The files under `root` that git tracks or would track; all of them where git is not there."""
    git = ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z", "-co"]
    try:
        listing = subprocess.run(
            [*git, "--exclude-standard"], capture_output=True, check=True, text=True
        ).stdout
        paths = [path for path in listing.split("\0") if path and (root / path).is_file()]
    except (OSError, subprocess.CalledProcessError):
        relative = (str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
        paths = [path for path in relative if not FALLBACK_SKIPS.match(path)]
    return sorted(path for path in set(paths) if not path.startswith(NOT_OURS))


def _is_text(root, path):
    name = Path(path)
    if name.suffix in TEXT_SUFFIXES or name.name in TEXT_NAMES:
        return True
    return not name.suffix and (root / path).open("rb").read(2) == b"#!"


def list_texts(root):
    """Paths of the text files that the rules are about, scripts without suffix too."""
    return [path for path in list_paths(root) if _is_text(root, path)]
