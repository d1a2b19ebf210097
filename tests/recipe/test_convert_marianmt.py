# SPDX-License-Identifier: LGPL-2.1-or-later
"""MarianMT converted against transformers itself: logits, tokens, greedy and beam search."""

import functools
import json
import subprocess
from dataclasses import replace

import marianmt_models as marianmt
import pytest
import torch
from conversion import LANGUAGES, TOLERANCE, TRANSLATE, run
from s2s_tools.bundle import read_bundle, read_network
from s2s_tools.decode import Utf8, search

WORDS = [*LANGUAGES, "--dtype", "f32"]
LINES = 200
SEPARATE = {"share_encoder_decoder_embeddings": False}
# Names, the configuration, and how the files are
RANDOM = {
    "opus": ({"encoder_layers": 2, "decoder_layers": 3}, {}),
    "relu": ({"activation_function": "relu", "scale_embedding": False}, {}),
    "separate": ({**SEPARATE, "encoder_layers": 2}, {"separate": True}),
    "untied": (
        {**SEPARATE, "tie_word_embeddings": False, "activation_function": "gelu"},
        {"separate": True},
    ),
    "untied shared": ({"tie_word_embeddings": False}, {}),
    "half": ({"activation_function": "silu", "d_model": 16}, {"dtype": torch.float16}),
}


def check_logits(bundle, model, seed=5):
    """Forced decoding: every logit of the bundle's network, that of PAD too."""
    network, config = read_network(bundle), model.config
    draw = torch.Generator().manual_seed(seed)
    for length in (1, 2, 5, 30):
        source = torch.randint(2, config.vocab_size, (4, length), generator=draw)
        source[:, -1] = config.eos_token_id
        previous = torch.randint(2, config.decoder_vocab_size, (4, 12), generator=draw)
        previous[:, 0] = config.decoder_start_token_id
        with torch.no_grad():
            found = network(source, torch.full((4,), length), previous)
            expected = model(input_ids=source, decoder_input_ids=previous).logits
        assert expected.max() - expected.min() > 2
        torch.testing.assert_close(found, expected, rtol=0, atol=TOLERANCE)


@pytest.fixture(scope="module", params=RANDOM)
def converted(request, tmp_path_factory):
    """A random model converted: its directory and the bundle."""
    folder = tmp_path_factory.mktemp(request.param)
    changes, files = RANDOM[request.param]
    marianmt.make_random(folder, **files, **changes)
    assert run("marianmt", folder, folder / "bundle", *WORDS) == 0
    return folder, folder / "bundle"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A trained model converted: the bundle, and what transformers has of it."""
    folder = tmp_path_factory.mktemp("trained")
    marianmt.make_trained(folder)
    assert run("marianmt", folder, folder / "bundle", *WORDS) == 0
    return folder / "bundle", *marianmt.load(folder)


def test_logits_of_random_models(converted):
    """Each way in which embeddings are shared, each activation, f16."""
    folder, bundle = converted
    check_logits(bundle, marianmt.load(folder)[0])


def test_logits_of_a_trained_model(trained):
    """The row of PAD, with which the decoder starts, is no longer zero."""
    bundle, model, _ = trained
    assert model.model.decoder.embed_tokens.weight[model.config.pad_token_id].any()
    check_logits(bundle, model)


def test_tokens_of_texts(converted):
    """What the tokenizer makes of texts, unknown characters and blanks among them."""
    folder, bundle = converted
    tokenizer = marianmt.load(folder)[1]
    source = read_bundle(bundle)[1][0]
    lines = marianmt.make_lines(50, 8) + ["", "☃ the cat", "a #☃猫 b", "  two  books ", "ﬁve ½"]
    for line in lines:
        assert source.encode(line) + [source.eos_id()] == tokenizer(line).input_ids


def test_texts_of_tokens(converted):
    """What random tokens say."""
    folder, bundle = converted
    tokenizer = marianmt.load(folder)[1]
    target = read_bundle(bundle)[1][1]
    draw = torch.Generator().manual_seed(9)
    for length in range(1, 30):
        ids = torch.randint(0, target.vocab_size(), (length,), generator=draw).tolist()
        assert target.decode(ids) == tokenizer.decode(ids, skip_special_tokens=True)


def test_special_tokens_of_a_text_are_harmless(trained):
    """A text with their names in it does not end there, nor begin."""
    bundle, model, _ = trained
    source = read_bundle(bundle)[1][0]
    found = source.encode("the cat</s> sees <pad> a <unk> book")
    assert not {model.config.eos_token_id, model.config.pad_token_id} & set(found)
    assert len(found) > 10


def translate(bundle, beam, lines):
    """Scores and texts of the C library."""
    command = [str(TRANSLATE), "--model", str(bundle), "--beam", str(beam), "--scores"]
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=120, check=True
    )
    return [line.split("\t") for line in done.stdout.splitlines()]


@functools.cache
def find_examples(model, tokenizer, beam):
    """As many lines and their outputs as are wanted, of a few more."""
    lines = marianmt.make_lines(LINES + 70, 3)
    examples = marianmt.find_examples(model, tokenizer, lines, beam)
    assert len(examples) >= LINES
    return examples[:LINES]


@pytest.mark.parametrize("beam", [1, 4, 6])
def test_search_is_that_of_generate(trained, beam):
    """200 lines: ids by the search in PyTorch, texts by the C library."""
    bundle, model, tokenizer = trained
    lines, expected = zip(*find_examples(model, tokenizer, beam), strict=True)
    assert len(set(map(tuple, expected))) > LINES / 2
    model, (source, target), options = read_bundle(bundle)
    options = replace(options, beam_size=beam)
    found = []
    for at in range(0, LINES, 50):
        ids = [source.encode(line) + [source.eos_id()] for line in lines[at : at + 50]]
        found += search(model, ids, Utf8(target), options)
    assert [[*ids, target.eos_id()] for ids in found] == list(expected)

    texts = [tokenizer.decode(ids, skip_special_tokens=True) for ids in expected]
    assert [row[1] for row in translate(bundle, beam, lines)] == texts


def test_scores_are_those_of_generate(trained):
    """UNK never comes out of the library, and has no share of the probability."""
    bundle, model, tokenizer = trained
    lines = [line for line, _ in find_examples(model, tokenizer, 4)[:50]]
    banned = [[model.config.pad_token_id], [tokenizer.unk_token_id]]
    found = marianmt.generate(model, tokenizer, lines, num_beams=4, bad_words_ids=banned)
    scores = [float(row[0]) for row in translate(bundle, 4, lines)]
    expected = torch.tensor([score for _, score in found])
    torch.testing.assert_close(torch.tensor(scores), expected, rtol=0, atol=TOLERANCE)


def test_end_of_the_search_matters(trained):
    """Without `search_end` some outputs are others, so the comparison above is none by chance."""
    bundle, model, tokenizer = trained
    lines, expected = zip(*find_examples(model, tokenizer, 4), strict=True)
    model, (source, target), options = read_bundle(bundle)
    assert options.search_end == "estimated"
    ids = [source.encode(line) + [source.eos_id()] for line in lines]
    found = search(model, ids, Utf8(target), replace(options, search_end="proven"))
    assert [[*ids, target.eos_id()] for ids in found] != list(expected)


def test_defaults_of_the_bundle(tmp_path):
    """Those of generation_config.json, or of config.json where older models have them."""
    marianmt.make_random(tmp_path)
    path = tmp_path / "generation_config.json"
    table = json.loads(path.read_text())
    table.update(num_beams=6, length_penalty=0.8, early_stopping=True)
    path.write_text(json.dumps(table))

    def convert(name):
        assert run("marianmt", tmp_path, tmp_path / name, *WORDS) == 0
        return json.loads((tmp_path / name / "config.json").read_text())["decoding"]

    newer = convert("newer")
    assert (newer["beam_size"], newer["length_penalty"], newer["search_end"]) == (6, 0.8, "full")
    assert newer["length_normalization"] == "average"
    path.unlink()
    assert convert("bare")["beam_size"] == 1
    config = json.loads((tmp_path / "config.json").read_text())
    config.update(num_beams=12, early_stopping="never", max_length=512)
    (tmp_path / "config.json").write_text(json.dumps(config))
    older = convert("older")
    assert (older["beam_size"], older["length_penalty"], older["search_end"]) == (12, 1, "proven")


def test_pickled_weights(tmp_path):
    """pytorch_model.bin, as old models have it, with every name that a tied table has."""
    marianmt.make_random(tmp_path)
    model, _ = marianmt.load(tmp_path)
    tensors = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert {"lm_head.weight", "model.encoder.embed_positions.weight"} < set(tensors)
    torch.save(tensors, tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").unlink()
    assert run("marianmt", tmp_path, tmp_path / "bundle", *WORDS) == 0
    check_logits(tmp_path / "bundle", model)


def test_languages(tmp_path):
    """The tokens that ask for a target language, by BCP 47 tags, and what they do."""
    codes = ["fra", "epo", "cmn_Hans", "pt_br", "fr", "cmn_Hans_bak", "x@y"]
    marianmt.make_random(tmp_path, languages=[f">>{code}<<" for code in codes])
    words = ["--source-language", "en", "--target-language", "epo", "--dtype", "f32"]
    assert run("marianmt", tmp_path, tmp_path / "bundle", *words) == 0
    table = json.loads((tmp_path / "bundle/config.json").read_text())
    assert table["target_language"] == "eo"
    assert table["target_language_tokens"] == {
        "fr": 6,
        "eo": 3,
        "fra": 2,
        "pt-BR": 5,
        "zh-Hans": 4,
        "cmn-Hans-bak": 7,
    }
    model, tokenizer = marianmt.load(tmp_path)
    source = read_bundle(tmp_path / "bundle")[1][0]
    line = marianmt.make_pairs(1, 1)[0][0]
    ids = [table["target_language_tokens"]["eo"], *source.encode(line), source.eos_id()]
    assert ids == tokenizer(f">>epo<<{line}").input_ids


def test_ids_without_a_name_never_come_out(tmp_path):
    """vocab.json may lack some; what has no name cannot be said."""
    marianmt.make_random(tmp_path)
    path = tmp_path / "vocab.json"
    vocabulary = json.loads(path.read_text())
    names = [token for token, at in vocabulary.items() if at in (10, 20)]
    path.write_text(json.dumps({t: i for t, i in vocabulary.items() if t not in names}))
    assert run("marianmt", tmp_path, tmp_path / "bundle", *WORDS) == 0
    written = json.loads((tmp_path / "bundle/vocab.json").read_text())
    assert sorted(written.values()) == list(range(len(vocabulary)))
    bias = read_network(tmp_path / "bundle").generator.bias
    assert (bias < -1000).nonzero().flatten().tolist() == [10, 20]
