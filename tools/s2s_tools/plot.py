# SPDX-License-Identifier: LGPL-2.1-or-later
"""The learning curves of a training as a picture."""

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402


def draw_curves(history, path):
    """Losses on the left axis, dev BLEU on the right, over steps, into a PNG file."""
    figure, losses = pyplot.subplots(figsize=(9, 5))
    steps = [entry["step"] for entry in history]
    losses.plot(steps, [entry["train_loss"] for entry in history], label="train")
    for name in history[-1]["losses"]:
        losses.plot(steps, [entry["losses"][name] for entry in history], label=f"dev {name}")
    losses.set_xlabel("step")
    losses.set_ylabel("loss per token")
    losses.legend(loc="center left")
    scored = [entry for entry in history if "bleu" in entry]
    if scored:
        scores = losses.twinx()
        for name in scored[-1]["bleu"]:
            for form in scored[-1]["bleu"][name]:
                values = [entry["bleu"][name][form] for entry in scored]
                scores.plot([e["step"] for e in scored], values, "--", label=f"{name}, {form}")
        scores.set_ylabel("BLEU")
        scores.legend(loc="center right")
    figure.savefig(path, dpi=80)
    pyplot.close(figure)
