"""Good, neutral and noise in a real browser: pressed, by key, taken back, announced, without a script, by axe."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from abmops.lib.choices import Role
from accounts.models import Account, User
from signals.models import Crossing, Feedback
from tests.accounts import make as people
from tests.browser.conftest import PHONE, Visit
from tests.signals import make
from tests.signals.test_feedback import crossing, signal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def crossed(rep: User) -> list[Crossing]:
    """Two crossings of one account, the newest first."""
    make.site()
    acme = people.account()
    now = timezone.now()
    found = [crossing(acme, [signal(acme)], at=now - timedelta(hours=n)) for n in (1, 2)]
    Feedback.objects.create(
        user=people.user(Role.MARKETER), account=acme, crossing=found[0], verdict="noise", at=now
    )
    return found


def test_a_press_stays_pressed_and_a_second_takes_it_back(visit: Visit, crossed: list[Crossing]) -> None:
    visitor = visit()
    page = visitor.open(f"/signals/crossings/{crossed[0].pk}/")
    own = page.locator(f"#said-crossing-{crossed[0].pk}")
    expect(own.get_by_role("link", name="Others say: 1 noise")).to_be_visible()
    good = own.get_by_role("button", name=re.compile("^Good"))
    visitor.click(good)
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#announce")).to_have_text("Good: “three-pricing”")
    assert page.evaluate("document.activeElement.id") == f"said-crossing-{crossed[0].pk}-good"
    assert Feedback.objects.get(user__email="maya@ours.example").verdict == "good"
    visitor.click(good)
    expect(good).to_have_attribute("aria-pressed", "false")
    assert not Feedback.objects.filter(user__email="maya@ours.example").exists()
    assert visitor.said == []


def test_a_double_click_is_one_word(visit: Visit, crossed: list[Crossing]) -> None:
    page = visit().open(f"/signals/crossings/{crossed[0].pk}/")
    noise = page.locator(f"#said-crossing-{crossed[0].pk}-noise")
    noise.dblclick()
    expect(noise).to_have_attribute("aria-pressed", "true")
    page.wait_for_load_state("networkidle")
    assert Feedback.objects.get(user__email="maya@ours.example").verdict == "noise"


def test_g_n_and_x_say_it_on_the_row(visit: Visit, crossed: list[Crossing]) -> None:
    visitor = visit()
    page = visitor.open("/signals/crossings/")
    for key, verdict in (("g", "good"), ("n", "neutral"), ("x", "noise")):
        visitor.press(key)
        expect(page.locator(f"#said-crossing-{crossed[0].pk}-{verdict}")).to_have_attribute(
            "aria-pressed", "true"
        )
    visitor.press("j", "g")
    expect(page.locator(f"#said-crossing-{crossed[1].pk}-good")).to_have_attribute("aria-pressed", "true")
    words = Feedback.objects.filter(user__email="maya@ours.example").order_by("-crossing__crossed_at")
    assert list(words.values_list("verdict", flat=True)) == ["noise", "good"]
    visitor.press("g")
    expect(page.locator(f"#said-crossing-{crossed[1].pk}-good")).to_have_attribute("aria-pressed", "false")
    assert visitor.said == []


def test_it_works_without_a_script(visit: Visit, crossed: list[Crossing]) -> None:
    page = visit(scripts=False).open("/signals/crossings/")
    noise = page.locator(f"#said-crossing-{crossed[0].pk}-noise")
    noise.click()
    expect(noise).to_have_attribute("aria-pressed", "true")
    assert page.url.endswith("/signals/crossings/")


@pytest.mark.parametrize("width", [1440, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_sound(visit: Visit, crossed: list[Crossing], width: int, scheme: str) -> None:
    account = Account.objects.get()
    visitor = visit(people.user(Role.REVOPS, toured_at=timezone.now()), width=width, scheme=scheme)
    for path in (
        f"/signals/crossings/{crossed[0].pk}/",
        f"/signals/crossings/{crossed[0].pk}/feedback/",
        f"/signals/accounts/{account.pk}/",
        "/signals/feedback/",
        "/signals/retunes/",
        "/thresholds/",
    ):
        visitor.open(path)
        assert visitor.faults() == [], path
        assert visitor.overflow() <= 0, path
        assert visitor.said == [], path
