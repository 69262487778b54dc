"""The queue under the hand in a real browser: outcomes by number, several at once, claims, call mode."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from abmops.lib.choices import Role
from accounts.models import Contact, Touch, User
from plays import services
from plays.models import Task
from tests.accounts import make
from tests.browser.conftest import PHONE, Visit
from tests.browser.queue import some_tasks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tasks(rep: User) -> list[Task]:
    """Three calls to people with a number."""
    made = some_tasks(rep, 3)
    Contact.objects.update(phone="+49 30 555 0100")
    return made


def test_a_number_says_how_it_went_and_the_next_row_is_current_at_once(
    visit: Visit, tasks: list[Task]
) -> None:
    visitor = visit()
    page = visitor.open("/")
    rows = [str(row.get_attribute("id")) for row in page.locator(".task").all()]
    visitor.press("e")
    page.keyboard.type("Back at 2, jks")
    visitor.press("Escape")
    page.evaluate("document.activeElement.blur()")
    visitor.press("3")
    assert visitor.current() == rows[1]
    expect(page.locator(f"#{rows[0]}")).to_have_count(0)
    expect(page.locator("#toasts .toast")).to_contain_text("Left a message.")
    done = Task.objects.get(state="done")
    assert (done.result, done.outcome) == ("left_message", "Left a message. Back at 2, jks")
    visitor.press("u")
    expect(page.locator(f"#{rows[0]}")).to_have_count(1)
    assert not Touch.objects.filter(external_id__startswith="task:").exists()
    assert visitor.said == []


def test_a_meeting_asks_for_its_day_first(visit: Visit, tasks: list[Task]) -> None:
    visitor = visit()
    page = visitor.open("/")
    first = visitor.current()
    visitor.press("4")
    menu = page.locator("#meeting-menu")
    expect(menu).to_be_visible()
    assert visitor.faults() == []
    menu.get_by_role("button", name="Meeting booked").click()
    expect(page.locator(f"#{first}")).to_have_count(0)
    assert Task.objects.get(result="meeting_booked").enrollment.state == "exited"  # type: ignore[union-attr]
    assert visitor.said == []


def test_several_at_once(visit: Visit, tasks: list[Task]) -> None:
    visitor = visit()
    page = visitor.open("/")
    bar = page.locator("#batch")
    expect(bar).to_be_hidden()
    visitor.press("b", "j", "b")
    expect(bar).to_contain_text("2 chosen")
    assert visitor.faults() == []
    bar.get_by_role("button", name="Snooze").click()
    expect(page.locator(".task")).to_have_count(1)
    assert Task.objects.filter(state="snoozed").count() == 2


def test_who_uses_the_number_holds_the_task_and_another_sees_it(
    visit: Visit, tasks: list[Task], rep: User
) -> None:
    revops = make.user(Role.REVOPS, email="ruth@ours.example", name="Ruth Okafor", toured_at=timezone.now())
    mine, theirs = visit(), visit(revops)
    page = mine.open("/")
    row = mine.current()
    other = theirs.open(f"/?person={rep.pk}")
    expect(other.locator(f"#{row} form.acts")).to_have_count(1)
    page.locator(f"#{row} input[name=note]").focus()
    expect(other.locator(f"#{row}")).to_contain_text("Maya Lindqvist is on this")
    expect(other.locator(f"#{row} form.acts")).to_have_count(0)
    other.goto(f"{theirs.url}/tasks/{row.removeprefix('task-')}/")
    other.get_by_label("Why you take it over").fill("She is on a plane.")
    other.get_by_role("button", name="Take over").click()
    expect(other.locator("#toasts .toast")).to_have_count(1)
    assert Task.objects.get(pk=int(row.removeprefix("task-"))).claimed_by == revops
    assert theirs.faults() == []


def test_typing_survives_news_and_a_row_that_another_closed_says_so(
    visit: Visit, tasks: list[Task], rep: User
) -> None:
    visitor = visit()
    page = visitor.open("/")
    rows = [str(row.get_attribute("id")) for row in page.locator(".task").all()]
    note = page.locator(f"#{rows[0]} input[name=note]")
    note.click()
    page.keyboard.type("Half a thou")
    piet = make.user(Role.REVOPS, email="piet@ours.example", name="Piet van Dorn", toured_at=timezone.now())
    gone = Task.objects.get(pk=int(rows[2].removeprefix("task-")))
    services.record_outcome(task=gone, by=piet, outcome="reached", now=timezone.now())
    expect(page.locator(f"#{rows[2]}")).to_contain_text("Reached, by Piet van Dorn.")
    expect(page.locator(f"#{rows[2]}")).to_have_count(0)
    page.keyboard.type("ght")
    assert note.input_value() == "Half a thought"
    assert visitor.said == []


def test_news_leave_the_focus_on_the_row_under_the_keys(visit: Visit, tasks: list[Task], rep: User) -> None:
    """Who listens to the page instead of looking at it stays where they are."""
    visitor = visit()
    page = visitor.open("/")
    visitor.press("j")
    here = visitor.current()
    gone = str(page.locator(".task").first.get_attribute("data-task"))
    services.complete_task(task=Task.objects.get(pk=gone), by=rep, outcome="Rang.", now=timezone.now())
    expect(page.locator(f"#task-{gone}")).to_have_count(0)
    assert visitor.current() == here
    assert page.evaluate("document.activeElement.id") == here
    assert visitor.said == []


def test_call_mode_by_number_keys(visit: Visit, tasks: list[Task]) -> None:
    visitor = visit()
    page = visitor.open("/")
    visitor.press("c")
    page.wait_for_url("**/today/calls/")
    visitor.click(page.get_by_role("button", name="Start calling"))
    expect(page.locator(".call-progress")).to_contain_text("0 made, 3 to go")
    page.wait_for_load_state("networkidle")
    assert visitor.faults() == []
    assert Task.objects.filter(claimed_by__isnull=False).count() == 1
    for made, key in ((1, "1"), (2, "2")):
        visitor.press(key)
        expect(page.locator(".call-progress")).to_contain_text(f"{made} made")
    visitor.press("0")
    expect(page.locator("#calling h2")).to_have_text("2 calls made")
    assert sorted(Task.objects.filter(state="done").values_list("result", flat=True)) == [
        "no_answer",
        "reached",
    ]
    assert not Task.objects.filter(claimed_by__isnull=False).exists()
    assert visitor.faults() == []
    assert visitor.said == []


@pytest.mark.parametrize("width", [PHONE, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_the_queue_are_whole(visit: Visit, tasks: list[Task], width: int, scheme: str) -> None:
    visitor = visit(width=width, scheme=scheme)
    services.snooze_task(task=tasks[1], by=tasks[1].owner, now=timezone.now())
    services.record_outcome(task=tasks[2], by=tasks[2].owner, outcome="reached", now=timezone.now())
    for path in ("/", f"/tasks/{tasks[0].pk}/", "/today/snoozed/", "/today/done/", "/today/calls/"):
        visitor.open(path)
        assert visitor.overflow() <= 0, path
        assert visitor.faults() == [], path
    assert visitor.said == []


def test_long_names_and_titles_keep_a_phone_in_its_width(visit: Visit, tasks: list[Task]) -> None:
    Contact.objects.update(
        name="Maximiliane Oberhauser-Schmidt", title="Director of Manufacturing Information Technology"
    )
    other = Contact.objects.get(tasks=tasks[0])
    other.pk, other.email = None, "other@firm.example"
    other.save()
    visitor = visit(width=PHONE)
    visitor.open(f"/tasks/{tasks[0].pk}/")
    expect(visitor.page.locator("select[name=contact]")).to_have_count(1)
    assert visitor.overflow() <= 0
    assert visitor.said == []


def test_call_mode_and_the_task_work_without_a_script(visit: Visit, tasks: list[Task]) -> None:
    page = visit(scripts=False).open("/today/calls/")
    page.get_by_role("button", name="Start calling").click()
    page.get_by_role("button", name="Reached").click()
    expect(page.locator(".call-progress")).to_contain_text("1 made, 2 to go")
    page.get_by_role("link", name="All about it").click()
    page.get_by_role("button", name="No answer").click()
    expect(page.locator("#toasts .toast")).to_have_count(1)
    assert Task.objects.filter(state="done").count() == 2
