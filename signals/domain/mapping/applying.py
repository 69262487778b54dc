"""What somebody sent as records of the native bulk: an item is a record, left out by a condition, or wrong in words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from abmops.lib.errors import FieldError
from signals.domain.mapping import ping
from signals.domain.mapping.moments import Unclear
from signals.domain.mapping.parsing import Mapping
from signals.domain.mapping.place import Place, lacking, look_up, missing, names_in, plain, quoted
from signals.domain.mapping.rule import WHO, Rule, Wrong, fill, text_of

MAX_ITEMS = 50_000
_MOST_KEPT = 40


@dataclass(frozen=True, slots=True)
class Made:
    """A record, and the item that it was made of. `is_unweighed`: its strength is the mapping's “otherwise”."""

    index: int
    record: dict[str, Any]
    item: object
    is_unweighed: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item that does not meet a condition, by what such items are called."""

    index: int
    called: str


@dataclass(frozen=True, slots=True)
class Unfit:
    """An item that no record can be made of, with everything that is wrong with it."""

    index: int
    errors: tuple[FieldError, ...]
    item: object


def apply(mapping: Mapping, payload: object, *, now: datetime) -> Iterator[Made | LeftOut | Unfit]:
    """Every item of a body, in its order. `now` is when it happened where the item does not say.

    A body that does not have what “items” names is refused: its sender has another form now, which must not go unseen.
    One that only says that it is a ping is left out.
    """
    lost = lacking(payload, mapping.levels[0][0])
    if (lost or not mapping.items) and ping.is_ping(payload, _whose(mapping)):
        yield LeftOut(0, ping.CALLED)
        return
    if lost:
        yield Unfit(0, (FieldError("", _no_items(lost, payload)),), payload)
        return
    for index, scopes in enumerate(_items([payload], mapping.levels)):
        item = scopes[-1]
        try:
            unmet = next((one for one in mapping.only if not one.holds(scopes)), None)
        except Wrong as error:
            yield Unfit(index, (FieldError("", f"A condition cannot be judged. {error}"),), item)
            continue
        if unmet is not None:
            yield LeftOut(index, unmet.name)
            continue
        record, errors = _record(mapping, scopes)
        if errors:
            yield Unfit(index, tuple(errors), item)
            continue
        record.setdefault("occurred_at", now.isoformat())
        record.setdefault("message_id", _standard_id(record))
        weight = dict(mapping.fields).get("strength")
        yield Made(index, record, item, is_unweighed=weight is not None and weight.falls_back(scopes))


def _whose(mapping: Mapping) -> list[Place]:
    """Where a whole body may say whose it is."""
    places = (place for name, rule in mapping.fields if name in WHO for place in rule.looks_at)
    return [place for place in places if place.from_top or not mapping.items]


def _no_items(lost: str, payload: object) -> str:
    if not isinstance(payload, dict):
        return (
            f"The body is a list or a table, and the items should lie in the “{lost}” of one object. "
            f"Leave “items” empty, or begin it with “[].”, if that is how it comes."
        )
    return f"There is no “{lost}” in the body, where the items should lie. It has {names_in(payload)}."


def _items(scopes: list[object], steps: Sequence[tuple[str, bool]]) -> Iterator[list[object]]:
    if not steps:
        yield scopes
        return
    (path, each), rest = steps[0], steps[1:]
    found = look_up(scopes[-1], path)
    if each or (isinstance(found, list) and not rest):
        # One alone, where vendors leave the list away, is a list of one.
        elements = found if isinstance(found, list) else [] if found is None else [found]
        for element in elements:
            yield from _items([*scopes, element], rest)
    elif found is not None:
        yield from _items([*scopes, found], rest)


def _record(mapping: Mapping, scopes: list[object]) -> tuple[dict[str, Any], list[FieldError]]:
    record: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, rule in mapping.fields:
        try:
            value = fill(name, rule, scopes)
        except (Wrong, Unclear) as error:
            errors.append(FieldError(f"/{name}", str(error)))
        else:
            if value is not None:
                record[name] = value
    if "strength" not in record and not any(error.pointer == "/strength" for error in errors):
        # Nothing said counts in full, which must not come of a column that has another name now.
        rules = (rule for name, rule in mapping.fields if name == "strength")
        errors += [FieldError("/strength", _unweighed(rule, scopes)) for rule in rules]
    try:
        kept = _kept(mapping, scopes)
    except Wrong as error:
        errors.append(FieldError("/properties", str(error)))
    else:
        if kept:
            record["properties"] = kept
    if "type" not in record and not any(error.pointer == "/type" for error in errors):
        errors.append(
            FieldError(
                "/type", f"{_looked_at(mapping, 'type')} is empty, so nothing says which signal type this is."
            )
        )
    if not errors and not any(name in record for name in WHO):
        looked = ", ".join(_looked_at(mapping, name) for name, _ in mapping.fields if name in WHO)
        errors.append(FieldError("", f"Nothing says whose signal this is: {looked} is empty."))
    if not errors and mapping.followed_topics_only and "topic" not in record:
        said = f"{_looked_at(mapping, 'topic')} is empty, so nothing says whether you follow this topic."
        errors.append(FieldError("/topic", said))
    return record, errors


def _looked_at(mapping: Mapping, name: str) -> str:
    rule = dict(mapping.fields).get(name)
    looked = quoted(rule.places) if rule else ""
    return looked or f"what {name} is made of"


def _unweighed(rule: Rule, scopes: list[object]) -> str:
    return (
        f"{missing(rule.looks_at, scopes)} If the sender has another name for it now, change the mapping; "
        "if it may be empty, say under “otherwise” what it is then."
    )


def _kept(mapping: Mapping, scopes: list[object]) -> dict[str, Any]:
    if mapping.kept is None:
        item = scopes[-1]
        if not isinstance(item, dict):
            return {}
        plain_ones = (
            (str(name)[:120], str(value) if isinstance(value, str) else value)
            for name, value in item.items()
            if text_of(value)
        )
        return dict(list(plain_ones)[:_MOST_KEPT])
    found = {name: rule.find(scopes) for name, rule in mapping.kept}
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _standard_id(record: dict[str, Any]) -> str:
    """A message id where the sender gives none. What is said of a topic is said once a week and company; anything else
    once a moment. The source is part of what a message is known by already."""
    who = next(str(record[name]) for name in WHO if name in record).casefold()
    moment = datetime.fromisoformat(record["occurred_at"])
    topic = plain(record.get("topic", ""))
    when = "{}-W{:02d}".format(*moment.isocalendar()) if topic else moment.isoformat()
    said = "\0".join((record["type"], who, record.get("contact_email", "").casefold(), topic, when))
    return f"made:{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()[:40]}"
