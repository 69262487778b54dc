"""The audit against a count by hand, over invented lists with deals in two currencies."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from statistics import median

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import (
    Account,
    ExchangeRate,
    ListMembership,
    Opportunity,
    OpportunityAmount,
    OpportunityStage,
    Touch,
)
from accounts.selectors import list_audit
from accounts.selectors.list_audit import Kind, audit_list
from signals.models import AccountState
from tests.accounts import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
YEAR = 365 * DAY
CLOSED = {"disqualified", "not_ready", "churned"}
# Lives on the list: (tier, from, to) in shares of the time since the first.
LIVES: list[list[tuple[int | None, float, float | None]]] = [
    [], [(1, 0.0, None)], [(2, 0.0, None)], [(3, 0.0, None)], [(1, 0.0, None)], [(3, 0.0, None)],
    [(3, 0.0, 0.5), (1, 0.5, None)], [(2, 0.0, 0.4), (None, 0.4, None)],
    [(2, 0.0, 0.3), (None, 0.3, 0.6), (3, 0.6, None)],
]  # fmt: skip


def world(now: datetime, seed: int) -> list[Account]:
    """Forty accounts of every kind."""
    random = Random(seed)
    ExchangeRate.objects.create(currency="SEK", day=(now - 900 * DAY).date(), rate=Decimal("0.1"))
    return [_account(number, random, now) for number in range(40)]


def _account(number: int, random: Random, now: datetime) -> Account:
    lifecycle = random.choice(["prospect", "prospect", "customer", "disqualified", "not_ready", "churned"])
    of = make.account(f"A{number:02d}", f"a{number}.example", lifecycle=lifecycle)
    joined = now - random.uniform(5, 800) * DAY
    for tier, start, end in random.choice(LIVES):
        length = now - joined
        ListMembership.objects.create(
            account=of, tier=tier, valid_from=joined + start * length, side="sales", reason="Because.",
            valid_to=None if end is None else joined + end * length,
        )  # fmt: skip
    if random.random() < 0.4:
        Touch.objects.create(
            account=of, side="sales", channel="call", occurred_at=now - random.uniform(-5, 700) * DAY
        )
    if random.random() < 0.3:
        AccountState.objects.create(account=of, last_signal_at=now - random.uniform(1, 700) * DAY)
    for turn in range(random.choice([0, 0, 1, 2])):
        _deal(of, turn, random, now)
    of.refresh_from_db()
    return of


def _deal(of: Account, turn: int, random: Random, now: datetime) -> None:
    opened = now - random.uniform(-3, 900) * DAY
    outcome = random.choice([None, "won", "won", "lost"])
    deal = Opportunity.objects.create(
        external_id=f"D{of.pk}-{turn}", account=of, name="Deal", stage="S", opened_at=opened, outcome=outcome,
        closed_at=opened + random.uniform(1, 400) * DAY if outcome else None,
    )  # fmt: skip
    OpportunityStage.objects.create(opportunity=deal, stage="S", at=opened + DAY)
    OpportunityAmount.objects.create(
        opportunity=deal, valid_from=opened, amount=random.choice([None, random.randint(1, 99) * 1_000]),
        currency=random.choice([settings.BASE_CURRENCY, "SEK", "NOK", ""]),
    )  # fmt: skip


def amount_of(deal: Opportunity, now: datetime) -> Decimal | None:
    """In the base currency; None where amount or rate is not known."""
    said = [row for row in deal.amounts.all() if row.valid_from < now]
    if not said or said[-1].amount is None:
        return None
    rate = {settings.BASE_CURRENCY: Decimal(1), "": Decimal(1), "SEK": Decimal("0.1")}.get(said[-1].currency)
    return said[-1].amount * rate if rate is not None else None


def by_hand(accounts: Iterable[Account], now: datetime) -> dict[Kind, dict[int, Decimal | None]]:
    """Every finding with its value, account by account."""
    found: dict[Kind, dict[int, Decimal | None]] = {kind: {} for kind in Kind}
    value: dict[int, Decimal] = {}
    accounts = list(accounts)
    for of in accounts:
        deals = [
            one for one in Opportunity.objects.filter(account=of) if one.opened_at and one.opened_at < now
        ]
        is_open = [one for one in deals if one.closed_at is None or one.closed_at >= now]
        won = [
            one for one in deals
            if one.outcome == "won" and one.closed_at and now - YEAR <= one.closed_at < now
        ]  # fmt: skip
        open_value, won_value = total(is_open, now), total(won, now)
        value[of.pk] = (open_value or Decimal(0)) + (won_value or Decimal(0))
        if of.tier is None:
            if is_open:
                found[Kind.PIPELINE_OFF][of.pk] = open_value
            if won:
                found[Kind.WINS_OFF][of.pk] = won_value
            continue
        if of.lifecycle in CLOSED:
            found[Kind.CLOSED][of.pk] = None
        if is_silent(of, deals, now):
            found[Kind.SILENT][of.pk] = None
    for kind, tier, other in ((Kind.TIER_LOW, 1, 3), (Kind.TIER_HIGH, 3, 1)):
        others = [value[of.pk] for of in accounts if of.tier == other and value[of.pk] > 0]
        for of in accounts:
            if others and of.tier == tier:
                middle = median(others)
                if value[of.pk] < middle if tier == 1 else value[of.pk] > middle:
                    found[kind][of.pk] = value[of.pk]
    return found


def total(deals: Sequence[Opportunity], now: datetime) -> Decimal | None:
    """Of those whose amount is known."""
    known = [amount for one in deals if (amount := amount_of(one, now)) is not None]
    return sum(known, Decimal(0)) if known else None


def is_silent(of: Account, deals: Sequence[Opportunity], now: datetime) -> bool:
    """A year on the list without a break, and nothing done, heard or sold in it."""
    rows = list(ListMembership.objects.filter(account=of).order_by("valid_from"))
    off = [row for row in rows if row.tier is None]
    joined = off[-1].valid_to if off else rows[0].valid_from
    if joined is None or joined > now - YEAR:
        return False
    moments = [one.occurred_at for one in Touch.objects.filter(account=of) if one.occurred_at < now]
    moments += [one.last_signal_at for one in AccountState.objects.filter(account=of) if one.last_signal_at]
    for one in deals:
        moments += [one.opened_at or now, one.closed_at or now, *(stage.at for stage in one.stages.all())]
    return not any(moment >= now - YEAR for moment in moments)


@pytest.mark.parametrize("seed", range(6))
def test_the_audit_agrees_with_a_count_by_hand(now: datetime, seed: int) -> None:
    accounts = world(now, seed)
    audit = audit_list(now=now)
    found = {kind: {one.account_id: one.value for one in rows} for kind, rows in audit.findings.items()}
    assert found == by_hand(accounts, now)
    assert sum(len(rows) for rows in found.values()) > 5
    assert audit.size == sum(of.tier is not None for of in accounts)


def test_the_audit_takes_a_statement_and_one_more_for_signals(now: datetime) -> None:
    assert "signals" in list_audit._heard
    world(now, 1)
    with CaptureQueriesContext(connection) as asked:
        audit_list(now=now)
    assert len(asked) == 2
