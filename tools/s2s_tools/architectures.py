# SPDX-License-Identifier: LGPL-2.1-or-later
"""The architectures by the names that config.json and recipes have for them."""

from s2s_tools.hyperparameters import (
    Hyperparameters,
    NematusHyperparameters,
    TransformerHyperparameters,
)
from s2s_tools.nematus import Nematus
from s2s_tools.networks import Seq2Seq
from s2s_tools.transformer import Transformer

KINDS = (Hyperparameters, TransformerHyperparameters, NematusHyperparameters)
CONFIGS = {kind.architecture: kind for kind in KINDS}
NETWORKS = {"rnn": Seq2Seq, "transformer": Transformer, "nematus": Nematus}


def make_config(architecture="rnn", **values):
    """The hyperparameters of an architecture, checked."""
    if architecture not in CONFIGS:
        raise ValueError(f"architecture: expected one of {', '.join(CONFIGS)}, got {architecture}")
    return CONFIGS[architecture](**values)


def make_network(config, dropout=0.0, token_dropout=0.0):
    """A network with random weights."""
    return NETWORKS[config.architecture](config, dropout, token_dropout)
