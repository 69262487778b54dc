"""Which of a sender's items count: all conditions must hold. The others are counted, by what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signals.domain.mapping.place import Place, plain
from signals.domain.mapping.rule import LARGEST, Wrong, number_of, text_of

ASKS = ("at_least", "at_most", "is", "is_not", "filled")
_SIGNS = {"at_least": "at least", "at_most": "at most", "is": "", "is_not": "not"}


@dataclass(frozen=True, slots=True)
class Only:
    """One condition on a value. An item that lacks the value does not meet it; what is no number is wrong."""

    place: Place
    ask: str
    wanted: object
    called: str

    def holds(self, scopes: Sequence[object]) -> bool:
        """Whether the item at hand meets it; Wrong where a number is asked for and something else stands there."""
        found = self.place.of(scopes)
        match self.ask:
            case "filled":
                return bool(text_of(found) or (found and not isinstance(found, str))) is bool(self.wanted)
            case "at_least" | "at_most":
                if not text_of(found):
                    return False
                try:
                    number, bound = number_of(found), number_of(self.wanted)
                except Wrong as error:
                    raise Wrong(f"{self.place.text}: {error}") from error
                return number >= bound if self.ask == "at_least" else number <= bound
            case _:
                wanted = self.wanted if isinstance(self.wanted, list) else [self.wanted]
                is_one = plain(text_of(found)) in {plain(text_of(one)) for one in wanted}
                return is_one is (self.ask == "is")

    @property
    def sentence(self) -> str:
        """The condition, to be read after “only items whose”."""
        if self.ask == "filled":
            return f"“{self.place.text}” is {'filled' if self.wanted else 'empty'}"
        wanted = self.wanted if isinstance(self.wanted, list) else [self.wanted]
        words = " or ".join(f"{text_of(one)}" for one in wanted)
        return " ".join(f"“{self.place.text}” is {_SIGNS[self.ask]} {words}".split())

    @property
    def name(self) -> str:
        """What the items are called that do not meet it."""
        return self.called or f"not: {self.sentence}"


def is_known(ask: str, wanted: object) -> str:
    """What is wrong with what a condition wants, as a sentence; empty where nothing is."""
    if ask == "filled":
        return "" if isinstance(wanted, bool) else "Must be true or false."
    if ask in ("at_least", "at_most"):
        is_number = (
            isinstance(wanted, int | float) and not isinstance(wanted, bool) and abs(wanted) <= LARGEST
        )
        return "" if is_number else "Must be a number."
    values = wanted if isinstance(wanted, list) else [wanted]
    if values and len(values) <= 100 and all(isinstance(one, str | int | float | bool) for one in values):
        return ""
    return "Must be a text or a number, or a list of them."
