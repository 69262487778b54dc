"""The Wednesday review by keyboard and by touch: tagged, assigned and handed over without leaving the page."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from abmops.lib.choices import Role
from accounts.models import Account, User
from plays.models import Task
from signals.models import AccountState, Feedback
from tests.accounts import make as people
from tests.browser.conftest import PHONE, Visit
from tests.signals import make
from tests.signals.test_feedback import crossing, signal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def three(rep: User) -> list[Account]:
    """Three accounts of the rep's in market, each with a crossing."""
    make.site()
    found = []
    for number, name in enumerate(("Acme", "Bolt", "Cora")):
        account = people.account(name=name, domain=f"{name.lower()}.example", owner=rep)
        AccountState.objects.create(
            account=account, intent=50, score=70 - number, score_week_ago=50, last_signal_at=timezone.now()
        )
        crossing(account, [signal(account)])
        found.append(account)
    return found


def test_fifteen_minutes_by_keyboard(visit: Visit, rep: User, three: list[Account]) -> None:
    people.user(Role.REP, name="Jon Berg")
    visitor = visit()
    page = visitor.open("/signals/")
    expect(page.locator(".crossing")).to_have_count(3)
    assert visitor.faults() == []
    visitor.press("j", "g")
    expect(page.locator(".crossing").nth(0).locator("[aria-pressed=true]")).to_have_text(
        "Good: “three-pricing”"
    )
    visitor.press("j", "x")
    expect(page.locator(".crossing").nth(1).locator("[aria-pressed=true]")).to_contain_text("Noise")
    assert sorted(Feedback.objects.values_list("verdict", flat=True)) == ["good", "noise"]
    visitor.press("a")
    panel = page.locator(".crossing").nth(1).locator(".assign")
    expect(panel).to_be_visible()
    expect(panel.get_by_role("button", name="Give the task")).to_be_visible()
    assert visitor.faults() == []
    panel.get_by_label("Or one task").fill("Call about pricing")
    visitor.click(panel.get_by_role("button", name="Give the task"))
    expect(panel).to_contain_text("is in the queue of")
    assert Task.objects.get().title == "Call about pricing"
    panel.get_by_label("Account belongs to").select_option(label="Jon Berg")
    visitor.click(panel.get_by_role("button", name="Hand over"))
    expect(page.locator(".crossing").nth(1).locator(".task-head small").last).to_have_text("Jon Berg")
    assert visitor.said == []


def test_it_fits_a_phone(visit: Visit, three: list[Account]) -> None:
    visitor = visit()
    visitor.look(width=PHONE, scheme="dark")
    page = visitor.open("/signals/")
    expect(page.get_by_role("heading", name="In market")).to_be_visible()
    assert visitor.overflow() == 0
    page.locator(".crossing").first.get_by_role("button", name="Assign Cora").click()
    expect(page.locator(".assign").first).to_be_visible()
    assert visitor.overflow() == 0
    assert visitor.faults() == []


def test_it_works_without_scripts(visit: Visit, rep: User, three: list[Account]) -> None:
    page = visit(scripts=False).open("/signals/?show=crossings")
    page.get_by_role("button", name="Good").first.click()
    expect(page.locator(".crossing").first.locator("[aria-pressed=true]")).to_contain_text("Good")
    assert Feedback.objects.get().verdict == "good"
    page.get_by_role("button", name="Assign Acme").click()
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signals")
