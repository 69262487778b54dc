"""Pauses: nothing opens and nothing is late while something rests, and all goes on where it stood."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from abmops.lib.errors import Conflict, FieldErrors, Refused
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, User
from plays import services
from plays.audits import clocks_follow_the_pauses
from plays.models import Decision, Enrollment, Pause, Play, StepRun, Task
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import AD, CALL, EMAIL, NOW, a_crossing, a_play, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SECOND = EMAIL | {"key": "second", "wait_days": 3}


def running(*, steps: list[dict[str, object]] | None = None, owner: User | None = None) -> Enrollment:
    """A play that has just begun on an account."""
    account = an_account(owner=owner or a_user())
    play = a_play(steps=steps or [CALL, SECOND])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    return Enrollment.objects.select_related("account", "play", "owner").get(account=account, play=play)


def subject_of(scope: str, enrollment: Enrollment) -> Play | Account | User | Enrollment:
    if scope == "person":
        return Task.objects.get(enrollment=enrollment).owner
    found: dict[str, Play | Account | Enrollment] = {
        "play": enrollment.play,
        "account": enrollment.account,
        "enrollment": enrollment,
    }
    return found[scope]


SCOPES = ["play", "account", "person", "enrollment"]


@pytest.mark.parametrize("scope", SCOPES)
def test_a_clock_stands_while_it_rests_and_goes_on_where_it_stood(scope: str) -> None:
    enrollment = running()
    due = Task.objects.get().due_at
    assert due == NOW + DAY
    rest = services.pause(
        subject=subject_of(scope, enrollment),
        by=a_user(),
        reason="They move offices",
        now=NOW + timedelta(hours=2),
    )

    work.drain_all(NOW + timedelta(days=12))
    task = Task.objects.get()
    assert task.breached_at is None
    assert task.stopped_at == NOW + timedelta(hours=2)
    assert Enrollment.objects.get().state == "active"

    # Two weeks on the same hour: every working hour in between was lost.
    services.resume(pause=rest, by=a_user(), now=NOW + timedelta(days=14, hours=2))
    task = Task.objects.get()
    assert task.due_at == due + timedelta(days=14)
    assert task.stopped_at is None
    work.drain_all(task.due_at + timedelta(minutes=1))
    task.refresh_from_db()
    assert task.breached_at is not None


@pytest.mark.parametrize("scope", ["play", "account", "enrollment"])
def test_a_wait_stands_while_it_rests(scope: str) -> None:
    enrollment = running()
    services.complete_task(task=Task.objects.get(), by=a_user(), now=NOW)
    waits = StepRun.objects.get(state="pending")
    assert waits.opens_at == NOW + 3 * DAY
    rest = services.pause(
        subject=subject_of(scope, enrollment), by=a_user(), reason="Budget freeze", now=NOW + DAY
    )
    work.drain_all(NOW + 10 * DAY)
    assert StepRun.objects.get(pk=waits.pk).state == "pending"

    services.resume(pause=rest, by=a_user(), now=NOW + 10 * DAY)
    assert StepRun.objects.get(pk=waits.pk).opens_at == NOW + 12 * DAY
    work.drain_all(NOW + 12 * DAY)
    assert StepRun.objects.get(pk=waits.pk).state == "open"


def test_a_step_finished_during_a_pause_leads_to_one_that_waits_for_its_end() -> None:
    enrollment = running(steps=[CALL, EMAIL | {"wait_days": 0}])
    rest = services.pause(subject=enrollment.account, by=a_user(), reason="Merger", now=NOW)
    services.complete_task(task=Task.objects.get(), by=a_user(), now=NOW + timedelta(hours=1))
    assert not Task.objects.unfinished().exists()
    services.resume(pause=rest, by=a_user(), now=NOW + DAY)
    work.drain_all(NOW + DAY)
    assert Task.objects.unfinished().get().created_at == NOW + DAY


def test_overlapping_pauses_end_in_any_order() -> None:
    enrollment = running()
    due = Task.objects.get().due_at
    first = services.pause(subject=enrollment.account, by=a_user(), reason="Holidays", now=NOW)
    second = services.pause(subject=enrollment.play, by=a_user(), reason="New text", now=NOW + DAY)
    services.resume(pause=first, by=a_user(), now=NOW + 2 * DAY)
    assert Task.objects.get().stopped_at == NOW
    services.resume(pause=second, by=a_user(), now=NOW + 7 * DAY)
    assert Task.objects.get().due_at == due + 7 * DAY


def test_what_was_late_when_it_stopped_stays_late_and_gets_the_whole_grace_again() -> None:
    enrollment = running()
    work.drain_all(NOW + 2 * DAY)
    late = Task.objects.get()
    assert late.breached_at is not None
    rest = services.pause(subject=enrollment, by=a_user(), reason="Fair", now=NOW + 3 * DAY)
    work.drain_all(NOW + 20 * DAY)
    assert Enrollment.objects.get().state == "active"
    services.resume(pause=rest, by=a_user(), now=NOW + 20 * DAY)
    assert Task.objects.get().due_at == late.due_at
    work.drain_all(NOW + 26 * DAY)
    assert Enrollment.objects.get().state == "active"
    work.drain_all(NOW + 27 * DAY)
    assert Enrollment.objects.get().state == "stalled"


def test_a_pause_with_a_date_ends_by_itself() -> None:
    enrollment = running()
    services.pause(subject=enrollment.account, by=a_user(), reason="Fair", until=NOW + 5 * DAY, now=NOW)
    work.drain_all(NOW + 5 * DAY)
    ended = Pause.objects.get()
    assert ended.ended_at == NOW + 5 * DAY
    assert ended.ended_by is None
    assert Task.objects.get().due_at == NOW + 6 * DAY  # Thursday's ten o'clock is Tuesday's now
    moves = list(enrollment.events.order_by("seq").values_list("move", flat=True))
    assert moves[-2:] == ["pause", "resume"]


def test_resumed_by_hand_its_date_does_nothing_more() -> None:
    enrollment = running()
    rest = services.pause(
        subject=enrollment.account, by=a_user(), reason="Fair", until=NOW + 5 * DAY, now=NOW
    )
    services.resume(pause=rest, by=a_user(), now=NOW + DAY)
    assert not WorkItem.objects.filter(kind="pause_over").exists()
    services.end_due_pauses(pause_ids=[rest.pk], now=NOW + 6 * DAY)
    assert Pause.objects.get().ended_at == NOW + DAY
    with pytest.raises(Conflict, match="resumed already"):
        services.resume(pause=rest, by=a_user(), now=NOW + 2 * DAY)


@pytest.mark.parametrize("scope", ["play", "account"])
def test_nothing_new_starts_where_it_rests_and_the_decision_says_why(scope: str) -> None:
    account, play = an_account(owner=a_user()), a_play()
    services.pause(
        subject=play if scope == "play" else account,
        by=a_user(name="Ruth Okafor"),
        reason="They are moving offices.",
        until=NOW + 9 * DAY,
        now=NOW,
    )
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW + DAY)
    assert not Enrollment.objects.exists()
    (line,) = Decision.objects.get().candidates
    assert line["verdict"] == "held"
    assert line["rule"] == "paused"
    assert "paused until 27 November 2026 by Ruth Okafor: They are moving offices." in line["sentence"]


def test_nothing_new_goes_to_a_person_who_is_paused() -> None:
    owner, other = a_user(), a_user()
    services.pause(subject=owner, by=other, reason="Parental leave", now=NOW)
    running(owner=owner)
    assert Task.objects.get().owner_id != owner.pk


@pytest.mark.parametrize(
    ("fields", "error", "match"),
    [
        pytest.param({"reason": "  "}, FieldErrors, "Say why", id="without a reason"),
        pytest.param({"until": NOW - DAY}, FieldErrors, "next year", id="until yesterday"),
        pytest.param({"until": NOW + 400 * DAY}, FieldErrors, "next year", id="for more than a year"),
    ],
)
def test_a_pause_says_why_and_ends_within_a_year(
    fields: dict[str, object], error: type[Exception], match: str
) -> None:
    given = {"reason": "Fair", "now": NOW} | fields
    with pytest.raises(error) as caught:
        services.pause(subject=an_account(), by=a_user(), **given)  # type: ignore[arg-type]
    assert match in str(getattr(caught.value, "errors", caught.value))


def test_one_pause_of_a_thing_at_a_time_and_none_of_what_has_ended() -> None:
    enrollment = running()
    services.pause(subject=enrollment.account, by=a_user(), reason="Fair", now=NOW)
    with pytest.raises(Conflict, match="paused already"):
        services.pause(subject=enrollment.account, by=a_user(), reason="Fair", now=NOW)
    services.pause(subject=enrollment, by=a_user(), reason="Fair", now=NOW)
    services.cancel_enrollment(enrollment=enrollment, by=a_user(), reason="Lost", now=NOW + DAY)
    assert Pause.objects.active().get().scope == "account"
    with pytest.raises(Refused, match="no longer runs"):
        services.pause(subject=enrollment, by=a_user(), reason="Fair", now=NOW + DAY)


def test_a_start_that_a_pause_overtook_is_set_right_within_a_minute() -> None:
    enrollment = running()
    Pause.objects.create(play=enrollment.play, reason="Slipped in", started_at=NOW)
    (finding,) = clocks_follow_the_pauses(NOW)
    assert finding.repaired
    assert Task.objects.get().stopped_at == NOW
    assert list(clocks_follow_the_pauses(NOW)) == []


def test_a_pause_of_a_play_takes_as_many_queries_for_thirty_accounts_as_for_three() -> None:
    counts = []
    for size in (3, 30):
        play = a_play(trigger={"crossing": [f"t{size}"]}, steps=[AD, CALL])
        threshold = a_threshold(f"t{size}")
        a_user(role="marketer")
        crossings = [a_crossing(an_account(owner=a_user()), threshold).pk for _ in range(size)]
        decide_crossings(crossing_ids=crossings, now=NOW)
        with CaptureQueriesContext(connection) as seen:
            rest = services.pause(subject=play, by=a_user(), reason="Text", now=NOW)
            services.resume(pause=rest, by=None, now=NOW + DAY)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_day_that_has_passed_is_refused_in_words_for_people() -> None:
    """No pointer of the API stands before what a person reads."""
    enrollment = running()
    client = Client()
    client.force_login(a_user(role="revops", job=""))
    sent = client.post(
        reverse("plays:pause", args=["enrollment", enrollment.pk]),
        {"reason": "So.", "until": "2020-01-01"},
    )
    assert sent.status_code == 422
    assert sent.context["form"].errors == {"until": ["Choose a moment within the next year."]}
    assert not Pause.objects.exists()
