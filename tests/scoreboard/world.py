"""Small made-up worlds as plain Python, and how they are written into the database.

Moments are offsets from T, so that windows' edges can be hit exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from abmops.lib.choices import Outcome, Role
from abmops.lib.ids import uuid7
from accounts.models import (
    Account,
    Contact,
    ExchangeRate,
    ListMembership,
    Opportunity,
    OpportunityAmount,
    Touch,
    User,
)
from plays.models import Enrollment, Play, PlayVersion
from signals.models import Crossing, Signal, SignalType, Source, Threshold, ThresholdVersion

T = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True)
class Person:
    """A contact of an account, by place."""

    account: int


@dataclass(frozen=True)
class Touched:
    """A touch."""

    account: int
    at: datetime
    side: str = "sales"
    direction: str = "outbound"
    programmed: bool = False
    contact: int | None = None


@dataclass(frozen=True)
class Heard:
    """A signal."""

    account: int
    at: datetime
    digital: bool = True
    contact: int | None = None


@dataclass(frozen=True)
class Crossed:
    """A crossing."""

    account: int
    at: datetime
    urgency: str = "hot"
    heard: datetime | None = None


@dataclass(frozen=True)
class Ran:
    """An enrollment; `crossing` by place."""

    account: int
    at: datetime
    finished: datetime | None = None
    stalled: datetime | None = None
    crossing: int | None = None
    holdout: bool = False


@dataclass(frozen=True)
class Deal:
    """An opportunity with its amounts (from, amount, currency); without an opening it counts from `told`."""

    account: int | None
    opened: datetime | None
    closed: datetime | None = None
    won: bool = False
    amounts: Sequence[tuple[datetime, Decimal | None, str]] = ()
    told: datetime = T - 400 * DAY


@dataclass
class World:
    """Everything that is. `tiers[a]` are account a's list changes: (from, tier or None), in order."""

    tiers: list[list[tuple[datetime, int | None]]]
    owners: list[int] = field(default_factory=list)
    created: list[datetime] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    touches: list[Touched] = field(default_factory=list)
    signals: list[Heard] = field(default_factory=list)
    crossings: list[Crossed] = field(default_factory=list)
    runs: list[Ran] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    rates: list[tuple[str, date, Decimal]] = field(default_factory=list)


@dataclass(frozen=True)
class Written:
    """What the world's places became."""

    accounts: list[Account]
    owners: list[User]


def write(world: World) -> Written:
    """The world's rows, straight into the tables."""
    owners = [
        User.objects.get_or_create(
            email=f"owner{n}@abm.example", defaults={"name": f"Owner {n}", "role": Role.REP}
        )[0]
        for n in range(2)
    ]
    accounts = [
        Account.objects.create(
            name=f"Account {n}",
            domain=f"account{n}.example",
            owner=owners[world.owners[n] if world.owners else 0],
        )
        for n in range(len(world.tiers))
    ]
    for place, account in enumerate(accounts):
        created = world.created[place] if world.created else T - 400 * DAY
        Account.objects.filter(pk=account.pk).update(created_at=created)
    _write_list(world, accounts)
    _write_acts(world, accounts)
    _write_plays(world, accounts)
    _write_deals(world, accounts)
    return Written(accounts, owners)


def _write_list(world: World, accounts: list[Account]) -> None:
    rows = []
    for account, changes in zip(accounts, world.tiers, strict=True):
        ends = [*(at for at, _ in changes[1:]), None] if changes else []
        for (start, tier), end in zip(changes, ends, strict=True):
            rows.append(
                ListMembership(
                    account=account, tier=tier, valid_from=start, valid_to=end, side="revops", reason="Test."
                )
            )
    ListMembership.objects.bulk_create(rows)


def _write_acts(world: World, accounts: list[Account]) -> None:
    people = [
        Contact.objects.create(account=accounts[person.account], name=f"Person {n}", email=f"p{n}@x.example")
        for n, person in enumerate(world.people)
    ]
    Touch.objects.bulk_create(
        Touch(
            account=accounts[touch.account],
            side=touch.side,
            direction=touch.direction,
            channel="email",
            programmed=touch.programmed,
            occurred_at=touch.at,
            contact=None if touch.contact is None else people[touch.contact],
        )
        for touch in world.touches
    )
    source = Source.objects.create(slug="test-source", name="Test", kind="first_party")
    types = {
        digital: SignalType.objects.create(
            slug=f"test-{digital}", name="Test", kind="first_party", digital_response=digital
        )
        for digital in (True, False)
    }
    Signal.objects.bulk_create(
        Signal(
            id=_id(signal.at),
            account=accounts[signal.account],
            contact=None if signal.contact is None else people[signal.contact],
            source=source,
            type=types[signal.digital],
            points=1,
            occurred_at=signal.at,
            received_at=signal.at,
            message_id=str(number),
        )
        for number, signal in enumerate(world.signals)
    )


def _id(at: datetime) -> UUID:
    return uuid7(at)


def _write_plays(world: World, accounts: list[Account]) -> None:
    threshold = Threshold.objects.create(slug="test-threshold", name="Test")
    version = ThresholdVersion.objects.create(threshold=threshold, number=1, condition={})
    crossings = [
        Crossing.objects.create(
            threshold=threshold,
            version=version,
            account=accounts[crossing.account],
            sequence=number,
            crossed_at=crossing.at,
            urgency=crossing.urgency,
            last_evidence_received_at=crossing.heard,
        )
        for number, crossing in enumerate(world.crossings)
    ]
    for number, run in enumerate(world.runs):
        play = Play.objects.create(slug=f"test-play-{number}", name=f"Play {number}", created_at=T)
        said = PlayVersion.objects.create(play=play, number=1, trigger={}, steps=[], created_at=T)
        state = "holdout" if run.holdout else "completed" if run.finished else "active"
        Enrollment.objects.create(
            account=accounts[run.account],
            play=play,
            version=said,
            state=state,
            enrolled_at=run.at,
            finished_at=None if run.holdout else run.finished,
            stalled_at=run.stalled,
            crossing=None if run.crossing is None else crossings[run.crossing],
        )


def _write_deals(world: World, accounts: list[Account]) -> None:
    for number, deal in enumerate(world.deals):
        row = Opportunity.objects.create(
            external_id=f"test-{number}",
            account=None if deal.account is None else accounts[deal.account],
            opened_at=deal.opened,
            closed_at=deal.closed,
            outcome=None if deal.closed is None else Outcome.WON if deal.won else Outcome.LOST,
        )
        Opportunity.objects.filter(pk=row.pk).update(created_at=deal.told)
        OpportunityAmount.objects.bulk_create(
            OpportunityAmount(opportunity=row, valid_from=start, amount=amount, currency=currency)
            for start, amount, currency in deal.amounts
        )
    ExchangeRate.objects.bulk_create(
        ExchangeRate(currency=currency, day=day, rate=rate) for currency, day, rate in world.rates
    )
