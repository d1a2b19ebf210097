#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Trains the small SentencePiece models of the tests, in data/.

`identity` leaves text as it is and puts no blank before it; `folded` has a normalisation table that
folds case and full-width marks, and the ids of its special tokens differ. Both have byte fallback.
`closed` has none: what it was not trained on is unknown.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import sentencepiece

SENTENCES = """
The cat sleeps on the warm stone.
The dog sleeps under the table.
A small boat waits in the harbour.
Where is the key of the old house?
The key is on the table in the kitchen.
We walk along the river every morning.
Every evening the lamps are lit one by one.
She reads a letter from her brother.
He writes a letter to his sister.
The train leaves at seven in the morning.
The train to the coast leaves in the evening.
Please open the window, it is warm in here!
Please close the door, it is cold out there!
Three birds sit on the roof of the house.
Seven boats lie in the old harbour.
The child asks why the sea is blue.
猫在温暖的石头上睡觉。
狗在桌子下面睡觉。
一条小船在港口里等着。
老房子的钥匙在哪里？
钥匙在厨房的桌子上。
我们每天早上沿着河边走。
她在读哥哥写来的信。
火车早上七点开。
请打开窗户，这里很热！
孩子问海为什么是蓝色的。
""".strip().split("\n")

FOLDED = {chr(upper): chr(upper + 32) for upper in range(ord("A"), ord("Z") + 1)}
FOLDED |= {chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x41)}


def write_rules(path):
    """Write the table of `folded` as SentencePiece reads it: code points, tab, code points."""
    lines = [f"{ord(before):X}\t{ord(after):X}" for before, after in FOLDED.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def train(path, sentences=SENTENCES, **options):
    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=file,
            model_type="unigram",
            hard_vocab_limit=False,
            num_threads=1,
            minloglevel=2,
            **{"vocab_size": 420, "byte_fallback": True, **options},
        )


def main():
    data = Path(__file__).parent / "data"
    train(
        data / "identity.spm",
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        pad_id=0,
        unk_id=1,
        bos_id=2,
        eos_id=3,
    )
    with TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.tsv"
        write_rules(rules)
        train(data / "folded.spm", normalization_rule_tsv=str(rules), bos_id=-1)
    english = [sentence for sentence in SENTENCES if sentence.isascii()]
    train(
        data / "closed.spm",
        english,
        normalization_rule_name="identity",
        byte_fallback=False,
        vocab_size=60,
    )


if __name__ == "__main__":
    main()
