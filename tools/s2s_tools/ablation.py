# SPDX-License-Identifier: LGPL-2.1-or-later
"""Train a base and its variants: python3 -m s2s_tools.ablation FOLDER --data DIR --out DIR.

FOLDER has a recipe, base.toml, and changes.toml, which says what each variant changes in it and
on which pairs all are scored. What is finished is skipped, what was broken off goes on. After
each variant `table.md` and the pictures in --out are made anew.
"""

import argparse
import json
import math
import shutil
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import sacrebleu
import torch

from s2s_tools import checkpoint, data, plot_ablation, tokenizers, train
from s2s_tools.architectures import make_config, make_network
from s2s_tools.decode import DecodingOptions, translate
from s2s_tools.recipe import Recipe, read_recipe

BUCKETS = ((1, 9), (10, 14), (15, 19), (20, 29), (30, 39), (40, 1000))
EMBEDDINGS = ("source_embedding.weight", "target_embedding.weight")


@dataclass(frozen=True)
class Variant:
    """The base with some changes."""

    name: str
    title: str
    recipe: Recipe


def read_variants(folder, corpora):
    """The variants of a folder, and the file of the pairs that they are scored on."""
    base = read_recipe(folder / "base.toml", corpora)
    table = tomllib.loads((folder / "changes.toml").read_text(encoding="utf-8"))
    variants = []
    for entry in table["variant"]:
        recipe = replace(
            base,
            model=base.model | entry.pop("model", {}),
            training=replace(base.training, **entry.pop("training", {})),
        )
        variants.append(Variant(recipe=recipe, **entry))
    return variants, Path(corpora) / table["test"]


class Norms:
    """Lengths of the whole gradient before it is clipped, one an update."""

    def __init__(self, model, optimizer):
        self.squares, self.lengths = {}, []
        for name, parameter in model.named_parameters():
            parameter.register_post_accumulate_grad_hook(self._note(name))
        optimizer.register_step_pre_hook(self._add_up)

    def _note(self, name):
        # Parts of a batch are added up, so the last call of an update sees all of it
        def note(parameter):
            self.squares[name] = float(parameter.grad.norm()) ** 2

        return note

    def _add_up(self, *_):
        self.lengths.append(math.sqrt(sum(self.squares.values())))

    def take(self):
        """The mean and the greatest since the last call."""
        taken, self.lengths = self.lengths, []
        return {"mean": sum(taken) / len(taken), "greatest": max(taken)}


class NotingTrainer(train.Trainer):
    """A training whose log has the lengths of the gradients too."""

    def __init__(self, recipe, out):
        super().__init__(recipe, out)
        self.norms = Norms(self.model, self.optimizer)

    def log(self, entry):
        """Append the entry with what the gradients were since the last one."""
        super().log(entry | {"gradient": self.norms.take()})


def train_variant(variant, out, spm):
    """Train a variant, with tokenizers that are there, from where it stands to its end."""
    out.mkdir(parents=True, exist_ok=True)
    for path in spm:
        shutil.copyfile(path, out / path.name)
    trainer = NotingTrainer(variant.recipe, out)
    if (out / "checkpoint.pt").exists():
        trainer.resume()
    trainer.run()


def join_pairs(pairs, count):
    """Pairs of `count` neighbours, joined to long ones."""
    groups = [pairs[at : at + count] for at in range(0, len(pairs) - count + 1, count)]
    return [tuple(" ".join(side) for side in zip(*group, strict=True)) for group in groups]


def bleu(outputs, pairs):
    """BLEU of outputs against the targets of the pairs."""
    return sacrebleu.corpus_bleu(outputs, [[target for _, target in pairs]]).score


def by_length(pairs, outputs):
    """{words of the source from … to …: (pairs, BLEU)}."""
    found = {}
    for low, high in BUCKETS:
        kept = [i for i, (s, _) in enumerate(pairs) if low <= len(s.split()) <= high]
        if kept:
            score = bleu([outputs[i] for i in kept], [pairs[i] for i in kept])
            label = f"{low} to {high}" if high < 1000 else f"{low} and more"
            found[label] = (len(kept), score)
    return found


def read_trained(recipe, out):
    """The network with the mean of its best weights, its tokenizers."""
    source, target = (tokenizers.load(out / f"{side}.spm") for side in ("source", "target"))
    config = make_config(
        source_vocabulary_size=source.vocab_size(),
        target_vocabulary_size=target.vocab_size(),
        **recipe.model,
    )
    files = checkpoint.best_weights(out / "weights", recipe.training.average)
    model = make_network(config).from_tensors(checkpoint.average_weights(files))
    return model.eval(), source, target


def score_variant(variant, out, test):
    """Scores of a finished training: greedy and beam search, short and long sources."""
    model, source, target = read_trained(variant.recipe, out)
    pairs = data.read_pairs(test)
    joined = join_pairs(pairs, 2) + join_pairs(pairs, 3)
    greedy = DecodingOptions(**variant.recipe.decoding | {"beam_size": 1})
    beam = DecodingOptions(**variant.recipe.decoding)

    def outputs(given, options):
        return translate(model, [s for s, _ in given], source, target, options)

    short, long = outputs(pairs, greedy), outputs(joined, greedy)
    counts = {name: value.numel() for name, value in model.to_tensors().items()}
    return {
        "weights": sum(counts.values()),
        "without_embeddings": sum(n for name, n in counts.items() if name not in EMBEDDINGS),
        "greedy": bleu(short, pairs),
        "beam": bleu(outputs(pairs, beam), pairs),
        "joined": bleu(long, joined),
        "lengths": by_length(pairs + joined, short + long),
    }


def read_log(out):
    """The entries of a training's log, a step once."""
    lines = (out / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return list({entry["step"]: entry for entry in map(json.loads, lines)}.values())


def finished(variants, out):
    """(variant, scores, log) of all that are scored."""
    return [
        (v, json.loads((out / v.name / "scores.json").read_text()), read_log(out / v.name))
        for v in variants
        if (out / v.name / "scores.json").exists()
    ]


def make_tables(results):
    """What came out, as Markdown: of all, then BLEU by the words of the source."""
    lines = ["| variant | weights | dev loss | greedy | beam 4 | joined, greedy |"]
    lines.append("|---|---|---|---|---|---|")
    for variant, scores, log in results:
        weights = f"{scores['without_embeddings'] / 1e6:.2f} M"
        loss = min(entry["dev_loss"] for entry in log)
        numbers = " | ".join(f"{scores[key]:.1f}" for key in ("greedy", "beam", "joined"))
        lines.append(f"| {variant.title} | {weights} | {loss:.2f} | {numbers} |")
    lengths = list(results[0][1]["lengths"])
    lines += ["", f"| source words | {' | '.join(lengths)} |", "|---" * (len(lengths) + 1) + "|"]
    counts = [str(results[0][1]["lengths"][length][0]) for length in lengths]
    lines.append(f"| pairs | {' | '.join(counts)} |")
    for variant, scores, _ in results:
        numbers = [f"{scores['lengths'][length][1]:.1f}" for length in lengths]
        lines.append(f"| {variant.title} | {' | '.join(numbers)} |")
    return "\n".join(lines) + "\n"


def run(variants, test, out):
    """Train and score all variants, one after the other."""
    out.mkdir(parents=True, exist_ok=True)
    spm = train.prepare_tokenizers(variants[0].recipe, out, None)
    for variant in variants:
        folder = out / variant.name
        scores = folder / "scores.json"
        if not scores.exists():
            train_variant(variant, folder, spm)
            scores.write_text(json.dumps(score_variant(variant, folder, test), indent=2) + "\n")
        results = finished(variants, out)
        (out / "table.md").write_text(make_tables(results), encoding="utf-8")
        plot_ablation.draw(results, out)


def main():
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path, help="base.toml and changes.toml")
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, required=True, help="folder of the trainings")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    variants, test = read_variants(arguments.folder, arguments.data)
    run(variants, test, arguments.out)


if __name__ == "__main__":
    main()
