"""The browser under the stories."""

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser


def test_the_sign_in_page_is_drawn_under_the_strict_policy(
    live_server: LiveServer, chromium: Browser
) -> None:
    """No message in the console: neither a blocked style nor a script that is not there."""
    said: list[str] = []
    with chromium.new_context() as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{live_server.url}/login/")
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert said == []
