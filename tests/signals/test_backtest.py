"""A backtest through the database: what is read, what crosses, and what it would have been worth."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.errors import Refused
from abmops.lib.ids import uuid7
from accounts.models import Account, ListMembership, Opportunity
from signals.domain import condition
from signals.models import Signal, SignalType
from signals.services.backtest import Rule, backtest, backtests, difference
from tests.api.caller import Caller
from tests.signals import make

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
THREE = condition.parse({"count": {"types": ["pricing-page"], "at_least": 3, "days": 14}})
ONE = condition.parse({"count": {"types": ["pricing-page"], "at_least": 1, "days": 14}})


def account(name: str, now: datetime) -> Account:
    row = Account.objects.create(name=name, domain=f"{name}.example")
    Account.objects.filter(pk=row.pk).update(created_at=now - 800 * DAY)
    return row


def signals(
    row: Account, site: make.Site, now: datetime, *ages: float, slug: str = "pricing-page", topic: str = ""
) -> None:
    kind = SignalType.objects.get(slug=slug)
    moments = [now - age * DAY for age in ages]
    Signal.objects.bulk_create(
        Signal(
            id=uuid7(at),
            account=row,
            source=site.source,
            type=kind,
            points=kind.points,
            topic=topic,
            occurred_at=at,
            received_at=at,
            message_id=f"{row.pk}-{at.isoformat()}",
        )
        for at in moments
    )


def opened(row: Account, now: datetime, age: float) -> Opportunity:
    return Opportunity.objects.create(
        account=row, external_id=f"{row.pk}-{age}", opened_at=now - age * DAY, name=row.name
    )


def listed(row: Account, now: datetime, tier: int, start: float, end: float | None = None) -> None:
    ListMembership.objects.create(
        account=row,
        tier=tier,
        valid_from=now - start * DAY,
        valid_to=None if end is None else now - end * DAY,
        side="revops",
        reason="For the test.",
    )


def ages_of(found: object, now: datetime) -> list[tuple[int, float]]:
    return [(one.account_id, round((now - one.at) / DAY, 3)) for one in found.crossings]  # type: ignore[attr-defined]


def test_crossings_precision_recall_and_lead(site: make.Site, now: datetime) -> None:
    won, quiet, late, unseen = (account(name, now) for name in ("won", "quiet", "late", "unseen"))
    signals(won, site, now, 203, 202, 201)
    opened(won, now, 180)
    signals(quiet, site, now, 153, 152, 151)
    signals(late, site, now, 13, 12, 11)
    opened(unseen, now, 90)
    found = backtest(condition=THREE, tiers=(), rearm_days=14, since=now - 365 * DAY, until=now, now=now)
    assert ages_of(found, now) == [(won.pk, 201.0), (quiet.pk, 151.0), (late.pk, 11.0)]
    assert (found.precision.hits, found.precision.of, found.waiting) == (1, 2, 1)
    assert (found.recall.hits, found.recall.of) == (1, 2)
    assert [one.account_id for one in found.missed] == [unseen.pk]
    assert found.lead_days == pytest.approx(21, abs=1e-6)
    assert found.applied == 4
    # 120 of 4 x 305 account-days that can be judged lie in the 60 days before an opening.
    assert found.base_rate == pytest.approx(120 / (4 * 305))
    assert found.lift == pytest.approx(0.5 / (120 / 1220))
    assert sum(count for _, count in found.load.weeks) == 3
    assert found.load.worst == 1
    assert found.load.median == 0


def test_the_tier_of_that_moment_counts(site: make.Site, now: datetime) -> None:
    row = account("acme", now)
    listed(row, now, 2, 300, 100)
    listed(row, now, 1, 100)
    signals(row, site, now, 203, 202, 201, 53, 52, 51)
    window = {"since": now - 365 * DAY, "until": now, "now": now}
    first, second, both, third = backtests(
        rules=[Rule(THREE, tiers) for tiers in ((1,), (2,), (1, 2), (3,))], **window
    )
    assert [one.tier for one in both.crossings] == [2, 1]
    assert ages_of(first, now) == [(row.pk, 51.0)]
    assert ages_of(second, now) == [(row.pk, 201.0)]
    assert (third.crossings, third.applied, third.base_rate) == ((), 0, None)
    assert difference(first, second).kept == {row.pk}
    assert difference(first, third).gained == {row.pk}
    assert difference(third, first).lost == {row.pk}


def test_a_cool_down_that_began_before_the_window_is_held(site: make.Site, now: datetime) -> None:
    row = account("acme", now)
    signals(row, site, now, 103, 102, 101, 83, 82, 81)
    window: Any = {"tiers": (), "since": now - 90 * DAY, "until": now, "now": now}
    assert not backtest(condition=THREE, rearm_days=30, **window).crossings
    assert len(backtest(condition=THREE, rearm_days=14, **window).crossings) == 1


@pytest.mark.parametrize(
    ("document", "ages"),
    [
        pytest.param(
            {"count": {"topics": ["crm tools"], "at_least": 2, "days": 7}}, [20], id="topics by key"
        ),
        pytest.param({"dormant": {"days": 30}}, [170], id="silence"),
        pytest.param({"intent": {"at_least": 50}}, [20], id="a level over all that came"),
    ],
)
def test_conditions_of_every_sort_are_read(
    site: make.Site, now: datetime, document: dict[str, object], ages: list[int]
) -> None:
    row = account("acme", now)
    signals(row, site, now, 200, slug="webinar")
    signals(row, site, now, 21, slug="topic-surge", topic="CRM  Tools")
    signals(row, site, now, 20, slug="topic-surge", topic="crm tools")
    found = backtest(
        condition=condition.parse(document),
        tiers=(),
        rearm_days=14,
        since=now - 180 * DAY,
        until=now,
        now=now,
    )
    assert [age for _, age in ages_of(found, now)] == pytest.approx(ages, abs=0.001)


@pytest.mark.parametrize(
    ("since", "until"),
    [pytest.param(0, 10, id="upside down"), pytest.param(2_000, 0, id="longer than three years")],
)
def test_windows_that_make_no_sense_are_refused(
    site: make.Site, now: datetime, since: int, until: int
) -> None:
    with pytest.raises(Refused):
        backtest(
            condition=ONE, tiers=(), rearm_days=14, since=now - since * DAY, until=now - until * DAY, now=now
        )


def test_reading_does_not_grow_with_accounts(site: make.Site, now: datetime) -> None:
    counts = []
    for round_ in range(3):
        for number in range(3):
            row = account(f"a{round_}{number}", now)
            signals(row, site, now, 30, 20)
            opened(row, now, 5)
        with CaptureQueriesContext(connection) as queries:
            backtest(condition=ONE, tiers=(), rearm_days=1, since=now - 90 * DAY, until=now, now=now)
        counts.append(len(queries))
    # The first reads what is in force, which is kept.
    assert counts[0] >= counts[1] == counts[2]


def test_the_interface_tells_the_same(site: make.Site, revops: Caller, now: datetime) -> None:
    now = timezone.now()
    row = account("acme", now)
    listed(row, now, 1, 400)
    signals(row, site, now, 203, 202, 201)
    signals(row, site, now, 103, 102)
    opened(row, now, 180)
    address = "thresholds/three-pricing/backtest/"
    told = revops.send("POST", address, {}).json()
    assert (len(told["tried"]["crossings"]), told["in_force"]["accounts"], told["version"]) == (1, 1, 1)
    assert told["tried"]["recall"]["hits"] == 1
    draft = {"condition": {"count": {"types": ["pricing-page"], "at_least": 2, "days": 14}}, "tiers": [1]}
    told = revops.send("POST", address, draft).json()
    assert (len(told["tried"]["crossings"]), len(told["in_force"]["crossings"])) == (2, 1)
    assert told["difference"]["kept"] == [row.pk]
    assert "For tier 1; it can cross again after 14 days." in told["sentence"]
    assert sum(week["crossings"] for week in told["tried"]["weeks"]) == 2
    second = {"tiers": [2]}
    assert revops.send("POST", address, second).json()["difference"]["lost"] == [row.pk]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        pytest.param({"condition": {"count": {"at_least": 0, "days": 3}}}, 400, "/condition/count/at_least"),
        pytest.param(
            {"condition": {"count": {"types": ["no"], "at_least": 1, "days": 3}}}, 400, "/condition/count"
        ),
        pytest.param({"tiers": [4]}, 400, "/tiers/0"),
        pytest.param({"since": "2026-11-01T00:00:00Z", "until": "2026-10-01T00:00:00Z"}, 422, ""),
        pytest.param({"since": "1999-11-01T00:00:00Z"}, 422, ""),
    ],
)
def test_the_interface_says_what_is_wrong(
    site: make.Site, revops: Caller, body: dict[str, object], status: int, pointer: str
) -> None:
    answer = revops.send("POST", "thresholds/three-pricing/backtest/", body)
    assert answer.status_code == status, answer.json()
    assert pointer in str(answer.json())
