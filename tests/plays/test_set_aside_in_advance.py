"""What is set aside at a start by hand is what is in the way then: no list sent in advance opens later steps unseen."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from plays import services
from plays.domain.guardrails import SETTABLE
from plays.models import Override, StepHold, Task
from plays.views.starting import AsideField
from tests.plays.make import AD, CALL, NOW, a_contact, a_play, a_user, an_account

pytestmark = pytest.mark.django_db


def test_a_rule_that_was_not_in_the_way_holds_the_steps_to_come() -> None:
    owner = a_user()
    account = an_account(owner=owner, tier=1)
    a_contact(account)
    a_user(role="marketer", job="")
    play = a_play(steps=[AD, CALL | {"wait_days": 0}])
    begun = services.start_play(
        play=play, account=account, by=owner, reason="They asked.", override=SETTABLE - {"holdout"}, now=NOW
    )
    assert begun.overridden == []
    assert begun.decision is not None
    assert begun.decision.overridden == []
    services.complete_task(task=Task.objects.get(), by=owner, now=NOW)
    assert StepHold.objects.get(ended_at=None).rule == "awareness"
    assert not Override.objects.exists()
    client = Client()
    client.force_login(owner)
    for url in (
        reverse("plays:enrollment", args=[begun.pk]),
        reverse("plays:account_panel", args=[account.pk]),
    ):
        page = client.get(url).content.decode()
        assert "looked at again" in page, "a step that is held back opens only when its rule lifts"
        assert "opens " not in page.partition("Awareness: day 1 of 28")[2][:200]


def test_one_that_was_in_the_way_is_counted_and_holds_no_more() -> None:
    owner = a_user()
    account = an_account(owner=owner, tier=1)
    a_contact(account)
    play = a_play(steps=[CALL, CALL | {"key": "again", "wait_days": 0}])
    begun = services.start_play(
        play=play, account=account, by=owner, reason="They asked.", override=SETTABLE, now=NOW
    )
    assert begun.overridden == ["awareness", "holdout"]
    assert [one.rule for one in Override.objects.all()] == ["awareness"]
    services.complete_task(task=Task.objects.get(), by=owner, now=NOW)
    assert Task.objects.unfinished().count() == 1


def test_the_title_of_a_rule_stands_once() -> None:
    field = AsideField(
        [("awareness", "Awareness: day 1 of 28."), ("touch_cap", "The account has 6 touches.")]
    )
    assert list(field.choices) == [  # type: ignore[arg-type]
        ("awareness", "Awareness: day 1 of 28."),
        ("touch_cap", "Touches a week: The account has 6 touches."),
    ]
