"""The filters of a list in a real browser: in the row where there is room, behind one button on a phone."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.conftest import PHONE, Visit
from tests.web import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_filters_stand_in_the_row_where_there_is_room(visit: Visit, rep: User) -> None:
    world.accounts(2, owner=rep, now=timezone.now())
    page = visit().open("/gaps/")
    expect(page.locator("select[name=owner]")).to_be_visible()
    expect(page.get_by_text("Filters", exact=True)).to_be_hidden()


def test_on_a_phone_they_open_without_scripts_and_stay_open_while_something_is_set(
    visit: Visit, rep: User
) -> None:
    world.accounts(2, owner=rep, now=timezone.now())
    visitor = visit(width=PHONE, scripts=False)
    page = visitor.open("/gaps/")
    fold, owner = page.get_by_text("Filters", exact=True), page.locator("select[name=owner]")
    expect(page.get_by_label("Find an account")).to_be_visible()
    expect(owner).to_be_hidden()
    visitor.click(fold)
    owner.select_option(label="Nobody (pool)")
    visitor.click(page.get_by_role("button", name="Show these").last)
    page.wait_for_url("**owner=none**")
    expect(owner).to_be_visible()
    expect(owner).to_have_value("none")
