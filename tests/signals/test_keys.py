"""A message is known again while its key is new, while the key moves, and when it is settled."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from abmops.work import rounds
from abmops.work import services as work
from signals.models import RejectedEvent, SettledKey, Signal, SignalKey, SignalType, Source
from signals.services import ingest
from signals.services.detect import keys
from tests.accounts import make as accounts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source() -> Source:
    accounts.account()
    SignalType.objects.create(slug="visit", name="Visit", kind="first_party")
    return Source.objects.create(slug="site", name="Site", kind="first_party")


def say(source: Source, now: datetime, *names: str, path: str = "/") -> None:
    records = [
        (
            source.pk,
            {
                "type": "visit",
                "account_domain": "acme.example",
                "message_id": name,
                "occurred_at": (now - timedelta(hours=1)).isoformat(),
                "properties": {"path": path},
            },
        )
        for name in names
    ]
    ingest.accept_records(records=records, now=now)
    work.drain_all()


def test_a_settled_message_is_a_repeat_and_another_body_is_told(source: Source, now: datetime) -> None:
    names = [f"m{n}" for n in range(40)]
    say(source, now, *names)
    assert keys.settle() == 0, "too few to be worth it"
    assert keys.settle(at_least=40) == 40
    assert (SignalKey.objects.count(), SettledKey.objects.count()) == (0, 40)
    say(source, now, "m1", "m2", "new")
    say(source, now, "m3", path="/other")
    assert Signal.objects.count() == 41
    assert SignalKey.objects.count() == 1
    assert RejectedEvent.objects.filter(code="conflict", message_id="m3").count() == 1
    assert keys.settle(at_least=1) == 1
    assert keys.forget_old(now + timedelta(days=403)) == 41


def test_the_rounds_settle_and_forget_slice_by_slice(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "_SLICE", 3)
    say(source, now, *(f"m{n}" for n in range(10)))
    rounds.go_through(keys.settle_next, now=now)
    assert SettledKey.objects.count() == 0, "too few to be worth it"
    monkeypatch.setattr(keys, "WORTH_SETTLING", 10)
    rounds.go_through(keys.settle_next, now=now)
    assert (SignalKey.objects.count(), SettledKey.objects.count()) == (0, 10)
    say(source, now, "new")
    rounds.go_through(keys.forget_next, now=now + timedelta(days=400))
    assert (SignalKey.objects.count(), SettledKey.objects.count()) == (1, 10)
    rounds.go_through(keys.forget_next, now=now + timedelta(days=403))
    assert (SignalKey.objects.count(), SettledKey.objects.count()) == (0, 0)


def test_a_repeat_that_comes_while_its_key_moves_is_stored_once(source: Source, now: datetime) -> None:
    say(source, now, "m1")
    said = threading.Event()

    def again() -> None:
        try:
            said.set()
            say(source, now, "m1", "m2")
        finally:
            connection.close()

    worker = threading.Thread(target=again)
    with transaction.atomic():
        assert keys.settle(at_least=1) == 1
        worker.start()
        said.wait(10)
        worker.join(1)
    worker.join(60)
    assert not worker.is_alive()
    assert sorted(Signal.objects.values_list("message_id", flat=True)) == ["m1", "m2"]
    assert (SignalKey.objects.count(), SettledKey.objects.count()) == (1, 1)
