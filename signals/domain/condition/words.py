"""The words that conditions are read aloud with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from signals.domain.catalogue import Filter

KIND_WORDS = {
    "third_party": "third-party",
    "first_party": "first-party",
    "product": "product",
    "community": "community",
    "crm": "CRM",
    "manual": "manual",
}


def plural(n: int, one: str, many: str) -> str:
    """`1 day`, `2 days`."""
    return f"{n} {one if n == 1 else many}"


def days(n: int) -> str:
    """`1 day`, `14 days`."""
    return plural(n, "day", "days")


def number(value: float) -> str:
    """`60`, `62.5`: no zeros that say nothing."""
    return f"{value:g}"


def listed(parts: Iterable[str], last: str = "or") -> str:
    """`A`, `A or B`, `A, B or C`."""
    items = list(parts)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def quoted(values: Sequence[str], names: Mapping[str, str] | None = None) -> str:
    """`“Pricing page” or “Demo page”`."""
    known = names or {}
    return listed(f"“{known.get(value, value)}”" for value in values)


def signals(
    wanted: Filter, n: int | None, names: Mapping[str, str] | None = None, adjective: str = ""
) -> str:
    """`3 qualifying “Pricing page” signals on the topic “CRM”`;

    Without `n`, in the plural and without a number.
    """
    words = [adjective.strip()] if adjective else []
    if wanted.qualifying:
        words.append("qualifying")
    if wanted.kinds:
        words.append(listed(KIND_WORDS.get(kind, kind) for kind in wanted.kinds))
    if wanted.types:
        words.append(quoted(wanted.types, names))
    words.append("signal" if n == 1 else "signals")
    topics = f" on the topic {quoted(wanted.topics)}" if wanted.topics else ""
    return f"{'' if n is None else f'{n} '}{' '.join(words)}{topics}"
