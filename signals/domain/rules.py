"""Which raw events are which signal type: rules on name, page and properties, specific before general.

A type has a list of rules, and one of them is enough. A rule is an object of one or more of `{"event":
"Demo Requested", "path": "/pricing*", "property": {"plan": ["pro", "enterprise"]}}`, all of which must
hold:

- `event`: the name of a track call, or `page` or `screen` for any such call, or a page's own name; `*`
stands for anything; case, `_` and `-` make no difference. - `path`: the page's path, without query; `*`
stands for anything, slashes too. Without `event` it means page views only: browsers send the page along
with every event. - `property`: properties, inner ones as `plan.name`, each equal to a value or to one of a
list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self, TypeVar, cast
from urllib.parse import unquote, urlsplit

from abmops.lib.errors import FieldError, FieldErrors
from signals.domain.glob import Glob

MAX_RULES = 50
MAX_TEXT = 200
REMEMBERED_NAMES = 4096

VIEWS = ("page", "screen")
KEYS = ("event", "path", "property")
Scalar = str | int | float | bool
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one type. `why` says in a sentence what it found in an event that it matches."""

    slug: str
    index: int
    event: Glob | None
    path: Glob | None
    properties: tuple[tuple[str, frozenset[object]], ...]
    why: str

    @property
    def rank(self) -> tuple[object, ...]:
        """Sorts the specific before the general:

        More properties, longer paths, exact names; ties by slug and place.
        """
        return (
            -len(self.properties),
            -(self.path.literals if self.path else 0),
            not (self.path and self.path.is_exact),
            not (self.event and self.event.is_exact),
            -(self.event.literals if self.event else 0),
            self.slug,
            self.index,
        )

    def leads_to(self, path: str) -> bool:
        """Whether the path part, which there is, holds for a page."""
        assert self.path is not None
        return self.path.matches(path) or self.path.matches(f"{path}/")

    def takes(self, names: tuple[str, ...]) -> bool:
        """Whether the event part holds for an event of these names."""
        if self.event is None:
            return self.path is None or names[0] in VIEWS
        return any(self.event.matches(name) for name in names)

    def holds_for(self, event: Mapping[str, object]) -> bool:
        """Whether the whole rule holds for a Segment message."""
        return self.takes(_names(event)) and _holds(self, event)


@dataclass(frozen=True, slots=True)
class Match:
    """What an event was recognised as: the type's slug, which of its rules, and why in a sentence."""

    slug: str
    rule: int
    why: str


class Rulebook:
    """The rules of all live types.

    `types` are (slug, the type's rules as stored); a rule that is no rule is left out.
    """

    def __init__(self, types: Iterable[tuple[str, object]]) -> None:
        found = [rule for slug, document in types for rule in _read(document, slug, "", [])]
        self._rules = sorted(found, key=lambda rule: rule.rank)
        self._by_names: dict[tuple[str, ...], Candidates] = {}
        self._by_path: dict[tuple[tuple[str, ...], str], Candidates] = {}

    def match(self, event: Mapping[str, object]) -> Match | None:
        """The type of a Segment message by its most specific rule, or None.

        The order of the types does not matter.
        """
        for rule, match in self._candidates(event).rules:
            if not rule.properties or _holds_of(event.get("properties"), rule):
                return match
        return None

    def _candidates(self, event: Mapping[str, object]) -> Candidates:
        """The rules whose name and path hold for the event, remembered: events of one name on one page are many."""
        names = _names(event)
        by_name = self._by_names.get(names)
        if by_name is None:
            by_name = Candidates.of(rule for rule in self._rules if rule.takes(names))
            _remember(self._by_names, names, by_name)
        if not by_name.look_at_path:
            return by_name
        path = _path(event)
        found = self._by_path.get((names, path))
        if found is None:
            found = Candidates.of(
                rule for rule, _ in by_name.rules if rule.path is None or (path and rule.leads_to(path))
            )
            _remember(self._by_path, (names, path), found)
        return found


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rules that may hold, the most specific first, each with what it would say."""

    rules: tuple[tuple[Rule, Match], ...]
    look_at_path: bool

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> Self:
        """The candidates of these rules."""
        found = tuple(rules)
        return cls(
            tuple((rule, Match(rule.slug, rule.index, rule.why)) for rule in found),
            any(rule.path is not None for rule in found),
        )


def _remember(known: dict[K, Candidates], key: K, found: Candidates) -> None:
    if len(known) >= REMEMBERED_NAMES:
        known.clear()
    known[key] = found


def _holds_of(properties: object, rule: Rule) -> bool:
    return all(_has(properties, name, wanted) for name, wanted in rule.properties)


def read(rules: object, slug: str) -> list[Rule]:
    """The rules of a type as stored; one that is no rule is left out."""
    return _read(rules, slug, "", [])


def _holds(rule: Rule, event: Mapping[str, object]) -> bool:
    """Whether path and properties hold."""
    if rule.path is not None:
        path = _path(event)
        if not path or not rule.leads_to(path):
            return False
    return _holds_of(event.get("properties"), rule)


def check(rules: object, *, pointer: str = "/rules") -> None:
    """FieldErrors with every fault of a type's rules as a person or an integration sent them."""
    faults: list[FieldError] = []
    _read(rules, "", pointer, faults)
    if faults:
        raise FieldErrors(faults)


def _names(event: Mapping[str, object]) -> tuple[str, ...]:
    """What an event may be called by: its kind for page and screen calls, then its own name."""
    kind = str(event.get("type") or "track")
    name = event.get("event") if kind == "track" else event.get("name")
    own = (_plain(name),) if isinstance(name, str) and name.strip() else ()
    return own if kind == "track" and own else (kind, *own)


@lru_cache(maxsize=2048)
def _plain(name: str) -> str:
    """`Demo Requested`, `demo_requested` and `DEMO-REQUESTED` are one name."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _path(event: Mapping[str, object]) -> str:
    """The path of the page that the event is about or happened on; empty where it names none."""
    context = event.get("context")
    page = context.get("page") if isinstance(context, dict) else None
    for place in (event.get("properties"), page):
        if isinstance(place, dict):
            for key in ("path", "url"):
                value = place.get(key)
                if isinstance(value, str) and value.strip():
                    return _path_of(value.strip())
    return ""


@lru_cache(maxsize=2048)
def _path_of(text: str) -> str:
    try:
        path = unquote(urlsplit(text).path)
    except ValueError:
        return ""
    return f"/{path.strip('/')}".casefold()


def _has(properties: object, name: str, wanted: frozenset[object]) -> bool:
    """Whether a property, which may lie deeper (`plan.name`), has one of the values."""
    value = properties
    if isinstance(value, Mapping) and name in value:
        return _comparable(value[name]) in wanted
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return _comparable(value) in wanted


def _comparable(value: object) -> object:
    """Texts without case; true and 1 are two values, 1 and 1.0 are one; lists and objects equal nothing."""
    if isinstance(value, str):
        return value.casefold().strip()
    return (type(value) is bool, value) if isinstance(value, bool | int | float) else None


def _read(document: object, slug: str, pointer: str, faults: list[FieldError]) -> list[Rule]:
    """The rules that are right; what is wrong with the others goes to `faults`."""
    if not isinstance(document, list) or len(document) > MAX_RULES:
        faults.append(FieldError(pointer, f"The rules must be a list of at most {MAX_RULES} objects."))
        return []
    found = []
    for index, rule in enumerate(document):
        wrong: list[FieldError] = []
        read = _rule(rule, slug, index, f"{pointer}/{index}", wrong)
        faults += wrong
        if read is not None and not wrong:
            found.append(read)
    return found


def _rule(document: object, slug: str, index: int, pointer: str, wrong: list[FieldError]) -> Rule | None:
    if not isinstance(document, dict) or not document:
        wrong.append(
            FieldError(pointer, f"A rule is an object with {', '.join(KEYS)}; give at least one of them.")
        )
        return None
    body = cast("dict[str, object]", document)
    wrong += [
        FieldError(f"{pointer}/{key}", f"“{str(key)[:60]}” is not known in a rule; use {', '.join(KEYS)}.")
        for key in body
        if key not in KEYS
    ]
    event, path = _text(body, "event", pointer, wrong), _text(body, "path", pointer, wrong)
    if event is not None and not _plain(event.replace("*", "")):
        wrong.append(FieldError(f"{pointer}/event", "“event” must name more than “*”."))
    if path is not None and path[0] not in "/*":
        wrong.append(FieldError(f"{pointer}/path", "“path” must begin with “/” or “*”, such as /pricing*."))
    properties = _properties(body, f"{pointer}/property", wrong)
    if event is None and path is None and not properties:
        return None
    parts = [
        *([f"the event is “{event}”"] if event else []),
        *([f"the page is “{path}”"] if path else []),
        *(f"“{name}” is {_or(shown)}" for name, _, shown in properties),
    ]
    return Rule(
        slug=slug,
        index=index,
        event=Glob.of(_plain(event)) if event else None,
        path=Glob.of(path if path == "/" else path.rstrip("/")) if path else None,
        properties=tuple((name, wanted) for name, wanted, _ in properties),
        why=f"Rule {index + 1} of “{slug}” matches: {' and '.join(parts)}.",
    )


def _text(body: Mapping[str, object], name: str, pointer: str, wrong: list[FieldError]) -> str | None:
    value = body.get(name)
    if name not in body:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
        detail = f"“{name}” must be a text of 1 to {MAX_TEXT} characters."
        wrong.append(FieldError(f"{pointer}/{name}", detail))
        return None
    return value.strip()


def _properties(
    body: Mapping[str, object], pointer: str, wrong: list[FieldError]
) -> list[tuple[str, frozenset[object], list[Scalar]]]:
    wanted = body.get("property")
    if "property" not in body:
        return []
    if not isinstance(wanted, dict) or not 1 <= len(wanted) <= MAX_RULES:
        wrong.append(
            FieldError(pointer, '“property” must be an object of names and values, such as {"plan": "pro"}.')
        )
        return []
    found = []
    for name, given in wanted.items():
        values = given if isinstance(given, list) else [given]
        if not values or len(values) > MAX_RULES or not all(isinstance(value, Scalar) for value in values):
            detail = f"“{str(name)[:60]}” must be a text, a number or true or false, or a list of them."
            wrong.append(FieldError(f"{pointer}/{str(name)[:60]}", detail))
        else:
            found.append((str(name), frozenset(map(_comparable, values)), values))
    return found


def _or(values: list[Scalar]) -> str:
    return " or ".join(f"“{value}”" for value in values)
