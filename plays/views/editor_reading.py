"""Single fields of the play editor's form as values of its document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict

from abmops.ui import typed

LONGEST_LIST = 60


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    """The values less those that were left empty."""
    return {name: value for name, value in values.items() if value is not None}


def text_in(form: QueryDict, name: str, longest: int) -> str:
    """One text of the form, trimmed, and cut to the longest that is stored."""
    return form.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()[:longest]


def texts(values: Iterable[str]) -> list[str]:
    """Texts without repeats and empty ones."""
    clean = (value.replace("\0", "").strip()[:120] for value in values)
    return [value for value in dict.fromkeys(clean) if value][:LONGEST_LIST]


def listed(text: str) -> list[str]:
    """`Proposal; Contract` and one to a line."""
    return texts(text.replace("\n", ";").split(";"))


def numbers(values: Iterable[str]) -> list[Any]:
    """Numbers as typed; what is none stays text."""
    return [typed.number(value) for value in texts(values)]


def number_in(form: QueryDict, name: str, empty: int | None = None) -> Any:
    """A number as typed; nothing typed is `empty`; what is no number stays text."""
    text = form.get(name, "").strip()
    return typed.number(text) if text else empty
