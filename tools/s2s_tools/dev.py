# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dev sets: loss per token and BLEU while training."""

import random
from dataclasses import replace

import sacrebleu
import torch

from s2s_tools import data
from s2s_tools.decode import translate_ids
from s2s_tools.metrics import choose_tokenizer
from s2s_tools.text import FORMS


class DevSet:
    """Examples held out, with the target as the training data has it."""

    def __init__(self, corpus, source, target, marks):
        self.name, self.target = corpus.name, target
        self.examples = corpus.examples()
        plain = data.StreamOptions(sampling=0.0, longest=512)
        self.encoder = data.Encoder(source, target, plain, marks)
        rows = self.encoder.rows(self.examples, random.Random(0))
        self.parts = data.make_parts(rows, 4000, random.Random(0))

    def bleu(self, model, count, device):
        """BLEU of greedy output on the first `count` examples, cased and as speech."""
        examples = self.examples[:count]
        references = [[example.target for example in examples]]
        tokenize = choose_tokenizer(examples[0].language)
        scores = {}
        for form, change in FORMS.items():
            changed = [replace(e, source=change(e.source)) for e in examples]
            ids = [self.encoder.encode_source(e, random.Random(0)) for e in changed]
            outputs = translate_ids(model, ids, self.target, device=device)
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
