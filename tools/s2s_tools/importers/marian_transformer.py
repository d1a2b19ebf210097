# SPDX-License-Identifier: LGPL-2.1-or-later
"""Marian's Transformers."""

from s2s_tools.importers.common import ConversionError

TYPES = ("transformer",)


def convert(model, _options):
    """Refuses every model."""
    raise ConversionError(f"{model.path}: type is 'transformer', expected a recurrent one")
