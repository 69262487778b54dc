"""The sample has messages that went out and some that were given up, and has sent none of them."""

from __future__ import annotations

import socket
from collections import Counter
from datetime import timedelta

import pytest

from abmops.sample import deliveries
from plays.models import Delivery, DeliveryAttempt, Endpoint, Notice
from plays.services.outbox.replaying import replay
from tests.plays.make import NOW, a_crossing, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db


def test_a_week_of_messages_and_those_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*asked: object, **named: object) -> None:
        raise AssertionError(f"The sample asked the network for {asked}.")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    revops, threshold = a_user(role="revops", job=""), a_threshold()
    for hours in range(1, 13):
        a_crossing(an_account(), threshold, at=NOW - timedelta(hours=9 * hours))
    a_crossing(an_account(), threshold, at=NOW - timedelta(minutes=30))
    deliveries.write({"r": revops}, end=NOW)

    states = Counter(Delivery.objects.values_list("state", flat=True))
    assert states == {"sent": 8, "dead": 3, "dismissed": 1}
    assert Counter(Delivery.objects.values_list("attempts", flat=True)) == {1: 6, 2: 6}
    assert DeliveryAttempt.objects.filter(ended_at__isnull=True).count() == 0
    assert DeliveryAttempt.objects.filter(ended_at__gt=NOW).count() == 0
    assert set(Delivery.objects.dead().values_list("answer", flat=True)) == {
        'It answered 422. {"error": "unknown column: threshold", "table": "abm_crossings"}'
    }
    assert Notice.objects.filter(user=revops, kind="delivery_dead").exists()
    endpoint = Endpoint.objects.get(slug="data-warehouse")
    assert (endpoint.is_active, endpoint.types) == (True, [])
    dead = list(Delivery.objects.dead().values_list("pk", flat=True))
    assert replay(ids=dead, now=NOW).sent == 3


def test_where_nothing_was_crossed_nothing_was_sent() -> None:
    deliveries.write({"r": a_user(role="revops", job="")}, end=NOW)
    assert not Delivery.objects.exists()
