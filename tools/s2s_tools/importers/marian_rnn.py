# SPDX-License-Identifier: LGPL-2.1-or-later
"""Marian's RNN models `s2s`, and `amun` and `nematus`, which have older names for the same.

They put the attention between two cells of one decoder step. The architecture `rnn` of
docs/model-format.md has no such decoder, so there is no exact conversion of any of them.
"""

from s2s_tools.importers.common import ConversionError

TYPES = ("s2s", "amun", "nematus")
# Tensors that show each point in which the network differs, by the names of `s2s`
DIFFERENCES = {
    "decoder_cell2_": "a decoder step runs a second cell on what the attention gives",
    "decoder_ff_state_W": "the decoder starts from the mean of the encoder's outputs",
    "decoder_ff_logit_l1_W0": "the layer below the generator also reads the previous token",
}
# The names that amun and nematus have for the same
OLDER = {
    "decoder_U_nl": "decoder_cell2_",
    "ff_state_W": "decoder_ff_state_W",
    "ff_logit_prev_W": "decoder_ff_logit_l1_W0",
}


def check_tables(model):
    """The embeddings must be what the settings say, or the file is not what it claims to be."""
    width, tensors = model.whole("dim-emb"), model.tensors
    shared = "Wemb" in tensors and "Wemb_dec" not in tensors and "decoder_Wemb" not in tensors
    if shared:
        names = [("Wemb",), ("Wemb",)]
    else:
        names = [("encoder_Wemb", "Wemb"), ("decoder_Wemb", "Wemb_dec")]
    for choices, rows in zip(names, model.sizes(), strict=True):
        name = next((name for name in choices if name in tensors), choices[0])
        tensors.take(name, rows, width)


def find_differences(names):
    """Why the network is not the format's, each with the tensor that shows it."""
    found = []
    for start, reason in DIFFERENCES.items():
        older = [name for name, newer in OLDER.items() if newer == start]
        shown = next(
            (n for n in sorted(names) if n.startswith(start) or n in older),
            None,
        )
        if shown is not None:
            found.append(f"{reason} ({shown})")
    return found


def convert(model, _options):
    """Refuses every model, with the reason: see the top of this file."""
    kind = model.text("type")
    for key in ("dim-rnn", "enc-depth", "dec-depth"):
        model.whole(key)
    check_tables(model)
    reasons = find_differences(model.tensors.values)
    if not reasons:
        raise ConversionError(
            f"{model.path}: type is {kind!r}, but no tensor decoder_cell2_*, decoder_ff_state_W "
            "or decoder_ff_logit_l1_W0 is there: the file is not complete"
        )
    raise ConversionError(
        f"{model.path}: Marian's {kind} is another network than the format's rnn: "
        f"{'; '.join(reasons)}"
    )
