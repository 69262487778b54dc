"""A person's calendar feed: secret, valid, the same while nothing changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date
from icalendar import Calendar, Event

from accounts.models import User
from accounts.services.meeting import call_off_meeting
from plays.models import CalendarFeed, Task
from plays.services.calendar.bursts import cancel_burst, plan_burst
from plays.services.calendar.feed import calendar_file
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


def soon() -> datetime:
    """A Wednesday within ten days: the file warns of what is due on a day off."""
    soonest = timezone.now() + timedelta(days=2)
    return soonest + timedelta(days=(2 - soonest.weekday()) % 7)


def owed(rep: User) -> Task:
    return add_task(
        account=make.an_account(owner=rep), owner=rep, contact=None, title="Call; them, now", channel="call",
        side="sales", urgency="normal", due=soon(), by=rep, now=timezone.now(),
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


def events(body: bytes) -> list[Event]:
    return [one for one in Calendar.from_ical(body).walk("VEVENT") if isinstance(one, Event)]


def test_it_keeps_to_the_letter_of_the_standard(client: Client, rep: User) -> None:
    """RFC 5545: folded at 75 octets, CRLF, escaped, each event with its UID and stamp; and the words survive it."""
    title = "Call; them, now: “Zürich” \\ and\nask — " + "längst überfällige Rückfrage " * 6
    add_task(
        account=make.an_account(owner=rep), owner=rep, contact=None, title=title[:200], channel="call", side="sales",
        urgency="normal", due=soon(), by=rep, now=timezone.now(),
    )  # fmt: skip
    body = client.get(address(client, rep)).content
    assert body.startswith(b"BEGIN:VCALENDAR\r\n")
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert body.count(b"\n") == body.count(b"\r\n")
    for line in body.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no letter is torn apart by the folding
    assert b"\\;" in body.replace(b"\r\n ", b"")
    assert b"\\," in body.replace(b"\r\n ", b"")
    (event,) = events(body)
    assert str(event["SUMMARY"]).startswith(title[:200])
    assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "STATUS", "URL"} <= set(event)
    made = Calendar.from_ical(body)
    assert (made["VERSION"], made["METHOD"], made["X-WR-TIMEZONE"]) == ("2.0", "PUBLISH", "America/New_York")


@pytest.mark.parametrize(
    ("due", "utc"),
    [
        pytest.param(
            datetime(2026, 11, 1, 9, 30, tzinfo=UTC), "20261101T093000Z", id="after the clocks go back"
        ),
        pytest.param(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "20261101T053000Z", id="the first 01:30"),
        pytest.param(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "20261101T063000Z", id="the second 01:30"),
        pytest.param(datetime(2026, 3, 8, 7, 30, tzinfo=UTC), "20260308T073000Z", id="after the skip"),
    ],
)
def test_moments_are_told_in_utc_in_both_nights_of_a_clock_change(rep: User, due: datetime, utc: str) -> None:
    now = due - timedelta(days=1)
    add_task(
        account=make.an_account(owner=rep), owner=rep, contact=None, title="Call", channel="call", side="sales",
        urgency="normal", due=due, by=rep, now=now,
    )  # fmt: skip
    feed = CalendarFeed.objects.create(user=rep, token_hash="x", created_at=now)
    body = calendar_file(feed, site="https://abm.example", now=now).body
    assert f"DTSTART:{utc}\r\n".encode() in body


def test_it_is_stamped_with_its_last_change_and_conditional_both_ways(client: Client, rep: User) -> None:
    task, url = owed(rep), address(client, rep)
    first = client.get(url)
    etag, since = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"other", W/{etag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": since},
    ):
        again = client.get(url, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["ETag"], again.headers["Last-Modified"]) == (etag, since)
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(url).content == first.content
    assert http_date(CalendarFeed.objects.get().changed_at.timestamp()) == since  # type: ignore[union-attr]
    Task.objects.filter(pk=task.pk).update(state=Task.State.DONE, closed_at=timezone.now())
    gone = client.get(url, headers={"If-Modified-Since": since})
    assert (gone.status_code, events(gone.content)) == (200, [])
    assert gone.headers["ETag"] != etag


def test_what_was_called_off_stays_as_cancelled(client: Client, rep: User) -> None:
    now = timezone.now()
    account = make.an_account(tier=2, owner=rep)
    marketer = make.a_user(role="marketer", job="")
    fields = {
        "name": "Q4 ads", "channel": "ad", "starts_on": now.date() + timedelta(days=3),
        "ends_on": now.date() + timedelta(days=9), "audience": {"tiers": [2]},
    }  # fmt: skip
    burst = plan_burst(fields=fields, by=marketer, now=now).burst
    assert burst is not None
    on = (now + timedelta(days=5)).isoformat()
    event = make.an_event(account, "meeting_booked", at=now, on=on)
    url = address(client, rep)
    before = {one["UID"]: one["STATUS"] for one in events(client.get(url).content)}
    assert set(before.values()) == {"CONFIRMED"}
    cancel_burst(burst=burst, reason="No budget.", now=now)
    call_off_meeting(event=event, reason="They are ill.", by=rep, now=now)
    after = {one["UID"]: one["STATUS"] for one in events(client.get(url).content)}
    assert after == dict.fromkeys(before, "CANCELLED")
    assert len(after) == 2


def test_its_names_do_not_hang_on_the_address_that_was_asked(client: Client, rep: User) -> None:
    owed(rep)
    url = address(client, rep)
    names = [
        {one["UID"] for one in events(client.get(url, headers={"host": host}).content)}
        for host in ("testserver", "localhost")
    ]
    assert names[0] == names[1]
