"""Loop guards: what plays bring about themselves cannot start plays for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plays import services
from plays.domain.loops import Limits, objection
from plays.models import Decision, Enrollment, Task
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import CALL, NOW, a_crossing, a_play, a_threshold, a_user, an_account

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("started", "chain", "says"),
    [
        pytest.param(0, 0, None, id="the first play"),
        pytest.param(9, 3, None, id="just below both limits"),
        pytest.param(
            10, 0, "10 plays started on this account in the last 30 days", id="one too many in a month"
        ),
        pytest.param(1, 4, "number 5 in a chain of plays", id="one too many in a row"),
    ],
)
def test_a_loop_is_said(started: int, chain: int, says: str | None) -> None:
    no = objection(started, chain, Limits())
    assert (no is None) is (says is None)
    if no is not None and says is not None:
        assert says in no[0]


def echoing(names: str) -> None:
    """Plays that each answer to what a step of the one before brings about: a tool that tells us of our own e-mail."""
    for index, name in enumerate(names):
        before = names[index - 1]
        a_play(
            name,
            steps=[CALL],
            trigger={"crossing": [f"echo-of-{before}"]},
            throttle={"cooldown_days": 0, "live_per_account": 50},
        )


def ran_around(times: int, names: str, *, apart: timedelta) -> list[Enrollment]:
    """A step is done, its echo crosses a threshold, the next play starts, and so on."""
    account, by = an_account(owner=a_user()), a_user()
    now = NOW
    for turn in range(times):
        threshold = a_threshold(f"echo-of-{names[(turn - 1) % len(names)]}", urgency="normal")
        decide_crossings(crossing_ids=[a_crossing(account, threshold, at=now).pk], now=now)
        for task in Task.objects.unfinished():
            services.complete_task(task=task, by=by, now=now)
        now += apart
    return list(Enrollment.objects.order_by("pk"))


@pytest.mark.django_db
def test_two_plays_that_set_each_other_off_stop_after_a_chain_of_four(settings: Any) -> None:
    settings.GUARDRAILS = {"touches_per_week": 10_000}
    echoing("ab")
    ran = ran_around(8, "ab", apart=timedelta(hours=2))
    assert [one.depth for one in ran] == [1, 2, 3, 4]
    line = Decision.objects.order_by("-pk")[0].candidates[0]
    assert (line["verdict"], line["rule"]) == ("held", "loop")
    assert "number 5 in a chain" in line["sentence"]


@pytest.mark.django_db
def test_slow_loops_stop_at_so_many_in_a_month(settings: Any) -> None:
    settings.GUARDRAILS = {"touches_per_week": 10_000}
    settings.LOOP_GUARD = {"plays": 5, "days": 30, "chain": 4}
    echoing("ab")
    ran = ran_around(12, "ab", apart=2 * DAY)
    assert [one.depth for one in ran] == [1] * 5
    assert (
        "5 plays started on this account in the last 30 days"
        in (Decision.objects.order_by("-pk")[0].candidates[0]["sentence"])
    )


@pytest.mark.django_db
def test_a_person_may_set_the_guard_aside_and_begins_a_chain_of_their_own(settings: Any) -> None:
    settings.GUARDRAILS = {"touches_per_week": 10_000}
    settings.LOOP_GUARD = {"plays": 1}
    account = an_account(owner=a_user())
    first, second = a_play(), a_play(trigger={"manual": True})
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    begun = services.start_play(
        play=second, account=account, by=a_user(), reason="They asked us.", override=["loop"], now=NOW
    )
    assert begun.depth == 1
    assert {one.play_id for one in Enrollment.objects.all()} == {first.pk, second.pk}
