"""Which of a sender's items count: all conditions must hold. The others are counted, by what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signals.domain.mapping.place import Place, missing, plain
from signals.domain.mapping.rule import LARGEST, Wrong, is_empty, number_of, text_of

ASKS = ("at_least", "at_most", "is", "is_not", "filled")
_SIGNS = {"at_least": "at least", "at_most": "at most", "is": "", "is_not": "not"}


@dataclass(frozen=True, slots=True)
class Only:
    """One condition on a value. A value that is not there is neither too low nor another one: such an item is wrong,
    unless the condition is `filled`, which asks for that, or `is_not`, which it meets."""

    place: Place
    ask: str
    wanted: object
    called: str

    def holds(self, scopes: Sequence[object]) -> bool:
        """Whether the item at hand meets it; Wrong where that cannot be said."""
        found = self.place.of(scopes)
        match self.ask:
            case "filled":
                return bool(text_of(found) or (found and not isinstance(found, str))) is bool(self.wanted)
            case "at_least" | "at_most":
                if is_empty(found):
                    raise Wrong(self._lacks(scopes))
                try:
                    number, bound = number_of(found), number_of(self.wanted)
                except Wrong as error:
                    raise Wrong(f"{self.place.text}: {error}") from error
                return number >= bound if self.ask == "at_least" else number <= bound
            case _:
                wanted = self.wanted if isinstance(self.wanted, list) else [self.wanted]
                is_one = plain(text_of(found)) in {plain(text_of(one)) for one in wanted}
                if self.ask == "is" and not is_one and is_empty(found):
                    raise Wrong(self._lacks(scopes))
                return is_one is (self.ask == "is")

    def _lacks(self, scopes: Sequence[object]) -> str:
        return (
            f"{missing([self.place], scopes)} If the sender has another name for it now, change the mapping; "
            "if it may be empty, ask first whether it is “filled”."
        )

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
