"""Rows that went, by hand in the database, while signals of theirs waited: the lane goes on, and the loss is seen."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from abmops.work import services as work
from abmops.work.models import WorkItem
from signals.models import Signal
from tests.accounts import make
from tests.signals.make import Site, page, site

pytestmark = pytest.mark.django_db(transaction=True)


def send(to: Site, *messages: str) -> None:
    """Page views of acme.example, accepted and not yet drained."""
    said = json.dumps({"batch": [page(message) for message in messages]})
    basic = base64.b64encode(f"{to.key}:".encode()).decode()
    answer = Client().post(
        "/v1/batch", said, content_type="application/json", headers={"Authorization": f"Basic {basic}"}
    )
    assert answer.status_code == 200


def test_what_waits_of_a_source_that_is_gone_keeps_nobody_waiting() -> None:
    """Its foreign keys fail at commit, so for all of the batch; then each call stands for itself."""
    make.account()
    gone, stays = site("gone"), site("stays")
    key = gone.source.pk
    send(gone, "g1", "g2")
    send(stays, "s1")
    send(gone, "g3")
    gone.source.delete()
    send(stays, "s2")
    for hour in range(8):
        work.drain_all(timezone.now() + timedelta(hours=hour), strict=False)
    assert set(Signal.objects.values_list("message_id", flat=True)) == {"s1", "s2"}
    left = WorkItem.objects.filter(kind="ingest")
    assert [(item.state, item.payload["source"]) for item in left] == [("dead", key)] * 2
    assert all("is not present" in item.last_error for item in left)
