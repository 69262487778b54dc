"""A rep's day of two hundred tasks by the keyboard alone: nothing needs a pointer, and nobody loses their place."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from abmops.lib.choices import Role
from accounts.models import AccountEvent, Contact, User
from accounts.services import saved_views
from plays import services
from plays.models import Task
from tests.accounts import make
from tests.browser.conftest import PHONE, Visit
from tests.browser.queue import some_tasks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tasks(rep: User) -> list[Task]:
    """Two hundred calls to people with a number."""
    made = some_tasks(rep, 200)
    Contact.objects.update(phone="+49 30 555 0100")
    return made


def test_a_day_by_keys_alone(visit: Visit, tasks: list[Task], rep: User) -> None:
    other = make.user(
        Role.REP, email="piet@ours.example", name="Piet van Dorn", job="sdr", toured_at=timezone.now()
    )
    view = saved_views.save_view(
        owner=rep, page="plays:today", name="Calls", query="channel=call", columns=[], now=timezone.now()
    )
    visitor = visit()
    page = visitor.open("/")

    # To a view, which stands in the address.
    visitor.press("v", "Tab", "Enter")
    page.wait_for_url(f"**/?saved={view.pk}")
    rows = [str(row.get_attribute("id")) for row in page.locator(".task").all()]
    assert len(rows) == 50

    # Skipped for the second reason, without leaving the keys.
    visitor.press("s")
    expect(page.locator("#skip-menu")).to_be_visible()
    visitor.press("2")
    expect(page.locator(f"#{rows[0]}")).to_have_count(0)
    assert Task.objects.get(state="skipped").outcome == "Wrong person"
    assert visitor.current() == rows[1]

    # Snoozed by the menu's first choice, and back by undo.
    visitor.press("Z", "1")
    expect(page.locator(f"#{rows[1]}")).to_have_count(0)
    visitor.press("u")
    expect(page.locator(f"#{rows[1]}")).to_have_count(1)
    assert visitor.current() == rows[1]

    # Into the task and back to the same place in the same view.
    visitor.press("j", "j")
    assert visitor.current() == rows[3]
    visitor.press("o")
    page.wait_for_url("**/tasks/**")
    page.go_back()
    page.wait_for_load_state("networkidle")
    assert page.url.endswith(f"?saved={view.pk}")
    assert visitor.current() == rows[3]

    # Handed on; the form has the focus, and its end is the queue that one came from.
    visitor.press("h")
    page.wait_for_url("**/hand-on/**")
    expect(page.locator("#id_to")).to_be_focused()
    page.keyboard.type("Piet")
    visitor.press("Tab", "Enter")
    page.wait_for_url(f"**/?saved={view.pk}")
    assert Task.objects.get(owner=other).pk == int(rows[3].removeprefix("task-"))
    assert visitor.current() == rows[4], "the one that moved into its place"

    # Several at once.
    visitor.press("b", "j", "b", "Shift+B")
    expect(page.locator("#batch button").first).to_be_focused()
    visitor.press("Enter")
    expect(page.locator("#toasts .toast").last).to_contain_text("2 tasks")
    assert Task.objects.filter(state="done").count() == 2
    assert page.url.endswith(f"?saved={view.pk}")

    # The end of what is drawn leads to the rest.
    last = page.locator(".task").last
    last.locator("h3 a").focus()
    assert visitor.current() == last.get_attribute("id")
    visitor.press("j")
    expect(page.locator("#queue a.more")).to_be_focused()
    visitor.press("Enter")
    page.wait_for_url("**all=1**")
    expect(page.locator(".task")).to_have_count(196)
    assert visitor.faults() == []
    assert visitor.said == []


def test_how_it_went_by_number_on_the_tasks_page_and_a_meeting_taken_back(
    visit: Visit, tasks: list[Task]
) -> None:
    visitor = visit()
    page = visitor.open(f"/tasks/{tasks[0].pk}/")
    visitor.press("1")
    page.wait_for_url(f"{visitor.url}/")
    assert Task.objects.get(pk=tasks[0].pk).result == "reached"
    page = visitor.open(f"/tasks/{tasks[1].pk}/")
    visitor.press("4")
    expect(page.locator("input[name=meeting_at]")).to_be_focused()
    visitor.press("Enter")
    page.wait_for_url(f"{visitor.url}/")
    expect(page.locator("#toasts .toast").last).to_contain_text("Meeting booked")
    visitor.press("u")
    page.wait_for_url("**/meetings/**")
    assert visitor.faults() == []
    page.locator("#not-reason").focus()
    page.keyboard.type("The wrong row.")
    visitor.press("Enter")
    expect(page.locator("#toasts .toast").last).to_contain_text("The meeting is taken back.")
    assert Task.objects.get(pk=tasks[1].pk).state == "open"
    assert AccountEvent.objects.get(kind="meeting_booked").withdrawn_at is not None
    assert visitor.said == []


@pytest.mark.parametrize("width", [PHONE, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_whole(visit: Visit, rep: User, width: int, scheme: str) -> None:
    (task,) = some_tasks(rep, 1)
    now = timezone.now()
    services.record_outcome(
        task=task, by=rep, outcome="meeting_booked", meeting_at=now + timedelta(days=3), now=now
    )
    view = saved_views.save_view(
        owner=rep, page="plays:today", name="Calls", query="channel=call", columns=[], now=now
    )
    event = AccountEvent.objects.get(kind="meeting_booked")
    visitor = visit(width=width, scheme=scheme)
    for path in (
        f"/meetings/{event.pk}/",
        f"/?saved={view.pk}&late=1",
        "/today/views/new/?channel=call",
        "/notices/",
    ):
        visitor.open(path)
        assert visitor.overflow() <= 0, path
        assert visitor.faults() == [], path
    assert visitor.said == []
