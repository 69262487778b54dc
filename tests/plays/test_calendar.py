"""What stands on the calendar, what clashes on it, and moving things about."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from abmops.work import services as work
from accounts.models import Absence, Account, AccountEvent, User
from accounts.services import events
from plays.domain.calendar import follow_up_after, within_the_window
from plays.domain.parse import parse_play
from plays.models import EnrollmentEvent, StepRun, Task
from plays.selectors.calendar.scope import Scope
from plays.selectors.calendar.sheet import Shown, sheet
from plays.services.calendar.rescheduling import move_entry
from plays.services.enrollment.starting import start_play
from plays.services.task.changing import add_task
from tests.plays import make
from tests.plays.make import NOW

DAY = date(2026, 12, 3)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("planned", "opens"),
    [
        pytest.param(1, 3, id="before it can have landed: on the day it lands"),
        pytest.param(3, 3, id="on that day"),
        pytest.param(5, 5, id="two days later"),
        pytest.param(9, 5, id="too late: on the last day of the window"),
    ],
)
def test_the_follow_up_of_a_mailing_is_moved_into_its_window(planned: int, opens: int) -> None:
    found = within_the_window(DAY + timedelta(days=planned), sent_on=DAY)
    assert found == DAY + timedelta(days=opens)


MAIL = {
    "key": "parcel", "channel": "direct_mail", "side": "marketing", "role": "marketer", "sla_hours": 24,
    "instructions": "Send the book.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "days"),
    [
        pytest.param([MAIL, make.CALL | {"wait_days": 4}], 4, id="the call"),
        pytest.param(
            [MAIL, make.AD | {"wait_days": 1}, make.CALL | {"wait_days": 2}], 3, id="an ad is not personal"
        ),
        pytest.param([MAIL, make.AD], None, id="nobody follows up"),
    ],
)
def test_the_step_that_follows_a_mailing_up(steps: list[dict[str, object]], days: int | None) -> None:
    definition = parse_play({"trigger": {"manual": True}, "steps": steps})
    assert follow_up_after(definition, 0) == days


def _task(account: Account, owner: User, **fields: object) -> Task:
    given = {"title": "Call them", "channel": "call", "side": "sales", "urgency": "normal"} | fields
    return add_task(
        account=account,
        owner=owner,
        contact=None,
        by=owner,
        now=NOW,
        **given,  # type: ignore[arg-type]
    )


@pytest.fixture
def rep() -> User:
    return make.a_user(time_zone="Europe/Berlin")


@pytest.mark.django_db
def test_a_person_sees_what_they_owe_and_what_is_on_their_accounts(rep: User) -> None:
    mine, other = make.an_account(owner=rep), make.an_account(owner=make.a_user())
    _task(mine, rep, due=NOW + timedelta(days=1))
    _task(other, make.a_user(), due=NOW + timedelta(days=1))
    events.record(
        [
            events.NewEvent(
                mine.pk,
                AccountEvent.Kind.MEETING_BOOKED,
                NOW,
                "m",
                {"touch": None, "on": (NOW + timedelta(days=2)).isoformat()},
            )
        ],
        now=NOW,
    )
    span = {"first": NOW.date(), "last": NOW.date() + timedelta(days=20), "zone": BERLIN, "now": NOW}
    found = sheet(Scope(person_id=rep.pk), **span)  # type: ignore[arg-type]
    assert [(one.kind, one.first) for one in found.entries] == [
        ("task", NOW.date() + timedelta(days=1)),
        ("meeting", NOW.date() + timedelta(days=2)),
    ]
    assert len(sheet(Scope(), **span).entries) == 3  # type: ignore[arg-type]
    assert len(sheet(Scope(account_ids=frozenset({other.pk})), **span).entries) == 1  # type: ignore[arg-type]
    only = sheet(Scope(), **span, shown=Shown(kind="meeting"))  # type: ignore[arg-type]
    assert [one.kind for one in only.entries] == ["meeting"]


@pytest.mark.django_db
def test_the_page_asks_as_often_however_much_stands_on_it(rep: User, client: Client) -> None:
    account = make.an_account(owner=rep)
    client.force_login(rep)
    client.get("/calendar/")
    counts = []
    for number in (1, 8):
        for _ in range(number):
            _task(account, rep, due=NOW + timedelta(days=3))
        Absence.objects.create(user=rep, starts_on=NOW.date(), ends_on=NOW.date())
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/calendar/?month={NOW:%Y-%m}").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_a_planned_step_gets_another_day_and_opens_then(rep: User) -> None:
    account = make.an_account(owner=rep)
    play = make.a_play(steps=[make.CALL | {"wait_days": 5}])
    enrollment = start_play(play=play, account=account, by=rep, reason="Try it.", now=NOW)
    run = StepRun.objects.get(enrollment=enrollment)
    before = move_entry(key=f"step:{run.pk}", to=NOW.date() + timedelta(days=9), by=rep, zone=BERLIN, now=NOW)
    assert before == run.opens_at.astimezone(BERLIN).date()
    run.refresh_from_db()
    assert run.opens_at.astimezone(BERLIN).date() == NOW.date() + timedelta(days=9)
    assert EnrollmentEvent.objects.filter(enrollment=enrollment, move="move_step", by=rep).exists()
    work.drain_all(NOW + timedelta(days=6))
    assert not Task.objects.exists()
    work.drain_all(NOW + timedelta(days=9, hours=1))
    assert Task.objects.get().enrollment_id == enrollment.pk
