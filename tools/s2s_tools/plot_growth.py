# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of bench-growth as a picture: python3 -m s2s_tools.plot_growth TABLE PICTURE."""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

STYLES = {"F32": "o-", "F16": "s-", "I8": "^-"}


def read_table(path):
    """{variable: {type: [(value, ms)]}} in the order of the file."""
    table = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            points = table.setdefault(row["variable"], {}).setdefault(row["type"], [])
            points.append((int(row["value"]), float(row["ms"])))
    return table


def draw_growth(table, path):
    """One plot for each variable, all from zero on, so that what is linear looks linear."""
    figure, plots = pyplot.subplots(1, len(table), figsize=(3.2 * len(table), 3.2))
    for plot, (variable, lines) in zip(plots, table.items(), strict=True):
        for kind, points in lines.items():
            plot.plot(*zip(*points, strict=True), STYLES[kind], markersize=4, label=kind)
        plot.set_xlabel(variable)
        plot.set_xlim(left=0)
        plot.set_ylim(bottom=0)
        plot.grid(alpha=0.3)
    plots[0].set_ylabel("ms of a decode")
    plots[0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def main():
    """Draw what is in the table."""
    table, picture = sys.argv[1:]
    draw_growth(read_table(table), picture)


if __name__ == "__main__":
    main()
