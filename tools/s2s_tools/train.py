# SPDX-License-Identifier: LGPL-2.1-or-later
"""Train a model: python3 -m s2s_tools.train RECIPE.toml --data DIR --out DIR [--resume]."""

import argparse
import json
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import distributed, multiprocessing
from tqdm import tqdm

from s2s_tools import checkpoint, data, tokenizers
from s2s_tools.architectures import make_config, make_network
from s2s_tools.bundle import read_bundle
from s2s_tools.dev import DevSet, mean_loss
from s2s_tools.marks import Marks
from s2s_tools.plot import draw_curves
from s2s_tools.recipe import read_recipe

UNTRANSFERRED = ("target_embedding.weight", "generator.weight", "generator.bias")


def learning_rate(options, step):
    """Linear warm-up, then the peak, then linear to little in the last `cooldown` steps."""
    rate = options.learning_rate * min(1, step / options.warmup)
    if options.cooldown:
        rate *= min(1, max(0.02, (options.steps - step) / options.cooldown))
    return rate


def prepare_tokenizers(recipe, out, parent, start=None):
    """Train the SentencePiece models that `out` lacks.

    A parent gives its source model, a bundle to start from both.
    """
    source, target = out / "source.spm", out / "target.spm"
    options = recipe.tokenizers
    for path, giver in ((source, parent or start), (target, start)):
        if giver and not path.exists():
            shutil.copyfile(giver / path.name, path)
    if source.exists() and target.exists():
        return source, target
    examples = [example for c in recipe.corpora for example in c.examples()]
    if not source.exists():
        texts = [example.source for example in examples]
        texts += [s for file in options.source_files for s, _ in data.read_pairs(file)]
        tokenizers.train_source(
            texts,
            source,
            options.source_vocabulary,
            fold_case=options.fold_case,
            symbols=recipe.marks.symbols(),
        )
    tokenizers.train_target(
        [example.target for example in examples],
        target,
        options.target_vocabulary,
        options.target_coverage,
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


def share_of(batch, rank, processes):
    """The parts of a batch that a process takes, so that all have about as many tokens."""
    loads = [0] * processes
    taken = []
    for part in sorted(batch, key=lambda part: -part.tokens):
        least = loads.index(min(loads))
        loads[least] += part.tokens
        if least == rank:
            taken.append(part)
    return taken


class Trainer:
    """One training: model, optimizer, dev sets, log and where it stands.

    With several processes each has a trainer with its own `rank`. They share the parts of
    every batch, add up their gradients, and so hold the same weights all the time.
    """

    def __init__(self, recipe, out, parent=None, device="cpu", rank=0, processes=1, *, start=None):
        self.recipe, self.options, self.out = recipe, recipe.training, out
        self.rank, self.processes = rank, processes
        self.device = torch.device(device)
        out.mkdir(parents=True, exist_ok=True)
        self.spm = prepare_tokenizers(recipe, out, parent, start)
        source, target = (tokenizers.load(path) for path in self.spm)
        config = make_config(
            source_vocabulary_size=source.vocab_size(),
            target_vocabulary_size=target.vocab_size(),
            **recipe.model,
        )
        torch.manual_seed(self.options.seed)
        self.model = make_network(config, self.options.dropout, self.options.token_dropout)
        if parent:
            transfer(parent, self.model)
        if start:
            self.model.from_tensors(read_bundle(start)[0].to_tensors())
        self.model.to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            betas=(0.9, 0.98),
            weight_decay=self.options.weight_decay,
            fused=True,
        )
        self.progress = checkpoint.Progress()
        marks = Marks(recipe.marks, source)
        self.dev = [DevSet(corpus, source, target, marks) for corpus in recipe.dev]

    def resume(self):
        """Go on from the checkpoint in the output folder."""
        path = self.out / "checkpoint.pt"
        self.progress = checkpoint.load(path, self.model, self.optimizer)

    def autocast(self):
        """The precision of products: bf16 when the recipe says so."""
        enabled = self.options.bfloat16
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)

    def update(self, batch):
        """One step on a batch of parts; returns the plain loss and its tokens.

        The random state is set from the step, so that a resumed run drops the same.
        """
        self.model.train()
        step = self.progress.step + 1
        torch.manual_seed((self.options.seed * 1000003 + step) * 64 + self.rank)
        tokens = sum(part.tokens for part in batch)
        plain_sum = torch.zeros(1, device=self.device)
        for part in share_of(batch, self.rank, self.processes):
            with self.autocast():
                loss, plain = self.model.loss(to_device(part, self.device), self.options.smoothing)
            (loss / tokens).backward()
            plain_sum += plain
        if self.processes > 1:
            self._add_up(plain_sum)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.options, step) * self.progress.rate_factor
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=False)
        return plain_sum.item(), tokens

    def _add_up(self, plain_sum):
        """Sum gradients and losses over the processes."""
        for parameter in self.model.parameters():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        gradients = [parameter.grad for parameter in self.model.parameters()]
        flat = torch.cat([plain_sum, *(gradient.flatten() for gradient in gradients)])
        distributed.all_reduce(flat)
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, total in zip(gradients, flat[1:].split(sizes), strict=True):
            gradient.copy_(total.view_as(gradient))
        plain_sum.copy_(flat[:1])

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
        if number % options.score_every == 0 and self.rank == 0:
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
        if self.rank:
            return
        folder = self.out / "weights"
        tensors = self.model.to_tensors()
        checkpoint.save_weights(folder, p.step, score, tensors, options.keep)
        self.log(entry)
        checkpoint.save(self.out / "checkpoint.pt", self.model, self.optimizer, p)
        tqdm.write(json.dumps(entry, ensure_ascii=False))

    def finished(self):
        """Whether all steps are made or dev has not improved for too long."""
        p = self.progress
        return p.step >= self.options.steps or p.stale >= self.options.patience

    def run(self, workers=1):
        """Train to the end, with a bar on a terminal; so many workers make the batches."""
        p, options = self.progress, self.options
        batches = data.stream(self.recipe, *self.spm, p.chunk, p.position, workers)
        hidden = True if self.rank else None
        bar = tqdm(total=options.steps, initial=p.step, unit="step", disable=hidden)
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
                self.evaluate(seconds)
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


def read_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, required=True, help="folder of the training")
    parser.add_argument("--parent", type=Path, help="a finished training to start from")
    parser.add_argument("--start", type=Path, help="a bundle whose weights go on being trained")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--processes", type=int, default=1, help="that share each batch")
    parser.add_argument("--workers", type=int, default=1, help="of each process, that make batches")
    arguments = parser.parse_args()
    if not arguments.resume and (arguments.out / "checkpoint.pt").exists():
        parser.error(f"{arguments.out} holds a training: give --resume or another folder")
    if arguments.parent and arguments.start:
        parser.error("--parent and --start exclude each other")
    return arguments


def train_in_process(rank, arguments):
    """What each of the processes does, on one thread."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    count = arguments.processes
    if count > 1:
        meeting = f"file://{(arguments.out / 'meeting').absolute()}"
        distributed.init_process_group("gloo", meeting, rank=rank, world_size=count)
    recipe = read_recipe(arguments.recipe, arguments.data)
    if rank == 0:
        prepare_tokenizers(recipe, arguments.out, arguments.parent, arguments.start)
    if count > 1:
        distributed.barrier()
    trainer = Trainer(
        recipe,
        arguments.out,
        arguments.parent,
        arguments.device,
        rank,
        count,
        start=arguments.start,
    )
    if arguments.resume:
        trainer.resume()
    trainer.run(arguments.workers)
    if count > 1:
        distributed.destroy_process_group()


def main():
    """Read the command line and train."""
    arguments = read_arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "meeting").unlink(missing_ok=True)
    if arguments.processes == 1:
        train_in_process(0, arguments)
    else:
        multiprocessing.spawn(train_in_process, (arguments,), arguments.processes)


if __name__ == "__main__":
    main()
