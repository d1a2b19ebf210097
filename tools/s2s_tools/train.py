# SPDX-License-Identifier: LGPL-2.1-or-later
"""Train a model: python3 -m s2s_tools.train RECIPE.toml --data DIR --out DIR [--resume]."""

import argparse
import json
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import torch
from tqdm import tqdm

from s2s_tools import checkpoint, data, tokenizers
from s2s_tools.dev import DevSet, mean_loss
from s2s_tools.hyperparameters import Hyperparameters
from s2s_tools.networks import Seq2Seq
from s2s_tools.plot import draw_curves
from s2s_tools.recipe import read_recipe

UNTRANSFERRED = ("target_embedding.weight", "generator.weight", "generator.bias")


def learning_rate(options, step):
    """Linear warm-up, then the peak, then linear to little in the last `cooldown` steps."""
    rate = options.learning_rate * min(1, step / options.warmup)
    if options.cooldown:
        rate *= min(1, max(0.02, (options.steps - step) / options.cooldown))
    return rate


def prepare_tokenizers(recipe, out, parent):
    """Train the SentencePiece models that `out` lacks; a parent gives its source model."""
    source, target = out / "source.spm", out / "target.spm"
    options = recipe.tokenizers
    if parent and not source.exists():
        shutil.copyfile(parent / "source.spm", source)
    if source.exists() and target.exists():
        return source, target
    corpora = [c for c in recipe.corpora if c.name not in options.skipped]
    pairs = [pair for c in corpora for pair in c.pairs(recipe.chinese)]
    if not source.exists():
        texts = [s for s, _ in pairs]
        texts += [s for file in options.source_files for s, _ in data.read_pairs(file)]
        tokenizers.train_source(
            texts, source, options.source_vocabulary, fold_case=options.fold_case
        )
    tokenizers.train_target(
        [t for _, t in pairs],
        target,
        options.target_vocabulary,
        dummy_prefix=options.target_dummy_prefix,
    )
    return source, target


def to_device(part, device):
    """A part of a batch as tensors: source [B, S], lengths [B], previous and target [B, T]."""
    source, previous, target = (
        torch.from_numpy(a).to(device) for a in (part.source, part.previous, part.target)
    )
    lengths = torch.full((source.size(0),), source.size(1), device=device)
    return SimpleNamespace(source=source, lengths=lengths, previous=previous, target=target)


class Trainer:
    """One training: model, optimizer, dev sets, log and where it stands."""

    def __init__(self, recipe, out, parent=None, device="cpu"):
        self.recipe, self.options, self.out = recipe, recipe.training, out
        self.device = torch.device(device)
        out.mkdir(parents=True, exist_ok=True)
        self.spm = prepare_tokenizers(recipe, out, parent)
        source, target = (tokenizers.load(path) for path in self.spm)
        config = Hyperparameters(
            source_vocabulary_size=source.vocab_size(),
            target_vocabulary_size=target.vocab_size(),
            **recipe.model,
        )
        torch.manual_seed(self.options.seed)
        self.model = Seq2Seq(config, self.options.dropout, self.options.token_dropout)
        if parent:
            transfer(parent, self.model)
        self.model.to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            betas=(0.9, 0.98),
            weight_decay=self.options.weight_decay,
            fused=True,
        )
        self.progress = checkpoint.Progress()
        self.dev = [DevSet(corpus, source, target, recipe.chinese) for corpus in recipe.dev]

    def resume(self):
        """Go on from the checkpoint in the output folder."""
        path = self.out / "checkpoint.pt"
        self.progress = checkpoint.load(path, self.model, self.optimizer)

    def autocast(self):
        """The precision of products: bf16 when the recipe says so."""
        enabled = self.options.bfloat16
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)

    def update(self, batch):
        """One step on a batch of parts; returns the plain loss and its tokens."""
        self.model.train()
        tokens = sum(part.tokens for part in batch)
        plain_sum = 0.0
        for part in batch:
            with self.autocast():
                loss, plain = self.model.loss(to_device(part, self.device), self.options.smoothing)
            (loss / tokens).backward()
            plain_sum += plain.item()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip)
        rate = learning_rate(self.options, self.progress.step + 1) * self.progress.rate_factor
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad()
        return plain_sum, tokens

    def log(self, entry):
        """Append one line of JSON to the log and redraw the curves."""
        self.progress.history.append(entry)
        with open(self.out / "log.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        draw_curves(self.progress.history, self.out / "curves.png")

    def evaluate(self, seconds):
        """Dev losses, now and then dev scores; keeps the weights and judges progress."""
        p, options = self.progress, self.options
        number = p.step // options.evaluate_every
        losses = {d.name: mean_loss(self.model, d, self.device) for d in self.dev}
        score = sum(losses.values()) / len(losses)
        entry = {"step": p.step, "tokens": p.tokens, "seconds": round(seconds, 1)}
        entry |= {"train_loss": p.loss_sum / max(1, p.loss_tokens), "dev_loss": score}
        entry |= {"losses": losses, "rate_factor": p.rate_factor}
        if number % options.score_every == 0:
            entry["bleu"] = {
                d.name: d.bleu(self.model, options.score_pairs, self.device) for d in self.dev
            }
        p.loss_sum, p.loss_tokens = 0.0, 0
        if score < p.best:
            p.best, p.stale = score, 0
        else:
            p.stale += 1
            if p.stale % options.plateau == 0:
                p.rate_factor *= options.plateau_factor
        folder = self.out / "weights"
        tensors = self.model.to_tensors()
        checkpoint.save_weights(folder, p.step, score, tensors, options.keep)
        self.log(entry)
        checkpoint.save(self.out / "checkpoint.pt", self.model, self.optimizer, p)
        return entry

    def finished(self):
        """Whether all steps are made or dev has not improved for too long."""
        p = self.progress
        return p.step >= self.options.steps or p.stale >= self.options.patience

    def run(self):
        """Train to the end, with a bar on a terminal."""
        p, options = self.progress, self.options
        batches = data.stream(
            self.recipe.corpora, self.recipe.stream, *self.spm, p.chunk, p.position
        )
        bar = tqdm(total=options.steps, initial=p.step, unit="step", disable=None)
        started, tokens_before = time.monotonic(), p.tokens
        while not self.finished():
            p.chunk, p.position, batch = next(batches)
            plain, tokens = self.update(batch)
            p.step += 1
            p.tokens += tokens
            p.loss_sum += plain
            p.loss_tokens += tokens
            seconds = time.monotonic() - started
            bar.update()
            speed = (p.tokens - tokens_before) / seconds
            bar.set_postfix_str(f"{speed:.0f} tok/s, loss {plain / tokens:.2f}", refresh=False)
            if p.step % options.evaluate_every == 0 or p.step == options.steps:
                entry = self.evaluate(seconds)
                bar.write(json.dumps(entry, ensure_ascii=False))
        batches.close()
        bar.close()


def transfer(parent, model):
    """Start from the weights of a parent of the same sizes, all but the target vocabulary."""
    saved = torch.load(parent / "checkpoint.pt", map_location="cpu", weights_only=True)["model"]
    kept = {name: value for name, value in saved.items() if name not in UNTRANSFERRED}
    own = model.state_dict()
    unknown = [name for name, value in kept.items() if own[name].shape != value.shape]
    if unknown:
        raise ValueError(f"{parent}: other shapes in {', '.join(unknown)}")
    model.load_state_dict(own | kept)


def main():
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, required=True, help="folder of the training")
    parser.add_argument("--parent", type=Path, help="a finished training to start from")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    recipe = read_recipe(arguments.recipe, arguments.data)
    trainer = Trainer(recipe, arguments.out, arguments.parent, arguments.device)
    if arguments.resume:
        trainer.resume()
    elif (arguments.out / "checkpoint.pt").exists():
        parser.error(f"{arguments.out} holds a training: give --resume or another folder")
    trainer.run()


if __name__ == "__main__":
    main()
