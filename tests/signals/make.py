"""Typed makers for signals: a source with its key, a catalogue, events and records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from abmops.lib.choices import SourceKind
from signals.models import Source
from signals.services import definitions

TYPES: dict[str, dict[str, Any]] = {
    "pricing-page": {"points": 10.0, "qualifying": True, "rules": [{"path": "/pricing*"}]},
    "demo-request": {"points": 50.0, "hand_raise": True, "rules": [{"event": "Demo Requested"}]},
    "app-opened": {"points": 2.0, "digital_response": False, "rules": [{"event": "screen"}]},
    "webinar": {"points": 8.0, "qualifying": True, "rules": [{"event": "Webinar Registered"}]},
    "topic-surge": {"points": 20.0, "digital_response": False, "kind": SourceKind.THIRD_PARTY},
}

THRESHOLDS: dict[str, dict[str, Any]] = {
    "three-pricing": {
        "condition": {"count": {"types": ["pricing-page"], "at_least": 3, "days": 14}},
        "urgency": "hot",
    },
    "two-people": {"condition": {"distinct_contacts": {"types": ["webinar"], "at_least": 2, "days": 30}}},
    "hand-raise": {
        "condition": {"count": {"types": ["demo-request"], "at_least": 1, "days": 7}},
        "urgency": "urgent",
        "rearm_days": 7,
    },
}


@dataclass(frozen=True, slots=True)
class Site:
    """A source and its write key."""

    source: Source
    key: str


def site(slug: str = "site") -> Site:
    """A website source, with every type and threshold above in force."""
    written = definitions.put_source(slug=slug, fields={"name": "Website", "kind": SourceKind.FIRST_PARTY})
    for name, fields in TYPES.items():
        defaults = {
            "name": name,
            "kind": SourceKind.FIRST_PARTY,
            "digital_response": True,
            "half_life_days": 14.0,
        }
        definitions.put_signal_type(slug=name, fields=defaults | fields)
    for name, fields in THRESHOLDS.items():
        definitions.put_threshold(slug=name, fields={"name": name, "status": "active"} | fields, by=None)
    return Site(written.row, written.write_key)


def page(message_id: str, **fields: Any) -> dict[str, Any]:
    """A page view of the pricing page, by user u1 of acme.example unless said otherwise."""
    context = {"page": {"path": "/pricing"}, "groupId": "acme.example"}
    return {"type": "page", "messageId": message_id, "userId": "u1", "context": context} | fields


def track(message_id: str, event: str, **fields: Any) -> dict[str, Any]:
    """Something a user did."""
    return {"type": "track", "messageId": message_id, "userId": "u1", "event": event} | fields


def record(moment: datetime, **fields: Any) -> dict[str, Any]:
    """A signal record of third-party intent, an hour old."""
    return {
        "source": "site",
        "type": "topic-surge",
        "account_domain": "acme.example",
        "occurred_at": (moment - timedelta(hours=1)).isoformat(),
    } | fields


def without(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A record without some of its fields."""
    return {name: value for name, value in record.items() if name not in names}
