# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keras models of the kinds that the importer reads, with random weights."""

import keras
import numpy
from conversion import EOS, find_eos_bias, make_sides
from keras import layers

SOURCE, TARGET = 12, 11


def embed(inputs, size, width, masked):
    """An embedding of token ids."""
    return layers.Embedding(size, width, mask_zero=masked)(inputs)


def outputs(y, size):
    """The softmax layer; `generator` is its name in all of these models."""
    return layers.Dense(size, activation="softmax", name="generator")(y)


def make_onehot():
    """The character-level tutorial: one-hot vectors, one LSTM each, states handed over."""
    source, target = keras.Input((None, SOURCE)), keras.Input((None, TARGET))
    _, h, c = layers.LSTM(10, return_state=True)(source)
    decoder = layers.LSTM(10, return_sequences=True, return_state=True)
    y, _, _ = decoder(target, initial_state=[h, c])
    return keras.Model([source, target], outputs(y, TARGET))


def make_stacked():
    """Two LSTM layers, each from the same of the encoder; embeddings of two sizes, masks."""
    source, target = keras.Input((None,)), keras.Input((None,))
    x, *first = layers.LSTM(8, return_sequences=True, return_state=True)(
        embed(source, SOURCE, 4, True)
    )
    _, *second = layers.LSTM(8, return_state=True)(layers.Dropout(0.3)(x))
    y = layers.LSTM(8, return_sequences=True)(embed(target, TARGET, 6, True), initial_state=first)
    y = layers.LSTM(8, return_sequences=True)(layers.Dropout(0.3)(y), initial_state=second)
    dense = layers.Dense(TARGET, activation="softmax", name="generator")
    return keras.Model([source, target], layers.TimeDistributed(dense)(y))


def make_bidirectional():
    """A bidirectional LSTM whose states are joined; the decoder's Dense layer has a tanh."""
    source, target = keras.Input((None,)), keras.Input((None,))
    both = layers.Bidirectional(layers.LSTM(5, return_state=True))
    _, fh, fc, bh, bc = both(embed(source, SOURCE, 6, False))
    states = [layers.Concatenate()([fh, bh]), layers.Concatenate()([fc, bc])]
    y = layers.LSTM(10, return_sequences=True)(
        embed(target, TARGET, 6, False), initial_state=states
    )
    y = layers.Dense(7, activation="tanh")(y)
    return keras.Model([source, target], outputs(y, TARGET))


def make_gru():
    """GRU: the first encoder layer both ways, the second forward, one embedding for both sides."""
    source, target = keras.Input((None,)), keras.Input((None,))
    table = layers.Embedding(TARGET, 6)
    both = layers.Bidirectional(layers.GRU(4, return_sequences=True, return_state=True))
    x, fh, bh = both(table(source))
    _, h = layers.GRU(8, return_state=True)(x)
    joined = layers.Concatenate()([fh, bh])
    y = layers.GRU(8, return_sequences=True)(table(target), initial_state=joined)
    y = layers.GRU(8, return_sequences=True)(y, initial_state=h)
    return keras.Model([source, target], outputs(y, TARGET))


def make_gru_before():
    """GRU with reset_after=False, states through a Dense layer, Dense on one-hot, few biases."""
    source, target = keras.Input((None, SOURCE)), keras.Input((None, TARGET))
    options = {"reset_after": False, "use_bias": False}
    x = layers.Dense(6, activation="tanh")(source)
    _, h = layers.GRU(8, return_state=True, **options)(x)
    h = layers.Dense(8, activation="tanh")(h)
    x = layers.TimeDistributed(layers.Dense(5))(target)
    y = layers.GRU(8, return_sequences=True, **options)(x, initial_state=h)
    return keras.Model([source, target], outputs(y, TARGET))


def make_attention(kind, scaled, context_first):
    """LSTM with an attention layer of Keras."""
    source, target = keras.Input((None,)), keras.Input((None,))
    x, h, c = layers.LSTM(8, return_sequences=True, return_state=True)(
        embed(source, SOURCE, 6, False)
    )
    y = layers.LSTM(8, return_sequences=True)(embed(target, TARGET, 6, False), initial_state=[h, c])
    context = kind(use_scale=scaled)([y, x])
    joined = layers.Concatenate()([context, y] if context_first else [y, context])
    return keras.Model(
        [source, target], outputs(layers.Dense(9, activation="tanh")(joined), TARGET)
    )


def make_top():
    """Two LSTM layers that start one decoder layer; attention right into the softmax layer."""
    source, target = keras.Input((None,)), keras.Input((None,))
    x = layers.LSTM(8, return_sequences=True)(embed(source, SOURCE, 6, False))
    x, h, c = layers.LSTM(8, return_sequences=True, return_state=True)(x)
    y = layers.LSTM(8, return_sequences=True)(embed(target, TARGET, 6, False), initial_state=[h, c])
    joined = layers.Concatenate()([y, layers.AdditiveAttention()([y, x])])
    return keras.Model([source, target], outputs(joined, TARGET))


MAKERS = {
    "onehot": make_onehot,
    "stacked": make_stacked,
    "bidirectional": make_bidirectional,
    "gru": make_gru,
    "gru-before": make_gru_before,
    "dot": lambda: make_attention(layers.Attention, False, False),
    "scaled": lambda: make_attention(layers.Attention, True, True),
    "top": make_top,
    "additive": lambda: make_attention(layers.AdditiveAttention, True, False),
    "bare-onehot": make_onehot,
    "bare-bidirectional": make_bidirectional,
    "bare-scaled": lambda: make_attention(layers.Attention, True, True),
}


# Seeds of weights with which outputs end by themselves, and differ
SEEDS = dict.fromkeys(MAKERS, 3)
SEEDS |= {"gru": 22, "gru-before": 6, "scaled": 4, "top": 10, "bare-scaled": 4}


def make_model(name, seed=None):
    """A model with weights large enough that gates open and close, and its vocabularies."""
    keras.backend.clear_session()
    model = MAKERS[name]()
    draw = numpy.random.default_rng(seed or SEEDS[name])
    for weight in model.weights:
        scale = 2.0 if "generator" in weight.path else 1.4
        weight.assign(draw.uniform(-scale, scale, weight.shape))
    source = TARGET if name == "gru" else SOURCE
    unit = "character" if name.endswith("onehot") else "word"
    sides = make_sides(source, TARGET, unit, not name.startswith("bare"))
    bias = model.weights[-1]
    values = keras.ops.convert_to_numpy(bias).copy()
    values[EOS] += find_eos_bias(make_logits(model), sides)
    bias.assign(values)
    generator_of(model).activation = keras.activations.softmax
    return model, sides


def generator_of(model):
    """The Dense layer at the output."""
    last = model.layers[-1]
    return getattr(last, "layer", last)


def make_logits(model):
    """The model's logits as a reference: its last activation is taken off, so save it before."""
    generator_of(model).activation = keras.activations.linear

    def logits(source, previous):
        pairs = zip(model.inputs, (source, previous), strict=True)
        inputs = [
            numpy.eye(tensor.shape[-1], dtype="float32")[ids] if len(tensor.shape) == 3 else ids
            for tensor, ids in pairs
        ]
        return keras.ops.convert_to_numpy(model(inputs, training=False))

    return logits
