# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rules. Each takes a Source and yields (line, message); RULES gives them their names."""

import re

MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 600
MAX_TEST_LINES = 800
MAX_NESTING = 4
INDENT = 2

LICENCE = "SPDX-License-Identifier: LGPL-2.1-or-later"
LICENSED = (".sh", ".build", "Makefile", "meson_options.txt")
# Zero-width, joiners, direction marks, no-break blanks, soft hyphen, byte order mark.
INVISIBLE = re.compile("[\u00a0\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
REMINDER = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X)\b")
CONTROL = re.compile(r"^( *)(?:if|for|while|do|switch)\b")
SETS_ERROR = re.compile(r"\bg_(?:set_error(?:_literal)?|propagate_(?:prefixed_)?error)\s*\(")
LEAVES = re.compile(r"\b(?:return|goto)\b|= (?:FALSE|NULL);")
CODE_IN_COMMENT = re.compile(
    r"^[\s/*]*(?:"
    r"(?:if|for|while|switch) \(.*\)\s*[{;]?"
    r"|return\b[^.]*;"
    r"|#\s*(?:if|ifdef|include|define)\b.*"
    r"|[A-Za-z_][\w.>\[\]-]* \([^()]*\);"
    r"|[\w *]*[A-Za-z_][\w.>\[\]-]* [-+*/|&]?= .*;"
    r")[\s*/]*$"
)


def check_licence(source):
    is_script = source.text.startswith("#!")
    if not (source.is_c or source.is_python or is_script or source.path.endswith(LICENSED)):
        return
    head = source.lines[:2] if is_script else source.lines[:1]
    if not any(LICENCE in line for line in head):
        yield 1, f"first line lacks '{LICENCE}'"


def check_blanks(source):
    is_makefile = source.path.endswith("Makefile")
    for number, line in enumerate(source.lines, 1):
        if "\t" in (line[1:] if is_makefile else line):
            yield number, "tab"
        if line != line.rstrip():
            yield number, "blank or carriage return at the end of the line"


def check_final_newline(source):
    if source.text and not source.text.endswith("\n"):
        yield len(source.lines), "no newline at the end of the file"
    if source.text.endswith("\n\n"):
        yield len(source.lines), "empty line at the end of the file"


def check_invisible(source):
    for number, line in enumerate(source.lines, 1):
        for match in INVISIBLE.finditer(line):
            yield number, f"invisible character U+{ord(match.group(0)):04X}"


def check_reminder(source):
    for number, line in enumerate(source.lines, 1):
        if REMINDER.search(line):
            yield number, "finish it, or write it to the issue tracker"


def check_file_length(source):
    limit = MAX_TEST_LINES if source.path.startswith("tests/") else MAX_FILE_LINES
    length = source.text.count("\n")
    if (source.is_c or source.is_python) and length > limit:
        yield limit, f"file has {length} lines, at most {limit}"


def check_function_length(source):
    for function in source.functions if source.is_c else ():
        length = function.last_line - function.first_line + 1
        if length > MAX_FUNCTION_LINES:
            message = f"{function.name} has {length} lines, at most {MAX_FUNCTION_LINES}"
            yield function.first_line, message


def check_nesting(source):
    """The formatter makes indentation tell the nesting; what stands at column 2 is one deep."""
    code = source.code.split("\n") if source.is_c else ()
    for number, line in enumerate(code, 1):
        match = CONTROL.match(line)
        if match and len(match.group(1)) > MAX_NESTING * INDENT:
            yield number, f"nested {len(match.group(1)) // INDENT} deep, at most {MAX_NESTING}"


def check_pragma_once(source):
    if source.is_header and "#pragma once\n" not in source.code:
        yield 1, "header without #pragma once"


def check_dead_code(source):
    for number, line in enumerate(source.lines if source.is_c else (), 1):
        if re.match(r"\s*#\s*if\s+0\b", line):
            yield number, "code that is never compiled"
    for first, comment in source.comments if source.is_c else ():
        if comment.startswith("/**") or "|[" in comment:
            continue
        for number, line in enumerate(comment.split("\n"), first):
            if CODE_IN_COMMENT.match(line):
                yield number, "commented-out code"


def _block_end(code, offset):
    """Offset of the brace that closes the block in which `offset` stands."""
    depth = 0
    for match in re.finditer(r"[{}]", code[offset:]):
        depth += 1 if match.group(0) == "{" else -1
        if depth < 0:
            return offset + match.start()
    return len(code)


def check_error_return(source):
    """Who sets an error leaves or remembers it: a return, a goto or `= FALSE` follows in the same
    block. A function of void that only fills in an error may end there instead."""
    for function in source.functions if source.is_c else ():
        for match in SETS_ERROR.finditer(source.code, function.start, function.end):
            end = _block_end(source.code, match.start())
            leaves = LEAVES.search(source.code, match.start(), end)
            if not leaves and not (function.returns_void and end == function.end - 1):
                yield source.line_of(match.start()), "sets an error and goes on"


RULES = {
    "licence": check_licence,
    "blanks": check_blanks,
    "final-newline": check_final_newline,
    "invisible": check_invisible,
    "reminder": check_reminder,
    "file-length": check_file_length,
    "function-length": check_function_length,
    "nesting": check_nesting,
    "pragma-once": check_pragma_once,
    "dead-code": check_dead_code,
    "error-return": check_error_return,
}
