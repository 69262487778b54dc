"""A task says which crossing is behind it and asks whether it was worth it."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from plays.models import Task
from plays.services.decision.deciding import decide_crossings
from signals.models import Feedback
from tests.plays.make import a_contact, a_crossing, a_play, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db


def test_a_task_of_a_crossing_can_be_tagged_on_today() -> None:
    cache.clear()
    owner, threshold = a_user(toured_at=timezone.now()), a_threshold()
    a_play()
    account = an_account(owner=owner)
    a_contact(account)
    crossing = a_crossing(account, threshold)
    decide_crossings(crossing_ids=[crossing.pk], now=timezone.now())
    task = Task.objects.get(owner=owner)
    client = Client()
    client.force_login(owner)
    body = client.get("/").content.decode()
    assert f'id="said-{task.pk}-crossing-{crossing.pk}"' in body
    assert "was crossed</a>. Worth it?" in body
    url = f"/signals/crossings/{crossing.pk}/feedback/"
    assert client.post(url, {"verdict": "good", "back": "/"}).headers["Location"] == "/"
    assert Feedback.objects.get().user == owner
    assert 'value="withdraw" data-act="good" aria-pressed="true"' in client.get("/").content.decode()
