"""Segment's own libraries, unmodified, against a live server: from their call to the crossing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from pytest_django.live_server_helper import LiveServer

from abmops.work import services as work
from accounts.models import Contact
from signals.models import AccountState, Crossing, Identity, RejectedEvent, Signal, SignalKey
from signals.services import ingest
from tests.accounts import make as accounts
from tests.signals import make
from tests.signals.clients import segment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]

LIBRARIES = [segment.python, segment.python_gzip, segment.node]
each_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)

PRICING = {"url": "https://site.example/pricing?x=1", "path": "/pricing"}


def person(user: str, email: str) -> list[segment.Call]:
    """A person who is introduced, looks at prices and registers."""
    return [
        ("identify", {"userId": user, "traits": {"email": email, "name": user.title()}}),
        ("group", {"userId": user, "groupId": "acme.example", "traits": {"name": "Acme"}}),
        ("page", {"userId": user, "name": "Pricing", "properties": PRICING}),
        ("track", {"userId": user, "event": "Webinar Registered", "properties": {"webinar": "ABM"}}),
    ]


@each_library
def test_the_whole_way(live_server: LiveServer, library: segment.Library) -> None:
    site = make.site()
    acme = accounts.account()
    calls = [
        *person("ann", "ann@acme.example"),
        *person("bob", "bob@acme.example"),
        ("page", {"anonymousId": "a1", "name": "Pricing", "properties": PRICING}),
        ("alias", {"previousId": "a1", "userId": "ann"}),
        ("screen", {"userId": "ann", "name": "Home"}),
        ("track", {"userId": "ann", "event": "Demo Requested"}),
    ]
    outcome = library(host=live_server.url, key=site.key, calls=calls)
    assert (outcome.delivered, outcome.errors) == (len(calls), [])
    work.drain_all()

    types = Signal.objects.order_by("type__slug").values_list("type__slug", flat=True)
    assert list(types) == ["app-opened", "demo-request", *["pricing-page"] * 3, *["webinar"] * 2]
    assert set(Signal.objects.values_list("account", flat=True)) == {acme.pk}
    assert SignalKey.objects.count() == len(calls)
    known = Identity.objects.filter(source=site.source)
    assert {"user:ann", "user:bob"} <= set(known.values_list("key", flat=True))
    assert known.get(key="user:ann").email == "ann@acme.example"
    assert "domain:acme.example" in known.get(key="user:bob").account_keys
    assert set(Contact.objects.values_list("email", "name", "account")) >= {
        ("ann@acme.example", "Ann", acme.pk),
        ("bob@acme.example", "Bob", acme.pk),
    }
    state = AccountState.objects.get()
    assert (state.account, state.signals_seen) == (acme, 7)
    assert state.score > 0
    crossed = Crossing.objects.order_by("threshold__slug")
    assert [one.threshold.slug for one in crossed] == ["hand-raise", "three-pricing", "two-people"]
    assert [len(one.evidence) for one in crossed] == [1, 3, 2]
    assert not RejectedEvent.objects.exists()


@each_library
@pytest.mark.parametrize("stored", [False, True], ids=["nothing was stored", "only the answer was lost"])
def test_a_library_that_has_to_try_again_is_heard_once(
    live_server: LiveServer, library: segment.Library, stored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make.site()
    accounts.account()
    takes = []
    real = ingest.take_segment

    def shaky(**taken: Any) -> bool:
        takes.append(len(taken["reading"].accepted))
        known = (len(takes) > 1 or stored) and real(**taken)
        if len(takes) == 1:
            raise OperationalError("The database went away.")
        return known

    monkeypatch.setattr(ingest, "take_segment", shaky)
    calls = person("ann", "ann@acme.example")
    outcome = library(host=live_server.url, key=site.key, calls=calls)
    assert (outcome.delivered, outcome.errors) == (4, [])
    assert takes == [4, 4]
    work.drain_all()
    assert Signal.objects.count() == 2
    assert not RejectedEvent.objects.exists()


@each_library
def test_large_messages_come_in_batches_under_the_limit(
    live_server: LiveServer, library: segment.Library
) -> None:
    site = make.site()
    accounts.account()
    pad = "x" * 31_000
    calls: list[segment.Call] = [
        ("track", {"userId": "ann", "event": "Webinar Registered", "properties": {"pad": pad, "n": number}})
        for number in range(40)
    ]
    outcome = library(host=live_server.url, key=site.key, calls=calls)
    assert (outcome.delivered, outcome.errors) == (40, [])
    work.drain_all()
    assert {signal.properties["n"] for signal in Signal.objects.all()} == set(range(40))


@each_library
def test_a_bad_event_among_good_ones(live_server: LiveServer, library: segment.Library) -> None:
    site = make.site()
    accounts.account()
    calls: list[segment.Call] = [
        ("track", {"userId": "ann", "event": "Webinar Registered", "messageId": f"m{number}"})
        for number in range(3)
    ]
    calls[1][1]["event"] = "   "
    outcome = library(host=live_server.url, key=site.key, calls=calls)
    assert (outcome.delivered, outcome.errors) == (3, [])
    work.drain_all()
    assert Signal.objects.count() == 2
    kept = RejectedEvent.objects.get()
    assert (kept.code, kept.pointer) == ("invalid", "/event")


@each_library
def test_a_key_that_nobody_has_is_told_to_the_library(
    live_server: LiveServer, library: segment.Library
) -> None:
    make.site()
    outcome = library(host=live_server.url, key="wk_nobody", calls=person("ann", "ann@acme.example"))
    assert outcome.delivered == 0
    assert outcome.errors
    work.drain_all()
    assert not Signal.objects.exists()
