"""The calendar as a page: a month, a week, an agenda; narrowed, as a file, and moved by form."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.errors import FieldErrors
from accounts.models import Account, User
from plays.models import Burst, StepRun, Task
from plays.services import start_play
from plays.services.calendar.bursts import plan_burst
from plays.services.task.changing import add_task
from tests.plays import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def rep() -> User:
    return make.a_user(time_zone="Europe/Berlin", name="Sam")


@pytest.fixture
def account(rep: User) -> Account:
    return make.an_account(owner=rep, name="Acme")


@pytest.fixture
def signed_in(client: Client, rep: User) -> Client:
    client.force_login(rep)
    return client


def owed(account: Account, owner: User, *, days: float = 1, **fields: Any) -> Task:
    given: dict[str, Any] = {
        "title": "Call them",
        "channel": "call",
        "side": "sales",
        "urgency": "normal",
    } | fields
    now = timezone.now()
    return add_task(
        account=account, owner=owner, contact=None, by=owner, now=now, due=now + days * DAY, **given
    )


def page(client: Client, **asked: object) -> str:
    answer = client.get("/calendar/", {name: str(value) for name, value in asked.items()})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "days", "heading"),
    [
        pytest.param({"on": "2026-11-18"}, 42, "November 2026", id="a month of whole weeks"),
        pytest.param({"month": "2026-02"}, 35, "February 2026", id="a month by its name"),
        pytest.param({"on": "2026-11-18", "view": "week"}, 7, "16 November", id="its week, Monday first"),
        pytest.param({"day": "2026-11-18"}, 1, "Wednesday 18 November 2026", id="a day"),
        pytest.param(
            {"on": "2035-11-18", "view": "agenda"}, 0, "18 November", id="an agenda without anything"
        ),
        pytest.param(
            {"on": "2026-13-45", "view": "year", "play": "9" * 40}, None, None, id="what it does not know"
        ),
        pytest.param({"account": "9" * 30, "whose": "nobody", "month": "0000-00"}, None, None, id="nonsense"),
    ],
)
def test_the_days_that_are_drawn(
    signed_in: Client, asked: dict[str, str], days: int | None, heading: str | None
) -> None:
    found = page(signed_in, **asked)
    if days is not None:
        assert found.count("data-day=") == days
    assert heading is None or heading in found


@pytest.mark.parametrize(
    ("view", "on", "earlier", "later"),
    [
        ("month", "2026-01-31", "2025-12-31", "2026-02-01"),
        ("week", "2026-11-18", "2026-11-15", "2026-11-23"),
        ("agenda", "2026-11-18", "2026-10-21", "2026-12-16"),
        ("day", "2026-11-18", "2026-11-17", "2026-11-19"),
    ],
)
def test_earlier_and_later_follow_without_a_gap(
    signed_in: Client, view: str, on: str, earlier: str, later: str
) -> None:
    found = page(signed_in, view=view, on=on)
    assert f'view={view}&amp;on={earlier}&amp;whose=mine" rel="prev"' in found
    assert f'view={view}&amp;on={later}&amp;whose=mine" rel="next"' in found


def test_today_is_marked_in_every_view(signed_in: Client) -> None:
    today = timezone.now().astimezone(BERLIN).date()
    for view in ("month", "week", "day", "agenda"):
        found = page(signed_in, view=view)
        assert f'aria-current="page">{view.capitalize()}<' in found
        assert f'#day-{today}">Today</a>' in found
        assert found.count('aria-current="date"') == 1, view
        assert f'data-day="{today}"' in found
        assert ">today</span>" in found


def test_it_is_narrowed_to_a_person_an_account_a_side_and_a_play(
    signed_in: Client, rep: User, account: Account
) -> None:
    other, zeta = make.a_user(name="Maya"), make.an_account(name="Zeta")
    owed(account, rep, title="Sam calls")
    owed(zeta, other, title="Maya writes", side="marketing", channel="other")
    play = make.a_play(steps=[make.CALL | {"wait_days": 2}], name="Welcome them")
    start_play(play=play, account=account, by=rep, reason="Try it.", now=timezone.now())
    seen = {
        "mine": page(signed_in, view="agenda"),
        "all": page(signed_in, view="agenda", whose="all"),
        "hers": page(signed_in, view="agenda", whose=other.pk),
        "zeta": page(signed_in, view="agenda", whose="all", q="zet"),
        "marketing": page(signed_in, view="agenda", whose="all", side="marketing"),
        "play": page(signed_in, view="agenda", whose="all", play=play.pk),
        "steps": page(signed_in, view="agenda", whose="all", kind="step"),
    }
    shown = {
        name: {
            one
            for one in ("Sam calls", "Maya writes", "· Welcome them")
            if f">{one}" in found or f" {one}<" in found
        }
        for name, found in seen.items()
    }
    assert shown == {
        "mine": {"Sam calls", "· Welcome them"},
        "all": {"Sam calls", "Maya writes", "· Welcome them"},
        "hers": {"Maya writes"},
        "zeta": {"Maya writes"},
        "marketing": {"Maya writes"},
        "play": {"· Welcome them"},
        "steps": {"· Welcome them"},
    }


def test_clashes_say_what_to_do_and_are_those_of_what_is_shown(
    signed_in: Client, rep: User, account: Account
) -> None:
    for channel in ("call", "email"):
        owed(account, rep, channel=channel)
    advice = "Move one of them to another day, or agree who goes first."
    assert advice in page(signed_in, view="agenda")
    assert advice not in page(signed_in, view="agenda", kind="burst")
    file = signed_in.get("/calendar/calendar.csv", {"view": "agenda"})
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 3
    assert lines[0].endswith("Note,Clashes")
    assert all(advice in line for line in lines[1:])


def test_nothing_says_what_to_do_next(signed_in: Client) -> None:
    assert "look at everybody" in page(signed_in, view="week")
    assert "Show all of it" in page(signed_in, view="week", kind="meeting")


def test_it_is_moved_by_form_and_back(signed_in: Client, rep: User, account: Account) -> None:
    task = owed(account, rep, days=3)
    was = task.due_at.astimezone(BERLIN)
    asked = {"key": f"task:{task.pk}", "next": "/calendar/?view=week"}
    form = signed_in.get("/calendar/move/", asked | {"day": str(was.date())}).content.decode()
    assert f"{task.title} · Acme" in form
    answer = signed_in.post("/calendar/move/", asked | {"day": str(was.date() + 2 * DAY)})
    assert (answer.status_code, answer["Location"]) == (302, "/calendar/?view=week")
    task.refresh_from_db()
    assert task.due_at.astimezone(BERLIN).replace(tzinfo=None) == was.replace(tzinfo=None) + 2 * DAY
    signed_in.post(f"/calendar/move/undo/?key=task:{task.pk}&day={was.date()}")
    task.refresh_from_db()
    assert task.due_at.astimezone(BERLIN) == was


@pytest.mark.parametrize(
    ("key", "day", "said"),
    [
        pytest.param("task:0", "2099-01-01", "not there", id="no such task"),
        pytest.param("step:" + "9" * 30, "2099-01-01", "not there", id="no such number"),
        pytest.param("mail:1", "2099-01-01", "cannot be moved", id="a window moves with its mailing"),
        pytest.param("burst:1", "2099-01-01", "not yours to move", id="a rep moves no burst"),
    ],
)
def test_what_may_not_be_moved_is_said(signed_in: Client, key: str, day: str, said: str) -> None:
    found = signed_in.post("/calendar/move/", {"key": key, "day": day, "next": "/calendar/"})
    assert (found.status_code, said in found.content.decode()) == (200, True)


def test_a_move_is_offered_only_to_whom_it_is_allowed(client: Client, rep: User, account: Account) -> None:
    """A rep moves sales tasks, no burst; a marketer the burst, but no sales task; an executive nothing."""
    make.an_account(tier=2, owner=rep)
    marketer, boss = make.a_user(role="marketer", job=""), make.a_user(role="revops", job="")
    today = datetime.now(tz=BERLIN).date()
    task = owed(account, rep)
    fields = {
        "name": "Ads", "channel": "ad", "starts_on": today + DAY, "ends_on": today + 4 * DAY,
        "audience": {"tiers": [2]},
    }  # fmt: skip
    burst = plan_burst(fields=fields, by=marketer, now=timezone.now()).burst
    assert burst is not None
    offered = {}
    for user in (rep, marketer, boss, make.a_user(role="executive", job="")):
        client.force_login(user)
        found = page(client, view="agenda", whose="all")
        assert "Ads" in found
        offered[user.role] = [
            key for key in (f"task:{task.pk}", f"burst:{burst.pk}") if f'data-key="{key}"' in found
        ]
    both = [f"task:{task.pk}", f"burst:{burst.pk}"]
    assert offered == {"rep": both[:1], "marketer": both[1:], "revops": both, "executive": []}


def test_whoever_plans_or_moves_a_burst_is_told_at_once_what_it_clashes_with(
    client: Client, rep: User
) -> None:
    marketer = make.a_user(role="marketer", job="", time_zone="Europe/Berlin")
    make.an_account(tier=2, owner=rep)
    client.force_login(marketer)
    today = datetime.now(tz=BERLIN).date()
    given = {
        "channel": "ad",
        "tiers": [2],
        "owner": marketer.pk,
        "starts_on": today + DAY,
        "ends_on": today + 3 * DAY,
    }
    client.post("/bursts/new/", given | {"name": "First"})
    later = {"starts_on": today + 9 * DAY, "ends_on": today + 12 * DAY}
    apart = client.post("/bursts/new/", given | later | {"name": "Second"}, follow=True).content.decode()
    assert "is planned on 1 account." in apart
    assert "It clashes" not in apart
    again = client.post("/bursts/new/", given | {"name": "Third"}, follow=True).content.decode()
    assert "It clashes: “First” and “Third” run at once on 1 account" in again
    second = Burst.objects.get(name="Second")
    moved = {"key": f"burst:{second.pk}", "day": str(today + 2 * DAY), "next": "/calendar/"}
    said = client.post("/calendar/move/", moved, follow=True).content.decode()
    assert f"Moved to {today + 2 * DAY:%-d %B}: Second. It clashes: " in said


def test_a_mailing_is_moved_by_the_days_in_which_it_lands(client: Client, account: Account) -> None:
    boss = make.a_user(role="revops", job="", time_zone="Europe/Berlin")
    client.force_login(boss)
    mail = {"key": "parcel", "channel": "direct_mail", "side": "marketing", "role": "revops", "sla_hours": 24}
    play = make.a_play(steps=[mail | {"wait_days": 2}, make.CALL | {"wait_days": 4}])
    enrollment = start_play(play=play, account=account, by=boss, reason="Try it.", now=timezone.now())
    run = StepRun.objects.get(enrollment=enrollment)
    posted = run.opens_at.astimezone(BERLIN).date()
    window = page(client, view="agenda", whose="all", kind="mail")
    assert f'data-key="step:{run.pk}" data-first="{posted}"' in window
    assert f"key=step:{run.pk}&amp;day={posted}" in window
    to = {"key": f"step:{run.pk}", "day": str(posted + 3 * DAY), "next": "/calendar/"}
    said = client.post("/calendar/move/", to, follow=True).content.decode()
    assert f"It lands about {posted + 6 * DAY:%-d %B}." in said
    moved = page(client, view="agenda", whose="all", kind="mail")
    assert f"Mailing lands about {posted + 6 * DAY:%-d %B}" in moved


def test_the_page_asks_as_often_however_much_stands_on_it(signed_in: Client, rep: User) -> None:
    marketer = make.a_user(role="marketer", job="")
    today: date = datetime.now(tz=BERLIN).date()
    mail = {"key": "parcel", "channel": "direct_mail", "side": "marketing", "role": "revops", "sla_hours": 24}
    play = make.a_play(steps=[mail | {"wait_days": 2}, make.CALL | {"wait_days": 4}])
    counts = []
    page(signed_in, view="agenda")
    for number in (1, 5):
        for _ in range(number):
            account = make.an_account(tier=2, owner=rep)
            owed(account, rep)
            make.an_event(
                account, "meeting_booked", at=timezone.now(), on=(timezone.now() + 3 * DAY).isoformat()
            )
            start_play(play=play, account=account, by=rep, reason="Try it.", now=timezone.now())
        fields = {
            "name": "Ads", "channel": "ad", "starts_on": today + DAY, "ends_on": today + 4 * DAY,
            "audience": {"tiers": [2]},
        }  # fmt: skip
        plan_burst(fields=fields, by=marketer, now=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            page(signed_in, view="agenda")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("day", ["9999-12-31", "2101-01-01", "1999-12-31", "0001-01-01"])
def test_nothing_is_moved_to_a_day_that_no_calendar_shows(client: Client, day: str) -> None:
    client.force_login(make.a_user(role="marketer", job=""))
    make.an_account()
    today = timezone.now().date()
    fields = {"name": "Fair", "channel": "event", "starts_on": today + DAY, "ends_on": today + 3 * DAY}
    marketer = make.a_user(role="marketer", job="")
    burst = plan_burst(fields=fields, by=marketer, now=timezone.now()).burst
    assert burst is not None
    answer = client.post("/calendar/move/", {"key": f"burst:{burst.pk}", "day": day})
    assert answer.status_code == 200
    assert "does not go that far" in answer.content.decode()
    burst.refresh_from_db()
    assert burst.starts_on == today + DAY


def test_a_burst_is_planned_two_years_ahead_at_most() -> None:
    make.an_account()
    fields = {"name": "Fair", "channel": "event", "starts_on": date.max, "ends_on": date.max}
    with pytest.raises(FieldErrors, match="two years"):
        plan_burst(fields=fields, by=make.a_user(role="marketer", job=""), now=timezone.now())
