"""Rules as people and integrations write them: read, and every fault told in a sentence where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from abmops.lib.errors import FieldError, FieldErrors
from signals.domain.glob import Glob
from signals.domain.rules.event import comparable, plain
from signals.domain.rules.rule import Rule

MAX_RULES = 50
MAX_TEXT = 200

KEYS = ("event", "path", "property")
Scalar = str | int | float | bool


def read(rules: object, slug: str) -> list[Rule]:
    """The rules of a type as stored; one that is no rule is left out."""
    return _read(rules, slug, "", [])


def check(rules: object, *, pointer: str = "/rules") -> None:
    """FieldErrors with every fault of a type's rules as a person or an integration sent them."""
    faults: list[FieldError] = []
    _read(rules, "", pointer, faults)
    if faults:
        raise FieldErrors(faults)


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
    if event is not None and not plain(event.replace("*", "")):
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
        event=Glob.of(plain(event)) if event else None,
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
            found.append((str(name), frozenset(map(comparable, values)), values))
    return found


def _or(values: list[Scalar]) -> str:
    return " or ".join(f"“{value}”" for value in values)
