"""The queue by keyboard alone, and what the page does meanwhile."""

import pytest
from playwright.sync_api import expect

from accounts.models import Touch, User
from plays.models import Task
from tests.browser.conftest import Visit
from tests.browser.queue import some_tasks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tasks(rep: User) -> list[Task]:
    """Three tasks."""
    return some_tasks(rep, 3)


def test_j_and_k_move_and_focus_follows(visit: Visit, tasks: list[Task]) -> None:
    visitor = visit()
    page = visitor.open("/")
    rows = [row.get_attribute("id") for row in page.locator(".task").all()]
    assert visitor.current() == rows[0]
    for key, at in (("j", 1), ("j", 2), ("j", 2), ("k", 1)):
        visitor.press(key)
        assert visitor.current() == rows[at]
        assert page.evaluate("document.activeElement.id") == rows[at]


def test_d_does_it_the_next_becomes_current_and_u_takes_it_back(visit: Visit, tasks: list[Task]) -> None:
    visitor = visit()
    page = visitor.open("/")
    rows = [str(row.get_attribute("id")) for row in page.locator(".task").all()]
    visitor.press("j", "d")
    expect(page.locator(f"#{rows[1]}")).to_have_count(0)
    expect(page.locator("#toasts .toast")).to_have_count(1)
    assert visitor.current() == rows[2]
    expect(page.locator("#nav").get_by_role("link", name="Today")).to_have_text("Today 2")
    assert Touch.objects.filter(external_id__startswith="task:").count() == 1
    visitor.press("u")
    expect(page.locator(f"#{rows[1]}")).to_have_count(1)
    assert not Touch.objects.filter(external_id__startswith="task:").exists()
    assert visitor.said == []


def test_a_quick_hand_does_two_tasks_and_waits_for_nothing(visit: Visit, tasks: list[Task]) -> None:
    visitor = visit()
    page = visitor.open("/")
    for _ in range(2):
        page.keyboard.press("d")
    expect(page.locator(".task")).to_have_count(1)
    expect(page.locator("#toasts .toast").last).to_be_visible()
    visitor.settled()
    assert Task.objects.filter(state="done").count() == 2
    assert visitor.said == []


def test_s_offers_the_reasons_and_escape_leaves_the_task_alone(visit: Visit, tasks: list[Task]) -> None:
    visitor = visit()
    page = visitor.open("/")
    first = visitor.current()
    visitor.press("s")
    menu = page.locator("#skip-menu")
    expect(menu).to_be_visible()
    assert page.evaluate("document.activeElement.name") == "reason"
    assert visitor.faults() == []
    visitor.press("Escape")
    expect(menu).to_be_hidden()
    visitor.press("s", "Tab", "Enter")
    expect(page.locator(f"#{first}")).to_have_count(0)
    skipped = Task.objects.get(state="skipped")
    assert skipped.outcome


def test_z_puts_to_sleep_and_the_last_task_leaves_an_empty_queue_that_says_so(
    visit: Visit, rep: User
) -> None:
    some_tasks(rep, 1)
    visitor = visit()
    page = visitor.open("/")
    visitor.press("z")
    expect(page.get_by_text("will come back by itself")).to_be_visible()
    assert Task.objects.get().state == "snoozed"


def test_keys_rest_while_one_types(visit: Visit, tasks: list[Task]) -> None:
    visitor = visit()
    page = visitor.open("/accounts/")
    visitor.press("/")
    page.keyboard.type("djk?")
    assert page.locator("#find").input_value() == "djk?"


def test_the_question_mark_lists_the_keys(visit: Visit, tasks: list[Task]) -> None:
    visitor = visit()
    page = visitor.open("/")
    visitor.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert visitor.faults() == []
    before = visitor.current()
    visitor.press("j")
    assert visitor.current() == before
    visitor.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_a_new_task_appears_by_itself_and_is_announced(visit: Visit, tasks: list[Task], rep: User) -> None:
    visitor = visit()
    page = visitor.open("/")
    visitor.press("j")
    current = visitor.current()
    some_tasks(rep, 1)
    expect(page.locator(".task")).to_have_count(4)
    expect(page.locator("#announce")).not_to_be_empty()
    assert visitor.current() == current
    assert visitor.said == []


def test_a_lost_connection_is_said_and_nothing_is_lost(visit: Visit, tasks: list[Task]) -> None:
    visitor = visit()
    page = visitor.open("/")
    page.route("**/tasks/**", lambda route: route.abort())
    visitor.press("d")
    expect(page.locator(".toast.is-error")).to_contain_text("could not be reached")
    expect(page.locator(".task")).to_have_count(3)
    page.unroute("**/tasks/**")
    visitor.press("d")
    expect(page.locator(".task")).to_have_count(2)
