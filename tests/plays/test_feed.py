"""A person's calendar feed: secret, valid, the same while nothing changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from accounts.models import User
from plays.models import CalendarFeed, Task
from plays.services.task.changing import add_task, move_task
from tests.plays import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep() -> User:
    return make.a_user(time_zone="America/New_York")


def address(client: Client, user: User) -> str:
    client.force_login(user)
    page = client.post("/calendar/feed/new/").content.decode()
    url = page.partition('id="feed-url">')[2].partition("<")[0]
    client.logout()
    return url.partition("testserver")[2]


def owed(rep: User) -> Task:
    return add_task(
        account=make.an_account(owner=rep), owner=rep, contact=None, title="Call; them, now", channel="call",
        side="sales", urgency="normal", due=timezone.now() + timedelta(days=2), by=rep, now=timezone.now(),
    )  # fmt: skip


def test_it_holds_what_the_person_owes_in_a_form_that_others_read(client: Client, rep: User) -> None:
    task, url = owed(rep), address(client, rep)
    answer = client.get(url)
    assert answer.headers["Content-Type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["UID"] == f"task-{task.pk}@localhost"
    assert str(event["SUMMARY"]).startswith("Call; them, now")
    assert event.decoded("DTSTART") == task.due_at.replace(second=0, microsecond=0)


def test_it_is_not_sent_again_until_it_changes_and_a_moved_task_keeps_its_name(
    client: Client, rep: User
) -> None:
    task, url = owed(rep), address(client, rep)
    first = client.get(url)
    etag = first.headers["ETag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    move_task(task=task, by=rep, due=task.due_at + timedelta(days=1), reason="Later.", now=timezone.now())
    second = client.get(url, headers={"If-None-Match": etag})
    assert second.status_code == 200
    names = [Calendar.from_ical(one.content).walk("VEVENT")[0]["UID"] for one in (first, second)]
    assert names[0] == names[1]


def test_only_the_newest_address_works_and_none_of_somebody_who_left(client: Client, rep: User) -> None:
    old = address(client, rep)
    new = address(client, rep)
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200
    assert CalendarFeed.objects.get().read_at is not None
    assert new.rsplit("/", 1)[1].removesuffix(".ics") not in str(CalendarFeed.objects.values().get())
    User.objects.filter(pk=rep.pk).update(is_active=False)
    assert client.get(new).status_code == 404


def test_it_can_be_ended(client: Client, rep: User) -> None:
    url = address(client, rep)
    client.force_login(rep)
    client.post("/calendar/feed/end/")
    assert client.get(url).status_code == 404
