# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of bench-channels as a picture: python3 -m s2s_tools.plot_channels TABLE PICTURE."""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

LIMIT = 300  # ms


def read_table(path):
    """{decoding: [(channels, median, p99)]}, by channels."""
    table = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            point = int(row["channels"]), float(row["median"]), float(row["p99"])
            table.setdefault(row["decoding"], []).append(point)
    return {decoding: sorted(points) for decoding, points in table.items()}


def draw_channels(table, path):
    """Latency over channels, the slowest of a hundred as a line and the median as a dotted one."""
    figure, plot = pyplot.subplots(figsize=(10, 5))
    for decoding, points in table.items():
        channels, medians, slowest = zip(*points, strict=True)
        (line,) = plot.plot(channels, slowest, "o-", markersize=4, label=decoding)
        plot.plot(channels, medians, ":", color=line.get_color())
    plot.axhline(LIMIT, color="black", linewidth=0.8)
    plot.set_xscale("log")
    plot.set_yscale("log")
    plot.set_xlabel("live channels on one core")
    plot.set_ylabel("ms to the translation: 99 of 100 (dotted: the median)")
    plot.grid(alpha=0.3, which="both")
    plot.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def main():
    """Draw what is in the table."""
    table, picture = sys.argv[1:]
    draw_channels(read_table(table), picture)


if __name__ == "__main__":
    main()
