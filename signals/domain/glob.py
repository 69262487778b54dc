"""Matching with `*` and nothing else: no regular expressions, so no pattern can make us slow (ReDoS)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Glob:
    """A text in which `*` stands for any run of characters, slashes included. Case makes no difference.

    Each piece between stars is looked for once, from left to right: the time grows with pattern times text
    at worst.
    """

    pieces: tuple[str, ...]

    @classmethod
    def of(cls, pattern: str) -> Self:
        """The glob of a pattern."""
        return cls(tuple(pattern.casefold().split("*")))

    @property
    def is_exact(self) -> bool:
        """Whether there is no star in it."""
        return len(self.pieces) == 1

    @property
    def literals(self) -> int:
        """How many characters are fixed: the more, the more specific."""
        return sum(map(len, self.pieces))

    def matches(self, text: str) -> bool:
        """Whether the whole text is of this form. The text must be casefolded."""
        if self.is_exact:
            return text == self.pieces[0]
        first, *middle, last = self.pieces
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        start, end = len(first), len(text) - len(last)
        for piece in middle:
            found = text.find(piece, start, end)
            if found < 0:
                return False
            start = found + len(piece)
        return True
