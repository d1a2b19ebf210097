# SPDX-License-Identifier: LGPL-2.1-or-later
"""Marian's RNN models: read, checked, and refused with the reason."""

import io
import os
import zipfile

import numpy
import pytest
from conversion import LANGUAGES, fails

SETTINGS = """# made by hand
type: s2s
dim-vocabs:
  - 12
  - 11
dim-emb: 6
dim-rnn: 8
enc-type: bidirectional
enc-depth: 1
dec-depth: 1
dec-cell-base-depth: 2
"""
CELL = {"U": (8, 16), "Ux": (8, 8), "b": (1, 16), "bx": (1, 8)}
SHAPES = {
    "encoder_Wemb": (12, 6),
    "decoder_Wemb": (11, 6),
    "decoder_U_att": (8, 1),
    "decoder_Wc_att": (16, 8),
    "decoder_b_att": (1, 8),
    "decoder_W_comb_att": (8, 8),
    "decoder_ff_state_W": (16, 8),
    "decoder_ff_state_b": (1, 8),
    "decoder_ff_logit_l1_W0": (6, 6),
    "decoder_ff_logit_l1_W1": (8, 6),
    "decoder_ff_logit_l1_W2": (16, 6),
    "decoder_ff_logit_l2_W": (6, 11),
    "decoder_ff_logit_l2_b": (1, 11),
}
for prefix, inputs in (("encoder_bi", 6), ("encoder_bi_r", 6), ("decoder_cell1", 6)):
    SHAPES |= {f"{prefix}_{name}": shape for name, shape in CELL.items()}
    SHAPES |= {f"{prefix}_W": (inputs, 16), f"{prefix}_Wx": (inputs, 8)}
SHAPES |= {f"decoder_cell2_{name}": shape for name, shape in CELL.items()}
SHAPES |= {"decoder_cell2_W": (16, 16), "decoder_cell2_Wx": (16, 8)}


def make_arrays(settings=SETTINGS):
    """The tensors of a model with random weights, by the names of Marian."""
    draw = numpy.random.default_rng(3)
    arrays = {n: draw.uniform(-1, 1, s).astype("float32") for n, s in SHAPES.items()}
    text = numpy.frombuffer(settings.encode() + b"\0", dtype="int8")
    return arrays | {"special:model.yml": text}


def refuse(arrays, tmp_path, capsys):
    """The message for these tensors."""
    path = tmp_path / "model.npz"
    numpy.savez(path, **arrays)
    return fails(capsys, "marian", path, tmp_path / "bundle", *LANGUAGES)


@pytest.mark.parametrize("kind", ["s2s", "amun", "nematus"])
def test_every_difference_is_named(kind, tmp_path, capsys):
    """The three points in which the network is another, each with its tensor."""
    error = refuse(make_arrays(SETTINGS.replace("s2s", kind)), tmp_path, capsys)
    assert f"Marian's {kind} is another network than the format's rnn" in error
    assert "a second cell on what the attention gives (decoder_cell2_U)" in error
    assert "starts from the mean of the encoder's outputs (decoder_ff_state_W)" in error
    assert "also reads the previous token (decoder_ff_logit_l1_W0)" in error


def test_older_names(tmp_path, capsys):
    """amun and nematus files before Marian renamed their tensors."""
    arrays = make_arrays(SETTINGS.replace("s2s", "nematus"))
    renamed = {
        "encoder_Wemb": "Wemb",
        "decoder_Wemb": "Wemb_dec",
        "decoder_ff_state_W": "ff_state_W",
        "decoder_ff_logit_l1_W0": "ff_logit_prev_W",
        "decoder_cell2_U": "decoder_U_nl",
    }
    arrays = {renamed.get(n, n): a for n, a in arrays.items() if n not in SHAPES or n in renamed}
    arrays |= {n: a for n, a in make_arrays().items() if "encoder_bi" in n}
    error = refuse(arrays, tmp_path, capsys)
    for name in ("ff_state_W", "ff_logit_prev_W", "decoder_U_nl"):
        assert f"({name})" in error


def without(name):
    """A tensor too few."""
    return lambda arrays: arrays.pop(name)


def put(name, value):
    """Another array."""
    return lambda arrays: arrays.__setitem__(name, value)


def settings(old, new):
    """Other settings."""
    return lambda arrays: arrays.update(make_arrays(SETTINGS.replace(old, new)))


YML = "special:model.yml"
BROKEN = {
    "no settings": (without(YML), "has no special:model.yml"),
    "settings are numbers": (put(YML, numpy.ones(3)), "of type float64, expected bytes"),
    "settings are no text": (put(YML, numpy.full(3, 255, "uint8")), "is no UTF-8"),
    "no type": (settings("type: s2s", ""), "has no type"),
    "no depth": (settings("enc-depth: 1", ""), "has no enc-depth"),
    "depth": (settings("enc-depth: 1", "enc-depth: many"), "'many', expected a whole number"),
    "other": (settings("s2s", "multi-s2s"), "type is 'multi-s2s', expected one of s2s, amun"),
    "one vocabulary": (settings("  - 11\n", ""), "dim-vocabs is ['12'], expected two sizes"),
    "no embedding": (without("encoder_Wemb"), "there is no tensor encoder_Wemb"),
    "shape": (put("decoder_Wemb", numpy.ones((11, 7), "f4")), "[11, 7], expected [11, 6]"),
    "integers": (put("decoder_Wemb", numpy.ones((11, 6), "i4")), "of type int32, expected float"),
    "nan": (put("decoder_Wemb", numpy.full((11, 6), numpy.nan, "f4")), "not finite"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_models(name, tmp_path, capsys):
    """Settings and tensors that are not whole are said before the network is looked at."""
    arrays = make_arrays()
    change, message = BROKEN[name]
    change(arrays)
    error = refuse(arrays, tmp_path, capsys)
    assert message in error and "another network" not in error


def test_file_without_a_network(tmp_path, capsys):
    """Embeddings alone."""
    kept = ("encoder_Wemb", "decoder_Wemb", YML)
    arrays = {name: array for name, array in make_arrays().items() if name in kept}
    assert "the file is not complete" in refuse(arrays, tmp_path, capsys)


class Trap:
    """Pickles as a call that leaves a trace."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        """Run by a loader that runs code."""
        return os.mkdir, (str(self.path),)


def test_objects_are_not_unpickled(tmp_path, capsys):
    """An array of objects is a pickle, which is not loaded."""
    arrays = make_arrays() | {"decoder_Wemb": numpy.array([Trap(tmp_path / "trace")], object)}
    assert "no npz of plain arrays" in refuse(arrays, tmp_path, capsys)
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.9, 0.999])
def test_damaged_files(share, tmp_path, capsys):
    """Files that are cut."""
    path = tmp_path / "model.npz"
    numpy.savez(path, **make_arrays())
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert "damaged" in fails(capsys, "marian", path, tmp_path / "bundle", *LANGUAGES)


def test_other_files(tmp_path, capsys):
    """A single array; a zip whose entry is no array, or has a header that is none."""
    path = tmp_path / "model.npz"
    with open(path, "wb") as file:
        numpy.save(file, numpy.ones(3))
    assert "single array" in fails(capsys, "marian", path, tmp_path / "bundle", *LANGUAGES)
    for data in (b"text", b"\x93NUMPY\x01\x00\x08\x00{'descr'"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("special:model.yml.npy", data)
        path.write_bytes(buffer.getvalue())
        error = fails(capsys, "marian", path, tmp_path / "bundle", *LANGUAGES)
        assert "damaged" in error
