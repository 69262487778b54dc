"""A signal type read aloud: what it is worth, for how long, what it counts towards, and which raw events are one.

One English sentence made from the definition itself, so that what people read is what the engine does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from signals.domain.condition import words

KIND_PLACES = {
    "first_party": "from our own pages and forms",
    "third_party": "from a third party",
    "product": "from the product",
    "community": "from the community",
    "crm": "from the CRM",
    "manual": "entered by hand",
}
INTENT_WORDS = {
    "pricing": "pricing",
    "demo": "a demo or trial",
    "comparison": "a comparison",
    "product": "the product or its documentation",
    "content": "content",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """A signal type as it is written down. `rules` are the documents as stored."""

    name: str
    kind: str
    points: float
    confidence: float
    half_life_days: float
    recency_days: int
    qualifying: bool = False
    hand_raise: bool = False
    digital_response: bool = False
    page_intent: str = ""
    rules: Sequence[object] = ()
    is_active: bool = True


def sentence(one: Definition) -> str:
    """`“Pricing page” is worth 12 points, half after 14 days, counts within 30; it is a view of /pricing*.`"""
    worth = "1 point" if one.points == 1 else f"{words.number(one.points)} points"
    sure = "" if one.confidence == 1 else f" at {one.confidence * 100:.3g}% confidence"
    parts = [
        f"is worth {worth}{sure}",
        f"half after {_days(one.half_life_days)}",
        f"counts within {words.days(one.recency_days)}",
    ]
    if one.hand_raise:
        parts.append("means that the account asks for us")
    if one.qualifying:
        parts.append("qualifies for sales")
    if one.digital_response:
        parts.append("is an answer to marketing")
    if one.page_intent:
        parts.append(f"shows interest in {INTENT_WORDS.get(one.page_intent, one.page_intent)}")
    ways = rules_words(one.rules)
    place = KIND_PLACES.get(one.kind, "")
    how = (
        f"it is {ways}"
        if ways
        else f"no raw event becomes one: it comes as a finished record {place}".rstrip()
    )
    if ways and not one.is_active:
        how = f"retired, so nothing becomes one any more; it was {ways}"
    return f"“{one.name}” {words.listed(parts, 'and')}; {how}."


def rules_words(rules: Iterable[object]) -> str:
    """Every rule as one alternative, alike ones together: `a page view of /pricing* or */pricing, or the event “X”`."""
    pages: list[str] = []
    events: list[str] = []
    others: list[str] = []
    for rule in rules:
        if not isinstance(rule, Mapping):
            continue
        shape = {key for key in rule if rule[key] not in (None, "", {})}
        event = str(rule.get("event", "")).strip()
        if shape == {"path"} or (shape == {"event", "path"} and event.casefold() == "page"):
            pages.append(str(rule["path"]))
        elif shape == {"event"} and event.casefold() not in CALLS_IN_WORDS:
            events.append(f"“{event}”")
        elif shape:
            others.append(rule_words(rule))
    found = []
    if pages:
        found.append(f"a view of the page {words.listed(_each_once(pages))}")
    if events:
        found.append(
            f"{'the event' if len(events) == 1 else 'an event called'} {words.listed(_each_once(events))}"
        )
    found += _each_once(others)
    return "" if not found else ", or ".join(found)


CALLS_IN_WORDS = {"page": "any page view", "screen": "any screen of an app"}


def rule_words(rule: Mapping[str, object]) -> str:
    """One rule in words: `the event “Form Submitted” whose “form” is “demo” or “quote”`."""
    event = str(rule.get("event", "") or "").strip()
    path = str(rule.get("path", "") or "").strip()
    if event.casefold() == "screen" and not path:
        what = CALLS_IN_WORDS["screen"]
    elif event.casefold() == "page" or (path and not event):
        what = f"a view of the page {path}" if path else CALLS_IN_WORDS["page"]
    elif event:
        what = f"the event “{event}”" + (f" on the page {path}" if path else "")
    else:
        what = "any event"
    tests = rule.get("property")
    told = []
    for name, value in tests.items() if isinstance(tests, Mapping) else ():
        values = value if isinstance(value, list) else [value]
        if values:
            told.append(f"“{name}” is {words.listed(f'“{_plain(one)}”' for one in values)}")
    return f"{what} whose {words.listed(told, 'and')}" if told else what


def _each_once(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words.number(value) if isinstance(value, int | float) else str(value)


def _days(days: float) -> str:
    if days < 1:
        hours = round(days * 24, 1)
        return f"{hours:g} hour{'' if hours == 1 else 's'}"
    return f"{days:g} day{'' if days == 1 else 's'}"
