"""People who engage: an event each, and what it sets off looked at alone or, of a crowd, together."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import AccountEvent
from signals.services import ingest
from signals.services.detect import engaged
from tests.accounts import make as accounts
from tests.signals import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("people", "together"), [(engaged.CROWDED, False), (engaged.CROWDED + 1, True)], ids=["few", "a crowd"]
)
def test_a_crowd_is_answered_together_at_the_next_second(
    site: make.Site, moment: datetime, people: int, together: bool
) -> None:
    accounts.account()
    said = [
        make.record(moment, type="webinar", message_id=f"m{n}", contact_email=f"p{n}@acme.example")
        for n in range(people)
    ]
    ingest.accept_records(records=[(site.source.pk, record) for record in said], now=moment)
    assert work.drain("ingest", time.monotonic() + 60) == 1
    assert AccountEvent.objects.filter(kind="contact_engaged").count() == people
    due = set(WorkItem.objects.filter(kind="account_event").values_list("run_at", flat=True))
    assert {(at.microsecond == 0, at > moment) for at in due} == (
        {(True, True)} if together else {(False, True)}
    )
    assert len(due) == 1
