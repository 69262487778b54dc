"""What the sample's senders left over came when it happened, so that a stranger's first look shows no flood."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest

from abmops.sample import leftovers, world
from abmops.sample.program import Program
from abmops.work import services as work
from signals.models import RejectedEvent, UnmatchedSignal
from signals.services.starter import install_starter_catalogue

pytestmark = pytest.mark.django_db


def test_they_come_day_by_day(now: datetime) -> None:
    install_starter_catalogue(owner=None, now=now - timedelta(days=60))
    random = Random(1)
    companies = world.companies(1, random)
    program = Program(random, now - timedelta(days=60), now, companies, print)
    leftovers.send(program, at=now - timedelta(minutes=20))
    work.drain_all(work.database_now())
    waiting = UnmatchedSignal.objects.values_list("received_at", flat=True)
    days = Counter(at.date() for at in waiting)
    assert len(waiting) > 90
    assert max(days.values()) < len(waiting) / 4
    assert max(waiting) < now
    assert RejectedEvent.objects.filter(code="unmapped").count() == 3
