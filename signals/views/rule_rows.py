"""The rules of a signal type as rows of a form: an event, a page, properties a line each. Works without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from abmops.lib.errors import FieldErrors
from signals.domain.condition.words import number
from signals.domain.rules import MAX_RULES

_VALUE = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)')


@dataclass(slots=True)
class Row:
    """One rule as typed, and what is wrong with it."""

    event: str = ""
    path: str = ""
    properties: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is typed."""
        return not (self.event.strip() or self.path.strip() or self.properties.strip())

    @classmethod
    def of(cls, rule: Mapping[str, Any]) -> Row:
        """A stored rule."""
        wanted = rule.get("property")
        lines = [
            f"{name} = {', '.join(map(_shown, value if isinstance(value, list) else [value]))}"
            for name, value in (wanted.items() if isinstance(wanted, Mapping) else ())
        ]
        return cls(str(rule.get("event", "")), str(rule.get("path", "")), "\n".join(lines))

    def document(self) -> dict[str, Any]:
        """The rule as it is stored. What is wrong with its properties goes to `errors`."""
        rule: dict[str, Any] = {}
        if self.event.strip():
            rule["event"] = self.event.strip()
        if self.path.strip():
            rule["path"] = self.path.strip()
        properties: dict[str, Any] = {}
        for line in self.properties.splitlines():
            name, sign, text = line.partition("=")
            if not line.strip():
                continue
            values = _values(text)
            if not sign or not name.strip() or not values:
                self.errors.append(
                    f"“{line.strip()[:60]}” must read as name = value, such as plan = pro, max."
                )
                continue
            properties[name.strip()] = values[0] if len(values) == 1 else values
        if properties:
            rule["property"] = properties
        return rule


def rows_of(rules: object) -> list[Row]:
    """The rows of a type as stored, with an empty one where there is none."""
    stored = rules if isinstance(rules, list) else []
    return [Row.of(rule) for rule in stored if isinstance(rule, Mapping)] or [Row()]


def posted(data: QueryDict) -> list[Row]:
    """The rows of a form as sent, with what its buttons ask: one more row, or one less."""
    events, paths, properties = (data.getlist(name) for name in ("event", "path", "properties"))
    rows = [Row(*typed) for typed in zip(events, paths, properties, strict=False)][:MAX_RULES]
    do = data.get("do", "")
    if do == "add" and len(rows) < MAX_RULES:
        rows.append(Row())
    gone = do.removeprefix("remove-")
    if gone != do and gone.isdecimal() and int(gone) < len(rows):
        del rows[int(gone)]
    return rows or [Row()]


def documents(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rules of all rows that say something."""
    return [row.document() for row in rows if not row.is_empty]


def blame(rows: Sequence[Row], error: FieldErrors) -> list[str]:
    """Put what the service finds wrong with a rule to its row; gives back what is about none of them."""
    typed = [row for row in rows if not row.is_empty]
    left = []
    for one in error.errors:
        head, _, rest = one.pointer.removeprefix("/rules/").partition("/")
        if one.pointer.startswith("/rules/") and head.isdecimal() and int(head) < len(typed):
            typed[int(head)].errors.append(one.detail)
        else:
            left.append(
                one.detail if rest or one.pointer.startswith("/rules") else f"{one.pointer}: {one.detail}"
            )
    return left


def _values(text: str) -> list[str | float | int | bool]:
    found: list[str | float | int | bool] = []
    at = 0
    while at < len(text):
        match = _VALUE.match(text, at)
        if match is None or match.end() == at:
            break
        at = match.end()
        quoted, plain = match.groups()
        if quoted is not None:
            found.append(quoted.replace('\\"', '"').replace("\\\\", "\\"))
        elif plain.strip():
            found.append(_read(plain.strip()))
    return found


def _read(text: str) -> str | float | int | bool:
    """`true` and `false` are yes and no, a number is a number; in quotes they are texts."""
    if text.casefold() in {"true", "false"}:
        return text.casefold() == "true"
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d{1,15}\.\d{1,10}", text) else text


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number(value)
    text = str(value)
    plain = text.strip() == text and text and not set(text) & set(',"\\\n=') and isinstance(_read(text), str)
    if plain:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
