# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write tests/golden/converted: converted models, and what their own frameworks decode.

    cd tests/recipe
    KERAS_BACKEND=torch PYTHONPATH=../../tools python3 make_converted.py ../golden/converted

The C library must put out the same (tests/golden/test-converted.c).
"""

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import conversion
import keras_models
import marian_models
import marian_transformer_models
import marianmt_models
import numpy
import opennmt_models
import torch
from s2s_tools.bundle import read_bundle
from s2s_tools.decode import Utf8, search

SENTENCES = 40
KERAS = ("onehot", "gru", "additive", "bare-onehot")
OPENNMT = {"fed-lstm": ("fed-lstm", True), "bare-lstm": ("lstm", False)}


def write_expected(folder, logits, sides):
    """Source and output of each sentence."""
    lines = [
        f"{sides.text(source)}\t{sides.join([sides.target[t] for t in tokens])}\n"
        for source, tokens in conversion.find_examples(logits, sides, SENTENCES)
    ]
    (folder / "expected.tsv").write_text("".join(lines), encoding="utf-8")


def put_telling_first(examples, bundle):
    """Those first that another end of the search would change."""
    model, (source, target), options = read_bundle(bundle)
    ids = [source.encode(line) + [source.eos_id()] for line, _ in examples]
    found = search(model, ids, Utf8(target), replace(options, search_end="proven"))
    changes = {line: ids[:-1] != other for (line, ids), other in zip(examples, found, strict=True)}
    assert any(changes.values())
    return sorted(examples, key=lambda example: not changes[example[0]])


def write_marianmt(folder, source):
    """A small trained MarianMT model, and what `generate` puts out with two beams."""
    shutil.rmtree(folder, ignore_errors=True)
    marianmt_models.make_trained(source, 300, normalization_rule_name="identity")
    assert conversion.run("marianmt", source, folder, *conversion.LANGUAGES) == 0
    model, tokenizer = marianmt_models.load(source)
    lines = marianmt_models.make_lines(5 * SENTENCES, 11)
    for name, beam in (("expected", 1), ("beam", model.generation_config.num_beams)):
        examples = marianmt_models.find_examples(model, tokenizer, lines, beam)
        if beam > 1:
            examples = put_telling_first(examples, folder)
        examples = examples[:SENTENCES]
        assert len(examples) == SENTENCES
        rows = [
            f"{line}\t{tokenizer.decode(ids, skip_special_tokens=True)}\n" for line, ids in examples
        ]
        (folder / f"{name}.tsv").write_text("".join(rows), encoding="utf-8")


def write_marian(folder, name):
    """An RNN model of Marian with weights of half precision, and what its formulas give."""
    settings, arrays = marian_models.make_model(name)
    marian_models.set_end_bias(settings, arrays)
    arrays = {key: array.astype("float16").astype("float32") for key, array in arrays.items()}
    with tempfile.TemporaryDirectory() as place:
        path, bundle = Path(place) / "model.npz", folder / f"marian-{name}"
        shutil.rmtree(bundle, ignore_errors=True)
        numpy.savez(path, **marian_models.store(settings, arrays))
        words = marian_models.write_vocabularies(Path(place), settings["dim-vocabs"])
        assert conversion.run("marian", path, bundle, *words, "--dtype", "f16") == 0
    lines = [
        f"{marian_models.join('source', settings, source[:-1])}\t"
        f"{marian_models.join('target', settings, tokens)}\n"
        for source, tokens in marian_models.find_examples(settings, arrays, SENTENCES)
    ]
    (bundle / "expected.tsv").write_text("".join(lines), encoding="utf-8")


def write_marian_transformer(folder, name):
    """A Transformer of Marian, and what its formulas give."""
    model, sides = marian_transformer_models.make_model(name)
    with tempfile.TemporaryDirectory() as place:
        path, bundle = Path(place) / "model.npz", folder / f"marian-{name}"
        shutil.rmtree(bundle, ignore_errors=True)
        model.save(path)
        words = [*conversion.LANGUAGES, "--dtype", "f32"]
        words += marian_transformer_models.write_vocabularies(sides, Path(place))
        assert conversion.run("marian", path, bundle, *words) == 0
    write_expected(bundle, model.logits, sides)


def main(folder):
    """One folder a model."""
    for name in KERAS:
        model, sides = keras_models.make_model(name)
        with tempfile.TemporaryDirectory() as place:
            path, bundle = Path(place) / "model.keras", folder / f"keras-{name}"
            shutil.rmtree(bundle, ignore_errors=True)
            model.save(path)
            words = [*sides.write(Path(place)), "--dtype", "f32"]
            assert conversion.run("keras", path, bundle, *words) == 0
        write_expected(bundle, keras_models.make_logits(model), sides)
    for name, (kind, ends) in OPENNMT.items():
        model, sides = opennmt_models.make_model(kind, ends)
        with tempfile.TemporaryDirectory() as place:
            path, bundle = Path(place) / "model.pt", folder / f"opennmt-{name}"
            shutil.rmtree(bundle, ignore_errors=True)
            torch.save(opennmt_models.make_checkpoint(model, sides), path)
            words = [*conversion.LANGUAGES, *["--source-eos", "</s>"] * ends, "--dtype", "f32"]
            assert conversion.run("opennmt-py", path, bundle, *words) == 0
        write_expected(bundle, model.logits, sides)
    with tempfile.TemporaryDirectory() as place:
        write_marianmt(folder / "marianmt", Path(place))
    write_marian(folder, "s2s-alternating")
    write_marian_transformer(folder, "ssru")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
