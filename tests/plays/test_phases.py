"""Phases: what is missing for the next, the moves by rule, by lifecycle and by hand, and all of it from history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.lib.errors import FieldErrors, Refused
from abmops.work import rounds
from accounts.domain.phase import History, missing, phase_of
from accounts.models import Account, AccountEvent, Opportunity
from accounts.services.bulk import set_lifecycle
from accounts.services.phase import set_phase
from accounts.timeline import entries
from plays.models import Enrollment
from plays.selectors.phases import missing_of
from plays.services import decide_crossings, react_to_events
from plays.services.guardrail import phases
from plays.services.guardrail.phases import correct, differences, follow_lifecycles
from tests.plays.make import (
    CALL,
    NOW,
    a_contact,
    a_crossing,
    a_play,
    a_signal,
    a_signal_type,
    a_touch,
    a_user,
    an_account,
    an_event,
)  # fmt: skip

DAY = timedelta(days=1)
REVOPS: dict[str, Any] = {"role": "revops", "job": ""}


@pytest.mark.parametrize(
    ("phase", "lifecycle", "came", "sentence"),
    [
        pytest.param("awareness", "prospect", (), "2 distinct qualifying signals within 30 days.", id="nothing yet"),
        pytest.param(
            "awareness", "prospect", (6,), "1 more distinct qualifying signal by 12 December.", id="one, 6 days ago"
        ),
        pytest.param(
            "awareness", "prospect", (31,), "2 distinct qualifying signals within 30 days.", id="one that has run out"
        ),
        pytest.param(
            "awareness", "prospect", (3, 5), "Nothing is missing: it moves up within minutes.", id="two: about to move"
        ),
        pytest.param("engagement", "prospect", (), "A booked meeting.", id="engagement"),
        pytest.param("active", "prospect", (), "A won deal.", id="active"),
        pytest.param("expand", "customer", (), "", id="the end of the ladder"),
        pytest.param(
            "out", "disqualified", (),
            "The account is disqualified. It comes back once its lifecycle says otherwise.", id="out by its lifecycle",
        ),
        pytest.param(
            "out", "prospect", (),
            "Somebody took the account out. It comes back when somebody changes its phase.", id="out by hand",
        ),
    ],
)  # fmt: skip
def test_what_is_missing(phase: str, lifecycle: str, came: tuple[int, ...], sentence: str) -> None:
    found = missing(
        phase, lifecycle=lifecycle, qualifying_at=[NOW - days * DAY for days in came], days=30, now=NOW
    )
    assert (found.sentence if found else "") == sentence


def at(day: float) -> datetime:
    return datetime(2026, 6, 1, tzinfo=UTC) + day * DAY


@pytest.mark.parametrize(
    ("history", "phase"),
    [
        pytest.param(History(), "awareness", id="nothing"),
        pytest.param(History(signals=(("a", 1, at(0)),)), "awareness", id="one signal"),
        pytest.param(History(signals=(("a", 1, at(0)), ("a", 1, at(1)))), "awareness", id="the same twice"),
        pytest.param(History(signals=(("a", 1, at(0)), ("b", 1, at(30)))), "engagement", id="another type, 30 days on"),
        pytest.param(History(signals=(("a", 1, at(0)), ("b", 1, at(30.01)))), "awareness", id="too late"),
        pytest.param(History(signals=(("a", None, at(0)), ("a", 1, at(1)))), "awareness", id="maybe the same person"),
        pytest.param(
            History(signals=(("a", 1, at(0)), ("a", 1, at(20)), ("a", 2, at(40)))), "engagement",
            id="the later of two counts",
        ),
        pytest.param(History(met_at=at(0)), "active", id="a meeting alone"),
        pytest.param(History(met_at=at(0), won_at=at(9)), "expand", id="won"),
        pytest.param(History(won_at=at(0), lifecycle="not_ready"), "out", id="not ready"),
        pytest.param(History(set_at=at(5), set_to="awareness", met_at=at(4)), "awareness", id="taken back since"),
        pytest.param(History(set_at=at(5), set_to="awareness", met_at=at(6)), "active", id="and news after it"),
        pytest.param(History(set_at=at(5), set_to="out", met_at=at(6)), "out", id="out by hand stays out"),
        pytest.param(
            History(set_at=at(5), set_to="expand", signals=(("a", 1, at(6)), ("b", 1, at(7)))), "expand",
            id="a hand may put it higher than the rules",
        ),
    ],
)  # fmt: skip
def test_the_phase_from_history(history: History, phase: str) -> None:
    assert phase_of(history, days=30) == phase


pytestmark = pytest.mark.django_db


def engage(account: Account, *, now: datetime = NOW) -> None:
    a_signal(account, type_=a_signal_type("pricing-page"), at=now - 20 * timedelta(minutes=1))
    a_signal(account, type_=a_signal_type("demo-page"), at=now - timedelta(minutes=1))


def raise_engaged(*, now: datetime) -> int:
    """The round of every few minutes; how many it raised."""
    waiting = Account.objects.filter(phase="awareness")
    before = waiting.count()
    rounds.go_through(phases.raise_heard_next, now=now)
    return before - waiting.count()


def moves(account: Account) -> list[tuple[str, str]]:
    rows = AccountEvent.objects.filter(account=account, kind="changed_phase").order_by("pk")
    return [(row.payload["to"], row.payload["cause"]) for row in rows]


def test_signals_raise_the_phase_without_any_play() -> None:
    account, other = an_account(), an_account()
    engage(account)
    a_signal(other)
    assert raise_engaged(now=NOW) == 1
    assert raise_engaged(now=NOW) == 0
    account.refresh_from_db()
    other.refresh_from_db()
    assert (account.phase, other.phase) == ("engagement", "awareness")
    assert moves(account) == [("engagement", "Two distinct qualifying signals came.")]


def test_the_round_raises_by_what_came_in_the_last_hour() -> None:
    for minutes in (0, 1, 30, 58, 61):
        engage(an_account(), now=NOW - timedelta(minutes=minutes))
    raise_engaged(now=NOW)
    reached = Account.objects.order_by("pk").values_list("phase", flat=True)
    assert list(reached) == ["engagement", "engagement", "engagement", "engagement", "awareness"]


def test_the_nightly_round_raises_by_every_signal_that_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phases, "STEP", 2)
    for number in range(5):
        engage(an_account(), now=NOW - DAY * (100 if number == 1 else 20))
    assert raise_engaged(now=NOW) == 0, "that looks at what came lately"
    rounds.go_through(phases.raise_next, now=NOW)
    reached = Account.objects.order_by("pk").values_list("phase", flat=True)
    assert list(reached) == ["engagement", "awareness", "engagement", "engagement", "engagement"]


def test_a_meeting_and_a_deal_in_one_batch_raise_to_the_higher_of_both() -> None:
    account = an_account()
    won = an_event(account, "opportunity_stage", outcome="won", stage="won", at=NOW - timedelta(hours=2))
    met = an_event(account, "meeting_booked", at=NOW - timedelta(hours=1))
    react_to_events(event_ids=[won.pk, met.pk], now=NOW)
    account.refresh_from_db()
    assert account.phase == "expand"
    lines = [entry.text for entry in entries(account.pk, NOW + DAY, 9) if entry.kind == "phase"]
    assert lines[0] == "Moved to the expand phase"


def test_a_disqualified_account_is_out_at_once_and_its_plays_end_and_it_comes_back_to_where_it_was() -> None:
    owner, revops = a_user(), a_user(**REVOPS)
    account = an_account(owner=owner, phase="active")
    a_play(steps=[CALL])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    set_lifecycle(accounts=[account.pk], lifecycle="disqualified", by=revops, now=NOW + timedelta(hours=1))
    account.refresh_from_db()
    assert account.phase == "out"
    told = AccountEvent.objects.get(kind="lifecycle")
    react_to_events(event_ids=[told.pk], now=NOW + timedelta(hours=1))
    assert Enrollment.objects.get().state == "exited"
    set_lifecycle(accounts=[account.pk], lifecycle="prospect", by=revops, now=NOW + DAY)
    account.refresh_from_db()
    assert account.phase == "active"
    assert [to for to, _ in moves(account)] == ["out", "active"]


def test_what_was_written_past_the_services_is_followed_within_minutes() -> None:
    gone, back, by_hand = an_account(lifecycle="not_ready"), an_account(), an_account()
    Account.objects.filter(pk=back.pk).update(lifecycle="disqualified")
    follow_lifecycles(now=NOW)
    Account.objects.filter(pk=back.pk).update(lifecycle="prospect")
    set_phase(account=by_hand, phase="out", reason="A competitor.", by=a_user(**REVOPS), now=NOW)
    assert follow_lifecycles(now=NOW + DAY) == 1
    phases = dict(Account.objects.values_list("pk", "phase"))
    assert (phases[gone.pk], phases[back.pk], phases[by_hand.pk]) == ("out", "awareness", "out")


def test_a_phase_that_a_person_took_back_rises_only_by_news() -> None:
    account, by = an_account(), a_user(**REVOPS)
    engage(account)
    raise_engaged(now=NOW)
    set_phase(account=account, phase="awareness", reason="It was us.", by=by, now=NOW)
    assert raise_engaged(now=NOW + timedelta(minutes=5)) == 0
    engage(account, now=NOW + timedelta(hours=1))
    assert raise_engaged(now=NOW + timedelta(hours=1)) == 1
    (_, taken_back, _) = AccountEvent.objects.filter(account=account, kind="changed_phase").order_by("pk")
    assert taken_back.payload["cause"] == "It was us."
    assert taken_back.payload["name"] == by.name


def test_a_hand_needs_a_reason_a_phase_and_an_account_in_the_program() -> None:
    by = a_user(**REVOPS)
    with pytest.raises(FieldErrors):
        set_phase(account=an_account(), phase="active", reason=" ", by=by, now=NOW)
    with pytest.raises(FieldErrors):
        set_phase(account=an_account(), phase="nowhere", reason="So.", by=by, now=NOW)
    with pytest.raises(Refused, match="already"):
        set_phase(account=an_account(), phase="awareness", reason="So.", by=by, now=NOW)
    with pytest.raises(Refused, match="Change its lifecycle first"):
        set_phase(
            account=an_account(lifecycle="not_ready", phase="out"),
            phase="active",
            reason="So.",
            by=by,
            now=NOW,
        )


def test_history_says_what_is_stored_and_names_what_differs() -> None:
    met, won, signals, wrong = (
        an_account(phase="active"),
        an_account(phase="expand"),
        an_account(),
        an_account(),
    )
    a_touch(met, at=NOW - 400 * DAY, side="sales", channel="meeting")
    Opportunity.objects.create(
        account=won,
        external_id="w",
        stage="won",
        outcome="won",
        opened_at=NOW - 60 * DAY,
        closed_at=NOW - 9 * DAY,
    )
    engage(signals)
    raise_engaged(now=NOW)
    Account.objects.filter(pk=wrong.pk).update(phase="active")
    assert [(one.account, one.stored, one.expected) for one in differences()] == [
        (wrong, "active", "awareness")
    ]
    with pytest.raises(CommandError, match="1 accounts"):
        call_command("recompute_phases", stdout=StringIO())
    assert correct(now=NOW) == 1
    said = StringIO()
    call_command("recompute_phases", stdout=said)
    assert said.getvalue() == "Every phase follows from history.\n"
    assert moves(wrong) == [("awareness", "Worked out anew from history.")]


def test_what_is_missing_takes_two_queries_however_many_accounts() -> None:
    accounts = [an_account() for _ in range(4)]
    a_signal(accounts[0], contact=a_contact(accounts[0]), at=NOW - 6 * DAY)
    for some in (accounts[:1], accounts):
        with CaptureQueriesContext(connection) as queries:
            said = missing_of(some, now=NOW)
        assert len(queries) == 2
    assert said[accounts[0].pk].sentence == "1 more distinct qualifying signal by 12 December."
