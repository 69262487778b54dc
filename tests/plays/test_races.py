"""Races with real connections: the throttle holds, a click counts once, and nothing deadlocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from abmops.lib.errors import Conflict, Refused
from abmops.work import services as work
from accounts.models import Account, Touch
from plays.models import Decision, Enrollment, StepRun, Task
from plays.services import complete_task, start_play
from plays.services.decision.deciding import decide_crossings
from plays.services.decision.reconsidering import decide_again
from plays.services.enrollment.ending import react_to_events
from plays.services.enrollment.stepping import open_due_steps
from tests.plays.make import CALL, EMAIL, NOW, a_crossing, a_play, a_threshold, a_user, an_account, an_event

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls: Iterable[Callable[[], object]], *, threads: int = 8) -> list[BaseException]:
    """Run the calls in threads with connections of their own; the errors."""

    def one(call: Callable[[], object]) -> BaseException | None:
        try:
            call()
        except Exception as error:  # noqa: BLE001  (they are looked at by the test)
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(threads) as pool:
        return [error for error in pool.map(one, calls) if error is not None]


def decided_alone(crossing: int) -> Callable[[], None]:
    return lambda: decide_crossings(crossing_ids=[crossing], now=NOW)


def test_twenty_crossings_at_once_make_exactly_what_the_throttle_allows() -> None:
    account = an_account(owner=a_user())
    for number in range(5):
        a_play(f"play-{number}", priority=90 - number)
    threshold = a_threshold()
    crossings = [a_crossing(account, threshold).pk for _ in range(20)]

    errors = at_once([decided_alone(crossing) for crossing in [*crossings, *crossings]])

    assert errors == []
    assert sorted(Enrollment.objects.values_list("play__slug", flat=True)) == ["play-0", "play-1"]
    assert Decision.objects.count() == 20
    assert Task.objects.count() == 2


@pytest.mark.parametrize(
    ("said", "started", "held_out"),
    [
        pytest.param([{"throttle": {"live_per_account": 1}}] * 3, ["play-0"], [], id="one at once"),
        pytest.param([{"throttle": {"live_per_account": 2}}] * 3, ["play-0", "play-1"], [], id="two at once"),
        pytest.param(
            [{"throttle": {"live_per_account": 1}}, {"throttle": {"live_per_account": 3}}],
            ["play-0", "play-1"],
            [],
            id="each play by its own throttle",
        ),
        pytest.param(
            [{"holdout": 1.0}, {"throttle": {"live_per_account": 1}}, {"throttle": {"live_per_account": 1}}],
            ["play-1"],
            ["play-0"],
            id="a holdout above them",
        ),
        pytest.param([{"holdout": 1.0}] * 2, [], ["play-0", "play-1"], id="nothing but holdouts"),
    ],
)
def test_twenty_at_once_from_two_workers_keep_to_throttle_of_each_play_and_to_holdouts(
    said: list[dict[str, Any]], started: list[str], held_out: list[str]
) -> None:
    account = an_account(owner=a_user())
    for number, fields in enumerate(said):
        a_play(f"play-{number}", priority=90 - number, **fields)
    threshold = a_threshold()
    crossings = [a_crossing(account, threshold).pk for _ in range(20)]
    work.put_many(
        work.Put(kind="decide", subject_id=pk, dedup_key=f"decide:crossing:{pk}") for pk in crossings
    )

    errors = at_once([work.drain_all, *(decided_alone(pk) for pk in crossings), work.drain_all])

    assert errors == []
    rows = Enrollment.objects.order_by("play__slug")
    assert list(rows.filter(held_out=False).values_list("play__slug", flat=True)) == started
    assert list(rows.filter(held_out=True).values_list("play__slug", flat=True)) == held_out
    assert Decision.objects.count() == 20
    assert Task.objects.count() == len(started)


def test_a_held_crossing_that_two_workers_decide_again_starts_once() -> None:
    account = an_account(owner=a_user())
    a_play("first", throttle={"live_per_account": 1, "cooldown_days": 0})
    a_play("second", trigger={"crossing": ["demo"]}, throttle={"live_per_account": 1, "cooldown_days": 0})
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    demo = a_threshold("demo")
    decide_crossings(crossing_ids=[a_crossing(account, demo).pk for _ in range(3)], now=NOW)
    complete_task(task=Task.objects.get(), by=a_user(), now=NOW)

    errors = at_once([lambda: decide_again(account_ids=[account.pk], now=NOW + timedelta(hours=1))] * 8)

    assert errors == []
    assert list(Enrollment.objects.order_by("pk").values_list("play__slug", "state")) == [
        ("first", "completed"),
        ("second", "active"),
    ]


def test_batches_over_the_same_accounts_in_any_order_do_not_wait_in_a_circle() -> None:
    a_play()
    threshold = a_threshold()
    accounts = [an_account(owner=a_user()) for _ in range(6)]
    batches = [
        [a_crossing(account, threshold).pk for account in (accounts if turn % 2 else reversed(accounts))]
        for turn in range(8)
    ]
    errors = at_once(
        [lambda ids=ids: decide_crossings(crossing_ids=ids, now=NOW) for ids in batches]  # type: ignore[misc]
    )
    assert errors == []
    assert Enrollment.objects.count() == 6


def test_ten_clicks_on_done_make_one_touch_and_one_next_step() -> None:
    owner = a_user()
    a_play(steps=[CALL, EMAIL | {"wait_days": 0}])
    decide_crossings(crossing_ids=[a_crossing(an_account(owner=owner)).pk], now=NOW)
    task = Task.objects.get()

    errors = at_once([lambda: complete_task(task=task, by=owner, now=NOW)] * 10)

    assert [type(error) for error in errors] == [Conflict] * 9
    assert Touch.objects.get().external_id == f"task:{task.pk}"
    assert StepRun.objects.count() == Task.objects.count() == 2


def test_a_meeting_and_done_at_the_same_moment_leave_one_story() -> None:
    owner = a_user()
    a_play(steps=[CALL, EMAIL])
    for _ in range(6):
        account = an_account(owner=owner)
        decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
        task = Task.objects.latest("id")
        event = an_event(account, "meeting_booked", at=NOW)
        errors = at_once(
            [
                lambda task=task: complete_task(task=task, by=owner, now=NOW),  # type: ignore[misc]
                lambda event=event: react_to_events(event_ids=[event.pk], now=NOW),  # type: ignore[misc]
            ]
        )
        assert all(isinstance(error, Conflict) for error in errors)
        enrollment = Enrollment.objects.get(account=account)
        assert enrollment.state == "exited"
        assert not enrollment.step_runs.filter(state__in=("pending", "open")).exists()
        task.refresh_from_db()
        assert task.state in ("done", "cancelled")
        assert Touch.objects.filter(account=account).count() == (task.state == "done")


def test_a_step_due_twice_at_once_opens_once() -> None:
    a_play(steps=[EMAIL])
    decide_crossings(crossing_ids=[a_crossing(an_account(owner=a_user())).pk], now=NOW)
    run = StepRun.objects.get()
    later = NOW + timedelta(days=2)
    errors = at_once([lambda: open_due_steps(run_ids=[run.pk], now=later)] * 6)
    assert errors == []
    assert Task.objects.count() == 1


def test_workers_share_the_work_list_and_each_crossing_is_decided_once() -> None:
    a_play(throttle={"cooldown_days": 0})
    threshold = a_threshold()
    crossings = [a_crossing(an_account(owner=a_user()), threshold).pk for _ in range(60)]
    work.put_many(
        work.Put(kind="decide", subject_id=pk, dedup_key=f"decide:crossing:{pk}") for pk in crossings
    )
    errors = at_once([lambda: work.drain_all()] * 4, threads=4)  # noqa: PLW0108
    assert errors == []
    assert Decision.objects.count() == Enrollment.objects.count() == Task.objects.count() == 60


def owner_of_many(accounts: int) -> list[Account]:
    owner = a_user()
    return [an_account(owner=owner) for _ in range(accounts)]


def test_twenty_crossings_over_the_accounts_of_one_owner_keep_to_what_is_new_in_a_week() -> None:
    accounts = owner_of_many(2)
    for number in range(3):
        throttle = {"live_per_account": 9, "new_per_owner_per_week": 3, "cooldown_days": 0}
        a_play(f"play-{number}", priority=90 - number, throttle=throttle)
    threshold = a_threshold()
    crossings = [a_crossing(accounts[number % 2], threshold).pk for number in range(20)]

    errors = at_once([decided_alone(crossing) for crossing in crossings])

    assert errors == []
    assert Enrollment.objects.count() == Task.objects.count() == 3
    assert Decision.objects.count() == 20


def test_batches_starts_by_hand_and_second_looks_of_several_owners_share_the_week_and_never_wait_in_a_circle() -> (
    None
):
    mine, theirs = owner_of_many(6), owner_of_many(6)
    week = {"new_per_owner_per_week": 2, "live_per_account": 9, "cooldown_days": 0}
    crossed = a_play("crossed", throttle=week)
    by_hand = a_play("by-hand", trigger={"manual": True}, throttle=week)
    threshold = a_threshold()
    mixed = [account for pair in zip(mine, theirs, strict=True) for account in pair]
    batches = [
        [a_crossing(account, threshold).pk for account in (mixed if turn % 2 else reversed(mixed))]
        for turn in range(4)
    ]
    by = a_user()
    calls: list[Callable[[], object]] = []
    for turn, ids in enumerate(batches):
        calls += [
            partial(decide_crossings, crossing_ids=ids, now=NOW),
            partial(start_play, play=by_hand, account=mixed[turn], by=by, reason="They asked.", now=NOW),
            partial(decide_again, account_ids=[one.pk for one in mixed], now=NOW),
        ]

    errors = at_once(calls)

    assert [error for error in errors if not isinstance(error, Refused)] == []
    for accounts in (mine, theirs):
        assert Enrollment.objects.filter(account__in=accounts).count() == 2
    assert Enrollment.objects.filter(play__in=[crossed, by_hand]).count() == 4
