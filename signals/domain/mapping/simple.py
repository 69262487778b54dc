"""A mapping as a table that anybody can fill in: for each field the paths to look at, or what it always is.

What the table does not show (a table of values, a form of dates, a template) stays as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signals.domain.mapping.rule import FIELDS
from signals.domain.mapping.words import CALLED

SHOWN = tuple(name for name in FIELDS if name != "properties")


@dataclass(frozen=True, slots=True)
class Line:
    """One field: the paths, with commas between them; what it always is, or is where they hold nothing; what else."""

    name: str
    label: str
    paths: str
    constant: str
    more: str


def lines_of(document: Mapping[str, Any]) -> list[Line]:
    """The table of a mapping, whatever is wrong with it."""
    record = document.get("record")
    record = record if isinstance(record, dict) else {}
    return [_line(name, record.get(name)) for name in SHOWN]


def _line(name: str, rule: Any) -> Line:
    if isinstance(rule, str):
        rule = {"path": rule}
    rule = rule if isinstance(rule, dict) else {}
    path = rule.get("path", [])
    paths = path if isinstance(path, list) else [path]
    constant = rule.get("value", rule.get("otherwise", ""))
    more = [key for key in ("template", "table", "out_of", "format", "zone") if key in rule]
    return Line(name, CALLED[name], ", ".join(map(str, paths)), str(constant), ", ".join(more))


def with_lines(document: Mapping[str, Any], said: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """The mapping with the fields as the table says them: name -> (paths, constant). Both empty: no rule, unless the
    field has one that the table does not show."""
    changed: dict[str, Any] = copy.deepcopy(dict(document))
    known = changed.get("record")
    record = dict(known) if isinstance(known, dict) else {}
    for name, (paths, constant) in said.items():
        before = _line(name, record.get(name))
        if name not in SHOWN or (before.paths, before.constant) == (paths.strip(), constant.strip()):
            continue
        rule = record.get(name)
        rule = {"path": rule} if isinstance(rule, str) else dict(rule) if isinstance(rule, dict) else {}
        for key in ("path", "value", "otherwise"):
            rule.pop(key, None)
        wanted = [path.strip() for path in paths.split(",") if path.strip()]
        if wanted:
            rule.pop("template", None)
            rule["path"] = wanted[0] if len(wanted) == 1 else wanted
        if constant.strip():
            rule["otherwise" if wanted or "template" in rule else "value"] = constant.strip()
        if {"path", "value", "template"} & set(rule):
            record[name] = rule["path"] if set(rule) == {"path"} and isinstance(rule["path"], str) else rule
        else:
            record.pop(name, None)
    changed["record"] = record
    return changed
