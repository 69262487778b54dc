"""Today tells of every task what the account did, in a rep's words."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import a_contact, a_crossing, a_play, a_signal, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db


def tasks_with_evidence(owner: User, n: int) -> None:
    a_play()
    now = timezone.now()
    crossings = []
    for _ in range(n):
        account = an_account(owner=owner)
        person = a_contact(account, name="Jane Doe", title="Head of Sales")
        signal = a_signal(account, contact=person, at=now)
        crossings.append(a_crossing(account, a_threshold(), evidence=[signal], at=now).pk)
    decide_crossings(crossing_ids=crossings, now=now)


def test_a_task_shows_who_did_what() -> None:
    owner = a_user(time_zone="UTC")
    tasks_with_evidence(owner, 2)
    client = Client()
    client.force_login(owner)
    page = client.get(reverse("plays:today")).content.decode()
    assert page.count("Looked at the pricing page today ") == 2
    assert page.count("<strong>Jane Doe</strong> <small>Head of Sales</small>") == 2
    assert "Supports it" not in page
