"""Stored states against the signals themselves: they agree, a spoilt one is mended, and scores decay as told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from abmops.lib.choices import SourceKind
from abmops.work import rounds
from abmops.work import services as work
from accounts.models import Account
from signals.domain.condition import View
from signals.domain.score import midnight_before
from signals.domain.state import RollingState
from signals.models import AccountMemory, AccountState, SignalType, Source
from signals.selectors import book
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
    before = bytes(AccountMemory.objects.get(account=busy).state)
    report = recompute(now=now)
    assert report.accounts == 1
    assert report.largest_difference < 1e-9
    assert bytes(AccountMemory.objects.get(account=busy).state) == before


def test_a_spoilt_state_is_found_and_mended(busy: Account, now: datetime) -> None:
    right = bytes(AccountMemory.objects.get(account=busy).state)
    AccountMemory.objects.update(state=b"")
    assert recompute(now=now).largest_difference > 1
    assert bytes(AccountMemory.objects.get(account=busy).state) == right


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


def test_a_state_of_another_layout_is_made_anew_by_the_next_refresh(busy: Account, now: datetime) -> None:
    right = bytes(AccountMemory.objects.get(account=busy).state)
    for lost in (b"\x9a\x01\x06", b""):
        AccountMemory.objects.update(state=lost)
        assert score.refresh(now=now + timedelta(minutes=1)) == 1
        work.drain_all()
        assert bytes(AccountMemory.objects.get(account=busy).state) == right
    AccountMemory.objects.all().delete()
    score.refresh(now=now + timedelta(minutes=2))
    work.drain_all()
    assert bytes(AccountMemory.objects.get(account=busy).state) == right


def test_a_refresh_gives_what_one_account_gives(busy: Account, now: datetime) -> None:
    later = now + timedelta(days=3)
    AccountState.objects.update(intent=0, score=0, score_week_ago=0, scored_at=None)
    assert score.refresh(now=later) == 1
    row = AccountState.objects.get(account=busy)
    state, written = RollingState.load(AccountMemory.objects.get(account=busy).state), book()
    view = View(state, written.catalogue, fit=busy.fit, scoring=written.scoring)
    assert row.intent == pytest.approx(view.intent(later.timestamp()), abs=1e-9)
    assert row.score == pytest.approx(view.score(later.timestamp()), abs=1e-9)
    assert row.score_week_ago == pytest.approx(view.score(midnight_before(later.timestamp(), 7)), abs=1e-9)
    assert row.scored_at == later


def test_half_lives_of_hours_are_refreshed_too(busy: Account, now: datetime) -> None:
    SignalType.objects.update(half_life_days=0.1)
    recompute(now=now)
    later = now + timedelta(days=3)
    score.refresh(now=later)
    state, written = RollingState.load(AccountMemory.objects.get(account=busy).state), book()
    view = View(state, written.catalogue, fit=busy.fit, scoring=written.scoring)
    before = view.score(midnight_before(later.timestamp(), 7))
    assert AccountState.objects.get(account=busy).score_week_ago == pytest.approx(before, abs=1e-9)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by", ["reading ahead", "a round"])
def test_a_refresh_misses_nobody(
    busy: Account, now: datetime, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr(score, "CHUNK", 2)
    monkeypatch.setattr(score, "STEP", 2)
    others = [make.account(f"A{n}", f"a{n}.example") for n in range(5)]
    memory = AccountMemory.objects.get(account=busy).state
    AccountState.objects.bulk_create(AccountState(account=one, signals_seen=10) for one in others)
    AccountMemory.objects.bulk_create(AccountMemory(account=one, state=memory) for one in others)
    AccountState.objects.update(intent=0, scored_at=None)
    if by == "a round":
        rounds.go_through(score.refresh_next, now=now)
    else:
        assert score.refresh(now=now) == 6
    assert len({row.intent for row in AccountState.objects.filter(scored_at=now, intent__gt=0)}) == 1
    assert AccountState.objects.filter(scored_at=now).count() == 6
