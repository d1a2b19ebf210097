# SPDX-License-Identifier: LGPL-2.1-or-later
"""Importers: each reads somebody else's model and gives what a bundle holds.

An importer is a function of the path of the source and the `Options`; it returns `Converted` or
raises `ConversionError`.
"""

from s2s_tools.importers import keras, marian, marianmt, opennmt, pytorch

IMPORTERS = {
    "keras": keras.convert,
    "pytorch": pytorch.convert,
    "opennmt-py": opennmt.convert,
    "marian": marian.convert,
    "marianmt": marianmt.convert,
}
