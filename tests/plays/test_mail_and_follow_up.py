"""Direct mail lands within two days of its personal follow-up: that moves with the mail, and the mail warns of it."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from abmops.work import services as work
from accounts.models import Account, User
from plays.domain.calendar import MAIL_TRANSIT, MAIL_WINDOW
from plays.domain.clashes import Clash
from plays.models import Enrollment, StepRun, Task
from plays.selectors.calendar.scope import Scope
from plays.selectors.calendar.sheet import sheet
from plays.services import complete_task, start_play
from plays.services.calendar.rescheduling import move_entry
from tests.plays import make
from tests.plays.make import NOW

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
MAIL = {
    "key": "parcel", "channel": "direct_mail", "side": "marketing", "role": "revops", "sla_hours": 24,
    "instructions": "Send the book.", "wait_days": 2,
}  # fmt: skip


@pytest.fixture
def boss() -> User:
    return make.a_user(role="revops", job="", time_zone="Europe/Berlin")


@pytest.fixture
def account() -> Account:
    return make.an_account(owner=make.a_user(time_zone="Europe/Berlin"))


def begun(account: Account, by: User, *, wait: int = 4) -> Enrollment:
    play = make.a_play(steps=[MAIL, make.CALL | {"wait_days": wait}])
    return start_play(play=play, account=account, by=by, reason="Try it.", now=NOW)


def step(enrollment: Enrollment, key: str) -> StepRun:
    return StepRun.objects.get(enrollment=enrollment, key=key)


def posted(enrollment: Enrollment, by: User) -> date:
    """The mailing opens, somebody sends it off on its due day; that day."""
    opens = step(enrollment, "parcel").opens_at
    work.drain_all(opens)
    task = Task.objects.get(enrollment=enrollment, channel="direct_mail")
    complete_task(task=task, by=by, now=opens + timedelta(hours=2))
    return (opens + timedelta(hours=2)).astimezone(BERLIN).date()


def apart(account: Account, *, around: date) -> list[Clash]:
    found = sheet(
        Scope(account_ids=frozenset({account.pk})), first=around - 10 * DAY, last=around + 20 * DAY, zone=BERLIN,
        now=NOW,
    )  # fmt: skip
    return [clash for clash in found.clashes if clash.kind == "mail"]


@pytest.mark.parametrize("wait", [pytest.param(1, id="a short wait"), pytest.param(7, id="a long one")])
@pytest.mark.parametrize("days", [pytest.param(0, id="as planned"), pytest.param(6, id="six days later")])
def test_the_follow_up_moves_with_the_mailing(account: Account, boss: User, wait: int, days: int) -> None:
    enrollment = begun(account, boss, wait=wait)
    run = step(enrollment, "parcel")
    to = run.opens_at.astimezone(BERLIN).date() + days * DAY
    if days:
        move_entry(key=f"step:{run.pk}", to=to, by=boss, zone=BERLIN, now=NOW)
    assert apart(account, around=to) == []
    sent = posted(enrollment, boss)
    assert sent == to
    follows = step(enrollment, "call").opens_at.astimezone(BERLIN).date()
    assert sent + MAIL_TRANSIT <= follows <= sent + MAIL_TRANSIT + MAIL_WINDOW
    assert apart(account, around=sent) == []


def test_a_mailing_whose_task_is_moved_takes_its_follow_up_along(account: Account, boss: User) -> None:
    enrollment = begun(account, boss, wait=1)
    opens = step(enrollment, "parcel").opens_at
    work.drain_all(opens)
    task = Task.objects.get(enrollment=enrollment)
    to = opens.astimezone(BERLIN).date() + 5 * DAY
    move_entry(key=f"task:{task.pk}", to=to, by=boss, zone=BERLIN, now=opens)
    task.refresh_from_db()
    complete_task(task=task, by=boss, now=task.due_at)
    assert step(enrollment, "call").opens_at.astimezone(BERLIN).date() == to + MAIL_TRANSIT


def test_a_follow_up_that_is_moved_away_warns_at_the_mailing(
    account: Account, boss: User, client: Client
) -> None:
    enrollment = begun(account, boss)
    sent = posted(enrollment, boss)
    run = step(enrollment, "call")
    lands = sent + MAIL_TRANSIT
    move_entry(key=f"step:{run.pk}", to=lands + 3 * DAY, by=boss, zone=BERLIN, now=run.opens_at - DAY)
    (clash,) = apart(account, around=lands)
    assert clash.keys == (f"mail:{step(enrollment, 'parcel').pk}", f"step:{run.pk}")
    assert f"its follow-up is on {lands + 3 * DAY:%-d %B}" in clash.sentence
    assert clash.advice.startswith(f"Move the follow-up to {lands:%-d %B} to")
    move_entry(key=f"step:{run.pk}", to=lands + 2 * DAY, by=boss, zone=BERLIN, now=run.opens_at - DAY)
    assert apart(account, around=lands) == []


def test_so_does_one_that_is_somebodys_task_already(account: Account, boss: User) -> None:
    enrollment = begun(account, boss)
    sent = posted(enrollment, boss)
    work.drain_all(step(enrollment, "call").opens_at)
    task = Task.objects.get(enrollment=enrollment, channel="call")
    assert apart(account, around=sent) == []
    move_entry(key=f"task:{task.pk}", to=sent + 9 * DAY, by=boss, zone=BERLIN, now=task.created_at)
    (clash,) = apart(account, around=sent)
    assert f"task:{task.pk}" in clash.keys


def test_whoever_moves_it_away_is_told_at_once(account: Account, boss: User, client: Client) -> None:
    enrollment = begun(account, boss)
    posted(enrollment, boss)
    run = step(enrollment, "call")
    # The page asks the clock: everything stands in its future.
    StepRun.objects.filter(pk=run.pk).update(opens_at=run.opens_at + 3650 * DAY)
    StepRun.objects.filter(key="parcel").update(closed_at=run.opens_at + 3646 * DAY)
    client.force_login(boss)
    to = (run.opens_at + 3665 * DAY).astimezone(BERLIN).date()
    shown = client.post(
        "/calendar/move/", {"key": f"step:{run.pk}", "day": to, "next": "/calendar/"}, follow=True
    )
    assert "It clashes: The mailing to" in shown.content.decode()
