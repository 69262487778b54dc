"""What pages do beyond being drawn: the look beside the list, choosing, theme, tour, and all of it without scripts."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Account, Touch, User
from tests.browser.conftest import PHONE, Visit
from tests.web import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def eight(rep: User) -> list[Account]:
    """Eight accounts, every other one the rep's."""
    return world.accounts(8, owner=rep, now=timezone.now())


def test_a_press_on_a_row_opens_a_look_and_its_name_goes_there(visit: Visit, eight: list[Account]) -> None:
    visitor = visit()
    page = visitor.open("/accounts/?sort=name")
    page.locator(f"#account-{eight[1].pk} td").nth(6).click()
    expect(page.locator("#peek-h")).to_have_text("Account 001")
    expect(page.locator(".panel .big")).to_be_visible()
    assert visitor.faults() == []
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_have_count(0)
    page.get_by_role("link", name="Account 002").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Account 002")
    assert visitor.said == []


def test_rows_are_chosen_by_range_and_the_bar_counts_them(visit: Visit, eight: list[Account]) -> None:
    page = visit().open("/accounts/?sort=name")
    boxes = page.locator("input[name=pick]")
    expect(page.locator(".bulk")).to_be_hidden()
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(page.locator("[data-pick-count]")).to_have_text("4 chosen")
    page.locator("[data-pick-all]").click()
    expect(page.locator("[data-pick-count]")).to_have_text("8 chosen")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".bulk")).to_be_hidden()


def test_one_filter_menu_is_open_at_a_time_and_escape_gives_focus_back(
    visit: Visit, eight: list[Account]
) -> None:
    page = visit().open("/accounts/")
    page.locator("summary", has_text="Tier").click()
    page.locator("summary", has_text="Owner").click()
    expect(page.locator("details.drop[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("details.drop[open]")).to_have_count(0)
    page.locator("summary", has_text="Tier").click()
    page.locator("details[open]").get_by_label("Tier 1").check()
    page.locator("details[open]").get_by_role("button", name="Show these").click()
    expect(page.locator(".chosen")).to_contain_text("Tier: Tier 1")
    expect(page.locator("[data-row]")).to_have_count(3)


def test_the_account_page_loads_its_panels_and_earlier_events(visit: Visit, eight: list[Account]) -> None:
    visitor = visit()
    page = visitor.open(f"/accounts/{eight[0].pk}/")
    expect(page.locator("#score .big")).to_be_visible()
    expect(page.locator("#signals svg.trend")).to_be_visible()
    expect(page.locator(".slot")).to_have_count(0)
    visitor.click(page.get_by_role("navigation", name="Timeline filter").get_by_text("Sales"))
    expect(page.locator("#timeline [aria-current]")).to_have_text("Sales")
    assert visitor.said == []


def test_the_theme_is_chosen_in_the_persons_menu(visit: Visit, rep: User) -> None:
    page = visit().open("/accounts/")
    page.get_by_role("button", name="Maya Lindqvist").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 22, 24)"
    rep.refresh_from_db()
    assert rep.theme == "dark"


def test_the_tour_goes_step_by_step_and_stays_away_once_closed(visit: Visit, rep: User) -> None:
    User.objects.update(toured_at=None)
    visitor = visit()
    page = visitor.open("/")
    tour = page.locator("#tour")
    expect(tour.locator("li:visible")).to_have_count(1)
    assert visitor.faults() == []
    for step in ("2 of 4", "3 of 4", "4 of 4"):
        tour.get_by_role("button", name="Next").click()
        expect(tour.locator("[data-tour-at]")).to_have_text(step)
    tour.get_by_role("button", name="Close").click()
    expect(tour).to_have_count(0)
    visitor.open("/")
    expect(page.locator("#tour")).to_have_count(0)
    assert visitor.said == []


def test_a_phone_opens_the_navigation_as_a_sheet(visit: Visit, eight: list[Account]) -> None:
    visitor = visit(width=PHONE)
    page = visitor.open("/accounts/")
    expect(page.locator("#nav")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(page.locator("#nav")).to_be_visible()
    assert visitor.faults() == []
    page.locator("#nav").get_by_role("link", name="Signals").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signals")


def test_a_toast_with_an_undo_takes_a_tier_change_back(visit: Visit, eight: list[Account]) -> None:
    visitor = visit()
    page = visitor.open(f"/accounts/{eight[0].pk}/tier/")
    page.get_by_label("Tier 3").check()
    page.get_by_label("Reason").fill("The plant closes.")
    page.get_by_role("button", name="Change it").click()
    expect(page.locator("h1 .tier")).to_have_text("Tier 3")
    assert visitor.faults() == []
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator("h1 .tier")).to_have_text("Tier 1")


def test_without_scripts_the_work_goes_on(visit: Visit, eight: list[Account]) -> None:
    page = visit(scripts=False).open("/accounts/")
    page.locator("summary", has_text="Tier").click()
    page.get_by_label("Tier 1").check()
    page.get_by_role("button", name="Show these").first.click()
    expect(page.locator("[data-row]")).to_have_count(3)
    page.locator("input[name=pick]").first.check()
    page.get_by_role("button", name="Hand to").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hand accounts to")
    page.goto(page.url.split("/accounts/")[0] + f"/accounts/{eight[0].pk}/")
    page.locator("#score a").click()
    expect(page.locator("#score .big")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Log a touch").click()
    page.get_by_label("What it was about").fill("Met at the fair.")
    page.get_by_role("button", name="Log it").click()
    expect(page.locator("#toasts")).to_contain_text("Logged on Account 000.")
    assert Touch.objects.filter(subject="Met at the fair.").exists()
