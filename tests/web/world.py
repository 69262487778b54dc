"""A small lived-in program for the pages: every kind of row that they draw."""

from datetime import datetime, timedelta
from decimal import Decimal

from abmops.lib.ids import uuid7
from accounts.models import (
    Account,
    AccountDomain,
    Contact,
    ContactOptOut,
    ListMembership,
    Opportunity,
    Territory,
    Touch,
    User,
)
from signals.models import (
    AccountState,
    Crossing,
    RejectedEvent,
    Signal,
    SignalType,
    Source,
    Threshold,
    ThresholdVersion,
    UnmatchedSignal,
)


def accounts(count: int, *, owner: User, now: datetime, start: int = 0) -> list[Account]:
    """This many accounts in tiers 1 to 3, each with a person, touches, a deal, list history, signals and a crossing."""
    place, _ = Territory.objects.get_or_create(slug="dach", defaults={"name": "DACH", "countries": ["DE"]})
    threshold = written(now)
    return [_account(number, place, threshold, owner, now) for number in range(start, start + count)]


def written(now: datetime) -> Threshold:
    """A source, a signal type and an active threshold."""
    Source.objects.get_or_create(slug="web", defaults={"name": "Website", "kind": "first_party"})
    SignalType.objects.get_or_create(
        slug="pricing-page", defaults={"name": "Pricing page", "kind": "first_party", "qualifying": True}
    )
    threshold, is_new = Threshold.objects.get_or_create(
        slug="two-pricing",
        defaults={"name": "Two pricing visits", "status": "active", "rationale": "They compare."},
    )
    if is_new:
        condition = {"count": {"types": ["pricing-page"], "at_least": 2, "days": 14}}
        threshold.current = ThresholdVersion.objects.create(
            threshold=threshold, number=1, condition=condition, urgency="hot"
        )
        threshold.save()
    return threshold


def _account(number: int, place: Territory, threshold: Threshold, owner: User, now: datetime) -> Account:
    row = Account.objects.create(
        name=f"Account {number:03d}",
        domain=f"account{number}.example",
        industry="Optics",
        employees=100,
        annual_revenue=Decimal(5_000_000),
        currency="EUR",
        country="DE",
        owner=owner if number % 2 == 0 else None,
        territory=place,
        fit=50,
    )
    AccountDomain.objects.create(account=row, domain=row.domain or "")
    tier = number % 3 + 1
    ListMembership.objects.create(
        account=row, tier=tier, valid_from=now - timedelta(days=90), side="revops", by=owner, reason="Fits."
    )
    boss = Contact.objects.create(
        account=row,
        name=f"Boss {number}",
        email=f"boss@account{number}.example",
        role="champion",
        influence=5,
    )
    ContactOptOut.objects.create(contact=boss, channel="call", at=now, source="asked")
    Contact.objects.create(
        account=row, name=f"Report {number}", email=f"report@account{number}.example", reports_to=boss
    )
    for side, days in (("sales", 3), ("marketing", 5)):
        Touch.objects.create(
            account=row,
            contact=boss,
            side=side,
            channel="email",
            occurred_at=now - timedelta(days=days),
            person=owner,
        )
    Opportunity.objects.create(
        external_id=f"deal-{number}",
        account=row,
        name="Roll-out",
        stage="Discovery",
        amount=Decimal(1000),
        currency="EUR",
        opened_at=now - timedelta(days=10),
        owner=owner,
    )
    signals = [_signal(row, boss, now - timedelta(days=days)) for days in (1, 2)]
    Crossing.objects.create(
        threshold=threshold,
        version=threshold.versions.get(),
        account=row,
        sequence=1,
        crossed_at=now - timedelta(hours=number % 48),
        urgency="hot",
        evidence=[signal.pk for signal in signals],
        score=60,
    )
    AccountState.objects.update_or_create(
        account=row,
        defaults={"intent": 40.0, "score": 44.0 + number / 100, "score_week_ago": 30, "scored_at": now},
    )
    return row


def _signal(account: Account, contact: Contact, at: datetime) -> Signal:
    return Signal.objects.create(
        id=uuid7(at),
        account=account,
        contact=contact,
        source=Source.objects.get(slug="web"),
        type=SignalType.objects.get(slug="pricing-page"),
        points=10,
        occurred_at=at,
        received_at=at,
        message_id=f"{account.pk}-{at.timestamp()}",
        properties={"path": "/pricing"},
    )


def leftovers(count: int, *, now: datetime) -> None:
    """Signals that wait for their account, and events that were refused."""
    written(now)
    web = Source.objects.get(slug="web")
    for number in range(count):
        UnmatchedSignal.objects.create(
            signal_id=uuid7(now),
            source=web,
            keys=[f"domain:new{number}.example"],
            domain=f"new{number}.example",
            received_at=now,
        )
        RejectedEvent.objects.create(
            source=web,
            code="invalid",
            reason="The event has no name.",
            dedup_key=f"refused-{number}",
            received_at=now,
        )
