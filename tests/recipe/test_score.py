# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scores: of lines, and the tables of the bundles in a folder."""

import lzma
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conversion import TRANSLATE
from s2s_tools import metrics, score, score_bundles, text, tokenizers
from s2s_tools.architectures import make_config, make_network
from s2s_tools.bundle import read_bundle, read_config, write_bundle, write_config
from sacrebleu.metrics import BLEU, CHRF
from safetensors.torch import load_file

OUTPUTS = ["The dog, it runs fast.", "Two red-brown cats sleep here!", "We have got no time."]
REFERENCES = ["The dog runs fast.", "Two red-brown cats sleep.", "We have no time."]
GERMAN = (
    ["Das „Haus“ ist rot-weiß, z.B. hier…", "Es regnet !"],
    ['Das "Haus" ist rot-weiß.', "Es regnet!"],
)
PAIRS = [
    ("I see one cat.", "我看见 one cat."),
    ("Do you have two cars?", "你有 two cars 吗？"),
    ("We need five trees!", "We need 五棵树！"),
]
SIZES = {"cell": "gru", "embedding_size": 8, "hidden_size": 16, "encoder_layers": 1}
SIZES |= {"decoder_layers": 1, "encoder_direction": "forward", "attention": "dot"}
SIZES |= {"output_size": 8}

# Stands for s2s-translate where a bundle can do what the tiny network cannot: it cuts each line to
# the share that is asked for, or half, and takes three characters less where the search is greedy
CUTTER = """#!{python}
import sys
words = sys.argv[1:]
share = float(words[words.index("--length-ratio") + 1]) if "--length-ratio" in words else 0.5
less = 3 if words[words.index("--beam") + 1] == "1" else 0
for line in sys.stdin.read().splitlines():
    print(line[: int(len(line) * share) - less])
"""


def make_bundle(folder, spm, seed=1, dtype="f16", **changes):
    """A tiny bundle of random weights."""
    torch.manual_seed(seed)
    vocabularies = {
        f"{side}_vocabulary_size": tokenizers.load(path).vocab_size()
        for side, path in zip(("source", "target"), spm, strict=True)
    }
    config = make_config(**vocabularies, **SIZES)
    description = {"name": folder.name, "task": "translate", "source_language": "en"}
    description |= {"target_language": "zh", "decoding": {"max_length_factor": 1.0}}
    tensors = make_network(config).to_tensors()
    write_bundle(folder, description | changes, config, tensors, spm, dtype)
    return folder


def write_set(corpora, name, pairs):
    """A dev set of one's own."""
    lines = "".join(f"{source}\t{target}\n" for source, target in pairs)
    (corpora / name).mkdir(parents=True)
    (corpora / name / "dev.tsv.xz").write_bytes(lzma.compress(lines.encode("utf-8")))


def run(monkeypatch, folder, corpora, out, *options, command=TRANSLATE):
    """Run the program; returns {bundle: its Markdown}."""
    words = ["score_bundles", folder, "--data", corpora, "--out", out, "--command", command]
    monkeypatch.setattr(sys, "argv", list(map(str, [*words, *options])))
    score_bundles.main()
    return {path.stem: path.read_text(encoding="utf-8") for path in Path(out).glob("*.md")}


def cells_of(report, *beginning):
    """The cells of the line of a table that begins so."""
    lines = [line.strip("| ").split(" | ") for line in report.splitlines()]
    return next(line for line in lines if line[: len(beginning)] == list(beginning))


def written(values):
    """As the tables have them."""
    return [f"{value:.1f}" for value in values]


def translate(bundle, lines, beam, *options):
    """What s2s-translate makes of lines."""
    command = [TRANSLATE, "--model", bundle, "--beam", str(beam), *options]
    given = "\n".join(lines) + "\n"
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def raw_scores(outputs, pairs, tokenize):
    """BLEU and chrF by sacrebleu."""
    references = [[target for _, target in pairs]]
    kinds = BLEU(tokenize=tokenize), CHRF()
    return [kind.corpus_score(outputs, references).score for kind in kinds]


def expected(outputs, pairs, tokenize):
    """The same as tables have it."""
    return written(raw_scores(outputs, pairs, tokenize))


@pytest.mark.parametrize(("language", "tokenize"), [("zh-Hans", "zh"), ("ZH", "zh"), ("de", "13a")])
def test_tokenizer_is_that_of_the_language(language, tokenize):
    """Chinese is scored by characters, all else by words."""
    outputs, references = [t for _, t in PAIRS], ["我看见 cat.", "你有 cars 吗？", "We need 树！"]
    found = metrics.Metric(language).measure(outputs, references)
    assert found[0] == BLEU(tokenize=tokenize).corpus_score(outputs, [references]).score


def test_lower_case():
    """Case makes no difference where it is said so, and the signature says it too."""
    lower = [line.lower() for line in OUTPUTS]
    strict, folded = (metrics.Metric("en", lowercase=on) for on in (False, True))
    found = folded.measure(lower, REFERENCES)
    assert found == strict.measure(lower, [line.lower() for line in REFERENCES])
    assert found[0] > strict.measure(lower, REFERENCES)[0]
    assert "case:lc" in folded.signatures()[0] and "case:mixed" in strict.signatures()[0]


def test_moses():
    """Both sides are tokenised as by Moses's own scripts, and sacrebleu parts nothing more."""
    tokenised = (
        ['das " haus " ist rot-weiß , z.b. hier ...', "es regnet !"],
        ['das " haus " ist rot-weiß .', "es regnet !"],
    )
    bleu = BLEU(tokenize="none").corpus_score(tokenised[0], [tokenised[1]]).score
    metric = metrics.Metric("de", "moses", lowercase=True)
    assert metric.measure(*GERMAN)[0] == pytest.approx(bleu)
    assert "tok:none" in metric.signatures()[0] and "Moses (de)" in metric.signatures()[0]


def test_distinct_and_lengths():
    """By hand: seven words of five kinds, five pairs of four kinds; three quarters are saved."""
    lines = ["I don't know.", "I don't know that, sir!"]
    assert metrics.distinct(lines, 1) == 5 / 8
    assert metrics.distinct(lines, 2) == 4 / 6
    assert metrics.distinct(["Yes."], 2) == 0
    assert metrics.mean_words(lines) == 4
    assert metrics.saved(["abcd", "abcdefgh"], ["a", "ab"]) == 0.75


def test_score_prints_what_is_asked_for(spm, tmp_path, monkeypatch, capsys):
    """The program for one bundle: a program's lines, scored as --tokenize says."""
    bundle = make_bundle(tmp_path / "tiny", spm, target_language="de")
    file = tmp_path / "dev.tsv"
    pairs = list(zip(*GERMAN, strict=True))
    file.write_text("".join(f"{s}\t{t}\n" for s, t in pairs), encoding="utf-8")
    words = ["score", bundle, file, "--command", "cat", "--tokenize", "moses", "--lowercase"]
    monkeypatch.setattr(sys, "argv", list(map(str, words)))
    score.main()
    printed = capsys.readouterr().out
    found = metrics.Metric("de", "moses", lowercase=True).measure(*GERMAN)
    assert cells_of(printed, f"{tmp_path.name} dev", "cased", "all")[3:] == ["2", *written(found)]
    assert "tok:none" in printed


def test_table_of_a_translating_bundle(spm, tmp_path, monkeypatch):
    """Each number is what sacrebleu says of what s2s-translate puts out."""
    write_set(tmp_path / "corpora", "tatoeba_en_zh", PAIRS)
    bundle = make_bundle(tmp_path / "new" / "tiny", spm)
    exact = make_bundle(tmp_path / "exact" / "tiny", spm, seed=2, dtype="f32")
    old = make_bundle(tmp_path / "old" / "other-name", spm, seed=3)
    options = "--f32", tmp_path / "exact", "--previous", tmp_path / "old"
    report = run(monkeypatch, tmp_path / "new", tmp_path / "corpora", tmp_path, *options)["tiny"]
    forms = {"cased": [s for s, _ in PAIRS], "speech": [text.speech_form(s) for s, _ in PAIRS]}
    seen = set()
    for form, lines in forms.items():
        for search, beam in (("greedy", 1), ("beam 4", 4)):
            ours, theirs, before = (translate(b, lines, beam) for b in (bundle, exact, old))
            cells = cells_of(report, "tatoeba_en_zh", form, search)
            assert cells[3] == "3"
            assert cells[4:6] == expected(ours, PAIRS, "zh")
            assert cells[6:8] == expected(theirs, PAIRS, "zh")
            assert cells[8:10] == expected(lines, PAIRS, "zh")
            scores = [raw_scores(lines, PAIRS, "zh") for lines in (ours, before)]
            changes = [new - earlier for new, earlier in zip(*scores, strict=True)]
            assert cells[10:] == [f"{change:+.1f}" for change in changes]
            seen.add(tuple(ours))
    assert len(seen) == 4  # or the test could not tell the rows apart
    assert "tok:zh" in report and "as they were trained" in report
    assert "3am_en_zh: not there, left out" in report


def test_each_language_of_several(spm, tmp_path, monkeypatch):
    """A bundle of several languages is scored on the sets of each, asked for it."""
    bundle = make_bundle(tmp_path / "new" / "tiny", spm)
    table = read_config(bundle)
    write_config(bundle, table | {"target_language_tokens": {"zh": 20, "de": 21}})
    lines = [s for s, _ in PAIRS]
    outputs = {tag: translate(bundle, lines, 4, "--to", tag) for tag in ("zh", "de")}
    assert outputs["zh"] != outputs["de"]
    # References that it reaches, or random weights would score nothing, whatever is asked for
    pairs = {tag: list(zip(lines, outputs[tag], strict=True)) for tag in outputs}
    for tag in outputs:
        write_set(tmp_path / "corpora", f"tatoeba_en_{tag}", pairs[tag])
    report = run(monkeypatch, bundle, tmp_path / "corpora", tmp_path)["tiny"]
    for tag, tokenize in (("zh", "zh"), ("de", "13a")):
        cells = cells_of(report, f"tatoeba_en_{tag}", "cased", "beam 4")
        assert cells[4:6] == expected(outputs[tag], pairs[tag], tokenize)
        assert cells[5] == "100.0"
    assert "tok:zh" in report and "tok:13a" in report


@pytest.mark.parametrize("dtype", ["f16", "int8"])
def test_widened_weights_are_the_same(spm, tmp_path, dtype):
    """In f32 a bundle has the values that it ships with, and all its other files."""
    bundle = make_bundle(tmp_path / "tiny", spm, dtype=dtype)
    assert score_bundles.precision(bundle) == dtype
    wide = score_bundles.widen(bundle, tmp_path / "wide")
    assert score_bundles.precision(wide) == "f32"
    stored, values = load_file(wide / "model.safetensors"), read_bundle(bundle)[0].to_tensors()
    assert stored.keys() == values.keys()
    assert all(torch.equal(stored[name], value) for name, value in values.items())
    assert {p.name for p in wide.iterdir()} == {p.name for p in bundle.iterdir()}


def run_cutter(monkeypatch, bundle, folder):
    """The report of a bundle with the program that stands for s2s-translate."""
    path = folder / "cutter"
    path.write_text(CUTTER.format(python=sys.executable), encoding="utf-8")
    path.chmod(0o755)
    reports = run(monkeypatch, bundle, folder / "corpora", folder / "out", command=path)
    return reports[bundle.name]


def test_condensing_bundle(spm, tmp_path, monkeypatch):
    """Of each length ratio a row: how much is saved, and by the references."""
    pairs = [("abcdefghijklmnopqrst", "abcdefghij"), ("We go to bed", "We go")]
    write_set(tmp_path / "corpora", "brevity_en", pairs)
    bundle = make_bundle(tmp_path / "tiny", spm, task="condense", target_language="en")
    lengths = [{"ratio": 0.25, "token": 20}, {"ratio": 0.75, "token": 21}]
    write_config(bundle, read_config(bundle) | {"length_tokens": lengths})
    report = run_cutter(monkeypatch, bundle, tmp_path)
    table = report.split("length ratio")[1]
    by_references = f"{(0.5 + 7 / 12) / 2:.1%}"
    for search, ratio, kept in (
        ("greedy", "its own", (7, 3)),
        ("beam 4", "its own", (10, 6)),
        ("beam 4", "0.25", (5, 3)),
        ("beam 4", "0.75", (15, 9)),
    ):
        cells = cells_of(table, "brevity_en", "cased", search, ratio)
        outputs = [source[:n] for (source, _), n in zip(pairs, kept, strict=True)]
        assert cells[4:6] == expected(outputs, pairs, "13a")
        assert cells[6:] == [f"{1 - (kept[0] / 20 + kept[1] / 12) / 2:.1%}", by_references]


def test_replying_bundle(spm, tmp_path, monkeypatch):
    """Both sets, with how many different words there are and how long replies get."""
    pairs = [("go on go on go on go", "Why? Why not?"), ("yes it is I think so", "Sure.")]
    for name in ("selfdialogue_en", "chatterbot_en"):
        write_set(tmp_path / "corpora", name, pairs)
    bundle = make_bundle(tmp_path / "tiny", spm, task="reply", target_language="en")
    report = run_cutter(monkeypatch, bundle, tmp_path)
    # Half of each line: "go on go o" and "yes it is "
    for name in ("selfdialogue_en", "chatterbot_en"):
        cells = cells_of(report.split("distinct-1")[1], name, "cased", "beam 4")
        assert cells[3:6] == [f"{6 / 7:.3f}", f"{5 / 5:.3f}", "3.5"]
        assert cells[6:] == [f"{3 / 4:.3f}", f"{2 / 2:.3f}", "2.0"]


def test_previous_bundle_is_of_the_same_task_and_languages(spm, tmp_path):
    """The same name first; one that does something else is not taken."""
    new = make_bundle(tmp_path / "new" / "tiny", spm)
    (bundle,) = score_bundles.read_bundles(new)["tiny"]
    old = tmp_path / "old"
    make_bundle(old / "a", spm, target_language="de")
    make_bundle(old / "b", spm, task="condense")
    assert score_bundles.find_like(bundle, old) is None
    make_bundle(old / "c", spm)
    assert score_bundles.find_like(bundle, old).folder == old / "c"
    make_bundle(old / "tiny", spm)
    assert score_bundles.find_like(bundle, old).folder == old / "tiny"
