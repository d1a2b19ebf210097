# SPDX-License-Identifier: LGPL-2.1-or-later
"""count.py BUILD: sums the steps and the test results below BUILD as `N passed, N failed`.

From meson each TAP line counts, or the program where it is no TAP test; a program that failed without
a `not ok` counts as one failure. Exits with 1 unless something passed and nothing failed.
"""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

GOOD = {"OK", "SKIP", "EXPECTEDFAIL"}


def count_meson(log):
    passed = failed = 0
    for line in log.read_text(encoding="utf-8").splitlines():
        test = json.loads(line)
        results = re.findall(r"^(ok|not ok)\b.*$", test.get("stdout", ""), re.MULTILINE)
        good = test["result"] in GOOD
        n_failed = results.count("not ok")
        passed += results.count("ok") if results else int(test["result"] == "OK")
        failed += n_failed if n_failed or good else 1
    return passed, failed


def count_pytest(report):
    passed = failed = 0
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        n_failed = int(suite.get("failures")) + int(suite.get("errors"))
        passed += int(suite.get("tests")) - n_failed - int(suite.get("skipped"))
        failed += n_failed
    return passed, failed


def count_steps(steps):
    lines = steps.read_text(encoding="utf-8").splitlines()
    n_failed = sum(line.startswith("not ok") for line in lines)
    return len(lines) - n_failed, n_failed


def main():
    build = Path(sys.argv[1])
    counts = [count_steps(build / "steps.txt")]
    counts += [count_meson(log) for log in build.rglob("meson-logs/testlog*.json")]
    counts += [count_pytest(report) for report in build.glob("pytest.xml")]
    passed, failed = (sum(column) for column in zip(*counts, strict=True))
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
