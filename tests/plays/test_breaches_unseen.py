"""No task breaches unseen: whatever becomes of its timer, it is found within a minute of the clock's return, and told
once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest

from abmops.lib.errors import AbmopsError
from abmops.work import kinds
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Absence, Holiday, User
from plays import audits, services
from plays.models import Notice, SlaBreach, Task
from plays.services.sla.timers import keys_of, task_due
from tests.plays.interleaving import Side, raced, two
from tests.plays.make import NOW, a_play, a_user, an_account

__all__ = ["two"]  # a fixture
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def a_task(owner: User | None = None, *, due: datetime = NOW + HOUR, now: datetime = NOW) -> Task:
    owner = owner or a_user()
    return services.add_task(
        account=an_account(owner=owner), owner=owner, channel="call", side="sales", title="Call them",
        by=owner, due=due, now=now,
    )  # fmt: skip


def minute(at: datetime, *, strict: bool = True) -> None:
    """What happens each minute while somebody ticks: leases are taken back, the audits run, what is due is done."""
    work.reclaim()
    work.put_slots(now=at)
    for _ in range(2):
        work.drain_all(at, strict=strict)
        # What comes back comes by the database's clock, which is ahead of this story.
        WorkItem.objects.filter(state="ready", attempts__gt=0, run_at__gt=at).update(run_at=at)


def told(task: Task) -> list[tuple[str, str]]:
    """What was said about it, and to whom."""
    rows = Notice.objects.filter(kind="task_breached", subject__startswith=f"task:{task.pk}:")
    return sorted(rows.values_list("user__name", "kind"))


def found_once(task: Task, *, by: datetime) -> None:
    task.refresh_from_db()
    assert task.breached_at is not None, "it breached unseen"
    assert task.due_at <= task.breached_at <= by
    assert SlaBreach.objects.filter(task=task, number=1).count() == 1
    assert task.events.filter(kind="breached").count() == 1
    assert [n for _, n in Counter(told(task)).items() if n > 1] == []
    assert len(told(task)) >= 1


# What may become of a timer


def nothing(task: Task) -> None:
    del task


def lost(task: Task) -> None:
    WorkItem.objects.filter(dedup_key__in=keys_of(task)).delete()


def given_up(task: Task) -> None:
    """The handler failed until the list gave it up; the row still holds the key."""
    WorkItem.objects.filter(dedup_key=task_due(task).dedup_key).update(
        state="dead", attempts=5, done_at=NOW, last_error="Broken."
    )


def held_by_the_dead(task: Task) -> None:
    """A worker that is gone had claimed it."""
    past = datetime(2026, 1, 1, tzinfo=NOW.tzinfo)
    WorkItem.objects.filter(dedup_key=task_due(task).dedup_key).update(
        state="leased", attempts=1, lease_token="7c0ff1ce-0000-4000-8000-000000000000", lease_until=past
    )


def another_calendar(task: Task) -> None:
    """The owner moves to another zone, works other hours, is away and has a holiday; what was promised stays."""
    User.objects.filter(pk=task.owner_id).update(time_zone="Asia/Tokyo", opens=time(4), closes=time(6))
    Absence.objects.create(user=task.owner, starts_on=NOW.date(), ends_on=NOW.date() + DAY)
    Holiday.objects.create(day=NOW.date(), name="A day")


def another_owner(task: Task) -> None:
    services.hand_on_task(task=task, by=task.owner, to=a_user(), now=NOW + MINUTE)


def moved_nearer(task: Task) -> None:
    services.move_task(task=task, by=task.owner, due=NOW + HOUR / 2, reason="Sooner", now=NOW + MINUTE)


def moved_away_and_back(task: Task) -> None:
    due = task.due_at
    services.move_task(task=task, by=task.owner, due=due + DAY, reason="Later", now=NOW + MINUTE)
    task.refresh_from_db()
    services.move_task(task=task, by=task.owner, due=due, reason="A slip", now=NOW + MINUTE)


def moved_behind_the_services(task: Task) -> None:
    """Its row says another due time than its timer."""
    Task.objects.filter(pk=task.pk).update(due_at=task.due_at - HOUR / 2)


def snoozed(task: Task) -> None:
    services.snooze_task(task=task, by=task.owner, until=NOW + 5 * DAY, now=NOW + MINUTE)


def rested(task: Task) -> None:
    """A pause that began and ended before the due time, and one whose end was never seen."""
    rest = services.pause(subject=task.account, by=task.owner, reason="Fair", now=NOW + MINUTE)
    services.resume(pause=rest, by=task.owner, now=NOW + 2 * MINUTE)
    WorkItem.objects.filter(dedup_key__startswith=f"task_due:{task.pk}:").delete()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "away", [timedelta(), HOUR, 40 * HOUR], ids=["at once", "an hour later", "days later"]
)
@pytest.mark.parametrize(
    "trouble",
    [
        nothing, lost, given_up, held_by_the_dead, another_calendar, another_owner, moved_nearer,
        moved_away_and_back, moved_behind_the_services, snoozed, rested,
    ],
)  # fmt: skip
def test_a_late_task_is_found_within_a_minute_of_the_clocks_return(
    trouble: Callable[[Task], None], away: timedelta
) -> None:
    a_user(role="revops", job="", name="Ruth")
    task = a_task()
    other = a_task(due=NOW + 90 * DAY)
    trouble(task)
    task.refresh_from_db()
    returns = task.due_at + audits.FOUND_WITHIN + away + MINUTE / 2

    minute(returns)
    minute(returns + MINUTE)
    found_once(task, by=returns + MINUTE)
    before = (told(task), SlaBreach.objects.count())
    for late in (2 * MINUTE, 3 * MINUTE):
        minute(returns + late)
    assert (told(task), SlaBreach.objects.count()) == before
    other.refresh_from_db()
    assert other.breached_at is None


@pytest.mark.django_db
def test_a_handler_that_fails_for_ten_minutes_finds_all_as_soon_as_it_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tasks = [a_task(due=NOW + HOUR + n * MINUTE) for n in range(5)]
    kind = kinds.find("task_due")
    assert kind is not None

    def broken(*_: Any) -> None:
        raise RuntimeError("Not today.")

    real = kind.handler
    object.__setattr__(kind, "handler", broken)
    try:
        for n in range(11):
            minute(NOW + HOUR + n * MINUTE, strict=False)
    finally:
        object.__setattr__(kind, "handler", real)
    assert not SlaBreach.objects.exists()
    returns = NOW + 2 * HOUR
    minute(returns)
    for task in tasks:
        found_once(task, by=returns)


@pytest.mark.django_db
def test_more_tasks_than_one_audit_names_are_all_found() -> None:
    owner = a_user()
    tasks = [a_task(owner) for _ in range(audits.AT_MOST + 5)]
    WorkItem.objects.filter(kind__in=("task_due", "task_reminder")).delete()
    minute(NOW + 2 * HOUR)
    minute(NOW + 2 * HOUR + MINUTE)
    assert Task.objects.filter(breached_at__isnull=False).count() == len(tasks)


NIGHTS = [
    pytest.param(datetime(2026, 10, 25, 0, 0, tzinfo=NOW.tzinfo), id="the hour that comes twice"),
    pytest.param(datetime(2027, 3, 28, 0, 0, tzinfo=NOW.tzinfo), id="the hour that is left out"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("midnight", NIGHTS)
def test_in_the_nights_of_the_clocks_each_is_found_at_its_own_moment(midnight: datetime) -> None:
    """Every quarter of an hour from midnight to four: tasks of a night shift, and each is told in its minute."""
    owner = a_user(time_zone="Europe/Berlin", opens=time(0), closes=time(23, 59), weekdays=list(range(7)))
    dues = [midnight + n * timedelta(minutes=15) for n in range(17)]
    tasks = [a_task(owner, due=due, now=midnight - HOUR) for due in dues]
    for at in dues:
        work.drain_all(at)
        late = set(Task.objects.filter(breached_at__isnull=False).values_list("pk", flat=True))
        assert late == {task.pk for task in tasks if task.due_at <= at}
    assert len({one.subject for one in Notice.objects.filter(kind="task_breached", user=owner)}) == len(tasks)
    for task in tasks:
        task.refresh_from_db()
        assert task.breached_at == task.due_at


def moves(task: Task, to: datetime) -> Callable[[], object]:
    return partial(services.move_task, task=task, by=task.owner, due=to, reason="Later", now=task.due_at)


def done(task: Task) -> Callable[[], object]:
    return partial(services.complete_task, task=task, by=task.owner, now=task.due_at)


@pytest.mark.django_db(transaction=True)
def test_a_task_that_is_moved_closed_or_handed_on_as_it_breaches_has_one_story(
    two: ThreadPoolExecutor,
) -> None:
    """Thirty-six rounds: the clock against a person, one of the two held after a statement drawn by lot."""
    draw, owner, other = Random(20261122), a_user(), a_user()
    play = a_play(trigger={"manual": True})
    statements = Counter({"clock": 12, "person": 12})
    ends: Counter[str] = Counter()
    for number in range(36):
        account = an_account(owner=owner)
        services.start_play(play=play, account=account, by=owner, reason="They asked.", now=NOW)
        task = Task.objects.select_related("owner", "enrollment").get(account=account)
        due, later = task.due_at, task.due_at + DAY
        assert task.enrollment is not None
        acts: dict[str, Callable[[], object]] = {
            "moved": moves(task, later),
            "done": done(task),
            "handed on": partial(services.hand_on_task, task=task, by=owner, to=other, now=due),
            "stopped": partial(
                services.cancel_enrollment, enrollment=task.enrollment, by=owner, reason="A slip", now=due
            ),
        }
        how = sorted(acts)[number % len(acts)]
        clock = Side(partial(services.mark_breached, timers_due={(task.pk, due)}, now=due))
        person = Side(acts[how])
        first, name = draw.choice([(clock, "clock"), (person, "person")])
        first.held_after = draw.randint(1, statements[name])
        raced(two, clock, person, first=first)
        statements[name] = max(first.statements, 1)
        said = f"round {number}: {how}, {name} held after {first.held_after}"
        assert clock.error is None, said
        assert person.error is None or isinstance(person.error, AbmopsError), said

        task.refresh_from_db()
        late = task.breached_at is not None
        breaches = SlaBreach.objects.filter(task=task).count()
        assert breaches == len({user for user, _ in told(task)}) == late, said
        work.drain_all(due)
        assert SlaBreach.objects.filter(task=task).count() == breaches, said
        if how in ("done", "stopped"):
            assert not Notice.objects.unread().filter(subject__startswith=f"task:{task.pk}:").exists(), said
            assert not WorkItem.objects.filter(subject_id=task.pk, kind="task_overdue").exists(), said
        if how == "moved" and not late:
            work.drain_all(later)
            found_once(task, by=later)
        ends[f"{how} {'late' if late else 'in time'}"] += 1
    assert len(ends) > 4, ends
