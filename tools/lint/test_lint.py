#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each rule has fixtures in fixtures/ that must trip it and nothing else.

A fixture's name is the rule, then perhaps a dot and a word that says which case. A line with `as:`
and a path near its top says where in the tree the fixture pretends to stand. Fixtures named `clean`
break no rule.
"""

import re
import unittest
from pathlib import Path

from source import Source

from lint import Linter

HERE = Path(__file__).resolve().parent
AS = re.compile(r"\bas: (\S+)")


class Fixtures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.linter = Linter(HERE.parents[1])
        cls.fixtures = sorted((HERE / "fixtures").iterdir())

    def tripped(self, path):
        text = path.read_bytes().decode()
        pretended = AS.search(text)
        source = Source(pretended.group(1) if pretended else f"tools/{path.name}", text)
        return {name for _, name, _ in self.linter.check(source)}

    def test_each_fixture_trips_its_rule_alone(self):
        for path in self.fixtures:
            rule = path.name.split(".")[0]
            expected = set() if rule == "clean" else {rule}
            with self.subTest(path.name):
                self.assertEqual(self.tripped(path), expected)

    def test_each_rule_has_a_fixture(self):
        covered = {path.name.split(".")[0] for path in self.fixtures}
        self.assertEqual(set(self.linter.rules) - covered, set())

    def test_clean_fixture_is_there(self):
        self.assertTrue(any(path.name.startswith("clean.") for path in self.fixtures))


class Functions(unittest.TestCase):
    def test_bodies_are_found_past_braces_in_strings_and_comments(self):
        text = (
            "static const int table[] = { 1, 2 };\n"
            'extern "C" {\n'
            "/* } */\n"
            "static void\n"
            "first (void)\n"
            "{\n"
            '  puts ("}");\n'
            "}\n"
            "}\n"
            "int second (int a) { return a; }\n"
        )
        found = [
            (function.name, function.returns_void, function.first_line, function.last_line)
            for function in Source("a.c", text).functions
        ]
        self.assertEqual(found, [("first", True, 6, 8), ("second", False, 10, 10)])


if __name__ == "__main__":
    unittest.main()
