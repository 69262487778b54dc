"""Held occasions are decided again when their hold may have ended, once chosen never again; and a holdout stays one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from abmops.lib.errors import Refused
from abmops.work import services as work
from plays.models import Attempt, Decision, Enrollment, Play, Task, Waiting
from plays.services.decision.deciding import decide_crossings
from plays.services.decision.reconsidering import decide_again
from plays.services.decision.waiting import RECENT
from plays.services.enrollment.ending import cancel_enrollment, react_to_events
from plays.services.enrollment.starting import start_play
from plays.services.play.library import save_play
from plays.services.task.closing import complete_task
from tests.plays.make import (
    AD,
    CALL,
    NOW,
    a_crossing,
    a_play,
    a_signal,
    a_signal_type,
    a_threshold,
    a_touch,
    a_user,
    an_account,
    an_event,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def two_plays() -> tuple[Play, Play]:
    """One runs on `pricing`, the other on `demo`, and never both on an account."""
    return (
        a_play("first", steps=[CALL], throttle={"live_per_account": 1, "cooldown_days": 0}),
        a_play(
            "second",
            trigger={"crossing": ["demo"]},
            steps=[CALL],
            throttle={"live_per_account": 1, "cooldown_days": 0},
        ),
    )


def test_a_held_crossing_starts_when_the_play_before_it_ends() -> None:
    account = an_account(owner=a_user())
    two_plays()
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    held = a_crossing(account, a_threshold("demo"), at=NOW + HOUR)
    decide_crossings(crossing_ids=[held.pk], now=NOW + HOUR)
    assert Waiting.objects.get().decision.crossing == held
    assert list(Enrollment.objects.values_list("play__slug", flat=True)) == ["first"]

    complete_task(task=Task.objects.get(), by=a_user(), now=NOW + 2 * HOUR)
    work.drain_all(NOW + 2 * HOUR)

    second = Enrollment.objects.get(play__slug="second")
    assert (second.crossing, second.decision) == (held, held.decision)
    assert not Waiting.objects.exists()
    assert Decision.objects.count() == 2
    attempt = Attempt.objects.get()
    assert (attempt.number, attempt.candidates[0]["verdict"]) == (2, "chosen")
    assert attempt.because.startswith("What held it has changed. It was: Throttle: at most 1 live")
    assert held.decision.candidates[0]["verdict"] == "held"


def test_it_is_looked_at_at_the_moment_at_which_the_hold_lifts() -> None:
    account = an_account(tier=1, owner=a_user())
    a_touch(account, at=NOW - 20 * DAY)
    for name in ("pricing-page", "demo-page"):
        a_signal(account, type_=a_signal_type(name), at=NOW - HOUR)
    a_play("sales", steps=[CALL])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    line = Decision.objects.get().candidates[0]
    assert (line["rule"], line["until"]) == ("awareness", (NOW + 8 * DAY).isoformat())
    for day in range(1, 8):
        work.drain_all(NOW + day * DAY)
    assert not Enrollment.objects.exists()
    assert not Attempt.objects.exists()
    work.drain_all(NOW + 8 * DAY)
    assert Enrollment.objects.get().enrolled_at == NOW + 8 * DAY


def test_it_is_let_go_when_its_time_is_over() -> None:
    account = an_account(tier=1, owner=a_user())
    a_play("sales", steps=[CALL])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    assert Waiting.objects.get().until == NOW + RECENT
    day = NOW
    while day < NOW + RECENT + DAY:
        work.drain_all(day)
        day += DAY
    assert not Waiting.objects.exists()
    assert not Enrollment.objects.exists()


@pytest.mark.parametrize(
    ("then", "rule"),
    [
        pytest.param("meeting_booked", "overtaken", id="a meeting was booked meanwhile"),
        pytest.param("again", "answered", id="a later crossing started the play already"),
    ],
)
def test_what_time_has_overtaken_starts_no_more(then: str, rule: str) -> None:
    account = an_account(owner=a_user())
    two_plays()
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    held = a_crossing(account, a_threshold("demo"), at=NOW + HOUR)
    decide_crossings(crossing_ids=[held.pk], now=NOW + HOUR)
    if then == "meeting_booked":
        event = an_event(account, "meeting_booked", at=NOW + 2 * HOUR)
        react_to_events(event_ids=[event.pk], now=NOW + 2 * HOUR)
    else:
        Enrollment.objects.all().delete()
        later = a_crossing(account, a_threshold("demo"), at=NOW + 2 * HOUR)
        decide_crossings(crossing_ids=[later.pk], now=NOW + 2 * HOUR)
    work.drain_all(NOW + 2 * DAY)
    line = Attempt.objects.get(decision=held.decision).candidates[0]
    assert (line["verdict"], line["rule"]) == ("refused", rule)
    assert not Waiting.objects.exists()
    assert not Enrollment.objects.filter(crossing=held).exists()


def test_what_is_chosen_or_refused_does_not_wait() -> None:
    account = an_account(owner=a_user())
    a_play("first", priority=90)
    a_play("second", priority=10)
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    assert not Waiting.objects.exists()
    cold = an_account(tier=3, owner=a_user())
    decide_crossings(crossing_ids=[a_crossing(cold).pk], now=NOW)
    assert not Waiting.objects.exists()


def test_the_database_keeps_a_decision_from_starting_two_plays() -> None:
    account = an_account(owner=a_user())
    first, second = two_plays()
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    run = Enrollment.objects.get()
    assert second.current is not None
    with pytest.raises(IntegrityError, match="one_start_per_decision"), transaction.atomic():
        Enrollment.objects.create(
            account=account, play=second, version=second.current, decision=run.decision, enrolled_at=NOW
        )
    assert first.enrollments.count() == 1


def test_records_are_only_added_to() -> None:
    account = an_account(owner=a_user())
    a_play()
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    with pytest.raises(IntegrityError, match="only added"), transaction.atomic():
        Decision.objects.update(facts={})


def test_the_queries_of_another_look_do_not_grow_with_what_waits() -> None:
    two_plays()
    owner, demo = a_user(), a_threshold("demo")

    def queries(n: int) -> int:
        accounts = [an_account(owner=owner) for _ in range(n)]
        decide_crossings(crossing_ids=[a_crossing(one).pk for one in accounts], now=NOW)
        decide_crossings(crossing_ids=[a_crossing(one, demo, at=NOW).pk for one in accounts], now=NOW)
        with CaptureQueriesContext(connection) as captured:
            decide_again(account_ids=[one.pk for one in accounts], now=NOW + HOUR)
        return len(captured)

    few = queries(2)
    assert queries(20) == few
    assert not Attempt.objects.exists()


def test_every_rule_is_on_the_record_with_the_facts() -> None:
    account = an_account(tier=2, owner=a_user(), fit=61)
    a_play("only-tier-one", audience={"tiers": [1]})
    decide_crossings(crossing_ids=[a_crossing(account, score=44).pk], now=NOW)
    decision = Decision.objects.get()
    (line,) = decision.lines
    said = {answer.rule: answer.outcome for answer in line.answers}
    assert said["audience"] == "refused"
    assert said["status"] == said["cooldown"] == said["touch_cap"] == "passed"
    assert all(answer.sentence for answer in line.answers)
    assert {"Tier", "Fit", "Score"} <= {fact.name for fact in decision.told}
    assert (decision.facts["tier"], decision.facts["fit"], decision.facts["score"]) == (2, 61.0, 44)


def test_a_record_from_before_still_draws() -> None:
    account = an_account()
    old = {
        "play": "surge", "name": "Surge", "version": 1, "verdict": "refused", "rule": "gone_rule",
        "sentence": "No.", "priority": 5,
    }  # fmt: skip
    decision = Decision.objects.create(
        account=account, occasion="Pricing", summary="No play started.", candidates=[old], made_at=NOW
    )
    assert (decision.lines[0].decided, decision.lines[0].answers, decision.told) == ("Gone rule", (), [])


def held_out(**said: Any) -> tuple[Play, Enrollment]:
    account = an_account(owner=a_user())
    given: dict[str, Any] = {"holdout": 1.0, "steps": [AD], "throttle": {"cooldown_days": 0}}
    play = a_play("held", **(given | said))
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    return play, Enrollment.objects.get()


def test_a_holdout_stays_one_when_the_share_and_the_version_change() -> None:
    play, before = held_out()
    save_play(
        slug="held",
        name="Held",
        definition={"trigger": {"crossing": ["pricing"]}, "steps": [CALL], "holdout": 0.0},
        by=None,
        status="active",
        now=NOW + DAY,
    )
    later = a_crossing(before.account, at=NOW + 2 * DAY)
    decide_crossings(crossing_ids=[later.pk], now=NOW + 2 * DAY)
    assert Decision.objects.get(crossing=later).candidates[0]["verdict"] == "holdout"
    assert list(play.enrollments.values_list("state", "held_out")) == [("holdout", True)]


def test_a_held_out_account_is_started_by_hand_only_by_an_override_on_the_record() -> None:
    play, before = held_out()
    maya = a_user(role="revops", job="")
    with pytest.raises(Refused) as refused:
        start_play(play=play, account=before.account, by=maya, reason="They asked.", now=NOW + DAY)
    assert refused.value.code == "holdout"

    begun = start_play(
        play=play, account=before.account, by=maya, reason="They asked.", override=["holdout"], now=NOW + DAY
    )

    before.refresh_from_db()
    assert (before.state, before.held_out) == ("cancelled", True)
    assert before.end_reason == f"Taken out of the holdout by {maya}: They asked."
    assert (begun.state, begun.held_out) == ("active", False)
    assert begun.decision is not None
    assert begun.decision.overridden == ["holdout"]
    cancel_enrollment(enrollment=begun, by=maya, reason="Done.", now=NOW + 2 * DAY)
    later = a_crossing(before.account, at=NOW + 3 * DAY)
    decide_crossings(crossing_ids=[later.pk], now=NOW + 3 * DAY)
    assert Decision.objects.get(crossing=later).candidates[0]["verdict"] == "chosen"


def test_an_account_event_holds_out_too() -> None:
    account = an_account(owner=a_user())
    a_play("welcome", trigger={"joined_tier": [2]}, steps=[AD], holdout=1.0)
    event = an_event(account, "joined_list", tier=2)
    react_to_events(event_ids=[event.pk], now=NOW)
    assert list(Enrollment.objects.values_list("state", "event")) == [("holdout", event.pk)]
    assert not Task.objects.exists()
