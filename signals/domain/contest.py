"""Rules that compete for the same events: which of them win, which never can, and an event that shows it.

Only what can be proven is said. That one rule takes everything another would is proven by subsumption (every test of
the wider one is implied by a test of the narrower), and shown by a witness: an event made from the narrower rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from signals.domain.glob import Glob
from signals.domain.rules import Rule, read

FILLINGS = ("", "x", "more/of-it")
"""What a star is filled with to make an event that a rule matches."""

NEVER_SIGNALS = {"identify": "says who somebody is", "group": "says which account", "alias": "joins two ids"}
WITHOUT_NAME = {"track"}


@dataclass(frozen=True, slots=True)
class Loss:
    """A rule that never wins: rule `rule` of type `slug` (from 0), always beaten by rule `by_rule` of `by`."""

    slug: str
    rule: int
    by: str
    by_rule: int
    witness: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Impossible:
    """A rule that no event can match, and why in words."""

    slug: str
    rule: int
    why: str


def losses(types: Iterable[tuple[str, object]]) -> list[Loss]:
    """Every rule that another type's rule beats on all events it matches; also within a type, by an earlier rule."""
    found: list[Loss] = []
    ranked = sorted((rule for slug, rules in types for rule in read(rules, slug)), key=lambda rule: rule.rank)
    for place, rule in enumerate(ranked):
        better = next((one for one in ranked[:place] if takes_all_of(one, rule)), None)
        if better is None:
            continue
        example = next((event for event in witnesses(rule) if better.holds_for(event)), None)
        if example is not None:
            found.append(Loss(rule.slug, rule.index, better.slug, better.index, example))
    return sorted(found, key=lambda one: (one.slug, one.rule))


def impossible(slug: str, rules: object) -> list[Impossible]:
    """The rules of a type that can never match, with what to change."""
    found = []
    for rule in read(rules, slug):
        why = _why_never(rule)
        if why:
            found.append(Impossible(slug, rule.index, why))
    return found


def takes_all_of(wide: Rule, narrow: Rule) -> bool:
    """Whether every event that `narrow` matches is matched by `wide` too; True only where that is certain."""
    if not _events_within(wide, narrow):
        return False
    if wide.path is not None and (narrow.path is None or not _glob_within(wide.path, narrow.path)):
        return False
    known = dict(narrow.properties)
    return all(name in known and known[name] <= values for name, values in wide.properties)


def witnesses(rule: Rule) -> list[dict[str, Any]]:
    """Events that the rule matches, made from it: nothing where none could be made."""
    found = []
    for filling in FILLINGS:
        event = _event(rule, filling)
        if rule.holds_for(event) and event not in found:
            found.append(event)
    return found


def candidates(types: Sequence[tuple[str, object]], event: Mapping[str, Any]) -> list[Rule]:
    """Every rule of every type that matches the event, the one that wins first."""
    ranked = sorted((rule for slug, rules in types for rule in read(rules, slug)), key=lambda rule: rule.rank)
    return [rule for rule in ranked if rule.holds_for(event)]


def why_it_lost(rule: Rule, winner: Rule) -> str:
    """The first thing by which the winner goes before it."""
    if len(winner.properties) > len(rule.properties):
        return "the winner also asks for a property, so it is the more specific one"
    ours, theirs = (one.path.literals if one.path else 0 for one in (rule, winner))
    if theirs > ours:
        return "the winner names more of the page's path" if ours else "the winner names the page's path"
    if bool(winner.path and winner.path.is_exact) > bool(rule.path and rule.path.is_exact):
        return "the winner names the whole path, without a star"
    if bool(winner.event and winner.event.is_exact) > bool(rule.event and rule.event.is_exact):
        return "the winner names the whole event" if rule.event else "the winner names the event"
    if (winner.event.literals if winner.event else 0) > (rule.event.literals if rule.event else 0):
        return "the winner names more of the event"
    if winner.slug != rule.slug:
        return f"both are equally specific, and “{winner.slug}” comes before “{rule.slug}” by the alphabet"
    return "both are equally specific, and the earlier rule of a type goes first"


def _event(rule: Rule, filling: str) -> dict[str, Any]:
    name = _filled(rule.event, filling or "x" if rule.event and not any(rule.event.pieces) else filling)
    event: dict[str, Any] = {"type": "page", "userId": "somebody"}
    if rule.event is not None and name in ("page", "screen"):
        event["type"] = name
    elif rule.event is not None:
        event |= {"type": "track", "event": name}
    elif rule.path is None:
        event |= {"type": "track", "event": "Anything"}
    properties: dict[str, Any] = {}
    for key, wanted in rule.properties:
        properties[key] = _value(wanted)
    if properties:
        event["properties"] = properties
    if rule.path is not None:
        event["context"] = {"page": {"path": _path(rule.path, filling)}}
    return event


def _value(wanted: frozenset[object]) -> object:
    """One of the values that a property may have, as an event would carry it."""
    one = min(wanted, key=repr)
    return one[1] if isinstance(one, tuple) else one


def _filled(glob: Glob | None, filling: str) -> str:
    return filling.join(glob.pieces).strip() if glob else ""


def _path(glob: Glob, filling: str) -> str:
    text = filling.join(glob.pieces)
    return text if text.startswith("/") else f"/{text}"


def _events_within(wide: Rule, narrow: Rule) -> bool:
    if wide.event is None:
        # Without an event a path means page and screen views only; without a path, any event.
        if wide.path is None:
            return True
        if narrow.event is None:
            return narrow.path is not None
        return narrow.event.is_exact and narrow.event.pieces[0] in ("page", "screen")
    if narrow.event is None:
        return False
    return _glob_within(wide.event, narrow.event)


def _glob_within(wide: Glob, narrow: Glob) -> bool:
    """Whether all texts of the narrow glob are of the wide one, by reading its stars as one strange letter.

    No fixed piece of the wide one holds that letter, so each is covered by a star, which covers any other text too.
    """
    if narrow.is_exact:
        return wide.matches(narrow.pieces[0])
    return not wide.is_exact and all(
        wide.matches(filling.join(narrow.pieces)) for filling in ("", "\x01", "\x01\x02\x01")
    )


def _why_never(rule: Rule) -> str:
    name = rule.event.pieces[0] if rule.event and rule.event.is_exact else ""
    if name in NEVER_SIGNALS:
        return f"an {name} call {NEVER_SIGNALS[name]} and is never a signal".replace("an group", "a group")
    if name in WITHOUT_NAME:
        return "a track call is known by the name of its event; write that name instead of “track”"
    if rule.path is not None:
        text = "*".join(rule.path.pieces)
        for sign, words in (
            ("?", "the query after “?” is left out of a path"),
            ("#", "what follows “#” is left out of a path"),
        ):
            if sign in text:
                return f"{words}; write the path alone, and what the query says as a property"
        if "://" in text or text.startswith("//"):
            return "a path begins after the site's name; write “/pricing*” rather than a whole address"
        if "%" in text:
            return "paths are compared as people read them; write the letter itself instead of its “%” code"
    return "" if witnesses(rule) else "its path and event cannot hold for the same event"
