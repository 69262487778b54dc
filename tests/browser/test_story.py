"""The story of the program in one go: a client's call, a task that appears by itself, a key press, a closed lag."""

from datetime import timedelta

import pytest
import requests
from django.utils import timezone
from playwright.sync_api import expect

from abmops.lib.choices import Channel, Direction, Side
from abmops.work import services as work
from accounts.models import Touch, User
from accounts.services.membership import place_on_list
from plays.models import Enrollment
from plays.services.library import install_starter_plays
from signals.models import Crossing
from signals.services.starter import install_starter_catalogue
from tests.accounts import make
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_demo_request_becomes_a_call_and_the_call_closes_the_lag(visit: Visit, rep: User) -> None:
    now = timezone.now()
    revops = make.user()
    keys = install_starter_catalogue(owner=revops, now=now).write_keys
    install_starter_plays(owner=revops, now=now, activate=True)
    acme = make.account(owner=rep)
    before = now - timedelta(days=60)  # so that the welcome play is history
    place_on_list(
        account=acme, tier=1, side=Side.SALES, by=revops, reason="Asked for in the field.", now=before
    )
    work.drain_all()
    visitor = visit()
    page = visitor.open("/")
    expect(page.locator(".task")).to_have_count(0)

    event = {
        "event": "Demo Requested",
        "userId": "jane",
        "messageId": "story-1",
        "context": {"traits": {"email": "jane@acme.example", "name": "Jane Roe"}},
    }
    answer = requests.post(f"{visitor.url}/v1/track", json=event, auth=(keys["website"], ""), timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    work.drain_all()

    # Nobody reloads: the queue asks by itself.
    task = page.locator(".task").first
    expect(task).to_contain_text("Jane Roe")
    expect(task).to_contain_text("Acme")
    expect(page.get_by_role("heading", name="Urgent")).to_be_visible()
    assert visitor.overflow() == 0

    visitor.page.keyboard.press("d")
    expect(page.locator(".task", has_text="Jane Roe")).to_have_count(0)
    touch = Touch.objects.get(account=acme)
    assert (touch.person, touch.side, touch.channel, touch.direction, touch.programmed) == (
        rep,
        Side.SALES,
        Channel.CALL,
        Direction.OUTBOUND,
        True,
    )
    crossing = Crossing.objects.get(account=acme, threshold__slug="hand-raise")
    assert touch.occurred_at >= crossing.crossed_at

    enrollment = Enrollment.objects.get(account=acme, play__slug="inbound-hand-raise")
    page = visitor.open(f"/enrollments/{enrollment.pk}/")
    expect(page.locator("main")).to_contain_text("Chosen")
    page = visitor.open("/scoreboard/")
    expect(page.locator("main")).to_contain_text("Signal-to-action lag, urgent")
    assert visitor.said == []
