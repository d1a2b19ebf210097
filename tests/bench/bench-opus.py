# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bench-opus compares with: CTranslate2 and transformers, on one thread, with our weights.

    python3 bench-opus.py DIRECTORY

The directory has config.json and model.safetensors of a Transformer of the size of an opus-mt
model, source.txt with the ids of a sentence in each line, and greedy.txt and beam.txt with the ids
that libs2s puts out for them. The network becomes a MarianMTModel, and that, by CTranslate2's own
converter, the folders float32 and int8 in the directory. The first line of the output says how many
ids come out the same. Then each line of the input, `DECODER BEAM SENTENCES BATCH`, is a
measurement, and is answered with seconds of the processor, of all threads of the process: there is
one that computes. As many tokens come out of a sentence as stand in greedy.txt, for EOS is banned.

    python3 bench-opus.py --start FOLDER

loads such a folder and prints the seconds of that, those of a first translation with a beam of 4,
and the resident bytes before both and after.
"""

import copy
import json
import re
import sys
import time
import warnings
from pathlib import Path

import ctranslate2

BOS, EOS = 2, 3

# ours, as in docs/model-format.md, and theirs
NAMES = {
    "target_embedding.": "model.shared.",
    ".self_attention_norm.": ".self_attn_layer_norm.",
    ".cross_attention_norm.": ".encoder_attn_layer_norm.",
    ".feed_forward_norm.": ".final_layer_norm.",
    ".self_attention.": ".self_attn.",
    ".cross_attention.": ".encoder_attn.",
    ".query.": ".q_proj.",
    ".key.": ".k_proj.",
    ".value.": ".v_proj.",
    ".output.": ".out_proj.",
    ".feed_forward.inner.": ".fc1.",
    ".feed_forward.outer.": ".fc2.",
}


def rename(name):
    """The name of one of our tensors there."""
    name = re.sub("^(encoder|decoder)", r"model.\1", name)
    for ours, theirs in NAMES.items():
        name = name.replace(ours, theirs)
    return name


def make_model(folder):
    """The network as transformers has it; BOS and EOS never come out."""
    from safetensors.torch import load_file
    from transformers import MarianConfig, MarianMTModel

    sizes = json.loads((folder / "config.json").read_text(encoding="utf-8"))["hyperparameters"]
    config = MarianConfig(
        vocab_size=sizes["target_vocabulary_size"],
        d_model=sizes["model_size"],
        encoder_layers=sizes["encoder_layers"],
        decoder_layers=sizes["decoder_layers"],
        encoder_attention_heads=sizes["heads"],
        decoder_attention_heads=sizes["heads"],
        encoder_ffn_dim=sizes["feed_forward_size"],
        decoder_ffn_dim=sizes["feed_forward_size"],
        activation_function=sizes["activation"],
        scale_embedding=sizes["scale_embeddings"],
        max_position_embeddings=512,
        decoder_start_token_id=BOS,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=EOS,
        forced_eos_token_id=None,
    )
    tensors = load_file(folder / "model.safetensors")
    bias = tensors.pop("generator.bias").unsqueeze(0)
    bias[0, [BOS, EOS]] = -1e9
    state = {rename(name): tensor for name, tensor in tensors.items()}
    model = MarianMTModel(config).eval()
    missing, unexpected = model.load_state_dict(state | {"final_logits_bias": bias}, strict=False)
    other = [name for name in missing if "embed_" not in name and name != "lm_head.weight"]
    if unexpected or other:
        raise ValueError(f"{unexpected} are not there, {other} are missing")
    return model


def write_folders(model, folder):
    """What CTranslate2 loads."""
    from ctranslate2.converters.transformers import BartLoader

    tokens = [f"w{i}" for i in range(model.config.vocab_size)]
    for name, quantization in {"float32": None, "int8": "int8"}.items():
        # it changes what it converts
        own = copy.deepcopy(model)
        # as the loader of Marian does, but for the start, which is there an embedding of zeros
        own.config.normalize_before = own.config.normalize_embedding = False
        spec = BartLoader().get_model_spec(own)
        spec.register_source_vocabulary(tokens)
        spec.register_target_vocabulary(tokens)
        spec.config.bos_token = spec.config.decoder_start_token = tokens[BOS]
        spec.config.eos_token, spec.config.unk_token = tokens[EOS], tokens[0]
        spec.config.add_source_eos = False
        spec.validate()
        spec.optimize(quantization=quantization)
        (folder / name).mkdir()
        spec.save(str(folder / name))


class CTranslate2:
    """A folder of it."""

    def __init__(self, folder):
        self.translator = ctranslate2.Translator(
            str(folder), device="cpu", compute_type=folder.name, inter_threads=1, intra_threads=1
        )

    def decode(self, source, count, width):
        """Ids of the best outputs."""
        results = self.translator.translate_batch(
            [[f"w{i}" for i in ids] for ids in source],
            beam_size=width,
            max_batch_size=0,
            min_decoding_length=count,
            max_decoding_length=count,
        )
        return [[int(token[1:]) for token in result.hypotheses[0]] for result in results]


class Transformers:
    """generate() of a MarianMTModel."""

    def __init__(self, model):
        self.model = model

    def decode(self, source, count, width):
        """As of CTranslate2."""
        import torch

        ids = torch.tensor(source)
        output = self.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            num_beams=width,
            do_sample=False,
            min_new_tokens=count,
            max_new_tokens=count,
        )
        return output[:, 1:].tolist()


def read_ids(path):
    """A list of ids for each line."""
    return [[int(word) for word in line.split()] for line in path.read_text().splitlines()]


def count_same(decoder, source, expected, width):
    """Text: tokens that are as expected, and how many there are."""
    output = decoder.decode(source[: len(expected)], len(expected[0]), width)
    pairs = [
        pair
        for ours, theirs in zip(expected, output, strict=True)
        for pair in zip(ours, theirs, strict=True)
    ]
    return f"{sum(a == b for a, b in pairs)} of {len(pairs)}"


def measure(decoder, source, count, width, batch):
    """Seconds of the processor for all sentences, `batch` together."""
    start = time.process_time()
    for first in range(0, len(source), batch):
        decoder.decode(source[first : first + batch], count, width)
    return time.process_time() - start


def get_resident():
    """Bytes."""
    text = Path("/proc/self/smaps_rollup").read_text(encoding="utf-8")
    return 1024 * int(re.search(r"^Rss:\s*(\d+)", text, re.MULTILINE)[1])


def report_start(folder):
    """One line."""
    before, start = get_resident(), time.perf_counter()
    decoder = CTranslate2(folder)
    loaded = time.perf_counter()
    decoder.decode([[*range(4, 18), EOS]], 16, 4)
    print(loaded - start, time.perf_counter() - loaded, before, get_resident())


def main():
    """Answer until the input ends."""
    if sys.argv[1] == "--start":
        return report_start(Path(sys.argv[2]))
    import torch
    import transformers

    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    folder = Path(sys.argv[1])
    model = make_model(folder)
    write_folders(model, folder)
    decoders = {name: CTranslate2(folder / name) for name in ("float32", "int8")}
    decoders["transformers"] = Transformers(model)
    source, greedy = read_ids(folder / "source.txt"), read_ids(folder / "greedy.txt")
    beam = read_ids(folder / "beam.txt")
    print(f"CTranslate2 {ctranslate2.__version__}, transformers {transformers.__version__}", end="")
    print(f" with PyTorch {torch.__version__} put out what libs2s does:", end="")
    for name, decoder in decoders.items():
        print(f" {name} {count_same(decoder, source, greedy, 1)} greedy", end=",")
        print(f" {count_same(decoder, source, beam, 4)} beam 4", end=",")
    print(" tokens", flush=True)
    for line in sys.stdin:
        name, *numbers = line.split()
        width, n, batch = map(int, numbers)
        print(measure(decoders[name], source[:n], len(greedy[0]), width, batch), flush=True)
    return None


if __name__ == "__main__":
    main()
