# SPDX-License-Identifier: LGPL-2.1-or-later
"""The `hyperparameters` object of config.json, a class for each architecture."""

from dataclasses import asdict, dataclass
from typing import ClassVar

GATES = {"lstm": 4, "gru": 3, "gru-reset-before": 3}
DIRECTIONS = ("forward", "first-bidirectional", "bidirectional")
BRIDGES = ("copy", "dense")
BRIDGE_SOURCES = ("same", "top")
OUTPUT_ACTIVATIONS = ("tanh", "linear")
ATTENTIONS = ("none", "dot", "general", "additive")
TIES = ("none", "decoder", "all")
NORMS = ("pre", "post")
ACTIVATIONS = ("relu", "gelu", "swish")
AUTOREGRESSIONS = ("attention", "ssru")
STACKS = ("bidirectional", "first-bidirectional", "alternating")
CELL_NORMS = ("none", "joint", "apart")
POSITIONS = ("sinusoidal-half-split", "sinusoidal-marian", "learned")


class Checks:
    """What all classes check."""

    def _check_choice(self, key, choices):
        value = getattr(self, key)
        if value not in choices:
            raise ValueError(f"{key}: expected one of {', '.join(choices)}, got {value}")

    def _check_epsilon(self):
        if not 1e-12 <= self.layer_norm_epsilon <= 1:
            raise ValueError(
                f"layer_norm_epsilon: expected 1e-12 to 1, got {self.layer_norm_epsilon}"
            )

    def _check_ties(self):
        self._check_choice("tied_embeddings", TIES)
        if self.tied_embeddings == "all" and (
            self.source_vocabulary_size != self.target_vocabulary_size
        ):
            raise ValueError("tied_embeddings all needs vocabularies of one size")


@dataclass(frozen=True)
class Hyperparameters(Checks):
    """Sizes and choices of an encoder-decoder of `rnn`, named as in docs/model-format.md."""

    architecture: ClassVar[str] = "rnn"

    source_vocabulary_size: int
    target_vocabulary_size: int
    embedding_size: int
    hidden_size: int
    cell: str
    encoder_layers: int
    decoder_layers: int
    encoder_direction: str
    attention: str
    output_size: int
    residual: bool = False
    reverse_source: bool = False
    bridge: str = "copy"
    bridge_from: str = "same"
    attention_size: int = 0
    input_feeding: bool = False
    output_activation: str = "tanh"
    tied_embeddings: str = "none"

    def __post_init__(self):
        """Check what the format forbids and fill in the attention size."""
        if self.attention == "additive" and self.attention_size == 0:
            object.__setattr__(self, "attention_size", self.hidden_size)
        self._check_choice("cell", GATES)
        self._check_choice("encoder_direction", DIRECTIONS)
        self._check_choice("bridge", BRIDGES)
        self._check_choice("bridge_from", BRIDGE_SOURCES)
        self._check_choice("output_activation", OUTPUT_ACTIVATIONS)
        self._check_choice("attention", ATTENTIONS)
        self._check_ties()
        if self.encoder_direction != "forward" and self.hidden_size % 2:
            raise ValueError(f"hidden_size {self.hidden_size} is odd, but a layer is bidirectional")
        if self.output_size == 0 and self.attention != "none":
            raise ValueError(f"output_size 0 needs attention none, got {self.attention}")
        if self.output_size == 0 and self.output_activation != "tanh":
            raise ValueError(
                f"output_activation belongs to an output_size from 1, got {self.output_activation}"
            )
        if self.attention_size and self.attention != "additive":
            raise ValueError(f"attention_size belongs to additive, got {self.attention}")
        if self.tied_embeddings != "none" and self.features != self.embedding_size:
            raise ValueError(
                f"tied embeddings need a generator input of {self.embedding_size}, "
                f"got {self.features}"
            )

    @property
    def features(self):
        """Size of the vector that the generator reads: O, or H when O is 0."""
        return self.output_size or self.hidden_size

    def is_bidirectional(self, layer):
        """Whether encoder layer `layer` reads both ways."""
        if self.encoder_direction == "bidirectional":
            return True
        return self.encoder_direction == "first-bidirectional" and layer == 0

    def to_dict(self):
        """The object as config.json holds it."""
        values = asdict(self)
        if self.attention != "additive":
            del values["attention_size"]
        if self.output_size == 0:
            del values["output_activation"]
        return values


@dataclass(frozen=True)
class TransformerHyperparameters(Checks):
    """Sizes and choices of a `transformer`, named as in docs/model-format.md."""

    architecture: ClassVar[str] = "transformer"

    source_vocabulary_size: int
    target_vocabulary_size: int
    model_size: int
    feed_forward_size: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    norm: str
    activation: str
    positions: str
    max_positions: int = 0
    decoder_autoregression: str = "attention"
    scale_embeddings: bool = False
    layer_norm_epsilon: float = 1e-5
    tied_embeddings: str = "none"

    def __post_init__(self):
        """Check what the format forbids."""
        self._check_choice("norm", NORMS)
        self._check_choice("activation", ACTIVATIONS)
        self._check_choice("decoder_autoregression", AUTOREGRESSIONS)
        self._check_choice("positions", POSITIONS)
        self._check_ties()
        if self.model_size % self.heads:
            raise ValueError(
                f"model_size {self.model_size} is no multiple of heads, got {self.heads}"
            )
        self._check_epsilon()
        least = 4 if self.positions == "sinusoidal-marian" else 2
        if self.positions != "learned" and (self.model_size % 2 or self.model_size < least):
            raise ValueError(
                f"{self.positions} needs an even model_size from {least} on, got {self.model_size}"
            )
        if (self.positions == "learned") != (self.max_positions > 0):
            raise ValueError(
                f"max_positions belongs to learned, got {self.max_positions} and {self.positions}"
            )

    def to_dict(self):
        """The object as config.json holds it."""
        values = asdict(self)
        if self.positions != "learned":
            del values["max_positions"]
        return values


@dataclass(frozen=True)
class NematusHyperparameters(Checks):
    """Sizes and choices of a `nematus`, named as in docs/model-format.md."""

    architecture: ClassVar[str] = "nematus"

    source_vocabulary_size: int
    target_vocabulary_size: int
    embedding_size: int
    hidden_size: int
    encoder_cell: str
    decoder_cell: str
    encoder_layers: int
    decoder_layers: int
    encoder_direction: str
    encoder_cell_depth: int = 1
    decoder_cell_base_depth: int = 2
    decoder_cell_high_depth: int = 1
    residual: bool = False
    attention_size: int = 0
    layer_norm: str = "none"
    layer_norm_epsilon: float = 1e-5
    tied_embeddings: str = "none"

    def __post_init__(self):
        """Check what the format forbids and fill in the attention size."""
        for key in ("encoder_cell", "decoder_cell"):
            self._check_choice(key, ("gru", "lstm"))
        self._check_choice("encoder_direction", STACKS)
        self._check_choice("layer_norm", CELL_NORMS)
        self._check_epsilon()
        self._check_ties()
        least = {"encoder_cell_depth": 1, "decoder_cell_base_depth": 2}
        for key, depth in (least | {"decoder_cell_high_depth": 1}).items():
            if not depth <= getattr(self, key) <= 8:
                raise ValueError(f"{key}: expected {depth} to 8, got {getattr(self, key)}")
        if self.layer_norm == "apart" and "lstm" in (self.encoder_cell, self.decoder_cell):
            raise ValueError("layer_norm apart needs cells gru, got lstm")
        if self.attention_size == 0:
            object.__setattr__(self, "attention_size", self.memory_size)

    @property
    def stacked_layers(self):
        """Encoder layers that are there twice, in two stacks side by side."""
        return 1 if self.encoder_direction == "first-bidirectional" else self.encoder_layers

    @property
    def memory_size(self):
        """What the encoder puts out for a token."""
        return self.hidden_size * (2 if self.stacked_layers == self.encoder_layers else 1)

    def to_dict(self):
        """The object as config.json holds it."""
        values = asdict(self)
        if self.layer_norm == "none":
            del values["layer_norm_epsilon"]
        return values
