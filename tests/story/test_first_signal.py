"""From a client's call to the visible score: the first half of the way, through the doors that a stranger uses."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.test import Client

from abmops.lib.choices import SourceKind, Urgency
from abmops.work import services as work
from accounts.models import Account, AccountDomain, Contact
from signals.models import (
    AccountState,
    Crossing,
    Signal,
    SignalType,
    Source,
    Threshold,
    ThresholdVersion,
    UnmatchedSignal,
)
from signals.services import ingest

pytestmark = pytest.mark.django_db


@pytest.fixture
def write_key() -> str:
    """A source, one type and one threshold: two people on the pricing page within two weeks."""
    key = ingest.new_write_key()
    Source.objects.create(
        slug="site", name="Website", kind=SourceKind.FIRST_PARTY, write_key_hash=ingest.hash_key(key)
    )
    SignalType.objects.create(
        slug="pricing-page",
        name="Pricing page",
        kind=SourceKind.FIRST_PARTY,
        qualifying=True,
        digital_response=True,
        rules=[{"event": "page", "path": "/pricing*"}],
    )
    threshold = Threshold.objects.create(
        slug="two-people", name="Two people on pricing", status=Threshold.Status.ACTIVE
    )
    condition = {"distinct_contacts": {"types": ["pricing-page"], "at_least": 2, "days": 14}}
    threshold.current = ThresholdVersion.objects.create(
        threshold=threshold, number=1, condition=condition, urgency=Urgency.HOT
    )
    threshold.save()
    return key


def _page(number: int, email: str) -> dict[str, object]:
    return {
        "type": "page",
        "userId": email,
        "messageId": f"m{number}",
        "context": {
            "traits": {"email": email},
            "page": {"path": "/pricing/plans", "url": "https://site.example/pricing/plans"},
        },
    }


def test_two_people_on_pricing_cross_once(
    client: Client, write_key: str, django_capture_on_commit_callbacks: object
) -> None:
    acme = Account.objects.create(name="Acme", domain="acme.example")
    AccountDomain.objects.create(account=acme, domain="acme.example")
    events = [_page(1, "ann@acme.example"), _page(2, "bob@acme.example"), _page(3, "eve@stranger.example")]
    for _ in range(2):
        answer = client.post(
            "/v1/batch",
            data=json.dumps({"batch": events, "writeKey": write_key}),
            content_type="text/plain",
        )
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        work.drain_all()
    assert Signal.objects.count() == 3
    assert set(Contact.objects.values_list("email", flat=True)) == {"ann@acme.example", "bob@acme.example"}
    crossing = Crossing.objects.get()
    assert (crossing.account, len(crossing.evidence), crossing.sequence) == (acme, 2, 1)
    assert AccountState.objects.get(account=acme).score > 0
    assert UnmatchedSignal.objects.get().domain == "stranger.example"


def test_events_without_ids_are_told_apart(client: Client, write_key: str) -> None:
    """Two people may say the same words; the same words of the same moment are one message, sent again."""
    ask = {"type": "page", "userId": "u1", "context": {"page": {"path": "/pricing"}}}
    dated = ask | {"timestamp": "2026-01-05T09:30:00Z"}
    for body in (ask, ask, dated, dated):
        sent = json.dumps({"batch": [body], "writeKey": write_key})
        assert client.post("/v1/batch", data=sent, content_type="application/json").status_code == 200
    work.drain_all()
    assert Signal.objects.count() == 3


def test_a_signal_waits_for_its_account(client: Client, write_key: str, now: datetime) -> None:
    body = json.dumps(_page(1, "eve@stranger.example") | {"writeKey": write_key})
    assert client.post("/v1/page/", data=body, content_type="application/json").status_code == 200
    work.drain_all()
    assert Signal.objects.get().account is None
    stranger = Account.objects.create(name="Stranger", domain="stranger.example")
    AccountDomain.objects.create(account=stranger, domain="stranger.example")
    work.put(kind="resolve", dedup_key="resolve:test", payload={"keys": ["domain:stranger.example"]})
    work.drain_all()
    assert Signal.objects.get().account == stranger
    assert not UnmatchedSignal.objects.exists()
