# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random RNN models as Marian stores them, and what Marian computes with them: in double precision.

`Oracle` goes by Marian's source alone: src/models/s2s.h, src/rnn/cells.h, attention.h, rnn.h and
constructors.h, src/layers/generic.h, and GRUFastForward, LSTMCellForward and LSTMOutputForward of
src/tensors/cpu/tensor_operators.cpp. Names are those of the type `s2s`.
"""

import itertools
from collections import defaultdict

import conversion
import numpy

DEFAULTS = {
    "type": "s2s",
    "dim-vocabs": [12, 11],
    "dim-emb": 6,
    "dim-rnn": 8,
    "enc-type": "bidirectional",
    "enc-cell": "gru",
    "enc-cell-depth": 1,
    "enc-depth": 1,
    "dec-cell": "gru",
    "dec-cell-base-depth": 2,
    "dec-cell-high-depth": 1,
    "dec-depth": 1,
    "skip": False,
    "layer-normalization": False,
    "tied-embeddings": False,
    "tied-embeddings-src": False,
    "tied-embeddings-all": False,
}
END, UNKNOWN = 0, 1
LONGEST = 14  # outputs that are compared; the library's limit is higher
DEEP = {"enc-depth": 3, "dec-depth": 3, "skip": True, "enc-cell-depth": 2}
DEEP |= {"dec-cell-base-depth": 4, "dec-cell-high-depth": 2}
NEMATUS = {"type": "nematus", "enc-cell": "gru-nematus", "dec-cell": "gru-nematus"}
NORM = {"layer-normalization": True}
LSTM = {"enc-cell": "lstm", "dec-cell": "lstm"}
WIDE = {"dim-vocabs": [28, 26], "dim-emb": 10, "dim-rnn": 12}
SHARED = {"dim-vocabs": [12, 12]}
SMALL = {
    "s2s": {},
    "s2s-mixed": {"dec-cell": "lstm", "dec-attention-lookup-dim": 5, "dec-cell-base-depth": 3},
    "s2s-src-tied": {"tied-embeddings-src": True, "tied-embeddings": True} | SHARED,
    "amun": {"type": "amun"},
    "nematus-deep": DEEP | NEMATUS | NORM | {"dec-cell-high-depth": 1},
}
DEEP |= WIDE
SHARED = {"dim-vocabs": [28, 28]}
LARGE = {
    "s2s-stacks": DEEP,
    "s2s-above": DEEP | {"enc-type": "bi-unidirectional", "tied-embeddings": True},
    "s2s-alternating": DEEP | {"enc-type": "alternating", "tied-embeddings-all": True} | SHARED,
    "s2s-norm": DEEP | NORM | {"enc-type": "bi-unidirectional"},
    "s2s-lstm": DEEP | LSTM | {"tied-embeddings-src": True} | SHARED,
    "s2s-lstm-norm": DEEP | LSTM | NORM | {"enc-type": "alternating"},
    "amun-norm": WIDE | {"type": "amun", "tied-embeddings-all": True} | NORM | SHARED,
    "nematus": DEEP | NEMATUS | {"dec-cell-high-depth": 1},
    "nematus-norm": WIDE | NEMATUS | NORM | {"enc-cell-depth": 2, "dec-cell-base-depth": 3},
}
MODELS = SMALL | LARGE
# Seeds and scales with which outputs differ and end
DRAWN = {"s2s-norm": (3, 0.7), "s2s-lstm-norm": (3, 0.7), "amun-norm": (3, 1)}
DRAWN |= {"nematus-norm": (4, 1.2)}


def sigmoid(x):
    """The logistic function."""
    return 1 / (1 + numpy.exp(-x))


def layer_norm(x, gamma, beta=0, epsilon=1e-9):
    """marian::layer_norm over the last axis."""
    centred = x - x.mean(axis=-1, keepdims=True)
    return gamma * centred / numpy.sqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon) + beta


class Oracle:
    """EncoderS2S and DecoderS2S on arrays by name, rows B of one length: no mask."""

    def __init__(self, settings, arrays):
        self.options = DEFAULTS | settings
        self.arrays = {name: array.astype("float64") for name, array in arrays.items()}
        self.norm = self.options["layer-normalization"]
        self.is_nematus = self.options["type"] == "nematus"

    def get(self, *names):
        """Parameters side by side."""
        return numpy.concatenate([self.arrays[name] for name in names], axis=-1)

    def gru_ops(self, state, x, s, b, final):
        """GRUFastForward."""
        n = state.shape[-1]
        r = sigmoid(x[:, :n] + s[:, :n] + b[:, :n])
        z = sigmoid(x[:, n : 2 * n] + s[:, n : 2 * n] + b[:, n : 2 * n])
        xh, sh, bh = x[:, 2 * n :], s[:, 2 * n :], b[:, 2 * n :]
        h = numpy.tanh(xh + (sh + bh) * r) if final else numpy.tanh(xh + sh * r + bh)
        return (1 - z) * h + z * state

    def gru(self, prefix, x, state, final):
        """The class GRU; x is None in a transition."""
        s = state @ self.get(f"{prefix}_U", f"{prefix}_Ux")
        s = layer_norm(s, self.get(f"{prefix}_gamma2")) if self.norm else s
        if x is None:
            xw = numpy.zeros_like(s)
        else:
            xw = x @ self.get(f"{prefix}_W", f"{prefix}_Wx")
            xw = layer_norm(xw, self.get(f"{prefix}_gamma1")) if self.norm else xw
        return self.gru_ops(state, xw, s, self.get(f"{prefix}_b", f"{prefix}_bx"), final)

    def normed_product(self, prefix, leaf, x, bias):
        """layer_norm (affine (…)) with the eps of Nematus, of one of U, Ux, W and Wx."""
        y = x @ self.get(f"{prefix}_{leaf}") + bias
        return layer_norm(
            y, self.get(f"{prefix}_{leaf}_lns"), self.get(f"{prefix}_{leaf}_lnb"), 1e-5
        )

    def gru_nematus(self, prefix, x, state, final):
        """The class GRUNematus with layer normalization."""
        b, bx = self.get(f"{prefix}_b"), self.get(f"{prefix}_bx")
        encoder, transition = prefix.startswith("encoder"), x is None
        ops_bias = numpy.zeros((1, b.size + bx.size))
        if encoder and transition:
            ops_bias[:, b.size :] = bx
        inside = not encoder and (final or transition)
        u = self.normed_product(prefix, "U", state, b if inside else 0)
        ux = self.normed_product(prefix, "Ux", state, bx if inside else 0)
        if encoder and transition:
            u = u + b
        s = numpy.concatenate([u, ux], axis=-1)
        if transition:
            xw = numpy.zeros_like(s)
        else:
            w = self.normed_product(prefix, "W", x, 0 if final else b)
            wx = self.normed_product(prefix, "Wx", x, 0 if final else bx)
            xw = numpy.concatenate([w, wx], axis=-1)
        return self.gru_ops(state, xw, s, ops_bias, final)

    def lstm(self, prefix, x, state, cell):
        """FastLSTM, with LSTMCellForward and LSTMOutputForward."""
        s = state @ self.get(f"{prefix}_U")
        s = layer_norm(s, self.get(f"{prefix}_gamma2")) if self.norm else s
        if x is not None:
            xw = x @ self.get(f"{prefix}_W")
            s = s + (layer_norm(xw, self.get(f"{prefix}_gamma1")) if self.norm else xw)
        f, i, c, o = numpy.split(s + self.get(f"{prefix}_b"), 4, axis=-1)
        cell = sigmoid(f) * cell + sigmoid(i) * numpy.tanh(c)
        return sigmoid(o) * numpy.tanh(cell), cell

    def apply(self, side, prefix, x, state, final=False):
        """One cell: state is (output, cell)."""
        kind = self.options[f"{side}-cell"]
        if kind == "lstm":
            return self.lstm(prefix, x, *state)
        if kind == "gru-nematus" and self.norm:
            return self.gru_nematus(prefix, x, state[0], final), state[1]
        return self.gru(prefix, x, state[0], final), state[1]

    def transduce(self, prefixes, x, backward):
        """SingleLayerRNN over x [S, B, I] from zeros, with a StackedCell."""
        zeros = numpy.zeros((x.shape[1], self.options["dim-rnn"]))
        state, outputs = (zeros, zeros), [None] * len(x)
        for t in reversed(range(len(x))) if backward else range(len(x)):
            state = self.apply("enc", prefixes[0], x[t], state)
            for prefix in prefixes[1:]:
                state = self.apply("enc", prefix, None, state)
            outputs[t] = state[0]
        return numpy.stack(outputs)

    def stack(self, layers, x, directions):
        """RNN::transduce with skip."""
        for index, (prefixes, backward) in enumerate(zip(layers, directions, strict=True)):
            y = self.transduce(prefixes, x, backward)
            x = y + x if self.options["skip"] and index > 0 else y
        return x

    def encode(self, source):
        """applyEncoderRNN: source [B, S] → context [S, B, C]."""
        shared = self.options["tied-embeddings-src"] or self.options["tied-embeddings-all"]
        x = self.arrays["Wemb" if shared else "encoder_Wemb"][source].transpose(1, 0, 2)
        kind, depth = self.options["enc-type"], self.options["enc-depth"]
        first = 1 if kind == "bi-unidirectional" else depth
        turns = kind == "alternating"
        tops = []
        for start, backward in (("encoder_bi", False), ("encoder_bi_r", True)):
            layers = [self.names(start, i, first_is_plain=True) for i in range(1, first + 1)]
            directions = [backward != (turns and i % 2 == 1) for i in range(first)]
            tops.append(self.stack(layers, x, directions))
        context = numpy.concatenate(tops, axis=-1)
        above = [self.names("encoder", i) for i in range(first + 1, depth + 1)]
        return self.stack(above, context, [False] * len(above))

    def names(self, start, layer, first_is_plain=False):
        """The prefixes of the cells of an encoder layer."""
        number = f"_l{layer}" if layer > 1 else ""
        return [
            start + number + ("" if first_is_plain and layer == 1 and j == 1 else f"_cell{j}")
            for j in range(1, self.options["enc-cell-depth"] + 1)
        ]

    def dense(self, prefix, inputs, number=""):
        """mlp::Dense before its activation."""
        w, b = self.get(f"{prefix}_W{number}"), self.get(f"{prefix}_b{number}")
        if not self.norm:
            return inputs @ w + b
        if self.is_nematus:
            scale, shift = (self.get(f"{prefix}_ln_{end}{number}") for end in "sb")
            return layer_norm(inputs @ w + b, scale, shift, 1e-5)
        return layer_norm(inputs @ w, self.get(f"{prefix}_gamma{number}"), b)

    def map_context(self, context):
        """GlobalAttention's constructor."""
        w, b = self.get("decoder_Wc_att"), self.get("decoder_b_att")
        if not self.norm:
            return context @ w + b
        if self.is_nematus:
            return self.normed_product("decoder", "Wc_att", context, b)
        return layer_norm(context @ w, self.get("decoder_att_gamma1"), b)

    def attend(self, context, mapped, state):
        """GlobalAttention::apply: context [S, B, C] → [B, C]."""
        query = state @ self.get("decoder_W_comb_att")
        if self.norm and self.is_nematus:
            query = self.normed_product("decoder", "W_comb_att", state, 0)
        elif self.norm:
            query = layer_norm(query, self.get("decoder_att_gamma2"))
        e = (numpy.tanh(mapped + query) @ self.get("decoder_U_att"))[:, :, 0]
        weights = numpy.exp(e - e.max(axis=0))
        weights /= weights.sum(axis=0)
        return (weights[:, :, None] * context).sum(axis=0)

    def decode_step(self, context, mapped, states, y):
        """The decoder's RNN and the layers above it: y [B, E] → logits [B, V], the next states."""
        state = self.apply("dec", "decoder_cell1", y, states[0])
        aligned = self.attend(context, mapped, state[0])
        state = self.apply("dec", "decoder_cell2", aligned, state, final=True)
        for i in range(3, self.options["dec-cell-base-depth"] + 1):
            state = self.apply("dec", f"decoder_cell{i}", None, state, final=True)
        after, x = [state], state[0]
        for i in range(2, self.options["dec-depth"] + 1):
            state = self.apply("dec", f"decoder_l{i}_cell1", x, states[i - 1])
            for j in range(2, self.options["dec-cell-high-depth"] + 1):
                state = self.apply("dec", f"decoder_l{i}_cell{j}", None, state)
            after.append(state)
            x = state[0] + x if self.options["skip"] else state[0]
        terms = (self.dense("decoder_ff_logit_l1", v, n) for n, v in enumerate((y, x, aligned)))
        return numpy.tanh(sum(terms)) @ self.output() + self.get("decoder_ff_logit_l2_b"), after

    def target_table(self):
        """The target's embedding."""
        shared = self.options["tied-embeddings-src"] or self.options["tied-embeddings-all"]
        return self.arrays["Wemb" if shared else "decoder_Wemb"]

    def output(self):
        """The generator's matrix [E, V]."""
        if self.options["tied-embeddings"] or self.options["tied-embeddings-all"]:
            return self.target_table().T
        if "decoder_ff_logit_l2_Wt" in self.arrays:
            return self.arrays["decoder_ff_logit_l2_Wt"].T
        return self.arrays["decoder_ff_logit_l2_W"]

    def logits(self, source, previous):
        """source [B, S], previous [B, T], whose first column is not looked at → [B, T, V]."""
        found, state = [], None
        for t in range(previous.shape[1]):
            logits, state = self.step(state or self.start(source), previous[:, t] if t else None)
            found.append(logits)
        return numpy.stack(found, axis=1)

    def start(self, source):
        """startState: the context, what the attention makes of it, a state for each layer."""
        context = self.encode(source)
        start = numpy.tanh(self.dense("decoder_ff_state", context.mean(axis=0)))
        return context, self.map_context(context), [(start, start)] * self.options["dec-depth"]

    def step(self, state, previous):
        """Logits [B, V] after tokens [B], or None at first, and the next state."""
        context, mapped, states = state
        table = self.target_table()
        y = numpy.zeros((context.shape[1], table.shape[1])) if previous is None else table[previous]
        logits, states = self.decode_step(context, mapped, states, y)
        return logits, (context, mapped, states)


def cell_shapes(options, side, prefix, inputs):
    """The parameters of a cell."""
    kind, n = options[f"{side}-cell"], options["dim-rnn"]
    if kind == "lstm":
        shapes = {"U": (n, 4 * n), "b": (1, 4 * n)} | ({"W": (inputs, 4 * n)} if inputs else {})
    else:
        shapes = {"U": (n, 2 * n), "Ux": (n, n), "b": (1, 2 * n), "bx": (1, n)}
        shapes |= {"W": (inputs, 2 * n), "Wx": (inputs, n)} if inputs else {}
    if options["layer-normalization"] and kind == "gru-nematus":
        for leaf in ("U", "Ux", "W", "Wx") if inputs else ("U", "Ux"):
            shapes |= {f"{leaf}_ln{end}": (1, shapes[leaf][1]) for end in "sb"}
    elif options["layer-normalization"]:
        width = n * (4 if kind == "lstm" else 3)
        shapes |= {"gamma2": (1, width)} | ({"gamma1": (1, width)} if inputs else {})
    return {f"{prefix}_{leaf}": shape for leaf, shape in shapes.items()}


def dense_shapes(options, prefix, number, inputs, size):
    """The parameters of a dense layer."""
    shapes = {f"{prefix}_W{number}": (inputs, size), f"{prefix}_b{number}": (1, size)}
    if options["layer-normalization"]:
        leaves = ("ln_s", "ln_b") if options["type"] == "nematus" else ("gamma",)
        shapes |= {f"{prefix}_{leaf}{number}": (1, size) for leaf in leaves}
    return shapes


def encoder_shapes(options, oracle):
    """The parameters of the encoder, and what it puts out."""
    n, kind = options["dim-rnn"], options["enc-type"]
    first = 1 if kind == "bi-unidirectional" else options["enc-depth"]
    shapes = {}
    for layer in range(1, options["enc-depth"] + 1):
        starts = ("encoder_bi", "encoder_bi_r") if layer <= first else ("encoder",)
        inputs = options["dim-emb"] if layer == 1 else 2 * n if layer == first + 1 else n
        for start in starts:
            for at, prefix in enumerate(oracle.names(start, layer, layer <= first)):
                shapes |= cell_shapes(options, "enc", prefix, 0 if at else inputs)
    return shapes, n if options["enc-depth"] > first else 2 * n


def attention_shapes(options, memory):
    """The parameters of the attention."""
    n, size = options["dim-rnn"], options.get("dec-attention-lookup-dim", memory)
    shapes = {"W_comb_att": (n, size), "Wc_att": (memory, size), "b_att": (1, size)}
    shapes |= {"U_att": (size, 1)}
    if options["layer-normalization"]:
        leaves = ["att_gamma1", "att_gamma2"]
        if options["type"] == "nematus":
            leaves = [f"{w}_ln{end}" for w in ("Wc_att", "W_comb_att") for end in "sb"]
        shapes |= {leaf: (1, size) for leaf in leaves}
    return {f"decoder_{leaf}": shape for leaf, shape in shapes.items()}


def decoder_shapes(options, memory):
    """The parameters of the decoder but for the tables."""
    n, e = options["dim-rnn"], options["dim-emb"]
    shapes = cell_shapes(options, "dec", "decoder_cell1", e)
    for i in range(2, options["dec-cell-base-depth"] + 1):
        shapes |= cell_shapes(options, "dec", f"decoder_cell{i}", memory if i == 2 else 0)
    high = range(1, options["dec-cell-high-depth"] + 1)
    for i, j in itertools.product(range(2, options["dec-depth"] + 1), high):
        shapes |= cell_shapes(options, "dec", f"decoder_l{i}_cell{j}", n if j == 1 else 0)
    shapes |= attention_shapes(options, memory)
    shapes |= dense_shapes(options, "decoder_ff_state", "", memory, n)
    for number, width in enumerate((e, n, memory)):
        shapes |= dense_shapes(options, "decoder_ff_logit_l1", number, width, e)
    return shapes


def table_shapes(options):
    """The tables of embeddings, and the generator."""
    (source, target), e = options["dim-vocabs"], options["dim-emb"]
    shapes = {"decoder_ff_logit_l2_b": (1, target)}
    if options["tied-embeddings-all"] or options["tied-embeddings-src"]:
        shapes["Wemb"] = (source, e)
    else:
        shapes |= {"encoder_Wemb": (source, e), "decoder_Wemb": (target, e)}
    if not options["tied-embeddings"] and not options["tied-embeddings-all"]:
        shapes["decoder_ff_logit_l2_W"] = (e, target)
    return shapes


def make_model(name):
    """The settings of a model and its arrays by the names of `s2s`, gates open and closed."""
    settings = MODELS[name]
    seed, scale = DRAWN.get(name, (3, 2 if name in LARGE else 1))
    options = DEFAULTS | settings
    shapes, memory = encoder_shapes(options, Oracle(settings, {}))
    shapes |= decoder_shapes(options, memory) | table_shapes(options)
    draw = numpy.random.default_rng(seed)
    arrays = {n: draw.uniform(-scale, scale, s).astype("float32") for n, s in shapes.items()}
    for leaf in arrays:
        if "logit_l2" in leaf or "Wemb" in leaf:
            arrays[leaf] *= 2
        if "gamma" in leaf or leaf.endswith("_lns"):
            arrays[leaf] += 1
    settings = {**settings, "dec-attention-lookup-dim": options.get("dec-attention-lookup-dim", -1)}
    return DEFAULTS | settings, arrays


OLDER_CELLS = {"encoder_bi": "encoder", "encoder_bi_r": "encoder_r", "decoder_cell1": "decoder"}
OLDER_TERMS = ("prev", "lstm", "ctx")


def older_name(name, kind):
    """The name that `amun` or `nematus` stores a parameter under: createNameMap turned round."""
    for number, term in enumerate(OLDER_TERMS):
        for leaf in ("W", "b", "ln_s", "ln_b"):
            if name == f"decoder_ff_logit_l1_{leaf}{number}":
                return f"ff_logit_{term}_{leaf}"
        if name == f"decoder_ff_logit_l1_gamma{number}":
            return f"ff_logit_l1_gamma{number}"
    if name.startswith("decoder_ff_logit_l2_"):
        return name.replace("decoder_ff_logit_l2", "ff_logit")
    if name.startswith("decoder_ff_state_"):
        return name.removeprefix("decoder_")
    tables = {"encoder_Wemb": "Wemb", "decoder_Wemb": "Wemb_dec"}
    return tables.get(name) or older_cell_name(name, kind)


def older_cell_name(name, kind):
    """The name of a parameter of a cell."""
    base = name.removesuffix("_lns").removesuffix("_lnb")
    end = name[len(base) :]
    prefix, _, leaf = base.rpartition("_")
    if prefix in OLDER_CELLS and not (leaf.startswith("gamma") and prefix == "decoder_cell1"):
        return f"{OLDER_CELLS[prefix]}_{leaf}{end}"
    if prefix == "decoder_cell2" and not leaf.startswith("gamma"):
        return f"decoder_{leaf.replace('W', 'Wc')}{end}" if "W" in leaf else f"{base_nl(leaf)}{end}"
    if kind == "nematus":
        for start, older in (("encoder_bi_cell", "encoder"), ("encoder_bi_r_cell", "encoder_r")):
            if prefix.startswith(start):
                return f"{older}_{leaf}_drt_{int(prefix.removeprefix(start)) - 1}{end}"
        if prefix.startswith("decoder_cell"):
            return f"{base_nl(leaf)}_drt_{int(prefix.removeprefix('decoder_cell')) - 2}{end}"
    return name


def base_nl(leaf):
    """A parameter of the cell after the attention."""
    return f"decoder_{leaf}_nl"


def write_settings(settings):
    """special:model.yml."""
    lines = ["# made by hand"]
    for key, value in settings.items():
        if value is None:
            continue
        if isinstance(value, list):
            lines += [f"{key}:", *(f"  - {item}" for item in value)]
        else:
            lines.append(f"{key}: {str(value).lower() if isinstance(value, bool) else value}")
    return numpy.frombuffer("\n".join(lines).encode() + b"\n\0", dtype="int8")


def store(settings, arrays):
    """What is in the npz of a model."""
    kind = settings["type"]
    if kind in ("amun", "nematus"):
        arrays = {older_name(name, kind): array for name, array in arrays.items()}
        arrays |= {"decoder_c_tt": numpy.zeros((1, 0), "float32")}
    return arrays | {"special:model.yml": write_settings(settings)}


def tokens_of(side, size):
    """The tokens of a vocabulary, by id."""
    words = [f"{chr(ord('a') + at)}o" for at in range(26)]
    words = words if side == "source" else [word.upper() for word in words]
    return ["</s>", "<unk>", *words[: size - 2]]


def write_vocabularies(folder, sizes):
    """Vocabularies of Marian; the options that name them."""
    words = [*conversion.LANGUAGES]
    for side, size in zip(("source", "target"), sizes, strict=True):
        path = folder / f"{side}.yml"
        lines = [f"{token}: {at}\n" for at, token in enumerate(tokens_of(side, size))]
        path.write_text("".join(lines), encoding="utf-8")
        words += [f"--{side}-vocabulary", str(path)]
    return words


def set_end_bias(settings, arrays):
    """Make the end the best token of three steps in ten; random networks hardly ever end."""
    sources = numpy.array([s for s in draw_sources(settings, 300, 7) if len(s) == 6])
    oracle, gaps, best = Oracle(settings, arrays), [], None
    state = oracle.start(sources)
    for _ in range(7):
        scores, state = oracle.step(state, best)
        ends = scores[:, END].copy()
        scores[:, [END, UNKNOWN]] = -numpy.inf
        gaps.append(scores.max(axis=1) - ends)
        best = scores.argmax(axis=1)
    arrays["decoder_ff_logit_l2_b"][0, END] += float(numpy.quantile(gaps[1:], 0.3))


def draw_sources(settings, count, seed):
    """Different random sources of two to seven tokens and the end."""
    draw, found = numpy.random.default_rng(seed), {}
    while len(found) < count:
        length = int(draw.integers(2, 8))
        tokens = draw.integers(2, settings["dim-vocabs"][0], length).tolist()
        found[*tokens, END] = None
    return list(found)


def greedy_batch(oracle, sources):
    """Greedy decoding of sources of one length: (tokens or None when cut, least margin) each."""
    rows, margins = numpy.zeros((len(sources), 0), int), numpy.full(len(sources), numpy.inf)
    state, best, ended = oracle.start(numpy.array(sources)), None, [None] * len(sources)
    for _ in range(LONGEST):
        scores, state = oracle.step(state, best)
        scores[:, UNKNOWN] = -numpy.inf
        ranked, best = numpy.sort(scores, axis=1), scores.argmax(axis=1)
        live = numpy.array([tokens is None for tokens in ended])
        margins = numpy.where(live, numpy.minimum(margins, ranked[:, -1] - ranked[:, -2]), margins)
        for at in numpy.flatnonzero(live & (best == END)):
            ended[at] = rows[at].tolist()
        rows = numpy.column_stack([rows, best])
        if all(tokens is not None for tokens in ended):
            break
    return list(zip(ended, margins, strict=True))


def greedy(oracle, sources):
    """Greedy decoding of all sources."""
    groups, results = defaultdict(list), [None] * len(sources)
    for at, source in enumerate(sources):
        groups[len(source)].append(at)
    for members in groups.values():
        found = greedy_batch(oracle, [sources[at] for at in members])
        for at, result in zip(members, found, strict=True):
            results[at] = result
    return results


def find_examples(settings, arrays, count):
    """Sources and Marian's outputs that end by themselves, with no close decision."""
    oracle, found = Oracle(settings, arrays), {}
    for attempt in range(8):
        sources = draw_sources(settings, count, 1 + 1000 * attempt)
        for source, (tokens, margin) in zip(sources, greedy(oracle, sources), strict=True):
            if tokens and margin > conversion.MARGIN and not conversion.repeats(tokens):
                found[source] = tokens
        if len(found) >= count:
            break
    assert len(found) >= count, f"only {len(found)} of {count} outputs end"
    examples = list(found.items())[:count]
    assert len({tuple(tokens) for _, tokens in examples}) > 5
    return examples


def join(side, settings, tokens):
    """The text of tokens."""
    names = tokens_of(side, settings["dim-vocabs"][side == "target"])
    return " ".join(names[token] for token in tokens)
