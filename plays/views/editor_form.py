"""The editor's form and the document of a play: read from its fields, faults and all."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from plays.domain import draft as drafts
from plays.domain.draft import Document
from plays.domain.parse import MAX_STEPS, MAX_TEXT
from plays.views import editor_committee
from plays.views.editor_reading import listed, number_in, numbers, text_in, texts, without_none

STEP_TEXTS = ("title", "instructions", "surface")
MOST_VARIANTS = 30


def from_form(form: QueryDict) -> Document:
    """What the form says, in the API's shape; what is no number stays text, to be complained about."""
    return {
        "trigger": _trigger(form),
        "audience": _audience(form),
        "steps": _steps(form),
        "exits": texts(form.getlist("exits")),
        "contract": without_none(
            {"outcome": text_in(form, "contract-outcome", 40), "days": number_in(form, "contract-days")}
        ),
        "priority": number_in(form, "priority"),
        "throttle": {
            name: number_in(form, f"throttle-{name}")
            for name in ("live_per_account", "new_per_owner_per_week", "cooldown_days")
        },
        "holdout": _share(form, "holdout"),
    }


def _trigger(form: QueryDict) -> Document:
    said: Document = {}
    if crossings := texts(form.getlist("trigger-crossing")):
        said["crossing"] = crossings
    if tiers := numbers(form.getlist("trigger-joined_tier")):
        said["joined_tier"] = tiers
    if stages := listed(form.get("trigger-stage", "")):
        said["stage"] = stages
    at_most = number_in(form, "trigger-contacts_at_most")
    if form.get("trigger-contact_engaged") or at_most is not None:
        said["contact_engaged"] = without_none({"contacts_at_most": at_most})
    score = number_in(form, "trigger-score")
    if score is not None:
        said["score"] = {"at_least": score}
    for name in ("hand_raise", "manual"):
        if form.get(f"trigger-{name}"):
            said[name] = True
    return said


def _audience(form: QueryDict) -> Document:
    said: Document = {
        "tiers": numbers(form.getlist("audience-tiers")),
        "phases": texts(form.getlist("audience-phases")),
        "lifecycles": texts(form.getlist("audience-lifecycles")),
        "industries": listed(form.get("audience-industries", "")),
        "territories": texts(form.getlist("audience-territories")),
        "fit_at_least": number_in(form, "audience-fit_at_least"),
        "committee": editor_committee.from_form(form),
    }
    return {name: value for name, value in said.items() if value not in ([], None)}


def _steps(form: QueryDict) -> list[Document]:
    steps: list[Document] = []
    while len(steps) <= MAX_STEPS and f"steps-{len(steps)}-channel" in form:
        at = f"steps-{len(steps)}"
        step: Document = {
            "key": drafts.key_of(text_in(form, f"{at}-key", 120)),
            "channel": text_in(form, f"{at}-channel", 40),
            "side": text_in(form, f"{at}-side", 40),
            "role": text_in(form, f"{at}-role", 40),
            "wait_days": number_in(form, f"{at}-wait_days", empty=0),
            "wait_business_days": number_in(form, f"{at}-wait_business_days"),
            "wait_hours": number_in(form, f"{at}-wait_hours"),
            "opens_between": text_in(form, f"{at}-opens_between", 20) or None,
            "tries": number_in(form, f"{at}-tries"),
            "sla_hours": number_in(form, f"{at}-sla_hours"),
            "variants": _variants(form, at),
        }
        step |= {name: text_in(form, f"{at}-{name}", MAX_TEXT + 1) for name in STEP_TEXTS}
        steps.append(without_none(step))
    return steps


def _variants(form: QueryDict, at: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for index in range(MOST_VARIANTS):
        persona = text_in(form, f"{at}-variant-{index}-persona", 60)
        if not persona:
            break
        said.setdefault(persona, text_in(form, f"{at}-variant-{index}", MAX_TEXT + 1))
    return said


def _share(form: QueryDict, name: str) -> Any:
    """Ten, typed as a percentage, is 0.1."""
    said = number_in(form, name, empty=0)
    return round(said / 100, 6) if isinstance(said, int | float) else said


def acted(document: Document, act: str, form: QueryDict) -> Document:
    """What a button of the form does to the document: `add`, `up 2`, `variant 0`, …; any other word changes nothing."""
    verb, _, place = act.partition(" ")
    if verb == "add":
        return drafts.added(document, form.get("new-step", ""))
    if verb == "ask":
        return drafts.asking(document, form.get(editor_committee.AT, ""))
    number, _, persona = place.partition(" ")
    if not number.isdecimal() or len(number) > 3:
        return document
    index = int(number)
    match verb:
        case "up":
            return drafts.moved(document, index, -1)
        case "down":
            return drafts.moved(document, index, 1)
        case "unask":
            return drafts.not_asking(document, index)
        case "remove":
            return drafts.without(document, index)
        case "copy":
            return drafts.copied(document, index)
        case "variant":
            wanted = text_in(form, f"steps-{index}-other", 60) or form.get(f"steps-{index}-new", "")
            return drafts.with_variant(document, index, wanted)
        case "unvariant":
            return drafts.without_variant(document, index, persona)
        case _:
            return document
