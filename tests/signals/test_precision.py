"""What counts towards which precision: crossings for threshold, types and sources; signals for type and source."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.lib.choices import Role
from signals.domain.precision import Tally
from signals.models import SignalType, Source, Threshold
from signals.selectors.precision import precisions, tagged
from signals.services.feedback import say
from tests.accounts import make as people
from tests.signals import make
from tests.signals.test_feedback import crossing, signal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_each_thing_counts_where_it_belongs(site: make.Site, now: datetime) -> None:
    acme = people.account()
    evidence = [
        signal(acme, "webinar", at=now),
        signal(acme, "webinar", at=now),
        signal(acme, "pricing-page", at=now),
    ]
    crossed = crossing(acme, evidence, "two-people", at=now)
    alone = signal(acme, "app-opened", at=now)
    users = [people.user(Role.REP) for _ in range(3)]
    for user, verdict in zip(users, ("noise", "noise", "good"), strict=True):
        say(user=user, verdict=verdict, crossing=crossed.pk, now=now)
    say(user=users[0], verdict="good", signal=evidence[2].pk, now=now)
    say(user=users[0], verdict="neutral", signal=alone.pk, now=now)
    say(user=users[0], verdict="good", signal=signal(acme, "demo-request", at=now).pk, now=now - 400 * DAY)

    found = tagged(since=now - DAY, until=now + DAY)
    types = {SignalType.objects.get(pk=pk).slug: one.tally for pk, one in found.types.items()}
    assert types == {
        "webinar": Tally(0, 1, 0),
        "pricing-page": Tally(1, 1, 0),
        "app-opened": Tally(0, 0, 1),
    }
    assert {pk: one.tally for pk, one in found.sources.items()} == {site.source.pk: Tally(1, 1, 1)}
    threshold = Threshold.objects.get(slug="two-people")
    assert {pk: one.tally for pk, one in found.thresholds.items()} == {threshold.pk: Tally(0, 1, 0)}
    assert found.overall == Tally(1, 1, 1)
    webinar = found.types[SignalType.objects.get(slug="webinar").pk]
    assert (webinar.crossings, webinar.signals) == ([crossed.pk], [])

    said = precisions(now=now + DAY)
    assert said.of_threshold(threshold.pk).shrunk == pytest.approx(5 / 11)
    assert said.of_type(SignalType.objects.get(slug="topic-surge").pk).shrunk is None
    assert said.of_source(Source.objects.get().pk).plain == 0.5


def test_evidence_that_is_gone_counts_for_the_threshold_alone(site: make.Site, now: datetime) -> None:
    acme = people.account()
    one = signal(acme, at=now)
    crossed = crossing(acme, [one], at=now)
    say(user=people.user(Role.REP), verdict="good", crossing=crossed.pk, now=now)
    one.delete()
    found = tagged(since=now, until=now + DAY)
    assert found.types == {}
    assert [each.tally for each in found.thresholds.values()] == [Tally(1, 0, 0)]


def test_rows_cost_no_queries(site: make.Site, now: datetime) -> None:
    acme, user = people.account(), people.user(Role.REP)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            precisions(now=now + DAY)
        return len(queries)

    for _ in range(2):
        say(user=user, verdict="good", crossing=crossing(acme, [signal(acme, at=now)], at=now).pk, now=now)
    few = asked()
    for _ in range(10):
        say(user=user, verdict="noise", crossing=crossing(acme, [signal(acme, at=now)], at=now).pk, now=now)
    assert asked() == few == 3
