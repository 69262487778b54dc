"""The open page of an enrollment follows what happens, and takes nothing from under the hand."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from plays import services
from plays.models import Task
from plays.services.decision.deciding import decide_crossings
from tests.browser.conftest import Visit
from tests.plays.make import CALL, EMAIL, a_crossing, a_play, an_account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_step_that_is_done_appears_while_a_reason_is_half_typed(visit: Visit, rep: User) -> None:
    account = an_account(owner=rep)
    a_play(steps=[CALL, EMAIL])
    decide_crossings(crossing_ids=[a_crossing(account, at=timezone.now()).pk], now=timezone.now())
    task = Task.objects.get()
    visitor = visit()
    page = visitor.open(reverse("plays:enrollment", args=[task.enrollment_id]))
    visitor.click("#run-stop")
    why = page.locator("#run-head form[action$='/cancel/'] input[name=reason]")
    why.fill("They mer")
    services.record_outcome(task=task, by=rep, outcome="reached", now=timezone.now())
    expect(page.locator("#run-steps")).to_contain_text("Done")
    expect(why).to_have_value("They mer")
    expect(why).to_be_focused()
    services.pause(subject=account, by=rep, reason="Fair", now=timezone.now())
    expect(page.locator("#run-rests")).to_contain_text("Fair")
    expect(page.locator("#run-past")).to_contain_text("Paused")
    expect(why).to_have_value("They mer")
    why.fill("")
    visitor.click("#run-stop")
    assert task.enrollment is not None
    services.cancel_enrollment(enrollment=task.enrollment, by=rep, reason="They merged.", now=timezone.now())
    expect(page.locator("#run-head")).to_contain_text("Cancelled")
    expect(page.locator("#run-stop")).to_have_count(0)
    assert visitor.said == []
