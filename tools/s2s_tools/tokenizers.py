# SPDX-License-Identifier: LGPL-2.1-or-later
"""SentencePiece models of a recipe: unigram with byte fallback, ids 0 to 3 special."""

import tempfile
from pathlib import Path

import sentencepiece

from s2s_tools.normalization import source_rules, write_rules

PAD, UNK, BOS, EOS = range(4)
COMMON = {
    "model_type": "unigram",
    "byte_fallback": True,
    "pad_id": PAD,
    "unk_id": UNK,
    "bos_id": BOS,
    "eos_id": EOS,
    "num_threads": 1,
    "shuffle_input_sentence": False,
    "hard_vocab_limit": False,
    "required_chars": "\u2581",
    "minloglevel": 2,
}


def train_source(texts, path, vocabulary, coverage=1.0, fold_case=True):
    """Train a source model: nmt_nfkc with folded typography, digits split."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.tsv"
        write_rules(rules, source_rules(fold_case))
        _train(
            texts,
            path,
            vocab_size=vocabulary,
            character_coverage=coverage,
            normalization_rule_tsv=str(rules),
            split_digits=True,
        )


def train_target(texts, path, vocabulary, coverage=0.9998, dummy_prefix=False):
    """Train a target model, whose text is left as it is."""
    _train(
        texts,
        path,
        vocab_size=vocabulary,
        character_coverage=coverage,
        normalization_rule_name="identity",
        add_dummy_prefix=dummy_prefix,
        split_digits=True,
    )


def _train(texts, path, **options):
    with open(path, "wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_writer=file, **COMMON, **options
        )


def load(path):
    """The SentencePiece processor of a file."""
    return sentencepiece.SentencePieceProcessor(model_file=str(path))
