# SPDX-License-Identifier: LGPL-2.1-or-later
"""Marian's RNN models become bundles that compute what Marian does; what is broken is refused."""

import io
import json
import os
import zipfile
from collections import defaultdict

import marian_models
import numpy
import pytest
import sentencepiece
import torch
from conversion import LANGUAGES, SENTENCES, TRANSLATE, fails, run, translate
from marian_models import DEFAULTS, LARGE, SMALL, Oracle
from s2s_tools.bundle import read_network
from s2s_tools.importers import marian_file

YML = "special:model.yml"


def save(folder, settings, arrays):
    """The npz of a model."""
    path = folder / "model.npz"
    numpy.savez(path, **marian_models.store(settings, arrays))
    return path


def convert(folder, settings, arrays, *words):
    """The bundle of a model."""
    names = marian_models.write_vocabularies(folder, settings["dim-vocabs"])
    path = save(folder, settings, arrays)
    assert run("marian", path, folder / "bundle", *(words or names), "--dtype", "f32") == 0
    return folder / "bundle"


def start_of(settings):
    """The id of the start of targets, which Marian does not have."""
    return settings["dim-vocabs"][1]


def network_logits(bundle, settings):
    """logits (source, previous) of the bundle's network, over the tokens that Marian has.

    In double precision, for single precision is a few 1e-4 off where states change abruptly.
    """
    network = read_network(bundle).double()

    def logits(source, previous):
        begun = previous.copy()
        begun[:, 0] = start_of(settings)
        lengths = torch.full((len(source),), source.shape[1])
        with torch.no_grad():
            found = network(torch.from_numpy(source), lengths, torch.from_numpy(begun)).numpy()
        assert (found[:, :, start_of(settings)] < -5000).all()
        return found[:, :, : start_of(settings)]

    return logits


def check_logits(bundle, settings, arrays):
    """Every logit of forced decoding."""
    draw = numpy.random.default_rng(5)
    for length in (1, 2, 5, 9):
        source = draw.integers(2, settings["dim-vocabs"][0], (4, length))
        source[:, -1] = marian_models.END
        previous = draw.integers(0, settings["dim-vocabs"][1], (4, 6))
        expected = Oracle(settings, arrays).logits(source, previous)
        found = network_logits(bundle, settings)(source, previous)
        assert numpy.ptp(expected) > 1
        numpy.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def check_choices(logits, examples):
    """Each token of each output is the best one after those before it, which is greedy decoding."""
    groups = defaultdict(list)
    for source, tokens in examples:
        groups[len(source), len(tokens)].append((source, tokens))
    for group in groups.values():
        tokens = numpy.array([tokens for _, tokens in group])
        ends = numpy.full((len(group), 1), marian_models.END)
        previous = numpy.hstack([ends, tokens])
        scores = logits(numpy.array([source for source, _ in group]), previous)
        scores[:, :, marian_models.UNKNOWN] = -numpy.inf
        assert (scores.argmax(axis=2) == numpy.hstack([tokens, ends])).all()


@pytest.mark.parametrize("name", SMALL)
def test_small_models(name, tmp_path):
    """Logits alone."""
    settings, arrays = marian_models.make_model(name)
    check_logits(convert(tmp_path, settings, arrays), settings, arrays)


@pytest.mark.parametrize("name", LARGE)
def test_models(name, tmp_path):
    """Logits, and the greedy ids of 200 sentences, in PyTorch and in C."""
    settings, arrays = marian_models.make_model(name)
    marian_models.set_end_bias(settings, arrays)
    bundle = convert(tmp_path, settings, arrays)
    check_logits(bundle, settings, arrays)
    examples = marian_models.find_examples(settings, arrays, SENTENCES)
    check_choices(network_logits(bundle, settings), examples)
    if not TRANSLATE.exists():
        pytest.skip(f"without the C library: {TRANSLATE} is not built")
    lines = [marian_models.join("source", settings, source[:-1]) for source, _ in examples]
    expected = [marian_models.join("target", settings, tokens) for _, tokens in examples]
    assert translate(bundle, lines) == expected


def test_older_files(tmp_path):
    """Vectors of one dimension, and what training kept, are read past."""
    settings, arrays = marian_models.make_model("nematus-norm")
    stored = marian_models.store(settings, arrays)
    flat = {
        name: array[0] if array.shape[0] == 1 and array.dtype == "float32" else array
        for name, array in stored.items()
        if name != "decoder_c_tt"
    }
    flat |= {"uidx": numpy.array(7), "history_errs": numpy.array([1.5, 2])}
    numpy.savez(tmp_path / "model.npz", **flat)
    names = marian_models.write_vocabularies(tmp_path, settings["dim-vocabs"])
    bundle = tmp_path / "bundle"
    assert run("marian", tmp_path / "model.npz", bundle, *names, "--dtype", "f32") == 0
    check_logits(bundle, settings, arrays)


def test_newer_files(tmp_path):
    """The generator's matrix transposed, and left without a bias."""
    settings, arrays = marian_models.make_model("s2s")
    settings["output-omit-bias"] = True
    arrays["decoder_ff_logit_l2_Wt"] = arrays.pop("decoder_ff_logit_l2_W").T
    stored = {n: a for n, a in arrays.items() if n != "decoder_ff_logit_l2_b"}
    bundle = convert(tmp_path, settings, stored)
    arrays["decoder_ff_logit_l2_b"] = numpy.zeros((1, 11))
    check_logits(bundle, settings, arrays)


@pytest.mark.parametrize("dtype", ["f16", "int8"])
def test_narrow_types(dtype, tmp_path):
    """The bias of the start is finite in half precision, and still ends far below the others."""
    settings, arrays = marian_models.make_model("s2s-norm")
    names = marian_models.write_vocabularies(tmp_path, settings["dim-vocabs"])
    bundle, path = tmp_path / "bundle", save(tmp_path, settings, arrays)
    assert run("marian", path, bundle, *names, "--dtype", dtype) == 0
    source, previous = numpy.array([[4, 5, 0]]), numpy.array([[0, 3, 2]])
    found = network_logits(bundle, settings)(source, previous)
    expected = Oracle(settings, arrays).logits(source, previous)
    numpy.testing.assert_allclose(found, expected, rtol=0, atol=0.5)
    assert json.loads((bundle / "config.json").read_text())["architecture"] == "nematus"


def without(name):
    """A tensor too few."""
    return lambda settings, arrays: arrays.pop(name)


def put(name, value):
    """Another array."""
    return lambda settings, arrays: arrays.__setitem__(name, value)


def setting(key, value):
    """Another setting; None: none."""
    return lambda settings, arrays: settings.__setitem__(key, value)


FLOATS = numpy.ones((11, 6), "f4")
BROKEN = {
    "no type": (setting("type", None), "has no type"),
    "factored": (setting("vocabs", "[a.fsv, b.fsv]"), "no factored vocabularies"),
    "embeddings": (setting("ulr", "true"), "no universal embeddings"),
    "deepest": (setting("enc-depth", "99"), "enc-depth is 99, the format allows 24"),
    "digits": (setting("enc-depth", "1" * 5000), "expected a whole number from 1"),
    "type": (setting("type", "lm"), "type is 'lm', expected one of s2s, amun, nematus"),
    "no depth": (setting("enc-depth", None), "has no enc-depth"),
    "depth": (setting("enc-depth", "many"), "'many', expected a whole number from 1"),
    "no depth at all": (setting("enc-depth", 0), "'0', expected a whole number from 1"),
    "deeper": (setting("dec-depth", 2), "there is no tensor decoder_l2_cell1_W"),
    "flatter": (setting("dec-cell-base-depth", 3), "there is no tensor decoder_cell3_U"),
    "too deep": (setting("enc-cell-depth", 9), "enc"),
    "one cell": (setting("dec-cell-base-depth", 1), "decoder_cell_base_depth: expected 2 to 8"),
    "skip": (setting("skip", "maybe"), "skip is 'maybe', expected true or false"),
    "list": (setting("dim-rnn", [8]), "dim-rnn is ['8'], expected a single value"),
    "vocabularies": (setting("dim-vocabs", [12]), "dim-vocabs is ['12'], expected two sizes"),
    "three": (setting("dim-vocabs", [12, 12, 11]), "expected two sizes"),
    "units": (setting("dim-rnn", 9), "encoder_bi_W is [6, 16], expected [6, 18]"),
    "encoder": (setting("enc-type", "unidirectional"), "enc-type is 'unidirectional'"),
    "cell": (setting("enc-cell", "mlstm"), "enc-cell is 'mlstm', the format has gru and lstm"),
    "hops": (setting("dec-attention-hops", 2), "dec-attention-hops is '2', a second attention"),
    "heads": (setting("dec-attention-heads", 4), "dec-attention-heads is '4', an attention of"),
    "backwards": (setting("right-left", True), "right-left is 'true', targets that are read"),
    "nematus": (setting("type", "nematus"), "expected 'gru-nematus' as of type nematus"),
    "norms": (setting("layer-normalization", True), "there is no tensor encoder_bi_gamma1"),
    "tied": (setting("tied-embeddings-all", True), "expected one size with shared embeddings"),
    "tied output": (setting("tied-embeddings", True), "no place for: decoder_ff_logit_l2_W"),
    "no embedding": (without("encoder_Wemb"), "there is no tensor encoder_Wemb"),
    "no cell": (without("decoder_cell2_Ux"), "there is no tensor decoder_cell2_Ux"),
    "too many": (put("decoder_guided_W", FLOATS), "no place for: decoder_guided_W"),
    "shape": (put("decoder_Wemb", FLOATS[:, :5]), "decoder_Wemb is [11, 5], expected [11, 6]"),
    "turned": (put("decoder_U_att", numpy.ones((1, 16), "f4")), "[1, 16], expected [16, 1]"),
    "integers": (put("decoder_Wemb", FLOATS.astype("i4")), "of type int32, expected float"),
    "nan": (put("decoder_Wemb", FLOATS * numpy.nan), "values that are not finite"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_models(name, tmp_path, capsys):
    """Settings that are wrong or contradict the tensors, tensors too few, too many, or others."""
    settings, arrays = marian_models.make_model("s2s")
    change, message = BROKEN[name]
    change(settings, arrays)
    names = marian_models.write_vocabularies(tmp_path, [12, 11])
    error = fails(capsys, "marian", save(tmp_path, settings, arrays), tmp_path / "bundle", *names)
    assert message in error


def test_norms_of_two_kinds(tmp_path, capsys):
    """Cells of Nematus with layer normalization in a model that is none."""
    settings, arrays = marian_models.make_model("nematus-norm")
    settings["type"] = "s2s"
    names = marian_models.write_vocabularies(tmp_path, settings["dim-vocabs"])
    error = fails(capsys, "marian", save(tmp_path, settings, arrays), tmp_path / "bundle", *names)
    assert "'gru-nematus' with layer-normalization, but the type is 's2s'" in error


def test_a_name_twice(tmp_path, capsys):
    """A parameter under both of its names."""
    settings, arrays = marian_models.make_model("amun")
    stored = marian_models.store(settings, arrays)
    stored["decoder_ff_state_W"] = stored["ff_state_W"]
    path = tmp_path / "model.npz"
    numpy.savez(path, **stored)
    names = marian_models.write_vocabularies(tmp_path, settings["dim-vocabs"])
    error = fails(capsys, "marian", path, tmp_path / "bundle", *names)
    assert "decoder_ff_state_W is there twice" in error


def write_arrays(path, **arrays):
    """A npz."""
    numpy.savez(path, **arrays)
    return path


def test_broken_settings(tmp_path, capsys):
    """Without settings, or with some that are no text."""
    settings, arrays = marian_models.make_model("s2s")
    stored, bundle = marian_models.store(settings, arrays), tmp_path / "bundle"
    for value, message in (
        (None, "has no special:model.yml"),
        (numpy.ones(3), "of type float64, expected bytes"),
        (numpy.full(3, 255, "uint8"), "is no UTF-8"),
    ):
        others = {n: a for n, a in stored.items() if n != YML}
        others |= {} if value is None else {YML: value}
        path = write_arrays(tmp_path / "model.npz", **others)
        assert message in fails(capsys, "marian", path, bundle, *LANGUAGES)


class Trap:
    """Pickles as a call that leaves a trace."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        """Run by a loader that runs code."""
        return os.mkdir, (str(self.path),)


def test_objects_are_not_unpickled(tmp_path, capsys):
    """An array of objects is a pickle, which is not loaded."""
    settings, arrays = marian_models.make_model("s2s")
    arrays["decoder_Wemb"] = numpy.array([Trap(tmp_path / "trace")], object)
    path = save(tmp_path, settings, arrays)
    error = fails(capsys, "marian", path, tmp_path / "bundle", *LANGUAGES)
    assert "no npz of plain arrays" in error
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.9, 0.999])
def test_damaged_files(share, tmp_path, capsys):
    """Files that are cut."""
    path = save(tmp_path, *marian_models.make_model("s2s"))
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


TOKENS = """---
</s>: 0
<unk>: 1
the: 2
it's: 3
'it''s: so': 4
"\\"": 5
"\\xe9t\\xe9": 6
"\\u4f60\\u597d": 7
"\\U0001f600": 8
"tab\\tand \\\\": 9
no: 10
1.0: 11
? "a long one: with a colon"
: 12
? plain
: 13
a:b: 14
# no token
null: 15
"""


def test_tokens_of_yaml(tmp_path):
    """Every way in which a token may be written; none is taken for a number or a truth."""
    path = tmp_path / "vocab.yml"
    path.write_text(TOKENS, encoding="utf-8")
    assert list(marian_file.read_yaml(path).items()) == [
        (token, at)
        for at, token in enumerate(
            ["</s>", "<unk>", "the", "it's", "it's: so", '"', "été", "你好", "😀", "tab\tand \\"]
            + ["no", "1.0", "a long one: with a colon", "plain", "a:b", "null"]
        )
    ]


def listed(*tokens):
    """A vocabulary of that order."""
    return "".join(f"{token}: {at}\n" for at, token in enumerate(tokens))


LETTERS = [f"{letter}o" for letter in "abcdefghij"]
VOCABULARIES = {
    "larger": (
        listed("</s>", "<unk>", *LETTERS, "ko"),
        "13 tokens, but the model 12 of the source",
    ),
    "smaller": (listed("</s>", "<unk>", *LETTERS[:9]), "has 11 tokens, but the model 12"),
    "twice": (listed("</s>", "<unk>", "ao", *LETTERS[:9]), "line 4: the token 'ao' stands there"),
    "no end": (listed("<unk>", *LETTERS, "ko"), "has no </s>"),
    "no unknown": (listed("</s>", *LETTERS, "ko"), "has no <unk>"),
    "gap": (listed("</s>", "<unk>", *LETTERS).replace(": 5", ": 25"), "id 5 is missing"),
    "no id": ("</s>: 0\n<unk>: one\n", "line 2: got '<unk>: one', expected a token"),
    "no colon": ("</s>: 0\n<unk> 1\n", "line 2: got '<unk> 1'"),
    "quotes": ('</s>: 0\n"<unk>: 1\n', 'the quotes of "<unk> do not end'),
    "escape": ('</s>: 0\n"\\q": 1\n', "unknown escape \\q"),
    "character": ('</s>: 0\n"\\UFFFFFFFF": 1\n', "no character is \\UFFFFFFFF"),
    "half": ("</s>: 0\n? <unk>\n", "got '', expected a token, a colon and its id"),
    "empty": ("", "has 0 tokens"),
}


@pytest.mark.parametrize("name", VOCABULARIES)
def test_broken_vocabularies(name, tmp_path, capsys):
    """Every message, with the line it is about."""
    text, message = VOCABULARIES[name]
    names = marian_models.write_vocabularies(tmp_path, [12, 11])
    (tmp_path / "source.yml").write_text(text, encoding="utf-8")
    path = save(tmp_path, *marian_models.make_model("s2s"))
    assert message in fails(capsys, "marian", path, tmp_path / "bundle", *names)


def test_names_of_nematus(tmp_path):
    """Vocabularies in JSON whose special tokens have the names of Nematus."""
    settings, arrays = marian_models.make_model("nematus")
    words = [*LANGUAGES]
    for side, size in zip(("source", "target"), settings["dim-vocabs"], strict=True):
        tokens = ["eos", "UNK", *marian_models.tokens_of(side, size)[2:]]
        path = tmp_path / f"{side}.json"
        path.write_text(json.dumps({token: at for at, token in enumerate(tokens)}))
        words += [f"--{side}-vocabulary", str(path)]
    bundle = convert(tmp_path, settings, arrays, *words)
    table = json.loads((bundle / "config.json").read_text())
    assert table["source_tokenizer"] | {"file": ""} == {
        "type": "plain",
        "file": "",
        "unit": "word",
        "pad": -1,
        "unk": 1,
        "bos": -1,
        "eos": 0,
    }
    assert table["target_tokenizer"]["bos"] == 26


@pytest.fixture(name="pieces")
def make_pieces(tmp_path):
    """SentencePiece models as Marian trains them, and one with a start token."""
    draw = numpy.random.default_rng(2)
    lines = [" ".join(draw.choice(["bo", "ga", "tibu", "apo", "lek"], 6)) for _ in range(200)]
    for name, start in (("marian", -1), ("other", 2)):
        with open(tmp_path / f"{name}.spm", "wb") as file:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(lines),
                model_writer=file,
                vocab_size=18,
                bos_id=start,
                eos_id=0,
                unk_id=1,
                minloglevel=2,
            )
    return tmp_path


def test_pieces(pieces):
    """The target gets one piece more, which no text becomes; the C library reads it."""
    settings, arrays = marian_models.make_model("s2s-src-tied")
    settings["dim-vocabs"] = [18, 18]
    draw = numpy.random.default_rng(4)
    arrays["Wemb"] = draw.uniform(-2, 2, (18, 6)).astype("f4")
    arrays["decoder_ff_logit_l2_b"] = draw.uniform(-2, 2, (1, 18)).astype("f4")
    words = [*LANGUAGES, "--source-spm", pieces / "marian.spm", "--target-spm"]
    bundle = convert(pieces, settings, arrays, *words, pieces / "marian.spm")
    check_logits(bundle, settings, arrays)
    mine, theirs = (
        sentencepiece.SentencePieceProcessor(model_file=str(path))
        for path in (bundle / "target.spm", pieces / "marian.spm")
    )
    assert (mine.vocab_size(), mine.bos_id(), mine.is_control(18)) == (19, 18, True)
    for text in ("tibu apo", "<s> bo", "xyz"):
        assert mine.encode(text) == theirs.encode(text)
    if TRANSLATE.exists():
        assert len(translate(bundle, ["bo ga", "apo"])) == 2


def test_broken_pieces(pieces, capsys):
    """A start token where Marian has none; another size; no model of SentencePiece."""
    settings, arrays = marian_models.make_model("s2s-src-tied")
    path, bundle = save(pieces, settings, arrays), pieces / "bundle"
    good, other = pieces / "marian.spm", pieces / "other.spm"
    words = [*LANGUAGES, "--source-spm", good, "--target-spm"]
    error = fails(capsys, "marian", path, bundle, *words, good)
    assert "has 18 pieces, but the model 12 of the source" in error
    settings["dim-vocabs"] = [18, 18]
    arrays["Wemb"] = numpy.ones((18, 6), "f4")
    arrays["decoder_ff_logit_l2_b"] = numpy.ones((1, 18), "f4")
    path = save(pieces, settings, arrays)
    error = fails(capsys, "marian", path, bundle, *words, other)
    assert "has a start token, id 2; targets of Marian have none" in error
    assert "is no SentencePiece model" in fails(capsys, "marian", path, bundle, *words, path)


def test_options(tmp_path, capsys):
    """What Marian's vocabularies say themselves cannot be said otherwise; both must be named."""
    names = marian_models.write_vocabularies(tmp_path, DEFAULTS["dim-vocabs"])
    path, bundle = save(tmp_path, *marian_models.make_model("s2s")), tmp_path / "bundle"
    for words in (["--eos", "</s>"], ["--unit", "character"]):
        error = fails(capsys, "marian", path, bundle, *names, *words)
        assert "say themselves what their special tokens and units are" in error
    error = fails(capsys, "marian", path, bundle, *LANGUAGES)
    assert "expected one of --source-vocabulary and --source-spm, got neither" in error
