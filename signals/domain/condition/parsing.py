"""From a JSON document to a condition, with every fault of the document told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from math import isfinite
from typing import cast

from abmops.lib.errors import FieldError, FieldErrors
from signals.domain.catalogue import Filter, topic_key
from signals.domain.condition import words
from signals.domain.condition.counting import (
    Count,
    Counting,
    DistinctContacts,
    DistinctSignals,
    DistinctTypes,
)
from signals.domain.condition.levels import Dormant, FitLevel, IntentLevel, Level, ScoreLevel, ScoreRise
from signals.domain.condition.node import Condition
from signals.domain.condition.tree import AllOf, AnyOf, Branch

MAX_DEPTH = 5
MAX_NODES = 50
MAX_COUNT = 100
MAX_DAYS = 730
MAX_RISE_DAYS = 14
MAX_VALUES = 50
MAX_TEXT = 120

COUNTING: dict[str, type[Counting]] = {
    kind.key: kind for kind in (Count, DistinctTypes, DistinctContacts, DistinctSignals)
}
LEVELS: dict[str, type[Level]] = {kind.key: kind for kind in (IntentLevel, FitLevel, ScoreLevel)}
BRANCHES: dict[str, type[Branch]] = {kind.key: kind for kind in (AllOf, AnyOf)}
KEYS = (*BRANCHES, *COUNTING, *LEVELS, ScoreRise.key, Dormant.key)

Body = dict[str, object]


def parse(document: object, *, types: Iterable[str] | None = None, pointer: str = "/condition") -> Condition:
    """The condition that a JSON document describes (API.md); FieldErrors with all its faults under `pointer`.

    `types` are the slugs of the catalogue; where given, a type that is not among them is a fault.
    """
    reader = _Reader(None if types is None else frozenset(types))
    condition = reader.node(document, pointer, 1)
    if reader.faults or condition is None:
        raise FieldErrors(reader.faults)
    return condition


class _Reader:
    """Reads one document. A method returns None where it has noted a fault."""

    def __init__(self, types: frozenset[str] | None) -> None:
        self.types = types
        self.faults: list[FieldError] = []
        self.nodes = 0

    def fault(self, pointer: str, detail: str) -> None:
        self.faults.append(FieldError(pointer, detail))

    def node(self, document: object, pointer: str, depth: int) -> Condition | None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            if self.nodes == MAX_NODES + 1:
                self.fault(
                    pointer, f"The condition has more than {MAX_NODES} parts; split it into thresholds."
                )
            return None
        if depth > MAX_DEPTH:
            self.fault(pointer, f"Conditions nest at most {MAX_DEPTH} deep; bring this part further up.")
            return None
        if not isinstance(document, dict) or len(document) != 1:
            self.fault(pointer, f"A condition is an object with exactly one key of {words.listed(KEYS)}.")
            return None
        key, body = next(iter(cast("Body", document).items()))
        inside = f"{pointer}/{_escaped(key)}"
        if key in BRANCHES:
            return self.branch(BRANCHES[key], body, inside, depth)
        if key not in KEYS:
            self.fault(
                inside, f"“{_cut(key)}” is no condition{_nearest(key, KEYS)}; use {words.listed(KEYS)}."
            )
            return None
        if not isinstance(body, dict):
            self.fault(inside, f'“{key}” must be an object, such as {{"{key}": {_EXAMPLES[key]}}}.')
            return None
        if key in COUNTING:
            return self.counting(COUNTING[key], cast("Body", body), inside)
        if key in LEVELS:
            return self.level(LEVELS[key], cast("Body", body), inside)
        return self.rise(cast("Body", body), inside) if key == ScoreRise.key else self.dormant(body, inside)

    def branch(self, kind: type[Branch], body: object, pointer: str, depth: int) -> Condition | None:
        if not isinstance(body, list) or not body:
            self.fault(pointer, f"“{kind.key}” must be a list of one or more conditions.")
            return None
        parts: list[Condition | None] = []
        for index, part in enumerate(body):
            parts.append(self.node(part, f"{pointer}/{index}", depth + 1))
            if self.nodes > MAX_NODES:
                return None
        known = [part for part in parts if part is not None]
        return kind(tuple(known)) if len(known) == len(parts) else None

    def counting(self, kind: type[Counting], body: Body, pointer: str) -> Condition | None:
        self.only(body, ("types", "kinds", "topics", "qualifying", "at_least", "days"), pointer)
        at_least = self.whole(body, "at_least", 1, MAX_COUNT, pointer)
        days = self.whole(body, "days", 1, MAX_DAYS, pointer)
        types = self.texts(body, "types", pointer, self.known_type)
        kinds = self.texts(body, "kinds", pointer, self.known_kind)
        topics = self.texts(body, "topics", pointer, lambda topic, _: topic_key(topic))
        qualifying = body.get("qualifying")
        if "qualifying" in body and qualifying is not True:
            self.fault(
                f"{pointer}/qualifying", "“qualifying” can only be true; leave it out to count every signal."
            )
        if kind is DistinctTypes and at_least is not None and types and len(types) < at_least:
            self.fault(
                f"{pointer}/at_least", f"Only {len(types)} types are named, so {at_least} can never be met."
            )
        if at_least is None or days is None:
            return None
        return kind(at_least, days, Filter(types, kinds, topics, qualifying is True))

    def level(self, kind: type[Level], body: Body, pointer: str) -> Condition | None:
        self.only(body, ("at_least",), pointer)
        at_least = self.points(body, pointer)
        return None if at_least is None else kind(at_least)

    def rise(self, body: Body, pointer: str) -> Condition | None:
        self.only(body, ("at_least", "days"), pointer)
        at_least = self.points(body, pointer)
        days = self.whole(body, "days", 1, MAX_RISE_DAYS, pointer)
        return None if at_least is None or days is None else ScoreRise(at_least, days)

    def dormant(self, body: Body, pointer: str) -> Condition | None:
        self.only(body, ("days",), pointer)
        days = self.whole(body, "days", 1, MAX_DAYS, pointer)
        return None if days is None else Dormant(days)

    def only(self, body: Body, allowed: tuple[str, ...], pointer: str) -> None:
        """Note every key that does not belong here."""
        for key in body:
            if key not in allowed:
                cure = f"; allowed here: {', '.join(allowed)}."
                self.fault(
                    f"{pointer}/{_escaped(key)}",
                    f"“{_cut(key)}” is not known here{_nearest(key, allowed)}{cure}",
                )

    def whole(self, body: Body, name: str, low: int, high: int, pointer: str) -> int | None:
        """A whole number within bounds; a truth value is none."""
        value = body.get(name)
        if name not in body:
            self.fault(f"{pointer}/{name}", f"“{name}” is missing; give a whole number from {low} to {high}.")
        elif not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.fault(f"{pointer}/{name}", f"“{name}” must be a whole number from {low} to {high}.")
        else:
            return value
        return None

    def points(self, body: Body, pointer: str) -> float | None:
        """A number above 0 and up to 100."""
        value = body.get("at_least")
        if "at_least" not in body:
            self.fault(f"{pointer}/at_least", "“at_least” is missing; give a number above 0 and up to 100.")
        elif (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not 0 < value <= 100
            or not isfinite(value)
        ):
            self.fault(f"{pointer}/at_least", "“at_least” must be a number above 0 and up to 100.")
        else:
            return value
        return None

    def texts(
        self, body: Body, name: str, pointer: str, take: Callable[[str, str], str | None]
    ) -> tuple[str, ...]:
        """A list of texts, each once, in the order given."""
        if name not in body:
            return ()
        values, inside = body[name], f"{pointer}/{name}"
        if not isinstance(values, list) or not 1 <= len(values) <= MAX_VALUES:
            self.fault(
                inside,
                f"“{name}” must be a list of 1 to {MAX_VALUES} texts; leave it out to count every one.",
            )
            return ()
        taken: dict[str, None] = {}
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
                self.fault(
                    f"{inside}/{index}", f"Each of “{name}” must be a text of 1 to {MAX_TEXT} characters."
                )
            elif (text := take(value, f"{inside}/{index}")) is not None:
                taken[text] = None
        return tuple(taken)

    def known_type(self, slug: str, pointer: str) -> str | None:
        if self.types is None or slug in self.types:
            return slug
        self.fault(pointer, f"There is no signal type “{slug}”{_nearest(slug, self.types)}.")
        return None

    def known_kind(self, kind: str, pointer: str) -> str | None:
        if kind in words.KIND_WORDS:
            return kind
        self.fault(pointer, f"There is no source kind “{kind}”; use {words.listed(words.KIND_WORDS)}.")
        return None


_EXAMPLES = {
    "count": '{"types": ["pricing-page"], "at_least": 3, "days": 14}',
    "distinct_types": '{"qualifying": true, "at_least": 2, "days": 30}',
    "distinct_contacts": '{"at_least": 2, "days": 30}',
    "distinct_signals": '{"qualifying": true, "at_least": 2, "days": 30}',
    "intent": '{"at_least": 60}',
    "fit": '{"at_least": 60}',
    "score": '{"at_least": 60}',
    "score_rise": '{"at_least": 20, "days": 7}',
    "dormant": '{"days": 90}',
}


def _escaped(key: object) -> str:
    """A key as a part of a JSON pointer (RFC 6901)."""
    return _cut(str(key)).replace("~", "~0").replace("/", "~1")


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _nearest(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word[:60], sorted(known), n=1)
    return f" (did you mean “{close[0]}”?)" if close else ""
