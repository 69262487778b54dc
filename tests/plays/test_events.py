"""Account events: what they end, what they begin, and each once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, User
from accounts.services.membership import place_on_list
from accounts.services.touch import log_touch
from plays.models import Decision, Enrollment, StepRun, Task
from plays.services.decision.deciding import decide_crossings
from plays.services.enrollment.ending import react_to_events
from tests.plays.make import (
    AD,
    CALL,
    EMAIL,
    NOW,
    a_contact,
    a_crossing,
    a_play,
    a_signal,
    a_threshold,
    a_user,
    an_account,
    an_event,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def enrolled(**definition: Any) -> Enrollment:
    account = an_account(owner=a_user())
    a_play(steps=[CALL, EMAIL], **definition)
    decide_crossings(crossing_ids=[a_crossing(account, a_threshold()).pk], now=NOW)
    return Enrollment.objects.get()


@pytest.mark.parametrize(
    ("exits", "kind", "payload", "ends"),
    [
        (["meeting_booked"], "meeting_booked", {}, True),
        ([], "meeting_booked", {}, False),
        (["left_list"], "left_list", {"tier": 2}, True),
        (["changed_tier"], "changed_tier", {"from": 2, "to": 1}, True),
        (["contact_engaged"], "contact_engaged", {"contact": 1}, True),
        (["opportunity_opened"], "opportunity_stage", {"stage": "Discovery", "outcome": None}, True),
        (["opportunity_opened"], "opportunity_stage", {"stage": "Lost", "outcome": "lost"}, False),
        (["opportunity_closed"], "opportunity_stage", {"stage": "Lost", "outcome": "lost"}, True),
        (["opportunity_won"], "opportunity_stage", {"stage": "Lost", "outcome": "lost"}, False),
        (["opportunity_won"], "opportunity_stage", {"stage": "Won", "outcome": "won"}, True),
        ([], "lifecycle", {"from": "prospect", "to": "disqualified"}, True),
        ([], "lifecycle", {"from": "prospect", "to": "customer"}, False),
    ],
)
def test_exits(exits: list[str], kind: str, payload: dict[str, Any], ends: bool) -> None:
    enrollment = enrolled(exits=exits)
    event = an_event(enrollment.account, kind, at=NOW + HOUR, **payload)
    for _ in range(2):
        react_to_events(event_ids=[event.pk], now=NOW + HOUR)
    enrollment.refresh_from_db()
    assert enrollment.state == ("exited" if ends else "active")
    assert Task.objects.get().state == ("cancelled" if ends else "open")
    assert StepRun.objects.get().state == ("cancelled" if ends else "open")
    assert WorkItem.objects.ready().filter(kind="task_due").exists() is not ends


def test_an_event_from_before_the_enrollment_ends_nothing() -> None:
    enrollment = enrolled(exits=["meeting_booked"])
    react_to_events(event_ids=[an_event(enrollment.account, "meeting_booked", at=NOW - HOUR).pk], now=NOW)
    enrollment.refresh_from_db()
    assert enrollment.state == "active"


def test_a_meeting_logged_by_anybody_ends_the_cold_steps_through_the_work_list() -> None:
    enrollment = enrolled(exits=["meeting_booked"])
    log_touch(
        account=enrollment.account, side="sales", channel="meeting", occurred_at=NOW + HOUR, now=NOW + HOUR
    )
    work.drain_all()
    enrollment.refresh_from_db()
    assert (enrollment.state, enrollment.end_reason) == ("exited", "Stopped because a meeting is booked.")


def join(account: Account, tier: int, by: User) -> None:
    place_on_list(account=account, tier=tier, side="revops", reason="It fits.", by=by, now=NOW)


def test_joining_tier_one_starts_the_welcome_once() -> None:
    revops = a_user(role="revops", job="")
    a_play("welcome", trigger={"joined_tier": [1]}, steps=[AD], audience={"tiers": [1]})
    account = an_account(tier=None)
    join(account, 1, revops)
    work.drain_all()
    work.drain_all()
    enrollment = Enrollment.objects.get()
    assert (enrollment.account, enrollment.why) == (account, "Joined the target list in tier 1")
    assert Decision.objects.get().event is not None


def test_an_event_that_no_play_answers_leaves_no_decision() -> None:
    account = an_account()
    react_to_events(event_ids=[an_event(account, "joined_list", tier=2).pk], now=NOW)
    assert not Decision.objects.exists()


def test_a_stage_starts_the_reinforcement() -> None:
    a_play("late", trigger={"stage": ["proposal"]}, steps=[AD])
    a_user(role="marketer", job="")
    account = an_account()
    react_to_events(event_ids=[an_event(account, "opportunity_stage", stage="Proposal").pk], now=NOW)
    assert Enrollment.objects.get().play.slug == "late"


@pytest.mark.parametrize(("contacts", "begins"), [(1, True), (2, False)])
def test_the_first_contact_that_engages_starts_the_committee_play(contacts: int, begins: bool) -> None:
    a_user(role="marketer", job="")
    a_play("committee", trigger={"contact_engaged": {"contacts_at_most": 1}}, steps=[AD])
    account = an_account(tier=1)
    people = [a_contact(account) for _ in range(contacts)]
    for person in people:
        a_signal(account, contact=person, at=NOW - HOUR)
    react_to_events(event_ids=[an_event(account, "contact_engaged", contact=people[0].pk).pk], now=NOW)
    assert Enrollment.objects.exists() is begins


def test_who_engaged_by_a_removed_signal_alone_starts_nothing_though_the_work_comes_late() -> None:
    a_user(role="marketer", job="")
    a_play("committee", trigger={"contact_engaged": {}}, steps=[AD])
    account = an_account(tier=1)
    person = a_contact(account)
    event = an_event(account, "contact_engaged", contact=person.pk, removed="a run")
    react_to_events(event_ids=[event.pk], now=NOW)
    assert not Enrollment.objects.exists()
    event.payload.pop("removed")
    event.save()
    react_to_events(event_ids=[event.pk], now=NOW)
    assert Enrollment.objects.exists()


def test_an_account_that_left_the_programme_ends_at_its_next_step() -> None:
    enrollment = enrolled()
    from plays.services import complete_task

    Account.objects.update(lifecycle="disqualified")
    complete_task(task=Task.objects.get(), by=a_user(), now=NOW)
    work.drain_all(NOW + timedelta(days=2))
    enrollment.refresh_from_db()
    assert enrollment.state == "exited"
    assert Task.objects.count() == 1
