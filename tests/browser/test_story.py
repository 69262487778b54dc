"""The whole way in a real browser: a client's call becomes a task before the rep's eyes, and the scoreboard moves."""

import json
import urllib.request
from base64 import b64encode

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from abmops.work import services as work
from accounts.models import Account, User
from accounts.services.membership import place_on_list
from plays.models import Task
from signals.services import definitions
from tests.accounts import make
from tests.browser.conftest import Visit
from tests.plays.make import CALL, a_play

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def write_key() -> str:
    """A website, one type of signal, a threshold over two people, and the play that it triggers."""
    written = definitions.put_source(slug="site", fields={"name": "Website", "kind": "first_party"})
    said = {
        "name": "Pricing page",
        "kind": "first_party",
        "qualifying": True,
        "rules": [{"path": "/pricing*"}],
    }
    definitions.put_signal_type(slug="pricing-page", fields=said)
    condition = {"distinct_contacts": {"types": ["pricing-page"], "at_least": 2, "days": 14}}
    definitions.put_threshold(
        slug="two-people",
        fields={
            "name": "Two people on pricing",
            "status": "active",
            "urgency": "hot",
            "condition": condition,
        },
        by=None,
    )
    a_play("pricing-call", name="Pricing call", trigger={"crossing": ["two-people"]}, steps=[CALL])
    work.drain_all()
    return str(written.write_key)


def visits(url: str, key: str, *people: str) -> None:
    """What Segment's libraries send for a page view by each of these people, in one batch."""
    batch = [
        {
            "type": "page",
            "messageId": f"visit-{who}",
            "userId": who,
            "context": {"traits": {"email": who}, "page": {"path": "/pricing"}},
        }
        for who in people
    ]
    call = urllib.request.Request(
        f"{url}/v1/batch",
        data=json.dumps({"batch": batch}).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}",
        },
    )
    with urllib.request.urlopen(call, timeout=60) as answer:
        assert answer.status == 200


def test_a_signal_becomes_a_task_is_done_and_closes_the_lag(visit: Visit, rep: User, write_key: str) -> None:
    ferrow = make.account("Ferrow Optics", "ferrow.example", owner=rep)
    place_on_list(
        account=ferrow, tier=2, side="revops", reason="It fits.", by=make.user(), now=timezone.now()
    )
    work.drain_all()
    visitor = visit()
    page = visitor.open("/")
    expect(page.get_by_text("Your queue is empty")).to_be_visible()

    visits(visitor.url, write_key, "ines@ferrow.example", "jonas@ferrow.example")
    work.drain_all()
    task = page.locator(".task")
    expect(task).to_have_count(1)
    expect(task).to_contain_text("Ferrow Optics")
    expect(task).to_contain_text("Pricing call, step 1 of 1")
    expect(page.get_by_text("Hot answer within 1 working day")).to_be_visible()

    task.get_by_role("link", name="Ferrow Optics").click()
    expect(page.get_by_role("link", name="Two people on pricing").first).to_be_visible()
    page.locator("#plays summary").first.click()
    expect(page.locator("#plays .decision table").first).to_contain_text("Chosen")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Today").click()
    expect(page.locator(".task[aria-current]")).to_have_count(1)
    visitor.press("d")
    expect(page.get_by_text("Your queue is empty")).to_be_visible()
    work.drain_all()
    assert Task.objects.get().touch is not None
    assert Account.objects.get().touches.count() == 1

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Scoreboard").click()
    coverage = page.locator(".figure", has=page.get_by_role("heading", name="Coverage"))
    expect(coverage.locator(".big")).to_have_text("100%")
    coverage.locator(".big").click()
    expect(page.get_by_role("link", name="Ferrow Optics")).to_be_visible()
    assert visitor.said == []
