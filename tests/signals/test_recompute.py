"""Stored states against the signals themselves: they agree, a spoilt one is mended, and scores decay as told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from abmops.lib.choices import SourceKind
from abmops.work import services as work
from accounts.models import Account
from signals.models import AccountState, SignalType, Source
from signals.services import ingest, partitions, score
from signals.services.recompute import recompute
from tests.accounts import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(now: datetime) -> Account:
    """An account with a signal a day for ten days."""
    source = Source.objects.create(slug="site", name="Site", kind=SourceKind.FIRST_PARTY)
    SignalType.objects.create(slug="visit", name="Visit", kind=SourceKind.FIRST_PARTY, half_life_days=7)
    account = make.account()
    records = [
        (
            source.pk,
            {
                "type": "visit",
                "account_domain": "acme.example",
                "message_id": f"m{day}",
                "occurred_at": (now - timedelta(days=day, hours=3)).isoformat(),
            },
        )
        for day in range(10)
    ]
    ingest.accept_records(records=records, now=now)
    work.drain_all()
    return account


def test_what_is_stored_agrees_with_the_signals(busy: Account, now: datetime) -> None:
    before = bytes(AccountState.objects.get(account=busy).state)
    report = recompute(now=now)
    assert report.accounts == 1
    assert report.largest_difference < 1e-9
    assert bytes(AccountState.objects.get(account=busy).state) == before


def test_a_spoilt_state_is_found_and_mended(busy: Account, now: datetime) -> None:
    right = bytes(AccountState.objects.get(account=busy).state)
    AccountState.objects.update(state=b"")
    assert recompute(now=now).largest_difference > 1
    assert bytes(AccountState.objects.get(account=busy).state) == right


def test_stored_scores_follow_the_clock(busy: Account, now: datetime) -> None:
    recompute(now=now)
    today = AccountState.objects.get(account=busy).intent
    later = now + timedelta(days=7)
    assert score.refresh(now=later) == 1
    state = AccountState.objects.get(account=busy)
    assert 0 < state.intent < today
    assert state.scored_at == later
    # An older look does not undo a newer one.
    score.refresh(now=now)
    assert AccountState.objects.get(account=busy).scored_at == later


def test_the_coming_months_have_partitions_once(now: datetime) -> None:
    far = now + timedelta(days=400)
    assert partitions.ensure(now=far) == partitions.AHEAD + 1
    assert partitions.ensure(now=far) == 0
