# SPDX-License-Identifier: LGPL-2.1-or-later
"""What config.json and generation_config.json of a MarianMT directory say."""

from dataclasses import dataclass

from s2s_tools.importers.common import ConversionError, read_json

ACTIVATIONS = {"swish": "swish", "silu": "swish", "relu": "relu", "gelu": "gelu"}
# What of older configurations would be another network, and the one value that is this one
NETWORK = {
    "normalize_before": False,
    "normalize_embedding": False,
    "add_final_layer_norm": False,
    "static_position_embeddings": True,
    "is_encoder_decoder": True,
    "is_decoder": False,
}
# What would change the search, and the value that does not
SEARCH = {
    "do_sample": False,
    "num_beam_groups": 1,
    "diversity_penalty": 0,
    "repetition_penalty": 1,
    "encoder_repetition_penalty": 1,
    "no_repeat_ngram_size": 0,
    "encoder_no_repeat_ngram_size": 0,
    "min_length": 0,
    "min_new_tokens": 0,
    "forced_bos_token_id": None,
    "exponential_decay_length_penalty": None,
    "suppress_tokens": None,
    "begin_suppress_tokens": None,
    "sequence_bias": None,
    "force_words_ids": None,
    "constraints": None,
    "penalty_alpha": None,
    "dola_layers": None,
    "guidance_scale": 1,
    "watermarking_config": None,
    "stop_strings": None,
    "token_healing": False,
    "forced_decoder_ids": None,
}
ENDS = {False: "estimated", True: "full", "never": "proven"}
LARGEST_BEAM = 32
# Longest output: as the library's own, with room for a short sentence that becomes a long one
LENGTH_FACTOR, LENGTH_CONSTANT = 3, 50
# Longest source: as the library's own; less where 16 sentences at once would need more memory
LONGEST_SOURCES = (128, 96, 64, 48, 32)
SENTENCES, TERMS, MOST_BYTES = 16, 128, 1.8e9


@dataclass(frozen=True)
class Settings:
    """The keys of config.json that make the network, by their names."""

    vocab_size: int
    decoder_vocab_size: int
    d_model: int
    encoder_layers: int
    decoder_layers: int
    encoder_attention_heads: int
    encoder_ffn_dim: int
    max_position_embeddings: int
    activation: str
    scale_embedding: bool
    share_encoder_decoder_embeddings: bool
    tie_word_embeddings: bool
    eos_token_id: int
    pad_token_id: int
    decoder_start_token_id: int


class Table:
    """A JSON object whose values are looked at one by one."""

    def __init__(self, values, path):
        self.values, self.path = values, path

    def fail(self, key, wanted):
        """Complain of a value."""
        got = "missing" if self.values.get(key) is None else repr(self.values[key])
        raise ConversionError(f"{self.path}: {key} is {got}, expected {wanted}")

    def number(self, key, least=1, default=None):
        """A whole number; null is as if it were not there."""
        value = self.values.get(key)
        value = default if value is None else value
        if type(value) is not int or value < least:
            self.fail(key, f"a whole number from {least}")
        return value

    def boolean(self, key, default):
        """True or false."""
        value = self.values.get(key)
        value = default if value is None else value
        if type(value) is not bool:
            self.fail(key, "true or false")
        return value

    def same(self, key, other):
        """What both sides must have alike, since the format has one number for them."""
        value = self.number(key)
        if self.number(other) != value:
            self.fail(other, f"{value} as {key}: the format has one number for both")
        return value

    def fixed(self, values):
        """What is there must have its one value."""
        for key, wanted in values.items():
            got = self.values.get(key)
            if got is not None and got != wanted:
                self.fail(key, "null" if wanted is None else repr(wanted))

    def token(self, key, rows, default=None):
        """A token id; some configurations have a list of one."""
        value = self.values.get(key)
        value = default if value is None else value
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if type(value) is not int or not 0 <= value < rows:
            self.fail(key, f"one id from 0 to {rows - 1}")
        return value


def read_settings(values, path):
    """config.json, checked."""
    table = Table(values, path)
    if values.get("model_type") != "marian":
        table.fail("model_type", "'marian'")
    table.fixed(NETWORK)
    rows = table.number("vocab_size", 2)
    shared = table.boolean("share_encoder_decoder_embeddings", True)
    target_rows = table.number("decoder_vocab_size", 2, rows)
    if shared and target_rows != rows:
        table.fail("decoder_vocab_size", f"{rows} as vocab_size: the embeddings are shared")
    activation = values.get("activation_function")
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        table.fail("activation_function", " or ".join(map(repr, ACTIVATIONS)))
    size = table.number("d_model")
    heads = table.same("encoder_attention_heads", "decoder_attention_heads")
    if size % heads or size % 2:
        table.fail("d_model", f"an even multiple of encoder_attention_heads, {heads}")
    pad = table.token("pad_token_id", target_rows)
    return Settings(
        vocab_size=rows,
        decoder_vocab_size=target_rows,
        d_model=size,
        encoder_layers=table.number("encoder_layers"),
        decoder_layers=table.number("decoder_layers"),
        encoder_attention_heads=heads,
        encoder_ffn_dim=table.same("encoder_ffn_dim", "decoder_ffn_dim"),
        max_position_embeddings=table.number("max_position_embeddings", 2),
        activation=ACTIVATIONS[activation],
        scale_embedding=table.boolean("scale_embedding", False),
        share_encoder_decoder_embeddings=shared,
        tie_word_embeddings=table.boolean("tie_word_embeddings", True),
        eos_token_id=table.token("eos_token_id", target_rows),
        pad_token_id=pad,
        decoder_start_token_id=table.token("decoder_start_token_id", target_rows, pad),
    )


def check_tokens(table, settings):
    """The token ids of the generation are those of the model."""
    rows = settings.decoder_vocab_size
    for key in ("eos_token_id", "pad_token_id", "decoder_start_token_id"):
        wanted = getattr(settings, key)
        if table.token(key, rows, wanted) != wanted:
            table.fail(key, f"{wanted} as in config.json")
    if table.token("forced_eos_token_id", rows, settings.eos_token_id) != settings.eos_token_id:
        table.fail("forced_eos_token_id", f"{settings.eos_token_id} as eos_token_id")
    banned = table.values.get("bad_words_ids")
    if banned is not None and banned != [[settings.pad_token_id]]:
        table.fail("bad_words_ids", f"[[{settings.pad_token_id}]], the id of PAD")


def find_longest_source(settings, beam):
    """The longest source for which the keys and values of the decoder have room."""
    step = SENTENCES * beam * settings.decoder_layers * 2 * settings.d_model * 4
    fits = (
        longest
        for longest in LONGEST_SOURCES
        if step * (LENGTH_FACTOR * longest + LENGTH_CONSTANT + TERMS) <= MOST_BYTES
    )
    return min(next(fits, LONGEST_SOURCES[-1]), settings.max_position_embeddings)


def read_decoding(folder, configuration, settings):
    """`decoding` of the bundle, of generation_config.json or, of older models, of config.json."""
    path = folder / "generation_config.json"
    if path.exists():
        table = Table(read_json(path, "configuration"), path)
    else:
        table = Table(configuration, folder / "config.json")
    table.fixed(SEARCH)
    check_tokens(table, settings)
    beam = table.number("num_beams", 1, 1)
    if beam > LARGEST_BEAM:
        table.fail("num_beams", f"at most {LARGEST_BEAM}")
    penalty = table.values.get("length_penalty")
    penalty = 1 if penalty is None else penalty
    if type(penalty) not in (int, float) or not 0 <= penalty <= 10:
        table.fail("length_penalty", "a number from 0 to 10")
    stopping = table.values.get("early_stopping")
    stopping = False if stopping is None else stopping
    if type(stopping) not in (bool, str) or stopping not in ENDS:
        table.fail("early_stopping", "true, false or 'never'")
    return {
        "beam_size": beam,
        "length_normalization": "average",
        "length_penalty": float(penalty),
        "search_end": ENDS[stopping],
        "max_length_factor": LENGTH_FACTOR,
        "max_length_constant": LENGTH_CONSTANT,
        "max_source_length": find_longest_source(settings, beam),
    }
