# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tokens of a source that are no text: of the target language, of the length, after a turn.

They stand before the tokens of the text, as docs/model-format.md says.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class MarkOptions:
    """Which marks a recipe has.

    languages: tags of the target languages, none if there is but one; ratios: of lengths,
    ascending; turns: the most that stand before a text.
    """

    languages: tuple = ()
    ratios: tuple = ()
    turns: int = 0

    def symbols(self):
        """The pieces of all marks, for a SentencePiece model that never finds them in text."""
        languages = [f"<to:{tag}>" for tag in self.languages]
        lengths = [f"<length:{ratio:g}>" for ratio in self.ratios]
        return [*languages, *lengths, *(["<turn>"] if self.turns else [])]


class Marks:
    """The marks of a recipe as tokens of its source model."""

    def __init__(self, options, processor):
        self.options = options
        tokens = [processor.piece_to_id(piece) for piece in options.symbols()]
        for piece, token in zip(options.symbols(), tokens, strict=True):
            if token == processor.unk_id():
                raise ValueError(f"the source model has no token {piece}: train it with the recipe")
        count = len(options.languages)
        self.languages = dict(zip(options.languages, tokens, strict=False))
        self.lengths = list(zip(options.ratios, tokens[count:], strict=False))
        self.separator = tokens[-1] if options.turns else None

    def length_token(self, source, target):
        """That of the least ratio that the characters of a pair do not exceed, or the last."""
        for ratio, token in self.lengths:
            if len(target) <= ratio * len(source):
                return token
        return self.lengths[-1][1]

    def before(self, example):
        """The tokens before an example's turns and text."""
        language = [self.languages[example.language]] if self.languages else []
        if not self.lengths:
            return language
        return [*language, self.length_token(example.source, example.target)]

    def describe(self):
        """What config.json says of them."""
        table = {}
        if self.languages:
            table["target_language_tokens"] = self.languages
        if self.lengths:
            lengths = [{"ratio": ratio, "token": token} for ratio, token in self.lengths]
            table["length_tokens"] = lengths
        if self.separator is not None:
            table["context"] = {"separator_token": self.separator, "turns": self.options.turns}
        return table
