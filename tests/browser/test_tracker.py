"""The web tracker on somebody else's site, in a real browser: what it sends, what it keeps, and when it does not."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route
from pytest_django.live_server_helper import LiveServer

from abmops.work import services as work
from accounts.models import Account
from signals.models import RejectedEvent, Signal, UnmatchedSignal
from tests.accounts import make as accounts
from tests.browser.conftest import PATIENCE
from tests.conftest import CHROMIUM
from tests.signals import make
from tools import browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TRACKER = Path(settings.BASE_DIR) / "static" / "js" / "tracker.js"
MOST_BYTES = 3 * 1024
PERSON = "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
NOT_DRIVEN = "Object.defineProperty(Navigator.prototype, 'webdriver', {get: () => false})"
KEPT = "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"
NOTHING = '["",{},{}]'


class Handler(BaseHTTPRequestHandler):
    """Every address of the site is the same page, with the snippet."""

    def __init__(self, snippet: str, *given: Any) -> None:
        self.snippet = snippet
        super().__init__(*given)

    def do_GET(self) -> None:
        """The page."""
        page = f"<!doctype html><title>Our {self.path.split('?')[0]}</title>{self.snippet}<h1>Hello</h1>"
        body = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *given: Any) -> None:
        """Nobody reads it."""


@dataclass(slots=True)
class Site:
    """A site of another origin that carries the tracker, and a browser that visits it."""

    url: str
    context: BrowserContext
    said: list[str] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)

    def open(self, path: str = "/pricing") -> Page:
        """A new page of the site."""
        page = self.context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto(f"{self.url}{path}")
        return page

    @property
    def events(self) -> list[dict[str, Any]]:
        """What was sent, in order."""
        self.hear()
        return [event for body in self.posted for event in body["batch"]]

    def hear(self) -> None:
        """Let the browser tell what happened meanwhile: it does so only while it is spoken to."""
        self.context.pages[-1].wait_for_timeout(50)


Visit = Callable[..., Site]


@pytest.fixture(scope="module")
def people(chromium: Browser) -> Iterator[Browser]:
    """A Chromium that says of itself what a person's says, in requests that outlive their page too."""
    arguments = [*CHROMIUM, f"--user-agent={PERSON}"]
    running = chromium.browser_type.launch(executable_path=browser.find(), args=arguments)
    yield running
    running.close()


@pytest.fixture
def visit(live_server: LiveServer, people: Browser) -> Iterator[Visit]:
    """Opens a site with the tracker on it: `visit(consent="required", agent=…)`."""
    opened: list[Any] = []
    source = make.site()
    accounts.account()

    def site(
        *, consent: str = "", agent: str = PERSON, driven: bool = False, signal: str = "", before: str = ""
    ) -> Site:
        tag = f'<script async src="{live_server.url}/static/js/tracker.js" data-key="{source.key}"'
        snippet = before + tag + (f' data-consent="{consent}"' if consent else "") + "></script>"
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, snippet))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = people.new_context(user_agent=agent)
        context.set_default_timeout(PATIENCE)
        if not driven:
            context.add_init_script(NOT_DRIVEN)
        if signal:
            context.add_init_script(
                f"Object.defineProperty(Navigator.prototype, '{signal}', {{get: () => '1'}})"
            )
        found = Site(f"http://127.0.0.1:{server.server_port}", context)
        context.on("request", lambda request: _note(found, request))
        opened.append((server, context))
        return found

    yield site
    for server, context in opened:
        context.close()
        server.shutdown()
        server.server_close()


def _note(site: Site, request: Any) -> None:
    if request.url.endswith("/v1/batch"):
        site.posted.append({"method": request.method, **json.loads(request.post_data or '{"batch": []}')})


def signals(count: int) -> list[Signal]:
    """Wait until that many signals are there; what is there in the end."""
    deadline = time.monotonic() + PATIENCE / 1000
    work.drain_all()
    while Signal.objects.count() < count and time.monotonic() < deadline:
        time.sleep(0.1)
        work.drain_all()
    return list(Signal.objects.order_by("id"))


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for it, and let the browser tell meanwhile what it does."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)


def sent(page: Page, site: Site, count: int) -> None:
    """Wait until so many events were sent from the page."""
    until(page, lambda: len(site.events) >= count)


def test_what_is_shipped_is_small() -> None:
    served = b"".join(Client().get("/static/js/tracker.js", headers={"Accept-Encoding": ""}))
    assert served == TRACKER.read_bytes()
    assert len(gzip.compress(served)) <= MOST_BYTES


def test_a_page_view_on_another_site_is_a_signal(visit: Visit) -> None:
    site = visit(before="<script>addEventListener('load', () => { document.title = 'Prices' })</script>")
    site.open("/pricing?utm_source=ad&token=s3cret&email=ann@acme.example#part")
    [signal] = signals(1)
    assert signal.type.slug == "pricing-page"
    assert signal.properties == {
        "path": "/pricing",
        "url": f"{site.url}/pricing?utm_source=ad",
        "title": "Prices",
        "referrer": "",
    }
    site.hear()
    assert {body["method"] for body in site.posted} == {"POST"}, "a preflight was asked for"
    assert site.said == []


@pytest.mark.parametrize(
    ("path", "told"),
    [
        pytest.param("/pricing/4f9ac0d2b7714c0e9f1d3a5b6c7d8e9f", "/pricing/*", id="a token"),
        pytest.param("/pricing/ann@acme.example/x", "/pricing/*/x", id="an address"),
        pytest.param(
            "/pricing/how-we-set-our-prices-in-2026", "/pricing/how-we-set-our-prices-in-2026", id="words"
        ),
    ],
)
def test_a_path_tells_no_secrets(visit: Visit, path: str, told: str) -> None:
    site = visit()
    site.open(path)
    [signal] = signals(1)
    assert signal.properties["path"] == told
    assert signal.properties["url"] == site.url + told


def test_an_event_outlives_its_page(visit: Visit) -> None:
    site = visit()
    page = site.open("/about")
    page.wait_for_function("window.abmops")
    page.evaluate("abmops.track('Demo Requested'); location.href = 'about:blank'")
    page.wait_for_url("about:blank")
    [signal] = signals(1)
    assert signal.type.slug == "demo-request"


def test_an_event_outlives_its_closed_window(visit: Visit) -> None:
    site = visit()
    page = site.open("/about")
    page.wait_for_function("window.abmops")
    page.evaluate("abmops.track('Demo Requested')")
    page.close(run_before_unload=True)
    [signal] = signals(1)
    assert signal.type.slug == "demo-request"


def test_more_than_a_beacon_holds_is_split(visit: Visit) -> None:
    site = visit()
    page = site.open("/about")
    page.wait_for_function("window.abmops")
    page.evaluate(
        "for (let n = 0; n < 12; n++) abmops.track('Demo Requested', {n, pad: 'é'.repeat(8000)}); abmops.flush()"
    )
    found = signals(12)
    assert sorted(signal.properties["n"] for signal in found) == list(range(12))
    site.hear()
    assert len(site.posted) > 3
    assert all(len(json.dumps(body, ensure_ascii=False).encode()) < 64 * 1024 for body in site.posted)


def test_nothing_is_kept_before_consent(visit: Visit) -> None:
    site = visit()
    for _ in range(2):
        page = site.open()
        page.wait_for_function("window.abmops")
        page.evaluate("abmops.track('Webinar Registered')")
        page.close(run_before_unload=True)
    signals(4)
    page = site.open()
    assert page.evaluate(KEPT) == NOTHING
    assert site.context.cookies() == []
    told = Counter(key for row in UnmatchedSignal.objects.all() for key in row.keys)
    assert sorted(told.values()) == [2, 2], "the visitor was known again, or not even on one page"


def test_where_consent_is_required_nothing_is_sent_before_it(visit: Visit) -> None:
    site = visit(consent="required")
    page = site.open()
    page.wait_for_function("window.abmops")
    page.evaluate("abmops.flush()")
    page.goto(f"{site.url}/pricing/two")
    page.wait_for_function("window.abmops")
    page.wait_for_timeout(1500)
    assert (site.posted, page.evaluate(KEPT)) == ([], NOTHING)
    page.evaluate("abmops.consent(true)")
    [signal] = signals(1)
    assert signal.properties["path"] == "/pricing/two", (
        "what came before the consent to this page stays unsent"
    )
    kept = json.loads(json.loads(page.evaluate(KEPT))[1]["abmops"])
    assert kept == {"a": site.events[0]["anonymousId"]}
    page.evaluate("abmops.consent(false)")
    assert page.evaluate(KEPT) == NOTHING


def test_with_consent_the_visitor_is_known_again(visit: Visit) -> None:
    site = visit(consent="required")
    page = site.open()
    page.wait_for_function("window.abmops")
    page.evaluate("abmops.consent(true); abmops.identify('ann', {email: 'ann@acme.example'})")
    sent(page, site, 2)
    page = site.open("/pricing/two")
    sent(page, site, 3)
    assert len({event["anonymousId"] for event in site.events}) == 1
    assert site.events[-1]["userId"] == "ann"
    work.drain_all()
    assert {signal.account_id for signal in signals(2)} == {Account.objects.get().pk}


@pytest.mark.parametrize("signal", ["doNotTrack", "globalPrivacyControl"])
def test_who_does_not_want_it_is_left_alone(visit: Visit, signal: str) -> None:
    site = visit(signal=signal)
    page = site.open()
    page.wait_for_function("window.abmops")
    page.evaluate(
        "abmops.consent(true); abmops.identify('ann'); abmops.track('Demo Requested'); abmops.flush()"
    )
    page.wait_for_timeout(1500)
    assert (site.posted, page.evaluate(KEPT), site.said) == ([], NOTHING, [])


def test_a_single_page_application_is_followed(visit: Visit) -> None:
    site = visit()
    page = site.open("/pricing/a?x=1")
    page.wait_for_function("window.abmops")
    page.evaluate("history.pushState({}, '', '/pricing/b?y=1')")
    page.evaluate("history.replaceState({}, '', '/pricing/b?y=2')")
    page.evaluate("history.back()")
    page.wait_for_function("location.pathname == '/pricing/a'")
    found = signals(3)
    assert sorted(signal.properties["path"] for signal in found) == ["/pricing/a", "/pricing/a", "/pricing/b"]
    assert [event["context"]["page"]["path"] for event in site.events] == [
        "/pricing/a",
        "/pricing/b",
        "/pricing/a",
    ]
    assert site.events[1]["context"]["page"]["referrer"].endswith("/pricing/a")


def test_what_was_done_offline_comes_once_online(visit: Visit) -> None:
    site = visit()
    page = site.open("/about")
    sent(page, site, 1)
    site.context.set_offline(True)
    page.evaluate("abmops.track('Demo Requested'); abmops.flush()")
    page.wait_for_timeout(500)
    assert not signals(0)
    site.context.set_offline(False)
    [signal] = signals(1)
    asked = {event["messageId"] for event in site.events if event["type"] == "track"}
    assert asked == {signal.message_id}, "sent again under another id"


@pytest.mark.parametrize("status", [503, 429])
def test_what_failed_is_sent_again_under_the_same_id(visit: Visit, status: int) -> None:
    site = visit()
    tried: list[str] = []

    def shaky(route: Route) -> None:
        tried.append(route.request.post_data or "")
        if len(tried) == 1:
            route.fulfill(status=status, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.continue_()

    site.context.route(re.compile("/v1/batch$"), shaky)
    page = site.open()
    until(page, lambda: len(tried) > 1)
    ids = [[event["messageId"] for event in json.loads(body)["batch"]] for body in tried]
    assert ids[0] == ids[1]
    [signal] = signals(1)
    assert [signal.message_id] == ids[0]


def test_what_could_not_be_sent_comes_from_the_next_page(visit: Visit) -> None:
    site = visit()
    page = site.open("/about")
    page.wait_for_function("window.abmops")
    page.evaluate("abmops.consent(true)")
    sent(page, site, 1)
    # No route and no switch of the browser holds up what outlives its page: the network is taken from the page itself.
    page.evaluate(
        "window.fetch = () => Promise.reject(new TypeError('away')); abmops.track('Demo Requested')"
    )
    page.goto("about:blank")
    assert not signals(0)
    page = site.open("/about")
    [signal] = signals(1)
    assert signal.type.slug == "demo-request"
    page.wait_for_function("!localStorage['abmops-left']")


def test_calls_made_before_the_script_came_are_not_lost(visit: Visit) -> None:
    site = visit(before="<script>window.abmops=[]; abmops.push(['track', 'Demo Requested'])</script>")
    site.open("/about")
    [signal] = signals(1)
    assert signal.type.slug == "demo-request"


@pytest.mark.parametrize("kind", ["headless", "driven"])
def test_a_driven_browser_is_a_machine(visit: Visit, kind: str) -> None:
    agent = PERSON.replace("Chrome/", "HeadlessChrome/") if kind == "headless" else PERSON
    site = visit(agent=agent, driven=kind == "driven")
    page = site.open()
    sent(page, site, 1)
    until(page, lambda: (work.drain_all(), RejectedEvent.objects.exists())[1])
    [kept] = RejectedEvent.objects.all()
    assert kept.code == RejectedEvent.Code.BOT
    assert not Signal.objects.exists()
