"""Scores of the past: what was stored at midnights and crossings is what the inputs of the time give."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from abmops.lib.choices import SourceKind
from abmops.lib.ids import uuid7
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, AccountDomain
from accounts.services.merging import merge_accounts, undo_merge
from signals.models import (
    AccountMemory,
    AccountState,
    CountedLate,
    Crossing,
    FitChange,
    ScoreDay,
    ScoreNight,
    Signal,
    SignalRemoval,
    SignalType,
    Source,
    WeightInForce,
)
from signals.services import definitions, ingest, replay_check, score_backfill, score_days
from signals.services.recompute import recompute
from signals.services.replaying import score_at
from signals.services.weights import write_scoring
from tests.accounts import make

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TYPES = {"visit": (10.0, 7.0), "demo": (25.0, 3.5), "topic": (4.0, 30.0)}


def founded(start: datetime) -> list[Account]:
    """Two sources, three types, thresholds that cross often, and accounts with a fit; all in force from `start` on."""
    for slug in ("site", "intent"):
        Source.objects.create(slug=slug, name=slug, kind=SourceKind.FIRST_PARTY)
    for slug, (points, half_life) in TYPES.items():
        SignalType.objects.create(
            slug=slug, name=slug, kind=SourceKind.FIRST_PARTY, points=points, half_life_days=half_life
        )
    for at_least in (10, 25, 50):
        definitions.put_threshold(
            slug=f"score-{at_least}",
            fields={
                "name": f"score {at_least}",
                "status": "active",
                "condition": {"intent": {"at_least": at_least}},
                "rearm_days": 1,
            },
            by=None,
        )
    accounts = [make.account(name=f"C{n}", domain=f"c{n}.example") for n in range(6)]
    for number, account in enumerate(accounts):
        Account.objects.filter(pk=account.pk).update(fit=10 * number)
    FitChange.objects.all().delete()
    WeightInForce.objects.update(valid_from=start)
    work.drain_all(start)
    return accounts


def send(
    random: Random, at: datetime, count: int, *, domains: list[str], late: timedelta = timedelta(0)
) -> None:
    """Signals that are received before `at` and happened up to two days earlier; worked on `late` after it."""
    sources = list(Source.objects.order_by("id").values_list("pk", flat=True))
    for _ in range(count):
        received = at - timedelta(seconds=random.uniform(1, 7200))
        record = {
            "type": random.choice(list(TYPES)),
            "account_domain": random.choice(domains),
            "message_id": str(uuid7(at)),
            "occurred_at": (received - timedelta(hours=random.choice([0, 0, 1, 30, 50]))).isoformat(),
        }
        ingest.accept_records(records=[(random.choice(sources), record)], now=received)
    settle(at + late)


def settle(at: datetime) -> None:
    """All work that is due, at a moment; what was put at once carries the real clock."""
    for _ in range(8):
        WorkItem.objects.filter(state="ready").exclude(dedup_key__startswith="sla").update(run_at=at)
        if not work.drain_all(at):
            break


def change_weights(random: Random, at: datetime) -> None:
    """A source's weight, a confidence or a half-life changes."""
    before = set(WeightInForce.objects.values_list("pk", flat=True))
    if random.random() < 0.4:
        Source.objects.filter(slug="site").update(weight=random.choice([0.5, 1.5, 2.0]))
    elif random.random() < 0.5:
        SignalType.objects.filter(slug="demo").update(confidence=random.choice([0.3, 0.6, 0.9]))
    else:
        SignalType.objects.filter(slug="visit").update(half_life_days=random.choice([5.0, 9.0, 21.0]))
    WeightInForce.objects.exclude(pk__in=before).update(valid_from=at)


def change_fit(random: Random, account: Account, at: datetime) -> None:
    """A fit changes."""
    Account.objects.filter(pk=account.pk).update(fit=random.uniform(0, 100))
    FitChange.objects.filter(account=account, at__gt=at).update(at=at)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_weeks_of_a_lively_program_replay_as_they_were_stored(seed: int) -> None:
    random = Random(seed)
    start = datetime(2026, 3, 20, tzinfo=UTC)  # over the night in which clocks change
    accounts = founded(start)
    domains = [f"c{n}.example" for n in range(6)]
    # Two accounts are not known by their domains for a while: their signals wait.
    AccountDomain.objects.filter(domain__in=domains[4:]).delete()
    at = start + timedelta(hours=9)
    for day in range(21):
        send(
            random,
            at,
            random.randint(2, 7),
            domains=domains,
            late=timedelta(minutes=random.choice([0, 5, 200])),
        )
        if random.random() < 0.3:
            change_weights(random, at + timedelta(hours=5))
        if random.random() < 0.4:
            change_fit(random, random.choice(accounts), at + timedelta(hours=6))
        if day in {8, 15}:
            number = 4 if day == 8 else 5
            AccountDomain.objects.create(account=accounts[number], domain=domains[number])
            work.put(kind="resolve", dedup_key=f"r{day}", payload={"keys": [f"domain:{domains[number]}"]})
            settle(at + timedelta(hours=7))
        # Received before midnight, worked on after it.
        send(
            random,
            at.replace(hour=23, minute=58),
            2,
            domains=domains,
            late=timedelta(minutes=random.choice([0, 4])),
        )
        if random.random() < 0.7:  # some nights nobody is there
            score_days.keep(now=at.replace(hour=0, minute=6) + DAY)
        at += DAY
    score_days.keep(now=at)
    assert ScoreDay.objects.count() > 60
    assert Crossing.objects.count() > 10
    assert CountedLate.objects.count() > 5
    report = replay_check.compare(
        [
            *replay_check.of_midnights(ScoreDay.objects.all()),
            *replay_check.of_crossings(Crossing.objects.all()),
        ]
    )
    assert [(one.stored.what, one.stored.score, one.replayed) for one in report.differing] == []
    assert report.gone == 0
    assert report.largest <= 1e-9
    # What is remade from the raw signals, or replayed for days nobody kept, is the same.
    recompute(now=at)
    kept = set(ScoreDay.objects.values_list("account_id", "day"))
    stored = {(row.account_id, row.day): row.score for row in ScoreDay.objects.all()}
    ScoreDay.objects.all().delete()
    ScoreNight.objects.all().delete()
    score_backfill.fill(since=start.date(), now=at)
    for row in ScoreDay.objects.all():
        if (row.account_id, row.day) in stored:
            assert row.score == pytest.approx(stored[row.account_id, row.day], abs=1e-9)
    assert kept <= set(ScoreDay.objects.values_list("account_id", "day"))


@pytest.fixture
def quiet(now: datetime) -> tuple[Account, datetime]:
    """An account with some signals, three days before `now`."""
    start = now - 3 * DAY
    accounts = founded(start - DAY)
    send(Random(4), start, 12, domains=["c1.example"])
    return accounts[1], start


def test_a_night_is_kept_once_and_goes_on_where_it_was_killed(
    quiet: tuple[Account, datetime], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_days, "CHUNK", 2)
    for n in range(6):
        send(Random(n), now - DAY, 1, domains=[f"c{n}.example"])
    assert score_days.open_nights(now=now) == 1
    with transaction.atomic():
        score_days.keep_next(now=now)
        transaction.set_rollback(True)  # killed inside
    assert not ScoreDay.objects.exists()
    first = score_days.keep_next(now=now)
    assert first
    # Killed here; the next run goes on behind the first chunk and keeps nothing twice.
    assert score_days.keep(now=now) == ScoreDay.objects.count() - first
    rows = list(ScoreDay.objects.order_by("pk").values_list())
    assert score_days.keep(now=now + timedelta(hours=3)) == 0
    assert list(ScoreDay.objects.order_by("pk").values_list()) == rows
    night = ScoreNight.objects.get()
    assert (night.day, night.kept, night.finished_at) == (now.date(), len(rows), now)


def test_nights_that_nobody_was_there_for_are_caught_up_with(
    quiet: tuple[Account, datetime], now: datetime
) -> None:
    account, _ = quiet
    score_days.keep(now=now)
    score_days.keep(now=now + 20 * DAY)
    days = ScoreDay.objects.filter(account=account).values_list("day", flat=True)
    assert set(days) == {now.date() + n * DAY for n in range(len(days))}
    assert ScoreNight.objects.filter(finished_at__isnull=False).count() == 21
    assert not replay_check.check(sample=500, now=now).differing


def test_the_night_of_a_lost_state_is_replayed_from_its_signals(
    quiet: tuple[Account, datetime], now: datetime
) -> None:
    AccountMemory.objects.all().delete()
    score_days.keep(now=now)
    assert ScoreDay.objects.get(account=quiet[0]).intent > 0
    assert not replay_check.check(sample=500, now=now).differing


def test_a_day_that_is_kept_never_changes(quiet: tuple[Account, datetime], now: datetime) -> None:
    score_days.keep(now=now)
    with pytest.raises(DatabaseError), transaction.atomic():
        ScoreDay.objects.update(score=1)
    before = ScoreDay.objects.order_by("pk").values_list("score", flat=True)
    # Told late, of a time before the midnight: the day stays, and the replay does not count it either.
    send(Random(9), now, 5, domains=["c1.example"])
    score_days.keep(now=now)
    assert list(ScoreDay.objects.order_by("pk").values_list("score", flat=True)) == list(before)
    assert not replay_check.check(sample=500, now=now).differing


def test_what_is_gone_is_said_and_not_guessed(quiet: tuple[Account, datetime], now: datetime) -> None:
    account, start = quiet
    removed = Signal.objects.filter(account=account).values_list("pk", flat=True)[:3]
    SignalRemoval.objects.create(account=account, kind="bot", reason="A crawler.", signals=3, removed_at=now)
    Signal.objects.filter(pk__in=list(removed)).delete()
    before = score_at(account_id=account.pk, at=start + DAY)
    assert not before.is_exact
    assert "3 signals were taken out on 18 November 2026" in before.missing[0]
    assert score_at(account_id=account.pk, at=now + DAY).is_exact
    report = replay_check.compare(replay_check.of_crossings(Crossing.objects.filter(account=account)))
    assert (report.compared, report.differing) == (0, [])
    assert report.gone == Crossing.objects.filter(account=account).count() > 0


def test_a_merge_changes_no_past_and_gives_the_days_back(
    quiet: tuple[Account, datetime], now: datetime
) -> None:
    account, start = quiet
    other = Account.objects.get(name="C2")
    send(Random(5), start + timedelta(hours=2), 8, domains=["c2.example"])
    score_days.keep(now=now)
    days = list(ScoreDay.objects.filter(account=other).values_list("day", "score"))
    was = score_at(account_id=account.pk, at=now).score
    merge = merge_accounts(
        winner=account.pk, loser=other.pk, by=make.user(), reason="One company.", now=now + DAY
    )
    again = score_at(account_id=account.pk, at=now)
    assert again.is_exact
    assert again.score == pytest.approx(was, abs=1e-9)
    assert score_at(account_id=account.pk, at=now + 2 * DAY).intent > again.intent
    assert not ScoreDay.objects.filter(account=other.pk).exists()
    assert not replay_check.check(sample=500, now=now).differing
    undo_merge(merge=merge.pk, by=make.user(email="other@abmops.example"), now=now + 2 * DAY)
    assert list(ScoreDay.objects.filter(account=other.pk).values_list("day", "score")) == days


def test_the_command_finds_a_wrong_score(quiet: tuple[Account, datetime], now: datetime) -> None:
    score_days.keep(now=now)
    call_command("replay", "--check")
    row = ScoreDay.objects.order_by("pk").last()
    assert row is not None
    ScoreDay.objects.filter(pk=row.pk).delete()
    ScoreDay.objects.create(
        account=row.account, day=row.day, fit=row.fit, intent=row.intent, score=row.score + 1e-6
    )
    with pytest.raises(CommandError, match="1 stored scores differ"):
        call_command("replay", "--check")


def test_the_command_says_one_score(
    quiet: tuple[Account, datetime], capsys: pytest.CaptureFixture[str]
) -> None:
    account, start = quiet
    call_command("replay", account=account.pk, at=(start + DAY).isoformat())
    assert capsys.readouterr().out.startswith("score ")
    with pytest.raises(CommandError, match="with a zone"):
        call_command("replay", account=account.pk, at="2026-11-18T10:00:00")


def test_history_counts_from_when_it_was_known(quiet: tuple[Account, datetime], now: datetime) -> None:
    account, start = quiet
    call_command("score_history", since=(start.date() - 10 * DAY).isoformat())
    days = dict(ScoreDay.objects.filter(account=account).values_list("day", "intent"))
    assert date(2026, 11, 15) not in days  # its signals came on that day, after its midnight
    assert days[date(2026, 11, 16)] > 1
    assert not replay_check.check(sample=500, now=now).differing
    assert AccountState.objects.filter(account=account).exists()


def test_the_audit_names_a_score_that_its_inputs_do_not_give(
    quiet: tuple[Account, datetime], now: datetime
) -> None:
    account, _ = quiet
    score_days.keep(now=now)
    assert list(replay_check.audit(now)) == []
    ScoreDay.objects.all().delete()
    ScoreDay.objects.create(account=account, day=now.date(), fit=10, intent=50, score=99)
    assert [finding.key for finding in replay_check.audit(now)] == [f"score_day:{ScoreDay.objects.get().pk}"]


def test_settings_of_the_score_are_kept_as_they_change(
    quiet: tuple[Account, datetime], now: datetime
) -> None:
    account, start = quiet
    before = score_at(account_id=account.pk, at=now)
    assert write_scoring(replace(before.scoring, k=80.0), now=now + DAY)
    assert not write_scoring(replace(before.scoring, k=80.0), now=now + 2 * DAY)
    assert score_at(account_id=account.pk, at=now).scoring == before.scoring
    after = score_at(account_id=account.pk, at=now + 2 * DAY)
    assert after.scoring.k == 80
    assert after.intent < before.intent
    assert start < now
