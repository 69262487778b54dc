"""Signals taken out again: rows, states, scores, thresholds and counts are as if they had never come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, AccountEvent, User
from accounts.services.merging import merge_accounts
from signals.models import (
    AccountMemory,
    AccountState,
    Crossing,
    Feedback,
    RemovalRun,
    ScoreDay,
    Signal,
    SignalKey,
    SignalRemoval,
    SignalVolume,
    UnmatchedSignal,
)
from signals.services import ingest, removing, replay_check, score_days, volumes
from signals.services.detect import evaluate
from signals.services.recompute import recompute
from tests.accounts import make as accounts
from tests.signals import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(db: None) -> User:
    """Somebody of RevOps."""
    return accounts.user(Role.REVOPS)


def send(site: make.Site, moment: datetime, *records: dict[str, Any]) -> None:
    """Have records stored and worked out."""
    rows = [(site.source.pk, make.without(one, "source")) for one in records]
    ingest.accept_records(records=rows, now=moment)
    work.drain_all()


def pricing(moment: datetime, number: int, **fields: Any) -> dict[str, Any]:
    """A visit of the pricing page, `number` hours ago."""
    at = (moment - timedelta(hours=number)).isoformat()
    said = {"type": "pricing-page", "message_id": f"p{number}", "occurred_at": at}
    return make.record(moment, **(said | fields))


def ids(*messages: str) -> list[UUID]:
    """The signals of these messages."""
    return list(Signal.objects.filter(message_id__in=messages).values_list("pk", flat=True))


def remove(keeper: User, moment: datetime, *messages: str) -> removing.Removed:
    return removing.remove_signals(ids=ids(*messages), kind="bot", reason="A crawler.", by=keeper, now=moment)


def as_if_never_come(account: Account, moment: datetime) -> None:
    """The stored state is the one that a replay of what is left gives."""
    before = bytes(AccountMemory.objects.get(account=account).state)
    report = recompute(now=moment, fresh=True, check=True)
    assert report.agrees, report
    recompute(now=moment, fresh=True)
    assert bytes(AccountMemory.objects.get(account=account).state) == before


def test_the_state_is_as_if_they_had_never_come(site: make.Site, keeper: User, moment: datetime) -> None:
    acme = accounts.account()
    send(site, moment, *[pricing(moment, number) for number in range(1, 7)])
    before = AccountState.objects.get(account=acme)
    done = remove(keeper, moment, "p1", "p2", "p3")
    assert (done.signals, done.accounts) == (3, {acme.pk})
    after = AccountState.objects.get(account=acme)
    assert (before.signals_seen, after.signals_seen) == (6, 3)
    assert after.score < before.score
    assert after.last_signal_at == moment - timedelta(hours=4)
    as_if_never_come(acme, moment)


def test_the_same_message_again_is_not_stored_again(site: make.Site, keeper: User, moment: datetime) -> None:
    accounts.account()
    send(site, moment, pricing(moment, 1))
    remove(keeper, moment, "p1")
    send(site, moment, pricing(moment, 1))
    assert not Signal.objects.exists()
    assert SignalKey.objects.count() == 1


def test_the_last_signal_of_an_account_leaves_an_empty_state(
    site: make.Site, keeper: User, moment: datetime
) -> None:
    acme = accounts.account()
    send(site, moment, pricing(moment, 1))
    remove(keeper, moment, "p1")
    state = AccountState.objects.get(account=acme)
    assert (state.signals_seen, state.last_signal_at, state.intent, state.score) == (0, None, 0, 0)


def test_a_crossing_stays_and_says_what_it_lost(site: make.Site, keeper: User, moment: datetime) -> None:
    accounts.account()
    send(site, moment, *[pricing(moment, number) for number in range(1, 4)])
    crossing = Crossing.objects.get()
    done = remove(keeper, moment, "p1", "p2")
    assert done.crossings == {crossing.pk}
    lost = crossing.removed_evidence.get()
    assert (lost.signals, lost.run_id) == (2, done.run)
    assert crossing.evidence == Crossing.objects.get().evidence


def test_a_threshold_that_a_machine_set_off_crosses_again_in_earnest_at_once(
    site: make.Site, keeper: User, moment: datetime
) -> None:
    accounts.account()
    send(site, moment, *[pricing(moment, number) for number in range(1, 4)])
    remove(keeper, moment, "p1", "p2", "p3")
    send(site, moment, *[pricing(moment, number) for number in range(11, 14)])
    assert list(Crossing.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2]


def test_an_earlier_crossing_that_still_stands_keeps_its_cool_down(
    site: make.Site, keeper: User, moment: datetime
) -> None:
    acme = accounts.account()
    send(site, moment, *[pricing(moment, number) for number in range(1, 4)])
    spoilt = Crossing.objects.get()
    sound = Crossing.objects.create(
        threshold=spoilt.threshold,
        version=spoilt.version,
        account=acme,
        sequence=2,
        crossed_at=moment - timedelta(days=9),
    )
    remove(keeper, moment, "p1")
    met, crossed_at, since = AccountState.objects.get(account=acme).armed[str(spoilt.threshold_id)]
    assert (met, since) == (False, pytest.approx(moment.timestamp()))
    assert crossed_at == pytest.approx(sound.crossed_at.timestamp())
    send(site, moment, pricing(moment, 7))
    assert Crossing.objects.count() == 2


def test_a_threshold_that_still_holds_neither_crosses_nor_forgets(
    site: make.Site, keeper: User, moment: datetime
) -> None:
    acme = accounts.account()
    send(site, moment, *[pricing(moment, number) for number in range(1, 6)])
    threshold = str(Crossing.objects.get().threshold_id)
    before = AccountState.objects.get(account=acme).armed[threshold]
    remove(keeper, moment, "p1")
    assert AccountState.objects.get(account=acme).armed[threshold] == before
    assert Crossing.objects.count() == 1


def test_waiting_rows_feedback_and_volumes_go_along(site: make.Site, keeper: User, moment: datetime) -> None:
    acme = accounts.account()
    send(
        site,
        moment,
        pricing(moment, 1),
        pricing(moment, 2),
        pricing(moment, 3, account_domain="nobody.example"),
    )
    volumes.refresh(now=moment + timedelta(hours=1))
    said = {"account": acme, "verdict": "noise", "at": moment}
    Feedback.objects.create(user=keeper, signal_id=ids("p1")[0], **said)
    Feedback.objects.create(user=keeper, signal_id=ids("p2")[0], **said)
    done = remove(keeper, moment, "p1", "p3")
    assert not UnmatchedSignal.objects.exists()
    assert Feedback.objects.get().signal_id == ids("p2")[0]
    assert sum(SignalVolume.objects.values_list("signals", flat=True)) == 1
    assert volumes.recount(since=moment - timedelta(hours=2), until=moment + timedelta(hours=2)) == 0
    rows = SignalRemoval.objects.filter(run=done.run).order_by("account")
    assert [(row.account_id, row.signals, row.kind, row.removed_by) for row in rows] == [
        (acme.pk, 1, "bot", keeper),
        (None, 1, "bot", keeper),
    ]


def test_who_engaged_by_a_machine_alone_has_not_engaged(
    site: make.Site, keeper: User, moment: datetime
) -> None:
    jane = accounts.contact(accounts.account())
    send(site, moment, pricing(moment, 2, contact_email=jane.email))
    send(site, moment, pricing(moment, 1, contact_email=jane.email))
    first = AccountEvent.objects.get(kind="contact_engaged")
    remove(keeper, moment, "p2")
    second = AccountEvent.objects.exclude(pk=first.pk).get(kind="contact_engaged")
    assert second.payload["signal"] == str(ids("p1")[0])
    remove(keeper, moment, "p1")
    assert AccountEvent.objects.filter(dedup_key=second.dedup_key).count() == 0
    send(site, moment, pricing(moment, 3, contact_email=jane.email))
    assert AccountEvent.objects.filter(dedup_key=second.dedup_key).count() == 1


def test_removing_twice_removes_once(site: make.Site, keeper: User, moment: datetime) -> None:
    accounts.account()
    send(site, moment, pricing(moment, 1), pricing(moment, 2))
    gone = ids("p1")
    for expected in (1, 0):
        done = removing.remove_signals(ids=gone, kind="mistake", reason="Twice.", by=keeper, now=moment)
        assert done.signals == expected
    assert Signal.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"reason": " "}, "Say why", id="no reason"),
        pytest.param({"kind": "whim"}, "bot or mistake", id="no kind of ours"),
        pytest.param({"role": Role.MARKETER}, "Only RevOps", id="a marketer"),
        pytest.param({"role": Role.REP}, "Only RevOps", id="a rep"),
    ],
)
def test_a_removal_is_refused(site: make.Site, moment: datetime, fields: dict[str, Any], said: str) -> None:
    accounts.account()
    send(site, moment, pricing(moment, 1))
    by = accounts.user(fields.pop("role", Role.REVOPS))
    asked: dict[str, Any] = {"kind": "bot", "reason": "Why."} | fields
    with pytest.raises(AbmopsError, match=said):
        removing.remove_signals(ids=ids("p1"), by=by, now=moment, **asked)
    assert Signal.objects.count() == 1


def test_a_selection_says_what_it_would_do_and_does_it(
    site: make.Site, keeper: User, moment: datetime
) -> None:
    acme = accounts.account()
    accounts.account("Beta", "beta.example")
    send(site, moment, *[pricing(moment, number) for number in range(1, 5)])
    send(site, moment, pricing(moment, 20, account_domain="beta.example"), make.record(moment))
    selection = removing.Selection(account=acme.pk, type=Signal.objects.filter(message_id="p1").get().type_id)
    later = timezone.now() + timedelta(minutes=1)
    found = removing.preview(selection, now=later)
    assert (found.signals, found.accounts, found.homeless, found.crossings) == (4, 1, 0, 1)
    (touched,) = found.touched
    run = removing.start_removal(selection=selection, kind="bot", reason="Bots.", by=keeper, now=later)
    assert (run.removed, run.expected, run.finished_at) == (4, 4, later)
    state = AccountState.objects.get(account=acme)
    assert touched.before > state.score
    assert touched.after == pytest.approx(state.score, abs=1e-9)
    assert Signal.objects.count() == 2
    as_if_never_come(acme, later)


def test_nothing_named_would_be_everything_and_is_refused(keeper: User, moment: datetime) -> None:
    with pytest.raises(AbmopsError, match="choose an account"):
        removing.start_removal(
            selection=removing.Selection(), kind="bot", reason="All.", by=keeper, now=moment
        )


def by_hand(now: datetime) -> int:
    """Work a removal off piece by piece; how many pieces it took."""
    pieces = 0
    while item := WorkItem.objects.filter(kind=removing.KIND).first():
        removing.carry_on([item], now)
        item.delete()
        pieces += 1
    return pieces


def replays(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The accounts whose states a removal makes anew, in the order in which it does."""
    made: list[int] = []

    def noted(sightings: dict[int, Any], **said: Any) -> None:
        made.extend(sightings)
        evaluate.advance(sightings, **said)

    monkeypatch.setattr("signals.services.removing.act.advance", noted)
    return made


def test_a_large_selection_goes_account_by_account_and_leaves_later_signals_alone(
    site: make.Site, keeper: User, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signals.services.removing.asking.AT_ONCE", 4)
    monkeypatch.setattr("signals.services.removing.slices.ACCOUNTS_AT_ONCE", 2)
    names = ["acme.example", "beta.example", "cade.example", "nobody.example"]
    known = [accounts.account(name, name) for name in names[:3]]
    for name in names:
        of_name = [(number, f"{name}:{number}") for number in range(1, 5)]
        send(
            site,
            moment,
            *[pricing(moment, number, account_domain=name, message_id=key) for number, key in of_name],
        )
    asked = timezone.now() + timedelta(seconds=1)
    run = removing.start_removal(
        selection=removing.Selection(source=site.source.pk),
        kind="mistake",
        reason="Test.",
        by=keeper,
        now=asked,
    )
    assert (run.removed, run.finished_at, Signal.objects.count()) == (0, None, 16)
    ingest.accept_records(
        records=[(site.source.pk, make.without(pricing(moment, 30), "source"))],
        now=asked + timedelta(seconds=1),
    )
    made = replays(monkeypatch)
    # Counted; those without an account; two accounts; one; counted again, and nothing was left.
    assert by_hand(asked) == 5
    assert made == sorted(one.pk for one in known)
    work.drain_all()
    run.refresh_from_db()
    assert (run.removed, run.expected, run.finished_at) == (16, 16, asked)
    assert not run.shares.exists()
    assert list(Signal.objects.values_list("message_id", flat=True)) == ["p30"]
    told = SignalRemoval.objects.filter(run=run).values_list("account", "signals")
    assert set(told) == {(None, 4), *((one.pk, 4) for one in known)}
    as_if_never_come(known[0], asked)


def test_a_large_account_goes_by_pieces_and_is_replayed_once(
    site: make.Site, keeper: User, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signals.services.removing.asking.AT_ONCE", 2)
    monkeypatch.setattr("signals.services.removing.slices.SIGNALS_AT_ONCE", 5)
    acme = accounts.account()
    send(site, moment, *[pricing(moment, number) for number in range(1, 13)])
    crossing = Crossing.objects.get()
    asked = timezone.now() + timedelta(seconds=1)
    selection = removing.Selection(account=acme.pk)
    run = removing.start_removal(selection=selection, kind="bot", reason="All.", by=keeper, now=asked)
    made = replays(monkeypatch)
    assert by_hand(asked) == 5
    assert made == [acme.pk]
    run.refresh_from_db()
    assert (run.removed, run.expected, run.finished_at is None) == (12, 12, False)
    assert crossing.removed_evidence.get().signals == len(crossing.evidence)
    state = AccountState.objects.get(account=acme)
    assert (state.signals_seen, state.intent, state.last_signal_at) == (0, 0, None)
    send(site, moment, *[pricing(moment, number) for number in range(21, 24)])
    assert Crossing.objects.count() == 2, "what a machine set off keeps nobody from crossing in earnest"


def test_a_piece_that_dies_is_done_again_by_the_next_worker(
    site: make.Site, keeper: User, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signals.services.removing.asking.AT_ONCE", 2)
    acme = accounts.account()
    send(site, moment, *[pricing(moment, number) for number in range(1, 9)])
    asked = timezone.now() + timedelta(seconds=1)
    selection = removing.Selection(source=site.source.pk)
    run = removing.start_removal(selection=selection, kind="bot", reason="All.", by=keeper, now=asked)
    with monkeypatch.context() as dying:
        dying.setattr("signals.services.removing.act.advance", lambda *_, **__: 1 / 0)
        (counting,) = WorkItem.objects.filter(kind=removing.KIND)
        removing.carry_on([counting], asked)
        counting.delete()
        (item,) = WorkItem.objects.filter(kind=removing.KIND)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            removing.carry_on([item], asked)
    run.refresh_from_db()
    assert (run.removed, run.shares.get().signals, Signal.objects.count()) == (0, 8, 8)
    work.drain_all()
    run.refresh_from_db()
    assert (run.removed, run.finished_at is None, Signal.objects.count()) == (8, False, 0)
    as_if_never_come(acme, asked)


def test_signals_that_went_over_to_another_account_meanwhile_are_found_again(
    site: make.Site, keeper: User, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signals.services.removing.asking.AT_ONCE", 2)
    acme, beta = accounts.account(), accounts.account("Beta", "beta.example")
    send(site, moment, *[pricing(moment, number, account_domain="beta.example") for number in range(1, 5)])
    asked = timezone.now() + timedelta(seconds=1)
    selection = removing.Selection(source=site.source.pk)
    run = removing.start_removal(selection=selection, kind="bot", reason="All.", by=keeper, now=asked)
    (item,) = WorkItem.objects.filter(kind=removing.KIND)
    removing.carry_on([item], asked)
    item.delete()
    merge_accounts(winner=acme.pk, loser=beta.pk, reason="One.", by=keeper, now=asked)
    by_hand(asked)
    run.refresh_from_db()
    assert (run.removed, run.expected, Signal.objects.count()) == (4, 4, 0)
    assert AccountState.objects.get(account=acme).signals_seen == 0


def test_scores_kept_of_past_days_stay_and_are_no_defect(
    site: make.Site, keeper: User, moment: datetime
) -> None:
    acme = accounts.account()
    send(site, moment, *[pricing(moment, number) for number in range(1, 6)])
    tomorrow = moment + timedelta(days=1)
    score_days.keep(now=tomorrow)
    kept = ScoreDay.objects.get(account=acme)
    assert kept.score > 0
    assert replay_check.check(sample=10, now=tomorrow).gone == 0
    later = tomorrow + timedelta(hours=1)
    removing.remove_signals(ids=ids("p1", "p2"), kind="bot", reason="A crawler.", by=keeper, now=later)
    assert ScoreDay.objects.get(account=acme).score == kept.score
    report = replay_check.check(sample=10, now=later)
    assert (report.differing, report.gone > 0) == ([], True)
    assert list(replay_check.audit(later)) == []
    after = later + timedelta(days=1)  # so that a midnight lies between, whatever the hour
    score_days.keep(now=after)
    fresh = ScoreDay.objects.filter(account=acme).latest("day")
    assert fresh.score < kept.score
    assert replay_check.compare(replay_check.of_midnights([fresh])).compared == 1


def test_the_number_of_statements_does_not_grow_with_the_signals(
    site: make.Site, keeper: User, moment: datetime
) -> None:
    counts = []
    for size in (2, 40):
        names = [f"d{size}-{n}.example" for n in range(size)]
        for name in names:
            accounts.account(name, name)
        send(
            site,
            moment,
            *[
                pricing(moment, number, account_domain=name, message_id=f"{name}:{number}")
                for name in names
                for number in range(1, 5)
            ],
        )
        gone = ids(*[f"{name}:{number}" for name in names for number in range(1, 4)])
        with CaptureQueriesContext(connection) as queries:
            removing.remove_signals(ids=gone, kind="bot", reason="Bots.", by=keeper, now=moment)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert RemovalRun.objects.filter(finished_at__isnull=True).count() == 0
