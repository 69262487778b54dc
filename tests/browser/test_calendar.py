"""The calendar under a real mouse: a burst, a step and a mailing are carried to another day, and put back."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from abmops.lib.choices import Role
from accounts.models import User
from plays.models import Burst, StepRun
from plays.services import start_play
from plays.services.calendar.bursts import plan_burst
from tests.accounts import make as people
from tests.browser.conftest import Visit
from tests.plays import make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
MAIL = {
    "key": "parcel", "channel": "direct_mail", "side": "marketing", "role": "revops", "sla_hours": 24, "wait_days": 9,
}  # fmt: skip


@pytest.fixture
def boss(rep: User) -> User:
    """Somebody who may move everything."""
    return people.user(
        Role.REVOPS, email="ruth@ours.example", time_zone="Europe/Berlin", toured_at=timezone.now()
    )


def next_monday() -> date:
    """The first day of a week that is wholly ahead."""
    today = datetime.now(tz=BERLIN).date()
    return today + (7 - today.weekday()) * DAY


def carry(page: Page, entry: Locator, day: date, *, by: date | None = None) -> None:
    """With the mouse as a hand does it: down (`by` one of its days), a few moves, up over the day."""
    target = page.locator(f"[data-day='{day}']")
    start, end = entry.bounding_box(), target.bounding_box()
    taken = page.locator(f"[data-day='{by}']").bounding_box() if by else start
    assert start is not None
    assert taken is not None
    assert end is not None
    page.mouse.move(taken["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(taken["x"] + 20, start["y"] + 12, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 12, steps=10)
    page.mouse.up()
    page.wait_for_load_state("networkidle")


def test_a_burst_is_carried_by_any_of_its_days_and_put_back(visit: Visit, boss: User, rep: User) -> None:
    monday = next_monday()
    make.an_account(name="Acme", owner=rep, tier=2)
    fields = {
        "name": "Ads", "channel": "ad", "starts_on": monday, "ends_on": monday + 2 * DAY, "audience": {"tiers": [2]},
    }  # fmt: skip
    burst = plan_burst(fields=fields, by=boss, now=timezone.now()).burst
    assert burst is not None
    visitor = visit(boss)
    page = visitor.open(f"/calendar/?view=week&on={monday}&whose=all")
    bar = page.locator(f"[data-key='burst:{burst.pk}']")
    expect(bar).to_have_count(1)
    carry(page, bar, monday + 4 * DAY, by=monday + DAY)
    expect(page.locator("#toasts .toast")).to_contain_text(f"Moved to {monday + 3 * DAY:%-d %B}:")
    burst.refresh_from_db()
    assert (burst.starts_on, burst.ends_on) == (monday + 3 * DAY, monday + 5 * DAY)
    page.locator("#toasts .toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts .toast")).to_contain_text(f"Back on {monday:%-d %B}.")
    assert Burst.objects.get().starts_on == monday
    assert visitor.said == []


def test_a_step_and_the_window_of_its_mailing_are_carried(visit: Visit, boss: User, rep: User) -> None:
    account = make.an_account(name="Acme", owner=rep, tier=2)
    play = make.a_play(steps=[MAIL, make.CALL | {"wait_days": 4}])
    start_play(play=play, account=account, by=boss, reason="Try it.", now=timezone.now())
    run = StepRun.objects.get(key="parcel")
    monday = next_monday() + 7 * DAY
    StepRun.objects.filter(pk=run.pk).update(
        opens_at=datetime(monday.year, monday.month, monday.day, 10, tzinfo=BERLIN)
    )
    visitor = visit(boss)
    page = visitor.open(f"/calendar/?view=week&on={monday}&whose=all")
    carry(page, page.locator(f".is-step[data-key='step:{run.pk}']"), monday + DAY)
    expect(page.locator("#toasts .toast")).to_contain_text(f"Moved to {monday + DAY:%-d %B}:")
    window = page.locator(f"[data-day='{monday + 4 * DAY}'] .is-mail[data-key='step:{run.pk}']")
    carry(page, window, monday + 5 * DAY)
    expect(page.locator("#toasts .toast")).to_contain_text(f"Moved to {monday + 2 * DAY:%-d %B}:")
    assert StepRun.objects.get(pk=run.pk).opens_at.astimezone(BERLIN).date() == monday + 2 * DAY
    assert visitor.said == []


def test_a_burst_lies_over_its_days_once_and_on_a_phone_stands_below_its_first(
    visit: Visit, boss: User, rep: User
) -> None:
    monday = next_monday()
    make.an_account(name="Acme", owner=rep, tier=2)
    fields = {
        "name": "Ads", "channel": "ad", "starts_on": monday + DAY, "ends_on": monday + 3 * DAY,
        "audience": {"tiers": [2]},
    }  # fmt: skip
    plan_burst(fields=fields, by=boss, now=timezone.now())
    visitor = visit(boss)
    page = visitor.open(f"/calendar/?on={monday}&whose=all")
    bar = page.locator(".entry.is-burst")
    expect(bar).to_have_count(1)
    box, last = bar.bounding_box(), page.locator(f"[data-day='{monday + 3 * DAY}']").bounding_box()
    assert box is not None
    assert last is not None
    assert last["x"] < box["x"] + box["width"] < last["x"] + last["width"]
    assert visitor.faults() == []
    visitor.look(width=360, scheme="dark")
    expect(page.locator(f"[data-day='{monday + DAY}'] .is-burst")).to_contain_text("until")
    expect(page.locator(f"[data-day='{monday + 2 * DAY}']")).to_be_hidden()
    assert visitor.overflow() == 0
    assert visitor.faults() == []
    assert visitor.said == []


def test_without_scripts_an_entry_is_moved_by_its_form(visit: Visit, boss: User, rep: User) -> None:
    monday = next_monday()
    make.an_account(name="Acme", owner=rep, tier=2)
    fields = {
        "name": "Ads", "channel": "ad", "starts_on": monday, "ends_on": monday + 2 * DAY, "audience": {"tiers": [2]},
    }  # fmt: skip
    plan_burst(fields=fields, by=boss, now=timezone.now())
    page = visit(boss, scripts=False).open(f"/calendar/?view=agenda&on={monday}&whose=all")
    page.get_by_role("link", name="Move Ads").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("To which day")).to_have_value(str(monday))
    page.get_by_label("To which day").fill(str(monday + DAY))
    page.keyboard.press("Enter")
    expect(page.locator("#toasts .toast")).to_contain_text(f"Moved to {monday + DAY:%-d %B}:")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts .toast")).to_contain_text(f"Back on {monday:%-d %B}.")
    assert Burst.objects.get().starts_on == monday
