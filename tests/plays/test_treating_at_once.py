"""Two who work out a treatment at the same time tell web and ads once."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from abmops.work import services as work
from accounts.models import Account
from plays.models import AccountTreatment, Delivery
from plays.services.calendar import treating
from plays.services.outbox.endpoints import add_endpoint
from tests.plays.make import NOW, a_user, an_account

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_night_tells_nothing_that_an_event_is_telling() -> None:
    account = an_account(tier=2)
    treating.treat(account_ids=[account.pk], now=NOW - timedelta(days=1))
    add_endpoint(
        name="Web", surface="email", target="web@vendor.example", secret="", types=["treatment.changed"],
        owner=a_user(role="revops", job=""), now=NOW,
    )  # fmt: skip
    Account.objects.filter(pk=account.pk).update(phase="engagement")
    told = Event()

    def nightly() -> None:
        try:
            told.wait(30)
            assert treating.treat_all(now=NOW + MINUTE) == 1
            work.drain_all(NOW + MINUTE)
        finally:
            connection.close()

    night = Thread(target=nightly)
    night.start()
    with transaction.atomic():
        assert treating.treat(account_ids=[account.pk], now=NOW) == 1
        told.set()
        night.join(1)
        assert night.is_alive(), "it waits until what was told is committed"
    night.join(60)
    assert AccountTreatment.objects.get(account=account).treatment == "warm"
    assert Delivery.objects.filter(type="treatment.changed").count() == 1
