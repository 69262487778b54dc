"""A mapping tried on an example: which records come out, and which not and why. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from abmops.lib.errors import FieldError, FieldErrors, Refused
from abmops.rest.records import Field
from signals.domain import mapping as mappings
from signals.domain.mapping.rule import text_of
from signals.models import SignalType, Source
from signals.services.hooks.making import Batch, make
from signals.services.hooks.opening import Opened, open_body

SHOWN = 20
_MOST_PATHS = 60


@dataclass(slots=True)
class Tried:
    """What a mapping makes of an example. `problem`: why nothing can be read; `faults`: what the mapping has wrong."""

    problem: str = ""
    faults: tuple[FieldError, ...] = ()
    sentences: list[tuple[str, str]] = field(default_factory=list)
    form: str = ""
    batch: Batch | None = None
    unknown_types: list[str] = field(default_factory=list)
    paths: list[tuple[str, str]] = field(default_factory=list)

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The first records that come out."""
        return list(self.batch.records.values())[:SHOWN] if self.batch else []

    @property
    def left_out(self) -> list[tuple[str, int]]:
        """What the items are called that meet no condition, and how many."""
        return list(self.batch.left_out.items()) if self.batch else []

    @property
    def untracked(self) -> list[tuple[str, int]]:
        """The topics that nobody follows, and how many items are on each."""
        return list(self.batch.untracked.items()) if self.batch else []

    @property
    def untracked_count(self) -> int:
        """The items on topics that nobody follows."""
        return self.batch.untracked.total() if self.batch else 0

    @property
    def refused(self) -> list[tuple[int, str, str]]:
        """The first items that are wrong: place counted from 1, what is wrong, and what was sent."""
        if self.batch is None:
            return []
        return [
            (
                index + 1,
                " ".join(_told(error) for error in self.batch.wrong[index]),
                self.batch.excerpt(index)[:200],
            )
            for index in sorted(self.batch.wrong)[:SHOWN]
        ]


def _told(error: FieldError) -> str:
    name = error.pointer.strip("/").replace("_", " ")
    return f"{name}: {error.detail}" if name else error.detail


def try_out(
    *, source: Source, mapping: object, example: str, fields: tuple[Field, ...], now: datetime
) -> Tried:
    """Try a mapping on an example as if it had been posted."""
    tried = Tried()
    opened = None
    if example.strip():
        try:
            opened = open_body(example.encode("utf-8", "replace"), "")
            tried.form = opened.form
            tried.paths = paths_of(opened)
        except Refused as error:
            tried.problem = error.message
    try:
        parsed = mappings.parse(mapping)
    except FieldErrors as error:
        tried.faults = error.errors
        return tried
    tried.sentences = mappings.describe(parsed)
    if opened is not None:
        try:
            tried.batch = make(opened, parsed, source=source.slug, fields=fields, now=now)
        except Refused as error:
            tried.problem = error.message
    named = parsed.types() | {
        record["type"] for record in (tried.batch.records.values() if tried.batch else ())
    }
    known = set(SignalType.objects.filter(slug__in=named).values_list("slug", flat=True))
    tried.unknown_types = sorted(named - known)
    return tried


def paths_of(opened: Opened) -> list[tuple[str, str]]:
    """The places of an example with a value each, in the words of “items” and of paths."""
    found: dict[str, str] = {}

    def walk(value: object, path: str, depth: int) -> None:
        if len(found) >= _MOST_PATHS or depth > 8:
            return
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(
                    inner,
                    f"{path}.{name}"
                    if path and not path.endswith("[]")
                    else f"{path}{'.' if path else ''}{name}",
                    depth + 1,
                )
        elif isinstance(value, list):
            for inner in value[:3]:
                walk(inner, f"{path}[]", depth + 1)
        elif path and text_of(value) and path not in found:
            found[path] = text_of(value)[:80]

    walk(opened.payload, "", 0)
    return list(found.items())
