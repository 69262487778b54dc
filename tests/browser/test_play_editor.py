"""The play editor in a real browser: with and without scripts, on a phone, sound for axe, a silent console."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from abmops.lib.choices import Role
from tests.accounts import make
from tests.browser.conftest import PHONE, WIDE, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_is_asked_of_the_committee_comes_row_by_row_and_is_spoken(visit: Visit) -> None:
    window = visit(make.user(Role.REVOPS, email="ruth@ours.example"), width=WIDE)
    page = window.open("/plays/new/")
    window.click("#fold-audience")
    for kind, row in (("gap", 0), ("engaged", 1)):
        page.select_option("select[name=audience-committee]", kind)
        page.locator("#ask").click()
        expect(page.locator(f"input[name=audience-committee-{row}-kind]")).to_have_value(kind)
        window.settled()
    page.select_option("select[name=audience-committee-0-gap]", "economic_buyer")
    expect(page.locator("#say-audience")).to_contain_text("without a known Economic Buyer")
    page.fill("input[name=audience-committee-1-engaged_days]", "400")
    expect(page.locator("#faults-audience-committee-1-engaged_days")).to_contain_text("from 1 to 90")
    assert window.faults() == []
    window.click("#unask-0")
    expect(page.locator("input[name=audience-committee-0-kind]")).to_have_value("engaged")
    assert window.said == []


def test_a_press_waits_for_the_reading_under_way_and_is_not_overtaken_by_it(visit: Visit) -> None:
    window = visit(make.user(Role.REVOPS, email="ruth@ours.example"))
    page = window.open("/plays/new/")
    window.click("#fold-audience")
    for kind, row in (("gap", 0), ("engaged", 1)):
        page.select_option("select[name=audience-committee]", kind)
        window.click("#ask")
        expect(page.locator(f"input[name=audience-committee-{row}-kind]")).to_have_value(kind)
    window.settled()
    window.hasty()
    slow: list[Route] = []
    page.route(
        "**/plays/new/",
        lambda route: route.continue_() if "do=" in (route.request.post_data or "") else slow.append(route),
    )
    with page.expect_request("**/plays/new/"):
        page.fill("input[name=audience-committee-1-engaged_days]", "400")
    page.locator("#unask-0").click()
    page.wait_for_timeout(500)
    expect(page.locator("input[name=audience-committee-1-kind]")).to_have_count(1)
    slow.pop().continue_()
    expect(page.locator("input[name=audience-committee-1-kind]")).to_have_count(0)
    expect(page.locator("#faults-audience-committee-0-engaged_days")).to_contain_text("from 1 to 90")
    window.settled()
    assert window.said == []


def test_a_text_field_that_somebody_has_resized_does_not_offend_the_policy(visit: Visit) -> None:
    window = visit(make.user(Role.REVOPS, email="ruth@ours.example"))
    page = window.open("/plays/new/")
    page.locator("#add-step").click()
    text = page.locator("#f-steps-0-instructions")
    expect(text).to_be_visible()
    text.evaluate("one => { one.style.height = '300px' }")
    window.click("#copy-0")
    expect(page.locator("#f-steps-1-key")).to_be_visible()
    assert window.said == []


def test_a_press_leaves_the_folds_as_they_are_and_a_fault_opens_its_own(visit: Visit) -> None:
    window = visit(make.user(Role.REVOPS, email="ruth@ours.example"))
    page = window.open("/plays/new/")
    expect(page.locator("#f-exits")).to_be_hidden()
    page.locator("#add-step").click()
    expect(page.locator("#f-steps-0-instructions")).to_be_visible()
    window.click("#fold-trigger")
    expect(page.locator("#f-trigger-score")).to_be_hidden()
    window.click("#fold-contract")
    window.click("#copy-0")
    expect(page.locator("#f-steps-1-key")).to_be_visible()
    window.click("#fold-steps-0")
    page.fill("#f-steps-1-key", "second")
    window.settled()
    window.click("#up-1")
    expect(page.locator("#f-steps-0-key")).to_have_value("second")
    expect(page.locator("#f-steps-0-key")).to_be_visible()
    expect(page.locator("#f-steps-1-key")).to_be_hidden()
    expect(page.locator("#f-contract-days")).to_be_visible()
    page.fill("#f-contract-days", "0")
    expect(page.locator("#faults-contract-days")).to_contain_text("from 1 to")
    window.click("#fold-contract")
    expect(page.locator("#f-contract-days")).to_be_hidden()
    window.click("#reading a[href='#f-contract-days']")
    expect(page.locator("#f-contract-days")).to_be_visible()
    window.click("#fold-contract")
    page.fill("input[name=name]", "Two calls")
    window.click("button[value=save]")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#f-contract-days")).to_be_visible()
    expect(page.locator("#f-trigger-score")).to_be_hidden()
    assert window.faults() == []


def test_on_a_phone_without_scripts_a_play_is_written_refused_and_saved(visit: Visit) -> None:
    window = visit(make.user(Role.REVOPS, email="ruth@ours.example"), width=PHONE, scripts=False)
    page = window.open("/plays/new/")
    page.select_option("select[name=new-step]", "call")
    page.locator("#add-step").click()
    page.locator("#fold-audience").click()
    page.locator("#ask").click()
    page.fill("input[name=audience-committee-0-at_least]", "some")
    page.locator("button[value=save]").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Name: This field is required.")
    expect(alert).to_contain_text("For which accounts, At least: This must be a whole number from 1 to 50.")
    page.fill("input[name=audience-committee-0-at_least]", "3")
    page.fill("input[name=name]", "Know more of them")
    page.locator("button[value=save]").click()
    expect(page.locator("h1")).to_contain_text("Know more of them")
    expect(page.locator("main")).to_contain_text("For accounts with at least 3 known contacts.")
