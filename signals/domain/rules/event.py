"""What an event offers to rules: its names, the path of its page, its properties."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote, urlsplit


def names_of(event: Mapping[str, object]) -> tuple[str, ...]:
    """What an event may be called by: its kind for page and screen calls, then its own name."""
    kind = str(event.get("type") or "track")
    name = event.get("event") if kind == "track" else event.get("name")
    own = (plain(name),) if isinstance(name, str) and name.strip() else ()
    return own if kind == "track" and own else (kind, *own)


@lru_cache(maxsize=2048)
def plain(name: str) -> str:
    """`Demo Requested`, `demo_requested` and `DEMO-REQUESTED` are one name."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def path_of(event: Mapping[str, object]) -> str:
    """The path of the page that the event is about or happened on; empty where it names none."""
    context = event.get("context")
    page = context.get("page") if isinstance(context, dict) else None
    for place in (event.get("properties"), page):
        if isinstance(place, dict):
            for key in ("path", "url"):
                value = place.get(key)
                if isinstance(value, str) and value.strip():
                    return _cleaned(value.strip())
    return ""


@lru_cache(maxsize=2048)
def _cleaned(text: str) -> str:
    try:
        path = unquote(urlsplit(text).path)
    except ValueError:
        return ""
    return f"/{path.strip('/')}".casefold()


def has(properties: object, name: str, wanted: frozenset[object]) -> bool:
    """Whether a property, which may lie deeper (`plan.name`), has one of the values."""
    value = properties
    if isinstance(value, Mapping) and name in value:
        return comparable(value[name]) in wanted
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return comparable(value) in wanted


def comparable(value: object) -> object:
    """Texts without case; true and 1 are two values, 1 and 1.0 are one; lists and objects equal nothing."""
    if isinstance(value, str):
        return value.casefold().strip()
    return (type(value) is bool, value) if isinstance(value, bool | int | float) else None
