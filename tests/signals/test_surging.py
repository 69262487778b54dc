"""The stored weeks: counted by the database, held against counting by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from accounts.models import Account
from signals.domain import surge
from signals.models import Signal, SignalType, Source, Surge
from signals.services import surging
from tests.accounts import make as people
from tests.signals import make
from tests.signals.test_feedback import signal

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def by_hand(account: Account, now: datetime) -> surge.Week:
    """The same, from all signals in Python."""
    rows = list(Signal.objects.filter(account=account).select_related("type", "source"))
    first = min([account.created_at, *(row.occurred_at for row in rows)])
    weeks = [0.0] * 9
    counts = [0] * 9
    for row in rows:
        number = (now - row.occurred_at) // WEEK
        if 0 <= number < 9:
            weeks[number] += row.points * row.type.confidence * row.source.weight
            counts[number] += 1
    known = min(8, max(0, (now - WEEK - first) // WEEK))
    return surge.judge(
        points=weeks[0],
        signals=counts[0],
        before=weeks[1 : known + 1],
        signals_before=sum(counts[1 : known + 1]),
    )


def test_every_account_is_laid_beside_its_own_weeks(
    site: make.Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(3)
    SignalType.objects.filter(slug="webinar").update(confidence=0.5)
    Source.objects.update(weight=2.0)
    accounts = [people.account(name=f"C{n}", domain=f"c{n}.example") for n in range(12)]
    Account.objects.update(created_at=now - 2 * WEEK)
    for number, account in enumerate(accounts):
        account.refresh_from_db()
        for _ in range(random.randint(1, 30)):
            signal(account, of=random.choice(["webinar", "pricing-page"]),
                   at=now - timedelta(days=random.uniform(0.01, [20, 62, 120][number % 3])))  # fmt: skip
        for _ in range(8 if number % 4 == 0 else 0):
            signal(account, at=now - timedelta(days=random.uniform(0.01, 6.9)))
    monkeypatch.setattr(surging, "CHUNK", 5)
    surging.refresh(now=now)
    stored = {row.account_id: row for row in Surge.objects.all()}
    assert any(row.is_surging for row in stored.values())
    for account in accounts:
        wanted = by_hand(account, now)
        row = stored.get(account.pk)
        if row is None:
            assert not Signal.objects.filter(account=account, occurred_at__gte=now - 9 * WEEK).exists()
            continue
        assert row.points == pytest.approx(wanted.points)
        assert (row.signals, row.weeks, row.is_surging) == (wanted.signals, wanted.weeks, wanted.is_surging)
        assert row.usual == (pytest.approx(wanted.usual) if wanted.usual is not None else None)
        assert row.spread == (pytest.approx(wanted.spread) if wanted.spread is not None else None)


def test_it_is_worked_out_anew_and_forgotten_with_time(site: make.Site, now: datetime) -> None:
    account = people.account()
    Account.objects.update(created_at=now - 20 * WEEK)
    for hours in range(4):
        signal(account, at=now - timedelta(hours=hours + 1))
    for _ in range(2):
        surging.refresh(now=now)
        assert Surge.objects.get().is_surging
    assert Surge.objects.get().times is None
    surging.refresh(now=now + WEEK)
    assert (Surge.objects.get().is_surging, Surge.objects.get().signals) == (False, 0)
    surging.refresh(now=now + 10 * WEEK)
    assert not Surge.objects.exists()
