"""The guard under the stories: nothing falls on a page that does not listen yet."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


def test_a_document_that_is_empty_between_two_pages_is_waited_for(visit: Visit) -> None:
    """It has no element that could be shown: a selector that answers with none of it breaks whoever asks."""
    visitor = visit()
    page = visitor.open("/")
    page.evaluate("window.whole = document.documentElement; document.documentElement.remove()")
    assert visitor.unsettled.count() == 1
    page.evaluate("setTimeout(() => document.append(window.whole), 500)")
    page.get_by_role("link", name="Accounts").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")
