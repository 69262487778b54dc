"""A signed-in visitor in a real browser, with what their console, the security policy and axe have to say."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from abmops.lib.choices import Role
from accounts.models import User
from tests.accounts import make
from tests.conftest import UNSETTLED

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE = 1440, 360
# A browser on a busy machine may take its time; only what fails waits so long.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


class Visitor:
    """One browser window of one person."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.said: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        # Every press, entry and look waits for it: a script is quicker than any hand.
        self.unsettled = self.page.locator(f"{UNSETTLED}=page")
        self.page.add_locator_handler(self.unsettled, lambda: None)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def open(self, path: str) -> Page:
        """Go to a page and wait until its parts have loaded."""
        self.page.goto(f"{self.url}{path}")
        self.page.wait_for_load_state("networkidle")
        return self.settled()

    def settled(self) -> Page:
        """The page, as soon as it listens: for keys, which wait for nothing by themselves."""
        expect(self.unsettled).to_have_count(0)
        return self.page

    def hasty(self) -> None:
        """From here on nothing waits for the page: a hand that is quicker than its server."""
        self.page.remove_locator_handler(self.unsettled)

    def press(self, *keys: str) -> None:
        """These keys, each once the page has settled."""
        for key in keys:
            self.settled().keyboard.press(key)

    def click(self, target: Locator | str) -> None:
        """Click on it once the page has settled."""
        (self.settled().locator(target) if isinstance(target, str) else target).click()

    def look(self, *, width: int, scheme: Any) -> None:
        """The same page in another window and theme."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def faults(self, *, but: Sequence[str] = (), rules: Sequence[str] = RULES) -> list[str]:
        """What axe finds on the page as it stands, outside of `but`: rule and first element. The filters are
        opened for it, since it takes what a closed fold holds for hidden."""
        if not self.settled().evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text())
        self.page.evaluate("document.querySelectorAll('.narrowing').forEach((fold) => { fold.open = true; })")
        found = self.page.evaluate(
            """([rules, but]) => axe
                .run({include: ["html"], exclude: but.map(one => [one])}, {runOnly: rules})
                .then(result => result.violations)""",
            [list(rules), list(but)],
        )
        return [f"{fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in found]

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        wide: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wide

    def current(self) -> str:
        """The key of the current row, or an empty string."""
        return self.page.evaluate("document.querySelector('main [aria-current=true][id]')?.id || ''")  # type: ignore[no-any-return]


Visit = Callable[..., Visitor]


@pytest.fixture
def rep(transactional_db: None) -> User:
    """A rep who has seen the tour."""
    cache.clear()
    return make.user(
        Role.REP,
        email="maya@ours.example",
        name="Maya Lindqvist",
        job="sdr",
        time_zone="Europe/Berlin",
        toured_at=timezone.now(),
    )


@pytest.fixture
def visit(live_server: LiveServer, chromium: Browser, rep: User) -> Iterator[Visit]:
    """Opens a window: `visit(user=…, width=…, scheme="dark", scripts=False)`."""
    opened: list[BrowserContext] = []

    def window(
        user: User | None = None, *, width: int = WIDE, scheme: Any = "light", scripts: bool = True
    ) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts
        )
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        client = Client()
        client.force_login(user or rep)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        return Visitor(context, live_server.url)

    yield window
    for context in opened:
        context.close()
