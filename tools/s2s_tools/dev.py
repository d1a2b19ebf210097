# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dev sets: loss per token and BLEU while training."""

import random

import sacrebleu
import torch

from s2s_tools import data, text
from s2s_tools.decode import translate


class DevSet:
    """Pairs held out, with the target as the training data has it."""

    def __init__(self, corpus, source, target, chinese):
        self.name, self.source, self.target, self.chinese = corpus.name, source, target, chinese
        self.pairs = corpus.pairs(chinese)
        plain = data.StreamOptions(sampling=0.0, longest=512)
        rows = data.Encoder(source, target, plain).rows(self.pairs, random.Random(0))
        self.parts = data.make_parts(rows, 4000, random.Random(0))

    def bleu(self, model, count, device):
        """BLEU of greedy output on the first `count` pairs, cased and as speech."""
        pairs = self.pairs[:count]
        sources = [s for s, _ in pairs]
        references = [[t for _, t in pairs]]
        tokenize = "zh" if self.chinese else "13a"
        forms = {"cased": sources, "speech": [text.speech_form(s) or s for s in sources]}
        scores = {}
        for form, lines in forms.items():
            outputs = translate(model, lines, self.source, self.target, device=device)
            bleu = sacrebleu.corpus_bleu(outputs, references, tokenize=tokenize)
            scores[form] = round(bleu.score, 2)
        return scores


def mean_loss(model, dev, device):
    """Cross-entropy per target token, without smoothing."""
    model.eval()
    total, tokens = 0.0, 0
    with torch.no_grad():
        for part in dev.parts:
            features = model.features(
                torch.from_numpy(part.source).to(device),
                torch.full((len(part.source),), part.source.shape[1], device=device),
                torch.from_numpy(part.previous).to(device),
            )
            target = torch.from_numpy(part.target).to(device)
            logits = model.generator(features[target >= 0])
            total += torch.nn.functional.cross_entropy(
                logits, target[target >= 0], reduction="sum"
            ).item()
            tokens += part.tokens
    return total / tokens
