# SPDX-License-Identifier: LGPL-2.1-or-later
"""Directories of Hugging Face's MarianMT for the tests: made-up sentences, small models.

The sentences are English of a few words and a made-up language, which puts the verb last and has
two words for some things, so that a trained model has something to choose.
"""

import copy
import json
import os
import random
import warnings
from collections import defaultdict

import sentencepiece
import torch
from conversion import repeats

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

from transformers import MarianConfig, MarianMTModel, MarianTokenizer  # noqa: E402

NAMES = {"Anna": "Ana", "Peter": "Petero", "the cat": "la kato", "the old man": "la oldulo"}
NAMES |= {"my brother": "mia frato", "the teacher": "la instruisto", "the dog": "la hundo"}
VERBS = {"sees": "vidas", "wants": "volas", "sells": "vendas", "finds": "trovas", "has": "havas"}
VERBS |= {"carries": "portas", "loves": "amas", "buys": "aĉetas"}
THINGS = {"a book": "libron", "the house": "la domon", "seven apples": "sep pomojn"}
THINGS |= {"two red boats": "du ruĝajn boatojn", "a letter": "leteron", "the key": "la ŝlosilon"}
THINGS |= {"green tea": "verdan teon", "a very small bird": "tre malgrandan birdon"}
TIMES = {"": "", " today": "hodiaŭ ", " every morning": "ĉiumatene ", " at home": "hejme "}
TIMES |= {" in the evening": "vespere ", " now": "nun "}
OTHERS = {"vidas": "rigardas", "libron": "volumon", "la domon": "la loĝejon", "hejme ": "dome "}


def make_pairs(count, seed):
    """Sentences and what they are in the other language."""
    draw = random.Random(seed)
    pairs = []
    for _ in range(count):
        parts = [draw.choice(list(table.items())) for table in (NAMES, VERBS, THINGS, TIMES)]
        name, verb, thing, time = (source for source, _ in parts)
        words = [OTHERS[w] if w in OTHERS and draw.random() < 0.4 else w for _, w in parts]
        source = f"{name} {verb} {thing}{time}."
        target = f"{words[3]}{words[0]} {words[2]} {words[1]}."
        pairs.append((source[0].upper() + source[1:], target))
    return pairs


def make_lines(count, seed):
    """Different lines of random words, which no training has seen: much is left to choose."""
    draw = random.Random(seed)
    words = sorted({w for source, _ in make_pairs(600, 1) for w in source.strip(".").split()})
    ends = (".", "!", "", " ?", ", or")
    found = {}
    while len(found) < count:
        drawn = [draw.choice(words) for _ in range(draw.randrange(2, 9))]
        found[" ".join(drawn) + draw.choice(ends)] = None
    return list(found)


def train_spm(path, texts, size, **options):
    """A model as those of OPUS: unigram, a blank in front, no bytes, ids 0 to 2 special."""
    with open(path, "wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=file,
            model_type="unigram",
            vocab_size=size,
            hard_vocab_limit=False,
            num_threads=1,
            minloglevel=2,
            **options,
        )


def read_pieces(path):
    """The pieces of a model but its special tokens."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [processor.id_to_piece(i) for i in range(3, processor.vocab_size())]


def list_tokens(pieces, languages=()):
    """`</s>`, `<unk>`, languages, and the pieces in an order of their own."""
    return ["</s>", "<unk>", *languages, *sorted(set(pieces), key=lambda p: (len(p), p[::-1]))]


def write_vocabulary(path, tokens, pad):
    """vocab.json with `<pad>` at that id."""
    tokens = [*tokens[:pad], "<pad>", *tokens[pad:]]
    path.write_text(json.dumps({t: i for i, t in enumerate(tokens)}), encoding="utf-8")
    return len(tokens)


def write_tokenizers(folder, separate=False, languages=(), sizes=(90, 110), **options):
    """The tokenizer's files; returns the sizes of the vocabularies and the id of PAD."""
    texts = list(zip(*make_pairs(600, 1), strict=True))
    pieces = []
    for at, side in enumerate(("source", "target")):
        train_spm(folder / f"{side}.spm", texts[at], sizes[at], **options)
        pieces.append(read_pieces(folder / f"{side}.spm"))
    table = {"source_lang": "eng", "target_lang": "epo", "separate_vocabs": separate}
    (folder / "tokenizer_config.json").write_text(json.dumps(table))
    if not separate:
        tokens = list_tokens(sum(pieces, []), languages)
        return (write_vocabulary(folder / "vocab.json", tokens, len(tokens)),) * 2, len(tokens)
    tokens = list_tokens(pieces[0], languages), list_tokens(pieces[1])
    pad = min(map(len, tokens))
    names = ("vocab.json", "target_vocab.json")
    found = zip(names, tokens, strict=True)
    return tuple(write_vocabulary(folder / name, words, pad) for name, words in found), pad


def make_config(sizes, pad, **changes):
    """The configuration of an OPUS model, but small."""
    table = {
        "vocab_size": sizes[0],
        "decoder_vocab_size": sizes[1],
        "share_encoder_decoder_embeddings": True,
        "tie_word_embeddings": True,
        "d_model": 24,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 48,
        "decoder_ffn_dim": 48,
        "activation_function": "swish",
        "scale_embedding": True,
        "max_position_embeddings": 64,
        "dropout": 0.0,
        "eos_token_id": 0,
        "bos_token_id": 0,
        "pad_token_id": pad,
        "decoder_start_token_id": pad,
        "forced_eos_token_id": 0,
    }
    return MarianConfig(**(table | changes))


def make_model(config, seed=0):
    """Random weights that make great differences; the row of PAD is zero, as in converted ones."""
    torch.manual_seed(seed)
    model = MarianMTModel(config)
    decoder = model.model.decoder
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "layer_norm" in name:
                parameter.add_(torch.rand_like(parameter) - 0.5)
            elif "embed_positions" not in name:
                parameter.uniform_(-2, 2).mul_(parameter.size(-1) ** -0.5)
        model.final_logits_bias.uniform_(-1, 1)
        model.final_logits_bias[0, config.pad_token_id] = 0
        for table in (decoder.embed_tokens, model.lm_head):
            table.weight[config.pad_token_id] = 0
    return model.eval()


def train(model, tokenizer, steps, seed=0):
    """A little training on the sentences."""
    pairs = make_pairs(600, 1)
    draw = random.Random(seed)
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps)
    model.train()
    for _ in range(steps):
        source, target = zip(*draw.sample(pairs, 32), strict=True)
        batch = tokenizer(list(source), text_target=list(target), return_tensors="pt", padding=True)
        batch["labels"][batch["labels"] == model.config.pad_token_id] = -100
        optimizer.zero_grad()
        model(**batch).loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()


def save(model, folder, dtype=torch.float16):
    """As OPUS models are: f16, with the defaults of their generation."""
    pad = model.config.pad_token_id
    model.generation_config.update(
        num_beams=4, bad_words_ids=[[pad]], max_length=64, renormalize_logits=True
    )
    model.to(dtype).save_pretrained(folder)


def load(folder):
    """The model in f32 and the tokenizer, as transformers reads them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that sacremoses is not there, which is not called
        tokenizer = MarianTokenizer.from_pretrained(folder)
    return MarianMTModel.from_pretrained(folder, dtype=torch.float32).eval(), tokenizer


def make_random(folder, seed=0, separate=False, languages=(), dtype=torch.float32, **changes):
    """A directory of a model with random weights."""
    found = write_tokenizers(folder, separate, languages)
    save(make_model(make_config(*found, **changes), seed), folder, dtype)


def make_trained(folder, steps=200, **options):
    """A directory of a model that has learnt most of the sentences."""
    torch.manual_seed(0)
    model = MarianMTModel(make_config(*write_tokenizers(folder, **options)))
    save(model, folder)
    train(model.float(), load(folder)[1], steps)
    save(model, folder)


@torch.no_grad()
def generate(model, tokenizer, lines, **options):
    """`generate` by itself: ids without the start and PAD, and the score, of each line.

    Lines of one length go together, so that there is no padding.
    """
    groups = defaultdict(list)
    for at, line in enumerate(lines):
        groups[len(tokenizer(line).input_ids)].append(at)
    found = [None] * len(lines)
    for members in groups.values():
        batch = tokenizer([lines[at] for at in members], return_tensors="pt")
        result = model.generate(
            **batch, **options, return_dict_in_generate=True, output_scores=True
        )
        scores = getattr(result, "sequences_scores", None)
        for row, at in enumerate(members):
            ids = [i for i in result.sequences[row, 1:].tolist() if i != model.config.pad_token_id]
            found[at] = ids, None if scores is None else float(scores[row])
    return found


def shake(model, seed=0):
    """A copy whose weights differ by a hundred times what rounding does to values."""
    torch.manual_seed(seed)
    other = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(1 + 1e-4 * torch.randn_like(parameter))
    return other


def find_examples(model, tokenizer, lines, beam):
    """Lines, and their output by `generate` with its defaults but the beam.

    Left out are outputs that the library takes for wrong on their face and makes anew, or cuts,
    and those that hang on a rounding.
    """
    longest = model.generation_config.max_length
    found, others = (generate(m, tokenizer, lines, num_beams=beam) for m in (model, shake(model)))
    return [
        (line, ids)
        for line, (ids, _), (other, _) in zip(lines, found, others, strict=True)
        if ids == other and len(ids) < longest - 1 and not repeats(ids)
    ]
