"""The editor's form and the document of a play: read from its fields, faults and all."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from django.http import QueryDict

from plays.domain import draft as drafts
from plays.domain.draft import Document
from plays.domain.parse import MAX_STEPS, MAX_TEXT

LONGEST_LIST = 60
STEP_TEXTS = ("title", "instructions", "surface")
MOST_VARIANTS = 30


def from_form(form: QueryDict) -> Document:
    """What the form says, in the API's shape; what is no number stays text, to be complained about."""
    return {
        "trigger": _trigger(form),
        "audience": _audience(form),
        "steps": _steps(form),
        "exits": _texts(form.getlist("exits")),
        "contract": _without_none(
            {"outcome": _text(form, "contract-outcome", 40), "days": _number(form, "contract-days")}
        ),
        "priority": _number(form, "priority"),
        "throttle": {
            name: _number(form, f"throttle-{name}")
            for name in ("live_per_account", "new_per_owner_per_week", "cooldown_days")
        },
        "holdout": _share(form, "holdout"),
    }


def _trigger(form: QueryDict) -> Document:
    said: Document = {}
    if crossings := _texts(form.getlist("trigger-crossing")):
        said["crossing"] = crossings
    if tiers := _numbers(form.getlist("trigger-joined_tier")):
        said["joined_tier"] = tiers
    if stages := _listed(form.get("trigger-stage", "")):
        said["stage"] = stages
    at_most = _number(form, "trigger-contacts_at_most")
    if form.get("trigger-contact_engaged") or at_most is not None:
        said["contact_engaged"] = _without_none({"contacts_at_most": at_most})
    score = _number(form, "trigger-score")
    if score is not None:
        said["score"] = {"at_least": score}
    for name in ("hand_raise", "manual"):
        if form.get(f"trigger-{name}"):
            said[name] = True
    return said


def _audience(form: QueryDict) -> Document:
    said: Document = {
        "tiers": _numbers(form.getlist("audience-tiers")),
        "phases": _texts(form.getlist("audience-phases")),
        "lifecycles": _texts(form.getlist("audience-lifecycles")),
        "industries": _listed(form.get("audience-industries", "")),
        "territories": _texts(form.getlist("audience-territories")),
        "fit_at_least": _number(form, "audience-fit_at_least"),
    }
    return {name: value for name, value in said.items() if value not in ([], None)}


def _steps(form: QueryDict) -> list[Document]:
    steps: list[Document] = []
    while len(steps) <= MAX_STEPS and f"steps-{len(steps)}-channel" in form:
        at = f"steps-{len(steps)}"
        step: Document = {
            "key": drafts.key_of(_text(form, f"{at}-key", 120)),
            "channel": _text(form, f"{at}-channel", 40),
            "side": _text(form, f"{at}-side", 40),
            "role": _text(form, f"{at}-role", 40),
            "wait_days": _number(form, f"{at}-wait_days", empty=0),
            "wait_business_days": _number(form, f"{at}-wait_business_days"),
            "wait_hours": _number(form, f"{at}-wait_hours"),
            "opens_between": _text(form, f"{at}-opens_between", 20) or None,
            "tries": _number(form, f"{at}-tries"),
            "sla_hours": _number(form, f"{at}-sla_hours"),
            "variants": _variants(form, at),
        }
        step |= {name: _text(form, f"{at}-{name}", MAX_TEXT + 1) for name in STEP_TEXTS}
        steps.append(_without_none(step))
    return steps


def _variants(form: QueryDict, at: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for index in range(MOST_VARIANTS):
        persona = _text(form, f"{at}-variant-{index}-persona", 60)
        if not persona:
            break
        said.setdefault(persona, _text(form, f"{at}-variant-{index}", MAX_TEXT + 1))
    return said


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _text(form: QueryDict, name: str, longest: int) -> str:
    return form.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()[:longest]


def _texts(values: Iterable[str]) -> list[str]:
    clean = (value.replace("\0", "").strip()[:120] for value in values)
    return [value for value in dict.fromkeys(clean) if value][:LONGEST_LIST]


def _listed(text: str) -> list[str]:
    """`Proposal; Contract` and one to a line."""
    return _texts(text.replace("\n", ";").split(";"))


def _numbers(values: Iterable[str]) -> list[Any]:
    return [_read(value) for value in _texts(values)]


def _number(form: QueryDict, name: str, empty: int | None = None) -> Any:
    """A number as typed; nothing typed is `empty`; what is no number stays text."""
    text = form.get(name, "").strip()
    return _read(text) if text else empty


def _read(text: str) -> Any:
    bare = text.replace(" ", "").replace("\u00a0", "")
    for kind in (int, float):
        try:
            number = kind(bare)
        except ValueError:
            continue
        if math.isfinite(number):
            return number
    return text[:40].replace("\0", "")


def _share(form: QueryDict, name: str) -> Any:
    """Ten, typed as a percentage, is 0.1."""
    said = _number(form, name, empty=0)
    return round(said / 100, 6) if isinstance(said, int | float) else said


def acted(document: Document, act: str, form: QueryDict) -> Document:
    """What a button of the form does to the document: `add`, `up 2`, `variant 0`, …; any other word changes nothing."""
    verb, _, place = act.partition(" ")
    if verb == "add":
        return drafts.added(document, form.get("new-step", ""))
    number, _, persona = place.partition(" ")
    if not number.isdecimal() or len(number) > 3:
        return document
    index = int(number)
    match verb:
        case "up":
            return drafts.moved(document, index, -1)
        case "down":
            return drafts.moved(document, index, 1)
        case "remove":
            return drafts.without(document, index)
        case "copy":
            return drafts.copied(document, index)
        case "variant":
            wanted = _text(form, f"steps-{index}-other", 60) or form.get(f"steps-{index}-new", "")
            return drafts.with_variant(document, index, wanted)
        case "unvariant":
            return drafts.without_variant(document, index, persona)
        case _:
            return document
