"""What is late is one thing, wherever it is counted: owed past its due time while its clock runs."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from plays import services
from plays.models import Task
from plays.models.task import late_at
from plays.selectors import floor, people
from plays.selectors import late as listed
from plays.selectors import today as work
from plays.views.today import wanted_from
from tests.plays.make import a_user, an_account

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def client_of(user: User) -> Client:
    cache.clear()
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def owner() -> User:
    return a_user(role="revops", job="")


def owed(owner: User, now: datetime, *, title: str, due: timedelta) -> Task:
    account = an_account(owner=owner)
    task = services.add_task(
        account=account, owner=owner, channel="call", side="sales", title=title, by=owner, now=now - 3 * HOUR
    )
    Task.objects.filter(pk=task.pk).update(due_at=now + due)
    task.refresh_from_db()
    return task


@pytest.fixture
def tasks(owner: User, now: datetime) -> None:
    """One is late, one stands still since it became late, one is due soon, one stands still before its due time."""
    owed(owner, now, title="late", due=-HOUR)
    owed(owner, now, title="soon", due=HOUR)
    for title, due in (("stands late", -HOUR), ("stands", HOUR)):
        task = owed(owner, now, title=title, due=due)
        services.pause(subject=task.account, by=owner, reason="They move house.", now=now - 2 * HOUR)
        Task.objects.filter(pk=task.pk).update(due_at=now + due)


def head(owner: User, now: datetime) -> int:
    return work.counts_of(owner, now=now, midnight=now - 12 * HOUR).late


def filtered(owner: User, now: datetime) -> int:
    rows = Task.objects.filter(owner=owner).awake(now)
    return work.narrowed(rows, wanted_from(_query("late=1")), now=now, midnight=now).count()


def _query(text: str) -> QueryDict:
    return QueryDict(text)


def team(owner: User, now: datetime) -> int:
    return sum(load.late for load in floor.team_load(now=now))


def person(owner: User, now: datetime) -> int:
    rows = people.with_absences(list(people.people(people.Asked(), now=now)), now=now)
    return next(row.late for row in rows if row.user == owner)


def page_line(owner: User, now: datetime) -> int:
    return sum(line.late for line in listed.by_person(listed.Asked(), now=now))


def page_rows(owner: User, now: datetime) -> int:
    return listed.tasks(listed.Asked(show="late"), now=now).count()


def in_file(owner: User, now: datetime) -> int:
    answer = client_of(owner).get("/today/tasks.csv")
    lines = csv.DictReader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))  # type: ignore[attr-defined]
    return sum(line["late"] == "yes" for line in lines)


def by_api(owner: User, now: datetime) -> int:
    client = APIClient()
    client.force_authenticate(owner)
    yes = client.get("/api/v1/tasks/", {"is_late": "true"}).json()["results"]
    no = client.get("/api/v1/tasks/", {"is_late": "false"}).json()["results"]
    assert len(yes) + len(no) == 4
    return len(yes)


def by_row(owner: User, now: datetime) -> int:
    return sum(task.is_late(now) for task in Task.objects.all())


def on_the_accounts_page(owner: User, now: datetime) -> int:
    client = client_of(owner)
    pages = [
        client.get(f"/accounts/{task.account_id}/tasks/").content.decode()
        for task in Task.objects.select_related("account")
    ]
    return sum('<span class="tag bad">Late</span>' in page for page in pages)


def grouped_by_day(owner: User, now: datetime) -> int:
    sections = client_of(owner).get("/?group=day").context["sections"]
    assert [section.key for section in sections if section.title == "Paused"] == ["paused"]
    return sum(len(section.rows) for section in sections if section.key == "late")


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(count, id=count.__name__)
        for count in (
            head, filtered, team, person, page_line, page_rows, in_file, by_api, by_row, on_the_accounts_page,
            grouped_by_day,
        )
    ],
)  # fmt: skip
def test_every_place_counts_the_same(
    count: Callable[[User, datetime], int], tasks: None, owner: User, now: datetime
) -> None:
    assert Task.objects.filter(late_at(now)).get().title == "late"
    assert count(owner, now) == 1


def test_what_stands_still_breaches_nothing_next(tasks: None, owner: User, now: datetime) -> None:
    assert [task.title for task in floor.breaching_next(owner, now=now)] == ["soon"]
    rows = Task.objects.filter(owner=owner)
    soon = work.narrowed(rows, wanted_from(_query("today=1")), now=now, midnight=now)
    assert [task.title for task in soon] == ["soon"]
    at_risk = listed.tasks(listed.Asked(show="risk"), now=now)
    assert [task.title for task in at_risk] == ["soon"]


def test_a_snooze_stops_no_clock_and_a_closed_task_is_not_late(owner: User, now: datetime) -> None:
    task = owed(owner, now, title="asleep", due=-HOUR)
    services.snooze_task(task=task, by=owner, until=now + 24 * HOUR, now=now)
    assert Task.objects.late(now).get().pk == task.pk
    services.cancel_task(task=Task.objects.get(), by=owner, reason="Not needed.", now=now)
    assert not Task.objects.late(now).exists()
    assert not Task.objects.get().is_late(now)


def test_once_it_goes_on_it_is_late_again(tasks: None, owner: User, now: datetime) -> None:
    task = Task.objects.get(title="stands late")
    later = now + 200 * HOUR
    pause = task.account.pauses.get()
    services.resume(pause=pause, by=owner, now=later)
    task.refresh_from_db()
    assert task.stopped_at is None
    assert task.is_late(task.due_at + HOUR)
