"""A play on the editor's desk: its document, faults and all, and what the buttons do to it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from plays.domain import vocabulary as words
from plays.domain.committee import ANY
from plays.domain.parse import MAX_FILTERS, MAX_STEPS

Document = dict[str, Any]

MARKETING_CHANNELS: Final = frozenset({"ad", "event", "web", "direct_mail"})
"""A fresh step on one of these is marketing's until somebody says otherwise."""

BLANK: Final[Mapping[str, Any]] = {
    "trigger": {"manual": True},
    "audience": {},
    "steps": [],
    "exits": ["meeting_booked", "disqualified"],
    "contract": {"outcome": "meeting_booked", "days": 30},
    "priority": 50,
    "throttle": {"live_per_account": 2, "new_per_owner_per_week": None, "cooldown_days": 30},
    "holdout": 0,
}
LONGEST_KEY = 56


def key_of(text: str) -> str:
    """`First call!` -> `first-call`: what a step is known by."""
    return re.sub(r"[^a-z0-9_]+", "-", text.strip().lower())[:LONGEST_KEY].strip("-_")


def free_key(wanted: str, taken: set[str]) -> str:
    """The key, with a number behind it where the play has it already."""
    stem, number, key = wanted or "step", 1, wanted or "step"
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    return key


def new_step(channel: str, taken: set[str]) -> Document:
    """A step to be filled in."""
    side = "marketing" if channel in MARKETING_CHANNELS else "sales"
    return {
        "key": free_key(channel.replace("_", "-"), taken),
        "wait_days": 2 if taken else 0,
        "channel": channel,
        "side": side,
        "role": "marketer" if side == "marketing" else "owner",
        "sla_hours": 24,
        "title": "",
        "instructions": "",
        "variants": {},
        "surface": "",
    }


def added(document: Document, channel: str) -> Document:
    """With one more step at the end; as it is where the channel is none or the play is full."""
    steps = list(document.get("steps") or [])
    if channel not in words.CHANNELS or len(steps) >= MAX_STEPS:
        return document
    return document | {"steps": [*steps, new_step(channel, _keys(steps))]}


def moved(document: Document, index: int, by: int) -> Document:
    """With a step moved up (-1) or down (+1)."""
    steps = list(document.get("steps") or [])
    if 0 <= index < len(steps) and 0 <= index + by < len(steps):
        steps[index], steps[index + by] = steps[index + by], steps[index]
    return document | {"steps": steps}


def without(document: Document, index: int) -> Document:
    """The document less its step at `index`."""
    steps = list(document.get("steps") or [])
    return document | {"steps": [step for at, step in enumerate(steps) if at != index]}


def copied(document: Document, index: int) -> Document:
    """With a copy of a step right after it."""
    steps = list(document.get("steps") or [])
    if not 0 <= index < len(steps) or len(steps) >= MAX_STEPS:
        return document
    twin = dict(steps[index])
    twin["key"] = free_key(str(twin.get("key", "")), _keys(steps))
    return document | {"steps": [*steps[: index + 1], twin, *steps[index + 1 :]]}


def with_variant(document: Document, index: int, persona: str) -> Document:
    """With words of its own for a persona, begun from the general ones."""
    steps = [dict(step) for step in document.get("steps") or []]
    persona = persona.strip()[:60]
    if persona and 0 <= index < len(steps):
        variants = dict(steps[index].get("variants") or {})
        variants.setdefault(persona, str(steps[index].get("instructions") or ""))
        steps[index]["variants"] = variants
    return document | {"steps": steps}


def without_variant(document: Document, index: int, persona: str) -> Document:
    """Without the words of a persona."""
    steps = [dict(step) for step in document.get("steps") or []]
    if 0 <= index < len(steps):
        variants = dict(steps[index].get("variants") or {})
        variants.pop(persona, None)
        steps[index]["variants"] = variants
    return document | {"steps": steps}


ASKED: Final[Mapping[str, Document]] = {
    "known": {"at_least": 1},
    "engaged": {"at_least": 1, "engaged_days": 30},
    "gap": {"gap": ANY},
}
"""What is asked of the committee at first, by the kind of question."""


def asking(document: Document, kind: str) -> Document:
    """With one more question about the buying committee; as it is where the kind is none or there are enough."""
    audience = document.get("audience") or {}
    asked = list(audience.get("committee") or [])
    if kind not in ASKED or len(asked) >= MAX_FILTERS:
        return document
    return document | {"audience": audience | {"committee": [*asked, dict(ASKED[kind])]}}


def not_asking(document: Document, index: int) -> Document:
    """Without a question about the committee."""
    audience = dict(document.get("audience") or {})
    asked = [one for at, one in enumerate(audience.pop("committee", ())) if at != index]
    return document | {"audience": audience | ({"committee": asked} if asked else {})}


def _keys(steps: list[Document]) -> set[str]:
    return {str(step.get("key", "")) for step in steps}
