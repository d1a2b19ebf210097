# SPDX-License-Identifier: LGPL-2.1-or-later
"""Training recipe: data, tokenizers, networks, training, bundles and scores."""
