"""An installation that programs alone use as yet: what would start is held, and goes on when the first person comes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import User
from accounts.services.apikey import create_key
from plays import services
from plays.domain.guardrails import NOBODY
from plays.models import Attempt, Decision, Enrollment, StepHold, StepRun, Task, Waiting
from plays.services.decision.deciding import decide_crossings
from plays.services.enrollment.ending import react_to_events
from plays.services.guardrail.recounting import somebody_came
from tests.plays.make import CALL, NOW, a_crossing, a_play, a_user, an_account, an_event

pytestmark = pytest.mark.django_db
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def key() -> User:
    """A program's key that may do everything, an executive and somebody who has left: none of them owes a step."""
    a_user(role="executive", job="")
    a_user(is_active=False)
    made, _ = create_key(name="etl", role=Role.REVOPS, now=NOW)
    return made.user


def no_dead_items() -> bool:
    return not WorkItem.objects.filter(state="dead").exists()


def later(minutes: int) -> None:
    """A minute's clock, and the work that it puts."""
    somebody_came(now=NOW + minutes * MINUTE)
    for _ in range(2):
        work.drain_all(NOW + minutes * MINUTE)


def test_a_decision_is_held_and_goes_on_with_the_first_person() -> None:
    account = an_account()
    a_play("sales", steps=[CALL], priority=90)
    a_play("other", steps=[CALL])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    decision = Decision.objects.get()
    assert [(one["verdict"], one["rule"], one["sentence"]) for one in decision.candidates] == [
        ("held", "nobody", NOBODY.sentence)
    ] * 2
    assert "Nobody works here yet: add a person" in decision.summary
    later(1)
    assert not Enrollment.objects.exists()
    assert Waiting.objects.get().for_people
    first = a_user()
    later(2)
    assert Enrollment.objects.get().play.slug == "sales"
    assert Task.objects.get().owner == first
    assert Attempt.objects.get().because.endswith(NOBODY.sentence)
    assert not Waiting.objects.exists()
    assert no_dead_items()


def test_an_event_is_held_too() -> None:
    account = an_account()
    a_play("welcome", trigger={"joined_tier": [2]}, steps=[CALL])
    react_to_events(event_ids=[an_event(account, "joined_list", tier=2).pk], now=NOW)
    assert Decision.objects.get().candidates[0]["rule"] == "nobody"
    a_user()
    later(1)
    assert Task.objects.exists()


def test_a_step_is_held_and_opens_with_the_first_person() -> None:
    account, last = an_account(), a_user()
    a_play("sales", steps=[CALL | {"wait_days": 1}])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW - DAY)
    User.objects.filter(pk=last.pk).update(is_active=False)
    work.drain_all(NOW)
    assert StepRun.objects.get().held == NOBODY.sentence
    assert StepHold.objects.get().rule == "nobody"
    later(1)
    assert not Task.objects.exists()
    User.objects.filter(pk=last.pk).update(is_active=True)
    later(2)
    assert Task.objects.get().owner == last
    assert StepHold.objects.get().ended_at == NOW + 2 * MINUTE
    assert no_dead_items()
    with CaptureQueriesContext(connection) as asked:
        somebody_came(now=NOW + 3 * MINUTE)
    assert len(asked) == 2


def test_a_key_that_starts_a_play_by_hand_is_told_why_not(key: User) -> None:
    with pytest.raises(Refused, match="Nobody works here yet: add a person"):
        services.start_play(
            play=a_play(steps=[CALL]), account=an_account(), by=key, reason="They asked.", now=NOW
        )


def test_many_decisions_ask_once_whether_anybody_is_here() -> None:
    a_play("sales", steps=[CALL])
    counts = []
    for number in (1, 1, 5):  # the first reads what is written down, for all that follow
        crossings = [a_crossing(an_account()).pk for _ in range(number)]
        with CaptureQueriesContext(connection) as asked:
            decide_crossings(crossing_ids=crossings, now=NOW)
        counts.append(len(asked))
    assert counts[1] == counts[2]
