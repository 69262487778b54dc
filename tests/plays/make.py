"""Typed makers for the action plane's tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from abmops.lib.ids import uuid7
from accounts.models import (
    Account,
    AccountDomain,
    AccountEvent,
    Contact,
    ListMembership,
    Territory,
    Touch,
    User,
)
from plays.models import Play
from plays.services.play.library import save_play
from signals.models import Crossing, Signal, SignalType, Source, Threshold, ThresholdVersion

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
"""A Wednesday morning, within hours."""

_numbers = count(1)

CALL: dict[str, Any] = {
    "key": "call",
    "channel": "call",
    "side": "sales",
    "role": "owner",
    "sla_hours": 24,
    "instructions": "Call {{contact.first_name}}.",
}
AD: dict[str, Any] = {"key": "ads", "channel": "ad", "side": "marketing", "role": "marketer", "sla_hours": 48}
EMAIL: dict[str, Any] = {
    "key": "email",
    "channel": "email",
    "side": "sales",
    "role": "owner",
    "sla_hours": 24,
    "wait_days": 2,
}


def a_user(**fields: Any) -> User:
    number = next(_numbers)
    given = {"role": "rep", "job": "sdr", "name": f"Rep {number}"} | fields
    return User.objects.create_user(f"person{number}@example.com", **given)


def a_territory(slug: str = "") -> Territory:
    slug = slug or f"territory-{next(_numbers)}"
    return Territory.objects.create(slug=slug, name=slug.title())


def an_account(*, tier: int | None = 2, **fields: Any) -> Account:
    """An account; on the list where it has a tier."""
    number = next(_numbers)
    account = Account.objects.create(
        **({"name": f"Account {number}", "domain": f"account{number}.com"} | fields)
    )
    AccountDomain.objects.create(account=account, domain=account.domain or "")
    if tier is not None:
        ListMembership.objects.create(
            account=account, tier=tier, valid_from=NOW - timedelta(days=200), side="revops", reason="It fits."
        )
        account.refresh_from_db()
    return account


def a_contact(account: Account, **fields: Any) -> Contact:
    number = next(_numbers)
    given = {
        "name": f"Ines Aldana {number}",
        "title": "VP Supply Chain",
        "email": f"contact{number}@example.com",
    }
    return Contact.objects.create(account=account, **(given | fields))


def a_threshold(slug: str = "pricing", *, urgency: str = "hot") -> Threshold:
    threshold, created = Threshold.objects.get_or_create(
        slug=slug, defaults={"name": slug.replace("-", " ").capitalize(), "status": "active"}
    )
    if created:
        threshold.current = ThresholdVersion.objects.create(
            threshold=threshold,
            number=1,
            condition={"count": {"qualifying": True, "at_least": 1, "days": 14}},
            urgency=urgency,
        )
        threshold.save()
    return threshold


def a_signal_type(slug: str = "pricing-page", **fields: Any) -> SignalType:
    given = {"name": slug.replace("-", " ").capitalize(), "kind": "first_party", "qualifying": True}
    return SignalType.objects.get_or_create(slug=slug, defaults=given | fields)[0]


def a_signal(
    account: Account, *, type_: SignalType | None = None, contact: Contact | None = None, at: datetime = NOW
) -> Signal:
    source, _ = Source.objects.get_or_create(
        slug="website", defaults={"name": "Website", "kind": "first_party"}
    )
    return Signal.objects.create(
        id=uuid7(at),
        account=account,
        contact=contact,
        source=source,
        type=type_ or a_signal_type(),
        points=10,
        occurred_at=at,
        received_at=at,
        message_id=f"m{next(_numbers)}",
    )


def a_crossing(
    account: Account,
    threshold: Threshold | None = None,
    *,
    evidence: Iterable[Signal] = (),
    at: datetime = NOW,
    **fields: Any,
) -> Crossing:
    threshold = threshold or a_threshold()
    assert threshold.current is not None
    return Crossing.objects.create(
        threshold=threshold,
        version=threshold.current,
        account=account,
        sequence=next(_numbers),
        crossed_at=at,
        evidence=[signal.pk for signal in evidence],
        **({"urgency": threshold.current.urgency} | fields),
    )


def an_event(account: Account, kind: str, *, at: datetime = NOW, **payload: Any) -> AccountEvent:
    event = AccountEvent.objects.create(
        account=account, kind=kind, at=at, payload=payload, dedup_key=f"test:{next(_numbers)}"
    )
    AccountEvent.objects.filter(pk=event.pk).update(created_at=at)  # heard of when it happened
    return event


def a_play(
    slug: str = "",
    *,
    trigger: Mapping[str, Any] | None = None,
    steps: Iterable[Mapping[str, Any]] = (CALL,),
    status: str = "active",
    now: datetime = NOW - timedelta(days=100),
    name: str = "",
    **definition: Any,
) -> Play:
    slug = slug or f"play-{next(_numbers)}"
    said = {
        "trigger": trigger or {"crossing": ["pricing"]},
        "steps": list(steps),
        "throttle": {"cooldown_days": 30},
        "exits": ["meeting_booked"],
    } | definition
    play, _ = save_play(
        slug=slug,
        name=name or slug.replace("-", " ").capitalize(),
        definition=said,
        by=None,
        status=status,
        now=now,
    )
    return play


def a_touch(account: Account, *, at: datetime, side: str = "marketing", **fields: Any) -> Touch:
    given = {"channel": "email", "direction": "outbound"}
    return Touch.objects.create(account=account, side=side, occurred_at=at, **(given | fields))


def warmed_up(account: Account, *, now: datetime = NOW) -> None:
    """Open the awareness interlock: a month of marketing and two distinct qualifying signals."""
    a_touch(account, at=now - timedelta(days=40))
    a_signal(account, type_=a_signal_type("pricing-page"), at=now - timedelta(days=2))
    a_signal(account, type_=a_signal_type("demo-page"), at=now - timedelta(days=1))
