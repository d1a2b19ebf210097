# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pictures of an ablation: learning curves, BLEU by length, what clipping does."""

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker  # noqa: E402


def save(figure, path):
    """Write a figure as PNG."""
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def draw_curves(results, path):
    """Dev loss over target tokens, a line a variant."""
    figure, plot = pyplot.subplots(figsize=(10, 5.5))
    for index, (variant, _, log) in enumerate(results):
        tokens = [entry["tokens"] / 1e6 for entry in log]
        losses = [entry["dev_loss"] for entry in log]
        style = "-" if index < 10 else "--"
        plot.plot(tokens, losses, style, linewidth=1.4, label=variant.title)
    plot.set_xlabel("million target tokens seen")
    plot.set_ylabel("dev loss per token")
    plot.grid(alpha=0.3)
    plot.legend(fontsize=8)
    save(figure, path)


def draw_lengths(results, names, path):
    """BLEU over the words of the source, of some variants."""
    figure, plot = pyplot.subplots(figsize=(8, 4.5))
    for variant, scores, _ in results:
        if variant.name in names:
            lengths = [label.replace(" and more", "+") for label in scores["lengths"]]
            numbers = [score for _, score in scores["lengths"].values()]
            plot.plot(lengths, numbers, "o-", label=variant.title)
    plot.set_xlabel("words of the source")
    plot.set_ylabel("BLEU, greedy")
    plot.set_ylim(bottom=0)
    plot.grid(alpha=0.3)
    plot.legend(fontsize=9)
    save(figure, path)


def draw_clipping(results, names, path):
    """Lengths of gradients and train loss over updates, of some variants."""
    figure, (norms, losses) = pyplot.subplots(1, 2, figsize=(11, 4.5))
    for variant, _, log in results:
        if variant.name in names:
            steps = [entry["step"] for entry in log]
            greatest = [entry["gradient"]["greatest"] for entry in log]
            (line,) = norms.plot(steps, greatest, label=variant.title)
            means = [entry["gradient"]["mean"] for entry in log]
            norms.plot(steps, means, ":", color=line.get_color())
            losses.plot(steps, [entry["train_loss"] for entry in log], label=variant.title)
    norms.set_yscale("log")
    norms.yaxis.set_major_formatter(ticker.LogFormatter())
    norms.yaxis.set_minor_formatter(ticker.LogFormatter(minor_thresholds=(1, 0.4)))
    norms.set_ylabel("length of the gradient: greatest (dotted: mean)")
    losses.set_ylabel("train loss per token")
    for plot in (norms, losses):
        plot.set_xlabel("update")
        plot.grid(alpha=0.3)
    losses.legend(fontsize=8)
    save(figure, path)


def draw(results, folder):
    """All pictures, of the variants that there are."""
    attention = ("base", "reversed", "no-attention", "no-attention-reversed")
    clipping = ("base", "unclipped", "fast", "fast-unclipped")
    draw_curves(results, folder / "curves.png")
    draw_lengths(results, attention, folder / "lengths.png")
    draw_clipping(results, clipping, folder / "clipping.png")
