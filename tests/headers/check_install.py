#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What others get of libs2s, installed into a staging folder: headers, symbols, pkg-config file.

    check_install.py MESON BUILD_FOLDER S2S_MAP [unittest arguments]

CC, CXX, NM and PKG_CONFIG name other tools.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

STRICT = ["-Wall", "-Wextra", "-Werror"]
LANGUAGES = {"c": ("CC", "cc", "-std=c11"), "c++": ("CXX", "c++", "-std=c++17")}


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        staging = tempfile.TemporaryDirectory(prefix="s2s-install-")
        cls.addClassCleanup(staging.cleanup)
        cls.root = Path(staging.name)
        run(*MESON, "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", cls.root)
        cls.library = next(cls.root.rglob("libs2s.so"))
        cls.include = next(cls.root.rglob("s2s.h")).parent
        cls.stage_pkg_config_file()

    @classmethod
    def stage_pkg_config_file(cls):
        """A copy that says where the staged files are."""
        text = next(cls.root.rglob("s2s-1.0.pc")).read_text()
        staged = re.sub(r"^prefix=(/.*)$", rf"prefix={cls.root}\1", text, flags=re.M)
        (cls.root / "s2s-1.0.pc").write_text(staged)

    def pkg_config(self, *arguments):
        path = f"{self.root}:{os.environ.get('PKG_CONFIG_PATH', '')}"
        environment = dict(os.environ, PKG_CONFIG_PATH=path)
        command = os.environ.get("PKG_CONFIG", "pkg-config")
        return run(command, *arguments, "s2s-1.0", env=environment).split()

    def test_each_header_compiles_alone(self):
        headers = sorted(self.include.rglob("*.h"))
        self.assertIn(self.include / "translator/s2s-translator.h", headers)
        flags = self.pkg_config("--cflags")
        for header in headers:
            for language, (variable, name, standard) in LANGUAGES.items():
                with self.subTest(header=header.name, language=language):
                    include = f'#include "{header.relative_to(self.include)}"\n'
                    compiler = os.environ.get(variable, name).split()
                    command = [*compiler, "-x", language, standard, *STRICT, "-fsyntax-only"]
                    run(*command, *flags, "-", input=2 * include + "int main (void);\n")

    def test_umbrella_has_all_headers(self):
        text = (self.include / "s2s.h").read_text()
        headers = {str(h.relative_to(self.include)) for h in self.include.rglob("*.h")}
        self.assertEqual(set(re.findall(r'#include "(.*)"', text)), headers - {"s2s.h"})

    def test_exports_are_those_of_the_map(self):
        listed = set(re.findall(r"\b(s2s_\w+);", S2S_MAP.read_text()))
        nm = os.environ.get("NM", "nm")
        lines = run(nm, "--dynamic", "--defined-only", "--format=posix", self.library).splitlines()
        exported = {line.split()[0].split("@")[0] for line in lines}
        self.assertEqual(exported, listed)

    def test_headers_declare_what_is_exported(self):
        listed = set(re.findall(r"\b(s2s_\w+);", S2S_MAP.read_text()))
        texts = "".join(header.read_text() for header in self.include.rglob("*.h"))
        declared = set(re.findall(r"\b(s2s_\w+) \(", re.sub(r"/\*.*?\*/", "", texts, flags=re.S)))
        self.assertEqual(declared, listed)

    def test_cplusplus_program(self):
        program = self.root / "consumer"
        source = Path(__file__).with_name("consumer.cc")
        flags = self.pkg_config("--cflags", "--libs")
        compiler = os.environ.get("CXX", "c++").split()
        run(*compiler, "-std=c++17", *STRICT, source, "-o", program, *flags)
        output = run(program, env=dict(os.environ, LD_LIBRARY_PATH=str(self.library.parent)))
        self.assertIn("/nonexistent", output)


if __name__ == "__main__":
    MESON = sys.argv[1].split()
    BUILD = sys.argv[2]
    S2S_MAP = Path(sys.argv[3])
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
