"""The reader of a definition: it collects all that is wrong, each with its JSON pointer and a sentence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from abmops.lib.errors import FieldError
from plays.domain import merge
from plays.domain import vocabulary as words

MAX_TEXT = 4_000


class Reader:
    """Collects what is wrong while it reads; a wrong value reads as its default so that reading goes on."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def wrong(self, pointer: str, detail: str) -> None:
        self.errors.append(FieldError(pointer, detail))

    def mapping(self, value: Any, pointer: str, allowed: Iterable[str]) -> Mapping[str, Any]:
        """An object with only the allowed keys."""
        if not isinstance(value, Mapping):
            self.wrong(pointer, "This must be an object.")
            return {}
        known = tuple(allowed)
        for key in value:
            if key not in known:
                self.wrong(
                    f"{pointer}/{_escaped(key)}", f"This field is not known here. Known: {', '.join(known)}."
                )
        return value

    def whole(self, data: Mapping[str, Any], at: str, name: str, *, low: int, high: int, default: int) -> int:
        value = data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.wrong(f"{at}/{name}", f"This must be a whole number from {low} to {high}.")
            return default
        return value

    def number(
        self,
        data: Mapping[str, Any],
        at: str,
        name: str,
        *,
        low: float,
        high: float,
        default: float,
        also: str = "",
    ) -> float:
        """A number within bounds; `also` says the bounds in another way."""
        value = data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.wrong(f"{at}/{name}", f"This must be a number from {low:g} to {high:g}{also}.")
            return default
        return float(value)

    def flag(self, data: Mapping[str, Any], at: str, name: str) -> bool:
        value = data.get(name, False)
        if not isinstance(value, bool):
            self.wrong(f"{at}/{name}", "This must be true or false.")
            return False
        return value

    def text(self, data: Mapping[str, Any], at: str, name: str, *, longest: int = MAX_TEXT) -> str:
        value = data.get(name, "")
        if not isinstance(value, str):
            self.wrong(f"{at}/{name}", "This must be text.")
            return ""
        if len(value) > longest:
            self.wrong(f"{at}/{name}", f"This is longer than {longest:,} characters.")
        return value

    def merged_text(self, data: Mapping[str, Any], at: str, name: str, *, longest: int = MAX_TEXT) -> str:
        """Text whose merge fields are all known and well written."""
        value = self.text(data, at, name, longest=longest)
        for complaint in merge.complaints(value):
            self.wrong(f"{at}/{name}", complaint)
        return value

    def choice(
        self, data: Mapping[str, Any], at: str, name: str, known: Iterable[str], *, default: str | None
    ) -> str:
        """One of the known words; `default` None means that it must be given."""
        value = data.get(name, default)
        if not isinstance(value, str) or value not in known:
            self.wrong(f"{at}/{name}", f"This must be one of: {', '.join(known)}.")
            return default or next(iter(known))
        return value

    def items(
        self,
        value: Any,
        pointer: str,
        is_right: Callable[[Any], bool],
        expected: str,
        *,
        required: bool = False,
    ) -> tuple[Any, ...]:
        """A list whose items are all right, without repeats, in the order given."""
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            self.wrong(pointer, f"This must be a list of {expected}.")
            return ()
        if required and not value:
            self.wrong(pointer, f"Name at least one of: {expected}.")
        kept: list[Any] = []
        for index, item in enumerate(value):
            if not is_right(item):
                self.wrong(f"{pointer}/{index}", f"This must be one of: {expected}.")
            elif item not in kept:
                kept.append(item)
        return tuple(kept)


def _escaped(key: object) -> str:
    return str(key)[:60].replace("~", "~0").replace("/", "~1")


def is_name(item: Any) -> bool:
    """Whether it is a name of at most 120 characters."""
    return isinstance(item, str) and 0 < len(item.strip()) <= 120


def is_tier(item: Any) -> bool:
    """Whether it is a tier of the list."""
    return isinstance(item, int) and not isinstance(item, bool) and item in words.TIERS
